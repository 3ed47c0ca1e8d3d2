//! `/security/who-was-touched/people`: each person of an answer with what of theirs was touched, how sure and when.

use super::asked::Asked;
use super::pages::HERE;
use super::radius::Numbers;
use super::wanted::{Wanted, meant};
use super::{Effect, Suspect, TouchedPeople};
use askama::Template;
use axum::extract::State;
use std::collections::{BTreeMap, HashMap};
use waxwing_app::subscribers::Shown;
use waxwing_app::{App, fields};
use waxwing_domain::{Action, FieldId, Micros, SubjectNo};
use waxwing_http::{Fail, Page, Params, Shell, Who};

/// People on a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "blast/pages/people.html")]
pub(super) struct PeoplePage {
    shell: Shell,
    numbers: Numbers,
    shown: HashMap<SubjectNo, Shown>,
    touched: TouchedPeople,
    labels: HashMap<FieldId, String>,
    named: bool,
    explained: bool,
    back: String,
    words: String,
    query: String,
    first: String,
    next: String,
}

/// Fields of one person that were touched equally, at the same time.
struct Line {
    effect: Effect,
    fields: String,
    first: Micros,
    last: Micros,
}

impl PeoplePage {
    fn lines(&self, subject: &SubjectNo) -> Vec<Line> {
        let mut groups: BTreeMap<(Effect, Micros, Micros), Vec<String>> = BTreeMap::new();
        for one in self.touched.of(*subject) {
            groups.entry((one.effect, one.first, one.last)).or_default().push(self.label(one.field));
        }
        let line = |((effect, first, last), fields): ((Effect, Micros, Micros), Vec<String>)| {
            let fields = fields.join(", ");
            Line { effect, fields, first, last }
        };
        groups.into_iter().map(line).collect()
    }
    fn label(&self, field: Option<FieldId>) -> String {
        let Some(field) = field else { return "Number, lists and dates only".to_owned() };
        self.labels.get(&field).cloned().unwrap_or_else(|| format!("field {}", field.get()))
    }
    const fn effect(&self, effect: &Effect) -> (&'static str, &'static str) {
        badge(*effect)
    }
}

/// Tone and word of how sure it is.
pub(super) const fn badge(effect: Effect) -> (&'static str, &'static str) {
    match effect {
        Effect::Returned => ("danger", "confirmed"),
        Effect::Possible => ("attention", "possible"),
        Effect::Altered => ("note", "altered"),
        Effect::Sealed => ("good", "sealed"),
    }
}

/// Which people a page shows, by how sure it is.
const fn effect_words(effect: Option<Effect>) -> &'static str {
    match effect {
        None => "Confirmed and possible",
        Some(Effect::Returned) => "Confirmed: returned to the suspect",
        Some(Effect::Possible) => "Possible: may have been seen",
        Some(Effect::Altered) => "Made, changed or deleted by the suspect",
        Some(Effect::Sealed) => "Held by the suspect, sealed with a key that was not taken",
    }
}

/// The same with what else narrows it down.
fn words(wanted: &Wanted, effect: Option<Effect>) -> String {
    let more = [
        (!wanted.class.is_empty(), "fields of one class"),
        (wanted.field.is_some(), "one field"),
        (!wanted.list.is_empty(), "one list"),
        (!wanted.country.is_empty(), "one country"),
    ];
    let more: Vec<&str> = more.into_iter().filter(|(is, _)| *is).map(|(_, words)| words).collect();
    match more.is_empty() {
        true => effect_words(effect).to_owned(),
        false => format!("{}. Only {}.", effect_words(effect), more.join(", ")),
    }
}

pub(super) async fn people(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(asked): Params<Asked>,
    Params(wanted): Params<Wanted>,
) -> Result<Page<PeoplePage>, Fail> {
    let (radius, query) = meant(&app, &ctx, &asked, wanted.frozen).await?;
    let numbers = radius.page(&wanted.which(&app, &ctx, &radius).await?, ROWS);
    let shown = super::named(&app, &ctx, &numbers.numbers, "page").await?;
    let touched = super::touched(&app, &ctx, &radius, &numbers.numbers).await?;
    let here = format!("{HERE}/people?{query}&{}", wanted.query()?);
    let mut tx = app.read(&ctx, "blast.labels").await?;
    let labels = super::summary::Registry::of(fields::all(&mut tx).await?);
    Ok(Page(PeoplePage {
        shell: shell.titled("People who were touched"),
        named: ctx.may(Action::SubscribersRead),
        explained: !matches!(radius.question.suspect, Suspect::Copy(_)),
        back: wanted.frozen.map_or_else(|| format!("{HERE}?{query}"), |id| format!("{HERE}/frozen/{id}")),
        shown: shown.into_iter().map(|person| (person.subject, person)).collect(),
        labels: radius.fields().into_iter().map(|field| (field, labels.name(field).1)).collect(),
        words: words(&wanted, wanted.effect()?),
        first: wanted.after.map(|_| here.clone()).unwrap_or_default(),
        next: numbers.next.map(|after| format!("{here}&after={after}")).unwrap_or_default(),
        touched,
        numbers,
        query,
    }))
}
