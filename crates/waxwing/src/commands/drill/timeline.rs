//! What happened in a drill and when, told line by line and kept for `--json`.

use crate::output::Output;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Who did it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The attacker.
    Attacker,
    /// Waxwing by itself.
    Waxwing,
    /// The people who defend.
    Defender,
}

impl Side {
    const fn word(self) -> &'static str {
        match self {
            Self::Attacker => "attacker",
            Self::Waxwing => "waxwing",
            Self::Defender => "defender",
        }
    }
}

/// The course of a drill. Times count from its beginning.
pub struct Timeline {
    output: Output,
    begun: Instant,
    events: Vec<Value>,
    signal: Option<Duration>,
    contained: Option<Duration>,
    figures: serde_json::Map<String, Value>,
}

impl Timeline {
    /// Begins now.
    pub fn begin(output: Output) -> Self {
        let (events, signal, contained, figures) = Default::default();
        Self { output, begun: Instant::now(), events, signal, contained, figures }
    }

    /// Tells what somebody did.
    pub fn tell(&mut self, side: Side, words: impl AsRef<str>) {
        let (at, words) = (self.begun.elapsed(), words.as_ref());
        self.output.say(format!("  {:>7.2} s  {:<8}  {words}", at.as_secs_f64(), side.word()));
        self.events.push(json!({ "seconds": round(at), "who": side.word(), "what": words }));
    }

    /// The first observation that says that something is wrong.
    pub fn signal(&mut self, words: impl AsRef<str>) {
        self.signal.get_or_insert_with(|| self.begun.elapsed());
        self.tell(Side::Waxwing, words);
    }

    /// Containment has returned.
    pub fn contained(&mut self, words: impl AsRef<str>) {
        self.contained.get_or_insert_with(|| self.begun.elapsed());
        self.tell(Side::Defender, words);
    }

    /// A number of the drill, for programs.
    pub fn figure(&mut self, name: &str, value: impl Into<Value>) {
        self.figures.insert(name.to_owned(), value.into());
    }

    /// All of it; the last lines say how long it took from the first signal to containment.
    pub fn end(mut self) -> Value {
        let between = self.signal.zip(self.contained).map(|(signal, contained)| contained.saturating_sub(signal));
        if let Some(between) = between {
            let seconds = between.as_secs_f64();
            self.output.say(format!("\n  From the first signal to containment: {seconds:.2} seconds."));
        }
        self.figures.insert("seconds_from_signal_to_containment".into(), between.map(round).into());
        self.figures.insert("events".into(), Value::Array(self.events));
        Value::Object(self.figures)
    }
}

/// Seconds, to the hundredth.
fn round(time: Duration) -> f64 {
    (time.as_secs_f64() * 100.0).round() / 100.0
}
