//! A thousand random histories: what the record answers equals a replay of the requests themselves.
//!
//! A history is a list of acts by people, sessions, keys and visitors from a few addresses, with the
//! masks of their roles: reads through the store's own disclosure, changes, erasures, keys and
//! webhooks that are made and then used, clocks that go back. The replay knows the acts and nothing
//! of the record; it is written for being plainly right, one person and field at a time.

use super::question::{Question, SKEW, Suspect};
use super::radius::{Radius, Tally};
use super::walk::walk;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use waxwing_app::fields::{self, FieldKind, NewField};
use waxwing_domain::{
    AccountId, Actor, ApiKeyId, ClassSet, Ctx, DataClass, ExportId, FieldId, LegalBasis, Micros, Operation, Rights,
    Rng as _, SessionId, SubjectNo, TestRng, WebhookId, WorkspaceId,
};
use waxwing_store::{Engine, Entry, Sequencer, subjects};
use waxwing_testkit::store::TestStore;

/// Chance in a test's hands.
struct Chance(TestRng);

impl Chance {
    fn below(&self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % end
    }
    fn one_in(&self, n: u64) -> bool {
        self.below(n) == 0
    }
    fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
    fn some_people(&self) -> BTreeSet<u32> {
        let most = self.pick(&[1, 3, 40]);
        (0..=self.below(most)).map(|_| 1 + self.below(60) as u32).collect()
    }
}

/// Something that was done, as whoever did it knows it.
#[derive(Clone)]
struct Act {
    at: Micros,
    actor: Actor,
    origin: Actor,
    address: Option<IpAddr>,
    operation: Operation,
    what: &'static str,
    object: Option<(&'static str, i64)>,
    destination: &'static str,
    /// Each person and what of them was there to see or was changed, as one set of fields.
    people: BTreeMap<u32, BTreeSet<u32>>,
}

const FIELDS: [(u32, Option<DataClass>); 6] = [
    (1, Some(DataClass::Personal)),
    (3, Some(DataClass::Personal)),
    (1_000, Some(DataClass::Public)),
    (1_001, Some(DataClass::Internal)),
    (1_002, Some(DataClass::Sensitive)),
    (1_003, None),
];
const READS: [(Operation, &str, &str); 9] = [
    (Operation::Read, "subscribers.show", "page"),
    (Operation::Read, "subscribers.page", "api"),
    (Operation::Export, "exporting.chunk", "file"),
    (Operation::Search, "subscribers.search", "api"),
    (Operation::Search, "segments.scan", "none"),
    (Operation::Preview, "sending.preview", "smtp"),
    (Operation::Send, "sending.batch", "smtp"),
    (Operation::Read, "webhooks.batch", "webhook"),
    (Operation::Read, "people.list", "cli"),
];
const CHANGES: [(Operation, &str); 6] = [
    (Operation::Change, "subscribers.change"),
    (Operation::Create, "subscribers.add"),
    (Operation::Erase, "erasure.erase"),
    (Operation::Delete, "subscribers.delete"),
    (Operation::Import, "importing.batch"),
    (Operation::Key, "roles.unmask"),
];
const MAKINGS: [(&str, &str); 6] = [
    ("api_keys.create", "api_key"),
    ("webhooks.add", "webhook"),
    ("webhooks.edit", "webhook"),
    ("accounts.invite", "account"),
    ("accounts.reset_link", "account"),
    ("relays.add", "relay"),
];

fn account(person: i64, session: i64) -> Actor {
    Actor::Account(AccountId::from_i64(person), SessionId::from_i64(session))
}

fn somebody(chance: &Chance) -> Actor {
    match chance.below(8) {
        0..=2 => {
            let person = 1 + chance.below(4) as i64;
            account(person, person * 10 + chance.below(2) as i64)
        }
        3..=5 => Actor::ApiKey(ApiKeyId::from_i64(100 + chance.below(5) as i64)),
        6 => Actor::Host,
        _ => chance.pick(&[Actor::Public, Actor::Job]),
    }
}

fn address(chance: &Chance) -> Option<IpAddr> {
    let all: [IpAddr; 3] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into(), "2001:db8::1".parse().expect("an address")];
    (!chance.one_in(4)).then(|| chance.pick(&all))
}

/// A history under way in one workspace.
struct History<'t> {
    t: &'t TestStore,
    workspace: WorkspaceId,
    chance: Chance,
    founded: Micros,
    acts: Vec<Act>,
}

