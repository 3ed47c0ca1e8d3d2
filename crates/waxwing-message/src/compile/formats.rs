//! From what an author wrote (MJML, Markdown in a template, HTML) to one protected HTML document.

use super::protect::Protector;
use super::{CompileError, Warning, Wrapper, WrapperFormat, document};
use crate::markup::{Kind, VOID, pieces};
use mrml::mj_head::MjHeadChild;
use mrml::prelude::parser::Error;
use mrml::prelude::render::RenderOptions;
use std::collections::HashMap;

/// The elements of MJML; `mj-include` is not offered.
const ELEMENTS: &[&str] = &[
    "mj-accordion",
    "mj-accordion-element",
    "mj-accordion-text",
    "mj-accordion-title",
    "mj-all",
    "mj-attributes",
    "mj-body",
    "mj-breakpoint",
    "mj-button",
    "mj-carousel",
    "mj-carousel-image",
    "mj-class",
    "mj-column",
    "mj-divider",
    "mj-font",
    "mj-group",
    "mj-head",
    "mj-hero",
    "mj-image",
    "mj-navbar",
    "mj-navbar-link",
    "mj-preview",
    "mj-raw",
    "mj-section",
    "mj-social",
    "mj-social-element",
    "mj-spacer",
    "mj-style",
    "mj-table",
    "mj-text",
    "mj-title",
    "mj-wrapper",
];

/// HTML as it is, with its tags hidden.
pub(super) fn html(source: &str, protector: &mut Protector) -> Result<String, CompileError> {
    let html = protector.markup(source)?;
    document::check_is_html(&html)?;
    document::check_size(&html)?;
    Ok(html)
}

/// MJML rendered to HTML. No web fonts: a mail must not call third parties.
pub(super) fn mjml(
    source: &str,
    protector: &mut Protector,
    warnings: &mut Vec<Warning>,
) -> Result<String, CompileError> {
    let protected = protector.markup(source)?;
    document::check_size(&protected)?;
    check_elements(&protected, protector)?;
    let parsed = mrml::parse(&protected).map_err(|error| mjml_error(&error, &protected, protector))?;
    let unknown = parsed.warnings.iter().filter(|w| w.kind.as_str() == "unexpected-attribute");
    warnings
        .extend(unknown.map(|w| Warning::UnknownAttribute { line: protector.source_line(&protected, w.span.start) }));
    let options =
        RenderOptions { fonts: HashMap::new(), social_icon_origin: Some("".into()), ..RenderOptions::default() };
    let mut root = parsed.element;
    for child in root.children.head.iter_mut().flat_map(|head| &mut head.children) {
        if let MjHeadChild::MjStyle(style) = child {
            // `inline="inline"` would drop the style here; our own pass inlines every style.
            style.attributes.inline = None;
        }
    }
    root.render(&options).map_err(|_| CompileError::Mjml { line: 1, message: "it cannot be rendered".to_owned() })
}

/// Refuses elements MJML does not have, which the parser would pass over in silence, and deep
/// nesting: MJML is XML, where no element ends by itself, and each level is a call of the parser.
fn check_elements(source: &str, protector: &Protector) -> Result<(), CompileError> {
    let (mut depth, mut at) = (0_usize, 0);
    let error = |at, message: String| CompileError::Mjml { line: protector.source_line(source, at), message };
    if !pieces(source).iter().any(|p| matches!(&p.kind, Kind::Open { name, .. } if name == "mjml")) {
        return Err(error(0, "the outermost element must be <mjml>".to_owned()));
    }
    for piece in pieces(source) {
        match piece.kind {
            Kind::Open { name, .. } if name == "mj-include" => {
                return Err(error(at, "mj-include is not available".to_owned()));
            }
            Kind::Open { name, .. } if name.starts_with("mj-") && !ELEMENTS.contains(&name.as_str()) => {
                return Err(error(at, format!("there is no element <{name}>")));
            }
            Kind::Open { closed: false, name, .. } if !VOID.contains(&name.as_str()) => depth += 1,
            Kind::Close { .. } => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 100 {
            return Err(CompileError::TooDeep);
        }
        at += piece.text.len();
    }
    Ok(())
}

fn mjml_error(error: &Error, protected: &str, protector: &Protector) -> CompileError {
    let (at, message) = match error {
        Error::UnexpectedElement { position, .. } => (position.start, "this element may not stand here"),
        Error::UnexpectedToken { position, .. } => (position.start, "this was not expected here"),
        Error::MissingAttribute { position, .. } => (position.start, "an attribute is missing"),
        Error::InvalidAttribute { position, .. } => (position.start, "an attribute is not valid"),
        Error::InvalidFormat { position, .. } => (position.start, "a value does not have the right form"),
        Error::IncludeLoaderError { position, .. } => (position.start, "mj-include is not available"),
        Error::ParserError { source, .. } => {
            let line = source.pos().row as usize;
            return CompileError::Mjml { line: line.max(1), message: "a tag is not well-formed".to_owned() };
        }
        Error::EndOfStream { .. } => (protected.len(), "it ends too early: an element is not closed"),
        Error::SizeLimit { .. } => (0, "it is too long"),
        Error::NoRootNode => (0, "the outermost element must be <mjml>"),
    };
    CompileError::Mjml { line: protector.source_line(protected, at), message: message.to_owned() }
}

/// Markdown put in its wrapper's `{{ content }}` slot.
pub(super) fn markdown(
    source: &str,
    wrapper: &Wrapper,
    protector: &mut Protector,
    warnings: &mut Vec<Warning>,
) -> Result<String, CompileError> {
    let protected = protector.markdown(source)?;
    let mut content = String::with_capacity(protected.len() * 2);
    let options = pulldown_cmark::Options::ENABLE_TABLES | pulldown_cmark::Options::ENABLE_STRIKETHROUGH;
    pulldown_cmark::html::push_html(&mut content, pulldown_cmark::Parser::new_ext(&protected, options));
    document::check_is_html(&content)?;
    let frame = match wrapper.format {
        WrapperFormat::Mjml => mjml(&wrapper.source, protector, warnings),
        WrapperFormat::Html => html(&wrapper.source, protector),
    };
    let frame = frame.map_err(|error| CompileError::Wrapper(Box::new(error)))?;
    let slot = protector.slot(&frame, "content").ok_or(CompileError::NoSlot)?;
    let whole = frame.replacen(&slot, &content, 1);
    document::check_size(&whole)?;
    Ok(whole)
}
