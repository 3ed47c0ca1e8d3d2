//! Sessions: opaque tokens, known by their hash, bound to the credential epoch of their account.
//!
//! Promise: a session ends without use and in any case when the workspace's [`policy`] says, when its
//! person signs out, and when password, second factor or passkeys change. Limit: the last use is kept to the minute.

use super::device::Device;
use super::policy::{self, Policy};
use super::store;
use crate::App;
use crate::accounts::{self, Account, State};
use std::fmt;
use waxwing_crypto::{MacPurpose, Place, SecretPurpose, SecretToken, TableId};
use waxwing_domain::{AccountId, Ctx, FieldId, Micros, SessionId, Strength, WorkspaceId};
use waxwing_store::{StoreError, Tx};

/// How long somebody may look for the second factor, in microseconds.
pub const STEP: i64 = 10 * Micros::MINUTE;
/// How many codes may be tried before the password is asked for again.
pub(super) const TRIES: i64 = 5;

/// A session as the database has it.
#[derive(Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// When it began.
    pub created_at: Micros,
    /// When it was last used, to the minute.
    pub seen_at: Micros,
    /// When it ends at the latest.
    pub expires_at: Micros,
    /// When its person last proved a credential: at the sign-in, and again before acts that ask for it.
    pub proved_at: Micros,
    /// Whoever proved themselves before this is asked anew before anything else; zero for nobody.
    pub prove_from: Micros,
    /// The epoch of the gate that it was begun under; 0 in one that is not written down yet.
    pub(super) made_under: i64,
    /// By what.
    pub strength: Strength,
    pub(super) epoch: i64,
    pub(super) sealed: Vec<u8>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.id)
    }
}

/// Between a right password and the second factor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) id: i64,
    pub(super) account: AccountId,
    pub(super) epoch: i64,
    /// Whether the identity provider stands in the password's place.
    pub(super) by_sso: bool,
}

/// Begins a session and gives its token, which only the browser keeps.
pub(super) async fn begin(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    (strength, by_sso): (Strength, bool),
    device: &Device,
) -> crate::Result<(SessionId, String)> {
    let token = SecretToken::random(SecretPurpose::Session, &*ctx.rng);
    let id = SessionId::from_i64(ctx.new_id());
    let now = ctx.now();
    let sealed = seal(app, tx.workspace(), id, device)?;
    let expires_at = now.plus(policy::load(tx).await?.absolute());
    let (created_at, seen_at, proved_at, made_under) = (now, now, now, 0);
    let (account, epoch, prove_from) = (account.id, account.epoch, Micros::from_i64(0));
    let session = Session {
        id,
        account,
        epoch,
        sealed,
        created_at,
        seen_at,
        proved_at,
        prove_from,
        strength,
        expires_at,
        made_under,
    };
    store::put_session(tx, token.hash(), &session, by_sso).await?;
    Ok((id, token.text()))
}

/// The session of a token and its account, if both work now, and the policy that they are held to.
pub(super) async fn find(tx: &mut Tx, text: &str, now: Micros) -> crate::Result<Option<(Session, Account, Policy)>> {
    let Ok(token) = SecretToken::parse(SecretPurpose::Session, text) else { return Ok(None) };
    let Some(session) = store::session(tx, token.hash()).await? else { return Ok(None) };
    let policy = policy::load(tx).await?;
    let fresh = now < session.expires_at
        && now.since(session.created_at) < policy.absolute()
        && now.since(session.seen_at) < policy.idle();
    let account = accounts::by_id(tx, session.account).await?;
    let valid = account.filter(|a| fresh && a.state == State::Active && a.epoch == session.epoch);
    Ok(valid.map(|account| (session, account, policy)))
}

/// The sessions of an account that were begun after `since`, over or not; the newest twenty.
pub(super) async fn begun_since(tx: &mut Tx, account: AccountId, since: Micros) -> crate::Result<Vec<Session>> {
    Ok(store::sessions_since(tx, account, since).await?)
}

/// Gives the session another token and makes its proof fresh; `None` if it has ended meanwhile. The old
/// token is worth nothing from then on, so that whoever copied it does not rise with its person.
pub(super) async fn rise(tx: &mut Tx, ctx: &Ctx, id: SessionId, strength: Strength) -> crate::Result<Option<String>> {
    let token = SecretToken::random(SecretPurpose::Session, &*ctx.rng);
    let before = store::strength(tx, id).await?.unwrap_or_default();
    Ok(store::rise(tx, id, token.hash(), (ctx.now(), strength.max(before))).await?.then(|| token.text()))
}

/// What seals the forms of a session: it outlives its tokens, so that other open pages stay good.
pub(super) fn form_key(app: &App, id: SessionId) -> String {
    hex::encode(app.store().keys().ring().mac(MacPurpose::Form, &id.as_i64().to_be_bytes()))
}

/// Where a session was begun from.
pub(super) fn device(app: &App, workspace: WorkspaceId, session: &Session) -> crate::Result<Device> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let damaged = || StoreError::Damaged(format!("the device of session {}", session.id));
    let bytes = keys.open_secret(&place(workspace, session.id), &session.sealed).map_err(|_| damaged())?;
    Ok(serde_json::from_slice(&bytes).map_err(|_| damaged())?)
}

fn seal(app: &App, workspace: WorkspaceId, id: SessionId, device: &Device) -> crate::Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let bytes = serde_json::to_vec(device).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(&place(workspace, id), &bytes, &**app.store().rng()))
}

/// The field keeps it apart from the sealed name and address of an account with the same number.
const fn place(workspace: WorkspaceId, id: SessionId) -> Place {
    Place::shared(workspace, TableId::ACCOUNTS, FieldId::NETWORK_ADDRESS, id.as_i64())
}

waxwing_store::sealed! { "sessions"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, SessionId::from_i64(cell.key)) }
