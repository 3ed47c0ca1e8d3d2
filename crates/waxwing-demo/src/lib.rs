//! The capture server that plays mailbox providers, sample data and the demo journey.
