//! Reading a caught message the way its recipient's program would: headers, parts, links.
//!
//! Promise: it decodes by the standards (RFC 2045, RFC 2047) with a parser that shares no code
//! with the one who wrote the message, and no input makes it panic. Limit: of several text or
//! HTML parts the first is read; links are those a person could follow, `http` and `https`, of at
//! most 4,096 bytes, and the first 1,000 of them.

use mail_parser::{Message, MessageParser};
use std::collections::HashSet;

/// The longest message that is read; beyond it every question is answered with nothing.
const LIMIT: usize = 32 * 1_024 * 1_024;

/// The longest link that is found. Without it, HTML of nothing but `href=` would be read once for
/// each of them.
const LONGEST_LINK: usize = 4_096;

/// How many links are found.
const MOST_LINKS: usize = 1_000;

fn parse(raw: &[u8]) -> Option<Message<'_>> {
    if raw.is_empty() || raw.len() > LIMIT {
        return None;
    }
    MessageParser::default().parse(raw)
}

/// The decoded subject, from the headers alone.
pub fn subject(raw: &[u8]) -> Option<String> {
    if raw.is_empty() || raw.len() > LIMIT {
        return None;
    }
    MessageParser::default().parse_headers(raw)?.subject().map(str::to_owned)
}

/// The first value of header `name` as it was sent, unfolded but not decoded.
pub fn header(raw: &[u8], name: &str) -> Option<String> {
    headers(raw).into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// All headers in order, unfolded but not decoded: what a signature or a test looks at.
pub fn headers(raw: &[u8]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in raw.split(|&b| b == b'\n') {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = found.last_mut() {
                value.push_str(&line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            found.push((name.to_owned(), value.trim_start().to_owned()));
        }
    }
    found
}

/// The decoded text part; nothing if the message has only HTML.
pub fn text(raw: &[u8]) -> Option<String> {
    body(raw, "plain")
}

/// The decoded HTML part; nothing if the message has only text.
pub fn html(raw: &[u8]) -> Option<String> {
    body(raw, "html")
}

fn body(raw: &[u8], subtype: &str) -> Option<String> {
    use mail_parser::MimeHeaders as _;
    let message = parse(raw)?;
    let wanted = |part: &&mail_parser::MessagePart<'_>| match part.content_type() {
        Some(kind) => kind.c_type == "text" && kind.c_subtype.as_deref() == Some(subtype),
        // RFC 2045 §5.2: a part without a type is plain text.
        None => subtype == "plain" && part.is_text(),
    };
    message.parts.iter().find(wanted)?.text_contents().map(str::to_owned)
}

/// `http` and `https` links in text and HTML, in order, each once.
pub fn links(raw: &[u8]) -> Vec<String> {
    let (text, html) = (text(raw).unwrap_or_default(), html(raw).unwrap_or_default());
    let mut seen = HashSet::new();
    let all = text_links(&text).into_iter().chain(html_links(&html));
    all.filter(|link| seen.insert(link.clone())).take(MOST_LINKS).collect()
}

/// The first link that holds `needle`, such as `/signup/confirm`.
pub fn first_link_containing(raw: &[u8], needle: &str) -> Option<String> {
    links(raw).into_iter().find(|link| link.contains(needle))
}

/// The addresses of `List-Unsubscribe` (RFC 2369 §3.2), in order, without their angle brackets.
pub fn list_unsubscribe(raw: &[u8]) -> Vec<String> {
    let value = header(raw, "List-Unsubscribe").unwrap_or_default();
    let inside = value.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    // Folding may put white space inside a long address; it is no part of it.
    inside.map(|(link, _)| link.split_whitespace().collect()).collect()
}

/// Addresses that stand in running text, without the punctuation that follows them. One inside
/// another's query is a part of that other.
fn text_links(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"'()[]{}|\\^`".contains(c);
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        rest = &rest[at..];
        if !is_web(rest) {
            rest = &rest[4..];
            continue;
        }
        let link = rest.split(ends).next().unwrap_or(rest);
        if link.len() <= LONGEST_LINK {
            found.push(link.trim_end_matches(['.', ',', ';', '!', '?']).to_owned());
        }
        rest = &rest[link.len()..];
    }
    found
}

fn is_web(link: &str) -> bool {
    link.starts_with("http://") || link.starts_with("https://")
}

/// Values of `href` attributes, entities decoded.
fn html_links(html: &str) -> impl Iterator<Item = String> {
    // Lower-casing ASCII moves no byte: places in one text are places in the other.
    let places: Vec<usize> = html.to_ascii_lowercase().match_indices("href").map(|(at, _)| at + 4).collect();
    let values = places.into_iter().filter_map(|at| attribute(beginning(&html[at..])));
    values.map(|value| unescape(value.trim())).filter(|link| is_web(link))
}

/// As much of `rest` as a link may be long.
fn beginning(rest: &str) -> &str {
    &rest[..rest.floor_char_boundary(LONGEST_LINK)]
}

