//! What people renew after a containment, and what is seen to before something comes back.

use super::house::House;
use super::{LONG, Scope, as_person};
use crate::containment::{self, Contained, InCase, Order, Vouched, points};
use crate::incidents::{self, TaskState};
use http::StatusCode;
use waxwing_app::record::{self, Filter};
use waxwing_app::relays::{self, Edit, NewRelay};
use waxwing_app::webhooks::{self, Wish};
use waxwing_app::{Error, Result, settings};
use waxwing_domain::{IncidentId, Micros, RelayId, Role, Thing};
use waxwing_store::Sequencer;
use waxwing_testkit::store_test;

const OLD: &str = "smtp://maya:correct%20horse@mail.example.net:465";

async fn relay(house: &House, name: &str, url: &str) -> RelayId {
    let ctx = house.app.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let new = NewRelay { name: name.into(), url: url.into(), connections: None };
    let id = relays::add(&house.app, &mut tx, &ctx, new).await.expect("a relay");
    tx.commit().await.expect("commits");
    id
}

async fn sign_in_by(house: &House, id: RelayId, url: &str) {
    let ctx = house.app.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let edit = Edit { url: Some(url.into()), ..Edit::default() };
    relays::edit(&house.app, &mut tx, &ctx, id, edit).await.expect("changed");
    tx.commit().await.expect("commits");
}

/// Contains `scope` as part of a new case.
async fn contain(house: &House, scope: Scope) -> (Contained, IncidentId) {
    let ctx = house.app.host();
    let order = Order { scope, reason: "A test.".into(), suspected_from: ctx.now().plus(-Micros::HOUR) };
    let done = containment::contain_in(&house.app, &ctx, &order, InCase::New(None)).await.expect("contains");
    house.t.clock.advance(Micros::MINUTE);
    (done, done.case.expect("a case"))
}

/// What is to be renewed, and whether it is done.
async fn waiting(house: &House) -> Vec<(String, bool)> {
    let mut all = house.standing().await.open.remove(0).renewals;
    all.sort_by_key(containment::Renewal::title);
    all.into_iter().map(|one| (one.title(), one.is_done())).collect()
}

async fn reinstate(house: &House, thing: Thing, seen: &[&str], reason: &str) -> Result<()> {
    let ctx = house.app.host();
    let seen = seen.iter().map(|word| (*word).to_owned()).collect();
    let vouched = Vouched { seen, unchanged_because: reason.into() };
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    containment::reinstate(&house.app, &mut tx, &ctx, thing, &vouched).await?;
    Ok(tx.commit().await?)
}

