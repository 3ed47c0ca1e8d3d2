//! A workspace with a list of three people, a relay on this machine, and settings for the footer.

use crate::campaigns::{Campaign, Edit, From, Reviewed, by_id, create, edit, review};
use crate::consent::{ConsentKind, NewConsent, attest};
use crate::lists::{self, NewList, Visibility};
use crate::subscribers::{self, NewPerson};
use crate::templates::Content;
use crate::{App, AppConfig, fields, relays};
use crate::{sending, settings};
use std::sync::Arc;
use std::time::Duration;
use waxwing_domain::{CampaignId, Ctx, EmailAddress, ListId, SourceId, SubjectNo, TestClock};
use waxwing_message::ContentFormat;
use waxwing_store::{JobRegistry, Runner, Tx};
use waxwing_testkit::store::TestStore;

/// The workspace.
pub struct World {
    pub app: App,
    pub ctx: Ctx,
    pub clock: Arc<TestClock>,
    pub list: ListId,
    pub people: Vec<SubjectNo>,
}

pub fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().to_owned(),
        public_url: "http://127.0.0.1:8080".into(),
        content_url: "http://127.0.0.1:8080".into(),
        dns: None,
        ehlo: "test.example".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

impl World {
    pub async fn new(t: &TestStore) -> Self {
        let (app, ctx) = (app(t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        fields::install(&app, &mut tx, &ctx).await.expect("fields");
        relays::add_url(&app, &mut tx, &ctx, "local", "smtp://127.0.0.1:9?tls=none").await.expect("a relay");
        let list = NewList { name: "Friends".into(), visibility: Visibility::Public, ..NewList::default() };
        let list = lists::create(&app, &mut tx, &ctx, list).await.expect("a list").id;
        let first_name = fields::by_key(&mut tx, "first_name").await.expect("built in");
        let mut people = Vec::new();
        for (number, name) in [("1", Some("Ann")), ("2", None), ("3", None)] {
            let email = EmailAddress::parse(&format!("p{number}@example.net")).expect("an address");
            let values = name.map(|name| (first_name.clone(), name.to_owned())).into_iter().collect();
            people.push(subscribers::add(&app, &mut tx, &ctx, NewPerson { email, values }).await.expect("a person"));
        }
        let consent = attest(&app, &mut tx, &ctx, consent(list)).await.expect("consent");
        lists::join_attested(&app, &mut tx, &ctx, list, people.clone(), consent).await.expect("joined");
        tx.commit().await.expect("commits");
        let world = Self { app, ctx, clock: t.clock.clone(), list, people };
        world.settings("Orchard", "1 Tree Lane").await;
        world
    }

    pub async fn begin(&self) -> Tx {
        self.app.begin(&self.ctx, "test").await.expect("begins")
    }

    pub async fn settings(&self, organisation: &str, postal_address: &str) {
        let mut tx = self.begin().await;
        for (key, value) in [("organisation", organisation), ("postal_address", postal_address)] {
            settings::set_value(&mut tx, &self.ctx, key, value).await.expect("set");
        }
        tx.commit().await.expect("commits");
    }

    /// A finished draft in Markdown, whose frame brings the footer.
    pub async fn draft(&self, body: &str) -> CampaignId {
        self.draft_of(Content { format: ContentFormat::Markdown, body: body.into(), wrapper: None, text: None }).await
    }

    pub async fn draft_of(&self, content: Content) -> CampaignId {
        let mut tx = self.begin().await;
        let id = create(&self.app, &mut tx, &self.ctx, "Apples", content).await.expect("created");
        let from = From { name: "Orchard".into(), address: "news@example.org".into(), reply_to: String::new() };
        let edits = vec![
            Edit::Audience { lists: vec![self.list], reason: String::new() },
            Edit::Sender(from),
            Edit::Subject { subject: "Apples".into(), preheader: "The first ones".into() },
        ];
        edit(&self.app, &mut tx, &self.ctx, id, edits).await.expect("edited");
        tx.commit().await.expect("commits");
        id
    }

    pub async fn proof(&self, id: CampaignId) -> Reviewed {
        review(&self.app, &self.ctx, id).await.expect("looks").passed().expect("nothing in the way")
    }

    pub async fn campaign(&self, id: CampaignId) -> Campaign {
        let mut tx = self.begin().await;
        by_id(&mut tx, &self.ctx, id).await.expect("there")
    }

    pub async fn standing(&self, source: SourceId) -> sending::Standing {
        let mut tx = self.begin().await;
        sending::standing(&mut tx, source).await.expect("stands")
    }

    /// Freezes the audience of a source; nothing is sent.
    pub async fn fill(&self, source: SourceId) {
        let mut registry = JobRegistry::default();
        sending::tests::register_small(&mut registry);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runner = tokio::spawn(Runner::new(self.app.store().clone(), registry).run(stopped));
        while !self.standing(source).await.counts.filled {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
    }

    /// Lets the jobs of campaigns, and the one that freezes an audience, run until none is due.
    pub async fn run_jobs(&self) {
        let mut registry = JobRegistry::default();
        crate::campaigns::jobs(&mut registry, &self.app);
        crate::sending::jobs(&mut registry, &self.app);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runner = tokio::spawn(Runner::new(self.app.store().clone(), registry).run(stopped));
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
    }
}

fn consent(list: ListId) -> NewConsent {
    NewConsent {
        kind: ConsentKind::Manual,
        statement: "At the market".into(),
        list: Some(list),
        subject: None,
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::Value::Null,
    }
}
