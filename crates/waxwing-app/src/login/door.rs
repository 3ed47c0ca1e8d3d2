//! The door: whose a session or an API key is, asked on every request.

use super::{contain, finding, proof, session, store};
use crate::accounts::keys::Judged;
use crate::accounts::{keys, roles};
use crate::{App, accounts, settings};
use waxwing_domain::{Actor, ApiKeyId, Ctx, Micros, SessionId, Thing, WorkspaceId, is_fresh};
use waxwing_http::{Answer, Authenticate, Caller, Fail, KeyHolder, Proof, ProofWays, SignedIn, StateBar, Tone};
use waxwing_store::{Gate, GateLevel, Tx};

impl Authenticate for App {
    fn session<'a>(&'a self, token: &'a str, caller: Caller) -> Answer<'a, SignedIn> {
        Box::pin(async move { signed_in(self, token, caller).await.map_err(Fail::from) })
    }
    fn api_key<'a>(&'a self, key: &'a str, caller: Caller) -> Answer<'a, KeyHolder> {
        Box::pin(async move { holder(self, key, caller).await.map_err(Fail::from) })
    }
    fn proof_ways<'a>(&'a self, person: &'a SignedIn, caller: Caller) -> Answer<'a, ProofWays> {
        Box::pin(async move { proof::ways(self, &acting(self, person, caller)).await.map(Some).map_err(Fail::from) })
    }
    fn prove<'a>(&'a self, person: &'a SignedIn, proof: Proof, caller: Caller) -> Answer<'a, String> {
        Box::pin(async move { proof::prove(self, &acting(self, person, caller), proof).await.map_err(Fail::from) })
    }
    fn holds<'a>(&'a self, ctx: &'a Ctx) -> Answer<'a, ()> {
        Box::pin(async move { contain::holds(self, ctx).await.map(|holds| holds.then_some(())).map_err(Fail::from) })
    }
    fn public_workspace(&self) -> WorkspaceId {
        self.workspace()
    }
    fn named<'a>(&'a self, route: &'a str, named: &'a str) -> Answer<'a, WorkspaceId> {
        Box::pin(async move { finding::named(self, route, named).await.map_err(Fail::from) })
    }
}

async fn signed_in(app: &App, token: &str, caller: Caller) -> crate::Result<Option<SignedIn>> {
    let ctx = finding::by_session(app, &visitor(app, caller), token).await?;
    let now = ctx.now();
    let mut tx = app.read(&ctx, "login.session").await?;
    let Some((session, account, policy)) = session::find(&mut tx, token, now).await? else { return Ok(None) };
    let person = account.person(app, ctx.workspace)?;
    let rights = roles::rights_of(&mut tx, account.id, session.id, now).await?;
    let organisation = settings::load(&mut tx).await?.organisation;
    let gate = tx.gate().await?;
    let by = who_contained(app, &mut tx, &gate).await?;
    drop(tx);
    if !contain::lets_in(&gate, Thing::Account(account.id), session.made_under) {
        return Ok(None);
    }
    if now.since(session.seen_at) >= Micros::MINUTE {
        note_failure(touch_session(app, &ctx, session.id).await);
    }
    Ok(Some(SignedIn {
        account: account.id,
        session: session.id,
        workspace: ctx.workspace,
        rights,
        proven: is_fresh(session.proved_at, now),
        questioned: session.proved_at < session.prove_from,
        enrolling: session.strength < policy.minimum,
        form_key: session::form_key(app, session.id),
        name: person.shown().to_owned(),
        organisation,
        entered: Some(gate.entered()),
        state: state_bar(&gate, by),
    }))
}

async fn holder(app: &App, key: &str, caller: Caller) -> crate::Result<Option<KeyHolder>> {
    let ctx = finding::by_key(app, &visitor(app, caller), key).await?;
    let now = ctx.now();
    let mut tx = app.read(&ctx, "login.api_key").await?;
    let judged = keys::judge(&mut tx, key, now, caller.address).await?;
    let gate = tx.gate().await?;
    drop(tx);
    let row = match judged {
        Judged::Works(row) => row,
        Judged::Nothing => return Ok(None),
        Judged::Elsewhere(id) => {
            note_failure(keys::note_elsewhere(app, &ctx, id).await);
            return Ok(None);
        }
    };
    if !contain::lets_in(&gate, Thing::ApiKey(row.id), row.made_under) {
        return Ok(None);
    }
    if keys::use_is_stale(&row, now) {
        note_failure(touch_key(app, &ctx, row.id).await);
    }
    let entered = Some(gate.entered());
    Ok(Some(KeyHolder { key: row.id, workspace: ctx.workspace, rights: row.rights(), entered }))
}

async fn touch_session(app: &App, ctx: &Ctx, id: SessionId) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "login.seen").await?;
    store::seen(&mut tx, id, ctx.now()).await?;
    Ok(tx.commit().await?)
}

async fn touch_key(app: &App, ctx: &Ctx, id: ApiKeyId) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "api_keys.used").await?;
    keys::touch(&mut tx, id, ctx.now()).await?;
    Ok(tx.commit().await?)
}

fn visitor(app: &App, caller: Caller) -> Ctx {
    Ctx { request: caller.request, address: caller.address, ..app.visitor() }
}

/// The person of a session, before any handler.
fn acting(app: &App, person: &SignedIn, caller: Caller) -> Ctx {
    let actor = Actor::Account(person.account, person.session);
    let (workspace, rights) = (person.workspace, person.rights.clone());
    Ctx {
        actor,
        origin: actor,
        workspace,
        rights,
        proven: person.proven,
        enrolling: person.enrolling,
        ..visitor(app, caller)
    }
}

/// A last use that could not be written down must not keep anybody out.
fn note_failure(done: crate::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "a credential's last use was not written down");
    }
}

/// The name of the person who contained the workspace; nothing for the host, and while it is not contained.
async fn who_contained(app: &App, tx: &mut Tx, gate: &Gate) -> crate::Result<Option<String>> {
    let Some(account) = gate.by else { return Ok(None) };
    let workspace = tx.workspace();
    let Some(account) = accounts::by_id(tx, account).await? else { return Ok(None) };
    Ok(Some(account.person(app, workspace)?.shown().to_owned()))
}

/// What every page says while the workspace is not in its normal state, or a part of it is shut.
fn state_bar(gate: &Gate, by: Option<String>) -> Option<StateBar> {
    let (tone, what) = match (gate.level, gate.shut.len()) {
        (GateLevel::Normal, 0) => return None,
        (GateLevel::Normal, 1) => (Tone::Attention, "One thing is contained; all else works"),
        (GateLevel::Normal, _) => (Tone::Attention, "Several things are contained; all else works"),
        (GateLevel::Watch, _) => (Tone::Note, "This workspace is being watched closely; everything works"),
        (GateLevel::Held, _) => (Tone::Attention, "Sending is held; everything else works"),
        (GateLevel::Contained, _) => {
            (Tone::Danger, "This workspace is contained; only notices, system mail and unsubscribe links work")
        }
    };
    let since = waxwing_http::moment_text(gate.changed_at);
    let message = match by {
        Some(by) => format!("{what}. Contained by {by}; last changed {since}."),
        None => format!("{what}. Since {since}."),
    };
    Some(StateBar { tone, message, href: "/security/containment".into(), action: "Who, why, and the way on".into() })
}
