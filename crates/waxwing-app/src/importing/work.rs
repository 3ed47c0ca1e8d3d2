//! The work on a file: the dry run that counts, and the run that writes.
//!
//! Promise: rows, refused lines, counts and the place in the file commit together, so that after a
//! crash nobody is left out and nobody is written twice. Limit: after a restart the file is read
//! from its beginning to find the place again.

use super::counts::{Counts, Outcome};
use super::files::{self, Use};
use super::pipeline::{self, Flow, Source};
use super::reading::Refused;
use super::state::State;
use super::store::{self, Stored};
use super::{About, rejects};
use crate::canaries;
use crate::fields;
use crate::lists::{self, MembershipState};
use crate::subscribers::{self, Placed, Prepared, Sealed, Standing};
use crate::{App, Result};
use std::collections::HashSet;
use waxwing_crypto::FileKey;
use waxwing_domain::{ConsentId, Ctx, FieldId, ListId, Operation, SubjectNo};
use waxwing_store::{Entry, JobContext, Lost, StoreError, Tx, subjects};

/// How a piece of work ended.
pub(super) enum End {
    /// All rows are through.
    Through(Counts),
    /// A person stopped it meanwhile.
    Unwanted,
    /// The process goes down, or the gate is shut: to be gone on with later.
    Later(&'static str),
}

/// What a job works with.
pub(super) struct Work {
    source: Source,
    rejects: FileKey,
    size: i64,
    place: i64,
    filled: Vec<FieldId>,
}

/// Whom the import is for, and on what evidence.
#[derive(Clone, Copy)]
pub(super) struct Aim {
    pub(super) list: ListId,
    pub(super) consent: ConsentId,
}

impl Work {
    /// Opens what the job needs.
    pub(super) async fn open(app: &App, ctx: &Ctx, import: &Stored) -> Result<Self> {
        let about = About::open(app, ctx.workspace, import.id, &import.about)?;
        let fields = fields::all(&mut app.read(ctx, "importing.fields").await?).await?;
        import.mapping.check(&fields)?;
        let key = |what, wrapped: &Option<Vec<u8>>| files::key(app, ctx.workspace, import.id, what, wrapped.as_deref());
        let filled = import.mapping.columns.iter().copied().flatten().collect();
        let source = Source {
            app: app.clone(),
            ctx: ctx.clone(),
            id: import.id,
            form: about.form,
            mapping: import.mapping.clone(),
            fields,
            key: key(Use::Upload, &import.upload_key)?,
        };
        let rejects = key(Use::Rejects, &import.reject_key)?;
        Ok(Self { source, rejects, size: import.size, place: import.place, filled })
    }

    /// Counts what would happen; changes nothing.
    pub(super) async fn check(&self, job: &JobContext, list: Option<ListId>) -> Result<End> {
        let mut counts = Counts::default();
        let mut incoming = pipeline::read(&self.source, 0);
        while let Some(batch) = incoming.recv().await {
            let mut batch = batch?;
            let mut tx = self.source.app.read(&self.source.ctx, "importing.check").await?;
            subscribers::look_up(&mut tx, &mut batch.people).await?;
            batch.people.leave_out_suppressed();
            batch.people.leave_out_made_up(&self.source.app, &mut tx).await?;
            let away = unsubscribed(&mut tx, list, batch.people.standing().iter().filter_map(known)).await?;
            drop(tx);
            foresee(&mut counts, &batch, &away);
            if !self.still_wanted(job, batch.taken).await? {
                return Ok(End::Unwanted);
            }
            if job.stopping() {
                return Ok(End::Later("the process stopped"));
            }
        }
        Ok(End::Through(counts))
    }

    /// Says how far the dry run is, and asks whether anybody still wants it.
    async fn still_wanted(&self, job: &JobContext, taken: i64) -> Result<bool> {
        let mut tx = self.source.app.begin(&self.source.ctx, "importing.check").await?;
        job.fence(&mut tx).await?;
        let state = store::state(&mut tx, self.source.id).await?;
        job.progress(&mut tx, taken.min(self.size), self.size).await?;
        tx.commit().await?;
        Ok(state == Some(State::Checking))
    }

    /// Writes everybody, going on after the place that was reached.
    pub(super) async fn run(&self, job: &JobContext, aim: Aim, mut counts: Counts) -> Result<End> {
        let mut ready = pipeline::seal(&self.source, pipeline::read(&self.source, self.place));
        let mut reached = self.place;
        while let Some(batch) = ready.recv().await {
            let batch = batch?;
            let place = batch.place;
            if let Some(end) = self.write(job, aim, &mut counts, reached, batch).await? {
                return Ok(end);
            }
            reached = place;
            if job.stopping() {
                return Ok(End::Later("the process stopped"));
            }
        }
        Ok(End::Through(counts))
    }

