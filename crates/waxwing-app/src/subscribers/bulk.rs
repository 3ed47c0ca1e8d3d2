//! Changing the lists of many people: those ticked, or everybody in a filter.

use super::{Filter, numbers};
use crate::consent::{self, ConsentKind, NewConsent};
use crate::lists::{self, Joined};
use crate::{App, Error, Result};
use serde::{Deserialize, Serialize};
use waxwing_domain::{Action, ConsentId, Ctx, ListId, SubjectNo};
use waxwing_store::{JobContext, JobError, NewJob, StoreError, Tx};

/// People a transaction.
const BATCH: i64 = 2_000;

/// What is done with a list.
#[derive(Clone, Debug)]
pub(super) enum Relist {
    /// Add people, with where and how they agreed.
    Add(String),
    /// Take people off.
    Remove,
}

/// What the job is told: ids and words only.
#[derive(Serialize, Deserialize)]
struct Payload {
    filter: Filter,
    list: ListId,
    consent: Option<ConsentId>,
}

/// Adds these people to a list or takes them off it.
pub(super) async fn ticked(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    people: Vec<SubjectNo>,
    list: ListId,
    what: Relist,
) -> Result<Joined> {
    ctx.authorise(Action::SubscribersWrite)?;
    match what {
        Relist::Add(statement) => {
            let consent = attest(app, tx, ctx, list, statement).await?;
            lists::join_attested(app, tx, ctx, list, people, consent).await
        }
        Relist::Remove => {
            let added = lists::remove(app, tx, ctx, list, people).await?;
            Ok(Joined { added, ..Joined::default() })
        }
    }
}

/// Does the same with everybody in `filter`, in the background. The evidence is kept at once.
pub(super) async fn everybody(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    filter: Filter,
    list: ListId,
    what: Relist,
) -> Result<()> {
    ctx.authorise(Action::SubscribersWrite)?;
    if !tx.gate().await?.level.may_move_data() {
        return Err(Error::Contained("bulk changes wait until it is released."));
    }
    // The job runs without the asker's limits: what it is told must lie within them.
    if tx.limit().is_some() {
        lists::by_id(tx, filter.list.ok_or(waxwing_domain::Denied(Action::SubscribersWrite))?).await?;
    }
    let consent = match what {
        Relist::Add(statement) => Some(attest(app, tx, ctx, list, statement).await?),
        Relist::Remove => None,
    };
    lists::by_id(tx, list).await?;
    let payload = serde_json::to_value(Payload { filter, list, consent });
    let payload = payload.map_err(|_| StoreError::Damaged("a filter that cannot be written".into()))?;
    tx.enqueue(ctx, NewJob::now("subscribers.relist", payload)).await?;
    Ok(())
}

async fn attest(app: &App, tx: &mut Tx, ctx: &Ctx, list: ListId, statement: String) -> Result<ConsentId> {
    let evidence = NewConsent {
        kind: ConsentKind::Manual,
        statement,
        list: Some(list),
        subject: None,
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::Value::Null,
    };
    consent::attest(app, tx, ctx, evidence).await
}

/// Walks the filter from the newest person down, a batch a transaction. Doing a person twice
/// changes nothing, so a job that was broken off begins again.
pub(super) async fn run(app: &App, job: JobContext) -> std::result::Result<(), JobError> {
    let payload: Payload = serde_json::from_value(job.job.payload.clone())
        .map_err(|_| JobError::GiveUp("the job's description cannot be read".into()))?;
    let (mut below, mut done) = (None, 0);
    loop {
        if job.stopping() {
            return Err(job.interrupted());
        }
        let mut tx = app.begin(&job.ctx, "subscribers.relist").await?;
        job.fence(&mut tx).await?;
        let people = numbers(&mut tx, &payload.filter, below, BATCH).await?;
        let Some(&last) = people.last() else { return Ok(()) };
        done += people.len() as i64;
        step(app, &mut tx, &job.ctx, people, &payload).await?;
        job.progress(&mut tx, done, 0).await?;
        tx.commit().await?;
        below = Some(last);
    }
}

async fn step(app: &App, tx: &mut Tx, ctx: &Ctx, people: Vec<SubjectNo>, payload: &Payload) -> Result<()> {
    if !tx.gate().await?.level.may_move_data() {
        return Err(Error::Contained("bulk changes wait until it is released."));
    }
    match payload.consent {
        Some(consent) => lists::join_attested(app, tx, ctx, payload.list, people, consent).await.map(drop),
        None => lists::remove(app, tx, ctx, payload.list, people).await.map(drop),
    }
}
