//! Who was touched, for a case: asked of everything that it names, frozen, and counted together.
//!
//! Promise: one question for each person, session, key, webhook, export and network address that the case names and has
//! not cleared, over its window; where it names none and the workspace was contained, of everybody's acts; each answer is frozen with its hash, and the people of all of them are counted once.
//! Asking again, or taking in another frozen answer, makes another count beside those before. Limit: a machine or a
//! backup is asked for by hand, for only a person knows which keys went with it.

use super::custody::{self, CustodyAct};
use super::evidence_part::EvidenceFile;
use super::words::{AssetKind, Category, Compromise, IndicatorKind};
use super::{Asset, Incident, Indicator, assets, indicators, members, scope, sealing, store_scope, timeline};
use crate::blast::{self, Answer, Question, Radius, Summary, Suspect};
use crate::containment::Scope;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{
    AccountId, Action, ApiKeyId, CasePartId, Ctx, ExportId, FieldId, IncidentId, Micros, Operation, SessionId,
    WebhookId,
};
use waxwing_store::{Entry, RoaringBitmap, StoreError, Tx};

/// Questions of one case at a time, at most.
const MOST: usize = 20;

/// A frozen answer that a count rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cited {
    /// Its number.
    pub id: i64,
    /// Whose acts were asked for.
    pub who: String,
    /// SHA-256 of the answer, in hexadecimal.
    pub hash: String,
}

/// How many people of a place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlaceCount {
    /// ISO 3166: `FR`, `US-CA`.
    pub code: String,
    /// Of whom something was returned to the suspects.
    pub confirmed: u64,
    /// Of whom something may have been seen, and nothing is confirmed.
    pub possible: u64,
}

/// The people of a case's answers, counted together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Counted {
    /// Counts from 1.
    #[serde(skip)]
    pub number: i64,
    /// When it was counted.
    #[serde(skip)]
    pub at: Micros,
    /// The answers that it rests on.
    pub cited: Vec<Cited>,
    /// The numbers.
    pub summary: Summary,
    /// By place, most first.
    pub places: Vec<PlaceCount>,
    /// Of how many it is not known where they live: confirmed and possible.
    pub elsewhere: (u64, u64),
    /// When the first entry that counts was made.
    pub first: Option<Micros>,
    /// When the last was.
    pub last: Option<Micros>,
}

