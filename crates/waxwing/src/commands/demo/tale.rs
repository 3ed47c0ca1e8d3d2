//! What happened, told line by line and kept for `--json`.

use crate::output::Output;
use serde_json::{Map, Value};

/// The tale so far.
pub struct Tale {
    output: Output,
    facts: Map<String, Value>,
}

impl Tale {
    /// Nothing happened yet.
    pub fn new(output: Output) -> Self {
        Self { output, facts: Map::new() }
    }

    /// Tells that something happened as it should.
    pub fn tell(&mut self, fact: &str, value: impl Into<Value>, words: impl AsRef<str>) {
        self.output.say(format!("  ✓ {}", words.as_ref()));
        self.facts.insert(fact.to_owned(), value.into());
    }

    /// Begins a chapter.
    pub fn chapter(&self, words: &str) {
        self.output.say(format!("\n{words}"));
    }

    /// All of it.
    pub fn end(self) -> Value {
        Value::Object(self.facts)
    }
}
