//! The record as a signed log: every entry is proved, nothing is signed twice, losses are owned up to.

use waxwing_crypto::merkle::{Frontier, Hash, leaf_hash, verify_consistency};
use waxwing_crypto::tlog::{EntryProof, Policy, SignedNote, Tile, VerifierKey};
use waxwing_domain::{Micros, Operation};
use waxwing_store::{
    Entry, Sequencer, SignedHead, args, record_checkpoint, record_consistency, record_index, record_key, record_page,
    record_proof, record_root, record_tile, statement,
};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { LEAVES, "SELECT leaf FROM record_entries WHERE workspace_id = $1 ORDER BY idx" }
statement! { CUT, "DELETE FROM record_entries WHERE workspace_id = $1 AND idx >= $2" }
statement! { CUT_NODES, "DELETE FROM record_nodes WHERE workspace_id = $1" }
statement! { CUT_CHECKPOINTS, "DELETE FROM record_checkpoints WHERE workspace_id = $1 AND size > $2" }
statement! { CUT_KEY, "DELETE FROM record_keys WHERE workspace_id = $1" }
statement! { SET_HEAD, "UPDATE record_heads SET size = $2, root = $3, frontier = $4 WHERE workspace_id = $1" }
statement! { REWRITE, "UPDATE record_entries SET leaf = $3, leaf_hash = $4 WHERE workspace_id = $1 AND idx = $2" }
statement! { ORIGIN, "SELECT origin FROM record_heads WHERE workspace_id = $1" }

/// Records `count` changes in one transaction.
async fn record(t: &TestStore, count: i64) {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    for i in 0..count {
        tx.record(&t.store, &t.ctx(), Entry::new(Operation::Change, "test.change").on("thing", i))
            .await
            .expect("records");
    }
    tx.commit().await.expect("commits");
}

/// A process that numbers what waits and ends.
async fn number(t: &TestStore) {
    t.clock.advance(Micros::MINUTE);
    Sequencer::new(t.store.clone()).finish().await.expect("numbers");
}

async fn head(t: &TestStore) -> SignedHead {
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    record_checkpoint(&mut tx).await.expect("reads").expect("a checkpoint")
}

async fn key(t: &TestStore) -> VerifierKey {
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    record_key(&mut tx).await.expect("reads").expect("a key")
}

async fn leaves(t: &TestStore) -> Vec<Hash> {
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    let leaves = tx.all(&LEAVES, args![], |r| r.blob(0)).await.expect("reads");
    leaves.iter().map(|leaf| leaf_hash(leaf)).collect()
}

fn frontier(leaves: &[Hash]) -> Frontier {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier
}

/// Puts the database back to an older state, as a fail-over or a copied file would.
async fn roll_back(t: &TestStore, size: usize) {
    let old = frontier(&leaves(t).await[..size]);
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    tx.exec(&CUT, args![size as i64]).await.expect("cuts");
    tx.exec(&CUT_CHECKPOINTS, args![size as i64]).await.expect("cuts");
    tx.exec(&SET_HEAD, args![size as i64, old.root(), old.to_bytes()]).await.expect("sets");
    tx.commit().await.expect("commits");
}

