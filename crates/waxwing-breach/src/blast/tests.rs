//! Who was touched, in sentences.

use crate::blast::{Effect, Question, Suspect};
use crate::testing::{Got, House};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_app::accounts::{self, NewApiKey};
use waxwing_app::erasure;
use waxwing_app::fields::{self, FieldKind, NewField};
use waxwing_domain::{AccountId, Actor, Ctx, DataClass, LegalBasis, Micros, Scope, SessionId};
use waxwing_store::{args, statement};
use waxwing_testkit::store::START;
use waxwing_testkit::store_test;

statement! { SWAP_PEOPLE, "UPDATE record_subjects SET bitmap = $2 WHERE workspace_id = $1 AND part = 0" }
statement! { FEWER, "UPDATE blast_touches SET entries = entries - 1 WHERE workspace_id = $1 AND radius_id = $2 AND part = 0" }
statement! { CUT_LOG, "DELETE FROM record_entries WHERE workspace_id = $1 AND idx = $2" }

const PEOPLE: [&str; 3] = ["ada@example.org", "bea@example.org", "cyd@example.org"];

fn around() -> (Micros, Micros) {
    (Micros::from_i64(START - Micros::DAY), Micros::from_i64(START + Micros::DAY))
}

fn query(who: &str) -> String {
    format!("who={who}&from=2026-11-30&until=2026-12-02")
}

async fn answer(house: &House, who: &str) -> Value {
    let got = house.web.key("all").get(&format!("/api/v1/blast?{}", query(who))).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    serde_json::from_str(&got.body).expect("JSON")
}

async fn refused(got: Got) -> StatusCode {
    got.status
}

