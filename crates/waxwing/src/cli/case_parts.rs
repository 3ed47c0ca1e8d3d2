//! The parts of a case: each a group of commands of its own.

use super::case::CaseId;
use clap::Subcommand;
use std::path::PathBuf;

/// `waxwing incident indicator …`.
#[derive(Subcommand)]
pub enum CaseIndicator {
    /// List them
    List(CaseId),
    /// Note one
    Note {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// address, domain, url, email, sha256, user_agent
        #[arg(value_name = "KIND")]
        kind: String,
        /// The value
        #[arg(value_name = "VALUE")]
        value: String,
        /// Who may be told: clear, green, amber, red
        #[arg(long, value_name = "WORD", default_value = "amber")]
        tlp: String,
    },
    /// Print those that may be told so far; that they left is on the record
    Export {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// clear, green, amber, red
        #[arg(long, value_name = "WORD", default_value = "green")]
        tlp: String,
        /// stix or csv
        #[arg(long, value_name = "FORMAT", default_value = "stix")]
        format: String,
    },
}

/// `waxwing incident file …`.
#[derive(Subcommand)]
pub enum CaseFileCommand {
    /// List them
    List(CaseId),
    /// Put one in: a screenshot, a letter, a provider's answer; at most 10 MB
    Put {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// From whom or where it comes, in one line
        #[arg(long, value_name = "TEXT")]
        from: String,
        /// When it was acquired there; now unless given
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Take one out again into a new file; that is a link of the chain of custody
    Take {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// The file's number
        #[arg(value_name = "NUMBER")]
        number: String,
        /// A file that does not exist yet
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
}

/// `waxwing incident task …`.
#[derive(Subcommand)]
pub enum CaseTask {
    /// Add one
    Add {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// What is to be done, in one line
        #[arg(value_name = "TITLE")]
        title: String,
        /// Who does it: lead, scribe, technical, legal, comms, observer
        #[arg(long, value_name = "WORD", default_value = "lead")]
        role: String,
        /// The category of NIST CSF 2.0 that it serves: DE.AE, RS.MA, RS.AN, RS.CO, RS.MI, RC.RP, ID.IM
        #[arg(long, value_name = "WORD", default_value = "RS.MA")]
        csf: String,
        /// By when; a day unless given
        #[arg(long, value_name = "TIME")]
        due: Option<String>,
    },
    /// Say who does one
    Assign {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// The task's number
        #[arg(value_name = "TASK")]
        task: String,
        /// Somebody in the case; nobody where it is left out
        #[arg(long, value_name = "EMAIL")]
        to: Option<String>,
    },
    /// Say what came of one, or why it is skipped
    Finish {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// The task's number
        #[arg(value_name = "TASK")]
        task: String,
        /// What came of it, or why not
        #[arg(value_name = "TEXT")]
        proof: String,
        /// It is not done
        #[arg(long)]
        skipped: bool,
    },
}

/// `waxwing incident member …`.
#[derive(Subcommand)]
pub enum CaseMember {
    /// List them
    List(CaseId),
    /// Put somebody into the case, or change what they are in it
    Put {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// Who
        #[arg(value_name = "EMAIL")]
        email: String,
        /// lead, scribe, technical, legal, comms, observer
        #[arg(long = "as", value_name = "ROLE", default_value = "technical")]
        role: String,
    },
    /// Take somebody out of the case; they see nothing of it any more
    Remove {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// Who
        #[arg(value_name = "EMAIL")]
        email: String,
    },
}

/// `waxwing incident asset …`.
#[derive(Subcommand)]
pub enum CaseAsset {
    /// List them
    List(CaseId),
    /// Name something as touched
    Add {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// person, session, key, webhook, relay, domain, list, campaign, export, host
        #[arg(value_name = "KIND")]
        kind: String,
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// Its number in the system, where it has one
        #[arg(long, value_name = "NUMBER", default_value = "")]
        number: String,
        /// Whether it was taken over: tbd, yes, no, unknown
        #[arg(long, value_name = "WORD", default_value = "tbd")]
        compromised: String,
    },
    /// Say whether something was taken over
    Judge {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// Its number in the case
        #[arg(value_name = "ASSET")]
        asset: String,
        /// tbd, yes, no, unknown
        #[arg(value_name = "WORD")]
        compromised: String,
    },
}

/// `waxwing incident contact …`.
#[derive(Subcommand)]
pub enum CaseContact {
    /// Print the sheet
    List(CaseId),
    /// Put somebody on it
    Add {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// Who
        #[arg(value_name = "NAME")]
        name: String,
        /// The number, with its country: +49 30 1234567
        #[arg(value_name = "PHONE")]
        phone: String,
        /// As what: counsel, insurer, police, provider
        #[arg(long = "as", value_name = "ROLE", default_value = "")]
        role: String,
        /// Another way, or when they can be reached
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Take somebody off it: their name and number are deleted
    Remove {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// Their number on the sheet
        #[arg(value_name = "CONTACT")]
        contact: String,
    },
}

/// `waxwing incident update …`.
#[derive(Subcommand)]
pub enum CaseUpdate {
    /// List them, newest first
    List(CaseId),
    /// Tell everybody in the case how it stands: mail says that there is something to read
    Tell {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// How it stands
        #[arg(value_name = "TEXT")]
        text: String,
    },
    /// Set how often they are told; never by itself unless minutes are given
    Every {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// From 15 to 10,080
        #[arg(value_name = "MINUTES")]
        minutes: Option<i64>,
    },
}

/// `waxwing incident finding …`.
#[derive(Subcommand)]
pub enum CaseFinding {
    /// List them, the first due first
    List(CaseId),
    /// Note one
    Add {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// What has to become better
        #[arg(value_name = "TEXT")]
        text: String,
        /// Who sees to it; somebody in the case
        #[arg(long, value_name = "EMAIL")]
        owner: Option<String>,
        /// Until when; thirty days unless given
        #[arg(long, value_name = "TIME")]
        due: Option<String>,
    },
    /// Say that one was changed, then what trying again showed
    End {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// The finding's number
        #[arg(value_name = "FINDING")]
        finding: String,
        /// done, then held or failed
        #[arg(value_name = "STATE")]
        state: String,
        /// What was changed, or what trying again showed
        #[arg(value_name = "TEXT")]
        proof: String,
    },
}
