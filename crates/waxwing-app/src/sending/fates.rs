//! Whom the messages of a thing reached, perhaps reached, and did not reach.
//!
//! Promise: nobody who may have a message is among those it did not reach. Limit: as the ledger stands now; what is
//! leaving in this moment counts as perhaps, and what a mail server took counts as reached, also where it bounced later.

use super::{RowState, store};
use crate::Result;
use waxwing_domain::{Action, Ctx, SourceId};
use waxwing_store::{RoaringBitmap, Tx};

/// Who got the messages of a thing.
#[derive(Clone, Debug, Default)]
pub struct Fates {
    /// Its sources.
    pub sources: Vec<SourceId>,
    /// A mail server took their message.
    pub reached: RoaringBitmap,
    /// Their message left, or may be leaving, and no answer is known.
    pub perhaps: RoaringBitmap,
    /// Everybody whom the ledger knows.
    pub known: RoaringBitmap,
}

impl Fates {
    pub(super) fn take(&mut self, subject: u32, state: RowState, once_unknown: bool) {
        self.known.insert(subject);
        match state {
            RowState::Accepted => drop(self.reached.insert(subject)),
            RowState::Unknown | RowState::InFlight => drop(self.perhaps.insert(subject)),
            _ if once_unknown => drop(self.perhaps.insert(subject)),
            RowState::Pending | RowState::Leased | RowState::Deferred | RowState::Failed | RowState::Skipped => {}
        }
    }

    /// Of people for whom a message was made: those whom it reached, and those whom it reached perhaps. Whom the ledger
    /// does not know is among the second.
    pub fn of(&self, people: &RoaringBitmap) -> (RoaringBitmap, RoaringBitmap) {
        let reached = people & &self.reached;
        let perhaps = (people & &self.perhaps) | (people - &self.known);
        let perhaps = perhaps - &reached;
        (reached, perhaps)
    }
}

/// Who got the messages that this thing opened sources for: `campaign` and its number.
pub async fn fates(tx: &mut Tx, ctx: &Ctx, kind: &str, reference: i64) -> Result<Fates> {
    ctx.authorise(Action::RecordRead)?;
    Ok(store::fates(tx, kind, reference).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_doubt_a_message_may_have_reached_its_person() {
        let mut fates = Fates::default();
        for (subject, state) in RowState::ALL.into_iter().enumerate() {
            fates.take(subject as u32, state, false);
        }
        fates.take(20, RowState::Failed, true);
        let made: RoaringBitmap = (0..8).chain([20, 30]).collect();
        let (reached, perhaps) = fates.of(&made);
        assert_eq!(reached.iter().collect::<Vec<_>>(), [RowState::Accepted.code() as u32]);
        let expected = [RowState::InFlight.code() as u32, RowState::Unknown.code() as u32, 20, 30];
        assert_eq!(perhaps.iter().collect::<Vec<_>>(), expected, "30 is in no ledger: a restore lost the row");
    }
}
