//! Chooses the next source in turn, leases a batch of its recipients, takes the last look.
//!
//! Guarantee: the last look (membership, suppression, gate, hold, limits) happens in the
//! transaction of the lease. Limit: an unsubscribe after that reaches the recipients of one batch
//! too late, if their messages leave within the second.

use super::batch::{CHUNK, Chunk};
use super::lines::{Road, Way};
use super::pulse::{Reading, Terms};
use super::ready::Ready;
use super::{Shared, limits};
use crate::sending::store::{self, Change, Leased, Person};
use crate::sending::{RowState, Source, Stream};
use crate::settings::{self, Limits};
use crate::{Error, Result};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use waxwing_domain::{EventKind, Micros, Operation, SkipReason, SourceId, SubjectNo, Thing};
use waxwing_store::{Entry, Event, StoreError, Tx};

/// Between two looks for work when there is none.
const IDLE: Duration = Duration::from_millis(100);
/// Between two readings of the relays.
const RELAYS: Duration = Duration::from_secs(2);
/// Microseconds that a lease lasts: far longer than any batch takes; only a broken lane gets there.
const LEASE: i64 = 30 * Micros::MINUTE;
/// Microseconds until a source whose domain is contained is looked at again.
const SHUT: i64 = 2 * Micros::SECOND;
/// What a source is held with when nothing can be sent through.
const NO_RELAY: &str = "There is no relay to send through. Add or enable one under Settings, Relays, then resume.";
/// What a source is held with whose one relay may not be used.
const CHOSEN_RELAY: &str =
    "The relay that was chosen for this is off, removed or contained. Bring it back, then resume.";
/// Microseconds until a source without work is looked at again.
const LULL: i64 = Micros::SECOND / 5;

struct Feeder {
    shared: Arc<Shared>,
    known: HashMap<SourceId, Progress>,
    turn: usize,
    /// When the relays were read, and under which epoch of the gate.
    relays_at: Option<(Instant, i64)>,
    orphans_at: Option<Micros>,
    /// Leased, and then something failed before they went on.
    stray: Vec<(SourceId, Vec<i64>)>,
}

/// Where a source is in its pass.
struct Progress {
    pass: i64,
    ready: Arc<Ready>,
    /// Fresh recipients up to this one are leased.
    after: i64,
    /// Nothing to do before.
    wait: Micros,
}

type Rows = Vec<(Leased, Person)>;

