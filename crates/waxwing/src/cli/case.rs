//! `waxwing incident`: a case, from its first sign to its end.

use super::case_parts::{
    CaseAsset, CaseContact, CaseFileCommand, CaseFinding, CaseIndicator, CaseMember, CaseTask, CaseUpdate,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Which case.
#[derive(Args)]
pub struct CaseId {
    /// The case's number
    #[arg(value_name = "CASE")]
    pub case: String,
}

/// `waxwing incident …`.
#[derive(Subcommand)]
pub enum Incident {
    /// List every case, newest first
    List,
    /// Print what was decided before anything happened, as JSON, or write it anew; every new case begins with it
    Plan {
        /// A file of JSON in the form that is printed
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
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
    Show(CaseId),
    /// Say how bad it is and what was lost
    Classify {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// unknown, low, medium, high, very_high
        #[arg(value_name = "SEVERITY")]
        severity: String,
        /// What was lost: confidentiality, integrity, availability
        #[arg(long, value_name = "WORD", value_delimiter = ',')]
        loss: Vec<String>,
    },
    /// Say from when to when it may have gone on
    Window {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// Since when, for example 2026-11-22T10:05:00Z
        #[arg(value_name = "TIME")]
        from: String,
        /// Until when; it goes on, or nobody knows, where it is left out
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
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
    /// Put an entry of the access record on a case's timeline
    Pin {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// The entry's place in the log
        #[arg(value_name = "ENTRY")]
        entry: i64,
        /// What it is about
        #[arg(long, value_name = "WORD", default_value = "detection")]
        category: String,
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
    /// Say that it goes on no more; this contains nothing, `waxwing lockdown` does
    Contain {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// Since when; now unless given
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
    /// State how it came about, or print what was stated
    Cause {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// phishing, weak_password, reused_password, vulnerability, misconfiguration, insider, lost_device, third_party,
        /// mistake, unknown
        #[arg(value_name = "KIND", requires = "text")]
        kind: Option<String>,
        /// In words
        #[arg(value_name = "TEXT")]
        text: Option<String>,
    },
    /// Close a breach that was contained, or dismiss a suspicion that was none; both stay in the register
    End {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// harm, no_harm, legitimate, false_alarm
        #[arg(value_name = "OUTCOME")]
        outcome: String,
        /// Why
        #[arg(value_name = "TEXT")]
        why: String,
    },
    /// Write what people are taught of a case, or print it
    Teach {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// What they are taught
        #[arg(value_name = "TEXT")]
        text: Option<String>,
    },
    /// Say who is to read what a case taught; it stands on their Home until they say that they have
    Assign {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// everybody, roles such as marketer, addresses that people sign in with
        #[arg(value_name = "WHO", required = true)]
        to: Vec<String>,
        /// Until when; two weeks unless given
        #[arg(long, value_name = "TIME")]
        due: Option<String>,
    },
    /// Print who is to read what a case taught, and who has
    Readers(CaseId),
    /// Write the evidence of a case, signed, to be checked by `waxwing record verify` on another machine
    Evidence {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// A directory that does not exist yet, or a file that ends in .tar for one archive
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Files from outside that are evidence
    #[command(subcommand)]
    File(CaseFileCommand),
    /// Print in whose hands the evidence was
    Custody(CaseId),
    /// Open every frozen answer again and compare its hash; each look is a link of the chain of custody
    Check(CaseId),
    /// Ask the record who was touched by everything that a case names, freeze the answers, and count
    Radius(CaseId),
    /// Take an answer that was frozen elsewhere into a case, and count anew
    Keep {
        /// Its number
        #[arg(value_name = "CASE")]
        id: String,
        /// The number of the frozen answer
        #[arg(value_name = "NUMBER")]
        answer: i64,
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
    /// What others can look for
    #[command(subcommand)]
    Indicator(CaseIndicator),
    /// List what is to be done in a case
    Tasks(CaseId),
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
    /// A case's own tasks: who does them, what came of them
    #[command(subcommand)]
    Task(CaseTask),
    /// Who is in a case, and therefore sees it
    #[command(subcommand)]
    Member(CaseMember),
    /// What a case touches, and whether it was taken over
    #[command(subcommand)]
    Asset(CaseAsset),
    /// The contact sheet: who is called when mail and chat cannot be trusted
    #[command(subcommand)]
    Contact(CaseContact),
    /// How it stands, told to everybody in the case
    #[command(subcommand)]
    Update(CaseUpdate),
    /// What has to become better, and whether that held when it was tried again
    #[command(subcommand)]
    Finding(CaseFinding),
}
