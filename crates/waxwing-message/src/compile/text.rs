//! The text part of a mail, made from its HTML: paragraphs, lists, and links with their addresses.
//!
//! Promise: template tags stay where they are, statements included; what only Outlook sees and the
//! hidden preheader do not appear. Limit: tables become lines, cell after cell.

use crate::markup::{Attribute, Kind, Piece, decode_entities, pieces};

/// The text of sanitised HTML. `placeholder` begins every hidden tag.
pub(super) fn from_html(body: &str, placeholder: &str) -> String {
    let mut writer = Writer { placeholder, ..Writer::default() };
    for piece in pieces(body).iter().filter(|p| !p.hidden) {
        writer.piece(piece);
    }
    let mut text: String = writer.out.lines().map(|l| l.trim_end().to_owned() + "\n").collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[derive(Default)]
struct Writer<'a> {
    placeholder: &'a str,
    out: String,
    /// Line ends owed before the next visible text.
    breaks: usize,
    /// Whether there is visible text yet.
    started: bool,
    /// Line ends that already stand between the last visible text and here.
    paid: usize,
    /// A blank owed before the next visible text.
    blank: bool,
    /// The addresses of open links, with where their text began.
    links: Vec<(String, usize)>,
    /// Open lists: the next number, or none for bullets.
    lists: Vec<Option<usize>>,
    verbatim: usize,
}

impl Writer<'_> {
    fn piece(&mut self, piece: &Piece<'_>) {
        match &piece.kind {
            Kind::Text => self.text(&decode_entities(piece.text)),
            Kind::Comment => self.statement(piece.text),
            Kind::Open { name, attributes, .. } => self.open(name, attributes),
            Kind::Close { name } => self.close(name),
            Kind::Raw { .. } | Kind::Condition | Kind::Declaration => {}
        }
    }

    fn owe(&mut self, breaks: usize) {
        if breaks > 0 {
            self.breaks = self.breaks.max(breaks);
            self.blank = false;
        }
    }

    /// Pays the line ends and the blank that are owed, less what a statement in between has had.
    fn pay(&mut self) {
        let breaks = std::mem::take(&mut self.breaks);
        let blank = std::mem::take(&mut self.blank);
        if !self.started {
            return;
        }
        let missing = breaks.saturating_sub(self.paid);
        self.out.push_str(&"\n".repeat(missing));
        self.paid = self.paid.max(breaks);
        if blank && self.paid == 0 && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    fn visible(&mut self, text: &str) {
        self.pay();
        self.out.push_str(text);
        self.started = true;
        self.paid = 0;
    }

    fn text(&mut self, text: &str) {
        if self.verbatim > 0 {
            return self.visible(text);
        }
        // No-break spaces hold lines together on screen only.
        let is_blank = |c: char| c.is_whitespace() || c == '\u{a0}';
        for (i, word) in text.split(is_blank).enumerate() {
            self.blank |= i > 0 && self.breaks == 0;
            if !word.is_empty() {
                self.visible(word);
            }
        }
    }

    /// A statement keeps its place and takes none.
    fn statement(&mut self, comment: &str) {
        let inside = comment.trim_start_matches("<!--").trim_end_matches("-->");
        if inside.starts_with(self.placeholder) {
            self.pay();
            self.out.push_str(inside);
        }
    }

    fn open(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        let attribute = |name| attributes.iter().find(|a| a.name == name).map(|a| decode_entities(a.value));
        match name {
            "br" => self.breaks = (self.breaks + 1).min(2),
            "hr" => {
                self.owe(2);
                self.visible("----------");
                self.owe(2);
            }
            "a" => self.links.push((attribute("href").unwrap_or_default(), self.out.len())),
            "img" => self.text(&attribute("alt").unwrap_or_default()),
            "ul" | "ol" => {
                self.owe(if self.lists.is_empty() { 2 } else { 1 });
                self.lists.push((name == "ol").then_some(1));
            }
            "li" => self.item(),
            "td" | "th" => self.blank |= self.breaks == 0,
            "pre" => {
                self.owe(2);
                self.verbatim += 1;
            }
            _ => self.owe(breaks_around(name)),
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "a" => self.end_link(),
            "ul" | "ol" => {
                self.lists.pop();
                self.owe(if self.lists.is_empty() { 2 } else { 1 });
            }
            "pre" => {
                self.verbatim = self.verbatim.saturating_sub(1);
                self.owe(2);
            }
            _ => self.owe(breaks_around(name)),
        }
    }

    fn item(&mut self) {
        self.owe(1);
        let indent = "  ".repeat(self.lists.len().saturating_sub(1).min(5));
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{indent}{}. ", *number - 1)
            }
            _ => format!("{indent}- "),
        };
        self.visible(&mark);
    }

    /// `text (address)`, or the address alone where the text says the same.
    fn end_link(&mut self) {
        let Some((address, from)) = self.links.pop() else { return };
        let shown = self.out.get(from..).unwrap_or_default().trim();
        let same = address.trim_start_matches("mailto:") == shown;
        if address.is_empty() || address.starts_with('#') || same {
            return;
        }
        if shown.is_empty() {
            self.visible(&address);
        } else {
            self.out.extend([" (", &address, ")"]);
        }
    }
}

fn breaks_around(name: &str) -> usize {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "table" | "dl" | "figure" => 2,
        "div" | "tr" | "section" | "header" | "footer" | "main" | "li" | "dt" | "dd" | "center" | "caption" => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_reads_well_as_text() {
        for (html, text) in [
            ("<h1>Hi &amp; hello</h1>\n<p>One\n  two<br>three</p>", "Hi & hello\n\nOne two\nthree\n"),
            (
                "<p>See <a href=\"https://a.example/?x=1&amp;y=2\">our <b>page</b></a>.</p>",
                "See our page (https://a.example/?x=1&y=2).\n",
            ),
            (
                "<a href=\"mailto:a@b.example\">a@b.example</a> <a href=\"https://x.example\"><img alt=\"Logo\"></a>",
                "a@b.example Logo (https://x.example)\n",
            ),
            ("<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul><p>e</p>", "- a\n  1. b\n  2. c\n- d\n\ne\n"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
            ("<!--[if mso]><p>no</p><![endif]-->yes<!-- no -->", "yes\n"),
            ("<p>a</p><!--wx0n1z--><p>b</p><!--wx0n2z--><p>c wx0n3z</p>", "a\n\nwx0n1zb\n\nwx0n2zc wx0n3z\n"),
            ("<pre>a\n  b</pre>c", "a\n  b\n\nc\n"),
            ("", "\n"),
        ] {
            assert_eq!(from_html(html, "wx0"), text, "{html}");
        }
    }
}
