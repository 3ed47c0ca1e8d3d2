//! Backups: written, checked, put back on either engine, with what happened in between.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use waxwing_domain::{Ctx, FieldId, Micros, Operation, SubjectNo, SystemRng, TestClock, WorkspaceId};
use waxwing_store::archive::{ArchiveError, Pair, Restored, Written, write_data, write_keys};
use waxwing_store::{
    DatabaseUrl, Engine, Entry, KeyFiles, KeyStore, PersonFields, SealedPerson, SealedPosition, Sealing, Sequencer,
    Store, StoreOptions, args, new_person, record_head, statement, subjects,
};
use waxwing_testkit::store::{START, TestStore, fresh_postgres};
use waxwing_testkit::store_test;

statement! { PERSON,
"INSERT INTO subscribers (workspace_id, subject, generation, sealed, plain, email_tag, suppress_tag, domain_hash, created_at, updated_at)
 VALUES ($1, $2, 1, $3, '{}', $4, $4, 7, 0, 0)" }
statement! { KEY, "INSERT INTO subject_keys (workspace_id, subject, generation, epoch, wrapped) VALUES ($1, $2, 1, $3, $4)" }
statement! { LIST, "INSERT INTO lists (id, workspace_id, name, description, visibility, optin, created_at) VALUES (5, $1, 'News', 'ä\n', 'public', 'double', 0)" }
statement! { MEMBER, "INSERT INTO list_members (workspace_id, list_id, subject, state, consent_id, at) VALUES ($1, 5, $2, 'confirmed', NULL, 1)" }
statement! { UNSUBSCRIBE, "UPDATE list_members SET state = 'unsubscribed', at = 2 WHERE workspace_id = $1 AND subject = $2" }
statement! { SUPPRESS, "INSERT INTO suppressions (workspace_id, kind, tag, reason, source, at) VALUES ($1, 'email', $2, $3, 'test', 1)" }
statement! { ERASE_KEY, "DELETE FROM subject_keys WHERE workspace_id = $1 AND subject = $2" }
statement! { ERASE_PERSON, "DELETE FROM subscribers WHERE workspace_id = $1 AND subject = $2" }
statement! { ERASE_MEMBER, "DELETE FROM list_members WHERE workspace_id = $1 AND subject = $2" }
statement! { REWRAP, "UPDATE subject_keys SET epoch = $3, wrapped = $4 WHERE workspace_id = $1 AND subject = $2" }
statement! { KEYS, "SELECT subject, wrapped FROM subject_keys WHERE workspace_id = $1 ORDER BY subject" }
statement! { PEOPLE,
"SELECT s.subject, s.sealed, k.wrapped FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
 WHERE s.workspace_id = $1 ORDER BY s.subject" }
statement! { MEMBERS, "SELECT subject, state FROM list_members WHERE workspace_id = $1 ORDER BY subject" }
statement! { SUPPRESSED, "SELECT reason FROM suppressions WHERE workspace_id = $1 ORDER BY tag" }
statement! { ORIGIN, "SELECT origin, epoch FROM record_heads WHERE workspace_id = $1" }
statement! { SOURCE,
"INSERT INTO sources (id, workspace_id, kind, reference, revision_id, sender, state, started, pass, audience, fill_list, fill_after, origin_kind, origin_a,
       origin_b, created_at)
     VALUES (9, $1, 'campaign', 1, 1, '{}', 'running', 1, 1, 3, 0, 0, 'host', 0, 0, 0)" }
statement! { MESSAGE,
"INSERT INTO ledger (workspace_id, source_id, subject, channel, tag, domain, state, next_at, worker, attempts, first_at, done_at)
 VALUES ($1, 9, $2, 1, $3, 0, $4, 5, 1, 1, 0, 0)" }
statement! { STATES, "SELECT state FROM ledger WHERE workspace_id = $1 ORDER BY subject" }
statement! { UNKNOWN, "SELECT rows_there FROM source_counts WHERE workspace_id = $1 AND state = 7" }
statement! { SOURCE_STATE, "SELECT state, hold_reason FROM sources WHERE workspace_id = $1" }
statement! { JOB,
"INSERT INTO jobs (id, workspace_id, kind, payload, state, run_at, attempts, lease_epoch, lease_until, origin_kind, origin_a, origin_b,
   progress_done, progress_total, created_at) VALUES (3, $1, 'sending.run', '{}', 'ready', 0, 0, 0, 0, 'host', 0, 0, 0, 0, 0)" }
statement! { CAMPAIGN,
"INSERT INTO campaigns (id, workspace_id, name, state, leaves_at, version, from_name, from_address, reply_to, subject, preheader, reason,
       format, body, created_at, updated_at)
     VALUES (4, $1, 'Autumn', 'scheduled', 1, 1, '', '', '', 'A subject line is no person', '', '', 'text', '', 0, 0)" }
statement! { CAMPAIGN_STATE, "SELECT state FROM campaigns WHERE workspace_id = $1" }
statement! { JOB_STATE, "SELECT state FROM jobs WHERE workspace_id = $1" }

/// People one to `count`, on one list.
async fn people(t: &TestStore, count: u32) {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    tx.exec(&LIST, args![]).await.expect("a list");
    let allocation = t.store.allocate_subjects(&mut tx, count).await.expect("numbers");
    for number in allocation.subjects.clone() {
        let subject = SubjectNo::new(number);
        let (key, wrapped, epoch) = new_person(t.workspace, subject, &allocation, &SystemRng);
        let mut fields = PersonFields::default();
        fields.set(FieldId::EMAIL, key.seal(FieldId::EMAIL, &format!("p{number}@example.org"), &SystemRng));
        tx.exec(&PERSON, args![subject, fields.to_bytes(), number.to_be_bytes()]).await.expect("a person");
        tx.exec(&KEY, args![subject, epoch, wrapped]).await.expect("a key");
        tx.exec(&MEMBER, args![subject]).await.expect("a member");
    }
    tx.record(&t.store, &t.ctx(), Entry::new(Operation::Change, "test.people")).await.expect("records");
    tx.commit().await.expect("commits");
    Sequencer::new(t.store.clone()).run_once().await.expect("numbers");
}

async fn erase(t: &TestStore, subject: u32) {
    let subject = SubjectNo::new(subject);
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    for statement in [&ERASE_KEY, &ERASE_PERSON, &ERASE_MEMBER] {
        tx.exec(statement, args![subject]).await.expect("erases");
    }
    tx.exec(&SUPPRESS, args![subject.get().to_be_bytes(), "erased"]).await.expect("a tombstone");
    tx.commit().await.expect("commits");
}

/// A new epoch, everybody rewrapped, the old one destroyed.
async fn rotate(t: &TestStore) {
    let (store, workspace) = (&t.store, t.workspace);
    let old = store.keys().ring();
    store.keys().change(|ring| Ok(ring.begin_epoch(t.ctx().now(), &SystemRng))).expect("saved").expect("an epoch");
    let new = store.keys().ring();
    let mut tx = store.begin(workspace, "test").await.expect("begins");
    for (subject, wrapped) in tx.all(&KEYS, args![], |r| Ok((r.subject(0)?, r.blob(1)?))).await.expect("keys") {
        let key = old.unwrap_subject_key(workspace, subject, 1, &wrapped).expect("opens");
        let wrapped = new.wrap_subject_key(workspace, subject, 1, &key, &SystemRng);
        tx.exec(&REWRAP, args![subject, new.current_epoch().get(), wrapped]).await.expect("rewraps");
    }
    store.switch_epoch(&mut tx, new.current_epoch().get()).await.expect("switches");
    tx.commit().await.expect("commits");
    store.keys().change(|ring| Ok(ring.destroy_epoch(old.current_epoch()))).expect("saved").expect("destroyed");
}

/// New keys for everybody and for all secrets, everything sealed anew, the old ones destroyed.
async fn reseal(t: &TestStore) {
    for sealing in Sealing::ALL {
        t.store.renew_sealing(t.workspace, sealing, Micros::from_i64(i64::MAX)).expect("renews");
    }
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    t.store.fence_sealing(&mut tx).await.expect("fences");
    tx.order_new_keys(t.ctx().new_id(), t.ctx().now()).await.expect("orders");
    let order = tx.open_people_order().await.expect("reads").expect("an order");
    tx.commit().await.expect("commits");
    let mut at = SealedPosition::default();
    while let Some(batch) = t.store.prepare_shared(t.workspace, &at).await.expect("prepares") {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        at = batch.write(&mut tx).await.expect("writes").next;
        tx.commit().await.expect("commits");
    }
    t.store.retire_sealing(t.workspace).await.expect("retires");
    let everybody = t.store.prepare_people(t.workspace, order).await.expect("prepares").expect("people");
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    everybody.write(&t.store, &mut tx).await.expect("writes");
    tx.end_people_order(order.id, t.ctx().now()).await.expect("ends");
    tx.commit().await.expect("commits");
}

fn file(t: &TestStore, name: &str) -> PathBuf {
    t.dir.path().join(name)
}

async fn data(t: &TestStore) -> Written {
    write_data(&t.store, &file(t, "backup.data"), &mut |_, _| {}).await.expect("a data archive")
}

async fn keys(t: &TestStore) -> Written {
    write_keys(&t.store, &file(t, "backup.keys"), false, &mut |_, _| {}).await.expect("a key archive")
}

/// Where a backup is put back: an empty place with the same root key.
struct Target {
    dir: TempDir,
    database: DatabaseUrl,
}

impl Target {
    async fn new(engine: Engine, t: &TestStore) -> Option<Self> {
        let dir = TempDir::new().expect("a directory");
        let database = match engine {
            Engine::Sqlite => DatabaseUrl::Sqlite(dir.path().join("waxwing.db")),
            Engine::Postgres => DatabaseUrl::Postgres(fresh_postgres().await?),
        };
        let target = Self { dir, database };
        let root = &target.files().root;
        std::fs::create_dir(root.parent().expect("a directory")).expect("made");
        std::fs::copy(&t.store.keys().files().root, root).expect("the root key is kept apart");
        Some(target)
    }
    fn files(&self) -> KeyFiles {
        KeyFiles::beside(&self.dir.path().join("data"))
    }
    fn pair(&self, t: &TestStore) -> Result<Pair, ArchiveError> {
        Pair::open(&file(t, "backup.data"), &file(t, "backup.keys"), self.files(), None)
    }
    async fn store(&self, keys: KeyStore) -> Store {
        let clock = Arc::new(TestClock::at(START + Micros::DAY));
        let options = StoreOptions { database: self.database.clone(), keys, clock, rng: Arc::new(SystemRng) };
        Store::open(options).await.expect("opens")
    }
    async fn restore(&self, t: &TestStore) -> (Store, Restored) {
        let pair = self.pair(t).expect("a pair");
        let checked = pair.check(&mut |_, _| {}).expect("whole");
        let store = self.store(pair.install_keys(None, Arc::new(SystemRng)).expect("keys")).await;
        let restored = pair.load(&store, &checked, &mut |_, _| {}).await.expect("restores");
        (store, restored)
    }
}

async fn readable(store: &Store, workspace: WorkspaceId) -> Vec<String> {
    let mut tx = store.read(workspace, "test").await.expect("begins");
    let map = |r: &waxwing_store::Row<'_>| {
        Ok(SealedPerson { subject: r.subject(0)?, generation: 1, sealed: r.blob(1)?, wrapped: r.blob(2)? })
    };
    let all = tx.all(&PEOPLE, args![], map).await.expect("people");
    drop(tx);
    let ctx = Ctx::host(workspace, store.clock().clone(), store.rng().clone());
    let entry =
        Entry::new(Operation::Read, "test").part(&[FieldId::EMAIL], subjects(all.iter().map(|person| person.subject)));
    let seen = store.disclose(&ctx, entry).await.expect("recorded");
    all.iter()
        .map(|p| seen.open(store, p).expect("opens").get(FieldId::EMAIL).expect("an address").to_owned())
        .collect()
}

async fn between_engines(t: TestStore, other: Engine) {
    people(&t, 4).await;
    let (old_size, old_root) =
        record_head(&mut t.store.read(t.workspace, "test").await.expect("begins")).await.expect("a head");
    data(&t).await;
    erase(&t, 2).await;
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    tx.exec(&UNSUBSCRIBE, args![SubjectNo::new(3)]).await.expect("unsubscribes");
    tx.commit().await.expect("commits");
    rotate(&t).await;
    keys(&t).await;
    let Some(target) = Target::new(other, &t).await else { return };
    let (store, restored) = target.restore(&t).await;
    assert_eq!(restored.settled.forgotten, 1);
    assert_eq!(readable(&store, t.workspace).await, ["p1@example.org", "p3@example.org", "p4@example.org"]);
    let mut tx = store.begin(t.workspace, "test").await.expect("begins");
    let members = tx.all(&MEMBERS, args![], |r| Ok((r.int(0)?, r.text(1)?))).await.expect("members");
    let expected = [(1, "confirmed"), (3, "unsubscribed"), (4, "confirmed")].map(|(n, state)| (n, state.to_owned()));
    assert_eq!(members, expected);
    assert_eq!(tx.all(&SUPPRESSED, args![], |r| r.text(0)).await.expect("tombstones"), ["erased"]);
    let (origin, epoch) = tx.one(&ORIGIN, args![], |r| Ok((r.text(0)?, r.int(1)?))).await.expect("a head");
    assert_eq!(origin, format!("waxwing/{}/2/after/{old_size}/{}", t.workspace, hex::encode(old_root)));
    assert_eq!(epoch, 2);
    let next = store.allocate_subjects(&mut tx, 1).await.expect("a number").subjects.start;
    assert!(next > 1_000_000, "numbers given after the backup are never given again");
    drop(tx);
    assert!(Sequencer::new(store.clone()).run_once().await.expect("numbers") >= 2, "the restore is on the record");
}

store_test! {
    async fn data_from_before_a_resealing_opens_with_the_keys_of_then_and_is_refused_with_newer_ones(t) {
        people(&t, 3).await;
        let (_, early) = (data(&t).await, keys(&t).await);
        let kept = file(&t, "early.keys");
        std::fs::rename(early.path, &kept).expect("kept apart");
        let mark = t.store.sealing_mark().await.expect("known");
        reseal(&t).await;
        assert_ne!(t.store.sealing_mark().await.expect("known"), mark, "a backup notices");
        keys(&t).await;
        let Some(target) = Target::new(t.store.engine(), &t).await else { return };
        let pair = target.pair(&t).expect("opens");
        let checked = pair.check(&mut |_, _| {}).expect("whole");
        let store = target.store(pair.install_keys(None, Arc::new(SystemRng)).expect("installs")).await;
        let refused = pair.load(&store, &checked, &mut |_, _| {}).await;
        assert!(matches!(refused, Err(ArchiveError::Resealed)), "{:?}", refused.err());
        assert!(store.workspaces().await.expect("lists").is_empty(), "nothing came to exist");
        let Some(other) = Target::new(t.store.engine(), &t).await else { return };
        let pair = Pair::open(&file(&t, "backup.data"), &kept, other.files(), None).expect("opens");
        let checked = pair.check(&mut |_, _| {}).expect("whole");
        let store = other.store(pair.install_keys(None, Arc::new(SystemRng)).expect("installs")).await;
        pair.load(&store, &checked, &mut |_, _| {}).await.expect("the keys of then");
        assert_eq!(store.workspaces().await.expect("lists").len(), 1);
    }

    async fn a_backup_comes_back_on_sqlite_without_those_erased_since(t) {
        between_engines(t, Engine::Sqlite).await;
    }

    async fn a_backup_comes_back_on_postgres_without_those_erased_since(t) {
        between_engines(t, Engine::Postgres).await;
    }

    async fn nothing_goes_on_by_itself_after_a_restore(t) {
        people(&t, 3).await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&SOURCE, args![]).await.expect("a source");
        for (subject, state) in [(1, 1), (2, 2), (3, 3)] {
            tx.exec(&MESSAGE, args![subject, (subject as u32).to_be_bytes(), state]).await.expect("a message");
        }
        tx.exec(&JOB, args![]).await.expect("a job");
        tx.exec(&CAMPAIGN, args![]).await.expect("a campaign");
        tx.commit().await.expect("commits");
        data(&t).await;
        keys(&t).await;
        let target = Target::new(Engine::Sqlite, &t).await.expect("SQLite is always here");
        let (store, restored) = target.restore(&t).await;
        let settled = restored.settled;
        assert_eq!((settled.held, settled.unknown, settled.jobs), (1, 1, 1));
        let mut tx = store.read(t.workspace, "test").await.expect("begins");
        assert_eq!(tx.all(&STATES, args![], |r| r.int(0)).await.expect("states"), [0, 7, 3]);
        assert_eq!(tx.one(&UNKNOWN, args![], |r| r.int(0)).await.expect("counted"), 1);
        let (state, reason) = tx.one(&SOURCE_STATE, args![], |r| Ok((r.text(0)?, r.text(1)?))).await.expect("a source");
        assert_eq!(state, "held");
        assert!(reason.contains("restored from a backup"));
        assert_eq!(tx.one(&CAMPAIGN_STATE, args![], |r| r.text(0)).await.expect("a campaign"), "missed");
        assert_eq!(tx.one(&JOB_STATE, args![], |r| r.text(0)).await.expect("a job"), "cancelled");
    }

    async fn many_rows_are_streamed_in_blocks(t) {
        people(&t, 3_000).await;
        let written = data(&t).await;
        // An archive is of the whole installation: one row is the neighbour's.
        assert_eq!(written.manifest.tables["subscribers"], 3_001);
        assert!(!written.manifest.tables.contains_key("subject_keys"), "no key stands in a data archive");
        assert_eq!(keys(&t).await.manifest.tables["subject_keys"], 3_001);
        let target = Target::new(Engine::Sqlite, &t).await.expect("SQLite is always here");
        let (store, _) = target.restore(&t).await;
        assert_eq!(readable(&store, t.workspace).await.len(), 3_000);
    }

    async fn a_backup_does_not_overwrite_and_is_private(t) {
        use std::os::unix::fs::PermissionsExt as _;
        data(&t).await;
        let mode = std::fs::metadata(file(&t, "backup.data")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = write_data(&t.store, &file(&t, "backup.data"), &mut |_, _| {}).await;
        assert!(matches!(again, Err(ArchiveError::Exists(_))));
        assert!(!file(&t, "backup.data.part").exists());
    }

    async fn a_target_that_holds_something_is_left_alone(t) {
        data(&t).await;
        keys(&t).await;
        let pair = Pair::open(&file(&t, "backup.data"), &file(&t, "backup.keys"), t.store.keys().files().clone(), None).expect("a pair");
        let checked = pair.check(&mut |_, _| {}).expect("whole");
        let refused = pair.load(&t.store, &checked, &mut |_, _| {}).await;
        assert!(matches!(refused, Err(ArchiveError::Inhabited(_))));
    }

    async fn an_older_key_archive_is_refused(t) {
        keys(&t).await;
        t.clock.advance(Micros::HOUR);
        data(&t).await;
        let target = Target::new(Engine::Sqlite, &t).await.expect("SQLite is always here");
        assert!(matches!(target.pair(&t), Err(ArchiveError::Pair(why)) if why.contains("older")));
    }

    async fn another_ring_is_never_overwritten(t) {
        data(&t).await;
        keys(&t).await;
        let target = Target::new(Engine::Sqlite, &t).await.expect("SQLite is always here");
        target.pair(&t).expect("a pair").install_keys(None, Arc::new(SystemRng)).expect("keys");
        let moved = KeyStore::open(target.files(), None, Arc::new(SystemRng)).expect("keys");
        moved.change(|ring| Ok(ring.begin_epoch(t.ctx().now(), &SystemRng))).expect("saved").expect("an epoch");
        assert!(matches!(target.pair(&t), Err(ArchiveError::Ring(_))));
    }

    async fn without_the_root_key_nothing_opens_unless_it_was_included(t) {
        data(&t).await;
        keys(&t).await;
        let target = Target::new(Engine::Sqlite, &t).await.expect("SQLite is always here");
        std::fs::remove_file(target.files().root).expect("lost");
        assert!(matches!(target.pair(&t), Err(ArchiveError::Keys(_))));
        std::fs::remove_file(file(&t, "backup.keys")).expect("removed");
        write_keys(&t.store, &file(&t, "backup.keys"), true, &mut |_, _| {}).await.expect("with the root key");
        target.restore(&t).await;
        assert!(target.files().root.exists());
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).expect("reads");
    let at = at % bytes.len();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).expect("writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_or_changed_archive_is_refused_in_clear_words() {
    let t = TestStore::open(Engine::Sqlite).await.expect("SQLite is always here");
    people(&t, 5).await;
    data(&t).await;
    keys(&t).await;
    let target = Target::new(Engine::Sqlite, &t).await.expect("SQLite is always here");
    let judged = || target.pair(&t).and_then(|pair| pair.check(&mut |_, _| {}));
    assert!(judged().is_ok());
    for name in ["backup.data", "backup.keys"] {
        let path = file(&t, name);
        let whole = std::fs::read(&path).expect("reads");
        for at in (0..whole.len()).step_by(whole.len() / 60 + 1).chain([whole.len() - 1]) {
            flip(&path, at);
            assert!(judged().is_err(), "{name}: byte {at} was changed");
            std::fs::write(&path, &whole[..at]).expect("cuts");
            assert!(judged().is_err(), "{name}: cut at {at}");
            std::fs::write(&path, &whole).expect("writes");
        }
        std::fs::write(&path, [&whole[..], b"more"].concat()).expect("writes");
        assert!(judged().is_err(), "{name}: something follows");
        std::fs::write(&path, &whole[..whole.len() - 40]).expect("writes");
        let error = judged().expect_err("cut").to_string();
        assert!(error.contains("nothing was touched"), "{error}");
        std::fs::write(&path, &whole).expect("writes");
    }
    assert!(judged().is_ok());
    assert!(!target.files().ring.exists(), "a check touches nothing");
}
