//! A server that does what a test tells it to.
//!
//! A script is an async function that gets each connection with its number, from 0. Everything the
//! peer hears is kept in order.

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

type Heard = Arc<Mutex<Vec<String>>>;

pub struct Peer {
    pub port: u16,
    heard: Heard,
    task: tokio::task::JoinHandle<()>,
}

impl Peer {
    pub async fn start<F, R>(script: F) -> Self
    where
        F: Fn(Line, usize) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Heard::default();
        let ears = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            for number in 0.. {
                let (tcp, _) = listener.accept().await.unwrap();
                tcp.set_nodelay(true).unwrap();
                let line = Line { io: Some(BufReader::new(Box::new(tcp))), heard: Arc::clone(&ears) };
                tokio::spawn(script(line, number));
            }
        });
        Self { port, heard, task }
    }

    /// A peer that takes everything, `capabilities` as lines of its EHLO reply.
    pub async fn friendly(capabilities: &'static [&'static str]) -> Self {
        Self::start(move |mut line, _| async move {
            line.greet(capabilities).await;
            line.take_messages().await;
        })
        .await
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub fn heard_times(&self, start: &str) -> usize {
        self.heard().iter().filter(|line| line.starts_with(start)).count()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection, from the server's side.
pub struct Line {
    io: Option<BufReader<Box<dyn Io>>>,
    heard: Heard,
}

impl Line {
    fn io(&mut self) -> &mut BufReader<Box<dyn Io>> {
        self.io.as_mut().expect("open")
    }

    /// Writes raw text; the test may have gone already.
    pub async fn say(&mut self, text: &str) {
        let _ = self.io().write_all(text.as_bytes()).await;
        let _ = self.io().flush().await;
    }

    /// The next line without its end; `None` when the client hung up.
    pub async fn hear(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        match self.io().read_until(b'\n', &mut bytes).await {
            Ok(count) if count > 0 => {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                self.heard.lock().unwrap().push(line.clone());
                Some(line)
            }
            _ => None,
        }
    }

    /// Hears a command that must begin with `verb`, and answers.
    pub async fn answer(&mut self, verb: &str, text: &str) {
        let line = self.hear().await.unwrap_or_default();
        assert!(line.starts_with(verb), "heard {line:?} instead of {verb}");
        self.say(text).await;
    }

    /// Greeting and EHLO.
    pub async fn greet(&mut self, capabilities: &[&str]) {
        self.say("220 peer.example ready\r\n").await;
        self.ehlo(capabilities).await;
    }

    pub async fn ehlo(&mut self, capabilities: &[&str]) {
        let mut text = String::from("250-peer.example\r\n");
        for capability in capabilities {
            text += &format!("250-{capability}\r\n");
        }
        self.answer("EHLO", &format!("{text}250 HELP\r\n")).await;
    }

    /// MAIL, RCPT and DATA, all fine.
    pub async fn until_body(&mut self) {
        self.answer("MAIL", "250 2.1.0 ok\r\n").await;
        self.answer("RCPT", "250 2.1.5 ok\r\n").await;
        self.answer("DATA", "354 go on\r\n").await;
    }

    /// The raw body with its final dot.
    pub async fn body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        while !body.ends_with(b"\r\n.\r\n") && body != b".\r\n" {
            if self.io().read_until(b'\n', &mut body).await.unwrap_or(0) == 0 {
                break;
            }
        }
        body
    }

    /// Answers any order of commands kindly until the client leaves.
    pub async fn take_messages(&mut self) {
        while let Some(line) = self.hear().await {
            match line.get(..4).unwrap_or("") {
                "DATA" => {
                    self.say("354 go on\r\n").await;
                    self.body().await;
                    self.say("250 2.0.0 queued\r\n").await;
                }
                "QUIT" => return self.say("221 2.0.0 bye\r\n").await,
                _ => self.say("250 2.0.0 ok\r\n").await,
            }
        }
    }

    /// Encrypts the connection as the server.
    pub async fn encrypt(
        &mut self,
        identity: &(CertificateDer<'static>, PrivateKeyDer<'static>),
    ) -> std::io::Result<()> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.0.clone()], identity.1.clone_key())
            .unwrap();
        let io = self.io.take().expect("open").into_inner();
        let tls = tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(io).await?;
        self.io = Some(BufReader::new(Box::new(tls)));
        Ok(())
    }

    /// Stays on the line and says nothing.
    pub async fn hang(self) {
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        drop(self);
    }
}
