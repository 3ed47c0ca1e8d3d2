//! `/security/incidents/{id}/duties/facts`: what the rules and the drafts need to know.

use super::forms::{FactsForm, WordsForm};
use super::pages::{at, done, looked};
use super::{Override, Overview};
use askama::Template;
use axum::extract::State;
use jiff::Timestamp;
use waxwing_app::App;
use waxwing_domain::IncidentId;
use waxwing_http::{Fail, Page, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_law::drafts::Parts;
use waxwing_law::facts::{Answer, Availability, Confidentiality, DataKind, Integrity, Nis2Entity, Readable, Role};

type Answered<T> = std::result::Result<T, Fail>;

#[derive(Template)]
#[template(path = "duties/pages/facts.html")]
pub(super) struct FactsPage {
    shell: Shell,
    it: Overview,
    words: Choices,
}

/// What can be chosen.
struct Choices {
    roles: &'static [Role],
    confidentiality: &'static [Confidentiality],
    integrity: &'static [Integrity],
    availability: &'static [Availability],
    kinds: &'static [DataKind],
    readable: &'static [Readable],
    answers: &'static [Answer],
    nis2: &'static [Nis2Entity],
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answered<Page<FactsPage>> {
    let it = looked(&app, &ctx, id, "duties.facts").await?;
    let words = Choices {
        roles: Role::ALL,
        confidentiality: Confidentiality::ALL,
        integrity: Integrity::ALL,
        availability: Availability::ALL,
        kinds: DataKind::ALL,
        readable: Readable::ALL,
        answers: Answer::ALL,
        nis2: Nis2Entity::ALL,
    };
    Ok(Page(FactsPage { shell: shell.titled(format!("{}: facts", it.case.codename)), it, words }))
}

pub(super) async fn state(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<FactsForm>,
) -> Answered<SeeOther> {
    let mut tx = app.begin(&ctx, "duties.state").await?;
    let why = (form.people_why.as_str(), form.data_why.as_str());
    super::state_facts(&app, &mut tx, &ctx, id, why, |facts| form.read(facts)).await?;
    done(tx, at(id), "Saved. The duties are worked out anew.").await
}

pub(super) async fn write(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<WordsForm>,
) -> Answered<SeeOther> {
    let parts = form.read()?;
    let mut tx = app.begin(&ctx, "duties.state").await?;
    super::state(&app, &mut tx, &ctx, id, |stated| {
        // What is said in other languages is written where the letters are.
        stated.parts = Parts { said: std::mem::take(&mut stated.parts.said), ..parts };
        Ok(())
    })
    .await?;
    done(tx, at(id), "Saved. The drafts have it.").await
}

impl FactsPage {
    fn places(&self) -> String {
        self.it.facts.active_in.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
    fn people(&self) -> String {
        let rows = self.it.facts.people.iter();
        rows.map(|row| format!("{} {} {}", row.place, row.confirmed, row.possible)).collect::<Vec<_>>().join("\n")
    }
    /// How a kind of data was stated to be; empty where it is not affected.
    fn stated(&self, kind: &DataKind) -> &'static str {
        self.it.facts.data.iter().find(|item| item.kind == *kind).map_or("", |item| item.readable.as_str())
    }
    /// A moment for a field of type `datetime-local`, in the organisation's zone.
    fn wall(&self, at: &Option<Timestamp>) -> String {
        let zone = self.it.facts.time_zone();
        at.map(|at| at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
    }
    fn silence(&self) -> (String, Option<Timestamp>, Option<Timestamp>) {
        let silence = self.it.facts.silence.as_ref();
        silence.map(|silence| (silence.agency.clone(), Some(silence.from), silence.until)).unwrap_or_default()
    }
    fn number(&self, count: &Option<u64>) -> String {
        count.map(|count| count.to_string()).unwrap_or_default()
    }
    fn some<'a>(&self, text: &'a Option<String>) -> &'a str {
        text.as_deref().unwrap_or_default()
    }
    fn establishment(&self) -> String {
        self.it.facts.establishment.as_ref().map(ToString::to_string).unwrap_or_default()
    }
    fn is_role(&self, role: &Role) -> bool {
        self.it.facts.role == Some(*role)
    }
    fn is_nis2(&self, entity: &Nis2Entity) -> bool {
        self.it.facts.nis2 == Some(*entity)
    }
    fn zone(&self) -> &str {
        self.it.facts.zone.as_deref().unwrap_or("UTC")
    }
    /// Why somebody stated other numbers than the record's.
    fn why(&self, given: &Option<Override>) -> String {
        given.as_ref().map(|given| given.reason.clone()).unwrap_or_default()
    }
    fn duties_at(&self) -> String {
        at(self.it.case.id)
    }
}
