//! What a case taught, read by those who are to know it: assigned to roles and people with a day, and said to be read.
//!
//! Promise: whoever is assigned finds it on Home until they say that they have read it; they see the lesson and nothing
//! else of the case, not even its name. When it is written anew it is to be read anew. Limit: that somebody says they have
//! read it is their word; who is given a role later is not assigned by itself.

use super::words::Category;
use super::{members, sealing, store, store_training, timeline};
use serde_json::json;
use std::collections::HashMap;
use waxwing_app::accounts::{self, roles};
use waxwing_app::home::{More, Need};
use waxwing_app::{App, Error, Result};
use waxwing_domain::{AccountId, Action, Actor, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_http::Tone;
use waxwing_store::{Entry, Tx, inventory};

/// Stands for everybody who can sign in, in place of a role.
const EVERYBODY: &str = "everybody";
/// How long people have, unless it is said.
pub(super) const USUAL: i64 = 14 * Micros::DAY;
/// The longest time that people are given.
const LATEST: i64 = 366 * Micros::DAY;

/// Somebody who is to read what a case taught.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reader {
    /// The case.
    pub case: IncidentId,
    /// Who.
    pub account: AccountId,
    /// Until when.
    pub due_at: Micros,
    /// When they said that they have read it.
    pub read_at: Option<Micros>,
}

impl Reader {
    /// Whether they should have read it by now and have not.
    pub fn is_late(&self, now: Micros) -> bool {
        self.read_at.is_none() && self.due_at < now
    }
    /// Colour and word of where it stands.
    pub fn badge(&self, now: Micros) -> (&'static str, &'static str) {
        match self.read_at {
            Some(_) => ("good", "Read"),
            None if self.is_late(now) => ("danger", "Late"),
            None => ("attention", "Not yet"),
        }
    }
}

/// Assigns what a case taught: `to` are words of roles, ids of accounts, and `everybody`; gives to how many.
///
/// # Errors
/// [`Error::Conflict`] while nothing is written; [`Error::Invalid`] for a day that is past or far, and for a word that
/// means nobody; [`Error::Denied`] for who may not read roles.
pub async fn assign(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, to: &[String], due_at: Micros) -> Result<usize> {
    let case = members::writable(tx, ctx, id).await?;
    if case.training.is_none() {
        return Err(Error::Conflict("Write first what people are taught.".into()));
    }
    if !(0..=LATEST).contains(&due_at.since(ctx.now())) {
        return Err(Error::invalid("due_at", "Choose a day from now on, within a year."));
    }
    let who = meant(tx, ctx, to).await?;
    store_training::assign(tx, ctx, id, &who, due_at).await?;
    let entry = Entry::new(Operation::Change, "incidents.assign_training");
    let entry = entry.detail(json!({ "people": who.len(), "due_at": due_at }));
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await?;
    Ok(who.len())
}

/// Everybody who can sign in or is invited and is meant by one of the words, each once.
async fn meant(tx: &mut Tx, ctx: &Ctx, to: &[String]) -> Result<Vec<AccountId>> {
    let all: Vec<AccountId> = accounts::colleagues(tx).await?.into_iter().map(|account| account.id).collect();
    let plain = |word: &String| word == EVERYBODY || all.iter().any(|account| account.to_string() == *word);
    let grants = if to.iter().all(plain) { HashMap::new() } else { roles::all_grants(tx, ctx).await? };
    let has_role = |account: &AccountId, word: &String| {
        let mut held = grants.get(account).into_iter().flatten();
        held.any(|grant| grant.role.to_string() == *word && grant.expires_at.is_none_or(|end| ctx.now() < end))
    };
    let is_meant = |account: &AccountId, word: &String| {
        word == EVERYBODY || account.to_string() == *word || has_role(account, word)
    };
    let nobody = to.iter().find(|word| !all.iter().any(|account| is_meant(account, word)));
    if to.is_empty() || nobody.is_some() {
        let word = nobody.map(String::as_str).unwrap_or_default();
        return Err(Error::invalid("to", format!("“{word}” means nobody here: name a role or people.")));
    }
    Ok(all.into_iter().filter(|account| to.iter().any(|word| is_meant(account, word))).collect())
}

/// Who is to read it and who has, the first due first.
pub async fn readers(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Reader>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    Ok(store_training::of_case(tx, id).await?)
}

/// The lesson of a case and until when it is to be read, for who is assigned; they need not be in the case.
///
/// # Errors
/// [`Error::NotFound`] for who is not assigned.
pub async fn lesson(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<(Reader, String)> {
    let reader = own(tx, ctx, id).await?;
    let case = store::by_id(tx, id).await?.ok_or(Error::NotFound("lesson"))?;
    let sealed = case.training.ok_or(Error::NotFound("lesson"))?;
    Ok((reader, sealing::open(app, ctx.workspace, FieldId::CASE_TRAINING, id.as_i64(), &sealed)?))
}

async fn own(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Reader> {
    ctx.authorise(Action::OwnAccount)?;
    let Actor::Account(account, _) = ctx.actor else { return Err(Error::NotFound("lesson")) };
    let found = store_training::of_account(tx, account).await?.into_iter().find(|one| one.case == id);
    found.ok_or(Error::NotFound("lesson"))
}

/// Notes that whoever asks has read it.
///
/// # Errors
/// As [`lesson`].
pub async fn have_read(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<()> {
    let reader = own(tx, ctx, id).await?;
    if store_training::read(tx, ctx, id, reader.account).await? {
        let entry = Entry::new(Operation::Change, "incidents.read_training");
        timeline::act(app, tx, ctx, id, Category::Note, entry).await?;
    }
    Ok(())
}

inventory::submit! { More(|_, tx, ctx| Box::pin(waiting(tx, ctx))) }

/// What whoever looks at Home has to read still.
async fn waiting(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Need>> {
    let Actor::Account(account, _) = ctx.actor else { return Ok(Vec::new()) };
    let open = store_training::of_account(tx, account).await?.into_iter().filter(|one| one.read_at.is_none());
    let need = |one: Reader| Need {
        tone: if one.is_late(ctx.now()) { Tone::Danger } else { Tone::Attention },
        text: format!("Read what was learnt of an incident, until {}.", waxwing_http::moment_text(one.due_at)),
        href: format!("/account/training/{}", one.case),
        verb: "Read it",
    };
    Ok(open.map(need).collect())
}
