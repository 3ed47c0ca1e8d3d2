//! The logic-light grammar: which tags, operators and filters a customer's template may use.
//!
//! Promise: what passes here cannot make text grow except through our own bounded filters, calls
//! nothing and reads nothing but its values. Limit: it is stricter than the engine behind it, so
//! arithmetic with `+` and `*`, joining with `~`, subscripts and nested lists are refused.

use super::tokens::{Token, tokens};
use super::{TagKind, TagProblem, TemplateError};
use std::ops::Range;

/// The longest inside of one tag, in bytes.
const MAX_TAG: usize = 2_000;
/// The most tags in one template.
const MAX_TAGS: usize = 5_000;
/// Filters a template may name.
pub(super) const FILTERS: &[&str] = &[
    "upper",
    "lower",
    "capitalize",
    "title",
    "trim",
    "default",
    "escape",
    "e",
    "urlencode",
    "truncate",
    "date",
    "length",
    "join",
];
/// Tests a template may name after `is`.
pub(super) const TESTS: &[&str] = &["defined", "undefined", "none", "string", "number", "odd", "even"];
const STATEMENTS: &[&str] = &["if", "elif", "else", "endif", "for", "endfor", "set"];
const WORDS: &[&str] = &["and", "or", "not", "in", "if", "elif", "else", "is", "for", "set"];
const OPERATORS: &[&str] = &["==", "!=", "<=", ">=", "<", ">", "-", "/", "%", "|", ".", "=", ",", "(", ")", "[", "]"];

/// One `{{ … }}`, `{% … %}` or `{# … #}` of a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tag {
    /// Where it stands, delimiters included.
    pub range: Range<usize>,
    /// Which of the three it is.
    pub kind: TagKind,
    /// The names it looks up, with dots (`subscriber.email`).
    pub names: Vec<String>,
}

/// Finds and checks all tags of `source`.
pub(crate) fn tags(source: &str) -> Result<Vec<Tag>, TemplateError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = next_open(source, at) {
        let tag = read_tag(source, open).map_err(|problem| problem_at(source, open, problem))?;
        at = tag.range.end;
        found.push(tag);
        if found.len() > MAX_TAGS {
            return Err(TemplateError::TooLong);
        }
    }
    Ok(found)
}

/// The line, from 1, on which byte `at` stands.
pub(crate) fn line_of(source: &str, at: usize) -> usize {
    1 + source.as_bytes()[..at.min(source.len())].iter().filter(|&&b| b == b'\n').count()
}

fn problem_at(source: &str, at: usize, problem: TagProblem) -> TemplateError {
    TemplateError::Tag { line: line_of(source, at), problem }
}

fn next_open(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    while let Some(step) = bytes[at..].iter().position(|&b| b == b'{') {
        at += step;
        if matches!(bytes.get(at + 1), Some(b'{' | b'%' | b'#')) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn read_tag(source: &str, open: usize) -> Result<Tag, TagProblem> {
    let (kind, close) = match source.as_bytes()[open + 1] {
        b'{' => (TagKind::Expression, "}}"),
        b'%' => (TagKind::Statement, "%}"),
        _ => (TagKind::Comment, "#}"),
    };
    let inside = open + 2;
    let end = match kind {
        TagKind::Comment => source[inside..].find(close).map(|n| inside + n),
        _ => find_close(source, inside, close),
    };
    let end = end.ok_or(TagProblem::Unclosed)?;
    if kind != TagKind::Comment && end - inside > MAX_TAG {
        return Err(TagProblem::TooLong);
    }
    let names = if kind == TagKind::Comment { Vec::new() } else { check_inside(&source[inside..end], kind)? };
    Ok(Tag { range: open..end + 2, kind, names })
}

/// The position of `close` outside string literals.
fn find_close(source: &str, from: usize, close: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut quote = None;
    let mut at = from;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(q), b) if b == q => quote = None,
            (None, b @ (b'"' | b'\'')) => quote = Some(b),
            (None, _) if bytes[at..].starts_with(close.as_bytes()) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn check_inside(inside: &str, kind: TagKind) -> Result<Vec<String>, TagProblem> {
    let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside);
    let inside = inside.strip_suffix(['-', '+']).unwrap_or(inside);
    let all = tokens(inside)?;
    let body = if kind == TagKind::Statement { check_statement(&all)? } else { &all[..] };
    if kind == TagKind::Expression && body.is_empty() {
        return Err(TagProblem::Empty);
    }
    Checker::default().run(body)?;
    Ok(names(body))
}

/// Checks the statement's word and answers what follows it.
fn check_statement<'t, 'a>(all: &'t [Token<'a>]) -> Result<&'t [Token<'a>], TagProblem> {
    let Some(Token::Word(word)) = all.first() else { return Err(TagProblem::Empty) };
    if !STATEMENTS.contains(word) {
        return Err(TagProblem::Statement((*word).to_owned()));
    }
    match (*word, all) {
        ("set", [_, Token::Word(_), Token::Operator("="), rest @ ..]) => Ok(rest),
        ("set", _) => Err(TagProblem::Set),
        ("for", [_, Token::Word(_), Token::Word("in"), rest @ ..]) => {
            if rest.last() == Some(&Token::Word("recursive")) { Err(TagProblem::For) } else { Ok(rest) }
        }
        ("for", _) => Err(TagProblem::For),
        _ => Ok(&all[1..]),
    }
}

