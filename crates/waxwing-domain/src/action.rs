//! What can be done, by name. Every use case names one; a role or a key is a set of them.

/// Defines the actions once and derives the list, the names and the words: what documents an action
/// here is what people read in the interface.
macro_rules! actions {
    ($($(#[doc = $about:literal])+ $name:ident = $text:literal : $scope:ident),+ $(,)?) => {
        /// A thing that a person, a key or the system may be allowed to do.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u16)]
        pub enum Action { $($(#[doc = $about])+ $name),+ }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Action] = &[$(Action::$name),+];
            /// The stable name that stands in the record and the documentation.
            pub const fn name(self) -> &'static str { match self { $(Action::$name => $text),+ } }
            /// What it is, for people to read: a sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Action::$name => concat!($($about),+).trim_ascii()),+ }
            }
            /// The API-key scope that grants it.
            pub const fn scope(self) -> Scope { match self { $(Action::$name => Scope::$scope),+ } }
        }
    };
}

/// What an API key may be given; each scope is a set of actions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Scope {
    /// Look at subscribers, lists, campaigns, reports.
    Read,
    /// Create and change subscribers, lists, fields, forms and content.
    Write,
    /// Bring people in from files.
    Import,
    /// Take people out to files.
    Export,
    /// Start, schedule, pause and cancel campaigns.
    Send,
    /// Settings, relays, domains, keys, accounts, the record.
    Admin,
    /// Never by key: open to the world, or to the person signed in only.
    Never,
}

impl Scope {
    /// The scopes a key can be given, in the order shown to people.
    pub const GRANTABLE: &'static [Scope] =
        &[Scope::Read, Scope::Write, Scope::Import, Scope::Export, Scope::Send, Scope::Admin];

    /// The word used on the command line and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::Import => "import",
            Scope::Export => "export",
            Scope::Send => "send",
            Scope::Admin => "admin",
            Scope::Never => "never",
        }
    }

    /// Reads one of the grantable words.
    pub fn parse(word: &str) -> Option<Scope> {
        Self::GRANTABLE.iter().copied().find(|s| s.name() == word)
    }
}

