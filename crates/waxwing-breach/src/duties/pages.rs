//! `/security/incidents/{id}/duties`: clocks, severity, judgements, drafts.
//!
//! Promise: that somebody looked is on the record before anything is shown.

use super::forms::{DraftForm, MetForm, SignForm};
use super::{Overview, Standing, Wanted};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use waxwing_app::{App, Error, Result, accounts};
use waxwing_domain::{AccountId, Action, Ctx, IncidentId, Micros, Operation};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who, download};
use waxwing_law::Verdict;
use waxwing_law::clock;
use waxwing_law::drafts::Share;
use waxwing_law::duties::COUNSEL;
use waxwing_law::facts::{Answer, DataKind, Risk};
use waxwing_law::jurisdictions::Checked;
use waxwing_law::severity::Ease;
use waxwing_store::{Entry, Tx};

type Answered<T> = std::result::Result<T, Fail>;

#[derive(Template)]
#[template(path = "duties/pages/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    it: Overview,
    now: Micros,
    /// Who signed last, by name.
    signer: String,
    drafts: Vec<(Wanted, Share)>,
    counsel: &'static str,
    risks: &'static [Risk],
    answers: &'static [Answer],
    eases: &'static [Ease],
}

/// Where the duties of a case are.
pub(super) fn at(id: IncidentId) -> String {
    format!("/security/incidents/{id}/duties")
}

pub(super) async fn done(tx: Tx, to: String, said: &str) -> Answered<SeeOther> {
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(to).flash(Flash::good(said)))
}

