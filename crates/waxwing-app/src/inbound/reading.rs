//! Reading one message that came in: to which made-up people, and what is known of its sender.
//!
//! Promise: the message is marked as read in the transaction that notes its hits, so that it counts once, also when the
//! job runs twice. No mail is excused: our own lane never writes to made-up people, and a message that shows a signature
//! of ours may be a copy.

use super::{Letter, store};
use crate::App;
use crate::canaries::{self, Facts, HitKind};
use waxwing_domain::{EmailAddress, InboundId};
use waxwing_message::Received;
use waxwing_store::{JobContext, JobError};

pub(super) async fn read(app: &App, job: &JobContext) -> Result<(), JobError> {
    let id: InboundId = job.job.id_of("message")?;
    let mut tx = app.read(&job.ctx, "inbound.open").await?;
    let Some(sealed) = store::new(&mut tx, id).await? else { return Ok(()) };
    drop(tx);
    let letter = Letter::open(app, job.ctx.workspace, id, &sealed)?;
    let kind = if letter.envelope.told { HitKind::Mail } else { HitKind::Asked };
    let facts = facts(&letter);
    let mut tx = app.begin(&job.ctx, "inbound.read").await?;
    job.fence(&mut tx).await?;
    if !store::read(&mut tx, id).await? {
        return Ok(());
    }
    for recipient in &letter.envelope.to {
        let Ok(email) = EmailAddress::parse(recipient) else { continue };
        let known = canaries::known(app, &mut tx, &[&email]).await?;
        let Some((mark, number)) = known.into_iter().flatten().next() else { continue };
        let facts = Facts { recipient: email.as_str().to_owned(), ..facts.clone() };
        canaries::note(app, &mut tx, &job.ctx, (mark, number, kind), Some(id), &facts).await?;
    }
    Ok(tx.commit().await?)
}

fn facts(letter: &Letter) -> Facts {
    let envelope = &letter.envelope;
    let read = Received::read(&letter.message);
    Facts {
        recipient: String::new(),
        peer: envelope.peer.clone(),
        hello: envelope.hello.clone(),
        tls: envelope.tls,
        envelope_from: envelope.from.clone(),
        header_from: read.from,
        subject: read.subject,
        hops: read.hops,
        signed_by: read.signed_by,
        links: read.links,
        attachments: read.attachments,
        unknown: envelope.unknown,
        through: String::new(),
    }
}
