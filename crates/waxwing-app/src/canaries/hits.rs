//! Hits: something happened to somebody who does not exist, so a copy of a list is in use.
//!
//! Promise: the first [`ONE_BY_ONE`] of a mark are written down with what is known of whoever did it; all are counted.

use super::mark::{Mark, MarkKind, required};
use super::person::Canary;
use super::{mark, sealing, store, store_hits};
use crate::{App, Error, Result, signals};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use waxwing_domain::{Action, Ctx, FieldId, InboundId, MarkId, Micros, Operation};
use waxwing_store::{Entry, NewJob, Tx};

/// Hits of a mark that are written down one by one; more are counted.
const ONE_BY_ONE: i64 = 500;
/// Hits of a mark that are shown.
const SHOWN: i64 = 50;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CanaryHitKind)]
pub enum HitKind {
    /// Mail came.
    Mail,
    /// A mail server asked whether the address exists, and sent nothing.
    Asked,
    /// The address stood in an import, a sign-up or what a program added: a copy came back.
    Returned,
    /// A program changed, in good faith or not, a person whom it was given.
    Touched,
}

impl HitKind {
    const ALL: [Self; 4] = [Self::Mail, Self::Asked, Self::Returned, Self::Touched];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Asked => "asked",
            Self::Returned => "returned",
            Self::Touched => "touched",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Mail => "Mail came",
            Self::Asked => "Asked for, nothing sent",
            Self::Returned => "A copy came back",
            Self::Touched => "Changed by the program",
        }
    }
    /// Whether it says that a copy is where it should not be.
    const fn alarms(self) -> bool {
        !matches!(self, Self::Touched)
    }
}

/// What is known of whoever did it. All of it was said by a stranger, but the network address and the recipient.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = CanaryHitFacts)]
pub struct Facts {
    /// The made-up address.
    pub recipient: String,
    /// Where the connection came from.
    pub peer: String,
    /// What the sender called itself.
    pub hello: String,
    /// Whether the connection was encrypted.
    pub tls: bool,
    /// The sender of the envelope; empty for a notice about delivery.
    pub envelope_from: String,
    /// The address of the From header.
    pub header_from: String,
    /// The subject.
    pub subject: String,
    /// The servers that the message says it went through.
    pub hops: Vec<String>,
    /// The domains that say they signed it.
    pub signed_by: Vec<String>,
    /// Where its links lead.
    pub links: Vec<String>,
    /// How many files hang on it.
    pub attachments: usize,
    /// How many unknown addresses the same connection asked for: somebody who guesses has many.
    pub unknown: u32,
    /// Where a copy came back, in a word: `import`, `api`, `page`, `signup`.
    pub through: String,
}

/// A hit as the table holds it.
pub(super) struct Stored {
    pub id: i64,
    pub kind: HitKind,
    pub at: Micros,
    pub sealed: Vec<u8>,
}

/// A hit as people and programs see it.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CanaryHit)]
pub struct Hit {
    /// What happened.
    pub kind: HitKind,
    /// When, in microseconds since 1970.
    #[schema(value_type = i64)]
    pub at: Micros,
    /// What is known.
    pub facts: Facts,
}

/// Notes that something happened to person `number` of a mark.
pub(crate) async fn note(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (id, number, kind): (MarkId, u32, HitKind),
    message: Option<InboundId>,
    facts: &Facts,
) -> Result<()> {
    let mark = required(tx, id).await?;
    store_hits::count(tx, id, ctx.now()).await?;
    if mark.hits >= ONE_BY_ONE {
        return Ok(());
    }
    let row = ctx.new_id();
    let sealed = sealing::seal(app, tx.workspace(), FieldId::CANARY_HIT, row, facts)?;
    store_hits::insert(tx, ctx, row, (id, number, kind), message, sealed).await?;
    let detail = json!({ "mark": id, "of": mark.kind.as_str(), "about": mark.about, "kind": kind.as_str() });
    let entry = Entry::new(Operation::Create, "canaries.hit").on("canary_mark", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(detail.clone())).await?;
    if kind.alarms() {
        signals::note(tx, ctx, "canaries.hit", 1, detail).await?;
        tx.enqueue(ctx, NewJob::now("alerts.canary", json!({ "mark": id })).unique(id)).await?;
    }
    Ok(())
}

/// A mark with its people and what happened to them.
pub struct Told {
    /// The mark.
    pub mark: Mark,
    /// Its people.
    pub people: Vec<Canary>,
    /// What happened, the newest first; at most fifty.
    pub hits: Vec<Hit>,
}

/// One mark with its people and hits. Recorded, because it says which rows of a file are made up.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn tell(app: &App, ctx: &Ctx, id: MarkId) -> Result<Told> {
    ctx.authorise(Action::CanariesRead)?;
    let mut tx = app.begin(ctx, "canaries.show").await?;
    let mark = store::one(&mut tx, id).await?.ok_or(Error::NotFound("mark"))?;
    let people = mark::people(app, &mut tx, id).await?;
    let mut hits = Vec::new();
    for stored in store_hits::of_mark(&mut tx, id, SHOWN).await? {
        let facts = sealing::open(app, ctx.workspace, FieldId::CANARY_HIT, stored.id, &stored.sealed)?;
        hits.push(Hit { kind: stored.kind, at: stored.at, facts });
    }
    let entry = Entry::new(Operation::Read, "canaries.show").on("canary_mark", id.as_i64());
    tx.record(app.store(), ctx, entry).await?;
    tx.commit().await?;
    Ok(Told { mark, people, hits })
}

/// What a detector says of a mark: the mark, and how many hits of each kind it had.
pub(crate) async fn counted(tx: &mut Tx, id: MarkId) -> Result<(Mark, Vec<(HitKind, i64)>)> {
    let mark = store::one(tx, id).await?.ok_or(Error::NotFound("mark"))?;
    Ok((mark, store_hits::kinds(tx, id).await?))
}

impl Mark {
    /// Who is suspected, as the question of who was touched names it.
    pub fn suspect(&self) -> String {
        match self.kind {
            MarkKind::Export => format!("export:{}", waxwing_domain::ExportId::from_i64(self.about)),
            MarkKind::Api => format!("key:{}", waxwing_domain::ApiKeyId::from_i64(self.about)),
        }
    }
}
