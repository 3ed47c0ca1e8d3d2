//! `/security/who-was-touched`: the question, the answer, the people, and why each is among them.

use super::asked::{Asked, query};
use super::{Answer, Channel, Effect, Frozen, Listed, Numbers, Question, Radius, Reasons, Suspect, Which};
use askama::Template;
use axum::extract::State;
use http::Method;
use serde::Deserialize;
use std::collections::HashMap;
use waxwing_app::subscribers::Shown;
use waxwing_app::{App, Error, fields};
use waxwing_domain::{AccountId, Action, Ctx, FieldId, Micros, SubjectNo};
use waxwing_http::{Fail, FieldError, Flash, Page, Params, Routes, SafeForm, SeeOther, Segment, Shell, Who};

/// People on a page.
const ROWS: usize = 50;
/// The address of the first page.
const HERE: &str = "/security/who-was-touched";

/// What can be asked for, in the order of the form.
const KINDS: [(&str, &str); 10] = [
    ("person", "A person who signs in"),
    ("session", "A session"),
    ("key", "An API key"),
    ("webhook", "A webhook"),
    ("export", "An export"),
    ("address", "A network address"),
    ("copy", "A copy of the database"),
    ("host", "The host’s command line"),
    ("visitors", "Visitors who had not signed in"),
    ("anyone", "Everything on the record"),
];

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = routes.page(Method::GET, HERE, Action::RecordRead, index);
    let routes = routes.page(Method::GET, "/security/who-was-touched/people", Action::RecordRead, people);
    let routes = routes.page(Method::GET, "/security/who-was-touched/people/{subject}", Action::RecordRead, why);
    let routes = routes.page(Method::POST, "/security/who-was-touched/freeze", Action::RecordRead, freeze);
    let routes = routes.page(Method::POST, "/security/who-was-touched/country", Action::FieldsWrite, country);
    routes.page(Method::GET, "/security/who-was-touched/frozen/{id}", Action::RecordRead, frozen)
}

/// The form as it is filled in.
struct Form {
    kind: String,
    id: String,
    from: String,
    until: String,
    skew: String,
    follow: bool,
    errors: Vec<FieldError>,
}

impl Form {
    fn of(asked: &Asked, now: Micros, errors: Vec<FieldError>) -> Self {
        let who: Option<Suspect> = asked.who.parse().ok();
        let (kind, id) = match who.map(|who| who.to_string()) {
            Some(text) => text.split_once(':').map_or((text.clone(), String::new()), |(a, b)| (a.into(), b.into())),
            None => (asked.kind.clone(), asked.id.clone()),
        };
        let blank = asked.is_blank();
        let or = |text: &str, end, at| if blank && text.is_empty() { minute(at) } else { minutes(text, end) };
        Self {
            kind: if blank { "person".into() } else { kind },
            id,
            from: or(&asked.from, false, now.plus(-Micros::DAY)),
            until: or(&asked.until, true, now.plus(Micros::MINUTE)),
            skew: if asked.skew.is_empty() { "60".into() } else { asked.skew.clone() },
            follow: asked.follow != "no",
            errors,
        }
    }
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|e| e.field == field).map_or("", |e| e.message.as_str())
    }
}

/// A moment as an input of the kind `datetime-local` has it, in UTC.
fn minute(at: Micros) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The same for a moment in whatever form; text that is none stays as it was typed.
fn minutes(text: &str, end: bool) -> String {
    super::moment(text, end).map_or_else(|| text.to_owned(), minute)
}

#[derive(Template)]
#[template(path = "blast/pages/index.html")]
struct IndexPage {
    shell: Shell,
    form: Form,
    kinds: [(&'static str, &'static str); 10],
    answer: Option<Answer>,
    query: String,
    day: String,
    kept: Vec<Listed>,
    /// The field that says where people live, and those that could.
    country: String,
    plain: Vec<(String, String)>,
}

/// What an answer on a page needs beside itself.
macro_rules! shows_an_answer {
    ($page:ident) => {
        impl $page {
            fn channel(&self, word: &str) -> &'static str {
                Channel::parse(word).map_or("", Channel::words)
            }
            fn seconds(&self, micros: &i64) -> String {
                waxwing_http::count(micros / Micros::SECOND)
            }
            fn number(&self, id: &i64) -> String {
                AccountId::from_i64(*id).to_string()
            }
        }
    };
}
shows_an_answer!(IndexPage);
shows_an_answer!(FrozenPage);

