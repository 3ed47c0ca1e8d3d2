//! The drills on a page of their own: each with a button that runs it, and what happened in it.
//!
//! Promise: a press runs one drill, one at a time, and the page shows its timeline with its seconds, or why it broke off.
//! A form of another website presses nothing: the request must name this page as its origin. Limit: what was run is
//! forgotten with the process; whoever has an account on this machine can press the buttons.

use crate::drills::{DRILLS, Drill};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{HOST, LOCATION, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Runs a drill to its end: takes its name, gives what `waxwing drill NAME --json` prints, or why it broke off. It may
/// block for as long as the drill takes.
pub type Runner = Arc<dyn Fn(&'static str) -> Result<String, String> + Send + Sync>;

/// One thing that happened.
#[derive(Clone, Debug, Deserialize)]
struct Event {
    seconds: f64,
    who: String,
    what: String,
}

impl Event {
    fn at(&self) -> String {
        format!("{:.2} s", self.seconds)
    }
}

/// What a drill told.
#[derive(Clone, Debug, Deserialize)]
struct Told {
    events: Vec<Event>,
    seconds_from_signal_to_containment: Option<f64>,
}

impl Told {
    fn between(&self) -> Option<String> {
        self.seconds_from_signal_to_containment.map(|seconds| format!("{seconds:.2} seconds"))
    }
}

/// Where a run stands.
#[derive(Clone, Debug)]
enum Run {
    Running,
    Over(Told),
    BrokeOff(String),
}

/// The drills, and what came of each that was run.
#[derive(Clone, Default)]
pub struct Stand {
    runner: Option<Runner>,
    runs: Arc<Mutex<BTreeMap<&'static str, Run>>>,
}

impl fmt::Debug for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stand").field("runs", &self.runner.is_some()).finish_non_exhaustive()
    }
}

impl Stand {
    /// Drills that `runner` runs; without one they are only named.
    pub fn new(runner: Runner) -> Self {
        Self { runner: Some(runner), runs: Arc::default() }
    }

    fn runs(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Run>> {
        // A panic of another holder leaves rows that are whole: each is put in one step.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a drill as running, unless one is.
    fn begin(&self, name: &'static str) -> bool {
        let mut runs = self.runs();
        if runs.values().any(|run| matches!(run, Run::Running)) {
            return false;
        }
        runs.insert(name, Run::Running);
        true
    }

    fn run(&self, runner: &Runner, name: &'static str) {
        let run = match runner(name) {
            Ok(text) => {
                serde_json::from_str(&text).map_or_else(|_| Run::BrokeOff("It told nothing.".into()), Run::Over)
            }
            Err(why) => Run::BrokeOff(why),
        };
        self.runs().insert(name, run);
    }
}

/// A drill on the page.
struct Row {
    drill: Drill,
    run: Option<Run>,
}

impl Row {
    const fn is_running(&self) -> bool {
        matches!(self.run, Some(Run::Running))
    }
    fn broke_off(&self) -> Option<&str> {
        match &self.run {
            Some(Run::BrokeOff(why)) => Some(why),
            _ => None,
        }
    }
    const fn told(&self) -> Option<&Told> {
        match &self.run {
            Some(Run::Over(told)) => Some(told),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "drills.html")]
struct Page {
    rows: Vec<Row>,
    /// Whether one runs now; then the page looks again by itself.
    running: bool,
    /// Whether there are buttons.
    offered: bool,
}

/// Every drill, with its button and what came of it.
pub(super) async fn show(State(stand): State<Stand>) -> Response {
    let runs = stand.runs().clone();
    let running = runs.values().any(|run| matches!(run, Run::Running));
    let rows = DRILLS.iter().map(|drill| Row { drill: *drill, run: runs.get(drill.name).cloned() }).collect();
    super::views::page(&Page { rows, running, offered: stand.runner.is_some() })
}

/// Runs a drill, unless one runs.
pub(super) async fn run(State(stand): State<Stand>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(drill) = DRILLS.iter().find(|drill| drill.name == name) else { return super::views::nowhere().await };
    if !is_own(&headers) {
        return (StatusCode::FORBIDDEN, "Press the button on the page of drills itself.\n").into_response();
    }
    let Some(runner) = stand.runner.clone() else { return super::views::nowhere().await };
    if stand.begin(drill.name) {
        let name = drill.name;
        tokio::task::spawn_blocking(move || stand.run(&runner, name));
    }
    (StatusCode::SEE_OTHER, [(LOCATION, format!("/drills#{}", drill.name))]).into_response()
}

/// Whether a form was sent by a page of this very server (RFC 6454: browsers name the origin of every POST).
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (origin, host) = (text(ORIGIN), text(HOST));
    !host.is_empty() && origin.strip_prefix("http://") == Some(host)
}
