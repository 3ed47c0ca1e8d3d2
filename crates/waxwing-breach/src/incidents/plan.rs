//! The incident plan: what a house decided before anything happened.
//!
//! Promise: who is called under which number and what each decides alone, which playbook is taken first, by which day the
//! plan is looked through, and when what is practised; every new case begins with its people on the contact sheet and its
//! playbook in the tasks. Names and numbers are sealed at rest. Whoever may join every case is reminded once a week while
//! a review or a drill is due. Limit: a case keeps the plan as it was when it was opened; paper that was printed is not
//! called back.

use super::contacts::NewContact;
use super::playbooks::playbooks;
use super::{contacts, sealing, store_plan, tasks};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use waxwing_app::accounts::{self, Notice};
use waxwing_app::home::{More, Need};
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, Ctx, FieldId, IncidentId, Micros, Operation, PhoneNumber};
use waxwing_http::Tone;
use waxwing_store::{Entry, JobContext, JobError, Tx, inventory};

/// People of a plan, at most.
const MOST_PEOPLE: usize = 40;
/// Drills of a plan, at most.
const MOST_DRILLS: usize = 60;
/// The longest line, in characters.
const LONGEST: usize = 200;
/// While something is due, a reminder goes this often, in microseconds.
const REMIND_EVERY: i64 = 7 * Micros::DAY;

/// Somebody who is called.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanPerson {
    /// Who.
    pub name: String,
    /// As what: lead, counsel, insurer, provider.
    pub role: String,
    /// The number that is called: `+49 30 1234567`.
    pub phone: String,
    /// What they decide alone, without asking anybody.
    pub decides: String,
}

/// Something that is practised.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanDrill {
    /// On which day: `2026-12-01`.
    pub on: String,
    /// What: the name of a drill, or a talk at a table.
    pub about: String,
    /// On which day it was done; empty while it was not.
    pub done: String,
}

/// The plan of a workspace. Names people, so that it shows nothing of itself in `Debug`.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = IncidentPlan)]
pub struct Plan {
    /// Who is called, the first first.
    pub people: Vec<PlanPerson>,
    /// The playbook that a new case begins with; empty where it begins with none.
    pub playbook: String,
    /// By which day the plan is looked through again; empty where nobody said.
    pub review_on: String,
    /// What is practised when.
    pub drills: Vec<PlanDrill>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plan(…)")
    }
}

/// A plan with when it was changed.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What was decided; empty while nobody wrote one.
    pub plan: Plan,
    /// Grows with every change; 0 while there is none.
    pub version: i64,
    /// When it was changed.
    pub changed_at: Option<Micros>,
    /// The nearest day of a review or a drill.
    pub due_at: Option<Micros>,
}

impl Planned {
    /// Whether a review or a drill is due.
    pub fn is_due(&self, now: Micros) -> bool {
        self.due_at.is_some_and(|due| due <= now)
    }
}

fn line(field: &str, typed: &str) -> Result<String> {
    let text = sealing::optional(field, typed)?;
    if text.contains('\n') || text.chars().count() > LONGEST {
        return Err(Error::invalid(field, "Write one line of at most 200 characters."));
    }
    Ok(text)
}

/// The beginning of a day; nothing for an empty text.
fn day(field: &str, typed: &str) -> Result<Option<Micros>> {
    let wrong = || Error::invalid(field, "Write a day such as 2026-12-01.");
    if typed.is_empty() {
        return Ok(None);
    }
    let date: Date = typed.parse().map_err(|_| wrong())?;
    let at = date.to_zoned(TimeZone::UTC).map_err(|_| wrong())?;
    Ok(Some(Micros::from_i64(at.timestamp().as_microsecond())))
}

impl PlanPerson {
    fn checked(&self) -> Result<Self> {
        let wrong = |_| Error::invalid("phone", "Write a number like +49 30 1234567.");
        let name = line("name", &self.name)?;
        if name.is_empty() {
            return Err(Error::invalid("name", "Write who it is."));
        }
        let phone = PhoneNumber::parse(&self.phone).map_err(wrong)?.as_str().to_owned();
        Ok(Self { name, role: line("role", &self.role)?, phone, decides: line("decides", &self.decides)? })
    }
}

impl Plan {
    /// The same, with everything in its form.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no number, no day or no playbook, and for more than anybody reads.
    pub fn checked(&self) -> Result<Self> {
        if self.people.len() > MOST_PEOPLE || self.drills.len() > MOST_DRILLS {
            return Err(Error::invalid("name", "At most 40 people and 60 drills."));
        }
        let known = self.playbook.is_empty() || playbooks().iter().any(|book| book.name == self.playbook);
        known.then_some(()).ok_or_else(|| Error::invalid("playbook", "Choose one of the list."))?;
        day("review_on", &self.review_on)?;
        let drill = |one: &PlanDrill| {
            let about = line("drill", &one.about)?;
            let dated = day("drill_on", &one.on)?.is_some() && !about.is_empty();
            day("drill_done", &one.done)?;
            dated
                .then_some(())
                .ok_or_else(|| Error::invalid("drill_on", "Write what is practised, and on which day."))?;
            Ok(PlanDrill { about, ..one.clone() })
        };
        Ok(Self {
            people: self.people.iter().map(PlanPerson::checked).collect::<Result<_>>()?,
            drills: self.drills.iter().map(drill).collect::<Result<_>>()?,
            ..self.clone()
        })
    }

