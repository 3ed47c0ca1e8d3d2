//! A frozen answer as a file.

use super::tests_people::{KEY, Scene};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_testkit::store_test;

async fn freeze(scene: &Scene) -> String {
    let frozen =
        scene.house.web.key("all").json(Method::POST, &format!("/api/v1/blast/frozen?{KEY}"), &Value::Null).await;
    assert_eq!(frozen.status, StatusCode::CREATED, "{}", frozen.body);
    let frozen: Value = serde_json::from_str(&frozen.body).expect("JSON");
    frozen["id"].as_str().expect("a number").to_owned()
}

store_test! {
    async fn a_file_says_of_each_person_what_their_page_says_and_no_name(t) {
        let scene = Scene::new(&t).await;
        let id = freeze(&scene).await;
        let web = scene.house.web.key("all");
        let got = web.get(&format!("/api/v1/blast/frozen/{id}/file?format=ndjson")).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let lines: Vec<Value> = got.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let told = scene.asked("all", &format!("frozen={id}")).await;
        let countries = ["FR", "FR", "DE"];
        for (at, line) in lines.iter().enumerate() {
            let theirs = &told["touched"][at];
            assert_eq!((&line["subject"], &line["country"]), (&theirs["subject"], &json!(countries[at])));
            let fields = line["fields"].as_array().expect("fields");
            for (one, other) in fields.iter().zip(theirs["fields"].as_array().expect("fields")) {
                assert_eq!((&one["effect"], &one["first"], &one["last"]), (&other["effect"], &other["first"], &other["last"]));
            }
            assert_eq!(fields.len(), theirs["fields"].as_array().expect("fields").len());
            assert!(fields.iter().any(|one| one["field"] == "email" && one["effect"] == "confirmed"), "{line}");
        }
        assert_eq!(lines.len(), 3);
        let table = web.get(&format!("/api/v1/blast/frozen/{id}/file")).await;
        let rows: Vec<&str> = table.body.lines().collect();
        assert_eq!(rows[0], "subject,effect,field,first,last,country");
        assert_eq!(rows.len() - 1, lines.iter().map(|line| line["fields"].as_array().expect("fields").len()).sum::<usize>());
        let page = format!("/security/who-was-touched/frozen/{id}");
        let session = scene.house.web.session("all");
        assert!(session.get(&page).await.body.contains(&format!("{page}/file?format=csv")), "the page leads to it");
        assert_eq!(session.get(&format!("{page}/file?format=csv")).await.body, table.body);
        assert!(!table.body.contains('@') && !got.body.contains('@'), "nobody is named");
        scene.house.number().await;
        let record = web.get("/api/v1/record?limit=100").await;
        assert_eq!(record.body.matches("\"blast.file\"").count(), 3, "each file is on the record: {}", record.body);
    }

    async fn whoever_reads_no_subscribers_gets_no_country_and_others_get_no_file(t) {
        let scene = Scene::new(&t).await;
        let id = freeze(&scene).await;
        let file = format!("/api/v1/blast/frozen/{id}/file");
        let got = scene.house.web.key("auditor").get(&file).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        assert!(got.body.lines().skip(1).all(|row| row.ends_with(',')), "no country: {}", got.body);
        assert_eq!(scene.house.web.key("nothing").get(&file).await.status, StatusCode::FORBIDDEN);
        let key = scene.house.web.key("all");
        assert_eq!(key.get(&format!("{file}?format=xlsx")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(key.get("/api/v1/blast/frozen/12/file").await.status, StatusCode::NOT_FOUND);
        let listed: Value = serde_json::from_str(&key.get("/api/v1/blast/frozen").await.body).expect("JSON");
        assert_eq!((&listed[0]["id"], &listed[0]["people"]["confirmed"]), (&json!(id), &json!(3)));
    }
}
