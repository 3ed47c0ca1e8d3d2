//! The room of a case: its state with the one next step, its timeline, and its details.
//!
//! Promise: that somebody looked into a case is on the record before anything of it is shown.

use super::words::{
    AssetKind, CaseRole, Category, CauseKind, Compromise, IndicatorKind, Outcome, Severity, Status, Tlp,
};
use super::{Asset, Cause, Counted, Incident, Indicator, Line, Member, clocks, radius};
use crate::blast::{self, Listed};
use crate::containment::Standing;
use askama::Template;
use axum::extract::State;
use std::collections::{HashMap, HashSet};
use waxwing_app::accounts::{self, State as AccountState};
use waxwing_app::{App, Result, settings};
use waxwing_domain::{AccountId, Action, Actor, CasePartId, Ctx, IncidentId, Micros, Operation};
use waxwing_http::{Fail, Page, Segment, Shell, Who};
use waxwing_store::{Entry, Tx};

type Answer<T> = std::result::Result<T, Fail>;

/// What every page of a case shows at its top.
pub(super) struct Top {
    pub(super) case: Incident,
    /// Whether the person may write in it, and whether they decide in it.
    pub(super) writes: bool,
    pub(super) leads: bool,
    pub(super) names: Names,
    /// The zone of the house, in which people type times.
    pub(super) zone: String,
}

/// What colleagues are called.
pub(super) struct Names(HashMap<AccountId, String>);

