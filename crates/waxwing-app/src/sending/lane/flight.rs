//! One message: a relay, a ticket to take off, an outcome.

use super::lines::{Line, Road, Way};
use super::pulse::{Pulse, Terms};
use super::render::{Made, Message, What};
use super::writer::{Note, Settled, Streak};
use super::{Shared, backoff};
use crate::sending::RowState;
use crate::sending::store::{Change, Leased};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use waxwing_crypto::TableId;
use waxwing_delivery::{DeferClass, FailCause, Outcome, Permit, Reason, SmtpReply, Verdict};
use waxwing_domain::{EventKind, FieldId, Micros, SkipReason, SubjectNo};
use waxwing_store::{Event, StoreError};

/// How long a relay rests after trouble, where the pool does not know better.
const REST: Duration = Duration::from_secs(1);
/// How long a relay is kept waiting between RCPT and body while the database does not answer: one
/// that hung up meanwhile would be heard only after the body, when its fate cannot be known.
const LEAVE: Duration = Duration::from_secs(15);

/// Asks the writer for leave, once a connection waits for the body.
struct Ticket {
    terms: Terms,
    subject: SubjectNo,
    writer: mpsc::Sender<Note>,
    pulse: Arc<Pulse>,
}

impl Permit for Ticket {
    async fn grant(&mut self) -> Verdict {
        let (answer, hears) = oneshot::channel();
        let note = Note::TakeOff { terms: self.terms, subject: self.subject, answer };
        if self.writer.send(note).await.is_err() {
            return Verdict::Drop;
        }
        // A writer that is gone has not noted anything, so nothing may leave; one that is late has
        // kept the relay waiting, and the note that puts the message back comes to it after this one.
        let heard = tokio::time::timeout(LEAVE, hears).await;
        if matches!(heard, Ok(Ok(true))) { Verdict::Go } else { Verdict::Drop }
    }

    fn still_granted(&mut self) -> bool {
        self.pulse.allows(&self.terms)
    }
}

/// Sends one message and tells the writer what became of it.
pub(super) async fn fly(shared: Arc<Shared>, made: Made, permit: OwnedSemaphorePermit) {
    let Made { terms, leased, road, what } = made;
    let flight = Flight { shared: &shared, terms, leased: &leased, road };
    let note = match what {
        What::Skip(reason) => flight.skipped(reason, permit),
        What::Back => flight.put_back(permit),
        What::Message(message) => match shared.lines.pick(road) {
            None => flight.put_back(permit),
            Some(line) => flight.send(&line, &message, permit).await,
        },
    };
    if shared.writer.send(note).await.is_err() {
        tracing::error!("an outcome came after the writer had gone");
    }
}

struct Flight<'a> {
    shared: &'a Shared,
    terms: Terms,
    leased: &'a Leased,
    road: Road,
}

