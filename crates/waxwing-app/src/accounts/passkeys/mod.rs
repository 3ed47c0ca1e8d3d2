//! Passkeys: keys on a person's own devices, of which only the public half is known here (WebAuthn Level 3).
//!
//! Promise: a passkey answers under this installation's name only, so a copied page (phishing) gets nothing
//! from it; the device verifies its person each time; what is stored is sealed together with the number of its
//! account, so that a planted or exchanged row signs nobody in. A counter that does not grow is refused and noted.
//! Limit: whoever can unlock the person's device, or the account that their passkeys are synced by, is taken for them.
//! Tables: `passkeys`, `passkey_questions`. Events: record and signals `passkeys.*`.

mod party;
mod question;
mod store;

pub use party::{Party, party};
pub(crate) use question::{Asked, Purpose, State, take};

use super::Account;
use crate::{App, Error, signals};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use waxwing_crypto::{Place, TableId, credential_tag};
use waxwing_domain::{AccountId, Action, Ctx, FieldId, HeaderText, Micros, Operation, PasskeyId, WorkspaceId};
use waxwing_store::{Entry, StoreError, Tx};
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PublicKeyCredential, RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnError,
};

/// How many a person may have.
const MOST: i64 = 20;
/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// The longest answer of a browser, in bytes; real ones have one or two thousand.
const LONGEST_ANSWER: usize = 32 * 1_024;

/// A passkey as its person sees it.
#[derive(Clone)]
pub struct Held {
    /// Its id.
    pub id: PasskeyId,
    /// What its person calls it.
    pub name: String,
    /// Since when.
    pub created_at: Micros,
    /// When it was last used.
    pub used_at: Option<Micros>,
    passkey: Passkey,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({})", self.id)
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Clear {
    account: AccountId,
    name: String,
    passkey: Passkey,
}

/// What an answer proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// This person, with their device, a moment ago.
    Right(AccountId),
    /// Nobody.
    Wrong,
    /// A right signature with a counter that ran backwards: there may be a copy of the key.
    Copied(AccountId),
}

/// The passkeys of an account, in the order they were added.
pub(crate) async fn of(app: &App, tx: &mut Tx, account: AccountId) -> crate::Result<Vec<Held>> {
    let rows = store::of_account(tx, account).await?;
    rows.into_iter().map(|row| open(app, tx.workspace(), row)).collect()
}

/// How many an account has.
pub(crate) async fn count(tx: &mut Tx, account: AccountId) -> crate::Result<i64> {
    Ok(store::count(tx, account).await?)
}

/// Everybody who has one.
pub(crate) async fn owners(tx: &mut Tx) -> crate::Result<Vec<AccountId>> {
    Ok(store::owners(tx).await?)
}

/// Asks the browser to make a passkey for this account; `bound` is the session.
///
/// # Errors
/// [`Error::Conflict`] where there are too many, or where passkeys cannot work at all.
pub(crate) async fn begin(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account, bound: i64) -> crate::Result<Asked> {
    ctx.authorise(Action::OwnCredentials)?;
    let held = of(app, tx, account.id).await?;
    if held.len() as i64 >= MOST {
        return Err(Error::Conflict(format!("You have {MOST} passkeys. Remove one that you no longer use first.")));
    }
    let person = account.person(app, tx.workspace())?;
    let known = held.iter().map(|held| held.passkey.cred_id().clone()).collect();
    let begun = party::webauthn(app)?.start_passkey_registration(
        handle(account.id),
        person.email.as_str(),
        person.shown(),
        Some(known),
    );
    let (options, state) = begun.map_err(refused_by_library)?;
    let mut options = public(&options)?;
    // So that it can sign in without an address being typed first.
    options["authenticatorSelection"]["residentKey"] = "required".into();
    options["authenticatorSelection"]["requireResidentKey"] = true.into();
    let step = question::keep(app, tx, ctx, (Purpose::Enrol, bound), &State::Enrol(Box::new(state))).await?;
    Ok(Asked { step, options })
}

