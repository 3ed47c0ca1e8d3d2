//! Known answers for every frozen layout, computed by an independent program (Python's `hashlib`
//! and `cryptography`) from the layouts as documented.
//!
//! When one of these fails, the change breaks people's stored data: add a format, do not edit.

use crate::envelope::{open_under_subject, seal_under_subject};
use crate::secret::{FileKey, RootKey, SubjectKey};
use crate::token::sha256;
use crate::{
    EpochId, FileOpener, FileSealer, IndexKind, KeyRing, KeyUse, MacPurpose, Month, Place, TableId, TokenPurpose,
    merkle, password, root_file_from_bytes, root_file_to_bytes,
};
use waxwing_domain::{AccountId, FieldId, Micros, SubjectNo, TestClock, TestRng, WorkspaceId};

const WORKSPACE: WorkspaceId = WorkspaceId::from_i64(0x0102_0304_0506_0708);
const NOW: i64 = 1_800_000_000_000_000; // 2027-01-15T08:00:00Z

fn ring() -> KeyRing {
    let (clock, rng) = (TestClock::at(NOW), TestRng::seeded(1));
    let mut ring = KeyRing::create(&clock, &rng);
    ring.add_workspace(WORKSPACE, Micros::from_i64(NOW), &rng).expect("a new workspace");
    ring
}

fn shared(table: TableId, field: u32) -> Place {
    Place::shared(WORKSPACE, table, FieldId::new(field), 9)
}

#[test]
fn a_value_under_a_subject_key() {
    let place = Place {
        workspace: WORKSPACE,
        table: TableId::SUBSCRIBERS,
        field: FieldId::EMAIL,
        row: 0x1112_1314_1516_1718,
        subject: SubjectNo::new(0x2122_2324),
        generation: 0x3132_3334,
    };
    let key = SubjectKey::from_bytes([7; 32]);
    let sealed = seal_under_subject(&key, &place, b"person@example.test", &TestRng::seeded(1));
    let expected = concat!(
        "01012122232431323334c15c0289ec2d0a9167ec8e65f74f9842f35c82711b7212d1d37167653f620f802725c90e606d",
        "0dc2c9686756a324425787f03945c9d642cf89865ce8",
    );
    assert_eq!(hex::encode(&sealed), expected);
    assert_eq!(open_under_subject(&key, &place, &sealed).as_deref(), Ok(&b"person@example.test"[..]));
}

#[test]
fn a_wrapped_subject_key() {
    let (ring, subject) = (ring(), SubjectNo::new(5));
    let wrapped = ring.wrap_subject_key(WORKSPACE, subject, 1, &SubjectKey::from_bytes([7; 32]), &TestRng::seeded(2));
    let expected = concat!(
        "01020000000100000000ce56971cde355897421efc0b1046c8bf2f537eddbfbc7b9864f6e7ff7a82f2c36e84eefec1e3",
        "52c157fadb4e8c86b475e5a18bcf1441c5ce6461f4629c577aa99222ee7ec5103019484cf7364511e9ad",
    );
    assert_eq!(hex::encode(&wrapped), expected);
    assert_eq!(ring.epoch_of_wrapped(&wrapped), Ok(EpochId::new(1)));
    let key = ring.unwrap_subject_key(WORKSPACE, subject, 1, &wrapped).expect("just wrapped");
    assert_eq!(key.bytes(), &[7; 32]);
}

#[test]
fn secrets_of_a_workspace_and_of_an_account() {
    let ring = ring();
    let keys = ring.workspace(WORKSPACE).expect("added");
    let secret = keys.seal_secret(&shared(TableId::RELAYS, 0), b"hunter2", &TestRng::seeded(2));
    let expected = concat!(
        "01030000000100000000ce56971cde355897421efc0b1046c8bf2f537eddbfbc7b9864f6e7ff7a82f2c39b6b640c5840",
        "2033785744b1ede4a6bcdb8188a39453e8259d26937c9a9622f6d58077d37d63078912b1e670e66cd0bb",
    );
    assert_eq!(hex::encode(secret), expected);

    let place = Place::account(AccountId::from_i64(9), FieldId::new(0));
    let seed = ring.installation_seal(&place, &[7; 20], &TestRng::seeded(2));
    let expected = concat!(
        "01060000000100000000ce56971cde355897421efc0b1046c8bf2f537eddbfbc7b9864f6e7ff7a82f2c3ccd9b0c260e3",
        "0c8f490df9dfcf2e53813367dc8a4de49969d7bc9d221117636b4d15e4a0cee9ff59c6ed3c68895b76b1",
    );
    assert_eq!(hex::encode(seed), expected);
}

