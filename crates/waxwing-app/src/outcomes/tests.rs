//! What providers report, in sentences.

use super::*;
use crate::alerts::{self, Act, Detector};
use crate::erasure;
use crate::reports::{self, Group};
use crate::sending::tests::rig::{Rig, addresses};
use crate::sending::{self, SourceState, Tuning};
use crate::suppression::{self, Reason};
use crate::testing::{Orchard, visitor};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_demo::capture::Rules;
use waxwing_detect::rate::Signal;
use waxwing_domain::{CampaignId, EmailAddress, EventKind};
use waxwing_store::{JobRegistry, args, statement};
use waxwing_testkit::store_test;

// A lane in one statement; state 3 is accepted, 5 failed, 7 unknown.
statement! { SETTLE, "UPDATE ledger SET state = $4, reason = $5 WHERE workspace_id = $1 AND source_id = $2 AND subject = $3" }
statement! { COUNT_IN,
"INSERT INTO source_counts (workspace_id, source_id, state, reason, rows_there) VALUES ($1, $2, $3, $4, 1)
 ON CONFLICT (workspace_id, source_id, state, reason) DO UPDATE SET rows_there = source_counts.rows_there + 1" }
statement! { START, "UPDATE sources SET started = 1 WHERE workspace_id = $1 AND id = $2" }

const THREE: [&str; 3] = ["ada@example.org", "eve@example.org", "bob@example.org"];

/// A campaign that went to three people, settled as these states say.
async fn sent(house: &Orchard, states: [(i64, &str); 3]) -> SourceId {
    let source = house.source(vec![house.list]).await;
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    tx.exec(&START, args![source]).await.expect("starts");
    for (person, (state, reason)) in house.people.iter().zip(states) {
        tx.exec(&SETTLE, args![source, *person, state, reason]).await.expect("settles");
        tx.exec(&COUNT_IN, args![source, state, reason]).await.expect("counts");
    }
    tx.commit().await.expect("commits");
    source
}

const ALL_ACCEPTED: [(i64, &str); 3] = [(3, ""), (3, ""), (3, "")];

fn about(kind: &str, class: Option<&str>, email: &str) -> Wish {
    let (kind, class) = (kind.to_owned(), class.map(str::to_owned));
    Wish { kind, class, email: Some(email.to_owned()), ..Wish::default() }
}

async fn bring(house: &Orchard, wishes: &[Wish]) -> Taken {
    report(&house.app, &house.ctx, wishes, "test").await.expect("taken")
}

async fn read(house: &Orchard) -> reports::Report {
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    reports::report(&mut tx, &house.ctx, CampaignId::from_i64(7)).await.expect("a report")
}

async fn suppressed(house: &Orchard, email: &str) -> Option<Reason> {
    let email = EmailAddress::parse(email).expect("valid");
    let tag = suppression::tag_of_email(&house.app, house.ctx.workspace, &email).expect("a tag");
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    suppression::among(&mut tx, vec![tag.to_vec()]).await.expect("reads").remove(&tag)
}

async fn kinds(house: &Orchard, subject: SubjectNo) -> Vec<EventKind> {
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    tx.history(subject, i64::MAX, 10).await.expect("reads").iter().map(|event| event.kind).collect()
}

store_test! {
    async fn a_report_counts_once_however_often_it_comes(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house, ALL_ACCEPTED).await;
        let batch = [about("complaint", None, THREE[0]), about("bounce", Some("hard"), THREE[1]), about("complaint", None, THREE[0])];
        let taken = bring(&house, &batch).await;
        assert_eq!(taken, Taken { received: 3, counted: 2, repeated: 1, unknown: 0 });
        assert_eq!(bring(&house, &batch).await, Taken { received: 3, counted: 0, repeated: 3, unknown: 0 });
        let report = read(&house).await;
        assert_eq!((report.reported.complained, report.reported.bounces(), report.counts.accepted), (1, 1, 3));
        assert_eq!(suppressed(&house, THREE[0]).await, Some(Reason::Complained));
        assert_eq!(suppressed(&house, THREE[1]).await, Some(Reason::Bounced));
        assert_eq!(suppressed(&house, THREE[2]).await, None);
        assert_eq!(kinds(&house, house.people[0]).await[..2], [EventKind::Suppressed, EventKind::Complained]);
        assert_eq!(kinds(&house, house.people[1]).await[..2], [EventKind::Suppressed, EventKind::Bounced]);
    }

    async fn a_bounce_for_who_sends_or_for_this_time_bars_nobody(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house, ALL_ACCEPTED).await;
        let policy = Wish { diagnostic: Some("550 5.7.1 blocked".into()), ..about("bounce", Some("hard"), THREE[0]) };
        assert_eq!(bring(&house, &[policy, about("bounce", Some("soft"), THREE[1])]).await.counted, 2);
        assert_eq!((suppressed(&house, THREE[0]).await, suppressed(&house, THREE[1]).await), (None, None));
        let report = read(&house).await;
        assert_eq!((report.reported.bounces(), report.reported.hard(&["policy"]), report.reported.hard(&["recipient"])), (2, 1, 0));
    }

    async fn a_report_settles_what_was_unknown_and_nothing_else(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house, [(7, "no_answer"), (7, "no_answer"), (5, "recipient")]).await;
        let batch = [about("bounce", Some("hard"), THREE[0]), about("complaint", None, THREE[1]), about("bounce", Some("hard"), THREE[2])];
        assert_eq!(bring(&house, &batch).await.counted, 3);
        let report = read(&house).await;
        let c = &report.counts;
        assert_eq!((c.accepted, c.failed, c.unknown, c.pending, c.audience), (1, 2, 0, 0, 3));
        assert_eq!((report.reported.bounces(), report.reported.complained), (0, 1), "what the ledger says counts there");
        assert_eq!(report.refused_address(), 2);
    }

    async fn a_message_is_found_by_its_message_id_alone(t) {
        let house = Orchard::new(&t, &THREE).await;
        let source = sent(&house, ALL_ACCEPTED).await;
        let links = sending::links::Links::new(&house.app, house.ctx.workspace).expect("keys");
        let id = |person: usize| format!("<{}@orchard.example>", hex::encode(links.message_tag(source, house.people[person])));
        let by_id = |id: String| Wish { message_id: Some(id), ..about("complaint", None, "") };
        let forged = format!("<{}@orchard.example>", "0".repeat(32));
        let taken = bring(&house, &[by_id(id(0)), by_id(id(1).to_uppercase()), by_id(forged)]).await;
        assert_eq!((taken.counted, taken.unknown), (2, 1));
        assert_eq!(suppressed(&house, THREE[0]).await, Some(Reason::Complained));
        assert_eq!(suppressed(&house, THREE[2]).await, None);
    }

    async fn what_never_left_cannot_be_complained_of(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house, [(0, ""), (6, "suppressed"), (3, "")]).await;
        let batch = [about("complaint", None, THREE[0]), about("complaint", None, THREE[1]), about("complaint", None, "nobody@example.org")];
        assert_eq!(bring(&house, &batch).await, Taken { received: 3, counted: 0, repeated: 0, unknown: 3 });
        assert_eq!(suppressed(&house, THREE[0]).await, None);
        let other = Wish { campaign: Some(CampaignId::from_i64(8).to_string()), ..about("complaint", None, THREE[2]) };
        assert_eq!(bring(&house, &[other]).await.unknown, 1, "of another campaign");
    }

    async fn programs_bring_reports_and_those_that_try_out_addresses_are_stopped(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house, ALL_ACCEPTED).await;
        let key = house.web.key("all");
        let path = "/api/v1/outcomes";
        let complaint = json!({ "kind": "complaint", "email": THREE[0], "diagnostic": "abuse report about ada@example.org" });
        let got = key.json(Method::POST, path, &json!({ "outcomes": [complaint] })).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let told: Value = serde_json::from_str(&got.body).expect("JSON");
        assert_eq!(told, json!({ "received": 1, "counted": 1, "repeated": 0, "unknown": 0 }));
        for wrong in [json!({ "outcomes": [] }), json!({ "outcomes": [{ "kind": "bounce", "email": THREE[0] }] }), json!({ "outcomes": [{ "kind": "complaint", "oops": 1 }] })] {
            assert_eq!(key.json(Method::POST, path, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let missing: Vec<Value> = (0..400).map(|at| json!({ "kind": "complaint", "email": format!("guess{at}@example.org") })).collect();
        let missing = json!({ "outcomes": missing });
        assert_eq!(key.json(Method::POST, path, &missing).await.status, StatusCode::OK);
        assert_eq!(key.json(Method::POST, path, &missing).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(house.web.key("nothing").json(Method::POST, path, &missing).await.status, StatusCode::FORBIDDEN);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let noted = crate::signals::since(&mut tx, &house.ctx, Micros::from_i64(0)).await.expect("reads");
        assert!(noted.iter().any(|kind| kind == "outcomes.throttled"), "{noted:?}");
    }

    async fn a_person_brings_addresses_by_a_page_and_sees_who_is_behind_the_number(t) {
        let house = Orchard::new(&t, &THREE).await;
        let source = sent(&house, ALL_ACCEPTED).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let content = crate::templates::Content::empty(waxwing_message::ContentFormat::Text);
        let campaign = crate::campaigns::create(&house.app, &mut tx, &house.ctx, "Spring", content).await.expect("made");
        tx.exec(&BELONGS, args![source, campaign]).await.expect("belongs");
        tx.commit().await.expect("commits");
        let path = format!("/reports/campaigns/{campaign}/outcomes");
        let (visitor, page) = house.web.session("all").open(&path).await;
        let form = |addresses: &str| format!("csrf={}&kind=complaint&addresses={addresses}", page.hidden("csrf"));
        let wrong = visitor.post(&path, &form("ada@example.org%0Anot+an+address")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("Line 2:") && wrong.body.contains("not an address"), "what was typed is there");
        assert_eq!(visitor.post(&path, &form("ada@example.org%0A%0Aeve@example.org")).await.status, StatusCode::SEE_OTHER);
        let report = visitor.get(&format!("/reports/campaigns/{campaign}")).await;
        assert!(report.body.contains("Complaints") && report.body.contains("2 of 3 (66.7 %)"), "{}", report.body);
        let behind = reports::people(&house.app, &house.ctx, source, &Group::Complained, (None, 10), "page").await.expect("reads");
        assert_eq!(behind.items.iter().filter_map(|person| person.email.as_deref()).collect::<Vec<_>>(), [THREE[0], THREE[1]]);
    }

    async fn a_purchased_list_that_complains_is_paused_after_hundreds(t) {
        let jobs = |registry: &mut JobRegistry, app: &App| alerts::jobs(registry, app);
        let rig = Rig::with_jobs(t, Rules::providers(), None, jobs).await;
        rig.relay().await;
        let people: Vec<String> = addresses("ann", 3_000).iter().map(|a| a.replace("postbox", "mailhaus")).collect();
        let (list, _) = rig.list("Bought", &people).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning { permits: 4, ..Tuning::default() });
        let key = visitor(&rig.app).key("all");
        // One in fifty complains as soon as the message is there.
        let mut told = 0;
        while rig.state(id).await.0 == SourceState::Running && told < people.len() {
            let next = (rig.counts(id).await.accepted as usize).min(people.len());
            let fresh: Vec<Value> = people[told..next].iter().step_by(50).map(|email| json!({ "kind": "complaint", "email": email })).collect();
            if !fresh.is_empty() {
                let got = key.json(Method::POST, "/api/v1/outcomes", &json!({ "outcomes": fresh })).await;
                assert_eq!(got.status, StatusCode::OK, "{}", got.body);
                told = next;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let why = rig.until_state(id, SourceState::Held).await.expect("a reason");
        assert!(why.starts_with("Paused by itself. Complaints"), "{why}");
        let mut tx = rig.app.read(&rig.ctx, "test").await.expect("reads");
        let found = alerts::page(&mut tx, &rig.ctx, alerts::Filter::default(), None, 10).await.expect("reads");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].detector, found[0].act), (Detector::Rate(Signal::Complaint), Act::Paused));
        assert!(found[0].finding.sample < 2_000, "it took {} messages", found[0].finding.sample);
        assert!(found[0].finding.contributors.iter().any(|part| part.label == "List Bought"), "{found:?}");
        drop(tx);
        assert!(rig.counts(id).await.pending > 600, "many were spared");
        lane.stop().await;
    }

    async fn who_is_erased_leaves_no_report(t) {
        let house = Orchard::new(&t, &THREE).await;
        let source = sent(&house, ALL_ACCEPTED).await;
        bring(&house, &[about("complaint", None, THREE[0])]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        erasure::erase(&house.app, &mut tx, &house.ctx, house.people[0]).await.expect("erased");
        tx.commit().await.expect("commits");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(tally(&mut tx, &house.ctx, source).await.expect("reads"), Tally::default());
    }
}

statement! { BELONGS, "UPDATE sources SET reference = $3 WHERE workspace_id = $1 AND id = $2" }
