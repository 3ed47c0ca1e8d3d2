//! What a case reaches, in sentences: alerts, containments, who was touched.

use super::tests::Room;
use super::*;
use crate::blast;
use crate::containment::{self, InCase, Order, Scope};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_app::Error;
use waxwing_app::accounts::{self, NewApiKey};
use waxwing_domain::Scope as KeyScope;
use waxwing_domain::{AlertId, ApiKeyId, Ctx, IncidentId, Micros, Thing};
use waxwing_store::{args, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { ALERT,
"INSERT INTO alerts (id, workspace_id, at, detector, about, finding, act, account)
     VALUES ($2, $1, $3, 'habit', 1, $4, 'none', $5)" }

/// An alert about somebody who signs in.
async fn alert(room: &Room, at: Micros) -> AlertId {
    let (finding, id) = (finding(), AlertId::from_i64(77));
    let insert = async |tx: &mut waxwing_store::Tx| Ok(tx.exec(&ALERT, args![id, at, finding, room.other]).await?);
    room.act(&room.house.ctx, insert).await.expect("an alert");
    id
}

fn finding() -> String {
    json!({ "observed": 900.0, "expected": 10.0, "bound": 50.0, "sample": 900, "contributors": [], "why": "Much was read.",
        "advice": "Ask them." })
    .to_string()
}

fn order(ctx: &Ctx, scope: Scope) -> Order {
    Order { scope, reason: "Alert.".into(), suspected_from: ctx.now().plus(-Micros::HOUR) }
}

store_test! {
    /// The worst hour: the workspace is stopped, and nobody knows yet who it was.
    async fn a_contained_workspace_without_a_suspect_asks_for_everybodys_acts(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        room.house.number().await;
        t.clock.advance(Micros::MINUTE);
        let nobody = freeze_radius(app, &owner, id).await;
        assert!(matches!(nobody, Err(Error::Conflict(_))), "{nobody:?}");
        containment::contain_in(app, &owner, &order(&owner, Scope::Workspace), InCase::Join(id)).await.expect("contains");
        let counted = freeze_radius(app, &owner, id).await.expect("counts");
        assert_eq!(counted.cited.iter().map(|one| one.who.as_str()).collect::<Vec<_>>(), ["anyone"]);
        let mut tx = app.read(&owner, "test").await.expect("reads");
        assert!(matches!(by_name(&mut tx, &owner, " No Such ").await, Err(Error::NotFound(_))));
        let codename = by_id(&mut tx, &owner, id).await.expect("the case").codename;
        assert_eq!(by_name(&mut tx, &owner, &codename.to_uppercase()).await.expect("by name"), id);
        assert_eq!(by_name(&mut tx, &owner, &id.to_string()).await.expect("by number"), id);
    }
}

fn touched(kind: AssetKind, number: String) -> NewAsset {
    NewAsset { kind, name: "Taken".into(), number, compromise: Compromise::Yes }
}

async fn named(room: &Room, ctx: &Ctx, id: IncidentId) -> Vec<Asset> {
    let mut tx = room.house.app.read(ctx, "test").await.expect("reads");
    assets(&room.house.app, &mut tx, ctx, id).await.expect("assets")
}

async fn counted_now(room: &Room, ctx: &Ctx, id: IncidentId) -> Option<Counted> {
    let mut tx = room.house.app.read(ctx, "test").await.expect("reads");
    counted(&room.house.app, &mut tx, ctx, id).await.expect("a count")
}

/// The house's key reads everybody.
async fn read_everybody(room: &Room) {
    let got = room.house.web.key("all").get("/api/v1/subscribers").await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    room.house.number().await;
}

async fn with_people(t: &TestStore, emails: &[&str]) -> Room {
    let room = Room::new(t).await;
    for email in emails {
        let body = json!({ "email": email, "lists": [room.house.list], "consent": "At the fair." });
        let added = room.house.web.key("all").json(Method::POST, "/api/v1/subscribers", &body).await;
        assert!(added.status.is_success(), "{}", added.body);
    }
    room
}

store_test! {
    /// One form: it is contained, and the case that gathers the rest has who it is about, and when.
    async fn what_is_contained_from_an_alert_opens_a_case_about_it(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let at = owner.now().plus(-Micros::HOUR);
        let alert = alert(&room, at).await;
        let scope = Scope::One(Thing::Account(room.other));
        let done = containment::contain_in(app, &owner, &order(&owner, scope), InCase::New(Some(alert))).await;
        let id = done.expect("contains").case.expect("a case");
        let case = room.case(&owner, id).await.expect("hers");
        assert_eq!((case.alert, case.status), (Some(alert), Status::Suspicion));
        assert_eq!(case.window(owner.now()), (at.plus(-Micros::DAY), owner.now()), "a day before the alert");
        let assets = named(&room, &owner, id).await;
        assert_eq!(assets.len(), 1, "the person once, though alert and containment both name them");
        assert_eq!((assets[0].kind, assets[0].reference), (AssetKind::Person, Some(room.other.as_i64())));
        let lines = room.lines(&owner, id).await;
        assert!(lines.iter().any(|line| line.what == "containment.contain" && line.is_machine()));
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let found = containments(app, &mut tx, &owner, id).await.expect("containments");
        assert_eq!((found.len(), found[0].name.as_str()), (1, "Mara"));
    }

    /// What a program stops, somebody looks at; what a person stops, they say.
    async fn a_program_that_contains_opens_a_suspicion_and_a_person_decides(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let key = async || {
            room.act(&owner, async |tx| accounts::create_api_key(app, tx, &owner, NewApiKey::of(&owner, "Shop", &[KeyScope::Read])).await)
                .await.expect("a key").0
        };
        let (first, second) = (key().await, key().await);
        let body = json!({ "scope": format!("api_key:{first}"), "reason": "Found in a public place." });
        let got = room.house.web.key("all").json(Method::POST, "/api/v1/containment", &body).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.body);
        let case: Value = serde_json::from_str(&got.body).expect("JSON");
        let id: IncidentId = case["case"].as_str().expect("a case").parse().expect("a number");
        let case = room.case(&owner, id).await.expect("every owner is put into it");
        assert_eq!(summary(app, &owner, &case).expect("words"), "Found in a public place.");
        let scope = Scope::One(Thing::ApiKey(second));
        let joined = containment::contain_in(app, &owner, &order(&owner, scope), InCase::Join(id)).await.expect("contains");
        assert_eq!(joined.case, Some(id));
        assert_eq!(named(&room, &owner, id).await.len(), 2);
        let page = room.house.web.session("all").get("/security/containment").await;
        assert!(page.body.contains("Open a case"), "{}", page.body);
        let third = Scope::One(Thing::ApiKey(key().await));
        let alone = containment::contain(app, &owner, &order(&owner, third)).await.expect("contains");
        assert_eq!(alone.case, None, "a person says so, or it is not");
    }

    /// A case that has ended takes nothing more in, and then nothing is contained either: the person chooses again.
    async fn a_containment_joins_no_case_that_has_ended_or_that_is_not_ones_own(t) {
        let room = Room::new(&t).await;
        let (owner, marketer, app) = (room.owner(), room.marketer(), &room.house.app);
        let (ended, others) = (room.open(&owner).await, room.open(&marketer).await);
        room.act(&owner, async |tx| end(app, tx, &owner, ended, Outcome::FalseAlarm, "Nothing.").await).await.expect("ends");
        let scope = Scope::One(Thing::Account(room.other));
        let late = containment::contain_in(app, &owner, &order(&owner, scope), InCase::Join(ended)).await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
        let strange = containment::contain_in(app, &owner, &order(&owner, scope), InCase::Join(others)).await;
        assert!(matches!(strange, Err(Error::NotFound(_))), "{strange:?}");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        assert!(containment::overview(app, &mut tx, &owner).await.expect("reads").open.is_empty());
    }

    /// One click: asked of what the case names, frozen, counted; each answer has its link in the chain of custody.
    async fn who_was_touched_is_frozen_into_the_case(t) {
        let room = with_people(&t, &["ada@example.org", "bea@example.org"]).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        let nobody = freeze_radius(app, &owner, id).await;
        assert!(matches!(nobody, Err(Error::Conflict(_))), "the case names nobody yet");
        let key = touched(AssetKind::Key, ApiKeyId::from_i64(1).to_string());
        room.act(&owner, async |tx| add_asset(app, tx, &owner, id, key).await).await.expect("names");
        read_everybody(&room).await;
        t.clock.advance(Micros::MINUTE);
        let owner = room.owner();
        let first = freeze_radius(app, &owner, id).await.expect("freezes");
        assert_eq!((first.number, first.summary.people.confirmed, first.cited.len()), (1, 2, 1));
        assert_eq!(first.elsewhere, (2, 0), "nobody said where they live");
        assert_eq!(counted_now(&room, &owner, id).await, Some(first.clone()));
        let again = freeze_radius(app, &owner, id).await.expect("freezes again");
        assert_eq!((again.number, again.cited.len()), (2, 1), "another count beside the first, of new answers");
        let both = keep_radius(app, &owner, id, first.cited[0].id).await.expect("takes in");
        assert_eq!((both.number, both.cited.len(), both.summary.people.confirmed), (3, 2, 2), "everybody once");
        assert!(matches!(keep_radius(app, &owner, id, first.cited[0].id).await, Err(Error::Conflict(_))));
        assert!(matches!(keep_radius(app, &owner, id, 12).await, Err(Error::NotFound(_))));
        assert!(matches!(freeze_radius(app, &room.marketer(), id).await, Err(Error::Denied(_) | Error::NotFound(_))));
        let seen = room.act(&owner, async |tx| view_radius(app, tx, &owner, id).await).await.expect("compares");
        assert_eq!(seen, 2);
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let chain = custody(&mut tx, &owner, id).await.expect("a chain");
        let acts: Vec<_> = chain.iter().map(|one| one.act).collect();
        assert_eq!(acts.iter().filter(|act| **act == CustodyAct::Acquired).count(), 4, "each time an answer was taken in");
        assert_eq!(acts.iter().filter(|act| **act == CustodyAct::Viewed).count(), 2);
        assert!(chain.iter().zip(1..).all(|(one, number)| one.number == number && one.hash_text().len() == 64));
    }

    /// Cleared things are not asked for; addresses are; the window is what the case says.
    async fn what_is_asked_is_what_the_case_names_and_has_not_cleared(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        let cleared = NewAsset { compromise: Compromise::No, ..touched(AssetKind::Key, ApiKeyId::from_i64(1).to_string()) };
        room.act(&owner, async |tx| add_asset(app, tx, &owner, id, cleared).await).await.expect("names");
        let seen = (owner.now(), owner.now());
        let address = NewIndicator { kind: IndicatorKind::Address, value: "198.51.100.7".into(), tlp: Tlp::Amber, seen };
        room.act(&owner, async |tx| note_indicator(app, tx, &owner, id, address).await).await.expect("notes");
        let from = owner.now().plus(-9 * Micros::DAY);
        let until = owner.now().plus(-Micros::DAY);
        let set = async |from, until| room.act(&owner, async |tx| set_window(app, tx, &owner, id, (from, until)).await).await;
        assert!(matches!(set(until, Some(from)).await, Err(Error::Invalid { .. })), "it ends after it begins");
        assert!(matches!(set(owner.now().plus(Micros::DAY), None).await, Err(Error::Invalid { .. })), "not to come");
        set(from, Some(until)).await.expect("states");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let asked = questions(app, &mut tx, &owner, id).await.expect("questions");
        assert_eq!(asked.len(), 1);
        assert_eq!((asked[0].suspect.to_string().as_str(), asked[0].from, asked[0].until), ("address:198.51.100.7", from, until));
    }

    /// The pages and the API do the same.
    async fn a_person_and_a_program_ask_from_the_case(t) {
        let room = with_people(&t, &["ada@example.org"]).await;
        let house = &room.house;
        let key = house.web.key("all");
        let new = json!({ "summary": "A key leaked", "losses": ["confidentiality"] });
        let case: Value = serde_json::from_str(&key.json(Method::POST, "/api/v1/incidents", &new).await.body).expect("JSON");
        let id: IncidentId = case["id"].as_str().expect("a number").parse().expect("a number");
        let asset = touched(AssetKind::Key, ApiKeyId::from_i64(1).to_string());
        room.act(&house.ctx, async |tx| add_asset(&house.app, tx, &house.ctx, id, asset).await).await.expect("names");
        read_everybody(&room).await;
        t.clock.advance(Micros::MINUTE);
        let at = format!("/api/v1/incidents/{id}");
        assert_eq!(key.get(&format!("{at}/radius")).await.status, StatusCode::NOT_FOUND, "nothing is counted yet");
        let got = key.json(Method::POST, &format!("{at}/radius"), &json!({})).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.body);
        let counted: Value = serde_json::from_str(&key.get(&format!("{at}/radius")).await.body).expect("JSON");
        assert_eq!(counted["summary"]["people"]["confirmed"], 1);
        let window = json!({ "from": "2026-11-01T00:00:00Z" });
        assert_eq!(key.json(Method::PUT, &format!("{at}/window"), &window).await.status, StatusCode::NO_CONTENT);
        let (web, page) = house.web.session("all").open("/security/incidents/new").await;
        let seal = page.hidden("csrf");
        let opened = web.post("/security/incidents", &format!("csrf={seal}&summary=Mine&severity=low")).await;
        let mine = opened.headers["location"].to_str().expect("a path").to_owned();
        let asked = web.post(&format!("{mine}/radius"), &format!("csrf={seal}")).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
        let asset = format!("csrf={seal}&kind=key&name=Shop&number={}&compromise=yes", ApiKeyId::from_i64(1));
        assert_eq!(web.post(&format!("{mine}/assets"), &asset).await.status, StatusCode::SEE_OTHER);
        assert_eq!(web.post(&format!("{mine}/radius"), &format!("csrf={seal}")).await.status, StatusCode::SEE_OTHER);
        let shown = web.get(&mine).await;
        assert!(shown.body.contains("Count 1,") && shown.body.contains("key:0000000000001"), "{}", shown.body);
        let window = format!("csrf={seal}&from=2026-11-20T10%3A00&until=&zone=UTC");
        assert_eq!(web.post(&format!("{mine}/window"), &window).await.status, StatusCode::SEE_OTHER);
        assert!(web.get(&mine).await.body.contains("2026-11-20T10:00:00Z"));
    }

    /// The field is the workspace's choice; a sealed one cannot be counted.
    async fn where_people_live_is_read_from_the_field_that_was_chosen(t) {
        let room = Room::new(&t).await;
        let (house, app) = (&room.house, &room.house.app);
        let field = |key: &str, class| waxwing_app::fields::NewField {
            key: key.into(), label: key.into(), kind: waxwing_app::fields::FieldKind::Text, class,
            purpose: "Whose law".into(), basis: waxwing_domain::LegalBasis::LegalObligation, retention_days: None, kind_of_data: None,
        };
        for (key, class) in [("land", waxwing_domain::DataClass::Internal), ("home", waxwing_domain::DataClass::Personal)] {
            let new = field(key, class);
            room.act(&house.ctx, async |tx| waxwing_app::fields::define(app, tx, &house.ctx, new).await).await.expect("a field");
        }
        let choose = async |key: &str| room.act(&house.ctx, async |tx| blast::set_country_field(app, tx, &house.ctx, key).await).await;
        assert!(matches!(choose("home").await, Err(Error::Invalid { .. })), "sealed");
        assert!(matches!(choose("nowhere").await, Err(Error::NotFound(_))));
        choose("land").await.expect("chosen");
        let body = json!({ "email": "ada@example.org", "fields": { "land": "fr" }, "lists": [house.list], "consent": "At the fair." });
        assert!(house.web.key("all").json(Method::POST, "/api/v1/subscribers", &body).await.status.is_success());
        read_everybody(&room).await;
        let owner = room.owner();
        let id = room.open(&owner).await;
        let key = touched(AssetKind::Key, ApiKeyId::from_i64(1).to_string());
        room.act(&owner, async |tx| add_asset(app, tx, &owner, id, key).await).await.expect("names");
        t.clock.advance(Micros::MINUTE);
        let counted = freeze_radius(app, &room.owner(), id).await.expect("freezes");
        assert_eq!(counted.places, [PlaceCount { code: "FR".into(), confirmed: 1, possible: 0 }]);
        let api = house.web.key("all").get("/api/v1/blast/country").await;
        assert!(api.body.contains("\"land\""), "{}", api.body);
    }
}
