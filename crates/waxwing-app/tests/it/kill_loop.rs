//! A sender is killed again and again, at moments of chance, and sends to everybody once.
//!
//! What must hold at the end, whatever the moments were:
//! accepted + unknown is the audience (nobody is skipped, nobody fails);
//! nobody got two copies;
//! whoever is accepted in the ledger got a copy, and whoever got one is accepted or unknown;
//! after each kill at most W (256) rows are of unknown fate.
//! Not a failure: a message of unknown fate, whether it arrived or not.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use waxwing_app::sending::{self, Counts, FrozenRevision, NewSource, Sender, SourceState, Tuning};
use waxwing_app::{App, AppConfig, consent, fields, lists, relays, subscribers};
use waxwing_demo::capture::{Act, CaptureOptions, CaptureServer, Keep, Rule, Rules};
use waxwing_domain::{Ctx, EmailAddress, ListId, Micros, SourceId, SystemClock, SystemRng, WorkspaceId};
use waxwing_message::{ContentFormat, RevisionSource};
use waxwing_store::{DatabaseUrl, KeyFiles, KeyStore, Runner, Store, StoreOptions, Tx, args, statement};
use waxwing_testkit::store::fresh_postgres;

/// Tells the child where its store is: data directory, database, workspace.
const CHILD: &str = "WAXWING_KILL_LOOP_CHILD";
const PEOPLE: usize = 2_500;
const KILLS: usize = 12;
/// W, as the lane has it by default.
const PERMITS: i64 = 256;

statement! { IN_FLIGHT, "SELECT COUNT(*) FROM ledger WHERE workspace_id = $1 AND state = 2" }
statement! { TALLY, "SELECT state, COUNT(*) FROM ledger WHERE workspace_id = $1 AND source_id = $2 GROUP BY state ORDER BY state" }

fn config(data: &Path) -> AppConfig {
    AppConfig {
        data: data.to_owned(),
        public_url: "https://mail.example.org".into(),
        content_url: "https://mail.example.org".into(),
        dns: None,
        ehlo: "mail.example.org".into(),
    }
}

async fn store(data: &Path, database: DatabaseUrl, fresh: bool) -> Store {
    let (files, rng) = (KeyFiles::beside(data), Arc::new(SystemRng));
    let keys = match fresh {
        true => KeyStore::create(files, None, &SystemClock, rng.clone()).expect("fresh keys"),
        false => KeyStore::open(files, None, rng.clone()).expect("keys"),
    };
    Store::open(StoreOptions { database, keys, clock: Arc::new(SystemClock), rng }).await.expect("opens")
}

/// The child: a lane that runs until it is killed. Does nothing in an ordinary test run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_of_the_kill_loop() {
    let Ok(place) = std::env::var(CHILD) else { return };
    let mut parts = place.split('|');
    let mut part = || parts.next().expect("three parts").to_owned();
    let (data, database, workspace) = (PathBuf::from(part()), part(), part());
    let database = DatabaseUrl::parse(Some(&database), &data).expect("a database");
    let workspace: WorkspaceId = workspace.parse().expect("an id");
    let app = App::new(store(&data, database, false).await, config(&data), workspace);
    let tuning = Tuning { ambiguous_after: Micros::SECOND, ..Tuning::default() };
    sending::run_lane(&app, workspace, tuning, CancellationToken::new()).await.expect("runs");
}

struct Loop {
    app: App,
    ctx: Ctx,
    capture: CaptureServer,
    place: String,
    _dir: tempfile::TempDir,
}

impl Loop {
    async fn new(postgres: Option<String>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let data = dir.path().join("data");
        std::fs::create_dir(&data).expect("a data directory");
        let database = DatabaseUrl::parse(postgres.as_deref(), &data).expect("a database");
        let store = store(&data, database, true).await;
        let workspace = store.create_workspace("Test").await.expect("a workspace");
        let rules = Rules::accept_all().first(Rule::local("", Act::Slow(Duration::from_millis(12))));
        let options = CaptureOptions { rules, keep: Keep::Recipients(PEOPLE * 2), ..CaptureOptions::default() };
        let capture = CaptureServer::start(([127, 0, 0, 1], 0).into(), options).await.expect("starts");
        let place = format!("{}|{}|{workspace}", data.display(), postgres.unwrap_or_default());
        let app = App::new(store, config(&data), workspace);
        Self { ctx: app.host(), app, capture, place, _dir: dir }
    }

    async fn begin(&self) -> Tx {
        self.app.begin(&self.ctx, "test").await.expect("begins")
    }

    fn child(&self) -> Child {
        let me = std::env::current_exe().expect("this test");
        let mut command = Command::new(me);
        command.args(["--exact", "kill_loop::child_of_the_kill_loop", "--nocapture"]).env(CHILD, &self.place);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command.spawn().expect("a child")
    }

