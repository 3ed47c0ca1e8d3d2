//! The last word before a message leaves: asked while MAIL and RCPT are under way, and once more
//! immediately before the body.
//!
//! Guarantee: no byte of a body is written before [`Permit::grant`] said [`Verdict::Go`] and
//! [`Permit::still_granted`] agreed. Limit: what stands in the relay's queue is beyond reach.

use std::future::Future;
use std::pin::Pin;

/// May the message go?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes; whoever asked has noted that it is in flight.
    Go,
    /// No; nothing of it may leave.
    Drop,
}

/// What the sender of a message supplies to be asked before its body leaves.
pub trait Permit: Send {
    /// Decides, for instance by committing the message as in flight. Runs concurrently with the
    /// commands before the body. It may be dropped unfinished when the relay refuses meanwhile, and
    /// is then called again if the message is tried on a second connection; so it must be safe to
    /// call twice. The server waits meanwhile, and few wait longer than some minutes.
    fn grant(&mut self) -> impl Future<Output = Verdict> + Send;

    /// A look without waiting, right before body and dot: a relay may have taken minutes since
    /// the grant, and a gate may have closed.
    fn still_granted(&mut self) -> bool {
        true
    }
}

/// Lets everything pass: for test mails and tools without a ledger.
#[derive(Debug, Clone, Copy, Default)]
pub struct Always;

impl Permit for Always {
    async fn grant(&mut self) -> Verdict {
        Verdict::Go
    }
}

/// A permit that is one future. Made by [`when`].
pub struct When<'a>(Asked<'a>);

enum Asked<'a> {
    Waiting(Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>),
    Said(Verdict),
}

/// Uses a future, such as a channel's receiver, as the permit.
pub fn when<'a>(verdict: impl Future<Output = Verdict> + Send + 'a) -> When<'a> {
    When(Asked::Waiting(Box::pin(verdict)))
}

impl Permit for When<'_> {
    async fn grant(&mut self) -> Verdict {
        let verdict = match &mut self.0 {
            Asked::Waiting(future) => future.await,
            Asked::Said(verdict) => *verdict,
        };
        self.0 = Asked::Said(verdict);
        verdict
    }
}
