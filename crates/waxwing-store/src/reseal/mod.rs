//! New keys for what is sealed already: every value is opened and sealed anew, then the old key is destroyed.
//!
//! Promise: what a thief's copy of the keys opens ends with a re-sealing: no later copy of the database holds a value
//! that those keys open. It may be cut off anywhere and run twice, and beside it everything goes on: a value that
//! somebody writes meanwhile wins, and nobody can commit one under a key that is on its way out ([`fence`]).
//! Nothing is disclosed: a plaintext exists inside one function of `waxwing-crypto` and leaves neither it nor this
//! crate, so there is no `Clear<T>` and no entry for each person; the record says when a re-sealing began and ended.
//! Limit: copies of the database from before stay readable with the keys of their day; monthly keys of network
//! addresses, the blind index, suppressions and the keys of the installation are not replaced here
//! (`docs/adr/0009-containment.md`). Whoever reads a value two seconds before its old key is destroyed and opens it
//! after is refused once and reads again.
//!
//! Files: `fence` (what may commit), `column` (which columns are sealed under keys of the workspace, said by the
//! features), `shared` (those), `people` (everybody's own key and what is sealed under it),
//! `follow` (what was on its way meanwhile).

mod column;
mod fence;
mod follow;
mod people;
mod shared;

pub use column::{SealedCell, SealedColumn, Sealing, sealed_columns};
pub(crate) use fence::Bound;
pub use people::{PeopleBatch, PeopleOrder, PeopleTurn};
pub use shared::{Position, SharedBatch, SharedTurn};
