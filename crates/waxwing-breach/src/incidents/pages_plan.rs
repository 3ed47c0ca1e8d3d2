//! `/security/plan`: the incident plan, to be written while nothing happens, and to be printed.

use super::playbooks::{Playbook, playbooks};
use super::{Plan, PlanDrill, PlanPerson, Planned};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::{Action, Ctx, Micros, Operation};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Shell, Who};
use waxwing_store::Entry;

type Answer<T> = std::result::Result<T, Fail>;

/// Empty rows below those that are filled in.
const SPARE: usize = 3;

#[derive(Template)]
#[template(path = "incidents/pages/plan.html")]
pub(super) struct PlanPage {
    shell: Shell,
    it: Planned,
    books: &'static [Playbook],
    now: Micros,
    writes: bool,
}

impl PlanPage {
    fn people(&self) -> Vec<PlanPerson> {
        let spare = std::iter::repeat_with(PlanPerson::default).take(SPARE);
        self.it.plan.people.iter().cloned().chain(spare).collect()
    }
    fn drills(&self) -> Vec<PlanDrill> {
        let spare = std::iter::repeat_with(PlanDrill::default).take(SPARE);
        self.it.plan.drills.iter().cloned().chain(spare).collect()
    }
    fn is_book(&self, book: &Playbook) -> bool {
        self.it.plan.playbook == book.name
    }
}

#[derive(Template)]
#[template(path = "incidents/pages/plan_sheet.html")]
pub(super) struct SheetPage {
    shell: Shell,
    it: Planned,
    playbook: String,
    now: Micros,
}

async fn looked(app: &App, ctx: &Ctx) -> Result<Planned, Error> {
    let mut tx = app.read(ctx, "incidents.plan").await?;
    let it = super::plan(app, &mut tx, ctx).await?;
    drop(tx);
    app.store().disclose(ctx, Entry::new(Operation::Read, "incidents.plan").to("page")).await?;
    Ok(it)
}

pub(super) async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Answer<Page<PlanPage>> {
    let it = looked(&app, &ctx).await?;
    let (shell, writes) = (shell.titled("Incident plan"), ctx.may(Action::IncidentsLead));
    Ok(Page(PlanPage { shell, it, books: playbooks(), now: ctx.now(), writes }))
}

pub(super) async fn sheet(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Answer<Page<SheetPage>> {
    let it = looked(&app, &ctx).await?;
    let book = playbooks().iter().find(|book| book.name == it.plan.playbook);
    let playbook = book.map(|book| book.title.clone()).unwrap_or_default();
    Ok(Page(SheetPage { shell: shell.titled("Incident plan, to print"), it, playbook, now: ctx.now() }))
}

/// Rows come as columns: the first of each belong together.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PlanForm {
    version: i64,
    name: Vec<String>,
    role: Vec<String>,
    phone: Vec<String>,
    decides: Vec<String>,
    playbook: String,
    review_on: String,
    drill: Vec<String>,
    drill_on: Vec<String>,
    drill_done: Vec<String>,
}

impl PlanForm {
    fn read(&self) -> Plan {
        let cell =
            |column: &[String], row: usize| column.get(row).map(|text| text.trim().to_owned()).unwrap_or_default();
        let person = |row| PlanPerson {
            name: cell(&self.name, row),
            role: cell(&self.role, row),
            phone: cell(&self.phone, row),
            decides: cell(&self.decides, row),
        };
        let drill = |row| PlanDrill {
            about: cell(&self.drill, row),
            on: cell(&self.drill_on, row),
            done: cell(&self.drill_done, row),
        };
        Plan {
            people: (0..self.name.len()).map(person).filter(|one| *one != PlanPerson::default()).collect(),
            drills: (0..self.drill.len()).map(drill).filter(|one| *one != PlanDrill::default()).collect(),
            playbook: self.playbook.clone(),
            review_on: self.review_on.trim().to_owned(),
        }
    }
}

pub(super) async fn set(State(app): State<App>, Who(ctx): Who, SafeForm(form): SafeForm<PlanForm>) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.set_plan").await?;
    super::set_plan(&app, &mut tx, &ctx, form.version, &form.read()).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/security/plan").flash(Flash::good("Saved. Every new case begins with it.")))
}
