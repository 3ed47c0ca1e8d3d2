//! Who signs in and by what, what needs a second person, and what providers report of people.

use clap::{Args, Subcommand};
use std::path::PathBuf;

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

/// `waxwing outcomes`.
#[derive(Args)]
pub struct Outcomes {
    /// CSV with a line of names, or one JSON object a line: kind, class, message_id, email, campaign, at, diagnostic
    pub file: PathBuf,
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
