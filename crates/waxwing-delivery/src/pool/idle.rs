//! The connections that wait for their next message, and the count of all that are open.
//!
//! Guarantee: a session taken from here was open and silent a moment ago, and one that is dropped
//! anywhere leaves the count. Limit: the relay may close it in the next moment; the pool then
//! tries a fresh one.

use super::Shared;
use crate::smtp::Session;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;

/// A session of the pool, counted for as long as it lives.
pub(super) struct Pooled {
    pub(super) session: Session,
    _place: Place,
}

/// One place in the count of connections, held from the first attempt to open it.
pub(super) struct Place(Arc<Open>);

impl Place {
    pub(super) fn filled_by(self, session: Session) -> Pooled {
        Pooled { session, _place: self }
    }
}

#[derive(Default)]
struct Open {
    count: AtomicUsize,
    changed: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}

pub(super) struct Idle {
    patience: Duration,
    /// The last returned is the first taken, so that surplus ones grow old and are closed.
    waiting: Mutex<Vec<(Pooled, Instant)>>,
    open: Arc<Open>,
}

impl Idle {
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience, waiting: Mutex::default(), open: Arc::default() }
    }

    /// Resolves when a session comes back or goes for good, counted from this call.
    pub(super) fn changed(&self) -> OwnedNotified {
        Arc::clone(&self.open.changed).notified_owned()
    }

    /// Counts one more connection.
    pub(super) fn place(&self) -> Place {
        self.open.count.fetch_add(1, Ordering::SeqCst);
        Place(Arc::clone(&self.open))
    }

    /// Connections that are open or being opened.
    pub(super) fn open(&self) -> usize {
        self.open.count.load(Ordering::SeqCst)
    }

    pub(super) fn put(&self, pooled: Pooled) {
        self.lock().push((pooled, Instant::now()));
        self.open.changed.notify_waiters();
    }

    /// The freshest session that is still usable.
    pub(super) fn take(&self) -> Option<Pooled> {
        loop {
            // A statement of its own, so that the lock is not held while a session is examined.
            let newest = self.lock().pop();
            let (mut pooled, since) = newest?;
            if since.elapsed() < self.patience && pooled.session.is_usable() {
                return Some(pooled);
            }
        }
    }

    pub(super) fn take_all(&self) -> Vec<Pooled> {
        let all = std::mem::take(&mut *self.lock());
        all.into_iter().map(|(pooled, _)| pooled).collect()
    }

    fn take_old(&self) -> Vec<Pooled> {
        let mut waiting = self.lock();
        let young = waiting.iter().position(|(_, since)| since.elapsed() < self.patience);
        let count = young.unwrap_or(waiting.len());
        waiting.drain(..count).map(|(pooled, _)| pooled).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Pooled, Instant)>> {
        // Pushing and popping leave the list whole even if a panic follows.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections that have waited too long, until the pool is gone.
pub(super) async fn reap(pool: Weak<Shared>, patience: Duration) {
    let step = (patience / 2).max(Duration::from_millis(50));
    loop {
        tokio::time::sleep(step).await;
        let Some(pool) = pool.upgrade() else { return };
        for old in pool.idle.take_old() {
            old.session.quit().await;
        }
    }
}
