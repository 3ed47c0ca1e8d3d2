//! The command line, declared. What each command does is in `commands/`.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Waxwing: email marketing on a machine of your own.
#[derive(Parser)]
#[command(name = "waxwing", version, max_term_width = 100)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args)]
pub struct Common {
    /// The data directory
    #[arg(long, global = true, env = "WAXWING_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// PostgreSQL in place of the embedded database (a password is better kept in the settings file)
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// A file whose first line is the passphrase of the root key
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<String>,
    /// The word of the workspace to work on, where there are several
    #[arg(long, global = true, env = "WAXWING_WORKSPACE", value_name = "WORD")]
    pub workspace: Option<String>,
    /// Print one JSON object last on standard output; all else goes to standard error
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Make a data directory, its keys and its workspace, and print the first owner's one-time link
    Init(Init),
    /// Several organisations in one installation
    #[command(subcommand)]
    Workspace(Workspace),
    /// Serve the web interface and the API, and do the work that is queued
    Serve(Serve),
    /// Bring people in from a CSV or TSV file
    Import(Import),
    /// Take a list's people out to a CSV file
    Export(Export),
    /// The SMTP relays that mail leaves by
    #[command(subcommand)]
    Relay(Relay),
    /// The domains that mail is sent from
    #[command(subcommand)]
    Domain(Domain),
    /// People who do not exist, in exports and in what programs read: the domains whose mail tells of a copy
    #[command(subcommand)]
    Canaries(Canaries),
    /// Send campaigns and read their reports
    #[command(subcommand)]
    Campaign(Campaign),
    /// Keys for programs
    #[command(subcommand)]
    ApiKey(ApiKey),
    /// Other systems that are told what happens
    #[command(subcommand)]
    Webhook(Webhook),
    /// The people who sign in
    #[command(subcommand)]
    Account(Account),
    /// Signing in by an identity provider (OpenID Connect)
    #[command(subcommand)]
    Sso(Sso),
    /// What needs a second person's yes, and what waits for one
    #[command(subcommand)]
    Approvals(Approvals),
    /// Cases: suspected and proven breaches
    #[command(subcommand)]
    Incident(Incident),
    /// What law asks after a breach: clocks, numbers, drafts
    #[command(subcommand)]
    Duties(Duties),
    /// Tell the people who were hit by a breach
    #[command(subcommand)]
    Notice(Notice),
    /// The public page of a case
    #[command(subcommand)]
    Status(Status),
    /// Print what each role may do and which fields it sees in clear
    Roles,
    /// Stop everything, or one thing, when the web cannot be trusted; or release it
    Lockdown(Lockdown),
    /// Legal holds: nobody under one is erased
    #[command(subcommand)]
    Hold(Hold),
    /// The keys that seal people's data
    #[command(subcommand)]
    Keys(Keys),
    /// The access record: take it out, prove an entry, check it without the database
    #[command(subcommand)]
    Record(Record),
    /// Who was touched by somebody within a window: people and fields, out of the access record
    Blast(Blast),
    /// Watch another machine's record: sign what goes on from what was seen, and nothing else
    #[command(subcommand)]
    Witness(Witness),
    /// Write two archives, the data and then its keys, and read both back
    Backup(Backup),
    /// Put two archives back into an empty place; nothing is sent until a person releases it
    Restore(Restore),
    /// Look for what is wrong or about to be, and say what to do
    Doctor,
    /// Start on sample data with a mailbox provider played on this machine; nothing leaves it
    Demo(Demo),
    /// Attack a made-up workspace for real, defend it, and say how long that took; alone it lists the drills
    Drill(Drill),
    /// List every setting: its default, its meaning, its value and where that came from
    Config,
}

/// `waxwing drill`.
#[derive(Args)]
pub struct Drill {
    /// Which
    pub name: Option<String>,
}

