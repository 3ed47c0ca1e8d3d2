//! Composing a notice: begun from what the case's drafts say, changed until it is ordered.

use super::kinds;
use super::sealing;
use super::store::{self, Kept, NewRow};
use super::{Letter, MARK, Notice, Words};
use crate::{blast, duties, incidents};
use serde_json::json;
use std::collections::BTreeMap;
use waxwing_app::accounts::approvals::{self, Kind};
use waxwing_app::{App, Error, Result, fields, relays, settings};
use waxwing_domain::{Action, Ctx, IncidentId, NoticeId, Operation, RelayId};
use waxwing_law::drafts::{Locale, Said, letter};
use waxwing_law::facts::DataKind;
use waxwing_store::{Entry, Tx};

/// What a notice is begun with.
#[derive(Clone, Copy, Debug)]
pub struct NewNotice {
    /// The frozen answer whose people it goes to.
    pub radius: i64,
    /// Whether those of whom it is only possible are told too.
    pub possible: bool,
}

/// Begins a notice: a letter in every language from the case's facts and words, the first relay that is not contained.
///
/// # Errors
/// [`Error::NotFound`] for an answer that is not frozen, and for who is not in the case; [`Error::Conflict`] once the
/// case has ended.
pub async fn create(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, new: NewNotice) -> Result<NoticeId> {
    incidents::writable(tx, ctx, case).await?.open()?;
    let frozen = blast::frozen(app, tx, ctx, new.radius).await?;
    let id = NoticeId::from_i64(ctx.new_id());
    let words = first(app, tx, ctx, case, &frozen.answer.radius).await?;
    let relay = usable(app, tx).await?.first().map(|(relay, _)| *relay);
    let sealed = sealing::seal(app, ctx, id, 1, &words)?;
    let row = NewRow { id, case, radius: (new.radius, frozen.hash), possible: new.possible, relay, sealed };
    store::insert(tx, ctx, row).await?;
    note(app, tx, ctx, case, ("notices.create", id), json!({ "radius": hex::encode(frozen.hash) })).await?;
    Ok(id)
}

/// The relays that may be chosen, with their names: enabled and not contained, oldest first.
pub(super) async fn usable(app: &App, tx: &mut Tx) -> Result<Vec<(RelayId, String)>> {
    Ok(relays::usable(app, tx).await?.into_iter().map(|relay| (relay.id, relay.name)).collect())
}

async fn first(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, radius: &blast::Radius) -> Result<Words> {
    let overview = duties::overview(app, tx, ctx, case).await?;
    let touched = radius.fields();
    let own = fields::all(tx).await?;
    let own = own.iter().filter(|field| touched.contains(&field.id) && kinds::asks(field.id));
    let said: BTreeMap<u32, DataKind> = own.map(|field| (field.id.get(), kinds::proposed(field))).collect();
    let data = touched_kinds(radius, &said);
    let letters = Locale::ALL.iter().map(|locale| (*locale, begun(&overview, ctx, *locale, &data)));
    let set = settings::load(tx).await?;
    Ok(Words {
        usual: overview.stated.parts.language(),
        letters: letters.collect(),
        from_name: if set.system_from_name.is_empty() { set.organisation } else { set.system_from_name },
        from: set.system_from.map(|address| address.as_str().to_owned()).unwrap_or_default(),
        reply_to: String::new(),
        kinds: said,
        overruled: Vec::new(),
    })
}

/// Every kind of data that was touched, once.
fn touched_kinds(radius: &blast::Radius, said: &BTreeMap<u32, DataKind>) -> Vec<DataKind> {
    let mut data: Vec<DataKind> = radius.fields().iter().map(|field| kinds::kind_of(*field, said)).collect();
    data.sort_unstable();
    data.dedup();
    data
}

/// A letter in one language from what the case says in it; what nobody said there yet is a gap.
fn begun(overview: &duties::Overview, ctx: &Ctx, locale: Locale, data: &[DataKind]) -> Letter {
    let day = |at: jiff::Timestamp| at.to_zoned(overview.facts.time_zone()).date();
    let (today, noticed) = (day(ctx.now().timestamp()), overview.facts.times.suspected_at.map(day));
    let (title, text) = letter(locale, (data, MARK), &overview.stated.parts, today, noticed);
    Letter { title, text }
}