/// What is asked of the record for a case.
///
/// # Errors
/// [`Error::Conflict`] where the case names nobody and nothing that can be asked for, or too much.
pub async fn questions(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Question>> {
    let case = members::readable(tx, ctx, id).await?;
    let named = assets::assets(app, tx, ctx, id).await?;
    let seen = indicators::indicators(app, tx, ctx, id).await?;
    let mut suspects: Vec<Suspect> = named.iter().filter_map(suspect).collect();
    for suspect in seen.iter().filter_map(address) {
        if !suspects.contains(&suspect) {
            suspects.push(suspect);
        }
    }
    // Nobody knows yet who it was: whoever acted in the window may have been.
    if suspects.is_empty() && whole_workspace(app, tx, ctx, id).await? {
        suspects.push(Suspect::Anyone);
    }
    let (from, until) = case.window(ctx.now());
    match suspects.len() {
        0 => Err(Error::Conflict(
            "The case names no person, session, key, webhook, export or network address yet. Name one under Details."
                .into(),
        )),
        1..=MOST => suspects.into_iter().map(|suspect| Question::new(suspect, from, until)).collect(),
        _ => {
            Err(Error::Conflict(format!("At most {MOST} are asked for at once. Clear those that were not taken over.")))
        }
    }
}

/// Whether the workspace was contained for the case.
async fn whole_workspace(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<bool> {
    let standing = scope::contained(app, tx, ctx, id).await?;
    Ok(standing.iter().any(|one| one.containment.scope == Scope::Workspace))
}

/// Whose acts are asked for by something that the case names and has not cleared.
fn suspect(asset: &Asset) -> Option<Suspect> {
    let number = asset.reference.filter(|_| asset.compromise != Compromise::No)?;
    match asset.kind {
        AssetKind::Person => Some(Suspect::Person(AccountId::from_i64(number))),
        AssetKind::Session => Some(Suspect::Session(SessionId::from_i64(number))),
        AssetKind::Key => Some(Suspect::Key(ApiKeyId::from_i64(number))),
        AssetKind::Webhook => Some(Suspect::Webhook(WebhookId::from_i64(number))),
        AssetKind::Export => Some(Suspect::Export(ExportId::from_i64(number))),
        AssetKind::Relay | AssetKind::Domain | AssetKind::List | AssetKind::Campaign | AssetKind::Host => None,
    }
}

fn address(indicator: &Indicator) -> Option<Suspect> {
    let address = indicator.value.parse().ok().filter(|_| indicator.kind == IndicatorKind::Address);
    address.map(Suspect::Address)
}

/// Asks, freezes every answer and counts: a new count, of these answers alone.
///
/// Opens its own transactions: answering takes as long as the record is.
///
/// # Errors
/// As [`questions`]; [`Error::Denied`] for who may not read the record.
pub async fn freeze(app: &App, ctx: &Ctx, id: IncidentId) -> Result<Counted> {
    let mut tx = app.read(ctx, "incidents.radius").await?;
    // Whoever is not in the case learns nothing of it, not even which right is missing.
    members::readable(&mut tx, ctx, id).await?;
    ctx.authorise(Action::RecordRead)?;
    members::writable(&mut tx, ctx, id).await?.open()?;
    let questions = questions(app, &mut tx, ctx, id).await?;
    drop(tx);
    let mut answers = Vec::with_capacity(questions.len());
    for question in &questions {
        answers.push(blast::ask(app, ctx, question).await?);
    }
    let radii: Vec<Radius> = answers.iter().map(|answer| answer.radius.clone()).collect();
    let counted = count(app, ctx, &radii).await?;
    let mut tx = app.begin(ctx, "incidents.radius").await?;
    let mut cited = Vec::with_capacity(answers.len());
    for answer in &answers {
        cited.push(frozen(app, &mut tx, ctx, answer).await?);
    }
    let counted = save(app, &mut tx, ctx, id, counted, cited).await?;
    tx.commit().await?;
    Ok(counted)
}

async fn frozen(app: &App, tx: &mut Tx, ctx: &Ctx, answer: &Answer) -> Result<Cited> {
    let number = blast::freeze(app, tx, ctx, answer).await?;
    let frozen = blast::frozen(app, tx, ctx, number).await?;
    let who = answer.radius.question.suspect.to_string();
    Ok(Cited { id: number, who, hash: hex::encode(frozen.hash) })
}

/// Takes in an answer that was frozen already, beside those of the last count.
///
/// # Errors
/// [`Error::NotFound`] for no such answer; [`Error::Conflict`] for one that counts already.
pub async fn keep(app: &App, ctx: &Ctx, id: IncidentId, answer: i64) -> Result<Counted> {
    let mut tx = app.read(ctx, "incidents.radius").await?;
    // Whoever is not in the case learns nothing of it, not even which right is missing.
    members::readable(&mut tx, ctx, id).await?;
    ctx.authorise(Action::RecordRead)?;
    members::writable(&mut tx, ctx, id).await?.open()?;
    let before = counted(app, &mut tx, ctx, id).await?.map(|counted| counted.cited).unwrap_or_default();
    if before.iter().any(|cited| cited.id == answer) {
        return Err(Error::Conflict("This answer counts already.".into()));
    }
    let (mut cited, mut radii) = (Vec::new(), Vec::new());
    for number in before.iter().map(|cited| cited.id).chain([answer]) {
        let frozen = blast::frozen(app, &mut tx, ctx, number).await?;
        let who = frozen.answer.radius.question.suspect.to_string();
        cited.push(Cited { id: number, who, hash: hex::encode(frozen.hash) });
        radii.push(frozen.answer.radius);
    }
    drop(tx);
    let counted = count(app, ctx, &radii).await?;
    let mut tx = app.begin(ctx, "incidents.radius").await?;
    let counted = save(app, &mut tx, ctx, id, counted, cited).await?;
    tx.commit().await?;
    Ok(counted)
}

/// Counts the people of several answers once.
async fn count(app: &App, ctx: &Ctx, radii: &[Radius]) -> Result<Counted> {
    let whole = Radius::joined(radii).ok_or_else(|| Error::Conflict("There is no answer to count.".into()))?;
    let summary = Summary::of(app, ctx.workspace, &whole).await?;
    let mut tx = app.store().read(ctx.workspace, "incidents.radius").await?;
    let (places, elsewhere) = places(&mut tx, &whole.confirmed(), &whole.possible()).await?;
    let (first, last) = (whole.first, whole.last);
    Ok(Counted { number: 0, at: ctx.now(), cited: Vec::new(), summary, places, elsewhere, first, last })
}

async fn places(
    tx: &mut Tx,
    confirmed: &RoaringBitmap,
    possible: &RoaringBitmap,
) -> Result<(Vec<PlaceCount>, (u64, u64))> {
    let (sure, sure_elsewhere) = blast::by_country(tx, confirmed).await?;
    let (maybe, maybe_elsewhere) = blast::by_country(tx, possible).await?;
    let mut by_code: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for count in sure {
        by_code.entry(count.code).or_default().0 += count.people;
    }
    for count in maybe {
        by_code.entry(count.code).or_default().1 += count.people;
    }
    let place = |(code, (confirmed, possible))| PlaceCount { code, confirmed, possible };
    let mut places: Vec<PlaceCount> = by_code.into_iter().map(place).collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.confirmed + place.possible));
    Ok((places, (sure_elsewhere, maybe_elsewhere)))
}

