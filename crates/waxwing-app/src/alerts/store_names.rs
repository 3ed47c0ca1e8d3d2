//! The SQL of what things are called; people are named by `accounts`.

use super::Subject;
use waxwing_store::{StoreError, Tx, Value, args, statement};

// Numbers of different kinds may be the same where they are no ids: whoever asks leaves out what they did not mean.
statement! { NAMES,
"SELECT 'api_key', id, name FROM api_keys WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT 'webhook', id, name FROM webhooks_endpoints WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT 'relay', id, name FROM relays WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT 'domain', id, name FROM domains WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT 'campaign', id, name FROM campaigns WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT 'form', id, title FROM signup_forms WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT 'import', id, list_name FROM imports WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT 'list', id, name FROM lists WHERE workspace_id = $1 AND id IN [$2]" }
statement! { EXPORTS,
"SELECT e.id, l.name FROM exports e JOIN lists l ON l.workspace_id = e.workspace_id AND l.id = e.list_id
     WHERE e.workspace_id = $1 AND e.id IN [$2]" }
statement! { OF_SOURCES, "SELECT id, kind, reference FROM sources WHERE workspace_id = $1 AND id IN [$2]" }

/// The names of what has these numbers.
pub(super) async fn of(tx: &mut Tx, numbers: Vec<i64>) -> Result<Vec<(Subject, String)>, StoreError> {
    let read = |r: &waxwing_store::Row<'_>| {
        let (kind, number) = (r.text(0)?, r.int(1)?);
        let subject =
            Subject::from_columns(&kind, number).ok_or_else(|| StoreError::Damaged("a kind of thing".into()))?;
        Ok((subject, r.text(2)?))
    };
    let mut found = tx.all(&NAMES, args![Value::Ints(numbers.clone())], read).await?;
    let exports = tx.all(&EXPORTS, args![Value::Ints(numbers)], |r| {
        Ok((Subject::Export(waxwing_domain::ExportId::from_i64(r.int(0)?)), r.text(1)?))
    });
    found.extend(exports.await?);
    Ok(found)
}

/// Kind and number of what opened these sources of messages, by source.
pub(super) async fn of_sources(tx: &mut Tx, sources: Vec<i64>) -> Result<Vec<(i64, String, i64)>, StoreError> {
    tx.all(&OF_SOURCES, args![Value::Ints(sources)], |r| Ok((r.int(0)?, r.text(1)?, r.int(2)?))).await
}
