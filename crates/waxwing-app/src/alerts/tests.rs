//! Alerts, in sentences.

use super::*;
use crate::sending::tests::rig::{Rig, addresses};
use crate::sending::{self, SourceState, Tuning};
use crate::testing::Orchard;
use crate::{importing, lists};
use http::StatusCode;
use serde_json::json;
use waxwing_demo::capture::Rules;
use waxwing_detect::rate::Signal;
use waxwing_detect::volume::{Flow, HISTORY};
use waxwing_domain::{EventKind, ListId, SourceId};
use waxwing_store::{Event, JobRegistry, Sequencer, args, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { COUNT_IN, "INSERT INTO source_counts (workspace_id, source_id, state, reason, rows_there) VALUES ($1, $2, $3, $4, $5)" }
statement! { CLOSE, "UPDATE sources SET state = 'done', started = 1, finished_at = $3 WHERE workspace_id = $1 AND id = $2" }

statement! { RUN, "UPDATE sources SET state = 'running', started = 1, kind = $3 WHERE workspace_id = $1 AND id = $2" }

/// The ledger's numbers of two states.
const ACCEPTED: i64 = 3;
const FAILED: i64 = 5;

async fn rig(t: TestStore) -> Rig {
    let jobs = |registry: &mut JobRegistry, app: &App| super::jobs(registry, app);
    let rig = Rig::with_jobs(t, Rules::providers(), None, jobs).await;
    rig.relay().await;
    rig
}

/// So many addresses at a provider, of which every `nth` does not exist.
fn mixed(number: usize, nth: usize) -> Vec<String> {
    let name = |at: usize| if at.is_multiple_of(nth) { format!("unknown{at}") } else { format!("ann{at}") };
    (0..number).map(|at| format!("{}@mailhaus.example", name(at))).collect()
}

async fn alerts(app: &App, ctx: &Ctx) -> Vec<Alert> {
    let mut tx = app.read(ctx, "test").await.expect("reads");
    page(&mut tx, ctx, Filter::default(), None, 100).await.expect("reads")
}

/// A source of which so many were accepted and so many failed for `cause`.
pub(super) async fn source_with(house: &Orchard, accepted: i64, (cause, failed): (&str, i64), done: bool) -> SourceId {
    let source = house.source(vec![house.list]).await;
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    tx.exec(&COUNT_IN, args![source, ACCEPTED, "", accepted]).await.expect("counts");
    tx.exec(&COUNT_IN, args![source, FAILED, cause, failed]).await.expect("counts");
    if done {
        tx.exec(&CLOSE, args![source, house.ctx.now()]).await.expect("closes");
    }
    tx.commit().await.expect("commits");
    source
}

/// Four weeks in which every hour before this one brought so many.
async fn hours_of(house: &Orchard, flow: Flow, each: i64) {
    let now = house.ctx.now().as_i64().div_euclid(Micros::HOUR);
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    for hour in now - HISTORY as i64 / 2..now {
        store_hours::put(&mut tx, flow, hour, each).await.expect("counts");
    }
    tx.commit().await.expect("commits");
}

/// So many people more ask to sign up.
async fn asked(house: &Orchard, number: i64) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    crate::signals::note(&mut tx, &house.ctx, "signup.asked", number, json!({})).await.expect("noted");
    tx.commit().await.expect("commits");
}

