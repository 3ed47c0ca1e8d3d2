//! A workspace with people, a relay that captures, and a lane on a clock that moves.

use crate::sending::{self, Counts, Facts, FrozenRevision, NewSource, Sender, SourceState, Tuning};
use crate::{App, AppConfig, consent, fields, lists, relays, subscribers};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use waxwing_demo::capture::{CaptureOptions, CaptureServer, Rules};
use waxwing_domain::{Ctx, EmailAddress, ListId, SourceId, SubjectNo};
use waxwing_message::{ContentFormat, RevisionSource};
use waxwing_store::{JobRegistry, Runner, Tx};
use waxwing_testkit::store::TestStore;

/// How long a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Rig {
    pub app: App,
    pub ctx: Ctx,
    pub capture: CaptureServer,
    pub t: TestStore,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

pub fn capture_rules(rules: Rules) -> CaptureOptions {
    CaptureOptions { rules, ..CaptureOptions::default() }
}

impl Rig {
    pub async fn new(t: TestStore, rules: Rules) -> Self {
        Self::with_dns(t, rules, None).await
    }

    pub async fn with_dns(t: TestStore, rules: Rules, dns: Option<SocketAddr>) -> Self {
        Self::with_jobs(t, rules, dns, |_, _| {}).await
    }

    /// With the jobs of another feature beside those of sending.
    pub async fn with_jobs(
        t: TestStore,
        rules: Rules,
        dns: Option<SocketAddr>,
        register: fn(&mut JobRegistry, &App),
    ) -> Self {
        let capture = CaptureServer::start(([127, 0, 0, 1], 0).into(), capture_rules(rules)).await.expect("starts");
        let config = AppConfig {
            data: t.dir.path().join("data"),
            public_url: "https://mail.example.org".into(),
            content_url: "https://mail.example.org".into(),
            dns,
            ehlo: "mail.example.org".into(),
        };
        let app = App::new(t.store.clone(), config, t.workspace);
        let clock = Arc::clone(&t.clock);
        let ticking = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                clock.advance(5_000);
            }
        });
        let (stop, stopped) = watch::channel(false);
        let mut registry = JobRegistry::default();
        super::register_small(&mut registry);
        register(&mut registry, &app);
        let runner = tokio::spawn(Runner::new(t.store.clone(), registry).run(stopped));
        let rig = Self { ctx: t.ctx(), app, capture, t, tasks: vec![ticking, runner], stop };
        let mut tx = rig.begin().await;
        fields::install(&rig.app, &mut tx, &rig.ctx).await.expect("fields");
        tx.commit().await.expect("commits");
        rig
    }

    pub async fn begin(&self) -> Tx {
        self.app.begin(&self.ctx, "test").await.expect("begins")
    }

    pub async fn relay(&self) {
        self.relay_at(&format!("smtp://{}?tls=none", self.capture.address())).await;
    }

    pub async fn relay_at(&self, url: &str) {
        let mut tx = self.begin().await;
        relays::add_url(&self.app, &mut tx, &self.ctx, url, url).await.expect("a relay");
        tx.commit().await.expect("commits");
    }

    /// A list of confirmed people with these addresses.
    pub async fn list(&self, name: &str, addresses: &[String]) -> (ListId, Vec<SubjectNo>) {
        let mut tx = self.begin().await;
        let list = lists::create(&self.app, &mut tx, &self.ctx, lists::NewList::named(name)).await.expect("a list").id;
        let registry = fields::all(&mut tx).await.expect("fields");
        let first_name = registry.iter().find(|field| field.key == "first_name").expect("built in");
        let person = |address: &String| subscribers::NewPerson {
            email: EmailAddress::parse(address).expect("valid"),
            values: vec![(first_name.clone(), format!("Name of {}", address.split('@').next().unwrap_or_default()))],
        };
        let people: Vec<_> = addresses.iter().map(person).collect();
        let placed = subscribers::add_many(&self.app, &mut tx, &self.ctx, &people).await.expect("people");
        let people: Vec<SubjectNo> = placed.iter().filter_map(|p| p.subject()).collect();
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
        let joining = lists::join_attested(&self.app, &mut tx, &self.ctx, list, people.clone(), consent);
        joining.await.expect("members");
        tx.commit().await.expect("commits");
        (list, people)
    }

    pub fn letter() -> FrozenRevision {
        FrozenRevision {
            content: RevisionSource {
                format: ContentFormat::Html,
                subject: "News for {{ subscriber.first_name }}".into(),
                preheader: String::new(),
                body:
                    "<p>Hello {{ subscriber.first_name }}</p><p><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p>"
                        .into(),
                wrapper: None,
                text: None,
            },
            facts: Facts::default(),
        }
    }

    pub fn sender() -> Sender {
        Sender::parse("Orchard", "news@example.org", None).expect("valid")
    }

    /// Opens a source over `lists` and waits until its audience is frozen.
    pub async fn open(&self, lists: &[ListId]) -> SourceId {
        let mut tx = self.begin().await;
        let new = NewSource {
            kind: "campaign",
            reference: 1,
            revision: Self::letter(),
            sender: Self::sender(),
            lists: lists.to_vec(),
        };
        let id = sending::open_source(&self.app, &mut tx, &self.ctx, new).await.expect("opened");
        tx.commit().await.expect("commits");
        self.until(id, |counts| counts.filled).await;
        id
    }

    pub async fn start(&self, id: SourceId) {
        let mut tx = self.begin().await;
        sending::start(&self.app, &mut tx, &self.ctx, id).await.expect("started");
        tx.commit().await.expect("commits");
    }

    /// Opens and starts.
    pub async fn send(&self, lists: &[ListId]) -> SourceId {
        let id = self.open(lists).await;
        self.start(id).await;
        id
    }

    /// Runs a lane until the guard is dropped.
    pub fn lane(&self, tuning: Tuning) -> LaneGuard {
        let stop = CancellationToken::new();
        let (app, workspace, token) = (self.app.clone(), self.t.workspace, stop.clone());
        let task = tokio::spawn(async move {
            let _ = sending::run_lane(&app, workspace, tuning, token).await;
        });
        LaneGuard { stop, task: Some(task) }
    }

    pub async fn counts(&self, id: SourceId) -> Counts {
        let mut tx = self.app.read(&self.ctx, "test").await.expect("begins");
        let counts = sending::counts(&mut tx, id).await.expect("counts");
        let sum = counts.accepted + counts.deferred + counts.failed + counts.skipped + counts.unknown + counts.pending;
        assert_eq!(sum, counts.audience, "the sum of the ledger: {counts:?}");
        counts
    }

    pub async fn until(&self, id: SourceId, enough: impl Fn(&Counts) -> bool) -> Counts {
        let begun = std::time::Instant::now();
        loop {
            let counts = self.counts(id).await;
            if enough(&counts) {
                return counts;
            }
            assert!(begun.elapsed() < PATIENCE, "it never got there: {counts:?}, {:?}", self.state(id).await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn state(&self, id: SourceId) -> (SourceState, Option<String>) {
        let mut tx = self.app.read(&self.ctx, "test").await.expect("begins");
        let source = sending::by_id(&mut tx, &self.ctx, id).await.expect("a source");
        (source.state, source.hold_reason)
    }

    pub async fn until_state(&self, id: SourceId, state: SourceState) -> Option<String> {
        let begun = std::time::Instant::now();
        loop {
            let (now, reason) = self.state(id).await;
            if now == state {
                return reason;
            }
            assert!(begun.elapsed() < PATIENCE, "it never became {state:?}: {now:?}, {:?}", self.counts(id).await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Addresses that got more than one copy.
    pub fn doubles(&self) -> Vec<String> {
        self.capture.captured().deliveries().into_iter().filter(|(_, n)| *n > 1).map(|(to, _)| to).collect()
    }

    pub fn stop_jobs(&self) {
        let _ = self.stop.send(true);
    }
}

/// A running lane.
pub struct LaneGuard {
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl LaneGuard {
    /// Ends it in an orderly way.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            task.await.expect("no panic");
        }
    }
}

impl Drop for LaneGuard {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// `ann1@postbox.example` and so on.
pub fn addresses(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}{n}@postbox.example")).collect()
}