/// `waxwing init`.
#[derive(Args)]
pub struct Init {
    /// The first owner's address
    #[arg(long, value_name = "EMAIL")]
    pub owner: String,
    /// Who sends; stands in the legal footer
    #[arg(long, value_name = "NAME", requires = "postal")]
    pub organisation: Option<String>,
    /// The sender's postal address; stands in the legal footer
    #[arg(long, value_name = "ADDRESS", requires = "organisation")]
    pub postal: Option<String>,
    /// Where Waxwing will be reached, for the link
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
}

/// `waxwing workspace …`.
#[derive(Subcommand)]
pub enum Workspace {
    /// Make a workspace with keys of its own, and print its first owner's one-time link
    Create {
        /// What to call it
        name: String,
        /// Its short name for addresses and commands; made of the name unless given
        #[arg(long, value_name = "WORD")]
        word: Option<String>,
        /// The first owner's address
        #[arg(long, value_name = "EMAIL")]
        owner: String,
        /// Who sends; stands in the legal footer
        #[arg(long, value_name = "NAME", requires = "postal")]
        organisation: Option<String>,
        /// The sender's postal address; stands in the legal footer
        #[arg(long, value_name = "ADDRESS", requires = "organisation")]
        postal: Option<String>,
    },
    /// List the workspaces
    List,
}

/// `waxwing serve`.
#[derive(Args)]
pub struct Serve {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// How people reach it
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Where customers' documents and pictures are served: a host name of its own keeps them from the interface
    #[arg(long, value_name = "URL")]
    pub content_url: Option<String>,
}

/// `waxwing import`.
#[derive(Args)]
pub struct Import {
    /// The file
    pub file: PathBuf,
    /// The list they join; made when it does not exist
    #[arg(long, value_name = "NAME")]
    pub list: String,
    /// Where and how these people agreed to get mail
    #[arg(long, value_name = "TEXT")]
    pub consent: String,
    /// Count what would happen, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where the refused lines go, each with its reason, if there are any; the file must not exist
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub rejects: Option<PathBuf>,
}

/// `waxwing export`.
#[derive(Args)]
pub struct Export {
    /// The list
    #[arg(long, value_name = "NAME")]
    pub list: String,
    /// Why; stands in the access record
    #[arg(long, value_name = "TEXT")]
    pub purpose: String,
    /// The file to write; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `waxwing relay …`.
#[derive(Subcommand)]
pub enum Relay {
    /// Add a relay, or give one of that name another address
    Add {
        /// What to call it
        name: String,
        /// smtp://[user:password@]host:port[?tls=none|starttls|implicit]; `none` for loopback only
        #[arg(long)]
        url: String,
    },
}

/// `waxwing domain …`.
#[derive(Subcommand)]
pub enum Domain {
    /// Make a domain's signing keys and print the DNS records it needs
    Add {
        /// The domain
        name: String,
    },
    /// Prepare new signing keys and print their records; mail is signed by them when the DNS shows both
    Keys {
        /// The domain
        name: String,
    },
}

/// `waxwing canaries …`.
#[derive(Subcommand)]
pub enum Canaries {
    /// Name a domain whose mail comes to this installation and nothing else
    Add {
        /// The domain
        name: String,
        /// In which language its people are named: en, de, fr, es or it
        #[arg(long, default_value = "en")]
        names: String,
    },
    /// Take a domain out: nothing is heard of its made-up people any more
    Remove {
        /// The domain
        name: String,
    },
    /// The domains, and what was heard
    List,
}

/// `waxwing campaign …`.
#[derive(Subcommand)]
pub enum Campaign {
    /// Send what a TOML file describes: from, subject, preheader, list, format, body or body_file
    Send {
        /// The file
        file: PathBuf,
        /// Wait until nothing is pending or deferred
        #[arg(long)]
        wait: bool,
        /// Seconds to wait at most
        #[arg(long, value_name = "SECONDS", requires = "wait")]
        timeout: Option<u64>,
    },
    /// Say what became of a campaign's messages
    Report {
        /// The campaign's id
        id: String,
    },
}

/// `waxwing api-key …`.
#[derive(Subcommand)]
pub enum ApiKey {
    /// Make a key and show it, once
    Create {
        /// What to call it
        name: String,
        /// What it may do: read, write, import, export, send, admin
        #[arg(long, value_delimiter = ',', required = true)]
        scope: Vec<String>,
        /// The classes of fields it sees in clear; "none" for masked people
        #[arg(long, value_name = "CLASSES", default_value = "public,internal,personal,sensitive")]
        clear: String,
        /// A list it is limited to, with the people on it; may be given several times; all when not given
        #[arg(long, value_name = "NAME")]
        list: Vec<String>,
        /// A network it may come from, such as 192.0.2.0/24; anywhere when not given
        #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
        network: Vec<String>,
        /// Days after which it stops working
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=3_650))]
        days: Option<i64>,
    },
}

