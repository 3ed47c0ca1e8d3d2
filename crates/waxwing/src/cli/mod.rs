//! The command line, declared. What each command does is in `commands/`.

mod blast;
mod breach;
mod case;
mod case_parts;
mod fields;
mod mail;
mod people;
mod record;
mod telling;

pub use blast::{Blast, KeptAnswer};
pub use breach::{Alerts, Hold, Lockdown};
pub use case::Incident;
pub use case_parts::{
    CaseAsset, CaseContact, CaseFileCommand, CaseFinding, CaseIndicator, CaseMember, CaseTask, CaseUpdate,
};
pub use fields::{Fields, FieldsAdd, FieldsSet};
pub use mail::{ApiKey, Campaign, Canaries, Domain, Relay, Webhook};
pub use people::{Account, Approvals, Outcomes, Sso, SsoSet, Threshold};
pub use record::{Backup, Keys, Record, Restore, Verify, Witness, WitnessServe};
pub use telling::{Duties, Notice, Status, Support, Trust};

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
    /// What may be known of people: the registry of fields
    #[command(subcommand)]
    Fields(Fields),
    /// Send campaigns and read their reports
    #[command(subcommand)]
    Campaign(Campaign),
    /// Bring in what mailbox providers reported afterwards: bounces and complaints
    Outcomes(Outcomes),
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
    #[command(subcommand, visible_alias = "case")]
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
    /// Messages that people write on the public page of a case
    #[command(subcommand)]
    Support(Support),
    /// The page on which this installation says what it can prove of itself
    #[command(subcommand)]
    Trust(Trust),
    /// Print what each role may do and which fields it sees in clear
    Roles,
    /// Stop everything, or one thing, when the web cannot be trusted; or release it
    Lockdown(Lockdown),
    /// What the detectors found, whether they were right, and what follows from them
    #[command(subcommand)]
    Alerts(Alerts),
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
    fn what_would_do_nothing_or_two_things_is_refused() {
        for line in
            ["blast", "blast --actor host", "blast list --actor host", "blast file 7 --out F", "fields set shoe_size"]
        {
            let words = std::iter::once("waxwing").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_err(), "{line}");
        }
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
            "keys reseal --data D --workspace birch --wait",
            "backup --data D --out P",
            "backup --data D --out P --keys-only --include-root --json",
            "restore --data D --from P --keys F --database postgres://h/d",
            "record export DIR --data D --without-people",
            "record verify DIR --key a+b+c --witness d+e+f --witness g+h+i --against FILE --json",
            "record verify FILE --without-people",
            "incident evidence 0123456789abc F.tar --data D --json",
            "incident run 0123456789abc --task 0123456789abd --data D",
            "case member put 0123456789abc a@example.org --as legal --data D",
            "case task add 0123456789abc T --role legal --csf RS.CO",
            "case finding end 0123456789abc 0123456789abd held P --json",
            "case cause 0123456789abc phishing T",
            "case teach 0123456789abc",
            "notice words 0123456789abc 0123456789abd --from F --possible true",
            "status update 0123456789abc T X --language de --let-stand readable",
            "support answer 0123456789abc 0123456789abd T",
            "trust publish record sealed --data D",
            "duties draft 0123456789abc authority --data D",
            "duties country land --data D",
            "blast --actor key:0000000000001 --from 2026-12-01 --to 2026-12-02 --freeze --alone --numbers --json",
            "blast list --data D",
            "blast show 7 --data D --json",
            "blast people 7 --sure possible --after 4 --data D",
            "blast why 7 4 --data D",
            "blast file 7 --out F --purpose P --format ndjson --addresses --data D",
            "fields list --data D",
            "fields add shoe_size --label L --form number --class personal --purpose P --days 90 --data D",
            "fields set shoe_size --kind-of-data preferences --without-end --data D",
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
