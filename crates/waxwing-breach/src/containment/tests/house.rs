//! A house with a list, people who sign in by real sessions, and real keys.

use crate::containment::{self, Contained, Order, Scope};
use std::sync::Arc;
use waxwing_app::accounts::{self, NewApiKey, Person, roles};
use waxwing_app::lists::NewList;
use waxwing_app::login::{self, Device};
use waxwing_app::subscribers::{self, NewPerson};
use waxwing_app::{App, AppConfig, consent, fields, lists, settings};
use waxwing_domain::{AccountId, Actor, ApiKeyId, Ctx, EmailAddress, ListId, Micros, Role, Scope as KeyScope};
use waxwing_http::{Authenticate as _, Caller};
use waxwing_store::JobRegistry;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::web::{self, Web};

pub struct House {
    pub t: TestStore,
    pub app: App,
    pub web: Web,
    pub list: ListId,
}

/// Somebody with a session.
pub struct Member {
    pub account: AccountId,
    pub token: String,
}

impl House {
    /// With `people` on its one list.
    pub async fn new(t: TestStore, people: usize) -> Self {
        let config = AppConfig {
            data: t.dir.path().join("data"),
            public_url: "http://127.0.0.1:8080".into(),
            content_url: "http://127.0.0.1:8080".into(),
            dns: None,
            ehlo: "waxwing.example".into(),
        };
        let app = App::new(t.store.clone(), config, t.workspace);
        let router = crate::routes().finish().router.with_state(app.clone());
        let web = Web::behind(router, app.store(), Arc::new(app.clone()));
        let list = furnish(&app, people).await;
        Self { t, app, web, list }
    }

    /// The first owner, in by a session.
    pub async fn owner(&self) -> Member {
        let email = EmailAddress::parse("olga@example.org").expect("an address");
        let token = accounts::bootstrap(&self.app, &self.app.host(), email).await.expect("the first owner");
        self.join(&token).await
    }

    /// Somebody else with a role, in by a session.
    pub async fn member(&self, email: &str, role: Role) -> Member {
        let ctx = self.app.host();
        let mut tx = self.app.begin(&ctx, "test").await.expect("begins");
        let person = Person { email: EmailAddress::parse(email).expect("an address"), name: String::new() };
        let grant = roles::NewGrant { role: roles::RoleRef::BuiltIn(role), expires_at: None };
        let token = accounts::invite(&self.app, &mut tx, &ctx, &person, grant).await.expect("invites");
        tx.commit().await.expect("commits");
        self.join(&token).await
    }

    async fn join(&self, token: &str) -> Member {
        let visitor = self.app.visitor();
        let device = Device::default();
        let session = login::welcome(&self.app, &visitor, token, "maroon kettle orbit fiddle".into(), &device).await;
        let token = session.expect("a session");
        let account = self.signed_in(&token).await.expect("it works").account;
        Member { account, token }
    }

    async fn signed_in(&self, token: &str) -> Option<waxwing_http::SignedIn> {
        let caller = Caller { address: None, request: self.app.visitor().request };
        self.app.session(token, caller).await.expect("asks")
    }

    /// The context that the guard would give a member's request now.
    pub async fn acting(&self, member: &Member) -> Ctx {
        let person = self.signed_in(&member.token).await.expect("a session that works");
        let actor = Actor::Account(person.account, person.session);
        let (rights, entered) = (person.rights, person.entered);
        Ctx { actor, origin: actor, rights, proven: true, entered, ..self.app.visitor() }
    }

    pub async fn is_in(&self, member: &Member) -> bool {
        self.signed_in(&member.token).await.is_some()
    }

    /// A key of everything.
    pub async fn key(&self) -> (ApiKeyId, String) {
        let ctx = self.app.host();
        let mut tx = self.app.begin(&ctx, "test").await.expect("begins");
        let new = NewApiKey::of(&ctx, "Shop", KeyScope::GRANTABLE);
        let made = accounts::create_api_key(&self.app, &mut tx, &ctx, new).await.expect("a key");
        tx.commit().await.expect("commits");
        made
    }

    pub async fn contain(&self, ctx: &Ctx, scope: Scope) -> waxwing_app::Result<Contained> {
        let suspected_from = ctx.now().plus(-Micros::HOUR);
        containment::contain(&self.app, ctx, &Order { scope, reason: "A test.".into(), suspected_from }).await
    }

    pub async fn release(&self, ctx: &Ctx, done: Contained) -> waxwing_app::Result<()> {
        let mut tx = self.app.begin(ctx, "test").await?;
        containment::release(&self.app, &mut tx, ctx, done.id).await?;
        Ok(tx.commit().await?)
    }

    pub async fn run_steps(&self) {
        let mut registry = JobRegistry::default();
        containment::jobs(&mut registry, &self.app);
        let app = self.app.clone();
        registry.on("keys.rotate", 1, move |_| {
            let _app = app.clone();
            async { Ok(()) }
        });
        for kind in
            ["accounts.tell_reset", "keys.renew_links", "domains.prepare", "keys.reseal_secrets", "keys.reseal_people"]
        {
            registry.on(kind, 1, |_| async { Ok(()) });
        }
        web::run_jobs(self.app.store(), self.app.workspace(), registry).await;
    }

    /// The same, with the real jobs of keys.
    pub async fn run_steps_and_keys(&self) {
        let mut registry = JobRegistry::default();
        containment::jobs(&mut registry, &self.app);
        waxwing_app::keys::jobs(&mut registry, &self.app);
        for kind in ["accounts.tell_reset", "domains.prepare"] {
            registry.on(kind, 1, |_| async { Ok(()) });
        }
        web::run_jobs(self.app.store(), self.app.workspace(), registry).await;
    }

    pub async fn standing(&self) -> containment::Overview {
        let ctx = self.app.host();
        let mut tx = self.app.read(&ctx, "test").await.expect("reads");
        containment::overview(&self.app, &mut tx, &ctx).await.expect("an overview")
    }
}

async fn furnish(app: &App, people: usize) -> ListId {
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    fields::install(app, &mut tx, &ctx).await.expect("fields");
    let named = settings::Workspace { organisation: "Orchard".into(), ..settings::Workspace::default() };
    settings::save(app, &mut tx, &ctx, &named).await.expect("settings");
    let list = lists::create(app, &mut tx, &ctx, NewList::named("Letters")).await.expect("a list").id;
    for number in 0..people {
        let email = EmailAddress::parse(&format!("person{number}@example.org")).expect("an address");
        let kind = consent::ConsentKind::Manual;
        let new = NewPerson { email, values: vec![] };
        subscribers::admit(app, &mut tx, &ctx, new, kind, "At the fair.", &[list]).await.expect("a person");
    }
    tx.commit().await.expect("commits");
    list
}
