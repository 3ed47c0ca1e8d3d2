//! What the server was sent and what it said, kept in memory and bounded.
//!
//! Promise: counters never miss a recipient; messages are kept in the order they were answered.
//! Limit: once the bound of [`Keep::Messages`] is reached the oldest are forgotten, and
//! everything is gone when the process ends.

use super::entry::{CapturedMessage, Counts, Filter, Verdict};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How much is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Whole messages, the newest up to both bounds.
    Messages {
        /// At most this many entries.
        entries: usize,
        /// At most this many bytes of messages.
        bytes: usize,
    },
    /// No message, only how often each recipient got one, for at most this many recipients.
    Recipients(usize),
    /// Counters alone, for sends of millions.
    Nothing,
}

impl Default for Keep {
    fn default() -> Self {
        Self::Messages { entries: 20_000, bytes: 256 * 1_024 * 1_024 }
    }
}

/// The wait was over before the count was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the capture server did not get there in time; it stands at {0:?}")]
pub struct WaitError(pub Counts);

/// A handle on what was caught; clones share it.
#[derive(Clone)]
pub struct Captured(Arc<Shared>);

struct Shared {
    keep: Keep,
    store: Mutex<Store>,
    changed: Notify,
}

#[derive(Default)]
struct Store {
    counts: Counts,
    entries: VecDeque<Arc<CapturedMessage>>,
    bytes: usize,
    last_id: u64,
    recipients: HashMap<String, u32>,
}

impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Captured({:?})", self.counts())
    }
}

impl Captured {
    /// An empty box.
    pub fn new(keep: Keep) -> Self {
        Self(Arc::new(Shared { keep, store: Mutex::default(), changed: Notify::new() }))
    }

    /// Totals so far.
    pub fn counts(&self) -> Counts {
        self.store().counts
    }

    /// Entries that fit `filter`, newest first, at most `limit`.
    pub fn list(&self, filter: &Filter, limit: usize) -> Vec<Arc<CapturedMessage>> {
        // The search decodes subjects: it works on a copy of the pointers, not under the lock.
        let entries: Vec<_> = self.store().entries.iter().rev().cloned().collect();
        entries.into_iter().filter(|entry| filter.fits(entry)).take(limit).collect()
    }

    /// One entry, unless it was forgotten.
    pub fn get(&self, id: u64) -> Option<Arc<CapturedMessage>> {
        let store = self.store();
        let at = store.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        store.entries.get(at).cloned()
    }

    /// The newest message accepted for `address`.
    pub fn newest_to(&self, address: &str) -> Option<Arc<CapturedMessage>> {
        let filter = Filter { verdict: Some("accepted"), ..Filter::to(address) };
        self.list(&filter, 1).pop()
    }

    /// How often each recipient got a message, lost replies included; nothing with [`Keep::Nothing`].
    pub fn deliveries(&self) -> HashMap<String, u32> {
        self.store().recipients.clone()
    }

    /// Forgets all entries; counters go on.
    pub fn clear(&self) {
        let mut store = self.store();
        store.entries.clear();
        store.recipients.clear();
        store.bytes = 0;
    }

    /// Waits until `accepted` recipients were accepted since the start.
    pub async fn wait_for(&self, accepted: u64, within: Duration) -> Result<Counts, WaitError> {
        self.wait_until(|counts| counts.accepted >= accepted, within).await
    }

    /// Waits until the counters are as `enough` wants them.
    pub async fn wait_until(&self, enough: impl Fn(&Counts) -> bool, within: Duration) -> Result<Counts, WaitError> {
        let reached = async {
            loop {
                let changed = self.0.changed.notified();
                let counts = self.counts();
                if enough(&counts) {
                    return counts;
                }
                changed.await;
            }
        };
        tokio::time::timeout(within, reached).await.map_err(|_| WaitError(self.counts()))
    }

    /// Whether bytes of messages are worth keeping at all.
    pub(crate) fn keeps_messages(&self) -> bool {
        matches!(self.0.keep, Keep::Messages { .. })
    }

    /// Counts a connection and gives its number.
    pub(crate) fn connected(&self) -> u64 {
        let mut store = self.store();
        store.counts.connections += 1;
        store.counts.connections
    }

