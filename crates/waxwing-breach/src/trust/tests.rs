//! The trust page, in sentences.

use super::*;
use crate::testing::House;
use http::StatusCode;
use waxwing_domain::{GateLevel, Rights, Role};
use waxwing_testkit::store_test;

store_test! {
    /// Off until a person publishes; then what is true now, with its time, and nothing else; also while contained.
    async fn only_what_is_published_and_true_is_shown(t) {
        let house = House::new(&t, &["ada@example.org"]).await;
        let page = path(house.ctx.workspace);
        assert_eq!(house.web.get(&page).await.status, StatusCode::NOT_FOUND, "off at first");
        let all: BTreeSet<Statement> = Statement::ALL.into_iter().collect();
        let set = async |statements: &BTreeSet<Statement>| {
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            publish(&house.app, &mut tx, &house.ctx, statements).await.expect("published");
            let from = tx.gate().await.expect("the gate").epoch;
            tx.turn_gate(from, GateLevel::Contained, None, house.ctx.now()).await.expect("turns");
            tx.commit().await.expect("commits");
        };
        set(&all).await;
        house.number().await;
        let got = house.web.get(&page).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        assert!(got.body.contains("signed record") && got.body.contains("key of their own"), "{}", got.body);
        for absent in [Statement::Witness, Statement::SecondFactor, Statement::TwoPeople, Statement::Backup, Statement::Https] {
            assert!(!got.body.contains(absent.words()), "{absent:?} is not true here");
        }
        t.clock.advance(2 * Micros::DAY);
        assert!(!house.web.get(&page).await.body.contains("signed record"), "a signature of the day before yesterday is none");
        set(&BTreeSet::new()).await;
        assert_eq!(house.web.get(&page).await.status, StatusCode::NOT_FOUND, "taken away");
        assert_eq!(house.web.get("/trust/0000000000zzz").await.status, StatusCode::NOT_FOUND);
        let marketer = Ctx { rights: Rights::of_role(Role::Marketer), ..house.ctx.clone() };
        let mut tx = house.app.begin(&marketer, "test").await.expect("begins");
        assert!(publish(&house.app, &mut tx, &marketer, &all).await.is_err());
    }

    /// The team's page says of each line whether it is true, and publishes what is ticked.
    async fn the_page_publishes_what_is_ticked(t) {
        let house = House::new(&t, &[]).await;
        let (web, page) = house.web.session("all").open("/security/trust").await;
        assert!(page.body.contains("not true now"), "{}", page.body);
        let form = format!("csrf={}&statement=sealed&statement=nonsense", page.hidden("csrf"));
        assert_eq!(web.post("/security/trust", &form).await.status, StatusCode::SEE_OTHER);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(published(&mut tx).await.expect("words"), [Statement::Sealed].into());
    }
}
