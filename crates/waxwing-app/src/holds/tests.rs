//! Legal holds, in sentences; what an erasure does under one is told in `erasure`.

use super::*;
use crate::subscribers::tests::{app, person};
use waxwing_domain::Rights;
use waxwing_testkit::store_test;

async fn put(app: &App, ctx: &Ctx, extent: Extent) -> Result<HoldId> {
    let mut tx = app.begin(ctx, "test").await?;
    let id = place(app, &mut tx, ctx, extent, "  A claim is likely. ").await?;
    tx.commit().await?;
    Ok(id)
}

async fn lift(app: &App, ctx: &Ctx, id: HoldId) -> Result<()> {
    let mut tx = app.begin(ctx, "test").await?;
    release(app, &mut tx, ctx, id).await?;
    Ok(tx.commit().await?)
}

store_test! {
    async fn a_hold_covers_one_person_or_everybody_until_it_is_released(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let (ann, bob) = (person(&app, &ctx, "ann@example.org").await, person(&app, &ctx, "bob@example.org").await);
        let of_ann = put(&app, &ctx, Extent::Person(ann)).await.expect("placed");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        assert_eq!(over(&mut tx, ann).await.expect("asks"), Some(ctx.now()));
        assert_eq!(over(&mut tx, bob).await.expect("asks"), None);
        assert!(!keep_all(&mut tx).await.expect("asks"));
        drop(tx);
        let of_all = put(&app, &ctx, Extent::Workspace).await.expect("placed");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        assert!(over(&mut tx, bob).await.expect("asks").is_some() && keep_all(&mut tx).await.expect("asks"));
        assert_eq!(all(&mut tx, &ctx).await.expect("lists")[0].reason, "A claim is likely.");
        drop(tx);
        lift(&app, &ctx, of_all).await.expect("released");
        lift(&app, &ctx, of_ann).await.expect("released");
        assert!(matches!(lift(&app, &ctx, of_ann).await, Err(Error::NotFound(_))), "only once");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        assert!(over(&mut tx, ann).await.expect("asks").is_none() && !keep_all(&mut tx).await.expect("asks"));
        assert!(all(&mut tx, &ctx).await.expect("lists").iter().all(|hold| hold.released.is_some()));
    }

    async fn a_hold_says_why_and_covers_somebody_who_is_there(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        for wrong in ["", "  ", &"a".repeat(501)] {
            let refused = place(&app, &mut tx, &ctx, Extent::Workspace, wrong).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{wrong:?}");
        }
        let nobody = place(&app, &mut tx, &ctx, Extent::Person(SubjectNo::new(4_711)), "Why").await;
        assert!(matches!(nobody, Err(Error::Invalid { .. })));
        let nowhere = release(&app, &mut tx, &ctx, HoldId::from_i64(1)).await;
        assert!(matches!(nowhere, Err(Error::NotFound(_))));
    }

    async fn who_may_not_hold_neither_places_nor_releases_nor_looks(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let id = put(&app, &ctx, Extent::Workspace).await.expect("placed");
        let stranger = Ctx { rights: Rights::nothing(), ..t.ctx() };
        assert!(matches!(put(&app, &stranger, Extent::Workspace).await, Err(Error::Denied(_))));
        assert!(matches!(lift(&app, &stranger, id).await, Err(Error::Denied(_))));
        let mut tx = app.read(&stranger, "test").await.expect("begins");
        assert!(matches!(all(&mut tx, &stranger).await, Err(Error::Denied(_))));
    }
}
