//! The template language of customers' content: values, `if`, `for`, `set` and a few filters.
//!
//! Promise: a template is checked and compiled once, renders without input or output of its own,
//! and is bounded in source (1 MB), steps, nesting and bytes written; a value that is missing
//! renders as nothing. In HTML every value is escaped. Limit: escaping makes a value safe as text
//! and as an attribute, not as a whole link address; [`crate::personal_fields_in_links`] finds those.
//!
//! ```
//! use waxwing_message::{CampaignFacts, CampaignValues, CompiledTemplate, Escaping, PersonalLinks, RenderValues, SubscriberValues};
//! let template = CompiledTemplate::compile("Hello {{ subscriber.first_name|default('friend') }}", Escaping::Html)?;
//! let campaign = CampaignValues::new(&CampaignFacts::default());
//! let person = SubscriberValues { first_name: "Ann <3".into(), ..SubscriberValues::default() };
//! let values = RenderValues::new(&campaign, person, PersonalLinks::default());
//! assert_eq!(template.render(&values)?, "Hello Ann &lt;3");
//! # Ok::<(), waxwing_message::TemplateError>(())
//! ```

mod engine;
mod filters;
pub(crate) mod grammar;
mod tokens;
mod values;

pub use values::{CampaignFacts, CampaignValues, FieldValue, PersonalLinks, RenderValues, SubscriberValues};

use minijinja::{Environment, Error, ErrorKind};
use std::collections::BTreeSet;
use std::fmt;
use waxwing_domain::HeaderText;

/// The longest template source, in bytes.
pub const MAX_SOURCE: usize = 1_000_000;
/// The most bytes one rendering may write.
pub const MAX_OUTPUT: usize = 2_000_000;
const NAME: &str = "content";

/// How values are written into the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escaping {
    /// `& < > " '` become entities.
    Html,
    /// As they are: text parts and subjects.
    None,
}

/// What a tag is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TagKind {
    /// `{{ … }}`
    Expression,
    /// `{% … %}`
    Statement,
    /// `{# … #}`
    Comment,
}

/// What is wrong with one tag.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagProblem {
    /// The closing `}}`, `%}`, `#}` or quote is missing.
    #[error("a tag or a quoted text is not closed")]
    Unclosed,
    /// Nothing inside.
    #[error("the tag is empty")]
    Empty,
    /// Over 2,000 bytes.
    #[error("a tag may hold at most 2,000 characters")]
    TooLong,
    /// A character outside ASCII and outside quotes.
    #[error("letters outside quotes must be plain (a to z)")]
    Character,
    /// A statement that is not offered.
    #[error("“{0}” is not available; there are if, for and set")]
    Statement(String),
    /// An operator that is not offered.
    #[error("the operator “{0}” is not available here")]
    Operator(String),
    /// A filter that is not offered.
    #[error("there is no filter “{0}”")]
    Filter(String),
    /// A test that is not offered.
    #[error("there is no test “{0}”")]
    Test(String),
    /// Anything but `set name = value`.
    #[error("set is written: set name = value")]
    Set,
    /// Anything but `for name in values`.
    #[error("for is written: for name in values")]
    For,
    /// A function or method call.
    #[error("functions cannot be called; use a filter, such as name|upper")]
    Call,
    /// `a[b]`.
    #[error("write a.b instead of a[b]")]
    Subscript,
    /// A list that holds more than literals, or stands where none may.
    #[error("a list may hold quoted texts and numbers only: ['a', 'b']")]
    List,
    /// `subscriber` without a field.
    #[error("name a field of the subscriber, such as subscriber.first_name")]
    BareSubscriber,
}

/// Why a template cannot be compiled or rendered. Never holds a value of a person.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// Source over [`MAX_SOURCE`] or over 5,000 tags.
    #[error("the content is too long for one mail")]
    TooLong,
    /// A tag the grammar refuses.
    #[error("line {line}: {problem}")]
    Tag {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: TagProblem,
    },
    /// The tags do not fit together.
    #[error("line {line}: {message}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// The compiler's words about the source.
        message: String,
    },
    /// Out of steps or too deeply nested.
    #[error("the content takes too many steps to render")]
    TooMuchWork,
    /// More bytes than allowed.
    #[error("the rendered content is too long")]
    OutputTooLong,
    /// A value does not fit its use.
    #[error("line {line}: {kind}")]
    Value {
        /// Counted from 1.
        line: usize,
        /// The kind of failure, in words, without the value.
        kind: String,
    },
    /// The rendered line cannot stand in a header.
    #[error("the subject is longer than 998 bytes")]
    NotAHeader,
}

