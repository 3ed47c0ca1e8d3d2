//! Duties of a case: what law asks, by when and why; what a person judged; what was done.
//!
//! Promise: worked out anew from what the case says whenever it is looked at, by the rules of `waxwing-law`; a judgement
//! counts once a person signed it, and whoever looks sees on which facts. Limit: no legal advice; counsel confirms.
//! States: none of their own; a duty applies, may apply or does not, and its clock runs, stands still, was met or is late.
//! Tables: `duty_facts`, `duty_signatures`, `duty_met`, `duty_reminders`, which only grow; `duty_packets`.
//! Events: record `duties.*`, on the case's timeline too. Jobs: `duties.remind` (times that run out, every five minutes).

mod api;
mod api_packets;
mod evidence;
mod forms;
mod home;
mod kept;
mod merge;
mod numbers;
mod packets;
mod pages;
mod pages_facts;
mod pages_packets;
mod pages_register;
mod register;
mod reminders;
mod sealing;
mod store;
mod store_packets;
mod store_reminders;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_numbers;
#[cfg(test)]
mod tests_packets;
#[cfg(test)]
mod tests_register;
#[cfg(test)]
mod tests_reminders;

pub use kept::{Met, Signature, Signed, Stated};
pub use numbers::{Numbers, Override, Overrides, Source};
pub use packets::{
    Packet, PacketKind, PacketState, address as address_packet, go_on as go_on_with_packet, packets,
    prepare as prepare_packets, rewrite as rewrite_packet,
};
pub use register::{RegisterFormat, Registered, hand_out as hand_out_register, register};
pub use waxwing_law::Facts;
pub use waxwing_law::drafts::Parts;
pub use waxwing_law::duties::COUNSEL;
pub use waxwing_law::lint::{LintFinding, Notice, lint};

use crate::incidents::{self, Category, Incident};
use http::Method;
use serde_json::json;
use waxwing_app::{App, Error, Result, settings};
use waxwing_domain::{Action, Actor, Ctx, IncidentId, Micros, Operation};
use waxwing_http::{Routes, api};
use waxwing_law::clock::Clock;
use waxwing_law::drafts::{self, Draft, DraftKind, Locale, Material, Person};
use waxwing_law::facts::Readable;
use waxwing_law::period::PeriodError;
use waxwing_law::{Assessment, Duty, RuleBook, Verdict};
use waxwing_store::{Entry, JobRegistry, Tx};

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    reminders::register(registry, app);
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let (read, write) = (Action::IncidentsRead, Action::IncidentsWrite);
    let at = |rest: &str| format!("/security/incidents/{{id}}/duties{rest}");
    let routes = Routes::new()
        .page(Method::GET, &at(""), read, pages::show)
        .page(Method::POST, &at("/sign"), write, pages::sign)
        .page(Method::POST, &at("/met"), write, pages::meet)
        .page(Method::POST, &at("/draft"), read, pages::draft)
        .page(Method::GET, &at("/facts"), write, pages_facts::show)
        .page(Method::POST, &at("/facts"), write, pages_facts::state)
        .page(Method::POST, &at("/words"), write, pages_facts::write)
        .page(Method::GET, &at("/packets"), read, pages_packets::show)
        .page(Method::POST, &at("/packets"), write, pages_packets::make)
        .page(Method::POST, &at("/packets/{part}"), write, pages_packets::change)
        .page(Method::POST, &at("/packets/{part}/text"), read, pages_packets::text)
        .page(Method::GET, "/security/register", read, pages_register::show)
        .page(Method::POST, "/security/register", read, pages_register::hand_out);
    let routes = api!(routes, read, pages_register::rows);
    let routes = api!(routes, read, api::show);
    let routes = api!(routes, write, api::state);
    let routes = api!(routes, read, api_packets::index);
    let routes = api!(routes, write, api_packets::make);
    let routes = api!(routes, write, api_packets::change);
    let routes = api!(routes, read, api::words);
    let routes = api!(routes, write, api::write);
    let routes = api!(routes, write, api::meet);
    api!(routes, read, api::draft)
}

/// A duty, its clock, and when it was done.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The rule, answered.
    pub duty: Duty,
    /// Its clock; `None` where it does not apply.
    pub clock: Option<Clock>,
    /// When it was done.
    pub met: Option<Met>,
}

/// Everything that law asks of one case.
#[derive(Clone)]
pub struct Overview {
    /// The case.
    pub case: Incident,
    /// What was stated last.
    pub stated: Stated,
    /// What the rules were asked about: the case, what was stated, and what was signed.
    pub facts: Facts,
    /// Every rule in force, answered.
    pub duties: Vec<Standing>,
    /// The severity, once kinds of data are known.
    pub assessment: Option<Assessment>,
    /// The last signature.
    pub signature: Option<Signature>,
    /// The numbers of the case's frozen answers, once something was counted.
    pub numbers: Option<Numbers>,
}