async fn save(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    counted: Counted,
    cited: Vec<Cited>,
) -> Result<Counted> {
    members::writable(tx, ctx, id).await?.open()?;
    let number = store_scope::counted(tx, id).await?.map_or(1, |(number, ..)| number + 1);
    let counted = Counted { number, cited, ..counted };
    let sealed = sealing::seal(app, ctx, FieldId::CASE_COUNT, id.as_i64(), &(number, &counted))?;
    if !store_scope::count(tx, ctx, id, number, sealed).await? {
        return Err(Error::Conflict("Somebody else counted just now. Look at it first.".into()));
    }
    let hashes: Vec<(i64, [u8; 32])> = counted.cited.iter().filter_map(Cited::bytes).collect();
    store_scope::keep(tx, ctx, id, &hashes).await?;
    for (radius, hash) in &hashes {
        let what = format!("radius:{radius}");
        custody::add(app, tx, ctx, id, CustodyAct::Acquired, (&what, hash)).await?;
    }
    let people = counted.summary.people;
    let detail = json!({
        "number": number, "answers": counted.cited.iter().map(|one| &one.hash).collect::<Vec<_>>(),
        "confirmed": people.confirmed, "possible": people.possible,
    });
    let entry = Entry::new(Operation::Create, "incidents.radius").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Discovery, entry).await?;
    Ok(counted)
}

impl Cited {
    fn bytes(&self) -> Option<(i64, [u8; 32])> {
        let mut hash = [0; 32];
        hex::decode_to_slice(&self.hash, &mut hash).ok().map(|()| (self.id, hash))
    }
}

impl Counted {
    /// Everybody who is confirmed or possible.
    pub const fn people(&self) -> u64 {
        self.summary.people.confirmed + self.summary.people.possible
    }
    /// Where it comes from, in words.
    pub fn source(&self) -> String {
        let answers: Vec<String> = self.cited.iter().map(|one| format!("{} ({})", one.who, &one.hash[..12])).collect();
        format!(
            "count {} of {}, from the frozen answers {}",
            self.number,
            waxwing_http::moment_text(self.at),
            answers.join(", ")
        )
    }
}

