//! A person's sign-ins: when, from where, by which provider and browser, and what came of each.
//!
//! Promise: that somebody looked is on the record before anything is shown. Limit: places are as good as the database of
//! addresses, and nothing where there is none; refused attempts are told without the address, which is kept as a keyed
//! tag alone; sessions and attempts are forgotten in their time, unless everything is held.

use super::session::Session;
use super::{session, store};
use crate::{App, Error, accounts, signals};
use serde_json::Value;
use waxwing_domain::{AccountId, Action, Ctx, Micros, Operation, SessionId, Strength};
use waxwing_store::Entry;

/// How far back is looked, in microseconds.
const BACK: i64 = 180 * Micros::DAY;

/// A sign-in that went through.
#[derive(Clone)]
pub(super) struct SignIn {
    /// Its session.
    pub session: SessionId,
    /// When.
    pub at: Micros,
    /// By what.
    pub strength: Strength,
    /// Browser and system, as the browser said.
    pub browser: String,
    /// The network address.
    pub address: String,
    /// The country and the provider's number, where they are known.
    pub place: String,
    /// When the session was last used, to the minute.
    pub seen_at: Micros,
}

/// An attempt that was refused, or seemed strange.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// When.
    pub at: Micros,
    /// What came of it, in words.
    pub said: String,
    /// The provider's number, where it is known.
    pub place: String,
}

/// What is known of a person's sign-ins, the newest first.
pub(super) struct SignIns {
    /// Whose: the name, or the address masked.
    pub name: String,
    /// Those that went through; at most 200.
    pub done: Vec<SignIn>,
    /// Those that did not, and what was strange; at most 200.
    pub tried: Vec<Attempt>,
}

/// A person's sign-ins of the last 180 days, as far as they are kept.
///
/// # Errors
/// [`Error::Denied`] for who may not judge alerts; [`Error::NotFound`] for nobody here.
pub(super) async fn of_person(app: &App, ctx: &Ctx, account: AccountId) -> crate::Result<SignIns> {
    ctx.authorise(Action::AlertsJudge)?;
    let entry = Entry::new(Operation::Read, "login.sign_ins").on("account", account.as_i64()).to("page");
    let since = ctx.now().plus(-BACK);
    let mut tx = app.read(ctx, "login.sign_ins").await?;
    let person =
        accounts::by_id(&mut tx, account).await?.ok_or(Error::NotFound("person"))?.person(app, ctx.workspace)?;
    let sessions = store::sign_ins(&mut tx, account, since).await?;
    let told = signals::about_account(&mut tx, "login.", account, since).await?;
    drop(tx);
    app.store().disclose(ctx, entry).await?;
    let done = sessions.iter().map(|one| of_session(app, ctx, one)).collect::<crate::Result<_>>()?;
    let tried = told.into_iter().filter_map(|(at, kind, detail)| attempt(at, &kind, &detail)).collect();
    let name = if person.name.is_empty() { person.email.masked() } else { person.name };
    Ok(SignIns { name, done, tried })
}

fn of_session(app: &App, ctx: &Ctx, one: &Session) -> crate::Result<SignIn> {
    let device = session::device(app, ctx.workspace, one)?;
    let found = device.address.parse().ok().map(|address| app.atlas().find(address));
    let parts = found.map(|found| [found.country, found.provider.map(|number| format!("AS{number}"))]);
    let place = parts.into_iter().flatten().flatten().collect::<Vec<_>>().join(", ");
    let (session, at, strength, seen_at) = (one.id, one.created_at, one.strength, one.seen_at);
    Ok(SignIn { session, at, strength, browser: device.browser, address: device.address, place, seen_at })
}

/// What an observation says of an attempt; nothing where it is about something else.
fn attempt(at: Micros, kind: &str, detail: &Value) -> Option<Attempt> {
    let said = match kind {
        "login.refused" => "Refused: the password was wrong".to_owned(),
        "login.second_refused" => "Refused: the second factor was wrong".to_owned(),
        "login.passkey_refused" => "Refused: the passkey was not theirs".to_owned(),
        "login.unfinished" => "The password was right, and nothing followed".to_owned(),
        "login.new_device" => "From a browser that was new".to_owned(),
        "login.risk" => strange(detail),
        _ => return None,
    };
    let provider = detail["from"]["provider"].as_u64();
    Some(Attempt { at, said, place: provider.map(|number| format!("AS{number}")).unwrap_or_default() })
}

fn strange(detail: &Value) -> String {
    let reasons = detail["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let reasons = reasons.collect::<Vec<_>>().join("; ");
    if reasons.is_empty() { "It seemed strange".to_owned() } else { format!("It seemed strange: {reasons}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_attempt_is_told_in_words_and_what_is_no_attempt_is_left_out() {
        let at = Micros::default();
        let told = attempt(at, "login.refused", &json!({ "from": { "provider": 3320 } })).expect("an attempt");
        assert_eq!((told.said.as_str(), told.place.as_str()), ("Refused: the password was wrong", "AS3320"));
        let strange =
            attempt(at, "login.risk", &json!({ "reasons": ["a new network", "at night"] })).expect("an attempt");
        assert_eq!(strange.said, "It seemed strange: a new network; at night");
        assert!(attempt(at, "login.policy", &json!({})).is_none());
    }
}
