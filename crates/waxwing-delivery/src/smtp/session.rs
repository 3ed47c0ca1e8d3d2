//! An open session and the way of a message through it.
//!
//! Guarantee: MAIL, RCPT and DATA go out as one group where the server allows (RFC 2920), the
//! permit is asked meanwhile, then body and final dot leave in one write. Once that write is
//! through, only the server's reply decides; without one the outcome is unknown. Before, nothing
//! has been taken. Limit: the server may need the whole body to refuse it.

use super::capabilities::Capabilities;
use super::wire::Wire;
use crate::classify;
use crate::envelope::Envelope;
use crate::outcome::{FailCause, Outcome, Reason};
use crate::permit::{Permit, Verdict};
use crate::relay::Timeouts;
use crate::reply::SmtpReply;
use crate::trouble::{Phase, Trouble};
use std::time::Duration;

/// How long to look for the reason when the body could not be written.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// The commands before a body, in order; RSET only after a refused message.
const STEPS: [Phase; 4] = [Phase::Reset, Phase::Mail, Phase::Rcpt, Phase::Data];

/// A permit and what it said, so that a second connection does not ask what is decided.
pub(crate) struct Asking<P> {
    permit: P,
    verdict: Option<Verdict>,
}

impl<P: Permit> Asking<P> {
    pub(crate) fn new(permit: P) -> Self {
        Self { permit, verdict: None }
    }
    async fn ask(&mut self) -> Verdict {
        if let Some(verdict) = self.verdict {
            return verdict;
        }
        let verdict = self.permit.grant().await;
        self.verdict = Some(verdict);
        verdict
    }
    fn may_go(&mut self) -> bool {
        self.verdict == Some(Verdict::Go) && self.permit.still_granted()
    }
}

/// What the server thinks is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between messages.
    Ready,
    /// A message was begun and refused; the next group starts with RSET.
    Spoilt,
    /// Not to be used again.
    Over,
}

/// How an attempt ended before the body.
enum Halt {
    /// The server refused this message.
    Refused(Phase, SmtpReply),
    /// The conversation broke.
    Broken(Trouble),
}

impl Halt {
    /// Whether the server went away before it heard of this message.
    fn is_at_start(&self) -> bool {
        match self {
            Halt::Refused(phase, reply) => *phase == Phase::Mail && reply.code() == 421,
            Halt::Broken(Trouble::Closed { phase } | Trouble::Io { phase, .. }) => *phase <= Phase::Mail,
            Halt::Broken(_) => false,
        }
    }
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Halt::Broken(trouble)
    }
}

impl From<Halt> for Outcome {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Refused(phase, reply) => classify::refused(phase, reply),
            Halt::Broken(trouble) => Outcome::deferred_by(trouble),
        }
    }
}

/// An open, greeted, perhaps encrypted and signed-in connection.
pub(crate) struct Session {
    wire: Wire,
    offer: Capabilities,
    timeouts: Timeouts,
    state: State,
    carried: u32,
    stale: bool,
}

impl Session {
    pub(super) fn new(wire: Wire, offer: Capabilities, timeouts: Timeouts) -> Self {
        Self { wire, offer, timeouts, state: State::Ready, carried: 0, stale: false }
    }

    /// Messages handled so far.
    pub(crate) fn carried(&self) -> u32 {
        self.carried
    }

    /// Whether the server turned out to have closed a reused connection before the last message
    /// was begun: then a fresh one is worth trying at once.
    pub(crate) fn went_stale(&self) -> bool {
        self.stale
    }

    /// Whether the next message may go this way. Looks at the socket; does not wait.
    pub(crate) fn is_usable(&mut self) -> bool {
        self.state != State::Over && self.wire.is_quiet()
    }

