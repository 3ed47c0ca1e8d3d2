//! `/security/approvals`: what waits for a second person, and one request with everything it is about.
//! Only a POST decides.

use super::{Approval, Kind, State, decide, to_decide};
use crate::accounts::{self, Account};
use crate::{App, Error};
use askama::Template;
use axum::extract::State as Is;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use std::collections::HashMap;
use waxwing_domain::{AccountId, Action, Actor, ApprovalId, CampaignId, Ctx};
use waxwing_http::{Cursor, Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::Tx;

/// Requests a page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "accounts/approvals/pages/index.html")]
pub(in crate::accounts) struct Index {
    shell: Shell,
    waiting: Vec<Row>,
    rows: Vec<Row>,
    next: String,
    first: String,
}

struct Row {
    approval: Approval,
    state: State,
    asker: String,
}

pub(in crate::accounts) async fn index(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    cursor: Cursor,
) -> Result<Page<Index>, Fail> {
    let mut tx = app.read(&ctx, "approvals.index").await?;
    let waiting = to_decide(&mut tx, &ctx).await?;
    let before: Option<ApprovalId> = cursor.key()?;
    let (all, next) = super::page(&mut tx, &ctx, before, ROWS).await?;
    let names = names(&app, &mut tx).await?;
    let row =
        |approval: Approval| Row { state: approval.state_at(ctx.now()), asker: asker(&approval, &names), approval };
    Ok(Page(Index {
        shell: shell.titled("Approvals"),
        waiting: waiting.into_iter().map(row).collect(),
        rows: all.into_iter().map(row).collect(),
        next: next.map(|next| format!("/security/approvals?after={next}")).unwrap_or_default(),
        first: before.map(|_| "/security/approvals".to_owned()).unwrap_or_default(),
    }))
}

/// How colleagues are called: by name, else by a masked address.
pub(in crate::accounts) async fn names(app: &App, tx: &mut Tx) -> crate::Result<HashMap<AccountId, String>> {
    let workspace = tx.workspace();
    let shown = |account: Account| {
        let person = account.person(app, workspace)?;
        let name = if person.name.is_empty() { person.email.masked() } else { person.name };
        Ok::<_, Error>((account.id, name))
    };
    accounts::store::all(tx).await?.into_iter().map(shown).collect()
}

fn asker(approval: &Approval, names: &HashMap<AccountId, String>) -> String {
    let behind = approval.behind.map(|behind| name_of(behind, names));
    match (approval.asked, behind) {
        (Actor::ApiKey(_), Some(behind)) => format!("A program, by a key of {behind}"),
        (_, Some(behind)) => behind,
        (_, None) => "A program, by a key of the host".to_owned(),
    }
}

fn name_of(account: AccountId, names: &HashMap<AccountId, String>) -> String {
    names.get(&account).cloned().unwrap_or_else(|| "Somebody who is gone".to_owned())
}

#[derive(Template)]
#[template(path = "accounts/approvals/pages/show.html")]
pub(in crate::accounts) struct Show {
    shell: Shell,
    asker: String,
    decider: String,
    /// Who would get the role; empty for other kinds.
    person: String,
    /// Why this person may not decide; empty where they may.
    obstacle: &'static str,
    own: bool,
    approval: Approval,
    state: State,
    reason: String,
    error: String,
}

impl Show {
    fn decides(&self) -> bool {
        self.state == State::Asked && self.obstacle.is_empty()
    }
    /// Where whoever asked goes on by themselves.
    fn waits_for_asker(&self) -> bool {
        self.own && self.state == State::Approved
    }
    /// Where the thing itself is looked at.
    fn look(&self) -> Option<(String, &'static str)> {
        match self.approval.kind {
            Kind::Send => {
                let id = CampaignId::from_i64(self.approval.reference);
                Some((format!("/campaigns/{id}/review"), "Look at the campaign"))
            }
            Kind::Grant if self.shell.may(Action::RolesRead) => Some((
                format!("/settings/people/{}", AccountId::from_i64(self.approval.reference)),
                "Look at the person",
            )),
            Kind::Notice => Some((self.approval.back.clone(), "Read the notice")),
            Kind::Grant | Kind::Export | Kind::Policy | Kind::Retention => None,
        }
    }
}

async fn show_page(app: &App, ctx: &Ctx, shell: Shell, id: ApprovalId) -> crate::Result<Show> {
    let mut tx = app.read(ctx, "approvals.show").await?;
    let approval = super::by_id(&mut tx, ctx, id).await?;
    let names = names(app, &mut tx).await?;
    let obstacle = decide::stands_in_the_way(&mut tx, ctx, &approval).await?;
    let grantee = (approval.kind == Kind::Grant).then(|| AccountId::from_i64(approval.reference));
    Ok(Show {
        shell: shell.titled(approval.kind.words()),
        asker: asker(&approval, &names),
        decider: approval.decided_by.map(|by| name_of(by, &names)).unwrap_or_default(),
        person: grantee.map(|account| name_of(account, &names)).unwrap_or_default(),
        obstacle: obstacle.unwrap_or_default(),
        own: approval.is_asked_by(ctx),
        state: approval.state_at(ctx.now()),
        approval,
        reason: String::new(),
        error: String::new(),
    })
}

pub(in crate::accounts) async fn show(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<ApprovalId>,
) -> Result<Page<Show>, Fail> {
    Ok(Page(show_page(&app, &ctx, shell, id).await?))
}

pub(in crate::accounts) async fn approve(
    Is(app): Is<App>,
    Who(ctx): Who,
    Segment(id): Segment<ApprovalId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "approvals.approve").await?;
    let done = super::approve(&app, &mut tx, &ctx, id).await;
    if done.is_ok() {
        tx.commit().await.map_err(Error::from)?;
    }
    back(id, done, "You said yes. Whoever asked is told.")
}

/// What a refusal says.
#[derive(Deserialize)]
pub(in crate::accounts) struct Refusal {
    #[serde(default)]
    reason: String,
}

pub(in crate::accounts) async fn refuse(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<ApprovalId>,
    SafeForm(refusal): SafeForm<Refusal>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "approvals.refuse").await?;
    match super::refuse(&app, &mut tx, &ctx, id, &refusal.reason).await {
        Err(Error::Invalid { message, .. }) => {
            drop(tx);
            let page = show_page(&app, &ctx, shell, id).await?;
            let page = Show { error: message, reason: refusal.reason, ..page };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        done => {
            if done.is_ok() {
                tx.commit().await.map_err(Error::from)?;
            }
            Ok(back(id, done, "You said no. Whoever asked is told, with your reason.")?.into_response())
        }
    }
}

pub(in crate::accounts) async fn withdraw(
    Is(app): Is<App>,
    Who(ctx): Who,
    Segment(id): Segment<ApprovalId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "approvals.withdraw").await?;
    let done = super::withdraw(&app, &mut tx, &ctx, id).await;
    if done.is_ok() {
        tx.commit().await.map_err(Error::from)?;
    }
    back(id, done, "Taken back. Nobody is asked any more.")
}

fn back(id: ApprovalId, done: crate::Result<()>, words: &str) -> Result<SeeOther, Fail> {
    let page = SeeOther::to(format!("/security/approvals/{id}"));
    match done {
        Ok(()) => Ok(page.flash(Flash::good(words))),
        Err(Error::Conflict(message)) => Ok(page.flash(Flash::danger(message))),
        Err(other) => Err(other.into()),
    }
}
