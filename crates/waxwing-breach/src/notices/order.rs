//! Ordering a notice: what it would be now, and that it leaves once, with a second person's yes to exactly that.
//!
//! Promise: the yes is bound to a digest over every letter, the sender, the relay, what was overruled and the people of
//! each group; whatever differs asks again. Two orders of one draft: one counts. Limit: the host's command line needs
//! no second person, for whoever holds the machine holds its data.

use super::compose::{by_id, changed_meanwhile, note, usable};
use super::store::{self, PartRow};
use super::{Found, Group, Notice, State, Tone, Words, check, groups, sealing};
use crate::{blast, duties, incidents};
use aws_lc_rs::digest::{Context, SHA256};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use waxwing_app::accounts::approvals::{self, Circle, Kind, Matter};
use waxwing_app::sending::{self, Facts, FrozenRevision};
use waxwing_app::{App, Error, Result};
use waxwing_domain::{AccountId, Action, ApprovalId, Ctx, IncidentId, NoticeId, RelayId};
use waxwing_law::drafts::{Locale, Said};
use waxwing_law::facts::DataKind;
use waxwing_law::lint::LintRule;
use waxwing_message::{ContentFormat, RevisionSource};
use waxwing_store::{RoaringBitmap, StoreError, Tx};

/// A notice as it would leave now.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The notice.
    pub notice: Notice,
    /// What the case is called.
    pub codename: String,
    /// Who reads which letter.
    pub groups: Vec<Group>,
    /// Of how many of its people it is confirmed.
    pub confirmed: u64,
    /// Of how many it is possible, whether they are told or not.
    pub possible: u64,
    /// How many of them are here no more: deleted or erased.
    pub gone: u64,
    /// What was found.
    pub found: Vec<Found>,
    /// The relay by name; empty where none may be used.
    pub relay: String,
    /// What the case says in each language, as far as somebody wrote it.
    pub said: BTreeMap<Locale, Said>,
}

impl Prepared {
    /// How many people it goes to.
    pub fn people(&self) -> u64 {
        self.groups.iter().map(|group| group.people.len()).sum()
    }
    /// The rules that a person must overrule.
    pub fn asks(&self) -> BTreeSet<LintRule> {
        self.found.iter().filter(|found| found.tone() == Tone::Asks).filter_map(|found| found.rule).collect()
    }
    /// Whether something is found that nobody can overrule.
    pub fn is_blocked(&self) -> bool {
        self.found.iter().any(|found| found.tone() == Tone::Blocks)
    }