    /// Writes one batch in one transaction; answers when the work is to end here.
    async fn write(
        &self,
        job: &JobContext,
        aim: Aim,
        counts: &mut Counts,
        from: i64,
        batch: Flow<Sealed>,
    ) -> Result<Option<End>> {
        let Source { app, ctx, id, .. } = &self.source;
        let mut tx = app.begin(ctx, "importing.batch").await?;
        job.fence(&mut tx).await?;
        if !tx.gate().await?.level.may_move_data() {
            return Ok(Some(End::Later("the workspace is contained")));
        }
        if store::state(&mut tx, *id).await? != Some(State::Running) {
            return Ok(Some(End::Unwanted));
        }
        let Flow { people, repeated, lines, mut refused, place, taken } = batch;
        let made_up = people.aside();
        canaries::returned(app, &mut tx, ctx, &made_up.iter().collect::<Vec<_>>(), "import").await?;
        let placed = subscribers::place(app, &mut tx, ctx, people).await?;
        let away = self.join(&mut tx, aim, &placed).await?;
        let mut after = counts.clone();
        count(&mut after, &placed, &repeated, &away, &lines, &mut refused);
        self.keep_refused(&mut tx, place, refused).await?;
        let people = subjects(placed.iter().filter_map(|p| p.subject()));
        let entry = Entry::new(Operation::Import, "importing.batch").on("import", id.as_i64());
        tx.record(app.store(), ctx, entry.part(&self.filled, people)).await?;
        if !store::advance(&mut tx, *id, from, place, &after).await? {
            return Err(StoreError::from(Lost("import: another worker wrote these rows")).into());
        }
        job.progress(&mut tx, taken.min(self.size), self.size).await?;
        tx.commit().await?;
        *counts = after;
        Ok(None)
    }

    /// Puts the people on the list; answers who unsubscribed from it and stays so.
    async fn join(&self, tx: &mut Tx, aim: Aim, placed: &[Placed]) -> Result<HashSet<SubjectNo>> {
        let Source { app, ctx, .. } = &self.source;
        let mut fresh = Vec::with_capacity(placed.len());
        let mut known = HashSet::new();
        for person in placed {
            match person {
                Placed::New(subject) => fresh.push(*subject),
                Placed::Known(subject) | Placed::Same(subject) => _ = known.insert(*subject),
                Placed::Damaged(_) | Placed::Suppressed(_) | Placed::Aside => {}
            }
        }
        fresh.iter().for_each(|subject| _ = known.remove(subject));
        if !fresh.is_empty() {
            lists::join_fresh(app, tx, ctx, aim.list, fresh, aim.consent).await?;
        }
        if known.is_empty() {
            return Ok(HashSet::new());
        }
        let away = unsubscribed(tx, Some(aim.list), known.iter().copied()).await?;
        lists::join_attested(app, tx, ctx, aim.list, known.into_iter().collect(), aim.consent).await?;
        Ok(away)
    }

    /// Writes refused lines beside the database, and their segment into it.
    async fn keep_refused(&self, tx: &mut Tx, place: i64, refused: Vec<Refused>) -> Result<()> {
        if refused.is_empty() {
            return Ok(());
        }
        let added = store::add_segment(tx, self.source.id, place, refused.len()).await;
        // Only another worker that came here first can have committed this segment.
        added.map_err(|error| match error {
            StoreError::Conflict(_) => Lost("import: another worker kept these lines").into(),
            error => error,
        })?;
        let (app, id, key) = (self.source.app.clone(), self.source.id, self.rejects.clone());
        files::blocking(move || rejects::write(&app, id, place, &key, &refused)).await
    }
}

fn known(standing: &Standing) -> Option<SubjectNo> {
    match standing {
        Standing::Known(subject) => Some(*subject),
        _ => None,
    }
}

async fn unsubscribed(
    tx: &mut Tx,
    list: Option<ListId>,
    people: impl Iterator<Item = SubjectNo>,
) -> Result<HashSet<SubjectNo>> {
    let Some(list) = list else { return Ok(HashSet::new()) };
    lists::in_state(tx, list, &people.collect::<Vec<_>>(), MembershipState::Unsubscribed).await
}

/// Why a person who unsubscribed is left as they are.
const AWAY: &str = "unsubscribed from this list";
/// Why a row is refused whose person is there but cannot be read.
const DAMAGED: &str = "the stored data of this person failed its integrity check, so nothing of it was changed";

/// Counts a batch before it is written.
fn foresee(counts: &mut Counts, batch: &Flow<Prepared>, away: &HashSet<SubjectNo>) {
    for (standing, repeated) in batch.people.standing().iter().zip(&batch.repeated) {
        let outcome = match standing {
            Standing::Suppressed(reason) => {
                counts.because(reason.label());
                Outcome::Suppressed
            }
            Standing::Known(subject) if away.contains(subject) => {
                counts.because(AWAY);
                Outcome::Suppressed
            }
            _ if *repeated => Outcome::Duplicate,
            Standing::Same(_) => Outcome::Duplicate,
            Standing::Known(_) | Standing::Aside => Outcome::Updated,
            Standing::Unknown => Outcome::New,
        };
        counts.add(outcome);
    }
    batch.refused.iter().for_each(|refused| counts.refuse(&refused.reason));
}

/// Counts a batch that is being written.
fn count(
    counts: &mut Counts,
    placed: &[Placed],
    repeated: &[bool],
    away: &HashSet<SubjectNo>,
    lines: &[u64],
    refused: &mut Vec<Refused>,
) {
    for ((person, repeated), line) in placed.iter().zip(repeated).zip(lines) {
        let outcome = match person {
            Placed::Damaged(_) => {
                refused.push(Refused { line: *line, reason: DAMAGED.into(), original: String::new() });
                continue;
            }
            Placed::Suppressed(reason) => {
                counts.because(reason.label());
                Outcome::Suppressed
            }
            Placed::New(s) | Placed::Known(s) | Placed::Same(s) if away.contains(s) => {
                counts.because(AWAY);
                Outcome::Suppressed
            }
            _ if *repeated => Outcome::Duplicate,
            Placed::Same(_) => Outcome::Duplicate,
            Placed::New(_) => Outcome::New,
            Placed::Known(_) | Placed::Aside => Outcome::Updated,
        };
        counts.add(outcome);
    }
    refused.iter().for_each(|refused| counts.refuse(&refused.reason));
}