/// Feeds until the end.
pub(super) async fn run(shared: Arc<Shared>, chunks: mpsc::Sender<Chunk>, ending: CancellationToken) -> Result<()> {
    let orphans_at = Some(shared.now());
    let mut feeder = Feeder { shared, known: HashMap::new(), turn: 0, relays_at: None, orphans_at, stray: Vec::new() };
    while !ending.is_cancelled() {
        let pause = match feeder.step().await {
            Ok(batch) if !batch.is_empty() => {
                for chunk in batch {
                    tokio::select! {
                        sent = chunks.send(chunk) => if sent.is_err() { return Ok(()) },
                        () = ending.cancelled() => return Ok(()),
                    }
                }
                continue;
            }
            Ok(_) => IDLE,
            Err(Error::Store(StoreError::Lost(lost))) => return Err(StoreError::Lost(lost).into()),
            Err(error) => {
                tracing::error!(%error, "no recipients could be leased; trying again");
                5 * IDLE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = ending.cancelled() => {}
        }
    }
    Ok(())
}

impl Feeder {
    /// The next batch, or nothing when there is nothing to do now.
    async fn step(&mut self) -> Result<Vec<Chunk>> {
        let Some(reading) = self.shared.pulse.reading() else { return Ok(Vec::new()) };
        self.give_up_orphans().await?;
        self.return_stray().await?;
        self.known.retain(|id, known| reading.sources.iter().any(|s| s.id == *id && s.pass == known.pass));
        let Some(source) = self.next_source(&reading) else { return Ok(Vec::new()) };
        self.refresh_relays(reading.gate.epoch).await?;
        if !self.is_open(&source, Road::default(), NO_RELAY).await? {
            return Ok(Vec::new());
        }
        if !self.make_ready(&source).await? {
            return Ok(Vec::new());
        }
        let road = self.known.get(&source.id).map_or_else(Road::default, |known| known.ready.road);
        if road.relay.is_some() && !self.is_open(&source, road, CHOSEN_RELAY).await? {
            return Ok(Vec::new());
        }
        self.batch(&source, reading.gate.epoch).await
    }

    /// Whether there is a relay to use now; where there is none at all, the source is held and says why.
    async fn is_open(&self, source: &Source, road: Road, otherwise: &str) -> Result<bool> {
        match self.shared.lines.way(road) {
            Way::Open => Ok(true),
            Way::Resting(_) => Ok(false),
            Way::Nowhere => self.hold(source, otherwise).await.map(|()| false),
        }
    }

    /// The next source in turn that has something to do.
    fn next_source(&mut self, reading: &Reading) -> Option<Source> {
        let now = self.shared.now();
        let count = reading.sources.len();
        for step in 1..=count {
            let at = (self.turn + step) % count;
            let source = &reading.sources[at];
            let waits = self.known.get(&source.id).is_some_and(|known| known.wait > now);
            let may_leave = source.stream().may_leave(reading.gate.level);
            if source.filled && may_leave && !waits {
                self.turn = at;
                return Some(source.clone());
            }
        }
        None
    }

    /// Reads the relays anew now and then, and whenever the gate turned: one of them may be shut.
    async fn refresh_relays(&mut self, gate: i64) -> Result<()> {
        if self.relays_at.is_none_or(|(at, under)| at.elapsed() > RELAYS || under != gate) {
            self.shared.lines.refresh(&self.shared.app, self.shared.workspace).await?;
            self.relays_at = Some((Instant::now(), gate));
        }
        Ok(())
    }

    /// Compiles and loads once a pass; says whether the source can be sent.
    async fn make_ready(&mut self, source: &Source) -> Result<bool> {
        if self.known.contains_key(&source.id) {
            return Ok(true);
        }
        let ctx = self.shared.ctx(source.origin);
        match Ready::load(&self.shared.app, &ctx, source, &self.shared.lines).await {
            Ok(Ok(ready)) => {
                let wait = Micros::from_i64(0);
                let progress = Progress { pass: source.pass, ready: Arc::new(ready), after: 0, wait };
                self.known.insert(source.id, progress);
                Ok(true)
            }
            Ok(Err(reason)) => self.hold(source, &reason).await.map(|()| false),
            Err(Error::Store(error)) if error.is_temporary() => Err(error.into()),
            Err(error) => self.hold(source, &error.to_string()).await.map(|()| false),
        }
    }

    async fn hold(&self, source: &Source, reason: &str) -> Result<()> {
        let ctx = self.shared.ctx(source.origin);
        let mut tx = self.shared.app.begin(&ctx, "sending.hold").await?;
        store::fence(&mut tx, self.shared.epoch).await?;
        if store::set_held(&mut tx, source.id, source.pass, reason).await? {
            let entry = Entry::new(Operation::Change, "sending.hold").on("source", source.id.as_i64());
            tx.record(self.shared.app.store(), &ctx, entry).await?;
        }
        tx.commit().await?;
        tracing::warn!(source = %source.id, reason, "a source is held");
        // The reading that chose it is older than the hold.
        tokio::time::sleep(2 * IDLE).await;
        Ok(())
    }

    /// In-flight rows of lanes that are gone become unknown once their time is over.
    async fn give_up_orphans(&mut self) -> Result<()> {
        let now = self.shared.now();
        if self.orphans_at.is_none_or(|at| at > now) {
            return Ok(());
        }
        let ctx = self.shared.ctx(waxwing_domain::Actor::Job);
        let mut tx = self.shared.app.begin(&ctx, "sending.orphans").await?;
        store::fence(&mut tx, self.shared.epoch).await?;
        let lost = store::give_up(&mut tx, self.shared.epoch, now).await?;
        let mut by_source: BTreeMap<SourceId, usize> = BTreeMap::new();
        let mut events = Vec::with_capacity(lost.len());
        for (source, subject) in lost {
            *by_source.entry(source).or_default() += 1;
            let event = Event::of(ctx.new_id(), now, EventKind::Unknown, subject);
            events.push(event.in_source(source).because("stopped"));
        }
        for (source, number) in by_source {
            tracing::warn!(%source, number, "messages of a stopped process are of unknown fate");
            store::count(&mut tx, source, RowState::Unknown, "stopped", number).await?;
        }
        tx.events(events).await?;
        let next = store::orphans(&mut tx, self.shared.epoch).await?;
        tx.commit().await?;
        self.orphans_at = next.map(|at| at.max(now.plus(Micros::SECOND / 10)));
        Ok(())
    }

    /// Puts back what was leased when something failed.
    async fn return_stray(&mut self) -> Result<()> {
        while let Some((source, numbers)) = self.stray.last() {
            let ctx = self.shared.ctx(waxwing_domain::Actor::Job);
            let mut tx = self.shared.app.begin(&ctx, "sending.stray").await?;
            store::put_back(&mut tx, *source, self.shared.epoch, numbers.clone(), ctx.now()).await?;
            tx.commit().await?;
            self.stray.pop();
        }
        Ok(())
    }

    /// Leases, discloses, cuts into chunks.
    async fn batch(&mut self, source: &Source, gate: i64) -> Result<Vec<Chunk>> {
        let rows = self.lease(source, gate).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let Some(known) = self.known.get(&source.id) else { return Ok(Vec::new()) };
        let ready = Arc::clone(&known.ready);
        let ctx = self.shared.ctx(source.origin);
        let used = rows.iter().map(|(leased, person)| (leased.subject, person.sealed.present(&ready.disclosed)));
        let entry = Entry::new(Operation::Send, "sending.batch").on("source", source.id.as_i64()).to("smtp");
        let disclosed = self.shared.app.store().disclose(&ctx, entry.present(used)).await;
        let disclosure = Arc::new(disclosed.inspect_err(|_| {
            let numbers = rows.iter().map(|(leased, _)| leased.subject.as_i64()).collect();
            self.stray.push((source.id, numbers));
        })?);
        let terms = Terms { source: source.id, pass: source.pass, gate, stream: source.stream() };
        let date = self.shared.now();
        let mut chunks = Vec::with_capacity(rows.len() / CHUNK + 1);
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let rows = rows.by_ref().take(CHUNK).collect();
            chunks.push(Chunk { ready: Arc::clone(&ready), terms, disclosure: Arc::clone(&disclosure), rows, date });
        }
        Ok(chunks)
    }

    /// One transaction: room under the limits, lease, last look, slots.
    async fn lease(&mut self, source: &Source, gate: i64) -> Result<Rows> {
        let shared = Arc::clone(&self.shared);
        let Some(known) = self.known.get_mut(&source.id) else { return Ok(Vec::new()) };
        let (ctx, now) = (shared.ctx(source.origin), shared.now());
        let mut tx = shared.app.begin(&ctx, "sending.lease").await?;
        store::fence(&mut tx, shared.epoch).await?;
        let gate_now = tx.gate().await?;
        let still = store::source(&mut tx, source.id).await?;
        let unchanged = still.is_some_and(|s| s.pass == source.pass) && gate_now.epoch == gate;
        if !unchanged || !source.stream().may_leave(gate_now.level) {
            return Ok(Vec::new());
        }
        // Whoever releases the domain finds the source waiting, with all that is left of it.
        if known.ready.signing.is_some_and(|domain| !gate_now.lets(Thing::Domain(domain))) {
            known.wait = now.plus(SHUT);
            return Ok(Vec::new());
        }
        // Read here and not once a pass: a limit that is lowered counts at once.
        let (pace, bucket) = (settings::load(&mut tx).await?.limits, known.ready.bucket);
        let (room, again) = limits::room(&mut tx, &pace, bucket, (shared.tuning.batch, now)).await?;
        if room == 0 {
            known.wait = again;
            return Ok(Vec::new());
        }
        let before = known.after;
        let leased = lease_rows(&shared, &mut tx, source.id, known, (room, now)).await?;
        if leased.is_empty() {
            known.wait = rest(&mut tx, source.id, now).await?;
            tx.commit().await?;
            return Ok(Vec::new());
        }
        let numbers = leased.iter().map(|row| row.subject.as_i64()).collect();
        let look = Look { shared: &shared, source: source.id, stream: source.stream(), now, ctx };
        let rows = look.through(tx, leased, (&pace, bucket)).await;
        if rows.is_err() {
            // Whether the commit reached the database may be unknown: either way they are to be leased again.
            known.after = before;
            self.stray.push((source.id, numbers));
        }
        rows
    }
}