    /// Hands over one message. If the future is dropped unfinished, the session must not be used
    /// again, and the message's fate is unknown.
    pub(crate) async fn deliver<P: Permit>(&mut self, envelope: &Envelope, asking: &mut Asking<P>) -> Outcome {
        if let Some(outcome) = self.unfit(envelope) {
            return outcome;
        }
        self.carried += 1;
        let before = std::mem::replace(&mut self.state, State::Over);
        let asked = async { Ok(asking.ask().await) };
        if let Err(halt) = tokio::try_join!(self.offer(envelope, before), asked) {
            self.stale = self.carried > 1 && halt.is_at_start();
            return halt.into();
        }
        if !asking.may_go() {
            // The server waits for a body: only hanging up takes the message back.
            return Outcome::NotSent;
        }
        self.send_body(envelope).await
    }

    /// A message that this server cannot take, known without asking it.
    fn unfit(&self, envelope: &Envelope) -> Option<Outcome> {
        let failed = |trouble| Outcome::Failed { cause: FailCause::Content, reason: Reason::Trouble(trouble) };
        match self.offer.size_limit {
            Some(limit) if envelope.size() > limit => Some(failed(Trouble::TooBig { limit })),
            _ if envelope.is_eight_bit() && !self.offer.eight_bit => Some(failed(Trouble::EightBit)),
            _ => None,
        }
    }

    /// Everything before the body. `Ok`: the server waits for it.
    async fn offer(&mut self, envelope: &Envelope, before: State) -> Result<(), Halt> {
        let steps = if before == State::Spoilt { &STEPS[..] } else { &STEPS[1..] };
        let replies = if self.offer.pipelining {
            self.in_one_group(steps, envelope).await?
        } else {
            self.one_by_one(steps, envelope).await?
        };
        let Some((phase, reply)) = replies.iter().find(|(phase, reply)| !agrees(*phase, reply)) else {
            return Ok(());
        };
        if !reply.is_negative() || *phase == Phase::Reset {
            return Err(Trouble::OutOfStep { phase: *phase }.into());
        }
        self.withdraw(*phase, &replies).await;
        Err(Halt::Refused(*phase, reply.clone()))
    }

    async fn in_one_group(&mut self, steps: &[Phase], envelope: &Envelope) -> Result<Replies, Trouble> {
        let mut group = String::with_capacity(256);
        for &step in steps {
            self.write_command(&mut group, step, envelope);
        }
        self.wire.command(steps[0], group.as_bytes(), self.timeouts.command).await?;
        let mut replies = Replies::with_capacity(steps.len());
        for &step in steps {
            let reply = self.wire.reply(step, self.patience(step)).await?;
            let closing = reply.code() == 421;
            replies.push((step, reply));
            if closing {
                break;
            }
        }
        Ok(replies)
    }

    async fn one_by_one(&mut self, steps: &[Phase], envelope: &Envelope) -> Result<Replies, Trouble> {
        let mut replies = Replies::with_capacity(steps.len());
        for &step in steps {
            let mut line = String::new();
            self.write_command(&mut line, step, envelope);
            self.wire.command(step, line.as_bytes(), self.timeouts.command).await?;
            let reply = self.wire.reply(step, self.patience(step)).await?;
            let go_on = agrees(step, &reply);
            replies.push((step, reply));
            if !go_on {
                break;
            }
        }
        Ok(replies)
    }

    /// Adds one command line. Addresses are safe to embed: their type holds no line break, space
    /// or angle bracket.
    fn write_command(&self, to: &mut String, step: Phase, envelope: &Envelope) {
        match step {
            Phase::Mail => self.write_mail(to, envelope),
            Phase::Rcpt => to.extend(["RCPT TO:<", envelope.recipient().as_str(), ">\r\n"]),
            Phase::Data => to.push_str("DATA\r\n"),
            _ => to.push_str("RSET\r\n"),
        }
    }

    fn write_mail(&self, to: &mut String, envelope: &Envelope) {
        to.extend(["MAIL FROM:<", envelope.sender().map_or("", |s| s.as_str()), ">"]);
        if self.offer.size {
            to.extend([" SIZE=", &envelope.size().to_string()]);
        }
        if envelope.is_eight_bit() {
            to.push_str(" BODY=8BITMIME");
        }
        to.push_str("\r\n");
    }

