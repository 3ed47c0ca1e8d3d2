//! Erasures that wait for a legal hold.
//!
//! Promise: from the moment they asked, a person gets nothing more; the queue is worked off by whatever
//! releases the last hold over them, and each hour besides. Somebody who signed up again meanwhile, by
//! their own confirmed opt-in, took the wish back: they stay, and the record says so. Until then their
//! processing is restricted (GDPR Art. 18(2)): no list, search, export, count or audience has them, and their page shows no
//! value. Limit: the record, answers to who was touched and notices of a breach go on reaching them, for those are what
//! the hold is for.

use super::{Waiting, store};
use crate::suppression::{self, Kind, Reason};
use crate::{App, Error, Result, holds, subscribers};
use waxwing_domain::{Ctx, Operation, SubjectNo};
use waxwing_store::{Entry, JobContext, JobError, Tx, subjects};

/// People that one look takes up.
const STEP: i64 = 100;

/// Queues an erasure and stops all mail to the person.
pub(super) async fn queue(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<Waiting> {
    if let Some(waiting) = store::held(tx, subject).await? {
        return Ok(waiting);
    }
    let tag = tag_of(tx, subject).await?.ok_or(Error::NotFound("subscriber"))?;
    let waiting = Waiting { subject, asked_at: ctx.now(), asked: ctx.origin };
    store::queue(tx, &waiting).await?;
    suppression::add(app, tx, ctx, Kind::Email, tag, Reason::Erased, "erasure").await?;
    let entry = Entry::new(Operation::Change, "erasure.held").on("subscriber", subject.as_i64());
    tx.record(app.store(), ctx, entry.part(&[], subjects([subject]))).await?;
    Ok(waiting)
}

async fn tag_of(tx: &mut Tx, subject: SubjectNo) -> Result<Option<[u8; 16]>> {
    Ok(subscribers::sealed(tx, &[subject]).await?.pop().map(|person| person.suppress_tag))
}

/// Erases who waited and is under no hold any more, each in a transaction of their own.
pub(super) async fn run(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let mut after = SubjectNo::new(0);
    loop {
        let mut tx = app.read(&job.ctx, "erasure.held").await?;
        // Nobody is erased while what happened is being found out; the next hour looks again.
        if !tx.gate().await?.level.may_move_data() {
            return Ok(());
        }
        let some = store::all_held(&mut tx, after, STEP).await?;
        drop(tx);
        let Some(last) = some.last() else { return Ok(()) };
        after = last.subject;
        for waiting in some {
            if job.stopping() {
                return Err(job.interrupted());
            }
            one(&app, &job, waiting).await?;
        }
    }
}

async fn one(app: &App, job: &JobContext, waiting: Waiting) -> Result<()> {
    let ctx = Ctx { origin: waiting.asked, ..job.ctx.clone() };
    let mut tx = app.begin(&ctx, "erasure.held").await?;
    job.fence(&mut tx).await?;
    let subject = waiting.subject;
    if holds::over(&mut tx, subject).await?.is_some() {
        return Ok(());
    }
    match tag_of(&mut tx, subject).await? {
        // Gone by another way.
        None => store::no_longer_held(&mut tx, subject).await?,
        Some(tag) if suppression::among(&mut tx, vec![tag.to_vec()]).await?.contains_key(&tag) => {
            super::now(app, &mut tx, &ctx, subject).await?;
        }
        Some(_) => taken_back(app, &mut tx, &ctx, subject).await?,
    }
    Ok(tx.commit().await?)
}

async fn taken_back(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<()> {
    store::no_longer_held(tx, subject).await?;
    let entry = Entry::new(Operation::Change, "erasure.taken_back").on("subscriber", subject.as_i64());
    tx.record(app.store(), ctx, entry.part(&[], subjects([subject]))).await?;
    Ok(())
}