/// A template ready to render for each person; `Send + Sync`, shared by all workers.
pub struct CompiledTemplate {
    env: Environment<'static>,
    variables: BTreeSet<String>,
    size: usize,
}

impl fmt::Debug for CompiledTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledTemplate").field("variables", &self.variables).finish_non_exhaustive()
    }
}

impl CompiledTemplate {
    /// Checks `source` against the grammar and compiles it.
    pub fn compile(source: &str, escaping: Escaping) -> Result<Self, TemplateError> {
        if source.len() > MAX_SOURCE {
            return Err(TemplateError::TooLong);
        }
        let tags = grammar::tags(source)?;
        refuse_bare_subscriber(source, &tags)?;
        let mut env = engine::environment(escaping);
        env.add_template_owned(NAME, source.to_owned()).map_err(|e| syntax(&e))?;
        let template = env.get_template(NAME).map_err(|e| syntax(&e))?;
        let variables = template.undeclared_variables(true).into_iter().collect();
        drop(template);
        Ok(Self { env, variables, size: source.len() })
    }

    /// The names this template looks up and does not set itself, such as `subscriber.first_name`.
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.variables
    }

    /// Renders for one person, after what `out` already holds.
    pub fn render_into(&self, values: &RenderValues, out: &mut String) -> Result<(), TemplateError> {
        let mut buffer = std::mem::take(out).into_bytes();
        buffer.reserve(self.size);
        let mut overflowed = false;
        let writer = engine::Capped { buffer: &mut buffer, left: MAX_OUTPUT, overflowed: &mut overflowed };
        let template = self.env.get_template(NAME).map_err(|e| failure(&e, false))?;
        let result = template.render_captured_to(values.0.clone(), writer).map(drop);
        result.map_err(|e| failure(&e, overflowed))?;
        // The engine writes whole strings only, so the bytes are valid; the check costs less than a doubt.
        *out = String::from_utf8(buffer).map_err(|_| TemplateError::OutputTooLong)?;
        Ok(())
    }

    /// Renders for one person.
    pub fn render(&self, values: &RenderValues) -> Result<String, TemplateError> {
        let mut out = String::new();
        self.render_into(values, &mut out)?;
        Ok(out)
    }

    /// Renders one line for a header: runs of white space and control characters become one space.
    pub fn render_line(&self, values: &RenderValues) -> Result<HeaderText, TemplateError> {
        let text = self.render(values)?;
        let mut line = String::with_capacity(text.len());
        for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()) {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        HeaderText::parse(&line).map_err(|_| TemplateError::NotAHeader)
    }
}

/// An alias such as `set s = subscriber` would hide which fields are used.
fn refuse_bare_subscriber(source: &str, tags: &[grammar::Tag]) -> Result<(), TemplateError> {
    match tags.iter().find(|tag| tag.names.iter().any(|name| name == "subscriber")) {
        None => Ok(()),
        Some(tag) => Err(TemplateError::Tag {
            line: grammar::line_of(source, tag.range.start),
            problem: TagProblem::BareSubscriber,
        }),
    }
}

fn syntax(error: &Error) -> TemplateError {
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    TemplateError::Syntax { line: error.line().unwrap_or(1), message }
}

/// Keeps the kind and the line of a failure; the engine's detail could quote a value.
fn failure(error: &Error, overflowed: bool) -> TemplateError {
    if overflowed {
        return TemplateError::OutputTooLong;
    }
    match error.kind() {
        ErrorKind::OutOfFuel => TemplateError::TooMuchWork,
        kind => TemplateError::Value { line: error.line().unwrap_or(1), kind: kind.to_string() },
    }
}

#[cfg(test)]
mod tests;
