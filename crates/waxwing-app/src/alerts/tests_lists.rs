//! Lists that are worse than the others, in sentences.

use super::tests::source_with;
use super::*;
use crate::lists::{self as all_lists, NewList};
use crate::testing::Orchard;
use waxwing_detect::rate::Signal;
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { MOVE, "UPDATE source_lists SET list_id = $3 WHERE workspace_id = $1 AND source_id = $2" }

async fn look(house: &Orchard) -> usize {
    lists::round(&house.app, &house.ctx, None).await.expect("looks").len()
}

store_test! {
    async fn a_list_of_which_no_campaign_stands_out_is_told_and_named(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let other = all_lists::create(&house.app, &mut tx, &house.ctx, NewList::named("Grown")).await.expect("a list").id;
        tx.commit().await.expect("commits");
        for _ in 0..10 {
            source_with(&house, 93, ("recipient", 7), true).await;
            let good = source_with(&house, 1_990, ("recipient", 10), true).await;
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            tx.exec(&MOVE, args![good, other]).await.expect("moved");
            tx.commit().await.expect("commits");
        }
        assert_eq!((look(&house).await, look(&house).await), (1, 0), "once a week");
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let found = page(&mut tx, &house.ctx, Filter::default(), None, 10).await.expect("reads").remove(0);
        drop(tx);
        assert_eq!((found.detector, found.act), (Detector::List(Signal::Bounce), Act::None));
        assert_eq!(found.subject, Some(Subject::List(house.list)));
        assert_eq!((found.finding.sample, found.finding.contributors[0].count), (1_000, 7));
        let page = house.web.session("all").get(&format!("/security/alerts/{}", found.id)).await;
        assert!(page.body.contains("List “Letters”") && page.body.contains("Over its last 10 campaigns"), "{}", page.body);
    }

    async fn a_list_with_one_bad_campaign_or_campaigns_to_several_lists_is_not(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        for _ in 0..8 {
            source_with(&house, 998, ("recipient", 2), true).await;
        }
        source_with(&house, 600, ("recipient", 400), true).await;
        assert_eq!(look(&house).await, 0, "that campaign has an alert of its own");
    }
}