    /// SHA-256 over words, people, sender and relay, every part behind its length.
    fn digest(&self) -> Result<[u8; 32]> {
        let damaged = || StoreError::Damaged("a notice that cannot be written".into());
        let mut hash = Context::new(&SHA256);
        let mut part = |bytes: &[u8]| {
            hash.update(&(bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(b"waxwing/notice/1");
        part(&serde_json::to_vec(&self.notice.words).map_err(|_| damaged())?);
        part(&self.notice.radius_hash);
        part(&self.notice.relay.map_or(0, RelayId::as_i64).to_be_bytes());
        for group in &self.groups {
            let mut people = Vec::with_capacity(group.people.serialized_size());
            group.people.serialize_into(&mut people).map_err(|_| damaged())?;
            part(group.locale.as_str().as_bytes());
            part(words_of(&group.certain).as_bytes());
            part(words_of(&group.possible).as_bytes());
            part(&people);
        }
        let mut out = [0; 32];
        out.copy_from_slice(hash.finish().as_ref());
        Ok(out)
    }
}

pub(super) fn words_of(kinds: &[DataKind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(",")
}

/// What a notice would be if it left now.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case; [`Error::Conflict`] where the frozen answer is not the one that the
/// notice was begun with.
pub async fn prepare(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, id: NoticeId) -> Result<Prepared> {
    let notice = by_id(app, tx, ctx, case, id).await?;
    let frozen = blast::frozen(app, tx, ctx, notice.radius).await?;
    if frozen.hash != notice.radius_hash {
        return Err(StoreError::Damaged("the frozen answer of a notice".into()).into());
    }
    let radius = &frozen.answer.radius;
    let audience = groups::audience(radius, notice.possible);
    let cells = groups::by_data(radius, notice.possible, &notice.words.kinds)?;
    let groups = groups::by_language(tx, cells, &notice.words).await?;
    let here = groups.iter().fold(RoaringBitmap::new(), |all, group| all | &group.people);
    let overview = duties::overview(app, tx, ctx, case).await?;
    let relays = usable(app, tx).await?;
    let chosen = relays.into_iter().find(|(relay, _)| Some(*relay) == notice.relay);
    let host = host_of(&app.config().public_url);
    let found = check::findings(&notice, &groups, &overview.stated.parts, host, chosen.is_some());
    Ok(Prepared {
        said: Locale::ALL.iter().map(|locale| (*locale, overview.stated.parts.said_in(*locale))).collect(),
        codename: overview.case.codename,
        confirmed: radius.confirmed().len(),
        possible: radius.possible().len(),
        gone: audience.len() - here.len(),
        relay: chosen.map(|(_, name)| name).unwrap_or_default(),
        notice,
        groups,
        found,
    })
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default()
}

/// What came of an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "an order that waits is not carried out"]
pub enum Ordered {
    /// It leaves, to so many people.
    Now(u64),
    /// It waits for a second person: commit, and tell who asked.
    Waits(ApprovalId),
}

/// Orders a notice: it leaves now, or waits for a second person. `version` is the one that was looked at, `overruled`
/// what a person lets stand.
///
/// # Errors
/// [`Error::Conflict`] where it was changed or sent meanwhile, or something stands in the way.
pub async fn send(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (case, id, version): (IncidentId, NoticeId, i64),
    overruled: &[LintRule],
) -> Result<Ordered> {
    ctx.authorise(Action::NoticesSend)?;
    incidents::writable(tx, ctx, case).await?.open()?;
    let mut prepared = prepare(app, tx, ctx, case, id).await?;
    if prepared.notice.state != State::Draft || prepared.notice.version != version {
        return Err(changed_meanwhile());
    }
    let asks = prepared.asks();
    if prepared.is_blocked() || asks.iter().any(|rule| !overruled.contains(rule)) {
        return Err(Error::Conflict("Nothing was sent: something was found that must be mended or let stand.".into()));
    }
    prepared.notice.words.overruled = asks.into_iter().collect();
    let (people, digest) = (prepared.people(), prepared.digest()?);
    let sealed = sealing::seal(app, ctx, id, version, &prepared.notice.words)?;
    let passage = approvals::pass(app, tx, ctx, &matter(&prepared, digest)?).await?;
    if let Some(request) = passage.waits() {
        store::keep(tx, (id, version), sealed).await?;
        return Ok(Ordered::Waits(request));
    }
    // First the order: of two in one moment the second changes nothing and goes back whole.
    let count = i64::try_from(people).unwrap_or(i64::MAX);
    if !store::sent(tx, ctx, (id, version), (count, digest), sealed).await? {
        return Err(changed_meanwhile());
    }
    open(app, tx, ctx, &prepared).await?;
    let detail =
        json!({ "people": people, "gone": prepared.gone, "digest": hex::encode(digest), "by": passage.note() });
    note(app, tx, ctx, case, ("notices.send", id), detail).await?;
    Ok(Ordered::Now(people))
}

/// Opens and starts a source for each group.
async fn open(app: &App, tx: &mut Tx, ctx: &Ctx, prepared: &Prepared) -> Result<()> {
    let notice = &prepared.notice;
    let relay = notice.relay.ok_or_else(|| Error::Conflict("Choose a relay.".into()))?;
    let mut parts = Vec::with_capacity(prepared.groups.len());
    for group in &prepared.groups {
        let new = sending::NewNotice {
            reference: notice.id.as_i64(),
            revision: revision(&notice.words, group)?,
            sender: notice.words.sender()?,
            people: group.people.clone(),
            relay,
        };
        let source = sending::open_notice(app, tx, ctx, new).await?;
        sending::start(app, tx, ctx, source).await?;
        let frozen = i64::try_from(group.people.len()).unwrap_or(i64::MAX);
        let (certain, possible) = (words_of(&group.certain), words_of(&group.possible));
        parts.push(PartRow { source, locale: group.locale.as_str().into(), certain, possible, frozen });
    }
    Ok(store::add_parts(tx, notice.id, parts).await?)
}

/// The letter of one group as it is frozen: plain text, no link and no picture but what somebody typed.
fn revision(words: &Words, group: &Group) -> Result<FrozenRevision> {
    let letter = words.letters.get(&group.locale).ok_or(Error::NotFound("letter"))?;
    let content = RevisionSource {
        format: ContentFormat::Text,
        subject: letter.title.clone(),
        preheader: String::new(),
        body: letter.filled(group.locale, &group.certain, &group.possible),
        wrapper: None,
        text: None,
    };
    Ok(FrozenRevision { content, facts: Facts::default() })
}

/// The notice as a second person is shown it, bound to what leaves.
fn matter(prepared: &Prepared, digest: [u8; 32]) -> Result<Matter> {
    let notice = &prepared.notice;
    let people = i64::try_from(prepared.people()).unwrap_or(i64::MAX);
    let back = format!("/security/incidents/{}/notices/{}", notice.case, notice.id);
    let whom = if notice.possible { "Confirmed and possible" } else { "Confirmed only" };
    let letters = notice.words.letters.iter();
    let titles: Vec<_> = letters.map(|(locale, letter)| format!("{}: {}", locale.label(), letter.title)).collect();
    let sender = notice.words.sender()?;
    let overruled: Vec<_> = notice.words.overruled.iter().map(|rule| rule.label()).collect();
    let overruled = if overruled.is_empty() { "nothing".to_owned() } else { overruled.join("; ") };
    Ok(Matter::new(Kind::Notice, notice.id.as_i64(), prepared.codename.clone(), back)
        .fact("To", whom)
        .fact("From", format!("{} <{}>", notice.words.from_name, sender.address.as_str()).trim().to_owned())
        .fact("Titles", titles.join(" · "))
        .fact("Relay", &prepared.relay)
        .fact("Let stand", overruled)
        .fact("Digest of words and people", hex::encode(digest))
        .exactly(digest)
        .about(people))
}

waxwing_store::inventory::submit! {
    Circle { kind: Kind::Notice, holds: |tx, id, account| Box::pin(in_case(tx, NoticeId::from_i64(id), account)) }
}

/// Whoever agrees to a notice has read it, so they are in its case.
async fn in_case(tx: &mut Tx, id: NoticeId, account: AccountId) -> Result<bool> {
    match store::by_id(tx, id).await? {
        Some(kept) => incidents::is_member(tx, kept.case, account).await,
        None => Ok(false),
    }
}
