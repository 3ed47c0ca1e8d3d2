//! What an alert is about: the one thing that plainly has most of it, where there is one.
//!
//! Promise: what can be contained alone is named as containment names it, so that the way from an alert to its
//! containment is filled in with exactly that thing. Limit: an alert that several share is about none of them.

use waxwing_domain::{AccountId, Action, CampaignId, ExportId, IdError, ImportId, ListId, Thing};

/// What an alert is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// Something that can be contained alone.
    Thing(Thing),
    /// A campaign.
    Campaign(CampaignId),
    /// An export to a file.
    Export(ExportId),
    /// A form, by its number.
    Form(i64),
    /// An import from a file.
    Import(ImportId),
    /// A list.
    List(ListId),
}

impl Subject {
    /// The stable word of its kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Thing(thing) => thing.kind(),
            Self::Campaign(_) => "campaign",
            Self::Export(_) => "export",
            Self::Form(_) => "form",
            Self::Import(_) => "import",
            Self::List(_) => "list",
        }
    }
    /// Its number among its kind.
    pub const fn number(self) -> i64 {
        match self {
            Self::Thing(thing) => thing.number(),
            Self::Campaign(id) => id.as_i64(),
            Self::Export(id) => id.as_i64(),
            Self::Form(number) => number,
            Self::Import(id) => id.as_i64(),
            Self::List(id) => id.as_i64(),
        }
    }
    /// Reads [`Subject::kind`] and [`Subject::number`].
    pub fn from_columns(kind: &str, number: i64) -> Option<Self> {
        Some(match kind {
            "campaign" => Self::Campaign(CampaignId::from_i64(number)),
            "export" => Self::Export(ExportId::from_i64(number)),
            "form" => Self::Form(number),
            "import" => Self::Import(ImportId::from_i64(number)),
            "list" => Self::List(ListId::from_i64(number)),
            _ => Self::Thing(Thing::from_columns(kind, number)?),
        })
    }
    /// A kind and an id with a colon between: `api_key:0123456789abc`.
    pub fn to_text(self) -> String {
        // Ids of all kinds are written alike.
        format!("{}:{}", self.kind(), AccountId::from_i64(self.number()))
    }
    /// Reads [`Subject::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        let id: Result<AccountId, IdError> = id.parse();
        Self::from_columns(kind, id.ok()?.as_i64())
    }
    /// What people call its kind.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Thing(Thing::Account(_)) => "Person",
            Self::Thing(Thing::ApiKey(_)) => "API key",
            Self::Thing(Thing::Webhook(_)) => "Webhook",
            Self::Thing(Thing::Relay(_)) => "Relay",
            Self::Thing(Thing::Domain(_)) => "Sending domain",
            Self::Campaign(_) => "Campaign",
            Self::Export(_) => "Export",
            Self::Form(_) => "Form",
            Self::Import(_) => "Import",
            Self::List(_) => "List",
        }
    }
    /// A credential of a program, or a way out of the house: what may be contained by itself. People and whole
    /// workspaces are contained by people.
    pub const fn credential(self) -> Option<Thing> {
        match self {
            Self::Thing(thing @ (Thing::ApiKey(_) | Thing::Webhook(_) | Thing::Relay(_))) => Some(thing),
            _ => None,
        }
    }
    /// The thing, where it can be contained alone.
    pub const fn thing(self) -> Option<Thing> {
        match self {
            Self::Thing(thing) => Some(thing),
            _ => None,
        }
    }
    /// The page that shows it, and what somebody must be allowed to open it.
    pub fn page(self) -> (Action, String) {
        match self {
            Self::Thing(Thing::Account(id)) => (Action::RolesRead, format!("/settings/people/{id}")),
            Self::Thing(Thing::ApiKey(_)) => (Action::ApiKeysWrite, "/settings/keys".to_owned()),
            Self::Thing(Thing::Webhook(id)) => (Action::WebhooksWrite, format!("/settings/webhooks/{id}")),
            Self::Thing(Thing::Relay(id)) => (Action::SettingsRead, format!("/settings/relays/{id}")),
            Self::Thing(Thing::Domain(id)) => (Action::SettingsRead, format!("/settings/domains/{id}")),
            Self::Campaign(id) => (Action::CampaignsRead, format!("/campaigns/{id}")),
            Self::Export(_) => (Action::ExportRun, "/audience/export".to_owned()),
            Self::Form(number) => (Action::FormsRead, format!("/forms/{number}")),
            Self::Import(id) => (Action::ImportRun, format!("/audience/import/{id}")),
            Self::List(id) => (Action::ListsRead, format!("/audience/lists/{id}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::ApiKeyId;

    #[test]
    fn every_kind_survives_its_columns_and_its_text() {
        for kind in ["account", "api_key", "webhook", "relay", "domain", "campaign", "export", "form", "import", "list"]
        {
            let subject = Subject::from_columns(kind, 7).expect(kind);
            assert_eq!((subject.kind(), subject.number()), (kind, 7));
            assert_eq!(Subject::parse(&subject.to_text()), Some(subject));
            assert!(subject.page().1.starts_with('/') && !subject.words().is_empty());
        }
        for wrong in ["", "house:0000000000001", "list", "list:", "list:x"] {
            assert_eq!(Subject::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_credentials_and_ways_out_are_contained_without_a_person() {
        assert!(Subject::Thing(Thing::ApiKey(ApiKeyId::from_i64(1))).credential().is_some());
        let by_people = ["account", "domain", "campaign", "list", "export"];
        assert!(by_people.iter().all(|kind| Subject::from_columns(kind, 1).is_some_and(|s| s.credential().is_none())));
    }
}
