//! A frozen answer as a file: the same people, fields and times as on the page, and who may have which of it.

use super::{Begun, Format, Wish, begin_file};
use crate::testing::{Got, House};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use waxwing_app::accounts::approvals;
use waxwing_app::fields::{self, FieldKind, NewField};
use waxwing_app::{App, Error};
use waxwing_domain::{DataClass, LegalBasis, Micros};
use waxwing_store::{args, statement};
use waxwing_testkit::store::{START, TestStore};
use waxwing_testkit::store_test;

statement! { SET_GATE, "UPDATE gate SET level = $2, epoch = epoch + 1 WHERE workspace_id = $1" }

/// What the key of these tests did, until a day that is still to come.
const KEY: &str = "who=key:0000000000001&from=2026-11-30&until=2026-12-03";

/// Three people with addresses and a field that a spreadsheet would run; the key read all three, the second twice.
async fn scene(t: &TestStore) -> (House, String) {
    let house = House::new(t, &[]).await;
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    fields::install_country(&house.app, &mut tx, &house.ctx).await.expect("a field");
    let note = NewField {
        key: "note".into(),
        label: "=HYPERLINK(1)".into(),
        kind: FieldKind::Text,
        class: DataClass::Internal,
        purpose: "A note".into(),
        basis: LegalBasis::Consent,
        retention_days: None,
        kind_of_data: None,
    };
    fields::define(&house.app, &mut tx, &house.ctx, note).await.expect("a field");
    tx.commit().await.expect("commits");
    let mut people = Vec::new();
    for (email, country) in [("+ada@example.org", "FR"), ("-bea@example.org", "DE"), ("=cyd@example.org", "FR")] {
        let values = json!({ "country": country, "note": "x" });
        let body = json!({ "email": email, "fields": values, "lists": [house.list], "consent": "At the fair." });
        let added = house.web.key("all").json(Method::POST, "/api/v1/subscribers", &body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
        people.push(value(&added)["id"].clone());
    }
    for person in people.iter().chain(&people[1..2]) {
        t.clock.advance(Micros::MINUTE);
        let got = house.web.key("all").get(&format!("/api/v1/subscribers/{person}")).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    }
    house.number().await;
    let frozen = house.web.key("all").json(Method::POST, &format!("/api/v1/blast/frozen?{KEY}"), &Value::Null).await;
    assert_eq!(frozen.status, StatusCode::CREATED, "{}", frozen.body);
    let id = value(&frozen)["id"].as_str().expect("a number").to_owned();
    (house, id)
}

fn value(got: &Got) -> Value {
    serde_json::from_str(&got.body).expect("JSON")
}

async fn file(house: &House, reader: &str, path: &str) -> Got {
    house.web.key(reader).json(Method::POST, &format!("/api/v1/blast/frozen/{path}"), &Value::Null).await
}

/// The rows of a file of JSON lines.
async fn rows(house: &House, path: &str) -> Vec<Value> {
    let got = file(house, "all", path).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    got.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn strings<'v>(row: &'v Value, names: &[&str]) -> Vec<&'v str> {
    names.iter().map(|name| row[*name].as_str().unwrap_or("")).collect()
}

async fn set_gate(app: &App, house: &House, level: &str) {
    let mut tx = app.begin(&house.ctx, "test").await.expect("begins");
    tx.exec(&SET_GATE, args![level]).await.expect("changes");
    tx.commit().await.expect("commits");
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
}

fn wish(addresses: bool) -> Wish {
    Wish { format: Format::Csv, addresses, purpose: "For the authority".into() }
}

/// What each reader's key gets: the status of the file by numbers, and of the one with addresses.
async fn statuses(house: &House, id: &str, reader: &str) -> (StatusCode, StatusCode) {
    let numbers = file(house, reader, &format!("{id}/file?purpose=audit")).await;
    let people = file(house, reader, &format!("{id}/file/people?purpose=audit")).await;
    (numbers.status, people.status)
}

