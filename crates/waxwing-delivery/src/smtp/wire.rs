//! Commands out, replies in.
//!
//! Guarantee: every wait has a timeout, a reply has limits, and a reply that nobody asked for is
//! an error before the next command goes out, so an answer is never taken for the answer to
//! something else. Limit: the peer may still lie within the protocol.

use super::stream::Stream;
use crate::reply::{self, BadReply, SmtpReply};
use crate::trouble::{Phase, Trouble};
use std::future::Future;
use std::io;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::timeout;

/// Bytes read at once: four replies of a pipelined group fit with room to spare.
const READ: usize = 2_048;

pub(super) struct Wire {
    stream: Stream,
    inbox: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, inbox: Vec::new() }
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Gives the connection up for its encryption; refused if the peer has sent more already.
    pub(super) fn into_stream(self) -> Result<Stream, Trouble> {
        if self.inbox.is_empty() { Ok(self.stream) } else { Err(Trouble::InjectedPlaintext) }
    }

    /// Sends a command, or a pipelined group of them, and waits for no answer.
    pub(super) async fn command(&mut self, phase: Phase, bytes: &[u8], patience: Duration) -> Result<(), Trouble> {
        self.expect_silence(phase)?;
        self.write(phase, bytes, patience).await
    }

    /// An error if the peer has said something that was not asked for.
    pub(super) fn expect_silence(&self, phase: Phase) -> Result<(), Trouble> {
        if self.inbox.is_empty() { Ok(()) } else { Err(Trouble::OutOfStep { phase }) }
    }

    /// Writes all of `bytes`; `patience` is for each step forward. A failure means that the last
    /// byte has not been handed to the network: what is lost is always the tail.
    pub(super) async fn write(&mut self, phase: Phase, bytes: &[u8], patience: Duration) -> Result<(), Trouble> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = within(phase, patience, self.stream.write(rest)).await?;
            if written == 0 {
                return Err(Trouble::Closed { phase });
            }
            rest = &rest[written..];
        }
        within(phase, patience, self.stream.flush()).await
    }

    /// Reads the next reply.
    pub(super) async fn reply(&mut self, phase: Phase, patience: Duration) -> Result<SmtpReply, Trouble> {
        let waiting = self.read_reply(phase);
        timeout(patience, waiting).await.map_err(|_| Trouble::Timeout { phase })?
    }

    async fn read_reply(&mut self, phase: Phase) -> Result<SmtpReply, Trouble> {
        loop {
            match reply::parse(&self.inbox) {
                Ok(Some((reply, used))) => {
                    self.inbox.drain(..used);
                    return Ok(reply);
                }
                Ok(None) => self.read_more(phase).await?,
                Err(BadReply::TooLong) => return Err(Trouble::ReplyTooLong { phase }),
                Err(BadReply::Syntax) => return Err(Trouble::NotSmtp { phase }),
            }
        }
    }

    async fn read_more(&mut self, phase: Phase) -> Result<(), Trouble> {
        let mut chunk = [0; READ];
        match self.stream.read(&mut chunk).await {
            Ok(0) => Err(Trouble::Closed { phase }),
            Ok(count) => {
                self.inbox.extend_from_slice(&chunk[..count]);
                Ok(())
            }
            Err(error) => Err(Trouble::io(phase, &error)),
        }
    }

    /// Whether the connection is silent and open: nothing unread, not closed by the peer.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut byte = [0; 1];
        let reading = std::pin::pin!(self.stream.read(&mut byte));
        let pending = matches!(reading.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        pending && self.inbox.is_empty()
    }
}

async fn within<T>(phase: Phase, patience: Duration, work: impl Future<Output = io::Result<T>>) -> Result<T, Trouble> {
    match timeout(patience, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Trouble::io(phase, &error)),
        Err(_) => Err(Trouble::Timeout { phase }),
    }
}
