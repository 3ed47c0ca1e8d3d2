//! What happened to a person: memberships and messages.

use super::store;
use crate::Result;
use waxwing_domain::{EventKind, ListId, Micros, SourceId, SubjectNo};
use waxwing_store::Tx;

/// Happenings shown at most.
const MOST: i64 = 200;

/// One thing that happened. Nothing of it is sealed; replies of mail servers are not part of it.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub at: Micros,
    /// What.
    pub kind: EventKind,
    /// By which source of messages.
    pub source: Option<SourceId>,
    /// On which list.
    pub list: Option<ListId>,
    /// Why, in a word.
    pub reason: Option<String>,
}

/// The latest 200 happenings of a person, newest first.
pub async fn history(tx: &mut Tx, subject: SubjectNo) -> Result<Vec<Happening>> {
    Ok(store::events(tx, subject, MOST).await?)
}
