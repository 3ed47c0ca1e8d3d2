//! Alerts that are made from what other features noted, in sentences.

use super::{Act, Alert, Detector, Follows, Rule, clicks, habits, logins, set_rule, signups, store_signals, swaps};
use crate::testing::Orchard;
use http::StatusCode;
use serde_json::{Value, json};
use waxwing_detect::habit::Day;
use waxwing_domain::{AccountId, CampaignId, Micros};
use waxwing_store::{NewJob, args, statement};
use waxwing_testkit::store_test;

statement! { OPEN, "SELECT COUNT(*) FROM sessions WHERE workspace_id = $1 AND ended_at IS NULL AND account_id = 77" }
statement! { SESSION,
"INSERT INTO sessions (id, workspace_id, hash, account_id, epoch, sealed, created_at, seen_at, expires_at, proved_at)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $7, $8, $7)" }

statement! { ACCEPTED, "UPDATE ledger SET state = 3, done_at = $3 WHERE workspace_id = $1 AND source_id = $2" }
statement! { END, "UPDATE jobs SET state = $3, finished_at = $4 WHERE workspace_id = $1 AND kind = $2" }
statement! { REFUSED, "SELECT COUNT(*) FROM signals WHERE workspace_id = $1 AND kind = 'login.refused'" }
statement! { KINDS, "SELECT kind FROM jobs WHERE workspace_id = $1 AND kind LIKE 'test.%' ORDER BY kind" }

async fn note(house: &Orchard, kind: &'static str, detail: Value) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    crate::signals::note(&mut tx, &house.ctx, kind, 1, detail).await.expect("noted");
    tx.commit().await.expect("commits");
}

async fn alerts(house: &Orchard) -> Vec<Alert> {
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    super::page(&mut tx, &house.ctx, super::Filter::default(), None, 100).await.expect("reads")
}

