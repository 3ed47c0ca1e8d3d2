//! How fast people come in from a file: `cargo xtask bench import [ROWS]`.
//!
//! Measures the product path (read, decode, parse, check, tags, do-not-mail list, sealing, record,
//! list, place in the file; durable commits) on both engines, against the limit taken in the same
//! run: the same rows, made in memory and unsealed, through the engine's bulk path into the same
//! four tables in transactions of the same size. The limit reads no file and checks nothing. Last, what the
//! access record cost of it.
#![expect(clippy::print_stdout, reason = "the figures are what a person waits for")]

mod shared;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;
use waxwing_app::importing::{self, State};
use waxwing_app::{App, AppConfig, fields};
use waxwing_domain::{Ctx, SystemClock, SystemRng};
use waxwing_store::{
    DatabaseUrl, Engine, JobRegistry, KeyFiles, KeyStore, Runner, Store, StoreOptions, Value, args, bulk, statement,
};

/// Rows a transaction, as the product has them.
const BATCH: usize = 8_192;

bulk! { INDEX, into "blind_index" (kind: Text, version: Int, tag: Blob, subject: Int), "ON CONFLICT DO NOTHING" }
bulk! { PEOPLE, into "subscribers" (subject: Int, generation: Int, sealed: Blob, plain: Text, email_tag: Blob,
suppress_tag: Blob, domain_hash: Int, created_at: Int, updated_at: Int), "" }
bulk! { KEYS, into "subject_keys" (subject: Int, generation: Int, epoch: Int, wrapped: Blob), "" }
bulk! { MEMBERS, into "list_members" (list_id: Int, subject: Int, state: Text, consent_id: Int, at: Int), "" }
statement! { COUNT, "SELECT COUNT(*) FROM list_members WHERE workspace_id = $1" }

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

struct House {
    app: App,
    ctx: Ctx,
    _dir: TempDir,
}

/// A directory on the disk of the workspace: the system's own may lie in memory.
fn on_disk() -> Outcome<TempDir> {
    let target = std::env::current_dir()?.join("target");
    std::fs::create_dir_all(&target)?;
    Ok(TempDir::new_in(target)?)
}

impl House {
    async fn open(engine: Engine) -> Outcome<Self> {
        let dir = on_disk()?;
        let data = dir.path().join("data");
        std::fs::create_dir(&data)?;
        let database = match engine {
            Engine::Sqlite => DatabaseUrl::Sqlite(data.join("waxwing.db")),
            Engine::Postgres => {
                DatabaseUrl::Postgres(waxwing_testkit::store::fresh_postgres().await.ok_or("no PostgreSQL")?)
            }
        };
        let keys = KeyStore::create(KeyFiles::beside(&data), None, &SystemClock, Arc::new(SystemRng))?;
        let store =
            Store::open(StoreOptions { database, keys, clock: Arc::new(SystemClock), rng: Arc::new(SystemRng) })
                .await?;
        let workspace = store.create_workspace("Bench").await?;
        let url = "http://127.0.0.1:8080".to_owned();
        let config = AppConfig { data, public_url: url.clone(), content_url: url, dns: None, ehlo: "localhost".into() };
        let app = App::new(store, config, workspace);
        let ctx = app.host();
        let mut tx = app.begin(&ctx, "bench").await?;
        fields::install(&app, &mut tx, &ctx).await?;
        tx.commit().await?;
        Ok(Self { app, ctx, _dir: dir })
    }
}