    async fn people(&self) -> ListId {
        let mut tx = self.begin().await;
        fields::install(&self.app, &mut tx, &self.ctx).await.expect("fields");
        let list =
            lists::create(&self.app, &mut tx, &self.ctx, lists::NewList::named("News")).await.expect("a list").id;
        let url = format!("smtp://{}?tls=none", self.capture.address());
        relays::add_url(&self.app, &mut tx, &self.ctx, "Capture", &url).await.expect("a relay");
        let address = |n| EmailAddress::parse(&format!("person{n}@postbox.example")).expect("valid");
        let people: Vec<_> =
            (0..PEOPLE).map(|n| subscribers::NewPerson { email: address(n), values: Vec::new() }).collect();
        let placed = subscribers::add_many(&self.app, &mut tx, &self.ctx, &people).await.expect("people");
        let evidence = consent::NewConsent {
            kind: consent::ConsentKind::Import,
            statement: "They agreed at the fair.".into(),
            list: Some(list),
            subject: None,
            wording_version: None,
            requested_at: None,
            confirmed_at: None,
            evidence: serde_json::Value::Null,
        };
        let consent = consent::attest(&self.app, &mut tx, &self.ctx, evidence).await.expect("evidence");
        let people = placed.iter().filter_map(|p| p.subject()).collect();
        lists::join_attested(&self.app, &mut tx, &self.ctx, list, people, consent).await.expect("members");
        tx.commit().await.expect("commits");
        list
    }

    /// Opens a source, lets a runner freeze its audience, starts it.
    async fn source(&self, list: ListId) -> SourceId {
        let content = RevisionSource {
            format: ContentFormat::Text,
            subject: "News".into(),
            preheader: String::new(),
            body: "Hello {{ subscriber.email }}\n{{ unsubscribe_url }}\n".into(),
            wrapper: None,
            text: None,
        };
        let new = NewSource {
            kind: "campaign",
            reference: 1,
            revision: FrozenRevision { content, facts: sending::Facts::default() },
            sender: Sender::parse("Orchard", "news@example.org", None).expect("valid"),
            lists: vec![list],
        };
        let mut tx = self.begin().await;
        let id = sending::open_source(&self.app, &mut tx, &self.ctx, new).await.expect("opened");
        tx.commit().await.expect("commits");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runner = tokio::spawn(Runner::new(self.app.store().clone(), waxwing_app::jobs(&self.app)).run(stopped));
        while !self.counts(id).await.filled {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
        let mut tx = self.begin().await;
        sending::start(&self.app, &mut tx, &self.ctx, id).await.expect("started");
        tx.commit().await.expect("commits");
        id
    }

    async fn counts(&self, id: SourceId) -> Counts {
        let mut tx = self.app.read(&self.ctx, "test").await.expect("begins");
        let counts = sending::counts(&mut tx, id).await.expect("counts");
        let sum = counts.accepted + counts.deferred + counts.failed + counts.skipped + counts.unknown + counts.pending;
        assert_eq!(sum, counts.audience, "the sum of the ledger: {counts:?}");
        counts
    }

    /// Starts a sender and kills it after a moment of chance.
    async fn kill_one(&self, id: SourceId) -> Counts {
        let mut child = self.child();
        let before = self.counts(id).await.accepted;
        let begun = Instant::now();
        // The moment counts from the first outcome, so that each kill meets a sender at work.
        while self.counts(id).await.accepted == before && begun.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..120))).await;
        child.kill().expect("killed");
        child.wait().expect("ended");
        let mut tx = self.app.read(&self.ctx, "test").await.expect("begins");
        let in_flight = tx.one(&IN_FLIGHT, args![], |r| r.int(0)).await.expect("a count");
        drop(tx);
        // Rows of the kill before last may still wait for their time.
        assert!(in_flight <= 2 * PERMITS, "{in_flight} rows are of unknown fate");
        self.counts(id).await
    }

    async fn done(&self, id: SourceId) -> bool {
        let mut tx = self.app.read(&self.ctx, "test").await.expect("begins");
        sending::by_id(&mut tx, &self.ctx, id).await.expect("a source").state == SourceState::Done
    }

    async fn finish(&self, id: SourceId) {
        let mut child = self.child();
        let begun = Instant::now();
        while !self.done(id).await && begun.elapsed() < Duration::from_secs(120) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
    }

    async fn judge(&self, id: SourceId, kills: usize) {
        let counts = self.counts(id).await;
        let deliveries = self.capture.captured().deliveries();
        assert_eq!(counts.accepted + counts.unknown, PEOPLE as i64, "{counts:?}");
        let doubled = deliveries.values().filter(|copies| **copies > 1).count();
        assert_eq!(doubled, 0, "nobody gets two copies");
        let got = deliveries.len() as i64;
        assert!(counts.accepted <= got, "accepted {} but only {got} arrived", counts.accepted);
        assert!(got <= counts.accepted + counts.unknown);
        assert!(counts.unknown <= PERMITS * kills as i64, "{counts:?} after {kills} kills");
        let mut tx = self.app.read(&self.ctx, "test").await.expect("begins");
        let tally = tx.all(&TALLY, args![id], |r| Ok((r.int(0)?, r.int(1)?))).await.expect("rows");
        let expected: Vec<_> =
            [(3, counts.accepted), (7, counts.unknown)].into_iter().filter(|(_, n)| *n > 0).collect();
        assert_eq!(tally, expected, "the counts are those of the rows");
    }
}

async fn kill_loop(postgres: Option<String>) {
    let rig = Loop::new(postgres).await;
    let list = rig.people().await;
    let id = rig.source(list).await;
    let mut kills = 0;
    while kills < KILLS && rig.kill_one(id).await.pending > 0 {
        kills += 1;
    }
    assert!(kills >= 10, "the sender was done after {kills} kills; make the audience larger");
    rig.finish(id).await;
    rig.judge(id, kills + 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_killed_again_and_again_sends_to_everybody_once_on_sqlite() {
    kill_loop(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_killed_again_and_again_sends_to_everybody_once_on_postgres() {
    if let Some(url) = fresh_postgres().await {
        kill_loop(Some(url)).await;
    }
}
