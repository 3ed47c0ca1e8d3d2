//! Published vectors, known answers of another implementation (`vectors/tlog.py`), and attackers.

use super::*;
use crate::merkle::{self, Frontier, Hash, leaf_hash, verify_consistency};
use proptest::prelude::*;
use std::collections::HashMap;
use waxwing_domain::{Micros, TestRng};

const KEYS: &str = include_str!("../../vectors/keys");
const PROOF: &str = include_str!("../../vectors/entry.tlog-proof");
const REQUEST: &str = include_str!("../../vectors/add-checkpoint");

fn keys() -> (VerifierKey, VerifierKey, Hash) {
    let mut lines = KEYS.lines();
    let mut line = || lines.next().expect("three lines");
    let (log, witness) = (line().parse().expect("a key"), line().parse().expect("a key"));
    (log, witness, hash_line(line()).expect("a hash"))
}

fn policy() -> Policy {
    let (log, witness, _) = keys();
    Policy { witnesses: vec![witness], ..Policy::log_only(log) }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(format!("leaf {number}").as_bytes())).collect()
}

/// The tiles of a log, by definition.
fn tiles(leaves: &[Hash]) -> HashMap<Tile, Vec<Hash>> {
    let size = leaves.len() as u64;
    let hash = |level: u8, at: u64| {
        let width = 256usize.pow(u32::from(level));
        merkle::root_of(&leaves[at as usize * width..(at as usize + 1) * width])
    };
    Tile::all(size).map(|tile| (tile, tile.span().map(|at| hash(tile.level, at)).collect())).collect()
}

fn made(plan: &Plan, tiles: &HashMap<Tile, Vec<Hash>>) -> Vec<Hash> {
    let needed = plan.tiles();
    assert!(needed.len() <= 12, "{} tiles for one proof", needed.len());
    let source = |tile| tiles.get(&tile).filter(|_| needed.contains(&tile)).map(Vec::as_slice);
    plan.hashes(source).expect("the tiles it named suffice")
}

#[test]
fn proofs_from_tiles_are_those_by_definition() {
    for size in [1, 2, 3, 255, 256, 257, 511, 513, 1_000] {
        let leaves = leaves(size);
        let tiles = tiles(&leaves);
        assert_eq!(made(&Plan::root(size), &tiles), [merkle::root_of(&leaves)]);
        for at in (0..=size).filter(|at| *at < 4 || at % 97 == 0 || at % 256 < 2 || *at + 2 > size) {
            if let Some(plan) = Plan::inclusion(at, size) {
                assert_eq!(Some(made(&plan, &tiles)), merkle::inclusion_proof(&leaves, at as usize), "{at} of {size}");
            }
            let plan = Plan::consistency(at, size).expect("no more than all");
            assert_eq!(Some(made(&plan, &tiles)), merkle::consistency_proof(&leaves, at as usize), "{at} of {size}");
        }
    }
    assert_eq!((Plan::inclusion(5, 5), Plan::consistency(6, 5)), (None, None));
}

#[test]
fn a_missing_tile_is_named() {
    let plan = Plan::inclusion(300, 1_000).expect("there is such an entry");
    let Err(MissingTile(tile)) = plan.hashes(|_| None) else { panic!("made of nothing") };
    assert!(plan.tiles().contains(&tile));
}

#[test]
fn the_known_answers_of_another_implementation() {
    let (_, _, old_root) = keys();
    let leaves = leaves(70_000);
    let tiles = tiles(&leaves);
    let proof = EntryProof::parse(PROOF).expect("a proof");
    assert_eq!((proof.index, &proof.entry[..]), (65_801, &b"leaf 65801"[..]));
    assert_eq!(proof.hashes, made(&Plan::inclusion(65_801, 70_000).expect("there"), &tiles));
    let trusted = proof.check(&policy()).expect("it holds");
    assert_eq!(trusted.checkpoint.root, merkle::root_of(&leaves));
    let at = Micros::from_i64(1_796_115_600 * Micros::SECOND);
    assert_eq!(trusted.seen, [Seen { name: "witness.example/w1".into(), at }]);

    let request = AddCheckpoint::parse(REQUEST).expect("a request");
    assert_eq!(request.proof, made(&Plan::consistency(66_666, 70_000).expect("there"), &tiles));
    let head = trusted.checkpoint;
    assert!(verify_consistency((66_666, &old_root), (head.size, &head.root), &request.proof));
    assert_eq!(request.to_text(), REQUEST);
    assert_eq!(proof.to_text(), PROOF);
}

