//! What a bench paid for the access record: the entries that it wrote are written once more, alone.
//!
//! Each goes in a transaction of its own, with the same people beside it, and all are numbered and signed;
//! the product puts an entry of a change into the change's transaction. So the figure is an upper bound.

use std::error::Error;
use std::time::{Duration, Instant};
use waxwing_domain::{Ctx, Operation};
use waxwing_store::{Entry, LeafFacts, Part, Sequencer, Store, record_checkpoint, record_leaves, record_people};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Repeated for so long: processor time is read in steps of 10 ms.
const LONG_ENOUGH: Duration = Duration::from_secs(2);
/// Entries read at once.
const PAGE: u64 = 4_096;

/// What writing the entries of a bench once more took.
pub struct Cost {
    /// How many they are.
    pub entries: usize,
    /// Seconds of processor time, once.
    pub cpu: f64,
}

/// Numbers and signs what waits, and gives the size of the log.
pub async fn size(store: &Store, ctx: &Ctx) -> Outcome<u64> {
    Sequencer::new(store.clone()).finish().await?;
    let mut tx = store.read(ctx.workspace, "bench").await?;
    Ok(record_checkpoint(&mut tx).await?.map_or(0, |head| head.checkpoint.size))
}

/// What the entries from index `from` on cost; `cpu` gives the seconds this process has used so far.
pub async fn cost<E: Into<Box<dyn Error + Send + Sync>>>(
    store: &Store,
    ctx: &Ctx,
    from: u64,
    cpu: impl Fn() -> Result<f64, E>,
) -> Outcome<Cost> {
    let until = size(store, ctx).await?;
    let entries = written(store, ctx, from, until).await?;
    let (begun, used) = (Instant::now(), cpu().map_err(Into::into)?);
    let mut rounds = 0.0;
    while begun.elapsed() < LONG_ENOUGH {
        again(store, ctx, &entries).await?;
        rounds += 1.0;
    }
    Ok(Cost { entries: entries.len(), cpu: (cpu().map_err(Into::into)? - used) / rounds })
}

async fn again(store: &Store, ctx: &Ctx, entries: &[(Operation, Vec<Part>)]) -> Outcome<()> {
    for (operation, parts) in entries {
        let mut entry = Entry::new(*operation, "bench.again").to("bench");
        entry.parts.clone_from(parts);
        let mut tx = store.begin(ctx.workspace, "bench").await?;
        tx.record(store, ctx, entry).await?;
        tx.commit().await?;
    }
    Ok(Sequencer::new(store.clone()).finish().await.map(drop)?)
}

/// What was done to whom by the entries from `from` up to `until`.
async fn written(store: &Store, ctx: &Ctx, from: u64, until: u64) -> Outcome<Vec<(Operation, Vec<Part>)>> {
    let mut found = Vec::new();
    for first in (from..until).step_by(PAGE as usize) {
        let mut tx = store.read(ctx.workspace, "bench").await?;
        let leaves = record_leaves(&mut tx, first, PAGE.min(until - first)).await?;
        let facts = leaves.iter().map(|leaf| LeafFacts::read(&leaf.bytes).ok_or("a leaf that cannot be read"));
        let facts = facts.collect::<Result<Vec<_>, _>>()?;
        let named: Vec<_> = facts.iter().map(|one| (one.id, one.parts.as_slice())).collect();
        let mut people = record_people(&mut tx, &named, leaves.len()).await?;
        for one in &facts {
            let beside = people.remove(&one.id).unwrap_or_default();
            let parts = one.parts.iter().zip(beside).map(|(part, people)| Part::new(&part.fields, people));
            found.push((one.operation, parts.collect()));
        }
    }
    Ok(found)
}