impl<'t> History<'t> {
    async fn begin(t: &'t TestStore, seed: u64) -> Self {
        let founded = t.store.clock().now();
        let workspace = t.store.create_workspace(&format!("History {seed}")).await.expect("a workspace");
        let ctx = Ctx { workspace, ..t.ctx() };
        let app = crate::testing::app(t).at(workspace);
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        fields::install(&app, &mut tx, &ctx).await.expect("fields");
        for class in [DataClass::Public, DataClass::Internal, DataClass::Sensitive] {
            let (key, label) = (format!("f_{}", class.as_str()), "F".to_owned());
            let (kind, purpose, basis) = (FieldKind::Text, "a test".to_owned(), LegalBasis::Consent);
            let new = NewField { key, label, kind, class, purpose, basis, retention_days: None, kind_of_data: None };
            fields::define(&app, &mut tx, &ctx, new).await.expect("a field");
        }
        tx.commit().await.expect("commits");
        Self { t, workspace, chance: Chance(TestRng::seeded(seed)), founded, acts: Vec::new() }
    }

    fn ctx(&self, actor: Actor, origin: Actor, rights: Rights) -> Ctx {
        let ctx = Ctx { workspace: self.workspace, actor, origin, rights, ..self.t.ctx() };
        Ctx { address: address(&self.chance), ..ctx }
    }

    async fn act(&mut self) {
        // Up to an hour on, now and then a little or a lot back.
        self.t.clock.advance(match self.chance.below(40) {
            0 => -(self.chance.below(30) as i64) * Micros::SECOND,
            1 => -(self.chance.below(20) as i64) * Micros::MINUTE,
            _ => self.chance.below(3_600) as i64 * Micros::SECOND,
        });
        match self.chance.below(10) {
            0..=5 => self.read().await,
            6 | 7 => self.change().await,
            _ => self.make().await,
        }
    }

    async fn read(&mut self) {
        let (operation, what, destination) = self.chance.pick(&READS);
        let origin = somebody(&self.chance);
        let actor = if matches!(what, "webhooks.batch" | "sending.batch") { Actor::Job } else { origin };
        let unmasked: BTreeSet<SubjectNo> = (0..self.chance.below(3)).map(|n| SubjectNo::new(1 + n as u32)).collect();
        let clear = self.chance.pick(&[ClassSet::ALL, ClassSet::UP_TO_INTERNAL, ClassSet::NONE]);
        let rights = Rights { clear, unmasked: Arc::new(unmasked.clone()), ..Rights::everything() };
        let object = match what {
            "webhooks.batch" => Some(("webhook", 200 + self.chance.below(4) as i64)),
            "exporting.chunk" => Some(("export", 300 + self.chance.below(2) as i64)),
            _ => None,
        };
        let (ctx, mut entry) = (self.ctx(actor, origin, rights), Entry::new(operation, what).to(destination));
        entry.object = object;
        let mut people: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let mut left = self.chance.some_people();
        for _ in 0..=self.chance.below(2) {
            let wanted: Vec<u32> = FIELDS.iter().map(|f| f.0).filter(|_| self.chance.one_in(2)).collect();
            let part: BTreeSet<u32> = if self.chance.one_in(2) { std::mem::take(&mut left) } else { BTreeSet::new() };
            let ids: Vec<FieldId> = wanted.iter().map(|field| FieldId::new(*field)).collect();
            entry = entry.part(&ids, subjects(part.iter().map(|n| SubjectNo::new(*n))));
            for person in part {
                let open = unmasked.contains(&SubjectNo::new(person));
                let seen = wanted.iter().filter(|field| open || sees(clear, **field)).copied().collect();
                people.insert(person, seen);
            }
        }
        self.t.store.disclose(&ctx, entry).await.expect("recorded");
        self.note(&ctx, (operation, what, destination), object, people);
    }

    async fn change(&mut self) {
        let (operation, what) = self.chance.pick(&CHANGES);
        let actor = somebody(&self.chance);
        let ctx = self.ctx(actor, actor, Rights::everything());
        let people = self.chance.some_people();
        let fields: BTreeSet<u32> = FIELDS.iter().map(|f| f.0).filter(|_| self.chance.one_in(3)).collect();
        let ids: Vec<FieldId> = fields.iter().map(|field| FieldId::new(*field)).collect();
        let entry = Entry::new(operation, what).part(&ids, subjects(people.iter().map(|n| SubjectNo::new(*n))));
        self.record(&ctx, entry).await;
        let people = people.into_iter().map(|person| (person, fields.clone())).collect();
        self.note(&ctx, (operation, what, "none"), None, people);
    }

    async fn make(&mut self) {
        let (what, kind) = self.chance.pick(&MAKINGS);
        let actor = somebody(&self.chance);
        let ctx = self.ctx(actor, actor, Rights::everything());
        let id = match kind {
            "api_key" => 100 + self.chance.below(5),
            "webhook" => 200 + self.chance.below(4),
            "account" => 1 + self.chance.below(4),
            _ => 900,
        };
        let object = (kind, id as i64);
        self.record(&ctx, Entry::new(Operation::Key, what).on(kind, object.1)).await;
        self.note(&ctx, (Operation::Key, what, "none"), Some(object), BTreeMap::new());
    }