#[test]
fn our_signatures_are_those_of_another_implementation() {
    let seed = |from: u8| std::array::from_fn(|at| from + at as u8);
    let note = EntryProof::parse(PROOF).expect("a proof").note;
    let log = NoteSigner::from_seed("waxwing/0000000000001", SignatureKind::Note, &seed(0)).expect("a key");
    let witness = NoteSigner::from_seed("witness.example/w1", SignatureKind::Cosignature, &seed(32)).expect("a key");
    let mut ours = Checkpoint::parse(note.text()).expect("a checkpoint").note().expect("a note");
    let now = Micros::from_i64(1_796_115_600 * Micros::SECOND);
    ours.sign(&log, now);
    ours.sign(&witness, now);
    assert_eq!(ours.to_text(), note.to_text());
    assert_eq!((log.verifier(), witness.verifier()), (&keys().0, &keys().1));
}

#[test]
fn the_published_note_of_the_go_project_verifies() {
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let note = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n\n\
                \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    let key: VerifierKey = key.parse().expect("a key");
    let note = SignedNote::parse(note).expect("a note");
    assert!(note.signatures()[0].is_of(&key));
    assert_eq!(note.signatures()[0].check(&key, note.text()), Ok(None));
    let private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let signer = NoteSigner::from_private_text(private).expect("a key");
    assert_eq!((signer.verifier(), &**signer.private_text()), (&key, private));
    let sum: Result<VerifierKey, _> = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8".parse();
    assert_eq!(sum.map(|key| key.name().to_owned()), Ok("sum.golang.org".to_owned()));
}

#[test]
fn every_byte_of_a_proof_that_is_changed_is_noticed() {
    let policy = policy();
    for at in 0..PROOF.len() {
        for change in [1, 2, 4, 8, 16, 32, 64, 128] {
            let mut bytes = PROOF.as_bytes().to_vec();
            bytes[at] ^= change;
            let read = std::str::from_utf8(&bytes).ok().and_then(|text| EntryProof::parse(text).ok());
            let passed = read.is_some_and(|proof| proof.check(&policy).is_ok());
            assert!(!passed, "byte {at} with {change} turned");
        }
    }
}

#[test]
fn a_proof_that_was_cut_or_has_more_is_refused() {
    let policy = policy();
    let passes = |text: &str| EntryProof::parse(text).is_ok_and(|proof| proof.check(&policy).is_ok());
    assert!(passes(PROOF));
    assert!((0..PROOF.len()).filter(|at| PROOF.is_char_boundary(*at)).all(|at| !passes(&PROOF[..at])));
    for more in ["\n", " ", "\u{2014}", "a"] {
        assert!(!passes(&format!("{PROOF}{more}")) && !passes(&format!("{more}{PROOF}")));
    }
    assert!(!passes(&PROOF.replace('\n', "\r\n")));
}

#[test]
fn a_key_of_another_kind_name_or_id_is_another_key() {
    let (log, witness, _) = keys();
    let note = EntryProof::parse(PROOF).expect("a proof").note;
    let as_log = VerifierKey::new(log.name(), SignatureKind::Cosignature, *log.public()).expect("a name");
    assert_eq!(Policy::log_only(as_log).check(&note), Err(TlogError::Unsigned));
    let other = NoteSigner::random(log.name(), SignatureKind::Note, &TestRng::seeded(1)).expect("a key");
    assert_eq!(Policy::log_only(other.verifier().clone()).check(&note), Err(TlogError::Unsigned));
    let elsewhere = log.renamed("waxwing/other").expect("a name");
    assert_eq!(Policy::log_only(elsewhere.clone()).check(&note), Err(TlogError::Unsigned));
    assert!(Policy { any_origin: true, ..Policy::log_only(elsewhere) }.check(&note).is_ok());
    let absent = witness.renamed("witness.example/w2").expect("a name");
    let policy = Policy { witnesses: vec![witness, absent], ..Policy::log_only(log) };
    assert_eq!(policy.check(&note), Err(TlogError::Unwitnessed));
}

#[test]
fn a_wrong_signature_of_a_known_key_refuses_the_whole_note() {
    let (log, _, _) = keys();
    let mut note = EntryProof::parse(PROOF).expect("a proof").note;
    let mut wrong = note.signatures()[0].clone();
    wrong.bytes[7] ^= 1;
    note.add(wrong);
    assert_eq!(Policy::log_only(log).check(&note), Err(TlogError::Forged));
}