/// The newest count of a case, if anything was counted.
pub async fn counted(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Option<Counted>> {
    ctx.authorise(Action::IncidentsRead)?;
    let case = members::readable(tx, ctx, id).await?;
    counted_of(app, tx, ctx, &case).await
}

/// The same of a case that was read already.
pub async fn counted_of(app: &App, tx: &mut Tx, ctx: &Ctx, case: &Incident) -> Result<Option<Counted>> {
    let Some((number, at, sealed)) = store_scope::counted(tx, case.id).await? else { return Ok(None) };
    let row = case.id.as_i64();
    let (own, counted): (i64, Counted) = sealing::open(app, ctx.workspace, FieldId::CASE_COUNT, row, &sealed)?;
    if own != number {
        return Err(StoreError::Damaged("the count of a case".into()).into());
    }
    Ok(Some(Counted { number, at, ..counted }))
}

/// Opens every answer of the newest count again and compares its hash; each look is a link of the chain of custody.
///
/// # Errors
/// `Damaged` for an answer that was changed; [`Error::Conflict`] where nothing was counted.
pub async fn view(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<usize> {
    ctx.authorise(Action::RecordRead)?;
    let counted = counted(app, tx, ctx, id).await?;
    let counted = counted.ok_or_else(|| Error::Conflict("There is no frozen answer yet.".into()))?;
    for cited in &counted.cited {
        let frozen = blast::frozen(app, tx, ctx, cited.id).await?;
        if hex::encode(frozen.hash) != cited.hash {
            return Err(StoreError::Damaged("a frozen answer of a case".into()).into());
        }
        let what = format!("radius:{}", cited.id);
        custody::add(app, tx, ctx, id, CustodyAct::Viewed, (&what, &frozen.hash)).await?;
    }
    Ok(counted.cited.len())
}

/// The frozen answers of the newest count as files: the numbers, and beside them the people as Roaring bitmaps.
pub(super) async fn evidence(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<EvidenceFile>> {
    let Some(counted) = counted(app, tx, ctx, id).await? else { return Ok(Vec::new()) };
    let about = json!({ "number": counted.number, "at": counted.at, "count": counted });
    let mut files = vec![EvidenceFile::text("radius/count.json", format!("{about:#}\n"))];
    for cited in &counted.cited {
        let answer = blast::frozen(app, tx, ctx, cited.id).await?.answer;
        let mut parts = Vec::new();
        for (part, touch) in answer.radius.touches.iter().enumerate() {
            let mut bytes = Vec::with_capacity(touch.people.serialized_size());
            let written = touch.people.serialize_into(&mut bytes);
            written.map_err(|_| StoreError::Damaged("a set of people".into()))?;
            let name = format!("radius/{}-{part}.roaring", cited.id);
            let fields: Vec<u32> = touch.fields.iter().map(|field| field.get()).collect();
            parts.push(json!({
                "effect": touch.effect.as_str(), "channel": touch.channel.as_str(), "fields": fields,
                "people": touch.people.len(), "numbers": name, "first": touch.first, "last": touch.last,
            }));
            files.push(EvidenceFile { name, bytes });
        }
        let radius = &answer.radius;
        let told = json!({
            "answer": cited, "from": radius.question.from, "until": radius.question.until, "skew": radius.skew,
            "follow": radius.question.follow, "log_size": radius.size, "log_root": hex::encode(radius.root),
            "summary": answer.summary, "touches": parts,
        });
        files.push(EvidenceFile::text(&format!("radius/{}.json", cited.id), format!("{told:#}\n")));
    }
    Ok(files)
}

/// What of the case can be contained alone, as the containment's form takes it, with its name.
pub(super) fn containable(assets: &[Asset]) -> Vec<(String, String)> {
    let scope = |asset: &Asset| {
        let kind = match asset.kind {
            AssetKind::Person => "account",
            AssetKind::Key => "api_key",
            AssetKind::Webhook => "webhook",
            AssetKind::Relay => "relay",
            AssetKind::Domain => "domain",
            _ => return None,
        };
        let number = CasePartId::from_i64(asset.reference.filter(|_| asset.compromise != Compromise::No)?);
        Some((format!("{kind}:{number}"), format!("{}: {}", asset.kind.said(), asset.name)))
    };
    assets.iter().filter_map(scope).collect()
}
