//! `/security/who-was-touched`: the question, the answer, the people, and why each is among them.

use super::asked::{Asked, query};
use super::question::moment_in;
use super::suspects::Group;
use super::wanted::Wanted;
use super::{Answer, Channel, Effect, Frozen, Listed, Reasons};
use super::{pages_file, pages_people};
use askama::Template;
use axum::extract::State;
use http::Method;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::HashMap;
use waxwing_app::{App, Error, fields, settings};
use waxwing_domain::{AccountId, Action, FieldId, Micros, SubjectNo};
use waxwing_http::{Fail, FieldError, Flash, Page, Params, Routes, SafeForm, SeeOther, Segment, Shell, Who};

/// The address of the first page.
pub(super) const HERE: &str = "/security/who-was-touched";

/// What can be asked for beside those who are listed by name. Those of the first half need what is typed beside them.
const OTHERS: [(&str, &str); 11] = [
    ("address", "A network address: type it below"),
    ("person", "A person who is not listed: type the number"),
    ("session", "A session that is not listed: type the number"),
    ("key", "An API key that is not listed: type the number"),
    ("webhook", "A webhook that is not listed: type the number"),
    ("export", "An export that is not listed: type the number"),
    ("campaign", "A campaign that is not listed: type the number"),
    ("copy", "A copy of the database"),
    ("host", "The host’s command line"),
    ("visitors", "Visitors who had not signed in"),
    ("anyone", "Everything on the record"),
];

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = routes.page(Method::GET, HERE, Action::RecordRead, index);
    let routes = routes.page(Method::GET, "/security/who-was-touched/people", Action::RecordRead, pages_people::people);
    let routes = routes.page(Method::GET, "/security/who-was-touched/people/{subject}", Action::RecordRead, why);
    let routes = routes.page(Method::POST, "/security/who-was-touched/freeze", Action::RecordRead, freeze);
    let routes = routes.page(Method::POST, "/security/who-was-touched/country", Action::FieldsWrite, country);
    let routes = routes.page(Method::GET, "/security/who-was-touched/frozen/{id}", Action::RecordRead, frozen);
    pages_file::routes(routes)
}

/// The form as it is filled in.
struct Form {
    who: String,
    id: String,
    from: String,
    until: String,
    zone: String,
    keys: bool,
    keys_at: String,
    skew: String,
    follow: bool,
    errors: Vec<FieldError>,
}

impl Form {
    /// What was asked, as the form has it; `usual` is the workspace's zone, `listed` who is in the list.
    fn of(asked: &Asked, now: Micros, usual: &str, listed: &[Group], errors: Vec<FieldError>) -> Self {
        let typed = if asked.who.trim().is_empty() { asked.kind.as_str() } else { asked.who.trim() };
        let in_list = listed.iter().flat_map(|group| &group.suspects).any(|(value, _)| value == typed);
        let (who, id) = match typed.split_once(':') {
            Some((kind, id)) if !in_list => (kind, id),
            _ => (typed, asked.id.trim()),
        };
        let zone = if asked.zone.trim().is_empty() { usual } else { asked.zone.trim() };
        let clock = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let read_in = asked.time_zone().unwrap_or(TimeZone::UTC);
        let shown =
            |text: &str, end| moment_in(text, end, &read_in).map_or_else(|| text.to_owned(), |at| minute(at, &clock));
        let or = |text: &str, end, at| match asked.is_blank() && text.is_empty() {
            true => minute(at, &clock),
            false => shown(text, end),
        };
        let taken = id.strip_prefix("keys").filter(|_| who == "copy");
        Self {
            keys: asked.keys == "yes" || taken.is_some(),
            keys_at: shown(taken.and_then(|at| at.strip_prefix('@')).unwrap_or(&asked.keys_at), false),
            id: if taken.is_some() { String::new() } else { id.to_owned() },
            who: who.to_owned(),
            from: or(&asked.from, false, now.plus(-Micros::DAY)),
            until: or(&asked.until, true, now.plus(Micros::MINUTE)),
            skew: if asked.skew.is_empty() { "60".into() } else { asked.skew.clone() },
            follow: asked.follow != "no",
            zone: zone.to_owned(),
            errors,
        }
    }
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|e| e.field == field).map_or("", |e| e.message.as_str())
    }
}

/// A moment as an input of the kind `datetime-local` has it, on the clock of a zone.
fn minute(at: Micros, zone: &TimeZone) -> String {
    at.timestamp().to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

#[derive(Template)]
#[template(path = "blast/pages/index.html")]
struct IndexPage {
    shell: Shell,
    form: Form,
    listed: Vec<Group>,
    others: [(&'static str, &'static str); 11],
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
            fn kind(&self, word: &str) -> &'static str {
                waxwing_law::facts::DataKind::parse(word).map_or("not known", |kind| kind.label())
            }
            /// What confirmed, possible and excluded mean here; of a campaign people got it themselves.
            fn sure(&self, mailed: &bool) -> &'static str {
                if *mailed { "a mail server took their message" } else { "something was returned to the suspect" }
            }
            fn unsure(&self, mailed: &bool) -> &'static str {
                if *mailed { "their message left, no answer came" } else { "may have been seen" }
            }
            fn none(&self, mailed: &bool) -> &'static str {
                if *mailed { "refused, or not sent to" } else { "nothing confirmed or possible" }
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
        Some(question) => Some(super::ask(&app, &ctx, question).await?.shown_to(&ctx)),
        None => None,
    };
    let mut tx = app.read(&ctx, "blast.list").await?;
    let kept = super::list(&app, &mut tx, &ctx).await?;
    let country = super::country_field(&mut tx).await?;
    let plain = fields::all(&mut tx).await?.into_iter().filter(|field| !field.sealed());
    let plain = plain.map(|field| (field.key.clone(), field.label.clone())).collect();
    let listed = super::suspects::groups(&app, &mut tx, &ctx).await?;
    let zone = settings::load(&mut tx).await?.default_zone;
    drop(tx);
    let utc = |at| minute(at, &TimeZone::UTC);
    let day = format!("who=anyone&from={}&until={}", utc(now.plus(-Micros::DAY)), utc(now.plus(Micros::MINUTE)));
    Ok(Page(IndexPage {
        shell: shell.titled("Who was touched"),
        form: Form::of(&asked, now, &zone, &listed, errors),
        listed,
        others: OTHERS,
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
    id: i64,
    /// Whether the file may have addresses.
    addresses: bool,
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
    let (hash, query, answer) = (hex::encode(hash), format!("frozen={id}"), answer.shown_to(&ctx));
    let addresses = super::file::may_have_addresses(&mut tx, &ctx).await?;
    Ok(Page(FrozenPage { shell: shell.titled("A frozen answer"), id, addresses, at, hash, answer, query }))
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
        pages_people::badge(*effect)
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
    let (found, query) = match wanted.frozen {
        Some(id) => (super::api_kept::why(&app, &ctx, id, subject).await?, format!("frozen={id}")),
        None => {
            let question = asked.question()?;
            (super::why(&app, &ctx, &question, subject).await?, query(&question))
        }
    };
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