store_test! {
    async fn a_strange_sign_in_is_told_once_a_day_with_its_reasons(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let account = AccountId::from_i64(77);
        let detail = |strange: bool| json!({ "account": account, "score": 1.7, "strange": strange,
            "reasons": ["This account never signed in from this network."] });
        note(&house, "login.risk", detail(false)).await;
        assert!(logins::round(&house.app, &house.ctx, None).await.expect("looks").is_empty());
        note(&house, "login.risk", detail(true)).await;
        assert_eq!(logins::round(&house.app, &house.ctx, None).await.expect("looks").len(), 1);
        assert!(logins::round(&house.app, &house.ctx, None).await.expect("looks").is_empty(), "once a day");
        let found = alerts(&house).await.remove(0);
        assert_eq!((found.detector, found.account), (Detector::StrangeLogin, Some(account)));
        assert!(found.finding.why.contains("never signed in from this network"), "{}", found.finding.why);
        let page = house.web.session("all").get(&format!("/security/alerts/{}", found.id)).await;
        assert!(page.body.contains("50 times") && page.body.contains("once a day of one person"), "{}", page.body);
        let shown: Value = serde_json::from_str(&house.web.key("all").get(&format!("/api/v1/alerts/{}", found.id)).await.body).expect("JSON");
        assert_eq!((&shown["detector"], &shown["account"]), (&json!("login.strange"), &json!(account)));
    }

    async fn a_list_of_passwords_from_one_network_is_told(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let refused = |number: i64| json!({ "account": null, "typed": number.to_string(), "from": { "network": "aa", "provider": null } });
        for number in 0..4 {
            note(&house, "login.refused", refused(number)).await;
        }
        assert!(logins::round(&house.app, &house.ctx, None).await.expect("looks").is_empty(), "four are some typos");
        for number in 4..32 {
            note(&house, "login.refused", refused(number)).await;
        }
        logins::round(&house.app, &house.ctx, None).await.expect("looks");
        let mut found: Vec<Detector> = alerts(&house).await.iter().map(|alert| alert.detector).collect();
        found.sort();
        assert_eq!(found, [Detector::Stuffing, Detector::Enumeration]);
    }

    async fn a_person_who_opens_far_more_than_ever_is_told_by_name(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let today = house.ctx.now().as_i64().div_euclid(Micros::DAY);
        let day = |people: u64| Day { people, ..Day::default() };
        let past = (1..15).flat_map(|ago| [((77, today - ago), day(30)), ((78, today - ago), day(50))]);
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        store_signals::put(&mut tx, past.collect()).await.expect("kept");
        habits::add(&mut tx, [((77, today), day(150))].into()).await.expect("kept");
        tx.commit().await.expect("commits");
        assert!(habits::round(&house.app, &house.ctx, None).await.expect("looks").is_empty());
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        habits::add(&mut tx, [((77, today), day(2_000)), ((78, today), day(60))].into()).await.expect("kept");
        tx.commit().await.expect("commits");
        habits::round(&house.app, &house.ctx, None).await.expect("looks");
        let found = alerts(&house).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].detector, found[0].account), (Detector::Habit, Some(AccountId::from_i64(77))));
        assert_eq!(found[0].finding.observed, 2_150.0, "the day adds up");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        habits::sweep(&mut tx, today + 100).await.expect("sweeps");
        assert!(store_signals::days(&mut tx, &[77, 78], 0).await.expect("reads").is_empty());
    }

    async fn one_network_with_many_addresses_and_one_address_at_many_forms_are_told(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        for number in 0..20 {
            note(&house, "signup.asked", json!({ "form": "1", "network": "aa", "who": number.to_string() })).await;
        }
        for form in 0..6 {
            note(&house, "signup.asked", json!({ "form": form.to_string(), "network": form.to_string(), "who": "ann" })).await;
        }
        signups::round(&house.app, &house.ctx, None).await.expect("looks");
        let mut found: Vec<Detector> = alerts(&house).await.iter().map(|alert| alert.detector).collect();
        found.sort();
        assert_eq!(found, [Detector::SignupPlace, Detector::SignupTarget]);
    }

    async fn what_follows_is_said_on_the_page_and_by_programs_and_a_detector_can_be_turned_off(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let account = AccountId::from_i64(77);
        let strange = json!({ "account": account, "score": 1.7, "strange": true, "reasons": [] });
        let (visitor, page) = house.web.session("all").open("/security/alerts/rules").await;
        assert!(page.body.contains("A sign-in that is not like its person") && page.body.contains("Pause the campaign"));
        let form = |follows: &str, looks: &str| {
            format!("csrf={}&detector=login.strange&follows={follows}{looks}", page.hidden("csrf"))
        };
        let refused = visitor.post("/security/alerts/rules", &form("pause", "")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "there is no campaign to pause");
        assert_eq!(visitor.post("/security/alerts/rules", &form("tell", "")).await.status, StatusCode::SEE_OTHER);
        note(&house, "login.risk", strange.clone()).await;
        assert!(logins::round(&house.app, &house.ctx, None).await.expect("looks").is_empty(), "it is off");
        let key = house.web.key("all");
        let rule = json!({ "looks": true, "follows": "ask" });
        let contain = json!({ "looks": true, "follows": "contain" });
        let path = "/api/v1/alerts/rules/login.strange";
        let refused = key.json(http::Method::PUT, path, &contain).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "no person is contained by itself");
        let put = key.json(http::Method::PUT, "/api/v1/alerts/rules/login.strange", &rule).await;
        assert_eq!(put.status, StatusCode::NO_CONTENT);
        assert_eq!(key.json(http::Method::PUT, "/api/v1/alerts/rules/nothing", &rule).await.status, StatusCode::NOT_FOUND);
        let all: Value = serde_json::from_str(&key.get("/api/v1/alerts/rules").await.body).expect("JSON");
        assert!(all.as_array().expect("rules").contains(&json!({ "detector": "login.strange", "looks": true, "follows": "ask" })));
        logins::round(&house.app, &house.ctx, None).await.expect("looks");
        assert_eq!(alerts(&house).await[0].act, Act::ContainmentAsked);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let asking = crate::alerts::asking(&mut tx, &house.ctx).await.expect("reads");
        assert_eq!(asking.iter().map(|alert| alert.account).collect::<Vec<_>>(), [Some(AccountId::from_i64(77))]);
    }

    async fn a_rule_ends_the_sessions_of_the_person_it_is_about(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let rule = Rule { follows: Follows::EndSessions, ..Rule::usual(Detector::Habit) };
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        set_rule(&house.app, &mut tx, &house.ctx, rule).await.expect("set");
        tx.exec(&SESSION, args![5, vec![0_u8; 32], 77, 0, vec![0_u8; 4], 1, i64::MAX]).await.expect("a session");
        let today = house.ctx.now().as_i64().div_euclid(Micros::DAY);
        let days = (0..15).map(|ago| ((77, today - ago), Day { people: if ago == 0 { 9_000 } else { 20 }, ..Day::default() }));
        store_signals::put(&mut tx, days.collect()).await.expect("kept");
        tx.commit().await.expect("commits");
        habits::round(&house.app, &house.ctx, None).await.expect("looks");
        assert_eq!(alerts(&house).await[0].act, Act::SessionsEnded);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(tx.one(&OPEN, args![], |r| r.int(0)).await.expect("reads"), 0);
    }

    async fn who_opens_far_more_people_than_usual_is_asked_for_a_proof_and_goes_on(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        tx.exec(&SESSION, args![5, vec![0_u8; 32], 77, 0, vec![0_u8; 4], 1, i64::MAX]).await.expect("a session");
        let today = house.ctx.now().as_i64().div_euclid(Micros::DAY);
        let days = (0..15).map(|ago| ((77, today - ago), Day { people: if ago == 0 { 9_000 } else { 20 }, ..Day::default() }));
        store_signals::put(&mut tx, days.collect()).await.expect("kept");
        tx.commit().await.expect("commits");
        habits::round(&house.app, &house.ctx, None).await.expect("looks");
        assert_eq!(alerts(&house).await[0].act, Act::SteppedUp);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(tx.one(&OPEN, args![], |r| r.int(0)).await.expect("reads"), 1, "nothing ended");
    }

    async fn links_that_one_network_opens_at_once_are_told_and_people_are_not(t) {
        let emails: Vec<String> = (0..12).map(|at| format!("ann{at}@example.org")).collect();
        let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
        let house = Orchard::new(&t, &emails).await;
        let source = house.source(vec![house.list]).await;
        // A look that is recorded from a network makes the month's key of its tags.
        house.web.session("all").get(&format!("/audience/{}", house.people[0])).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        tx.exec(&ACCEPTED, args![source, house.ctx.now()]).await.expect("accepted");
        tx.commit().await.expect("commits");
        let links = crate::sending::links::Links::new(&house.app, house.ctx.workspace).expect("keys");
        let path = |url: String| url.split_once("8080").map(|(_, path)| path.to_owned()).expect("a path");
        let (scanner, office) = (house.web.from([198, 51, 100, 7]), house.web.from([203, 0, 113, 7]));
        for person in &house.people {
            for url in [links.unsubscribe(source, *person), links.view(source, *person)] {
                assert_eq!(scanner.get(&path(url)).await.status, StatusCode::OK);
            }
        }
        for person in &house.people[..5] {
            office.get(&path(links.unsubscribe(source, *person))).await;
        }
        clicks::round(&house.app, &house.ctx, None).await.expect("looks");
        clicks::round(&house.app, &house.ctx, None).await.expect("looks again");
        let found = alerts(&house).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].detector, found[0].campaign, found[0].act), (Detector::Clicks, Some(CampaignId::from_i64(7)), Act::None));
        assert_eq!((found[0].finding.observed, found[0].finding.sample), (12.0, 24));
        assert!(found[0].finding.why.contains("no browser’s name"), "{}", found[0].finding.why);
        assert!(house.state(house.people[0]).await == Some(crate::lists::MembershipState::Confirmed), "nobody left by a GET");
    }

    async fn what_nobody_looks_at_any_more_is_forgotten_unless_everything_is_held(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        note(&house, "login.refused", json!({})).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        for (kind, state) in [("test.done", "done"), ("test.failed", "failed")] {
            tx.enqueue(&house.ctx, NewJob::now(kind, json!({}))).await.expect("queued");
            tx.exec(&END, args![kind, state, house.ctx.now()]).await.expect("ended");
        }
        tx.commit().await.expect("commits");
        let sweep = async || {
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            tx.enqueue(&house.ctx, NewJob::now("alerts.sweep", json!({})).unique("periodic")).await.expect("queued");
            tx.commit().await.expect("commits");
            crate::testing::run_jobs(&house.app, crate::alerts::jobs).await;
        };
        let left = async || {
            let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
            let signals = tx.one(&REFUSED, args![], |r| r.int(0)).await.expect("counts");
            let jobs = tx.all(&KINDS, args![], |r| r.text(0)).await.expect("reads");
            (signals, jobs)
        };
        t.clock.advance(13 * Micros::DAY);
        sweep().await;
        assert_eq!(left().await, (1, vec!["test.done".to_owned(), "test.failed".to_owned()]));
        t.clock.advance(76 * Micros::DAY);
        sweep().await;
        assert_eq!(left().await, (1, vec!["test.failed".to_owned()]), "what failed stays until somebody looks");
        t.clock.advance(2 * Micros::DAY);
        sweep().await;
        assert_eq!(left().await.0, 0);
    }

    async fn a_campaign_that_swapped_its_links_is_told(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let campaign = CampaignId::from_i64(5);
        let finding = json!({ "observed": 1.0, "expected": 0.0, "bound": 0.0, "sample": 4, "contributors": [],
            "why": "Links lead to pay.example.", "advice": "Ask." });
        note(&house, "campaigns.swapped", json!({ "campaign": campaign, "finding": finding })).await;
        note(&house, "campaigns.swapped", json!({ "campaign": "no number", "finding": 5 })).await;
        swaps::round(&house.app, &house.ctx, None).await.expect("looks");
        let found = alerts(&house).await;
        assert_eq!((found.len(), found[0].detector, found[0].campaign), (1, Detector::Swap, Some(campaign)));
    }
}
