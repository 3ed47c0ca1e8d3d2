//! When something is wrong: who was touched, containment, holds, duties, telling people. A case itself is in `case`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

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
    /// Print the facts that the rules are asked about, or state others
    Facts {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// A file of JSON in the form that is printed; judgements are left as they are
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// Why people are stated otherwise than the record counts them
        #[arg(long, value_name = "TEXT", default_value = "", requires = "from")]
        people_why: String,
        /// Why kinds of data are stated otherwise
        #[arg(long, value_name = "TEXT", default_value = "", requires = "from")]
        data_why: String,
    },
    /// Print the words of the drafts, or write others
    Words {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// A file of JSON in the form that is printed; what is left out is empty then
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
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
    /// Print what providers and controllers are told of a case, and how far each is
    Packets {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
    },
    /// Draft a packet for each relay that was contained for a case, or for somebody who is named
    Address {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// To whom; each relay without a packet unless given
        #[arg(value_name = "TEXT")]
        addressee: Option<String>,
        /// provider or controller
        #[arg(long, value_name = "WORD", default_value = "provider")]
        kind: String,
    },
    /// Change a packet that is a draft, or note that it was sent or answered
    Packet {
        /// The case's number
        #[arg(value_name = "CASE")]
        case: String,
        /// The packet's number
        #[arg(value_name = "PACKET")]
        packet: String,
        /// sent or answered; its words are changed unless given
        #[arg(long, value_name = "WORD")]
        state: Option<String>,
        /// When it was sent or answered; now unless given
        #[arg(long, value_name = "TIME", requires = "state")]
        at: Option<String>,
        /// The reference under which it was sent, or what was answered
        #[arg(long, value_name = "TEXT", default_value = "")]
        said: String,
        /// To whom; as it was unless given
        #[arg(long, value_name = "TEXT", conflicts_with = "state")]
        to: Option<String>,
        /// What a provider is asked for; as it was unless given
        #[arg(long, value_name = "TEXT", conflicts_with = "state")]
        asked: Option<String>,
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
    /// Print what a draft says as JSON, or write it anew
    Words {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The notice
        #[arg(value_name = "NOTICE")]
        notice: String,
        /// A file of JSON in the form that is printed
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// The relay that it goes through; as it was unless given
        #[arg(long, value_name = "RELAY", requires = "from")]
        relay: Option<String>,
        /// Whether those of whom it is only possible are told too; as it was unless given
        #[arg(long, value_name = "true|false", requires = "from")]
        possible: Option<bool>,
    },
    /// Say what happened in one language; the letter in it is written anew from that
    Say {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The notice
        #[arg(value_name = "NOTICE")]
        notice: String,
        /// en, de, fr or es
        #[arg(long, value_name = "LANGUAGE")]
        language: String,
        /// What happened and how
        #[arg(long, value_name = "TEXT")]
        what_happened: Option<String>,
        /// What may follow for those who read it
        #[arg(long, value_name = "TEXT")]
        consequences: Option<String>,
        /// What was done and is planned
        #[arg(long, value_name = "TEXT")]
        measures: Option<String>,
        /// What they can do themselves
        #[arg(long, value_name = "TEXT")]
        advice: Option<String>,
    },
    /// Give a draft up; nothing is sent
    Withdraw {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The notice
        #[arg(value_name = "NOTICE")]
        notice: String,
    },
    /// Stop a notice that leaves, go on with it, or send once more to those who were refused for good
    Act {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The notice
        #[arg(value_name = "NOTICE")]
        notice: String,
        /// pause, resume, again
        #[arg(value_name = "ACT")]
        act: String,
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
    /// Print the public page of a case, its updates, and how many people asked whether they were affected
    Show {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
    },
    /// Make the public page of a case, or change its title and questions; nobody reads it before its first update
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
        /// Tell those too of whom it is only possible
        #[arg(long)]
        possible: bool,
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
        /// The language that it is written in, for the linter: en, de, fr, es
        #[arg(long, value_name = "WORD", default_value = "en")]
        language: String,
        /// Rules of the linter that you let stand, for example readable
        #[arg(long, value_name = "RULE", value_delimiter = ',')]
        let_stand: Vec<String>,
        /// The title is a question that people have, and the text its answer
        #[arg(long)]
        question: bool,
    },
    /// Close the page: it stays to be read, and takes no questions any more
    Close {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
    },
    /// Write the page, its feed and how to host them as files that need nothing of this system
    Export {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// A directory that does not exist yet, or a file that ends in .tar for one archive
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// `waxwing support …`.
#[derive(Subcommand)]
pub enum Support {
    /// List the newest 200 messages that people wrote on the public page of a case
    List {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
    },
    /// Print one message and what was answered; that it was read is on the record
    Show {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The message
        #[arg(value_name = "MESSAGE")]
        message: String,
    },
    /// Answer a message by mail
    Answer {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The message
        #[arg(value_name = "MESSAGE")]
        message: String,
        /// What is answered
        #[arg(value_name = "TEXT")]
        text: String,
    },
    /// Close a message that needs no answer, or no more
    Close {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// The message
        #[arg(value_name = "MESSAGE")]
        message: String,
    },
}

/// `waxwing trust …`.
#[derive(Subcommand)]
pub enum Trust {
    /// Print what could be said of this installation, whether it is true now, and whether it is published
    Show,
    /// Publish exactly these statements, each while it is true; none takes the page away
    Publish {
        /// record, witness, sealed, second_factor, passkeys, two_people, factor_share, backup, practised, https
        #[arg(value_name = "WORD")]
        statements: Vec<String>,
    },
    /// Link exactly these policies, each as "TITLE | https://…"
    Links {
        /// Title and address with a bar between
        #[arg(value_name = "LINK")]
        links: Vec<String>,
    },
    /// Publish what was changed after a case's finding, while it holds
    Measure {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// Its finding
        #[arg(value_name = "FINDING")]
        finding: String,
        /// What everybody reads
        #[arg(value_name = "TEXT")]
        text: String,
        /// The language that it is written in, for the linter: en, de, fr, es
        #[arg(long, value_name = "WORD", default_value = "en")]
        language: String,
        /// Rules of the linter that you let stand, for example readable
        #[arg(long, value_name = "RULE", value_delimiter = ',')]
        let_stand: Vec<String>,
    },
    /// Take a measure off the page, by its finding
    Remove {
        /// The finding
        #[arg(value_name = "FINDING")]
        finding: String,
    },
}

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

/// `waxwing blast`.
#[derive(Args)]
pub struct Blast {
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
}
