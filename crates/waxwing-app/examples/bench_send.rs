//! How fast the product sends, against the limit of this machine measured in the same run:
//! `cargo xtask bench send [--messages N] [--connections C] [--postgres]`.
//!
//! L = cores ÷ (CPU seconds a message of both signatures, plus what `smtp-source -d` costs, plus
//! the sink's own). CPU is read from `/proc`, in steps of 10 ms, so each part runs for seconds.
//! Then the product path: ledger on disk, personalised HTML and text of 5 KB, both signatures,
//! SMTP over loopback to `smtp-sink`, durable outcomes. Last, what the access record cost of it.
#![expect(clippy::print_stdout, reason = "this program exists to print")]

mod shared;

use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use waxwing_app::sending::{self, Facts, FrozenRevision, NewSource, Sender, SourceState, Tuning};
use waxwing_app::{App, AppConfig, consent, domains, fields, lists, relays, subscribers};
use waxwing_domain::{Ctx, EmailAddress, ListId, SourceId, SystemClock, SystemRng};
use waxwing_message::{ContentFormat, RevisionSource};
use waxwing_store::{DatabaseUrl, KeyFiles, KeyStore, Runner, Store, StoreOptions};

/// Ticks of `/proc/PID/stat` in a second; fixed on Linux for every architecture we run on.
const TICKS: f64 = 100.0;
const SINK: &str = "/usr/sbin/smtp-sink";
const SOURCE: &str = "/usr/sbin/smtp-source";

struct Options {
    messages: usize,
    connections: i64,
    postgres: bool,
}

fn options() -> Result<Options> {
    let mut options = Options { messages: 20_000, connections: 32, postgres: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|n| n.parse().ok()).with_context(|| format!("{word} needs a number"));
        match word.as_str() {
            "--messages" => options.messages = number()?,
            "--connections" => options.connections = i64::try_from(number()?)?,
            "--postgres" => options.postgres = true,
            other => bail!("unknown option {other}; there are --messages N, --connections C, --postgres"),
        }
    }
    Ok(options)
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = options()?;
    ensure!(Path::new(SINK).exists() && Path::new(SOURCE).exists(), "install postfix: {SINK} and {SOURCE} are needed");
    let limit = Limit::measure()?;
    limit.print();
    let run = product(&options).await?;
    let rate = options.messages as f64 / run.seconds;
    println!(
        "product: {} messages of {:.1} KB in {:.2} s over {} connections",
        options.messages, run.kilobytes, run.seconds, options.connections
    );
    println!(
        "product CPU: {:.0} us a message, sink {:.0} us",
        run.cpu / options.messages as f64 * 1e6,
        run.sink / options.messages as f64 * 1e6
    );
    println!(
        "access record: {} entries, at most {:.2} % of the product's CPU (asked for: under 5 %)",
        run.record.entries,
        run.record.cpu / run.cpu * 100.0
    );
    println!("peak memory while sending: {} MB", run.peak_kb / 1024);
    println!("rate: {rate:.0} msg/s = {:.0} % of L ({:.0} msg/s)", rate / limit.rate() * 100.0, limit.rate());
    Ok(())
}

/// CPU seconds a message of each part that no sender can do without.
struct Limit {
    cores: f64,
    signatures: f64,
    source: f64,
    sink: f64,
}

impl Limit {
    fn measure() -> Result<Self> {
        let cores = std::thread::available_parallelism()?.get() as f64;
        let signatures = signatures()?;
        let (source, sink) = instruments()?;
        Ok(Self { cores, signatures, source, sink })
    }
    fn rate(&self) -> f64 {
        self.cores / (self.signatures + self.source + self.sink)
    }
    fn print(&self) {
        let us = |seconds: f64| seconds * 1e6;
        println!("both signatures (aws-lc-rs): {:.0} us CPU a message", us(self.signatures));
        println!("smtp-source -d: {:.0} us, smtp-sink: {:.0} us", us(self.source), us(self.sink));
        println!("L = {} cores / sum = {:.0} msg/s", self.cores, self.rate());
    }
}

/// CPU seconds of an RSA-2048 and an Ed25519 signature over 1 KB, for two seconds.
fn signatures() -> Result<f64> {
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow::anyhow!("an RSA key"))?;
    let ed = Ed25519KeyPair::generate().map_err(|_| anyhow::anyhow!("an Ed25519 key"))?;
    let (data, rng, mut out) = ([7u8; 1_024], SystemRandom::new(), vec![0; rsa.public_modulus_len()]);
    let (begun, cpu, mut count) = (Instant::now(), own_cpu()?.0, 0u32);
    while begun.elapsed() < Duration::from_secs(2) {
        for _ in 0..50 {
            rsa.sign(&RSA_PKCS1_SHA256, &rng, &data, &mut out).map_err(|_| anyhow::anyhow!("a signature"))?;
            ed.try_sign(&data[..32]).map_err(|_| anyhow::anyhow!("a signature"))?;
            count += 1;
        }
    }
    Ok((own_cpu()?.0 - cpu) / f64::from(count))
}

