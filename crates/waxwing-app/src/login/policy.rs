//! What the workspace asks of everybody who signs in: the least credential, and how long a session lasts.
//!
//! Promise: a change bites on the next request: whoever has less than the minimum can set up what is missing,
//! or leave, and nothing else. Limit: it says what sessions rest on; API keys have limits of their own, and a password
//! chosen while more was asked for stays as short as it is when less is.

use super::has_more;
use crate::accounts::{self, Account, State, passkeys};
use crate::{App, Error, settings, signals};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::RangeInclusive;
use waxwing_crypto::password::{FEWEST_ALONE, FEWEST_BESIDE};
use waxwing_domain::{Action, Ctx, Micros, Operation, Strength};
use waxwing_store::{Entry, StoreError, Tx};

const KEY: &str = "login.policy";
/// Hours without use after which a session may end.
pub const IDLE_HOURS: RangeInclusive<i64> = 1..=72;
/// Days after which a session may end, used or not.
pub const ABSOLUTE_DAYS: RangeInclusive<i64> = 1..=30;

/// The policy of a workspace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// The least that a session may rest on.
    pub minimum: Strength,
    /// Hours without use after which a session ends.
    pub idle_hours: i64,
    /// Days after which a session ends, used or not.
    pub absolute_days: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { minimum: Strength::Password, idle_hours: 12, absolute_days: 14 }
    }
}

impl Policy {
    /// Whether a session that `old` ends or holds up would go on under this.
    fn is_weaker_than(&self, old: &Self) -> bool {
        self.minimum < old.minimum || self.idle_hours > old.idle_hours || self.absolute_days > old.absolute_days
    }

    /// In microseconds.
    pub(super) const fn idle(&self) -> i64 {
        self.idle_hours * Micros::HOUR
    }
    /// In microseconds.
    pub(super) const fn absolute(&self) -> i64 {
        self.absolute_days * Micros::DAY
    }
}

/// As it is stored.
#[derive(Serialize, Deserialize)]
struct Words {
    minimum: String,
    idle_hours: i64,
    absolute_days: i64,
}

impl Words {
    fn of(policy: &Policy) -> Self {
        let Policy { minimum, idle_hours, absolute_days } = *policy;
        Self { minimum: minimum.as_str().to_owned(), idle_hours, absolute_days }
    }
}

/// The policy as last set.
pub async fn load(tx: &mut Tx) -> crate::Result<Policy> {
    let Some(text) = settings::value(tx, KEY).await? else { return Ok(Policy::default()) };
    let damaged = || StoreError::Damaged("the sign-in policy".into());
    let words: Words = serde_json::from_str(&text).map_err(|_| damaged())?;
    let minimum = Strength::parse(&words.minimum).ok_or_else(damaged)?;
    Ok(Policy { minimum, idle_hours: words.idle_hours, absolute_days: words.absolute_days })
}

/// Sets the policy; it counts from everybody's next request. The record says when it asks for less than before.
///
/// # Errors
/// [`Error::Invalid`] names the field that is out of bounds.
pub async fn set(app: &App, tx: &mut Tx, ctx: &Ctx, new: Policy) -> crate::Result<()> {
    ctx.authorise(Action::AccountsWrite)?;
    check(&new)?;
    let old = load(tx).await?;
    if new == old {
        return Ok(());
    }
    let text = serde_json::to_string(&Words::of(&new)).map_err(|e| StoreError::Damaged(e.to_string()))?;
    settings::set_value(tx, ctx, KEY, &text).await?;
    let detail = json!({ "policy": Words::of(&new), "before": Words::of(&old), "weaker": new.is_weaker_than(&old) });
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "login.policy").detail(detail.clone())).await?;
    signals::note(tx, ctx, "login.policy", 1, detail).await
}

/// The fewest characters of a password that this person chooses now (NIST SP 800-63B-4 §3.1.1.2).
pub(super) async fn fewest_characters(tx: &mut Tx, account: &Account) -> crate::Result<usize> {
    if has_more(tx, account).await? { Ok(FEWEST_BESIDE) } else { fewest_without(tx).await }
}

/// The same for somebody who has nothing beside a password, or will have nothing.
pub(super) async fn fewest_without(tx: &mut Tx) -> crate::Result<usize> {
    Ok(if load(tx).await?.minimum == Strength::Password { FEWEST_ALONE } else { FEWEST_BESIDE })
}

fn check(policy: &Policy) -> crate::Result<()> {
    if !Strength::MINIMA.contains(&policy.minimum) {
        return Err(Error::invalid("minimum", "Say password, second_factor or passkey."));
    }
    let bounds =
        [("idle_hours", policy.idle_hours, IDLE_HOURS), ("absolute_days", policy.absolute_days, ABSOLUTE_DAYS)];
    match bounds.into_iter().find(|(_, value, bounds)| !bounds.contains(value)) {
        None => Ok(()),
        Some((field, _, bounds)) => {
            Err(Error::invalid(field, format!("Write a whole number from {} to {}.", bounds.start(), bounds.end())))
        }
    }
}

/// How many people can sign in, and by what at best: so that whoever asks for more sees whom it moves.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Holders {
    /// Everybody.
    pub people: usize,
    /// Those with a second factor or a passkey.
    pub second_factor: usize,
    /// Those with a passkey.
    pub passkey: usize,
}

/// Counts them.
pub async fn holders(tx: &mut Tx, ctx: &Ctx) -> crate::Result<Holders> {
    ctx.authorise_look(Action::SettingsRead)?;
    let passkeys = passkeys::owners(tx).await?;
    let active = accounts::colleagues(tx).await?.into_iter().filter(|account| account.state == State::Active);
    Ok(active.fold(Holders::default(), |sum, account| {
        let passkey = passkeys.contains(&account.id);
        Holders {
            people: sum.people + 1,
            second_factor: sum.second_factor + usize::from(passkey || account.has_second_factor()),
            passkey: sum.passkey + usize::from(passkey),
        }
    }))
}
