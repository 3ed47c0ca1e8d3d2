//! Showing one masked person to one session for a while, for a reason that is on the record.

use super::store;
use crate::{App, Error, signals};
use serde_json::json;
use waxwing_domain::{Action, Actor, Ctx, Micros, Operation, SubjectNo};
use waxwing_store::{Entry, Tx, subjects};

/// Microseconds for which a person is shown.
pub const UNMASKED_FOR: i64 = 15 * Micros::MINUTE;
/// The shortest reason, in characters: a word says nothing to whoever reads the record later.
const SHORTEST_REASON: usize = 10;
/// The longest, in characters.
const LONGEST_REASON: usize = 500;

/// Shows `subject` in all classes to this session until the returned time.
///
/// # Errors
/// [`Error::Invalid`] for a reason that is no reason; [`Error::Denied`] outside a signed-in session.
pub async fn unmask(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo, reason: &str) -> crate::Result<Micros> {
    ctx.authorise(Action::SubscribersUnmask)?;
    let Actor::Account(_, session) = ctx.actor else {
        return Err(waxwing_domain::Denied(Action::SubscribersUnmask).into());
    };
    let reason = reason.trim();
    if !(SHORTEST_REASON..=LONGEST_REASON).contains(&reason.chars().count()) {
        let words = format!("Say in {SHORTEST_REASON} to {LONGEST_REASON} characters why you need to see this person.");
        return Err(Error::invalid("reason", words));
    }
    let until = ctx.now().plus(UNMASKED_FOR);
    store::unmask(tx, session, subject, (ctx.now(), until)).await?;
    let entry =
        Entry::new(Operation::Key, "roles.unmask").on("subscriber", subject.as_i64()).part(&[], subjects([subject]));
    tx.record(app.store(), ctx, entry.detail(json!({ "reason": reason, "until": until }))).await?;
    signals::note(tx, ctx, "roles.unmasked", 1, json!({ "subject": subject })).await?;
    Ok(until)
}
