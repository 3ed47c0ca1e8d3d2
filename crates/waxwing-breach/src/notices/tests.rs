//! Notices, in sentences.

use super::*;
use crate::blast::{self, Question};
use crate::duties;
use crate::incidents::{self, Losses, NewCase, Severity};
use crate::testing::House;
use http::StatusCode;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use waxwing_app::accounts::{self, Person, approvals, roles};
use waxwing_app::fields::{self, FieldKind, NewField};
use waxwing_app::login::{self, Device};
use waxwing_app::subscribers::{self, Changes};
use waxwing_app::suppression::{self, Reason};
use waxwing_app::{App, Error, Result, erasure, lists, relays, settings};
use waxwing_demo::capture::{CaptureOptions, CaptureServer};
use waxwing_domain::{
    Actor, ContainmentId, Ctx, DataClass, EmailAddress, FieldId, GateLevel, LegalBasis, Rights, Role, SessionId,
    SubjectNo, Thing,
};
use waxwing_store::{Runner, Tx, args, bulk};
use waxwing_testkit::store::{START, TestStore};
use waxwing_testkit::store_test;

bulk! { CROWD, into "ledger" (source_id: Int, subject: Int, channel: Int, tag: Blob, domain: Int, state: Int, next_at: Int,
worker: Int, attempts: Int, first_at: Int, done_at: Int, codes: Text), "" }

/// So many people were told.
const CROWD_SIZE: i64 = 100_000;

const PEOPLE: [&str; 5] =
    ["ada@postbox.example", "bea@postbox.example", "cyd@postbox.example", "dan@postbox.example", "eve@postbox.example"];
const PATIENCE: Duration = Duration::from_secs(60);

/// A confirmed case with its words, a frozen answer over the first four people, and a relay that captures.
struct Scene {
    house: House,
    owner: Ctx,
    case: IncidentId,
    radius: i64,
    capture: CaptureServer,
    ticking: JoinHandle<()>,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.ticking.abort();
    }
}

