//! The letterbox of a drill: a domain of made-up people, and the listener that takes its mail.

use super::scene::Scene;
use anyhow::{Context as _, ensure};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use waxwing_app::canaries::{self, HitKind, Locale, Told};
use waxwing_app::inbound::Inbox;
use waxwing_delivery::inbound::{InboundLimits, Listener};

/// A domain that nobody can reach outside of the drill (RFC 2606).
const DOMAIN: &str = "hollybrook-mail.example";

/// Where mail for made-up people arrives.
pub struct Letterbox {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Letterbox {
    /// Names the domain and opens the listener on this machine.
    pub async fn open(scene: &Scene) -> anyhow::Result<Self> {
        let ctx = scene.app.host().with_purpose("waxwing drill");
        let mut tx = scene.app.begin(&ctx, "drill.canaries").await?;
        canaries::add(&scene.app, &mut tx, &ctx, DOMAIN, Locale::En).await?;
        tx.commit().await?;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(any, "mx.example", None, InboundLimits::default()).await?;
        let (address, (stop, stopped)) = (listener.address()?, watch::channel(false));
        let running = tokio::spawn(listener.run(Inbox::new(scene.app.clone()), stopped));
        Ok(Self { address, stop, running })
    }

    /// Somebody who bought a list writes to an address of it.
    pub async fn write_to(&self, address: &str) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(self.address).await?;
        let words = format!(
            "EHLO bulk.example\r\nMAIL FROM:<deals@bulk.example>\r\nRCPT TO:<{address}>\r\nDATA\r\n\
             From: Deals <deals@bulk.example>\r\nSubject: Only today\r\n\r\nhttps://bulk.example/buy\r\n.\r\nQUIT\r\n"
        );
        stream.write_all(words.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        ensure!(answer.contains("250 2.0.0 Taken"), "the letter was not taken: {answer}");
        Ok(())
    }

    /// What was heard of the one export whose made-up person got mail.
    pub async fn heard(&self, scene: &Scene) -> anyhow::Result<Told> {
        let ctx = scene.app.host().with_purpose("waxwing drill");
        let mut tx = scene.app.read(&ctx, "drill.heard").await?;
        let hit = canaries::hit(&mut tx, &ctx).await?;
        ensure!(hit.len() == 1, "{} exports were heard of, not one", hit.len());
        drop(tx);
        let told = canaries::tell(&scene.app, &ctx, hit[0].id).await?;
        ensure!(told.hits.iter().any(|one| one.kind == HitKind::Mail), "no letter was written down");
        Ok(told)
    }

    /// Closes it.
    pub async fn close(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        self.running.await.context("the letterbox broke off")
    }
}

/// The addresses of a file that are nobody's.
pub fn made_up(file: &BTreeSet<String>) -> Vec<&String> {
    file.iter().filter(|address| address.ends_with(DOMAIN)).collect()
}