async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(asked): Params<Asked>,
) -> Result<Page<IndexPage>, Fail> {
    let now = ctx.now();
    let question = match asked.is_blank().then_some(()) {
        Some(()) => Ok(None),
        None => asked.question().map(Some),
    };
    let (question, errors) = match question {
        Ok(question) => (question, Vec::new()),
        Err(Fail::Invalid(errors)) => (None, errors),
        Err(other) => return Err(other),
    };
    let answer = match &question {
        Some(question) => Some(super::ask(&app, &ctx, question).await?),
        None => None,
    };
    let mut tx = app.read(&ctx, "blast.list").await?;
    let kept = super::list(&app, &mut tx, &ctx).await?;
    let country = super::country_field(&mut tx).await?;
    let plain = fields::all(&mut tx).await?.into_iter().filter(|field| !field.sealed());
    let plain = plain.map(|field| (field.key.clone(), field.label.clone())).collect();
    drop(tx);
    let day = format!("who=anyone&from={}&until={}", minute(now.plus(-Micros::DAY)), minute(now.plus(Micros::MINUTE)));
    Ok(Page(IndexPage {
        shell: shell.titled("Who was touched"),
        form: Form::of(&asked, now, errors),
        kinds: KINDS,
        query: question.as_ref().map(query).unwrap_or_default(),
        answer,
        day,
        kept,
        country,
        plain,
    }))
}

#[derive(Deserialize)]
struct CountryForm {
    #[serde(default)]
    field: String,
}

async fn country(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<CountryForm>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "blast.country").await?;
    super::set_country_field(&app, &mut tx, &ctx, &form.field).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(HERE.to_owned()).flash(Flash::good("From now on people are counted by this field.")))
}

#[derive(Template)]
#[template(path = "blast/pages/frozen.html")]
struct FrozenPage {
    shell: Shell,
    at: Micros,
    hash: String,
    answer: Answer,
    query: String,
}

async fn frozen(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<i64>,
) -> Result<Page<FrozenPage>, Fail> {
    let mut tx = app.read(&ctx, "blast.frozen").await?;
    let Frozen { at, hash, answer, .. } = super::frozen(&app, &mut tx, &ctx, id).await?;
    let (hash, query) = (hex::encode(hash), format!("frozen={id}"));
    Ok(Page(FrozenPage { shell: shell.titled("A frozen answer"), at, hash, answer, query }))
}

/// The question, in the query of the page that it was answered on.
#[derive(Deserialize)]
struct FreezeForm {
    #[serde(default)]
    query: String,
}

async fn freeze(State(app): State<App>, Who(ctx): Who, SafeForm(form): SafeForm<FreezeForm>) -> Result<SeeOther, Fail> {
    let asked: Asked = serde_html_form::from_str(&form.query).map_err(|_| Fail::NotFound)?;
    let answer = super::ask(&app, &ctx, &asked.question()?).await?;
    let mut tx = app.begin(&ctx, "blast.freeze").await?;
    let id = super::freeze(&app, &mut tx, &ctx, &answer).await?;
    tx.commit().await.map_err(Error::from)?;
    let flash = Flash::good("The answer is frozen. Notices and evidence can cite it by its hash.");
    Ok(SeeOther::to(format!("{HERE}/frozen/{id}")).flash(flash))
}

/// Which people, beside the question.
#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    effect: String,
    #[serde(default)]
    field: Option<u32>,
    #[serde(default)]
    after: Option<u32>,
    /// The number of a frozen answer, in the place of a question.
    #[serde(default)]
    frozen: Option<i64>,
}

/// The answer that an address means: a frozen one, or one that is computed now; and the address.
async fn meant(app: &App, ctx: &Ctx, asked: &Asked, frozen: Option<i64>) -> Result<(Radius, String), Fail> {
    if let Some(id) = frozen {
        let mut tx = app.read(ctx, "blast.frozen").await?;
        return Ok((super::frozen(app, &mut tx, ctx, id).await?.answer.radius, format!("frozen={id}")));
    }
    let question = asked.question()?;
    Ok((super::reckon(app, ctx, &question).await?, query(&question)))
}

