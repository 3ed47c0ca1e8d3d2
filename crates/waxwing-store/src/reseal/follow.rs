//! What was sealed for somebody while they got a new key: it follows that key.
//!
//! Promise: a message that was on its way when its recipient got a new key loses nothing of what the relay answered.
//! Limit: an answer whose old key opens no more is left out, with a word in the log; what became of the message stays.

use crate::{Event, Row, SealedPerson, Store, StoreError, Tx, args, statement};
use std::collections::HashMap;
use waxwing_crypto::{Place, TableId, reseal_under_subject};
use waxwing_domain::{FieldId, SubjectNo, WorkspaceId};

statement! { GENERATIONS, "SELECT subject, generation, wrapped FROM subject_keys WHERE workspace_id = $1 AND subject IN [$2]" }

impl Store {
    /// Before events with sealed values are written: where somebody got a new key since a value was sealed, it is
    /// sealed anew under that key. Nobody gets another one until `tx` ends.
    pub async fn keep_up(&self, tx: &mut Tx, events: &mut [Event]) -> Result<(), StoreError> {
        let numbers: Vec<i64> =
            events.iter().filter_map(|event| event.key.as_ref()).map(|p| p.subject.as_i64()).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        tx.beside_people().await?;
        let row = |r: &Row<'_>| Ok((r.subject(0)?, (r.int(1)?, r.blob(2)?)));
        let now: HashMap<_, _> = tx.all(&GENERATIONS, args![numbers], row).await?.into_iter().collect();
        for event in events {
            let Some(before) = event.key.as_ref() else { continue };
            let Some((generation, wrapped)) = now.get(&before.subject) else { continue };
            if *generation != i64::from(before.generation) {
                let followed = self.follow(tx.workspace(), event, before, (*generation, wrapped));
                // What became of the message is worth more than the words of the relay, which open no more.
                event.sealed = followed.unwrap_or_else(|error| {
                    tracing::error!(%error, "a relay's answer could not be kept");
                    None
                });
            }
        }
        Ok(())
    }

    fn follow(
        &self,
        workspace: WorkspaceId,
        event: &Event,
        before: &SealedPerson,
        (generation, wrapped): (i64, &[u8]),
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(sealed) = &event.sealed else { return Ok(None) };
        let generation =
            u32::try_from(generation).map_err(|_| StoreError::Damaged("a generation out of range".into()))?;
        let after = SealedPerson { generation, wrapped: wrapped.to_vec(), sealed: Vec::new(), ..before.clone() };
        let (old, new) = (crate::open_key(self, workspace, before)?, crate::open_key(self, workspace, &after)?);
        let from = cell_place(workspace, before.subject, before.generation, event.id);
        let to = cell_place(workspace, before.subject, generation, event.id);
        let followed = reseal_under_subject((&old, &from), (&new, &to), sealed, &**self.rng());
        followed.map(Some).map_err(|e| StoreError::Damaged(format!("subscriber {}: {e}", before.subject)))
    }
}

/// Where the sealed value of an event lives.
pub(super) const fn cell_place(workspace: WorkspaceId, subject: SubjectNo, generation: u32, event: i64) -> Place {
    Place { workspace, table: TableId::EVENTS, field: FieldId::SMTP_REPLY, row: event, subject, generation }
}
