//! The registry of fields: what may be known of people.

use clap::{Args, Subcommand};

/// `waxwing fields …`.
#[derive(Subcommand)]
pub enum Fields {
    /// List the fields in use, with class, ground, retention and what each is to people
    List,
    /// Define a field. Its key, form and class are for ever
    Add(Box<FieldsAdd>),
    /// Change the words, ground, retention or kind of data of a field; what is not named stays as it is
    Set(Box<FieldsSet>),
    /// Take a field out of use; its key is never used again
    Retire {
        /// Its key
        key: String,
    },
    /// Give the workspace the field that says where people live, if it has none
    Country,
}

/// `waxwing fields add`.
#[derive(Args)]
pub struct FieldsAdd {
    /// Its name in templates, files and the API: small letters, digits and underscores
    pub key: String,
    /// Its name for people
    #[arg(long, value_name = "TEXT")]
    pub label: String,
    /// The form of its values: text, number, date, flag, email, phone, country
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub form: String,
    /// public, internal, personal or sensitive; the last two are sealed
    #[arg(long, value_name = "CLASS")]
    pub class: String,
    /// Why it is kept
    #[arg(long, value_name = "TEXT")]
    pub purpose: String,
    /// consent, contract, legal_obligation or legitimate_interest
    #[arg(long, value_name = "GROUND", default_value = "consent")]
    pub basis: String,
    /// For how many days after the last change; without end unless given
    #[arg(long, value_name = "DAYS")]
    pub days: Option<i64>,
    /// What it is to people: name, health, finances, …; guessed unless given
    #[arg(long, value_name = "WORD")]
    pub kind_of_data: Option<String>,
}

/// `waxwing fields set`.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub struct FieldsSet {
    /// Its key
    pub key: String,
    /// Its name for people
    #[arg(long, value_name = "TEXT", group = "what")]
    pub label: Option<String>,
    /// Why it is kept
    #[arg(long, value_name = "TEXT", group = "what")]
    pub purpose: Option<String>,
    /// consent, contract, legal_obligation or legitimate_interest
    #[arg(long, value_name = "GROUND", group = "what")]
    pub basis: Option<String>,
    /// For how many days after the last change
    #[arg(long, value_name = "DAYS", group = "what")]
    pub days: Option<i64>,
    /// Keep it without end
    #[arg(long, group = "what", conflicts_with = "days")]
    pub without_end: bool,
    /// What it is to people: name, health, finances, …
    #[arg(long, value_name = "WORD", group = "what")]
    pub kind_of_data: Option<String>,
}
