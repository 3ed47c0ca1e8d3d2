//! Who was touched, against what really left: random requests by several actors, and the addresses in the answers.
//!
//! The other property (`tests_histories`) replays what the record says. Here nothing is taken from the record: the truth is
//! the bodies that came back over HTTP, on pages, in the API, in searches and in exports. Limit: people are told by
//! their addresses; a body that shows somebody by another field only is not among the requests.

use crate::testing::{Got, House};
use http::{Method, StatusCode};
use std::collections::BTreeSet;
use std::sync::Arc;
use waxwing_domain::{AccountId, ApiKeyId, Micros, Rights, Rng as _, SessionId, TestClock, TestRng, WorkspaceId};
use waxwing_http::{Answer, Authenticate, Caller, KeyHolder, SignedIn};
use waxwing_store::Engine;
use waxwing_testkit::store::{START, TestStore};
use waxwing_testkit::web::Web;

/// People of the house.
const PEOPLE: u64 = 12;
/// Actors of a history; odd ones are keys, even ones sessions.
const ACTORS: u64 = 3;

/// A door at which the word of a session or key is its number; everybody may do everything.
struct Door(WorkspaceId);

impl Authenticate for Door {
    fn session<'a>(&'a self, token: &'a str, _: Caller) -> Answer<'a, SignedIn> {
        let signed_in = token.parse().ok().map(|number| SignedIn {
            account: AccountId::from_i64(number),
            session: SessionId::from_i64(number),
            workspace: self.0,
            rights: Rights::everything(),
            proven: true,
            entered: None,
            form_key: token.to_owned(),
            enrolling: false,
            questioned: false,
            name: "Test".into(),
            organisation: "Test".into(),
            state: None,
        });
        Box::pin(async move { Ok(signed_in) })
    }
    fn api_key<'a>(&'a self, key: &'a str, _: Caller) -> Answer<'a, KeyHolder> {
        let holder = key.parse().ok().map(|number| KeyHolder {
            key: ApiKeyId::from_i64(number),
            workspace: self.0,
            rights: Rights::everything(),
            entered: None,
        });
        Box::pin(async move { Ok(holder) })
    }
    fn public_workspace(&self) -> WorkspaceId {
        self.0
    }
}

/// A house whose visitors have numbers.
struct Scene {
    house: House,
    web: Web,
    emails: Vec<String>,
    clock: Arc<TestClock>,
}

impl Scene {
    async fn set(t: &TestStore) -> Self {
        let emails: Vec<String> = (0..PEOPLE).map(|n| format!("kestrel{n:02}@example.org")).collect();
        let house = House::new(t, &emails.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let router = crate::routes().finish().router.with_state(house.app.clone());
        let web = Web::behind(router, house.app.store(), Arc::new(Door(house.app.workspace())));
        Self { house, web, emails, clock: t.clock.clone() }
    }

    /// The people whose addresses stand in a body.
    fn in_body(&self, body: &str) -> BTreeSet<u32> {
        let people = self.emails.iter().zip(&self.house.people);
        people.filter(|(email, _)| body.contains(email.as_str())).map(|(_, subject)| subject.get()).collect()
    }

    /// The people who are named as surely touched by an actor.
    async fn confirmed(&self, who: &str) -> BTreeSet<u32> {
        let from = Micros::from_i64(START - Micros::DAY);
        let until = Micros::from_i64(START + Micros::DAY);
        let path = format!("/api/v1/blast/people?who={who}&from={from}&until={until}&sure=confirmed");
        // Asking has a budget a minute.
        self.clock.advance(2 * Micros::SECOND);
        let got = self.house.web.key("all").get(&path).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let told: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
        let people = told["people"].as_array().expect("people").iter();
        people.map(|number| u32::try_from(number.as_u64().expect("a number")).expect("small")).collect()
    }
}

/// What one actor asked for, and got.
struct Actor {
    number: i64,
    is_key: bool,
    got: BTreeSet<u32>,
    asked: Vec<String>,
}

impl Actor {
    fn who(&self) -> String {
        match self.is_key {
            true => format!("key:{}", ApiKeyId::from_i64(self.number)),
            false => format!("session:{}", SessionId::from_i64(self.number)),
        }
    }

