//! Reports, in sentences.

use super::*;
use crate::testing::Orchard;
use http::StatusCode;
use waxwing_domain::SubjectNo;
use waxwing_store::{Sequencer, args, record_page, statement};
use waxwing_testkit::store_test;

// A lane in one statement: the ledger's numbers are those of its migration.
statement! { SETTLE,
"UPDATE ledger SET state = $4, reason = $5, codes = $6, done_at = $7
 WHERE workspace_id = $1 AND source_id = $2 AND subject = $3" }
statement! { COUNT_IN, "INSERT INTO source_counts (workspace_id, source_id, state, reason, rows_there) VALUES ($1, $2, $3, $4, $5)" }

async fn settle(house: &Orchard, source: SourceId, (subject, state, reason): (SubjectNo, i64, &str), at: Micros) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    tx.exec(&SETTLE, args![source, subject, state, reason, "550 5.1.1", at]).await.expect("settles");
    tx.exec(&COUNT_IN, args![source, state, reason, 1_i64]).await.expect("counts");
    tx.commit().await.expect("commits");
}

/// Three people: one accepted, one failed a day later, one skipped.
async fn sent(house: &Orchard) -> SourceId {
    let source = house.source(vec![house.list]).await;
    let start = house.ctx.now();
    settle(house, source, (house.people[0], 3, ""), start).await;
    settle(house, source, (house.people[1], 5, "recipient"), start.plus(Micros::DAY)).await;
    settle(house, source, (house.people[2], 6, "suppressed"), start.plus(Micros::DAY)).await;
    source
}

const THREE: [&str; 3] = ["ada@example.org", "eve@example.org", "bob@example.org"];

