//! What is asked about, and the digest that a yes is bound to.

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Action, WorkspaceId};

/// What can need a second person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A campaign leaves.
    Send,
    /// People's data leaves in a file.
    Export,
    /// Somebody gets a powerful role.
    Grant,
    /// Fewer things shall need a second person.
    Policy,
    /// People are told about a breach.
    Notice,
    /// A field is kept longer than was said.
    Retention,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Send, Self::Export, Self::Grant, Self::Policy, Self::Notice, Self::Retention];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Export => "export",
            Self::Grant => "grant",
            Self::Policy => "policy",
            Self::Notice => "notice",
            Self::Retention => "retention",
        }
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Send => "Send a campaign",
            Self::Export => "Export people",
            Self::Grant => "Grant a role",
            Self::Policy => "Need a second person less often",
            Self::Notice => "Tell people about a breach",
            Self::Retention => "Keep data longer",
        }
    }
    /// What a matter's title names.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Send => "Campaign",
            Self::Export => "List",
            Self::Grant => "Role",
            Self::Policy => "Setting",
            Self::Notice => "Case",
            Self::Retention => "Field",
        }
    }
    /// What one must be allowed beside deciding, so that whoever says yes knows what to.
    pub const fn competence(self) -> Action {
        match self {
            Self::Send => Action::CampaignsRead,
            Self::Export => Action::ExportRun,
            Self::Grant => Action::RolesRead,
            Self::Policy => Action::ApprovalsDecide,
            Self::Notice => Action::IncidentsRead,
            Self::Retention => Action::FieldsWrite,
        }
    }
    /// The job that goes on by itself after a yes; the others wait for whoever asked.
    pub(super) const fn goes_on(self) -> Option<&'static str> {
        match self {
            Self::Send => Some("campaigns.approved"),
            Self::Export | Self::Grant | Self::Policy | Self::Notice | Self::Retention => None,
        }
    }
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A line of what will happen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ApprovalFact)]
pub struct Fact {
    /// What it is about.
    pub name: String,
    /// What is so.
    pub value: String,
}

/// What is asked about: everything that a yes is bound to.
#[derive(Clone, Debug)]
pub struct Matter {
    /// What is asked for.
    pub kind: Kind,
    /// The number of the thing it is about.
    pub reference: i64,
    /// What that thing is called.
    pub title: String,
    /// What will happen, in words for the second person.
    pub facts: Vec<Fact>,
    /// The exact bytes behind the words, where words are not enough: content, ids, rights.
    pub exact: Vec<Vec<u8>>,
    /// About how many people it is; 0 where it is not about a number.
    pub people: i64,
    /// The page from which it goes on.
    pub back: String,
}

impl Matter {
    /// A matter without facts.
    pub fn new(kind: Kind, reference: i64, title: impl Into<String>, back: impl Into<String>) -> Self {
        let (title, back) = (title.into(), back.into());
        Self { kind, reference, title, facts: Vec::new(), exact: Vec::new(), people: 0, back }
    }
    /// With a line of what will happen.
    pub fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.push(Fact { name: name.to_owned(), value: value.into() });
        self
    }
    /// With exact bytes.
    pub fn exactly(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.exact.push(bytes.into());
        self
    }
    /// About so many people.
    pub const fn about(mut self, people: i64) -> Self {
        self.people = people;
        self
    }

    /// The digest if it were about `people`: SHA-256 over every part behind its length, so that no two
    /// matters have the same bytes. The way back is no part of it.
    pub fn digest(&self, workspace: WorkspaceId, people: i64) -> Vec<u8> {
        let mut hash = Parts::new();
        hash.part(self.kind.as_str().as_bytes());
        hash.part(&workspace.as_i64().to_be_bytes());
        hash.part(&self.reference.to_be_bytes());
        hash.part(self.title.as_bytes());
        hash.part(&people.to_be_bytes());
        hash.part(&(self.facts.len() as u64).to_be_bytes());
        for fact in &self.facts {
            hash.part(fact.name.as_bytes());
            hash.part(fact.value.as_bytes());
        }
        for bytes in &self.exact {
            hash.part(bytes);
        }
        hash.0.finish().as_ref().to_vec()
    }

    /// Whether a yes to `digest`, given when it was about `people`, is a yes to this.
    pub(super) fn is_covered(&self, workspace: WorkspaceId, digest: &[u8], people: i64) -> bool {
        self.digest(workspace, people) == digest && !is_outgrown(people, self.people)
    }
}

/// Whether so many more people are meant `now` that what was said of `then` is not true any more: by
/// more than ten, and by more than one in a hundred.
pub fn is_outgrown(then: i64, now: i64) -> bool {
    now.saturating_sub(then) > (then / 100).max(10)
}

struct Parts(Context);

impl Parts {
    fn new() -> Self {
        let mut context = Context::new(&SHA256);
        context.update(b"waxwing/approval/1\0");
        Self(context)
    }
    fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matter() -> Matter {
        Matter::new(Kind::Send, 7, "Apples", "/campaigns/7").fact("Lists", "Friends").exactly(*b"body").about(100)
    }

    fn digest(matter: &Matter) -> Vec<u8> {
        matter.digest(WorkspaceId::from_i64(1), matter.people)
    }

    #[test]
    fn whatever_differs_has_another_digest() {
        let same = digest(&matter());
        assert_eq!(digest(&Matter { back: "/elsewhere".into(), ..matter() }), same, "the way back binds nothing");
        let others = [
            Matter { kind: Kind::Export, ..matter() },
            Matter { reference: 8, ..matter() },
            Matter { title: "Pears".into(), ..matter() },
            Matter { facts: Vec::new(), ..matter() },
            matter().fact("Lists", "Everybody"),
            Matter { exact: vec![b"bodx".to_vec()], ..matter() },
            Matter { exact: vec![b"bo".to_vec(), b"dy".to_vec()], ..matter() },
            matter().exactly(Vec::new()),
            matter().about(101),
        ];
        for other in &others {
            assert_ne!(digest(other), same, "{other:?}");
        }
        assert_ne!(matter().digest(WorkspaceId::from_i64(2), 100), same, "another workspace");
    }

    #[test]
    fn a_byte_does_not_move_from_one_part_into_the_next() {
        let of = |name: &str, value: &str| digest(&Matter::new(Kind::Grant, 1, "x", "").fact(name, value));
        assert_ne!(of("ab", "c"), of("a", "bc"));
    }

    #[test]
    fn an_audience_may_grow_by_ten_or_by_one_in_a_hundred() {
        let workspace = WorkspaceId::from_i64(1);
        for (then, now, covered) in
            [(100, 110, true), (100, 111, false), (5_000, 5_050, true), (5_000, 5_051, false), (100, 3, true)]
        {
            let given = matter().digest(workspace, then);
            assert_eq!(matter().about(now).is_covered(workspace, &given, then), covered, "{then} → {now}");
        }
        assert!(is_outgrown(i64::MIN, i64::MAX), "no number overflows");
    }
}
