//! From a whole HTML document to the few parts of it that a mail keeps.
//!
//! Promise: nothing of the document's head comes through but checked style sheets, the title, the
//! language and the colours of the body; all the rest is written here. No address is fetched.

use super::sanitise::clean_css;
use super::{CompileError, Warning};
use crate::markup::{Attribute, Kind, Piece, VOID, decode_entities, pieces};
use crate::template::TemplateError;

/// The most bytes of style sheets: inlining takes time with their number and with the elements.
const MAX_STYLES: usize = 100_000;
/// The most elements of a document.
const MAX_ELEMENTS: usize = 20_000;
/// The deepest nesting of elements.
const MAX_DEPTH: usize = 120;
/// Elements that end by themselves where the next begins.
const SELF_ENDING: &[&str] = &["p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option"];

/// Refuses documents that would cost much more than their size tells: the passes over HTML take
/// time, and stack, with its depth. Counts at least as deep as an HTML parser nests.
pub(super) fn check_size(document: &str) -> Result<(), CompileError> {
    let (mut elements, mut styles) = (0, 0);
    let mut open: Vec<String> = Vec::new();
    for piece in pieces(document).into_iter().filter(|p| !p.hidden) {
        match piece.kind {
            // Drawings and formulas have rules of nesting of their own; the sanitiser would drop them.
            Kind::Open { name, .. } if name == "svg" || name == "math" => return Err(CompileError::Element { name }),
            Kind::Open { name, closed, .. } => {
                elements += 1;
                if nests(&name, closed) {
                    open.push(name);
                }
            }
            // An end that does not fit is not believed: a parser may pass over it.
            Kind::Close { name } if open.last() == Some(&name) => drop(open.pop()),
            Kind::Raw { .. } => styles += piece.text.len(),
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            return Err(CompileError::TooDeep);
        }
    }
    if elements > MAX_ELEMENTS || styles > MAX_STYLES {
        return Err(CompileError::Template(TemplateError::TooLong));
    }
    Ok(())
}

/// Whether what follows stands inside this element. HTML does not know `<div/>`; MJML does.
fn nests(name: &str, closed: bool) -> bool {
    let mjml_closed = closed && name.starts_with("mj-");
    !mjml_closed && !VOID.contains(&name) && !SELF_ENDING.contains(&name)
}

/// Refuses elements of MJML in a document that is to be HTML.
pub(super) fn check_is_html(document: &str) -> Result<(), CompileError> {
    let mjml = pieces(document).into_iter().find_map(|piece| match piece.kind {
        Kind::Open { name, .. } if name.starts_with("mj-") || name == "mjml" => Some(name),
        _ => None,
    });
    mjml.map_or(Ok(()), |name| Err(CompileError::Element { name }))
}

/// Moves style rules into the elements they apply to; media queries stay in a style sheet.
pub(super) fn inline_styles(document: &str) -> Result<String, CompileError> {
    let options = css_inline::InlineOptions {
        keep_at_rules: true,
        load_remote_stylesheets: false,
        ..css_inline::InlineOptions::default()
    };
    options.build().inline(document).map_err(|_| CompileError::Styles)
}

/// What a mail keeps of a document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub styles: String,
    pub title: String,
    pub lang: String,
    pub right_to_left: bool,
    pub body_style: String,
    pub body: String,
}

impl Document {
    /// Takes a document apart that a serialiser wrote.
    pub(super) fn read(html: &str, warnings: &mut Vec<Warning>) -> Self {
        let mut document = Self::default();
        let all = pieces(html);
        for piece in &all {
            match &piece.kind {
                Kind::Raw { element } if element == "style" && !piece.hidden => match clean_css(piece.text) {
                    Some(css) => document.styles.push_str(css),
                    None => warnings.push(Warning::StyleDropped),
                },
                Kind::Raw { element } if element == "title" => document.title = decode_entities(piece.text.trim()),
                Kind::Open { name, attributes, .. } if name == "html" => document.language(attributes),
                Kind::Open { name, attributes, .. } if name == "body" => document.body_style = body_style(attributes),
                _ => {}
            }
        }
        document.body = body_of(&all);
        document
    }

    fn language(&mut self, attributes: &[Attribute<'_>]) {
        for attribute in attributes {
            let value = attribute.value;
            let tag = (2..=35).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            match attribute.name {
                "lang" if tag => self.lang = value.to_owned(),
                "dir" => self.right_to_left = value.eq_ignore_ascii_case("rtl"),
                _ => {}
            }
        }
    }
}

fn body_style(attributes: &[Attribute<'_>]) -> String {
    let find = |name| attributes.iter().find(|a| a.name == name).map(|a| decode_entities(a.value));
    let mut style = find("style").filter(|s| clean_css(s).is_some()).unwrap_or_default();
    let is_colour = |c: &String| c.len() <= 30 && c.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#');
    if let Some(colour) = find("bgcolor").filter(is_colour) {
        style = format!("background-color:{colour};{style}");
    }
    style
}

/// What stands between `<body>` and the last `</body>`.
fn body_of(all: &[Piece<'_>]) -> String {
    let starts = |p: &Piece<'_>| matches!(&p.kind, Kind::Open { name, .. } if name == "body");
    let ends = |p: &Piece<'_>| matches!(&p.kind, Kind::Close { name } if name == "body");
    let start = all.iter().position(starts).map_or(0, |n| n + 1);
    let end = all.iter().rposition(ends).unwrap_or(all.len()).max(start);
    all[start..end].iter().map(|p| p.text).collect()
}

/// What Outlook for Windows needs to scale like the others.
const OUTLOOK: &str = "<!--[if mso]><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->";
/// Fills the preview line, so that the mail's own text does not follow the preheader.
const FILLER: &str = "&#847;&zwnj;&nbsp;";

/// Puts a mail together. All arguments are HTML already but `document`'s title, language and style.
pub(super) fn assemble(document: &Document, preheader: &str, body: &str) -> String {
    let lang = if document.lang.is_empty() { "und" } else { &document.lang };
    let dir = if document.right_to_left { " dir=\"rtl\"" } else { "" };
    let title = if document.title.is_empty() { "{{ campaign.subject }}".to_owned() } else { escape(&document.title) };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{lang}\"{dir} xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\">\n\
         <head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{title}</title>\n{OUTLOOK}\n"
    );
    if !document.styles.trim().is_empty() {
        out.extend(["<style>", document.styles.trim(), "</style>\n"]);
    }
    out.push_str("</head>\n<body");
    if !document.body_style.is_empty() {
        out.extend([" style=\"", &escape(&document.body_style), "\""]);
    }
    out.push_str(">\n");
    if !preheader.is_empty() {
        let hide = "display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all;font-size:1px;line-height:1px";
        out.extend(["<div style=\"", hide, "\">", preheader, &FILLER.repeat(24), "</div>\n"]);
    }
    out.extend([body.trim(), "\n</body>\n</html>\n"]);
    out
}

/// `& < > "` as entities.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
