//! Sign-up, in sentences.

use super::*;
use crate::consent;
use crate::lists::{self, MembershipState, NewList, OptIn};
use crate::subscribers::{self, NewPerson};
use crate::suppression::{Kind, Reason};
use crate::testing::{self, Got, Web};
use crate::{fields, settings};
use http::{Method, StatusCode};
use waxwing_domain::{EmailAddress, EventKind, ListId, SubjectNo};
use waxwing_store::OutboxMail;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;
use waxwing_testkit::timing::told_apart;

/// A workspace with a list and its form.
struct House {
    app: App,
    web: Web,
    ctx: Ctx,
    list: ListId,
    form: Form,
}

impl House {
    async fn new(t: &TestStore, optin: OptIn) -> Self {
        let (app, ctx) = (testing::app(t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        fields::install(&app, &mut tx, &ctx).await.expect("fields");
        let organisation = settings::Workspace { organisation: "Orchard".into(), ..settings::Workspace::default() };
        settings::save(&app, &mut tx, &ctx, &organisation).await.expect("settings");
        let new = NewList { optin, ..NewList::named("Letters") };
        let list = lists::create(&app, &mut tx, &ctx, new).await.expect("a list").id;
        let form = create_form(&app, &mut tx, &ctx, list).await.expect("a form");
        tx.commit().await.expect("commits");
        Self { web: testing::visitor(&app), app, ctx, list, form }
    }

    /// Fills in the hosted form as a person does and gives the page that follows.
    async fn sign_up(&self, t: &TestStore, web: &Web, email: &str) -> Got {
        let (visitor, page) = web.open(&format!("/f/{}", self.form.slug)).await;
        t.clock.advance(5 * Micros::SECOND);
        let (seal, shown) = (page.hidden("csrf"), page.hidden("shown"));
        let body =
            format!("csrf={seal}&shown={shown}&version=1&email={email}&first_name=Ada&last_name=&agree=yes&website=");
        visitor.post(&format!("/f/{}", self.form.slug), &body).await
    }

    /// Lets the jobs look and gives the mail they wrote.
    async fn mails(&self) -> Vec<OutboxMail> {
        testing::run_jobs(&self.app, jobs).await;
        testing::mails(&self.app).await
    }

    async fn asked(&self, t: &TestStore, email: &str) -> Vec<OutboxMail> {
        assert_eq!(self.sign_up(t, &self.web, email).await.status, StatusCode::OK);
        self.mails().await
    }

    async fn subject(&self, email: &str) -> Option<SubjectNo> {
        let email = EmailAddress::parse(email).expect("an address");
        let mut tx = self.app.read(&self.ctx, "test").await.expect("reads");
        subscribers::find_by_email(&self.app, &mut tx, &email).await.expect("looks")
    }

    async fn state(&self, email: &str) -> Option<MembershipState> {
        let subject = self.subject(email).await?;
        let mut tx = self.app.read(&self.ctx, "test").await.expect("reads");
        lists::memberships(&mut tx, subject).await.expect("reads").iter().find(|m| m.list == self.list).map(|m| m.state)
    }

    async fn suppress(&self, email: &str, reason: Reason) {
        let email = EmailAddress::parse(email).expect("an address");
        let mut tx = self.app.begin(&self.ctx, "test").await.expect("begins");
        let tag = suppression::tag_of_email(&self.app, self.ctx.workspace, &email).expect("a tag");
        suppression::add(&self.app, &mut tx, &self.ctx, Kind::Email, tag, reason, "test").await.expect("adds");
        tx.commit().await.expect("commits");
    }
}

/// The path of the link in a mail.
fn link(mail: &OutboxMail) -> String {
    let from = mail.text.split("http://127.0.0.1:8080").nth(1).expect("a link");
    from.split_whitespace().next().expect("its end").to_owned()
}

/// A page without what differs at every request: seals and times.
fn words(got: &Got) -> String {
    let main = got.body.split("<main").nth(1).expect("a page");
    main.split("</main>").next().expect("its end").to_owned()
}

store_test! {
    async fn a_stranger_asks_confirms_and_is_subscribed_with_evidence_of_both_steps(t) {
        let house = House::new(&t, OptIn::Double).await;
        let mails = house.asked(&t, "ada@example.org").await;
        assert_eq!((mails.len(), mails[0].kind.as_str(), mails[0].to.as_str()), (1, "signup.confirm", "ada@example.org"));
        assert!(mails[0].html.is_some());
        assert_eq!(house.subject("ada@example.org").await, None, "asking adds nobody");
        t.clock.advance(Micros::HOUR);
        let done = house.web.from([198, 51, 100, 9]).post(&link(&mails[0]), "").await;
        assert_eq!(done.status, StatusCode::OK);
        assert!(done.body.contains("You are subscribed"));
        assert_eq!(house.state("ada@example.org").await, Some(MembershipState::Confirmed));

        let subject = house.subject("ada@example.org").await.expect("there");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let consent = lists::memberships(&mut tx, subject).await.expect("reads")[0].consent.expect("evidence");
        let shown = consent::by_ids(&mut tx, vec![consent]).await.expect("reads").remove(&consent).expect("there");
        assert_eq!((shown.statement.as_str(), shown.wording_version), (house.form.wording.as_str(), Some(1)));
        assert_eq!(shown.confirmed_at.expect("confirmed").since(shown.requested_at.expect("asked")), Micros::HOUR);
        let sealed = consent::particulars(&house.app, &mut tx, &house.ctx, consent).await.expect("opens").expect("there");
        assert_eq!(sealed, serde_json::json!({ "requested_from": "192.0.2.7", "confirmed_from": "198.51.100.9" }));
        let kinds: Vec<_> = tx.history(subject, i64::MAX, 10).await.expect("reads").iter().map(|e| e.kind).collect();
        assert!(kinds.contains(&EventKind::SignupRequested) && kinds.contains(&EventKind::SignupConfirmed));
    }

    async fn a_scanner_that_opens_every_link_confirms_nothing(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = link(&house.asked(&t, "ada@example.org").await[0]);
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for _ in 0..3 {
                house.web.ask(method.clone(), &path, "text/plain", "").await;
            }
        }
        assert_eq!(house.subject("ada@example.org").await, None);
        let page = house.web.get(&path).await;
        assert!(page.body.contains("Confirm your subscription") && !page.body.contains("ada@example.org"));
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(house.web.post(&path, "").await.status, StatusCode::OK, "the link is still good");
        assert_eq!(house.state("ada@example.org").await, Some(MembershipState::Confirmed));
    }

    async fn a_token_confirms_once_and_brings_nobody_back_who_left_since(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = link(&house.asked(&t, "ada@example.org").await[0]);
        house.web.post(&path, "").await;
        let subject = house.subject("ada@example.org").await.expect("there");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        lists::unsubscribe(&house.app, &mut tx, &house.ctx, None, subject).await.expect("leaves");
        tx.commit().await.expect("commits");
        let again = house.web.post(&path, "").await;
        assert!(again.body.contains("Confirmed already"));
        assert_eq!(house.state("ada@example.org").await, Some(MembershipState::Unsubscribed));
    }

    async fn a_link_expires_after_seven_days_and_its_data_with_it(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = link(&house.asked(&t, "ada@example.org").await[0]);
        t.clock.advance(EXPIRY + Micros::SECOND);
        assert_eq!(house.web.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.web.post(&path, "").await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.subject("ada@example.org").await, None);
        testing::run_jobs(&house.app, jobs).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        assert_eq!(store::expire(&mut tx, house.ctx.now()).await.expect("deletes"), 0, "the job had deleted it");
    }

    async fn links_that_nobody_was_sent_lead_nowhere_and_guessing_is_slowed_down(t) {
        let house = House::new(&t, OptIn::Double).await;
        for token in ["x", &"A".repeat(43), &"é".repeat(40), "%00", &"A".repeat(4_000)] {
            let path = format!("/confirm/{token}");
            let status = house.web.ask(Method::POST, &path.replace('é', "%C3%A9"), "text/plain", "").await.status;
            assert!(status.is_client_error(), "{token}: {status}");
        }
        let mut last = StatusCode::OK;
        for _ in 0..70 {
            last = house.web.get(&format!("/confirm/{}", "A".repeat(43))).await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    }

    async fn the_answer_never_tells_whether_an_address_is_known(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = link(&house.asked(&t, "known@example.org").await[0]);
        house.web.post(&path, "").await;
        house.suppress("complained@example.org", Reason::Complained).await;
        let stranger = house.sign_up(&t, &house.web, "stranger@example.org").await;
        for email in ["known@example.org", "complained@example.org", "KNOWN@EXAMPLE.ORG"] {
            let got = house.sign_up(&t, &house.web, email).await;
            assert_eq!((got.status, words(&got)), (stranger.status, words(&stranger)), "{email}");
        }
        let mails = house.mails().await;
        let kinds: Vec<_> = mails.iter().map(|m| (m.to.as_str().to_lowercase(), m.kind.as_str())).collect();
        let expected = [("known@example.org", "signup.already"), ("stranger@example.org", "signup.confirm")];
        for (to, kind) in expected {
            assert!(kinds.contains(&(to.to_owned(), kind)), "{kinds:?}");
        }
        assert!(!kinds.iter().any(|(to, _)| to == "complained@example.org"));
    }

    async fn the_time_of_the_answer_does_not_tell_whether_an_address_is_known(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = link(&house.asked(&t, "known@example.org").await[0]);
        house.web.post(&path, "").await;
        let sign_up = async |round: usize, email: &str| {
            t.clock.advance(Micros::HOUR);
            let web = house.web.from([198, 51, 100, u8::try_from(1 + round).expect("few")]);
            assert_eq!(house.sign_up(&t, &web, email).await.status, StatusCode::OK);
        };
        let known = async |n| sign_up(n, "known@example.org").await;
        let area = told_apart(120, known, async |n| sign_up(n, "stranger@example.org").await).await;
        // Five standard deviations about a coin.
        assert!((0.3..0.7).contains(&area), "known and unknown addresses are told apart: {area}");
    }

    async fn at_most_three_mails_an_hour_go_to_one_address(t) {
        let house = House::new(&t, OptIn::Double).await;
        let mut sent = 0;
        for n in 0..6 {
            let web = house.web.from([192, 0, 2, n]);
            assert_eq!(house.sign_up(&t, &web, "ada@example.org").await.status, StatusCode::OK);
            sent += house.mails().await.len();
        }
        assert_eq!(sent, 3);
        t.clock.advance(Micros::HOUR);
        assert_eq!(house.asked(&t, "ada@example.org").await.len(), 1);
    }

    async fn one_network_address_can_ask_twenty_times_an_hour(t) {
        let house = House::new(&t, OptIn::Double).await;
        let form = "email=a%40example.org&agree=yes&version=1";
        let path = format!("/f/{}/join", house.form.slug);
        for _ in 0..20 {
            assert_eq!(house.web.post(&path, form).await.status, StatusCode::OK);
        }
        assert_eq!(house.web.post(&path, form).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(house.web.from([203, 0, 113, 1]).post(&path, form).await.status, StatusCode::OK);
    }

    async fn programs_that_fill_in_everything_or_too_quickly_cause_nothing(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = format!("/f/{}", house.form.slug);
        let (visitor, page) = house.web.open(&path).await;
        let (seal, shown) = (page.hidden("csrf"), page.hidden("shown"));
        let quick = visitor.post(&path, &format!("csrf={seal}&shown={shown}&email=a%40example.org&agree=yes")).await;
        assert_eq!(quick.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(quick.body.contains("very quick") && quick.body.contains("a@example.org"), "what was typed is kept");
        t.clock.advance(3 * Micros::SECOND);
        let filled = visitor.post(&path, &format!("csrf={seal}&shown={shown}&email=a%40example.org&agree=yes&website=x")).await;
        assert_eq!(filled.status, StatusCode::OK, "it is not told apart");
        assert!(house.mails().await.is_empty());
    }

    async fn mistakes_are_shown_beside_their_field(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = format!("/f/{}", house.form.slug);
        let (visitor, page) = house.web.open(&path).await;
        t.clock.advance(3 * Micros::SECOND);
        let start = format!("csrf={}&shown={}", page.hidden("csrf"), page.hidden("shown"));
        for (rest, said) in [
            ("email=nonsense&agree=yes", "does not look like an address"),
            ("email=a%40example.org", "Tick the box"),
            ("email=a%40example.org%0d%0aBcc%3a&agree=yes", "does not look like an address"),
            (&format!("email=a%40example.org&agree=yes&first_name={}", "x".repeat(101)), "At most 100"),
        ] {
            let got = visitor.post(&path, &format!("{start}&{rest}")).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{rest}");
            assert!(got.body.contains(said), "{rest}");
        }
        assert!(house.mails().await.is_empty());
    }

    async fn only_the_persons_own_confirmation_lifts_an_unsubscribe(t) {
        let house = House::new(&t, OptIn::Single).await;
        assert!(house.asked(&t, "ada@example.org").await.is_empty(), "a stranger joins at once");
        assert_eq!(house.state("ada@example.org").await, Some(MembershipState::Confirmed));
        let subject = house.subject("ada@example.org").await.expect("there");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        lists::unsubscribe(&house.app, &mut tx, &house.ctx, None, subject).await.expect("leaves");
        tx.commit().await.expect("commits");
        let mails = house.asked(&t, "ada@example.org").await;
        assert_eq!(house.state("ada@example.org").await, Some(MembershipState::Unsubscribed), "asking is not enough");
        house.web.post(&link(&mails[0]), "").await;
        assert_eq!(house.state("ada@example.org").await, Some(MembershipState::Confirmed));
        let email = EmailAddress::parse("ada@example.org").expect("an address");
        let tag = suppression::tag_of_email(&house.app, house.ctx.workspace, &email).expect("a tag");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert!(suppression::among(&mut tx, vec![tag.to_vec()]).await.expect("looks").is_empty());
    }

    async fn an_erased_person_can_come_back_by_their_own_will(t) {
        let house = House::new(&t, OptIn::Single).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let person = NewPerson { email: EmailAddress::parse("ada@example.org").expect("an address"), values: vec![] };
        let subject = subscribers::add(&house.app, &mut tx, &house.ctx, person).await.expect("adds");
        erasure::erase(&house.app, &mut tx, &house.ctx, subject).await.expect("erases");
        tx.commit().await.expect("commits");
        let mails = house.asked(&t, "ada@example.org").await;
        assert_eq!(mails[0].kind, "signup.confirm");
        house.web.post(&link(&mails[0]), "").await;
        assert_eq!(house.state("ada@example.org").await, Some(MembershipState::Confirmed));
        assert_ne!(house.subject("ada@example.org").await, Some(subject), "a new number");
    }

    async fn erasure_forgets_what_was_asked(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = link(&house.asked(&t, "ada@example.org").await[0]);
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let person = NewPerson { email: EmailAddress::parse("ada@example.org").expect("an address"), values: vec![] };
        let subject = subscribers::add(&house.app, &mut tx, &house.ctx, person).await.expect("adds");
        erasure::erase(&house.app, &mut tx, &house.ctx, subject).await.expect("erases");
        tx.commit().await.expect("commits");
        assert_eq!(house.web.post(&path, "").await.status, StatusCode::NOT_FOUND);
    }

    async fn a_new_wording_leaves_the_old_one_as_evidence(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = link(&house.asked(&t, "ada@example.org").await[0]);
        let team = house.web.session("all");
        let (team, page) = team.open(&format!("/forms/{}", house.form.id)).await;
        let body = format!(
            "csrf={}&slug={}&title=Letters&intro=&wording=I+agree+to+more.&open=yes",
            page.hidden("csrf"), house.form.slug
        );
        assert_eq!(team.post(&format!("/forms/{}", house.form.id), &body).await.status, StatusCode::SEE_OTHER);
        house.web.post(&path, "").await;
        let subject = house.subject("ada@example.org").await.expect("there");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(form_by_id(&mut tx, house.form.id).await.expect("there").wording_version, 2);
        let consent = lists::memberships(&mut tx, subject).await.expect("reads")[0].consent.expect("evidence");
        let shown = consent::by_ids(&mut tx, vec![consent]).await.expect("reads").remove(&consent).expect("there");
        assert_eq!((shown.statement, shown.wording_version), (house.form.wording.clone(), Some(1)));
    }

    async fn a_closed_form_takes_nobody(t) {
        let house = House::new(&t, OptIn::Double).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        lists::archive(&house.app, &mut tx, &house.ctx, house.list).await.expect("archives");
        tx.commit().await.expect("commits");
        assert!(house.web.get(&format!("/f/{}", house.form.slug)).await.body.contains("closed"));
        let got = house.web.post(&format!("/f/{}/join", house.form.slug), "email=a%40example.org&agree=yes").await;
        assert_eq!(got.status, StatusCode::CONFLICT);
    }

    async fn a_websites_server_signs_visitors_up_by_key(t) {
        let house = House::new(&t, OptIn::Double).await;
        let path = format!("/api/v1/forms/{}/signup", house.form.slug);
        let visitor = serde_json::json!({ "email": "ada@example.org", "visitor_address": "2001:db8::1" });
        assert_eq!(house.web.json(Method::POST, &path, &visitor).await.status, StatusCode::UNAUTHORIZED);
        let got = house.web.key("all").json(Method::POST, &path, &visitor).await;
        assert_eq!((got.status, got.body.as_str()), (StatusCode::ACCEPTED, "{\"status\":\"check_inbox\"}"));
        let wrong = serde_json::json!({ "email": "ada@", "visitor_address": null });
        assert_eq!(house.web.key("all").json(Method::POST, &path, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(house.mails().await.len(), 1);
    }

    async fn a_lost_workspace_key_or_a_moved_row_shows_nothing(t) {
        let house = House::new(&t, OptIn::Double).await;
        house.sign_up(&t, &house.web, "ada@example.org").await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let asked = Asked::parse("eve@example.org", "", "", None).expect("fine");
        let mut moved = sealed_request(&house.app, &house.ctx, &house.form, &asked).expect("seals");
        moved.id += 1;
        store::insert_request(&mut tx, &moved).await.expect("inserts");
        let error = answer::answer(&house.app, &mut tx, &house.ctx, moved.id).await.expect_err("is refused");
        assert!(matches!(error, Error::Store(StoreError::Damaged(_))) && !error.to_string().contains("eve"));
    }
}
