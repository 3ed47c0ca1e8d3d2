//! Checking that a leaf is in a log, and that one log is the beginning of another.
//!
//! Promise: a proof that checks out cannot be made for another leaf, position or tree (RFC 9162
//! §2.1.3 and §2.1.4). Limit: the making of proofs here holds all leaf hashes in memory, 32 bytes
//! each; a proof is only as good as the root it is checked against.

use super::{Hash, empty_root, node_hash};
use crate::token::constant_time_eq;

/// The root over all leaf hashes, by definition (RFC 9162 §2.1.1).
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = halves(leaves);
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// The hashes that lead from a leaf to the root, lowest first; `None` if there is no such leaf.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    (index < leaves.len()).then(|| path(leaves, index))
}

/// The hashes that show the first `first` leaves unchanged in the whole; `None` if there are fewer.
pub fn consistency_proof(leaves: &[Hash], first: usize) -> Option<Vec<Hash>> {
    let trivial = first == 0 || first == leaves.len();
    (first <= leaves.len()).then(|| if trivial { Vec::new() } else { subproof(leaves, first, true) })
}

/// Whether `leaf` is the leaf number `index` of the tree of `size` leaves with this root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut climb = Climb { at: index, last: size - 1 };
    let climbed = proof.iter().try_fold(*leaf, |hash, beside| {
        Some(if climb.step()? { node_hash(beside, &hash) } else { node_hash(&hash, beside) })
    });
    climb.last == 0 && climbed.is_some_and(|hash| constant_time_eq(&hash, root))
}

/// Whether the tree of `first` leaves is the beginning of the tree of `second` leaves.
pub fn verify_consistency(first: (u64, &Hash), second: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((first_size, first_root), (second_size, second_root)) = (first, second);
    if first_size == second_size {
        return proof.is_empty() && first_root == second_root;
    }
    if first_size == 0 || first_size > second_size {
        return first_size == 0 && proof.is_empty() && *first_root == empty_root();
    }
    // A complete first tree is itself the starting node, so the proof leaves it out.
    let (start, rest) = match proof.split_first() {
        Some(_) if first_size.is_power_of_two() => (first_root, proof),
        Some((start, rest)) => (start, rest),
        None => return false,
    };
    let skip = (first_size - 1).trailing_ones();
    let mut climb = Climb { at: (first_size - 1) >> skip, last: (second_size - 1) >> skip };
    let climbed = rest.iter().try_fold((*start, *start), |(old, new), beside| {
        Some(if climb.step()? {
            (node_hash(beside, &old), node_hash(beside, &new))
        } else {
            (old, node_hash(&new, beside))
        })
    });
    climb.last == 0 && climbed == Some((*first_root, *second_root))
}

/// A node on its way up, and the last node of its level.
struct Climb {
    at: u64,
    last: u64,
}

impl Climb {
    /// One level up (more where the right edge is ragged): whether the sibling is on the left.
    /// `None` at the root, where there is none.
    fn step(&mut self) -> Option<bool> {
        if self.last == 0 {
            return None;
        }
        let left = self.at & 1 == 1 || self.at == self.last;
        if left {
            while self.at & 1 == 0 && self.at != 0 {
                self.up();
            }
        }
        self.up();
        Some(left)
    }

    fn up(&mut self) {
        self.at >>= 1;
        self.last >>= 1;
    }
}

/// Splits two or more leaves at the largest power of two below their number.
fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    leaves.split_at(1 << (leaves.len() - 1).ilog2())
}

fn path(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = halves(leaves);
    let (mut path, beside) = match index.checked_sub(left.len()) {
        None => (path(left, index), root_of(right)),
        Some(index) => (path(right, index), root_of(left)),
    };
    path.push(beside);
    path
}

/// SUBPROOF of RFC 9162 §2.1.4.1; `known` while the first tree's root is still this subtree's.
fn subproof(leaves: &[Hash], first: usize, known: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return if known { Vec::new() } else { vec![root_of(leaves)] };
    }
    let (left, right) = halves(leaves);
    let (mut proof, beside) = match first.checked_sub(left.len()) {
        Some(rest) if rest > 0 => (subproof(right, rest, false), root_of(left)),
        _ => (subproof(left, first, known), root_of(right)),
    };
    proof.push(beside);
    proof
}

#[cfg(test)]
mod tests {
    use super::super::leaf_hash;
    use super::*;
    use proptest::prelude::*;