/// CPU seconds a message of `smtp-source -d` and of the sink it sends to.
fn instruments() -> Result<(f64, f64)> {
    const MESSAGES: u32 = 40_000;
    let sink = Sink::start()?;
    let before = (own_cpu()?.1, sink.cpu()?);
    let count = MESSAGES.to_string();
    let to = format!("127.0.0.1:{}", sink.port);
    let args = ["-d", "-s", "16", "-l", "5200", "-m", &count, "-f", "a@example.org", "-t", "b@example.org", &to];
    ensure!(Command::new(SOURCE).args(args).status()?.success(), "smtp-source failed");
    let messages = f64::from(MESSAGES);
    Ok(((own_cpu()?.1 - before.0) / messages, (sink.cpu()? - before.1) / messages))
}

/// A running smtp-sink; ended when dropped.
struct Sink {
    child: Child,
    port: u16,
}

impl Sink {
    fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(SINK);
        // A process of root must say as whom it runs.
        if std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0) {
            command.args(["-u", "nobody"]);
        }
        let child = command.args([&format!("127.0.0.1:{port}"), "1024"]).stdout(Stdio::null()).spawn()?;
        let sink = Self { child, port };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(sink);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("smtp-sink does not listen")
    }
    fn cpu(&self) -> Result<f64> {
        Ok(cpu_of(&self.child.id().to_string())?.0)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU seconds of this process, and of its children that ended.
fn own_cpu() -> Result<(f64, f64)> {
    cpu_of("self")
}

fn cpu_of(process: &str) -> Result<(f64, f64)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after_name = text.rsplit_once(") ").context("a line of /proc/PID/stat")?.1;
    let ticks: Vec<f64> = after_name.split(' ').skip(11).take(4).filter_map(|n| n.parse().ok()).collect();
    let [user, system, children_user, children_system] = ticks[..] else { bail!("times in /proc/PID/stat") };
    Ok(((user + system) / TICKS, (children_user + children_system) / TICKS))
}

fn peak_kb() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:")).context("VmHWM")?;
    Ok(line.split_whitespace().nth(1).context("a number")?.parse()?)
}

struct Measured {
    seconds: f64,
    cpu: f64,
    sink: f64,
    kilobytes: f64,
    peak_kb: u64,
    record: shared::Cost,
}

async fn product(options: &Options) -> Result<Measured> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    std::fs::create_dir(&data)?;
    let sink = Sink::start()?;
    let (app, ctx) = workspace(&data, options).await?;
    domains::add(&app, &ctx, "example.org").await?;
    let mut tx = app.begin(&ctx, "bench").await?;
    let new = relays::NewRelay {
        name: "sink".into(),
        url: format!("smtp://127.0.0.1:{}?tls=none", sink.port),
        connections: Some(options.connections),
    };
    relays::add(&app, &mut tx, &ctx, new).await?;
    tx.commit().await?;
    let list = people(&app, &ctx, options.messages).await?;
    let id = open(&app, &ctx, list).await?;
    // Forget the peak of the preparations: the bench is about sending.
    std::fs::write("/proc/self/clear_refs", "5").context("resetting the peak of memory")?;
    let known = shared::size(app.store(), &ctx).await.map_err(anyhow::Error::from_boxed)?;
    let before = (own_cpu()?.0, sink.cpu()?, Instant::now());
    send(&app, &ctx, id).await?;
    let (seconds, cpu, sink) = (before.2.elapsed().as_secs_f64(), own_cpu()?.0 - before.0, sink.cpu()? - before.1);
    let peak_kb = peak_kb()?;
    let used = || own_cpu().map(|(own, _)| own);
    let record = shared::cost(app.store(), &ctx, known, used).await.map_err(anyhow::Error::from_boxed)?;
    Ok(Measured { seconds, cpu, sink, kilobytes: size_of_letter(), peak_kb, record })
}

async fn workspace(data: &Path, options: &Options) -> Result<(App, Ctx)> {
    let url = if options.postgres { waxwing_testkit::store::fresh_postgres().await } else { None };
    ensure!(url.is_some() || !options.postgres, "no PostgreSQL to measure on");
    let database = DatabaseUrl::parse(url.as_deref(), data)?;
    let keys = KeyStore::create(KeyFiles::beside(data), None, &SystemClock, Arc::new(SystemRng))?;
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
    let store = Store::open(StoreOptions { database, keys, clock, rng }).await?;
    let workspace = store.create_workspace("Bench").await?;
    let config = AppConfig {
        data: data.to_owned(),
        public_url: "https://mail.example.org".into(),
        content_url: "https://mail.example.org".into(),
        dns: None,
        ehlo: "mail.example.org".into(),
    };
    let app = App::new(store, config, workspace);
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "bench").await?;
    fields::install(&app, &mut tx, &ctx).await?;
    tx.commit().await?;
    Ok((app, ctx))
}

