//! Who was touched: a question, and answers that were frozen.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `waxwing blast`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Blast {
    /// An answer that was frozen.
    #[command(subcommand)]
    pub kept: Option<KeptAnswer>,
    /// Who: person:, session:, key:, webhook:, export: or campaign: and a number, address: and a network
    /// address, or anyone, host, visitors
    #[arg(long, value_name = "WHO", required_unless_present = "campaign", conflicts_with = "campaign")]
    pub actor: Option<String>,
    /// A campaign that was sent to the wrong people: its number; all of it unless a window is named
    #[arg(long, value_name = "NUMBER")]
    pub campaign: Option<String>,
    /// Not before: 2026-12-01 or 2026-12-01T09:30, in UTC unless a zone is named
    #[arg(long, value_name = "MOMENT", required_unless_present = "campaign")]
    pub from: Option<String>,
    /// Before; a day alone is its end
    #[arg(long, value_name = "MOMENT", required_unless_present = "campaign")]
    pub to: Option<String>,
    /// By how many seconds to widen the window on both sides
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=2_592_000))]
    pub skew: u64,
    /// Leave out what they made or took over
    #[arg(long)]
    pub alone: bool,
    /// With --json: the numbers of the people too
    #[arg(long)]
    pub numbers: bool,
    /// Freeze the answer: keep a copy that notices and evidence cite
    #[arg(long)]
    pub freeze: bool,
}

/// `waxwing blast list`, and what can be asked of one frozen answer.
#[derive(Subcommand)]
pub enum KeptAnswer {
    /// List the newest frozen answers
    List,
    /// Print a frozen answer
    Show {
        /// Its number
        #[arg(value_name = "ANSWER")]
        id: i64,
    },
    /// Print why a person is in it: the entries of the record that name them
    Why {
        /// Its number
        #[arg(value_name = "ANSWER")]
        id: i64,
        /// The person's number
        #[arg(value_name = "PERSON")]
        subject: u32,
    },
    /// Write everybody in it to a file, field by field: by number, without names
    File {
        /// Its number
        #[arg(value_name = "ANSWER")]
        id: i64,
        /// Where to; it must not be there yet
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// `csv`, a line for each field, or `ndjson`, an object for each person
        #[arg(long, value_name = "FORMAT", default_value = "csv")]
        format: String,
    },
}