/// Adds the passkey that the browser made.
///
/// # Errors
/// [`Error::Invalid`] for a bad name and for an answer that does not fit its question.
pub(crate) async fn add(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    (bound, name): (i64, &str),
    (step, answer): (&str, &str),
) -> crate::Result<PasskeyId> {
    ctx.authorise(Action::OwnCredentials)?;
    let name = check_name(name)?;
    let asked = question::take(app, tx, ctx, (Purpose::Enrol, bound), step).await?;
    let Some(State::Enrol(state)) = asked else { return Err(not_taken()) };
    let answer: RegisterPublicKeyCredential = parse(answer).ok_or_else(not_taken)?;
    let passkey = party::webauthn(app)?.finish_passkey_registration(&answer, &state).map_err(|_| not_taken())?;
    let tag = credential_tag(passkey.cred_id().as_ref());
    let id = PasskeyId::from_i64(ctx.new_id());
    let sealed = seal(app, tx.workspace(), id, &Clear { account: account.id, name, passkey })?;
    let row = store::Stored { id, account: account.id, sealed, created_at: ctx.now(), used_at: None };
    if !store::put(tx, &row, tag).await? {
        return Err(not_taken());
    }
    note(app, tx, ctx, account.id, "passkeys.add").await?;
    Ok(id)
}

/// Removes a passkey of this account.
pub(crate) async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account, id: PasskeyId) -> crate::Result<()> {
    ctx.authorise(Action::OwnCredentials)?;
    if !store::remove(tx, id, account.id).await? {
        return Err(Error::NotFound("passkey"));
    }
    note(app, tx, ctx, account.id, "passkeys.remove").await
}

/// Removes all of somebody who goes, or who begins anew.
pub(super) async fn remove_all(tx: &mut Tx, account: AccountId) -> crate::Result<()> {
    Ok(store::remove_all(tx, account).await?)
}

/// Asks for one of this account's passkeys; `None` where it has none, or where none can work any more.
pub(crate) async fn ask(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    (purpose, bound): (Purpose, i64),
) -> crate::Result<Option<Asked>> {
    let keys: Vec<Passkey> = of(app, tx, account).await?.into_iter().map(|held| held.passkey).collect();
    let Some(party) = party::webauthn(app).ok().filter(|_| !keys.is_empty()) else { return Ok(None) };
    let begun = party.start_passkey_authentication(&keys);
    let (options, state) = begun.map_err(refused_by_library)?;
    let state = State::Known(account, Box::new(state));
    let step = question::keep(app, tx, ctx, (purpose, bound), &state).await?;
    Ok(Some(Asked { step, options: public(&options)? }))
}

/// Asks for anybody's passkey: who it is, the passkey says.
pub(crate) async fn ask_anybody(app: &App, tx: &mut Tx, ctx: &Ctx) -> crate::Result<Asked> {
    let begun = party::webauthn(app)?.start_discoverable_authentication();
    let (options, state) = begun.map_err(refused_by_library)?;
    let state = State::Anybody(Box::new(state));
    let step = question::keep(app, tx, ctx, (Purpose::SignIn, 0), &state).await?;
    Ok(Asked { step, options: public(&options)? })
}

/// The workspace of the passkey that answers, if there is such a passkey. Asked of the installation; the answer is
/// judged there.
pub(crate) async fn workspace_of(tx: &mut Tx, answer: &str) -> crate::Result<Option<WorkspaceId>> {
    let Some(answer) = parse::<PublicKeyCredential>(answer) else { return Ok(None) };
    Ok(store::workspace_of(tx, credential_tag(answer.get_credential_id())).await?)
}

/// Judges an answer to what was [taken](take) from among the questions.
pub(crate) async fn judge(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    asked: Option<State>,
    answer: &str,
) -> crate::Result<Verdict> {
    let Some(state) = asked else { return Ok(Verdict::Wrong) };
    let Some(answer) = parse::<PublicKeyCredential>(answer) else { return Ok(Verdict::Wrong) };
    let Some(row) = store::by_tag(tx, credential_tag(answer.get_credential_id())).await? else {
        return Ok(Verdict::Wrong);
    };
    let (account, held) = (row.account, open(app, tx.workspace(), row)?);
    let party = party::webauthn(app)?;
    let verdict = match &state {
        State::Known(asked, state) if *asked == account => party.finish_passkey_authentication(&answer, state),
        State::Anybody(state) if names(&party, &answer, account) => {
            party.finish_discoverable_authentication_v2(&answer, (**state).clone(), &held.passkey)
        }
        _ => return Ok(Verdict::Wrong),
    };
    match verdict {
        Ok(result) if result.user_verified() => {
            use_up(app, tx, ctx, account, held, &result).await?;
            Ok(Verdict::Right(account))
        }
        Err(WebauthnError::CredentialPossibleCompromise) => Ok(Verdict::Copied(account)),
        Ok(_) | Err(_) => Ok(Verdict::Wrong),
    }
}

