//! The people of an answer, each with what of theirs was touched: on the page, by the API, and for whom.

use crate::testing::House;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_app::lists::{self, NewList};
use waxwing_domain::{ListId, Micros, SubjectNo};
use waxwing_testkit::store::{START, TestStore};
use waxwing_testkit::store_test;

/// The question for what the key of these tests did.
pub(super) const KEY: &str = "who=key:0000000000001&from=2026-11-30&until=2026-12-02";

/// Three people of whom two are on a list of their own and live in France; the key read all three, and Bea once more an
/// hour later.
pub(super) struct Scene {
    pub(super) house: House,
    people: Vec<SubjectNo>,
    group: ListId,
}

impl Scene {
    pub(super) async fn new(t: &TestStore) -> Self {
        let house = House::new(t, &[]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        waxwing_app::fields::install_country(&house.app, &mut tx, &house.ctx).await.expect("a field");
        let group = lists::create(&house.app, &mut tx, &house.ctx, NewList::named("Choir")).await.expect("a list").id;
        tx.commit().await.expect("commits");
        let mut people = Vec::new();
        for (email, country, list) in
            [("ada@example.org", "FR", group), ("bea@example.org", "FR", group), ("cyd@example.org", "DE", house.list)]
        {
            let body =
                json!({ "email": email, "fields": { "country": country }, "lists": [list], "consent": "At the fair." });
            let added = house.web.key("all").json(Method::POST, "/api/v1/subscribers", &body).await;
            let added: Value = serde_json::from_str(&added.body).expect("JSON");
            people.push(SubjectNo::new(u32::try_from(added["id"].as_u64().expect("a number")).expect("small")));
        }
        let scene = Self { house, people, group };
        scene.read(0..3).await;
        t.clock.advance(Micros::HOUR);
        scene.read(1..2).await;
        scene.house.number().await;
        scene
    }

    async fn read(&self, which: std::ops::Range<usize>) {
        for person in &self.people[which] {
            let got = self.house.web.key("all").get(&format!("/api/v1/subscribers/{person}")).await;
            assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        }
    }

    pub(super) async fn asked(&self, reader: &str, more: &str) -> Value {
        let got = self.house.web.key(reader).get(&format!("/api/v1/blast/people?{KEY}&{more}")).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        serde_json::from_str(&got.body).expect("JSON")
    }

    fn numbers(&self, which: &[usize]) -> Value {
        which.iter().map(|person| self.people[*person].get()).collect()
    }
}

store_test! {
    async fn each_person_has_their_own_fields_and_times(t) {
        let scene = Scene::new(&t).await;
        let found = scene.asked("all", "").await;
        assert_eq!(found["people"], scene.numbers(&[0, 1, 2]));
        let email = |person: usize| {
            let theirs = &found["touched"][person];
            assert_eq!(theirs["subject"], scene.people[person].get());
            let fields = theirs["fields"].as_array().expect("fields");
            let email = fields.iter().find(|one| one["field"] == 1 && one["effect"] == "confirmed").expect("the address");
            (email["first"].as_str().expect("a time").to_owned(), email["last"].as_str().expect("a time").to_owned())
        };
        let at = |micros: i64| Micros::from_i64(micros).to_string();
        assert_eq!(email(0), (at(START), at(START)));
        assert_eq!(email(1), (at(START), at(START + Micros::HOUR)), "Bea was read twice, Ada was not");
        let page = scene.house.web.session("all").get(&format!("/security/who-was-touched/people?{KEY}")).await;
        assert!(page.body.contains("ada@example.org") && page.body.contains("Email address"), "{}", page.body);
        assert!(page.body.contains("confirmed") && page.body.contains("data-moment"), "{}", page.body);
    }

    async fn people_are_narrowed_down_by_list_country_class_and_how_sure(t) {
        let scene = Scene::new(&t).await;
        for (more, people) in [
            (format!("list={}", scene.group), vec![0, 1]),
            ("country=fr".to_owned(), vec![0, 1]),
            ("country=DE".to_owned(), vec![2]),
            (format!("country=DE&list={}", scene.group), vec![]),
            ("class=personal".to_owned(), vec![0, 1, 2]),
            ("class=sensitive".to_owned(), vec![]),
            ("class=internal&country=DE".to_owned(), vec![2]),
            ("sure=altered".to_owned(), vec![0, 1, 2]),
            ("sure=possible".to_owned(), vec![]),
        ] {
            assert_eq!(scene.asked("all", &more).await["people"], scene.numbers(&people), "{more}");
            let page = scene.house.web.session("all").get(&format!("/security/who-was-touched/people?{KEY}&{more}")).await;
            assert_eq!(page.status, StatusCode::OK, "{more}");
            assert_eq!(page.body.contains("cyd@example.org"), people.contains(&2), "{more}");
        }
        for more in ["class=secret", "sure=perhaps", "list=0000000000009", "list=x"] {
            let got = scene.house.web.key("all").get(&format!("/api/v1/blast/people?{KEY}&{more}")).await;
            assert!(got.status.is_client_error(), "{more}: {}", got.status);
        }
        let page = scene.house.web.session("all").get(&format!("/security/who-was-touched?{KEY}")).await;
        for link in [format!("&amp;list={}", scene.group), "&amp;country=FR".into(), "&amp;class=personal".into()] {
            assert!(page.body.contains(&link), "each count leads to its people: {link}");
        }
    }

    /// On the worst day nobody looks up a number of thirteen characters.
    async fn the_form_offers_keys_and_exports_by_name_and_reads_the_clock_of_the_workspace(t) {
        let house = House::new(&t, &["ada@example.org"]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let new = waxwing_app::accounts::NewApiKey::of(&house.ctx, "Shop", &[waxwing_domain::Scope::Read]);
        let (key, _) = waxwing_app::accounts::create_api_key(&house.app, &mut tx, &house.ctx, new).await.expect("a key");
        let berlin = waxwing_app::settings::Workspace {
            organisation: "Orchard".into(), default_zone: "Europe/Berlin".into(), ..Default::default()
        };
        waxwing_app::settings::save(&house.app, &mut tx, &house.ctx, &berlin).await.expect("settings");
        tx.commit().await.expect("commits");
        house.number().await;
        let web = house.web.session("all");
        let blank = web.get("/security/who-was-touched").await;
        assert!(blank.body.contains(&format!("<option value=\"key:{key}\">Shop</option>")), "{}", blank.body);
        assert!(blank.body.contains("value=\"Europe/Berlin\""), "the times are of the workspace's zone");
        assert!(blank.body.contains("<option value=\"\">Choose…</option>"), "nobody is suspected by being first");
        let asked = format!("who=key:{key}&id=&from=2026-12-01T10:00&until=2026-12-01T11:00&zone=Europe/Berlin");
        let page = web.get(&format!("/security/who-was-touched?{asked}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("2026-12-01T09:00:00Z"), "ten in Berlin is nine in UTC: {}", page.body);
        assert!(page.body.contains("value=\"2026-12-01T10:00\"") && page.body.contains("selected>Shop"), "it stays filled in");
        let wrong = web.get(&format!("/security/who-was-touched?{asked}x")).await;
        assert!(wrong.body.contains("Write a zone such as Europe/Berlin"), "{}", wrong.body);
    }

    async fn of_too_many_to_choose_from_none_is_offered_and_the_number_is_typed(t) {
        let house = House::new(&t, &[]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        for number in 0..501 {
            let new = waxwing_app::accounts::NewApiKey::of(&house.ctx, &format!("Shop {number}"), &[waxwing_domain::Scope::Read]);
            let _made = waxwing_app::accounts::create_api_key(&house.app, &mut tx, &house.ctx, new).await.expect("a key");
        }
        tx.commit().await.expect("commits");
        let blank = house.web.session("all").get("/security/who-was-touched").await;
        assert!(blank.status == StatusCode::OK && !blank.body.contains("Shop 7<"), "{}", blank.body);
        assert!(blank.body.contains("An API key that is not listed: type the number"));
    }

    /// A question about one entry would tell the list and the country of one person.
    async fn whoever_reads_no_subscribers_is_told_of_no_small_group(t) {
        let scene = Scene::new(&t).await;
        let auditor = scene.house.web.key("auditor");
        let got = auditor.get(&format!("/api/v1/blast?{KEY}")).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let summary = serde_json::from_str::<Value>(&got.body).expect("JSON")["summary"].clone();
        assert_eq!(summary["people"]["confirmed"], 3, "how many is for everybody who reads the record");
        assert_eq!((&summary["lists"], &summary["countries"]), (&json!([]), &json!([])));
        assert_eq!((&summary["country_unknown"], &summary["small_left_out"]), (&json!(3), &json!(true)));
        let page = scene.house.web.session("auditor").get(&format!("/security/who-was-touched?{KEY}")).await;
        assert!(page.body.contains("fewer than 10") && !page.body.contains("Choir"), "{}", page.body);
        for more in [format!("list={}", scene.group), "country=FR".into()] {
            let got = auditor.get(&format!("/api/v1/blast/people?{KEY}&{more}")).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{more}");
        }
        let frozen = auditor.json(Method::POST, &format!("/api/v1/blast/frozen?{KEY}"), &Value::Null).await;
        assert_eq!(frozen.status, StatusCode::CREATED, "{}", frozen.body);
        let frozen: Value = serde_json::from_str(&frozen.body).expect("JSON");
        assert_eq!(frozen["answer"]["summary"]["countries"], json!([]));
        let whole = scene.house.web.key("all").get(&format!("/api/v1/blast/frozen/{}", frozen["id"].as_str().expect("a text"))).await;
        let whole: Value = serde_json::from_str(&whole.body).expect("JSON");
        assert_eq!(whole["answer"]["summary"]["countries"][0], json!({ "code": "FR", "people": 2 }), "what is frozen is true");
        let people = scene.asked("all", &format!("frozen={}&country=FR", frozen["id"].as_str().expect("a text"))).await;
        assert_eq!(people["people"], scene.numbers(&[0, 1]));
    }
}
