//! The record as files: whole ones pass, and whatever was done to them is named.

use std::path::{Path, PathBuf};
use waxwing_crypto::merkle::{Frontier, leaf_hash};
use waxwing_crypto::tlog::{NoteSigner, SignatureKind, SignedNote, TlogError, VerifierKey};
use waxwing_domain::{FieldId, Micros, Operation, SubjectNo, TestRng};
use waxwing_store::{
    Entry, RecordCheck, RecordFileError, RecordReport, Sequencer, args, export_record, record_checkpoint, record_key,
    record_proof, statement, subjects, verify_proof, verify_record,
};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { LEAVES, "SELECT leaf FROM record_entries WHERE workspace_id = $1 ORDER BY idx" }
statement! { REWRITE, "UPDATE record_entries SET leaf = $3, leaf_hash = $4 WHERE workspace_id = $1 AND idx = $2" }
statement! { SET_HEAD, "UPDATE record_heads SET size = $2, root = $3, frontier = $4 WHERE workspace_id = $1" }
statement! { FORGET_NODES, "DELETE FROM record_nodes WHERE workspace_id = $1" }
statement! { FORGET_CHECKPOINTS, "DELETE FROM record_checkpoints WHERE workspace_id = $1" }
statement! { CUT, "DELETE FROM record_entries WHERE workspace_id = $1 AND idx >= $2" }
statement! { WITNESSED, "UPDATE record_checkpoints SET note = $2, witnesses = 1 WHERE workspace_id = $1 AND size = $3" }

async fn record(t: &TestStore, count: u32) {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    for i in 0..count {
        let people = subjects([SubjectNo::new(i + 1), SubjectNo::new(2 * i + 7)]);
        let entry = Entry::new(Operation::Change, "test.change").part(&[FieldId::EMAIL], people);
        tx.record(&t.store, &t.ctx(), entry).await.expect("records");
    }
    tx.commit().await.expect("commits");
    t.clock.advance(Micros::MINUTE);
    Sequencer::new(t.store.clone()).finish().await.expect("numbers");
}

async fn export(t: &TestStore, name: &str) -> PathBuf {
    let dir = t.dir.path().join(name);
    export_record(&t.store, t.workspace, &dir, true, |_, _| ()).await.expect("exports");
    dir
}

async fn key(t: &TestStore) -> VerifierKey {
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    record_key(&mut tx).await.expect("reads").expect("a key")
}

async fn checkpoint(t: &TestStore) -> SignedNote {
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    record_checkpoint(&mut tx).await.expect("reads").expect("a checkpoint").note
}

fn verify(dir: &Path, check: &RecordCheck) -> RecordReport {
    verify_record(dir, check, |_, _| ()).expect("can be read")
}

fn places(report: &RecordReport) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.place.as_str()).collect()
}

fn turn(file: &Path, at: usize) {
    let mut bytes = std::fs::read(file).expect("a file");
    bytes[at] ^= 1;
    std::fs::write(file, bytes).expect("writes");
}

/// Somebody who holds database and keys writes another past and has it signed.
async fn forge(t: &TestStore, change: Option<i64>, cut: Option<usize>) {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    let mut leaves = tx.all(&LEAVES, args![], |r| r.blob(0)).await.expect("reads");
    if let Some(index) = change {
        leaves[index as usize][8] ^= 1;
        let leaf = &leaves[index as usize];
        tx.exec(&REWRITE, args![index, leaf, leaf_hash(leaf)]).await.expect("rewrites");
    }
    if let Some(size) = cut {
        leaves.truncate(size);
        tx.exec(&CUT, args![size as i64]).await.expect("cuts");
    }
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(leaf_hash(leaf)));
    tx.exec(&SET_HEAD, args![frontier.size() as i64, frontier.root(), frontier.to_bytes()]).await.expect("sets");
    tx.exec(&FORGET_NODES, args![]).await.expect("forgets");
    tx.exec(&FORGET_CHECKPOINTS, args![]).await.expect("forgets");
    tx.commit().await.expect("commits");
    let memory = t.store.keys().files().ring.with_file_name(format!("record-{}.checkpoint", t.workspace));
    std::fs::remove_file(memory).expect("was there");
    t.clock.advance(Micros::MINUTE);
    Sequencer::new(t.store.clone()).finish().await.expect("signs");
}

