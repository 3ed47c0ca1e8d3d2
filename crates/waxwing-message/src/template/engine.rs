//! The engine behind a compiled template: an empty environment, our filters, a writer with a cap.

use super::Escaping;
use super::filters::{self, MAX_TEXT};
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use std::io;

/// Steps one rendering may take. A mail of 5 KB takes some hundred.
const FUEL: u64 = 50_000;
/// Nesting of the engine's frames.
const RECURSION: usize = 50;

/// An environment that can do nothing but render values with the allow-listed filters.
pub(super) fn environment(escaping: Escaping) -> Environment<'static> {
    let mut env = Environment::empty();
    filters::register(&mut env);
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(RECURSION);
    env.set_auto_escape_callback(move |_| match escaping {
        Escaping::Html => AutoEscape::Html,
        Escaping::None => AutoEscape::None,
    });
    env.set_formatter(move |out, _state, value| format_value(out, _state, value, escaping));
    env
}

fn format_value(out: &mut Output, _: &mut State, value: &Value, escaping: Escaping) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(()),
        ValueKind::String => {
            write_text(out, value.as_str().unwrap_or_default(), escaping == Escaping::Html && !value.is_safe())
        }
        ValueKind::Number | ValueKind::Bool => Ok(out.write_str(&value.to_string())?),
        // Lists are refused rather than printed: their printed form is no sentence, and could be huge.
        _ => Err(Error::new(ErrorKind::InvalidOperation, "a list cannot be shown as it is; use join or a for loop")),
    }
}

fn write_text(out: &mut Output, text: &str, escape: bool) -> Result<(), Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::new(ErrorKind::InvalidOperation, "a value is longer than 16 KB"));
    }
    if escape { escape_html(text, |part| Ok(out.write_str(part)?)) } else { Ok(out.write_str(text)?) }
}

/// Hands `text` to `write` in parts with `& < > " '` as entities.
pub(super) fn escape_html<E>(text: &str, mut write: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    let mut done = 0;
    for (at, b) in text.bytes().enumerate() {
        let entity = match b {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        write(&text[done..at])?;
        write(entity)?;
        done = at + 1;
    }
    write(&text[done..])
}

/// Appends to a buffer until `left` bytes have passed, then fails.
pub(super) struct Capped<'a> {
    pub buffer: &'a mut Vec<u8>,
    pub left: usize,
    pub overflowed: &'a mut bool,
}

impl io::Write for Capped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.left {
            *self.overflowed = true;
            return Err(io::Error::other("the output is too long"));
        }
        self.left -= bytes.len();
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
