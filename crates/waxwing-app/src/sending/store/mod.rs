//! The SQL of the sending ledger.
//!
//! The lane reads people, memberships and suppressions in the statement that leases, because the
//! last look must happen in the transaction of the lease; it writes none of those tables.

mod fates;
mod fill;
mod forget;
mod lane;
mod ledger;
mod limits;
mod messages;
mod people;
mod reading;
mod sources;
mod trials;

pub(super) use fates::fates;
pub(super) use fill::{fill_page, fill_state, filled};
pub(super) use forget::forget;
pub(super) use lane::{begin_epoch, fence, give_up, orphans, outbox_waits, recover};
pub(super) use ledger::{
    Change, Leased, Person, close_page, count, finish, lease_due, lease_fresh, next_due, people, put_back, settle,
    take_off, uncount, unsettled,
};
pub(super) use limits::{bucket, set_bucket};
pub(super) use messages::{came_true, done_at, newest, newest_of, of_people, of_source, page_of};
pub(super) use people::{fill_people, insert_people, people_of, relay_of};
pub(super) use reading::{again, audience, recipients, standings};
pub(super) use sources::{
    insert_source, lists, open_sources, reopen, revision, sent_to, set_cancelled, set_held, set_running, source,
    undefer,
};
pub(super) use trials::{forget_tests, keep_test, test_message};