    async fn record(&self, ctx: &Ctx, entry: Entry) {
        let mut tx = self.t.store.begin(self.workspace, "test").await.expect("begins");
        tx.record(&self.t.store, ctx, entry).await.expect("recorded");
        tx.commit().await.expect("commits");
    }

    fn note(
        &mut self,
        ctx: &Ctx,
        (operation, what, destination): (Operation, &'static str, &'static str),
        object: Option<(&'static str, i64)>,
        people: BTreeMap<u32, BTreeSet<u32>>,
    ) {
        let Ctx { actor, origin, address, .. } = ctx.clone();
        self.acts.push(Act { at: ctx.now(), actor, origin, address, operation, what, object, destination, people });
    }

    fn question(&self) -> Question {
        let first = self.acts.first().expect("acts").at;
        let span = self.acts.last().expect("acts").at.since(first).max(1).cast_unsigned();
        let (a, b) = (self.chance.below(span).cast_signed(), self.chance.below(span).cast_signed());
        let skew = self.chance.pick(&[0, SKEW, SKEW * 10]);
        let follow = !self.chance.one_in(4);
        let suspect = self.suspect();
        Question { suspect, from: first.plus(a.min(b)), until: first.plus(a.max(b) + 1), skew, follow }
    }

    fn suspect(&self) -> Suspect {
        let chance = &self.chance;
        match chance.below(9) {
            0 => Suspect::Anyone,
            1 => Suspect::Person(AccountId::from_i64(1 + chance.below(4) as i64)),
            2 => Suspect::Session(SessionId::from_i64(10 * (1 + chance.below(4) as i64) + chance.below(2) as i64)),
            3 => Suspect::Key(ApiKeyId::from_i64(100 + chance.below(5) as i64)),
            4 => Suspect::Webhook(WebhookId::from_i64(200 + chance.below(4) as i64)),
            5 => Suspect::Export(ExportId::from_i64(300 + chance.below(2) as i64)),
            6 => Suspect::Address(address(chance).unwrap_or([192, 0, 2, 9].into())),
            7 => Suspect::Host,
            _ => Suspect::Visitors,
        }
    }
}

fn sees(clear: ClassSet, field: u32) -> bool {
    let class = FIELDS.iter().find(|(known, _)| *known == field).expect("known").1;
    let rights = Rights { clear, ..Rights::nothing() };
    rights.sees(class.unwrap_or(DataClass::Sensitive))
}

/// Person, effect, way, and a field (0 for a person without any) → first and last moment.
type Facts = BTreeMap<(u32, &'static str, &'static str, u32), (Micros, Micros)>;

/// The plainly right way: every act, person and field on its own.
fn replay(acts: &[Act], question: &Question, skew: i64) -> Facts {
    let hands = taken_hands(acts, question, skew);
    let mut facts = Facts::new();
    for act in acts.iter().filter(|act| is_counted(act, question, skew, &hands)) {
        let (effect, way) = effect(act);
        for (person, fields) in &act.people {
            let fields = if fields.is_empty() { BTreeSet::from([0]) } else { fields.clone() };
            for field in fields {
                let span = facts.entry((*person, effect, way, field)).or_insert((act.at, act.at));
                *span = (span.0.min(act.at), span.1.max(act.at));
            }
        }
    }
    facts
}

fn effect(act: &Act) -> (&'static str, &'static str) {
    let way = match act.destination {
        "smtp" => "mail",
        "cli" => "command_line",
        "none" => "other",
        other => other,
    };
    match act.what {
        "sending.preview" => ("confirmed", "preview"),
        "subscribers.show" | "subscribers.page" | "exporting.chunk" | "subscribers.search" => ("confirmed", way),
        "webhooks.batch" | "people.list" => ("confirmed", way),
        "segments.scan" | "sending.batch" | "roles.unmask" => ("possible", way),
        _ => ("altered", way),
    }
}

/// Kind and number of what acts, with the moment from which it is the suspect's.
type Hands = BTreeMap<(&'static str, i64), Micros>;

/// Adds what counted acts made until nothing is added any more.
fn taken_hands(acts: &[Act], question: &Question, skew: i64) -> Hands {
    let mut hands = Hands::new();
    loop {
        let before = hands.clone();
        for act in acts.iter().filter(|act| question.follow && is_counted(act, question, skew, &before)) {
            if let Some((kind, id)) = act.object.filter(|_| act.operation == Operation::Key && act.what != "relays.add")
            {
                let since = act.at.plus(-skew);
                let known = hands.entry((kind, id)).or_insert(since);
                *known = since.min(*known);
            }
        }
        if hands == before {
            return hands;
        }
    }
}

fn is_counted(act: &Act, question: &Question, skew: i64, hands: &Hands) -> bool {
    let within = question.from.plus(-skew) <= act.at && act.at < question.until.plus(skew);
    let by = |actor: Actor| [act.actor, act.origin].contains(&actor);
    let person =
        |id: i64| [act.actor, act.origin].iter().any(|a| matches!(a, Actor::Account(p, _) if p.as_i64() == id));
    let suspect = match question.suspect {
        Suspect::Anyone => true,
        // A copy has no entries, and a campaign answers by its ledger: both have tests of their own.
        Suspect::Copy(_) | Suspect::Campaign(_) => false,
        Suspect::Person(id) => person(id.as_i64()),
        Suspect::Session(id) => by(account(id.as_i64() / 10, id.as_i64())),
        Suspect::Key(id) => by(Actor::ApiKey(id)),
        Suspect::Webhook(id) => act.what == "webhooks.batch" && act.object == Some(("webhook", id.as_i64())),
        Suspect::Export(id) => act.object == Some(("export", id.as_i64())),
        Suspect::Host => by(Actor::Host),
        Suspect::Visitors => by(Actor::Public),
        Suspect::Address(address) => act.address == Some(address),
    };
    let hand = hands.iter().any(|((kind, id), since)| {
        *since <= act.at
            && match *kind {
                "api_key" => by(Actor::ApiKey(ApiKeyId::from_i64(*id))),
                "account" => person(*id),
                _ => act.what == "webhooks.batch" && act.object == Some((kind, *id)),
            }
    });
    (within && suspect) || hand
}

/// The answer, one person and field at a time; times are of the touch they stand in.
fn spread(radius: &Radius) -> Facts {
    let mut facts = Facts::new();
    for touch in &radius.touches {
        let fields: Vec<u32> = match touch.fields.is_empty() {
            true => vec![0],
            false => touch.fields.iter().map(|field| field.get()).collect(),
        };
        for person in &touch.people {
            for field in &fields {
                let key = (person, touch.effect.as_str(), touch.channel.as_str(), *field);
                let span = facts.entry(key).or_insert((touch.first, touch.last));
                *span = (span.0.min(touch.first), span.1.max(touch.last));
            }
        }
    }
    facts
}

/// The most that the clock went back between two acts in the order they were recorded.
fn clock_back(history: &History<'_>) -> i64 {
    let mut newest = history.founded;
    history.acts.iter().fold(0, |back, act| {
        newest = newest.max(act.at);
        back.max(newest.since(act.at))
    })
}

async fn check(history: &History<'_>) {
    let t = history.t;
    for _ in 0..4 {
        let question = history.question();
        let mut tx = t.store.read(history.workspace, "test").await.expect("reads");
        let (walked, tally) = walk(&t.store, &mut tx, &t.ctx(), &question, Tally::default).await.expect("an answer");
        let radius = Radius::of(question, walked, tally);
        assert_eq!(radius.skew, question.skew.max(clock_back(history)), "{question:?}");
        let (expected, found) = (replay(&history.acts, &question, radius.skew), spread(&radius));
        let keys = |facts: &Facts| facts.keys().copied().collect::<BTreeSet<_>>();
        assert_eq!(keys(&found), keys(&expected), "{} {question:?}", question.suspect);
        // Times of an answer are those of everybody touched in the same way.
        for (key, (first, last)) in &expected {
            let (earliest, latest) = found[key];
            assert!(earliest <= *first && *last <= latest, "{key:?}");
        }
        let moments = expected.values();
        let ends = (moments.clone().map(|m| m.0).min(), moments.map(|m| m.1).max());
        let touches = radius.touches.iter();
        assert_eq!((touches.clone().map(|t| t.first).min(), touches.map(|t| t.last).max()), ends);
    }
}

async fn histories(engine: Engine, seeds: std::ops::Range<u64>) {
    let Some(t) = TestStore::open(engine).await else { return };
    let seeds: Vec<u64> = seeds.collect();
    for group in seeds.chunks(25) {
        let mut under_way = Vec::new();
        for seed in group {
            let mut history = History::begin(&t, *seed).await;
            for _ in 0..4 + history.chance.below(14) {
                history.act().await;
            }
            under_way.push(history);
        }
        Sequencer::new(t.store.clone()).finish().await.expect("numbers");
        for history in &under_way {
            check(history).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_equals_a_replay_in_a_thousand_histories() {
    histories(Engine::Sqlite, 0..1_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_equals_a_replay_on_postgresql() {
    histories(Engine::Postgres, 5_000..5_040).await;
}
