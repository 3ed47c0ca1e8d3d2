//! Hosted forms: what a visitor sees, and which wording they agreed to.

use super::store;
use crate::pinned::{self, Before};
use crate::{App, Error, Result, lists};
use serde::{Deserialize, Serialize};
use waxwing_domain::{Action, Ctx, ListId, Operation};
use waxwing_store::{Entry, StoreError, Tx};

/// The wording that a new form begins with.
pub(super) const WORDING: &str =
    "I agree to receive this newsletter by email. I can unsubscribe at any time by the link in every message.";

/// Whether a form takes sign-ups.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormState {
    /// Takes sign-ups.
    Open,
    /// Says that it is closed.
    Closed,
}

impl FormState {
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// A hosted form.
#[derive(Clone, Debug)]
pub struct Form {
    /// Its id.
    pub id: i64,
    /// The list that it leads to.
    pub list: ListId,
    /// The last part of its address.
    pub slug: String,
    /// What stands above it.
    pub title: String,
    /// What the visitor gets, how often.
    pub intro: String,
    /// Whether it asks for names.
    pub ask_names: bool,
    /// The version of the wording; grows with each change of it.
    pub wording_version: i64,
    /// Whether it takes sign-ups.
    pub state: FormState,
    /// What the visitor agrees to.
    pub wording: String,
}

/// What strangers meet of a form, as `pinned` keeps it. Its address stays the one of now.
#[derive(Serialize, Deserialize)]
struct Words {
    title: String,
    intro: String,
    ask_names: bool,
    wording_version: i64,
    wording: String,
    open: bool,
}

impl Words {
    fn of(form: &Form) -> Self {
        let Form { title, intro, ask_names, wording_version, wording, state, .. } = form.clone();
        Self { title, intro, ask_names, wording_version, wording, open: state == FormState::Open }
    }
    /// The same form with these words.
    fn on(self, form: Form) -> Form {
        let Self { title, intro, ask_names, wording_version, wording, open } = self;
        let state = if open { FormState::Open } else { FormState::Closed };
        Form { title, intro, ask_names, wording_version, wording, state, ..form }
    }
}

/// What a form is changed to.
#[derive(Clone, Debug)]
pub struct FormChange {
    /// The last part of its address.
    pub slug: String,
    /// What stands above it.
    pub title: String,
    /// What the visitor gets, how often.
    pub intro: String,
    /// What the visitor agrees to.
    pub wording: String,
    /// Whether it asks for names.
    pub ask_names: bool,
    /// Whether it takes sign-ups.
    pub state: FormState,
}

/// Makes the form of a list; a list has one.
///
/// # Errors
/// [`Error::Conflict`] when the list has a form already.
pub async fn create_form(app: &App, tx: &mut Tx, ctx: &Ctx, list: ListId) -> Result<Form> {
    ctx.authorise(Action::FormsWrite)?;
    let name = lists::by_id(tx, list).await?.name;
    let id = ctx.new_id();
    let form = Form {
        id,
        list,
        slug: slug_of(&name, id),
        title: format!("Subscribe to {name}"),
        intro: String::new(),
        ask_names: true,
        wording_version: 1,
        state: FormState::Open,
        wording: WORDING.to_owned(),
    };
    store::insert_form(tx, &form, ctx.now()).await.map_err(|error| match error {
        StoreError::Conflict(_) => Error::Conflict("This list has a form already.".into()),
        other => other.into(),
    })?;
    keep(tx, ctx, id, None).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "signup.form.create").on("signup_form", id)).await?;
    Ok(form)
}

