//! Sending, told in sentences: from lists to a capture server that plays mailbox providers.

mod crash;
mod flow;
mod limits;
mod refusals;
mod rig;
mod trouble;
