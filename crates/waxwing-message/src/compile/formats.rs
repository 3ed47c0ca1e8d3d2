//! From what an author wrote (MJML, Markdown in a template, HTML) to one protected HTML document.

use super::protect::Protector;
use super::{CompileError, Wrapper, WrapperFormat, document};
use crate::markup::{Kind, pieces};
use mrml::prelude::parser::Error;
use mrml::prelude::render::RenderOptions;
use std::collections::HashMap;

/// HTML as it is, with its tags hidden.
pub(super) fn html(source: &str, protector: &mut Protector) -> Result<String, CompileError> {
    let html = protector.markup(source)?;
    document::check_size(&html)?;
    Ok(html)
}

/// MJML rendered to HTML. No web fonts: a mail must not call third parties.
pub(super) fn mjml(source: &str, protector: &mut Protector) -> Result<String, CompileError> {
    let protected = protector.markup(source)?;
    document::check_size(&protected)?;
    check_nesting(&protected)?;
    let parsed = mrml::parse(&protected).map_err(|error| mjml_error(&error, &protected, protector))?;
    let options = RenderOptions { fonts: HashMap::new(), social_icon_origin: Some("".into()), ..RenderOptions::default() };
    parsed.element.render(&options).map_err(|_| CompileError::Mjml { line: 1, message: "it cannot be rendered" })
}

/// MJML is XML: there, no element ends by itself, and each level is a call of the parser.
fn check_nesting(source: &str) -> Result<(), CompileError> {
    let mut depth = 0_usize;
    for piece in pieces(source) {
        match piece.kind {
            Kind::Open { closed: false, name, .. } if !crate::markup::VOID.contains(&name.as_str()) => depth += 1,
            Kind::Close { .. } => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 100 {
            return Err(CompileError::TooDeep);
        }
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
            return CompileError::Mjml { line: line.max(1), message: "a tag is not well-formed" };
        }
        Error::EndOfStream { .. } => (protected.len(), "it ends too early: an element is not closed"),
        Error::SizeLimit { .. } => (0, "it is too long"),
        Error::NoRootNode => (0, "the outermost element must be <mjml>"),
    };
    CompileError::Mjml { line: protector.source_line(protected, at), message }
}

/// Markdown put in its wrapper's `{{ content }}` slot.
pub(super) fn markdown(source: &str, wrapper: &Wrapper, protector: &mut Protector) -> Result<String, CompileError> {
    let protected = protector.markdown(source)?;
    let mut content = String::with_capacity(protected.len() * 2);
    let options = pulldown_cmark::Options::ENABLE_TABLES | pulldown_cmark::Options::ENABLE_STRIKETHROUGH;
    pulldown_cmark::html::push_html(&mut content, pulldown_cmark::Parser::new_ext(&protected, options));
    let frame = match wrapper.format {
        WrapperFormat::Mjml => mjml(&wrapper.source, protector),
        WrapperFormat::Html => html(&wrapper.source, protector),
    };
    let frame = frame.map_err(|error| CompileError::Wrapper(Box::new(error)))?;
    let slot = protector.slot(&frame, "content").ok_or(CompileError::NoSlot)?;
    let whole = frame.replacen(&slot, &content, 1);
    document::check_size(&whole)?;
    Ok(whole)
}
