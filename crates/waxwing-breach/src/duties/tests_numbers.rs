//! Where the numbers of duties come from, in sentences.

use super::*;
use crate::incidents::{AssetKind, Compromise, Losses, NewAsset, NewCase, Severity};
use crate::testing::House;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_domain::{ApiKeyId, DataClass, LegalBasis};
use waxwing_law::facts::{DataKind, PeopleIn, Role};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

/// A case of a key that read two people, one of them in France.
async fn counted(t: &TestStore) -> (House, IncidentId) {
    let house = House::new(t, &[]).await;
    let app = &house.app;
    let mut tx = app.begin(&house.ctx, "test").await.expect("begins");
    let country = waxwing_app::fields::NewField {
        key: "country".into(),
        label: "Country".into(),
        kind: waxwing_app::fields::FieldKind::Text,
        class: DataClass::Internal,
        purpose: "Whose law".into(),
        basis: LegalBasis::LegalObligation,
        retention_days: None,
        kind_of_data: None,
    };
    waxwing_app::fields::define(app, &mut tx, &house.ctx, country).await.expect("a field");
    tx.commit().await.expect("commits");
    let key = house.web.key("all");
    let known = json!({ "country": "FR", "first_name": "A" });
    for (email, fields) in [("ada@example.org", known), ("bea@example.org", json!({ "first_name": "B" }))] {
        let body = json!({ "email": email, "fields": fields, "lists": [house.list], "consent": "At the fair." });
        let added = key.json(Method::POST, "/api/v1/subscribers", &body).await;
        assert!(added.status.is_success(), "{}", added.body);
    }
    assert_eq!(key.get("/api/v1/subscribers").await.status, StatusCode::OK);
    house.number().await;
    let mut tx = app.begin(&house.ctx, "test").await.expect("begins");
    let new = NewCase {
        summary: "A key leaked.".into(),
        losses: Losses { confidentiality: true, ..Losses::default() },
        severity: Severity::Unknown,
        suspected_at: house.ctx.now(),
        alert: None,
    };
    let id = incidents::open(app, &mut tx, &house.ctx, new).await.expect("opens");
    let number = ApiKeyId::from_i64(1).to_string();
    let leaked = NewAsset { kind: AssetKind::Key, name: "Shop".into(), number, compromise: Compromise::Yes };
    incidents::add_asset(app, &mut tx, &house.ctx, id, leaked).await.expect("names");
    tx.commit().await.expect("commits");
    t.clock.advance(Micros::MINUTE);
    incidents::freeze_radius(app, &app.host(), id).await.expect("freezes");
    (house, id)
}

async fn seen(house: &House, id: IncidentId) -> Overview {
    let ctx = house.app.host();
    let mut tx = house.app.read(&ctx, "test").await.expect("reads");
    overview(&house.app, &mut tx, &ctx, id).await.expect("an overview")
}

async fn stated(house: &House, id: IncidentId, why: (&str, &str), change: impl FnOnce(&mut Facts)) -> Result<()> {
    let ctx = house.app.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let change = |facts: &mut Facts| {
        change(facts);
        Ok(())
    };
    state_facts(&house.app, &mut tx, &ctx, id, why, change).await?;
    Ok(tx.commit().await?)
}

fn french(facts: &Facts) -> Option<&PeopleIn> {
    facts.people.iter().find(|one| one.place.to_string() == "FR")
}

