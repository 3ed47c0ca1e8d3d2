//! The register of breaches, in sentences.

use super::*;
use crate::incidents::{Losses, NewCase, Outcome, Severity};
use crate::testing::House;
use http::StatusCode;
use waxwing_domain::{AccountId, Rights, Role, SessionId};
use waxwing_testkit::store_test;

fn person(ctx: &Ctx, number: i64, role: Role) -> Ctx {
    let actor = Actor::Account(AccountId::from_i64(number), SessionId::from_i64(number));
    Ctx { actor, origin: actor, rights: Rights::of_role(role), proven: true, ..ctx.clone() }
}

async fn opened(house: &House, ctx: &Ctx, summary: &str) -> IncidentId {
    let mut tx = house.app.begin(ctx, "test").await.expect("begins");
    let new = NewCase {
        summary: summary.into(),
        losses: Losses::default(),
        severity: Severity::Low,
        suspected_at: ctx.now(),
        alert: None,
    };
    let id = incidents::open(&house.app, &mut tx, ctx, new).await.expect("opens");
    tx.commit().await.expect("commits");
    id
}

async fn rows(house: &House, ctx: &Ctx) -> Vec<Registered> {
    let mut tx = house.app.read(ctx, "test").await.expect("reads");
    register(&house.app, &mut tx, ctx).await.expect("a register")
}

store_test! {
    /// What was dismissed stays, with its reason; whoever may join every case sees all, everybody else their own.
    async fn the_register_has_every_case_and_those_that_were_none(t) {
        let house = House::new(&t, &[]).await;
        let (owner, marketer) = (person(&house.ctx, 5, Role::Owner), person(&house.ctx, 6, Role::Marketer));
        let mine = opened(&house, &owner, "=HYPERLINK(evil)").await;
        opened(&house, &marketer, "A wrong list").await;
        let mut tx = house.app.begin(&owner, "test").await.expect("begins");
        state(&house.app, &mut tx, &owner, mine, |stated| {
            stated.parts.consequences = Some("None.".into());
            stated.parts.measures = Some("The page was closed.".into());
            Ok(())
        }).await.expect("states");
        incidents::end(&house.app, &mut tx, &owner, mine, Outcome::FalseAlarm, "It was a test.").await.expect("dismisses");
        tx.commit().await.expect("commits");
        assert_eq!(rows(&house, &owner).await.len(), 2, "an owner sees all");
        let theirs = rows(&house, &marketer).await;
        assert_eq!(theirs.iter().map(|row| row.what.as_str()).collect::<Vec<_>>(), ["A wrong list"]);
        let mut tx = house.app.begin(&owner, "test").await.expect("begins");
        let csv = hand_out_register(&house.app, &mut tx, &owner, RegisterFormat::Csv).await.expect("a file");
        let json = hand_out_register(&house.app, &mut tx, &owner, RegisterFormat::Json).await.expect("a file");
        tx.commit().await.expect("commits");
        for words in ["dismissed", "It was a test.", "The page was closed.", "'=HYPERLINK(evil)"] {
            assert!(csv.contains(words), "{words}: {csv}");
        }
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json.as_array().map(Vec::len), Some(2));
        assert_eq!(json[1]["effects"], "None.");
    }

    /// By page and API; without the right there is nothing.
    async fn the_register_is_read_and_handed_out_by_page_and_api(t) {
        let house = House::new(&t, &[]).await;
        opened(&house, &person(&house.ctx, 5, Role::Owner), "A wrong list").await;
        let (web, page) = house.web.session("all").open("/security/register").await;
        assert!(page.body.contains("A wrong list"), "{}", page.body);
        let got = web.post("/security/register", &format!("csrf={}&format=csv", page.hidden("csrf"))).await;
        assert!(got.body.contains("remedial_action") && got.body.contains("A wrong list"), "{}", got.body);
        assert_eq!(web.post("/security/register", &format!("csrf={}&format=xls", page.hidden("csrf"))).await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.web.key("all").get("/api/v1/register").await.status, StatusCode::OK);
        assert_eq!(house.web.key("nothing").get("/api/v1/register").await.status, StatusCode::FORBIDDEN);
    }
}
