//! Everybody: the table, the filter, the exact search, changes to many.

use crate::lists::{self, List, Membership};
use crate::subscribers::bulk::{self, Relist};
use crate::subscribers::{self, Filter, Shown, StateFilter};
use crate::{App, Error, fields};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use waxwing_domain::{Action, DataClass, EmailAddress, FieldId, ListId, SubjectNo};
use waxwing_http::{Cursor, Fail, Flash, Page, Params, SafeForm, SeeOther, Shell, Who, count};

#[derive(Template)]
#[template(path = "subscribers/pages/audience.html")]
pub(super) struct Audience {
    shell: Shell,
    rows: Vec<Row>,
    lists: Vec<List>,
    filter: Filter,
    total: i64,
    everybody: i64,
    /// Whether the reader may look for an address.
    searches: bool,
    next: String,
    first: String,
}

impl Audience {
    fn is_list(&self, list: &List) -> bool {
        self.filter.list == Some(list.id)
    }
    fn is_state(&self, word: &str) -> bool {
        self.filter.state.is_some_and(|state| state.as_str() == word)
    }
    /// How many there are, in the pager.
    fn words(&self) -> String {
        let filtered = self.filter != Filter::default();
        if filtered {
            format!("{} of {} people", count(self.total), count(self.everybody))
        } else {
            format!("{} people", count(self.total))
        }
    }
}

struct Row {
    person: Shown,
    memberships: Vec<Membership>,
    suppressed: bool,
}

/// The filter as it stands in the page's address.
#[derive(Deserialize, Default)]
pub(super) struct FilterWords {
    #[serde(default)]
    list: String,
    #[serde(default)]
    state: String,
}

impl FilterWords {
    fn read(&self) -> Result<Filter, Fail> {
        let list = (!self.list.is_empty()).then(|| self.list.parse::<ListId>()).transpose()?;
        let state = match self.state.as_str() {
            "" => None,
            word => Some(
                StateFilter::parse(word)
                    .ok_or_else(|| Fail::invalid("state", "is not a state that people can be in"))?,
            ),
        };
        Ok(Filter { list, state })
    }
}

fn address(filter: &Filter, after: &str) -> String {
    let list = filter.list.map(|list| list.to_string()).unwrap_or_default();
    let state = filter.state.map_or("", StateFilter::as_str);
    format!("/audience?list={list}&state={state}&after={after}")
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(words): Params<FilterWords>,
    cursor: Cursor,
) -> Result<Page<Audience>, Fail> {
    let filter = words.read()?;
    let after: Option<SubjectNo> = cursor.key()?;
    let mut tx = app.read(&ctx, "subscribers.index").await?;
    let shown = [FieldId::EMAIL, FieldId::FIRST_NAME, FieldId::LAST_NAME];
    let fields: Vec<_> = fields::all(&mut tx).await?.into_iter().filter(|f| shown.contains(&f.id)).collect();
    let page = subscribers::page(&app, &mut tx, &ctx, &filter, (after, cursor.limit), &fields, "page").await?;
    let people: Vec<SubjectNo> = page.items.iter().map(|person| person.subject).collect();
    let memberships = lists::memberships_of(&mut tx, &people).await?;
    let suppressed = lists::suppressed(&mut tx, &people).await?;
    Ok(Page(Audience {
        shell: shell.titled("Audience"),
        rows: rows(page.items, memberships, &suppressed),
        lists: lists::all(&mut tx).await?,
        filter,
        total: subscribers::count_in(&mut tx, &filter).await?,
        everybody: subscribers::count(&mut tx).await?,
        searches: ctx.rights.sees(DataClass::Personal),
        next: page.next.map(|next| address(&filter, &next)).unwrap_or_default(),
        first: after.map(|_| address(&filter, "")).unwrap_or_default(),
    }))
}

fn rows(
    people: Vec<Shown>,
    mut memberships: HashMap<SubjectNo, Vec<Membership>>,
    suppressed: &HashSet<SubjectNo>,
) -> Vec<Row> {
    let row = |person: Shown| Row {
        memberships: memberships.remove(&person.subject).unwrap_or_default(),
        suppressed: suppressed.contains(&person.subject),
        person,
    };
    people.into_iter().map(row).collect()
}

#[derive(Deserialize)]
pub(super) struct SearchForm {
    email: String,
}

/// The address is posted, so that it stands in no address bar, history or log.
pub(super) async fn search(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<SearchForm>,
) -> Result<SeeOther, Fail> {
    let email = match EmailAddress::parse(&form.email) {
        Ok(email) => email,
        Err(why) => return Ok(SeeOther::to("/audience").flash(Flash::note(format!("Nobody was looked for: {why}.")))),
    };
    Ok(match subscribers::search(&app, &ctx, &email, "page").await? {
        Some(subject) => SeeOther::to(format!("/audience/people/{subject}")),
        None => SeeOther::to("/audience").flash(Flash::note(
            "No subscriber has exactly this address. Only whole addresses can be found; the search is on the record.",
        )),
    })
}

/// People who were ticked, or everybody in the filter, and what to do with them.
#[derive(Deserialize)]
pub(super) struct BulkForm {
    #[serde(default)]
    subject: Vec<u32>,
    scope: String,
    act: String,
    target: String,
    #[serde(default)]
    statement: String,
    #[serde(flatten)]
    filter: FilterWords,
}

impl BulkForm {
    fn relist(&self) -> Result<Relist, Fail> {
        match self.act.as_str() {
            "add" => {
                crate::consent::check(&self.statement)?;
                Ok(Relist::Add(self.statement.clone()))
            }
            "remove" => Ok(Relist::Remove),
            _ => Err(Fail::invalid("act", "choose to add or to remove")),
        }
    }
}

pub(super) async fn bulk(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<BulkForm>,
) -> Result<Response, Fail> {
    let filter = form.filter.read()?;
    let back = SeeOther::to(address(&filter, ""));
    let target: ListId = form.target.parse().map_err(|_| Fail::invalid("target", "choose a list"))?;
    let what = match form.relist() {
        Ok(what) => what,
        Err(Fail::Invalid(fields)) => {
            let why = fields.into_iter().map(|f| f.message).collect::<Vec<_>>().join(" ");
            return Ok(back.flash(Flash::danger(format!("Nothing was changed: {why}."))).into_response());
        }
        Err(other) => return Err(other),
    };
    let mut tx = app.begin(&ctx, "subscribers.bulk").await?;
    let words = if form.scope == "all" {
        let total = subscribers::count_in(&mut tx, &filter).await?;
        bulk::everybody(&app, &mut tx, &ctx, filter, target, what).await?;
        format!("{} people are being changed in the background.", count(total))
    } else {
        let people = form.subject.into_iter().map(SubjectNo::new).collect();
        let removing = matches!(what, Relist::Remove);
        let done = bulk::ticked(&app, &mut tx, &ctx, people, target, what).await?;
        if removing { format!("{} taken off the list.", count(done.added)) } else { joined_words(&done) }
    };
    tx.commit().await.map_err(Error::from)?;
    Ok(back.flash(Flash::good(words)).into_response())
}

/// What became of people who were added, in a sentence.
pub(super) fn joined_words(joined: &lists::Joined) -> String {
    let mut words = format!("{} added", count(joined.added));
    for (number, what) in [
        (joined.already, "on the list already"),
        (joined.kept_unsubscribed, "stay unsubscribed"),
        (joined.suppressed, "on the do-not-mail list and not added"),
    ] {
        if number > 0 {
            words.push_str(&format!(", {} {what}", count(number)));
        }
    }
    words + "."
}
