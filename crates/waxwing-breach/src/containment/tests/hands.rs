//! What an intruder changed that goes on without them: relays, templates, campaigns.

use super::house::House;
use super::{LONG, Scope};
use std::time::Duration;
use tokio::sync::watch;
use waxwing_app::holds::{self, Extent};
use waxwing_app::relays::{self, Edit, NewRelay};
use waxwing_app::templates::{self, Content};
use waxwing_app::webhooks::{self, Wish};
use waxwing_domain::{Actor, ApiKeyId, Ctx, Micros, RelayId, Role, TemplateId, Thing};
use waxwing_message::ContentFormat;
use waxwing_store::{NewJob, Runner, args, statement};
use waxwing_testkit::store_test;

statement! { A_CAMPAIGN,
"INSERT INTO campaigns (id, workspace_id, name, state, version, from_name, from_address, reply_to, subject, preheader, reason,
   format, body, leaves_at, zone, source_id, created_at, updated_at)
 VALUES ($2, $1, $3, $4, 1, '', '', '', '', '', '', 'markdown', '', $5, $6, $7, $8, $8)" }
statement! { A_SOURCE,
"INSERT INTO sources (id, workspace_id, kind, reference, revision_id, sender, state, started, pass, audience, fill_list, fill_after,
   origin_kind, origin_a, origin_b, created_at)
 VALUES ($2, $1, 'campaign', $2, 1, $3, 'running', 1, 1, 7, 0, 0, 'host', 0, 0, $4)" }
statement! { A_HAND,
"INSERT INTO hands (workspace_id, thing, target, kind, number, at) VALUES ($1, 'campaign', $2, $3, $4, $5)" }
statement! { SWEEPS_LEFT,
"SELECT COUNT(*) FROM jobs WHERE workspace_id = $1 AND kind = 'webhooks.sweep' AND state IN ('ready', 'leased') AND run_at <= $2" }
statement! { HANDS_OF_WEBHOOKS, "SELECT COUNT(*) FROM webhooks_hands WHERE workspace_id = $1" }
statement! { CAMPAIGN_STATE, "SELECT state FROM campaigns WHERE workspace_id = $1 AND id = $2" }
statement! { SOURCE_STATE, "SELECT state FROM sources WHERE workspace_id = $1 AND id = $2" }

fn as_key(house: &House, key: ApiKeyId) -> Ctx {
    let actor = Actor::ApiKey(key);
    Ctx { actor, origin: actor, ..house.app.host() }
}

async fn relay(house: &House, ctx: &Ctx, name: &str) -> RelayId {
    let mut tx = house.app.begin(ctx, "test").await.expect("begins");
    let url = format!("smtp://user:secret@{name}.example.org:587?tls=starttls");
    let id = relays::add(&house.app, &mut tx, ctx, NewRelay { name: name.into(), url, connections: None })
        .await
        .expect("a relay");
    tx.commit().await.expect("commits");
    id
}

async fn edit(house: &House, ctx: &Ctx, id: RelayId, edit: Edit) {
    let mut tx = house.app.begin(ctx, "test").await.expect("begins");
    relays::edit(&house.app, &mut tx, ctx, id, edit).await.expect("edits");
    tx.commit().await.expect("commits");
}

async fn template(house: &House, ctx: &Ctx, name: &str) -> TemplateId {
    let mut tx = house.app.begin(ctx, "test").await.expect("begins");
    let content = Content { format: ContentFormat::Markdown, body: "Hello".into(), wrapper: None, text: None };
    let id = templates::create(&house.app, &mut tx, ctx, name, &content).await.expect("a template");
    tx.commit().await.expect("commits");
    id
}

async fn is_shut(house: &House, id: RelayId) -> bool {
    let mut tx = house.app.read(&house.app.host(), "test").await.expect("reads");
    !tx.gate().await.expect("the gate").lets(Thing::Relay(id))
}