    fn leaves(count: u32) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    fn included(leaves: &[Hash], index: usize, proof: &[Hash]) -> bool {
        verify_inclusion(&leaves[index], index as u64, leaves.len() as u64, proof, &root_of(leaves))
    }

    fn consistent(leaves: &[Hash], first: usize, proof: &[Hash]) -> bool {
        let (old, new) = (root_of(&leaves[..first]), root_of(leaves));
        verify_consistency((first as u64, &old), (leaves.len() as u64, &new), proof)
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proven() {
        for size in 1..=40 {
            let leaves = leaves(size);
            for index in 0..leaves.len() {
                let proof = inclusion_proof(&leaves, index).expect("there is such a leaf");
                assert!(included(&leaves, index, &proof), "{index} of {size}");
            }
            assert_eq!(inclusion_proof(&leaves, leaves.len()), None);
        }
    }

    #[test]
    fn every_small_tree_is_the_beginning_of_every_larger_one() {
        for size in 0..=40 {
            let leaves = leaves(size);
            for first in 0..=leaves.len() {
                let proof = consistency_proof(&leaves, first).expect("no more than all");
                assert!(consistent(&leaves, first, &proof), "{first} of {size}");
            }
            assert_eq!(consistency_proof(&leaves, leaves.len() + 1), None);
        }
    }

    #[test]
    fn the_proof_of_the_known_tree_is_the_known_one() {
        // The seven-leaf example of RFC 9162 §2.1.5: the audit path of d3 is [c, g, l].
        let leaves = leaves(7);
        let (c, g) = (leaves[2], node_hash(&leaves[0], &leaves[1]));
        let l = node_hash(&node_hash(&leaves[4], &leaves[5]), &leaves[6]);
        assert_eq!(inclusion_proof(&leaves, 3), Some(vec![c, g, l]));
        // And the consistency of the tree of three with that of seven is [c, d, g, l].
        assert_eq!(consistency_proof(&leaves, 3), Some(vec![c, leaves[3], g, l]));
    }

    #[test]
    fn a_rewritten_log_is_not_consistent() {
        let (old, mut new) = (leaves(13), leaves(29));
        new[4] = leaf_hash(b"rewritten");
        let proof = consistency_proof(&new, 13).expect("fewer");
        assert!(!verify_consistency((13, &root_of(&old)), (29, &root_of(&new)), &proof));
    }

    #[test]
    fn sizes_that_make_no_sense_are_refused() {
        let (small, large) = (root_of(&leaves(3)), root_of(&leaves(5)));
        assert!(!verify_consistency((5, &large), (3, &small), &[]));
        assert!(!verify_consistency((3, &small), (5, &large), &[]));
        assert!(!verify_consistency((0, &small), (5, &large), &[]));
        assert!(!verify_consistency((3, &small), (3, &large), &[]));
        assert!(!verify_inclusion(&small, 0, 0, &[], &small));
    }

    proptest! {
        #[test]
        fn a_damaged_proof_is_refused(size in 2u32..60, index in 0usize..60, at in 0usize..8, bit in 0u8..8) {
            let leaves = leaves(size);
            let index = index % leaves.len();
            let mut proof = inclusion_proof(&leaves, index).expect("there is such a leaf");
            let longer = [&proof[..], &[leaves[0]]].concat();
            prop_assert!(!included(&leaves, index, &longer));
            prop_assert!(!included(&leaves, index, &proof[1..]));
            let at = at % proof.len();
            proof[at][3] ^= 1 << bit;
            prop_assert!(!included(&leaves, index, &proof));
        }

        #[test]
        fn a_damaged_consistency_proof_is_refused(size in 2u32..60, first in 1usize..60, at in 0usize..8) {
            let leaves = leaves(size);
            let first = 1 + first % (leaves.len() - 1);
            let mut proof = consistency_proof(&leaves, first).expect("fewer");
            let longer = [&proof[..], &[leaves[0]]].concat();
            prop_assert!(!consistent(&leaves, first, &longer));
            let at = at % proof.len();
            proof[at][0] ^= 1;
            prop_assert!(!consistent(&leaves, first, &proof));
        }

        #[test]
        fn arbitrary_proofs_are_refused(index: u64, size: u64, proof: Vec<[u8; 32]>, root: [u8; 32]) {
            prop_assert!(!verify_inclusion(&[1; 32], index, size, &proof, &root));
            prop_assert!(!verify_consistency((index, &[1; 32]), (size, &root), &proof));
        }
    }
}
