//! Who was touched: a log of a million entries about ten million people, on SQLite with durable commits.
//!
//! The entries are made by the product's own way of recording reads, numbered and signed; then the
//! question is answered for one key among a hundred and for everything on the record. Beside it
//! stands what the machine cannot beat: reading the stored bytes of the log once, and hashing them.
//! Limit: there are no rows of subscribers, so lists and countries are not counted here.

use crate::Outcome;
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;
use waxwing_app::{App, AppConfig};
use waxwing_breach::blast::{Question, Radius, Suspect, reckon};
use waxwing_crypto::merkle::leaf_hash;
use waxwing_domain::{
    Actor, ApiKeyId, Clock as _, Ctx, FieldId, Micros, Operation, SystemClock, SystemRng, WorkspaceId,
};
use waxwing_store::{
    DatabaseUrl, Entry, KeyFiles, KeyStore, RoaringBitmap, Sequencer, Store, StoreError, StoreOptions, record_leaves,
};

/// Tasks that record at once.
const WRITERS: u64 = 512;
/// Keys that read.
const KEYS: u64 = 100;
/// People an entry names: a page of them.
const PAGE: u64 = 100;

struct House {
    app: App,
    workspace: WorkspaceId,
    _dir: TempDir,
}

impl House {
    async fn open() -> Outcome<Self> {
        let target = std::env::current_dir()?.join("target");
        std::fs::create_dir_all(&target)?;
        // On the disk of the workspace: the system's own directory may lie in memory.
        let dir = TempDir::new_in(target)?;
        let data = dir.path().join("data");
        std::fs::create_dir(&data)?;
        let keys = KeyStore::create(KeyFiles::beside(&data), None, &SystemClock, Arc::new(SystemRng))?;
        let database = DatabaseUrl::Sqlite(data.join("waxwing.db"));
        let options = StoreOptions { database, keys, clock: Arc::new(SystemClock), rng: Arc::new(SystemRng) };
        let store = Store::open(options).await?;
        let workspace = store.create_workspace("Bench").await?;
        let url = "http://127.0.0.1:8080".to_owned();
        let config = AppConfig { data, public_url: url.clone(), content_url: url, dns: None, ehlo: "bench".into() };
        Ok(Self { app: App::new(store, config, workspace), workspace, _dir: dir })
    }
}

/// The numbered page of people, over and over.
fn page(number: u64, people: u64) -> RoaringBitmap {
    let pages = people.div_ceil(PAGE).max(1);
    let first = (number % pages) * PAGE + 1;
    (first..(first + PAGE).min(people + 1)).map(|person| person as u32).collect()
}

async fn fill(house: &House, entries: u64, people: u64) -> Outcome<()> {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let sequencer = tokio::spawn(Sequencer::new(house.app.store().clone()).run(stopped));
    let writers = (0..WRITERS).map(|writer| {
        let (store, host) = (house.app.store().clone(), house.app.host());
        tokio::spawn(async move {
            for number in (writer..entries).step_by(WRITERS as usize) {
                let key = Actor::ApiKey(ApiKeyId::from_i64((number % KEYS + 1).cast_signed()));
                let ctx = Ctx { actor: key, origin: key, address: Some([192, 0, 2, 7].into()), ..host.clone() };
                let fields: &[FieldId] = match number % 3 {
                    0 => &[FieldId::EMAIL],
                    1 => &[FieldId::EMAIL, FieldId::FIRST_NAME],
                    _ => &[FieldId::EMAIL, FieldId::PHONE, FieldId::FIRST_NAME, FieldId::LAST_NAME],
                };
                let entry = Entry::new(Operation::Read, "bench.page").to("api").part(fields, page(number, people));
                store.disclose(&ctx, entry).await?;
            }
            Ok::<(), StoreError>(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await??;
    }
    stop.send_replace(true);
    Ok(sequencer.await?)
}

/// Seconds for the log's own bytes: each read from the database and hashed, and nothing else.
async fn limit(house: &House, entries: u64) -> Outcome<f64> {
    let begun = Instant::now();
    let mut tx = house.app.store().read(house.workspace, "bench").await?;
    let mut sum = 0u64;
    for first in (0..entries).step_by(4_096) {
        for leaf in record_leaves(&mut tx, first, 4_096).await? {
            sum = sum.wrapping_add(u64::from(leaf_hash(&leaf.bytes)[0]));
        }
    }
    std::hint::black_box(sum);
    Ok(begun.elapsed().as_secs_f64())
}

async fn answer(house: &House, suspect: Suspect) -> Outcome<(f64, Radius)> {
    let (ctx, now) = (house.app.host(), SystemClock.now());
    let question = Question::new(suspect, now.plus(-Micros::DAY), now.plus(Micros::HOUR))?;
    let begun = Instant::now();
    let radius = reckon(&house.app, &ctx, &question).await?;
    let people = radius.confirmed().len();
    let seconds = begun.elapsed().as_secs_f64();
    println!("  {people} people confirmed by {} entries of {}", radius.entries, radius.size);
    Ok((seconds, radius))
}

/// The most memory this process ever had, in MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

/// Prints the figures.
pub async fn measure(entries: u64, people: u64) -> Outcome<()> {
    let house = House::open().await?;
    let begun = Instant::now();
    fill(&house, entries, people).await?;
    println!("who was touched: {entries} entries recorded and signed in {:.0} s", begun.elapsed().as_secs_f64());
    let least = limit(&house, entries).await?;
    for (words, suspect) in [("one key of 100", Suspect::Key(ApiKeyId::from_i64(1))), ("everything", Suspect::Anyone)] {
        let (seconds, _) = answer(&house, suspect).await?;
        println!("{words}: {seconds:.2} s (asked for: 10 s); {:.1} times reading and hashing the log", seconds / least);
    }
    println!("memory: {} MiB at most (asked for: 1,024)", memory());
    house.app.store().close().await;
    Ok(())
}
