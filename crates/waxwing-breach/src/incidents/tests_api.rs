//! A case by programs: what pages do a key does too, and what a person decides it does not.

use super::tests::Room;
use crate::testing::{Got, Web};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_testkit::store_test;

/// A key, and a case that it opened.
struct Hand {
    key: Web,
    at: String,
}

impl Hand {
    async fn open(room: &Room) -> Self {
        let key = room.house.web.key("all");
        let got = key.json(Method::POST, "/api/v1/incidents", &json!({ "summary": "A key was stolen." })).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.body);
        Self { key, at: format!("/api/v1/incidents/{}", read(&got)["id"].as_str().expect("a number")) }
    }
    async fn send(&self, method: Method, path: &str, body: Value) -> Got {
        self.key.json(method, &format!("{}{path}", self.at), &body).await
    }
    /// Refused for what was sent, not for who sent it.
    async fn refuse(&self, method: Method, path: &str, body: Value) {
        let got = self.send(method, path, body.clone()).await;
        assert!(matches!(got.status.as_u16(), 400 | 404 | 409 | 422), "{path} {body}: {} {}", got.status, got.body);
    }
    async fn done(&self, method: Method, path: &str, body: Value) {
        let got = self.send(method, path, body).await;
        assert_eq!(got.status, StatusCode::NO_CONTENT, "{path}: {}", got.body);
    }
    async fn made(&self, path: &str, body: Value) -> String {
        let got = self.send(Method::POST, path, body).await;
        assert_eq!(got.status, StatusCode::CREATED, "{path}: {}", got.body);
        read(&got)["id"].as_str().expect("an id").to_owned()
    }
    async fn get(&self, path: &str) -> Value {
        let got = self.key.get(&format!("{}{path}", self.at)).await;
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.body);
        read(&got)
    }
}

fn read(got: &Got) -> Value {
    serde_json::from_str(&got.body).expect("JSON")
}

