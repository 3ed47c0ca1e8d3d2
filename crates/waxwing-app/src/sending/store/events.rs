//! What happened to messages, as rows that stay.

use waxwing_domain::{EventKind, Micros, SourceId, SubjectNo};
use waxwing_store::{StoreError, Tx, args, bulk};

bulk! { INSERT,
    into "events" (id: Int, at: Int, kind: Text, subject: Int, source_id: Int, reason: Text, sealed: Blob), "" }

/// One event of a message.
pub(in crate::sending) struct EventRow {
    /// Its id; the reply is sealed for it.
    pub id: i64,
    /// When.
    pub at: Micros,
    /// What.
    pub kind: EventKind,
    /// To whom.
    pub subject: SubjectNo,
    /// Of which source.
    pub source: SourceId,
    /// Why.
    pub reason: Option<String>,
    /// The relay's words, sealed under the person's key.
    pub reply: Option<Vec<u8>>,
}

pub(in crate::sending) async fn insert(tx: &mut Tx, events: Vec<EventRow>) -> Result<(), StoreError> {
    let rows = events
        .into_iter()
        .map(|e| args![e.id, e.at, e.kind.as_str(), e.subject, e.source, e.reason, e.reply])
        .collect();
    tx.bulk(&INSERT, rows).await.map(drop)
}
