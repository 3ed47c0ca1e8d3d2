//! Leased recipients on their way from the feeder to the renderer.

use super::pulse::Terms;
use super::ready::Ready;
use crate::sending::store::{Leased, Person};
use std::sync::Arc;
use waxwing_domain::Micros;
use waxwing_store::Disclosure;

/// Recipients rendered by one blocking task: enough to make its start cheap, few enough for two
/// cores to share a batch.
pub(super) const CHUNK: usize = 16;

/// Some recipients of one batch.
pub(super) struct Chunk {
    /// What they get.
    pub ready: Arc<Ready>,
    /// Under which terms they were leased.
    pub terms: Terms,
    /// What may be opened of them.
    pub disclosure: Arc<Disclosure>,
    /// Who.
    pub rows: Vec<(Leased, Person)>,
    /// The date of their messages: that of the lease.
    pub date: Micros,
}