/// What follows `=`, in quotes of either kind or bare; nothing if its end is out of sight.
fn attribute(rest: &str) -> Option<&str> {
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split_once(quote).map(|(inside, _)| inside),
        _ => value.split_once(|c: char| c.is_whitespace() || c == '>').map(|(bare, _)| bare),
    }
}

/// Decodes the character references that stand in addresses; others stay as they are.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = rest.split_once(';').and_then(|(name, after)| Some((reference(&name[1..])?, after)));
        match known {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &[u8] = b"From: Larkfield <news@larkfield.example>\r\n\
To: ann@postbox.example\r\n\
Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n =?utf-8?Q?_aus_L=C3=BCbeck?=\r\n\
List-Unsubscribe: <https://wax.example/u/abc?x=1>,\r\n <mailto:u@wax.example>\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/alternative; boundary=b\r\n\
\r\n\
--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
Confirm: https://wax.example/signup/confirm?token=3Dabc=\r\ndef. Gr=C3=BC=C3=9Fe\r\n\
--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
PGEgSFJFRj0iaHR0cHM6Ly93YXguZXhhbXBsZS9hP2I9MSZhbXA7Yz0yIj54PC9hPg==\r\n--b--\r\n";

    #[test]
    fn subject_and_parts_are_decoded() {
        assert_eq!(subject(LETTER).as_deref(), Some("Grüße aus Lübeck"));
        assert!(text(LETTER).is_some_and(|t| t.contains("Grüße")));
        assert!(html(LETTER).is_some_and(|h| h.starts_with("<a HREF=")));
    }

    #[test]
    fn a_link_broken_by_quoted_printable_is_whole_again() {
        let link = first_link_containing(LETTER, "/signup/confirm");
        assert_eq!(link.as_deref(), Some("https://wax.example/signup/confirm?token=abcdef"));
    }

    #[test]
    fn entities_in_an_html_link_are_decoded() {
        assert!(links(LETTER).contains(&"https://wax.example/a?b=1&c=2".to_owned()));
        assert_eq!(unescape("a&#38;b&#x26;c&nosuch;&"), "a&b&c&nosuch;&");
    }

    #[test]
    fn the_unsubscribe_header_gives_its_addresses_in_order() {
        assert_eq!(list_unsubscribe(LETTER), ["https://wax.example/u/abc?x=1", "mailto:u@wax.example"]);
        assert!(list_unsubscribe(b"Subject: x\r\n\r\n").is_empty());
    }

    #[test]
    fn a_message_of_one_kind_has_no_part_of_the_other() {
        assert_eq!(text(b"Subject: x\r\n\r\nhello\r\n").as_deref(), Some("hello\r\n"));
        assert_eq!(html(b"Subject: x\r\n\r\nhello\r\n"), None);
        assert_eq!(text(b"Content-Type: text/html\r\n\r\n<p>x"), None);
    }

    #[test]
    fn a_text_of_nothing_but_beginnings_is_read_in_no_time() {
        let begun = std::time::Instant::now();
        for start in ["http", "http:// ", "http://"] {
            let text = format!("Subject: x\r\n\r\n{}", start.repeat(100_000));
            assert!(links(text.as_bytes()).len() <= 1);
        }
        let html = format!("Content-Type: text/html\r\n\r\n{}", "href=".repeat(20_000));
        assert!(links(html.as_bytes()).is_empty());
        // Reading each beginning to the end would take many minutes.
        assert!(begun.elapsed().as_secs() < 60);
    }

    #[test]
    fn a_link_inside_a_links_query_is_a_part_of_it() {
        let found = links(b"Subject: x\r\n\r\nsee http://a.example/?u=http://b.example/, twice");
        assert_eq!(found, ["http://a.example/?u=http://b.example/"]);
    }

    #[test]
    fn links_without_number_are_cut_off_at_a_thousand() {
        let text: String = (0..2_000).map(|n| format!("http://a.example/{n} ")).collect();
        assert_eq!(links(format!("Subject: x\r\n\r\n{text}").as_bytes()).len(), MOST_LINKS);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(raw in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = (subject(&raw), headers(&raw), links(&raw), list_unsubscribe(&raw));
        }

        #[test]
        fn no_html_makes_it_panic(html in "(href ?= ?[\"']?|&(amp|#x?[0-9a-f]{0,9});?|https?://|.){0,60}") {
            let raw = format!("Content-Type: text/html; charset=utf-8\r\n\r\n{html}");
            proptest::prop_assert!(links(raw.as_bytes()).iter().all(|link| is_web(link)));
        }
    }

    #[test]
    fn nonsense_is_answered_with_nothing() {
        for raw in [&b""[..], b"\0\xff\xfe", b"href=", b"\r\n\r\n<a href='http://", b":::\r\n \r\n"] {
            assert!(links(raw).iter().all(|link| is_web(link)));
            assert_eq!(first_link_containing(raw, "/confirm"), None);
        }
    }
}
