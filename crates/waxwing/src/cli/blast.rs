//! Who was touched: the question, and what was frozen of answers.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `waxwing blast`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Blast {
    /// What to do with frozen answers; a question is asked otherwise.
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
    /// Freeze the answer, for notices and evidence to cite
    #[arg(long)]
    pub freeze: bool,
    /// With --json: the numbers of the people too
    #[arg(long)]
    pub numbers: bool,
}

/// `waxwing blast …`, of answers that were frozen.
#[derive(Subcommand)]
pub enum KeptAnswer {
    /// List the newest fifty frozen answers
    List,
    /// Print a frozen answer
    Show {
        /// Its number
        #[arg(value_name = "NUMBER")]
        number: i64,
    },
    /// Print the people of a frozen answer by their numbers, with what of each was touched
    People {
        /// The answer's number
        #[arg(value_name = "NUMBER")]
        number: i64,
        /// Only confirmed, possible, altered or sealed; the confirmed and possible unless given
        #[arg(long, value_name = "WORD")]
        sure: Option<String>,
        /// Only people with numbers above this one
        #[arg(long, value_name = "SUBJECT", default_value_t = 0)]
        after: u32,
        /// How many at most
        #[arg(long, value_name = "PEOPLE", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
        limit: u32,
    },
    /// Print why a person is in a frozen answer: the entries that say so
    Why {
        /// The answer's number
        #[arg(value_name = "NUMBER")]
        number: i64,
        /// The person's number
        #[arg(value_name = "SUBJECT")]
        subject: u32,
    },
    /// Write a frozen answer to a new file: a row for each field of each person
    File {
        /// The answer's number
        #[arg(value_name = "NUMBER")]
        number: i64,
        /// The file to write; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Why; stands in the access record
        #[arg(long, value_name = "TEXT")]
        purpose: String,
        /// csv, or ndjson: a JSON object a line
        #[arg(long, value_name = "FORMAT", default_value = "csv")]
        format: String,
        /// With people's addresses: an export of people, which waits while the workspace is contained
        #[arg(long)]
        addresses: bool,
    },
}
