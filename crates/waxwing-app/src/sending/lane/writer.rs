//! One writer of the ledger: take-offs and outcomes of whatever has gathered, in one commit.
//!
//! Guarantee: nobody hears "go" before the commit that notes it, and a permit is given back after
//! the commit of its outcome. No timer: while one commit runs, the next batch gathers. Limit: when
//! the database fails, take-offs are refused and outcomes wait, so that sending stops at W.

use super::Tuning;
use super::pulse::Terms;
use crate::sending::store::{self, Change};
use crate::{App, Error, Result, signals, suppression};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use waxwing_domain::{Actor, Ctx, EventKind, Micros, Operation, SourceId, SubjectNo, WorkspaceId};
use waxwing_store::{Entry, Event, Tx};

/// Notes in one commit, at most.
const MOST: usize = 512;

/// What the writer is told.
pub(super) enum Note {
    /// May this message leave?
    TakeOff { terms: Terms, subject: SubjectNo, answer: oneshot::Sender<bool> },
    /// What became of it.
    Settled(Box<Settled>),
    /// Nothing of it left; it goes back into the queue.
    PutBack { source: SourceId, subject: SubjectNo, next_at: Micros, permit: OwnedSemaphorePermit },
}

/// An outcome.
pub(super) struct Settled {
    pub terms: Terms,
    pub subject: SubjectNo,
    pub change: Change,
    pub event: Event,
    /// The tag to suppress, where the address is to blame.
    pub suppress: Option<Vec<u8>>,
    pub streak: Streak,
    /// Given back when this is dropped, after its commit.
    #[expect(dead_code, reason = "held, never read")]
    pub permit: OwnedSemaphorePermit,
}

/// What an outcome says about the next ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Streak {
    /// The content and the sender are taken.
    Broken,
    /// Refused for what is the same in every message.
    Refused,
    /// Says nothing.
    Neither,
}

struct Writer {
    app: App,
    ctx: Ctx,
    tuning: Tuning,
    epoch: i64,
    refused: HashMap<SourceId, u32>,
}

#[derive(Default)]
struct Gathered {
    take_offs: Vec<(Terms, SubjectNo, oneshot::Sender<bool>)>,
    settled: Vec<Settled>,
    back: Vec<(SourceId, SubjectNo, Micros, OwnedSemaphorePermit)>,
}

impl Gathered {
    fn add(&mut self, note: Note) {
        match note {
            Note::TakeOff { terms, subject, answer } => self.take_offs.push((terms, subject, answer)),
            Note::Settled(settled) => self.settled.push(*settled),
            Note::PutBack { source, subject, next_at, permit } => self.back.push((source, subject, next_at, permit)),
        }
    }
    fn len(&self) -> usize {
        self.take_offs.len() + self.settled.len() + self.back.len()
    }
    fn is_durable(&self) -> bool {
        self.settled.is_empty() && self.back.is_empty()
    }
}

/// Writes until nobody can tell it anything any more.
pub(super) async fn run(app: App, workspace: WorkspaceId, tuning: Tuning, epoch: i64, mut notes: mpsc::Receiver<Note>) {
    let store = app.store();
    let ctx = Ctx::job(workspace, Actor::Job, store.clock().clone(), store.rng().clone()).with_purpose("sending");
    let mut writer = Writer { app, ctx, tuning, epoch, refused: HashMap::new() };
    while let Some(first) = notes.recv().await {
        let mut gathered = Gathered::default();
        gathered.add(first);
        while gathered.len() < MOST {
            let Ok(note) = notes.try_recv() else { break };
            gathered.add(note);
        }
        writer.make_durable(gathered).await;
    }
}