/// `waxwing webhook …`.
#[derive(Subcommand)]
pub enum Webhook {
    /// Add a webhook and show its secret, once
    Add {
        /// What to call it
        name: String,
        /// https://host/path
        #[arg(long)]
        url: String,
        /// What it is told: unsubscribed, signup.confirmed, failed, …
        #[arg(long, value_delimiter = ',', required = true)]
        kind: Vec<String>,
        /// Only events on this list; may be given several times
        #[arg(long, value_name = "NAME")]
        list: Vec<String>,
        /// Classes of fields that are sent along: public, internal, personal, sensitive
        #[arg(long, value_delimiter = ',')]
        grant: Vec<String>,
    },
    /// List the webhooks
    List,
    /// Remove a webhook, its secret, and what waits for it
    Remove {
        /// The webhook's id or name
        webhook: String,
    },
    /// Send a test and say what came of it
    Ping {
        /// The webhook's id or name
        webhook: String,
    },
}

/// `waxwing sso …`.
#[derive(Subcommand)]
pub enum Sso {
    /// Print the provider, without its secret
    Show,
    /// Set the provider
    Set(Box<SsoSet>),
    /// Turn it off, or on again; the rest stays as it is. Sessions that it began end
    Turn {
        /// `on` or `off`
        #[arg(action = clap::ArgAction::Set, value_parser = on_or_off)]
        state: bool,
    },
    /// Remove the provider and its secret; sessions that it began end
    Remove,
}

/// `waxwing sso set …`.
#[derive(Args)]
pub struct SsoSet {
    /// What people call it
    #[arg(long)]
    pub name: String,
    /// Its issuer, exactly as the provider writes it
    #[arg(long)]
    pub issuer: String,
    /// Our client ID there
    #[arg(long)]
    pub client_id: String,
    /// A file that holds the client secret; left out, the secret stays as it is
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// What is asked for, with spaces
    #[arg(long, default_value = "openid email profile")]
    pub scopes: String,
    /// The claim of the ID token that holds groups
    #[arg(long, default_value = "")]
    pub groups_claim: String,
    /// A group and the role that it gives; can be given several times
    #[arg(long, value_name = "GROUP=ROLE", value_parser = mapping)]
    pub map: Vec<(String, String)>,
    /// Only addresses at this domain; can be given several times
    #[arg(long)]
    pub domain: Vec<String>,
    /// People who come new: `refuse`, or `create` an account with the roles of their groups
    #[arg(long, default_value = "refuse")]
    pub newcomers: String,
    /// A word of `amr` or `acr` that counts as a second factor; can be given several times
    #[arg(long)]
    pub strong: Vec<String>,
    /// Write it down, but let nobody in by it yet
    #[arg(long)]
    pub off: bool,
}

