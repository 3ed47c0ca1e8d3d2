//! Packets of a case: one for each provider whose credential was contained, and for each controller that one processes for.
//!
//! Promise: a packet is filled from the containment, from what was renewed since, and from the codename; what was sent is
//! kept word by word with its time and reference, and what was answered with its time. No data of people goes to a
//! provider. Limit: Waxwing sends none of them: a person does, by a way that is not the one that was broken into.
//! States: drafted → sent → answered.

use super::{Overview, sealing, store_packets as store};
use crate::containment::{Renewal, Scope, Standing};
use crate::incidents::{self, Category};
use serde::{Deserialize, Serialize};
use serde_json::json;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{CasePartId, Ctx, FieldId, IncidentId, Micros, Operation, Thing};
use waxwing_law::drafts::{self, Draft, DraftKind, Material};
use waxwing_store::{Entry, Tx};

/// What a provider is asked for where the case says nothing else.
const ASKED: &str = "Revoke every token and session of our account; hold our messages that are queued; keep your logs of this time; \
    confirm in writing what you did, and what you see of the misuse.";
/// The longest addressee, in characters.
const LONGEST: usize = 300;

/// Who is written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PacketKind {
    /// A provider: a relay, a host.
    Provider,
    /// A controller that one processes for (GDPR Art. 33(2)).
    Controller,
}

impl PacketKind {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Controller => "controller",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Provider, Self::Controller].into_iter().find(|kind| kind.as_str() == word)
    }
    /// What people read.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Provider => "Provider",
            Self::Controller => "Controller",
        }
    }
    const fn draft(self) -> DraftKind {
        match self {
            Self::Provider => DraftKind::Provider,
            Self::Controller => DraftKind::Controller,
        }
    }
}

/// Where a packet stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PacketState {
    /// Written from what the case says now.
    Drafted,
    /// Sent, and kept as it was sent.
    Sent,
    /// Answered.
    Answered,
}

impl PacketState {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Sent => "sent",
            Self::Answered => "answered",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Drafted, Self::Sent, Self::Answered].into_iter().find(|state| state.as_str() == word)
    }
    /// Colour and word of its badge.
    pub const fn badge(self) -> (&'static str, &'static str) {
        match self {
            Self::Drafted => ("attention", "To be sent"),
            Self::Sent => ("note", "Sent"),
            Self::Answered => ("good", "Answered"),
        }
    }
}

/// The sealed words of a packet.
#[derive(Serialize, Deserialize, Clone, Default)]
struct Words {
    addressee: String,
    asked: String,
    /// As it was sent; empty while it is a draft.
    text: String,
    reference: String,
    answer: String,
}

/// A packet.
#[derive(Clone)]
pub struct Packet {
    /// Its id.
    pub id: CasePartId,
    /// Who is written to.
    pub kind: PacketKind,
    /// Where it stands.
    pub state: PacketState,
    /// When it was drafted.
    pub drafted_at: Micros,
    /// When it was sent.
    pub sent_at: Option<Micros>,
    /// When it was answered.
    pub answered_at: Option<Micros>,
    /// To whom.
    pub addressee: String,
    /// What a provider is asked for.
    pub asked: String,
    /// As it was sent; as it would be sent now while it is a draft.
    pub text: String,
    /// What is missing in a draft.
    pub gaps: Vec<String>,
    /// The ticket or message by which it was sent.
    pub reference: String,
    /// What was answered.
    pub answer: String,
}