store_test! {
    async fn a_contained_relay_is_a_task_until_it_signs_in_by_another_password(t) {
        let house = House::new(t, 1).await;
        let id = relay(&house, "Main", OLD).await;
        house.t.clock.advance(Micros::MINUTE);
        let (_, case) = contain(&house, Scope::One(Thing::Relay(id))).await;
        let title = "Renew the login of the relay Main".to_owned();
        assert_eq!(waiting(&house).await, [(title.clone(), false)]);
        sign_in_by(&house, id, OLD).await;
        sign_in_by(&house, id, "smtp://maya:correct%20horse@other.example.net:465").await;
        assert_eq!(waiting(&house).await, [(title.clone(), false)], "the same password is no new login");
        house.run_steps().await;
        sign_in_by(&house, id, "smtp://maya:battery%20staple@mail.example.net:465").await;
        assert_eq!(waiting(&house).await, [(title.clone(), true)]);
        house.t.clock.advance(2 * Micros::MINUTE);
        house.run_steps().await;
        house.run_steps().await;
        let ctx = house.app.host();
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        let tasks = incidents::tasks(&house.app, &mut tx, &ctx, case).await.expect("tasks");
        let [task] = &tasks[..] else { panic!("one task, not {}", tasks.len()) };
        assert_eq!((task.title.as_str(), task.state), (title.as_str(), TaskState::Done));
        assert!(task.proof.starts_with("Renewed "), "{}", task.proof);
    }

    async fn a_contained_workspace_leaves_every_login_and_secret_to_renew_and_nothing_else(t) {
        let house = House::new(t, 1).await;
        relay(&house, "Main", OLD).await;
        relay(&house, "Local", "smtp://127.0.0.1:2525?tls=none").await;
        let ctx = house.app.host();
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let wish = Wish {
            name: "Shop".into(),
            url: "https://hooks.example.com/shop".into(),
            kinds: vec!["subscribed".to_owned()],
            lists: vec![],
            grants: vec![],
        };
        webhooks::add(&house.app, &mut tx, &ctx, &wish).await.expect("a webhook");
        tx.commit().await.expect("commits");
        let (_, case) = contain(&house, Scope::Workspace).await;
        let left = [("Renew the login of the relay Main".to_owned(), false), ("Renew the secret of the webhook Shop".to_owned(), false)];
        assert_eq!(waiting(&house).await, left);
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        assert_eq!(incidents::tasks(&house.app, &mut tx, &ctx, case).await.expect("tasks").len(), 2);
    }

    async fn what_was_not_seen_to_or_not_renewed_does_not_come_back_without_a_reason(t) {
        let house = House::new(t, 1).await;
        let old = house.member("sven@example.org", Role::SecurityOfficer).await;
        house.t.clock.advance(LONG);
        let (kept, renewed) = (relay(&house, "Kept", OLD).await, relay(&house, "Renewed", OLD).await);
        for id in [kept, renewed] {
            let (done, _) = contain(&house, Scope::One(Thing::Relay(id))).await;
            house.release(&as_person(&house, old.account, Role::SecurityOfficer), done).await.expect("releases");
        }
        sign_in_by(&house, renewed, "smtp://maya:battery%20staple@mail.example.net:465").await;
        let thing = Thing::Relay(kept);
        let all: Vec<&str> = points(thing).iter().map(|point| point.word).collect();
        let unseen = reinstate(&house, thing, &all[1..], "").await;
        assert!(matches!(&unseen, Err(Error::Invalid { field, .. }) if field == "seen"), "{unseen:?}");
        let strange = reinstate(&house, thing, &["login", "provider", "sent", "moon"], "").await;
        assert!(matches!(&strange, Err(Error::Invalid { field, .. }) if field == "seen"), "{strange:?}");
        let same = reinstate(&house, thing, &all, " ").await;
        assert!(matches!(&same, Err(Error::Invalid { field, .. }) if field == "reason"), "{same:?}");
        let long = reinstate(&house, thing, &all, &"a".repeat(501)).await;
        assert!(matches!(&long, Err(Error::Invalid { field, .. }) if field == "reason"), "{long:?}");
        reinstate(&house, thing, &all, "The provider says nobody had it.").await.expect("with a reason");
        reinstate(&house, Thing::Relay(renewed), &all, "").await.expect("it was renewed");
        assert!(house.standing().await.shut.is_empty());
        Sequencer::new(house.app.store().clone()).finish().await.expect("numbers");
        let filter = Filter { what: "containment.reinstate".into(), ..Filter::default() };
        let found = record::page(&house.app, &house.app.host(), &filter, i64::MAX, 10).await.expect("entries");
        let said: Vec<_> = found.rows.iter().map(|row| row.body.clone().expect("details")["detail"].clone()).collect();
        assert_eq!(said[0]["unchanged_because"], serde_json::Value::Null, "{said:?}");
        assert_eq!(said[1]["unchanged_because"], "The provider says nobody had it.", "{said:?}");
        assert_eq!(said[1]["seen"], serde_json::json!(["login", "provider", "sent"]), "{said:?}");
    }

    async fn whoever_contains_one_thing_keeps_everybody_from_being_erased_where_they_may_and_wish_it(t) {
        let house = House::new(t, 1).await;
        let held = async || {
            let ctx = house.app.host();
            let mut tx = house.app.read(&ctx, "test").await.expect("reads");
            waxwing_app::holds::all(&mut tx, &ctx).await.expect("lists").len()
        };
        let mut relays = Vec::new();
        for name in ["One", "Two", "Three"] {
            relays.push(Scope::One(Thing::Relay(relay(&house, name, OLD).await)));
        }
        let ctx = house.app.host();
        let order = |scope| Order { scope, reason: "A test.".into(), suspected_from: ctx.now().plus(-Micros::HOUR) };
        containment::contain_in(&house.app, &ctx, &order(relays[0]), InCase::None).await.expect("contains");
        house.run_steps().await;
        assert_eq!(held().await, 0, "only where it was asked for");
        containment::contain_and_hold(&house.app, &ctx, &order(relays[1]), InCase::None).await.expect("contains");
        house.t.clock.advance(2 * Micros::MINUTE);
        house.run_steps().await;
        containment::contain_and_hold(&house.app, &ctx, &order(relays[2]), InCase::None).await.expect("contains");
        house.t.clock.advance(2 * Micros::MINUTE);
        house.run_steps().await;
        assert_eq!(held().await, 1, "one hold over everybody is enough");
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        assert!(waxwing_app::holds::keep_all(&mut tx).await.expect("asks"));
    }

    async fn the_page_lists_what_to_renew_and_every_point_and_takes_an_exact_time_in_the_zone(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let id = relay(&house, "Main", OLD).await;
        let ctx = house.app.host();
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let berlin = settings::Workspace {
            organisation: "Orchard".into(),
            default_zone: "Europe/Berlin".into(),
            ..settings::Workspace::default()
        };
        settings::save(&house.app, &mut tx, &ctx, &berlin).await.expect("settings");
        tx.commit().await.expect("commits");
        let web = house.web.session(&owner.token);
        let seal = web.get("/security/containment").await.hidden("csrf");
        let since = ctx.now().plus(-2 * Micros::DAY);
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
        let wall = since.timestamp().to_zoned(zone).strftime("%Y-%m-%dT%H:%M").to_string();
        let scope = Scope::One(Thing::Relay(id)).to_text();
        let form = |since_at: &str| format!("csrf={seal}&scope={scope}&since=24&since_at={since_at}&case=&reason=Why");
        let refused = web.post("/security/containment", &form("2099-01-01T00:00")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        let done = web.post("/security/containment", &form(&wall)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let of = house.standing().await.open.remove(0).containment;
        assert!(since.since(of.suspected_from) < Micros::MINUTE, "{} is not {since}", of.suspected_from);
        let page = web.get("/security/containment").await.body;
        assert!(page.contains("Renew the login of the relay Main") && page.contains("Time zone: Europe/Berlin"), "{page}");
        for point in points(Thing::Relay(id)) {
            assert!(page.contains(point.text), "{}", point.text);
        }
    }
}