store_test! {
    /// Named, judged, explained: what is wrong with it is said, and nothing of it is kept then.
    async fn a_program_says_what_a_case_touches_and_how_it_came_about(t) {
        let room = Room::new(&t).await;
        let hand = Hand::open(&room).await;
        for wrong in [json!({ "losses": ["money"], "severity": "high" }), json!({ "losses": [], "severity": "awful" })] {
            hand.refuse(Method::PUT, "/classification", wrong).await;
        }
        let got = hand.send(Method::PUT, "/classification", json!({ "losses": ["integrity"], "severity": "high" })).await;
        assert_eq!((read(&got)["severity"].as_str(), got.status), (Some("high"), StatusCode::OK), "{}", got.body);
        let own = json!({ "kind": "key", "name": "The shop's key", "number": "0000000000001", "compromise": "tbd" });
        for (field, wrong) in [("kind", "cat"), ("number", "7"), ("compromise", "maybe"), ("name", " ")] {
            let mut body = own.clone();
            body[field] = wrong.into();
            hand.refuse(Method::POST, "/assets", body).await;
        }
        let asset = hand.made("/assets", own).await;
        hand.refuse(Method::PUT, "/assets/0000000000009", json!({ "compromise": "yes" })).await;
        hand.done(Method::PUT, &format!("/assets/{asset}"), json!({ "compromise": "yes" })).await;
        let assets = hand.get("/assets").await;
        assert_eq!((assets.as_array().expect("a list").len(), &assets[0]["compromise"], &assets[0]["number"]),
            (1, &json!("yes"), &json!("0000000000001")));
        assert_eq!(hand.key.get(&format!("{}/cause", hand.at)).await.status, StatusCode::NOT_FOUND, "nobody stated one");
        hand.refuse(Method::PUT, "/cause", json!({ "kind": "fate", "text": "It was to be." })).await;
        hand.refuse(Method::PUT, "/cause", json!({ "kind": "phishing", "text": "" })).await;
        hand.done(Method::PUT, "/cause", json!({ "kind": "phishing", "text": "A mail with a link." })).await;
        let cause = hand.get("/cause").await;
        assert_eq!((&cause["kind"], &cause["text"]), (&json!("phishing"), &json!("A mail with a link.")));
        room.house.number().await;
        hand.refuse(Method::POST, "/timeline/entry", json!({ "entry": 1_000_000, "category": "detection" })).await;
        hand.done(Method::POST, "/timeline/entry", json!({ "entry": 0, "category": "detection" })).await;
        assert!(hand.get("/timeline").await.as_array().expect("lines").iter().any(|line| line["entry"] == 0));
    }

    /// The sheet, the cadence and what is taught; whose number it is leaves with them.
    async fn a_program_keeps_the_sheet_and_what_is_taught(t) {
        let room = Room::new(&t).await;
        let hand = Hand::open(&room).await;
        hand.refuse(Method::POST, "/contacts", json!({ "name": "Cora", "phone": "call me" })).await;
        hand.refuse(Method::POST, "/contacts", json!({ "name": "", "phone": "+49 30 1234567" })).await;
        let contact = hand.made("/contacts", json!({ "name": "Cora Counsel", "role": "Counsel", "phone": "+49 30 1234567" })).await;
        assert_eq!(hand.get("/contacts").await[0]["phone"], "+49301234567");
        hand.done(Method::DELETE, &format!("/contacts/{contact}"), Value::Null).await;
        hand.refuse(Method::DELETE, &format!("/contacts/{contact}"), Value::Null).await;
        assert_eq!(hand.get("/contacts").await, json!([]));
        hand.refuse(Method::PUT, "/cadence", json!({ "every_minutes": 5 })).await;
        hand.done(Method::PUT, "/cadence", json!({ "every_minutes": 60 })).await;
        hand.done(Method::PUT, "/cadence", json!({})).await;
        assert_eq!(hand.get("/training").await["text"], "");
        hand.refuse(Method::PUT, "/training", json!({ "text": "\n" })).await;
        hand.done(Method::PUT, "/training", json!({ "text": "Look at the address first." })).await;
        assert_eq!(hand.get("/training").await["text"], "Look at the address first.");
    }

    /// Added, given to somebody inside, ended once.
    async fn a_program_adds_tasks_and_says_what_came_of_them(t) {
        let room = Room::new(&t).await;
        let hand = Hand::open(&room).await;
        hand.refuse(Method::POST, "/tasks", json!({ "title": "Call", "csf": "XX", "role": "lead" })).await;
        hand.refuse(Method::POST, "/tasks", json!({ "title": "a\nb", "csf": "RS.CO", "role": "lead" })).await;
        let task = hand.made("/tasks", json!({ "title": "Call counsel", "csf": "RS.CO", "role": "legal" })).await;
        let outside = json!({ "owner": room.other });
        hand.refuse(Method::PUT, &format!("/tasks/{task}/owner"), outside).await;
        hand.done(Method::PUT, &format!("/tasks/{task}/owner"), json!({ "owner": room.owner })).await;
        assert_eq!(hand.get("/tasks").await[0]["owner"], json!(room.owner));
        hand.refuse(Method::POST, &format!("/tasks/{task}/finish"), json!({ "state": "open", "proof": "x" })).await;
        hand.refuse(Method::POST, &format!("/tasks/{task}/finish"), json!({ "state": "done", "proof": "" })).await;
        hand.done(Method::POST, &format!("/tasks/{task}/finish"), json!({ "state": "done", "proof": "She calls back." })).await;
        hand.refuse(Method::POST, &format!("/tasks/{task}/finish"), json!({ "state": "skipped", "proof": "x" })).await;
        let came = read(&hand.send(Method::POST, "/tasks/run", Value::Null).await);
        assert_eq!(came, json!([]), "nothing is left for the machine");
    }

    /// What may be told leaves, and no more; who leads is a person, and a program sees who.
    async fn a_program_hands_out_what_may_be_told_and_leads_nothing(t) {
        let room = Room::new(&t).await;
        let hand = Hand::open(&room).await;
        for (value, tlp) in [("192.0.2.7", "clear"), ("192.0.2.8", "red")] {
            hand.done(Method::POST, "/indicators", json!({ "kind": "address", "value": value, "tlp": tlp })).await;
        }
        hand.refuse(Method::POST, "/indicators/export", json!({ "format": "pdf", "tlp": "green" })).await;
        let got = hand.send(Method::POST, "/indicators/export", json!({ "format": "csv", "tlp": "green" })).await;
        assert!(got.status == StatusCode::OK && got.body.contains("192.0.2.7") && !got.body.contains("192.0.2.8"), "{}", got.body);
        hand.refuse(Method::POST, "/evidence/check", Value::Null).await;
        hand.refuse(Method::POST, "/radius/keep", json!({ "answer": "many" })).await;
        let members = hand.get("/members").await;
        let role = |kind: &str| members.as_array().expect("a list").iter().find(|one| one["kind"] == kind).map(|one| one["role"].clone());
        assert_eq!((role("account"), role("api_key")), (Some(json!("lead")), Some(json!("technical"))));
        let owner = room.owner();
        let hidden = room.open(&owner).await;
        for path in ["members", "contacts", "assets", "cause", "training", "duties/words"] {
            let got = hand.key.get(&format!("/api/v1/incidents/{hidden}/{path}")).await;
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{path} of a case that the key is not in");
        }
    }

    /// Words for drafts: all of them at once, within their limits.
    async fn a_program_writes_the_words_of_drafts(t) {
        let room = Room::new(&t).await;
        let hand = Hand::open(&room).await;
        hand.refuse(Method::PUT, "/duties/words", json!({ "words": { "gossip": "x" } })).await;
        hand.refuse(Method::PUT, "/duties/words", json!({ "words": { "measures": "x".repeat(20_000) } })).await;
        hand.done(Method::PUT, "/duties/words", json!({ "words": { "measures": "The key is revoked." } })).await;
        assert_eq!(hand.get("/duties/words").await["words"]["measures"], "The key is revoked.");
    }
}