    fn patience(&self, step: Phase) -> Duration {
        if step == Phase::Data { self.timeouts.data } else { self.timeouts.command }
    }

    /// Leaves the session fit for the next message after a refusal at `phase`, where possible.
    async fn withdraw(&mut self, phase: Phase, replies: &Replies) {
        let Some((_, last)) = replies.last() else { return };
        let closing = replies.iter().any(|(_, reply)| reply.code() == 421);
        match last.code() {
            _ if closing => {}
            // A server may say 354 though no recipient was good; it then gets a lone dot
            // (RFC 2920 §3.1). With a bad MAIL an empty message might be delivered: hang up.
            354 if phase == Phase::Rcpt => self.send_lone_dot().await,
            354 => {}
            _ => self.state = State::Spoilt,
        }
    }

    async fn send_lone_dot(&mut self) {
        let sent = self.wire.command(Phase::Data, b".\r\n", self.timeouts.block).await;
        let answered = match sent {
            Ok(()) => self.wire.reply(Phase::Dot, self.timeouts.data).await,
            Err(trouble) => Err(trouble),
        };
        if answered.is_ok_and(|reply| reply.code() != 421) {
            self.state = State::Spoilt;
        }
    }

    async fn send_body(&mut self, envelope: &Envelope) -> Outcome {
        if let Err(trouble) = self.wire.expect_silence(Phase::Body) {
            return self.spoken_early(trouble).await;
        }
        if let Err(trouble) = self.wire.write(Phase::Body, envelope.wire(), self.timeouts.block).await {
            return self.cut_short(trouble).await;
        }
        match self.wire.reply(Phase::Dot, self.timeouts.dot).await {
            Ok(reply) => self.concluded(reply),
            Err(trouble) => Outcome::Unknown { trouble },
        }
    }

    /// The server spoke again before the body: perhaps a refusal after second thoughts. Nothing
    /// has left, so nothing it says can mean that the message was taken.
    async fn spoken_early(&mut self, trouble: Trouble) -> Outcome {
        match self.wire.reply(Phase::Body, LAST_WORDS).await {
            Ok(reply) if reply.is_negative() => classify::refused(Phase::Data, reply),
            _ => Outcome::deferred_by(trouble),
        }
    }

    /// The body could not be written to its end, so the server has no final dot. It may have said
    /// why before it hung up.
    async fn cut_short(&mut self, trouble: Trouble) -> Outcome {
        match self.wire.reply(Phase::Body, LAST_WORDS).await {
            Ok(reply) if reply.is_negative() => classify::refused(Phase::Dot, reply),
            Ok(_) => Outcome::Unknown { trouble },
            Err(_) => Outcome::deferred_by(trouble),
        }
    }

    /// The reply to the final dot.
    fn concluded(&mut self, reply: SmtpReply) -> Outcome {
        if !reply.is_positive() && !reply.is_negative() {
            return Outcome::Unknown { trouble: Trouble::OutOfStep { phase: Phase::Dot } };
        }
        if reply.code() != 421 {
            self.state = State::Ready;
        }
        if reply.is_positive() { Outcome::Accepted { reply } } else { classify::refused(Phase::Dot, reply) }
    }

    /// Says goodbye, briefly. Nothing depends on it.
    pub(crate) async fn quit(mut self) {
        if self.is_usable() && self.wire.command(Phase::Quit, b"QUIT\r\n", self.timeouts.quit).await.is_ok() {
            // Whatever comes, the connection is closed next.
            let _ = self.wire.reply(Phase::Quit, self.timeouts.quit).await;
        }
    }
}

type Replies = Vec<(Phase, SmtpReply)>;

fn agrees(step: Phase, reply: &SmtpReply) -> bool {
    if step == Phase::Data { reply.code() == 354 } else { reply.is_positive() }
}