/// A group may hold anything, so the role is what stands behind the last sign.
fn mapping(text: &str) -> Result<(String, String), String> {
    let pair = text.rsplit_once('=').ok_or("write GROUP=ROLE")?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("write on or off".to_owned()),
    }
}

/// `waxwing approvals …`.
#[derive(Subcommand)]
pub enum Approvals {
    /// List the newest requests and where each stands
    List,
    /// Say what needs a second person; what is not named stays as it is
    Policy {
        /// Every export
        #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
        exports: Option<bool>,
        /// Every grant of a powerful role
        #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
        roles: Option<bool>,
        /// Campaigns to lists that nothing was ever sent to
        #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
        new_lists: Option<bool>,
        /// Campaigns to more people than this; `none` for no threshold
        #[arg(long, value_name = "PEOPLE", value_parser = threshold)]
        sends_over: Option<Threshold>,
        /// Keeping a field longer than was said until now
        #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
        longer: Option<bool>,
    },
}

/// A number of people, or none.
#[derive(Clone, Copy)]
pub struct Threshold(pub Option<i64>);

fn threshold(text: &str) -> Result<Threshold, String> {
    match text {
        "none" => Ok(Threshold(None)),
        number => number.parse().map(|most| Threshold(Some(most))).map_err(|_| "write a number or none".to_owned()),
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    }
}

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