#[test]
fn a_wrapped_file_key_and_a_network_address() {
    let ring = ring();
    let keys = ring.workspace(WORKSPACE).expect("added");
    let place = shared(TableId::FILES, 0);
    let wrapped = keys.wrap_file_key(&place, &FileKey::from_bytes([7; 32]), &TestRng::seeded(2));
    let expected = concat!(
        "01040000000100000000ce56971cde355897421efc0b1046c8bf2f537eddbfbc7b9864f6e7ff7a82f2c398daf2adb795",
        "e3766203038a324dd567fe9dc965fb0c0a2843ce83ef607cb8586998880ce5ced4633c97d1dabd6ca705d6312fae8c62",
        "e423e7f738ef2e7b209fb923980377fd2725918bc5d55e1b5cc8",
    );
    assert_eq!(hex::encode(wrapped), expected);

    let month = Month::of(Micros::from_i64(NOW));
    let sealed = keys.seal_address(month, &shared(TableId::RECORD, 5), b"x", &TestRng::seeded(2));
    let expected = concat!(
        "010500005f0400000000ce56971cde355897421efc0b1046c8bf2f537eddbfbc7b9864f6e7ff7a82f2c3c66c6a3bebe6",
        "d91b5510afe69aedce3754d9110e52c2233a43548ce606fb852a83f87855175925818289d6766555a552",
    );
    assert_eq!(hex::encode(sealed.expect("this month's key")), expected);
}

#[test]
fn indexes_and_suppressions() {
    let mut ring = ring();
    let tag = |ring: &KeyRing| {
        let keys = ring.workspace(WORKSPACE).expect("added");
        hex::encode(keys.suppression_tag(IndexKind::Email, "person@example.test"))
    };
    let keys = ring.workspace(WORKSPACE).expect("added");
    let (version, email) = keys.blind_index(IndexKind::Email, "person@example.test");
    assert_eq!((version, hex::encode(email).as_str()), (1, "64e2be86f5ebf35b961dd9773f6a489f"));
    let (version, phone) = keys.blind_index(IndexKind::Phone, "+15550100");
    assert_eq!((version, hex::encode(phone).as_str()), (1, "05cc1dd2713198b0d0d151db290c9d0f"));
    assert_eq!(tag(&ring), "8ff32ad10d37334cb49f6ac3b2c59157");
    let rotated = ring.rotate(WORKSPACE, KeyUse::Suppression, Micros::from_i64(NOW), &TestRng::seeded(9));
    assert_eq!(rotated, Ok(2));
    assert_eq!(tag(&ring), "e6a2cec8bde6c4a6e289dca32595ac21");
}

#[test]
fn tokens_hints_and_macs() {
    let ring = ring();
    let keys = ring.workspace(WORKSPACE).expect("added");
    assert_eq!(keys.token(TokenPurpose::Unsubscribe, b"data"), "AWRhdGHPkC9G5694aqHw2pNg3gZK");
    assert_eq!(keys.token(TokenPurpose::Bounce, b"data"), "05j62x31etv68cbfwa0tp4t0eygnhpw7dm");
    assert_eq!(hex::encode(keys.domain_hash("example.test")), "e0e0fce72281f21f");
    let month = Month::of(Micros::from_i64(NOW));
    let tag = |address: &str| keys.address_tag(month, address.parse().expect("an address")).map(hex::encode);
    assert_eq!(tag("192.0.2.1").as_deref(), Ok("3d8e1bf002ca6b16166901a533363958"));
    assert_eq!(tag("::ffff:192.0.2.1"), tag("192.0.2.1"));
    assert_eq!(tag("2001:db8::1").as_deref(), Ok("0fea256028c292dabf7f44f2c1bcb183"));
    assert_eq!(
        hex::encode(ring.mac(MacPurpose::Form, b"form")),
        "acf83bf6727c5862ad4b705acfb9b68adec6f7aa6d1fb3448399f3ea93763115"
    );
}

