//! What has to become better after a case: each with an owner, a day, and a second try that shows that it holds.
//!
//! Promise: a finding is done when somebody says what was changed, and holds when somebody tried again and says how; one
//! that did not hold is open anew. Findings outlive the case's end. Limit: who tries again may be who changed it; a
//! case says who it was.

use super::words::{Category, words};
use super::{members, sealing, store_updates, timeline};
use serde_json::json;
use std::collections::BTreeMap;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{AccountId, Action, CasePartId, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_store::{Entry, Tx};

words! {
    /// Where a finding stands.
    FindingState {
        /// To be worked on.
        Open = "open", "Open";
        /// Changed, and not tried again.
        Done = "done", "Changed, to be tried again";
        /// Tried again, and it holds.
        Held = "held", "It holds";
        /// Tried again, and it does not.
        Failed = "failed", "It does not hold";
    }
}

impl FindingState {
    /// The colour of its badge.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Open => "attention",
            Self::Done => "note",
            Self::Held => "good",
            Self::Failed => "danger",
        }
    }
    /// From which state it comes to be in this one.
    const fn after(self) -> Option<Self> {
        match self {
            Self::Open => None,
            Self::Done => Some(Self::Open),
            Self::Held | Self::Failed => Some(Self::Done),
        }
    }
}

/// Something that has to become better.
#[derive(Clone)]
pub struct Finding {
    /// Its id.
    pub id: CasePartId,
    /// Who sees to it.
    pub owner: Option<AccountId>,
    /// Until when.
    pub due_at: Micros,
    /// Where it stands.
    pub state: FindingState,
    /// When it was noted.
    pub noted_at: Micros,
    /// When it was first changed.
    pub done_at: Option<Micros>,
    /// When it was tried again.
    pub retested_at: Option<Micros>,
    /// What; sealed at rest.
    pub text: String,
    /// What was changed, or what trying again showed.
    pub proof: String,
}

impl Finding {
    /// Whether it should be done by now and is not.
    pub fn is_late(&self, now: Micros) -> bool {
        matches!(self.state, FindingState::Open | FindingState::Failed) && self.due_at < now
    }
    /// What can be said of it next.
    pub fn next(&self) -> &'static [FindingState] {
        match self.state {
            FindingState::Open | FindingState::Failed => &[FindingState::Done],
            FindingState::Done => &[FindingState::Held, FindingState::Failed],
            FindingState::Held => &[],
        }
    }
}

/// Notes something that has to become better.
///
/// # Errors
/// [`Error::Conflict`] for an owner who is not in the case.
pub async fn add(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    text: &str,
    (owner, due_at): (Option<AccountId>, Micros),
) -> Result<CasePartId> {
    members::writable(tx, ctx, id).await?;
    let text = sealing::text("text", text)?;
    if let Some(owner) = owner {
        let inside = members::members(tx, ctx, id).await?;
        if !inside.iter().any(|one| one.who == members::MemberRef::account(owner)) {
            return Err(Error::Conflict("This person is not in the case. Put them in first.".into()));
        }
    }
    let finding = CasePartId::from_i64(ctx.new_id());
    let sealed = sealing::seal(app, ctx, FieldId::CASE_FINDING, finding.as_i64(), &text)?;
    store_updates::add_finding(tx, ctx, id, finding, (owner, due_at), sealed).await?;
    let detail = json!({ "finding": finding, "owner": owner, "due_at": due_at });
    let entry = Entry::new(Operation::Create, "incidents.add_finding").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await?;
    Ok(finding)
}

/// Says that something was changed, or what trying again showed.
///
/// # Errors
/// [`Error::Conflict`] from another state than the one before; [`Error::Invalid`] where nothing is said.
pub async fn end(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (finding, state, proof): (CasePartId, FindingState, &str),
) -> Result<()> {
    members::writable(tx, ctx, id).await?;
    let from = state.after().ok_or_else(|| Error::invalid("state", "Say done, held or failed."))?;
    let proof = sealing::text("proof", proof)?;
    // Under another field than what was found, so that neither can be put in the other's place.
    let sealed = sealing::seal(app, ctx, FieldId::CASE_FINDING_PROOF, finding.as_i64(), &proof)?;
    let froms = if from == FindingState::Open { [from, FindingState::Failed] } else { [from, from] };
    let mut moved = false;
    for from in froms {
        moved = moved || store_updates::end_finding(tx, ctx, id, (finding, from, state), sealed.clone()).await?;
    }
    if !moved {
        return Err(Error::Conflict("A finding is changed first, then tried again; or it is not of this case.".into()));
    }
    let detail = json!({ "finding": finding, "state": state.as_str() });
    let entry = Entry::new(Operation::Change, "incidents.end_finding").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Response, entry).await
}

/// Which of these findings hold now, and since when; asked for the public, so that nothing else of them is told.
pub(crate) async fn held(tx: &mut Tx, findings: Vec<CasePartId>) -> Result<BTreeMap<CasePartId, Micros>> {
    Ok(store_updates::held(tx, findings).await?.into_iter().collect())
}

/// What has to become better, the first due first.
pub async fn findings(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Finding>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let rows = store_updates::findings(tx, id).await?;
    rows.into_iter()
        .map(|(finding, sealed, proof)| {
            let row = finding.id.as_i64();
            let text = sealing::open(app, ctx.workspace, FieldId::CASE_FINDING, row, &sealed)?;
            let proof = match proof {
                Some(sealed) => sealing::open(app, ctx.workspace, FieldId::CASE_FINDING_PROOF, row, &sealed)?,
                None => String::new(),
            };
            Ok(Finding { text, proof, ..finding })
        })
        .collect()
}
