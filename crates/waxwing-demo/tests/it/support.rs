//! A client as plain as a terminal: bytes out, lines in.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use waxwing_demo::capture::{CaptureOptions, CaptureServer};

/// No test waits longer than this for one answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A message of a header and a line.
pub const MESSAGE: &str = "Subject: hello\r\n\r\nA line.\r\n.\r\n";

pub fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

pub async fn start(options: CaptureOptions) -> CaptureServer {
    CaptureServer::start(loopback(), options).await.expect("a free port on loopback")
}

pub struct Client<S = TcpStream>(BufReader<S>);

impl Client {
    /// Connects without reading the greeting.
    pub async fn dial(server: &CaptureServer) -> Self {
        Self(BufReader::new(TcpStream::connect(server.address()).await.expect("the server listens")))
    }

    /// Connects, reads the greeting and says EHLO.
    pub async fn hello(server: &CaptureServer) -> Self {
        let mut client = Self::dial(server).await;
        assert!(client.answer().await.starts_with("220 "));
        assert!(client.ask("EHLO sender.example\r\n").await.starts_with("250-"));
        client
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub fn over(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    pub fn into_stream(self) -> S {
        self.0.into_inner()
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.expect("the peer reads");
        self.0.flush().await.expect("the peer reads");
    }

    /// One whole answer, all its lines; empty at the end of the connection.
    pub async fn answer(&mut self) -> String {
        let mut answer = String::new();
        loop {
            let mut line = Vec::new();
            let read = timeout(PATIENCE, self.0.read_until(b'\n', &mut line)).await.expect("an answer in time");
            // A reset is an end like any other here.
            let ended = !matches!(read, Ok(1..));
            answer.push_str(&String::from_utf8_lossy(&line));
            if ended || line.get(3) != Some(&b'-') {
                return answer;
            }
        }
    }

    pub async fn ask(&mut self, command: &str) -> String {
        self.send(command).await;
        self.answer().await
    }

    /// MAIL, RCPT, DATA and the message; gives the answer to RCPT, or the one to the final dot.
    pub async fn deliver(&mut self, to: &str) -> String {
        assert!(self.ask("MAIL FROM:<news@larkfield.example>\r\n").await.starts_with("250 "));
        let rcpt = self.ask(&format!("RCPT TO:<{to}>\r\n")).await;
        if !rcpt.starts_with("250 ") {
            assert!(self.ask("RSET\r\n").await.starts_with("250 "));
            return rcpt;
        }
        assert!(self.ask("DATA\r\n").await.starts_with("354 "));
        self.ask(MESSAGE).await
    }

    /// Whether the peer closed without another byte.
    pub async fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        !matches!(timeout(PATIENCE, self.0.read(&mut byte)).await.expect("an end in time"), Ok(1..))
    }
}