/// Rows that are due, then rows that were never tried.
async fn lease_rows(
    shared: &Shared,
    tx: &mut Tx,
    id: SourceId,
    known: &mut Progress,
    (room, now): (i64, Micros),
) -> Result<Vec<Leased>> {
    let deadline = now.plus(LEASE);
    let mut leased = store::lease_due(tx, id, shared.epoch, (now, deadline), room).await?;
    let left = room - i64::try_from(leased.len()).unwrap_or(room);
    if left > 0 {
        let fresh = store::lease_fresh(tx, id, shared.epoch, deadline, (known.after, left)).await?;
        known.after = fresh.iter().map(|row| row.subject.as_i64()).max().unwrap_or(known.after);
        leased.extend(fresh);
    }
    Ok(leased)
}

/// Nothing to lease: ends the source if everybody has an outcome; else, when to look again.
async fn rest(tx: &mut Tx, id: SourceId, now: Micros) -> Result<Micros> {
    if let Some(due) = store::next_due(tx, id).await? {
        return Ok(due);
    }
    if store::finish(tx, id, now).await? {
        tracing::info!(source = %id, "everybody has an outcome");
    }
    Ok(now.plus(LULL))
}

struct Look<'a> {
    shared: &'a Shared,
    source: SourceId,
    stream: Stream,
    now: Micros,
    ctx: waxwing_domain::Ctx,
}