#[derive(Template)]
#[template(path = "blast/pages/people.html")]
struct PeoplePage {
    shell: Shell,
    numbers: Numbers,
    shown: HashMap<SubjectNo, Shown>,
    named: bool,
    explained: bool,
    back: String,
    words: &'static str,
    query: String,
    first: String,
    next: String,
}

async fn people(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(asked): Params<Asked>,
    Params(wanted): Params<Wanted>,
) -> Result<Page<PeoplePage>, Fail> {
    let effect = Effect::parse(&wanted.effect);
    let which = Which { effect, field: wanted.field.map(FieldId::new), after: wanted.after.unwrap_or(0) };
    let (radius, query) = meant(&app, &ctx, &asked, wanted.frozen).await?;
    let numbers = radius.page(&which, ROWS);
    let shown = super::named(&app, &ctx, &numbers.numbers, "page").await?;
    let mut here = format!("{HERE}/people?{query}&effect={}", effect.map_or("", Effect::as_str));
    if let Some(field) = wanted.field {
        here.push_str(&format!("&field={field}"));
    }
    Ok(Page(PeoplePage {
        shell: shell.titled("People who were touched"),
        named: ctx.may(Action::SubscribersRead),
        explained: !matches!(radius.question.suspect, Suspect::Copy(_)),
        back: wanted.frozen.map_or_else(|| format!("{HERE}?{query}"), |id| format!("{HERE}/frozen/{id}")),
        shown: shown.into_iter().map(|person| (person.subject, person)).collect(),
        words: effect_words(effect),
        first: wanted.after.map(|_| here.clone()).unwrap_or_default(),
        next: numbers.next.map(|after| format!("{here}&after={after}")).unwrap_or_default(),
        numbers,
        query,
    }))
}

const fn effect_words(effect: Option<Effect>) -> &'static str {
    match effect {
        None => "Confirmed and possible",
        Some(Effect::Returned) => "Confirmed: returned to the suspect",
        Some(Effect::Possible) => "Possible: may have been seen",
        Some(Effect::Altered) => "Made, changed or deleted by the suspect",
        Some(Effect::Sealed) => "Held by the suspect, sealed with a key that was not taken",
    }
}

#[derive(Template)]
#[template(path = "blast/pages/why.html")]
struct WhyPage {
    shell: Shell,
    found: Reasons,
    labels: HashMap<FieldId, String>,
    may_open: bool,
    query: String,
}

impl WhyPage {
    fn fields(&self, fields: &[FieldId]) -> String {
        let name = |id: &FieldId| self.labels.get(id).cloned().unwrap_or_else(|| format!("field {}", id.get()));
        fields.iter().map(name).collect::<Vec<_>>().join(", ")
    }
    fn effect(&self, effect: &Effect) -> (&'static str, &'static str) {
        match effect {
            Effect::Returned => ("danger", "confirmed"),
            Effect::Possible => ("attention", "possible"),
            Effect::Altered => ("note", "altered"),
            Effect::Sealed => ("good", "sealed"),
        }
    }
}

async fn why(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(subject): Segment<SubjectNo>,
    Params(asked): Params<Asked>,
    Params(wanted): Params<Wanted>,
) -> Result<Page<WhyPage>, Fail> {
    let (question, query) = about(&app, &ctx, &asked, wanted.frozen).await?;
    let found = super::why(&app, &ctx, &question, subject).await?;
    if found.total == 0 {
        return Err(Fail::NotFound);
    }
    let mut tx = app.read(&ctx, "blast.why").await?;
    let labels = fields::all(&mut tx).await?.into_iter().map(|field| (field.id, field.label.clone())).collect();
    Ok(Page(WhyPage {
        shell: shell.titled("Why this person"),
        found,
        labels,
        may_open: ctx.may(Action::SubscribersRead),
        query,
    }))
}

async fn about(app: &App, ctx: &Ctx, asked: &Asked, frozen: Option<i64>) -> Result<(Question, String), Fail> {
    let Some(id) = frozen else {
        let question = asked.question()?;
        return Ok((question, query(&question)));
    };
    let mut tx = app.read(ctx, "blast.frozen").await?;
    Ok((super::frozen(app, &mut tx, ctx, id).await?.answer.radius.question, format!("frozen={id}")))
}
