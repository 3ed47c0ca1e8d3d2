//! Why an answer of the identity provider lets nobody in: a word for the record, a sentence for the person.

use waxwing_oidc::{ProviderError, TokenError};

/// Why somebody was not let in, linked or believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// No sign-in that waits: used before, too old, or never begun here.
    State,
    /// Begun in another browser.
    Browser,
    /// The provider is off, or another one than when this was begun.
    Changed,
    /// The provider itself says no.
    Provider,
    /// The answer is of another provider (RFC 9207).
    Issuer,
    /// The provider cannot be reached, or answers with something else.
    Unreachable,
    /// What it says of itself cannot be taken.
    Description(ProviderError),
    /// Its keys cannot be read.
    Keys,
    /// It did not take the code.
    Code,
    /// Its token cannot be taken.
    Token(TokenError),
    /// The address is not vouched for, or not of a domain that is let in.
    Address,
    /// They have no account here, and newcomers are not let in.
    Stranger,
    /// An account here has this address already, and only its owner can link it.
    Taken,
    /// None of their groups has a role here.
    Groups,
    /// The account was removed here, or is contained.
    Closed,
    /// The workspace is contained: nobody new comes in.
    Contained,
    /// The session that this was begun in is over.
    Session,
    /// Another person at the provider than the one of this account, or another account of theirs.
    OtherPerson,
    /// They did not sign in there anew.
    Stale,
    /// One thing proved there is less than this account asks for.
    Weak,
}

impl Refusal {
    /// The stable word, for the record and for whoever helps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Browser => "browser",
            Self::Changed => "changed",
            Self::Provider => "provider",
            Self::Issuer => "issuer",
            Self::Unreachable => "unreachable",
            Self::Description(_) => "description",
            Self::Keys => "keys",
            Self::Code => "code",
            Self::Token(error) => error.as_str(),
            Self::Address => "address",
            Self::Stranger => "stranger",
            Self::Taken => "taken",
            Self::Groups => "groups",
            Self::Closed => "closed",
            Self::Contained => "contained",
            Self::Session => "session",
            Self::OtherPerson => "other_person",
            Self::Stale => "stale",
            Self::Weak => "weak",
        }
    }

    /// What the person reads.
    pub const fn words(self) -> &'static str {
        match self {
            Self::State => "This sign-in was used already, took longer than ten minutes, or did not begin here.",
            Self::Browser => "This sign-in began in another browser. Begin it in this one.",
            Self::Changed => "Signing in this way was changed or turned off meanwhile.",
            Self::Provider => "Your identity provider did not sign you in.",
            Self::Unreachable => "Your identity provider does not answer as it should. Try again in a few minutes.",
            Self::Issuer | Self::Description(_) | Self::Keys | Self::Code | Self::Token(_) => {
                "What your identity provider answered cannot be trusted, so nothing was done with it."
            }
            Self::Address => {
                "Your identity provider does not vouch for an email address that may sign in here. Ask who looks \
                 after it."
            }
            Self::Stranger => {
                "You have no account here yet. Ask for an invitation; once you are in, link your account under “Your \
                 account”."
            }
            Self::Taken => {
                "There is an account with your address already. Sign in to it with its password or passkey, then link \
                 it under “Your account”."
            }
            Self::Groups => "None of your groups has a role here. Ask who looks after the people of this workspace.",
            Self::Closed => "This account is closed for now. Ask an owner of the workspace.",
            Self::Contained => "The workspace is contained, so nobody new can come in. Ask an owner.",
            Self::Session => "The session that this began in is over. Sign in again.",
            Self::OtherPerson => "You signed in there as somebody else than whom this account belongs to.",
            Self::Stale => "Your identity provider did not ask you to sign in anew. Prove yourself in another way.",
            Self::Weak => "This account has a second factor here. Prove yourself with it, or with a passkey.",
        }
    }
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Self::Description(error)
    }
}