/// What law asks of a case now.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case.
pub async fn overview(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Overview> {
    ctx.authorise(Action::IncidentsRead)?;
    let case = incidents::by_id(tx, ctx, id).await?;
    let stated = stated(app, tx, ctx, id).await?;
    let signature = store::signature(tx, id).await?.map(|row| kept::signature(app, ctx, id, row)).transpose()?;
    let met = store::met(tx, id).await?;
    let met: Vec<Met> = met.into_iter().map(|row| kept::met(app, ctx, id, row)).collect::<Result<_>>()?;
    let numbers = incidents::counted(app, tx, ctx, id).await?.map(|counted| Numbers::of(&counted));
    let facts = merge::facts(&case, &stated, numbers.as_ref(), signature.as_ref(), &met);
    let adjustments = signature.as_ref().map(|signature| signature.signed.adjustments.clone()).unwrap_or_default();
    let assessment = waxwing_law::assess(&facts, &adjustments);
    let today = ctx.now().timestamp().to_zoned(facts.time_zone()).date();
    let duties = waxwing_law::duties(&facts, RuleBook::shipped(), today).map_err(|error| beyond(&error))?;
    let duties = duties.into_iter().map(|duty| standing(duty, &met)).collect();
    Ok(Overview { case, stated, facts, duties, assessment, signature, numbers })
}

fn beyond(error: &PeriodError) -> Error {
    Error::Conflict(format!("A time of this case cannot be reckoned with: {error}."))
}

fn standing(duty: Duty, met: &[Met]) -> Standing {
    let met = met.iter().find(|met| met.rule == duty.rule).cloned();
    let clock = Clock::of(&duty);
    // A time before the clock's start was noted before the start was stated later: the clock then shows it as not met.
    let done = met.as_ref().zip(clock.clone()).and_then(|(met, clock)| clock.met(met.at.timestamp()).ok());
    Standing { duty, clock: done.or(clock), met }
}

/// What was stated last; what the workspace knows of itself while nothing was.
async fn stated(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Stated> {
    match store::stated(tx, id).await? {
        Some(row) => kept::stated(app, ctx, id, row),
        None => Ok(merge::first(&settings::load(tx).await?)),
    }
}

/// Keeps other facts or words for a case: another version beside the ones before.
///
/// # Errors
/// [`Error::Denied`] for who only looks on; [`Error::Conflict`] once the case has ended or where somebody else
/// stated something since; [`Error::Invalid`] for facts that contradict each other.
pub async fn state(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    change: impl FnOnce(&mut Stated) -> Result<()>,
) -> Result<()> {
    incidents::writable(tx, ctx, id).await?.open()?;
    let mut stated = stated(app, tx, ctx, id).await?;
    change(&mut stated)?;
    stated.facts.check().map_err(|error| Error::invalid("facts", error.to_string()))?;
    stated.parts.check().map_err(|error| Error::invalid("words", error.to_string()))?;
    let version = stated.version + 1;
    let sealed = kept::seal_stated(app, ctx, id, version, &stated)?;
    if !store::state(tx, ctx, id, version, sealed).await? {
        return Err(Error::Conflict("Somebody else stated something just now. Look at it, then save again.".into()));
    }
    act(
        app,
        tx,
        ctx,
        id,
        Category::Note,
        Entry::new(Operation::Change, "duties.state").detail(json!({ "version": version })),
    )
    .await
}

/// Keeps other facts. Where they are other numbers than those of the case's frozen answers, the reason is kept with them.
///
/// # Errors
/// As [`state`]; [`Error::Invalid`] for other numbers without a reason.
pub async fn state_facts(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (people_why, data_why): (&str, &str),
    change: impl FnOnce(&mut Facts) -> Result<()>,
) -> Result<()> {
    let numbers = incidents::counted(app, tx, ctx, id).await?.map(|counted| Numbers::of(&counted));
    state(app, tx, ctx, id, |stated| {
        change(&mut stated.facts)?;
        stated.overrides = match &numbers {
            Some(numbers) => numbers.overrides(&stated.facts, people_why, data_why)?,
            None => Overrides::default(),
        };
        Ok(())
    })
    .await
}

/// Signs judgements on the facts as they stand.
///
/// # Errors
/// [`Error::Conflict`] for programs, and where the facts are no longer those that were looked at.
pub async fn sign(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, on: i64, signed: Signed) -> Result<()> {
    incidents::writable(tx, ctx, id).await?.open()?;
    if !matches!(ctx.actor, Actor::Account(..)) {
        return Err(Error::Conflict("A person signs a judgement, not a program.".into()));
    }
    let version = store::stated(tx, id).await?.map_or(0, |row| row.version);
    if version != on {
        return Err(Error::Conflict("The facts have changed since you looked. Read them again, then sign.".into()));
    }
    let number = store::signature(tx, id).await?.map_or(1, |row| row.number + 1);
    let risk = signed.judgements.risk.map(waxwing_law::facts::Risk::as_str);
    let sealed = kept::seal_signed(app, ctx, id, number, &signed)?;
    if !store::sign(tx, ctx, id, number, version, sealed).await? {
        return Err(Error::Conflict("Somebody else signed just now. Look at it, then sign again.".into()));
    }
    let detail = json!({ "version": version, "risk": risk });
    act(app, tx, ctx, id, Category::Decision, Entry::new(Operation::Change, "duties.sign").detail(detail)).await
}

/// Notes that a duty was done: when, and the recipient's reference.
///
/// # Errors
/// [`Error::NotFound`] for a rule that is not asked of this case; [`Error::Conflict`] where it was noted already;
/// [`Error::Invalid`] for a time to come or before its clock began.
pub async fn meet(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    rule: &str,
    at: Micros,
    reference: &str,
) -> Result<()> {
    incidents::writable(tx, ctx, id).await?;
    let overview = overview(app, tx, ctx, id).await?;
    let asked = overview.duties.iter().find(|standing| standing.duty.rule == rule);
    let asked =
        asked.filter(|standing| standing.duty.verdict != Verdict::DoesNotApply).ok_or(Error::NotFound("duty"))?;
    if at > ctx.now() {
        return Err(Error::invalid("at", "This time is still to come. Write when it was done."));
    }
    if let Some(clock) = asked.clock.clone().filter(|_| asked.met.is_none()) {
        clock.met(at.timestamp()).map_err(|error| Error::invalid("at", format!("Not possible: {error}.")))?;
    }
    let sealed = kept::seal_reference(app, ctx, id, rule, reference)?;
    if !store::meet(tx, ctx, id, (rule, asked.duty.version), at, sealed).await? {
        return Err(Error::Conflict("This duty was noted as done already. Correct it on the timeline.".into()));
    }
    let detail = json!({ "rule": rule, "at": at });
    act(app, tx, ctx, id, Category::Communication, Entry::new(Operation::Change, "duties.meet").detail(detail)).await
}

/// What can be drafted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// For an authority, a partner or the register.
    Form(DraftKind),
    /// To people, in a language, by what is affected as a whole.
    People(Locale),
}

impl Wanted {
    /// Everything that there is.
    pub fn all() -> impl Iterator<Item = Self> {
        DraftKind::ALL
            .iter()
            .map(|kind| Self::Form(*kind))
            .chain(Locale::ALL.iter().map(|locale| Self::People(*locale)))
    }
    /// The word in forms and file names.
    pub fn word(self) -> String {
        match self {
            Self::Form(kind) => kind.as_str().to_owned(),
            Self::People(locale) => format!("people-{}", locale.as_str()),
        }
    }
    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|wanted| wanted.word() == word)
    }
    /// What it is, for people.
    pub fn said(self) -> String {
        match self {
            Self::Form(kind) => kind.label().to_owned(),
            Self::People(locale) => format!("Message to people (GDPR Art. 34), {}", locale.label()),
        }
    }
}