impl Flight<'_> {
    async fn send(&self, line: &Line, message: &Message, permit: OwnedSemaphorePermit) -> Note {
        let ticket = Ticket {
            terms: self.terms,
            subject: self.leased.subject,
            writer: self.shared.writer.clone(),
            pulse: Arc::clone(&self.shared.pulse),
        };
        let outcome = line.pool().send(&message.envelope, ticket).await;
        if let Some(wait) = trouble_of(&outcome) {
            line.rest(wait);
        }
        self.settled(outcome, message, permit)
    }

    fn settled(&self, outcome: Outcome, message: &Message, permit: OwnedSemaphorePermit) -> Note {
        let (change, kind) = match &outcome {
            Outcome::NotSent => return self.put_back(permit),
            Outcome::Accepted { reply } => {
                (resting(RowState::Accepted, None, Some(reply.codes())), EventKind::Accepted)
            }
            Outcome::Unknown { .. } => (resting(RowState::Unknown, Some("no_answer".into()), None), EventKind::Unknown),
            Outcome::Failed { cause, reason } => {
                let codes = reason.reply().map(SmtpReply::codes);
                (resting(RowState::Failed, Some(cause.as_str().into()), codes), EventKind::Failed)
            }
            Outcome::Deferred { class, reason, retry_after } => self.deferred(*class, reason, *retry_after),
        };
        let suppress = matches!(&outcome, Outcome::Failed { cause, .. } if cause.is_about_recipient());
        let streak = streak_of(&outcome);
        let event = self.event(kind, change.reason.clone(), outcome.reply().map(|reply| (reply, message)));
        let suppress = suppress.then(|| message.suppress_tag.clone());
        let (terms, subject) = (self.terms, self.leased.subject);
        Note::Settled(Box::new(Settled { terms, subject, change, event, suppress, streak, permit }))
    }

    fn deferred(&self, class: DeferClass, reason: &Reason, retry_after: Option<Duration>) -> (Change, EventKind) {
        let (tuning, now) = (&self.shared.tuning, self.shared.now());
        let codes = reason.reply().map(SmtpReply::codes);
        let about_relay = is_relay_trouble(class, reason);
        let Some(next) = backoff::next_try(tuning, self.leased.attempts, self.leased.first_at, now) else {
            let expired = SkipReason::Expired.as_str().to_owned();
            return (resting(RowState::Failed, Some(expired), codes), EventKind::Failed);
        };
        let next_at = match (about_relay, self.shared.lines.way(self.road)) {
            (false, _) => next,
            // This relay rests; another one takes the message.
            (true, Way::Open) => backoff::after_relay(Some(REST), now),
            (true, _) => backoff::after_relay(retry_after, now),
        };
        let reason = Some(class.as_str().to_owned());
        let change = Change { state: RowState::Deferred, next_at, reason, codes, attempt: !about_relay };
        (change, EventKind::Deferred)
    }

    fn skipped(&self, reason: SkipReason, permit: OwnedSemaphorePermit) -> Note {
        let word = reason.as_str().to_owned();
        let event = self.event(EventKind::Skipped, Some(word.clone()), None);
        let change = resting(RowState::Skipped, Some(word), None);
        let (terms, subject) = (self.terms, self.leased.subject);
        Note::Settled(Box::new(Settled {
            terms,
            subject,
            change,
            event,
            suppress: None,
            streak: Streak::Neither,
            permit,
        }))
    }

    fn put_back(&self, permit: OwnedSemaphorePermit) -> Note {
        let next_at = self.shared.now().plus(Micros::SECOND);
        Note::PutBack { source: self.terms.source, subject: self.leased.subject, next_at, permit }
    }

    /// The event, with the relay's words sealed under the person's key.
    fn event(&self, kind: EventKind, reason: Option<String>, reply: Option<(&SmtpReply, &Message)>) -> Event {
        let id = waxwing_domain::new_id(&**self.shared.app.store().clock(), &**self.shared.app.store().rng());
        let sealed = reply.and_then(|(reply, message)| {
            let sealed = self.seal(id, reply, message);
            sealed.inspect_err(|error| tracing::error!(%error, "a relay's answer could not be kept")).ok()
        });
        let key = reply.filter(|_| sealed.is_some()).map(|(_, message)| message.person.clone());
        let event = Event::of(id, self.shared.now(), kind, self.leased.subject).in_source(self.terms.source);
        Event { reason, sealed, key, ..event }
    }

    fn seal(&self, id: i64, reply: &SmtpReply, message: &Message) -> Result<Vec<u8>, StoreError> {
        let store = self.shared.app.store();
        let key = message.person.key(store, self.shared.workspace)?;
        let text = format!("{} {}", reply.codes(), reply.text());
        Ok(key.seal_cell(TableId::EVENTS, FieldId::SMTP_REPLY, id, text.as_bytes(), &**store.rng()))
    }
}

const fn resting(state: RowState, reason: Option<String>, codes: Option<String>) -> Change {
    Change { state, next_at: Micros::from_i64(0), reason, codes, attempt: true }
}

const fn streak_of(outcome: &Outcome) -> Streak {
    match outcome {
        Outcome::Accepted { .. } => Streak::Broken,
        Outcome::Failed { cause: FailCause::Content | FailCause::Policy | FailCause::Auth, .. } => Streak::Refused,
        _ => Streak::Neither,
    }
}

/// A connection that failed, or a session that was turned away; a plain 4xx about one recipient is not.
fn is_relay_trouble(class: DeferClass, reason: &Reason) -> bool {
    class.is_about_relay() && (matches!(reason, Reason::Trouble(_)) || class != DeferClass::Relay)
}

/// How long the relay should rest, if it is to blame.
fn trouble_of(outcome: &Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Deferred { class, reason, retry_after } if is_relay_trouble(*class, reason) => {
            Some(retry_after.unwrap_or(REST))
        }
        _ => None,
    }
}
