//! Eyes outside: sockets that ask again and again, and a clock.

use super::crowd::{Crowd, PERSON};
use crate::Outcome;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use waxwing_demo::capture::{Captured, Filter};

/// Between two questions of one asker.
const PAUSE: Duration = Duration::from_millis(3);
/// Between two looks at the mail server, which copies its list for each.
const MAIL_PAUSE: Duration = Duration::from_millis(10);
/// What an answer begins with that gives what was asked for.
const HONOURED: &[u8] = b"HTTP/1.1 200";

/// What is watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A page shown to a session.
    Session,
    /// An answer to an API key.
    Key,
    /// A byte of an export.
    Export,
    /// A message that a mail server took.
    Smtp,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Session, Self::Key, Self::Export, Self::Smtp];

    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Session => "sessions",
            Self::Key => "keys",
            Self::Export => "exports",
            Self::Smtp => "SMTP",
        }
    }
}

/// How often something was honoured, and when last.
#[derive(Default)]
struct Tally {
    count: AtomicU64,
    last: Mutex<Option<Instant>>,
}

impl Tally {
    fn note(&self, more: u64) {
        self.count.fetch_add(more, Ordering::SeqCst);
        // An instant is written whole; a panic elsewhere cannot have broken it.
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
    fn last(&self) -> Option<Instant> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Tallies {
    over: AtomicBool,
    of: [Tally; 4],
}

/// Everybody who asks.
pub struct Watch {
    tallies: Arc<Tallies>,
    askers: JoinSet<()>,
}

impl Watch {
    /// Begins: on each node a session, a key and an export; and one that counts mail.
    pub fn begin(nodes: &[SocketAddr], crowd: &Crowd, mail: Captured) -> Self {
        let tallies = Arc::new(Tallies::default());
        let mut askers = JoinSet::new();
        for node in nodes {
            let ask = |line: String, credential: String| {
                format!(
                    "{line} HTTP/1.1\r\nHost: {node}\r\n{credential}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                )
            };
            let session = format!("Cookie: waxwing_session={}", crowd.session);
            let key = format!("Authorization: Bearer {}", crowd.key);
            let export = format!("POST /api/v1/lists/{}/export?purpose=siege", crowd.list);
            askers.spawn(ask_on(*node, ask("GET /audience".into(), session), Kind::Session, tallies.clone()));
            askers.spawn(ask_on(*node, ask("GET /api/v1/lists".into(), key.clone()), Kind::Key, tallies.clone()));
            askers.spawn(ask_on(*node, ask(export, key), Kind::Export, tallies.clone()));
        }
        askers.spawn(count_on(mail, tallies.clone()));
        Self { tallies, askers }
    }

    /// How often something of this kind was honoured up to now.
    pub fn honoured(&self, kind: Kind) -> u64 {
        self.tallies.of[kind as usize].count.load(Ordering::SeqCst)
    }

    /// Ends; gives for each kind how often it was honoured, and how long after `confirmed` the last time.
    pub async fn end(mut self, confirmed: Instant) -> Outcome<Vec<(Kind, u64, Duration)>> {
        self.tallies.over.store(true, Ordering::SeqCst);
        while let Some(ended) = self.askers.join_next().await {
            ended?;
        }
        let told = |kind: Kind| {
            let last = self.tallies.of[kind as usize].last();
            (kind, self.honoured(kind), last.map_or(Duration::ZERO, |last| last.saturating_duration_since(confirmed)))
        };
        Ok(Kind::ALL.map(told).to_vec())
    }
}

async fn ask_on(node: SocketAddr, request: String, kind: Kind, tallies: Arc<Tallies>) {
    while !tallies.over.load(Ordering::SeqCst) {
        // What breaks off on its way was not honoured further; that is what is looked for.
        let _broke_off = ask(node, &request, &tallies.of[kind as usize]).await;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks once, and notes each piece of an answer that gives what was asked for.
async fn ask(node: SocketAddr, request: &str, tally: &Tally) -> std::io::Result<()> {
    let mut socket = TcpStream::connect(node).await?;
    socket.write_all(request.as_bytes()).await?;
    let (mut piece, mut honoured) = ([0u8; 16_384], None);
    loop {
        let read = socket.read(&mut piece).await?;
        if read == 0 {
            return Ok(());
        }
        if *honoured.get_or_insert_with(|| piece[..read].starts_with(HONOURED)) {
            tally.note(1);
        }
    }
}

/// Counts what was written to the people. System mail goes on under every containment: its first step tells the owner.
async fn count_on(mail: Captured, tallies: Arc<Tallies>) {
    let mut before = 0;
    while !tallies.over.load(Ordering::SeqCst) {
        let now = mail.counts().accepted;
        let newest = mail.list(&Filter::default(), usize::try_from(now - before).unwrap_or(usize::MAX));
        let letters = newest.iter().filter(|entry| entry.to.iter().any(|to| to.starts_with(PERSON))).count() as u64;
        if letters > 0 {
            tallies.of[Kind::Smtp as usize].note(letters);
        }
        before = now;
        tokio::time::sleep(MAIL_PAUSE).await;
    }
}
