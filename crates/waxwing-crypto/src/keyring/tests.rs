//! What the ring promises over its life: epochs, restores, replaced keys, damaged files.

use super::*;
use crate::secret::RootKey;
use crate::{FileKey, TableId};
use proptest::prelude::*;
use waxwing_domain::{AccountId, FieldId, TestClock, TestRng};

const HERE: WorkspaceId = WorkspaceId::from_i64(1);
const THERE: WorkspaceId = WorkspaceId::from_i64(2);
const NOW: Micros = Micros::from_i64(1_800_000_000_000_000);
const PERSON: SubjectNo = SubjectNo::new(5);

fn rng() -> TestRng {
    TestRng::seeded(11)
}

fn ring() -> KeyRing {
    let rng = rng();
    let mut ring = KeyRing::create(&TestClock::at(NOW.as_i64()), &rng);
    ring.add_workspace(HERE, NOW, &rng).expect("new");
    ring.add_workspace(THERE, NOW, &rng).expect("new");
    ring
}

fn here(ring: &KeyRing) -> &WorkspaceKeys {
    ring.workspace(HERE).expect("added")
}

fn secret_place() -> Place {
    Place::shared(HERE, TableId::RELAYS, FieldId::new(0), 3)
}

#[test]
fn a_person_whose_key_was_not_rewrapped_is_unreadable_after_the_epoch() {
    let (mut ring, rng) = (ring(), rng());
    let key = SubjectKey::random(&rng);
    let kept = ring.wrap_subject_key(HERE, PERSON, 1, &key, &rng);
    let first = ring.current_epoch();
    let second = ring.begin_epoch(NOW, &rng).expect("room");
    let rewrapped = {
        let key = ring.unwrap_subject_key(HERE, PERSON, 1, &kept).expect("the old epoch lives");
        ring.wrap_subject_key(HERE, PERSON, 1, &key, &rng)
    };
    ring.destroy_epoch(first).expect("not current");
    assert_eq!(ring.epoch_of_wrapped(&rewrapped), Ok(second));
    assert!(ring.unwrap_subject_key(HERE, PERSON, 1, &rewrapped).is_ok());
    assert_eq!(ring.unwrap_subject_key(HERE, PERSON, 1, &kept).err(), Some(OpenError::KeyGone));
    assert_eq!((ring.minimum_epoch(), ring.epochs().len()), (second, 1));
}

#[test]
fn the_current_epoch_cannot_be_destroyed() {
    let mut ring = ring();
    assert_eq!(ring.destroy_epoch(ring.current_epoch()), Err(RingError::InUse));
    assert_eq!(ring.destroy_epoch(EpochId::new(9)), Err(RingError::NoSuchKey));
}

#[test]
fn a_wrapped_key_belongs_to_one_person_generation_and_workspace() {
    let (ring, rng) = (ring(), rng());
    let wrapped = ring.wrap_subject_key(HERE, PERSON, 1, &SubjectKey::random(&rng), &rng);
    for (workspace, subject, generation) in [(THERE, PERSON, 1), (HERE, SubjectNo::new(6), 1), (HERE, PERSON, 2)] {
        let opened = ring.unwrap_subject_key(workspace, subject, generation, &wrapped);
        assert_eq!(opened.err(), Some(OpenError::Refused));
    }
}

#[test]
fn data_newer_than_the_ring_says_so() {
    let (old, rng) = (ring(), rng());
    let mut new = old.clone();
    new.begin_epoch(NOW, &rng).expect("room");
    let wrapped = new.wrap_subject_key(HERE, PERSON, 1, &SubjectKey::random(&rng), &rng);
    assert_eq!(old.unwrap_subject_key(HERE, PERSON, 1, &wrapped).err(), Some(OpenError::KeyUnknown));
    assert!(new.revision() > old.revision());
}

#[test]
fn an_envelope_of_another_use_is_refused() {
    let (ring, rng) = (ring(), rng());
    let secret = here(&ring).seal_secret(&secret_place(), b"x", &rng);
    assert_eq!(here(&ring).unwrap_file_key(&secret_place(), &secret).err(), Some(OpenError::WrongKey));
    assert_eq!(ring.installation_open(&secret_place(), &secret), Err(OpenError::WrongKey));
    assert_eq!(ring.epoch_of_wrapped(&secret), Err(OpenError::WrongKey));
    let key = here(&ring).wrap_file_key(&secret_place(), &FileKey::random(&rng), &rng);
    assert_eq!(here(&ring).open_secret(&secret_place(), &key), Err(OpenError::WrongKey));
    assert_eq!(here(&ring).open_address(&secret_place(), &key), Err(OpenError::WrongKey));
}

