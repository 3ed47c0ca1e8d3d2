//! When something is wrong: what the detectors found, what is stopped, who was touched. A case itself is in `case`, what law
//! and people are told in `telling`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `waxwing alerts …`.
#[derive(Subcommand)]
pub enum Alerts {
    /// List the newest fifty
    List {
        /// Only those that nobody has judged
        #[arg(long)]
        open: bool,
        /// Only those of one detector, by its word, such as bounce
        #[arg(long, value_name = "DETECTOR")]
        detector: Option<String>,
        /// Only those before this one
        #[arg(long, value_name = "ALERT")]
        before: Option<String>,
    },
    /// Show one: the numbers, why it is one, and what to do
    Show {
        /// Its id
        #[arg(value_name = "ALERT")]
        id: String,
    },
    /// Say whether one was right, or the same of several
    Judge {
        /// Their ids
        #[arg(value_name = "ALERT", required = true, num_args = 1..)]
        ids: Vec<String>,
        /// true, false, or benign: right, but harmless
        #[arg(value_name = "VERDICT")]
        verdict: String,
    },
    /// How often each detector was right, by these verdicts
    Precision,
    /// What follows from each detector's alerts
    Rules,
    /// Change what follows from one detector's alerts
    Rule {
        /// Its word, such as bounce; `waxwing alerts rules` lists them
        #[arg(value_name = "DETECTOR")]
        detector: String,
        /// tell, pause, step_up, end_sessions, quarantine, ask (for containment) or contain (a key, webhook or relay), as far as the detector allows it
        #[arg(long, value_name = "WORD")]
        follows: Option<String>,
        /// It does not look any more; without this it looks again
        #[arg(long)]
        off: bool,
    },
}

/// `waxwing hold …`.
#[derive(Subcommand)]
pub enum Hold {
    /// List the open holds, and the last twenty that were released
    List,
    /// Keep everybody, or one person, from being erased
    Place {
        /// Why; stands in the access record
        #[arg(value_name = "TEXT")]
        reason: String,
        /// Only this person, by number
        #[arg(long, value_name = "NUMBER")]
        subscriber: Option<u32>,
    },
    /// Release one; who waited for their erasure is erased
    Release {
        /// Its id
        #[arg(value_name = "HOLD")]
        id: String,
    },
}

/// `waxwing lockdown`.
#[derive(Args)]
pub struct Lockdown {
    /// `workspace`, `everything` (each workspace), or a kind and an id: account:…, api_key:…, webhook:…, relay:…, domain:…
    #[arg(long, value_name = "SCOPE", default_value = "workspace")]
    pub scope: String,
    /// Why; stands in the access record
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["release", "status", "reinstate"])]
    pub reason: Option<String>,
    /// Only say what is contained, how far its steps are and what is shut still
    #[arg(long, conflicts_with_all = ["reason", "release", "case"])]
    pub status: bool,
    /// Since when something may have been wrong: hours, or 2026-11-22T10:05, in UTC unless a zone is named
    #[arg(long, value_name = "TIME", default_value = "24")]
    pub since: String,
    /// Place no legal hold: who asks to be erased meanwhile is erased. Of the workspace one is always placed
    #[arg(long, conflicts_with_all = ["release", "status", "reinstate"])]
    pub no_hold: bool,
    /// The open case that it is part of, by codename or number; it opens one of its own otherwise
    #[arg(long, value_name = "CASE", conflicts_with = "release")]
    pub case: Option<String>,
    /// Release it instead
    #[arg(long, requires = "code_file")]
    pub release: bool,
    /// A file whose first line is an owner's unused recovery code
    #[arg(long, value_name = "FILE")]
    pub code_file: Option<PathBuf>,
    /// Bring a webhook, relay or sending domain back that is shut; --reason says why its login or keys may stay as they are
    #[arg(long, value_name = "KIND:ID", conflicts_with_all = ["release", "status", "case", "scope"])]
    pub reinstate: Option<String>,
    /// The points of its checklist that were seen to, by their words; without it the checklist is printed
    #[arg(long, value_name = "WORD", value_delimiter = ',', requires = "reinstate")]
    pub saw: Vec<String>,
}