/// The overview; the look is recorded first.
pub(super) async fn looked(app: &App, ctx: &Ctx, id: IncidentId, what: &'static str) -> Result<Overview> {
    let mut tx = app.read(ctx, what).await?;
    let overview = super::overview(app, &mut tx, ctx, id).await?;
    drop(tx);
    app.store().disclose(ctx, Entry::new(Operation::Read, what).on("incident", id.as_i64()).to("page")).await?;
    Ok(overview)
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answered<Page<ShowPage>> {
    let it = looked(&app, &ctx, id, "duties.show").await?;
    let signer = match &it.signature {
        Some(signature) => name(&app, &ctx, signature.by).await?,
        None => String::new(),
    };
    let now = ctx.now();
    Ok(Page(ShowPage {
        shell: shell.titled(format!("{}: duties", it.case.codename)),
        signer,
        drafts: Wanted::all().map(|wanted| (wanted, it.draft(wanted, now).share())).collect(),
        it,
        now,
        counsel: COUNSEL,
        risks: Risk::ALL,
        answers: Answer::ALL,
        eases: Ease::ALL,
    }))
}

async fn name(app: &App, ctx: &Ctx, account: AccountId) -> Result<String> {
    let mut tx = app.read(ctx, "duties.show").await?;
    let found = accounts::colleagues(&mut tx).await?.into_iter().find(|one| one.id == account);
    let person = found.map(|account| account.person(app, ctx.workspace)).transpose()?;
    Ok(person.map_or_else(|| "somebody who is gone".to_owned(), |person| person.shown().to_owned()))
}

pub(super) async fn sign(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<SignForm>,
) -> Answered<SeeOther> {
    let signed = form.read()?;
    let mut tx = app.begin(&ctx, "duties.sign").await?;
    super::sign(&app, &mut tx, &ctx, id, form.version, signed).await?;
    done(tx, at(id), "Signed. The duties follow your judgement.").await
}

pub(super) async fn meet(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<MetForm>,
) -> Answered<SeeOther> {
    let mut tx = app.begin(&ctx, "duties.meet").await?;
    let zone = super::overview(&app, &mut tx, &ctx, id).await?.facts.time_zone();
    let when = form.at(&zone, ctx.now())?;
    super::meet(&app, &mut tx, &ctx, id, &form.rule, when, &form.reference).await?;
    done(tx, at(id), "Noted as done. It stands on the timeline.").await
}

pub(super) async fn draft(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<DraftForm>,
) -> Answered<Response> {
    let wanted = Wanted::parse(&form.draft).ok_or(Fail::NotFound)?;
    let mut tx = app.begin(&ctx, "duties.draft").await?;
    let text = super::hand_out(&app, &mut tx, &ctx, id, wanted).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(download(&format!("{}-{id}.txt", wanted.word()), "text/plain; charset=utf-8", text))
}

impl Standing {
    /// Whether it concerns this case.
    fn asked(&self) -> bool {
        self.duty.verdict != Verdict::DoesNotApply
    }
    fn badge(&self) -> (&'static str, &'static str) {
        match self.duty.verdict {
            Verdict::Applies => ("attention", "Applies"),
            Verdict::MayApply(_) => ("", "May apply"),
            Verdict::DoesNotApply => ("", "Does not apply"),
        }
    }
    fn missing(&self) -> &[String] {
        match &self.duty.verdict {
            Verdict::MayApply(missing) => missing,
            Verdict::Applies | Verdict::DoesNotApply => &[],
        }
    }
    fn unverified(&self) -> bool {
        self.duty.status == Checked::Unverified
    }
    /// Where it stands among others: late, then by what runs out first, then what has no number, what waits, what is
    /// done.
    fn turn(&self, now: Micros) -> (u8, i64) {
        let seconds = |span: jiff::SignedDuration| span.as_secs();
        match self.clock.as_ref().map(|clock| clock.state(now.timestamp())) {
            Some(clock::State::Late(late)) => (0, -seconds(late)),
            Some(clock::State::Running(left)) => (1, seconds(left)),
            Some(clock::State::Promptly(open)) => (2, -seconds(open)),
            Some(clock::State::Paused(_)) => (3, 0),
            Some(clock::State::NotStarted(_)) => (4, 0),
            None => (5, 0),
            Some(clock::State::Standing) => (6, 0),
            Some(clock::State::Met(_) | clock::State::MetLate(..)) => (7, 0),
        }
    }
    /// How the clock stands: tone, a word for the badge, and a sentence.
    fn clock(&self, now: &Micros) -> (&'static str, &'static str, String) {
        let Some(clock) = &self.clock else { return ("", "", String::new()) };
        let state = clock.state(now.timestamp());
        let tone = match state {
            clock::State::Late(_) | clock::State::MetLate(..) => "danger",
            clock::State::Running(_) | clock::State::Promptly(_) => "attention",
            clock::State::Met(_) => "good",
            clock::State::NotStarted(_) | clock::State::Paused(_) | clock::State::Standing => "",
        };
        (tone, state.word(), state.words())
    }
}

impl ShowPage {
    fn case_at(&self) -> String {
        format!("/security/incidents/{}", self.it.case.id)
    }
    /// What concerns this case, what runs out first in front.
    fn asked(&self) -> Vec<&Standing> {
        let mut asked: Vec<_> = self.it.duties.iter().filter(|standing| standing.asked()).collect();
        asked.sort_by_key(|standing| standing.turn(self.now));
        asked
    }
    fn others(&self) -> Vec<&Standing> {
        self.it.duties.iter().filter(|standing| !standing.asked()).collect()
    }
    /// What is missing for any duty, each once.
    fn missing(&self) -> Vec<&str> {
        let mut missing: Vec<&str> = Vec::new();
        for what in self.it.duties.iter().flat_map(Standing::missing) {
            if !missing.contains(&what.as_str()) {
                missing.push(what);
            }
        }
        missing
    }
    /// When a duty is due, in the organisation's zone.
    fn when(&self, standing: &Standing) -> String {
        let zone = self.it.facts.time_zone();
        standing.duty.when.as_ref().map(|when| when.words(&zone)).unwrap_or_default()
    }
    /// How a kind of data stands in the facts that the rules are asked about.
    /// Whether the severity rests on a guess of what a field is.
    fn guesses(&self) -> bool {
        let stated = self.it.stated.overrides.data.is_some();
        !stated && self.it.numbers.as_ref().is_some_and(|found| found.data.iter().any(|one| !one.guessed.is_empty()))
    }
    fn asked_with(&self, kind: &DataKind) -> &'static str {
        let stated = self.it.facts.data.iter().find(|item| item.kind == *kind);
        stated.map_or("Left out", |item| item.readable.label())
    }
    fn later(&self, standing: &Standing) -> String {
        let zone = self.it.facts.time_zone();
        standing.duty.when.as_ref().and_then(|when| when.later(&zone)).unwrap_or_default()
    }
    fn writes(&self) -> bool {
        self.shell.may(Action::IncidentsWrite) && self.it.case.status.is_open()
    }
    /// Whether the facts changed since the last signature.
    fn outdated(&self) -> bool {
        self.it.signature.as_ref().is_some_and(|signature| signature.version != self.it.stated.version)
    }
    /// Whether `risk` is what was signed last.
    fn is_risk(&self, risk: &Risk) -> bool {
        self.it.facts.judgements.risk == Some(*risk)
    }
    /// The judgements beside the risk: field, question, and what was signed last.
    fn questions(&self) -> [(&'static str, &'static str, Answer); 5] {
        let judged = &self.it.facts.judgements;
        [
            ("significant_harm", "Canada: a real risk of significant harm", judged.significant_harm),
            ("relevant_risk", "Brazil: a relevant risk or damage", judged.relevant_risk),
            ("serious_harm", "Australia: serious harm is likely", judged.serious_harm),
            ("harm_prevented", "Australia: action prevented the harm", judged.harm_prevented),
            ("significant_incident", "NIS2: a significant incident", judged.significant_incident),
        ]
    }
}