/// The packets of a case, the first first.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case.
pub async fn packets(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Packet>> {
    let overview = super::overview(app, tx, ctx, id).await?;
    let contained = incidents::containments(app, tx, ctx, id).await?;
    let mut packets = Vec::new();
    for row in store::all(tx, id).await? {
        let words: Words = sealing::open(app, ctx, FieldId::DUTY_PACKET, (id, row.id.as_i64()), &row.sealed)?;
        packets.push(packet(&overview, &contained, row, words, ctx.now()));
    }
    Ok(packets)
}

fn packet(overview: &Overview, contained: &[Standing], row: store::PacketRow, words: Words, now: Micros) -> Packet {
    let (text, gaps) = match row.state {
        PacketState::Drafted => {
            let draft = written(overview, contained, (row.kind, row.thing), &words, now);
            (draft.text(), draft.gaps().map(str::to_owned).collect())
        }
        PacketState::Sent | PacketState::Answered => (words.text, Vec::new()),
    };
    Packet {
        id: row.id,
        kind: row.kind,
        state: row.state,
        drafted_at: row.drafted_at,
        sent_at: row.sent_at,
        answered_at: row.answered_at,
        addressee: words.addressee,
        asked: words.asked,
        text,
        gaps,
        reference: words.reference,
        answer: words.answer,
    }
}

/// The packet as the case would write it now.
fn written(
    overview: &Overview,
    contained: &[Standing],
    (kind, thing): (PacketKind, i64),
    words: &Words,
    now: Micros,
) -> Draft {
    let mut parts = overview.stated.parts.clone();
    parts.addressee = Some(words.addressee.clone());
    if kind == PacketKind::Provider {
        parts.reference = Some(overview.case.codename.clone());
        parts.asked = Some(words.asked.clone());
        let done = revoked(contained, thing);
        parts.revoked = if done.is_empty() { parts.revoked } else { Some(done) };
    }
    let material = Material {
        facts: &overview.facts,
        parts: &parts,
        severity: overview.assessment.as_ref(),
        now: now.timestamp(),
    };
    drafts::draft(kind.draft(), &material)
}

/// What was done about a relay: when it was contained, and whether its login was renewed since.
fn revoked(contained: &[Standing], thing: i64) -> String {
    let of_relay = |one: &&Renewal| matches!(one.thing, Thing::Relay(id) if id.as_i64() == thing);
    let mut lines = Vec::new();
    for standing in contained {
        for renewal in standing.renewals.iter().filter(of_relay) {
            let renewed = match renewal.made_at.filter(|_| renewal.is_done()) {
                Some(at) => format!("renewed {at}"),
                None if renewal.is_done() => "taken out of use".to_owned(),
                None => "to be renewed with you".to_owned(),
            };
            lines.push(format!("The login of “{}”: stopped {}, {renewed}.", renewal.name, renewal.contained_at));
        }
    }
    lines.join(" ")
}

/// Drafts a packet for each relay that containments of the case reached and that has none; gives how many are new.
///
/// # Errors
/// [`Error::Conflict`] once the case has ended.
pub async fn prepare(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<usize> {
    incidents::writable(tx, ctx, id).await?.open()?;
    let contained = incidents::containments(app, tx, ctx, id).await?;
    let asked = super::stated(app, tx, ctx, id).await?.parts.asked.unwrap_or_else(|| ASKED.to_owned());
    let mut new = 0;
    for (relay, name) in relays(&contained) {
        let words =
            Words { addressee: format!("The provider of “{name}”"), asked: asked.clone(), ..Words::default() };
        let packet = CasePartId::from_i64(ctx.new_id());
        let sealed = sealing::seal(app, ctx, FieldId::DUTY_PACKET, (id, packet.as_i64()), &words)?;
        new += usize::from(store::insert(tx, ctx, id, (packet, PacketKind::Provider, relay), sealed).await?);
    }
    if new > 0 {
        let entry = Entry::new(Operation::Create, "duties.packet").detail(json!({ "drafted": new }));
        super::act(app, tx, ctx, id, Category::Communication, entry).await?;
    }
    Ok(new)
}

/// Every relay that was contained or is to be renewed, with its name, each once.
fn relays(contained: &[Standing]) -> Vec<(i64, String)> {
    let mut found: Vec<(i64, String)> = Vec::new();
    for standing in contained {
        let alone = match standing.containment.scope {
            Scope::One(Thing::Relay(id)) => Some((id.as_i64(), standing.name.clone())),
            _ => None,
        };
        let renewals = standing.renewals.iter().filter_map(|one| match one.thing {
            Thing::Relay(id) => Some((id.as_i64(), one.name.clone())),
            _ => None,
        });
        for (id, name) in alone.into_iter().chain(renewals) {
            if !found.iter().any(|(known, _)| *known == id) {
                found.push((id, name));
            }
        }
    }
    found
}

/// Drafts a packet for somebody who is named: a host, another provider, a controller.
///
/// # Errors
/// [`Error::Conflict`] once the case has ended; [`Error::Invalid`] of `addressee`.
pub async fn address(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (kind, addressee): (PacketKind, &str),
) -> Result<CasePartId> {
    incidents::writable(tx, ctx, id).await?.open()?;
    let words = Words { addressee: line(addressee)?, asked: ASKED.to_owned(), ..Words::default() };
    let packet = CasePartId::from_i64(ctx.new_id());
    let sealed = sealing::seal(app, ctx, FieldId::DUTY_PACKET, (id, packet.as_i64()), &words)?;
    store::insert(tx, ctx, id, (packet, kind, packet.as_i64()), sealed).await?;
    let entry = Entry::new(Operation::Create, "duties.packet").detail(json!({ "packet": packet }));
    super::act(app, tx, ctx, id, Category::Communication, entry).await?;
    Ok(packet)
}

fn line(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) || text.chars().count() > LONGEST {
        return Err(Error::invalid("addressee", "Say who it goes to, in one line of at most 300 characters."));
    }
    Ok(text.to_owned())
}

/// Says to whom a draft goes and what is asked.
///
/// # Errors
/// [`Error::Conflict`] for one that was sent; [`Error::NotFound`]; [`Error::Invalid`] of `addressee` or the text.
pub async fn rewrite(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    packet: CasePartId,
    (addressee, asked): (&str, &str),
) -> Result<()> {
    let words = Words {
        addressee: line(addressee)?,
        asked: super::kept::line(asked)?,
        ..words(app, tx, ctx, id, packet).await?
    };
    let sealed = sealing::seal(app, ctx, FieldId::DUTY_PACKET, (id, packet.as_i64()), &words)?;
    if !store::rewrite(tx, id, packet, sealed).await? {
        return Err(Error::Conflict("It was sent already, and stays as it was sent.".into()));
    }
    let entry = Entry::new(Operation::Change, "duties.packet_change").detail(json!({ "packet": packet }));
    super::act(app, tx, ctx, id, Category::Communication, entry).await
}

/// The words of a packet, for who may write in the case.
async fn words(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, packet: CasePartId) -> Result<Words> {
    incidents::writable(tx, ctx, id).await?;
    let row = store::all(tx, id).await?.into_iter().find(|row| row.id == packet).ok_or(Error::NotFound("packet"))?;
    sealing::open(app, ctx, FieldId::DUTY_PACKET, (id, packet.as_i64()), &row.sealed)
}

/// Notes that a draft was sent, and keeps it as it was; or that what was sent was answered, and what.
///
/// # Errors
/// [`Error::Conflict`] from another state than the one before; [`Error::Invalid`] for a time to come;
/// [`Error::NotFound`].
pub async fn go_on(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (packet, to): (CasePartId, PacketState),
    (at, said): (Micros, &str),
) -> Result<()> {
    let mut words = words(app, tx, ctx, id, packet).await?;
    if at > ctx.now() {
        return Err(Error::invalid("at", "This time is still to come. Write when it was."));
    }
    let said = super::kept::line(said)?;
    let what = match to {
        PacketState::Drafted => return Err(Error::invalid("state", "Say sent or answered.")),
        PacketState::Sent => {
            let all = packets(app, tx, ctx, id).await?;
            let text = all.into_iter().find(|one| one.id == packet).map(|one| one.text);
            words.text = text.ok_or(Error::NotFound("packet"))?;
            words.reference = said;
            "duties.packet_sent"
        }
        PacketState::Answered => {
            words.answer = said;
            "duties.packet_answered"
        }
    };
    let sealed = sealing::seal(app, ctx, FieldId::DUTY_PACKET, (id, packet.as_i64()), &words)?;
    if !store::go_on(tx, id, (packet, to), at, sealed).await? {
        return Err(Error::Conflict("A draft is sent first, and what was sent is answered once.".into()));
    }
    let entry = Entry::new(Operation::Change, what).detail(json!({ "packet": packet, "at": at }));
    super::act(app, tx, ctx, id, Category::Communication, entry).await
}

/// To whom packets of a case went and when, for the register.
pub(super) async fn told(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<(String, String)>> {
    let mut told = Vec::new();
    for row in store::all(tx, id).await? {
        let Some(at) = row.sent_at else { continue };
        let words: Words = sealing::open(app, ctx, FieldId::DUTY_PACKET, (id, row.id.as_i64()), &row.sealed)?;
        told.push((format!("{} ({})", row.kind.as_str(), words.addressee), at.to_string()));
    }
    Ok(told)
}
