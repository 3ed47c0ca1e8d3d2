//! When something is wrong: who was touched, containment, holds, cases, duties, telling people.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `waxwing incident …`.
#[derive(Subcommand)]
pub enum Incident {
    /// List every case, newest first
    List,
    /// Open a case; every owner and security officer is put into it
    Open {
        /// What looks wrong
        #[arg(value_name = "TEXT")]
        summary: String,
        /// What may be lost: confidentiality, integrity, availability
        #[arg(long, value_name = "WORD", value_delimiter = ',')]
        loss: Vec<String>,
        /// How bad it seems: unknown, low, medium, high, very_high
        #[arg(long, value_name = "WORD", default_value = "unknown")]
        severity: String,
    },
    /// Print one case and its timeline
    Show {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
    },
    /// Write a line on a case's timeline
    Note {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// What happened
        #[arg(value_name = "TEXT")]
        text: String,
        /// What it is about, for example detection, exfiltration, response, communication, decision
        #[arg(long, value_name = "WORD", default_value = "note")]
        category: String,
        /// When it happened, for example 2026-11-22T10:05:00Z; now unless given
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Write the evidence of a case, signed, to be checked by `waxwing record verify` on another machine
    Evidence {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// A directory that does not exist yet, or a file that ends in .tar for one archive
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Ask the record who was touched by everything that a case names, freeze the answers, and count
    Radius {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
    },
    /// Take the indicators of a bundle of STIX 2.1 into a case
    Indicators {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// The file
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// List what is to be done in a case
    Tasks {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
    },
    /// Take the steps of a playbook into a case
    Take {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// The playbook, for example key-leak
        #[arg(value_name = "NAME")]
        playbook: String,
    },
    /// Let the machine do every open step that it can, or one
    Run {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// One step alone: its number
        #[arg(long, value_name = "TASK")]
        task: Option<String>,
    },
    /// Say that it is a breach, in the name of the person who knows it; this starts the clocks
    Confirm {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// Who knows
        #[arg(long, value_name = "EMAIL")]
        by: String,
        /// Since when, for example 2026-11-22T10:05:00Z; now unless given
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
}

/// `waxwing duties …`.
#[derive(Subcommand)]
pub enum Duties {
    /// Print what law asks of a case, by when and why
    Show {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
    },
    /// Print a draft, filled from what the case says
    Draft {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// Which: authority, ico, cnil, california, attorney, register, controller, provider, people-en, …
        #[arg(value_name = "DRAFT")]
        draft: String,
    },
    /// Note that a duty was done
    Met {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// The rule's name, for example gdpr-33-1
        #[arg(value_name = "RULE")]
        rule: String,
        /// When, for example 2026-11-22T10:05:00Z; now unless given
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// The recipient's reference
        #[arg(long, value_name = "TEXT", default_value = "")]
        reference: String,
    },
    /// Print the register of breaches (GDPR Art. 33(5)): every case, those that were none among them
    Register {
        /// csv or json
        #[arg(long, value_name = "FORMAT", default_value = "csv")]
        format: String,
    },
    /// Name the field that says where people live, or print which it is
    Country {
        /// Its key; a field classed public or internal
        #[arg(value_name = "FIELD")]
        field: Option<String>,
    },
}

/// `waxwing notice`.
#[derive(Subcommand)]
pub enum Notice {
    /// List the notices of a case, newest first
    List {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
    },
    /// Begin a notice to the people of a frozen answer, from the words of the case
    New {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The number of the frozen answer
        #[arg(long, value_name = "NUMBER")]
        answer: i64,
        /// Tell those too of whom it is only possible
        #[arg(long)]
        possible: bool,
    },
    /// Print who would read what, what stands in the way, and how far it is
    Show {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The notice
        #[arg(value_name = "NOTICE")]
        notice: String,
    },
    /// Send a notice now. The host needs no second person; the record says that it was the host
    Send {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The notice
        #[arg(value_name = "NOTICE")]
        notice: String,
        /// Rules of the linter that you let stand, for example readable
        #[arg(long, value_name = "RULE", value_delimiter = ',')]
        let_stand: Vec<String>,
    },
    /// Write the proof of delivery to a new file, as JSON
    Proof {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The notice
        #[arg(value_name = "NOTICE")]
        notice: String,
        /// A file that does not exist yet
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `waxwing status`.
#[derive(Subcommand)]
pub enum Status {
    /// Make the public page of a case; nobody reads it before its first update
    Make {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The last part of its address
        #[arg(value_name = "WORD")]
        slug: String,
        /// Its title; not the codename
        #[arg(value_name = "TITLE")]
        title: String,
        /// The frozen answer that “was I affected?” is answered from
        #[arg(long, value_name = "NUMBER")]
        answer: Option<i64>,
    },
    /// Publish an update to everybody; it is not changed any more
    Update {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// Its title
        #[arg(value_name = "TITLE")]
        title: String,
        /// Its text
        #[arg(value_name = "TEXT")]
        text: String,
    },
    /// Write the page and its feed as files that need nothing of this system
    Export {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// A directory that does not exist yet
        #[arg(value_name = "DIR")]
        dir: PathBuf,
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
    #[arg(long, value_name = "TEXT", required_unless_present = "release")]
    pub reason: Option<String>,
    /// Hours since something may have been wrong
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(i64).range(0..=8_760))]
    pub since: i64,
    /// Release it instead
    #[arg(long, requires = "code_file")]
    pub release: bool,
    /// A file whose first line is an owner's unused recovery code
    #[arg(long, value_name = "FILE")]
    pub code_file: Option<PathBuf>,
}

/// `waxwing blast`.
#[derive(Args)]
pub struct Blast {
    /// Who: person:, session:, key:, webhook: or export: and a number, address: and a network address,
    /// or anyone, host, visitors
    #[arg(long, value_name = "WHO")]
    pub actor: String,
    /// Not before: 2026-12-01 or 2026-12-01T09:30, in UTC unless a zone is named
    #[arg(long, value_name = "MOMENT")]
    pub from: String,
    /// Before; a day alone is its end
    #[arg(long, value_name = "MOMENT")]
    pub to: String,
    /// By how many seconds to widen the window on both sides
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=2_592_000))]
    pub skew: u64,
    /// Leave out what they made or took over
    #[arg(long)]
    pub alone: bool,
    /// With --json: the numbers of the people too
    #[arg(long)]
    pub numbers: bool,
}