fn acting(ctx: &Ctx, account: AccountId, role: Role) -> Ctx {
    let actor = Actor::Account(account, SessionId::from_i64(account.as_i64()));
    Ctx { actor, origin: actor, rights: Rights::of_role(role), proven: true, ..ctx.clone() }
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

impl Scene {
    async fn new(t: &TestStore) -> Self {
        let house = House::new(t, &PEOPLE).await;
        let capture =
            CaptureServer::start(([127, 0, 0, 1], 0).into(), CaptureOptions::default()).await.expect("starts");
        let owner = owner(&house).await;
        languages(&house).await;
        leak(&house).await;
        // Before the transaction: asking is recorded in one of its own.
        let answer = answer(&house, &owner).await;
        let relay = format!("smtp://{}?tls=none", capture.address());
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        relays::add_url(&house.app, &mut tx, &house.ctx, "Spare", &relay).await.expect("a relay");
        let case = case(&house, &mut tx, &owner).await;
        let radius = blast::freeze(&house.app, &mut tx, &owner, &answer).await.expect("freezes");
        tx.commit().await.expect("commits");
        let clock = Arc::clone(&t.clock);
        let ticking = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                clock.advance(5_000);
            }
        });
        Self { house, owner, case, radius, capture, ticking }
    }

    fn app(&self) -> &App {
        &self.house.app
    }

    async fn act<T>(&self, ctx: &Ctx, act: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let mut tx = self.app().begin(ctx, "test").await.expect("begins");
        let done = act(&mut tx).await?;
        tx.commit().await.expect("commits");
        Ok(done)
    }

    async fn begin(&self) -> NoticeId {
        let new = NewNotice { radius: self.radius, possible: false };
        self.act(&self.owner, async |tx| create(self.app(), tx, &self.owner, self.case, new).await)
            .await
            .expect("begins")
    }

    async fn look(&self, id: NoticeId) -> Prepared {
        let mut tx = self.app().read(&self.owner, "test").await.expect("reads");
        prepare(self.app(), &mut tx, &self.owner, self.case, id).await.expect("looks")
    }

    /// Orders it as it is, letting stand what may be let stand.
    async fn order(&self, ctx: &Ctx, id: NoticeId) -> Result<Ordered> {
        let now = self.look(id).await;
        let rules: Vec<LintRule> = now.asks().into_iter().collect();
        self.act(ctx, async |tx| send(self.app(), tx, ctx, (self.case, id, now.notice.version), &rules).await).await
    }

    async fn progress(&self, id: NoticeId) -> Progress {
        let mut tx = self.app().read(&self.owner, "test").await.expect("reads");
        progress(&mut tx, id).await.expect("counts")
    }

    async fn until(&self, id: NoticeId, enough: impl Fn(&Progress) -> bool) -> Progress {
        let begun = Instant::now();
        loop {
            let progress = self.progress(id).await;
            if enough(&progress) {
                return progress;
            }
            assert!(begun.elapsed() < PATIENCE, "it never got there: {progress:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The proof, and how long its pieces are.
    async fn proof(&self, id: NoticeId) -> (Vec<usize>, serde_json::Value) {
        let (mut lengths, mut text) = (Vec::new(), String::new());
        let mut proof = super::proof(self.app(), &self.owner, self.case, id).await.expect("a proof");
        while let Some(piece) = proof.next().await.expect("a piece") {
            lengths.push(piece.len());
            text.push_str(&piece);
        }
        (lengths, serde_json::from_str(&text).expect("JSON"))
    }

    /// Runs every job of the product, the lane among them, until the guard goes.
    fn work(&self) -> Work {
        let (stop, stopped) = watch::channel(false);
        let runner = Runner::new(self.app().store().clone(), crate::jobs(self.app()));
        Work { task: tokio::spawn(runner.run(stopped)), stop }
    }

    fn delivered(&self) -> HashMap<String, u32> {
        self.capture.captured().deliveries()
    }

    fn mail(&self, to: &str) -> String {
        let mail = self.capture.captured().newest_to(to).expect("they got it");
        String::from_utf8_lossy(&mail.raw).replace("=\r\n", "")
    }
}

struct Work {
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Work {
    async fn end(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

async fn owner(house: &House) -> Ctx {
    let address = email("olga@orchard.example");
    accounts::bootstrap(&house.app, &house.ctx, address.clone()).await.expect("an owner");
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let found = accounts::by_email(&house.app, &mut tx, &address).await.expect("looks").expect("is there");
    let set = settings::load(&mut tx).await.expect("settings");
    let set = settings::Workspace { system_from: Some(email("privacy@orchard.example")), ..set };
    settings::save(&house.app, &mut tx, &house.ctx, &set).await.expect("settings");
    tx.commit().await.expect("commits");
    acting(&house.ctx, found.id, Role::Owner)
}

/// Somebody who may say yes, and is in no case yet.
async fn second(house: &House) -> Ctx {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let person = Person { email: email("petra@orchard.example"), name: String::new() };
    let grant = roles::NewGrant { role: roles::RoleRef::BuiltIn(Role::PrivacyOfficer), expires_at: None };
    let token = accounts::invite(&house.app, &mut tx, &house.ctx, &person, grant).await.expect("invites");
    tx.commit().await.expect("commits");
    let visitor = house.app.visitor();
    let (device, password) = (Device::default(), "maroon kettle orbit fiddle".into());
    login::welcome(&house.app, &visitor, &token, password, &device).await.expect("a session");
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    let found = accounts::by_email(&house.app, &mut tx, &person.email).await.expect("looks").expect("is there");
    acting(&house.ctx, found.id, Role::PrivacyOfficer)
}

/// Bea reads German, and of Cyd the name is known.
async fn languages(house: &House) {
    let (app, ctx) = (&house.app, &house.ctx);
    let mut tx = app.begin(ctx, "test").await.expect("begins");
    let new = NewField {
        key: LOCALE.into(),
        label: "Language".into(),
        kind: FieldKind::Text,
        class: DataClass::Internal,
        purpose: "To write in it".into(),
        basis: LegalBasis::Consent,
        retention_days: None,
        kind_of_data: None,
    };
    let field = fields::define(app, &mut tx, ctx, new).await.expect("a field");
    let changes = Changes { values: vec![(field, Some("de-AT".into()))], ..Changes::default() };
    subscribers::update(app, &mut tx, ctx, house.people[1], changes).await.expect("changed");
    let all = fields::all(&mut tx).await.expect("fields");
    let name = all.iter().find(|field| field.id == FieldId::FIRST_NAME).expect("a field").clone();
    let changes = Changes { values: vec![(name, Some("Cyd".into()))], ..Changes::default() };
    subscribers::update(app, &mut tx, ctx, house.people[2], changes).await.expect("changed");
    tx.commit().await.expect("commits");
}

/// A key reads the first four people one by one.
async fn leak(house: &House) {
    for person in &house.people[..4] {
        let got = house.web.key("all").get(&format!("/api/v1/subscribers/{person}")).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    }
    house.number().await;
}

async fn answer(house: &House, owner: &Ctx) -> blast::Answer {
    let (from, until) = (Micros::from_i64(START - Micros::DAY), Micros::from_i64(START + Micros::DAY));
    let suspect = "key:0000000000001".parse().expect("a suspect");
    let question = Question { suspect, from, until, skew: blast::SKEW, follow: true };
    blast::ask(&house.app, owner, &question).await.expect("an answer")
}

fn german() -> Said {
    Said {
        what_happened: Some("Jemand hat Einträge unseres Adressbuchs kopiert.".into()),
        consequences: Some("Sie können unerwünschte Post bekommen.".into()),
        measures: Some("Wir haben den Weg geschlossen.".into()),
        advice: Some("Sie können solche Post wegwerfen.".into()),
    }
}

async fn case(house: &House, tx: &mut Tx, owner: &Ctx) -> IncidentId {
    let new = NewCase {
        summary: "A key was stolen.".into(),
        losses: Losses { confidentiality: true, ..Losses::default() },
        severity: Severity::High,
        suspected_at: owner.now(),
        alert: None,
    };
    let id = incidents::open(&house.app, tx, owner, new).await.expect("opens");
    incidents::confirm(&house.app, tx, owner, id, owner.now(), None).await.expect("confirms");
    let words = |stated: &mut duties::Stated| {
        let parts = &mut stated.parts;
        parts.contact = Some("privacy@orchard.example".into());
        parts.what_happened = Some("Somebody copied entries of our address book.".into());
        parts.consequences = Some("You may get unwanted mail.".into());
        parts.measures = Some("We closed the way in.".into());
        parts.advice = Some("You can ignore such mail.".into());
        parts.say(Locale::De, german());
        Ok(())
    };
    duties::state(&house.app, tx, owner, id, words).await.expect("stated");
    id
}

store_test! {
    /// A key read every field of everybody: each reads which of them had something in it, and no other.
    async fn a_letter_names_what_was_there_and_no_more(t) {
        let scene = Scene::new(&t).await;
        let now = scene.look(scene.begin().await).await;
        let kinds = |person: SubjectNo| {
            let group = now.groups.iter().find(|group| group.people.contains(person.get())).expect("they get one");
            assert!(group.possible.is_empty(), "{:?}", group.possible);
            group.certain.clone()
        };
        for (person, own) in [
            (0, vec![DataKind::EmailAddress]),
            (1, vec![DataKind::EmailAddress, DataKind::Preferences]),
            (2, vec![DataKind::EmailAddress, DataKind::Name]),
            (3, vec![DataKind::EmailAddress]),
        ] {
            let found: BTreeSet<DataKind> = kinds(scene.house.people[person]).into_iter().collect();
            assert_eq!(found, own.into_iter().collect(), "person {person}");
        }
    }

    /// The heart of it: exactly the frozen people who are here and can be reached, each in their language with what was
    /// theirs; neither unsubscribing nor a complaint keeps it from them; once.
    async fn a_notice_reaches_exactly_the_frozen_people_whatever_they_think_of_letters(t) {
        let scene = Scene::new(&t).await;
        let (app, ctx) = (scene.app().clone(), scene.house.ctx.clone());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        for (address, reason) in [(PEOPLE[0], Reason::Unsubscribed), (PEOPLE[1], Reason::Complained), (PEOPLE[2], Reason::Bounced)] {
            let tag = suppression::tag_of_email(&app, ctx.workspace, &email(address)).expect("a tag");
            suppression::add(&app, &mut tx, &ctx, suppression::Kind::Email, tag, reason, "test").await.expect("added");
        }
        lists::unsubscribe(&app, &mut tx, &ctx, Some(scene.house.list), scene.house.people[0]).await.expect("left");
        erasure::erase(&app, &mut tx, &ctx, scene.house.people[3]).await.expect("erased");
        tx.commit().await.expect("commits");
        let id = scene.begin().await;
        let now = scene.look(id).await;
        assert_eq!((now.confirmed, now.gone, now.people()), (4, 1, 3));
        assert!(!now.is_blocked(), "{:?}", now.found);
        let work = scene.work();
        assert_eq!(scene.order(&ctx, id).await.expect("ordered"), Ordered::Now(3), "the host needs nobody");
        let progress = scene.until(id, Progress::is_complete).await;
        assert_eq!((progress.people, progress.accepted, progress.skipped), (3, 2, 1), "{progress:?}");
        work.end().await;
        let expected: HashMap<String, u32> = [(PEOPLE[0].to_owned(), 1), (PEOPLE[1].to_owned(), 1)].into();
        assert_eq!(scene.delivered(), expected);
        let (ada, bea) = (scene.mail(PEOPLE[0]), scene.mail(PEOPLE[1]));
        assert!(ada.contains("- your email address") && ada.matches("\n- your ").count() == 1, "she gave nothing else: {ada}");
        assert!(bea.contains("Ihre E-Mail-Adresse"), "{bea}");
        for raw in [&ada, &bea] {
            let lower = raw.to_lowercase();
            assert!(!lower.contains("list-unsubscribe") && !lower.contains("<img") && !lower.contains("http"), "{raw}");
            assert!(lower.contains("auto-submitted"), "{raw}");
        }
        assert!(matches!(scene.order(&ctx, id).await, Err(Error::Conflict(_))), "never twice");
        let proof = scene.proof(id).await.1;
        assert_eq!(proof["numbers"]["accepted"], 2);
        assert_eq!(proof["unreached"]["people"], 1);
        let text = proof.to_string();
        assert!(text.contains("\"reply\":\"250") && PEOPLE.iter().all(|person| !text.contains(person)), "{text}");
    }

    /// A hundred thousand people: piece by piece, each of them once, and no piece is long.
    async fn the_proof_of_a_very_large_notice_is_written_piece_by_piece(t) {
        let scene = Scene::new(&t).await;
        let id = scene.begin().await;
        assert!(matches!(scene.order(&scene.house.ctx, id).await, Ok(Ordered::Now(4))));
        let ctx = scene.house.ctx.clone();
        scene.act(&ctx, async |tx| {
            let source = store::parts(tx, id).await?[0].source;
            let row = |n: i64| args![source, n, 1_i64, n.to_be_bytes().to_vec(), 1_i64, 3_i64, 0_i64, 0_i64, 1_i64, 1_i64, 1_i64, "250 2.0.0"];
            Ok(tx.bulk(&CROWD, (1_001..=1_000 + CROWD_SIZE).map(row).collect()).await?)
        }).await.expect("a crowd");
        let (lengths, proof) = scene.proof(id).await;
        assert!(lengths.len() > 50 && lengths.iter().all(|length| *length < 512 * 1_024), "{} pieces", lengths.len());
        let people = |part: &serde_json::Value| part["people"].as_array().expect("people").iter().map(|row| row["person"].as_u64()).collect::<Vec<_>>();
        let all: Vec<_> = proof["parts"].as_array().expect("parts").iter().flat_map(people).collect();
        let once: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!((all.len(), once.len()), (100_000, 100_000));
    }

    /// A yes is worth exactly the words and people it was given to.
    async fn a_second_person_says_yes_to_exactly_these_words(t) {
        let scene = Scene::new(&t).await;
        let app = scene.app().clone();
        let petra = second(&scene.house).await;
        let id = scene.begin().await;
        let alone = scene.order(&scene.owner, id).await;
        assert!(matches!(&alone, Err(Error::Conflict(why)) if why.contains("nobody else in the case")), "{alone:?}");
        let Actor::Account(account, _) = petra.actor else { panic!("a person") };
        let join = async |tx: &mut Tx| {
            incidents::add_member(&app, tx, &scene.owner, scene.case, account, incidents::CaseRole::Legal).await
        };
        scene.act(&scene.owner, join).await.expect("in the case");
        let Ordered::Waits(request) = scene.order(&scene.owner, id).await.expect("asked") else { panic!("it left alone") };
        let decide = async |request| scene.act(&petra, async |tx| approvals::approve(&app, tx, &petra, request).await).await;
        decide(request).await.expect("yes");
        let mut words = scene.look(id).await.notice.words;
        let letter = words.letters.get_mut(&words.usual).expect("a letter");
        letter.text.push_str("\nBuy our apples.");
        let notice = scene.look(id).await.notice;
        let change = async |tx: &mut Tx| {
            super::change(&app, tx, &scene.owner, (scene.case, id, notice.version), words.clone(), (false, notice.relay)).await
        };
        scene.act(&scene.owner, change).await.expect("changed");
        assert!(matches!(scene.act(&scene.owner, change).await, Err(Error::Conflict(_))), "an older version");
        let Ordered::Waits(again) = scene.order(&scene.owner, id).await.expect("asked") else { panic!("the yes was swapped") };
        assert_ne!(again, request);
        assert_eq!(scene.progress(id).await.people, 0, "nothing left");
        decide(again).await.expect("yes");
        assert_eq!(scene.order(&scene.owner, id).await.expect("ordered"), Ordered::Now(4));
        assert!(matches!(scene.order(&scene.owner, id).await, Err(Error::Conflict(_))), "a yes is used once");
    }

    /// On the worst day: the workspace is contained, and the notice leaves, through a relay that is not contained.
    async fn a_notice_leaves_while_contained_and_never_through_a_contained_relay(t) {
        let scene = Scene::new(&t).await;
        let (app, ctx) = (scene.app().clone(), scene.house.ctx.clone());
        let id = scene.begin().await;
        let relay = scene.look(id).await.notice.relay.expect("the one there is");
        let gate = async |level, shut: Option<bool>| {
            let mut tx = app.begin(&ctx, "test").await.expect("begins");
            match shut {
                Some(true) => drop(tx.shut(Thing::Relay(relay), ContainmentId::from_i64(1)).await.expect("shuts")),
                Some(false) => drop(tx.reopen(Thing::Relay(relay)).await.expect("opens")),
                None => {}
            }
            let from = tx.gate().await.expect("the gate").epoch;
            tx.turn_gate(from, level, None, ctx.now()).await.expect("turns");
            tx.commit().await.expect("commits");
        };
        gate(GateLevel::Contained, Some(true)).await;
        assert!(scene.look(id).await.is_blocked(), "its relay is contained");
        assert!(matches!(scene.order(&ctx, id).await, Err(Error::Conflict(_))));
        let other = scene.begin().await;
        assert_eq!(scene.look(other).await.notice.relay, None, "a contained relay is nobody's default");
        gate(GateLevel::Contained, Some(false)).await;
        assert_eq!(scene.order(&ctx, id).await.expect("ordered"), Ordered::Now(4));
        gate(GateLevel::Contained, Some(true)).await;
        let work = scene.work();
        let held = scene.until(id, |progress| !progress.held.is_empty()).await;
        assert!(held.held[0].contains("relay") && held.accepted == 0, "{held:?}");
        gate(GateLevel::Contained, Some(false)).await;
        scene.act(&ctx, async |tx| act(&app, tx, &ctx, (scene.case, id), Act::Resume).await).await.expect("resumed");
        let progress = scene.until(id, Progress::is_complete).await;
        assert_eq!(progress.accepted, 4, "{progress:?}");
        work.end().await;
    }

    /// A process that stops in the middle: whoever comes after sends the rest, and nobody twice.
    async fn a_stop_in_the_middle_sends_nobody_a_second_copy(t) {
        let scene = Scene::new(&t).await;
        let id = scene.begin().await;
        assert_eq!(scene.order(&scene.house.ctx, id).await.expect("ordered"), Ordered::Now(4));
        let work = scene.work();
        scene.until(id, |progress| progress.accepted > 0).await;
        work.end().await;
        let work = scene.work();
        let progress = scene.until(id, Progress::is_complete).await;
        work.end().await;
        assert_eq!(progress.accepted + progress.unknown, 4, "{progress:?}");
        assert!(scene.delivered().values().all(|copies| *copies == 1), "{:?}", scene.delivered());
    }

    /// What is missing stands in the way, what a person may judge asks, and both are said.
    async fn what_the_linter_finds_blocks_or_asks(t) {
        let scene = Scene::new(&t).await;
        let app = scene.app().clone();
        let id = scene.begin().await;
        let notice = scene.look(id).await.notice;
        let mut words = notice.words.clone();
        let text = format!("We take your security seriously.\n{MARK}\nWrite to somebody@elsewhere.example. You can wait.");
        words.letters.insert(words.usual, Letter::parse("An undated title", &text).expect("fine"));
        words.letters.retain(|locale, _| *locale == words.usual);
        let change = async |tx: &mut Tx| {
            super::change(&app, tx, &scene.owner, (scene.case, id, notice.version), words, (true, notice.relay)).await
        };
        scene.act(&scene.owner, change).await.expect("changed");
        let now = scene.look(id).await;
        let rules: Vec<_> = now.found.iter().filter_map(|found| found.rule).collect();
        for rule in [LintRule::DatedTitle, LintRule::Contact, LintRule::NobodyElse, LintRule::NoPhrases] {
            assert!(rules.contains(&rule), "{rule}: {rules:?}");
        }
        assert!(now.is_blocked() && now.asks().contains(&LintRule::NoPhrases));
        assert!(matches!(scene.order(&scene.house.ctx, id).await, Err(Error::Conflict(_))));
        assert!(now.groups.iter().all(|group| group.locale == now.notice.words.usual), "one language is left");
        assert!(now.groups.iter().all(|group| group.certain.contains(&DataKind::EmailAddress)));
    }

    /// Bea reads German: a letter that is half English asks a person, and one begun without German words has gaps.
    async fn a_letter_has_only_sentences_of_its_own_language(t) {
        let scene = Scene::new(&t).await;
        let app = scene.app().clone();
        let id = scene.begin().await;
        let words = scene.look(id).await.notice.words;
        assert!(words.letters[&Locale::De].text.contains("Jemand hat Einträge"), "{}", words.letters[&Locale::De].text);
        assert!(words.letters[&Locale::Fr].text.contains("[missing:"), "nobody wrote French");
        let says = async |text: &str| {
            let version = scene.look(id).await.notice.version;
            let said = Said { measures: Some(text.into()), ..german() };
            let case = scene.case;
            scene.act(&scene.owner, async |tx| say(&app, tx, &scene.owner, (case, id, version), (Locale::De, said)).await).await
        };
        says("We ended every session and told the police about it.").await.expect("said");
        let now = scene.look(id).await;
        assert!(!now.is_blocked() && now.asks().contains(&LintRule::Language), "{:?}", now.found);
        let version = now.notice.version;
        let sent = scene.act(&scene.house.ctx, async |tx| send(&app, tx, &scene.house.ctx, (scene.case, id, version), &[]).await);
        assert!(sent.await.is_err(), "it does not leave half English by itself");
        says("Wir haben {alles} geschlossen.").await.expect_err("braces");
        says("Wir haben alles geschlossen und die Polizei verständigt.").await.expect("said");
        let now = scene.look(id).await;
        assert!(!now.asks().contains(&LintRule::Language), "{:?}", now.found);
        assert!(now.notice.words.letters[&Locale::De].text.contains("die Polizei verständigt"));
        assert!(now.notice.words.letters[&Locale::En].text.contains("We closed the way in."), "the other letters stay");
        says("").await.expect("said");
        assert!(scene.look(id).await.is_blocked(), "a gap is not sent");
    }

    /// The pages: a notice is begun, read and saved; who is not in the case does not learn of it.
    async fn the_pages_begin_change_and_show_a_notice(t) {
        let scene = Scene::new(&t).await;
        let web = scene.house.web.session("all");
        let theirs = format!("/security/incidents/{}/notices", scene.case);
        assert_eq!(web.get(&theirs).await.status, StatusCode::NOT_FOUND, "somebody else's case");
        let (web, page) = web.open("/security/incidents/new").await;
        let opened = web.post("/security/incidents", &format!("csrf={}&summary=A+list+left&severity=high", page.hidden("csrf"))).await;
        let at = format!("{}/notices", opened.headers["location"].to_str().expect("a path"));
        let (web, page) = web.open(&at).await;
        assert!(page.body.contains("4 confirmed"), "{}", page.body);
        let seal = page.hidden("csrf");
        let begun = web.post(&at, &format!("csrf={seal}&radius={}", scene.radius)).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        let one = begun.headers["location"].to_str().expect("a path").to_owned();
        let (web, page) = web.open(&one).await;
        assert!(page.body.contains("To be mended before it leaves") && page.body.contains("[missing:"), "{}", page.body);
        let seal = page.hidden("csrf");
        let german = format!("csrf={seal}&version=1&language=de&what_happened=Jemand+hat+die+Liste%0D%0Akopiert.");
        assert_eq!(web.post(&format!("{one}/say"), &german.replace("=de&", "=xx&")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(web.post(&format!("{one}/say"), &german).await.status, StatusCode::SEE_OTHER);
        let (web, page) = web.open(&one).await;
        assert!(page.body.contains("Jemand hat die Liste kopiert.") && page.body.contains("As people read it"), "{}", page.body);
        let seal = page.hidden("csrf");
        let form = format!("csrf={seal}&version=2&usual=en&from=privacy%40orchard.example&title_en=22+November+2026%3A+news&text_en=%7Bdata%7D");
        assert_eq!(web.post(&one, &form).await.status, StatusCode::SEE_OTHER);
        assert_eq!(web.post(&one, &form).await.status, StatusCode::CONFLICT, "an older version");
        let wrong = web.post(&one, &form.replace("version=2", "version=3").replace("%7Bdata%7D", "%7Bname%7D")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(web.post(&format!("{one}/send"), &format!("csrf={seal}&version=3")).await.status, StatusCode::CONFLICT);
        assert_eq!(scene.house.web.key("all").get(&format!("/api/v1{}", theirs.trim_start_matches("/security"))).await.status, StatusCode::NOT_FOUND);
    }
}