/// Deletes questions that nobody answered.
pub(super) async fn sweep(tx: &mut Tx, now: Micros) -> crate::Result<()> {
    Ok(store::sweep(tx, now).await?)
}

/// Whether the passkey itself says that it belongs to this account.
fn names(party: &Webauthn, answer: &PublicKeyCredential, account: AccountId) -> bool {
    party.identify_discoverable_authentication(answer).is_ok_and(|(user, _)| user == handle(account))
}

/// Remembers counter and last use.
async fn use_up(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    mut held: Held,
    result: &AuthenticationResult,
) -> crate::Result<()> {
    held.passkey.update_credential(result);
    let clear = Clear { account, name: held.name, passkey: held.passkey };
    let sealed = seal(app, tx.workspace(), held.id, &clear)?;
    Ok(store::used(tx, held.id, sealed, ctx.now()).await?)
}

/// What a passkey calls its account: its number, which says nothing about the person.
const fn handle(account: AccountId) -> Uuid {
    Uuid::from_u128(account.as_i64() as u128)
}

fn parse<T: serde::de::DeserializeOwned>(answer: &str) -> Option<T> {
    (answer.len() <= LONGEST_ANSWER).then(|| serde_json::from_str(answer).ok()).flatten()
}

/// The part of the library's options that the browser is given.
fn public(options: &impl Serialize) -> crate::Result<serde_json::Value> {
    let mut whole = serde_json::to_value(options).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(whole["publicKey"].take())
}

fn check_name(name: &str) -> crate::Result<String> {
    let name: String = HeaderText::parse(name.trim()).map_err(|e| Error::invalid("name", e))?.into();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let words = format!("Give it a name of at most {LONGEST_NAME} characters, such as the name of the device.");
        return Err(Error::invalid("name", words));
    }
    Ok(name)
}

fn not_taken() -> Error {
    Error::invalid(
        "passkey",
        "The passkey could not be added: the question was too old, or the device is known already.",
    )
}

fn refused_by_library(error: WebauthnError) -> Error {
    StoreError::Damaged(format!("a question for a passkey could not be asked: {error}")).into()
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, id: AccountId, what: &'static str) -> crate::Result<()> {
    tx.record(app.store(), ctx, Entry::new(Operation::Key, what).on("account", id.as_i64())).await?;
    signals::note_address(app, tx, ctx, what, 1, json!({ "account": id })).await
}

fn seal(app: &App, workspace: WorkspaceId, id: PasskeyId, clear: &Clear) -> crate::Result<Vec<u8>> {
    let bytes = serde_json::to_vec(clear).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(app.store().keys().ring().installation_seal(&place(workspace, id), &bytes, &**app.store().rng()))
}

fn open(app: &App, workspace: WorkspaceId, row: store::Stored) -> crate::Result<Held> {
    let damaged = || StoreError::Damaged(format!("passkey {}", row.id));
    let bytes = app.store().keys().ring().installation_open(&place(workspace, row.id), &row.sealed);
    let clear: Clear = serde_json::from_slice(&bytes.map_err(|_| damaged())?).map_err(|_| damaged())?;
    // A row that was moved to another person opens for nobody.
    if clear.account != row.account {
        return Err(damaged().into());
    }
    let store::Stored { id, created_at, used_at, .. } = row;
    Ok(Held { id, name: clear.name, created_at, used_at, passkey: clear.passkey })
}

const fn place(workspace: WorkspaceId, id: PasskeyId) -> Place {
    Place::shared(workspace, TableId::PASSKEYS, FieldId::SECRET, id.as_i64())
}
