//! What a server said: a code, perhaps an enhanced code, and a text.
//!
//! Guarantee: reading never takes more than the limits below, and `Debug` shows the code alone,
//! for servers echo addresses in the text. Limit: the text is theirs; whoever stores it must seal
//! it, and whoever shows it must escape it. (smtp-proto's own reply type is not used because its
//! enhanced code is three bytes, and Microsoft says 5.7.515.)

use std::fmt;

/// Longest line of a reply in bytes with its end; RFC 5321 §4.5.3.1.5 has 512, servers exceed it.
pub(crate) const MAX_LINE: usize = 2_048;
/// Longest whole reply in bytes.
pub(crate) const MAX_REPLY: usize = 16 * 1_024;

/// An enhanced status code (RFC 3463 §2): class, subject, detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnhancedCode {
    /// 2, 4 or 5.
    pub class: u8,
    /// What it is about: 1 address, 2 mailbox, 3 system, 4 routing, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// Which.
    pub detail: u16,
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// A complete reply. No `Display`: the text may hold an address.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpReply {
    code: u16,
    enhanced: Option<EnhancedCode>,
    text: String,
}

impl SmtpReply {
    /// The three digits, 200 to 599.
    pub fn code(&self) -> u16 {
        self.code
    }
    /// The enhanced status code, where there was one.
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        self.enhanced
    }
    /// The words, lines joined by `\n`, without codes and control characters. May echo addresses.
    pub fn text(&self) -> &str {
        &self.text
    }
    pub(crate) fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }
    pub(crate) fn is_negative(&self) -> bool {
        matches!(self.code / 100, 4 | 5)
    }
    /// `550 5.1.1`: what may be logged.
    pub fn codes(&self) -> String {
        match self.enhanced {
            Some(enhanced) => format!("{} {enhanced}", self.code),
            None => self.code.to_string(),
        }
    }
}

impl fmt::Debug for SmtpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpReply({})", self.codes())
    }
}

/// Why bytes are no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadReply {
    /// A line or the whole passes its limit.
    TooLong,
    /// Not a reply of RFC 5321 §4.2.
    Syntax,
}

/// Reads one reply from the start of `bytes`: the reply and how many bytes it took, or `None`
/// while it is incomplete.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(SmtpReply, usize)>, BadReply> {
    let mut reply = SmtpReply { code: 0, enhanced: None, text: String::new() };
    let mut at = 0;
    loop {
        let Some(end) = memchr::memchr(b'\n', &bytes[at..]) else {
            return check_unfinished(bytes, at);
        };
        if end >= MAX_LINE || at + end >= MAX_REPLY {
            return Err(BadReply::TooLong);
        }
        let last = reply.add_line(&bytes[at..at + end])?;
        at += end + 1;
        if last {
            return Ok(Some((reply, at)));
        }
    }
}

/// An incomplete line must still be short enough, and begin like a reply: garbage is refused
/// without waiting for its end.
fn check_unfinished(bytes: &[u8], at: usize) -> Result<Option<(SmtpReply, usize)>, BadReply> {
    let line = &bytes[at..];
    if line.len() >= MAX_LINE || bytes.len() >= MAX_REPLY {
        return Err(BadReply::TooLong);
    }
    if line.iter().take(3).all(u8::is_ascii_digit) { Ok(None) } else { Err(BadReply::Syntax) }
}

impl SmtpReply {
    /// Takes one line without its LF; true if it is the last. All lines must bear one code.
    fn add_line(&mut self, line: &[u8]) -> Result<bool, BadReply> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] = line else {
            return Err(BadReply::Syntax);
        };
        let code = u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0');
        let first = self.code == 0;
        if !first && code != self.code {
            return Err(BadReply::Syntax);
        }
        self.code = code;
        let (last, words) = match rest {
            [] => (true, &[][..]),
            [b' ', words @ ..] => (true, words),
            [b'-', words @ ..] => (false, words),
            _ => return Err(BadReply::Syntax),
        };
        self.add_words(&String::from_utf8_lossy(words), first);
        Ok(last)
    }

    fn add_words(&mut self, words: &str, first: bool) {
        let (enhanced, words) = split_enhanced(words);
        if first {
            self.enhanced = enhanced.filter(|e| u16::from(e.class) == self.code / 100);
        } else {
            self.text.push('\n');
        }
        self.text.extend(words.chars().filter(|c| !c.is_control()));
    }
}

