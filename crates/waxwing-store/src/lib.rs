//! Two engines, named transactions, jobs, outbox, sessions, access record, gate and sealed columns.
