//! Sending, told in sentences: from lists to a capture server that plays mailbox providers.

mod crash;
mod flow;
mod limits;
mod refusals;
mod reseal;
pub(crate) mod rig;
mod trouble;

/// All jobs of sending but the lane.
pub(crate) fn register_small(registry: &mut waxwing_store::JobRegistry) {
    super::jobs::register_small(registry);
}