#[test]
fn texts_that_are_nearly_right_are_refused() {
    let root = base64(&[7; 32]);
    let good = format!("a/b\n5\n{root}\n");
    assert_eq!(Checkpoint::parse(&good).map(|head| head.text()), Ok(good.clone()));
    for wrong in [
        format!("\n5\n{root}\n"),
        format!("a/b\n05\n{root}\n"),
        format!("a/b\n+5\n{root}\n"),
        format!("a/b\n9223372036854775808\n{root}\n"),
        format!("a/b\n5\n{root}"),
        format!("a/b\n5\n{root}\nmore\n"),
        format!("a/b\n5\n{}\n", base64(&[7; 31])),
        format!("a/b\n5\n{}\n", root.replace('=', "")),
        format!("{}\n5\n{root}\n", "a".repeat(256)),
    ] {
        assert_eq!(Checkpoint::parse(&wrong), Err(TlogError::Checkpoint), "{wrong}");
    }
    for wrong in
        ["", "a", "a+b", "a+00000000+AAAA", "sum.golang.org+133de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
    {
        assert_eq!(wrong.parse::<VerifierKey>().err(), Some(TlogError::Key), "{wrong}");
    }
    assert!(NoteSigner::random("two words", SignatureKind::Note, &TestRng::seeded(1)).is_none());
}

#[test]
fn tiles_lie_where_the_text_of_c2sp_says() {
    let tile = |level, index, width| Tile { level, index, width };
    assert_eq!(tile(0, 1_234_067, 256).path(), "tile/0/x001/x234/067");
    assert_eq!(tile(1, 0, 17).path(), "tile/1/000.p/17");
    assert_eq!(tile(0, 273, 112).entries_path(), "tile/entries/273.p/112");
    // The example of the text: a log of 70,000 entries.
    let all: Vec<Tile> = Tile::all(70_000).filter(|tile| !tile.is_full() || tile.level > 0).collect();
    assert_eq!(all, [tile(0, 273, 112), tile(1, 0, 256), tile(1, 1, 17), tile(2, 0, 1)]);
    assert_eq!(Tile::all(256).collect::<Vec<_>>(), [tile(0, 0, 256), tile(1, 0, 1)]);
    assert_eq!(Tile::all(0).count(), 0);
    for read in ["0/x001/x234/067", "1/000.p/17", "63/999"] {
        assert_eq!(Tile::parse(read).map(|tile| tile.path()), Some(format!("tile/{read}")));
    }
    for wrong in [
        "",
        "0",
        "0/",
        "64/000",
        "00/000",
        "0/0",
        "0/x000",
        "0/x000/001",
        "0/001/002",
        "0/001.p/0",
        "0/001.p/256",
        "0/001.p/01",
        "0/../001",
        "-1/001",
        "0/x001/x234/0067",
        "0/x001/234/067",
        "0/001.p/5.p/5",
    ] {
        assert_eq!(Tile::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_bundle_gives_back_its_entries_and_refuses_any_other_number() {
    let mut bundle = Bundle::default();
    let entries: [&[u8]; 3] = [b"one", b"", &[7; 300]];
    entries.iter().for_each(|entry| bundle.push(entry).expect("short"));
    assert_eq!(&bundle.bytes()[..5], b"\0\x03one");
    assert_eq!(Bundle::entries(bundle.bytes(), 3), Some(entries.to_vec()));
    assert_eq!(Bundle::entries(bundle.bytes(), 2), None);
    let cut = &bundle.bytes()[..bundle.bytes().len() - 1];
    assert_eq!(Bundle::entries(cut, 3), None);
    assert_eq!(bundle.push(&vec![0; MAX_ENTRY + 1]), None);
}

#[test]
fn the_frontier_names_the_nodes_that_tiles_above_the_leaves_are_made_of() {
    let leaves = leaves(66_000);
    let (mut frontier, mut nodes) = (Frontier::new(), Vec::new());
    leaves.iter().for_each(|leaf| frontier.push_noting(*leaf, |node| nodes.push(node)));
    let tiles = tiles(&leaves);
    assert_eq!(nodes.len(), 257 + 1);
    for node in nodes {
        let tile = Tile::of(node.level, node.index / 256, 66_000).expect("a tile");
        assert_eq!(tiles[&tile][(node.index % 256) as usize], node.hash);
    }
}

#[test]
fn no_private_key_prints() {
    let signer = NoteSigner::random("a", SignatureKind::Note, &TestRng::seeded(1)).expect("a key");
    assert!(!format!("{signer:?}").contains("PRIVATE"));
}

proptest! {
    #[test]
    fn any_text_is_read_back_or_refused(text in "(c2sp.org/tlog-proof@v1\n)?(extra [A-Z=]{0,8}\n)?(old |index )?[0-9]{0,4}\n{0,2}\\PC{0,40}\n{0,2}(\u{2014} \\PC{0,20})?\n?") {
        if let Ok(proof) = EntryProof::parse(&text) {
            prop_assert_eq!(proof.to_text(), text.clone());
        }
        if let Ok(note) = SignedNote::parse(&text) {
            prop_assert_eq!(note.to_text(), text.clone());
        }
        if let Ok(request) = AddCheckpoint::parse(&text) {
            prop_assert_eq!(request.to_text(), text);
        }
    }
}
