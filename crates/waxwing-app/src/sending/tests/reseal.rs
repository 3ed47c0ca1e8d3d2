//! Sending while everybody gets new keys, again and again: nothing is lost, nothing is sent twice.

use super::rig::{Rig, addresses};
use crate::sending::{SourceState, Tuning};
use waxwing_crypto::{Place, TableId};
use waxwing_demo::capture::Rules;
use waxwing_domain::{FieldId, Micros, Operation, SubjectNo};
use waxwing_store::{Entry, SealedPosition, Sealing, Store, StoreError, args, statement, subjects};
use waxwing_testkit::store_test;

statement! { NEWEST_GENERATION, "SELECT MAX(generation) FROM subject_keys WHERE workspace_id = $1" }

/// A new key for everybody; a race that was lost is run again.
async fn new_keys(rig: &Rig) {
    let store = rig.app.store();
    let mut tx = rig.begin().await;
    tx.order_new_keys(rig.ctx.new_id(), rig.ctx.now()).await.expect("orders");
    tx.commit().await.expect("commits");
    loop {
        let open = rig.begin().await.open_people_order().await.expect("reads").expect("an order");
        let batch = store.prepare_people(rig.t.workspace, open).await.expect("prepares");
        let mut tx = rig.begin().await;
        let Some(batch) = batch else {
            tx.end_people_order(open.id, rig.ctx.now()).await.expect("ends");
            return tx.commit().await.expect("commits");
        };
        match batch.write(store, &mut tx).await {
            Ok(_) => tx.commit().await.expect("commits"),
            Err(error) => assert!(error.is_temporary(), "{error}"),
        }
    }
}

/// New keys for secrets and files, and the old ones destroyed.
async fn new_secrets(rig: &Rig) {
    let (store, workspace) = (rig.app.store(), rig.t.workspace);
    for sealing in Sealing::ALL {
        store.renew_sealing(workspace, sealing, Micros::from_i64(i64::MAX)).expect("renews");
    }
    let mut tx = rig.begin().await;
    store.fence_sealing(&mut tx).await.expect("fences");
    tx.commit().await.expect("commits");
    let mut at = SealedPosition::default();
    while let Some(batch) = store.prepare_shared(workspace, &at).await.expect("prepares") {
        let mut tx = rig.begin().await;
        at = batch.write(&mut tx).await.expect("writes").next;
        tx.commit().await.expect("commits");
    }
    // Less than the product waits.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    store.retire_sealing(workspace).await.expect("nothing is left");
}

/// How many answers of relays open for these people.
async fn answers(rig: &Rig, people: &[SubjectNo]) -> usize {
    let store: &Store = rig.app.store();
    let entry = Entry::new(Operation::Read, "test.read").part(&[FieldId::SMTP_REPLY], subjects(people.iter().copied()));
    let seen = store.disclose(&rig.ctx, entry).await.expect("recorded");
    let mut tx = rig.app.read(&rig.ctx, "test").await.expect("reads");
    let stored = crate::subscribers::sealed(&mut tx, people).await.expect("people");
    let mut opened = 0;
    for owner in stored.iter().map(|stored| &stored.person) {
        for event in tx.history(owner.subject, i64::MAX, 100).await.expect("events") {
            let Some(sealed) = event.sealed else { continue };
            let place = owner.place(rig.t.workspace, FieldId::SMTP_REPLY);
            let place = Place { table: TableId::EVENTS, row: event.id, ..place };
            let text: Result<_, StoreError> = seen.open_cell(store, owner, &place, &sealed);
            assert!(text.expect("opens").reveal().starts_with("250"));
            opened += 1;
        }
    }
    opened
}

store_test! {
    async fn a_campaign_that_leaves_while_keys_are_replaced_reaches_everybody_once_and_every_answer_opens(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, people) = rig.list("News", &addresses("ann", 400)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning::default());
        let mut turns = 0;
        while rig.state(id).await.0 != SourceState::Done || turns < 3 {
            new_keys(&rig).await;
            new_secrets(&rig).await;
            turns += 1;
            assert!(turns < 500, "it does not end");
        }
        lane.stop().await;
        let counts = rig.counts(id).await;
        assert_eq!((counts.audience, counts.accepted, counts.skipped), (400, 400, 0));
        assert_eq!(rig.capture.captured().counts().accepted, 400);
        assert!(rig.doubles().is_empty());
        assert_eq!(answers(&rig, &people).await, 400);
        let mut tx = rig.app.read(&rig.ctx, "test").await.expect("reads");
        assert_eq!(tx.one(&NEWEST_GENERATION, args![], |r| r.int(0)).await.expect("reads"), turns + 1);
    }
}
