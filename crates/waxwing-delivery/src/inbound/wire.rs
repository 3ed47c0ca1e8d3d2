//! Bytes in and out of one connection, with limits and a patience.
//!
//! Promise: answers are gathered and written once the sender's pipelined commands are used up (RFC 2920 §3.1), a line
//! never grows past its limit, and no read or write waits longer than the idle time.

use super::body::{Body, Fault, Progress};
use memchr::memchr;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How much is asked of the socket at once, in bytes.
const CHUNK: usize = 16 * 1_024;
/// Answers that may gather before they are written although more commands wait, in bytes.
const GATHERED: usize = 16 * 1_024;

/// Why a conversation ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    /// The sender is gone.
    #[error("the sender closed the connection")]
    Closed,
    /// Nothing came, or nothing was taken, for the idle time.
    #[error("the sender was silent for too long")]
    Idle,
    /// A line without an end in sight, or a message far beyond its limit.
    #[error("the sender sent more than the limit allows")]
    TooMuch,
    /// The socket failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
}

/// A buffered connection.
pub(super) struct Wire<S> {
    stream: S,
    input: Vec<u8>,
    start: usize,
    output: Vec<u8>,
    idle: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S, idle: Duration) -> Self {
        Self { stream, input: Vec::with_capacity(CHUNK), start: 0, output: Vec::new(), idle }
    }

    /// Adds a line to what waits to be written.
    pub(super) fn say(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    /// Whether the sender sent more than was read so far.
    pub(super) fn has_pipelined(&self) -> bool {
        self.start < self.input.len()
    }

    /// The next line with its line feed.
    pub(super) async fn line(&mut self, limit: usize) -> Result<Vec<u8>, WireError> {
        loop {
            let waiting = &self.input[self.start..];
            let end = memchr(b'\n', waiting).map_or(waiting.len(), |at| at + 1);
            if end > limit {
                return Err(WireError::TooMuch);
            }
            if waiting[..end].ends_with(b"\n") {
                let line = waiting[..end].to_vec();
                self.start += end;
                if self.output.len() > GATHERED {
                    self.flush().await?;
                }
                return Ok(line);
            }
            self.fill().await?;
        }
    }

    /// Reads a message until its dot, or until `stop` bytes were read.
    pub(super) async fn body(&mut self, body: &mut Body, stop: usize) -> Result<Result<(), Fault>, WireError> {
        loop {
            let (taken, progress) = body.feed(&self.input[self.start..]);
            self.start += taken;
            match progress {
                Progress::Done => return Ok(Ok(())),
                Progress::Broken(fault) => return Ok(Err(fault)),
                Progress::More if body.size() > stop => return Err(WireError::TooMuch),
                Progress::More => self.fill().await?,
            }
        }
    }

    /// Writes what waits.
    pub(super) async fn flush(&mut self) -> Result<(), WireError> {
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

    /// Says goodbye to the transport: a TLS close, then a TCP close.
    pub(super) async fn close(mut self) -> Result<(), WireError> {
        self.flush().await?;
        // The sender may be gone first; there is nobody left to tell.
        if let Ok(Err(error)) = timeout(self.idle, self.stream.shutdown()).await {
            tracing::trace!(%error, "inbound: close failed");
        }
        Ok(())
    }

    /// The stream below, for a TLS handshake.
    pub(super) fn into_stream(self) -> S {
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
