//! A witness: it signs what goes on from what it saw, and nothing else.

use std::path::Path;
use waxwing_crypto::merkle::{Hash, consistency_proof, leaf_hash, root_of};
use waxwing_crypto::tlog::{AddCheckpoint, Checkpoint, NoteSigner, Policy, SignatureKind, SignedNote};
use waxwing_domain::{Micros, TestRng};
use waxwing_store::{Witness, WitnessAnswer, WitnessError};

const NOW: Micros = Micros::from_i64(1_796_115_600_000_000);

fn key(name: &str, kind: SignatureKind) -> NoteSigner {
    NoteSigner::random(name, kind, &TestRng::seeded(name.len() as u64)).expect("a key")
}

fn log() -> NoteSigner {
    key("waxwing/log", SignatureKind::Note)
}

fn open(dir: &Path) -> Result<Witness, WitnessError> {
    let signer = key("witness.example", SignatureKind::Cosignature);
    Witness::open(dir, signer, vec![log().verifier().clone()])
}

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&[number])).collect()
}

fn signed(origin: &str, leaves: &[Hash], signer: &NoteSigner) -> SignedNote {
    let head = Checkpoint { origin: origin.into(), size: leaves.len() as u64, root: root_of(leaves) };
    let mut note = head.note().expect("a note");
    note.sign(signer, NOW);
    note
}

fn request(old: usize, leaves: &[Hash]) -> AddCheckpoint {
    let proof = consistency_proof(leaves, old).expect("no more than all");
    AddCheckpoint { old: old as u64, proof, note: signed("waxwing/log", leaves, &log()) }
}

fn ask(witness: &Witness, request: &AddCheckpoint) -> WitnessAnswer {
    witness.add_checkpoint(request.to_text().as_bytes(), NOW)
}

#[test]
fn a_log_that_goes_on_is_signed_with_the_time_also_after_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    for (old, new) in [(0, 3), (3, 3), (3, 9), (9, 200)] {
        let witness = open(dir.path()).expect("opens");
        let mut request = request(old, &leaves(new));
        let WitnessAnswer::Cosigned(line) = ask(&witness, &request) else { panic!("{old} to {new}") };
        let seen = request.note.take_cosignature(witness.verifier(), &(line + "\n")).expect("its signature");
        assert_eq!(seen.at, NOW);
        let policy =
            Policy { witnesses: vec![witness.verifier().clone()], ..Policy::log_only(log().verifier().clone()) };
        assert!(policy.check(&request.note).is_ok());
        let (last, kept) = witness.last("waxwing/log").expect("reads").expect("seen");
        assert_eq!((last.size, policy.check(&kept).is_ok()), (u64::from(new), true));
    }
}

#[test]
fn a_log_put_back_is_told_what_was_seen() {
    let dir = tempfile::tempdir().expect("a directory");
    let witness = open(dir.path()).expect("opens");
    ask(&witness, &request(0, &leaves(20)));
    for old in [0, 5, 19] {
        assert_eq!(ask(&witness, &request(old, &leaves(19))), WitnessAnswer::Conflict(20));
    }
    assert_eq!(WitnessAnswer::Conflict(20).http(), (409, "text/x.tlog.size", "20\n".into()));
}

#[test]
fn a_forked_log_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let witness = open(dir.path()).expect("opens");
    ask(&witness, &request(0, &leaves(20)));
    let mut other = leaves(25);
    other[7] = leaf_hash(b"rewritten");
    assert_eq!(ask(&witness, &request(20, &other)), WitnessAnswer::Inconsistent);
    other.truncate(20);
    assert_eq!(ask(&witness, &request(20, &other)), WitnessAnswer::Conflict(20), "one size, two roots");
    assert_eq!(ask(&witness, &request(20, &leaves(25))).http().0, 200, "the honest log goes on");
}

#[test]
fn every_bit_of_a_proof_counts() {
    let dir = tempfile::tempdir().expect("a directory");
    let witness = open(dir.path()).expect("opens");
    ask(&witness, &request(0, &leaves(20)));
    let honest = request(20, &leaves(25));
    for at in 0..honest.proof.len() {
        for bit in 0..256 {
            let mut wrong = honest.clone();
            wrong.proof[at][bit / 8] ^= 1 << (bit % 8);
            assert_eq!(ask(&witness, &wrong), WitnessAnswer::Inconsistent);
        }
    }
    let mut longer = honest.clone();
    longer.proof.push([0; 32]);
    assert_eq!(ask(&witness, &longer), WitnessAnswer::Inconsistent);
}

#[test]
fn strangers_and_nonsense_get_the_answers_of_c2sp() {
    let dir = tempfile::tempdir().expect("a directory");
    let witness = open(dir.path()).expect("opens");
    let status = |answer: WitnessAnswer| answer.http().0;
    let stranger = key("waxwing/stranger", SignatureKind::Note);
    let unknown = AddCheckpoint { note: signed("waxwing/stranger", &leaves(3), &stranger), ..request(0, &leaves(3)) };
    assert_eq!(status(ask(&witness, &unknown)), 404);
    let forged = AddCheckpoint { note: signed("waxwing/log", &leaves(3), &stranger), ..request(0, &leaves(3)) };
    assert_eq!(status(ask(&witness, &forged)), 403);
    let backwards = AddCheckpoint { old: 4, ..request(0, &leaves(3)) };
    assert_eq!(status(ask(&witness, &backwards)), 400);
    for nonsense in ["", "old 0", "old 00\n\n", "new 0\n\na\n1\nAAAA\n\n\u{2014} a AAAA\n", "old -1\n\n\n"] {
        assert_eq!(status(witness.add_checkpoint(nonsense.as_bytes(), NOW)), 400, "{nonsense}");
    }
    assert_eq!(status(witness.add_checkpoint(&[0xff; 64], NOW)), 400);
    assert!(witness.last("waxwing/log").expect("reads").is_none(), "nothing of it was kept");
}

#[test]
fn what_cannot_be_kept_is_not_signed() {
    let dir = tempfile::tempdir().expect("a directory");
    let witness = open(dir.path()).expect("opens");
    ask(&witness, &request(0, &leaves(3)));
    let file = std::fs::read_dir(dir.path()).expect("reads").map(|entry| entry.expect("reads").path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|end| end == "checkpoint")).expect("kept");
    std::fs::write(&file, "damaged").expect("writes");
    assert_eq!(ask(&witness, &request(3, &leaves(5))), WitnessAnswer::Unavailable);
    drop(witness);
    assert!(matches!(open(dir.path()), Err(WitnessError::Damaged(..))));
}

#[test]
fn two_witnesses_never_share_a_memory() {
    let dir = tempfile::tempdir().expect("a directory");
    let _first = open(dir.path()).expect("opens");
    assert!(matches!(open(dir.path()), Err(WitnessError::Taken(_))));
}

#[test]
fn of_many_requests_at_once_the_log_only_ever_grows() {
    let dir = tempfile::tempdir().expect("a directory");
    let witness = open(dir.path()).expect("opens");
    ask(&witness, &request(0, &leaves(1)));
    let cosigned = std::thread::scope(|scope| {
        let asked = (2..40u8).map(|new| {
            scope.spawn({
                let witness = &witness;
                move || matches!(ask(witness, &request(1, &leaves(new))), WitnessAnswer::Cosigned(_))
            })
        });
        asked
            .collect::<Vec<_>>()
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .filter(|signed| *signed)
            .count()
    });
    assert_eq!(cosigned, 1, "the old size fits one of them only");
}
