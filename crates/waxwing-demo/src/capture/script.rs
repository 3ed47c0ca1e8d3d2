//! Misbehaviour by appointment: what a test wants the next connections to do.
//!
//! Promise: connections take scripts in the order they are accepted; once none is left, they
//! behave. Limit: a scripted hang ends when the peer leaves, when the server's idle time is over
//! or when the server stops.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// One way to be a bad peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Behaves; keeps a place in the queue.
    None,
    /// Accepts the connection and says nothing.
    HangBeforeGreeting,
    /// Greets with bytes that are not SMTP, then closes.
    GarbageGreeting,
    /// `421` instead of a greeting, then closes.
    Refuse421,
    /// `554` instead of a greeting, then closes.
    Refuse554,
    /// Answers DATA with 354, reads this many bytes of the message and closes.
    CloseInData {
        /// Bytes read before the close; fewer if the message ends earlier.
        after_bytes: usize,
    },
    /// Reads the whole message and closes without an answer: the sender cannot know.
    CloseAfterDot,
    /// Reads the whole message and never answers.
    HangAfterDot,
    /// Answers the final dot with bytes that are not SMTP, then closes.
    GarbageAfterDot,
    /// Takes this many messages, answers the next MAIL with `421` and closes.
    ShutDownAfter {
        /// Messages taken before it.
        messages: u32,
    },
}

/// The queue of misbehaviours, shared between the test and the server.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<VecDeque<Misbehaviour>>>);

impl Script {
    /// Appends one misbehaviour for each of the next connections.
    pub fn push(&self, next: impl IntoIterator<Item = Misbehaviour>) {
        self.queue().extend(next);
    }

    /// What the connection just accepted shall do.
    pub(crate) fn take(&self) -> Misbehaviour {
        self.queue().pop_front().unwrap_or(Misbehaviour::None)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Misbehaviour>> {
        // A queue of plain values is whole whatever the thread that held it did.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
