//! Replays every corpus, and mutations of it, on stable Rust.

use std::path::Path;
use waxwing_domain::{Rng as _, TestRng};
use waxwing_fuzz::TARGETS;

/// Mutations a seed; heavy targets (whole documents) get fewer.
fn rounds(name: &str) -> usize {
    if name.starts_with("revision") { 60 } else { 400 }
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("the target {name} has no corpus in {}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("a readable seed")).collect()
}

/// Flips, cuts, repeats or inserts a few bytes.
fn mutate(seed: &[u8], rng: &TestRng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    let mut dice = [0u8; 8];
    for _ in 0..3 {
        rng.fill(&mut dice);
        let at = usize::from(u16::from_le_bytes([dice[0], dice[1]])) % (bytes.len() + 1);
        match dice[2] % 4 {
            0 if at < bytes.len() => bytes[at] ^= dice[3],
            1 => bytes.truncate(at),
            2 => bytes.splice(at..at, [dice[3], dice[4]]).for_each(drop),
            _ => {
                let piece = bytes[..at].to_vec();
                bytes.extend(piece);
            }
        }
    }
    bytes
}

#[test]
fn every_corpus_and_its_mutations_are_answered() {
    for (name, target) in TARGETS {
        let rng = TestRng::seeded(2026);
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in &seeds {
            target(seed);
            for _ in 0..rounds(name) {
                target(&mutate(seed, &rng));
            }
        }
    }
}
