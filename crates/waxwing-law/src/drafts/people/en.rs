//! The message to people in English.

use super::Wording;
use crate::facts::DataKind;

pub(super) const WORDING: Wording = Wording {
    title: "{date}: {organisation} informs you about a data breach",
    headings: [
        "What happened",
        "Which of your data",
        "What this may mean for you",
        "What we have done",
        "What you can do",
        "Whom you can ask",
    ],
    noticed: "We noticed it on {date}.",
    certain: "Somebody who must not have them got hold of these data of yours:",
    possible: "We cannot rule out that somebody got hold of these data of yours:",
    change_password: "Change your password with us now. Change it everywhere else where you use the same one.",
    beware: "Be careful with messages and calls that use our name. We will never ask you for a password.",
    watch_accounts: "Check your bank and card statements. Tell your bank at once about anything you do not know.",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    date: "{day} {month} {year}",
    data,
    gaps: [
        "what happened, in plain words",
        "which data of this person could be read",
        "what this may mean for the person",
        "what you have done",
        "who answers, and how to reach them",
    ],
};

const fn data(kind: DataKind) -> &'static str {
    match kind {
        DataKind::Name => "your name",
        DataKind::EmailAddress => "your email address",
        DataKind::PhoneNumber => "your phone number",
        DataKind::PostalAddress => "your postal address",
        DataKind::DateOfBirth => "your date of birth",
        DataKind::Subscriptions => "which of our newsletters you receive",
        DataKind::Engagement => "which of our emails you opened or clicked",
        DataKind::Preferences => "your preferences and interests",
        DataKind::Purchases => "what you bought from us",
        DataKind::Location => "where you were",
        DataKind::Messages => "the content of messages",
        DataKind::Password => "your password",
        DataKind::SecurityAnswer => "your security question and its answer",
        DataKind::SocialSecurity => "your social security number",
        DataKind::IdentityDocument => "the number of an identity document",
        DataKind::AccountAccess => "your account or card number with its access code",
        DataKind::Finances => "financial details",
        DataKind::Health => "health information",
        DataKind::HealthInsurance => "details of your health insurance",
        DataKind::Biometric => "biometric data",
        DataKind::Genetic => "genetic data",
        DataKind::SpecialCategory => "details of your origin, belief, politics or sexual life",
        DataKind::Criminal => "details of a criminal record",
        DataKind::NumberPlates => "your number plate as a camera read it",
        DataKind::Other => "other data that you gave us",
    }
}
