//! `/settings/people/{id}/sign-ins`: where a person signed in from, for who looks into an alert.

use super::sign_ins::{self, SignIn, SignIns};
use crate::App;
use askama::Template;
use axum::extract::State;
use waxwing_domain::{AccountId, Action, Micros};
use waxwing_http::{Fail, Page, Segment, Shell, Who};

#[derive(Template)]
#[template(path = "login/pages/sign_ins.html")]
pub(super) struct SignInsPage {
    shell: Shell,
    account: AccountId,
    it: SignIns,
}

impl SignInsPage {
    /// The question of who was touched in a session, from its beginning to a minute after its last use.
    fn touched(&self, one: &SignIn) -> String {
        let moment = |at: Micros| at.timestamp().strftime("%Y-%m-%dT%H:%M").to_string();
        let (from, until) = (moment(one.at), moment(one.seen_at.plus(2 * Micros::MINUTE)));
        format!("/security/who-was-touched?who=session:{}&from={from}&until={until}", one.session)
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(account): Segment<AccountId>,
) -> Result<Page<SignInsPage>, Fail> {
    let it = sign_ins::of_person(&app, &ctx, account).await?;
    Ok(Page(SignInsPage { shell: shell.titled(format!("Sign-ins of {}", it.name)), account, it }))
}