impl Look<'_> {
    /// Looks at leased rows for the last time, takes their room under the limits, and commits.
    async fn through(&self, mut tx: Tx, leased: Vec<Leased>, (pace, bucket): (&Limits, i64)) -> Result<Rows> {
        let rows = self.last(&mut tx, leased).await?;
        let rows = self.slots(&mut tx, pace.recipient_domain, rows).await?;
        let sent = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        limits::take(&mut tx, pace, bucket, (sent, self.now)).await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// Skips whom the last look finds should not get the message.
    async fn last(&self, tx: &mut Tx, leased: Vec<Leased>) -> Result<Rows> {
        self.uncount_deferred(tx, &leased).await?;
        let numbers = leased.iter().map(|row| row.subject.as_i64()).collect();
        let people = store::people(tx, self.source, numbers).await?;
        let mut people: HashMap<SubjectNo, Person> = people.into_iter().map(|p| (p.sealed.subject, p)).collect();
        let mut rows = Vec::with_capacity(leased.len());
        let mut skipped: BTreeMap<SkipReason, Vec<i64>> = BTreeMap::new();
        for row in leased {
            let person = people.remove(&row.subject);
            let verdict = match &person {
                Some(person) => self.stream.last_look(person.membership, person.suppressed.as_deref(), true),
                None => self.stream.last_look(0, None, false),
            };
            match (verdict, person) {
                (None, Some(person)) => rows.push((row, person)),
                (reason, _) => {
                    let reason = reason.unwrap_or(SkipReason::Erased);
                    skipped.entry(reason).or_default().push(row.subject.as_i64());
                }
            }
        }
        self.skip(tx, skipped).await?;
        Ok(rows)
    }

    /// A leased row is pending, whatever it was before.
    async fn uncount_deferred(&self, tx: &mut Tx, leased: &[Leased]) -> Result<()> {
        let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
        for class in leased.iter().filter_map(|row| row.deferred.as_deref()) {
            *classes.entry(class).or_default() += 1;
        }
        for (class, number) in classes {
            store::uncount(tx, self.source, RowState::Deferred, class, number).await?;
        }
        Ok(())
    }

    async fn skip(&self, tx: &mut Tx, skipped: BTreeMap<SkipReason, Vec<i64>>) -> Result<()> {
        let mut events = Vec::new();
        for (reason, numbers) in skipped {
            let word = Some(reason.as_str().to_owned());
            let next_at = Micros::from_i64(0);
            let change = Change { state: RowState::Skipped, next_at, reason: word, codes: None, attempt: false };
            let done = store::settle(tx, self.source, self.shared.epoch, numbers, &change, self.now).await?;
            events.extend(done.into_iter().map(|subject| {
                let event = Event::of(self.ctx.new_id(), self.now, EventKind::Skipped, subject);
                event.in_source(self.source).because(reason.as_str())
            }));
        }
        Ok(tx.events(events).await?)
    }

    /// Puts back whose domain has no room, each with a time of its own. A row that was put back
    /// has its slot already.
    async fn slots(&self, tx: &mut Tx, pace: settings::Rate, rows: Rows) -> Result<Rows> {
        let mut slots = limits::Slots::new(pace, self.now);
        let mut go = Vec::with_capacity(rows.len());
        let mut later: BTreeMap<Micros, Vec<i64>> = BTreeMap::new();
        for (row, person) in rows {
            let slot = if row.has_slot { None } else { slots.reserve(tx, row.domain).await? };
            match slot {
                None => go.push((row, person)),
                Some(at) => later.entry(at).or_default().push(row.subject.as_i64()),
            }
        }
        slots.save(tx).await?;
        for (at, numbers) in later {
            store::put_back(tx, self.source, self.shared.epoch, numbers, at).await?;
        }
        Ok(go)
    }
}
