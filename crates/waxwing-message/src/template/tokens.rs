//! Cuts the inside of a tag into words, literals and operators.

use super::TagProblem;

/// A piece of an expression. Literals keep no value: the grammar does not need it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token<'a> {
    Word(&'a str),
    Text,
    Number,
    Operator(&'a str),
}

/// All pieces of `inside`, or why it cannot be cut.
pub(super) fn tokens(inside: &str) -> Result<Vec<Token<'_>>, TagProblem> {
    let bytes = inside.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let b = bytes[at];
        let length = match b {
            b' ' | b'\t' | b'\r' | b'\n' => 1,
            b'"' | b'\'' => literal(&bytes[at..])?,
            _ if b.is_ascii_digit() => run(&bytes[at..], |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.'),
            _ if is_word(b) => run(&bytes[at..], |b| is_word(b) || b.is_ascii_digit()),
            _ if b.is_ascii() => operator(&bytes[at..]),
            _ => return Err(TagProblem::Character),
        };
        let text = &inside[at..at + length];
        match b {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'"' | b'\'' => found.push(Token::Text),
            _ if b.is_ascii_digit() => found.push(Token::Number),
            _ if is_word(b) => found.push(Token::Word(text)),
            _ => found.push(Token::Operator(text)),
        }
        at += length;
    }
    Ok(found)
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_'
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&b| !belongs(b)).unwrap_or(bytes.len())
}

/// The length of a string literal with its quotes.
fn literal(bytes: &[u8]) -> Result<usize, TagProblem> {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b if b == bytes[0] => return Ok(at + 1),
            _ => {}
        }
        at += 1;
    }
    Err(TagProblem::Unclosed)
}

fn operator(bytes: &[u8]) -> usize {
    let two = bytes.get(..2).unwrap_or_default();
    if [&b"=="[..], b"!=", b"<=", b">=", b"**", b"//"].contains(&two) { 2 } else { 1 }
}
