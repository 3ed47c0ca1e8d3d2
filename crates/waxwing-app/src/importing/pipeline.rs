//! Three steps that go on at once: a thread reads rows and computes tags, a task looks people up
//! and has them sealed, and whoever receives the batches writes them.
//!
//! Promise: batches arrive in the order of the file, at most three are under way, so memory is
//! bounded. Limit: a batch may be looked up before the one in front of it is written; whoever it
//! then takes for unknown is recognised again when it is written.

use super::file::Form;
use super::files;
use super::mapping::Mapping;
use super::reading::{Batch, Batches, Refused};
use crate::fields::Field;
use crate::subscribers::{self, Prepared, Sealed};
use crate::{App, Result};
use std::io::Read;
use std::sync::Arc;
use tokio::sync::mpsc;
use waxwing_crypto::FileKey;
use waxwing_domain::{Ctx, ImportId};

/// Rows a transaction: large enough for its fixed cost, small enough that others get their turn.
const ROWS: usize = 8_192;

/// What the steps work with.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) app: App,
    pub(super) ctx: Ctx,
    pub(super) id: ImportId,
    pub(super) form: Form,
    pub(super) mapping: Mapping,
    pub(super) fields: Vec<Arc<Field>>,
    pub(super) key: FileKey,
}

/// A batch on its way: people as `P`, and what is known of its rows.
pub(super) struct Flow<P> {
    /// The people.
    pub(super) people: P,
    /// For each of them, whether the address stood in the file before.
    pub(super) repeated: Vec<bool>,
    /// For each of them, the line.
    pub(super) lines: Vec<u64>,
    /// Rows that were refused.
    pub(super) refused: Vec<Refused>,
    /// How far the file was read with this batch.
    pub(super) place: i64,
    /// Bytes of the file that were read.
    pub(super) taken: i64,
}

impl<P> Flow<P> {
    fn with<Q>(self, change: impl FnOnce(P) -> Q) -> Flow<Q> {
        let Self { people, repeated, lines, refused, place, taken } = self;
        Flow { people: change(people), repeated, lines, refused, place, taken }
    }
}

/// Batches with their tags computed, from the place that was reached.
pub(super) fn read(source: &Source, place: i64) -> mpsc::Receiver<Result<Flow<Prepared>>> {
    let (sender, receiver) = mpsc::channel(1);
    let source = source.clone();
    tokio::task::spawn_blocking(move || {
        let done = u64::try_from(place).unwrap_or(0);
        let opened = files::read_upload(&source.app, source.id, &source.key)
            .and_then(|reader| Batches::new(reader, &source.form, &source.mapping, &source.fields, done, ROWS));
        // Ends when the file does, after a failure, or when nobody listens any more.
        match opened {
            Err(problem) => drop(sender.blocking_send(Err(super::problem(problem)))),
            Ok(mut batches) => {
                while let Some(batch) = next(&source, &mut batches).transpose() {
                    let failed = batch.is_err();
                    if sender.blocking_send(batch).is_err() || failed {
                        return;
                    }
                }
            }
        }
    });
    receiver
}

fn next<R: Read>(source: &Source, batches: &mut Batches<R>) -> Result<Option<Flow<Prepared>>> {
    let Some(batch) = batches.next().map_err(super::problem)? else { return Ok(None) };
    let Batch { people, repeated, lines, refused, place, taken } = batch;
    let people = subscribers::prepare(&source.app, source.ctx.workspace, people)?;
    let far = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    Ok(Some(Flow { people, repeated, lines, refused, place: far(place), taken: far(taken) }))
}

/// Batches with new people sealed, ready to be written.
pub(super) fn seal(
    source: &Source,
    mut incoming: mpsc::Receiver<Result<Flow<Prepared>>>,
) -> mpsc::Receiver<Result<Flow<Sealed>>> {
    let (sender, receiver) = mpsc::channel(1);
    let source = source.clone();
    tokio::spawn(async move {
        while let Some(batch) = incoming.recv().await {
            let sealed = match batch {
                Ok(batch) => seal_one(&source, batch).await,
                Err(error) => Err(error),
            };
            let failed = sealed.is_err();
            if sender.send(sealed).await.is_err() || failed {
                return;
            }
        }
    });
    receiver
}

async fn seal_one(source: &Source, mut batch: Flow<Prepared>) -> Result<Flow<Sealed>> {
    let mut tx = source.app.read(&source.ctx, "importing.look_up").await?;
    subscribers::look_up(&mut tx, &mut batch.people).await?;
    batch.people.leave_out_suppressed();
    batch.people.leave_out_made_up(&source.app, &mut tx).await?;
    drop(tx);
    let allocation = subscribers::allocate(&source.app, &batch.people).await?;
    let (app, now) = (source.app.clone(), source.ctx.now());
    files::blocking(move || Ok(batch.with(|people| subscribers::seal(&app, people, &allocation, now)))).await
}
