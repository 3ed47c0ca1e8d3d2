//! The built-in roles.

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $title:literal, $about:literal);+ $(;)?) => {
        /// A built-in role; what it grants is in the matrix.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum Role { $($(#[$doc])* $name),+ }

        impl Role {
            /// Every role, the most powerful first.
            pub const ALL: &'static [Role] = &[$(Role::$name),+];
            /// The word that is stored and typed.
            pub const fn name(self) -> &'static str { match self { $(Role::$name => $word),+ } }
            /// The name that people read.
            pub const fn title(self) -> &'static str { match self { $(Role::$name => $title),+ } }
            /// What it is for, in a sentence.
            pub const fn about(self) -> &'static str { match self { $(Role::$name => $about),+ } }
        }
    };
}

roles! {
    /// Everything.
    Owner = "owner", "Owner", "Does everything, and decides who else may.";
    /// Record and incidents, no data.
    SecurityOfficer = "security_officer", "Security officer",
        "Reads the record and who may do what; sees no subscriber.";
    /// People's own requests.
    PrivacyOfficer = "privacy_officer", "Privacy officer",
        "Answers people’s requests: sees, exports and erases their data.";
    /// Campaigns, masked people.
    Marketer = "marketer", "Marketer", "Builds lists and campaigns and sends them; sees people masked.";
    /// Content only.
    Editor = "editor", "Editor", "Writes campaigns and templates; sends nothing and sees nobody.";
    /// The second pair of eyes.
    Approver = "approver", "Approver", "Reads campaigns and says yes or no to what needs a second person; changes nothing.";
    /// Counts only.
    Analyst = "analyst", "Analyst", "Reads reports and campaigns; sees nobody.";
    /// Technical set-up.
    Integrator = "integrator", "Integrator", "Sets up relays, domains, webhooks and keys; sees no data.";
    /// Helps in an incident for a while.
    GuestResponder = "guest_responder", "Guest responder", "Reads the record until a day that is set.";
    /// Evidence, read-only.
    Auditor = "auditor", "Auditor", "Reads the record and the settings; changes nothing.";
}

impl Role {
    /// Reads [`Role::name`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == word)
    }

    /// Whether it ends by itself and must be given an end.
    pub const fn is_time_boxed(self) -> bool {
        matches!(self, Role::GuestResponder)
    }
}
