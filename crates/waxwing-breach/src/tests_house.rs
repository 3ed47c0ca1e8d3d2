//! What tests of the breach centre share: the product over a test's store, and a visitor of it.

use waxwing_app::lists::{self, NewList};
use waxwing_app::subscribers::{self, NewPerson};
use waxwing_app::{App, AppConfig, consent, fields, settings};
use waxwing_domain::{Ctx, EmailAddress, ListId, SubjectNo};
use waxwing_store::Sequencer;
use waxwing_testkit::store::TestStore;
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

/// A visitor of the product.
pub(crate) fn visitor(app: &App) -> Web {
    Web::new(crate::routes().finish().router.with_state(app.clone()), app.store(), app.workspace())
}

/// A workspace with one list and people on it; beside a neighbour that nobody may see or touch.
pub(crate) struct House {
    pub app: App,
    pub web: Web,
    pub ctx: Ctx,
    pub list: ListId,
    pub people: Vec<SubjectNo>,
}

impl House {
    pub async fn new(t: &TestStore, emails: &[&str]) -> Self {
        let (app, ctx) = (app(t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        fields::install(&app, &mut tx, &ctx).await.expect("fields");
        let settings = settings::Workspace { organisation: "Orchard".into(), ..settings::Workspace::default() };
        settings::save(&app, &mut tx, &ctx, &settings).await.expect("settings");
        let list = lists::create(&app, &mut tx, &ctx, NewList::named("Letters")).await.expect("a list").id;
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

    /// Gives every entry of the record its number.
    pub async fn number(&self) {
        Sequencer::new(self.app.store().clone()).finish().await.expect("numbers");
    }
}
