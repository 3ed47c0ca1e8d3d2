//! Erasure, told as what a customer may rely on.

use super::*;
use crate::holds::Extent;
use crate::lists;
use crate::subscribers::tests::{address, app, evidence, list, person};
use waxwing_domain::{EventKind, FieldId};
use waxwing_store::{Event, GateLevel, JobState, Runner, Sequencer, args, job_status, record_page, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { ROWS,
"SELECT CAST((SELECT COUNT(*) FROM subscribers WHERE workspace_id = $1 AND subject = $2)
       + (SELECT COUNT(*) FROM subject_keys WHERE workspace_id = $1 AND subject = $2)
       + (SELECT COUNT(*) FROM blind_index WHERE workspace_id = $1 AND subject = $2)
       + (SELECT COUNT(*) FROM list_members WHERE workspace_id = $1 AND subject = $2)
       + (SELECT COUNT(*) FROM consents WHERE workspace_id = $1 AND subject = $2)
       + (SELECT COUNT(*) FROM events WHERE workspace_id = $1 AND subject = $2) AS BIGINT)" }

async fn rows_about(t: &TestStore, subject: SubjectNo) -> i64 {
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    tx.one(&ROWS, args![subject], |r| r.int(0)).await.expect("a count")
}

statement! { LIFT, "DELETE FROM suppressions WHERE workspace_id = $1" }

async fn hold(app: &App, ctx: &Ctx, extent: Extent) -> waxwing_domain::HoldId {
    let mut tx = app.begin(ctx, "test").await.expect("begins");
    let id = holds::place(app, &mut tx, ctx, extent, "A claim is likely.").await.expect("placed");
    tx.commit().await.expect("commits");
    id
}

/// Runs the jobs of this feature, also those that are due by the clock.
async fn work_off(t: &TestStore, app: &App) {
    let mut registry = JobRegistry::default();
    super::jobs(&mut registry, app);
    waxwing_testkit::web::run_jobs(&t.store, t.workspace, registry).await;
}

/// A person with a list, evidence and history.
async fn lived(t: &TestStore, app: &App, email: &str) -> SubjectNo {
    let ctx = t.ctx();
    let subject = person(app, &ctx, email).await;
    let news = list(app, &ctx, email).await;
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    let consent = evidence(app, &mut tx, &ctx).await;
    lists::join_attested(app, &mut tx, &ctx, news, vec![subject], consent).await.expect("joined");
    tx.events(vec![Event::of(ctx.new_id(), ctx.now(), EventKind::Accepted, subject)]).await.expect("noted");
    tx.commit().await.expect("commits");
    subject
}

store_test! {
    async fn an_erased_person_is_gone_and_does_not_come_back(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = lived(&t, &app, "ann@example.org").await;
        assert_eq!(rows_about(&t, ann).await, 5);
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let Erasure::Done(made) = erase(&app, &mut tx, &ctx, ann).await.expect("erased") else { panic!("nothing is held") };
        tx.commit().await.expect("commits");
        assert_eq!(rows_about(&t, ann).await, 0);
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let known = certificate(&mut tx, ann).await.expect("answers").expect("a certificate");
        assert_eq!((known.subject, known.epoch), (ann, made.epoch));
        assert!(!known.is_beyond_reach(&app), "the epoch key still lives");
        let again = subscribers::NewPerson { email: address("ANN@example.org"), values: vec![] };
        let refused = subscribers::admit(&app, &mut tx, &ctx, again.clone(), crate::consent::ConsentKind::Manual, "", &[]).await;
        assert!(matches!(refused, Err(crate::Error::Conflict(_))));
        let mut batch = subscribers::prepare(&app, ctx.workspace, vec![again]).expect("prepared");
        subscribers::look_up(&mut tx, &mut batch).await.expect("looked up");
        batch.leave_out_suppressed();
        assert_eq!(batch.standing(), [subscribers::Standing::Suppressed(Reason::Erased)]);
        assert!(matches!(erase(&app, &mut tx, &ctx, ann).await, Err(crate::Error::NotFound(_))));
    }

    async fn a_deleted_person_is_gone_and_may_be_added_again(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = lived(&t, &app, "ann@example.org").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        delete(&app, &mut tx, &ctx, ann).await.expect("deleted");
        tx.commit().await.expect("commits");
        assert_eq!(rows_about(&t, ann).await, 0);
        let again = person(&app, &ctx, "ann@example.org").await;
        assert!(again > ann, "numbers are never used again");
    }

    async fn under_a_hold_an_erasure_waits_the_person_gets_nothing_more_and_its_release_erases_them(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let (ann, bob) = (lived(&t, &app, "ann@example.org").await, lived(&t, &app, "bob@example.org").await);
        let whole = hold(&app, &ctx, Extent::Workspace).await;
        let of_bob = hold(&app, &ctx, Extent::Person(bob)).await;
        for person in [ann, bob, ann] {
            let mut tx = app.begin(&ctx, "test").await.expect("begins");
            assert!(matches!(erase(&app, &mut tx, &ctx, person).await, Ok(Erasure::Waits(waits)) if waits.subject == person));
            assert!(matches!(delete(&app, &mut tx, &ctx, person).await, Err(crate::Error::Conflict(_))));
            tx.commit().await.expect("commits");
        }
        work_off(&t, &app).await;
        assert_eq!((rows_about(&t, ann).await, rows_about(&t, bob).await), (5, 5), "all is kept");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let tag = subscribers::sealed(&mut tx, &[ann]).await.expect("found").remove(0).suppress_tag;
        assert!(suppression::among(&mut tx, vec![tag.to_vec()]).await.expect("asked").contains_key(&tag));
        assert!(waiting(&mut tx, ann).await.expect("asked").is_some());
        holds::release(&app, &mut tx, &ctx, whole).await.expect("released");
        tx.commit().await.expect("commits");
        work_off(&t, &app).await;
        assert_eq!((rows_about(&t, ann).await, rows_about(&t, bob).await), (0, 5), "bob is under another");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert!(waiting(&mut tx, ann).await.expect("asked").is_none());
        assert!(certificate(&mut tx, ann).await.expect("asked").is_some());
        holds::release(&app, &mut tx, &ctx, of_bob).await.expect("released");
        tx.commit().await.expect("commits");
        work_off(&t, &app).await;
        assert_eq!(rows_about(&t, bob).await, 0);
    }

    async fn nobody_is_queued_who_is_not_there_and_nobody_is_erased_who_signed_up_again(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = lived(&t, &app, "ann@example.org").await;
        let whole = hold(&app, &ctx, Extent::Workspace).await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert!(matches!(erase(&app, &mut tx, &ctx, SubjectNo::new(4_711)).await, Err(crate::Error::NotFound(_))));
        erase(&app, &mut tx, &ctx, ann).await.expect("waits");
        // What the person's own confirmed sign-up does.
        tx.exec(&LIFT, args![]).await.expect("lifted");
        holds::release(&app, &mut tx, &ctx, whole).await.expect("released");
        tx.commit().await.expect("commits");
        work_off(&t, &app).await;
        assert_eq!(rows_about(&t, ann).await, 5, "they came back by themselves");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        assert!(waiting(&mut tx, ann).await.expect("asked").is_none());
    }

    async fn while_the_workspace_is_contained_who_waits_goes_on_waiting(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = lived(&t, &app, "ann@example.org").await;
        let whole = hold(&app, &ctx, Extent::Workspace).await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        erase(&app, &mut tx, &ctx, ann).await.expect("waits");
        holds::release(&app, &mut tx, &ctx, whole).await.expect("released");
        let epoch = tx.gate().await.expect("reads").epoch;
        tx.turn_gate(epoch, GateLevel::Contained, None, ctx.now()).await.expect("turns");
        tx.commit().await.expect("commits");
        work_off(&t, &app).await;
        assert_eq!(rows_about(&t, ann).await, 5);
    }

    async fn others_are_left_alone(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let (ann, bob) = (lived(&t, &app, "ann@example.org").await, lived(&t, &app, "bob@example.org").await);
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        erase(&app, &mut tx, &ctx, ann).await.expect("erased");
        tx.commit().await.expect("commits");
        assert_eq!(rows_about(&t, bob).await, 5);
    }

    async fn what_was_copied_before_cannot_be_shown_without_the_row(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = lived(&t, &app, "ann@example.org").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        erase(&app, &mut tx, &ctx, ann).await.expect("erased");
        tx.commit().await.expect("commits");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let shown = subscribers::show(&app, &mut tx, &ctx, ann, &[], "page").await;
        assert!(matches!(shown, Err(crate::Error::NotFound(_))));
    }

    async fn details_of_the_record_about_the_person_alone_go(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let (ann, bob) = (lived(&t, &app, "ann@example.org").await, lived(&t, &app, "bob@example.org").await);
        for people in [vec![ann], vec![bob], vec![ann, bob]] {
            let entry = Entry::new(Operation::Read, "test.read").part(&[FieldId::EMAIL], subjects(people));
            app.store().disclose(&ctx, entry.detail(json!({ "seen": true }))).await.expect("recorded");
        }
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        erase(&app, &mut tx, &ctx, ann).await.expect("erased");
        let job = tx.enqueue(&ctx, NewJob::now("erasure.record", json!({})).unique(ann)).await.expect("the same job");
        tx.commit().await.expect("commits");
        let mut registry = JobRegistry::default();
        super::jobs(&mut registry, &app);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runner = tokio::spawn(Runner::new(t.store.clone(), registry).run(stopped));
        for _ in 0..300 {
            let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
            let state = job_status(&mut tx, job).await.expect("a status").map(|s| s.state);
            drop(tx);
            if state == Some(JobState::Done) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
        Sequencer::new(t.store.clone()).run_once().await.expect("numbers");
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        let rows = record_page(&t.store, &mut tx, i64::MAX, 100).await.expect("a page");
        let bodies: Vec<_> = rows.iter().rev().filter(|r| r.leaf["what"] == "test.read").map(|r| r.body.is_some()).collect();
        assert_eq!(bodies, [false, true, true]);
    }
}