/// Runs the sweep, and nothing that goes on for ever while there is a webhook.
async fn sweep(house: &House) {
    let ctx = house.app.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    tx.enqueue(&ctx, NewJob::now("webhooks.sweep", serde_json::json!({})).unique("now")).await.expect("a job");
    tx.commit().await.expect("commits");
    let (stop, stopped) = watch::channel(false);
    let runner = tokio::spawn(Runner::new(house.app.store().clone(), waxwing_app::jobs(&house.app)).run(stopped));
    let swept = async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut tx = house.app.read(&ctx, "test").await.expect("reads");
            if tx.one(&SWEEPS_LEFT, args![ctx.now()], |r| r.int(0)).await.expect("counts") == 0 {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), swept).await.expect("the sweep ends");
    stop.send_replace(true);
    runner.await.expect("stops");
}

async fn hands_of_webhooks(house: &House) -> i64 {
    let mut tx = house.app.read(&house.app.host(), "test").await.expect("reads");
    tx.one(&HANDS_OF_WEBHOOKS, args![], |r| r.int(0)).await.expect("counts")
}

/// A campaign in a state, in which `who` had a hand a minute ago.
async fn campaign(house: &House, id: i64, state: &str, who: Actor) {
    let ctx = house.app.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let started = state == "started";
    let (at, zone) = if started { (None, None) } else { (Some(ctx.now().plus(Micros::DAY)), Some("UTC")) };
    let zone = zone.filter(|_| state == "scheduled").map(str::to_owned);
    let row = args![id, format!("Letter {id}"), state, at, zone, started.then_some(id), ctx.now()];
    tx.exec(&A_CAMPAIGN, row).await.expect("a campaign");
    if started {
        let sender = serde_json::json!({ "name": "", "address": "letters@example.org", "reply_to": null }).to_string();
        tx.exec(&A_SOURCE, args![id, sender, ctx.now()]).await.expect("a source");
    }
    let (kind, number, _) = who.to_columns();
    tx.exec(&A_HAND, args![id, kind, number, ctx.now().plus(-Micros::MINUTE)]).await.expect("a hand");
    tx.commit().await.expect("commits");
}

async fn states(house: &House, id: i64) -> (String, Option<String>) {
    let mut tx = house.app.read(&house.app.host(), "test").await.expect("reads");
    let campaign = tx.one(&CAMPAIGN_STATE, args![id], |r| r.text(0)).await.expect("a campaign");
    (campaign, tx.optional(&SOURCE_STATE, args![id], |r| r.text(0)).await.expect("asks"))
}

async fn named(house: &House) -> Vec<String> {
    let open = house.standing().await.open;
    open.iter().flat_map(|one| one.changed.iter().map(|changed| changed.what.clone())).collect()
}

