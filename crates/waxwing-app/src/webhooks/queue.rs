//! How an event becomes deliveries: in its own transaction, as ids.

use super::endpoint::{Endpoint, State};
use super::store_deliveries::New;
use super::{store, store_deliveries};
use crate::subscribers::Hook;
use futures::future::BoxFuture;
use waxwing_store::{Event, EventHook, StoreError, Tx};

waxwing_store::inventory::submit! { EventHook::new("webhooks", queue) }
waxwing_store::inventory::submit! {
    Hook::new("webhooks", |_, tx, _, who| {
        Box::pin(async move { Ok(store_deliveries::forget(tx, who.subject).await?) })
    })
}

/// Queues a delivery for every endpoint that hears of an event. A workspace without endpoints
/// pays one look at an empty table.
fn queue<'a>(tx: &'a mut Tx, events: &'a [Event]) -> BoxFuture<'a, Result<(), StoreError>> {
    Box::pin(async move {
        let endpoints = store::all(tx).await?;
        let listening: Vec<&Endpoint> = endpoints.iter().filter(|e| e.state != State::Disabled).collect();
        if listening.is_empty() {
            return Ok(());
        }
        let new = events.iter().flat_map(|event| told(&listening, event)).collect();
        store_deliveries::queue(tx, new).await
    })
}

fn told(endpoints: &[&Endpoint], event: &Event) -> Vec<New> {
    let hears = endpoints.iter().filter(|endpoint| endpoint.hears(event.kind, event.list));
    let new = |endpoint: &&Endpoint| New {
        endpoint: endpoint.id,
        event: event.id,
        at: event.at,
        kind: event.kind,
        subject: event.subject,
    };
    hears.map(new).collect()
}