impl Overview {
    /// A draft from what the case says now.
    pub fn draft(&self, wanted: Wanted, now: Micros) -> Draft {
        let (facts, parts) = (&self.facts, &self.stated.parts);
        let now = now.timestamp();
        match wanted {
            Wanted::Form(kind) => {
                drafts::draft(kind, &Material { facts, parts, severity: self.assessment.as_ref(), now })
            }
            Wanted::People(locale) => {
                let readable = facts.data.iter().filter(|item| item.readable != Readable::No);
                let person = Person {
                    certain: facts.nature.confidentiality_lost() && facts.certain() > 0,
                    data: readable.map(|item| item.kind).collect(),
                };
                let day = |at: jiff::Timestamp| at.to_zoned(facts.time_zone()).date();
                drafts::people(locale, &person, parts, day(now), facts.times.suspected_at.map(day))
            }
        }
    }
}

/// Hands out a draft; that it left is on the record first.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case.
pub async fn hand_out(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, wanted: Wanted) -> Result<String> {
    let overview = overview(app, tx, ctx, id).await?;
    let entry = Entry::new(Operation::Read, "duties.draft").to("file").detail(json!({ "draft": wanted.word() }));
    tx.record(app.store(), ctx, entry.on("incident", id.as_i64())).await?;
    Ok(overview.draft(wanted, ctx.now()).text())
}

async fn act(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, category: Category, entry: Entry) -> Result<()> {
    let what = entry.what;
    let entry = tx.record(app.store(), ctx, entry.on("incident", id.as_i64())).await?;
    incidents::machine(tx, ctx, id, category, (what, entry)).await
}