store_test! {
    async fn with_a_key_go_the_relays_whose_address_it_changed_in_the_window_also_when_a_colleague_renamed_one(t) {
        let house = House::new(t, 1).await;
        let host = house.app.host();
        let ((key, _), (other, _)) = (house.key().await, house.key().await);
        let (theirs, ours, named_only) =
            (relay(&house, &host, "theirs").await, relay(&house, &as_key(&house, other), "ours").await, relay(&house, &host, "named").await);
        let url = Some("smtp://user:other@elsewhere.example.org:587?tls=starttls".to_owned());
        edit(&house, &as_key(&house, key), theirs, Edit { url, ..Edit::default() }).await;
        edit(&house, &as_key(&house, key), named_only, Edit { name: Some("renamed".into()), ..Edit::default() }).await;
        edit(&house, &host, theirs, Edit { name: Some("ours again".into()), ..Edit::default() }).await;
        house.contain(&host, Scope::One(Thing::ApiKey(key))).await.expect("contains");
        assert!(is_shut(&house, theirs).await, "at once, not by a later step");
        assert!(!is_shut(&house, ours).await && !is_shut(&house, named_only).await);
        assert_eq!(named(&house).await, ["Relay “ours again”"]);
        let renewals: Vec<_> = house.standing().await.open[0].renewals.iter().map(|one| one.thing).collect();
        assert!(renewals.contains(&Thing::Relay(theirs)), "its login is known to somebody: {renewals:?}");
    }

    async fn what_was_changed_before_the_window_stays_as_it_is(t) {
        let house = House::new(t, 1).await;
        let (key, _) = house.key().await;
        let old = relay(&house, &as_key(&house, key), "old").await;
        house.t.clock.advance(LONG);
        house.contain(&house.app.host(), Scope::One(Thing::ApiKey(key))).await.expect("contains");
        assert!(!is_shut(&house, old).await && named(&house).await.is_empty());
    }

    async fn templates_of_a_person_and_of_their_keys_are_named_until_the_release(t) {
        let house = House::new(t, 1).await;
        let (owner, other) = (house.owner().await, house.member("sven@example.org", Role::Owner).await);
        let ctx = house.acting(&owner).await;
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let new = waxwing_app::accounts::NewApiKey::of(&ctx, "Shop", waxwing_domain::Scope::GRANTABLE);
        let (key, _) = waxwing_app::accounts::create_api_key(&house.app, &mut tx, &ctx, new).await.expect("a key");
        tx.commit().await.expect("commits");
        template(&house, &ctx, "By hand").await;
        template(&house, &as_key(&house, key), "By a key").await;
        template(&house, &house.acting(&other).await, "Another’s").await;
        house.contain(&house.app.host(), Scope::One(Thing::Account(owner.account))).await.expect("contains");
        let mut found = named(&house).await;
        found.sort();
        assert_eq!(found, ["Template “By a key”", "Template “By hand”"]);
    }

    async fn whose_hand_was_in_a_webhook_that_is_gone_is_forgotten_once_nothing_is_held(t) {
        let house = House::new(t, 1).await;
        let ((key, _), host) = (house.key().await, house.app.host());
        let ctx = as_key(&house, key);
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let wish = |name: &str| Wish {
            name: name.into(),
            url: format!("https://hooks.example.com/{name}"),
            kinds: vec!["subscribed".to_owned()],
            lists: vec![],
            grants: vec![],
        };
        let gone = webhooks::add(&house.app, &mut tx, &ctx, &wish("gone")).await.expect("a webhook").id;
        webhooks::add(&house.app, &mut tx, &ctx, &wish("stays")).await.expect("a webhook");
        let hold = holds::place(&house.app, &mut tx, &host, Extent::Workspace, "A claim.").await.expect("a hold");
        webhooks::remove(&house.app, &mut tx, &host, gone).await.expect("removes");
        tx.commit().await.expect("commits");
        house.t.clock.advance(LONG + Micros::DAY);
        sweep(&house).await;
        assert_eq!(hands_of_webhooks(&house).await, 2, "it is evidence while everything is held");
        let mut tx = house.app.begin(&host, "test").await.expect("begins");
        holds::release(&house.app, &mut tx, &house.app.host(), hold).await.expect("releases");
        tx.commit().await.expect("commits");
        sweep(&house).await;
        assert_eq!(hands_of_webhooks(&house).await, 1, "the other webhook is there still");
    }

    async fn campaigns_with_a_time_ahead_are_drafts_again_and_those_being_sent_pause(t) {
        let house = House::new(t, 1).await;
        let ((key, _), (other, _)) = (house.key().await, house.key().await);
        for (id, state) in [(101, "scheduled"), (102, "leaving"), (103, "started"), (104, "draft")] {
            campaign(&house, id, state, Actor::ApiKey(key)).await;
        }
        campaign(&house, 105, "scheduled", Actor::ApiKey(other)).await;
        house.contain(&house.app.host(), Scope::One(Thing::ApiKey(key))).await.expect("contains");
        for id in [101, 102, 104] {
            assert_eq!(states(&house, id).await, ("draft".into(), None), "{id}");
        }
        assert_eq!(states(&house, 103).await, ("started".into(), Some("held".into())));
        assert_eq!(states(&house, 105).await.0, "scheduled", "nobody contained had a hand in it");
        assert_eq!(named(&house).await.len(), 4);
    }
}
