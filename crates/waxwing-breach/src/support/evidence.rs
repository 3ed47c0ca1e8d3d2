//! What help adds to the evidence of a case: when each message came, when it was answered, and what was answered.
//!
//! Limit: who wrote and what they wrote is not in it; that stays here, and is read on the record.

use super::{Message, sealing, store};
use crate::incidents::{EvidenceFile, EvidencePart};
use serde_json::{Value, json};
use waxwing_app::{App, Result};
use waxwing_domain::{Ctx, FieldId, IncidentId, SupportId};
use waxwing_store::{Tx, inventory};

/// Messages that are read at a time.
const BATCH: i64 = 500;

inventory::submit! { EvidencePart::new("support", |app, tx, ctx, id| Box::pin(files(app, tx, ctx, id))) }

async fn files(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<EvidenceFile>> {
    let (mut rows, mut before) = (Vec::new(), i64::MAX);
    loop {
        let batch = store::of_case(tx, id, before, BATCH).await?;
        let Some(last) = batch.last() else { break };
        before = last.id.as_i64();
        for message in &batch {
            rows.push(view(app, tx, ctx, message).await?);
        }
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![EvidenceFile::text("answers.json", format!("{:#}\n", Value::Array(rows)))])
}

async fn view(app: &App, tx: &mut Tx, ctx: &Ctx, message: &Message) -> Result<Value> {
    Ok(json!({
        "message": message.id, "state": message.state.as_str(), "received_at": message.received_at,
        "due_at": message.due_at, "ended_at": message.ended_at, "answers": answers(app, tx, ctx, message.id).await?,
    }))
}

async fn answers(app: &App, tx: &mut Tx, ctx: &Ctx, id: SupportId) -> Result<Value> {
    let sealed = store::answers(tx, id).await?;
    let open = |(at, sealed): (_, Vec<u8>)| {
        let text: String = sealing::open(app, ctx, FieldId::SUPPORT_ANSWER, id, &sealed)?;
        Ok(json!({ "at": at, "text": text }))
    };
    sealed.into_iter().map(open).collect()
}