    /// One random request.
    async fn act(&mut self, scene: &Scene, chance: &TestRng) {
        // Every actor comes from a place of their own, so that nobody is slowed down for another.
        let [.., a, b] = self.number.to_be_bytes();
        let web = scene.web.from([198, 51, a, b]);
        let (what, got) = match self.is_key {
            true => program(&web.key(&self.number.to_string()), scene, chance).await,
            false => person(&web.session(&self.number.to_string()), scene, chance).await,
        };
        let refused = got.status.is_client_error() || got.status.is_server_error();
        assert!(!refused, "{what}: {} {}", got.status, got.body);
        self.got.extend(scene.in_body(&got.body));
        self.asked.push(what);
    }
}

fn below(chance: &TestRng, end: u64) -> u64 {
    let mut bytes = [0; 8];
    chance.fill(&mut bytes);
    u64::from_le_bytes(bytes) % end
}

/// What a program asks for.
async fn program(web: &Web, scene: &Scene, chance: &TestRng) -> (String, Got) {
    let somebody = below(chance, PEOPLE) as usize;
    let (subject, list) = (scene.house.people[somebody], scene.house.list);
    let after = scene.house.people[below(chance, PEOPLE) as usize];
    let export = format!("/api/v1/lists/{list}/export?purpose=audit");
    let path = match below(chance, 12) {
        0 => return (export.clone(), web.ask(Method::POST, &export, "application/json", "").await),
        1..=3 => format!("/api/v1/subscribers/{subject}"),
        4 => format!("/api/v1/subscribers?limit={}", 1 + below(chance, 4)),
        5 => format!("/api/v1/subscribers?limit={}&after={after}", 1 + below(chance, 4)),
        6 => format!("/api/v1/subscribers?limit=3&list={list}"),
        7 => "/api/v1/subscribers?state=unsubscribed".to_owned(),
        8 => format!("/api/v1/subscribers?email={}", scene.emails[somebody].replace('@', "%40")),
        9 => "/api/v1/subscribers?email=nobody%40example.org".to_owned(),
        10 => "/api/v1/lists".to_owned(),
        _ => "/api/v1/exports".to_owned(),
    };
    (path.clone(), web.get(&path).await)
}

/// What a person opens.
async fn person(web: &Web, scene: &Scene, chance: &TestRng) -> (String, Got) {
    let somebody = below(chance, PEOPLE) as usize;
    let (subject, list) = (scene.house.people[somebody], scene.house.list);
    let path = match below(chance, 12) {
        0 => "/audience".to_owned(),
        1 => "/audience?state=unsubscribed".to_owned(),
        2..=5 => format!("/audience/people/{subject}"),
        6 => format!("/audience/people/{subject}/erase"),
        7 => format!("/audience/lists/{list}"),
        8 => "/audience/lists".to_owned(),
        9 => "/audience/export".to_owned(),
        10 => "/audience/fields".to_owned(),
        _ => "/".to_owned(),
    };
    (path.clone(), web.get(&path).await)
}

async fn histories(engine: Engine, seeds: std::ops::Range<u64>) {
    let Some(t) = TestStore::open(engine).await else { return };
    let scene = Scene::set(&t).await;
    let mut all = Vec::new();
    for seed in seeds {
        let chance = TestRng::seeded(seed);
        let first = 1_000 + i64::try_from(seed * ACTORS).expect("small");
        let begin = |number: i64| Actor { number, is_key: number % 2 == 1, got: BTreeSet::new(), asked: Vec::new() };
        let mut actors: Vec<Actor> = (first..).take(ACTORS as usize).map(begin).collect();
        for _ in 0..3 + below(&chance, 8) {
            let which = below(&chance, ACTORS) as usize;
            actors[which].act(&scene, &chance).await;
        }
        all.extend(actors.into_iter().map(|actor| (seed, actor)));
    }
    scene.house.number().await;
    assert!(all.iter().any(|(_, actor)| !actor.got.is_empty()), "nobody got anybody");
    for (seed, actor) in &all {
        let named = scene.confirmed(&actor.who()).await;
        assert_eq!(named, actor.got, "seed {seed}, {}: {:?}", actor.who(), actor.asked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_named_is_whose_address_was_in_a_body_in_a_hundred_histories() {
    histories(Engine::Sqlite, 0..120).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_named_is_whose_address_was_in_a_body_on_postgresql() {
    histories(Engine::Postgres, 5_000..5_025).await;
}
