//! Lists, told as what a customer may rely on.

use super::*;
use crate::subscribers::tests::{address, app, evidence, list, person};
use crate::suppression::{self, Reason};
use waxwing_domain::{ConsentId, EventKind, Rights, SubjectNo};
use waxwing_testkit::store_test;

async fn join(app: &App, ctx: &Ctx, list: ListId, people: Vec<SubjectNo>) -> Joined {
    let mut tx = app.begin(ctx, "test").await.expect("begins");
    let consent = evidence(app, &mut tx, ctx).await;
    let joined = join_attested(app, &mut tx, ctx, list, people, consent).await.expect("joined");
    tx.commit().await.expect("commits");
    joined
}

async fn state(app: &App, ctx: &Ctx, subject: SubjectNo) -> Vec<MembershipState> {
    let mut tx = app.read(ctx, "test").await.expect("begins");
    memberships(&mut tx, subject).await.expect("memberships").iter().map(|m| m.state).collect()
}

store_test! {
    async fn a_join_counts_who_is_new_and_who_was_there(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let (a, b) = (person(&app, &ctx, "a@example.org").await, person(&app, &ctx, "b@example.org").await);
        let news = list(&app, &ctx, "News").await;
        assert_eq!(join(&app, &ctx, news, vec![a]).await, Joined { added: 1, ..Joined::default() });
        assert_eq!(join(&app, &ctx, news, vec![a, b, b]).await, Joined { added: 1, already: 1, ..Joined::default() });
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        assert_eq!(counts(&mut tx).await.expect("counts")[&news], ListCounts { confirmed: 2, ..ListCounts::default() });
    }

    async fn an_unsubscribe_is_lifted_by_the_person_only(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let news = list(&app, &ctx, "News").await;
        join(&app, &ctx, news, vec![ann]).await;
        let visitor = Ctx { rights: Rights::nothing(), ..t.ctx() };
        let mut tx = app.begin(&visitor, "test").await.expect("begins");
        assert_eq!(unsubscribe(&app, &mut tx, &visitor, Some(news), ann).await.expect("left"), 1);
        assert_eq!(unsubscribe(&app, &mut tx, &visitor, Some(news), ann).await.expect("twice"), 0);
        tx.commit().await.expect("commits");
        let again = join(&app, &ctx, news, vec![ann]).await;
        assert_eq!(again, Joined { kept_unsubscribed: 1, ..Joined::default() });
        assert_eq!(state(&app, &ctx, ann).await, [MembershipState::Unsubscribed]);
        let mut tx = app.begin(&visitor, "test").await.expect("begins");
        confirm_by_person(&app, &mut tx, &visitor, news, ann, ConsentId::from_i64(1)).await.expect("confirmed");
        tx.commit().await.expect("commits");
        assert_eq!(state(&app, &ctx, ann).await, [MembershipState::Confirmed]);
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let kinds: Vec<_> = tx.history(ann, i64::MAX, 10).await.expect("history").iter().map(|e| e.kind).collect();
        assert_eq!(kinds, [EventKind::SignupConfirmed, EventKind::Unsubscribed]);
    }

    async fn leaving_everything_suppresses_the_address_until_the_person_comes_back(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let (news, shop) = (list(&app, &ctx, "News").await, list(&app, &ctx, "Shop").await);
        join(&app, &ctx, news, vec![ann]).await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert_eq!(unsubscribe(&app, &mut tx, &ctx, None, ann).await.expect("left"), 1);
        tx.commit().await.expect("commits");
        let tag = suppression::tag_of_email(&app, ctx.workspace, &address("ann@example.org")).expect("a tag");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        assert_eq!(suppression::among(&mut tx, vec![tag.to_vec()]).await.expect("answers").get(&tag), Some(&Reason::Unsubscribed));
        drop(tx);
        assert_eq!(join(&app, &ctx, shop, vec![ann]).await, Joined { suppressed: 1, ..Joined::default() });
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        confirm_by_person(&app, &mut tx, &ctx, shop, ann, ConsentId::from_i64(1)).await.expect("confirmed");
        assert!(suppression::among(&mut tx, vec![tag.to_vec()]).await.expect("answers").is_empty());
        tx.commit().await.expect("commits");
        assert_eq!(state(&app, &ctx, ann).await, [MembershipState::Unsubscribed, MembershipState::Confirmed]);
    }

    async fn what_was_suppressed_by_hand_stays_when_the_person_signs_up(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let news = list(&app, &ctx, "News").await;
        let tag = suppression::tag_of_email(&app, ctx.workspace, &address("ann@example.org")).expect("a tag");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let kind = suppression::Kind::Email;
        suppression::add(&app, &mut tx, &ctx, kind, tag, Reason::Manual, "api").await.expect("added");
        confirm_by_person(&app, &mut tx, &ctx, news, ann, ConsentId::from_i64(1)).await.expect("confirmed");
        assert_eq!(suppression::among(&mut tx, vec![tag.to_vec()]).await.expect("answers").len(), 1);
        assert!(suppression::lift_manual(&app, &mut tx, &ctx, kind, tag).await.expect("lifted"));
        assert!(!suppression::lift_manual(&app, &mut tx, &ctx, kind, tag).await.expect("twice"));
    }

    async fn unsubscribing_from_a_list_one_was_not_on_keeps_later_imports_out(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let news = list(&app, &ctx, "News").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert_eq!(unsubscribe(&app, &mut tx, &ctx, Some(news), ann).await.expect("left"), 1);
        assert_eq!(unsubscribe(&app, &mut tx, &ctx, Some(news), SubjectNo::new(4_000_000)).await.expect("nobody"), 0);
        tx.commit().await.expect("commits");
        assert_eq!(join(&app, &ctx, news, vec![ann]).await.kept_unsubscribed, 1);
    }

    async fn who_was_taken_off_by_the_team_may_be_added_again(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let news = list(&app, &ctx, "News").await;
        join(&app, &ctx, news, vec![ann]).await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert_eq!(remove(&app, &mut tx, &ctx, news, vec![ann]).await.expect("removed"), 1);
        assert_eq!(remove(&app, &mut tx, &ctx, news, vec![ann]).await.expect("twice"), 0);
        tx.commit().await.expect("commits");
        assert_eq!(join(&app, &ctx, news, vec![ann]).await.added, 1);
    }

    async fn a_sign_up_counts_at_once_only_on_single_opt_in_lists(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let double = list(&app, &ctx, "Double").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let single = NewList { optin: OptIn::Single, ..NewList::named("Single") };
        let single = create(&app, &mut tx, &ctx, single).await.expect("created").id;
        let visitor = Ctx { rights: Rights::nothing(), ..t.ctx() };
        let consent = ConsentId::from_i64(1);
        assert!(matches!(join_by_signup(&app, &mut tx, &visitor, double, ann, consent).await, Err(Error::Conflict(_))));
        assert_eq!(join_by_signup(&app, &mut tx, &visitor, single, ann, consent).await.expect("joined").added, 1);
    }

    async fn names_are_unique_and_fit_on_a_line(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let news = list(&app, &ctx, "News").await;
        let shop = list(&app, &ctx, " Shop ").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        for name in ["News", " News ", "", "  ", "a\nb", &"x".repeat(201)] {
            let answer = create(&app, &mut tx, &ctx, NewList::named(name)).await;
            assert!(matches!(&answer, Err(Error::Invalid { field, .. }) if field == "name"), "{name:?}");
        }
        let rename = |name: &str| ListChange { name: Some(name.into()), ..ListChange::default() };
        assert!(matches!(change(&app, &mut tx, &ctx, shop, rename("News")).await, Err(Error::Invalid { .. })));
        assert_eq!(change(&app, &mut tx, &ctx, news, rename("News")).await.expect("its own name").name, "News");
        assert_eq!(by_name(&mut tx, "Shop").await.expect("answers").map(|l| l.id), Some(shop));
        assert!(by_name(&mut tx, "shop").await.expect("answers").is_none());
    }

    async fn an_archived_list_takes_nobody_and_can_be_taken_back(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let news = list(&app, &ctx, "News").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        archive(&app, &mut tx, &ctx, news).await.expect("archived");
        let consent = evidence(&app, &mut tx, &ctx).await;
        let refused = join_attested(&app, &mut tx, &ctx, news, vec![ann], consent).await;
        assert!(matches!(refused, Err(Error::Conflict(_))));
        unarchive(&app, &mut tx, &ctx, news).await.expect("back");
        assert_eq!(join_attested(&app, &mut tx, &ctx, news, vec![ann], consent).await.expect("joined").added, 1);
    }
}
