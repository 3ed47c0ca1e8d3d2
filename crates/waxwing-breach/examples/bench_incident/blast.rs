//! Who was touched: a log of a million entries about ten million people, on both engines with durable commits.
//!
//! The entries are made by the product's own way of recording reads, numbered and signed; then the
//! question is answered for one key among a hundred and for everything on the record. Beside it
//! stands what the machine cannot beat: reading the stored bytes of the log once, and hashing them.
//! Measured is the whole answer, with lists and countries as they stand, and its freezing. Limit: people's rows are made in
//! bulk and hold no ciphertexts; nothing is opened when people are counted.

use crate::{Outcome, store};
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;
use waxwing_app::lists::{self, NewList};
use waxwing_app::{App, AppConfig, fields};
use waxwing_breach::blast::{Question, Suspect, ask, freeze};
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
/// People whose rows are made in one transaction.
const ROWS: u64 = 50_000;
/// What was asked for: seconds for an answer or its freezing, and MiB at most.
const SECONDS: f64 = 10.0;
const MEMORY: u64 = 1_024;

struct House {
    app: App,
    workspace: WorkspaceId,
    _dir: TempDir,
}

impl House {
    /// A fresh one, in the PostgreSQL database at this address or in one file.
    async fn open(postgres: Option<&str>) -> Outcome<Self> {
        let target = std::env::current_dir()?.join("target");
        std::fs::create_dir_all(&target)?;
        // On the disk of the workspace: the system's own directory may lie in memory.
        let dir = TempDir::new_in(target)?;
        let data = dir.path().join("data");
        std::fs::create_dir(&data)?;
        let keys = KeyStore::create(KeyFiles::beside(&data), None, &SystemClock, Arc::new(SystemRng))?;
        let database = DatabaseUrl::parse(postgres, &data)?;
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

/// Everybody there is: their country, and two lists.
async fn settle(house: &House, people: u64) -> Outcome<()> {
    let (app, ctx, now) = (&house.app, house.app.host(), SystemClock.now());
    let mut tx = app.begin(&ctx, "bench.settle").await?;
    fields::install(app, &mut tx, &ctx).await?;
    fields::install_country(app, &mut tx, &ctx).await?;
    let letters = lists::create(app, &mut tx, &ctx, NewList::named("Letters")).await?.id;
    let offers = lists::create(app, &mut tx, &ctx, NewList::named("Offers")).await?.id;
    tx.commit().await?;
    for first in (1..=people).step_by(ROWS as usize) {
        let numbers = first..(first + ROWS).min(people + 1);
        let mut tx = app.store().begin(house.workspace, "bench.people").await?;
        store::people(&mut tx, numbers.clone(), now).await?;
        store::members(&mut tx, [letters, offers], numbers, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Seconds for the whole answer, and for freezing it.
async fn answer(house: &House, suspect: Suspect) -> Outcome<(f64, f64)> {
    let (ctx, now) = (house.app.host(), SystemClock.now());
    let question = Question::new(suspect, now.plus(-Micros::DAY), now.plus(Micros::HOUR))?;
    let begun = Instant::now();
    let answer = ask(&house.app, &ctx, &question).await?;
    let asked = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let mut tx = house.app.begin(&ctx, "bench.freeze").await?;
    freeze(&house.app, &mut tx, &ctx, &answer).await?;
    tx.commit().await?;
    let (people, radius) = (answer.summary.people, &answer.radius);
    println!("  {} people confirmed by {} entries of {}", people.confirmed, radius.entries, radius.size);
    println!("  {} lists, {} countries", answer.summary.lists.len(), answer.summary.countries.len());
    Ok((asked, begun.elapsed().as_secs_f64()))
}

/// The most memory this process ever had, in MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

/// Prints the figures; says whether all were met.
pub async fn measure(entries: u64, people: u64) -> Outcome<bool> {
    let mut met = measure_on("embedded database", None, entries, people).await?;
    match waxwing_testkit::store::fresh_postgres().await {
        Some(url) => met &= measure_on("PostgreSQL", Some(&url), entries, people).await?,
        None => println!("who was touched, PostgreSQL: not measured, for there is none"),
    }
    let most = memory();
    println!("memory: {most} MiB at most ({}, asked for: {MEMORY})", verdict(most <= MEMORY));
    Ok(met && most <= MEMORY)
}

async fn measure_on(engine: &str, postgres: Option<&str>, entries: u64, people: u64) -> Outcome<bool> {
    let house = House::open(postgres).await?;
    let begun = Instant::now();
    settle(&house, people).await?;
    fill(&house, entries, people).await?;
    println!(
        "who was touched, {engine}: {people} people and {entries} entries made in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    let least = limit(&house, entries).await?;
    let mut met = true;
    for (words, suspect) in [("one key of 100", Suspect::Key(ApiKeyId::from_i64(1))), ("everything", Suspect::Anyone)] {
        let (asked, frozen) = answer(&house, suspect).await?;
        let good = asked <= SECONDS && frozen <= SECONDS;
        println!(
            "{words}: answered in {asked:.2} s, frozen in {frozen:.2} s ({}, asked for: {SECONDS} s each); \
             {:.1} times reading and hashing the log",
            verdict(good),
            asked / least
        );
        met &= good;
    }
    house.app.store().close().await;
    Ok(met)
}

const fn verdict(good: bool) -> &'static str {
    if good { "met" } else { "missed" }
}
