//! Kinds of data, as the rules tell them apart.

use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// ENISA's four kinds of data, least to most harmful (ENISA 2013, section 3.1).
    pub enum EnisaCategory {
        /// Names, contact data, education, family life.
        Simple = "simple", "simple data";
        /// Habits, preferences, traffic, location.
        Behavioural = "behavioural", "behavioural data";
        /// Income, accounts, cards, transactions.
        Financial = "financial", "financial data";
        /// Health, belief, politics, sexual life.
        Sensitive = "sensitive", "sensitive data";
    }
}

words! {
    /// A kind of data that at least one rule treats differently from the others. The label is what people are told.
    pub enum DataKind {
        /// First and last name, or initial and last name.
        Name = "name", "name";
        /// An email address.
        EmailAddress = "email-address", "email address";
        /// A phone number.
        PhoneNumber = "phone-number", "phone number";
        /// A postal address.
        PostalAddress = "postal-address", "postal address";
        /// A date of birth.
        DateOfBirth = "date-of-birth", "date of birth";
        /// Which lists somebody is on, and since when.
        Subscriptions = "subscriptions", "newsletter subscriptions";
        /// Opens, clicks, replies.
        Engagement = "engagement", "which of our emails you opened or clicked";
        /// What somebody prefers or is interested in.
        Preferences = "preferences", "preferences and interests";
        /// What somebody bought.
        Purchases = "purchases", "purchases";
        /// Where somebody was.
        Location = "location", "location";
        /// The text of messages.
        Messages = "messages", "content of messages";
        /// A password, readable or as a hash that can be guessed.
        Password = "password", "password";
        /// A question and answer that open an account.
        SecurityAnswer = "security-answer", "security question and answer";
        /// A social security number or another tax number.
        SocialSecurity = "social-security", "social security number";
        /// A number of a driver's licence, passport or identity card.
        IdentityDocument = "identity-document", "number of an identity document";
        /// An account or card number together with what opens it.
        AccountAccess = "account-access", "account or card number with its access code";
        /// An account or card number alone, income, invoices.
        Finances = "finances", "financial details";
        /// Health, treatment, diagnosis.
        Health = "health", "health information";
        /// A number or details of a health insurance.
        HealthInsurance = "health-insurance", "health insurance details";
        /// Measurements of the body that identify.
        Biometric = "biometric", "biometric data";
        /// Genetic data.
        Genetic = "genetic", "genetic data";
        /// Origin, belief, politics, union, sexual life or orientation.
        SpecialCategory = "special-category", "origin, belief, politics or sexual life";
        /// Convictions and offences.
        Criminal = "criminal", "criminal record";
        /// Records of a number-plate reader.
        NumberPlates = "number-plates", "number plates read by a camera";
        /// Anything else about a person.
        Other = "other", "other data";
    }
}

impl DataKind {
    /// ENISA's category, the examples of its annex followed. Credentials count as what they open: simple data
    /// unless a person says otherwise.
    pub const fn enisa(self) -> EnisaCategory {
        use EnisaCategory as E;
        match self {
            Self::Engagement | Self::Preferences | Self::Purchases | Self::Location | Self::Messages => E::Behavioural,
            Self::NumberPlates => E::Behavioural,
            Self::AccountAccess | Self::Finances => E::Financial,
            Self::Health | Self::HealthInsurance | Self::Biometric | Self::Genetic => E::Sensitive,
            Self::SpecialCategory | Self::Criminal => E::Sensitive,
            _ => E::Simple,
        }
    }

    /// Whether GDPR Art. 9(1) or 10 names it.
    pub const fn special(self) -> bool {
        matches!(self, Self::Health | Self::Biometric | Self::Genetic | Self::SpecialCategory | Self::Criminal)
    }

    /// Whether it opens an account.
    pub const fn credential(self) -> bool {
        matches!(self, Self::Password | Self::SecurityAnswer)
    }
}

words! {
    /// Whether whoever got the data could read it. Encryption is an input to the law (GDPR Art. 34(3)(a); California
    /// Civil Code 1798.82(a)), and only while its key was out of reach.
    pub enum Readable {
        /// It lay in clear, or its key was taken too.
        Yes = "yes", "readable";
        /// Sealed, and the key was out of reach.
        No = "no", "unreadable: sealed, key untouched";
        /// Nobody knows yet; treated as readable.
        Unknown = "unknown", "not known yet";
    }
}

/// One kind of data among what is affected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataItem {
    /// What it is to the rules.
    pub kind: DataKind,
    /// What the organisation calls it; the label of its kind when empty.
    #[serde(default)]
    pub label: String,
    /// Whether it could be read.
    pub readable: Readable,
    /// ENISA's category where a person changed it.
    #[serde(default)]
    pub enisa: Option<EnisaCategory>,
}

impl DataItem {
    /// A kind of data under its usual name and category.
    pub fn new(kind: DataKind, readable: Readable) -> Self {
        Self { kind, label: String::new(), readable, enisa: None }
    }
    /// Its name for people.
    pub fn name(&self) -> &str {
        if self.label.is_empty() { self.kind.label() } else { &self.label }
    }
    /// Its category.
    pub fn category(&self) -> EnisaCategory {
        self.enisa.unwrap_or_else(|| self.kind.enisa())
    }
}
