//! Who is told of a breach: authorities and partners, the people who were hit, and everybody.

use clap::Subcommand;
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
