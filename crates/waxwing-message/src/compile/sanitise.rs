//! What a mail's HTML may hold: tables, text, pictures, links, inline style. Nothing that runs.
//!
//! Promise: no script, frame, form, event attribute, `javascript:` or `data:` address survives for
//! a reader that follows the HTML standard. Limit: what stands in a conditional comment is seen by
//! Outlook for Windows alone, which runs no script, and passes through as written.

use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "wbr",
];
const EVERYWHERE: &[&str] = &[
    "style",
    "class",
    "id",
    "title",
    "lang",
    "dir",
    "align",
    "valign",
    "width",
    "height",
    "bgcolor",
    "role",
    "aria-label",
    "aria-hidden",
    "aria-labelledby",
    "aria-roledescription",
];
const BY_TAG: &[(&str, &[&str])] = &[
    ("a", &["href", "name", "target"]),
    ("img", &["src", "alt", "border", "hspace", "vspace"]),
    ("table", &["border", "cellpadding", "cellspacing", "summary"]),
    ("td", &["colspan", "rowspan", "headers", "nowrap"]),
    ("th", &["colspan", "rowspan", "headers", "scope", "nowrap"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("font", &["color", "face", "size"]),
    ("hr", &["color", "size", "noshade"]),
    ("ol", &["start", "type"]),
    ("ul", &["type"]),
    ("li", &["value"]),
    ("br", &["clear"]),
    ("time", &["datetime"]),
];
/// Words that make a style do more than look. A backslash could spell any of them.
const UNSAFE_CSS: &[&str] =
    &["<", "\\", "expression", "javascript:", "@import", "behavior", "-moz-binding", "@font-face"];

/// The body's HTML without anything that is not listed here. `placeholder` begins every hidden tag.
pub(super) fn clean(body: &str, placeholder: &str) -> String {
    let relative = relative_addresses(placeholder.to_owned());
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "iframe", "object", "noscript", "textarea", "select",
        ]))
        .generic_attributes(EVERYWHERE.iter().copied().collect())
        .tag_attributes(
            BY_TAG.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect::<HashMap<_, _>>(),
        )
        .url_schemes(HashSet::from(["https", "http", "mailto", "tel", "cid"]))
        .url_relative(UrlRelative::Custom(Box::new(relative)))
        .link_rel(None)
        .strip_comments(false)
        .attribute_filter(attribute);
    tbody_first(&builder.clean(body).to_string(), placeholder)
}

/// A parser opens `<tbody>` at the first row: after a statement that stands before it. Moves it
/// before the statement, so that a loop over rows holds rows only.
fn tbody_first(html: &str, placeholder: &str) -> String {
    const TBODY: &str = "<tbody>";
    let mut out = String::with_capacity(html.len());
    for (i, part) in html.split(TBODY).enumerate() {
        if i > 0 {
            let at = before_statements(&out, placeholder);
            out.insert_str(at, TBODY);
        }
        out.push_str(part);
    }
    out
}

/// Where the statements and blanks at the end of `text` begin.
fn before_statements(text: &str, placeholder: &str) -> usize {
    let mut start = text.trim_end().len();
    while let Some(comment) = text[..start].rfind("<!--").filter(|_| text[..start].ends_with("-->")) {
        let inside = &text[comment + 4..start - 3];
        if !inside.starts_with(placeholder) || inside.contains("-->") {
            break;
        }
        start = text[..comment].trim_end().len();
    }
    start
}

/// A relative address means nothing in a mail; a placeholder becomes a whole one.
fn relative_addresses(placeholder: String) -> impl for<'u> Fn(&'u str) -> Option<Cow<'u, str>> + Send + Sync {
    move |address| (address.starts_with('#') || address.starts_with(&placeholder)).then_some(Cow::Borrowed(address))
}

fn attribute<'v>(element: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let keep = match (element, name) {
        (_, "style") => clean_css(value).is_some(),
        ("img", "src") => !value.starts_with("mailto:") && !value.starts_with("tel:"),
        ("a", "href") => !value.starts_with("cid:"),
        _ => true,
    };
    keep.then_some(Cow::Borrowed(value))
}

/// The style as it is, or nothing if it holds more than looks. Pictures in it must be `https:`.
pub(super) fn clean_css(css: &str) -> Option<&str> {
    let lower = css.to_ascii_lowercase();
    if UNSAFE_CSS.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let secure = |rest: &str| rest.trim_start().trim_start_matches(['"', '\'']).starts_with("https://");
    lower.split("url(").skip(1).all(secure).then_some(css)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_runs_survives() {
        for (source, expected) in [
            ("<p onclick=\"x()\">a</p>", "<p>a</p>"),
            ("a<script>alert(1)</script>b", "ab"),
            ("<a href=\"javascript:alert(1)\">a</a>", "<a>a</a>"),
            ("<a href=\" java\nscript:alert(1)\">a</a>", "<a>a</a>"),
            ("<img src=\"data:text/html,x\" onerror=x>", "<img>"),
            ("<iframe src=\"https://x.example\">a</iframe>b", "b"),
            ("<form action=\"https://x.example\"><input name=a>b</form>", "b"),
            ("<svg><script>x</script></svg><math>", ""),
            ("<p style=\"background:url(javascript:x)\">a</p>", "<p>a</p>"),
            ("<p style=\"width:expression(x)\">a</p>", "<p>a</p>"),
            ("<a href=\"/relative\">a</a><img src=\"x.png\">", "<a>a</a><img>"),
            ("<base href=\"https://x.example\"><meta http-equiv=refresh content=0>a<link rel=stylesheet href=x>", "a"),
        ] {
            assert_eq!(clean(source, "wx0"), expected, "{source}");
        }
    }

    #[test]
    fn what_mails_are_made_of_survives() {
        for source in [
            "<table role=\"presentation\" width=\"600\" cellpadding=\"0\"><tbody><tr><td align=\"left\" style=\"color:red\">a</td></tr></tbody></table>",
            "<a href=\"https://x.example/a?b=c&amp;d=e\" target=\"_blank\">a</a>",
            "<a href=\"wx0n1z\">a</a><a href=\"wx0n1z/path\">a</a><a href=\"#top\">a</a>",
            "<img alt=\"a\" src=\"cid:a@b\">",
            "<!--[if mso]><table><tr><td><![endif]-->a<!--[if mso]></td></tr></table><![endif]-->",
            "<p style=\"background:url('https://x.example/a.png')\">a</p>",
        ] {
            assert_eq!(clean(source, "wx0"), source);
        }
    }
}