store_test! {
    async fn a_whole_record_passes_and_is_never_written_over(t) {
        record(&t, 600).await;
        let dir = export(&t, "record").await;
        let report = verify(&dir, &RecordCheck { key: Some(key(&t).await), ..RecordCheck::default() });
        assert_eq!((report.findings.as_slice(), report.size, report.bitmaps), (&[][..], 601, 600));
        assert!(report.is_whole() && !report.own_key);
        assert!(verify(&dir, &RecordCheck::default()).own_key, "the key beside the files is said to be just that");
        let again = export_record(&t.store, t.workspace, &dir, true, |_, _| ()).await;
        assert!(matches!(again, Err(RecordFileError::Io(..))));
        let bare = t.dir.path().join("bare");
        export_record(&t.store, t.workspace, &bare, false, |_, _| ()).await.expect("exports");
        assert_eq!(places(&verify(&bare, &RecordCheck::default())), ["people"]);
        assert!(verify(&bare, &RecordCheck { without_people: true, ..RecordCheck::default() }).is_whole());
    }

    async fn a_changed_entry_and_a_changed_set_of_people_are_named_by_their_number(t) {
        record(&t, 300).await;
        let dir = export(&t, "record").await;
        // The last entry, 300, lies in the second bundle: its last byte is of its only hash.
        let bundle = dir.join("tile/entries/001.p/45");
        let length = std::fs::read(&bundle).expect("a file").len();
        turn(&bundle, length - 1);
        let report = verify(&dir, &RecordCheck::default());
        assert_eq!(places(&report), ["entry 300", "checkpoint", "entry 300"], "{:?}", report.findings);
        turn(&bundle, length - 1);
        let people = dir.join("people/000");
        let length = std::fs::read(&people).expect("a file").len();
        turn(&people, length - 1);
        assert_eq!(places(&verify(&dir, &RecordCheck::default())), ["entry 255"]);
    }

    async fn what_is_missing_is_named(t) {
        record(&t, 300).await;
        for missing in ["tile/entries/001.p/45", "tile/0/000", "tile/1/000.p/1", "people/001.p/45"] {
            let dir = export(&t, &missing.replace('/', "-")).await;
            std::fs::remove_file(dir.join(missing)).expect("was there");
            assert!(places(&verify(&dir, &RecordCheck::default())).contains(&missing), "{missing}");
        }
        let dir = export(&t, "without").await;
        std::fs::remove_file(dir.join("checkpoint")).expect("was there");
        assert!(verify_record(&dir, &RecordCheck::default(), |_, _| ()).is_err());
    }

    async fn every_byte_of_every_file_counts(t) {
        record(&t, 4).await;
        let dir = export(&t, "record").await;
        let check = RecordCheck { key: Some(key(&t).await), ..RecordCheck::default() };
        for file in ["checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5", "people/000.p/5"] {
            let file = dir.join(file);
            for at in 0..std::fs::read(&file).expect("a file").len() {
                turn(&file, at);
                let passed = verify_record(&dir, &check, |_, _| ()).is_ok_and(|report| report.is_whole());
                assert!(!passed, "{} at {at}", file.display());
                turn(&file, at);
            }
        }
        assert!(verify(&dir, &check).is_whole());
    }

    async fn another_log_s_key_does_not_pass(t) {
        record(&t, 4).await;
        let dir = export(&t, "record").await;
        let other = NoteSigner::random("waxwing/other", SignatureKind::Note, &TestRng::seeded(4)).expect("a key");
        let report = verify(&dir, &RecordCheck { key: Some(other.verifier().clone()), ..RecordCheck::default() });
        assert_eq!(places(&report), ["checkpoint"]);
    }

    async fn a_rewritten_past_that_was_signed_anew_is_caught_by_a_checkpoint_kept_elsewhere(t) {
        record(&t, 300).await;
        let kept = checkpoint(&t).await.to_text();
        record(&t, 50).await;
        let check = RecordCheck { key: Some(key(&t).await), ..RecordCheck::default() };
        let against = RecordCheck { against: Some(kept), ..check.clone() };
        assert!(verify(&export(&t, "honest").await, &against).is_whole());
        forge(&t, Some(120), None).await;
        let dir = export(&t, "forged").await;
        assert!(verify(&dir, &check).is_whole(), "by itself, a past that was signed anew looks whole");
        let report = verify(&dir, &against);
        assert!(places(&report).contains(&"the earlier checkpoint"), "{:?}", report.findings);
    }

    async fn a_record_that_was_cut_or_put_back_is_caught_by_a_checkpoint_kept_elsewhere(t) {
        record(&t, 300).await;
        let old = export(&t, "old").await;
        record(&t, 50).await;
        let kept = checkpoint(&t).await.to_text();
        let check = RecordCheck { key: Some(key(&t).await), against: Some(kept), ..RecordCheck::default() };
        let put_back = verify(&old, &check);
        assert!(put_back.findings[0].what.contains("50 are missing"), "{:?}", put_back.findings);
        forge(&t, None, Some(310)).await;
        let cut = verify(&export(&t, "cut").await, &check);
        assert!(cut.findings[0].what.contains("41 are missing"), "{:?}", cut.findings);
    }

    async fn a_forged_record_has_no_word_of_the_witness(t) {
        record(&t, 20).await;
        let witness = NoteSigner::random("witness.example", SignatureKind::Cosignature, &TestRng::seeded(5)).expect("a key");
        let mut note = checkpoint(&t).await;
        note.sign(&witness, t.clock_now());
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        assert_eq!(tx.exec(&WITNESSED, args![note.to_text(), 21_i64]).await.expect("keeps"), 1);
        tx.commit().await.expect("commits");
        record(&t, 5).await;
        let check = RecordCheck {
            key: Some(key(&t).await),
            witnesses: vec![witness.verifier().clone()],
            ..RecordCheck::default()
        };
        let honest = verify(&export(&t, "honest").await, &check);
        assert_eq!((honest.is_whole(), honest.witnessed_size, honest.seen.len()), (true, 21, 1));
        forge(&t, Some(3), None).await;
        let dir = export(&t, "forged").await;
        assert!(places(&verify(&dir, &check)).contains(&"checkpoint.witnessed"));
        // Laying the old word of the witness beside the forged record does not help.
        std::fs::write(dir.join("checkpoint.witnessed"), note.to_text()).expect("writes");
        assert!(places(&verify(&dir, &check)).contains(&"checkpoint.witnessed"));
    }

    async fn a_proof_passes_alone_and_not_with_another_entry(t) {
        record(&t, 30).await;
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        let mut proof = record_proof(&mut tx, 12).await.expect("reads").expect("covered");
        drop(tx);
        let check = RecordCheck { key: Some(key(&t).await), ..RecordCheck::default() };
        assert!(verify_proof(&proof.to_text(), &check).is_ok());
        proof.entry[9] ^= 1;
        assert_eq!(verify_proof(&proof.to_text(), &check).err(), Some(TlogError::NotIncluded));
    }
}

/// The test's time.
trait Now {
    fn clock_now(&self) -> Micros;
}

impl Now for TestStore {
    fn clock_now(&self) -> Micros {
        self.store.clock().now()
    }
}