impl Names {
    async fn load(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Self> {
        let everybody = accounts::colleagues(tx).await?;
        let named = everybody.iter().filter(|account| account.state != AccountState::Removed);
        let names = named.map(|account| Ok((account.id, account.person(app, ctx.workspace)?.shown().to_owned())));
        Ok(Self(names.collect::<Result<_>>()?))
    }
    pub(super) fn of(&self, account: &AccountId) -> &str {
        self.0.get(account).map_or("Somebody who is gone", String::as_str)
    }
    pub(super) fn actor(&self, actor: &Actor) -> &str {
        match actor {
            Actor::Account(account, _) => self.of(account),
            Actor::ApiKey(_) => "A program with a key",
            Actor::Host => "The host’s command line",
            Actor::Public => "A visitor",
            Actor::Job => "The system",
        }
    }
    fn member(&self, member: &Member) -> &str {
        match member.who.kind {
            "account" => self.of(&AccountId::from_i64(member.who.principal)),
            _ => "A program with a key",
        }
    }
    /// Everybody, by name.
    fn sorted(&self) -> Vec<(AccountId, String)> {
        let mut all: Vec<_> = self.0.iter().map(|(id, name)| (*id, name.clone())).collect();
        all.sort_by(|one, other| one.1.cmp(&other.1));
        all
    }
}

#[derive(Template)]
#[template(path = "incidents/pages/room.html")]
pub(super) struct RoomPage {
    shell: Shell,
    top: Top,
    summary: String,
    ending: String,
    /// What law asks for next, and how much time is left.
    clocks: Vec<String>,
    lines: Vec<Line>,
    /// Lines that a later one corrects.
    corrected: HashSet<CasePartId>,
    categories: &'static [Category],
    severities: &'static [Severity],
    /// The outcomes that the state allows.
    outcomes: Vec<Outcome>,
    standings: Vec<Standing>,
    /// What can be contained alone, as the containment's form takes it.
    containable: Vec<(String, String)>,
    counted: Option<Counted>,
    window: (Micros, Micros),
    /// Frozen answers that the case could take in.
    frozen: Vec<Listed>,
}

impl RoomPage {
    /// Whether anything of the case is contained now.
    fn in_force(&self) -> bool {
        self.standings.iter().any(|one| one.containment.released.is_none())
    }
    /// Whether a containment of the whole workspace is in force: nothing is left to contain alone.
    fn all_in_force(&self) -> bool {
        self.standings.iter().any(|one| one.containment.released.is_none() && one.containment.scope.thing().is_none())
    }
    fn codename_in_an_address(&self) -> String {
        self.top.case.codename.replace(' ', "+")
    }
}

#[derive(Template)]
#[template(path = "incidents/pages/details.html")]
pub(super) struct DetailsPage {
    shell: Shell,
    top: Top,
    members: Vec<Member>,
    assets: Vec<Asset>,
    indicators: Vec<Indicator>,
    cause: Option<Cause>,
    words: Choices,
}

/// What can be chosen in the forms of the details.
struct Choices {
    roles: &'static [CaseRole],
    assets: &'static [AssetKind],
    compromises: &'static [Compromise],
    indicators: &'static [IndicatorKind],
    tlps: &'static [Tlp],
    causes: &'static [CauseKind],
}

/// The case and who looks at it; the look is recorded first.
pub(super) async fn top(app: &App, ctx: &Ctx, id: IncidentId, what: &'static str) -> Result<Top> {
    let mut tx = app.read(ctx, what).await?;
    let case = super::by_id(&mut tx, ctx, id).await?;
    let role = super::role(&mut tx, ctx, id).await?;
    let names = Names::load(app, &mut tx, ctx).await?;
    let zone = settings::load(&mut tx).await?.default_zone;
    drop(tx);
    app.store().disclose(ctx, Entry::new(Operation::Read, what).on("incident", id.as_i64()).to("page")).await?;
    let writes = ctx.may(Action::IncidentsWrite) && role.is_some_and(|role| role != CaseRole::Observer);
    let leads = writes && (role == Some(CaseRole::Lead) || ctx.may(Action::IncidentsLead));
    Ok(Top { case, writes, leads, names, zone })
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<RoomPage>> {
    let top = top(&app, &ctx, id, "incidents.show").await?;
    let mut tx = app.read(&ctx, "incidents.show").await?;
    let mut lines = super::lines(&app, &mut tx, &ctx, id).await?;
    lines.reverse();
    let breach = top.case.status != Status::Suspicion;
    let counted = super::counted(&app, &mut tx, &ctx, id).await?;
    let assets = super::assets(&app, &mut tx, &ctx, id).await?;
    let standings = super::containments(&app, &mut tx, &ctx, id).await?;
    let contained = |scope: &str| {
        standings.iter().any(|one| one.containment.released.is_none() && one.containment.scope.to_text() == scope)
    };
    let mut containable = radius::containable(&assets);
    containable.retain(|(scope, _)| !contained(scope));
    Ok(Page(RoomPage {
        shell: shell.titled(top.case.codename.clone()),
        summary: super::summary(&app, &ctx, &top.case)?,
        ending: super::ending(&app, &ctx, &top.case)?,
        clocks: clocks::lines(&app, &mut tx, &ctx, id).await?,
        corrected: lines.iter().filter_map(|line| line.corrects).collect(),
        lines,
        categories: Category::ALL,
        severities: Severity::ALL,
        outcomes: Outcome::ALL.iter().copied().filter(|outcome| outcome.is_breach() == breach).collect(),
        containable,
        standings,
        frozen: others(&app, &mut tx, &ctx, counted.as_ref()).await?,
        counted,
        window: top.case.window(ctx.now()),
        top,
    }))
}

/// Frozen answers that do not count yet.
async fn others(app: &App, tx: &mut Tx, ctx: &Ctx, counted: Option<&Counted>) -> Result<Vec<Listed>> {
    if !ctx.may(Action::RecordRead) {
        return Ok(Vec::new());
    }
    let mut listed = blast::list(app, tx, ctx).await?;
    let counts = |id: i64| counted.is_some_and(|counted| counted.cited.iter().any(|cited| cited.id == id));
    listed.retain(|one| !counts(one.id));
    Ok(listed)
}

pub(super) async fn details(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<DetailsPage>> {
    let top = top(&app, &ctx, id, "incidents.details").await?;
    let mut tx = app.read(&ctx, "incidents.details").await?;
    Ok(Page(DetailsPage {
        shell: shell.titled(format!("{}: details", top.case.codename)),
        members: super::members(&mut tx, &ctx, id).await?,
        assets: super::assets(&app, &mut tx, &ctx, id).await?,
        indicators: super::indicators(&app, &mut tx, &ctx, id).await?,
        cause: super::cause(&app, &mut tx, &ctx, id).await?,
        words: Choices {
            roles: CaseRole::ALL,
            assets: AssetKind::ALL,
            compromises: Compromise::ALL,
            indicators: IndicatorKind::ALL,
            tlps: Tlp::ALL,
            causes: CauseKind::ALL,
        },
        top,
    }))
}
