//! What tests of features share: the product over a test's store, and a visitor without a browser.

use crate::lists::{self, MembershipState, NewList, Visibility};
use crate::subscribers::{self, NewPerson};
use crate::{App, AppConfig, consent, fields, sending, settings};
use waxwing_domain::{Ctx, EmailAddress, ListId, SourceId, SubjectNo};
use waxwing_message::{ContentFormat, RevisionSource};
use waxwing_store::{JobRegistry, OutboxMail};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::web;
pub(crate) use waxwing_testkit::web::{Got, Web};

/// The product over `t`.
pub(crate) fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: "http://127.0.0.1:8080".into(),
        content_url: "http://127.0.0.1:8080".into(),
        dns: None,
        ehlo: "waxwing.example".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

/// Runs the jobs that `register` names until none waits.
pub(crate) async fn run_jobs(app: &App, register: fn(&mut JobRegistry, &App)) {
    let mut registry = JobRegistry::default();
    register(&mut registry, app);
    web::run_jobs(app.store(), app.workspace(), registry).await;
}

/// Takes every piece of system mail that waits.
pub(crate) async fn mails(app: &App) -> Vec<OutboxMail> {
    web::mails(app.store(), app.workspace()).await
}

/// A visitor of the product.
pub(crate) fn visitor(app: &App) -> Web {
    Web::new(crate::routes().finish().router.with_state(app.clone()), app.store(), app.workspace())
}

/// A workspace named Orchard with one public list, and people on it with attested consent; beside a
/// neighbour that nobody may see or touch.
pub(crate) struct Orchard {
    pub app: App,
    pub web: Web,
    pub ctx: Ctx,
    pub list: ListId,
    pub people: Vec<SubjectNo>,
}

impl Orchard {
    pub async fn new(t: &TestStore, emails: &[&str]) -> Self {
        let (app, ctx) = (app(t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        fields::install(&app, &mut tx, &ctx).await.expect("fields");
        let settings = settings::Workspace { organisation: "Orchard".into(), ..settings::Workspace::default() };
        settings::save(&app, &mut tx, &ctx, &settings).await.expect("settings");
        let new = NewList { visibility: Visibility::Public, ..NewList::named("Letters") };
        let list = lists::create(&app, &mut tx, &ctx, new).await.expect("a list").id;
        let mut people = Vec::new();
        for email in emails {
            let email = EmailAddress::parse(email).expect("an address");
            let person = NewPerson { email, values: vec![] };
            let kind = consent::ConsentKind::Manual;
            let admitted = subscribers::admit(&app, &mut tx, &ctx, person, kind, "At the fair.", &[list]).await;
            people.push(admitted.expect("a person").subject);
        }
        tx.commit().await.expect("commits");
        Self { web: visitor(&app), app, ctx, list, people }
    }

    /// Opens a source of campaign 7 to `lists` and freezes its audience.
    pub async fn source(&self, lists: Vec<ListId>) -> SourceId {
        let content = RevisionSource {
            format: ContentFormat::Text,
            subject: "News of the orchard".into(),
            preheader: String::new(),
            body: "Apples are ripe.".into(),
            wrapper: None,
            text: None,
        };
        let new = sending::NewSource {
            kind: "campaign",
            reference: 7,
            revision: sending::FrozenRevision { content, facts: sending::Facts::default() },
            sender: sending::Sender::parse("Orchard", "news@orchard.example", None).expect("a sender"),
            lists,
        };
        let mut tx = self.app.begin(&self.ctx, "test").await.expect("begins");
        let source = sending::open_source(&self.app, &mut tx, &self.ctx, new).await.expect("opens");
        tx.commit().await.expect("commits");
        run_jobs(&self.app, sending::jobs).await;
        source
    }

    /// How a person stands to the list.
    pub async fn state(&self, subject: SubjectNo) -> Option<MembershipState> {
        let mut tx = self.app.read(&self.ctx, "test").await.expect("reads");
        let memberships = lists::memberships(&mut tx, subject).await.expect("reads");
        memberships.iter().find(|m| m.list == self.list).map(|m| m.state)
    }
}