store_test! {
    async fn what_a_key_was_given_is_confirmed_and_everybody_else_is_excluded(t) {
        let house = House::new(&t, &PEOPLE).await;
        let one = format!("/api/v1/subscribers/{}", house.people[1]);
        assert_eq!(house.web.key("all").get(&one).await.status, StatusCode::OK);
        house.number().await;
        let found = answer(&house, "key:0000000000001").await;
        assert_eq!(found["summary"]["people"]["confirmed"], 1);
        assert_eq!(found["summary"]["people"]["excluded"], 2);
        let fields = found["summary"]["fields"].as_array().expect("fields");
        let email = fields.iter().find(|field| field["key"] == "email").expect("the address");
        assert_eq!((&email["class"], &email["category"], &email["confirmed"]), (&json!("personal"), &json!("simple"), &json!(1)));
        assert_eq!(found["summary"]["channels"][0]["channel"], "api");
        assert_eq!(found["summary"]["lists"][0], json!({ "list": house.list, "name": "Letters", "people": 1 }));
        assert_eq!(found["summary"]["country_unknown"], 1);
        assert_eq!(answer(&house, "session:0000000000001").await["summary"]["people"]["confirmed"], 0);
        let anyone = answer(&house, "anyone").await;
        assert_eq!(anyone["summary"]["people"]["altered"], 3, "all were added by the host");
    }

    async fn a_person_is_shown_with_the_entries_that_name_them(t) {
        let house = House::new(&t, &PEOPLE).await;
        let member = house.web.session("all");
        assert_eq!(member.get(&format!("/audience/people/{}", house.people[0])).await.status, StatusCode::OK);
        house.number().await;
        let page = member.get(&format!("/security/who-was-touched?{}", query("session:0000000000001"))).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(!page.body.contains("ada@example.org"), "numbers name nobody");
        let people = member.get(&format!("/security/who-was-touched/people?{}", query("session:0000000000001"))).await;
        assert!(people.body.contains("ada@example.org") && !people.body.contains("bea@example.org"));
        let why = format!("/security/who-was-touched/people/{}?{}", house.people[0], query("session:0000000000001"));
        let why = member.get(&why).await;
        assert!(why.body.contains("subscribers.show") && why.body.contains("Email address") && why.body.contains("/proof"));
        let other = format!("/security/who-was-touched/people/{}?{}", house.people[2], query("session:0000000000001"));
        assert_eq!(refused(member.get(&other).await).await, StatusCode::NOT_FOUND);
    }

    async fn asking_is_on_the_record_and_needs_the_right(t) {
        let house = House::new(&t, &PEOPLE).await;
        for path in ["/api/v1/blast", "/api/v1/blast/people", "/api/v1/blast/people/1"] {
            let got = house.web.key("nothing").get(&format!("{path}?{}", query("anyone"))).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{path}");
        }
        answer(&house, "address:198.51.100.7").await;
        house.number().await;
        let found = answer(&house, "key:0000000000001").await;
        assert_eq!(found["unnamed"]["blast.ask"], 1);
        let record = house.web.key("all").get("/api/v1/record?what=blast.ask").await;
        assert!(record.body.contains("198.51.100.7"), "what was asked stands in the sealed details");
    }

    async fn whoever_was_erased_still_counts_and_is_said_to_be_erased(t) {
        let house = House::new(&t, &PEOPLE).await;
        let page = house.web.key("all").get("/api/v1/subscribers").await;
        assert_eq!(page.status, StatusCode::OK);
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        erasure::erase(&house.app, &mut tx, &house.ctx, house.people[0]).await.expect("erases");
        erasure::delete(&house.app, &mut tx, &house.ctx, house.people[1]).await.expect("deletes");
        tx.commit().await.expect("commits");
        house.number().await;
        let people = &answer(&house, "key:0000000000001").await["summary"]["people"];
        assert_eq!((&people["confirmed"], &people["gone"], &people["erased"]), (&json!(3), &json!(2), &json!(1)));
        assert_eq!(people["excluded"], 0);
    }

    async fn what_a_stolen_session_made_is_followed(t) {
        let house = House::new(&t, &PEOPLE).await;
        let thief = Actor::Account(AccountId::from_i64(5), SessionId::from_i64(55));
        let ctx = Ctx { actor: thief, origin: thief, proven: true, ..house.ctx.clone() };
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let new = NewApiKey::of(&ctx, "x", &[Scope::Read]);
        let (made, _) = accounts::create_api_key(&house.app, &mut tx, &ctx, new).await.expect("a key");
        tx.commit().await.expect("commits");
        t.clock.advance(40 * Micros::DAY);
        let hand = Actor::ApiKey(made);
        let later = Ctx { actor: hand, origin: hand, ..house.ctx.clone() };
        let mut tx = house.app.read(&later, "test").await.expect("reads");
        let fields = fields::all(&mut tx).await.expect("fields");
        let shown = waxwing_app::subscribers::show(&house.app, &mut tx, &later, house.people[2], &fields, "api").await;
        assert!(shown.is_ok());
        drop(tx);
        house.number().await;
        let (from, until) = around();
        let mut question = Question::new(Suspect::Session(SessionId::from_i64(55)), from, until).expect("a question");
        let radius = crate::blast::reckon(&house.app, &house.ctx, &question).await.expect("an answer");
        assert_eq!(radius.confirmed().iter().collect::<Vec<_>>(), [house.people[2].get()]);
        assert!(radius.made.iter().any(|one| one.followed && one.kind == "api_key" && one.id == made.as_i64()));
        question.follow = false;
        let radius = crate::blast::reckon(&house.app, &house.ctx, &question).await.expect("an answer");
        assert!(radius.people(Effect::Returned).is_empty());
    }

    async fn people_are_counted_by_country_where_a_plain_field_says_it(t) {
        let house = House::new(&t, &[]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let (key, label, purpose) = ("country".to_owned(), "Country".to_owned(), "Whose law".to_owned());
        let (kind, class, basis) = (FieldKind::Text, DataClass::Internal, LegalBasis::LegalObligation);
        let new = NewField { key, label, kind, class, purpose, basis, retention_days: None, kind_of_data: None };
        fields::define(&house.app, &mut tx, &house.ctx, new).await.expect("a field");
        tx.commit().await.expect("commits");
        for (email, country) in [("a@example.org", "FR"), ("b@example.org", "fr"), ("c@example.org", "US-CA"), ("d@example.org", "?")] {
            let body = json!({ "email": email, "fields": { "country": country }, "lists": [house.list], "consent": "At the fair." });
            let added = house.web.key("all").json(Method::POST, "/api/v1/subscribers", &body).await;
            assert!(added.status.is_success(), "{}", added.body);
        }
        assert_eq!(house.web.key("all").get("/api/v1/subscribers").await.status, StatusCode::OK);
        house.number().await;
        let summary = &answer(&house, "key:0000000000001").await["summary"];
        assert_eq!(summary["countries"], json!([{ "code": "FR", "people": 2 }, { "code": "US-CA", "people": 1 }]));
        assert_eq!(summary["country_unknown"], 1);
    }

    /// Law weighs what a field is to people, not how it is classed; what nobody said is called a guess.
    async fn people_are_counted_by_what_the_registry_says_a_field_is(t) {
        let house = House::new(&t, &[]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        for (key, said) in [("account", Some(waxwing_domain::KindOfData::Finances)), ("telefonnummer", None)] {
            let (kind, class, basis) = (FieldKind::Text, DataClass::Personal, LegalBasis::Contract);
            let (label, purpose) = (key.to_owned(), "To bill".to_owned());
            let key = key.to_owned();
            let new = NewField { key, label, kind, class, purpose, basis, retention_days: None, kind_of_data: said };
            fields::define(&house.app, &mut tx, &house.ctx, new).await.expect("a field");
        }
        tx.commit().await.expect("commits");
        let fields = json!({ "account": "12 34", "telefonnummer": "5678" });
        let body = json!({ "email": "a@example.org", "fields": fields, "lists": [house.list], "consent": "At the fair." });
        let added = house.web.key("all").json(Method::POST, "/api/v1/subscribers", &body).await;
        assert!(added.status.is_success(), "{}", added.body);
        assert_eq!(house.web.key("all").get("/api/v1/subscribers").await.status, StatusCode::OK);
        house.number().await;
        let summary = &answer(&house, "key:0000000000001").await["summary"];
        let fields = summary["fields"].as_array().expect("fields");
        let of = |key: &str| {
            let field = fields.iter().find(|field| field["key"] == key).expect("the field");
            (field["kind"].clone(), field["kind_guessed"].clone(), field["category"].clone())
        };
        assert_eq!(of("account"), (json!("finances"), json!(false), json!("financial")));
        assert_eq!(of("telefonnummer"), (json!("phone-number"), json!(true), json!("simple")));
        let named = |groups: &Value| groups.as_array().expect("groups").iter().map(|one| one["name"].clone()).collect::<Vec<_>>();
        assert_eq!(named(&summary["categories"]), ["simple", "financial"]);
        assert_eq!(named(&summary["kinds"]), ["email-address", "phone-number", "finances"]);
    }

    async fn a_record_that_was_tampered_with_gives_no_answer(t) {
        let house = House::new(&t, &PEOPLE).await;
        house.number().await;
        let (from, until) = around();
        let question = Question::new(Suspect::Anyone, from, until).expect("a question");
        assert!(crate::blast::reckon(&house.app, &house.ctx, &question).await.is_ok());
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        tx.exec(&SWAP_PEOPLE, args![vec![0x3a_u8, 0x30, 0, 0, 0, 0, 0, 0]]).await.expect("swaps");
        tx.commit().await.expect("commits");
        let error = crate::blast::reckon(&house.app, &house.ctx, &question).await.expect_err("refused");
        assert!(error.to_string().contains("integrity"), "{error}");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        tx.exec(&CUT_LOG, args![1]).await.expect("cuts");
        tx.commit().await.expect("commits");
        let error = crate::blast::reckon(&house.app, &house.ctx, &question).await.expect_err("refused");
        assert!(error.to_string().contains("missing"), "{error}");
    }

    async fn a_frozen_answer_stays_as_it_was_and_one_that_was_changed_is_refused(t) {
        let house = House::new(&t, &PEOPLE).await;
        assert_eq!(house.web.key("all").get("/api/v1/subscribers").await.status, StatusCode::OK);
        house.number().await;
        let (from, until) = around();
        let key = Suspect::Key(waxwing_domain::ApiKeyId::from_i64(1));
        let question = Question::new(key, from, until).expect("a question");
        let answer = crate::blast::ask(&house.app, &house.ctx, &question).await.expect("an answer");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let id = crate::blast::freeze(&house.app, &mut tx, &house.ctx, &answer).await.expect("freezes");
        tx.commit().await.expect("commits");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        erasure::erase(&house.app, &mut tx, &house.ctx, house.people[0]).await.expect("erases");
        tx.commit().await.expect("commits");
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let frozen = crate::blast::frozen(&house.app, &mut tx, &house.ctx, id).await.expect("as it was");
        assert_eq!(frozen.answer, answer);
        assert_eq!(crate::blast::list(&house.app, &mut tx, &house.ctx).await.expect("a list").len(), 1);
        tx.exec(&FEWER, args![id]).await.expect("changes");
        let error = crate::blast::frozen(&house.app, &mut tx, &house.ctx, id).await.expect_err("refused");
        assert!(error.to_string().contains("integrity"), "{error}");
    }

    async fn an_answer_is_frozen_by_a_form_and_by_the_api(t) {
        let house = House::new(&t, &PEOPLE).await;
        assert_eq!(house.web.key("all").get("/api/v1/subscribers").await.status, StatusCode::OK);
        house.number().await;
        let (member, page) = house.web.session("all").open(&format!("/security/who-was-touched?{}", query("anyone"))).await;
        let form = format!("csrf={}&query={}", page.hidden("csrf"), query("anyone").replace('&', "%26").replace('=', "%3D"));
        let done = member.post("/security/who-was-touched/freeze", &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let place = done.headers["location"].to_str().expect("an address").to_owned();
        let frozen = member.get(&place).await;
        assert!(frozen.status == StatusCode::OK && frozen.body.contains("A frozen answer"), "{}", frozen.body);
        let id = place.rsplit('/').next().expect("a number");
        let people = member.get(&format!("/security/who-was-touched/people?frozen={id}")).await;
        assert!(people.body.contains("ada@example.org"), "{}", people.body);
        let empty = Value::Null;
        let made = house.web.key("all").json(Method::POST, &format!("/api/v1/blast/frozen?{}", query("host")), &empty).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let made: Value = serde_json::from_str(&made.body).expect("JSON");
        let again = house.web.key("all").get(&format!("/api/v1/blast/frozen/{}", made["id"].as_str().expect("a number"))).await;
        assert_eq!(serde_json::from_str::<Value>(&again.body).expect("JSON"), made);
    }
}