/// The dotted names looked up in `body`: not filters, tests, keywords or names of arguments.
fn names(body: &[Token<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut after_dot = false;
    for (i, token) in body.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|b| body.get(b));
        match token {
            Token::Operator(".") => after_dot = true,
            Token::Word(word) if after_dot => {
                if let Some(last) = found.last_mut() {
                    last.push('.');
                    last.push_str(word);
                }
                after_dot = false;
            }
            Token::Word(word) if is_name(word, before, body.get(i + 1)) => found.push((*word).to_owned()),
            _ => after_dot = false,
        }
    }
    found
}

fn is_name(word: &str, before: Option<&Token<'_>>, after: Option<&Token<'_>>) -> bool {
    let literal = matches!(word, "true" | "false" | "none" | "True" | "False" | "None");
    let filter_or_test = matches!(before, Some(Token::Operator("|") | Token::Word("is")))
        || (before == Some(&Token::Word("not")) && TESTS.contains(&word));
    let argument = after == Some(&Token::Operator("="));
    !(literal || filter_or_test || argument || WORDS.contains(&word))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Call,
    Group,
    List,
}

/// Walks one expression and refuses what could grow, call or hide a name.
#[derive(Default)]
struct Checker {
    open: Vec<Bracket>,
}

impl Checker {
    fn run(mut self, body: &[Token<'_>]) -> Result<(), TagProblem> {
        for (i, token) in body.iter().enumerate() {
            let before = &body[..i];
            match token {
                Token::Operator(operator) => self.operator(operator, before)?,
                Token::Word(word) => self.word(word, before)?,
                Token::Text | Token::Number => {}
            }
        }
        Ok(())
    }

    fn operator(&mut self, operator: &str, before: &[Token<'_>]) -> Result<(), TagProblem> {
        if !OPERATORS.contains(&operator) {
            return Err(TagProblem::Operator(operator.to_owned()));
        }
        if self.open.last() == Some(&Bracket::List) && !matches!(operator, "," | "]" | "-") {
            return Err(TagProblem::List);
        }
        match operator {
            "(" => self.open.push(self.kind_of_bracket(before)?),
            "[" if after_operand(before) => return Err(TagProblem::Subscript),
            "[" => self.open.push(Bracket::List),
            ")" | "]" => drop(self.open.pop()),
            "," if !matches!(self.open.last(), Some(Bracket::Call | Bracket::List)) => return Err(TagProblem::List),
            "=" if self.open.last() != Some(&Bracket::Call) => return Err(TagProblem::Operator("=".to_owned())),
            _ => {}
        }
        Ok(())
    }

    fn kind_of_bracket(&self, before: &[Token<'_>]) -> Result<Bracket, TagProblem> {
        match before {
            [.., Token::Operator("|") | Token::Word("is"), Token::Word(_)] => Ok(Bracket::Call),
            [.., Token::Word(word)] if WORDS.contains(word) => Ok(Bracket::Group),
            _ if after_operand(before) => Err(TagProblem::Call),
            _ => Ok(Bracket::Group),
        }
    }

    fn word(&self, word: &str, before: &[Token<'_>]) -> Result<(), TagProblem> {
        if self.open.last() == Some(&Bracket::List) && !matches!(word, "true" | "false" | "none") {
            return Err(TagProblem::List);
        }
        match before {
            [.., Token::Operator("|")] if !FILTERS.contains(&word) => Err(TagProblem::Filter(word.to_owned())),
            [.., Token::Word("is")] if word != "not" && !TESTS.contains(&word) => {
                Err(TagProblem::Test(word.to_owned()))
            }
            [.., Token::Word("is"), Token::Word("not")] if !TESTS.contains(&word) => {
                Err(TagProblem::Test(word.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

fn after_operand(before: &[Token<'_>]) -> bool {
    match before.last() {
        Some(Token::Word(word)) => !WORDS.contains(word),
        Some(Token::Text | Token::Number | Token::Operator(")" | "]")) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(source: &str) -> Option<TagProblem> {
        match tags(source) {
            Err(TemplateError::Tag { problem, .. }) => Some(problem),
            _ => None,
        }
    }

    #[test]
    fn everyday_templates_pass() {
        for source in [
            "Hello {{ subscriber.first_name|default('friend') }}",
            "{% if subscriber.points >= 10 and not (subscriber.vip is defined) %}a{% elif x in ['a', 'b'] %}b{% else %}c{% endif %}",
            "{%- for tag in subscriber.tags if tag != 'x' -%}{{ loop.index }}: {{ tag|title }}{% endfor %}",
            "{% set name = subscriber.first_name|trim|default('you') %}{{ name }}",
            "{# a note with {{ braces #} {{ subscriber.born|date('%d %B') }} {{ '}}' }}",
            "{{ subscriber.about|truncate(20, end='…') }}",
        ] {
            assert!(tags(source).is_ok(), "{source}: {:?}", tags(source));
        }
    }

    #[test]
    fn what_could_grow_call_or_hide_is_refused() {
        for (source, why) in [
            ("{{ 'x' * 1000 }}", TagProblem::Operator("*".into())),
            ("{{ 'x' ~ 'y' }}", TagProblem::Operator("~".into())),
            ("{{ 'x' + 'y' }}", TagProblem::Operator("+".into())),
            ("{% set a %}x{% endset %}", TagProblem::Set),
            ("{% include 'x' %}", TagProblem::Statement("include".into())),
            ("{% import 'x' as y %}", TagProblem::Statement("import".into())),
            ("{% macro x() %}{% endmacro %}", TagProblem::Statement("macro".into())),
            ("{% extends 'x' %}", TagProblem::Statement("extends".into())),
            ("{% filter upper %}x{% endfilter %}", TagProblem::Statement("filter".into())),
            ("{% raw %}", TagProblem::Statement("raw".into())),
            ("{{ range(10) }}", TagProblem::Call),
            ("{{ subscriber.items() }}", TagProblem::Call),
            ("{{ subscriber['email'] }}", TagProblem::Subscript),
            ("{% set a = [a, a] %}", TagProblem::List),
            ("{% set a = (1, 2) %}", TagProblem::List),
            ("{% for x in [[1], [2]] %}", TagProblem::List),
            ("{{ x|replace('a', 'aa') }}", TagProblem::Filter("replace".into())),
            ("{{ x is filter }}", TagProblem::Test("filter".into())),
            ("{{ {'a': 1} }}", TagProblem::Operator("{".into())),
            ("{{ x", TagProblem::Unclosed),
            ("{{ }}", TagProblem::Empty),
            ("{% for x in y recursive %}", TagProblem::For),
        ] {
            assert_eq!(problem(source), Some(why), "{source}");
        }
    }

    #[test]
    fn names_are_those_looked_up() {
        let names = |source: &str| tags(source).map(|t| t.into_iter().flat_map(|t| t.names).collect::<Vec<_>>());
        assert_eq!(names("{{ a.b|default(c.d.e) }}").ok(), Some(vec!["a.b".to_owned(), "c.d.e".to_owned()]));
        assert_eq!(names("{% if a is not defined or not b %}").ok(), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(names("{{ x|truncate(3, end='') }}").ok(), Some(vec!["x".to_owned()]));
    }
}
