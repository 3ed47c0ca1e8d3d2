//! The public page and its question, in sentences.

use super::*;
use crate::blast::{self, Question};
use crate::incidents::{self, Losses, NewCase, Severity};
use crate::testing::{Got, House, Web};
use http::StatusCode;
use waxwing_app::{Error, Result, accounts};
use waxwing_domain::{Actor, Ctx, EmailAddress, GateLevel, Rights, Role, SessionId};
use waxwing_law::drafts::Locale;
use waxwing_law::lint::LintRule;
use waxwing_store::{OutboxMail, Tx, args, statement};
use waxwing_testkit::store::{START, TestStore};
use waxwing_testkit::store_test;
use waxwing_testkit::timing::told_apart;

statement! { WAITING, "SELECT id FROM status_questions WHERE workspace_id = $1 AND state = 'asked' ORDER BY id" }
statement! { SEALED, "SELECT sealed FROM status_questions WHERE workspace_id = $1 AND sealed IS NOT NULL" }

const PEOPLE: [&str; 2] = ["ada@example.org", "bea@example.org"];
const SLUG: &str = "notice-2026-12-01";

/// A case whose frozen answer names Ada and not Bea, with a page that is open and takes questions.
pub(crate) struct Scene {
    pub house: House,
    pub owner: Ctx,
    pub case: IncidentId,
    pub codename: String,
}

impl Scene {
    pub async fn new(t: &TestStore) -> Self {
        let house = House::new(t, &PEOPLE).await;
        let owner = owner(&house).await;
        let got = house.web.key("all").get(&format!("/api/v1/subscribers/{}", house.people[0])).await;
        assert_eq!(got.status, StatusCode::OK);
        house.number().await;
        let (from, until) = (Micros::from_i64(START - Micros::DAY), Micros::from_i64(START + Micros::DAY));
        let suspect = "key:0000000000001".parse().expect("a suspect");
        let question = Question { suspect, from, until, skew: blast::SKEW, follow: true };
        let answer = blast::ask(&house.app, &owner, &question).await.expect("an answer");
        let mut tx = house.app.begin(&owner, "test").await.expect("begins");
        let radius = blast::freeze(&house.app, &mut tx, &owner, &answer).await.expect("freezes");
        let new = NewCase {
            summary: "A key was stolen.".into(),
            losses: Losses::default(),
            severity: Severity::High,
            suspected_at: owner.now(),
            alert: None,
        };
        let case = incidents::open(&house.app, &mut tx, &owner, new).await.expect("opens");
        let codename = incidents::by_id(&mut tx, &owner, case).await.expect("a case").codename;
        let setup = Setup {
            slug: SLUG.into(),
            title: "Our address book was copied".into(),
            radius: Some(radius),
            possible: true,
        };
        create(&house.app, &mut tx, &owner, case, setup).await.expect("a page");
        tx.commit().await.expect("commits");
        Self { house, owner, case, codename }
    }

    /// With its first update.
    pub async fn open(t: &TestStore) -> Self {
        let scene = Self::new(t).await;
        scene
            .publish("What we know", "Somebody copied entries of our address book. We closed the way in.", &[])
            .await
            .expect("published");
        scene
    }

    pub async fn publish(&self, title: &str, body: &str, overruled: &[LintRule]) -> Result<()> {
        let new =
            NewUpdate { title: title.into(), body: body.into(), locale: Locale::En, overruled: overruled.to_vec() };
        self.act(async |tx| update(&self.house.app, tx, &self.owner, self.case, &new).await).await
    }

    pub async fn act<T>(&self, act: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let mut tx = self.house.app.begin(&self.owner, "test").await.expect("begins");
        let done = act(&mut tx).await?;
        tx.commit().await.expect("commits");
        Ok(done)
    }

    /// Fills in a form of the page as a person would.
    pub async fn fill_in(&self, t: &TestStore, web: &Web, form: &str, rest: &str) -> Got {
        let (web, page) = web.open(&format!("/status/{SLUG}")).await;
        t.clock.advance(3 * Micros::SECOND);
        let start = format!("csrf={}&shown={}", page.hidden("csrf"), page.hidden("shown"));
        web.post(&format!("/status/{SLUG}/{form}"), &format!("{start}&{rest}")).await
    }

    pub async fn ask(&self, t: &TestStore, web: &Web, email: &str) -> Got {
        self.fill_in(t, web, "ask", &format!("email={}&language=en", email.replace('@', "%40"))).await
    }

    /// Answers every question that waits, and takes all mail out of the outbox.
    pub async fn mails(&self) -> Vec<OutboxMail> {
        let (app, host) = (&self.house.app, &self.house.ctx);
        let ctx = Ctx::job(host.workspace, Actor::Job, host.clock.clone(), host.rng.clone());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let waiting = tx.all(&WAITING, args![], |r| r.int(0)).await.expect("rows");
        for id in waiting {
            answer::answer(app, &mut tx, &ctx, id).await.expect("answers");
            answer::answer(app, &mut tx, &ctx, id).await.expect("a second time changes nothing");
        }
        let now = ctx.now();
        let mails = tx.claim_outbox(app.store(), now, now.plus(Micros::DAY), 1_000).await.expect("mail");
        tx.commit().await.expect("commits");
        mails
    }
}

