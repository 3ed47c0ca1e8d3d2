//! Test messages, for as long as their links show them.

use super::super::{Draft, Sender};
use waxwing_domain::{ListId, Micros, SourceId, SubjectNo};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO test_messages (id, workspace_id, content, sender, list_id, subject, expires_at)
     VALUES ($2, $1, $3, $4, $5, $6, $7)" }
statement! { PRUNE, "DELETE FROM test_messages WHERE workspace_id = $1 AND expires_at <= $2" }
statement! { ONE,
"SELECT content, sender, list_id, subject FROM test_messages WHERE workspace_id = $1 AND id = $2 AND expires_at > $3" }
statement! { FORGET, "DELETE FROM test_messages WHERE workspace_id = $1 AND subject = $2" }

/// Keeps a test message until `expires_at`; what expired before `now` goes.
pub(in crate::sending) async fn keep_test(
    tx: &mut Tx,
    id: SourceId,
    draft: &Draft,
    subject: SubjectNo,
    (now, expires_at): (Micros, Micros),
) -> Result<(), StoreError> {
    tx.exec(&PRUNE, args![now]).await?;
    let content = serde_json::to_string(&draft.revision)
        .map_err(|_| StoreError::Damaged("content that cannot be written".into()))?;
    tx.exec(&INSERT, args![id, content, draft.sender.to_json(), draft.list, subject, expires_at]).await.map(drop)
}

/// A test message that has not expired, and whose data it was filled with; person 0 is made up.
pub(in crate::sending) async fn test_message(
    tx: &mut Tx,
    id: SourceId,
    now: Micros,
) -> Result<Option<(Draft, SubjectNo)>, StoreError> {
    tx.optional(&ONE, args![id, now], |r| {
        let list = r.opt_int(2)?.map(ListId::from_i64);
        Ok((Draft { revision: r.json(0)?, sender: r.word(1, Sender::from_json)?, list }, r.subject(3)?))
    })
    .await
}

/// Test messages with a person's data go with the person.
pub(in crate::sending) async fn forget_tests(tx: &mut Tx, subject: SubjectNo) -> Result<(), StoreError> {
    tx.exec(&FORGET, args![subject]).await.map(drop)
}
