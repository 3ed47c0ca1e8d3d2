//! Quoted-printable (RFC 2045 §6.7) in one pass: lines of at most 76 bytes, CRLF everywhere.
//!
//! Promise: decoding gives the input with every line end (CRLF, LF, CR) as CRLF; no line ends in
//! a blank, and `=_` never appears, so that a boundary holding it cannot occur in a part.

use memchr::memchr2;

const LIMIT: usize = 75;
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Bytes that stand for themselves in the middle of a line.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 32;
    while b < 127 {
        table[b] = b != b'=' as usize;
        b += 1;
    }
    table[b'\t' as usize] = true;
    table
};

/// Appends `text` to `out`, ended by CRLF.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + text.len() / 8 + 64);
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        encode_line(&rest[..end], out);
        out.extend_from_slice(b"\r\n");
        let skip = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + skip..).unwrap_or_default();
    }
}

fn encode_line(line: &[u8], out: &mut Vec<u8>) {
    let (line, blank) = match line {
        [start @ .., last @ (b' ' | b'\t')] => (start, Some(*last)),
        _ => (line, None),
    };
    let mut column = 0;
    let mut rest = line;
    while let Some(&first) = rest.first() {
        if !PLAIN[usize::from(first)] {
            escape(first, &mut column, out);
            rest = &rest[1..];
            continue;
        }
        if column == LIMIT {
            soft_break(&mut column, out);
        }
        let room = rest.len().min(LIMIT - column);
        let run = rest[..room].iter().position(|&b| !PLAIN[usize::from(b)]).unwrap_or(room);
        out.extend_from_slice(&rest[..run]);
        column += run;
        rest = &rest[run..];
    }
    if let Some(blank) = blank {
        escape(blank, &mut column, out);
    }
}

fn escape(b: u8, column: &mut usize, out: &mut Vec<u8>) {
    if *column + 3 > LIMIT {
        soft_break(column, out);
    }
    out.extend_from_slice(&[b'=', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
    *column += 3;
}

fn soft_break(column: &mut usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"=\r\n");
    *column = 0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        encode(text, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    fn decode(text: &str) -> Vec<u8> {
        let text = text.replace("=\r\n", "");
        let bytes = text.as_bytes();
        let mut out = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'=' {
                out.push(u8::from_str_radix(&text[at + 1..at + 3], 16).expect("hex"));
                at += 3;
            } else {
                out.push(bytes[at]);
                at += 1;
            }
        }
        out
    }

    #[test]
    fn known_texts_encode_as_the_standard_says() {
        assert_eq!(encoded("a=b \nc\r\n\té\r"), "a=3Db=20\r\nc\r\n\t=C3=A9\r\n");
        assert_eq!(encoded(""), "");
        assert_eq!(encoded("\n \n"), "\r\n=20\r\n");
        assert_eq!(encoded(&"x".repeat(76)), format!("{}=\r\nx\r\n", "x".repeat(75)));
    }

    proptest! {
        #[test]
        fn every_text_survives(text in "(?s)[ a-z=é\u{1f600}\t\r\n\0_]{0,300}") {
            let coded = encoded(&text);
            let mut unified = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
            if !unified.is_empty() && !unified.ends_with('\n') {
                unified.push_str("\r\n");
            }
            prop_assert_eq!(decode(&coded), unified.into_bytes());
            prop_assert!(!coded.contains("=_"));
            for line in coded.split("\r\n") {
                prop_assert!(line.len() <= 76 && !line.ends_with([' ', '\t']) && !line.contains(['\r', '\n']));
            }
        }
    }
}
