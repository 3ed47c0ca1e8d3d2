//! The message itself: read, judged, noted, answered (RFC 5321 §4.1.1.4).
//!
//! Promise: what a sender hears is already on the list, and a message without an answer stands
//! there as a lost reply. Limit: several recipients share one answer; the heaviest act decides.

use super::super::body::{Body, Fault};
use super::super::entry::{CapturedMessage, Verdict};
use super::super::rules::{Act, Reply};
use super::super::script::Misbehaviour;
use super::super::wire::WireError;
use super::{Mail, Next, Session};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Reads the message that follows DATA and answers its final dot.
    pub(super) async fn data(&mut self) -> Result<Next, WireError> {
        let Some(mail) = self.mail.take_if(|mail| !mail.to.is_empty()) else {
            let why = "No valid recipients";
            return Ok(if self.mail.is_some() { self.say(554, "5.5.1", why) } else { self.bad(503, "5.5.1", why) });
        };
        self.wire.output().extend_from_slice(b"354 End with CR LF dot CR LF\r\n");
        let limit = self.shared.options.limits.message;
        let mut body = Body::new(limit, self.shared.captured.keeps_messages());
        let cut = match self.misbehaviour {
            Misbehaviour::CloseInData { after_bytes } => Some(after_bytes),
            _ => None,
        };
        // Beyond twice the limit and a megabyte it is no longer a mistake, and not read to its end.
        let stop = cut.unwrap_or_else(|| limit.saturating_mul(2).saturating_add(1 << 20));
        self.wire.body(&mut body, stop).await?;
        if cut.is_some() {
            return Ok(Next::Close);
        }
        self.answer(mail, body).await
    }

    /// Decides about a message that was read to its dot.
    async fn answer(&mut self, mail: Mail, body: Body) -> Result<Next, WireError> {
        let size = body.size();
        let raw = match body.finish() {
            Ok(raw) => Arc::<[u8]>::from(raw),
            Err(fault) => {
                let reply = fault_reply(fault);
                return Ok(self.settle(mail, Arc::default(), &reply, size));
            }
        };
        match self.misbehaviour {
            Misbehaviour::CloseAfterDot => return Ok(self.lose(mail, raw, size)),
            Misbehaviour::HangAfterDot => {
                self.lose(mail, raw, size);
                return Err(self.wire.hang().await);
            }
            Misbehaviour::GarbageAfterDot => {
                self.wire.output().extend_from_slice(b"\x01\x02 what was that\r\n\r\n");
                return Ok(self.lose(mail, raw, size));
            }
            _ => {}
        }
        self.act(mail, raw, size).await
    }

    async fn act(&mut self, mail: Mail, raw: Arc<[u8]>, size: usize) -> Result<Next, WireError> {
        match &mail.act {
            Act::DropAfterDot => return Ok(self.lose(mail, raw, size)),
            Act::AfterData(reply) => {
                let reply = reply.clone();
                return Ok(self.settle(mail, raw, &reply, size));
            }
            Act::Slow(delay) => self.wait(*delay).await?,
            Act::Accept | Act::AtRcpt(_) | Act::FirstAtRcpt { .. } => {}
        }
        self.taken = self.taken.saturating_add(1);
        Ok(self.settle(mail, raw, &Reply::new(250, "2.0.0", "Taken"), size))
    }

    /// A pause; what was said before it goes out first.
    async fn wait(&mut self, delay: Duration) -> Result<(), WireError> {
        self.wire.flush().await?;
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// Notes the verdict first, then answers: what the sender hears is already on the list.
    fn settle(&mut self, mail: Mail, raw: Arc<[u8]>, reply: &Reply, size: usize) -> Next {
        self.record(mail.from, mail.to, raw, Verdict::of(reply.code, reply.enhanced), size);
        reply.write(self.wire.output());
        Next::Go
    }

    fn lose(&mut self, mail: Mail, raw: Arc<[u8]>, size: usize) -> Next {
        self.record(mail.from, mail.to, raw, Verdict::ReplyLost, size);
        Next::Close
    }

    pub(super) fn record(&self, from: String, to: Vec<String>, raw: Arc<[u8]>, verdict: Verdict, size: usize) {
        let at = self.shared.options.clock.now();
        let (connection, tls) = (self.number, self.tls);
        let entry = CapturedMessage { id: 0, at, connection, tls, from, to, raw, verdict };
        self.shared.captured.record(entry, size);
    }
}

fn fault_reply(fault: Fault) -> Reply {
    match fault {
        Fault::TooLarge => Reply::new(552, "5.3.4", "Message too large"),
        Fault::BareLineEnd => Reply::new(550, "5.6.0", "Lines of a message end with CR LF"),
        Fault::LongLine => Reply::new(550, "5.6.0", "A line has more than 1000 bytes"),
    }
}

/// Of several recipients' acts the heaviest decides the one answer after the dot.
pub(super) fn weight(act: &Act) -> u8 {
    match act {
        Act::Accept | Act::AtRcpt(_) | Act::FirstAtRcpt { .. } => 0,
        Act::Slow(_) => 1,
        Act::AfterData(_) => 2,
        Act::DropAfterDot => 3,
    }
}
