//! The vectors of RFC 6962 implementations, and the frontier against the definition.

use super::*;
use proptest::prelude::*;

/// The eight leaves that Certificate Transparency's own tests use, and their roots.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn numbered(count: u32) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

fn frontier(leaves: &[Hash]) -> Frontier {
    leaves.iter().fold(Frontier::new(), |mut frontier, leaf| {
        frontier.push(*leaf);
        frontier
    })
}

#[test]
fn the_empty_tree_is_the_hash_of_nothing() {
    let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hex::encode(Frontier::new().root()), expected);
}

#[test]
fn the_known_trees_have_their_known_roots() {
    let mut frontier = Frontier::new();
    for (leaf, root) in LEAVES.iter().zip(ROOTS) {
        frontier.push(leaf_hash(&hex::decode(leaf).expect("hex")));
        assert_eq!(hex::encode(frontier.root()), root, "{} leaves", frontier.size());
    }
}

#[test]
fn the_frontier_agrees_with_the_definition_at_every_size() {
    let leaves = numbered(200);
    for size in 0..=leaves.len() {
        assert_eq!(frontier(&leaves[..size]).root(), root_of(&leaves[..size]), "{size}");
    }
}

#[test]
fn appending_goes_on_after_a_restart() {
    let leaves = numbered(77);
    for stop in 0..=leaves.len() {
        let stored = frontier(&leaves[..stop]).to_bytes();
        let mut resumed = Frontier::from_bytes(&stored).expect("just written");
        leaves[stop..].iter().for_each(|leaf| resumed.push(*leaf));
        assert_eq!(resumed, frontier(&leaves), "{stop}");
    }
}

#[test]
fn a_damaged_head_is_refused() {
    let good = frontier(&numbered(5)).to_bytes();
    assert_eq!(good.len(), 9 + 2 * 32);
    for length in 0..good.len() {
        assert_eq!(Frontier::from_bytes(&good[..length]), Err(FrontierError), "{length}");
    }
    for (at, value) in [(0, 2), (8, 7), (1, 1)] {
        let mut bad = good.clone();
        bad[at] = value;
        assert_eq!(Frontier::from_bytes(&bad), Err(FrontierError), "byte {at}");
    }
}

#[test]
fn a_commitment_depends_on_its_salt_and_body() {
    let one = commitment(&[1; 32], b"body");
    assert_ne!(one, commitment(&[2; 32], b"body"));
    assert_ne!(one, commitment(&[1; 32], b"bodies"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_back_or_refused(bytes: Vec<u8>) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}
