//! Who hears that something was contained: everybody who may contain, in the same transaction.
//!
//! Limit: the mail says what kind of thing it is and where to look, never which one nor why: mail may be what was broken
//! into.

use super::{Containment, Scope};
use waxwing_app::accounts::{self, Notice};
use waxwing_app::{App, Result};
use waxwing_domain::{Action, Actor, Ctx, Thing};
use waxwing_store::Tx;

/// Mails that a containment began; gives to how many people.
pub(super) async fn contained(app: &App, tx: &mut Tx, ctx: &Ctx, containment: &Containment) -> Result<usize> {
    accounts::tell_whoever_may(app, tx, ctx, Action::Contain, &notice(containment, &app.config().public_url)).await
}

fn notice(containment: &Containment, public_url: &str) -> Notice {
    let what = what(containment.scope);
    let by = match containment.by {
        Actor::Account(..) => "A person",
        Actor::ApiKey(_) => "A program",
        Actor::Host => "Somebody on the server",
        Actor::Public | Actor::Job => "Waxwing itself",
    };
    let text = format!(
        "{by} contained {what}. What it shuts stays shut until somebody releases it.\n\nSee what was done and why, after \
         signing in:\n\n{public_url}/security/containment\n"
    );
    Notice { kind: "containment.contained", subject: format!("Contained: {what}"), text }
}

/// What is contained, for people.
const fn what(scope: Scope) -> &'static str {
    match scope {
        Scope::Workspace => "the whole workspace",
        Scope::One(Thing::Account(_)) => "a person’s account",
        Scope::One(Thing::ApiKey(_)) => "an API key",
        Scope::One(Thing::Webhook(_)) => "a webhook",
        Scope::One(Thing::Relay(_)) => "a relay",
        Scope::One(Thing::Domain(_)) => "a sending domain",
    }
}
