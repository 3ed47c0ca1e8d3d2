//! Where each detector's alerts say that they come from, in sentences.

use super::tests::source_with;
use super::*;
use super::{
    clicks, habits, imports, keys, lists, logins, raise, rates, signups, store_hours, store_parts, store_signals,
};
use super::{swaps, volumes};
use crate::accounts::{self, NewApiKey};
use crate::canaries::{HitKind, Mark, MarkKind};
use crate::signals;
use crate::testing::Orchard;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use waxwing_detect::habit::Day;
use waxwing_detect::rate::Signal;
use waxwing_detect::swap::{self, Identity};
use waxwing_detect::volume::{Flow, WEEK};
use waxwing_domain::{Actor, ApiKeyId, ImportId, MarkId, Operation, Scope, SourceId};
use waxwing_store::{Entry, args, statement};
use waxwing_testkit::store_test;

statement! { DEFER, "UPDATE source_counts SET state = 4 WHERE workspace_id = $1 AND source_id = $2 AND reason = 'throttled'" }
statement! { LEAVE,
"INSERT INTO unsubscribes (workspace_id, source_id, subject, at, how, lists) VALUES ($1, $2, $3, $4, 'page', '[]')" }
statement! { COMPLAIN,
"INSERT INTO outcomes (workspace_id, source_id, subject, kind, reason, beside, at, report)
 VALUES ($1, $2, $3, 'complaint', '', 1, $4, 1)" }
statement! { FAIL, "UPDATE ledger SET state = 5, reason = 'recipient' WHERE workspace_id = $1 AND source_id = $2" }

/// What is not known of an alert's parts.
const UNKNOWN: &str = "From where is not known";

async fn note(house: &Orchard, kind: &'static str, amount: i64, detail: Value) {
    let ctx = Ctx { address: Some(IpAddr::from([203, 0, 113, 7])), ..house.ctx.clone() };
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    // An entry makes the month's key, by which addresses have tags.
    tx.record(house.app.store(), &ctx, Entry::new(Operation::Login, "test.noted")).await.expect("recorded");
    signals::note_address(&house.app, &mut tx, &ctx, kind, amount, detail).await.expect("noted");
    tx.commit().await.expect("commits");
}

/// A house of twelve.
async fn house(t: &waxwing_testkit::store::TestStore) -> Orchard {
    let emails: Vec<String> = (0..12).map(|at| format!("ann{at}@mailhaus.example")).collect();
    Orchard::new(t, &emails.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// What was found meanwhile: each alert has parts, and of the detectors named here they are known.
async fn all_say_where(house: &Orchard) -> BTreeSet<Detector> {
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    let found = page(&mut tx, &house.ctx, Filter::default(), None, 100).await.expect("reads");
    let names = Names::of(&house.app, &mut tx, &house.ctx, &found).await.expect("names");
    for alert in &found {
        let parts = &alert.finding.contributors;
        let labels: Vec<String> = parts.iter().map(|part| names.label(part)).collect();
        assert!(!labels.is_empty() && labels.iter().all(|label| !label.is_empty()), "{}", alert.detector.as_str());
        assert!(!labels.iter().any(|label| label == UNKNOWN), "{}: {labels:?}", alert.detector.as_str());
        assert!(parts.iter().all(|part| part.count > 0), "{}", alert.detector.as_str());
    }
    found.iter().map(|alert| alert.detector).collect()
}

/// So many outcomes of a campaign, each signal's own.
async fn provoke_rates(house: &Orchard) {
    for signal in Signal::ALL {
        let (cause, failed) = match signal {
            Signal::Bounce => ("recipient", 50),
            Signal::Refusal => ("policy", 50),
            Signal::Deferral => ("throttled", 50),
            Signal::Complaint | Signal::Unsubscribe => ("recipient", 0),
        };
        let source = source_with(house, 60, (cause, failed), false).await;
        happened(house, source, signal).await;
        assert_eq!(rates::look(&house.app, &house.ctx, source, None).await.expect("looks").len(), 1, "{signal:?}");
    }
}

async fn happened(house: &Orchard, source: SourceId, signal: Signal) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let of_people = match signal {
        Signal::Complaint => Some(&COMPLAIN),
        Signal::Unsubscribe => Some(&LEAVE),
        _ => None,
    };
    match signal {
        Signal::Bounce => tx.exec(&FAIL, args![source]).await.map(drop).expect("failed"),
        Signal::Deferral => tx.exec(&DEFER, args![source]).await.map(drop).expect("deferred"),
        _ => {}
    }
    for person in &house.people {
        if let Some(statement) = of_people {
            tx.exec(statement, args![source, *person, house.ctx.now()]).await.expect("happened");
        }
    }
    tx.commit().await.expect("commits");
}

/// A week that is three times the weeks before it, and an hour that is far more than that.
async fn provoke_flows(house: &Orchard, source: SourceId, key: ApiKeyId) {
    let now = house.ctx.now().as_i64().div_euclid(Micros::HOUR);
    let week = now - WEEK as i64;
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    for flow in Flow::ALL {
        for hour in now - 5 * WEEK as i64..now {
            store_hours::put(&mut tx, flow, hour, if hour < week { 20 } else { 60 }).await.expect("counted");
        }
    }
    for (flow, number) in [(Flow::Sent, source.as_i64()), (Flow::ApiReads, key.as_i64())] {
        store_hours::put(&mut tx, flow, now, 6_000).await.expect("counted");
        let parts = BTreeMap::from([((now, number), 5_500), ((now - 3, number), 9_000)]);
        store_parts::add(&mut tx, flow, parts).await.expect("counted");
    }
    tx.commit().await.expect("commits");
    provoke_counted(house).await;
}

/// What flows are counted from, in this hour.
async fn provoke_counted(house: &Orchard) {
    note(house, "export.begun", 500, json!({ "export": "1" })).await;
    note(house, "signup.asked", 900, json!({ "form": "7" })).await;
    note(house, "login.refused", 900, json!({ "account": null })).await;
}

/// What is read from signals, one by one.
async fn provoke_signals(house: &Orchard, source: SourceId, key: ApiKeyId) {
    let strange =
        json!({ "account": AccountId::from_i64(77), "score": 1.7, "strange": true, "reasons": ["A new network."] });
    note(house, "login.risk", 1, strange).await;
    for number in 0..40 {
        let refused =
            json!({ "account": null, "typed": number.to_string(), "from": { "network": "aa", "provider": null } });
        note(house, "login.refused", 1, refused).await;
        note(house, "signup.asked", 1, json!({ "form": "1", "network": "aa", "who": number.to_string() })).await;
        let form = json!({ "form": number.to_string(), "network": number.to_string(), "who": "ann" });
        note(house, "signup.asked", 1, form).await;
        let visit = json!({ "source": source, "network": "aa", "message": format!("{number:02x}"), "link": 1, "after": 7, "nameless": true });
        note(house, "sending.visited", 1, visit).await;
    }
    let identity =
        |link: &str| Identity { from: "orchard.example".into(), links: [link.to_owned()].into(), postal: "1".into() };
    let finding = swap::look(&identity("pay.example"), &vec![identity("shop.example"); 4]).expect("swapped");
    note(house, "campaigns.swapped", 1, json!({ "campaign": CampaignId::from_i64(5), "finding": finding })).await;
    note(house, "api_keys.elsewhere", 1, json!({ "key": key, "network": "aa" })).await;
}

/// What is found of imports and made-up people, by the functions that say so.
async fn provoke_copies(house: &Orchard) {
    let import = imports::OfImport { import: ImportId::from_i64(9), list: "Fair".into(), accepted: 100, missing: 50 };
    let finding = waxwing_detect::keys::bulk(900, &[]).expect("a finding");
    let mark = Mark {
        id: MarkId::from_i64(3),
        kind: MarkKind::Api,
        about: 8,
        actor: Actor::ApiKey(ApiKeyId::from_i64(8)),
        list: None,
        made: 10,
        at: house.ctx.now(),
        hits: 2,
        first_hit_at: None,
        last_hit_at: None,
    };
    let new = vec![imports::alert(&import, finding), super::canaries::alert(&mark, &[(HitKind::Mail, 2)])];
    assert_eq!(raise::all(&house.app, &house.ctx, None, new).await.expect("raised").len(), 2);
}

async fn provoke_habits(house: &Orchard) {
    let today = house.ctx.now().as_i64().div_euclid(Micros::DAY);
    let people = |ago| if ago == 0 { 9_000 } else { 20 };
    let days = (0..15).map(|ago| ((77, today - ago), Day { people: people(ago), ..Day::default() }));
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    store_signals::put(&mut tx, days.collect()).await.expect("kept");
    tx.commit().await.expect("commits");
}

async fn key(house: &Orchard) -> ApiKeyId {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let new = NewApiKey::of(&house.ctx, "Shop", &[Scope::Read]);
    let (id, _) = accounts::create_api_key(&house.app, &mut tx, &house.ctx, new).await.expect("a key");
    tx.commit().await.expect("commits");
    id
}

/// Ten small campaigns of the one list, each with thirty addresses that do not exist and a dozen complaints.
async fn provoke_lists(house: &Orchard) {
    for _ in 0..10 {
        let source = source_with(house, 70, ("recipient", 30), true).await;
        happened(house, source, Signal::Complaint).await;
    }
}

async fn look(house: &Orchard) {
    let (app, ctx) = (&house.app, &house.ctx);
    volumes::round(app, ctx, None).await.expect("looks");
    keys::round(app, ctx, None).await.expect("looks");
    logins::round(app, ctx, None).await.expect("looks");
    habits::round(app, ctx, None).await.expect("looks");
    signups::round(app, ctx, None).await.expect("looks");
    swaps::round(app, ctx, None).await.expect("looks");
    clicks::round(app, ctx, None).await.expect("looks");
    lists::round(app, ctx, None).await.expect("looks");
}

store_test! {
    async fn every_detector_says_where_what_it_found_comes_from(t) {
        let house = house(&t).await;
        volumes::round(&house.app, &house.ctx, None).await.expect("begins to count");
        t.clock.advance(Micros::HOUR);
        let (key, source) = (key(&house).await, house.source(vec![house.list]).await);
        // Something of the week before, and then of this hour.
        provoke_counted(&house).await;
        t.clock.advance(Micros::HOUR);
        provoke_rates(&house).await;
        provoke_flows(&house, source, key).await;
        provoke_signals(&house, source, key).await;
        provoke_copies(&house).await;
        provoke_habits(&house).await;
        provoke_lists(&house).await;
        look(&house).await;
        // A drift is of hours that are whole.
        t.clock.advance(Micros::HOUR);
        volumes::round(&house.app, &house.ctx, None).await.expect("looks");
        let found = all_say_where(&house).await;
        let silent: Vec<&str> = Detector::all().filter(|one| !found.contains(one)).map(Detector::as_str).collect();
        assert!(silent.is_empty(), "never provoked: {silent:?}");
    }

    async fn an_alert_is_about_the_key_or_campaign_that_plainly_brought_most(t) {
        let house = house(&t).await;
        volumes::round(&house.app, &house.ctx, None).await.expect("begins to count");
        t.clock.advance(Micros::HOUR);
        let (key, source) = (key(&house).await, house.source(vec![house.list]).await);
        provoke_flows(&house, source, key).await;
        volumes::round(&house.app, &house.ctx, None).await.expect("looks");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let found = page(&mut tx, &house.ctx, Filter::default(), None, 100).await.expect("reads");
        let of = |flow| found.iter().find(|alert| alert.detector == Detector::Burst(flow)).expect("an alert");
        assert_eq!(of(Flow::ApiReads).subject.map(Subject::to_text), Some(format!("api_key:{key}")));
        assert_eq!(of(Flow::Sent).subject, Some(Subject::Campaign(CampaignId::from_i64(7))));
        assert_eq!(of(Flow::Refused).subject, None, "a network is no thing to contain");
        let hour = house.ctx.now().as_i64().div_euclid(Micros::HOUR) * Micros::HOUR;
        assert_eq!(of(Flow::Sent).since, Micros::from_i64(hour), "since the hour began");
    }
}
