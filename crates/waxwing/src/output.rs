//! What a command says.
//!
//! Promise: with `--json`, standard output holds one JSON object and nothing else; words for
//! people go to standard error then. Progress is drawn on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use waxwing_store::JobStatus;

/// Where a command speaks.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Speaks to people, or to programs.
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// One line for people.
    pub fn say(&self, line: impl Display) {
        // A reader that has gone away is no reason to stop the work.
        let _gone = if self.json { writeln!(stderr(), "{line}") } else { writeln!(stdout(), "{line}") };
    }

    /// A warning, on standard error.
    pub fn warn(&self, line: impl Display) {
        let _gone = writeln!(stderr(), "warning: {line}");
    }

    /// The last word of a command that did what was asked; several things are the `items` of one object.
    pub fn finish(&self, answer: Value) {
        let mut answer = match answer {
            items @ Value::Array(_) => serde_json::json!({ "items": items }),
            other => other,
        };
        if let (true, Some(object)) = (self.json, answer.as_object_mut()) {
            object.entry("ok").or_insert(true.into());
            let _gone = writeln!(stdout(), "{answer}");
        }
    }

    /// The last word of a command that did not.
    pub fn fail(&self, error: &anyhow::Error) {
        let _gone = writeln!(stderr(), "error: {error:#}");
        if self.json {
            let _gone = writeln!(stdout(), "{}", serde_json::json!({ "ok": false, "error": format!("{error:#}") }));
        }
    }

    /// A bar that shows how far `what` is.
    pub fn progress(&self, what: &'static str) -> Progress {
        let bar = ProgressBar::no_length().with_message(what);
        let shown = stderr().is_terminal();
        bar.set_draw_target(if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}") {
            bar.set_style(style);
        }
        Progress(bar)
    }
}

/// How far something is; the bar goes away when this is dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// Shows where a job stands.
    pub fn show(&self, status: &JobStatus) {
        self.at(status.done, status.total);
    }
    /// Shows how many rows were written or read; 0 of all when that is not known.
    pub fn rows(&self, done: u64, total: u64) {
        self.0.set_length(total.max(done));
        self.0.set_position(done);
    }
    /// Shows `done` of `total`.
    pub fn at(&self, done: i64, total: i64) {
        self.0.set_length(total.max(0).cast_unsigned());
        self.0.set_position(done.max(0).cast_unsigned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
