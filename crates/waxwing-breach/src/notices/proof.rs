//! What became of a notice: numbers for the page, and the proof of each delivery as a file.
//!
//! Promise: the proof names each person by number only, with the codes that the relay answered and when; it has every
//! letter word by word and the digest that the second person's yes was bound to. Limit: a relay that took a message
//! took responsibility for it; whether it was read is not known and not watched. How the proof is written is in `written`.

use super::store;
use waxwing_app::Result;
use waxwing_app::sending::{self, Counts, SourceState};
use waxwing_domain::NoticeId;
use waxwing_store::Tx;

/// What follows for those who could not be reached.
pub(super) const UNREACHED: &str = "Who could not be reached by mail is to be told by a public communication or a similar measure, \
    by which they are informed in an equally effective manner (GDPR Art. 34(3)(c)).";

/// How far a notice is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Everybody it was ordered for.
    pub people: i64,
    /// A relay took responsibility.
    pub accepted: i64,
    /// Waits, or is put off.
    pub waiting: i64,
    /// Refused for good.
    pub failed: i64,
    /// Known not to be reachable, or erased since.
    pub skipped: i64,
    /// Sent, and the answer was lost.
    pub unknown: i64,
    /// Why parts of it are held, each sentence once.
    pub held: Vec<String>,
    /// Whether any part is running.
    pub running: bool,
}

impl Progress {
    fn add(&mut self, counts: &Counts, ordered: i64) {
        self.people += ordered;
        self.accepted += counts.accepted;
        self.failed += counts.failed;
        self.unknown += counts.unknown;
        // Who was erased between order and freezing has no row; they count as left out.
        self.skipped += counts.skipped + if counts.filled { ordered - counts.audience } else { 0 };
        self.waiting = self.people - self.accepted - self.failed - self.unknown - self.skipped;
    }
    /// Those who were not reached, and will not be by mail.
    pub const fn unreached(&self) -> i64 {
        self.failed + self.skipped
    }
    /// Whether everybody has an outcome.
    pub const fn is_complete(&self) -> bool {
        self.waiting == 0
    }
}

/// How far a notice is.
pub async fn progress(tx: &mut Tx, id: NoticeId) -> Result<Progress> {
    let parts = store::parts(tx, id).await?;
    let sources: Vec<_> = parts.iter().map(|part| part.source).collect();
    let standings = sending::standings(tx, &sources).await?;
    let mut progress = Progress::default();
    for part in &parts {
        let Some(standing) = standings.get(&part.source) else { continue };
        progress.add(&standing.counts, part.frozen);
        progress.running |= standing.state == SourceState::Running;
        if standing.state == SourceState::Held {
            let reason = standing.hold_reason.clone().unwrap_or_default();
            if !progress.held.contains(&reason) {
                progress.held.push(reason);
            }
        }
    }
    Ok(progress)
}