#[test]
fn a_seed_copied_to_another_account_does_not_open() {
    let (ring, rng) = (ring(), rng());
    let place = |account| Place::account(AccountId::from_i64(account), FieldId::new(0));
    let sealed = ring.installation_seal(&place(1), b"seed", &rng);
    assert_eq!(ring.installation_open(&place(1), &sealed).as_deref(), Ok(&b"seed"[..]));
    assert_eq!(ring.installation_open(&place(2), &sealed), Err(OpenError::Refused));
}

#[test]
fn an_older_secret_opens_until_its_version_is_retired() {
    let (mut ring, rng) = (ring(), rng());
    let old = here(&ring).seal_secret(&secret_place(), b"old", &rng);
    assert_eq!(ring.rotate(HERE, KeyUse::Secrets, NOW, &rng), Ok(2));
    assert_eq!(ring.versions(HERE, KeyUse::Secrets), Ok((1, 2)));
    assert_eq!(here(&ring).open_secret(&secret_place(), &old).as_deref(), Ok(&b"old"[..]));
    ring.retire_below(HERE, KeyUse::Secrets, 2).expect("2 is current");
    assert_eq!(ring.versions(HERE, KeyUse::Secrets), Ok((2, 2)));
    assert_eq!(here(&ring).open_secret(&secret_place(), &old), Err(OpenError::KeyGone));
    assert_eq!(ring.retire_below(HERE, KeyUse::Secrets, 3), Err(RingError::InUse));
}

#[test]
fn equal_people_in_two_workspaces_have_nothing_in_common() {
    let ring = ring();
    let there = ring.workspace(THERE).expect("added");
    let text = "person@example.test";
    assert_ne!(here(&ring).blind_index(IndexKind::Email, text), there.blind_index(IndexKind::Email, text));
    assert_ne!(here(&ring).blind_index(IndexKind::Email, text), here(&ring).blind_index(IndexKind::Phone, text));
    assert_ne!(here(&ring).suppression_tag(IndexKind::Email, text), there.suppression_tag(IndexKind::Email, text));
    assert_ne!(here(&ring).domain_hash("example.test"), there.domain_hash("example.test"));
}

#[test]
fn two_versions_of_an_index_live_side_by_side() {
    let (mut ring, rng) = (ring(), rng());
    let (_, old) = here(&ring).blind_index(IndexKind::Email, "a");
    ring.rotate(HERE, KeyUse::EmailIndex, NOW, &rng).expect("room");
    let keys = here(&ring);
    assert_eq!(keys.blind_index_versions(IndexKind::Email), [1, 2]);
    assert_eq!(keys.blind_index_versions(IndexKind::Phone), [1]);
    assert_eq!(keys.blind_index_at(1, IndexKind::Email, "a"), Ok(old));
    assert_eq!(
        keys.blind_index_at(2, IndexKind::Email, "a").map(|tag| (2, tag)),
        Ok(keys.blind_index(IndexKind::Email, "a"))
    );
    assert_eq!(keys.blind_index_at(3, IndexKind::Email, "a"), Err(OpenError::KeyUnknown));
}

#[test]
fn a_suppression_survives_new_keys_without_its_plaintext() {
    let (mut ring, rng) = (ring(), rng());
    let first = here(&ring).suppression_tag(IndexKind::Email, "gone@example.test");
    ring.rotate(HERE, KeyUse::Suppression, NOW, &rng).expect("room");
    let second = here(&ring).rekey_suppression_tag(1, first).expect("version 1 is kept");
    ring.rotate(HERE, KeyUse::Suppression, NOW, &rng).expect("room");
    let keys = here(&ring);
    let third = keys.suppression_tag(IndexKind::Email, "gone@example.test");
    assert_eq!(keys.suppression_version(), 3);
    assert_eq!(keys.rekey_suppression_tag(1, first), Ok(third));
    assert_eq!(keys.rekey_suppression_tag(2, second), Ok(third));
    assert_eq!(keys.rekey_suppression_tag(3, third), Ok(third));
    assert_eq!(keys.rekey_suppression_tag(4, third), Err(OpenError::KeyUnknown));
    assert_eq!(ring.retire_below(HERE, KeyUse::Suppression, 2), Err(RingError::KeptForEver));
}