store_test! {
    async fn the_file_says_what_the_people_of_the_answer_say(t) {
        let (house, id) = scene(&t).await;
        let rows = rows(&house, &format!("{id}/file/people?format=ndjson&purpose=audit")).await;
        let page = house.web.key("all").get(&format!("/api/v1/blast/people?frozen={id}")).await;
        let page = value(&page);
        let fields = house.web.key("all").get(&format!("/api/v1/blast/frozen/{id}")).await;
        let fields = value(&fields)["answer"]["summary"]["fields"].clone();
        let key = |number: &Value| {
            let found = fields.as_array().expect("fields").iter().find(|field| &field["field"] == number);
            found.map_or(Value::Null, |field| field["key"].clone())
        };
        let mut told = BTreeSet::new();
        for person in page["touched"].as_array().expect("people") {
            for one in person["fields"].as_array().expect("fields") {
                told.insert(json!([person["subject"], one["effect"], key(&one["field"]), one["first"], one["last"]]).to_string());
            }
        }
        let said = |row: &Value| json!([row["subject"], row["outcome"], row["field"], row["first"], row["last"]]).to_string();
        let said: BTreeSet<String> = rows.iter().map(said).collect();
        assert!(said.len() > 9 && said.len() == rows.len(), "{} rows, each once", rows.len());
        assert_eq!(said, told, "the page and the file say the same");
        let email = |of: &str| rows.iter().find(|row| row["email"] == of && row["field"] == "email" && row["outcome"] == "confirmed");
        let bea = email("-bea@example.org").expect("a row");
        assert_eq!(strings(bea, &["class", "country"]), ["personal", "DE"]);
        assert_eq!(bea["sealed"], true);
        let at = |minutes: i64| Micros::from_i64(START + minutes * Micros::MINUTE).to_string();
        assert_eq!(strings(bea, &["first", "last"]), [at(2), at(4)], "Bea was read twice");
    }

    async fn no_cell_of_the_file_is_a_formula(t) {
        let (house, id) = scene(&t).await;
        let got = file(&house, "all", &format!("{id}/file/people?purpose=audit")).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let head = got.body.lines().next().expect("a line of names");
        assert_eq!(head, "subject,outcome,field,label,class,sealed,first,last,country,email");
        for made_harmless in ["'+ada@example.org", "'-bea@example.org", "'=cyd@example.org", ",'=HYPERLINK(1),"] {
            assert!(got.body.contains(made_harmless), "{made_harmless}: {}", got.body);
        }
        let runs = |cell: &str| cell.starts_with(['=', '+', '-', '@']);
        assert!(!got.body.lines().any(|line| line.split(',').any(runs)), "{}", got.body);
    }

    /// An answer that was frozen before its window ended is not told from what came later.
    async fn what_happens_afterwards_changes_neither_the_file_nor_the_page(t) {
        let (house, id) = scene(&t).await;
        let before = rows(&house, &format!("{id}/file?format=ndjson&purpose=audit")).await;
        let of_ada = format!("/api/v1/blast/people/{}?frozen={id}", before[0]["subject"]);
        let why = value(&house.web.key("all").get(&of_ada).await);
        t.clock.advance(Micros::HOUR);
        let all = house.web.key("all").get("/api/v1/subscribers").await;
        assert_eq!(all.status, StatusCode::OK);
        house.number().await;
        assert_eq!(rows(&house, &format!("{id}/file?format=ndjson&purpose=audit")).await, before);
        let page = value(&house.web.key("all").get(&format!("/api/v1/blast/people?frozen={id}")).await);
        assert!(!page.to_string().contains(&Micros::from_i64(START + Micros::HOUR).to_string()[..13]), "{page}");
        assert_eq!(value(&house.web.key("all").get(&of_ada).await), why, "the reasons are those of the answer");
        let now = value(&house.web.key("all").get(&format!("/api/v1/blast/people?{KEY}")).await);
        assert_ne!(now["touched"], page["touched"], "asked anew, what came later counts");
    }

    async fn whom_it_names_is_on_the_record_before_it_leaves(t) {
        let (house, id) = scene(&t).await;
        let Begun::Now(mut file) = begin_file(&house.app, &house.ctx, id.parse().expect("a number"), &wish(true), "file").await.expect("begins") else { panic!("nobody is asked") };
        assert_eq!(file.people(), 3);
        assert!(file.next().await.expect("the names").is_some());
        assert!(file.next().await.expect("the people").is_some());
        assert!(file.next().await.expect("ends").is_none());
        house.number().await;
        let entries = |what: &'static str| {
            let record = house.web.key("all");
            async move { value(&record.get(&format!("/api/v1/record?what={what}")).await)["items"].as_array().map_or(0, Vec::len) }
        };
// The word is the beginning of the others.
        assert_eq!((entries("blast.file").await, entries("blast.file.chunk").await, entries("blast.file.people").await), (3, 1, 1));
    }

    async fn addresses_are_for_whoever_may_export_and_see_them(t) {
        let (house, id) = scene(&t).await;
        let (ok, no) = (StatusCode::OK, StatusCode::FORBIDDEN);
        for (reader, numbers, people) in [("all", ok, ok), ("auditor", ok, no), ("analyst", no, no), ("nothing", no, no)] {
            assert_eq!(statuses(&house, &id, reader).await, (numbers, people), "{reader}");
        }
        let by_numbers = file(&house, "auditor", &format!("{id}/file?purpose=audit")).await;
        assert!(!by_numbers.body.contains("example.org") && by_numbers.body.contains("confirmed,email"), "{}", by_numbers.body);
        assert!(by_numbers.body.starts_with("subject,outcome,field,label,class,sealed,first,last\r\n"), "nor where they live");
        for (path, status) in [
            (format!("{id}/file"), StatusCode::UNPROCESSABLE_ENTITY),
            (format!("{id}/file?purpose=audit&format=xlsx"), StatusCode::UNPROCESSABLE_ENTITY),
            ("1/file?purpose=audit".into(), StatusCode::NOT_FOUND),
        ] {
            assert_eq!(file(&house, "all", &path).await.status, status, "{path}");
        }
        let page = house.web.session("all").get(&format!("/security/who-was-touched/frozen/{id}")).await;
        assert!(page.body.contains("Download…") && page.body.contains("/file/people"), "{}", page.body);
        let page = house.web.session("auditor").get(&format!("/security/who-was-touched/frozen/{id}")).await;
        assert!(page.body.contains("Download…") && !page.body.contains("/file/people"), "{}", page.body);
    }

    async fn a_contained_workspace_hands_out_numbers_and_no_addresses(t) {
        let (house, id) = scene(&t).await;
        let number = id.parse().expect("a number");
        let Begun::Now(mut early) = begin_file(&house.app, &house.ctx, number, &wish(true), "file").await.expect("begins") else { panic!("nobody is asked") };
        assert!(early.next().await.expect("the names").is_some());
        set_gate(&house.app, &house, "contained").await;
        assert!(matches!(early.next().await, Err(Error::Contained(_))), "a file under way stops");
        let refused = begin_file(&house.app, &house.ctx, number, &wish(true), "file").await;
        assert!(matches!(refused, Err(Error::Contained(_))));
        let Begun::Now(mut file) = begin_file(&house.app, &house.ctx, number, &wish(false), "file").await.expect("begins") else { panic!("nobody is asked") };
        let mut text = String::new();
        while let Some(bytes) = file.next().await.expect("goes on") {
            text.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
        assert!(text.starts_with("subject,outcome,field,label,class,sealed,first,last\r\n"), "{text}");
        assert!(text.contains("confirmed,email") && !text.contains("example.org"), "{text}");
    }

    async fn addresses_need_a_second_person_where_exports_do(t) {
        let (house, id) = scene(&t).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let policy = approvals::Policy { exports: true, ..approvals::policy(&mut tx).await.expect("a policy") };
        let set = approvals::set_policy(&house.app, &mut tx, &house.ctx, policy).await.expect("set");
        assert!(set.waits().is_none());
        tx.commit().await.expect("commits");
        let alone = file(&house, "all", &format!("{id}/file/people?purpose=audit")).await;
        assert_eq!(alone.status, StatusCode::CONFLICT, "{}", alone.body);
        assert!(alone.body.contains("second person") && !alone.body.contains("example.org"), "{}", alone.body);
    }
}
