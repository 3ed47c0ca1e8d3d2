//! The record's page, in sentences.

use super::*;
use crate::testing::Orchard;
use http::StatusCode;
use waxwing_domain::{Actor, Scope};
use waxwing_store::Sequencer;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

async fn number_all(t: &TestStore) {
    while Sequencer::new(t.store.clone()).run_once().await.expect("numbers") > 0 {}
}

async fn whats(house: &Orchard, filter: &Filter) -> Vec<String> {
    let found = page(&house.app, &house.ctx, filter, i64::MAX, 100).await.expect("reads");
    found.rows.iter().map(|row| row.leaf["what"].as_str().expect("text").to_owned()).collect()
}

store_test! {
    async fn a_look_at_the_record_stands_in_the_record(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        house.web.session("all").get("/security").await;
        number_all(&t).await;
        assert_eq!(whats(&house, &Filter::default()).await.first().map(String::as_str), Some("record.page"));
    }

    async fn who_acted_is_called_by_name_and_found_by_number(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let new = crate::accounts::NewApiKey::of(&house.ctx, "Shop <till>", &[Scope::Read]);
        let (key, _) = crate::accounts::create_api_key(&house.app, &mut tx, &house.ctx, new).await.expect("a key");
        let by_key = Ctx { actor: Actor::ApiKey(key), origin: Actor::ApiKey(key), ..house.ctx.clone() };
        let entry = Entry::new(Operation::Read, "test.read");
        tx.record(house.app.store(), &by_key, entry).await.expect("records");
        tx.commit().await.expect("commits");
        number_all(&t).await;
        let page = house.web.session("all").get("/security?what=test").await.body;
        assert!(page.contains(&format!("/security?who={key}")) && page.contains("Shop &#60;till&#62;"), "{page}");
    }

    async fn entries_are_found_by_what_person_operation_and_day(t) {
        let house = Orchard::new(&t, &["ada@example.org", "eve@example.org"]).await;
        t.clock.advance(2 * Micros::DAY);
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        crate::lists::unsubscribe(&house.app, &mut tx, &house.ctx, None, house.people[1]).await.expect("leaves");
        tx.commit().await.expect("commits");
        number_all(&t).await;
        let eve = Filter { subject: Some(house.people[1].get()), what: "lists.unsub".into(), ..Filter::default() };
        assert_eq!(whats(&house, &eve).await, ["lists.unsubscribe"]);
        let ada = Filter { subject: Some(house.people[0].get()), ..eve.clone() };
        assert!(whats(&house, &ada).await.is_empty());
        let created = Filter { operation: Some(Operation::Create), what: "lists".into(), ..Filter::default() };
        assert_eq!(whats(&house, &created).await, ["lists.create"]);
        let today = Filter { from: Some(house.ctx.now().plus(-Micros::HOUR)), ..Filter::default() };
        assert!(whats(&house, &today).await.iter().all(|what| what != "lists.create"));
        let before = Filter { until: Some(house.ctx.now().plus(-Micros::DAY)), ..Filter::default() };
        assert!(whats(&house, &before).await.iter().all(|what| what != "lists.unsubscribe"));
    }

    async fn pages_follow_one_another_without_gap_or_overlap(t) {
        let house = Orchard::new(&t, &["ada@example.org", "eve@example.org"]).await;
        number_all(&t).await;
        let mut seen = Vec::new();
        let mut before = i64::MAX;
        loop {
            let found = page(&house.app, &house.ctx, &Filter::default(), before, 3).await.expect("reads");
            seen.extend(found.rows.iter().map(|row| row.index));
            let Some(next) = found.next else { break };
            before = next;
        }
        let expected: Vec<i64> = (0..seen.len() as i64).rev().collect();
        assert_eq!(seen, expected);
    }

    async fn the_page_states_guarantee_and_limit_and_refuses_others(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let web = house.web.session("all");
        let page = web.get("/security?person=1&what=subscribers&operation=create&from=2026-01-01").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Without a number yet") && page.body.contains("The limit:"));
        assert!(!page.body.contains("ada@example.org"));
        for wrong in ["person=ada", "from=yesterday", "until=2026-13-01"] {
            assert_eq!(web.get(&format!("/security?{wrong}")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        assert_eq!(house.web.session("nothing").get("/security").await.status, StatusCode::FORBIDDEN);
        let json = house.web.key("all").get("/api/v1/record?limit=2").await;
        assert_eq!(json.status, StatusCode::OK);
    }
}
