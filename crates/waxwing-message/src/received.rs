//! What a message that came in says of itself: who it claims to be from, the way it took, where its links lead.
//!
//! Promise: at most a few bounded lines come out, whatever goes in, and none holds a control character. Limit: every
//! line is what a stranger wrote; only the topmost `Received` was written by the server that handed it over.

use mail_parser::{HeaderName, MessageParser};

/// The longest line that is kept, in characters.
const LONGEST: usize = 300;
/// Lines of `Received` that are kept, the topmost first.
const HOPS: usize = 12;
/// Links that are kept.
const LINKS: usize = 20;
/// Of each part of the text, so many bytes are searched for links.
const SEARCHED: usize = 512 * 1_024;

/// What a message says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Received {
    /// Its subject.
    pub subject: String,
    /// The address of its From header.
    pub from: String,
    /// The servers that it says it went through, the last one first.
    pub hops: Vec<String>,
    /// The domains that say they signed it: DKIM's `d=`. The signatures are not checked.
    pub signed_by: Vec<String>,
    /// Addresses of the web that it names, each once.
    pub links: Vec<String>,
    /// How many files hang on it.
    pub attachments: usize,
}

impl Received {
    /// Reads a message (RFC 5322); what cannot be read is empty.
    pub fn read(message: &[u8]) -> Self {
        let Some(parsed) = MessageParser::default().parse(message) else { return Self::default() };
        let raw = |wanted: &str| -> Vec<String> {
            let named = parsed.headers_raw().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            named.map(|(_, value)| line(value)).filter(|text| !text.is_empty()).take(HOPS).collect()
        };
        let from = parsed.from().and_then(|from| from.first()).and_then(|from| from.address());
        let mut links = Vec::new();
        for part in 0..parsed.text_body.len() {
            parsed.body_text(part).iter().for_each(|text| find_links(text, &mut links));
        }
        for part in 0..parsed.html_body.len() {
            parsed.body_html(part).iter().for_each(|text| find_links(text, &mut links));
        }
        let signatures = raw(HeaderName::DkimSignature.as_str());
        Self {
            subject: line(parsed.subject().unwrap_or_default()),
            from: line(from.unwrap_or_default()),
            hops: raw("Received"),
            signed_by: signatures.iter().filter_map(|text| signer(text)).collect(),
            links,
            attachments: parsed.attachment_count(),
        }
    }
}

/// One line of at most [`LONGEST`] characters, without control characters or runs of space.
fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

/// The domain of a DKIM signature.
fn signer(text: &str) -> Option<String> {
    let tag = text.split(';').find_map(|tag| tag.trim().strip_prefix("d="));
    tag.map(|domain| domain.trim().to_ascii_lowercase()).filter(|domain| !domain.is_empty())
}

/// Adds the addresses of the web in `text` that are not among `links` yet.
fn find_links(text: &str, links: &mut Vec<String>) {
    let searched =
        text.char_indices().take_while(|(at, _)| *at < SEARCHED).last().map_or(0, |(at, c)| at + c.len_utf8());
    let mut rest = &text[..searched];
    while let Some(at) = rest.find("://") {
        let before = &rest[..at];
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            before.len() >= scheme.len()
                && before.is_char_boundary(before.len() - scheme.len())
                && before[before.len() - scheme.len()..].eq_ignore_ascii_case(scheme)
        });
        let tail = &rest[at + 3..];
        let end = tail.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`()[]{}".contains(c));
        let tail = tail[..end.unwrap_or(tail.len())].trim_end_matches([',', '.', ';', ':', '!', '?']);
        if let Some(scheme) = scheme.filter(|_| !tail.is_empty()) {
            let link: String = format!("{scheme}://{tail}").chars().take(LONGEST).collect();
            if links.len() < LINKS && !links.contains(&link) {
                links.push(link);
            }
        }
        rest = &rest[at + 3..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &[u8] = b"Received: from a.example (a.example [192.0.2.1])\r\n\tby mx.example; Mon, 1 Dec 2026 10:00:00 +0000\r\n\
        Received: from laptop by a.example\r\nDKIM-Signature: v=1; a=rsa-sha256; d=Evil.example; s=x; b=AA\r\n\
        From: \"Best Offers\" <offers@evil.example>\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n\
        Content-Type: text/html; charset=utf-8\r\n\r\n\
        <p>Buy <a href=\"https://evil.example/buy?x=1\">now</a> or HTTP://other.example/a, again https://evil.example/buy?x=1</p>\r\n";

    #[test]
    fn a_message_tells_where_it_came_from_and_where_it_leads() {
        let read = Received::read(LETTER);
        assert_eq!((read.subject.as_str(), read.from.as_str()), ("Caf\u{e9}", "offers@evil.example"));
        assert_eq!(read.hops.len(), 2);
        assert!(read.hops[0].starts_with("from a.example (a.example [192.0.2.1]) by mx.example"), "{:?}", read.hops);
        assert_eq!(read.signed_by, ["evil.example"]);
        let mut links = read.links;
        links.sort_unstable();
        assert_eq!(links, ["http://other.example/a", "https://evil.example/buy?x=1"]);
    }

    #[test]
    fn whatever_comes_little_comes_out() {
        let many = "Received: x\r\n".repeat(500) + "\r\n" + &"https://a.example/".repeat(400) + " http:// ://x http";
        let read = Received::read(many.as_bytes());
        assert!(read.hops.len() <= HOPS && read.links.len() <= LINKS);
        for bytes in [&b""[..], b"\0\0", b"\xff\xfe", b"Subject", b"Subject: a\rb\r\n\r\n"] {
            let read = Received::read(bytes);
            assert!(!read.subject.chars().any(char::is_control));
        }
    }
}
