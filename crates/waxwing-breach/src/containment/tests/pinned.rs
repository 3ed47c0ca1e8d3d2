//! What strangers read under a containment, from the order to the release.

use super::house::House;
use super::{LONG, Scope, as_person, contain};
use crate::containment::Order;
use waxwing_app::lists::ListChange;
use waxwing_app::{lists, settings, signup};
use waxwing_domain::{Micros, Role};
use waxwing_testkit::store_test;

store_test! {
    async fn a_contained_workspace_shows_what_stood_before_the_window_and_names_what_to_look_at(t) {
        let house = House::new(t, 1).await;
        let releaser = house.member("sven@example.org", Role::SecurityOfficer).await;
        let ctx = house.app.host();
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let form = signup::create_form(&house.app, &mut tx, &ctx, house.list).await.expect("a form");
        tx.commit().await.expect("commits");
        house.t.clock.advance(LONG);
        let window = ctx.now();
        house.t.clock.advance(Micros::HOUR);
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let thief = settings::Workspace { organisation: "Thief & Sons".into(), ..settings::Workspace::default() };
        settings::save(&house.app, &mut tx, &ctx, &thief).await.expect("settings");
        let change = ListChange { name: Some("Loot".into()), ..ListChange::default() };
        lists::change(&house.app, &mut tx, &ctx, house.list, change).await.expect("changes");
        tx.commit().await.expect("commits");
        let place = format!("/f/{}", form.slug);
        assert!(house.web.get(&place).await.body.contains("Thief"));

        let order = Order { scope: Scope::Workspace, reason: "A test.".into(), suspected_from: window };
        let done = contain(&house.app, &house.app.host(), &order).await.expect("contains");
        let page = house.web.get(&place).await.body;
        assert!(page.contains("Orchard") && !page.contains("Thief"), "{page}");
        let changed = house.standing().await.open.remove(0).changed;
        let what: Vec<&str> = changed.iter().map(|one| one.what.as_str()).collect();
        assert_eq!(what, ["List “Loot”", "Settings: organisation"]);

        house.release(&as_person(&house, releaser.account, Role::SecurityOfficer), done).await.expect("releases");
        assert!(house.web.get(&place).await.body.contains("Thief"), "the release shows what is saved");
    }
}