    /// Notes an answer; `size` is what was read of the message. Gives the entry's id.
    pub(crate) fn record(&self, mut entry: CapturedMessage, size: usize) -> u64 {
        let mut store = self.store();
        store.last_id += 1;
        entry.id = store.last_id;
        let id = entry.id;
        store.count(&entry, size);
        match self.0.keep {
            Keep::Messages { entries, bytes } => {
                store.tally(&entry.to, entry.verdict, entries);
                store.keep(entry, entries, bytes);
            }
            Keep::Recipients(most) => store.tally(&entry.to, entry.verdict, most),
            Keep::Nothing => {}
        }
        drop(store);
        self.0.changed.notify_waiters();
        id
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // Each change below is small and cannot panic half-way: a poisoned lock holds whole data.
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn count(&mut self, entry: &CapturedMessage, size: usize) {
        let recipients = entry.to.len() as u64;
        self.counts.bytes += size as u64;
        match entry.verdict {
            Verdict::Accepted => self.counts.accepted += recipients,
            Verdict::Deferred { .. } => self.counts.deferred += recipients,
            Verdict::Refused { .. } => self.counts.refused += recipients,
            Verdict::ReplyLost => self.counts.reply_lost += recipients,
        }
    }

    fn tally(&mut self, to: &[String], verdict: Verdict, most: usize) {
        if !matches!(verdict, Verdict::Accepted | Verdict::ReplyLost) {
            return;
        }
        for address in to {
            if self.recipients.len() < most || self.recipients.contains_key(address) {
                *self.recipients.entry(address.clone()).or_default() += 1;
            }
        }
    }

    fn keep(&mut self, entry: CapturedMessage, entries: usize, bytes: usize) {
        self.bytes += entry.raw.len();
        self.entries.push_back(Arc::new(entry));
        while self.entries.len() > entries || self.bytes > bytes {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.raw.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::Micros;

    fn entry(to: &str, verdict: Verdict) -> CapturedMessage {
        let raw: Arc<[u8]> = Arc::from(&b"Subject: =?utf-8?q?Sp=C3=A4t?=\r\n\r\nhi\r\n"[..]);
        let to = vec![to.to_owned()];
        CapturedMessage {
            id: 0,
            at: Micros::default(),
            connection: 1,
            tls: false,
            from: String::new(),
            to,
            raw,
            verdict,
        }
    }

    #[test]
    fn the_oldest_are_forgotten_and_the_counters_are_not() {
        let captured = Captured::new(Keep::Messages { entries: 2, bytes: 1_000 });
        for name in ["a@x.example", "b@x.example", "c@x.example"] {
            captured.record(entry(name, Verdict::Accepted), 10);
        }
        assert!(captured.get(1).is_none());
        assert_eq!(captured.get(3).map(|e| e.to[0].clone()), Some("c@x.example".to_owned()));
        assert_eq!((captured.counts().accepted, captured.counts().bytes), (3, 30));
    }

    #[test]
    fn a_bound_on_bytes_holds_too() {
        let captured = Captured::new(Keep::Messages { entries: 100, bytes: 60 });
        for _ in 0..5 {
            captured.record(entry("a@x.example", Verdict::Accepted), 0);
        }
        assert_eq!(captured.list(&Filter::default(), 100).len(), 1);
    }

    #[test]
    fn entries_are_found_by_recipient_by_verdict_and_by_decoded_subject() {
        let captured = Captured::new(Keep::default());
        captured.record(entry("Ann@x.example", Verdict::Accepted), 0);
        captured.record(entry("bob@x.example", Verdict::of(550, "5.1.1")), 0);
        assert_eq!(captured.list(&Filter::to("ann@x.example"), 9).len(), 1);
        let refused = Filter { verdict: Some("refused"), ..Filter::default() };
        assert_eq!(captured.list(&refused, 9)[0].id, 2);
        let late = Filter { text: Some("spÄT".to_owned()), ..Filter::default() };
        assert_eq!(captured.list(&late, 9).len(), 2);
        assert!(captured.newest_to("bob@x.example").is_none());
    }

    #[test]
    fn a_message_whose_reply_was_lost_counts_as_delivered_to_its_recipient() {
        let captured = Captured::new(Keep::Recipients(10));
        captured.record(entry("a@x.example", Verdict::ReplyLost), 0);
        captured.record(entry("a@x.example", Verdict::Accepted), 0);
        captured.record(entry("a@x.example", Verdict::of(451, "4.7.1")), 0);
        assert_eq!(captured.deliveries().get("a@x.example"), Some(&2));
    }

    #[test]
    fn debug_shows_no_address() {
        assert!(!format!("{:?}", entry("ann@x.example", Verdict::Accepted)).contains("ann"));
    }
}
