//! From leased recipients to signed messages, on blocking threads.
//!
//! Guarantee: a person whose row fails its integrity check or whose message cannot be made is
//! skipped with that reason; nobody else is. Limit: signing with RSA costs about 0.3 ms a message,
//! which bounds a core.

use super::Shared;
use super::batch::Chunk;
use super::lines::Road;
use super::pulse::Terms;
use super::ready::{Ready, people_fields};
use crate::sending::Stream;
use crate::sending::store::{Leased, Person};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use waxwing_delivery::Envelope;
use waxwing_domain::{EmailAddress, FieldId, Micros, SkipReason, SubjectNo};
use waxwing_message::{
    HeaderUrl, Kind, ListHeaders, Mailbox, MessageId, Parts, PersonalLinks, RenderValues, SubscriberValues, build, sign,
};
use waxwing_store::SealedPerson;

/// What became of a leased recipient.
pub(super) struct Made {
    pub terms: Terms,
    pub leased: Leased,
    pub road: Road,
    pub what: What,
}

/// A message, or why there is none.
pub(super) enum What {
    Message(Box<Message>),
    Skip(SkipReason),
    /// Nothing was made; the recipient waits again.
    Back,
}

/// A message with what its outcome will need.
pub(super) struct Message {
    pub envelope: Envelope,
    /// For sealing the relay's reply; without its fields.
    pub person: SealedPerson,
    pub suppress_tag: Vec<u8>,
}

/// Makes the messages of one chunk; where the task is broken off, its rows go back into the queue.
pub(super) async fn chunk(shared: Arc<Shared>, chunk: Chunk) -> Vec<Made> {
    let (terms, road) = (chunk.terms, chunk.ready.road);
    let whose: Vec<Leased> = chunk.rows.iter().map(|(leased, _)| leased.clone()).collect();
    let made = tokio::task::spawn_blocking(move || {
        let Chunk { ready, terms, disclosure, rows, date } = chunk;
        let mut buffer = Vec::with_capacity(16 * 1024);
        let one = |(leased, person): (Leased, Person)| {
            let what = match whole(|| make(&shared, &ready, &disclosure, &person, date, &mut buffer)) {
                Ok(envelope) => What::Message(Box::new(keep(envelope, person))),
                Err(reason) => What::Skip(reason),
            };
            Made { terms, leased, road: ready.road, what }
        };
        rows.into_iter().map(one).collect()
    });
    made.await.unwrap_or_else(|error| {
        tracing::error!(%error, "making messages was broken off; their recipients wait again");
        whose.into_iter().map(|leased| Made { terms, leased, road, what: What::Back }).collect()
    })
}

/// Makes one message so that a panic in the making costs that one only: the person is skipped with a
/// reason, and whoever reads the log finds where it broke.
fn whole(make: impl FnOnce() -> Result<Envelope, SkipReason>) -> Result<Envelope, SkipReason> {
    // Nothing that the panic may have left half done is looked at again: `build` clears the buffer.
    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| {
        tracing::error!("making a message broke off; its recipient is skipped");
        Err(SkipReason::Render)
    })
}

fn keep(envelope: Envelope, person: Person) -> Message {
    let sealed = SealedPerson { sealed: Vec::new(), ..person.sealed };
    Message { envelope, person: sealed, suppress_tag: person.suppress_tag }
}

fn make(
    shared: &Shared,
    ready: &Ready,
    disclosure: &waxwing_store::Disclosure,
    person: &Person,
    date: Micros,
    buffer: &mut Vec<u8>,
) -> Result<Envelope, SkipReason> {
    let subject = person.sealed.subject;
    #[cfg(test)]
    assert_ne!(shared.tuning.breaks_at, Some(subject), "broken for a test");
    let clear = disclosure.open(shared.app.store(), &person.sealed).map_err(|error| {
        tracing::error!(%error, "a recipient is skipped");
        SkipReason::Damaged
    })?;
    let to =
        clear.get(FieldId::EMAIL).and_then(|text| EmailAddress::parse(text).ok()).ok_or(SkipReason::MissingField)?;
    let values = people_fields(ready, &clear, &person.plain);
    message_for(&Making { ready, subject, to, values, date }, buffer).map_err(|why| {
        tracing::warn!(subject = %subject, why, "a message could not be made");
        SkipReason::Render
    })
}

/// One person's message in the making.
pub struct Making<'a> {
    /// Of which content.
    pub ready: &'a Ready,
    /// Whose; person 0 is made up.
    pub subject: SubjectNo,
    /// To whom.
    pub to: EmailAddress,
    /// With which values.
    pub values: SubscriberValues,
    /// When.
    pub date: Micros,
}

/// Renders, builds and signs one message.
///
/// # Errors
/// A sentence without personal data.
pub fn message_for(making: &Making<'_>, buffer: &mut Vec<u8>) -> Result<Envelope, String> {
    let Making { ready, subject, to, values, date } = making;
    let unsubscribe_url = ready.links.unsubscribe(ready.source, *subject);
    let unsubscribe = HeaderUrl::parse(&unsubscribe_url).map_err(|e| e.to_string())?;
    let view_url = ready.links.view(ready.source, *subject);
    let links = PersonalLinks { unsubscribe_url, view_url };
    let values = RenderValues::new(&ready.values, values.clone(), links);
    let rendered = ready.revision.render(&values).map_err(|e| e.to_string())?;
    let list = ListHeaders {
        unsubscribe: &unsubscribe,
        unsubscribe_mail: None,
        list: ready.list.as_ref(),
        feedback: ready.feedback.as_ref(),
    };
    let parts = Parts {
        from: Mailbox { name: Some(&ready.sender.name), address: &ready.sender.address },
        reply_to: ready.sender.reply_to.as_ref().map(Mailbox::bare),
        to: Mailbox::bare(to),
        subject: &rendered.subject,
        date: *date,
        message_id: &MessageId::new(ready.links.message_tag(ready.source, *subject), &ready.domain),
        kind: match ready.stream {
            Stream::Bulk => Kind::Bulk(list),
            // Nobody unsubscribes from being told of a breach, and no provider is to count it as marketing.
            Stream::Notice => Kind::System,
        },
        text: &rendered.text,
        html: rendered.html.as_deref(),
    };
    build(&parts, buffer);
    seal(ready, to, *date, buffer)
}

/// Puts the signatures in front and the envelope around.
fn seal(ready: &Ready, to: &EmailAddress, date: Micros, body: &[u8]) -> Result<Envelope, String> {
    let mut message = match ready.signers.as_slice() {
        [] => Vec::new(),
        signers => sign(signers, body, date).map_err(|e| e.to_string())?,
    };
    message.extend_from_slice(body);
    Envelope::new(Some(ready.return_path.clone()), to.clone(), message).map_err(|e| e.to_string())
}

/// The made-up person of test messages and previews.
pub fn make_up() -> SubscriberValues {
    SubscriberValues {
        email: "alex@example.com".into(),
        first_name: "Alex".into(),
        last_name: "Example".into(),
        custom: Vec::new(),
    }
}
