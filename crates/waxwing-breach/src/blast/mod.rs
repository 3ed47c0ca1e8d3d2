//! Who was touched: from an actor and a window to the people and fields, out of the access record.
//!
//! Promise: the answer equals a replay of what the record says: confirmed is what was returned to
//! the suspect, possible what may have been seen, altered what was changed, excluded everybody else;
//! it cites the log it was computed from, and each person's reasons are entries with proofs. Asking
//! is recorded; counting opens nothing. For a copy of the database it is derived from the keys what can be read.
//! For a campaign (sent to the wrong people, or with the wrong words) the touched are its recipients: each message goes to
//! one person, carries values of that person alone and shows nobody's address to another, so a wrong list tells people
//! what was not meant for them and tells nothing of them to others. Confirmed is whose message a mail server took,
//! possible whose message left without an answer, excluded who was refused or not sent to; the fields are those that
//! their message was made from.
//! States: none; a frozen answer never changes.
//! Tables: `blast_radii`, `blast_touches`: frozen answers; `blast_country`: which field says where people live.
//! Events: none.
//! Jobs: none.
//! Limit: whom the words of a campaign name, the same for everybody, no program knows: whoever is named there is told of
//! by hand. While a campaign is being sent, more of it leaves after the answer. Who opened the database by other means left no entry; entries without a number are not counted.

mod ahead;
mod api;
mod api_kept;
mod asked;
mod closure;
mod country;
mod file;
mod file_rows;
mod frozen;
mod pages;
mod pages_file;
mod pages_people;
mod question;
mod radius;
mod store;
mod summary;
mod suspects;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_bodies;
#[cfg(test)]
mod tests_campaign;
#[cfg(test)]
mod tests_file;
#[cfg(test)]
mod tests_histories;
#[cfg(test)]
mod tests_people;
#[cfg(test)]
mod tests_theft;
mod theft;
mod touch;
mod touched;
mod walk;
mod wanted;
mod why;

pub use closure::Made;
pub use country::{COUNTRY, by_country, country_field, set_country_field};
pub use file::{AnswerFile, Begun, Wish, begin as begin_file};
pub use file_rows::Format;
pub use frozen::{Frozen, Listed, freeze, frozen, list};
pub use question::{Question, SKEW, Suspect, SuspectError, moment};
pub use radius::{Numbers, Radius, Which};
pub use summary::{ChannelCount, ClassCount, CountryCount, FieldCount, ListCount, People, Summary, law_kind};
pub use theft::Taken;
pub use touch::{Channel, Effect, Touch};
pub use touched::{Touched, TouchedPeople, touched};
pub use why::{Reason, Reasons};

use waxwing_app::subscribers::{self, Shown};
use waxwing_app::{App, Error, Result, fields, record};
use waxwing_domain::{Action, Actor, Ctx, Operation, SubjectNo};
use waxwing_http::{Fail, Limit, Routes};
use waxwing_store::{Entry, JobRegistry};

/// Answers and reasons of one session or key.
const ASKED: Limit = Limit::per_minute("blast.asked", 60);

/// An answer with its numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// Who, what, when.
    pub radius: Radius,
    /// How many.
    pub summary: Summary,
    /// Entries without a number yet, which no answer counts.
    pub unnumbered: u64,
}

impl Answer {
    /// The answer as a reader may see it: see [`Summary::shown_to`].
    fn shown_to(mut self, ctx: &Ctx) -> Self {
        self.summary = self.summary.shown_to(ctx);
        self
    }
}

/// Answers a question with its numbers; that it was asked is recorded before.
///
/// # Errors
/// [`Error::Store`](waxwing_app::Error::Store) with `Damaged` when the record does not fit its root.
pub async fn ask(app: &App, ctx: &Ctx, question: &Question) -> Result<Answer> {
    let unnumbered = record::head(app, ctx).await?.pending.cast_unsigned();
    let radius = reckon(app, ctx, question).await?;
    // Not bound by the reader's rights: a notice needs the true number, also of fewer than ten, and
    // whoever reads the record sees each entry's number anyway.
    let summary = Summary::of(app, ctx.workspace, &radius).await?;
    Ok(Answer { radius, summary, unnumbered })
}