    /// The nearest day of the review or of a drill that was not done.
    fn due(&self) -> Result<Option<Micros>> {
        let open = self.drills.iter().filter(|one| one.done.is_empty()).map(|one| day("drill_on", &one.on));
        let days: Vec<_> = open.chain([day("review_on", &self.review_on)]).collect::<Result<_>>()?;
        Ok(days.into_iter().flatten().min())
    }

    /// The newest day on which something was practised.
    fn practised(&self) -> Result<Option<Micros>> {
        let done = self.drills.iter().map(|one| day("drill_done", &one.done));
        Ok(done.collect::<Result<Vec<_>>>()?.into_iter().flatten().max())
    }
}

/// The plan; an empty one while nobody wrote any.
pub async fn plan(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Planned> {
    ctx.authorise(Action::IncidentsRead)?;
    kept(app, tx, ctx).await
}

async fn kept(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Planned> {
    let Some(row) = store_plan::plan(tx).await? else {
        return Ok(Planned { plan: Plan::default(), version: 0, changed_at: None, due_at: None });
    };
    let (field, own) = (FieldId::INCIDENT_PLAN, ctx.workspace.as_i64());
    let plan = sealing::open(app, ctx.workspace, field, own, &row.sealed)?;
    Ok(Planned { plan, version: row.version, changed_at: Some(row.changed_at), due_at: row.due_at })
}

/// Writes the plan anew. `version` is the one that was looked at.
///
/// # Errors
/// [`Error::Denied`] for who may not join every case; [`Error::Invalid`] as [`Plan::checked`]; [`Error::Conflict`] where
/// somebody changed it meanwhile.
pub async fn set_plan(app: &App, tx: &mut Tx, ctx: &Ctx, version: i64, plan: &Plan) -> Result<()> {
    ctx.authorise(Action::IncidentsLead)?;
    let plan = plan.checked()?;
    let times = (plan.due()?, plan.practised()?);
    let sealed = sealing::seal(app, ctx, FieldId::INCIDENT_PLAN, ctx.workspace.as_i64(), &plan)?;
    if !store_plan::put(tx, ctx, version + 1, times, sealed).await? {
        return Err(Error::Conflict("Somebody else changed the plan just now. Look at it, then save again.".into()));
    }
    let detail = json!({ "version": version + 1, "people": plan.people.len(), "drills": plan.drills.len() });
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "incidents.set_plan").detail(detail)).await?;
    Ok(())
}

/// When something was last practised, by the plan.
pub(crate) async fn practised_at(tx: &mut Tx) -> Result<Option<Micros>> {
    Ok(store_plan::practised(tx).await?)
}

/// Puts the plan into a new case: its people on the contact sheet, its playbook into the tasks.
pub(super) async fn begin(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<()> {
    let Plan { people, playbook, .. } = kept(app, tx, ctx).await?.plan;
    for one in people {
        let note = if one.decides.is_empty() { String::new() } else { format!("Decides alone: {}", one.decides) };
        let note = note.chars().take(LONGEST).collect();
        let new = NewContact { name: one.name, role: one.role, phone: one.phone, note };
        contacts::add(app, tx, ctx, id, new).await?;
    }
    if playbooks().iter().any(|book| book.name == playbook) {
        tasks::take(app, tx, ctx, id, &playbook).await?;
    }
    Ok(())
}

/// `incidents.plan`: whoever may join every case hears that a review or a drill is due, once a week.
pub(super) async fn remind(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "incidents.plan").await?;
    job.fence(&mut tx).await?;
    tell(&app, &mut tx, &job.ctx).await?;
    Ok(tx.commit().await?)
}

/// Mails the reminder if one is due; gives to how many people.
pub(super) async fn tell(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<usize> {
    if !store_plan::take_reminder(tx, ctx.now(), ctx.now().plus(-REMIND_EVERY)).await? {
        return Ok(0);
    }
    let text = format!(
        "The day came on which the incident plan is looked through, or something in it is practised.\n\nRead it after \
         signing in, and write down what was done:\n\n{}/security/plan\n",
        app.config().public_url
    );
    let notice = Notice { kind: "incidents.plan", subject: "The incident plan: something is due".into(), text };
    accounts::tell_whoever_may(app, tx, ctx, Action::IncidentsLead, &notice).await
}

inventory::submit! { More(|app, tx, ctx| Box::pin(need(app, tx, ctx))) }

async fn need(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Need>> {
    if !ctx.may(Action::IncidentsLead) || !kept(app, tx, ctx).await?.is_due(ctx.now()) {
        return Ok(Vec::new());
    }
    let text = "The incident plan: a review or a drill is due.".to_owned();
    Ok(vec![Need { tone: Tone::Attention, text, href: "/security/plan".into(), verb: "Open the plan" }])
}