async fn people(app: &App, ctx: &Ctx, count: usize) -> Result<ListId> {
    let mut tx = app.begin(ctx, "bench").await?;
    let list = lists::create(app, &mut tx, ctx, lists::NewList::named("Bench")).await?.id;
    let registry = fields::all(&mut tx).await?;
    let field = |key: &str| registry.iter().find(|f| f.key == key).cloned().context("a built-in field");
    let (first, last) = (field("first_name")?, field("last_name")?);
    let evidence = consent::NewConsent {
        kind: consent::ConsentKind::Import,
        statement: "made up".into(),
        list: Some(list),
        subject: None,
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::Value::Null,
    };
    let consent = consent::attest(app, &mut tx, ctx, evidence).await?;
    tx.commit().await?;
    for from in (0..count).step_by(2_000) {
        let person = |n: usize| -> Result<subscribers::NewPerson> {
            let email = EmailAddress::parse(&format!("person{n}@host{}.example", n % 97))?;
            let values = vec![(first.clone(), format!("First{n}")), (last.clone(), format!("Last{n}"))];
            Ok(subscribers::NewPerson { email, values })
        };
        let batch = (from..count.min(from + 2_000)).map(person).collect::<Result<Vec<_>>>()?;
        let mut tx = app.begin(ctx, "bench").await?;
        let placed = subscribers::add_many(app, &mut tx, ctx, &batch).await?;
        let joining = placed.iter().filter_map(|p| p.subject()).collect();
        lists::join_attested(app, &mut tx, ctx, list, joining, consent).await?;
        tx.commit().await?;
    }
    Ok(list)
}

/// Kilobytes of HTML and text, before encoding and headers.
fn size_of_letter() -> f64 {
    let content = letter().content;
    (content.body.len() + content.text.map_or(0, |text| text.len())) as f64 / 1024.0
}

/// HTML and text of together 5 KB.
fn letter() -> FrozenRevision {
    let paragraph = "<p style=\"margin:0 0 1em\">Hello {{ subscriber.first_name|default('friend') }}, the bees are back in town and so are we.</p>\n";
    let text =
        "Hello {{ subscriber.first_name }} {{ subscriber.last_name }}, the bees are back in town and so are we.\n";
    let body = format!("{}<p><a href=\"{{{{ unsubscribe_url }}}}\">Unsubscribe</a></p>", paragraph.repeat(28));
    let text = format!("{}{{{{ unsubscribe_url }}}}\n", text.repeat(16));
    let content = RevisionSource {
        format: ContentFormat::Html,
        subject: "News of the bees for {{ subscriber.first_name }}".into(),
        preheader: String::new(),
        body,
        wrapper: None,
        text: Some(text),
    };
    FrozenRevision { content, facts: Facts::default() }
}

async fn open(app: &App, ctx: &Ctx, list: ListId) -> Result<SourceId> {
    let new = NewSource {
        kind: "campaign",
        reference: 1,
        revision: letter(),
        sender: Sender::parse("Bench", "news@example.org", None)?,
        lists: vec![list],
    };
    let mut tx = app.begin(ctx, "bench").await?;
    let id = sending::open_source(app, &mut tx, ctx, new).await?;
    tx.commit().await?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let runner = tokio::spawn(Runner::new(app.store().clone(), waxwing_app::jobs(app)).run(stopped));
    let begun = Instant::now();
    while !sending::counts(&mut app.read(ctx, "bench").await?, id).await?.filled {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("the audience was frozen in {:.2} s", begun.elapsed().as_secs_f64());
    stop.send(true)?;
    runner.await?;
    Ok(id)
}

async fn send(app: &App, ctx: &Ctx, id: SourceId) -> Result<()> {
    let mut tx = app.begin(ctx, "bench").await?;
    sending::start(app, &mut tx, ctx, id).await?;
    tx.commit().await?;
    let stop = CancellationToken::new();
    let (lane, token) = (app.clone(), stop.clone());
    let lane = tokio::spawn(async move { sending::run_lane(&lane, lane.workspace(), Tuning::default(), token).await });
    loop {
        let mut tx = app.read(ctx, "bench").await?;
        let source = sending::by_id(&mut tx, ctx, id).await?;
        match source.state {
            SourceState::Done => break,
            SourceState::Running => {}
            _ => bail!("it was held: {}", source.hold_reason.unwrap_or_default()),
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    lane.await??;
    let counts = sending::counts(&mut app.read(ctx, "bench").await?, id).await?;
    ensure!(counts.accepted == counts.audience, "not everybody was accepted: {counts:?}");
    Ok(())
}
