//! The access record: committed before it is read, numbered in order, opened only as recorded.

use std::sync::Arc;
use waxwing_crypto::merkle::{Frontier, leaf_hash};
use waxwing_domain::{Ctx, FieldId, Operation, Rights, Role, SubjectNo, SystemRng};
use waxwing_store::{
    Entry, SealedPerson, Sequencer, StoreError, args, new_person, record_head, record_page, statement, subjects,
};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { LEAVES, "SELECT leaf FROM record_entries WHERE workspace_id = $1 ORDER BY idx" }

async fn person(t: &TestStore, email: &str) -> SealedPerson {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    let allocation = t.store.allocate_subjects(&mut tx, 1).await.expect("a number");
    let subject = SubjectNo::new(allocation.subjects.start);
    let (key, wrapped, _) = new_person(t.workspace, subject, &allocation, &SystemRng);
    let mut fields = waxwing_store::PersonFields::default();
    fields.set(FieldId::EMAIL, key.seal(FieldId::EMAIL, email, &SystemRng));
    fields.set(FieldId::FIRST_NAME, key.seal(FieldId::FIRST_NAME, "Ann", &SystemRng));
    tx.commit().await.expect("commits");
    SealedPerson { subject, generation: 1, sealed: fields.to_bytes(), wrapped }
}

store_test! {
    async fn a_disclosure_opens_what_was_recorded_and_nothing_else(t) {
        let ann = person(&t, "ann@example.org").await;
        let bob = person(&t, "bob@example.org").await;
        let entry = Entry::new(Operation::Read, "test.read").part(&[FieldId::EMAIL], subjects([ann.subject]));
        let seen = t.store.disclose(&t.ctx(), entry).await.expect("recorded");
        let clear = seen.open(&t.store, &ann).expect("opens");
        assert_eq!(clear.get(FieldId::EMAIL), Some("ann@example.org"));
        assert_eq!(clear.get(FieldId::FIRST_NAME), None, "the entry did not name the field");
        assert_eq!(seen.open(&t.store, &bob).expect("opens").iter().count(), 0, "the entry did not name the person");
    }

    async fn a_role_that_masks_personal_fields_opens_none_and_records_none(t) {
        let (ann, bob) = (person(&t, "ann@example.org").await, person(&t, "bob@example.org").await);
        let entry = || {
            let both = subjects([ann.subject, bob.subject]);
            Entry::new(Operation::Read, "test.read").part(&[FieldId::EMAIL], both)
        };
        let marketer = Ctx { rights: Rights::of_role(Role::Marketer), ..t.ctx() };
        let seen = t.store.disclose(&marketer, entry()).await.expect("recorded");
        assert_eq!(seen.open(&t.store, &ann).expect("opens").iter().count(), 0);
        assert!(!seen.covers(ann.subject, FieldId::EMAIL));
        // One person unmasked for a while: hers are shown, the other's are not.
        let unmasked = Arc::new([ann.subject].into());
        let granted = Ctx { rights: Rights { unmasked, ..Rights::of_role(Role::Marketer) }, ..t.ctx() };
        let seen = t.store.disclose(&granted, entry()).await.expect("recorded");
        assert_eq!(seen.open(&t.store, &ann).expect("opens").get(FieldId::EMAIL), Some("ann@example.org"));
        assert_eq!(seen.open(&t.store, &bob).expect("opens").iter().count(), 0);
    }

    async fn a_field_that_nobody_registered_counts_as_sensitive(t) {
        let field = FieldId::new(FieldId::FIRST_CUSTOM + 7);
        let entry = Entry::new(Operation::Read, "test.read").part(&[field], subjects([SubjectNo::new(1)]));
        let marketer = Ctx { rights: Rights::of_role(Role::Marketer), ..t.ctx() };
        let seen = t.store.disclose(&marketer, entry).await.expect("recorded");
        assert!(!seen.covers(SubjectNo::new(1), field));
    }

    async fn a_moved_value_is_refused(t) {
        let ann = person(&t, "ann@example.org").await;
        let mut bob = person(&t, "bob@example.org").await;
        bob.sealed = ann.sealed.clone();
        let entry = Entry::new(Operation::Read, "test.read").part(&[FieldId::EMAIL], subjects([bob.subject]));
        let seen = t.store.disclose(&t.ctx(), entry).await.expect("recorded");
        assert!(matches!(seen.open(&t.store, &bob), Err(StoreError::Damaged(_))));
    }

    async fn entries_are_numbered_in_order_and_the_head_fits_them(t) {
        for i in 0..40_i64 {
            let entry = Entry::new(Operation::Change, "test.change").on("thing", i).detail(serde_json::json!({ "i": i }));
            let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
            tx.record(&t.store, &t.ctx().with_purpose("test"), entry).await.expect("records");
            if i % 4 == 3 { drop(tx) } else { tx.commit().await.expect("commits") }
        }
        let sequencer = Sequencer::new(t.store.clone());
        assert_eq!(sequencer.run_once().await.expect("numbers"), 31, "the making of the log's key is the first");
        assert_eq!(sequencer.run_once().await.expect("numbers"), 0);
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        let mut frontier = Frontier::default();
        for leaf in tx.all(&LEAVES, args![], |r| r.blob(0)).await.expect("reads") {
            frontier.push(leaf_hash(&leaf));
        }
        assert_eq!(record_head(&mut tx).await.expect("a head"), (31, frontier.root().to_vec()));
        let page = record_page(&t.store, &mut tx, i64::MAX, 10).await.expect("a page");
        assert_eq!(page.len(), 10);
        assert_eq!(page[0].index, 30);
        assert_eq!(page[0].body.as_ref().map(|b| b["detail"]["i"].clone()), Some(serde_json::json!(38)));
    }

    async fn a_second_sequencer_waits_for_the_lease(t) {
        let first = Sequencer::new(t.store.clone());
        let second = Sequencer::new(t.store.clone());
        first.run_once().await.expect("takes the lease");
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.record(&t.store, &t.ctx(), Entry::new(Operation::Change, "test")).await.expect("records");
        tx.commit().await.expect("commits");
        assert_eq!(second.run_once().await.expect("answers"), 0);
        assert_eq!(first.run_once().await.expect("numbers"), 1);
    }

    async fn many_reads_share_commits_and_all_are_recorded(t) {
        let store = Arc::new(t.store.clone());
        let reads = (0..200).map(|i| {
            let (store, ctx) = (store.clone(), t.ctx());
            tokio::spawn(async move {
                let entry = Entry::new(Operation::Read, "test.read").part(&[FieldId::EMAIL], subjects([SubjectNo::new(i)]));
                store.disclose(&ctx, entry).await.map(|d| d.entry())
            })
        }).collect::<Vec<_>>();
        for read in reads {
            read.await.expect("no panic").expect("recorded");
        }
        assert_eq!(Sequencer::new(t.store.clone()).run_once().await.expect("numbers"), 201);
    }

    async fn without_a_record_there_is_no_answer(t) {
        t.store.close().await;
        let entry = Entry::new(Operation::Read, "test.read").part(&[FieldId::EMAIL], subjects([SubjectNo::new(1)]));
        assert!(t.store.disclose(&t.ctx(), entry).await.is_err());
    }
}
