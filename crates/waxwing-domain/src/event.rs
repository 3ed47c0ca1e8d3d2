//! One vocabulary for what can happen to a message or to a person's data.

/// Defines an enum whose variants have one stable name in database, API and record.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[doc = $about:literal])+ $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[doc = $about])+ #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The stable word.
            pub const fn as_str(self) -> &'static str { match self { $($name::$variant => $text),+ } }
            /// What it means, for people to read: what documents it here.
            pub const fn about(self) -> &'static str {
                match self { $($name::$variant => concat!($($about),+).trim_ascii()),+ }
            }
            /// Reads the stable word.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some($name::$variant),)+ _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}

pub(crate) use words;

words! {
    /// What happened to a message or a membership. Rows of `events`.
    EventKind {
        /// A relay took responsibility for the message. Not: delivered.
        Accepted = "accepted",
        /// Refused for now; will be tried again.
        Deferred = "deferred",
        /// Refused for good.
        Failed = "failed",
        /// Sent, and the answer was lost.
        Unknown = "unknown",
        /// Not sent, for a stated reason.
        Skipped = "skipped",
        /// Taken by a relay, and reported as undeliverable afterwards.
        Bounced = "bounced",
        /// The person reported the message as spam.
        Complained = "complained",
        /// The person unsubscribed.
        Unsubscribed = "unsubscribed",
        /// The person asked to subscribe.
        SignupRequested = "signup.requested",
        /// The person confirmed.
        SignupConfirmed = "signup.confirmed",
        /// Somebody added the person, with attested consent.
        Subscribed = "subscribed",
        /// Somebody removed the person from a list.
        Removed = "removed",
        /// The address was suppressed.
        Suppressed = "suppressed",
        /// The person's data was changed.
        Changed = "changed",
        /// The message was viewed in a browser.
        Viewed = "viewed",
        /// A detector found something. Of nobody: its id is that of the alert, its reason the detector's word.
        AlertRaised = "alert.raised",
    }
}

words! {
    /// Why a recipient of an audience was not sent to.
    SkipReason {
        /// Suppressed: bounced for good, complained, erased, or put there by hand.
        Suppressed = "suppressed",
        /// Unsubscribed from the list or altogether.
        Unsubscribed = "unsubscribed",
        /// Never confirmed the opt-in.
        Unconfirmed = "unconfirmed",
        /// A field the message needs is missing.
        MissingField = "missing_field",
        /// The message could not be made for this person.
        Render = "render",
        /// The person was deleted or erased.
        Erased = "erased",
        /// The campaign was cancelled.
        Cancelled = "cancelled",
        /// A row that failed its integrity check.
        Damaged = "damaged",
        /// The message could not be delivered within the time its source allows.
        Expired = "expired",
    }
}

words! {
    /// How personal a field is; decides where it is stored and who sees it.
    DataClass {
        /// May be shown to anybody.
        Public = "public",
        /// For the team; not personal on its own. Stored in clear, can be searched.
        Internal = "internal",
        /// Says something about a person. Sealed.
        Personal = "personal",
        /// Health, beliefs and the like (GDPR Art. 9). Sealed.
        Sensitive = "sensitive",
    }
}

impl DataClass {
    /// Whether values of this class are sealed at rest.
    pub const fn sealed(self) -> bool {
        matches!(self, DataClass::Personal | DataClass::Sensitive)
    }
}

words! {
    /// On what ground a field is processed (GDPR Art. 6(1)).
    LegalBasis {
        /// Art. 6(1)(a).
        Consent = "consent",
        /// Art. 6(1)(b).
        Contract = "contract",
        /// Art. 6(1)(c).
        LegalObligation = "legal_obligation",
        /// Art. 6(1)(f).
        LegitimateInterest = "legitimate_interest",
    }
}

words! {
    /// What the access record says was done.
    Operation {
        /// Personal data was shown or handed out.
        Read = "read",
        /// An exact search by address or phone; also recorded when nothing was found.
        Search = "search",
        /// Personal data left in a file.
        Export = "export",
        /// Personal data was used to send a message.
        Send = "send",
        /// A preview or test was made with a person's data.
        Preview = "preview",
        /// Something was created.
        Create = "create",
        /// Something was changed.
        Change = "change",
        /// Something was deleted.
        Delete = "delete",
        /// A person was erased.
        Erase = "erase",
        /// A file brought people in.
        Import = "import",
        /// Somebody signed in, out, or failed to.
        Login = "login",
        /// A key, secret or right was made, changed or ended.
        Key = "key",
        /// A backup, restore or other act of the operator.
        Operate = "operate",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_their_text_form() {
        for &kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(EventKind::parse("delivered"), None, "we never know that");
    }
}
