//! Exports as people see them.