#[test]
fn a_token_is_good_for_its_purpose_and_workspace_only() {
    let ring = ring();
    let token = here(&ring).token(TokenPurpose::Unsubscribe, b"row");
    assert_eq!(here(&ring).verify_token(TokenPurpose::Unsubscribe, &token).as_deref(), Ok(&b"row"[..]));
    assert_eq!(here(&ring).verify_token(TokenPurpose::Preferences, &token), Err(TokenError::Forged));
    let there = ring.workspace(THERE).expect("added");
    assert_eq!(there.verify_token(TokenPurpose::Unsubscribe, &token), Err(TokenError::Forged));
    assert_eq!(token_claims(TokenPurpose::Unsubscribe, &token).as_deref(), Ok(&b"row"[..]));
}

#[test]
fn an_unsubscribe_link_works_after_its_key_was_replaced() {
    let (mut ring, rng) = (ring(), rng());
    let old = here(&ring).token(TokenPurpose::Unsubscribe, b"row");
    ring.rotate(HERE, KeyUse::Tokens, NOW, &rng).expect("room");
    assert!(here(&ring).verify_token(TokenPurpose::Unsubscribe, &old).is_ok());
    assert_ne!(here(&ring).token(TokenPurpose::Unsubscribe, b"row"), old);
    ring.retire_below(HERE, KeyUse::Tokens, 2).expect("2 is current");
    assert_eq!(here(&ring).verify_token(TokenPurpose::Unsubscribe, &old), Err(TokenError::Retired));
}

#[test]
fn a_token_key_is_replaced_at_most_254_times() {
    let (mut ring, rng) = (ring(), rng());
    let replaced = (0..300).filter(|_| ring.rotate(HERE, KeyUse::Tokens, NOW, &rng).is_ok()).count();
    assert_eq!(replaced, 254);
    let token = here(&ring).token(TokenPurpose::Open, b"");
    assert!(here(&ring).verify_token(TokenPurpose::Open, &token).is_ok());
}