/// `waxwing account …`.
#[derive(Subcommand)]
pub enum Account {
    /// Print a one-time link: to a new password, or for the first owner, as long as nobody has signed in
    Link {
        /// The person's address
        email: String,
    },
    /// Print a one-time link that lets somebody back in without second factor and passkeys; everybody who looks after
    /// accounts is told by mail
    Recover {
        /// The person's address
        email: String,
    },
    /// End sessions and passwords until the people meant have chosen another by a link of their mailbox
    Reset {
        /// The person's address
        #[arg(required_unless_present = "everybody")]
        email: Option<String>,
        /// Everybody who can sign in to the workspace
        #[arg(long, conflicts_with = "email")]
        everybody: bool,
    },
    /// Show or set what is asked of everybody who signs in
    Policy {
        /// The least credential: password, second_factor or passkey
        #[arg(long)]
        minimum: Option<String>,
        /// Hours without use after which a session ends, 1 to 72
        #[arg(long)]
        idle_hours: Option<i64>,
        /// Days after which a session ends, used or not, 1 to 30
        #[arg(long)]
        absolute_days: Option<i64>,
    },
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

/// `waxwing keys …`.
#[derive(Subcommand)]
pub enum Keys {
    /// Begin a new key epoch, rewrap everybody's key, destroy the old epoch
    Rotate,
}

/// `waxwing record …`.
#[derive(Subcommand)]
pub enum Record {
    /// Write the record to files that anybody can check (C2SP tlog-tiles)
    Export {
        /// The directory; it must not exist
        dir: PathBuf,
        /// Leave out who was named: the numbers of people beside each entry
        #[arg(long)]
        without_people: bool,
    },
    /// Check files of the record, or the proof of one entry; needs no database and no keys of it
    Verify(Verify),
    /// Write the proof that an entry is in the signed record (C2SP tlog-proof)
    Prove {
        /// The entry's number
        entry: u64,
        /// The file to write; standard output otherwise
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print the key that checks the record
    Key,
    /// Have a witness sign each head of the record
    Witness {
        /// Where the witness is reached
        #[arg(long)]
        url: String,
        /// Its key, name+id+key, or a file that holds it
        #[arg(long, value_name = "KEY")]
        vkey: String,
    },
}

/// `waxwing record verify`.
#[derive(Args)]
pub struct Verify {
    /// The directory that `record export` wrote, or a proof
    pub path: PathBuf,
    /// The log's key, name+id+key, or a file that holds it
    #[arg(long)]
    pub key: Option<String>,
    /// The key of a witness that must have signed; may be given more than once
    #[arg(long, value_name = "KEY")]
    pub witness: Vec<String>,
    /// A checkpoint that was kept elsewhere: downloaded, mailed, or a witness's
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Be content with files that leave out who was named
    #[arg(long)]
    pub without_people: bool,
}

/// `waxwing witness …`.
#[derive(Subcommand)]
pub enum Witness {
    /// Make a witness's key and print its public half
    Init {
        /// Its name, like witness.example.org/1
        #[arg(long)]
        name: String,
        /// The file to write; it must not exist
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Answer logs that ask for a signature (C2SP tlog-witness)
    Serve(WitnessServe),
}

/// `waxwing witness serve`.
#[derive(Args)]
pub struct WitnessServe {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// The witness's key file
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Where it keeps what it saw
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// The key of a log it signs for, name+id+key, or a file with one a line; may be given more than once
    #[arg(long, value_name = "KEY", required = true)]
    pub log: Vec<String>,
}

/// `waxwing backup`.
#[derive(Args)]
pub struct Backup {
    /// Where: PATH.data and PATH.keys are written; neither may exist
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Only PATH.keys: often, for it carries the newest erasures, suppressions and withdrawals
    #[arg(long)]
    pub keys_only: bool,
    /// Put the root key into PATH.keys too: whoever has both files then has everything
    #[arg(long)]
    pub include_root: bool,
}

/// `waxwing restore`.
#[derive(Args)]
pub struct Restore {
    /// Where: PATH.data and PATH.keys
    #[arg(long, value_name = "PATH")]
    pub from: PathBuf,
    /// A newer key archive in place of PATH.keys
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// `waxwing demo`.
#[derive(Args)]
pub struct Demo {
    /// Do the whole journey without a person, print what happened, and end
    #[arg(long)]
    pub once: bool,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_declared_without_contradiction() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_forms_that_scripts_rely_on_are_understood() {
        for line in [
            "init --data D --owner a@example.org",
            "init --data D --owner a@example.org --organisation Org --postal Street",
            "serve --data D --listen 127.0.0.1:8080 --database postgres://h/d",
            "serve --data D --public-url https://a.example --content-url https://b.example",
            "import F --data D --list L --consent C --dry-run",
            "import F --data D --list L --consent C --rejects R --json",
            "relay add N --data D --url smtp://h:25",
            "domain add example.org --data D --json",
            "campaign send F.toml --data D --wait --timeout 60",
            "campaign report 0123456789abc --data D",
            "export --list L --purpose P --data D --out F",
            "api-key create N --data D --scope read,send",
            "api-key create N --data D --scope read,export --list L --list M",
            "webhook add N --data D --url https://h/p --kind unsubscribed,failed --list L --grant personal",
            "webhook list --data D --json",
            "webhook ping N --data D",
            "webhook remove N --data D",
            "keys rotate --data D",
            "backup --data D --out P",
            "backup --data D --out P --keys-only --include-root --json",
            "restore --data D --from P --keys F --database postgres://h/d",
            "record export DIR --data D --without-people",
            "record verify DIR --key a+b+c --witness d+e+f --witness g+h+i --against FILE --json",
            "record verify FILE --without-people",
            "incident evidence 0123456789abc F.tar --data D --json",
            "incident run 0123456789abc --task 0123456789abd --data D",
            "duties draft 0123456789abc authority --data D",
            "duties country land --data D",
            "record prove 7 --out FILE --data D",
            "record key --data D",
            "record witness --url https://w.example --vkey a+b+c --data D",
            "witness init --name w.example --key FILE",
            "witness serve --listen 127.0.0.1:8090 --key FILE --state DIR --log a+b+c --log FILE",
            "workspace create Birch --owner a@example.org --word birch --data D --json",
            "workspace list --data D",
            "export --list L --purpose P --data D --out F --workspace birch",
            "doctor --data D",
            "demo",
            "demo --once",
            "config",
        ] {
            let words = std::iter::once("waxwing").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
