//! Bytes in and out of one connection, with limits and a patience.
//!
//! Promise: answers are gathered and written once the peer's pipelined commands are used up
//! (RFC 2920 §3.1), a line never grows past its limit, and no read or write waits longer than the
//! idle time.

use super::body::Body;
use memchr::memchr;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How much is asked of the socket at once.
const CHUNK: usize = 32 * 1_024;

/// Why a conversation ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// The peer is gone.
    #[error("the peer closed the connection")]
    Closed,
    /// Nothing came, or nothing was taken, for the idle time.
    #[error("the peer was silent for too long")]
    Idle,
    /// A command line without an end in sight, or a message far beyond its limit.
    #[error("the peer sent more than the limit allows")]
    TooMuch,
    /// The socket failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
}

/// A buffered connection.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    stream: S,
    input: Vec<u8>,
    start: usize,
    output: Vec<u8>,
    idle: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S, idle: Duration) -> Self {
        Self { stream, input: Vec::with_capacity(CHUNK), start: 0, output: Vec::new(), idle }
    }

    /// What waits to be written.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Whether the peer sent more than was read so far.
    pub(crate) fn has_pipelined(&self) -> bool {
        self.start < self.input.len()
    }

    /// Replaces `line` with the next line and its line feed.
    pub(crate) async fn line(&mut self, line: &mut Vec<u8>, limit: usize) -> Result<(), WireError> {
        loop {
            let waiting = &self.input[self.start..];
            let end = memchr(b'\n', waiting).map_or(waiting.len(), |at| at + 1);
            if end > limit {
                return Err(WireError::TooMuch);
            }
            if waiting[..end].ends_with(b"\n") {
                line.clear();
                line.extend_from_slice(&waiting[..end]);
                self.start += end;
                return Ok(());
            }
            self.fill().await?;
        }
    }

    /// Reads a message until it is done or `stop` bytes were read.
    pub(crate) async fn body(&mut self, body: &mut Body, stop: usize) -> Result<(), WireError> {
        loop {
            self.start += body.feed(&self.input[self.start..]);
            if body.is_done() {
                return Ok(());
            }
            if body.size() + self.input.len() - self.start > stop {
                return Err(WireError::TooMuch);
            }
            self.fill().await?;
        }
    }

    /// Writes what waits.
    pub(crate) async fn flush(&mut self) -> Result<(), WireError> {
        if self.output.is_empty() {
            return Ok(());
        }
        let written = timeout(self.idle, async {
            self.stream.write_all(&self.output).await?;
            self.stream.flush().await
        });
        written.await.map_err(|_| WireError::Idle)??;
        self.output.clear();
        Ok(())
    }

    /// Waits, answering nothing, until the peer leaves or the idle time is over.
    pub(crate) async fn hang(&mut self) -> WireError {
        loop {
            self.start = self.input.len();
            if let Err(end) = self.fill().await {
                return end;
            }
        }
    }

    /// Says goodbye to the transport: a TLS close, then a TCP close.
    pub(crate) async fn close(mut self) {
        // The peer may be gone first; there is nobody left to tell.
        if let Ok(Err(error)) = timeout(self.idle, self.stream.shutdown()).await {
            tracing::trace!(%error, "capture: close failed");
        }
    }

    /// The stream below, for a TLS handshake.
    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    /// Writes what waits, then reads at least one byte.
    async fn fill(&mut self) -> Result<(), WireError> {
        self.flush().await?;
        self.input.drain(..self.start);
        self.start = 0;
        self.input.reserve(CHUNK);
        let read = timeout(self.idle, self.stream.read_buf(&mut self.input));
        match read.await.map_err(|_| WireError::Idle)?? {
            0 => Err(WireError::Closed),
            _ => Ok(()),
        }
    }
}