store_test! {
    async fn the_numbers_add_up_and_are_named_with_their_base(t) {
        let house = Orchard::new(&t, &THREE).await;
        let source = sent(&house).await;
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let report = report(&mut tx, &house.ctx, CampaignId::from_i64(7)).await.expect("there");
        let c = &report.counts;
        assert_eq!((c.accepted, c.failed, c.skipped, c.pending, c.audience), (1, 1, 1, 0, 3));
        assert_eq!((report.source, report.subject.as_str()), (source, "News of the orchard"));
        assert_eq!((report.refused_us(), report.refused_address()), (0, 1));
        drop(tx);
        let page = house.web.session("all").get("/reports/campaigns/0000000000007").await;
        assert_eq!(page.status, StatusCode::OK);
        for text in ["Did it arrive?", "Did people care?", "Did it harm us?", "1 of 3 (33.3 %)", "No such mailbox; the address"] {
            assert!(page.body.contains(text), "{text}");
        }
        assert!(!page.body.contains("example.org"), "numbers show nobody");
        let list = house.web.session("all").get("/reports").await;
        assert!(list.body.contains("News of the orchard"));
    }

    async fn whoever_sees_no_people_is_told_tens(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house).await;
        let ctx = Ctx { rights: waxwing_domain::Rights::of_role(waxwing_domain::Role::Analyst), ..house.ctx.clone() };
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        let report = report(&mut tx, &ctx, CampaignId::from_i64(7)).await.expect("there");
        let c = &report.counts;
        assert_eq!((c.accepted, c.failed, c.skipped, c.pending, c.audience), (10, 10, 10, 0, 10));
        assert_eq!(c.failed_by, [("recipient".to_owned(), 10)]);
        let course = timeline(&mut tx, &ctx, report.source).await.expect("reads");
        assert!(course.iter().all(|point| [0, 10].contains(&point.accepted) && [0, 10].contains(&point.failed)));
        let by_provider = providers(&house.app, &mut tx, &ctx, report.source).await.expect("reads");
        assert_eq!((by_provider[0].people, by_provider[0].accepted), (10, 10));
    }

    async fn outcomes_are_told_by_mailbox_provider(t) {
        let house = Orchard::new(&t, &["ada@gmail.com", "eve@googlemail.com", "bob@example.org"]).await;
        let source = sent(&house).await;
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let found = providers(&house.app, &mut tx, &house.ctx, source).await.expect("reads");
        drop(tx);
        let told: Vec<_> = found.iter().map(|o| (o.provider, o.people, o.accepted, o.failed, o.skipped)).collect();
        assert_eq!(told, [("Gmail", 2, 1, 1, 0), ("Other domains", 1, 0, 0, 1)]);
        let path = "/reports/campaigns/0000000000007";
        for page in [path.to_owned(), format!("{path}/providers")] {
            let page = house.web.session("all").get(&page).await.body;
            assert!(page.contains("By mailbox provider") && page.contains("Gmail") && !page.contains("gmail.com"));
        }
        let answer = house.web.key("all").get("/api/v1/reports/campaigns/0000000000007/providers").await;
        let answer: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!((&answer[0]["provider"], &answer[0]["accepted"]), (&"Gmail".into(), &1.into()));
    }

    async fn outcomes_are_told_over_time(t) {
        let house = Orchard::new(&t, &THREE).await;
        let source = sent(&house).await;
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let points = timeline(&mut tx, &house.ctx, source).await.expect("reads");
        assert_eq!(points.iter().map(|p| (p.accepted, p.failed)).collect::<Vec<_>>(), [(1, 0), (0, 1)]);
        assert_eq!(points[1].at.since(points[0].at), Micros::DAY);
    }

    async fn who_stands_behind_a_number_is_shown_and_the_look_recorded(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house).await;
        let path = "/reports/campaigns/0000000000007/people";
        let page = house.web.session("all").get(&format!("{path}?state=failed&reason=recipient")).await;
        assert!(page.body.contains("eve@example.org") && !page.body.contains("ada@example.org"));
        assert_eq!(house.web.session("nothing").get(path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(house.web.session("all").get(&format!("{path}?state=delivered")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        while Sequencer::new(t.store.clone()).run_once().await.expect("numbers") > 0 {}
        let mut tx = t.store.read(t.workspace, "test").await.expect("reads");
        let rows = record_page(&t.store, &mut tx, i64::MAX, 50).await.expect("reads");
        let looks: Vec<_> = rows.iter().filter(|row| row.leaf["what"] == "reports.people").collect();
        assert_eq!(looks.len(), 1, "a refused look shows nobody and records nobody");
        assert_eq!(looks[0].subjects.iter().collect::<Vec<_>>(), [house.people[1].get()]);
        assert_eq!(looks[0].leaf["destination"], "page");
    }

    async fn programs_page_through_recipients_by_cursor(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house).await;
        let web = house.web.key("all");
        let path = "/api/v1/reports/campaigns/0000000000007/recipients?limit=2";
        let first: serde_json::Value = serde_json::from_str(&web.get(path).await.body).expect("JSON");
        assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
        let next = first["next"].as_str().expect("a cursor");
        let second: serde_json::Value = serde_json::from_str(&web.get(&format!("{path}&after={next}")).await.body).expect("JSON");
        assert_eq!(second["items"][0]["email"], "bob@example.org");
        assert_eq!(second["items"][0]["reason"], "On the do-not-mail list");
        assert!(second["next"].is_null());
        let report = web.get("/api/v1/reports/campaigns/0000000000007").await;
        let report: serde_json::Value = serde_json::from_str(&report.body).expect("JSON");
        assert_eq!((&report["audience"], &report["accepted"]), (&3.into(), &1.into()));
    }

    async fn an_erased_recipient_is_counted_and_not_shown(t) {
        let house = Orchard::new(&t, &THREE).await;
        sent(&house).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        crate::erasure::erase(&house.app, &mut tx, &house.ctx, house.people[1]).await.expect("erases");
        tx.commit().await.expect("commits");
        let page = house.web.session("all").get("/reports/campaigns/0000000000007/people").await;
        assert!(page.status == StatusCode::OK && !page.body.contains("eve@example.org"));
    }

    async fn a_campaign_that_was_never_sent_has_no_report(t) {
        let house = Orchard::new(&t, &[]).await;
        for path in ["/reports/campaigns/0000000000009", "/reports/campaigns/x", "/reports/campaigns/0000000000009/people"] {
            assert_eq!(house.web.session("all").get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(house.web.session("all").get("/reports").await.body.contains("No reports yet"));
    }
}

#[test]
fn the_time_axis_never_has_more_than_fifty_steps() {
    for span in [0, Micros::SECOND, Micros::HOUR, 3 * Micros::DAY, 400 * Micros::DAY, 40_000 * Micros::DAY] {
        assert!(span / step(span) <= 49, "{span}");
    }
}
