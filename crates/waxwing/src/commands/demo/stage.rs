//! The stage: an installation in a temporary directory, a capture server as its relay, sample people.

use crate::commands::{mail, people, serve};
use crate::config::{Config, Layers};
use crate::founding::{self, Founder};
use crate::house;
use crate::output::Output;
use crate::work::Work;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use waxwing_app::campaigns::{self, Edit};
use waxwing_app::templates::{self, ContentInput};
use waxwing_app::{App, domains, importing, lists, sending, settings};
use waxwing_demo::capture::{CaptureOptions, CaptureServer};
use waxwing_demo::pages::{PageServer, Stand};
use waxwing_demo::sample;
use waxwing_domain::{Ctx, EmailAddress};
use waxwing_http::{Server, ServerLimits};

/// Seconds until a deferred message is tried again; the demo's providers relent at once.
const FIRST_RETRY: &str = "2";
/// Any free port of this machine.
const ANY: ([u8; 4], u16) = ([127, 0, 0, 1], 0);
/// Who owns the demo.
pub const OWNER: &str = "owner@larkfield.example";

/// Everything that runs.
pub struct Stage {
    /// The application.
    pub app: App,
    /// The owner's link.
    pub link: String,
    /// What plays the mailbox providers.
    pub capture: CaptureServer,
    /// The pages of what was caught.
    pub pages: PageServer,
    config: Config,
    server: Server,
    place: TempDir,
}

impl Stage {
    /// Sets the stage at `listen`, or at any free port when that is taken or not given.
    pub async fn set(listen: Option<SocketAddr>) -> anyhow::Result<Self> {
        let place = tempfile::Builder::new().prefix("waxwing-demo-").tempdir()?;
        let server = bind(listen).await?;
        let address = server.address()?;
        let config = Config { listen: address, ..Config::of(&place.path().join("data"), &Layers::default())? };
        let capture = CaptureServer::start(SocketAddr::from(ANY), CaptureOptions::default()).await?;
        let pages = PageServer::start(SocketAddr::from(ANY), capture.captured().clone(), stand()).await?;
        let founder = Founder {
            owner: EmailAddress::parse(OWNER)?,
            sender: Some((sample::ORGANISATION.into(), sample::POSTAL.into())),
        };
        let (app, link) = founding::found(&config, founder, address).await?;
        furnish(&app, capture.address()).await?;
        Ok(Self { app, link, capture, pages, config, server, place })
    }

    /// Where the interface listens.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.server.address()?)
    }

    /// A context that says why.
    pub fn ctx(&self) -> Ctx {
        self.app.host().with_purpose("waxwing demo")
    }

    /// The sample people, brought in by the importer; gives how many.
    pub async fn invite_people(&mut self, output: Output) -> anyhow::Result<i64> {
        self.invite(usize::try_from(sample::DEMO_PEOPLE)?, output).await
    }

    /// The first so many of the sample people.
    pub async fn invite(&mut self, count: usize, output: Output) -> anyhow::Result<i64> {
        let file = self.place.path().join("people.csv");
        std::fs::write(&file, csv_of(count)?)?;
        let ctx = self.ctx();
        let id = importing::start_from_file(&self.app, &ctx, &file, sample::LIST, sample::CONSENT, false).await?;
        std::fs::remove_file(&file)?;
        let work = Work::start(&self.app);
        let report = people::watch(&self.app, &ctx, id, output).await;
        work.stop().await;
        Ok(report?.counts.new)
    }

    /// A template, and a letter that waits in the drafts.
    pub async fn draft_campaign(&self) -> anyhow::Result<()> {
        let ctx = self.ctx();
        let mut tx = self.app.begin(&ctx, "demo.draft").await?;
        let starter = templates::beginning(&mut tx, &ctx, "starter:newsletter").await?;
        templates::create(&self.app, &mut tx, &ctx, "Newsletter", &starter).await?;
        let letter = ContentInput {
            format: "markdown".into(),
            body: sample::CAMPAIGN_MARKDOWN.into(),
            ..ContentInput::default()
        };
        let id = campaigns::create(&self.app, &mut tx, &ctx, "The autumn letter", letter.parse()?).await?;
        let list = lists::by_name(&mut tx, sample::LIST).await?.context("the sample list")?;
        let from = campaigns::From {
            name: sample::ORGANISATION.into(),
            address: sample::SENDER_ADDRESS.into(),
            reply_to: String::new(),
        };
        let edits = vec![
            Edit::Audience { lists: vec![list.id], reason: String::new() },
            Edit::Sender(from),
            Edit::Subject { subject: sample::CAMPAIGN_SUBJECT.into(), preheader: sample::CAMPAIGN_PREHEADER.into() },
        ];
        campaigns::edit(&self.app, &mut tx, &ctx, id, edits).await?;
        Ok(tx.commit().await?)
    }

    /// Serves and works until `ended` is ready, then clears everything away.
    pub async fn play(self, ended: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
        let mail = house::mail(&self.config, &self.app).await?;
        serve::serve(&self.config, (self.server, mail), &self.app, ended).await?;
        house::close(&self.app).await?;
        self.capture.stop().await;
        self.place.close()?;
        Ok(())
    }
}

/// The drills, each run by this very program as a process of its own.
fn stand() -> Stand {
    Stand::new(std::sync::Arc::new(|name: &'static str| {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let ran = Command::new(program).args(["drill", name, "--json"]).stdin(Stdio::null()).output();
        let ran = ran.map_err(|error| error.to_string())?;
        if ran.status.success() {
            return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
        }
        let told = String::from_utf8_lossy(&ran.stderr);
        Err(told.lines().rfind(|line| !line.is_empty()).unwrap_or("It said nothing.").to_owned())
    }))
}

/// The sample people as a file.
pub fn people_csv() -> anyhow::Result<Vec<u8>> {
    csv_of(usize::try_from(sample::DEMO_PEOPLE)?)
}

fn csv_of(count: usize) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    sample::write_csv(sample::People::new(sample::DEMO_SEED).take(count), &mut text)?;
    Ok(text)
}

async fn bind(listen: Option<SocketAddr>) -> anyhow::Result<Server> {
    if let Some(wanted) = listen {
        anyhow::ensure!(wanted.ip().is_loopback(), "the demo listens on this machine only; use 127.0.0.1");
        if let Ok(server) = Server::bind(wanted, ServerLimits::default()).await {
            return Ok(server);
        }
    }
    Server::bind(SocketAddr::from(ANY), ServerLimits::default()).await.context("no port is free")
}

/// Relay, domain and settings.
async fn furnish(app: &App, relay: SocketAddr) -> anyhow::Result<()> {
    let ctx = app.host().with_purpose("waxwing demo");
    mail::add_relay(app, &ctx, "Played providers", &format!("smtp://{relay}?tls=none")).await?;
    domains::add(app, &ctx, sample::SENDER_DOMAIN).await?;
    let mut tx = app.begin(&ctx, "demo.furnish").await?;
    let mut workspace = settings::load(&mut tx).await?;
    workspace.system_from = Some(EmailAddress::parse(sample::SENDER_ADDRESS)?);
    settings::save(app, &mut tx, &ctx, &workspace).await?;
    settings::set_value(&mut tx, &ctx, sending::FIRST_RETRY, FIRST_RETRY).await?;
    Ok(tx.commit().await?)
}
