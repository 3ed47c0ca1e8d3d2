//! One account as the database has it, and the person behind it in clear.

use crate::App;
use serde::{Deserialize, Serialize};
use std::fmt;
use waxwing_crypto::{IndexKind, Place, TableId};
use waxwing_domain::{AccountId, EmailAddress, FieldId, Micros, WorkspaceId};
use waxwing_store::StoreError;

/// Where an account stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Has a link and no password yet.
    Invited,
    /// Can sign in.
    Active,
    /// Cannot sign in ever again.
    Removed,
}

impl State {
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "invited" => Self::Invited,
            "active" => Self::Active,
            "removed" => Self::Removed,
            _ => return None,
        })
    }
}

/// An account, its secrets still sealed or hashed.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Where it stands.
    pub state: State,
    /// The credential epoch: what was issued under an older one is worth nothing.
    pub epoch: i64,
    /// When it was made.
    pub created_at: Micros,
    /// When the first password was chosen.
    pub joined_at: Option<Micros>,
    pub(super) sealed: Option<Vec<u8>>,
    /// Since when the password is worth nothing.
    pub(super) reset_since: Option<Micros>,
    pub(super) password_hash: Option<String>,
    pub(super) totp_sealed: Option<Vec<u8>>,
    pub(super) totp_pending: Option<Vec<u8>>,
    pub(super) totp_step: i64,
}

impl Account {
    /// Whether a second factor is asked for.
    pub const fn has_second_factor(&self) -> bool {
        self.totp_sealed.is_some()
    }

    /// The hash of the password that lets the person in; none while they must choose another.
    pub(crate) fn password_hash(&self) -> Option<&String> {
        self.password_hash.as_ref().filter(|_| !self.must_reset())
    }

    /// The hash of a password that must not come back.
    pub(crate) fn spent_hash(&self) -> Option<&String> {
        self.password_hash.as_ref().filter(|_| self.must_reset())
    }

    /// Whether the password is worth nothing until its person chooses another.
    pub const fn must_reset(&self) -> bool {
        self.reset_since.is_some()
    }

    /// The account as it is after its credential epoch changed.
    pub(crate) fn at_epoch(self, epoch: i64) -> Self {
        Self { epoch, ..self }
    }

    /// Name and address in clear: for the person's own pages and mail, and masked for others.
    ///
    /// # Errors
    /// `NotFound` for who was removed: of them only [`called`](Self::called) is kept.
    pub fn person(&self, app: &App, workspace: WorkspaceId) -> crate::Result<Person> {
        let sealed = self.sealed.as_ref().filter(|_| self.state != State::Removed);
        Person::open(app, workspace, self.id, sealed.ok_or(crate::Error::NotFound("account"))?)
    }

    /// How the person is called where it says who did something, also after they were removed.
    pub(crate) fn called(&self, app: &App, workspace: WorkspaceId) -> crate::Result<Option<String>> {
        if self.state != State::Removed {
            return Ok(Some(self.person(app, workspace)?.shown().to_owned()));
        }
        let left = self.sealed.as_ref().map(|sealed| Clear::open(app, workspace, self.id, sealed)).transpose()?;
        Ok(left.map(|left| format!("{} (left)", left.name)))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({}, {:?})", self.id, self.state)
    }
}

/// Who an account belongs to.
#[derive(Clone)]
pub struct Person {
    /// Where mail about the account goes, and what is typed to sign in.
    pub email: EmailAddress,
    /// How the person wants to be called; may be empty.
    pub name: String,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

/// What is sealed. Of who was removed the address is gone, and the name says who acted.
#[derive(Serialize, Deserialize)]
pub(super) struct Clear {
    email: String,
    name: String,
}

impl Clear {
    pub(super) fn seal(&self, app: &App, workspace: WorkspaceId, id: AccountId) -> crate::Result<Vec<u8>> {
        let bytes = serde_json::to_vec(self).map_err(|_| damaged(id))?;
        let ring = app.store().keys().ring();
        let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
        Ok(keys.seal_secret(&place(workspace, id), &bytes, &**app.store().rng()))
    }

    fn open(app: &App, workspace: WorkspaceId, id: AccountId, sealed: &[u8]) -> crate::Result<Self> {
        let ring = app.store().keys().ring();
        let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
        let bytes = keys.open_secret(&place(workspace, id), sealed).map_err(|_| damaged(id))?;
        Ok(serde_json::from_slice(&bytes).map_err(|_| damaged(id))?)
    }
}

impl Person {
    /// How the person is shown to themselves.
    pub fn shown(&self) -> &str {
        if self.name.is_empty() { self.email.as_str() } else { &self.name }
    }

    pub(super) fn seal(&self, app: &App, workspace: WorkspaceId, id: AccountId) -> crate::Result<Vec<u8>> {
        Clear { email: self.email.as_str().to_owned(), name: self.name.clone() }.seal(app, workspace, id)
    }

    /// What is kept of who is removed, so that the record can say for as long as it lives who saw what: the
    /// name, or the masked address of who gave none.
    pub(super) fn departed(&self) -> Clear {
        let name = if self.name.is_empty() { self.email.masked() } else { self.name.clone() };
        Clear { email: String::new(), name }
    }

    fn open(app: &App, workspace: WorkspaceId, id: AccountId, sealed: &[u8]) -> crate::Result<Self> {
        let clear = Clear::open(app, workspace, id, sealed)?;
        Ok(Self { email: EmailAddress::parse(&clear.email).map_err(|_| damaged(id))?, name: clear.name })
    }
}

fn damaged(id: AccountId) -> StoreError {
    StoreError::Damaged(format!("the name and address of account {id}"))
}

const fn place(workspace: WorkspaceId, id: AccountId) -> Place {
    Place::shared(workspace, TableId::ACCOUNTS, FieldId::ACCOUNT, id.as_i64())
}

/// What stands before the address, so that the tag of staff is not that of the same subscriber.
fn indexed(email: &EmailAddress) -> String {
    format!("account:{}", email.normalised_v1())
}

/// The tag under which a new account is filed.
pub(super) fn tag(app: &App, workspace: WorkspaceId, email: &EmailAddress) -> crate::Result<(u16, [u8; 16])> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.blind_index(IndexKind::Email, &indexed(email)))
}

/// The tags of all key versions under which an account may be filed.
pub(super) fn tags(app: &App, workspace: WorkspaceId, email: &EmailAddress) -> crate::Result<Vec<Vec<u8>>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let text = indexed(email);
    let versions = keys.blind_index_versions(IndexKind::Email).into_iter();
    let tags = versions.map(|version| keys.blind_index_at(version, IndexKind::Email, &text).map(Vec::from));
    tags.collect::<Result<_, _>>().map_err(|e| StoreError::Damaged(e.to_string()).into())
}

waxwing_store::sealed! { "accounts"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, AccountId::from_i64(cell.key)) }