#[test]
fn a_return_path_survives_a_server_that_changes_its_case() {
    let ring = ring();
    let token = here(&ring).token(TokenPurpose::Bounce, &[0xfe; 20]);
    assert!(token.len() <= 64 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let shouted = token.to_uppercase();
    assert_eq!(here(&ring).verify_token(TokenPurpose::Bounce, &shouted), Ok(vec![0xfe; 20]));
}

#[test]
fn every_changed_character_of_a_token_is_refused() {
    let ring = ring();
    let token = here(&ring).token(TokenPurpose::Click, b"some data");
    for at in 0..token.len() {
        let mut bad = token.clone().into_bytes();
        bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
        let bad = String::from_utf8(bad).expect("still ASCII");
        assert!(here(&ring).verify_token(TokenPurpose::Click, &bad).is_err(), "{at}");
    }
    for bad in ["", "A", "AQ", &"A".repeat(500)] {
        assert_eq!(here(&ring).verify_token(TokenPurpose::Click, bad), Err(TokenError::Malformed));
    }
}

#[test]
fn a_mac_is_bound_to_its_purpose_and_ends_with_its_key() {
    let (mut ring, rng) = (ring(), rng());
    let tag = ring.mac(MacPurpose::Form, b"data");
    assert!(ring.verify_mac(MacPurpose::Form, b"data", &tag));
    assert!(!ring.verify_mac(MacPurpose::Preview, b"data", &tag));
    assert!(!ring.verify_mac(MacPurpose::Form, b"date", &tag));
    assert!(!ring.verify_mac(MacPurpose::Form, b"data", &tag[..31]));
    ring.rotate_installation(InstallationUse::Macs, NOW, &rng).expect("room");
    assert!(!ring.verify_mac(MacPurpose::Form, b"data", &tag));
}

#[test]
fn network_addresses_of_a_past_month_are_gone_with_its_keys() {
    let (mut ring, rng) = (ring(), rng());
    let (month, next) = (Month::of(NOW), Month::of(NOW).next());
    let address = "192.0.2.1".parse().expect("an address");
    let sealed = here(&ring).seal_address(month, &secret_place(), b"192.0.2.1", &rng).expect("this month");
    let tag = here(&ring).address_tag(month, address);
    assert_eq!(here(&ring).open_address(&secret_place(), &sealed).as_deref(), Ok(&b"192.0.2.1"[..]));
    assert_eq!(here(&ring).address_tag(next, address), Err(RingError::NoMonth));
    assert_eq!(ring.ensure_month(HERE, next, &rng), Ok(true));
    assert_eq!(ring.ensure_month(HERE, next, &rng), Ok(false));
    assert_ne!(here(&ring).address_tag(next, address), tag);
    ring.destroy_months_before(HERE, next).expect("a workspace");
    assert_eq!(here(&ring).open_address(&secret_place(), &sealed), Err(OpenError::KeyGone));
    assert!(here(&ring).months().eq([next]));
}

#[test]
fn the_mark_of_subject_numbers_only_rises() {
    let mut ring = ring();
    assert_eq!(ring.subject_high_water(HERE), Ok(0));
    for (raise, expected) in [(100, 100), (50, 100), (101, 101)] {
        ring.raise_subject_high_water(HERE, raise).expect("a workspace");
        assert_eq!(ring.subject_high_water(HERE), Ok(expected));
    }
    assert_eq!(ring.subject_high_water(WorkspaceId::from_i64(9)), Err(RingError::NoWorkspace));
}

#[test]
fn a_workspace_gets_its_keys_once_and_can_lose_them_all() {
    let (mut ring, rng) = (ring(), rng());
    assert_eq!(ring.add_workspace(HERE, NOW, &rng), Err(RingError::WorkspaceExists));
    ring.destroy_workspace(HERE).expect("a workspace");
    assert_eq!(ring.workspace(HERE).err(), Some(RingError::NoWorkspace));
    assert_eq!(ring.destroy_workspace(HERE), Err(RingError::NoWorkspace));
    assert!(ring.workspaces().eq([THERE]));
}

#[test]
fn no_key_is_ever_printed() {
    let ring = ring();
    assert_eq!(format!("{ring:?}"), "KeyRing(revision 3, 2 workspaces)");
    assert_eq!(format!("{:?}", here(&ring)), "WorkspaceKeys(0000000000001)");
}

/// A ring with everything in it: several versions, gaps in the epochs, marks, months.
fn lived_in() -> KeyRing {
    let (mut ring, rng) = (ring(), rng());
    for _ in 0..3 {
        ring.begin_epoch(NOW, &rng).expect("room");
    }
    ring.destroy_epoch(EpochId::new(1)).expect("old");
    ring.destroy_epoch(EpochId::new(3)).expect("old");
    ring.rotate(HERE, KeyUse::Tokens, NOW, &rng).expect("room");
    ring.rotate(HERE, KeyUse::Suppression, NOW, &rng).expect("room");
    ring.raise_subject_high_water(HERE, 1_000).expect("a workspace");
    ring.ensure_month(THERE, Month::of(NOW).next(), &rng).expect("a workspace");
    ring
}

#[test]
fn a_ring_survives_its_file() {
    let (root, rng) = (RootKey::random(&rng()), rng());
    let ring = lived_in();
    let file = ring.to_file(&root, &rng);
    let read = KeyRing::from_file(&root, &file).expect("its own file");
    assert_eq!(*codec::encode(&read), *codec::encode(&ring));
    assert_eq!((read.revision(), read.created()), (ring.revision(), NOW));
    assert_eq!(read.epochs().iter().map(|(epoch, _)| epoch.get()).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(codec::encode(&ring).capacity(), codec::encode(&ring).len(), "it never grows in clear");
}

#[test]
fn a_ring_file_of_another_root_key_says_so() {
    let rng = rng();
    let file = lived_in().to_file(&RootKey::random(&rng), &rng);
    let read = KeyRing::from_file(&RootKey::random(&rng), &file);
    assert_eq!(read.err(), Some(RingFileError::WrongRootKey));
}

#[test]
fn every_changed_byte_of_a_ring_file_is_refused() {
    let (root, rng) = (RootKey::random(&rng()), rng());
    let good = lived_in().to_file(&root, &rng);
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(KeyRing::from_file(&root, &bad).is_err(), "byte {at}");
    }
    for (at, error) in [(0, RingFileError::NotARing), (8, RingFileError::TooNew), (9, RingFileError::TooNew)] {
        let mut bad = good.clone();
        bad[at] = 9;
        assert_eq!(KeyRing::from_file(&root, &bad).err(), Some(error));
    }
}

#[test]
fn a_ring_file_cut_anywhere_is_refused() {
    let (root, rng) = (RootKey::random(&rng()), rng());
    let good = lived_in().to_file(&root, &rng);
    for length in 0..good.len() {
        assert!(KeyRing::from_file(&root, &good[..length]).is_err(), "{length} bytes");
    }
    assert_eq!(KeyRing::from_file(&root, &[&good[..], &[0]].concat()).err(), Some(RingFileError::Damaged));
}

#[test]
fn the_inside_of_a_ring_cut_anywhere_is_refused() {
    let plain = codec::encode(&lived_in());
    for length in 0..plain.len() {
        assert!(codec::decode(&plain[..length]).is_none(), "{length} bytes");
    }
}

#[test]
fn suppression_keys_with_a_gap_are_refused() {
    let (mut ring, rng) = (ring(), rng());
    ring.rotate(HERE, KeyUse::Suppression, NOW, &rng).expect("room");
    let keys = ring.workspace_mut(HERE).expect("added");
    keys.suppression.retire_below(2).expect("2 is current");
    assert!(codec::decode(&codec::encode(&ring)).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn arbitrary_bytes_are_no_ring(bytes: Vec<u8>) {
        prop_assert!(KeyRing::from_file(&RootKey::from_bytes([0; 32]), &bytes).is_err());
        prop_assert!(codec::decode(&bytes).is_none());
    }

    #[test]
    fn a_damaged_inside_is_read_back_as_it_stands_or_refused(at in 0usize..2_000, value: u8) {
        let mut plain = codec::encode(&lived_in()).to_vec();
        let at = at % plain.len();
        plain[at] = value;
        if let Some(ring) = codec::decode(&plain) {
            prop_assert_eq!(&*codec::encode(&ring), &plain);
        }
    }

    #[test]
    fn any_text_is_a_token_or_refused(text: String) {
        let ring = ring();
        prop_assert!(here(&ring).verify_token(TokenPurpose::Click, &text).is_err());
        prop_assert!(here(&ring).verify_token(TokenPurpose::Bounce, &text).is_err());
    }
}

#[test]
fn a_value_sealed_anew_opens_in_its_place_under_the_new_key_alone() {
    let (mut ring, rng) = (ring(), rng());
    let (place, elsewhere) = (secret_place(), Place { row: 4, ..secret_place() });
    let old = here(&ring).seal_secret(&place, b"login", &rng);
    let file = here(&ring).wrap_file_key(&place, &FileKey::from_bytes([7; 32]), &rng);
    let before = ring.clone();
    for key in [KeyUse::Secrets, KeyUse::Files] {
        ring.rotate(HERE, key, NOW, &rng).expect("room");
    }
    let new = here(&ring).reseal(&place, &old, &rng).expect("both versions are there");
    let wrapped = here(&ring).reseal(&place, &file, &rng).expect("both versions are there");
    assert_eq!(here(&ring).reseal(&elsewhere, &old, &rng), Err(OpenError::Refused), "moved");
    for key in [KeyUse::Secrets, KeyUse::Files] {
        ring.retire_below(HERE, key, 2).expect("not in use");
    }
    assert_eq!(here(&ring).open_secret(&place, &new).expect("opens"), b"login");
    assert!(here(&ring).unwrap_file_key(&place, &wrapped).is_ok());
    assert_eq!(here(&ring).reseal(&place, &old, &rng), Err(OpenError::KeyGone));
    assert_eq!(here(&before).open_secret(&place, &new), Err(OpenError::KeyUnknown));
}

#[test]
fn what_belongs_to_a_person_is_not_sealed_anew_under_a_shared_key() {
    let (ring, rng) = (ring(), rng());
    let place = Place { subject: PERSON, generation: 1, ..secret_place() };
    let sealed = crate::seal_under_subject(&SubjectKey::random(&rng), &place, b"x", &rng);
    assert_eq!(here(&ring).reseal(&place, &sealed, &rng), Err(OpenError::WrongKey));
}
