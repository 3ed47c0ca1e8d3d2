//! The words of a case: what stands in its columns, in the API, and what people read for it.

/// Defines a set of words once: each variant, its stable word, and what people read.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])+ $variant:ident = $word:literal, $said:literal;)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum $name { $($(#[$doc])+ $variant),+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The stable word.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// What people read.
            pub const fn said(self) -> &'static str { match self { $(Self::$variant => $said),+ } }
            /// Reads the stable word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}

pub(super) use words;

words! {
    /// Where a case stands.
    Status {
        /// Something may have happened.
        Suspicion = "suspicion", "Suspicion";
        /// It happened: a named person said since when they know.
        Confirmed = "confirmed", "Confirmed";
        /// It goes on no more.
        Contained = "contained", "Contained";
        /// All was done.
        Closed = "closed", "Closed";
        /// It was no breach.
        Dismissed = "dismissed", "Dismissed";
    }
}

impl Status {
    /// The colour of its badge.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Suspicion => "attention",
            Self::Confirmed => "danger",
            Self::Contained => "note",
            Self::Closed => "good",
            Self::Dismissed => "",
        }
    }
    /// Whether somebody still works on it.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Dismissed)
    }
}

words! {
    /// How bad it is, as people say it; the computed severity stands with the duties.
    Severity {
        /// Nobody said.
        Unknown = "unknown", "Not known yet";
        /// A nuisance.
        Low = "low", "Low";
        /// Significant inconvenience.
        Medium = "medium", "Medium";
        /// Serious consequences.
        High = "high", "High";
        /// Irreversible consequences.
        VeryHigh = "very_high", "Very high";
    }
}

words! {
    /// How a case ended.
    Outcome {
        /// A breach, and people may be harmed.
        Harm = "harm", "A breach with consequences";
        /// A breach, and nothing came of it.
        NoHarm = "no_harm", "A breach without consequences";
        /// It was meant to be so.
        Legitimate = "legitimate", "Meant to be so";
        /// Nothing had happened.
        FalseAlarm = "false_alarm", "A false alarm";
    }
}

impl Outcome {
    /// Whether there was a breach; a case that was none is dismissed, not closed.
    pub const fn is_breach(self) -> bool {
        matches!(self, Self::Harm | Self::NoHarm)
    }
}

words! {
    /// What somebody is in a case.
    CaseRole {
        /// Decides.
        Lead = "lead", "Lead";
        /// Keeps the timeline.
        Scribe = "scribe", "Scribe";
        /// Looks and mends.
        Technical = "technical", "Technical";
        /// Judges duties and drafts.
        Legal = "legal", "Legal";
        /// Speaks to people outside.
        Comms = "comms", "Communication";
        /// Reads along, changes nothing.
        Observer = "observer", "Observer";
    }
}

words! {
    /// How it came about.
    CauseKind {
        /// Somebody was deceived.
        Phishing = "phishing", "Phishing";
        /// A password that can be guessed.
        WeakPassword = "weak_password", "A weak password";
        /// A password that leaked elsewhere.
        ReusedPassword = "reused_password", "A password used elsewhere";
        /// A mistake in a program.
        Vulnerability = "vulnerability", "A vulnerability";
        /// Something was set wrongly.
        Misconfiguration = "misconfiguration", "A wrong setting";
        /// Somebody inside.
        Insider = "insider", "Somebody inside";
        /// A device or medium went missing.
        LostDevice = "lost_device", "A lost device";
        /// It happened at a supplier.
        ThirdParty = "third_party", "A supplier";
        /// Nobody meant harm: a wrong list, a wrong file.
        Mistake = "mistake", "A mistake";
        /// Not known.
        Unknown = "unknown", "Not known";
    }
}

