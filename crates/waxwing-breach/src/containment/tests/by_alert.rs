//! What a rule of alerts contains by itself, in sentences.

use super::House;
use crate::containment::{self, Overview, Scope};
use http::{Method, StatusCode};
use serde_json::json;
use waxwing_app::accounts::{self, NewApiKey};
use waxwing_app::alerts::{self, Act, Alert, Detector, Filter, Follows, Rule};
use waxwing_domain::{ApiKeyId, Ctx, Micros, Scope as KeyScope, Thing};
use waxwing_store::{JobRegistry, NewJob, args, statement};
use waxwing_testkit::store_test;
use waxwing_testkit::web::{Web, mails, run_jobs};

statement! { CASES, "SELECT COUNT(*) FROM incidents WHERE workspace_id = $1" }
statement! { ALL, "SELECT COUNT(*) FROM containments WHERE workspace_id = $1" }
// A second alert of the same key, by another detector.
statement! { SECOND,
"INSERT INTO alerts (id, workspace_id, at, detector, about, finding, act, thing_kind, thing_id)
 SELECT id + 1, workspace_id, at, 'key.bulk', about, finding, 'containing', thing_kind, thing_id FROM alerts
 WHERE workspace_id = $1 AND detector = 'key.elsewhere'" }
// As if the run that contained had been cut off before it could say so.
statement! { FORGET, "UPDATE alerts SET act = 'containing' WHERE workspace_id = $1" }

/// A key that is for one network, and a visitor with it from there.
async fn bound_key(house: &House) -> (ApiKeyId, Web, Web) {
    let ctx = house.app.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let networks = vec!["203.0.113.0/24".parse().expect("a network")];
    let new = NewApiKey { networks, ..NewApiKey::of(&ctx, "Shop", &[KeyScope::Read]) };
    let (id, text) = accounts::create_api_key(&house.app, &mut tx, &ctx, new).await.expect("a key");
    tx.commit().await.expect("commits");
    let with_key = house.web.key(&text);
    (id, with_key.from([203, 0, 113, 9]), with_key.from([198, 51, 100, 7]))
}

async fn rule(house: &House, follows: Follows) {
    let ctx = house.app.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let rule = Rule { follows, ..Rule::usual(Detector::KeyElsewhere) };
    alerts::set_rule(&house.app, &mut tx, &ctx, rule).await.expect("set");
    tx.commit().await.expect("commits");
}

/// Runs what looks and what contains until nothing waits.
async fn look(house: &House) {
    let mut registry = JobRegistry::default();
    alerts::jobs(&mut registry, &house.app);
    containment::jobs(&mut registry, &house.app);
    run_jobs(house.app.store(), house.app.workspace(), registry).await;
}

async fn order_again(house: &House, ctx: &Ctx, alert: &Alert) {
    let mut tx = house.app.begin(ctx, "test").await.expect("begins");
    for _ in 0..2 {
        tx.enqueue(ctx, NewJob::now("alerts.contain", json!({ "alert": alert.id }))).await.expect("queued");
    }
    tx.commit().await.expect("commits");
}

async fn found(house: &House) -> Vec<Alert> {
    let ctx = house.app.host();
    let mut tx = house.app.read(&ctx, "test").await.expect("reads");
    alerts::page(&mut tx, &ctx, Filter::default(), None, 10).await.expect("reads")
}

/// How many containments there ever were, and how many cases.
async fn counted(house: &House) -> (i64, i64) {
    let mut tx = house.app.read(&house.app.host(), "test").await.expect("reads");
    let all = tx.one(&ALL, args![], |r| r.int(0)).await.expect("counts");
    (all, tx.one(&CASES, args![], |r| r.int(0)).await.expect("counts"))
}

fn names_the_key(standing: &Overview, id: ApiKeyId) -> bool {
    standing.open.iter().all(|one| one.containment.scope == Scope::One(Thing::ApiKey(id)))
}

store_test! {
    async fn a_key_in_other_hands_is_contained_by_its_rule_with_a_case_and_word_to_people(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let (id, home, thief) = bound_key(&house).await;
        rule(&house, Follows::Contain).await;
        assert_eq!(home.get("/api/v1/lists").await.status, StatusCode::OK);
        let tried = house.app.host().now();
        assert_eq!(thief.get("/api/v1/lists").await.status, StatusCode::UNAUTHORIZED);
        mails(house.app.store(), house.app.workspace()).await;
        look(&house).await;
        assert_eq!(home.get("/api/v1/lists").await.status, StatusCode::UNAUTHORIZED, "worth nothing anywhere now");
        assert!(house.is_in(&owner).await, "nobody else is touched");
        let standing = house.standing().await;
        assert!(standing.open.len() == 1 && names_the_key(&standing, id));
        let containment = &standing.open[0].containment;
        assert!(containment.reason.contains("An API key from a network it is not for"), "{}", containment.reason);
        assert!(containment.suspected_from.since(tried) < Micros::SECOND, "since the first attempt");
        assert_eq!((found(&house).await[0].act, counted(&house).await), (Act::Contained, (1, 1)));
        let told = mails(house.app.store(), house.app.workspace()).await;
        let subjects: Vec<&str> = told.iter().map(|mail| mail.subject.as_str()).collect();
        assert!(subjects.iter().any(|subject| subject.contains("Contained: an API key")), "{subjects:?}");
        assert!(subjects.iter().any(|subject| subject.contains("Waxwing alert")), "{subjects:?}");
    }

    async fn a_job_that_runs_again_or_was_cut_off_contains_once(t) {
        let house = House::new(t, 1).await;
        let (_, _, thief) = bound_key(&house).await;
        rule(&house, Follows::Contain).await;
        thief.get("/api/v1/lists").await;
        look(&house).await;
        let alert = found(&house).await.remove(0);
        let ctx = house.app.host();
        order_again(&house, &ctx, &alert).await;
        look(&house).await;
        assert_eq!(counted(&house).await, (1, 1), "ordered twice more");
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        tx.exec(&FORGET, args![]).await.expect("forgot");
        tx.exec(&SECOND, args![]).await.expect("a second alert");
        tx.commit().await.expect("commits");
        for alert in found(&house).await {
            order_again(&house, &ctx, &alert).await;
        }
        look(&house).await;
        assert_eq!(counted(&house).await, (1, 1), "it is contained already");
        assert!(found(&house).await.iter().all(|alert| alert.act == Act::Contained));
    }

    async fn by_the_usual_rule_a_person_is_asked_and_the_form_is_filled_in_with_that_key(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let (id, home, thief) = bound_key(&house).await;
        thief.get("/api/v1/lists").await;
        look(&house).await;
        assert_eq!(home.get("/api/v1/lists").await.status, StatusCode::OK, "it goes on until a person decides");
        let alert = found(&house).await.remove(0);
        assert_eq!((alert.act, counted(&house).await), (Act::ContainmentAsked, (0, 0)));
        let web = house.web.session(&owner.token);
        let asked = web.get("/security/containment").await;
        assert!(asked.body.contains("for the api key"), "{}", asked.body);
        let form = web.get(&alert.containment()).await;
        assert!(form.body.contains(&format!("value=\"api_key:{id}\" selected")), "{}", form.body);
        assert!(form.body.contains(&format!("value=\"{}\" selected", alert.since)), "{}", form.body);
        let (visitor, page) = web.open(&alert.containment()).await;
        let typed = format!("csrf={}&scope=api_key:{id}&since={}&case=new&alert={}&reason=Alert", page.hidden("csrf"), alert.since, alert.id);
        let done = visitor.post("/security/containment", &typed).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let standing = house.standing().await;
        assert_eq!(standing.open[0].containment.suspected_from, alert.since);
        let soon = typed.replace(&alert.since.to_string(), "soon");
        assert_eq!(visitor.post("/security/containment", &soon).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn a_program_contains_what_an_alert_is_about_since_its_first_sign(t) {
        let house = House::new(t, 1).await;
        let (id, _, thief) = bound_key(&house).await;
        let (_, officer) = house.key().await;
        thief.get("/api/v1/lists").await;
        look(&house).await;
        let alert = found(&house).await.remove(0);
        let web = house.web.key(&officer);
        let body = |alert: &str| json!({ "scope": format!("api_key:{id}"), "reason": "In other hands.", "alert": alert });
        let nowhere = web.json(Method::POST, "/api/v1/containment", &body("0000000000001")).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
        let done = web.json(Method::POST, "/api/v1/containment", &body(&alert.id.to_string())).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.body);
        let standing = house.standing().await;
        assert_eq!(standing.open[0].containment.suspected_from, alert.since);
        assert_eq!(found(&house).await[0].act, Act::ContainmentAsked, "what a person or program did is no act of its own");
    }
}
