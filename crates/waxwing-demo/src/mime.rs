//! Reading a caught message the way its recipient's program would: headers, parts, links.
//!
//! Promise: it decodes by the standards (RFC 2045, RFC 2047) with a parser that shares no code
//! with the one who wrote the message, and no input makes it panic. Limit: of several text or
//! HTML parts the first is read; links are those a person could follow, `http` and `https`.

use mail_parser::{Message, MessageParser};

/// The longest message that is read; beyond it every question is answered with nothing.
const LIMIT: usize = 32 * 1_024 * 1_024;

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

/// Every `http` and `https` link in text and HTML, in order, each once.
pub fn links(raw: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for link in
        text(raw).iter().flat_map(|t| text_links(t)).chain(html(raw).iter().flat_map(|h| html_links(h)))
    {
        if !found.contains(&link) {
            found.push(link);
        }
    }
    found
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

/// Addresses that stand in running text, without the punctuation that follows them.
fn text_links(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"'()[]{}|\\^`".contains(c);
    let starts = text.match_indices("http").map(|(at, _)| &text[at..]).filter(|rest| is_web(rest));
    starts
        .map(|rest| {
            rest.split(ends).next().unwrap_or(rest).trim_end_matches(['.', ',', ';', '!', '?']).to_owned()
        })
        .collect()
}

fn is_web(link: &str) -> bool {
    link.starts_with("http://") || link.starts_with("https://")
}

/// Values of `href` attributes, entities decoded.
fn html_links(html: &str) -> Vec<String> {
    let lower = html.to_ascii_lowercase();
    let values = lower.match_indices("href").filter_map(|(at, word)| attribute(&html[at + word.len()..]));
    values.map(|value| unescape(value.trim())).filter(|link| is_web(link)).collect()
}

/// What follows `=`, in quotes of either kind or bare.
fn attribute(rest: &str) -> Option<&str> {
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split_once(quote).map(|(inside, _)| inside),
        _ => value.split(|c: char| c.is_whitespace() || c == '>').next(),
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
    fn nonsense_is_answered_with_nothing() {
        for raw in [&b""[..], b"\0\xff\xfe", b"href=", b"\r\n\r\n<a href='http://", b":::\r\n \r\n"] {
            assert!(links(raw).iter().all(|link| is_web(link)));
            assert_eq!(first_link_containing(raw, "/confirm"), None);
        }
    }
}