impl Writer {
    /// Commits everything gathered; outcomes are tried until they are durable.
    async fn make_durable(&mut self, mut gathered: Gathered) {
        loop {
            match self.write(&gathered).await {
                Ok(may_go) => {
                    for (terms, subject, answer) in gathered.take_offs {
                        // A message that gave up waiting needs no answer.
                        let _ = answer.send(may_go.contains(&(terms.source, subject)));
                    }
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, waiting = gathered.len(), "outcomes could not be written; trying again");
                    for (_, _, answer) in gathered.take_offs.drain(..) {
                        let _ = answer.send(false);
                    }
                    let lasting = matches!(&error, Error::Store(error) if !error.is_temporary());
                    if gathered.is_durable() || lasting {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }

    /// One transaction; gives who may leave.
    async fn write(&mut self, gathered: &Gathered) -> Result<HashSet<(SourceId, SubjectNo)>> {
        let mut tx = self.app.begin(&self.ctx, "sending.write").await?;
        let may_go = self.take_off(&mut tx, gathered).await?;
        self.put_back(&mut tx, gathered).await?;
        let refused = self.settle(&mut tx, gathered).await?;
        tx.commit().await?;
        self.refused = refused;
        Ok(may_go)
    }

    async fn take_off(&self, tx: &mut Tx, gathered: &Gathered) -> Result<HashSet<(SourceId, SubjectNo)>> {
        let mut may_go = HashSet::new();
        if gathered.take_offs.is_empty() {
            return Ok(may_go);
        }
        let gate = tx.gate().await?;
        let deadline = self.ctx.now().plus(self.tuning.ambiguous_after);
        let mut groups: BTreeMap<(SourceId, i64), Vec<i64>> = BTreeMap::new();
        for (terms, subject, _) in &gathered.take_offs {
            if terms.stream.may_leave(gate.level) && gate.epoch == terms.gate {
                groups.entry((terms.source, terms.pass)).or_default().push(subject.as_i64());
            }
        }
        for ((source, pass), subjects) in groups {
            let gone = store::take_off(tx, source, (self.epoch, pass), subjects, deadline).await?;
            may_go.extend(gone.into_iter().map(|subject| (source, subject)));
        }
        Ok(may_go)
    }

    async fn put_back(&self, tx: &mut Tx, gathered: &Gathered) -> Result<()> {
        let mut groups: BTreeMap<(SourceId, Micros), Vec<i64>> = BTreeMap::new();
        for (source, subject, next_at, _) in &gathered.back {
            groups.entry((*source, *next_at)).or_default().push(subject.as_i64());
        }
        for ((source, next_at), subjects) in groups {
            store::put_back(tx, source, self.epoch, subjects, next_at).await?;
        }
        Ok(())
    }

    /// Settles, counts, suppresses, and holds sources that are refused again and again; gives the
    /// new streaks, which count once this is committed.
    async fn settle(&self, tx: &mut Tx, gathered: &Gathered) -> Result<HashMap<SourceId, u32>> {
        let mut groups: BTreeMap<(SourceId, &Change), Vec<&Settled>> = BTreeMap::new();
        for settled in &gathered.settled {
            groups.entry((settled.terms.source, &settled.change)).or_default().push(settled);
        }
        let now = self.ctx.now();
        let mut refused = self.refused.clone();
        let mut events = Vec::with_capacity(gathered.settled.len());
        for ((source, change), group) in groups {
            let subjects = group.iter().map(|settled| settled.subject.as_i64()).collect();
            let ours: HashSet<_> =
                store::settle(tx, source, self.epoch, subjects, change, now).await?.into_iter().collect();
            for settled in group.into_iter().filter(|settled| ours.contains(&settled.subject)) {
                events.push(settled.event.clone());
                self.suppress(tx, settled, &mut events).await?;
                self.note_streak(tx, settled, &mut refused).await?;
            }
        }
        self.app.store().keep_up(tx, &mut events).await?;
        tx.events(events).await?;
        Ok(refused)
    }

    async fn suppress(&self, tx: &mut Tx, settled: &Settled, events: &mut Vec<Event>) -> Result<()> {
        let Some(tag) = settled.suppress.as_deref().and_then(|tag| <[u8; 16]>::try_from(tag).ok()) else {
            return Ok(());
        };
        let (kind, reason) = (suppression::Kind::Email, suppression::Reason::Bounced);
        if suppression::add(&self.app, tx, &self.ctx, kind, tag, reason, "smtp").await? {
            let event = Event::of(self.ctx.new_id(), self.ctx.now(), EventKind::Suppressed, settled.subject);
            events.push(event.in_source(settled.terms.source).because(reason.as_str()));
        }
        Ok(())
    }

    async fn note_streak(&self, tx: &mut Tx, settled: &Settled, refused: &mut HashMap<SourceId, u32>) -> Result<()> {
        let source = settled.terms.source;
        match settled.streak {
            Streak::Neither => return Ok(()),
            Streak::Broken => {
                refused.remove(&source);
                return Ok(());
            }
            Streak::Refused => {}
        }
        let count = refused.entry(source).or_default();
        *count += 1;
        if *count < self.tuning.refusals {
            return Ok(());
        }
        *count = 0;
        let cause = settled.change.reason.as_deref().unwrap_or("content");
        let codes = settled.change.codes.as_deref().unwrap_or("no code");
        let reason = format!(
            "{} messages in a row were refused for their {cause} ({codes}), so the rest waits. Look at the answers, mend the cause, then resume.",
            self.tuning.refusals
        );
        if store::set_held(tx, source, settled.terms.pass, &reason).await? {
            let entry = Entry::new(Operation::Change, "sending.hold").on("source", source.as_i64());
            tx.record(self.app.store(), &self.ctx, entry).await?;
            let detail = serde_json::json!({ "source": source, "cause": cause });
            signals::note(tx, &self.ctx, "sending.refused", i64::from(self.tuning.refusals), detail).await?;
        }
        Ok(())
    }
}
