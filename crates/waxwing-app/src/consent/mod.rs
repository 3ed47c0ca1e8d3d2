//! Evidence of consent: who said what, where and when, so that a person's subscription can be proved.
//!
//! Promise. One row an import, one a sign-up, one a person added by hand; network addresses and
//! other particulars are sealed. Evidence is added, never edited. Limit: an attested consent
//! proves who attested it, not that the person agreed.
//! States. None.
//! Tables. `consents`.
//! Events. None of its own.
//! Jobs. None.

mod store;

use crate::{App, Error, Result};
use std::collections::HashMap;
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Action, ConsentId, Ctx, FieldId, ListId, Micros, Operation, SubjectNo, WorkspaceId};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, StoreError, Tx, subjects};

/// The longest statement, in characters.
const LONGEST: usize = 2_000;

/// How a consent came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// A file of people, with the statement of the person who brought it.
    Import,
    /// The person's own sign-up.
    Signup,
    /// Added by hand, with the statement of the person who did it.
    Manual,
    /// Added by a program, with its statement.
    Api,
}

impl ConsentKind {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Signup => "signup",
            Self::Manual => "manual",
            Self::Api => "api",
        }
    }
    /// The same for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Import => "Imported from a file",
            Self::Signup => "Signed up and confirmed",
            Self::Manual => "Added by hand",
            Self::Api => "Added by a program",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        [Self::Import, Self::Signup, Self::Manual, Self::Api].into_iter().find(|kind| kind.as_str() == word)
    }
    const fn action(self) -> Action {
        match self {
            Self::Import => Action::ImportRun,
            Self::Signup => Action::Public,
            Self::Manual | Self::Api => Action::SubscribersWrite,
        }
    }
}

/// Evidence to be kept.
#[derive(Clone)]
pub struct NewConsent {
    /// How it came about.
    pub kind: ConsentKind,
    /// Where and how the people agreed, or the wording that the person saw.
    pub statement: String,
    /// The list that it is about; all when `None`.
    pub list: Option<ListId>,
    /// The person, where it is one.
    pub subject: Option<SubjectNo>,
    /// The version of the form's wording.
    pub wording_version: Option<i64>,
    /// When the person asked.
    pub requested_at: Option<Micros>,
    /// When the person confirmed.
    pub confirmed_at: Option<Micros>,
    /// Particulars such as network addresses; sealed. `Null` when there are none.
    pub evidence: serde_json::Value,
}

/// Evidence as it is shown; the sealed particulars are opened by [`particulars`] only.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// How it came about.
    pub kind: ConsentKind,
    /// Where and how the people agreed.
    pub statement: String,
    /// The version of the form's wording.
    pub wording_version: Option<i64>,
    /// The list that it is about.
    pub list: Option<ListId>,
    /// The person, where it is one.
    pub subject: Option<SubjectNo>,
    /// When the person asked.
    pub requested_at: Option<Micros>,
    /// When the person confirmed.
    pub confirmed_at: Option<Micros>,
    /// When the evidence was written.
    pub created_at: Micros,
    /// Whether there are sealed particulars.
    pub has_particulars: bool,
}

/// Keeps evidence.
///
/// # Errors
/// [`Error::Invalid`] when the statement is empty or longer than 2,000 characters.
pub async fn attest(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewConsent) -> Result<ConsentId> {
    ctx.authorise(new.kind.action())?;
    check(&new.statement)?;
    let id = ConsentId::from_i64(ctx.new_id());
    let sealed = seal(app, ctx, id, &new.evidence)?;
    store::insert(tx, id, &new, sealed, ctx.now()).await?;
    let entry = Entry::new(Operation::Create, "consent.attest").on("consent", id.as_i64());
    tx.record(app.store(), ctx, entry.part(&[FieldId::CONSENT], subjects(new.subject))).await?;
    Ok(id)
}

/// Whether `statement` can be kept as evidence; for forms that ask for it long before it is kept.
pub fn check(statement: &str) -> Result<()> {
    let statement = statement.trim();
    if statement.is_empty() {
        return Err(Error::invalid("consent", "say where and how these people agreed to receive mail"));
    }
    if statement.chars().count() > LONGEST {
        return Err(Error::invalid("consent", "at most 2,000 characters"));
    }
    Ok(())
}

/// The evidence with these ids.
pub async fn by_ids(tx: &mut Tx, ids: Vec<ConsentId>) -> Result<HashMap<ConsentId, Consent>> {
    let rows = store::by_ids(tx, ids).await?;
    Ok(rows.into_iter().map(|consent| (consent.id, consent)).collect())
}

/// Opens the sealed particulars of evidence about one person; recorded before it is answered.
///
/// # Errors
/// [`StoreError::Damaged`] when the sealed value was moved or changed.
pub async fn particulars(app: &App, tx: &mut Tx, ctx: &Ctx, id: ConsentId) -> Result<Option<serde_json::Value>> {
    ctx.authorise(Action::SubscribersRead)?;
    let Some((sealed, subject)) = store::sealed(tx, id).await? else { return Ok(None) };
    let entry = Entry::new(Operation::Read, "consent.particulars").on("consent", id.as_i64()).to("page");
    let seen = app.store().disclose(ctx, entry.part(&[FieldId::CONSENT], subjects(subject))).await?;
    if subject.is_some_and(|subject| !seen.covers(subject, FieldId::CONSENT)) {
        return Err(waxwing_domain::Denied(Action::SubscribersUnmask).into());
    }
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| damaged(id, &e))?;
    let bytes = keys.open_secret(&place(ctx.workspace, id), &sealed).map_err(|e| damaged(id, &e))?;
    Ok(Some(serde_json::from_slice(&bytes).map_err(|e| damaged(id, &e))?))
}

/// Deletes the evidence that is about this person alone; for erasure and deletion.
pub(crate) async fn forget(tx: &mut Tx, subject: SubjectNo) -> Result<()> {
    Ok(store::forget(tx, subject).await?)
}

fn seal(app: &App, ctx: &Ctx, id: ConsentId, evidence: &serde_json::Value) -> Result<Option<Vec<u8>>> {
    if evidence.is_null() {
        return Ok(None);
    }
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| damaged(id, &e))?;
    Ok(Some(keys.seal_secret(&place(ctx.workspace, id), evidence.to_string().as_bytes(), &*ctx.rng)))
}

const fn place(workspace: WorkspaceId, id: ConsentId) -> Place {
    Place::shared(workspace, TableId::CONSENT, FieldId::CONSENT, id.as_i64())
}

fn damaged(id: ConsentId, why: &dyn std::fmt::Display) -> Error {
    StoreError::Damaged(format!("consent {id}: {why}")).into()
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}

waxwing_store::sealed! { "consents"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, ConsentId::from_i64(cell.key)) }