async fn owner(house: &House) -> Ctx {
    let email = EmailAddress::parse("olga@orchard.example").expect("an address");
    accounts::bootstrap(&house.app, &house.ctx, email.clone()).await.expect("an owner");
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    let found = accounts::by_email(&house.app, &mut tx, &email).await.expect("looks").expect("is there");
    let actor = Actor::Account(found.id, SessionId::from_i64(found.id.as_i64()));
    Ctx { actor, origin: actor, rights: Rights::of_role(Role::Owner), proven: true, ..house.ctx.clone() }
}

/// A page without what differs at every request.
fn words(got: &Got) -> String {
    let mut body = got.body.clone();
    for field in ["csrf", "shown"] {
        if body.contains(&format!("name=\"{field}\"")) {
            body = body.replace(&got.hidden(field), "…");
        }
    }
    body
}

store_test! {
    /// Affected, on a list and not affected, unknown: one answer on the page, the truth in the mailbox, once a day.
    async fn whoever_asks_reads_the_same_and_only_the_mailbox_learns_the_answer(t) {
        let scene = Scene::open(&t).await;
        let stranger = scene.ask(&t, &scene.house.web, "stranger@example.org").await;
        assert_eq!(stranger.status, StatusCode::OK, "{}", stranger.body);
        for email in PEOPLE {
            let got = scene.ask(&t, &scene.house.web, email).await;
            assert_eq!((got.status, words(&got)), (stranger.status, words(&stranger)), "{email}");
        }
        let mut tx = scene.house.app.read(&scene.owner, "test").await.expect("reads");
        let sealed = tx.all(&SEALED, args![], |r| r.blob(0)).await.expect("rows");
        drop(tx);
        assert!(sealed.len() == 3 && sealed.iter().all(|bytes| !bytes.windows(7).any(|word| word == b"example")), "in clear");
        let mails = scene.mails().await;
        let told = |to: &str| mails.iter().find(|mail| mail.to.as_str() == to).expect("a mail").text.clone();
        assert!(told("ada@example.org").contains("- your email address"), "{}", told("ada@example.org"));
        for email in ["bea@example.org", "stranger@example.org"] {
            assert!(told(email).contains("As far as we know") && !told(email).contains("- your"), "{}", told(email));
        }
        assert!(mails.iter().all(|mail| !mail.text.contains(&scene.codename)), "the codename stays inside");
        for _ in 0..3 {
            scene.ask(&t, &scene.house.web, "ada@example.org").await;
        }
        assert!(scene.mails().await.is_empty(), "one a day");
        t.clock.advance(Micros::DAY);
        scene.ask(&t, &scene.house.web.from([198, 51, 100, 9]), "ada@example.org").await;
        assert_eq!(scene.mails().await.len(), 1);
    }

    /// As with sign-up: five standard deviations about a coin.
    async fn the_time_of_the_answer_does_not_tell_who_was_affected(t) {
        let scene = Scene::open(&t).await;
        let ask = async |round: usize, email: &str| {
            t.clock.advance(Micros::HOUR);
            let web = scene.house.web.from([198, 51, 100, u8::try_from(1 + round).expect("few")]);
            assert_eq!(scene.ask(&t, &web, email).await.status, StatusCode::OK);
        };
        let affected = async |n| ask(n, "ada@example.org").await;
        let area = told_apart(120, affected, async |n| ask(n, "stranger@example.org").await).await;
        assert!((0.3..0.7).contains(&area), "affected and unknown addresses are told apart: {area}");
    }

    /// A page is nobody's before its first update, and everybody's after, whatever the gate says; a correction is added.
    async fn a_page_is_read_by_everybody_under_every_level_and_names_no_case(t) {
        let scene = Scene::new(&t).await;
        let web = &scene.house.web;
        let (page, feed) = (format!("/status/{SLUG}"), format!("/status/{SLUG}/feed"));
        assert_eq!(web.get(&page).await.status, StatusCode::NOT_FOUND, "a draft");
        scene.publish("What we know", "Names & addresses were <copied>.", &[]).await.expect("published");
        scene.publish("A correction", "Only addresses were copied.", &[]).await.expect("published");
        scene.act(async |tx| {
            let from = tx.gate().await?.epoch;
            Ok(tx.turn_gate(from, GateLevel::Contained, None, scene.owner.now()).await?)
        }).await.expect("contained");
        let got = web.get(&page).await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(got.body.contains("A correction") && got.body.contains("What we know"), "both stand: {}", got.body);
        assert!(got.body.contains("#60;copied") && !got.body.contains(&scene.codename) && !got.body.contains(&scene.case.to_string()));
        let got = web.get(&feed).await;
        assert_eq!(got.headers["content-type"], "application/atom+xml");
        assert!(got.body.starts_with("<?xml") && got.body.matches("<entry>").count() == 2 && !got.body.contains("<copied>"), "{}", got.body);
        assert_eq!(scene.ask(&t, web, "ada@example.org").await.status, StatusCode::OK, "people may ask meanwhile");
    }

    /// The linter holds for updates too; what a person may judge they let stand; a closed page stays as it is.
    async fn what_is_published_passes_the_linter_and_a_closed_page_stays(t) {
        let scene = Scene::open(&t).await;
        let empty = "We take your security very seriously.";
        assert!(matches!(scene.publish("News", empty, &[]).await, Err(Error::Invalid { .. })));
        scene.publish("News", empty, &[LintRule::NoPhrases]).await.expect("a person let it stand");
        let person = "Write to somebody@elsewhere.example for help.";
        let overruled = [LintRule::NobodyElse, LintRule::NoPhrases];
        assert!(matches!(scene.publish("News", person, &overruled).await, Err(Error::Invalid { .. })), "nobody overrules that");
        let observer = Ctx { rights: Rights::of_role(Role::Marketer), ..scene.owner.clone() };
        let mut tx = scene.house.app.begin(&observer, "test").await.expect("begins");
        assert!(matches!(close(&scene.house.app, &mut tx, &observer, scene.case).await, Err(Error::Denied(_))));
        drop(tx);
        scene.act(async |tx| close(&scene.house.app, tx, &scene.owner, scene.case).await).await.expect("closed");
        assert!(matches!(scene.publish("More", "More.", &[]).await, Err(Error::Conflict(_))));
        let got = scene.house.web.get(&format!("/status/{SLUG}")).await;
        assert!(got.status == StatusCode::OK && !got.body.contains("/ask"), "{}", got.body);
    }

    /// The files need nothing of this system.
    async fn the_files_of_a_page_stand_alone(t) {
        let scene = Scene::open(&t).await;
        let mut tx = scene.house.app.read(&scene.owner, "test").await.expect("reads");
        let page = published(&mut tx, SLUG).await.expect("a page");
        let updates = updates(&mut tx, page.id).await.expect("updates");
        let dir = t.dir.path().join("public");
        let files = files(&page, &updates, "Orchard", "https://orchard.example").expect("files");
        to_directory(&files, &dir).expect("written");
        assert!(to_directory(&files, &dir).is_err(), "nothing is overwritten");
        let html = std::fs::read_to_string(dir.join("index.html")).expect("a file");
        assert!(html.contains("What we know") && !html.contains("<script") && !html.contains("<form") && !html.contains("/assets/"));
        assert!(std::fs::read_to_string(dir.join("feed.atom")).expect("a file").contains("https://orchard.example/status/"));
    }

    /// Programs that fill in everything, or too quickly, cause nothing; a network asks twenty times an hour.
    async fn questions_are_bounded(t) {
        let scene = Scene::open(&t).await;
        let trapped = scene.fill_in(&t, &scene.house.web, "ask", "email=a%40example.org&website=x").await;
        assert_eq!(trapped.status, StatusCode::OK, "it is not told apart");
        assert!(scene.mails().await.is_empty());
        let wrong = scene.fill_in(&t, &scene.house.web, "ask", "email=nonsense").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let (web, page) = scene.house.web.open(&format!("/status/{SLUG}")).await;
        let quick = format!("csrf={}&shown={}&email=a%40example.org", page.hidden("csrf"), page.hidden("shown"));
        assert_eq!(web.post(&format!("/status/{SLUG}/ask"), &quick).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let far = scene.house.web.from([203, 0, 113, 9]);
        let mut last = StatusCode::OK;
        for n in 0..21 {
            last = scene.ask(&t, &far, &format!("n{n}@example.org")).await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    }

    /// The team's page: made, published and shown by forms; who is not in the case does not learn of it.
    async fn the_pages_make_and_publish(t) {
        let house = House::new(&t, &[]).await;
        let (web, page) = house.web.session("all").open("/security/incidents/new").await;
        let opened = web.post("/security/incidents", &format!("csrf={}&summary=A+list+left&severity=high", page.hidden("csrf"))).await;
        let at = format!("{}/status", opened.headers["location"].to_str().expect("a path"));
        let (web, page) = web.open(&at).await;
        let seal = page.hidden("csrf");
        let made = web.post(&at, &format!("csrf={seal}&slug=notice-x&title=A+list+left&radius=")).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let bad = web.post(&format!("{at}/update"), &format!("csrf={seal}&update_title=Now&body=[missing: what]")).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        let good = web.post(&format!("{at}/update"), &format!("csrf={seal}&update_title=Now&body=A+list+left+the+house.")).await;
        assert_eq!(good.status, StatusCode::SEE_OTHER, "{}", good.body);
        assert!(web.get(&at).await.body.contains("A list left the house."));
        let file = web.post(&format!("{at}/export"), &format!("csrf={seal}&file=index.html")).await;
        assert!(file.headers["content-disposition"].to_str().expect("text").contains("index.html"));
        let public = house.web.get("/status/notice-x").await;
        assert!(public.status == StatusCode::OK && !public.body.contains("Was I affected"), "no answer is chosen");
    }
}
