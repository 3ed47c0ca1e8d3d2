//! What an intruder leaves behind to come back by, and what a held-back request would do.

use super::house::House;
use super::{LONG, Scope, as_person};
use waxwing_app::Error;
use waxwing_app::accounts::approvals::{self, Kind, Matter, Passage};
use waxwing_app::webhooks::{self, Wish};
use waxwing_domain::{AccountId, Actor, Ctx, Entered, GateLevel, Micros, Role, Thing};
use waxwing_store::{StoreError, args, statement};
use waxwing_testkit::store_test;

statement! { PLANT_PASSKEY,
"INSERT INTO passkeys (id, workspace_id, account_id, tag, sealed, created_at) VALUES ($2, $1, $3, $4, $4, $5)" }
statement! { PLANT_LINK,
"INSERT INTO sso_links (workspace_id, tag, account_id, linked_at, seen_at) VALUES ($1, $2, $3, $4, $4)" }
statement! { LEFT,
"SELECT (SELECT COUNT(*) FROM passkeys WHERE workspace_id = $1 AND account_id = $2),
        (SELECT COUNT(*) FROM sso_links WHERE workspace_id = $1 AND account_id = $2)" }

/// A passkey and a link to a provider of `account`, made at `at`.
async fn plant(house: &House, account: AccountId, at: Micros) {
    let ctx = house.app.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let tag = ctx.new_id().to_be_bytes().to_vec();
    tx.exec(&PLANT_PASSKEY, args![ctx.new_id(), account, tag.clone(), at]).await.expect("a passkey");
    tx.exec(&PLANT_LINK, args![tag, account, at]).await.expect("a link");
    tx.commit().await.expect("commits");
}

/// How many passkeys and links `account` has.
async fn left(house: &House, account: AccountId) -> (i64, i64) {
    let ctx = house.app.host();
    let mut tx = house.app.read(&ctx, "test").await.expect("reads");
    tx.one(&LEFT, args![account], |r| Ok((r.int(0)?, r.int(1)?))).await.expect("counts")
}

/// A webhook of `ctx`, under this name.
async fn webhook(house: &House, ctx: &Ctx, name: &str) -> Thing {
    let mut tx = house.app.begin(ctx, "test").await.expect("begins");
    let made = webhooks::add(&house.app, &mut tx, ctx, &wish(name)).await.expect("a webhook");
    tx.commit().await.expect("commits");
    Thing::Webhook(made.id)
}

fn wish(name: &str) -> Wish {
    let kinds = vec!["subscribed".to_owned()];
    Wish { name: name.into(), url: format!("https://hooks.example.com/{name}"), kinds, lists: vec![], grants: vec![] }
}

async fn is_shut(house: &House, thing: Thing) -> bool {
    let mut tx = house.app.read(&house.app.host(), "test").await.expect("reads");
    !tx.gate().await.expect("the gate").lets(thing)
}

fn as_key(house: &House, key: waxwing_domain::ApiKeyId) -> Ctx {
    let actor = Actor::ApiKey(key);
    Ctx { actor, origin: actor, ..house.app.host() }
}

store_test! {
    async fn a_contained_person_keeps_no_passkey_and_no_link_that_was_made_in_the_window(t) {
        let house = House::new(t, 1).await;
        let (taken, other) = (house.member("mara@example.org", Role::Marketer).await, house.member("sven@example.org", Role::Editor).await);
        let now = house.app.host().now();
        for account in [taken.account, other.account] {
            plant(&house, account, now.plus(-Micros::MINUTE)).await;
        }
        house.contain(&house.app.host(), Scope::One(Thing::Account(taken.account))).await.expect("contains");
        assert_eq!(left(&house, taken.account).await, (0, 0), "by these an intruder would come back after the release");
        assert_eq!(left(&house, other.account).await, (1, 1));
    }

    async fn an_old_passkey_stays_and_a_contained_workspace_loses_all_new_ones(t) {
        let house = House::new(t, 1).await;
        let (old, new) = (house.member("mara@example.org", Role::Marketer).await, house.member("sven@example.org", Role::Editor).await);
        let now = house.app.host().now();
        plant(&house, old.account, now.plus(-LONG)).await;
        plant(&house, new.account, now.plus(-Micros::MINUTE)).await;
        house.contain(&house.app.host(), Scope::Workspace).await.expect("contains");
        house.run_steps().await;
        assert_eq!((left(&house, old.account).await, left(&house, new.account).await), ((1, 1), (0, 0)));
    }

    async fn with_a_key_goes_every_webhook_that_it_had_a_hand_in_also_when_a_colleague_renamed_it(t) {
        let house = House::new(t, 1).await;
        let ((id, _), (other, _)) = (house.key().await, house.key().await);
        let theirs = webhook(&house, &as_key(&house, id), "theirs").await;
        let ours = webhook(&house, &as_key(&house, other), "ours").await;
        let host = house.app.host();
        let mut tx = house.app.begin(&host, "test").await.expect("begins");
        let Thing::Webhook(endpoint) = theirs else { panic!("a webhook") };
        let renamed = Wish { name: "renamed".into(), url: String::new(), ..wish("theirs") };
        webhooks::edit(&house.app, &mut tx, &host, endpoint, &renamed).await.expect("renames");
        tx.commit().await.expect("commits");
        house.contain(&house.app.host(), Scope::One(Thing::ApiKey(id))).await.expect("contains");
        assert!(is_shut(&house, theirs).await, "at once, not by a later step");
        assert!(!is_shut(&house, ours).await);
    }

    async fn with_a_person_go_the_webhooks_that_their_keys_made(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let ctx = house.acting(&owner).await;
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let new = waxwing_app::accounts::NewApiKey::of(&ctx, "Shop", waxwing_domain::Scope::GRANTABLE);
        let (key, _) = waxwing_app::accounts::create_api_key(&house.app, &mut tx, &ctx, new).await.expect("a key");
        tx.commit().await.expect("commits");
        let theirs = webhook(&house, &as_key(&house, key), "theirs").await;
        house.contain(&house.app.host(), Scope::One(Thing::Account(owner.account))).await.expect("contains");
        assert!(is_shut(&house, theirs).await);
    }

    async fn a_release_that_was_held_back_until_its_person_was_contained_releases_nothing(t) {
        let house = House::new(t, 1).await;
        let officer = house.member("sven@example.org", Role::SecurityOfficer).await;
        house.t.clock.advance(LONG);
        let done = house.contain(&house.app.host(), Scope::Workspace).await.expect("contains");
        let entered = Some(Entered { epoch: done.epoch, level: GateLevel::Contained });
        let held_back = Ctx { entered, ..as_person(&house, officer.account, Role::SecurityOfficer) };
        house.contain(&house.app.host(), Scope::One(Thing::Account(officer.account))).await.expect("contains");
        let late = house.release(&held_back, done).await;
        assert!(matches!(late, Err(Error::Store(StoreError::GateMoved))), "it was let in before its person was contained");
        assert_eq!(house.standing().await.level, GateLevel::Contained);
    }

    async fn a_yes_is_worth_nothing_once_whoever_gave_it_is_contained(t) {
        let house = House::new(t, 1).await;
        let (asks, agrees) = (house.owner().await, house.member("nina@example.org", Role::Owner).await);
        let first = ask(&house, &house.acting(&asks).await).await;
        let Passage::Waits(request) = first else { panic!("{first:?}") };
        let ctx = house.acting(&agrees).await;
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        approvals::approve(&house.app, &mut tx, &ctx, request).await.expect("agrees");
        tx.commit().await.expect("commits");
        house.contain(&house.app.host(), Scope::One(Thing::Account(agrees.account))).await.expect("contains");
        let second = ask(&house, &house.acting(&asks).await).await;
        assert!(matches!(second, Passage::Waits(other) if other != request), "{second:?}");
    }
}

/// Whether an export would pass now.
async fn ask(house: &House, ctx: &Ctx) -> Passage {
    let mut tx = house.app.begin(ctx, "test").await.expect("begins");
    let matter = Matter::new(Kind::Export, 7, "Letters", "/audience/export").exactly([7; 32]).about(1);
    let passage = approvals::pass(&house.app, &mut tx, ctx, &matter).await.expect("asks");
    tx.commit().await.expect("commits");
    passage
}