actions! {
    /// Reachable without signing in: forms, unsubscribe, sign-in itself.
    Public = "public": Never,
    /// The signed-in person's own account: password, second factor, sessions.
    OwnAccount = "account.own": Never,
    /// Set up what the workspace asks for at sign-in: all that a session may that rests on less.
    Enrol = "account.enrol": Never,
    /// What the signed-in person proves themselves with: passkeys.
    OwnCredentials = "account.credentials": Never,
    /// See that the place exists: home, navigation, health.
    HomeRead = "home.read": Read,
    /// See lists and their counts.
    ListsRead = "lists.read": Read,
    /// Create, change, delete lists.
    ListsWrite = "lists.write": Write,
    /// See people, each field in clear or masked as its class says.
    SubscribersRead = "subscribers.read": Read,
    /// See one person's masked fields for a while, for a stated reason.
    SubscribersUnmask = "subscribers.unmask": Never,
    /// Add and change people and their memberships.
    SubscribersWrite = "subscribers.write": Write,
    /// Delete and erase people.
    SubscribersErase = "subscribers.erase": Write,
    /// See the field registry.
    FieldsRead = "fields.read": Read,
    /// Define fields.
    FieldsWrite = "fields.write": Write,
    /// Import people from a file.
    ImportRun = "import.run": Import,
    /// Export people to a file.
    ExportRun = "export.run": Export,
    /// See sign-up forms.
    FormsRead = "forms.read": Read,
    /// Create and change sign-up forms.
    FormsWrite = "forms.write": Write,
    /// See templates and pictures.
    ContentRead = "content.read": Read,
    /// Create and change templates and pictures.
    ContentWrite = "content.write": Write,
    /// See campaigns.
    CampaignsRead = "campaigns.read": Read,
    /// Compose campaigns.
    CampaignsWrite = "campaigns.write": Write,
    /// Send, schedule, pause, resume, cancel, send again.
    CampaignsSend = "campaigns.send": Send,
    /// Send a test message.
    CampaignsTest = "campaigns.test": Send,
    /// See counts and charts.
    ReportsRead = "reports.read": Read,
    /// See who stands behind a count.
    ReportsRecipients = "reports.recipients": Read,
    /// Tell what a mailbox provider reported afterwards: bounces and complaints.
    OutcomesWrite = "outcomes.write": Write,
    /// See what the detectors found.
    AlertsRead = "alerts.read": Read,
    /// Say whether an alert was right.
    AlertsJudge = "alerts.judge": Admin,
    /// Say which detectors look, and what follows from an alert.
    AlertsRules = "alerts.rules": Admin,
    /// See the made-up people in exports and who wrote to one.
    CanariesRead = "canaries.read": Admin,
    /// Say how many made-up people stand in exports, and on which domains.
    CanariesWrite = "canaries.write": Admin,
    /// See what is contained, by whom and why.
    ContainmentRead = "containment.read": Read,
    /// Contain a person, an integration, a sending domain or the workspace.
    Contain = "containment.contain": Admin,
    /// Release what is contained. Never by key: a program is no second person.
    ContainmentRelease = "containment.release": Never,
    /// Place a legal hold, under which nobody is erased, and release it. Never by key.
    HoldsWrite = "holds.write": Never,
    /// See the cases that one is in, and nothing of others.
    IncidentsRead = "incidents.read": Admin,
    /// Open a case; write in the cases that one is in.
    IncidentsWrite = "incidents.write": Admin,
    /// See that every case exists, and join it.
    IncidentsLead = "incidents.lead": Never,
    /// Tell people about a breach by mail, after a second person's yes. Never by key.
    NoticesSend = "notices.send": Never,
    /// Publish what everybody may read: a case's page, the trust page. A key goes on only where a person began.
    StatusPublish = "status.publish": Admin,
    /// Answer by mail what people wrote on a case's public page, in the cases that one is in.
    SupportAnswer = "support.answer": Admin,
    /// Read the access record.
    RecordRead = "record.read": Admin,
    /// See settings without their secrets.
    SettingsRead = "settings.read": Admin,
    /// Change settings.
    SettingsWrite = "settings.write": Admin,
    /// Add and change relays.
    RelaysWrite = "relays.write": Admin,
    /// Add and change sending domains.
    DomainsWrite = "domains.write": Admin,
    /// See, add and change webhooks.
    WebhooksWrite = "webhooks.write": Admin,
    /// Create and revoke API keys.
    ApiKeysWrite = "api_keys.write": Admin,
    /// See who has which role, and what the roles grant.
    RolesRead = "roles.read": Admin,
    /// Define roles and give them to people.
    RolesGrant = "roles.grant": Never,
    /// Say yes or no to what needs a second person. Never by key: a program is no second pair of eyes.
    ApprovalsDecide = "approvals.decide": Never,
    /// Say what needs a second person.
    ApprovalsWrite = "approvals.write": Admin,
    /// Invite, remove, reset people who sign in.
    AccountsWrite = "accounts.write": Admin,
    /// Rotate keys, back up, restore.
    KeysRotate = "keys.rotate": Admin,
}

impl Action {
    /// Whether a role can grant it: not what is open to everybody, or to each for their own account.
    pub const fn is_grantable(self) -> bool {
        !matches!(self, Action::Public | Action::OwnAccount | Action::Enrol | Action::OwnCredentials)
    }

    /// What it is about: the part of the name before the point, `subscribers`.
    pub fn topic(self) -> &'static str {
        self.name().split('.').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_is_a_short_sentence_for_people() {
        for action in Action::ALL {
            let about = action.about();
            assert!(about.ends_with('.') && (10..=110).contains(&about.len()), "{}: {about}", action.name());
        }
    }

    #[test]
    fn the_actions_of_a_topic_stand_together() {
        let topics: Vec<_> = Action::ALL.iter().map(|action| action.topic()).collect();
        let groups = topics.chunk_by(|one, next| one == next).count();
        assert_eq!(groups, topics.iter().collect::<HashSet<_>>().len());
    }

    #[test]
    fn action_names_are_unique() {
        let names: HashSet<_> = Action::ALL.iter().map(|a| a.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
    }

    #[test]
    fn never_cannot_be_granted() {
        assert_eq!(Scope::parse("never"), None);
        assert_eq!(Scope::parse("send"), Some(Scope::Send));
    }
}
