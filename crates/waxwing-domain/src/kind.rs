//! What a field is to the person it is about: the words by which law weighs a breach of it.
//!
//! Promise: the same words as the rules of `waxwing-law` have, one for one; a test of the breach centre holds that.
//! Limit: a class says how a value is kept, a kind what it tells; neither follows from the other.

use crate::event::words;

words! {
    /// A kind of data that at least one rule treats differently from the others.
    KindOfData {
        /// First and last name, or a part of one.
        Name = "name",
        /// An email address.
        EmailAddress = "email-address",
        /// A phone number.
        PhoneNumber = "phone-number",
        /// A postal address, or a part of one.
        PostalAddress = "postal-address",
        /// A date of birth.
        DateOfBirth = "date-of-birth",
        /// Which lists somebody is on, and since when.
        Subscriptions = "subscriptions",
        /// Opens, clicks, replies.
        Engagement = "engagement",
        /// What somebody prefers or is interested in.
        Preferences = "preferences",
        /// What somebody bought.
        Purchases = "purchases",
        /// Where somebody was.
        Location = "location",
        /// The text of messages.
        Messages = "messages",
        /// A password, readable or as a hash that can be guessed.
        Password = "password",
        /// A question and answer that open an account.
        SecurityAnswer = "security-answer",
        /// A social security number or another tax number.
        SocialSecurity = "social-security",
        /// The number of a driver’s licence, passport or identity card.
        IdentityDocument = "identity-document",
        /// An account or card number together with what opens it.
        AccountAccess = "account-access",
        /// An account or card number alone, income, invoices.
        Finances = "finances",
        /// Health, treatment, diagnosis.
        Health = "health",
        /// The number or details of a health insurance.
        HealthInsurance = "health-insurance",
        /// Measurements of the body that identify.
        Biometric = "biometric",
        /// Genetic data.
        Genetic = "genetic",
        /// Origin, belief, politics, union, sexual life or orientation.
        SpecialCategory = "special-category",
        /// Convictions and offences.
        Criminal = "criminal",
        /// Records of a number-plate reader.
        NumberPlates = "number-plates",
        /// Anything else about a person.
        Other = "other",
    }
}

impl KindOfData {
    /// Whether a field classed sensitive may be of this kind without anybody having said so: what is graver than a
    /// name or a habit on its own.
    pub const fn grave(self) -> bool {
        match self {
            Self::DateOfBirth | Self::Password | Self::SecurityAnswer | Self::SocialSecurity => true,
            Self::IdentityDocument | Self::AccountAccess | Self::Finances | Self::Health => true,
            Self::HealthInsurance | Self::Biometric | Self::Genetic | Self::SpecialCategory | Self::Criminal => true,
            Self::Name | Self::EmailAddress | Self::PhoneNumber | Self::PostalAddress | Self::Subscriptions => false,
            Self::Engagement | Self::Preferences | Self::Purchases | Self::Location | Self::Messages => false,
            Self::NumberPlates | Self::Other => false,
        }
    }
}