/// Answers a question; that it was asked is recorded before.
pub async fn reckon(app: &App, ctx: &Ctx, question: &Question) -> Result<Radius> {
    note(app, ctx, question, "blast.ask", None).await?;
    if let Suspect::Copy(taken) = question.suspect {
        return theft::reckon(app, ctx, question, taken).await;
    }
    let mut tx = app.read(ctx, "blast.ask").await?;
    let (walked, tally) = walk::walk(app.store(), &mut tx, ctx, question, radius::Tally::default).await?;
    Ok(Radius::of(*question, walked, tally))
}

/// Why a person is among the affected; recorded before.
pub async fn why(app: &App, ctx: &Ctx, question: &Question, subject: SubjectNo) -> Result<Reasons> {
    note(app, ctx, question, "blast.why", Some(subject)).await?;
    let mut tx = app.read(ctx, "blast.why").await?;
    let (_, reasons) = walk::walk(app.store(), &mut tx, ctx, question, || Reasons::of(subject)).await?;
    Ok(reasons)
}

/// The same of an answer that was given: from the entries that it was computed from; recorded before.
///
/// # Errors
/// [`Error::Store`](waxwing_app::Error::Store) with `Damaged` when the record does not begin with those entries.
pub async fn why_of(app: &App, ctx: &Ctx, radius: &Radius, subject: SubjectNo) -> Result<Reasons> {
    note(app, ctx, &radius.question, "blast.why", Some(subject)).await?;
    let mut tx = app.read(ctx, "blast.why").await?;
    let begin = || Reasons::of(subject);
    let (_, reasons) = walk::walk_to(app.store(), &mut tx, ctx, &radius.question, radius.log(), begin).await?;
    Ok(reasons)
}

/// The people with these numbers, as far as they are here still, each field in clear or masked as
/// the reader's role says; recorded before. Whoever may not read subscribers sees numbers only.
pub async fn named(app: &App, ctx: &Ctx, numbers: &[SubjectNo], destination: &'static str) -> Result<Vec<Shown>> {
    if numbers.is_empty() || !ctx.may(Action::SubscribersRead) {
        return Ok(Vec::new());
    }
    let mut tx = app.read(ctx, "blast.people").await?;
    let fields = fields::all(&mut tx).await?;
    let fields: Vec<_> = fields.into_iter().filter(|field| field.is_built_in()).collect();
    subscribers::show_many(app, &mut tx, ctx, numbers, &fields, "blast.people", destination).await
}

async fn note(app: &App, ctx: &Ctx, question: &Question, what: &'static str, about: Option<SubjectNo>) -> Result<()> {
    ctx.authorise(Action::RecordRead)?;
    throttle(app, ctx)?;
    let mut entry = Entry::new(Operation::Read, what).detail(question.detail());
    if let Some(subject) = about {
        entry = entry.on("subscriber", subject.as_i64());
    }
    app.store().disclose(ctx, entry).await?;
    Ok(())
}

/// Every answer reads the whole log: whoever asks without end takes it from everybody. The host asks as it likes.
fn throttle(app: &App, ctx: &Ctx) -> Result<()> {
    if !matches!(ctx.actor, Actor::Account(..) | Actor::ApiKey(_)) {
        return Ok(());
    }
    match app.limiter().take(ASKED, &ctx.actor.credential().to_be_bytes(), ctx.now()) {
        Err(Fail::TooMany { retry_after }) => Err(Error::TooMany(retry_after)),
        _ => Ok(()),
    }
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api_kept::routes(api::routes(pages::routes(Routes::new())))
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
