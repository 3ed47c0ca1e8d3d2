//! The SQL of the sending ledger.
//!
//! The lane reads people, memberships and suppressions in the statement that leases, because the
//! last look must happen in the transaction of the lease; it writes none of those tables.

mod events;
mod fill;
mod lane;
mod ledger;
mod limits;
mod reading;
mod sources;

pub(super) use events::{EventRow, insert as insert_events};
pub(super) use fill::{FillPage, fill_page, fill_state, filled};
pub(super) use lane::{Due, begin_epoch, due, fence, give_up, orphans, recover};
pub(super) use ledger::{
    Change, Leased, Person, close_page, count, finish, lease_due, lease_fresh, next_due, people, put_back, settle,
    take_off,
};
pub(super) use limits::{bucket, set_bucket};
pub(super) use reading::{audience, counts, recipients};
pub(super) use sources::{
    insert_source, lists, open_sources, reopen, revision, set_cancelled, set_held, set_running, source,
};
