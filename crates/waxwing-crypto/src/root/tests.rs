//! What a root key file refuses.

use super::*;
use proptest::prelude::*;

fn root() -> RootKey {
    RootKey::from_bytes([3; 32])
}

fn read(file: &[u8], passphrase: Option<&str>) -> Result<[u8; 32], RootFileError> {
    root_file_from_bytes(file, passphrase).map(|key| *key.bytes())
}

/// A sealed file at the lowest cost, so that tests may try it often.
fn cheap_file(cost: Cost) -> Vec<u8> {
    let mut file = start(PASSPHRASE, SEALED_LEN);
    for number in [cost.memory_kib, cost.passes, cost.lanes] {
        file.extend_from_slice(&number.to_be_bytes());
    }
    file.extend_from_slice(&[1; 32]);
    let key = derive("correct horse", &[1; 32], cost).expect("within bounds");
    let ad = file.clone();
    file.extend_from_slice(root().bytes());
    encrypt_tail(key.bytes(), [0; NONCE_LEN], &ad, &mut file, 54);
    file
}

const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

#[test]
fn a_clear_file_comes_back() {
    assert_eq!(read(&clear_file(&root()), None), Ok([3; 32]));
}

#[test]
fn a_passphrase_is_asked_for_when_needed_and_only_then() {
    assert_eq!(read(&cheap_file(CHEAP), None), Err(RootFileError::PassphraseNeeded));
    assert_eq!(read(&clear_file(&root()), Some("x")), Err(RootFileError::NotSealed));
}

#[test]
fn a_wrong_passphrase_says_so() {
    let file = cheap_file(CHEAP);
    assert_eq!(read(&file, Some("correct horse")), Ok([3; 32]));
    assert_eq!(read(&file, Some("wrong horse")), Err(RootFileError::WrongPassphrase));
}

#[test]
fn a_passphrase_typed_on_another_keyboard_is_the_same() {
    let derive = |text| derive(text, &[1; 32], CHEAP).map(|key| *key.bytes());
    assert_eq!(derive("caf\u{e9}"), derive("cafe\u{301}"));
}

#[test]
fn every_changed_byte_and_every_cut_is_refused() {
    for (file, passphrase) in [(clear_file(&root()), None), (cheap_file(CHEAP), Some("correct horse"))] {
        for at in 0..file.len() {
            let mut bad = file.clone();
            bad[at] ^= 1;
            assert!(read(&bad, passphrase).is_err(), "byte {at}");
            assert!(read(&file[..at], passphrase).is_err(), "{at} bytes");
        }
        assert_eq!(read(&[&file[..], &[0]].concat(), passphrase), Err(RootFileError::Damaged));
    }
}

#[test]
fn a_file_that_asks_for_too_much_work_is_refused_at_once() {
    for (at, value) in [(10, u32::MAX), (14, 17), (18, 17), (10, 0), (14, 0), (18, 0)] {
        let mut bad = cheap_file(CHEAP);
        bad[at..at + 4].copy_from_slice(&value.to_be_bytes());
        assert_eq!(read(&bad, Some("correct horse")), Err(RootFileError::Damaged), "{at}");
    }
}

#[test]
fn a_later_format_says_so() {
    let mut file = clear_file(&root());
    file[8] = 2;
    assert_eq!(read(&file, None), Err(RootFileError::TooNew));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused(bytes: Vec<u8>) {
        prop_assert!(read(&bytes, None).is_err());
        prop_assert!(read(&[MAGIC, &bytes[..]].concat(), None).is_err());
        prop_assert!(read(&[MAGIC, &[FORMAT, PASSPHRASE][..], &bytes].concat(), Some("x")).is_err());
    }
}