words! {
    /// What a line of the timeline is about: the tactics of MITRE ATT&CK, and what defenders do.
    Category {
        /// How they came in.
        InitialAccess = "initial_access", "Initial access";
        /// What they ran.
        Execution = "execution", "Execution";
        /// How they stayed.
        Persistence = "persistence", "Persistence";
        /// How they got more rights.
        PrivilegeEscalation = "privilege_escalation", "Privilege escalation";
        /// How they hid.
        DefenceEvasion = "defence_evasion", "Defence evasion";
        /// How they got credentials.
        CredentialAccess = "credential_access", "Credential access";
        /// What they looked around for.
        Discovery = "discovery", "Discovery";
        /// Where they went next.
        LateralMovement = "lateral_movement", "Lateral movement";
        /// What they gathered.
        Collection = "collection", "Collection";
        /// What they took out.
        Exfiltration = "exfiltration", "Exfiltration";
        /// What they broke or sent.
        Impact = "impact", "Impact";
        /// How it was noticed.
        Detection = "detection", "Detection";
        /// What was done about it.
        Response = "response", "Response";
        /// Who was told.
        Communication = "communication", "Communication";
        /// What was decided, and why.
        Decision = "decision", "Decision";
        /// Looked bad and was not.
        Legitimate = "legitimate", "Legitimate";
        /// Anything else.
        Note = "note", "Note";
    }
}

words! {
    /// What a case touches.
    AssetKind {
        /// Somebody who signs in.
        Person = "person", "Person who signs in";
        /// A session.
        Session = "session", "Session";
        /// An API key.
        Key = "key", "API key";
        /// A webhook.
        Webhook = "webhook", "Webhook";
        /// A relay and its credential.
        Relay = "relay", "Relay";
        /// A sending domain and its key.
        Domain = "domain", "Sending domain";
        /// A list of subscribers.
        List = "list", "List";
        /// A campaign.
        Campaign = "campaign", "Campaign";
        /// An exported file.
        Export = "export", "Export";
        /// A machine, a disk, a backup.
        Host = "host", "Machine or backup";
    }
}

words! {
    /// Whether something was taken over.
    Compromise {
        /// Nobody looked yet.
        Tbd = "tbd", "To be looked at";
        /// It was.
        Yes = "yes", "Compromised";
        /// It was not.
        No = "no", "Not compromised";
        /// It cannot be known.
        Unknown = "unknown", "Cannot be known";
    }
}

impl Compromise {
    /// The colour of its badge.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Yes => "danger",
            Self::No => "good",
            Self::Tbd | Self::Unknown => "attention",
        }
    }
}

words! {
    /// What an indicator is.
    IndicatorKind {
        /// An IPv4 or IPv6 address.
        Address = "address", "Network address";
        /// A host name.
        Domain = "domain", "Domain name";
        /// An address of the web.
        Url = "url", "Web address";
        /// A mail address.
        Email = "email", "Mail address";
        /// A SHA-256 of a file.
        Sha256 = "sha256", "SHA-256 of a file";
        /// What a program calls itself.
        UserAgent = "user_agent", "User agent";
    }
}

words! {
    /// Who may be told of an indicator: the Traffic Light Protocol (FIRST TLP 2.0).
    Tlp {
        /// Everybody.
        Clear = "clear", "TLP:CLEAR";
        /// The community.
        Green = "green", "TLP:GREEN";
        /// Their organisation, where they must know.
        Amber = "amber", "TLP:AMBER";
        /// Nobody but who was told.
        Red = "red", "TLP:RED";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_is_written() {
        assert!(Status::ALL.iter().all(|one| Status::parse(one.as_str()) == Some(*one)));
        assert!(Category::ALL.iter().all(|one| Category::parse(one.as_str()) == Some(*one)));
        assert!(AssetKind::ALL.iter().all(|one| AssetKind::parse(one.as_str()) == Some(*one)));
        assert_eq!((Status::parse("Suspicion"), Tlp::parse("white"), Outcome::parse("")), (None, None, None));
    }
}
