//! Everything at once, in sentences.

use super::house::House;
use crate::containment::{self, InCase, Order, Scope, contain_everything, stoppable};
use crate::incidents;
use http::StatusCode;
use waxwing_app::{App, Error, accounts, lists};
use waxwing_domain::{Ctx, EmailAddress, GateLevel, Micros, Role};
use waxwing_testkit::store_test;
use waxwing_testkit::web::{Got, Web};

fn order(ctx: &Ctx) -> Order {
    Order {
        scope: Scope::Workspace,
        reason: "The host was broken into.".into(),
        suspected_from: ctx.now().plus(-Micros::HOUR),
    }
}

async fn level(app: &App) -> GateLevel {
    let mut tx = app.read(&app.host(), "test").await.expect("reads");
    tx.gate().await.expect("a gate").level
}

/// A workspace beside the first one, with an owner of its own.
async fn birch(house: &House) -> App {
    let birch = house.app.at(house.t.store.create_workspace("Birch").await.expect("a workspace"));
    let email = EmailAddress::parse("bob@birch.example").expect("an address");
    accounts::bootstrap(&birch, &birch.host(), email).await.expect("its owner");
    birch
}

/// Sends the form; `sure` is the answer to the question.
async fn send(web: &Web, sure: &str) -> Got {
    let seal = web.get("/security/containment").await.hidden("csrf");
    web.post("/security/containment", &format!("csrf={seal}&{FORM}&sure={sure}")).await
}

const FORM: &str = "scope=everything&since=24&case=new&reason=The+host+was+broken+into.";

store_test! {
    async fn an_owner_of_the_first_workspace_contains_all_after_one_question_with_the_number(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let birch = birch(&house).await;
        let web = house.web.session(&owner.token);
        let page = web.get("/security/containment").await;
        assert!(page.body.contains("workspaces: 2") && !page.body.contains("Birch"), "{}", page.body);
        let asked = send(&web, "").await;
        assert!(asked.status == StatusCode::OK && asked.body.contains("Contain 2 workspaces now"), "{}", asked.body);
        assert_eq!((level(&house.app).await, level(&birch).await), (GateLevel::Normal, GateLevel::Normal));
        let other = send(&web, "3").await;
        assert!(other.body.contains("Contain 2 workspaces now"), "another number is asked again: {}", other.body);
        let done = send(&web, "2").await;
        assert!(done.status.is_redirection(), "{}: {}", done.status, done.body);
        assert_eq!((level(&house.app).await, level(&birch).await), (GateLevel::Contained, GateLevel::Contained));
        assert!(house.is_in(&owner).await, "who contained goes on");
    }

    async fn each_workspace_has_its_own_case_and_reads_that_the_operator_ordered_it_and_not_who(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let birch = birch(&house).await;
        let ctx = house.acting(&owner).await;
        let done = contain_everything(&house.app, &ctx, &order(&ctx), InCase::New(None)).await.expect("contains");
        assert_eq!((done.contained.len(), done.before), (2, 0));
        let here = done.of(ctx.workspace).and_then(|one| one.case).expect("a case here");
        let there = done.of(birch.workspace()).and_then(|one| one.case).expect("a case there");
        assert_ne!(here, there);
        let host = birch.host();
        let mut tx = birch.read(&host, "test").await.expect("reads");
        let case = incidents::by_id(&mut tx, &host, there).await.expect("the case");
        assert!(incidents::summary(&birch, &host, &case).expect("opens").contains("The operator of this installation"));
        let overview = containment::overview(&birch, &mut tx, &host).await.expect("reads");
        let standing = &overview.open[0];
        assert!(standing.containment.reason.ends_with("The host was broken into."), "{}", standing.containment.reason);
        assert!(!standing.by.contains("olga") && standing.containment.by == waxwing_domain::Actor::Host, "{}", standing.by);
    }

    async fn whoever_is_not_of_the_first_workspace_has_no_such_choice_and_learns_of_no_other(t) {
        let house = House::new(t, 1).await;
        let birch = birch(&house).await;
        let mut ctx = birch.host();
        ctx.proven = true;
        ctx.actor = waxwing_domain::Actor::Account(
            waxwing_domain::AccountId::from_i64(1), waxwing_domain::SessionId::from_i64(1));
        assert!(stoppable(&birch, &ctx).await.expect("asks").is_none());
        let refused = contain_everything(&birch, &ctx, &order(&ctx), InCase::None).await;
        assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
        let (_, key) = house.key().await;
        let asked = serde_json::json!({ "scope": "everything", "reason": "It leaked." });
        let by_key = house.web.key(&key).json(http::Method::POST, "/api/v1/containment", &asked).await;
        assert_eq!(by_key.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", by_key.body);
        for one in [&house.app, &birch] {
            assert_eq!(level(one).await, GateLevel::Normal);
        }
    }

    async fn where_there_is_one_workspace_everything_is_no_choice(t) {
        let house = House::new(t, 1).await;
        let owner = house.owner().await;
        let web = house.web.session(&owner.token);
        assert!(!web.get("/security/containment").await.body.contains("Everything on this installation"));
        let refused = send(&web, "1").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        assert_eq!(level(&house.app).await, GateLevel::Normal);
    }

    async fn one_that_is_contained_already_keeps_no_other_from_it(t) {
        let house = House::new(t, 1).await;
        let birch = birch(&house).await;
        house.contain(&house.app.host(), Scope::Workspace).await.expect("contains");
        let ctx = house.app.host();
        assert_eq!(stoppable(&house.app, &ctx).await.expect("asks"), Some(1));
        let done = contain_everything(&house.app, &ctx, &order(&ctx), InCase::New(None)).await.expect("the other");
        assert_eq!((done.contained.len(), done.before), (1, 1));
        assert_eq!(level(&birch).await, GateLevel::Contained);
        let again = contain_everything(&house.app, &ctx, &order(&ctx), InCase::New(None)).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }

    async fn once_everything_is_contained_nothing_from_before_is_committed_anywhere(t) {
        let house = House::new(t, 1).await;
        let birch = birch(&house).await;
        let before = Ctx { entered: Some(waxwing_domain::Entered { epoch: 1, level: GateLevel::Normal }), ..birch.host() };
        let ctx = house.app.host();
        contain_everything(&house.app, &ctx, &order(&ctx), InCase::New(None)).await.expect("contains");
        let mut tx = birch.begin(&before, "test").await.expect("begins");
        lists::create(&birch, &mut tx, &before, lists::NewList::named("Late")).await.expect("written");
        assert!(tx.commit().await.is_err(), "let in before, refused after");
    }

    async fn a_marketer_of_the_first_workspace_is_refused(t) {
        let house = House::new(t, 1).await;
        birch(&house).await;
        let mara = house.member("mara@example.org", Role::Marketer).await;
        let ctx = house.acting(&mara).await;
        assert!(stoppable(&house.app, &ctx).await.expect("asks").is_none());
        assert!(matches!(contain_everything(&house.app, &ctx, &order(&ctx), InCase::None).await, Err(Error::Denied(_))));
    }
}
