//! The public page and its question, in sentences.

use super::*;
use crate::blast::{self, Question};
use crate::incidents::{self, Losses, NewCase, Severity};
use crate::notices;
use crate::testing::{Got, House, Web};
use http::StatusCode;
use serde_json::json;
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

statement! { SENT, "UPDATE notices SET state = 'sent' WHERE workspace_id = $1" }

const PEOPLE: [&str; 2] = ["ada@example.org", "bea@example.org"];
const SLUG: &str = "notice-2026-12-01";

/// A case whose frozen answer names Ada and not Bea, with a page that is open and takes questions.
pub(crate) struct Scene {
    pub house: House,
    pub owner: Ctx,
    pub case: IncidentId,
    pub codename: String,
    /// The last part of the page's address, with its letters of chance.
    pub slug: String,
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
        let slug = store::of_case(&mut tx, case).await.expect("looks").expect("a page").slug;
        assert!(slug.starts_with(SLUG) && slug.len() == SLUG.len() + 9, "letters of chance: {slug}");
        tx.commit().await.expect("commits");
        Self { house, owner, case, codename, slug }
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
        self.say((title, body), overruled, false).await
    }

    pub async fn say(&self, (title, body): (&str, &str), overruled: &[LintRule], question: bool) -> Result<()> {
        let (title, body, overruled) = (title.into(), body.into(), overruled.to_vec());
        let new = NewUpdate { title, body, locale: Locale::En, overruled, question };
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
        let (web, page) = web.open(&format!("/status/{}", self.slug)).await;
        t.clock.advance(3 * Micros::SECOND);
        let start = format!("csrf={}&shown={}", page.hidden("csrf"), page.hidden("shown"));
        web.post(&format!("/status/{}/{form}", self.slug), &format!("{start}&{rest}")).await
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

    /// Somebody alone writes a draft; what was sent had a second person's yes.
    async fn only_a_notice_that_was_sent_says_what_a_field_is_to_the_public(t) {
        let scene = Scene::new(&t).await;
        let (app, owner, case) = (&scene.house.app, &scene.owner, scene.case);
        scene.act(async |tx| {
            let page = store::of_case(tx, case).await?.expect("a page");
            let new = notices::NewNotice { radius: page.radius.expect("an answer"), possible: true };
            let id = notices::create(app, tx, owner, case, new).await?;
            let words = notices::by_id(app, tx, owner, case, id).await?.words;
            let words = notices::Words { kinds: [(1_001, notices::DataKind::Health)].into(), ..words };
            notices::change(app, tx, owner, (case, id, 1), words, (true, None)).await?;
            assert!(answer::said(app, tx, owner, case).await?.is_empty(), "a draft");
            tx.exec(&SENT, args![]).await?;
            assert_eq!(answer::said(app, tx, owner, case).await?.get(&1_001), Some(&notices::DataKind::Health));
            Ok(())
        }).await.expect("a notice");
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
        let (page, feed) = (format!("/status/{}", scene.slug), format!("/status/{}/feed", scene.slug));
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

    /// Questions that people have stand under the updates, dated and linted, and the page leads on to the trust page.
    async fn a_page_answers_questions_and_leads_to_the_trust_page(t) {
        let scene = Scene::new(&t).await;
        let early = scene.say(("Must I do anything?", "Change your password."), &[], true).await;
        assert!(matches!(early, Err(Error::Conflict(_))), "an update opens the page");
        scene.publish("What we know", "Somebody copied a list.", &[]).await.expect("published");
        let empty = scene.say(("Why?", "We take your security very seriously."), &[], true).await;
        assert!(matches!(empty, Err(Error::Invalid { .. })), "answers are held to the linter too");
        scene.say(("Must I do anything?", "Change your password."), &[], true).await.expect("published");
        let path = format!("/status/{}", scene.slug);
        let page = scene.house.web.get(&path).await.body;
        let (news, answers) = page.split_once("Questions and answers").expect("a part of its own");
        assert!(news.contains("What we know") && !news.contains("Must I do anything?"));
        assert!(answers.contains("Must I do anything?") && answers.contains("Change your password."));
        assert!(!page.contains("/trust/"), "there is no trust page yet");
        scene.act(async |tx| Ok(waxwing_app::settings::set_value(tx, &scene.owner, TRUST, "sealed").await?)).await.expect("published");
        let page = scene.house.web.get(&path).await.body;
        assert!(page.contains(&format!("/trust/{}", scene.owner.workspace)), "{page}");
        let files = scene.act(async |tx| take_out(&scene.house.app, tx, &scene.owner, scene.case).await).await.expect("files").1;
        assert!(files.iter().any(|file| file.name == "index.html" && file.text.contains("Must I do anything?")));
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
        let got = scene.house.web.get(&format!("/status/{}", scene.slug)).await;
        assert!(got.status == StatusCode::OK && !got.body.contains("/ask"), "{}", got.body);
    }

    /// The files need nothing of this system.
    async fn the_files_of_a_page_stand_alone(t) {
        let scene = Scene::open(&t).await;
        let mut tx = scene.house.app.read(&scene.owner, "test").await.expect("reads");
        let page = published(&mut tx, &scene.slug).await.expect("a page");
        let updates = updates(&mut tx, page.id).await.expect("updates");
        let dir = t.dir.path().join("public");
        let files = files(&page, &updates, "Orchard", "https://orchard.example").expect("files");
        to_directory(&files, &dir).expect("written");
        assert!(to_directory(&files, &dir).is_err(), "nothing is overwritten");
        assert!(std::fs::read_to_string(dir.join("README.txt")).expect("a file").contains("https://orchard.example/status/"));
        let packed = pack(SLUG, &files).expect("an archive");
        assert_eq!(packed, pack(SLUG, &files).expect("an archive"), "the same updates, the same bytes");
        let mut read = tar::Archive::new(packed.as_slice());
        let inside = read.entries().expect("entries").map(|entry| {
            let mut entry = entry.expect("an entry");
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text).expect("text");
            (entry.path().expect("a path").display().to_string(), text)
        });
        let wanted = files.iter().map(|file| (format!("{SLUG}/{}", file.name), file.text.clone()));
        assert_eq!(inside.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
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
        let (web, page) = scene.house.web.open(&format!("/status/{}", scene.slug)).await;
        let quick = format!("csrf={}&shown={}&email=a%40example.org", page.hidden("csrf"), page.hidden("shown"));
        assert_eq!(web.post(&format!("/status/{}/ask", scene.slug), &quick).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let far = scene.house.web.from([203, 0, 113, 9]);
        let mut last = StatusCode::OK;
        for n in 0..21 {
            last = scene.ask(&t, &far, &format!("n{n}@example.org")).await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    }

    /// Other spellings of one mailbox are one mailbox, and of two answers at once one is sent.
    async fn a_mailbox_gets_one_answer_a_day_however_it_is_spelled(t) {
        let scene = Scene::open(&t).await;
        for email in ["v.ictim%2Ba@gmail.com", "vic.tim@gmail.com", "victim%2Bb@googlemail.com", "victim@gmail.com"] {
            assert_eq!(scene.ask(&t, &scene.house.web, email).await.status, StatusCode::OK);
        }
        assert_eq!(scene.mails().await.len(), 1);
        let (app, ctx) = (&scene.house.app, &scene.house.ctx);
        let turn = async || {
            let mut tx = app.begin(ctx, "test").await.expect("begins");
            let taken = store::take_turn(&mut tx, &[7; 16], ctx.now(), ctx.now().plus(-Micros::DAY)).await;
            let kept = tx.commit().await;
            taken.is_ok_and(|taken| taken) && kept.is_ok()
        };
        let taken = tokio::join!(turn(), turn(), turn(), turn());
        assert_eq!([taken.0, taken.1, taken.2, taken.3].iter().filter(|taken| **taken).count(), 1, "{taken:?}");
    }

    /// Questions that use up their budget leave people their way to write; a neighbour subnet is the same network.
    async fn each_form_has_budgets_of_its_own(t) {
        let scene = Scene::open(&t).await;
        let mut refused = 0;
        for n in 0..80_u16 {
            let from = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, n, 0, 0, 0, 1);
            let ctx = Ctx { address: Some(from.into()), ..scene.house.ctx.clone() };
            refused += u8::from(asking::throttle(&scene.house.app, &ctx, Desk::Ask).is_err());
            if n == 79 {
                assert!(asking::throttle(&scene.house.app, &ctx, Desk::Write).is_ok());
            }
        }
        assert_eq!(refused, 20, "80 subnets of one network");
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
        let file = web.post(&format!("{at}/export"), &format!("csrf={seal}")).await;
        assert!(file.headers["content-disposition"].to_str().expect("text").contains("status-notice-x-"));
        assert!(file.body.contains("/index.html") && file.body.contains("/feed.atom"));
        let shown = web.get(&at).await.body;
        let slug = shown.split("/status/notice-x-").nth(1).and_then(|rest| rest.get(..8)).expect("its address");
        assert_eq!(house.web.get("/status/notice-x").await.status, StatusCode::NOT_FOUND, "what anybody guesses");
        let public = house.web.get(&format!("/status/notice-x-{slug}")).await;
        assert!(public.status == StatusCode::OK && !public.body.contains("Was I affected"), "no answer is chosen");
    }

    /// A person opens the page; a program goes on with it, takes its files, and closes it.
    async fn a_program_goes_on_with_a_public_page_that_a_person_opened(t) {
        let house = House::new(&t, &[]).await;
        let (owner, key) = (owner(&house).await, house.web.key("all"));
        let ask = async |method: Method, path: &str, body: serde_json::Value| key.json(method, path, &body).await;
        let read = |got: &Got| -> serde_json::Value { serde_json::from_str(&got.body).expect("JSON") };
        let opened = ask(Method::POST, "/api/v1/incidents", json!({ "summary": "A list left." })).await;
        let case: IncidentId = read(&opened)["id"].as_str().expect("a number").parse().expect("a number");
        let at = format!("/api/v1/incidents/{case}/status");
        assert_eq!(key.get(&at).await.status, StatusCode::NOT_FOUND, "there is none");
        let wrong = ask(Method::PUT, &at, json!({ "slug": "X", "title": "A list left" })).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
        let set = ask(Method::PUT, &at, json!({ "slug": "notice-x", "title": "A list left" })).await;
        assert_eq!((set.status, read(&set)["state"].as_str()), (StatusCode::OK, Some("draft")), "{}", set.body);
        let (updates, next) = (format!("{at}/updates"), json!({ "title": "Now", "text": "A list left the house." }));
        let first = ask(Method::POST, &updates, next.clone()).await;
        assert_eq!(first.status, StatusCode::CONFLICT, "that everybody learns of it a person decides: {}", first.body);
        let scene = Scene { codename: String::new(), slug: String::new(), owner, case, house };
        scene.publish("What we know", "Somebody copied a list.", &[]).await.expect("a person publishes");
        for wrong in [
            json!({ "title": "", "text": "x" }),
            json!({ "title": "x", "text": "y", "language": "tlh" }),
            json!({ "title": "x", "text": "y", "let_stand": ["all"] }),
        ] {
            assert_eq!(ask(Method::POST, &updates, wrong.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        let next = ask(Method::POST, &updates, next).await;
        assert_eq!((next.status, read(&next)["updates"][0]["title"].as_str()), (StatusCode::CREATED, Some("Now")), "{}", next.body);
        let files = key.get(&format!("{at}/files")).await;
        assert_eq!(files.headers["content-type"], "application/x-tar");
        assert!(files.body.contains("/index.html") && files.body.contains("A list left the house."));
        let close = format!("{at}/close");
        assert_eq!(ask(Method::POST, &close, serde_json::Value::Null).await.status, StatusCode::NO_CONTENT);
        assert_eq!(ask(Method::POST, &close, serde_json::Value::Null).await.status, StatusCode::CONFLICT);
        assert_eq!(read(&key.get(&at).await)["state"], "closed");
    }
}
