//! The footer that the law wants, added to content that lacks it.
//!
//! Guarantee: content that compiles and is given a footer names sender, postal address and reason
//! and links to unsubscribing, in every part. Limit: how it looks is plain; authors write better ones.

use crate::templates::Content;
use waxwing_message::{ContentFormat, FooterFacts, Revision};

const TEXT: &str =
    "\n\n-- \n{{ reason }}\n{{ organisation }}, {{ postal_address }}\nUnsubscribe: {{ unsubscribe_url }}\n";
const MARKDOWN: &str =
    "\n\n---\n\n{{ reason }}\n\n{{ organisation }}, {{ postal_address }}\n\n[Unsubscribe]({{ unsubscribe_url }})\n";
const HTML: &str = "\n<p style=\"font-size:13px;line-height:1.5;color:#5f5044\">{{ reason }}<br>{{ organisation }}, {{ postal_address }}<br><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p>\n";
const MJML: &str = "\n<mj-section><mj-column><mj-text font-size=\"13px\" color=\"#5f5044\">{{ reason }}<br />{{ organisation }}, {{ postal_address }}<br /><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></mj-text></mj-column></mj-section>\n";

/// Whether compiled content lacks something of the footer.
pub(super) fn lacks(revision: &Revision) -> bool {
    FooterFacts::of(revision)
        .is_ok_and(|has| !(has.unsubscribe && has.postal_address && has.organisation && has.reason))
}

/// The content with a footer at its end.
pub(super) fn added(content: &Content) -> Content {
    let mut with = content.clone();
    match content.format {
        ContentFormat::Text => with.body.push_str(TEXT),
        ContentFormat::Markdown => with.body.push_str(MARKDOWN),
        ContentFormat::Html => with.body = before(&content.body, "</body>", HTML),
        ContentFormat::Mjml => with.body = before(&content.body, "</mj-body>", MJML),
    }
    if let Some(text) = with.text.as_mut() {
        text.push_str(TEXT);
    }
    with
}

/// `added` before the last `mark`, or at the end where there is none.
fn before(body: &str, mark: &str, added: &str) -> String {
    // The marks are ASCII, so lowering the case moves no byte.
    match body.to_ascii_lowercase().rfind(mark) {
        Some(at) => format!("{}{added}{}", &body[..at], &body[at..]),
        None => format!("{body}{added}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_of_every_format_gets_a_whole_footer() {
        let bodies = [
            (ContentFormat::Text, "Hello"),
            (ContentFormat::Html, "<html><body><p>Hello</p></BODY></html>"),
            (ContentFormat::Html, "<p>Hello</p>"),
            (
                ContentFormat::Mjml,
                "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>",
            ),
        ];
        for (format, body) in bodies {
            let content = Content { format, body: body.into(), wrapper: None, text: Some("Hello".into()) };
            let bare = Revision::compile(&content.source("Hi", "")).expect("compiles");
            assert!(lacks(&bare), "{body}");
            let whole = Revision::compile(&added(&content).source("Hi", "")).expect("still compiles");
            assert!(!lacks(&whole), "{body}");
        }
    }
}
