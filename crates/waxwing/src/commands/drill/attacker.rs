//! Somebody who attacks over HTTP and keeps what they are given.

use anyhow::ensure;
use http::{Method, StatusCode};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::task::JoinHandle;
use waxwing_demo::browser::{Answer, Browser};

/// An address of this machine that nobody else in the drill uses. All of 127/8 is this machine (RFC 6890).
pub const fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 66, 6, last))
}

/// A program with a key that is not its own.
pub fn program(server: SocketAddr, from: IpAddr, key: &str) -> anyhow::Result<Browser> {
    Ok(Browser::new(server)?.from(from).with_key(key))
}

/// Reads everybody by the API, page by page; gives the addresses.
pub async fn read_everybody(thief: &mut Browser) -> anyhow::Result<BTreeSet<String>> {
    let (mut loot, mut path) = (BTreeSet::new(), "/api/v1/subscribers?limit=200".to_owned());
    loop {
        let page = thief.api(Method::GET, &path, None).await?;
        ensure!(page.status.is_success(), "a key that works was refused: {} {}", page.status, page.body);
        let page = page.json();
        loot.extend(addresses(&page));
        let Some(next) = page["next"].as_str() else { return Ok(loot) };
        path = format!("/api/v1/subscribers?limit=200&after={next}");
    }
}

/// The addresses on a page of people.
fn addresses(page: &serde_json::Value) -> impl Iterator<Item = String> {
    page["items"].as_array().into_iter().flatten().filter_map(|person| person["email"].as_str().map(str::to_owned))
}

/// The addresses in a file that was exported: every line but the first, up to its first comma.
pub fn addresses_of_csv(text: &str) -> BTreeSet<String> {
    let lines = text.lines().skip(1).filter_map(|line| line.split(',').next());
    lines.filter(|cell| cell.contains('@')).map(str::to_owned).collect()
}

/// Somebody who asks for the same again and again until stopped, and remembers when they last were answered.
pub struct Hammer {
    stop: Arc<AtomicBool>,
    asking: JoinHandle<anyhow::Result<Option<Instant>>>,
}

impl Hammer {
    /// Begins to ask for `path`.
    pub fn start(mut thief: Browser, path: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let asking = tokio::spawn(async move {
            let mut last = None;
            while !stopped.load(Ordering::Relaxed) {
                if is_honoured(&thief.get(path).await?) {
                    last = Some(Instant::now());
                }
            }
            Ok(last)
        });
        Self { stop, asking }
    }

    /// Stops; gives when the last answer was given that held anything.
    pub async fn end(self) -> anyhow::Result<Option<Instant>> {
        self.stop.store(true, Ordering::Relaxed);
        self.asking.await?
    }
}

/// Whether an answer gave what was asked for. A redirect leads to the sign-in page.
pub fn is_honoured(answer: &Answer) -> bool {
    answer.status == StatusCode::OK
}
