//! A case from made-up people, in sentences.

use super::*;
use crate::testing::House;
use http::{Method, StatusCode};
use serde_json::json;
use waxwing_app::canaries;
use waxwing_domain::{IncidentId, MarkId};
use waxwing_testkit::store_test;

store_test! {
    /// One click: what was copied, who took it, since when and who was touched are in the case as it opens.
    async fn a_copy_that_is_used_opens_a_case_with_all_that_is_known(t) {
        let house = House::new(&t, &["ada@example.org", "bea@example.org"]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        canaries::add(&house.app, &mut tx, &house.ctx, "nest.example", canaries::Locale::En).await.expect("a domain");
        tx.commit().await.expect("commits");
        let file = t.dir.path().join("left.csv");
        waxwing_app::exporting::to_file(&house.app, &house.ctx, house.list, "a test", &file).await.expect("a file");
        house.number().await;
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let mark = canaries::marks(&mut tx, &house.ctx, None, 1).await.expect("marks").remove(0);
        drop(tx);
        let told = canaries::tell(&house.app, &house.ctx, mark.id).await.expect("told");
        let back = json!({ "email": told.people[0].email, "consent": "they said so" });
        house.web.key("all").json(Method::POST, "/api/v1/subscribers", &back).await;
        let session = house.web.session("all");
        let link = format!("/security/incidents/new?mark={}", mark.id);
        let (web, page) = session.open(&link).await;
        assert!(page.body.contains("A copy of an export"), "{}", page.body);
        let form = format!("csrf={}&mark={}&summary=A+copy+is+in+use&severity=high", page.hidden("csrf"), mark.id);
        let opened = web.post("/security/incidents", &form).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
        let place = opened.headers["location"].to_str().expect("a path").to_owned();
        let id: IncidentId = place.rsplit('/').next().expect("a number").parse().expect("a number");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let assets = assets(&house.app, &mut tx, &house.ctx, id).await.expect("assets");
        assert!(assets.iter().any(|one| one.kind == AssetKind::Export && one.reference == Some(mark.about)), "what was copied");
        let case = by_id(&mut tx, &house.ctx, id).await.expect("a case");
        assert!(case.window_from.is_some_and(|from| from < mark.at), "since before it was taken");
        let counted = counted(&house.app, &mut tx, &house.ctx, id).await.expect("reads").expect("counted");
        assert_eq!(counted.summary.people.confirmed, 2, "who was touched is filled in, and nobody who does not exist");
        for wrong in ["/security/incidents/new?mark=nonsense".to_owned(), format!("/security/incidents/new?mark={}", MarkId::from_i64(9))] {
            assert_eq!(session.get(&wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
    }
}
