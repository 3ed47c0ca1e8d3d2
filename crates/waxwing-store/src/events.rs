//! Events: what happened to messages and memberships, appended with the change itself.

use crate::{Row, SealedPerson, StoreError, Tx, Value, args, bulk, statement};
use futures::future::BoxFuture;
use waxwing_domain::{EventKind, ListId, Micros, SourceId, SubjectNo};

bulk! { APPEND, into "events" (id: Int, at: Int, kind: Text, subject: Int, source_id: Int, list_id: Int, reason: Text, sealed: Blob), "" }
statement! { OF_SUBJECT,
"SELECT id, at, kind, subject, source_id, list_id, reason, sealed FROM events
 WHERE workspace_id = $1 AND subject = $2 AND id < $3 ORDER BY id DESC LIMIT $4" }
statement! { BY_ID,
"SELECT id, at, kind, subject, source_id, list_id, reason, sealed FROM events WHERE workspace_id = $1 AND id IN [$2]" }
statement! { FORGET, "DELETE FROM events WHERE workspace_id = $1 AND subject = $2" }

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id, from `ctx.new_id()`; also the row that `sealed` is bound to.
    pub id: i64,
    /// When.
    pub at: Micros,
    /// What.
    pub kind: EventKind,
    /// To whom.
    pub subject: Option<SubjectNo>,
    /// In which source of messages.
    pub source: Option<SourceId>,
    /// On which list.
    pub list: Option<ListId>,
    /// Why: a stable word, never personal.
    pub reason: Option<String>,
    /// Details under the person's key (place: table EVENTS, field SMTP_REPLY, row = id).
    pub sealed: Option<Vec<u8>>,
    /// Whose key sealed it, as that key was then; only until it is written ([`Store::keep_up`](crate::Store::keep_up)).
    pub key: Option<SealedPerson>,
}

impl Event {
    /// An event about a person.
    pub fn of(id: i64, at: Micros, kind: EventKind, subject: SubjectNo) -> Self {
        Self { id, at, kind, subject: Some(subject), source: None, list: None, reason: None, sealed: None, key: None }
    }
    /// On a list.
    pub fn on_list(mut self, list: ListId) -> Self {
        self.list = Some(list);
        self
    }
    /// In a source.
    pub fn in_source(mut self, source: SourceId) -> Self {
        self.source = Some(source);
        self
    }
    /// For a reason.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

type Told = for<'a> fn(&'a mut Tx, &'a [Event]) -> BoxFuture<'a, Result<(), StoreError>>;

/// A feature that hears of events in their own transaction: what it writes commits with them.
/// Register one with `inventory::submit!`. It must be quick, for it stands in every such transaction.
pub struct EventHook {
    /// The feature.
    pub feature: &'static str,
    told: Told,
}

impl EventHook {
    /// A feature's ear.
    pub const fn new(feature: &'static str, told: Told) -> Self {
        Self { feature, told }
    }
}

inventory::collect!(EventHook);

fn read(r: &Row<'_>) -> Result<Event, StoreError> {
    Ok(Event {
        id: r.int(0)?,
        at: r.time(1)?,
        kind: r.word(2, EventKind::parse)?,
        subject: r
            .opt_int(3)?
            .map(SubjectNo::from_i64)
            .transpose()
            .map_err(|_| StoreError::Damaged("an event".into()))?,
        source: r.opt_int(4)?.map(SourceId::from_i64),
        list: r.opt_int(5)?.map(ListId::from_i64),
        reason: r.opt_text(6)?,
        sealed: r.opt_blob(7)?,
        key: None,
    })
}

impl Tx {
    /// Appends events; they exist if and only if this transaction commits. Whoever registered an
    /// [`EventHook`] hears of them first.
    pub async fn events(&mut self, events: Vec<Event>) -> Result<(), StoreError> {
        for hook in inventory::iter::<EventHook> {
            (hook.told)(self, &events).await?;
        }
        let row = |e: Event| args![e.id, e.at, e.kind.as_str(), e.subject, e.source, e.list, e.reason, e.sealed];
        self.bulk(&APPEND, events.into_iter().map(row).collect()).await.map(drop)
    }

    /// The events with these ids, in no particular order; those that are forgotten are missing.
    pub async fn events_by_id(&mut self, ids: Vec<i64>) -> Result<Vec<Event>, StoreError> {
        self.all(&BY_ID, args![Value::Ints(ids)], read).await
    }

    /// A person's history before event `before`, newest first.
    pub async fn history(&mut self, subject: SubjectNo, before: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
        self.all(&OF_SUBJECT, args![subject, before, limit], read).await
    }

    /// Deletes a person's history.
    pub async fn forget_events(&mut self, subject: SubjectNo) -> Result<u64, StoreError> {
        self.exec(&FORGET, args![subject]).await
    }
}
