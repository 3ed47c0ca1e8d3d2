//! Made-up people among those that a program reads.
//!
//! Promise: they stand at their place in the order of numbers, a page never has more rows than were asked for, and the
//! same key gets the same answer for the same number; the access record names none of them, for they are nobody. What a
//! program changes of one is answered as if it were done. Limit: of their fields only the names are filled, where most
//! of the newest people have one.

use super::api::{SubscriberView, views};
use super::{Filter, StateFilter, search};
use crate::canaries::{self, GHOST_STATE, Ghost, Ghosts};
use crate::fields::{self, Field};
use crate::lists::{self, Membership, MembershipView};
use crate::{App, Error};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use waxwing_domain::{Action, Ctx, FieldId, ListId, SubjectNo};
use waxwing_http::{Cursor, Fail, Paged};
use waxwing_store::Tx;

/// So many of the newest people say which names are usual.
const SAMPLE: i64 = 100;

/// A page of people with those who are made up among them.
pub(super) async fn page(
    app: &App,
    tx: Tx,
    ctx: &Ctx,
    filter: &Filter,
    cursor: &Cursor,
    fields: &[Arc<Field>],
) -> Result<Paged<SubscriberView>, Fail> {
    ctx.authorise_bulk(Action::SubscribersRead).map_err(Error::from)?;
    drop(tx);
    let ghosts = canaries::ghosts(app, ctx).await?;
    let mut tx = app.read(ctx, "subscribers.page").await?;
    let after = cursor.key()?;
    // The surplus number tells that there is a next page; it is not opened and not recorded.
    let mut numbers = search::numbers(&mut tx, filter, after, i64::from(cursor.limit) + 1).await?;
    numbers.extend(shown(&tx, &ghosts, filter, after).map(|ghost| ghost.subject));
    numbers.sort_unstable_by_key(|subject| std::cmp::Reverse(*subject));
    let page = Paged::from_surplus(numbers, cursor.limit, |subject| *subject);
    let (made_up, real): (Vec<SubjectNo>, Vec<SubjectNo>) =
        page.items.iter().partition(|subject| ghosts.get(**subject).is_some());
    let people = super::show_many(app, &mut tx, ctx, &real, fields, "subscribers.page", "api").await?;
    let mut items = views(&mut tx, people, fields).await?;
    let looks = Looks::of(&mut tx, ctx, fields).await?;
    let names = list_names(&mut tx).await?;
    items.extend(made_up.iter().filter_map(|subject| ghosts.get(*subject)).map(|ghost| looks.view(ghost, &names)));
    items.sort_by_key(|view| std::cmp::Reverse(view.id));
    Ok(Paged { items, next: page.next })
}

/// Those who a reader with these rights sees in a filter.
fn shown<'a>(
    tx: &'a Tx,
    ghosts: &'a Ghosts,
    filter: &Filter,
    after: Option<SubjectNo>,
) -> impl Iterator<Item = &'a Ghost> {
    let fits = filter.state.is_none_or(|state| state == StateFilter::Membership(GHOST_STATE));
    let sees = |ghost: &&Ghost| tx.limit().is_none() || ghost.list.is_some_and(|list| tx.sees(list));
    ghosts.below(filter.list, after).filter(move |_| fits).filter(sees)
}

async fn list_names(tx: &mut Tx) -> Result<HashMap<ListId, String>, Fail> {
    Ok(lists::all(tx).await?.into_iter().map(|list| (list.id, list.name)).collect())
}

/// The made-up person with a number, as the key that asks reads them; `None` for anybody else.
pub(super) async fn one(app: &App, ctx: &Ctx, subject: SubjectNo) -> Result<Option<SubscriberView>, Fail> {
    ctx.authorise(Action::SubscribersRead).map_err(Error::from)?;
    let ghosts = canaries::ghosts(app, ctx).await?;
    let Some(ghost) = ghosts.get(subject) else { return Ok(None) };
    let mut tx = app.read(ctx, "subscribers.show").await?;
    if shown(&tx, &ghosts, &Filter::default(), None).all(|one| one.subject != subject) {
        return Ok(None);
    }
    let fields = fields::all(&mut tx).await?;
    let names = list_names(&mut tx).await?;
    Ok(Some(Looks::of(&mut tx, ctx, &fields).await?.view(ghost, &names)))
}

/// Whether a number is of somebody made up for the key that asks, whom it is about to change; notes it if so.
pub(super) async fn touched(app: &App, ctx: &Ctx, subject: SubjectNo) -> Result<bool, Fail> {
    ctx.authorise(Action::SubscribersWrite).map_err(Error::from)?;
    let ghosts = canaries::ghosts(app, ctx).await?;
    let Some(ghost) = ghosts.get(subject) else { return Ok(false) };
    let mut tx = app.begin(ctx, "subscribers.made_up").await?;
    ghosts.touched(app, &mut tx, ctx, ghost).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(true)
}

/// How made-up people look beside the people of a page, and to who asks.
struct Looks {
    sees_address: bool,
    /// Keys of the names that are shown.
    first: Option<String>,
    last: Option<String>,
    masked: Vec<String>,
}

impl Looks {
    async fn of(tx: &mut Tx, ctx: &Ctx, fields: &[Arc<Field>]) -> Result<Self, Fail> {
        let sees = |field: &&Arc<Field>| ctx.rights.sees(field.class);
        let usual = usual_names(tx).await?;
        let named = |id: FieldId| {
            let field = fields.iter().filter(sees).find(|field| field.id == id && usual.contains(&id));
            field.map(|field| field.key.clone())
        };
        Ok(Self {
            sees_address: fields.iter().filter(sees).any(|field| field.id == FieldId::EMAIL),
            first: named(FieldId::FIRST_NAME),
            last: named(FieldId::LAST_NAME),
            masked: fields.iter().filter(|field| !sees(field)).map(|field| field.key.clone()).collect(),
        })
    }

    fn view(&self, ghost: &Ghost, names: &HashMap<ListId, String>) -> SubscriberView {
        let canary = &ghost.canary;
        let given = self.first.iter().map(|key| (key.clone(), canary.first.clone()));
        let family = self.last.iter().map(|key| (key.clone(), canary.last.clone()));
        let values: BTreeMap<String, String> = given.chain(family).collect();
        let since = ghost.since.to_string();
        SubscriberView {
            id: ghost.subject,
            email: self.sees_address.then(|| canary.email.clone()),
            fields: Some(values),
            masked: self.masked.clone(),
            damaged: false,
            lists: membership(ghost, names).map(MembershipView::from).into_iter().collect(),
            suppressed: false,
            created_at: since.clone(),
            updated_at: since,
        }
    }
}

/// Which names most of the newest people have. Nothing is opened: that a value is there can be seen from outside.
async fn usual_names(tx: &mut Tx) -> Result<Vec<FieldId>, Fail> {
    let newest = search::numbers(tx, &Filter::default(), None, SAMPLE).await?;
    let people = super::sealed(tx, &newest).await?;
    let mut usual = Vec::new();
    for id in [FieldId::FIRST_NAME, FieldId::LAST_NAME] {
        let have = people.iter().filter(|stored| stored.person.fields().is_ok_and(|all| all.has(id))).count();
        if have * 2 > people.len() {
            usual.push(id);
        }
    }
    Ok(usual)
}

fn membership(ghost: &Ghost, names: &HashMap<ListId, String>) -> Option<Membership> {
    let list = ghost.list?;
    let name = names.get(&list)?.clone();
    Some(Membership { list, name, state: GHOST_STATE, consent: None, at: ghost.since })
}