/// Keeps what the case says in one language, and writes the draft's letter in it anew from that. What was changed by hand
/// in this one letter goes.
///
/// # Errors
/// As [`change`] and [`duties::state`]; [`Error::Invalid`] for sentences that no letter can have.
pub async fn say(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (case, id, version): (IncidentId, NoticeId, i64),
    (locale, said): (Locale, Said),
) -> Result<()> {
    duties::state(app, tx, ctx, case, |stated| {
        stated.parts.say(locale, said);
        Ok(())
    })
    .await?;
    let notice = by_id(app, tx, ctx, case, id).await?;
    let overview = duties::overview(app, tx, ctx, case).await?;
    let frozen = blast::frozen(app, tx, ctx, notice.radius).await?;
    let Notice { mut words, possible, relay, .. } = notice;
    let data = touched_kinds(&frozen.answer.radius, &words.kinds);
    let letter = begun(&overview, ctx, locale, &data);
    words.letters.insert(locale, Letter::parse(&letter.title, &letter.text)?);
    change(app, tx, ctx, (case, id, version), words, (possible, relay)).await
}

/// Changes a draft. `version` is the one that was looked at; an open request for a second person ends.
///
/// # Errors
/// [`Error::Conflict`] where it was changed meanwhile, or is a draft no more; [`Error::Invalid`] without a letter in
/// the usual language.
pub async fn change(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (case, id, version): (IncidentId, NoticeId, i64),
    words: Words,
    (possible, relay): (bool, Option<RelayId>),
) -> Result<()> {
    incidents::writable(tx, ctx, case).await?.open()?;
    by_id(app, tx, ctx, case, id).await?;
    if !words.letters.contains_key(&words.usual) {
        return Err(Error::invalid("usual", "Write a letter in the usual language: it is for everybody else."));
    }
    let sealed = sealing::seal(app, ctx, id, version + 1, &Words { overruled: Vec::new(), ..words })?;
    if !store::change(tx, ctx, (id, version), (possible, relay), sealed).await? {
        return Err(changed_meanwhile());
    }
    approvals::withdraw_all_of(app, tx, ctx, Kind::Notice, id.as_i64()).await?;
    note(app, tx, ctx, case, ("notices.change", id), json!({ "version": version + 1 })).await
}

pub(super) fn changed_meanwhile() -> Error {
    Error::Conflict("This was changed, sent or withdrawn meanwhile. Look at it again.".into())
}

/// Gives a draft up.
///
/// # Errors
/// [`Error::Conflict`] once it was sent.
pub async fn withdraw(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, id: NoticeId) -> Result<()> {
    incidents::writable(tx, ctx, case).await?;
    by_id(app, tx, ctx, case, id).await?;
    if !store::withdraw(tx, ctx, id).await? {
        return Err(changed_meanwhile());
    }
    approvals::withdraw_all_of(app, tx, ctx, Kind::Notice, id.as_i64()).await?;
    note(app, tx, ctx, case, ("notices.withdraw", id), json!({})).await
}

/// One notice of a case, for who is in it.
///
/// # Errors
/// [`Error::NotFound`] for everybody else.
pub async fn by_id(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, id: NoticeId) -> Result<Notice> {
    incidents::by_id(tx, ctx, case).await?;
    let kept = store::by_id(tx, id).await?.filter(|kept| kept.case == case);
    opened(app, ctx, kept.ok_or(Error::NotFound("notice"))?)
}

/// The notices of a case, newest first; at most 200.
pub async fn of_case(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId) -> Result<Vec<Notice>> {
    ctx.authorise(Action::IncidentsRead)?;
    incidents::by_id(tx, ctx, case).await?;
    store::of_case(tx, case).await?.into_iter().map(|kept| opened(app, ctx, kept)).collect()
}

fn opened(app: &App, ctx: &Ctx, kept: Kept) -> Result<Notice> {
    let words = sealing::open(app, ctx, kept.id, kept.version, &kept.sealed)?;
    let Kept {
        id, case, radius, radius_hash, possible, relay, state, version, people, digest, created_at, sent, ..
    } = kept;
    Ok(Notice {
        id,
        case,
        radius,
        radius_hash,
        possible,
        relay,
        state,
        version,
        words,
        people,
        digest,
        created_at,
        sent,
    })
}

/// Records an act on a notice, and puts it on the case's timeline.
pub(super) async fn note(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    (what, id): (&'static str, NoticeId),
    detail: serde_json::Value,
) -> Result<()> {
    let entry = Entry::new(Operation::Change, what).on("notice", id.as_i64()).detail(detail);
    let entry = tx.record(app.store(), ctx, entry).await?;
    incidents::machine(tx, ctx, case, incidents::Category::Communication, (what, entry)).await
}
