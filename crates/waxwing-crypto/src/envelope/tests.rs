//! What an envelope refuses, and that it gives back exactly what went in.

use super::*;
use proptest::prelude::*;
use waxwing_domain::{FieldId, SubjectNo, TestRng, WorkspaceId};

use crate::place::TableId;

fn place() -> Place {
    Place {
        workspace: WorkspaceId::from_i64(1),
        table: TableId::SUBSCRIBERS,
        field: FieldId::EMAIL,
        row: 7,
        subject: SubjectNo::new(3),
        generation: 1,
    }
}

fn key() -> SubjectKey {
    SubjectKey::from_bytes([9; 32])
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    seal_under_subject(&key(), &place(), plain, &TestRng::seeded(5))
}

fn elsewhere() -> [Place; 6] {
    let home = place();
    [
        Place { workspace: WorkspaceId::from_i64(2), ..home },
        Place { table: TableId::OUTBOX, ..home },
        Place { field: FieldId::PHONE, ..home },
        Place { row: 8, ..home },
        Place { subject: SubjectNo::new(4), ..home },
        Place { generation: 2, ..home },
    ]
}

#[test]
fn a_value_moved_anywhere_else_is_refused() {
    let sealed = sealed(b"person@example.test");
    for place in elsewhere() {
        let named = place.subject == self::place().subject && place.generation == self::place().generation;
        let expected = if named { OpenError::Refused } else { OpenError::WrongKey };
        assert_eq!(open_under_subject(&key(), &place, &sealed), Err(expected), "{place:?}");
    }
}

#[test]
fn naming_the_new_place_in_the_header_does_not_help() {
    for place in elsewhere() {
        let mut forged = sealed(b"person@example.test");
        forged[..HEADER_LEN].copy_from_slice(&KeyId::subject(&place).header());
        assert_eq!(open_under_subject(&key(), &place, &forged), Err(OpenError::Refused), "{place:?}");
    }
}

#[test]
fn a_shared_value_moved_anywhere_else_is_refused() {
    let (key, id) = (RingKey::from_bytes([9; 32]), KeyId::shared(SealedBy::Secret, 1));
    let sealed = shared_seal(&key, id, &place(), b"secret", &TestRng::seeded(5));
    assert_eq!(shared_open(&key, id, &place(), &sealed).as_deref(), Ok(&b"secret"[..]));
    for place in elsewhere() {
        assert_eq!(shared_open(&key, id, &place, &sealed), Err(OpenError::Refused), "{place:?}");
    }
}

#[test]
fn another_key_does_not_open() {
    let other = SubjectKey::from_bytes([8; 32]);
    assert_eq!(open_under_subject(&other, &place(), &sealed(b"x")), Err(OpenError::Refused));
}

#[test]
fn every_changed_byte_is_refused() {
    let good = sealed(b"person@example.test");
    for at in 0..good.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            assert!(open_under_subject(&key(), &place(), &bad).is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_cut_or_lengthened_value_is_refused() {
    let good = sealed(b"person@example.test");
    for length in 0..good.len() {
        assert!(open_under_subject(&key(), &place(), &good[..length]).is_err(), "{length} bytes");
    }
    assert_eq!(open_under_subject(&key(), &place(), &[&good[..], &[0]].concat()), Err(OpenError::Refused));
}

#[test]
fn an_envelope_tells_its_key_without_being_opened() {
    assert_eq!(sealed_by(&sealed(b"x")), Ok((SealedBy::Subject, 3)));
    assert_eq!(sealed_by(&[1, 7, 0, 0, 0, 1, 0, 0, 0, 0]), Err(OpenError::Format));
    assert_eq!(sealed_by(&[2, 1, 0, 0, 0, 1, 0, 0, 0, 0]), Err(OpenError::Format));
}

#[test]
fn a_shared_key_has_no_generation() {
    let mut header = KeyId::shared(SealedBy::Epoch, 1).header();
    header[9] = 1;
    assert_eq!(key_id(&header), Err(OpenError::Format));
}

#[test]
fn a_value_shows_its_length_only_to_the_next_32_bytes() {
    let length = |plain: usize| sealed(&vec![b'x'; plain]).len();
    assert_eq!((length(0), length(28)), (70, 70));
    assert_eq!((length(29), length(60)), (102, 102));
}

#[test]
fn padding_that_the_sealer_never_makes_is_refused() {
    let inside = |padded: &[u8]| {
        let header = KeyId::subject(&place()).header();
        let mut sealed = start(&header, &[0; NONCE_LEN], padded.len());
        sealed.extend_from_slice(padded);
        encrypt_tail(key().bytes(), [0; NONCE_LEN], &bound(&place(), &header), &mut sealed, HEADER_LEN + NONCE_LEN);
        open_under_subject(&key(), &place(), &sealed)
    };
    let padded = |length: u32, total: usize, filler: u8| {
        let mut bytes = vec![filler; total];
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        bytes
    };
    assert_eq!(inside(&padded(5, 32, 0)), Ok(vec![0; 5]));
    for bad in [padded(5, 32, 1), padded(5, 64, 0), padded(29, 32, 0), padded(u32::MAX, 32, 0), vec![], vec![0; 3]] {
        assert_eq!(inside(&bad), Err(OpenError::Padding), "{} bytes", bad.len());
    }
}

#[test]
fn two_seals_of_one_value_have_nothing_in_common() {
    let rng = TestRng::seeded(1);
    let seal = || seal_under_subject(&key(), &place(), b"same", &rng);
    assert_ne!(seal()[HEADER_LEN + NONCE_LEN..], seal()[HEADER_LEN + NONCE_LEN..]);
}

proptest! {
    #[test]
    fn every_value_comes_back(plain: Vec<u8>, seed: u64) {
        let sealed = seal_under_subject(&key(), &place(), &plain, &TestRng::seeded(seed));
        prop_assert_eq!(open_under_subject(&key(), &place(), &sealed), Ok(plain));
    }

    #[test]
    fn arbitrary_bytes_are_refused(kind in 0u8..8, bytes: Vec<u8>) {
        let shared = KeyId::shared(SealedBy::Secret, 1);
        prop_assert!(open_under_subject(&key(), &place(), &bytes).is_err());
        let headed = [&[FORMAT, kind, 0, 0, 0, 3, 0, 0, 0, 1][..], &bytes].concat();
        prop_assert!(open_under_subject(&key(), &place(), &headed).is_err());
        prop_assert!(shared_open(&RingKey::from_bytes([0; 32]), shared, &place(), &headed).is_err());
    }
}

#[test]
fn the_same_cell_under_a_new_key_opens_with_that_key_and_generation_alone() {
    let (next, new) = (Place { generation: 2, ..place() }, SubjectKey::from_bytes([8; 32]));
    let again = reseal_under_subject((&key(), &place()), (&new, &next), &sealed(b"ada"), &TestRng::seeded(6));
    let again = again.expect("opens and seals");
    assert_eq!(open_under_subject(&new, &next, &again).expect("opens"), b"ada");
    assert!(open_under_subject(&key(), &next, &again).is_err());
    assert_eq!(open_under_subject(&new, &place(), &again), Err(OpenError::WrongKey));
}

#[test]
fn the_first_bytes_of_envelopes_order_them_by_version() {
    use SealedBy::{File, Secret};
    assert_eq!(first_bytes(Secret, 0x0102_0304), [1, 3, 1, 2, 3, 4]);
    assert!(first_bytes(Secret, 0) < first_bytes(Secret, 1) && first_bytes(Secret, 255) < first_bytes(Secret, 256));
    assert!(first_bytes(Secret, u32::MAX) < first_bytes(File, 0));
}