#[test]
fn the_key_ring_file() {
    let root = RootKey::from_bytes([3; 32]);
    let file = ring().to_file(&root, &TestRng::seeded(4));
    assert_eq!(hex::encode(&file[..26]), "57415852494e47000101dd1f008a3afc572828b53140dfc01b00");
    assert_eq!(file.len(), 698);
    assert_eq!(hex::encode(sha256(&[&file])), "a94be8391f8432c4206f629c294bef96a2d33bf4db7eac40d0410433ad871880");
    assert_eq!(KeyRing::from_file(&root, &file).map(|ring| ring.revision()), Ok(2));
}

#[test]
fn the_root_key_file() {
    let root = RootKey::from_bytes([3; 32]);
    let clear = root_file_to_bytes(&root, None, &TestRng::seeded(4));
    let expected = concat!(
        "574158524f4f54000101030303030303030303030303030303030303030303030303030303030303030339dd92a3f6ac",
        "03fa",
    );
    assert_eq!(hex::encode(&clear), expected);

    let sealed = root_file_to_bytes(&root, Some("correct horse"), &TestRng::seeded(4));
    let expected = concat!(
        "574158524f4f54000102000100000000000300000004ca8a33e272e3736e30b0984b6ac674e45f847b8efc19efdb9ef8",
        "f3260cebe47d670b7681fc8bced7be167b8cb5d7d1611e388b21bdbe3fb6f332d56f8f7fcc096c563d7f018c50f738d2",
        "e95f9110aa53",
    );
    assert_eq!(hex::encode(&sealed), expected);
    let read = root_file_from_bytes(&sealed, Some("correct horse")).map(|key| *key.bytes());
    assert_eq!(read, Ok([3; 32]));
}

#[test]
fn a_sealed_file() {
    let key = FileKey::from_bytes([7; 32]);
    let mut short = FileSealer::new(&key, &TestRng::seeded(4));
    assert_eq!(
        hex::encode(short.header()),
        "57415846494c4501ca8a33e272e3736e30b0984b6ac674e45f847b8efc19efdb9ef8f3260cebe47d"
    );
    let chunk = short.seal_chunk(b"a file", true).expect("one chunk");
    assert_eq!(hex::encode(&chunk), "00241333afddbe168556e32437645c186d44291df209");
    let mut opener = FileOpener::new(&key, short.header()).expect("its header");
    assert_eq!(opener.open_chunk(&chunk, true).as_deref(), Ok(&b"a file"[..]));

    let mut long = FileSealer::new(&key, &TestRng::seeded(4));
    let first = long.seal_chunk(&[0; 65_536], false).expect("a full chunk");
    let second = long.seal_chunk(b"end", true).expect("the last");
    assert_eq!(
        hex::encode(sha256(&[long.header(), &first, &second])),
        "e43569fb3d2069fcd87376da79206694dc869d8872b19b5b0da1ebf9f4996114"
    );
}

#[test]
fn a_commitment_of_the_record() {
    assert_eq!(
        hex::encode(merkle::commitment(&[7; 32], b"body")),
        "512cabf537423a2a80a3d249b1d98bc274ab9a56800ee154bf802cd919cdae2b"
    );
}

#[test]
fn a_password_hashed_elsewhere_verifies() {
    let stored = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$69I7qCjDTsQwhQqFvpQJiqEI0lGQvxC84fXE0Ktxca4";
    assert_eq!(password::verify_password("correct horse battery", Some(stored)), Ok(true));
    assert_eq!(password::verify_password("correct horse batterie", Some(stored)), Ok(false));
    assert!(!password::needs_rehash(stored));
}
