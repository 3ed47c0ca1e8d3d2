//! API keys that are misused, and what a rule contains by itself, in sentences.

use super::*;
use super::{contain, keys, raise, store_parts, volumes};
use crate::accounts::{self, NewApiKey};
use crate::signals;
use crate::testing::{Orchard, run_jobs};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use waxwing_detect::volume::Flow;
use waxwing_domain::{Actor, ApiKeyId, Ctx, Scope, Thing};
use waxwing_testkit::store_test;

async fn key(house: &Orchard) -> ApiKeyId {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let new = NewApiKey::of(&house.ctx, "Shop", &[Scope::Read]);
    let (id, _) = accounts::create_api_key(&house.app, &mut tx, &house.ctx, new).await.expect("a key");
    tx.commit().await.expect("commits");
    id
}

/// The right key from a network that it is not for.
async fn came_from(house: &Orchard, key: ApiKeyId, network: &str) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let detail = json!({ "key": key, "network": network });
    signals::note(&mut tx, &house.ctx, "api_keys.elsewhere", 1, detail).await.expect("noted");
    tx.commit().await.expect("commits");
}

/// The key read people so many times in this hour.
async fn read(house: &Orchard, key: ApiKeyId, times: i64) {
    let hour = house.ctx.now().as_i64().div_euclid(Micros::HOUR);
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let parts = BTreeMap::from([((hour, key.as_i64()), times)]);
    store_parts::add(&mut tx, Flow::ApiReads, parts).await.expect("counted");
    tx.commit().await.expect("commits");
}

async fn look(house: &Orchard) -> usize {
    keys::round(&house.app, &house.ctx, None).await.expect("looks").len()
}

async fn newest(house: &Orchard) -> Alert {
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    page(&mut tx, &house.ctx, Filter::default(), None, 100).await.expect("reads").remove(0)
}

async fn rule(house: &Orchard, detector: Detector, follows: Follows) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let rule = Rule { follows, ..Rule::usual(detector) };
    set_rule(&house.app, &mut tx, &house.ctx, rule).await.expect("set");
    tx.commit().await.expect("commits");
}

