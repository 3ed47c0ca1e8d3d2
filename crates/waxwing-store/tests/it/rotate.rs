//! A new epoch of keys: everybody is carried over, the erased are not.

use waxwing_domain::SubjectNo;
use waxwing_store::{SealedPerson, StoreError, args, bulk, new_person, open_key, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

bulk! { PUT, into "subject_keys" (subject: Int, generation: Int, epoch: Int, wrapped: Blob), "" }
statement! { KEYS, "SELECT subject, wrapped FROM subject_keys WHERE workspace_id = $1 ORDER BY subject" }
statement! { DAMAGE, "UPDATE subject_keys SET wrapped = $2 WHERE workspace_id = $1 AND subject = $3" }
statement! { ERASE, "DELETE FROM subject_keys WHERE workspace_id = $1 AND subject = $2" }

/// Adds `count` people with nothing but a key; gives the first one's wrapped key.
async fn people(t: &TestStore, count: u32) -> Vec<u8> {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    let allocation = t.store.allocate_subjects(&mut tx, count).await.expect("numbers");
    let made: Vec<_> = allocation
        .subjects
        .clone()
        .map(|n| (n, new_person(t.workspace, SubjectNo::new(n), &allocation, &**t.store.rng())))
        .collect();
    let first = made[0].1.1.clone();
    let rows = made
        .into_iter()
        .map(|(n, (_, wrapped, epoch))| args![i64::from(n), 1_i64, i64::from(epoch), wrapped])
        .collect();
    tx.bulk(&PUT, rows).await.expect("inserts");
    tx.commit().await.expect("commits");
    first
}

fn sealed(subject: SubjectNo, wrapped: Vec<u8>) -> SealedPerson {
    SealedPerson { subject, generation: 1, wrapped, sealed: Vec::new() }
}

/// Rewraps until nothing is behind; gives how many batches that took and how many were damaged.
async fn rewrap(t: &TestStore) -> (usize, u64) {
    let (mut after, mut batches, mut damaged) = (SubjectNo::new(0), 0, 0);
    loop {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let Some(done) = t.store.rewrap_batch(&mut tx, after).await.expect("rewraps") else {
            return (batches, damaged);
        };
        tx.commit().await.expect("commits");
        after = done.last;
        batches += 1;
        damaged += done.damaged;
    }
}

async fn keys(t: &TestStore) -> Vec<(SubjectNo, Vec<u8>)> {
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    tx.all(&KEYS, args![], |r| Ok((r.subject(0)?, r.blob(1)?))).await.expect("reads")
}

store_test! {
    async fn everybody_is_carried_over_and_the_erased_are_not(t) {
        let copy_of_the_first = people(&t, 4_500).await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&ERASE, args![1_i64]).await.expect("erases");
        tx.commit().await.expect("commits");
        t.store.begin_epoch().await.expect("begins an epoch");
        assert_eq!(t.store.keys_behind(t.workspace).await.expect("counts"), 4_499);
        assert!(open_key(&t.store, t.workspace, &sealed(SubjectNo::new(1), copy_of_the_first.clone())).is_ok(), "a copy still opens");
        assert_eq!(rewrap(&t).await, (3, 0));
        assert_eq!(t.store.destroy_old_epochs().await.expect("destroys").len(), 1);
        for (subject, wrapped) in keys(&t).await.into_iter().step_by(500) {
            assert!(open_key(&t.store, t.workspace, &sealed(subject, wrapped)).is_ok(), "{subject}");
        }
        let erased = open_key(&t.store, t.workspace, &sealed(SubjectNo::new(1), copy_of_the_first));
        assert!(matches!(erased, Err(StoreError::Damaged(_))), "a copy of an erased person's key opens");
    }

    async fn a_rotation_cut_off_anywhere_is_finished_later(t) {
        people(&t, 2_500).await;
        t.store.begin_epoch().await.expect("begins an epoch");
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        t.store.rewrap_batch(&mut tx, SubjectNo::new(0)).await.expect("rewraps");
        tx.commit().await.expect("commits");
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        t.store.rewrap_batch(&mut tx, SubjectNo::new(2_000)).await.expect("rewraps");
        drop(tx);
        assert!(t.store.destroy_old_epochs().await.is_err(), "500 people still need the old epoch");
        t.store.settle_epoch().await.expect("settles");
        assert_eq!(rewrap(&t).await, (1, 0));
        assert_eq!(t.store.destroy_old_epochs().await.expect("destroys").len(), 1);
        assert_eq!(t.store.destroy_old_epochs().await.expect("again"), []);
    }

    async fn a_damaged_key_keeps_the_old_epoch_alive_and_is_counted(t) {
        people(&t, 3).await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let moved = keys_in(&mut tx).await.remove(0).1;
        tx.exec(&DAMAGE, args![moved, 2_i64]).await.expect("moves one person's key to another");
        tx.commit().await.expect("commits");
        t.store.begin_epoch().await.expect("begins an epoch");
        assert_eq!(rewrap(&t).await, (1, 1));
        assert!(t.store.destroy_old_epochs().await.is_err());
    }

    async fn new_people_get_the_new_epoch_at_once(t) {
        people(&t, 1).await;
        let epoch = t.store.begin_epoch().await.expect("begins an epoch");
        people(&t, 1).await;
        let newest = keys(&t).await.pop().expect("two people").1;
        assert_eq!(t.store.keys().ring().epoch_of_wrapped(&newest), Ok(epoch));
    }
}

async fn keys_in(tx: &mut waxwing_store::Tx) -> Vec<(SubjectNo, Vec<u8>)> {
    tx.all(&KEYS, args![], |r| Ok((r.subject(0)?, r.blob(1)?))).await.expect("reads")
}
