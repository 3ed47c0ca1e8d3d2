//! Sending: relays, domains, made-up people, campaigns, and what other systems may ask and are told.

use clap::Subcommand;
use std::path::PathBuf;

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