store_test! {
    /// Nobody types a number that the record has.
    async fn people_and_kinds_of_data_come_from_the_frozen_answers(t) {
        let (house, id) = counted(&t).await;
        let found = seen(&house, id).await;
        assert_eq!(french(&found.facts).map(|one| (one.confirmed, one.possible)), Some((1, 0)));
        assert_eq!((found.facts.people_elsewhere, found.facts.certain()), (1, 2));
        let lost = found.facts.nature.confidentiality;
        assert_eq!(lost, waxwing_law::facts::Confidentiality::KnownRecipients, "it did not only lie open: it was returned");
        let kinds: Vec<DataKind> = found.facts.data.iter().map(|item| item.kind).collect();
        for kind in [DataKind::Name, DataKind::EmailAddress, DataKind::Subscriptions] {
            assert!(kinds.contains(&kind), "{kind:?} of {kinds:?}");
        }
        let numbers = found.numbers.as_ref().expect("numbers");
        assert!(numbers.source.starts_with("count 1 of ") && numbers.source.contains("key:0000000000001"), "{}", numbers.source);
        let email = numbers.data.iter().find(|one| one.kind == DataKind::EmailAddress).expect("the address");
        assert!(email.fields[0].contains("2 confirmed"), "{:?}", email.fields);
        assert!(found.facts.times.occurred_from.is_some(), "the first entry that counts");
        assert!(found.assessment.is_some(), "so that a severity is reckoned");
        let draft = found.draft(Wanted::parse("authority").expect("a draft"), house.app.host().now()).text();
        assert!(draft.contains("about 2") && !draft.contains("possibly"), "nobody is less certain for want of a country: {draft}");
    }

    /// Other numbers need a reason, and stand beside the record's; a new count takes only the record's along.
    async fn a_person_overrides_a_number_with_a_reason(t) {
        let (house, id) = counted(&t).await;
        let same = seen(&house, id).await.facts;
        stated(&house, id, ("", ""), |facts| {
            *facts = same;
            facts.role = Some(Role::Controller);
        }).await.expect("the record's own numbers need none");
        assert_eq!(seen(&house, id).await.stated.overrides, Overrides::default());
        let more = |facts: &mut Facts| facts.people_elsewhere = 40;
        assert!(matches!(stated(&house, id, ("", ""), more).await, Err(Error::Invalid { .. })));
        stated(&house, id, ("A paper list lay beside it.", ""), more).await.expect("with a reason");
        let found = seen(&house, id).await;
        assert_eq!((found.facts.people_elsewhere, found.numbers.as_ref().map(|numbers| numbers.elsewhere)), (40, Some(1)));
        assert_eq!(found.stated.overrides.people.as_ref().map(|one| one.on), Some(1));
        t.clock.advance(Micros::MINUTE);
        incidents::freeze_radius(&house.app, &house.app.host(), id).await.expect("counts again");
        let found = seen(&house, id).await;
        assert_eq!((found.facts.people_elsewhere, found.numbers.as_ref().map(|numbers| numbers.count)), (40, Some(2)));
        let back = found.numbers.as_ref().map(|numbers| (numbers.people.clone(), numbers.elsewhere)).expect("numbers");
        stated(&house, id, ("", ""), |facts| (facts.people, facts.people_elsewhere) = back).await.expect("back to the record");
        assert_eq!(seen(&house, id).await.facts.people_elsewhere, 1);
    }

    /// As a program does it.
    async fn the_api_shows_duties_states_facts_and_gives_drafts(t) {
        let (house, id) = counted(&t).await;
        let app = &house.app;
        let key = waxwing_domain::Actor::ApiKey(ApiKeyId::from_i64(1));
        let own = waxwing_domain::Ctx { actor: key, origin: key, ..house.ctx.clone() };
        let mut tx = app.begin(&own, "test").await.expect("begins");
        let new = NewCase {
            summary: "Its own.".into(), losses: Losses::default(), severity: Severity::Low, suspected_at: own.now(), alert: None,
        };
        let mine = incidents::open(app, &mut tx, &own, new).await.expect("opens");
        tx.commit().await.expect("commits");
        let web = house.web.key("all");
        assert_eq!(web.get(&format!("/api/v1/incidents/{id}/duties")).await.status, StatusCode::NOT_FOUND, "not its own");
        let at = format!("/api/v1/incidents/{mine}/duties");
        let facts = json!({ "role": "controller", "establishment": "DE", "people": [{ "place": "DE", "confirmed": 7 }],
            "data": [{ "kind": "email-address", "readable": "yes" }],
            "nature": { "confidentiality": "unknown-recipients", "integrity": "kept", "availability": "kept" } });
        let body = json!({ "facts": facts });
        let got = web.json(Method::PUT, &format!("{at}/facts"), &body).await;
        assert_eq!(got.status, StatusCode::NO_CONTENT, "{}", got.body);
        let wrong = json!({ "facts": { "colour": 1 } });
        assert_eq!(web.json(Method::PUT, &format!("{at}/facts"), &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let seen: Value = serde_json::from_str(&web.get(&at).await.body).expect("JSON");
        let duty = seen["duties"].as_array().expect("duties").iter().find(|one| one["rule"] == "gdpr-33-1").expect("a rule");
        assert_eq!(duty["verdict"], "applies", "{duty}");
        let draft: Value = serde_json::from_str(&web.get(&format!("{at}/drafts/authority")).await.body).expect("JSON");
        assert!(draft["text"].as_str().expect("text").contains("about 7"), "{draft}");
        assert_eq!(web.get(&format!("{at}/drafts/poem")).await.status, StatusCode::NOT_FOUND);
        let met = json!({ "rule": "no-such-rule" });
        assert_eq!(web.json(Method::POST, &format!("{at}/met"), &met).await.status, StatusCode::NOT_FOUND);
    }
}
