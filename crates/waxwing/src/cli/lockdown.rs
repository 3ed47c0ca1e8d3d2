//! Containment from the host.

use clap::Args;
use std::path::PathBuf;

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