/// The limit: seconds for `rows` unsealed rows.
async fn limit(house: &House, rows: usize) -> Outcome<f64> {
    let begun = Instant::now();
    for first in (1..=rows).step_by(BATCH) {
        let numbers = first..(first + BATCH).min(rows + 1);
        let [people, keys, index, members] = plain(numbers);
        let mut tx = house.app.begin(&house.ctx, "bench").await?;
        tx.bulk(&INDEX, index).await?;
        tx.bulk(&PEOPLE, people).await?;
        tx.bulk(&KEYS, keys).await?;
        tx.bulk(&MEMBERS, members).await?;
        tx.commit().await?;
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Rows of the four tables for these people, in clear.
fn plain(numbers: std::ops::Range<usize>) -> [Vec<Vec<Value>>; 4] {
    let mut tables: [Vec<Vec<Value>>; 4] = Default::default();
    for number in numbers {
        let subject = number as i64;
        let text = person(number);
        // Spread like a keyed tag, but cheap.
        let spread = (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes();
        tables[0].push(args![subject, 1_i64, text.into_bytes(), "{}", spread, spread, subject, 0_i64, 0_i64]);
        tables[1].push(args![subject, 1_i64, 1_i64, [7_u8; 32]]);
        tables[2].push(args!["email", 1_i64, spread, subject]);
        tables[3].push(args![1_i64, subject, "confirmed", 1_i64, 0_i64]);
    }
    tables
}

/// A row of the file: about 60 bytes.
fn person(number: usize) -> String {
    format!("person.{number}@example{}.org,First{},Last{number}\n", number % 97, number % 1_009)
}

fn write_file(path: &Path, rows: usize) -> Outcome<u64> {
    let mut text = String::from("email,first_name,last_name\n");
    for number in 1..=rows {
        text.write_str(&person(number))?;
    }
    std::fs::write(path, &text)?;
    Ok(text.len() as u64)
}

/// The product: seconds to take the file in, and to write its people.
async fn product(house: &House, path: &Path, rows: usize) -> Outcome<(f64, f64)> {
    let begun = Instant::now();
    let id = importing::start_from_file(&house.app, &house.ctx, path, "Bench", "A benchmark’s made-up people", false)
        .await?;
    let taken = begun.elapsed().as_secs_f64();
    let mut tx = house.app.read(&house.ctx, "bench").await?;
    let job = importing::report(&mut tx, &house.ctx, id).await?.job.ok_or("no job")?;
    drop(tx);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let jobs: JobRegistry = waxwing_app::jobs(&house.app);
    let begun = Instant::now();
    let runner = tokio::spawn(Runner::new(house.app.store().clone(), jobs).run(stopped));
    Runner::follow(house.app.store(), house.ctx.workspace, job, |_| ()).await?;
    let written = begun.elapsed().as_secs_f64();
    stop.send_replace(true);
    runner.await?;
    let mut tx = house.app.read(&house.ctx, "bench").await?;
    let report = importing::report(&mut tx, &house.ctx, id).await?;
    let members = tx.one(&COUNT, args![], |r| r.int(0)).await?;
    if report.state != State::Done || report.counts.new != rows as i64 || members != rows as i64 {
        return Err(format!("the import ended as {:?} with {:?}", report.state, report.counts).into());
    }
    Ok((taken, written))
}

async fn measure(engine: Engine, path: &Path, rows: usize) -> Outcome<()> {
    let house = House::open(engine).await?;
    let limit = rows as f64 / limit(&house, rows).await?;
    house.app.store().close().await;
    let house = House::open(engine).await?;
    let known = shared::size(house.app.store(), &house.ctx).await?;
    let before = cpu()?;
    let (taken, written) = product(&house, path, rows).await?;
    let used = cpu()? - before;
    let record = shared::cost(house.app.store(), &house.ctx, known, cpu).await?;
    house.app.store().close().await;
    let (alone, whole) = (rows as f64 / written, rows as f64 / (taken + written));
    println!("{engine:?}: {alone:.0} rows/s sealed and indexed ({whole:.0} with taking the file in, {taken:.1} s)");
    let share = 100.0 * record.cpu / used;
    println!(
        "{engine:?}: access record: {} entries, at most {share:.2} % of the product's CPU (asked for: under 5 %)",
        record.entries
    );
    println!("{engine:?}: limit {limit:.0} rows/s unsealed; ratio {:.0} % (asked for: 50 %)", 100.0 * alone / limit);
    Ok(())
}

/// Seconds of processor time that this process has used.
fn cpu() -> Outcome<f64> {
    /// Ticks of `/proc/PID/stat` in a second; fixed on Linux for every architecture we run on.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = text.rsplit_once(") ").ok_or("a line of /proc/self/stat")?.1;
    let ticks = after_name.split(' ').skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
}

/// The largest memory this process ever held, in MB.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown");
    line.trim().to_owned()
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Outcome<()> {
    let rows: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let only = std::env::args().nth(2);
    let dir = on_disk()?;
    let path = dir.path().join("people.csv");
    let size = write_file(&path, rows)?;
    println!("import: {rows} rows, {size} bytes, {BATCH} rows a transaction, durable commits");
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if only.as_deref().is_none_or(|only| only.eq_ignore_ascii_case(&format!("{engine:?}"))) {
            measure(engine, &path, rows).await?;
        }
    }
    println!("peak memory of this process: {}", peak_memory());
    Ok(())
}
