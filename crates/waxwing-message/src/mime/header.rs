//! Header fields: folding (RFC 5322 §2.2.3) and encoded words (RFC 2047).
//!
//! Promise: lines of at most 78 bytes wherever a blank permits, never over 998; pure ASCII.

use super::types::Mailbox;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const SOFT: usize = 78;
/// An encoded word and a line that holds one (RFC 2047 §2).
const WORD: usize = 75;
const ENCODED_LINE: usize = 76;
const PREFIX: &str = "=?UTF-8?B?";
const SUFFIX: &str = "?=";
/// A longer run without a blank is encoded, so that it can be folded.
const LONGEST_RUN: usize = 200;

/// Writes `name: text`, encoded where it must be.
pub(super) fn unstructured(name: &str, text: &str, out: &mut Vec<u8>) {
    start(name, out);
    let column = name.len() + 2;
    if needs_encoding(text) {
        encoded_words(text, column, out);
    } else {
        folded(text, column, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes `name: Display Name <address>`.
pub(super) fn mailbox(name: &str, mailbox: &Mailbox<'_>, out: &mut Vec<u8>) {
    start(name, out);
    let mut column = name.len() + 2;
    let address = mailbox.address.as_str();
    if let Some(display) = mailbox.name.map(super::DisplayName::as_str).filter(|d| !d.is_empty()) {
        column = phrase(display, column, out);
        if column + 3 + address.len() > SOFT {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b" <");
        out.extend_from_slice(address.as_bytes());
        out.extend_from_slice(b">\r\n");
    } else {
        out.extend_from_slice(address.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

/// Writes `name: value` as it is; the caller's types keep `value` short and in ASCII.
pub(super) fn raw(name: &str, value: &str, out: &mut Vec<u8>) {
    start(name, out);
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn start(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
}

fn needs_encoding(text: &str) -> bool {
    !text.bytes().all(|b| (0x20..0x7f).contains(&b))
        || text.contains("=?")
        || text.split(' ').any(|run| run.len() > LONGEST_RUN)
}

/// Writes a display name and answers the column after it.
fn phrase(display: &str, column: usize, out: &mut Vec<u8>) -> usize {
    if needs_encoding(display) {
        return encoded_words(display, column, out);
    }
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&b);
    if display.bytes().all(atom) {
        return folded(display, column, out);
    }
    let mut quoted = String::with_capacity(display.len() + 2);
    quoted.push('"');
    for c in display.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    folded(&quoted, column, out)
}

/// Writes ASCII text, breaking before a blank when the next run would pass column 78.
fn folded(text: &str, mut column: usize, out: &mut Vec<u8>) -> usize {
    let mut line_has_text = column > 1;
    for (i, run) in text.split(' ').enumerate() {
        if i > 0 {
            if line_has_text && !run.is_empty() && column + 1 + run.len() > SOFT {
                out.extend_from_slice(b"\r\n");
                column = 0;
                line_has_text = false;
            }
            out.push(b' ');
            column += 1;
        }
        out.extend_from_slice(run.as_bytes());
        column += run.len();
        line_has_text |= !run.is_empty();
    }
    column
}

/// Writes `text` as encoded words, one a line, never cutting a character.
fn encoded_words(text: &str, mut column: usize, out: &mut Vec<u8>) -> usize {
    let mut rest = text;
    let mut coded = String::with_capacity(WORD);
    loop {
        let room = ENCODED_LINE.saturating_sub(column).min(WORD).saturating_sub(PREFIX.len() + SUFFIX.len());
        let cut = rest.floor_char_boundary((room / 4 * 3).max(4));
        let (word, after) = rest.split_at(cut);
        coded.clear();
        STANDARD.encode_string(word, &mut coded);
        for part in [PREFIX, &coded, SUFFIX] {
            out.extend_from_slice(part.as_bytes());
        }
        column += PREFIX.len() + coded.len() + SUFFIX.len();
        if after.is_empty() {
            return column;
        }
        out.extend_from_slice(b"\r\n ");
        column = 1;
        rest = after;
    }
}
