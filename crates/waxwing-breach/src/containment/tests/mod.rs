//! What containment promises, in sentences.

mod by_alert;
mod crowd;
mod everything;
mod hands;
mod house;
mod pinned;
mod planted;
mod renewals;
mod restricted;
mod signing;

use super::steps::StepState;
use super::{Order, Scope, contain, release_by_host, snapshot};
use house::House;
use http::{Method, StatusCode};
use waxwing_app::Error;
use waxwing_domain::{Ctx, GateLevel, Micros, Role, Thing};
use waxwing_store::StoreError;
use waxwing_testkit::store_test;

/// Longer than the 72 hours that a releaser must have been there before the window.
const LONG: i64 = 30 * Micros::DAY;

store_test! {
    async fn once_contained_no_session_and_no_key_from_before_works_but_who_contained_goes_on(t) {
        let house = House::new(t, 1).await;
        let (owner, other) = (house.owner().await, house.member("mara@example.org", Role::Marketer).await);
        let (_, key) = house.key().await;
        assert_eq!(house.web.key(&key).get("/api/v1/lists").await.status, StatusCode::OK);
        let done = house.contain(&house.acting(&owner).await, Scope::Workspace).await.expect("contains");
        assert!(done.effective_in < 2_000, "{} ms", done.effective_in);
        assert!(!house.is_in(&other).await && house.is_in(&owner).await);
        assert_eq!(house.web.key(&key).get("/api/v1/lists").await.status, StatusCode::UNAUTHORIZED);
        let page = house.web.session(&owner.token).get("/security/containment").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("This workspace is contained") && page.body.contains("A test."), "{}", page.body);
    }

    async fn a_key_made_after_the_containment_reads_but_takes_nothing_out(t) {
        let house = House::new(t, 1).await;
        house.contain(&house.app.host(), Scope::Workspace).await.expect("contains");
        let (_, key) = house.key().await;
        let web = house.web.key(&key);
        assert_eq!(web.get("/api/v1/lists").await.status, StatusCode::OK);
        let export = format!("/api/v1/lists/{}/export?purpose=test", house.list);
        assert_eq!(web.ask(Method::POST, &export, "application/json", "").await.status, StatusCode::LOCKED);
        let new = serde_json::json!({ "name": "New" });
        assert_eq!(web.json(Method::POST, "/api/v1/lists", &new).await.status, StatusCode::LOCKED);
    }

    async fn an_act_that_began_before_the_containment_is_not_committed_after_it(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let before = house.acting(&owner).await;
        house.contain(&house.app.host(), Scope::Workspace).await.expect("contains");
        let mut tx = house.app.begin(&before, "test").await.expect("begins");
        let made = waxwing_app::lists::create(&house.app, &mut tx, &before, waxwing_app::lists::NewList::named("Late")).await;
        made.expect("what it saw when it was let in allowed it");
        assert!(matches!(tx.commit().await, Err(StoreError::GateMoved)));
        let second = house.contain(&before, Scope::Workspace).await;
        assert!(matches!(second, Err(Error::Conflict(_) | Error::Store(StoreError::GateMoved))));
    }

    async fn a_contained_person_is_out_with_their_keys_and_all_others_go_on(t) {
        let house = House::new(t, 1).await;
        let (owner, other) = (house.owner().await, house.member("mara@example.org", Role::Marketer).await);
        let (_, key) = house.key().await;
        let scope = Scope::One(Thing::Account(other.account));
        house.contain(&house.acting(&owner).await, scope).await.expect("contains");
        assert!(!house.is_in(&other).await && house.is_in(&owner).await);
        assert_eq!(house.web.key(&key).get("/api/v1/lists").await.status, StatusCode::OK);
        let again = house.contain(&house.acting(&owner).await, scope).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
        assert_eq!(house.standing().await.level, GateLevel::Normal);
    }

    async fn a_contained_key_never_works_again(t) {
        let house = House::new(t, 1).await;
        let ((id, key), (_, other)) = (house.key().await, house.key().await);
        house.contain(&house.app.host(), Scope::One(Thing::ApiKey(id))).await.expect("contains");
        assert_eq!(house.web.key(&key).get("/api/v1/lists").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(house.web.key(&other).get("/api/v1/lists").await.status, StatusCode::OK);
        let nothing = Scope::One(Thing::ApiKey(waxwing_domain::ApiKeyId::from_i64(1)));
        assert!(matches!(house.contain(&house.app.host(), nothing).await, Err(Error::NotFound(_))));
    }

    async fn a_program_contains_a_credential_and_never_a_workspace_or_a_person(t) {
        let house = House::new(t, 1).await;
        let ((id, _), (_, key)) = (house.key().await, house.key().await);
        let web = house.web.key(&key);
        let order = |scope: &str| serde_json::json!({ "scope": scope, "reason": "It leaked." });
        let refused = web.json(Method::POST, "/api/v1/containment", &order("workspace")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let done = web.json(Method::POST, "/api/v1/containment", &order(&format!("api_key:{id}"))).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.body);
        let wrong = web.json(Method::POST, "/api/v1/containment", &order("moon")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn every_step_is_done_once_and_says_how_it_went(t) {
        let house = House::new(t, 3).await;
        let (owner, _other) = (house.owner().await, house.member("mara@example.org", Role::Marketer).await);
        house.key().await;
        house.t.clock.advance(1);
        house.contain(&house.acting(&owner).await, Scope::Workspace).await.expect("contains");
        house.run_steps().await;
        house.run_steps().await;
        let overview = house.standing().await;
        let steps = &overview.open[0].steps;
        assert!(steps.iter().all(|step| step.state == StepState::Done), "{steps:?}");
        let count = |word: &str| steps.iter().find(|step| step.step.as_str() == word).map(|step| step.count);
        assert_eq!((count("sessions"), count("api_keys"), count("passwords")), (Some(1), Some(1), Some(1)), "{steps:?}");
        assert_eq!((count("epoch"), count("reseal_people")), (Some(3), Some(3)));
        let left = |word: &str| steps.iter().find(|step| step.step.as_str() == word).and_then(|step| step.left);
        assert_eq!((left("reseal_secrets"), left("reseal_people"), left("epoch")), (Some(0), Some(3), None), "ordered, not done");
        let page = house.web.session(&owner.token).get("/security/containment").await;
        assert!(page.body.contains("3 left. Everybody gets a new key"), "{}", page.body);
        assert!(house.is_in(&owner).await, "who contained goes on");
    }

    async fn a_contained_workspace_gets_new_keys_under_everything_and_says_when_it_is_done(t) {
        let house = House::new(t, 3).await;
        let owner = house.owner().await;
        house.t.clock.advance(1);
        house.contain(&house.acting(&owner).await, Scope::Workspace).await.expect("contains");
        house.run_steps_and_keys().await;
        house.run_steps_and_keys().await;
        let steps = house.standing().await.open.remove(0).steps;
        assert!(steps.iter().all(|step| step.state == StepState::Done && step.left.is_none()), "{steps:?}");
        let (keys, ring) = (house.app.workspace(), house.t.store.keys().ring());
        assert_eq!(ring.versions(keys, waxwing_crypto::KeyUse::Secrets).expect("known"), (2, 2));
        let mut tx = house.app.read(&house.app.host(), "test").await.expect("reads");
        let people = tx.newest_people_order().await.expect("reads").expect("an order");
        assert_eq!((people.done, people.damaged, people.left()), (3, 0, 0));
        drop(tx);
        assert!(house.is_in(&owner).await, "the session's sealed values open under the new key");
        house.run_steps_and_keys().await;
        assert_eq!(house.t.store.keys().ring().versions(keys, waxwing_crypto::KeyUse::Secrets).expect("known"), (2, 2));
    }

    async fn what_was_set_is_kept_with_its_hash_and_nothing_secret_is_in_it(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let (_, key) = house.key().await;
        let done = house.contain(&house.acting(&owner).await, Scope::Workspace).await.expect("contains");
        let ctx = house.app.host();
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        assert!(matches!(snapshot(&mut tx, &ctx, done.id).await, Err(Error::NotFound(_))), "not yet");
        drop(tx);
        house.run_steps().await;
        house.run_steps().await;
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        let kept = snapshot(&mut tx, &ctx, done.id).await.expect("taken");
        assert_eq!(waxwing_crypto::sha256(&[kept.body.as_bytes()]), kept.hash);
        let body: serde_json::Value = serde_json::from_str(&kept.body).expect("JSON");
        assert_eq!((&body["scope"], &body["gate"]["level"]), (&"workspace".into(), &"contained".into()), "{body}");
        assert_eq!(body["configuration"]["organisation"], "Orchard");
        let tables = &body["configuration"]["tables"];
        assert_eq!(tables["api_keys"][0]["name"], "Shop", "{tables}");
        assert_eq!(tables["account_roles"][0]["role"], "owner", "{tables}");
        for table in ["roles", "alerts_rules", "sso_providers", "fields", "signup_forms", "holds", "canaries_domains",
            "webhooks_endpoints", "relays", "domains", "sources", "settings", "gate_shut"] {
            assert!(tables[table].is_array(), "{table}");
        }
        for secret in [key.as_str(), "olga@example.org", "person0@example.org"] {
            assert!(!kept.body.contains(secret), "{secret}");
        }
        let page = house.web.session(&owner.token).get(&format!("/security/containment/{}/snapshot", done.id)).await;
        assert_eq!((page.status, page.body), (StatusCode::OK, kept.body));
    }

    async fn a_contained_workspace_is_held_until_people_release_that_too(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        house.contain(&house.acting(&owner).await, Scope::Workspace).await.expect("contains");
        house.run_steps().await;
        house.run_steps().await;
        let ctx = house.app.host();
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        let held = waxwing_app::holds::all(&mut tx, &ctx).await.expect("lists");
        assert!(matches!(&held[..], [hold] if hold.released.is_none() && hold.reason.ends_with("A test.")), "{held:?}");
        drop(tx);
        let page = house.web.session(&owner.token).get("/security/holds").await;
        assert!(page.status.is_success() && page.body.contains("The workspace was contained: A test."), "{}", page.body);
    }

    async fn every_page_says_who_contained_the_workspace(t) {
        let house = House::new(t, 1).await;
        let (owner, other) = (house.owner().await, house.member("mara@example.org", Role::Owner).await);
        house.contain(&house.acting(&owner).await, Scope::Workspace).await.expect("contains");
        let page = house.web.session(&owner.token).get("/security/containment").await;
        assert!(page.body.contains("Contained by olga@example.org") || page.body.contains("Contained by o"), "{}", page.body);
        assert!(!house.is_in(&other).await);
    }

    async fn a_second_person_who_was_there_long_before_releases_and_nobody_else(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let old = house.member("sven@example.org", Role::SecurityOfficer).await;
        house.t.clock.advance(LONG);
        let new = house.member("nina@example.org", Role::SecurityOfficer).await;
        let owner = again(&house, owner).await;
        let done = house.contain(&house.app.host(), Scope::Workspace).await.expect("contains");
        let ctx = |account, rights: Role| as_person(&house, account, rights);
        let early = house.release(&ctx(new.account, Role::SecurityOfficer), done).await;
        assert!(matches!(early, Err(Error::Conflict(_))), "their account is younger than the window");
        let marketer = house.release(&ctx(old.account, Role::Marketer), done).await;
        assert!(matches!(marketer, Err(Error::Denied(_))));
        let by_key = Ctx { actor: waxwing_domain::Actor::ApiKey(waxwing_domain::ApiKeyId::from_i64(1)), ..house.app.host() };
        assert!(matches!(house.release(&by_key, done).await, Err(Error::Denied(_))), "never a key");
        house.release(&ctx(old.account, Role::SecurityOfficer), done).await.expect("releases");
        assert_eq!(house.standing().await.level, GateLevel::Normal);
        assert!(!house.is_in(&owner).await, "what was revoked stays revoked");
        assert!(matches!(house.release(&ctx(old.account, Role::Owner), done).await, Err(Error::NotFound(_))));
    }

    async fn whoever_contained_does_not_release_it_and_neither_does_who_the_suspect_made_officer(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        house.t.clock.advance(LONG);
        let owner = again(&house, owner).await;
        let ctx = as_person(&house, owner.account, Role::Owner);
        let done = house.contain(&ctx, Scope::Workspace).await.expect("contains");
        assert!(matches!(house.release(&ctx, done).await, Err(Error::Conflict(_))));
        let mut tx = house.app.begin(&house.app.host(), "test").await.expect("begins");
        let host = house.app.host();
        let wrong = release_by_host(&house.app, &mut tx, &host, done.id, "AAAA-BBBB-CCCC-DDDD").await;
        assert!(matches!(wrong, Err(Error::Invalid { .. })), "the host needs an offline code");
    }

    async fn an_order_says_why_and_since_when(t) {
        let house = House::new(t, 1).await;
        let ctx = house.app.host();
        let order = |reason: &str, since: i64| Order {
            scope: Scope::Workspace,
            reason: reason.into(),
            suspected_from: ctx.now().plus(since),
        };
        for wrong in [order(" ", 0), order(&"a".repeat(501), 0), order("Why", Micros::HOUR), order("Why", -400 * Micros::DAY)] {
            assert!(matches!(contain(&house.app, &ctx, &wrong).await, Err(Error::Invalid { .. })));
        }
        assert_eq!(house.standing().await.level, GateLevel::Normal);
    }
}

/// A month later the session is over: the same person as before.
async fn again(house: &House, member: house::Member) -> house::Member {
    assert!(!house.is_in(&member).await);
    member
}

/// Somebody as the guard would let them in, if they proved themselves a moment ago.
fn as_person(house: &House, account: waxwing_domain::AccountId, role: Role) -> Ctx {
    let actor = waxwing_domain::Actor::Account(account, waxwing_domain::SessionId::from_i64(1));
    Ctx { actor, origin: actor, rights: waxwing_domain::Rights::of_role(role), proven: true, ..house.app.host() }
}
