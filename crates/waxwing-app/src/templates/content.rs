//! What an author writes: a format, a body, the frame around Markdown, a text part of one's own.

use crate::{Error, Result, templates};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::Ctx;
use waxwing_message::starters::{self, Starter};
use waxwing_message::{CompileError, ContentFormat, MAX_CONTENT, Revision, RevisionSource, Wrapper, WrapperFormat};
use waxwing_store::Tx;

/// Content as it is kept. It need not compile: a draft may be half written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content {
    /// What `body` is written in.
    pub format: ContentFormat,
    /// The content.
    pub body: String,
    /// For Markdown; without one, the plain letter.
    pub wrapper: Option<Wrapper>,
    /// A text part of the author's own, instead of one made from the HTML.
    pub text: Option<String>,
}

/// Content as forms and programs give it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ContentInput {
    /// `mjml`, `markdown`, `html` or `text`.
    #[serde(default)]
    pub format: String,
    /// The content.
    #[serde(default)]
    pub body: String,
    /// What `wrapper` is written in: `html` (unless given) or `mjml`.
    #[serde(default)]
    pub wrapper_format: String,
    /// The frame around Markdown, with `{{ content }}` once; empty for the plain letter's.
    #[serde(default)]
    pub wrapper: String,
    /// A text part of one's own; empty for one made from the HTML.
    #[serde(default)]
    pub text: String,
}

impl ContentInput {
    /// Reads what was given.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `format`, `wrapper_format`, or what is too long.
    pub fn parse(&self) -> Result<Content> {
        let format = ContentFormat::parse(&self.format);
        let format = format.ok_or_else(|| Error::invalid("format", "Choose mjml, markdown, html or text."))?;
        let wrapper_format = match self.wrapper_format.as_str() {
            "" | "html" => WrapperFormat::Html,
            "mjml" => WrapperFormat::Mjml,
            _ => return Err(Error::invalid("wrapper_format", "Choose html or mjml.")),
        };
        let wrapper = (format == ContentFormat::Markdown && !self.wrapper.trim().is_empty())
            .then(|| part("wrapper", &self.wrapper).map(|source| Wrapper { format: wrapper_format, source }));
        let text = (format != ContentFormat::Text && !self.text.trim().is_empty()).then(|| part("text", &self.text));
        Ok(Content { format, body: part("body", &self.body)?, wrapper: wrapper.transpose()?, text: text.transpose()? })
    }
}

/// Browsers send line ends as CR LF; authors mean LF.
fn part(field: &str, text: &str) -> Result<String> {
    if text.len() > MAX_CONTENT {
        return Err(Error::invalid(field, "At most 400,000 bytes fit here."));
    }
    Ok(text.replace("\r\n", "\n"))
}

impl Content {
    /// Nothing yet, to be written in `format`.
    pub const fn empty(format: ContentFormat) -> Self {
        Self { format, body: String::new(), wrapper: None, text: None }
    }

    /// A starter's content.
    pub fn of_starter(starter: &Starter) -> Self {
        let wrapper = starter.wrapper.map(|source| Wrapper { format: WrapperFormat::Html, source: source.to_owned() });
        Self { format: starter.format, body: starter.body.to_owned(), wrapper, text: None }
    }

    /// As forms show it.
    pub fn input(&self) -> ContentInput {
        ContentInput {
            format: self.format.as_str().to_owned(),
            body: self.body.clone(),
            wrapper_format: self
                .wrapper
                .as_ref()
                .map_or("html", |w| templates::store::wrapper_word(w.format))
                .to_owned(),
            wrapper: self.wrapper.as_ref().map(|w| w.source.clone()).unwrap_or_default(),
            text: self.text.clone().unwrap_or_default(),
        }
    }

    /// With its subject and preheader, as it is frozen for sending.
    pub fn source(&self, subject: &str, preheader: &str) -> RevisionSource {
        RevisionSource {
            format: self.format,
            subject: subject.to_owned(),
            preheader: preheader.to_owned(),
            body: self.body.clone(),
            wrapper: self.wrapper.clone(),
            text: self.text.clone(),
        }
    }
}

/// Compiles content off the async threads.
pub async fn compile(source: RevisionSource) -> Result<std::result::Result<Revision, CompileError>> {
    let compiled = tokio::task::spawn_blocking(move || Revision::compile(&source)).await;
    compiled
        .map_err(|_| Error::invalid("body", "The content could not be compiled; its author should look at it again."))
}

/// The content to begin with: `starter:newsletter`, `template:{id}`, or a format's word for an empty one.
///
/// # Errors
/// [`Error::Invalid`] for `begin`.
pub async fn beginning(tx: &mut Tx, ctx: &Ctx, word: &str) -> Result<Content> {
    let unknown = || Error::invalid("begin", "Choose a starter, a template or a format to begin with.");
    if let Some(key) = word.strip_prefix("starter:") {
        return starters::starter(key).map(Content::of_starter).ok_or_else(unknown);
    }
    if let Some(id) = word.strip_prefix("template:") {
        let id = id.parse().map_err(|_| unknown())?;
        return Ok(templates::by_id(tx, ctx, id).await?.1);
    }
    ContentFormat::parse(word).map(Content::empty).ok_or_else(unknown)
}