store_test! {
    async fn every_entry_is_proved_by_the_signed_head(t) {
        record(&t, 600).await;
        number(&t).await;
        record(&t, 5).await;
        number(&t).await;
        let policy = Policy::log_only(key(&t).await);
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        for index in [0, 1, 255, 256, 511, 512, 600, 605] {
            let proof = record_proof(&mut tx, index).await.expect("reads").expect("covered");
            let read = EntryProof::parse(&proof.to_text()).expect("its own text");
            assert_eq!(read.check(&policy).map(|trusted| trusted.checkpoint.size), Ok(606), "{index}");
        }
        assert!(record_proof(&mut tx, 606).await.expect("reads").is_none());
        let tile = Tile::of(1, 0, 606).expect("a tile");
        assert_eq!(record_tile(&mut tx, tile).await.expect("reads").len(), 2);
        let first = record_page(&t.store, &mut tx, 1, 1).await.expect("reads");
        assert_eq!(first[0].leaf["what"], "record.key");
    }

    async fn each_signed_head_goes_on_from_the_one_before(t) {
        number(&t).await;
        let mut before = head(&t).await.checkpoint;
        for count in [1, 254, 3, 300] {
            record(&t, count).await;
            number(&t).await;
            let now = head(&t).await.checkpoint;
            let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
            let proof = record_consistency(&mut tx, before.size, now.size).await.expect("reads");
            assert!(verify_consistency((before.size, &before.root), (now.size, &now.root), &proof));
            assert_eq!(record_root(&mut tx, now.size).await.expect("reads"), now.root);
            before = now;
        }
    }

    async fn an_entry_has_its_receipt_as_soon_as_it_is_numbered(t) {
        number(&t).await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let entry = Entry::new(Operation::Export, "test.export");
        let id = tx.record(&t.store, &t.ctx(), entry).await.expect("records");
        tx.commit().await.expect("commits");
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        assert_eq!(record_index(&mut tx, id).await.expect("reads"), None);
        drop(tx);
        number(&t).await;
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        let index = record_index(&mut tx, id).await.expect("reads").expect("numbered");
        let proof = record_proof(&mut tx, index).await.expect("reads").expect("covered");
        drop(tx);
        assert!(proof.check(&Policy::log_only(key(&t).await)).is_ok());
    }

    async fn a_head_lost_after_it_was_signed_opens_a_new_origin_that_names_the_old_head(t) {
        record(&t, 300).await;
        number(&t).await;
        let lost = head(&t).await.checkpoint;
        let root = frontier(&leaves(&t).await[..280]).root();
        roll_back(&t, 280).await;
        number(&t).await;
        let now = head(&t).await;
        assert_eq!(now.checkpoint.origin, format!("waxwing/{}/2/after/280/{}", t.workspace, hex::encode(root)));
        let key = key(&t).await;
        assert_eq!(key.name(), now.checkpoint.origin);
        assert!(Policy::log_only(key).check(&now.note).is_ok());
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        let entry = record_page(&t.store, &mut tx, i64::MAX, 1).await.expect("reads").remove(0);
        assert_eq!((entry.index, &entry.leaf["what"]), (280, &"record.new_origin".into()));
        let detail = &entry.body.expect("details")["detail"];
        assert_eq!(detail["signed_size"], lost.size);
        assert_eq!(detail["old_origin"], lost.origin.as_str());
    }

    async fn a_rewritten_past_is_not_signed_under_the_old_origin(t) {
        record(&t, 20).await;
        number(&t).await;
        let leaf = b"another past".to_vec();
        let mut hashes = leaves(&t).await;
        hashes[7] = leaf_hash(&leaf);
        let forged = frontier(&hashes);
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&REWRITE, args![7_i64, &leaf, hashes[7]]).await.expect("rewrites");
        tx.exec(&SET_HEAD, args![forged.size() as i64, forged.root(), forged.to_bytes()]).await.expect("sets");
        tx.commit().await.expect("commits");
        number(&t).await;
        assert!(head(&t).await.checkpoint.origin.contains("/2/after/21/"));
    }

    async fn a_head_that_does_not_fit_its_entries_is_not_signed(t) {
        record(&t, 20).await;
        number(&t).await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let other = frontier(&[[7; 32]; 21]);
        tx.exec(&SET_HEAD, args![21_i64, [9; 32], other.to_bytes()]).await.expect("sets");
        tx.commit().await.expect("commits");
        record(&t, 1).await;
        t.clock.advance(Micros::MINUTE);
        let before = head(&t).await;
        let signed = Sequencer::new(t.store.clone()).run_once().await;
        assert!(signed.is_err() || head(&t).await.checkpoint.origin != before.checkpoint.origin);
    }

    async fn a_log_older_than_its_key_and_tiles_is_brought_up(t) {
        record(&t, 700).await;
        number(&t).await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&CUT_NODES, args![]).await.expect("cuts");
        tx.exec(&CUT_KEY, args![]).await.expect("cuts");
        tx.exec(&CUT_CHECKPOINTS, args![0_i64]).await.expect("cuts");
        tx.commit().await.expect("commits");
        std::fs::remove_file(memory(&t)).expect("was there");
        number(&t).await;
        number(&t).await;
        let policy = Policy::log_only(key(&t).await);
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        let proof = record_proof(&mut tx, 300).await.expect("reads").expect("covered");
        assert!(proof.check(&policy).is_ok());
    }

    async fn what_was_signed_last_is_remembered_outside_the_database(t) {
        record(&t, 3).await;
        number(&t).await;
        let text = std::fs::read_to_string(memory(&t)).expect("is there");
        assert_eq!(SignedNote::parse(&text).as_ref(), Ok(&head(&t).await.note));
        record(&t, 1).await;
        t.clock.advance(Micros::MINUTE);
        std::fs::write(memory(&t), &text[..40]).expect("writes");
        assert!(Sequencer::new(t.store.clone()).run_once().await.is_err(), "a damaged memory is not passed over");
    }
}

fn memory(t: &TestStore) -> std::path::PathBuf {
    t.store.keys().files().ring.with_file_name(format!("record-{}.checkpoint", t.workspace))
}