/// Splits `5.7.515 words` (RFC 2034 §4).
fn split_enhanced(words: &str) -> (Option<EnhancedCode>, &str) {
    let (head, tail) = words.split_once(' ').unwrap_or((words, ""));
    match parse_enhanced(head) {
        Some(code) => (Some(code), tail),
        None => (None, words),
    }
}

fn parse_enhanced(text: &str) -> Option<EnhancedCode> {
    let mut parts = text.split('.');
    let mut number = || {
        let part = parts.next()?;
        let fits = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if fits { part.parse::<u16>().ok() } else { None }
    };
    let (class, subject, detail) = (number()?, number()?, number()?);
    if parts.next().is_some() || !matches!(class, 2 | 4 | 5) {
        return None;
    }
    Some(EnhancedCode { class: u8::try_from(class).ok()?, subject, detail })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A reply for other modules' tests.
    pub(crate) fn reply(line: &str) -> SmtpReply {
        let bytes = format!("{line}\r\n");
        parse(bytes.as_bytes()).expect("a reply").expect("complete").0
    }

    #[test]
    fn a_reply_of_several_lines_is_one_reply() {
        let bytes = b"550-5.7.515 Access denied\r\n550-5.7.515 for a reason\r\n550 5.7.515 here\r\n250 next";
        let (reply, used) = parse(bytes).expect("a reply").expect("complete");
        assert_eq!(reply.codes(), "550 5.7.515");
        assert_eq!(reply.text(), "Access denied\nfor a reason\nhere");
        assert_eq!(&bytes[used..], b"250 next");
    }

    #[test]
    fn short_and_odd_replies_are_read() {
        assert_eq!(reply("250").code(), 250);
        assert_eq!(reply("250 2.1.5").codes(), "250 2.1.5");
        assert_eq!(reply("250 5.1.1 a code of another class is ignored").enhanced(), None);
        assert_eq!(reply("550 1.2.3.4 is listed").text(), "1.2.3.4 is listed");
        assert_eq!(reply("550 a\u{7}b").text(), "ab");
        assert_eq!(parse(b"250-wait\r\n25"), Ok(None));
        assert_eq!(parse(b""), Ok(None));
    }

    #[test]
    fn garbage_and_endless_replies_are_refused() {
        assert_eq!(parse(b"HTTP/1.1 400 Bad Request\r\n"), Err(BadReply::Syntax));
        assert_eq!(parse(b"HTTP"), Err(BadReply::Syntax));
        assert_eq!(parse(b"250-a\r\n251 b\r\n"), Err(BadReply::Syntax));
        assert_eq!(parse(b"150 a\r\n"), Err(BadReply::Syntax));
        assert_eq!(parse(b"2500\r\n"), Err(BadReply::Syntax));
        assert_eq!(parse(b"\r\n"), Err(BadReply::Syntax));
        assert_eq!(parse(&[b'2'; MAX_LINE]), Err(BadReply::TooLong));
        assert_eq!(parse("250-more\r\n".repeat(MAX_REPLY / 10 + 1).as_bytes()), Err(BadReply::TooLong));
    }

    #[test]
    fn debug_shows_the_codes_alone() {
        assert_eq!(format!("{:?}", reply("550 5.1.1 <ann@example.org> unknown")), "SmtpReply(550 5.1.1)");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
            if let Ok(Some((_, used))) = parse(&bytes) {
                assert!(used <= bytes.len());
            }
        }
    }
}
