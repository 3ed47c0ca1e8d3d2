//! Compiles a campaign's content once, so that only values are filled in for each person.
//!
//! Promise: the same [`RevisionSource`] gives the same [`Revision`], byte for byte; styles are
//! inlined, HTML is sanitised, a text part is made, links are listed, and template tags come
//! through as written. Limit: HTML is checked before values are filled in; a value that makes up
//! a whole address is found by [`personal_fields_in_links`], not prevented here.

mod document;
mod footer;
mod formats;
mod links;
mod protect;
mod sanitise;
mod text;

pub use footer::FooterFacts;
pub use links::{PersonalLink, personal_fields_in_links};

use crate::starters;
use crate::template::{CompiledTemplate, Escaping, RenderValues, TemplateError};
use document::{Document, assemble, escape};
use protect::Protector;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use waxwing_domain::HeaderText;

/// The longest body or wrapper an author may write, in bytes.
pub const MAX_CONTENT: usize = 400_000;
/// The longest subject or preheader an author may write, in bytes.
pub const MAX_LINE: usize = 2_000;
/// Gmail cuts HTML off after about this many bytes, the unsubscribe link with it.
pub const GMAIL_CLIPS_AT: usize = 102_000;

/// What an author writes in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentFormat {
    /// MJML.
    Mjml,
    /// CommonMark, put into a wrapper's `{{ content }}` slot.
    Markdown,
    /// HTML.
    Html,
    /// Plain text; the mail has no HTML part.
    Text,
}

impl ContentFormat {
    /// All formats.
    pub const ALL: &'static [Self] = &[Self::Mjml, Self::Markdown, Self::Html, Self::Text];

    /// The word used in the API and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mjml => "mjml",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Text => "text",
        }
    }
    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|f| f.as_str() == word)
    }
}

/// What a wrapper is written in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrapperFormat {
    /// MJML.
    Mjml,
    /// HTML.
    Html,
}

/// The frame around Markdown; it holds `{{ content }}` once, between elements.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wrapper {
    /// What `source` is written in.
    pub format: WrapperFormat,
    /// The frame.
    pub source: String,
}

/// All that an author decides; stored, and compiled again where it is needed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RevisionSource {
    /// What `body` is written in.
    pub format: ContentFormat,
    /// A template of one line.
    pub subject: String,
    /// A template of one line, shown by mailboxes after the subject; may be empty.
    #[serde(default)]
    pub preheader: String,
    /// The content.
    pub body: String,
    /// For Markdown; without one, the plain letter of [`crate::starters`].
    #[serde(default)]
    pub wrapper: Option<Wrapper>,
    /// A text part of the author's own, instead of one made from the HTML.
    #[serde(default)]
    pub text: Option<String>,
}

/// Why content cannot be compiled; every variant says where and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// In the body, or in what was made from it.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// In the subject.
    #[error("subject: {0}")]
    Subject(TemplateError),
    /// In the preheader.
    #[error("preheader: {0}")]
    Preheader(TemplateError),
    /// In the frame around Markdown.
    #[error("wrapper: {0}")]
    Wrapper(Box<CompileError>),
    /// MJML that does not parse or render.
    #[error("line {line}: {message}")]
    Mjml {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A tag inside `<style>`.
    #[error("line {line}: template tags cannot stand in a style sheet")]
    TagInStyle {
        /// Counted from 1.
        line: usize,
    },
    /// A tag inside an element's own tag, but not in a value.
    #[error("line {line}: inside an element, template tags can stand in attribute values only")]
    TagInElement {
        /// Counted from 1.
        line: usize,
    },
    /// A statement where HTML allows nothing, so that parsing moved or dropped it.
    #[error("line {line}: this if, for or set cannot stand here; put it around whole elements or inside text")]
    Misplaced {
        /// Counted from 1.
        line: usize,
    },
    /// An element that mail, or this format, does not have.
    #[error("<{name}> cannot be used here")]
    Element {
        /// Its name.
        name: String,
    },
    /// Over a hundred elements in one another.
    #[error("the elements are nested too deeply, or too many are not closed")]
    TooDeep,
    /// Style sheets that cannot be inlined.
    #[error("the style sheet cannot be read")]
    Styles,
    /// No `{{ content }}` in the wrapper, or not between elements.
    #[error("the wrapper needs {{{{ content }}}} once, between elements")]
    NoSlot,
}

/// What an author should know; the content compiles all the same.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Warning {
    /// A style sheet holds more than looks (imports, scripts) and was left out.
    StyleDropped,
    /// The tag on this line stood in something that mail does not allow, and went with it.
    TagDropped {
        /// Counted from 1.
        line: usize,
    },
    /// An MJML element has an attribute it does not know.
    UnknownAttribute {
        /// Counted from 1.
        line: usize,
    },
    /// The HTML is longer than Gmail shows; this many bytes before values are filled in.
    ClippedByGmail {
        /// The size of the HTML.
        bytes: usize,
    },
}

/// Content ready to be filled in for each person; `Send + Sync`.
#[derive(Debug)]
pub struct Revision {
    /// The subject.
    pub subject: CompiledTemplate,
    /// The HTML part, unless the format is text.
    pub html: Option<CompiledTemplate>,
    /// The text part.
    pub text: CompiledTemplate,
    /// The HTML part as a template source, for reviews.
    pub html_source: Option<String>,
    /// The text part as a template source, for reviews.
    pub text_source: String,
    /// The web addresses of the HTML's links, each once, in order; tracking refers to their index.
    pub links: Vec<String>,
    /// Every name looked up anywhere, such as `subscriber.first_name`.
    pub variables: BTreeSet<String>,
    /// What the author should know.
    pub warnings: Vec<Warning>,
}

