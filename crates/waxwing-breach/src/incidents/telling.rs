//! Who hears of a case that no person opened: everybody who may join every case, in the same transaction.
//!
//! Limit: the mail names the codename and where to look, never what is suspected.

use waxwing_app::accounts::{self, Notice};
use waxwing_app::{App, Result};
use waxwing_domain::{Action, Actor, Ctx, IncidentId};
use waxwing_store::Tx;

/// Mails that a case was opened, unless a person did; gives to how many people.
pub(super) async fn opened(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, codename: &str) -> Result<usize> {
    let by = match ctx.actor {
        Actor::Account(..) => return Ok(0),
        Actor::ApiKey(_) => "A program",
        Actor::Host => "Somebody on the server",
        Actor::Public | Actor::Job => "Waxwing itself",
    };
    let text = format!(
        "{by} opened the case {codename}. You lead it, with everybody else who may: somebody has to say whether it is a \
         breach.\n\nRead it after signing in:\n\n{}/security/incidents/{id}\n\nThe mail itself says nothing about the \
         case.\n",
        app.config().public_url
    );
    let notice = Notice { kind: "incidents.opened", subject: format!("A case was opened: {codename}"), text };
    accounts::tell_whoever_may(app, tx, ctx, Action::IncidentsLead, &notice).await
}