/// Waits until so many members of a list are confirmed.
async fn until_confirmed(rig: &Rig, list: ListId, number: i64) {
    for _ in 0..600 {
        let mut tx = rig.app.read(&rig.ctx, "test").await.expect("reads");
        if lists::confirmed(&mut tx, list).await.expect("counts") == number {
            return;
        }
        drop(tx);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{number} were never confirmed");
}

store_test! {
    async fn a_campaign_to_a_purchased_list_is_paused_and_nobody_is_lost(t) {
        let rig = rig(t).await;
        let (list, _) = rig.list("Bought", &mixed(3_000, 3)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning::default());
        let why = rig.until_state(id, SourceState::Held).await.expect("a reason");
        assert!(why.starts_with("Paused by itself. Addresses that do not exist: 3"), "{why}");
        let found = alerts(&rig.app, &rig.ctx).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].detector, found[0].act), (Detector::Rate(Signal::Bounce), Act::Paused));
        assert!(found[0].finding.sample < 2_000, "it took {} messages", found[0].finding.sample);
        assert!(rig.counts(id).await.pending > 600, "many were spared");
        // Whoever resumes it has decided.
        let mut tx = rig.begin().await;
        sending::release(&rig.app, &mut tx, &rig.ctx, id).await.expect("released");
        tx.commit().await.expect("commits");
        rig.until_state(id, SourceState::Done).await;
        let counts = rig.counts(id).await;
        assert_eq!((counts.accepted, counts.failed, counts.unknown), (2_000, 1_000, 0));
        assert!(rig.doubles().is_empty(), "nobody got it twice");
        assert_eq!(alerts(&rig.app, &rig.ctx).await.len(), 1);
        lane.stop().await;
    }

    async fn an_import_of_addresses_that_do_not_exist_is_quarantined_and_only_its_people(t) {
        let jobs = |registry: &mut JobRegistry, app: &App| {
            super::jobs(registry, app);
            importing::jobs(registry, app);
        };
        let rig = Rig::with_jobs(t, Rules::providers(), None, jobs).await;
        rig.relay().await;
        let (list, _) = rig.list("Grown", &mixed(1_500, 2_000)).await;
        let file = rig.t.dir.path().join("bought.csv");
        let name = |at: usize| if at.is_multiple_of(3) { format!("unknown-b{at}") } else { format!("bea{at}") };
        let rows: String = (0..150).map(|at| format!("{}@mailhaus.example\n", name(at))).collect();
        std::fs::write(&file, format!("email\n{rows}")).expect("a file");
        let bought = importing::start_from_file(&rig.app, &rig.ctx, &file, "Grown", "They agreed at a fair.", false).await;
        let bought = bought.expect("begins");
        until_confirmed(&rig, list, 1_650).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning::default());
        rig.until_state(id, SourceState::Done).await;
        imports::round(&rig.app, &rig.ctx, None).await.expect("looks");
        let found = alerts(&rig.app, &rig.ctx).await;
        assert_eq!(found.len(), 1, "the campaign as a whole is well: {found:?}");
        assert_eq!((found[0].detector, found[0].act), (Detector::ImportBounce, Act::Quarantined));
        assert_eq!((found[0].finding.sample, found[0].finding.contributors[0].count), (150, 50));
        until_confirmed(&rig, list, 1_500).await;
        imports::round(&rig.app, &rig.ctx, None).await.expect("looks");
        assert_eq!(alerts(&rig.app, &rig.ctx).await.len(), 1, "once");
        let mut tx = rig.begin().await;
        importing::release(&rig.app, &mut tx, &rig.ctx, bought).await.expect("released");
        let again = importing::release(&rig.app, &mut tx, &rig.ctx, bought).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "only once");
        tx.commit().await.expect("commits");
        until_confirmed(&rig, list, 1_650).await;
        lane.stop().await;
    }

    async fn an_ordinary_campaign_goes_through(t) {
        let rig = rig(t).await;
        let (list, _) = rig.list("Grown", &mixed(1_500, 100)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning::default());
        rig.until_state(id, SourceState::Done).await;
        assert_eq!(rig.counts(id).await.failed, 15);
        assert!(alerts(&rig.app, &rig.ctx).await.is_empty());
        lane.stop().await;
    }

    async fn a_campaign_of_which_all_is_deferred_raises_an_alert_but_is_not_paused(t) {
        let rig = rig(t).await;
        let later: Vec<String> = addresses("ann", 60).iter().map(|a| a.replace("postbox", "busy")).collect();
        let (list, _) = rig.list("Busy", &later).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning::default());
        rig.until(id, |counts| counts.deferred == 60).await;
        rates::look(&rig.app, &rig.ctx, id, None).await.expect("looks");
        let found = alerts(&rig.app, &rig.ctx).await;
        assert_eq!((found.len(), found[0].detector, found[0].act), (1, Detector::Rate(Signal::Deferral), Act::None));
        assert_eq!(rig.state(id).await.0, SourceState::Running);
        assert!(!found[0].finding.contributors.is_empty());
        lane.stop().await;
    }

    async fn what_is_too_much_depends_on_the_history_of_the_list(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        for _ in 0..12 {
            source_with(&house, 9_990, ("recipient", 10), true).await;
        }
        let careful = source_with(&house, 1_920, ("recipient", 80), false).await;
        assert_eq!(rates::look(&house.app, &house.ctx, careful, None).await.expect("looks").len(), 1);
        let found = alerts(&house.app, &house.ctx).await.remove(0).finding;
        assert!(found.expected < 0.002 && found.bound < 0.03, "{found:?}");
        assert_eq!((found.sample, found.observed), (2_000, 0.04));
        assert!(rates::look(&house.app, &house.ctx, careful, None).await.expect("looks").is_empty(), "once");
    }

    async fn the_same_outcomes_are_ordinary_for_a_list_without_history(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let new = source_with(&house, 1_920, ("recipient", 80), false).await;
        assert!(rates::look(&house.app, &house.ctx, new, None).await.expect("looks").is_empty());
    }

    async fn an_alert_shows_its_numbers_and_takes_a_verdict(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let source = source_with(&house, 150, ("policy", 50), false).await;
        let id = rates::look(&house.app, &house.ctx, source, None).await.expect("looks")[0];
        let all = house.web.session("all");
        let list = all.get("/security/alerts").await;
        for words in ["Refusals of content or sender", "25.0 %", "200 messages", "Needs a verdict", "not known yet"] {
            assert!(list.body.contains(words), "{words}");
        }
        let (visitor, page) = all.open(&format!("/security/alerts/{id}")).await;
        for words in ["50 of 200 messages were refusals", "Refused for who sends", "What to do", "Was it right?"] {
            assert!(page.body.contains(words), "{words}");
        }
        let form = |verdict: &str| format!("csrf={}&verdict={verdict}", page.hidden("csrf"));
        let path = format!("/security/alerts/{id}/verdict");
        assert_eq!(visitor.post(&path, &form("perhaps")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(visitor.post(&path, &form("true")).await.status, StatusCode::SEE_OTHER);
        assert!(all.get("/security/alerts").await.body.contains("1 of 1 (100.0 %)"));
        assert_eq!(house.web.session("nothing").get("/security/alerts").await.status, StatusCode::FORBIDDEN);
    }

    /// Whoever has some addresses among those that are told of a breach could refuse them, and keep it from the rest.
    async fn a_notice_whose_addresses_refuse_mail_is_told_of_and_goes_on(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        for (kind, act, state) in
            [("notice", Act::None, SourceState::Running), ("campaign", Act::Paused, SourceState::Held)]
        {
            let source = source_with(&house, 150, ("policy", 50), false).await;
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            tx.exec(&RUN, args![source, kind]).await.expect("runs");
            tx.commit().await.expect("commits");
            let raised = rates::look(&house.app, &house.ctx, source, None).await.expect("looks");
            let found = alerts(&house.app, &house.ctx).await.remove(0);
            assert_eq!((raised, found.act), (vec![found.id], act), "{kind}");
            let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
            assert_eq!(sending::by_id(&mut tx, &house.ctx, source).await.expect("there").state, state, "{kind}");
        }
    }

    async fn programs_read_alerts_and_judge_them(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let source = source_with(&house, 150, ("policy", 50), false).await;
        let id = rates::look(&house.app, &house.ctx, source, None).await.expect("looks")[0];
        let key = house.web.key("all");
        let path = format!("/api/v1/alerts/{id}");
        let shown: serde_json::Value = serde_json::from_str(&key.get(&path).await.body).expect("JSON");
        assert_eq!((&shown["detector"], &shown["sample"], &shown["verdict"]), (&json!("refusal"), &json!(200), &json!(null)));
        let judge = |verdict: &str| json!({ "verdict": verdict });
        let verdicts = format!("{path}/verdict");
        assert_eq!(key.json(Method::POST, &verdicts, &judge("maybe")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        for verdict in ["false", "benign"] {
            assert_eq!(key.json(Method::POST, &verdicts, &judge(verdict)).await.status, StatusCode::NO_CONTENT);
        }
        let list: serde_json::Value = serde_json::from_str(&key.get("/api/v1/alerts").await.body).expect("JSON");
        assert_eq!(list["items"][0]["verdict"], "benign");
        let known: serde_json::Value = serde_json::from_str(&key.get("/api/v1/alerts/precision").await.body).expect("JSON");
        assert_eq!(known, json!([{ "detector": "refusal", "right": 0, "wrong": 0, "benign": 1, "open": 0 }]));
        assert_eq!(key.json(Method::POST, "/api/v1/alerts/0000000000001/verdict", &judge("true")).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_flood_of_sign_ups_is_told_once_a_day_and_says_how_many_came_from_one_place(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        hours_of(&house, Flow::Signups, 12).await;
        asked(&house, 40).await;
        assert!(volumes::round(&house.app, &house.ctx, None).await.expect("looks").is_empty(), "a busy hour");
        asked(&house, 600).await;
        assert_eq!(volumes::round(&house.app, &house.ctx, None).await.expect("looks").len(), 1);
        asked(&house, 600).await;
        assert!(volumes::round(&house.app, &house.ctx, None).await.expect("looks").is_empty(), "once a day");
        let found = alerts(&house.app, &house.ctx).await.remove(0);
        assert_eq!((found.detector, found.act, found.campaign), (Detector::Burst(Flow::Signups), Act::None, None));
        assert_eq!((found.finding.observed, found.finding.expected.round()), (640.0, 12.0));
        let page = house.web.session("all").get(&format!("/security/alerts/{}", found.id)).await;
        assert!(page.body.contains("640 sign-ups were asked for in this hour") && page.body.contains("once a day"));
        assert!(house.web.session("all").get("/security/alerts").await.body.contains("A burst of sign-ups"));
    }

    async fn accepted_messages_are_counted_in_their_own_transaction(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let at = house.ctx.now();
        let event = |kind| Event::of(house.ctx.new_id(), at, kind, house.people[0]);
        for kinds in [[EventKind::Accepted; 3], [EventKind::Accepted, EventKind::Failed, EventKind::Changed]] {
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            tx.events(kinds.into_iter().map(event).collect()).await.expect("happened");
            tx.commit().await.expect("commits");
        }
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        tx.events(vec![event(EventKind::Accepted)]).await.expect("happened");
        drop(tx);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let counted = store_hours::since(&mut tx, Flow::Sent, 0).await.expect("reads");
        assert_eq!(counted.iter().map(|hour| hour.count).collect::<Vec<_>>(), [4], "what never happened does not count");
    }

    async fn a_key_that_suddenly_reads_many_people_is_told_by_its_number(t) {
        let house = Orchard::new(&t, &["ada@example.org", "eve@example.org"]).await;
        volumes::round(&house.app, &house.ctx, None).await.expect("begins to count");
        hours_of(&house, Flow::ApiReads, 3).await;
        let reads = || async {
            for _ in 0..70 {
                let page = house.web.key("all").get("/api/v1/subscribers").await;
                assert_eq!(page.status, StatusCode::OK);
            }
            while Sequencer::new(t.store.clone()).run_once().await.expect("numbers") > 0 {}
        };
        reads().await;
        volumes::round(&house.app, &house.ctx, None).await.expect("looks");
        let found = alerts(&house.app, &house.ctx).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].detector, found[0].finding.observed), (Detector::Burst(Flow::ApiReads), 140.0));
        assert!(found[0].finding.contributors[0].label.starts_with("API key "));
        let key = found[0].subject.expect("one key has all of it");
        assert_eq!((key.kind(), found[0].finding.contributors[0].thing.clone()), ("api_key", Some(key.to_text())));
        // Read once, counted once.
        volumes::round(&house.app, &house.ctx, None).await.expect("looks");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let now = store_hours::since(&mut tx, Flow::ApiReads, 0).await.expect("reads");
        assert_eq!(now.last().map(|hour| hour.count), Some(140));
    }
}