/// One person's mail, before MIME.
#[derive(Clone)]
pub struct Rendered {
    /// The subject in one line.
    pub subject: HeaderText,
    /// The HTML part.
    pub html: Option<String>,
    /// The text part.
    pub text: String,
}

impl std::fmt::Debug for Rendered {
    /// Everything here may be personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rendered(…)")
    }
}

impl Revision {
    /// Compiles content. Takes milliseconds, for large content some hundred: not for async threads.
    pub fn compile(source: &RevisionSource) -> Result<Self, CompileError> {
        check_lengths(source)?;
        let subject = CompiledTemplate::compile(&source.subject, Escaping::None).map_err(CompileError::Subject)?;
        let mut warnings = Vec::new();
        let parts = match source.format {
            ContentFormat::Text => HtmlParts::default(),
            _ => html_parts(source, &mut warnings)?,
        };
        let text_source = match (&source.text, source.format) {
            (Some(text), _) => text.clone(),
            (None, ContentFormat::Text) => source.body.clone(),
            (None, _) => parts.text,
        };
        let html = parts.html.as_deref().map(|html| CompiledTemplate::compile(html, Escaping::Html)).transpose()?;
        let text = CompiledTemplate::compile(&text_source, Escaping::None)?;
        let variables = [Some(&subject), html.as_ref(), Some(&text)]
            .into_iter()
            .flatten()
            .flat_map(|template| template.variables().iter().cloned())
            .collect();
        Ok(Self { subject, html, text, html_source: parts.html, text_source, links: parts.links, variables, warnings })
    }

    /// Fills in one person's values.
    pub fn render(&self, values: &RenderValues) -> Result<Rendered, TemplateError> {
        Ok(Rendered {
            subject: self.subject.render_line(values)?,
            html: self.html.as_ref().map(|html| html.render(values)).transpose()?,
            text: self.text.render(values)?,
        })
    }

    /// The custom fields this content uses: `x` of every `subscriber.x` but the built-in three.
    pub fn custom_fields(&self) -> impl Iterator<Item = &str> {
        let fields = self.variables.iter().filter_map(|name| name.strip_prefix("subscriber."));
        fields.filter(|field| !["email", "first_name", "last_name"].contains(field))
    }

    /// Links of either part that carry personal values to hosts outside `allow_hosts`.
    pub fn personal_links(&self, allow_hosts: &[&str]) -> Result<Vec<PersonalLink>, TemplateError> {
        let mut found = match &self.html_source {
            Some(html) => personal_fields_in_links(html, allow_hosts)?,
            None => Vec::new(),
        };
        found.extend(personal_fields_in_links(&self.text_source, allow_hosts)?);
        Ok(found)
    }
}

fn check_lengths(source: &RevisionSource) -> Result<(), CompileError> {
    let wrapper = source.wrapper.as_ref().map_or(0, |w| w.source.len());
    let text = source.text.as_ref().map_or(0, String::len);
    if source.body.len() > MAX_CONTENT || wrapper > MAX_CONTENT || text > MAX_CONTENT {
        return Err(CompileError::Template(TemplateError::TooLong));
    }
    if source.subject.len() > MAX_LINE {
        return Err(CompileError::Subject(TemplateError::TooLong));
    }
    if source.preheader.len() > MAX_LINE {
        return Err(CompileError::Preheader(TemplateError::TooLong));
    }
    Ok(())
}

#[derive(Default)]
struct HtmlParts {
    html: Option<String>,
    text: String,
    links: Vec<String>,
}

/// The passes over HTML, in order: format, styles, sanitising, then what is read off the result.
fn html_parts(source: &RevisionSource, warnings: &mut Vec<Warning>) -> Result<HtmlParts, CompileError> {
    let wrapper = source.wrapper.clone().unwrap_or_else(starters::default_wrapper);
    let mut protector = Protector::new(&[&source.body, &wrapper.source]);
    let preheader = preheader_html(&source.preheader)?;
    let whole = match source.format {
        ContentFormat::Mjml => formats::mjml(&source.body, &mut protector, warnings)?,
        ContentFormat::Markdown => formats::markdown(&source.body, &wrapper, &mut protector, warnings)?,
        ContentFormat::Html | ContentFormat::Text => formats::html(&source.body, &mut protector)?,
    };
    let document = Document::read(&document::inline_styles(&whole)?, warnings);
    let body = sanitise::clean(&document.body, protector.prefix());
    let lost = protector.compare(&whole, &[document.title.as_str(), &document.body_style, &body].concat())?;
    warnings.extend(lost.into_iter().map(|line| Warning::TagDropped { line }));
    let text = protector.restore(&text::from_html(&body, protector.prefix()));
    let links = links::addresses(&body, &protector);
    let html = protector.restore(&assemble(&document, &preheader, &body));
    if html.len() > GMAIL_CLIPS_AT {
        warnings.push(Warning::ClippedByGmail { bytes: html.len() });
    }
    Ok(HtmlParts { html: Some(html), text, links })
}

/// The preheader as HTML: its text escaped, its tags as they are.
fn preheader_html(source: &str) -> Result<String, CompileError> {
    CompiledTemplate::compile(source, Escaping::None).map_err(CompileError::Preheader)?;
    let mut protector = Protector::new(&[source]);
    let masked = protector.mask(source).map_err(CompileError::Preheader)?;
    Ok(protector.restore(&escape(masked.trim())))
}

#[cfg(test)]
mod tests;
