//! What a receiver is told, rendered when it is sent.
//!
//! Promise: ids, words and subject numbers only, unless classes of fields were granted; then the
//! people of a batch are disclosed to the access record, under the credential behind the endpoint,
//! before any of them is rendered. Limit: fields are as they are at sending, not as they were when
//! the event happened; of who is gone meanwhile nothing is told but the number.

use super::endpoint::Endpoint;
use crate::fields::{self, Field};
use crate::subscribers::{self, StoredPerson};
use crate::{App, Result};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use waxwing_domain::{AlertId, Ctx, EventId, EventKind, Operation, SubjectNo, WebhookId};
use waxwing_store::{Disclosure, Entry, Event};

/// One message, ready to be signed.
pub(super) struct Message {
    /// `webhook-id`: the same for every attempt and replay.
    pub id: String,
    /// JSON.
    pub body: Vec<u8>,
}

/// The id that a receiver tells repetitions by.
pub(super) fn message_id(endpoint: WebhookId, event: EventId) -> String {
    format!("msg_{endpoint}_{event}")
}

/// What a test says.
pub(super) fn ping(endpoint: WebhookId, ctx: &Ctx) -> Message {
    let event = EventId::from_i64(ctx.new_id());
    let body = json!({ "type": "ping", "timestamp": ctx.now().to_string(), "data": { "webhook": endpoint } });
    Message { id: message_id(endpoint, event), body: body.to_string().into_bytes() }
}

/// The messages of these events, by event.
pub(super) async fn render(
    app: &App,
    ctx: &Ctx,
    endpoint: &Endpoint,
    events: &[Event],
) -> Result<HashMap<EventId, Message>> {
    let people = People::load(app, ctx, endpoint, events).await?;
    let message = |event: &Event| {
        let id = EventId::from_i64(event.id);
        let body = body(ctx, event, event.subject.and_then(|subject| people.fields(app, subject)));
        (id, Message { id: message_id(endpoint.id, id), body: body.to_string().into_bytes() })
    };
    Ok(events.iter().map(message).collect())
}

fn body(ctx: &Ctx, event: &Event, fields: Option<Map<String, Value>>) -> Value {
    let mut data = json!({
        "event": EventId::from_i64(event.id),
        "workspace": ctx.workspace,
        "subscriber": event.subject.map(SubjectNo::get),
        "list": event.list,
        "source": event.source,
        "reason": event.reason,
    });
    if event.kind == EventKind::AlertRaised {
        data["alert"] = json!(AlertId::from_i64(event.id));
    }
    if let Some(fields) = fields {
        data["fields"] = Value::Object(fields);
    }
    json!({ "type": event.kind.as_str(), "timestamp": event.at.to_string(), "data": data })
}

/// The people of a batch, with the proof that they stand in the record.
struct People {
    fields: Vec<Arc<Field>>,
    stored: HashMap<SubjectNo, StoredPerson>,
    seen: Option<Disclosure>,
}

impl People {
    async fn load(app: &App, ctx: &Ctx, endpoint: &Endpoint, events: &[Event]) -> Result<Self> {
        let nobody = Self { fields: Vec::new(), stored: HashMap::new(), seen: None };
        let mut numbers: Vec<SubjectNo> = events.iter().filter_map(|event| event.subject).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if endpoint.grants.is_empty() || numbers.is_empty() {
            return Ok(nobody);
        }
        let mut tx = app.read(ctx, "webhooks.people").await?;
        let fields: Vec<_> = fields::all(&mut tx).await?.into_iter().filter(|f| endpoint.grants(f.class)).collect();
        let stored = subscribers::sealed(&mut tx, &numbers).await?;
        drop(tx);
        if fields.is_empty() || stored.is_empty() {
            return Ok(nobody);
        }
        let entry = Entry::new(Operation::Read, "webhooks.batch").on("webhook", endpoint.id.as_i64()).to("webhook");
        let entry = entry.present(stored.iter().map(|person| person.named(&fields)));
        let seen = Some(app.store().disclose(ctx, entry).await?);
        Ok(Self { fields, stored: stored.into_iter().map(|person| (person.subject(), person)).collect(), seen })
    }

    fn fields(&self, app: &App, subject: SubjectNo) -> Option<Map<String, Value>> {
        let (stored, seen) = (self.stored.get(&subject)?, self.seen.as_ref()?);
        let clear = match seen.open(app.store(), &stored.person) {
            Ok(clear) => clear,
            Err(error) => {
                // A row that fails its integrity check is told without fields.
                tracing::error!(%error, "a person's fields are missing from a webhook");
                return None;
            }
        };
        let value = |field: &Field| match field.sealed() {
            true => clear.get(field.id).map(Value::from),
            false => stored.plain.get(&field.key).cloned(),
        };
        Some(self.fields.iter().filter_map(|field| Some((field.key.clone(), value(field)?))).collect())
    }
}