store_test! {
    async fn the_right_key_from_the_wrong_network_is_told_by_name_and_can_be_contained_as_that_key(t) {
        let house = Orchard::new(&t, &[]).await;
        let shop = key(&house).await;
        let first = house.ctx.now();
        for network in ["aa", "aa", "bb"] {
            came_from(&house, shop, network).await;
            t.clock.advance(Micros::MINUTE);
        }
        assert_eq!((look(&house).await, look(&house).await), (1, 0), "once a day");
        let found = newest(&house).await;
        assert_eq!((found.detector, found.act), (Detector::KeyElsewhere, Act::ContainmentAsked));
        assert_eq!((found.subject, found.since), (Some(Subject::Thing(Thing::ApiKey(shop))), first));
        assert_eq!(found.finding.contributors.iter().map(|part| part.count).collect::<Vec<_>>(), [2, 1]);
        let page = house.web.session("all").get(&format!("/security/alerts/{}", found.id)).await;
        assert!(page.body.contains("API key “Shop”") && page.body.contains("href=\"/settings/keys\""), "{}", page.body);
        let form = format!("/security/containment?scope=api_key:{shop}&since={first}&reason=Alert+{0}&alert={0}", found.id);
        assert_eq!(found.containment(), form);
        let shown: Value =
            serde_json::from_str(&house.web.key("all").get(&format!("/api/v1/alerts/{}", found.id)).await.body).expect("JSON");
        assert_eq!((&shown["subject"], &shown["subject_name"]), (&json!(format!("api_key:{shop}")), &json!("API key “Shop”")));
    }

    async fn a_key_from_elsewhere_is_told_of_seconds_later_by_nobodys_order(t) {
        let house = Orchard::new(&t, &[]).await;
        let shop = key(&house).await;
        let as_the_key = Ctx { actor: Actor::ApiKey(shop), origin: Actor::ApiKey(shop), ..house.ctx.clone() };
        for _ in 0..3 {
            let mut tx = house.app.begin(&as_the_key, "test").await.expect("begins");
            let detail = json!({ "key": shop, "network": "aa" });
            signals::note(&mut tx, &as_the_key, "api_keys.elsewhere", 1, detail).await.expect("noted");
            tx.commit().await.expect("commits");
        }
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert!(page(&mut tx, &house.ctx, Filter::default(), None, 100).await.expect("reads").is_empty());
        drop(tx);
        // Waiting jobs of the key itself would do nothing once it is revoked; this one is nobody's.
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        accounts::revoke_api_key(&house.app, &mut tx, &house.ctx, shop).await.expect("revoked");
        tx.commit().await.expect("commits");
        t.clock.advance(2 * Micros::SECOND);
        run_jobs(&house.app, super::jobs).await;
        assert_eq!(newest(&house).await.finding.observed, 3.0, "one alert of all three");
        assert_eq!(look(&house).await, 0, "the minute's round has nothing to add");
    }

    async fn a_key_that_never_read_anybody_and_reads_hundreds_is_told_and_only_then(t) {
        let house = Orchard::new(&t, &[]).await;
        read(&house, key(&house).await, 900).await;
        assert_eq!(look(&house).await, 0, "nothing is counted yet");
        volumes::round(&house.app, &house.ctx, None).await.expect("begins to count");
        t.clock.advance(Micros::HOUR);
        let shop = key(&house).await;
        read(&house, shop, 150).await;
        assert_eq!(look(&house).await, 0, "a few");
        read(&house, shop, 450).await;
        assert_eq!((look(&house).await, look(&house).await), (1, 0), "once a day");
        let found = newest(&house).await;
        assert_eq!((found.detector, found.act, found.finding.observed), (Detector::KeyBulk, Act::None, 600.0));
        assert_eq!(found.subject, Some(Subject::Thing(Thing::ApiKey(shop))));
        assert_eq!(found.finding.contributors[0].count, 600);
        t.clock.advance(Micros::DAY);
        read(&house, shop, 700).await;
        assert_eq!(look(&house).await, 0, "like the day before");
        read(&house, shop, 5_000).await;
        assert_eq!(look(&house).await, 1, "far beyond it");
    }

    async fn a_key_from_before_anything_was_counted_is_judged_after_two_weeks(t) {
        let house = Orchard::new(&t, &[]).await;
        let shop = key(&house).await;
        t.clock.advance(Micros::DAY);
        volumes::round(&house.app, &house.ctx, None).await.expect("begins to count");
        read(&house, shop, 5_000).await;
        assert_eq!(look(&house).await, 0, "it may do so every day");
        t.clock.advance(15 * Micros::DAY);
        read(&house, shop, 90_000).await;
        assert_eq!(look(&house).await, 1);
    }

    /// Whoever contains stands above; where nobody does, and where a person said that the alert is wrong, it is asked for.
    async fn what_is_to_be_contained_by_itself_waits_for_that_and_heeds_a_verdict(t) {
        let house = Orchard::new(&t, &[]).await;
        rule(&house, Detector::KeyElsewhere, Follows::Contain).await;
        for judged in [false, true] {
            came_from(&house, key(&house).await, "aa").await;
            assert_eq!(look(&house).await, 1);
            let found = newest(&house).await;
            assert_eq!(found.act, Act::Containing);
            if judged {
                let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
                judge(&house.app, &mut tx, &house.ctx, found.id, Verdict::False).await.expect("judged");
                tx.commit().await.expect("commits");
            }
            run_jobs(&house.app, super::jobs).await;
            assert_eq!(newest(&house).await.act, Act::ContainmentAsked);
        }
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let late = contain::contained(&mut tx, newest(&house).await.id).await;
        assert!(matches!(late, Err(Error::Conflict(_))), "it is no longer to be contained");
    }

    async fn a_person_is_never_contained_by_itself_nor_a_key_for_what_strangers_do(t) {
        let house = Orchard::new(&t, &[]).await;
        let exports = Detector::Burst(Flow::Exports);
        rule(&house, exports, Follows::Contain).await;
        let finding = |why: &str| Finding {
            observed: 9.0,
            expected: 1.0,
            bound: 3.0,
            sample: 72,
            contributors: Vec::new(),
            why: why.to_owned(),
            advice: "Look.".into(),
        };
        let person = store::New { account: Some(AccountId::from_i64(77)), ..store::New::of(exports, 1, finding("a person")) };
        raise::all(&house.app, &house.ctx, None, vec![person]).await.expect("raised");
        assert_eq!(newest(&house).await.act, Act::ContainmentAsked);
        assert_eq!(newest(&house).await.subject, Some(Subject::Thing(Thing::Account(AccountId::from_i64(77)))));
        for detector in Detector::all().filter(|detector| !detector.is_of_credentials()) {
            assert!(!Rule::choices(detector).contains(&Follows::Contain), "{}", detector.as_str());
        }
        assert!(!Detector::Canary.is_of_credentials() && !Detector::Stuffing.is_of_credentials());
    }

    async fn lists_of_alerts_are_filtered_and_many_get_one_verdict(t) {
        let house = Orchard::new(&t, &[]).await;
        for _ in 0..3 {
            came_from(&house, key(&house).await, "aa").await;
        }
        assert_eq!(look(&house).await, 3);
        let all = house.web.session("all");
        let (visitor, page) = all.open("/security/alerts").await;
        assert_eq!(page.body.matches("name=\"alert\"").count(), 3);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let ids: Vec<AlertId> =
            super::page(&mut tx, &house.ctx, Filter::default(), None, 9).await.expect("reads").iter().map(|one| one.id).collect();
        drop(tx);
        let form = |ids: &str| format!("csrf={}&verdict=benign{ids}", page.hidden("csrf"));
        let ticked = format!("&alert={}&alert={}", ids[0], ids[1]);
        let none = visitor.post("/security/alerts/verdicts", &form("")).await;
        assert_eq!(none.status, StatusCode::SEE_OTHER, "told to tick first");
        assert_eq!(visitor.post("/security/alerts/verdicts", &form("&alert=nobody")).await.status, StatusCode::NOT_FOUND);
        let gone = form(&format!("{ticked}&alert=0000000000001"));
        assert_eq!(visitor.post("/security/alerts/verdicts", &gone).await.status, StatusCode::NOT_FOUND, "all or none");
        assert_eq!(visitor.post("/security/alerts/verdicts", &form(&ticked)).await.status, StatusCode::SEE_OTHER);
        assert_eq!(all.get("/security/alerts").await.body.matches("name=\"alert\"").count(), 1, "those that wait");
        assert_eq!(all.get("/security/alerts?state=judged").await.body.matches("name=\"alert\"").count(), 2);
        assert_eq!(all.get("/security/alerts?state=shut").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let key = house.web.key("all");
        let count = async |query: &str| {
            let got = key.get(&format!("/api/v1/alerts{query}")).await;
            let found: Value = serde_json::from_str(&got.body).expect("JSON");
            found["items"].as_array().map(Vec::len)
        };
        assert_eq!((count("").await, count("?state=open").await), (Some(3), Some(1)));
        assert_eq!((count("?detector=canary").await, count("?state=judged&detector=key.elsewhere").await), (Some(0), Some(2)));
        let body = json!({ "alerts": [ids[2]], "verdict": "true" });
        let judged = key.json(Method::POST, "/api/v1/alerts/verdicts", &body).await;
        assert_eq!((judged.status, count("?state=open").await), (StatusCode::NO_CONTENT, Some(0)));
        let nothing = key.json(Method::POST, "/api/v1/alerts/verdicts", &json!({ "alerts": [], "verdict": "true" })).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
