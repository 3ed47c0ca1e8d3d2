//! Hides template tags behind placeholders while HTML passes run, and puts them back.
//!
//! Promise: each tag comes back exactly as written; a placeholder holds 64 bits of the SHA-256 of
//! all sources, so that no author can write one that is also in the text it is derived from.
//! Values of people are not there yet when this runs.

use super::CompileError;
use crate::markup::{Kind, pieces};
use crate::template::grammar::{self, line_of};
use crate::template::{TagKind, TemplateError};
use aws_lc_rs::digest::{SHA256, digest};

/// What one placeholder stands for.
#[derive(Debug)]
struct Hidden {
    source: String,
    kind: TagKind,
    line: usize,
    names: Vec<String>,
}

/// The placeholders of one revision.
#[derive(Debug)]
pub(crate) struct Protector {
    prefix: String,
    hidden: Vec<Hidden>,
}

/// A placeholder found in a text: where it begins and ends, and its number.
struct Found {
    start: usize,
    end: usize,
    number: usize,
}

impl Protector {
    /// For a revision made of these sources.
    pub(crate) fn new(sources: &[&str]) -> Self {
        let hash = digest(&SHA256, sources.concat().as_bytes());
        let prefix = hash.as_ref()[..8].iter().fold(String::from("wx"), |text, byte| text + &format!("{byte:02x}"));
        Self { prefix, hidden: Vec::new() }
    }

