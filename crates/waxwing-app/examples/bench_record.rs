//! How fast the access record is: `cargo xtask bench record [ENTRIES] [LARGE]`.
//!
//! Three figures on SQLite, with durable commits: pure reads that are recorded through the product
//! path (a disclosure each, from many tasks, sharing commits) while the sequencer numbers and signs;
//! the check of the record's files without the database; the proof of one entry of a large log,
//! whose rows are written directly, since only the proving is measured there.
#![expect(clippy::print_stdout, reason = "the figures are what a person waits for")]

use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use waxwing_crypto::merkle::{Frontier, leaf_hash};
use waxwing_domain::{Ctx, FieldId, Operation, SubjectNo, SystemClock, SystemRng, WorkspaceId};
use waxwing_store::{
    DatabaseUrl, Entry, KeyFiles, KeyStore, RecordCheck, Sequencer, Store, StoreOptions, args, bulk, export_record,
    record_checkpoint, record_key, record_proof, statement, subjects, verify_record,
};

/// Readers at once, as many requests would be.
const READERS: usize = 512;
/// Entries a transaction, for the large log.
const BATCH: u64 = 8_192;

bulk! { ENTRIES, into "record_entries" (idx: Int, id: Int, leaf: Blob, leaf_hash: Blob), "" }
bulk! { NODES, into "record_nodes" (level: Int, idx: Int, hash: Blob), "" }
statement! { HEAD, "UPDATE record_heads SET size = $2, root = $3, frontier = $4 WHERE workspace_id = $1" }
statement! { COUNT, "SELECT COUNT(*) FROM record_entries WHERE workspace_id = $1" }

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

struct House {
    store: Store,
    workspace: WorkspaceId,
    dir: TempDir,
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
        Ok(Self { store, workspace, dir })
    }

    fn ctx(&self) -> Ctx {
        let ctx = Ctx::host(self.workspace, self.store.clock().clone(), self.store.rng().clone());
        // Like a request over the web: with a network address, which is sealed and tagged.
        Ctx { address: Some([192, 0, 2, 7].into()), ..ctx }
    }
}

/// Seconds for `entries` recorded reads, and until the last of them is signed.
async fn reads(house: &House, entries: usize) -> Outcome<(f64, f64)> {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let sequencer = tokio::spawn(Sequencer::new(house.store.clone()).run(stopped));
    let begun = Instant::now();
    let readers = (0..READERS).map(|reader| {
        let (store, ctx) = (house.store.clone(), house.ctx());
        tokio::spawn(async move {
            for number in (reader..entries).step_by(READERS) {
                let people = subjects([SubjectNo::new(number as u32 + 1)]);
                let entry = Entry::new(Operation::Read, "bench.read").to("page").part(&[FieldId::EMAIL], people);
                store.disclose(&ctx, entry).await?;
            }
            Ok::<(), waxwing_store::StoreError>(())
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await??;
    }
    let recorded = begun.elapsed().as_secs_f64();
    stop.send_replace(true);
    sequencer.await?;
    let signed = begun.elapsed().as_secs_f64();
    let mut tx = house.store.read(house.workspace, "bench").await?;
    let there = tx.one(&COUNT, args![], |r| r.int(0)).await?;
    let head = record_checkpoint(&mut tx).await?.ok_or("nothing is signed")?;
    if there != entries as i64 + 1 || head.checkpoint.size != there as u64 {
        return Err(format!("{there} entries are there and {} signed", head.checkpoint.size).into());
    }
    Ok((recorded, signed))
}

/// Seconds to check the files of the whole record, and how many entries they hold.
async fn check(house: &House) -> Outcome<(f64, u64)> {
    let dir = house.dir.path().join("record");
    export_record(&house.store, house.workspace, &dir, true, |_, _| ()).await?;
    let mut tx = house.store.read(house.workspace, "bench").await?;
    let check = RecordCheck { key: record_key(&mut tx).await?, ..RecordCheck::default() };
    let begun = Instant::now();
    let report = verify_record(&dir, &check, |_, _| ())?;
    if !report.is_whole() {
        return Err(format!("the record does not fit: {:?}", report.findings.first()).into());
    }
    Ok((begun.elapsed().as_secs_f64(), report.size))
}

/// A log of `entries` rows beside the product, so that it is there in minutes.
async fn fill(house: &House, entries: u64) -> Outcome<()> {
    let mut frontier = Frontier::new();
    for first in (0..entries).step_by(BATCH as usize) {
        let mut nodes = Vec::new();
        let rows = (first..(first + BATCH).min(entries)).map(|index| {
            let leaf = format!("a made-up entry of the usual length, number {index:012}").into_bytes();
            let hash = leaf_hash(&leaf);
            frontier.push_noting(hash, |node| {
                nodes.push(args![i64::from(node.level), node.index as i64, node.hash]);
            });
            args![index as i64, index as i64, leaf, hash]
        });
        let rows = rows.collect();
        let mut tx = house.store.begin(house.workspace, "bench").await?;
        tx.bulk(&ENTRIES, rows).await?;
        tx.bulk(&NODES, nodes).await?;
        tx.commit().await?;
    }
    let mut tx = house.store.begin(house.workspace, "bench").await?;
    tx.exec(&HEAD, args![entries as i64, frontier.root(), frontier.to_bytes()]).await?;
    tx.commit().await?;
    Ok(Sequencer::new(house.store.clone()).finish().await.map(drop)?)
}

/// Milliseconds for a proof: the median and the longest of a hundred, anywhere in the log.
async fn prove(house: &House, entries: u64) -> Outcome<(f64, f64)> {
    let mut times = Vec::new();
    for number in 0..100_u64 {
        // Spread over the log, so that no two share their tiles.
        let index = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % entries;
        let begun = Instant::now();
        let mut tx = house.store.read(house.workspace, "bench").await?;
        record_proof(&mut tx, index).await?.ok_or("no checkpoint covers the entry")?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    Ok((millis(times[50]), millis(times[99])))
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Outcome<()> {
    let entries: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let large: u64 = std::env::args().nth(2).map_or(Ok(10_000_000), |text| text.parse())?;
    let house = House::open().await?;
    let (recorded, signed) = reads(&house, entries).await?;
    let (each, all) = (entries as f64 / recorded, entries as f64 / signed);
    println!(
        "record: {each:.0} pure reads/s (asked for: 20,000), {all:.0}/s until numbered and signed, {READERS} readers"
    );
    let (seconds, size) = check(&house).await?;
    println!("verify: {size} entries in {seconds:.2} s (asked for: 1,000,000 in 5 s)");
    house.store.close().await;
    drop(house);
    let house = House::open().await?;
    fill(&house, large).await?;
    let (median, longest) = prove(&house, large).await?;
    println!("prove: one of {large} in {median:.2} ms, the longest of a hundred {longest:.2} ms (asked for: 10 ms)");
    house.store.close().await;
    Ok(())
}
