//! Who waits for an erasure under a legal hold, in sentences: kept, and read by nobody but for the hold's own reasons.

use super::house::House;
use http::{Method, StatusCode};
use serde_json::Value;
use waxwing_app::erasure::{self, Erasure};
use waxwing_app::holds::{self, Extent};
use waxwing_app::{lists, subscribers};
use waxwing_domain::{EmailAddress, SubjectNo};
use waxwing_testkit::store_test;

const WHO: &str = "person0@example.org";

/// What a program with every right gets of the people.
struct Taken {
    listed: String,
    found: Value,
    one: Value,
    export: String,
    list: Value,
}

async fn taken(house: &House, key: &str, who: SubjectNo) -> Taken {
    let web = house.web.key(key);
    let json = async |path: String| -> Value {
        let got = web.get(&path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.body);
        serde_json::from_str(&got.body).expect("JSON")
    };
    let export = format!("/api/v1/lists/{}/export?purpose=test", house.list);
    let export = web.ask(Method::POST, &export, "application/json", "").await;
    assert!(export.status.is_success(), "{}", export.body);
    Taken {
        listed: json("/api/v1/subscribers".into()).await.to_string(),
        found: json(format!("/api/v1/subscribers?email={WHO}")).await,
        one: json(format!("/api/v1/subscribers/{who}")).await,
        export: export.body,
        list: json(format!("/api/v1/lists/{}", house.list)).await,
    }
}

store_test! {
    async fn who_waits_for_an_erasure_is_in_no_list_search_export_or_count_and_shows_no_value(t) {
        let house = House::new(t, 3).await;
        let (ctx, app) = (house.app.host(), &house.app);
        let email = EmailAddress::parse(WHO).expect("an address");
        let who = subscribers::search(app, &ctx, &email, "cli").await.expect("searches").expect("is there");
        let (_, key) = house.key().await;
        let before = taken(&house, &key, who).await;
        assert!(before.listed.contains(WHO) && before.export.contains(WHO) && before.one.to_string().contains(WHO));
        assert_eq!(before.found["items"].as_array().map(Vec::len), Some(1));

        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        holds::place(app, &mut tx, &ctx, Extent::Workspace, "A claim is likely.").await.expect("placed");
        assert!(matches!(erasure::erase(app, &mut tx, &ctx, who).await, Ok(Erasure::Waits(_))));
        tx.commit().await.expect("commits");

        let after = taken(&house, &key, who).await;
        for text in [&after.listed, &after.export, &after.found.to_string(), &after.one.to_string()] {
            assert!(!text.contains(WHO), "{text}");
        }
        assert!(after.listed.contains("person1@example.org") && after.export.contains("person2@example.org"));
        assert_eq!(after.found["items"].as_array().map(Vec::len), Some(0));
        assert_ne!(after.list, before.list, "they are counted no more");
        let mut tx = app.read(&ctx, "test").await.expect("reads");
        assert_eq!(subscribers::count(&mut tx).await.expect("counts"), 2);
        assert_eq!(subscribers::count_in(&mut tx, &subscribers::Filter::default()).await.expect("counts"), 2);
        assert_eq!(lists::confirmed(&mut tx, house.list).await.expect("counts"), 2);
        assert_eq!(subscribers::sealed(&mut tx, &[who]).await.expect("reads").len(), 1, "what the hold is for is kept");
    }
}