/// Changes a form. A new wording gets a new version; the old ones are kept as evidence.
pub async fn change_form(app: &App, tx: &mut Tx, ctx: &Ctx, id: i64, change: FormChange) -> Result<Form> {
    ctx.authorise(Action::FormsWrite)?;
    let old = form_by_id(tx, id).await?;
    check(&change)?;
    keep(tx, ctx, id, Some(&old)).await?;
    let reworded = old.wording != change.wording.trim();
    let form = Form {
        slug: change.slug,
        title: change.title.trim().to_owned(),
        intro: change.intro.trim().to_owned(),
        ask_names: change.ask_names,
        state: change.state,
        wording: change.wording.trim().to_owned(),
        wording_version: old.wording_version + i64::from(reworded),
        ..old
    };
    if reworded {
        store::insert_wording(tx, &form, ctx.now()).await?;
    }
    store::update_form(tx, &form).await.map_err(|error| match error {
        StoreError::Conflict(_) => Error::invalid("slug", "another form has this address"),
        other => other.into(),
    })?;
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "signup.form.change").on("signup_form", id)).await?;
    Ok(form)
}

/// Whether a form takes sign-ups: it is open and its list is in use.
pub(super) async fn takes_signups(tx: &mut Tx, form: &Form) -> Result<bool> {
    let list = lists::shown(tx, form.list).await?;
    Ok(form.state == FormState::Open && list.is_some_and(|list| list.archived_at.is_none()))
}

/// One form as it is saved, for those who keep it.
pub async fn form_by_id(tx: &mut Tx, id: i64) -> Result<Form> {
    store::by_id(tx, id).await?.ok_or(Error::NotFound("form"))
}

/// The form at an address, as strangers meet it: while the workspace is contained, as it was before the window.
pub async fn form_by_slug(tx: &mut Tx, slug: &str) -> Result<Form> {
    let form = store::by_slug(tx, slug).await?.ok_or(Error::NotFound("form"))?;
    shown(tx, form).await?.ok_or(Error::NotFound("form"))
}

/// A form as strangers meet it; none that was made in the window of a containment.
pub(super) async fn shown(tx: &mut Tx, form: Form) -> Result<Option<Form>> {
    Ok(match pinned::before::<Words>(tx, pinned::Kind::Form, &form.id.to_string()).await? {
        Before::AsNow => Some(form),
        Before::Nothing => None,
        Before::Was(words) => Some(words.on(form)),
    })
}

async fn keep(tx: &mut Tx, ctx: &Ctx, id: i64, was: Option<&Form>) -> Result<()> {
    let words = was.map(Words::of);
    pinned::keep(tx, pinned::Kind::Form, &id.to_string(), words.as_ref(), ctx.now()).await
}

/// All forms, with how many requests wait for confirmation.
pub async fn forms(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<(Form, i64)>> {
    ctx.authorise(Action::FormsRead)?;
    let waiting = store::waiting(tx).await?;
    let count = |id| waiting.iter().find(|(form, _)| *form == id).map_or(0, |(_, count)| *count);
    Ok(store::forms(tx).await?.into_iter().map(|form| (form.clone(), count(form.id))).collect())
}

/// How many requests of a form wait for confirmation.
pub(super) async fn waiting(tx: &mut Tx, id: i64) -> Result<i64> {
    Ok(store::waiting(tx).await?.into_iter().find(|(form, _)| *form == id).map_or(0, |(_, count)| count))
}

fn check(change: &FormChange) -> Result<()> {
    let slug_ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if change.slug.is_empty() || change.slug.len() > 60 || !change.slug.chars().all(slug_ok) {
        return Err(Error::invalid("slug", "use small letters, digits and dashes, at most 60"));
    }
    if change.title.trim().is_empty() || change.title.chars().count() > 120 {
        return Err(Error::invalid("title", "give it a title of at most 120 characters"));
    }
    if change.intro.chars().count() > 2_000 {
        return Err(Error::invalid("intro", "at most 2,000 characters"));
    }
    if change.wording.trim().is_empty() || change.wording.chars().count() > 2_000 {
        return Err(Error::invalid("wording", "say what the person agrees to, in at most 2,000 characters"));
    }
    Ok(())
}

fn slug_of(name: &str, id: i64) -> String {
    let plain: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(40).collect();
    // The end of the id keeps lists of like names apart, also those of other workspaces.
    format!("{}{}{:x}", slug, if slug.is_empty() { "" } else { "-" }, id & 0xf_ffff)
}
