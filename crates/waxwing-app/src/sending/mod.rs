//! The ledger of messages from any source, and the lane that sends them.
//!
//! Promise: nobody is skipped without a reason, nobody is sent to twice, and at most W (256)
//! messages are of unknown fate after a crash.
//! States: of a source: held, running, done, cancelled; of a recipient: pending, leased, in flight,
//! accepted, deferred, failed, skipped, unknown.
//! Tables: revisions, sources, source_lists, source_people, source_counts, ledger, lanes, limits, test_messages.
//! Events: accepted, deferred, failed, skipped, unknown; sending.open, .start, .hold, .release, .cancel, .retry.
//! Jobs: sending.fill, sending.close, sending.lane.

mod audience;
mod counts;
mod fates;
mod jobs;
mod lane;
pub mod links;
mod messages;
mod preview;
mod revision;
mod source;
mod state;
mod store;
mod stream;
#[cfg(test)]
pub(crate) mod tests;
pub mod visits;

pub use audience::{AudiencePreview, again_preview, audience_preview};
pub use counts::{Counts, Recipient, RecipientFilter, Standing, counts, proof, recipients, standing, standings};
pub use fates::{Fates, fates};
pub(crate) use lane::time_for;
pub use lane::{Tuning, run as run_lane};
pub use messages::{Message, by_message_tags, newest_of, of_person, resolve, sent_of};
pub use preview::{Draft, render_preview, test_send, view};
pub use revision::{Facts, FrozenRevision, Sender};
pub(crate) use source::hold_contained;
pub use source::{
    NewNotice, NewSource, Source, by_id, cancel, compile, hold, lists_of, open_notice, open_source, release, retry,
    revision, sent_to, start,
};
pub use state::{Retry, RowState, SourceState};
pub use stream::Stream;

use crate::App;
use waxwing_http::Routes;
use waxwing_store::JobRegistry;

/// The setting that says how many seconds pass before a deferred message is first tried again;
/// 60 unless set.
pub const FIRST_RETRY: &str = "sending.first_retry_seconds";

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
}

waxwing_store::inventory::submit! {
    crate::subscribers::Hook::new("sending", |_, tx, ctx, who| {
        Box::pin(async move {
            store::forget_tests(tx, who.subject).await?;
            Ok(store::forget(tx, ctx, who.subject).await?)
        })
    })
}