    /// The text every placeholder begins with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    fn placeholder(&self, number: usize) -> String {
        format!("{}n{number}z", self.prefix)
    }

    /// Every tag of `source` replaced by `write(placeholder, kind)`; template comments vanish.
    fn replace(&mut self, source: &str, write: impl Fn(String, TagKind) -> String) -> Result<String, TemplateError> {
        let mut out = String::with_capacity(source.len());
        let mut done = 0;
        for tag in grammar::tags(source)? {
            out.push_str(&source[done..tag.range.start]);
            let text = &source[tag.range.clone()];
            done = tag.range.end;
            if tag.kind == TagKind::Comment {
                out.extend(text.chars().filter(|&c| c == '\n'));
                continue;
            }
            out.push_str(&write(self.placeholder(self.hidden.len()), tag.kind));
            let line = line_of(source, tag.range.start);
            self.hidden.push(Hidden { source: text.to_owned(), kind: tag.kind, line, names: tag.names });
        }
        out.push_str(&source[done..]);
        Ok(out)
    }

    /// HTML or MJML with placeholders for tags: comments for statements between elements, which
    /// every parser leaves in place, words elsewhere. Other comments are dropped.
    pub(crate) fn markup(&mut self, source: &str) -> Result<String, CompileError> {
        let masked = self.mask(source)?;
        let mut out = String::with_capacity(masked.len() + 1_024);
        for piece in pieces(&masked) {
            match &piece.kind {
                Kind::Comment => out.extend(piece.text.chars().filter(|&c| c == '\n')),
                Kind::Text if !piece.hidden => self.statements_as_comments(piece.text, &mut out),
                Kind::Raw { element } if element.ends_with("style") => {
                    self.refuse_in(piece.text, |line| CompileError::TagInStyle { line })?;
                    out.push_str(piece.text);
                }
                Kind::Open { attributes, .. } => {
                    let values: usize = attributes.iter().map(|a| self.find(a.value).len()).sum();
                    if values != self.find(piece.text).len() {
                        self.refuse_in(piece.text, |line| CompileError::TagInElement { line })?;
                    }
                    out.push_str(piece.text);
                }
                _ => out.push_str(piece.text),
            }
        }
        Ok(out)
    }

    /// Plain placeholders for every tag.
    pub(crate) fn mask(&mut self, source: &str) -> Result<String, TemplateError> {
        self.replace(source, |placeholder, _| placeholder)
    }

    /// Markdown with placeholders; statements as comments, which Markdown passes through.
    pub(crate) fn markdown(&mut self, source: &str) -> Result<String, TemplateError> {
        self.replace(source, |placeholder, kind| match kind {
            TagKind::Statement => format!("<!--{placeholder}-->"),
            _ => placeholder,
        })
    }

    fn statements_as_comments(&self, text: &str, out: &mut String) {
        let mut done = 0;
        for found in self.find(text) {
            out.push_str(&text[done..found.start]);
            let placeholder = &text[found.start..found.end];
            if self.hidden[found.number].kind == TagKind::Statement {
                out.extend(["<!--", placeholder, "-->"]);
            } else {
                out.push_str(placeholder);
            }
            done = found.end;
        }
        out.push_str(&text[done..]);
    }

    fn refuse_in(&self, text: &str, error: impl Fn(usize) -> CompileError) -> Result<(), CompileError> {
        match self.find(text).first() {
            None => Ok(()),
            Some(found) => Err(error(self.hidden[found.number].line)),
        }
    }

    fn find(&self, text: &str) -> Vec<Found> {
        let mut all = Vec::new();
        let mut at = 0;
        while let Some(step) = text[at..].find(&self.prefix) {
            let start = at + step;
            at = start + self.prefix.len();
            let rest = &text[at..];
            let digits = rest.strip_prefix('n').map_or(0, |r| r.bytes().take_while(u8::is_ascii_digit).count());
            let number = rest.get(1..1 + digits).and_then(|d| d.parse().ok());
            if let Some(number) =
                number.filter(|&n: &usize| n < self.hidden.len() && rest[1 + digits..].starts_with('z'))
            {
                at += digits + 2;
                all.push(Found { start, end: at, number });
            }
        }
        all
    }

    /// The text with every tag back in place.
    pub(crate) fn restore(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 1_024);
        let mut done = 0;
        for found in self.find(text) {
            let (mut start, mut end) = (found.start, found.end);
            for (before, after) in [("<!--", "-->"), ("&lt;!--", "--&gt;")] {
                if text[done..start].ends_with(before) && text[end..].starts_with(after) {
                    (start, end) = (start - before.len(), end + after.len());
                }
            }
            out.push_str(&text[done..start]);
            out.push_str(&self.hidden[found.number].source);
            done = end;
        }
        out.push_str(&text[done..]);
        out
    }

    /// Whether the statements of `before` are in `after`, each once and in the same order; answers
    /// the lines of expressions that were lost with what the sanitiser removed.
    pub(crate) fn compare(&self, before: &str, after: &str) -> Result<Vec<usize>, CompileError> {
        let statement = |f: &&Found| self.hidden[f.number].kind == TagKind::Statement;
        let (was, is) = (self.find(before), self.find(after));
        let expected: Vec<usize> = was.iter().filter(statement).map(|f| f.number).collect();
        let kept: Vec<usize> = is.iter().filter(statement).map(|f| f.number).collect();
        if expected != kept {
            let lost = expected.iter().enumerate().find(|&(i, n)| kept.get(i) != Some(n)).map_or(0, |(_, &n)| n);
            return Err(CompileError::Misplaced { line: self.hidden.get(lost).map_or(1, |h| h.line) });
        }
        let lost = was.iter().filter(|f| is.iter().all(|other| other.number != f.number));
        Ok(lost.map(|f| self.hidden[f.number].line).collect())
    }

    /// The names that the tags in `text` look up, each with the line of its tag.
    pub(crate) fn names_in(&self, text: &str) -> Vec<(&str, usize)> {
        let names =
            |f: Found| self.hidden[f.number].names.iter().map(move |n| (n.as_str(), self.hidden[f.number].line));
        self.find(text).into_iter().flat_map(names).collect()
    }

    /// The part of `text` before its first tag.
    pub(crate) fn fixed_start<'t>(&self, text: &'t str) -> &'t str {
        &text[..self.find(text).first().map_or(text.len(), |f| f.start)]
    }

    /// The placeholder in `text` that stands for the expression `name` alone.
    pub(crate) fn slot(&self, text: &str, name: &str) -> Option<String> {
        let is_slot =
            |f: &Found| self.hidden[f.number].kind == TagKind::Expression && self.hidden[f.number].names == [name];
        self.find(text).into_iter().find(is_slot).map(|f| self.placeholder(f.number))
    }

    /// The line of the source for byte `at` of a protected text whose tags may have spanned lines.
    pub(crate) fn source_line(&self, protected: &str, at: usize) -> usize {
        let start = protected.get(..at).unwrap_or(protected);
        let inside: usize = self.find(start).iter().map(|f| self.hidden[f.number].source.matches('\n').count()).sum();
        line_of(protected, start.len()) + inside
    }
}
