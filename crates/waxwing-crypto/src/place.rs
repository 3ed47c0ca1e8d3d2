//! Where a sealed value lives, as the bytes that bind it there.
//!
//! Promise: two different places never give the same bytes, so a ciphertext moved to another row,
//! field, table, person, generation or workspace does not open. Limit: the binding says where,
//! not when; an older ciphertext of the same place is still at home there.

use waxwing_domain::{AccountId, FieldId, SubjectNo, WorkspaceId};

/// A table's frozen number: never a name, so that renaming a table leaves its values readable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TableId(u16);

impl TableId {
    /// The people of a workspace.
    pub const SUBSCRIBERS: Self = Self(1);
    /// What happened to messages and people.
    pub const EVENTS: Self = Self(2);
    /// Mail the system itself has to send.
    pub const OUTBOX: Self = Self(3);
    /// Sign-ups that wait for their confirmation.
    pub const SIGNUP: Self = Self(4);
    /// The sending ledger.
    pub const LEDGER: Self = Self(5);
    /// Settings that hold secrets.
    pub const SETTINGS: Self = Self(6);
    /// Credentials of SMTP relays.
    pub const RELAYS: Self = Self(7);
    /// Private keys of sending domains.
    pub const DOMAINS: Self = Self(8);
    /// Secrets of the people who sign in.
    pub const ACCOUNTS: Self = Self(9);
    /// The access record.
    pub const RECORD: Self = Self(10);
    /// Keys of uploads, reject files and exports.
    pub const FILES: Self = Self(11);
    /// The wrapped keys of people.
    pub const SUBJECT_KEYS: Self = Self(12);
    /// Consent evidence.
    pub const CONSENT: Self = Self(13);
    /// Addresses and secrets of webhooks, and what their receivers answered.
    pub const WEBHOOKS: Self = Self(20);

    /// Frozen answers to who was touched.
    pub const BLAST: Self = Self(50);
    /// Public keys of passkeys, with the number of their account.
    pub const PASSKEYS: Self = Self(30);
    /// Questions that wait for the answer of a passkey.
    pub const PASSKEY_QUESTIONS: Self = Self(31);

    /// What is written about suspected and proven breaches.
    pub const INCIDENTS: Self = Self(45);
    /// What is stated, signed and noted of the duties of a case.
    pub const DUTIES: Self = Self(61);
    /// Secrets shared with identity providers, and sign-ins that wait for their answer.
    pub const SSO: Self = Self(62);
    /// The key and the addresses of made-up people, and what is known of whoever wrote to one.
    pub const CANARIES: Self = Self(65);
    /// Mail that came in.
    pub const INBOUND: Self = Self(66);
    /// Notices to people who were hit by a breach.
    pub const NOTICES: Self = Self(70);
    /// Questions of visitors whether they were affected.
    pub const STATUS: Self = Self(71);
    /// What people wrote who ask for help, and the answers.
    pub const SUPPORT: Self = Self(72);

    /// Wraps a frozen number.
    pub const fn new(value: u16) -> Self {
        Self(value)
    }
    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// Where one sealed value lives.
///
/// The workspace key's version is left out on purpose: rewrapping a person's key must not need
/// every value of that person sealed again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The workspace; 0 for what belongs to the whole installation.
    pub workspace: WorkspaceId,
    /// The table.
    pub table: TableId,
    /// The field of the registry; 0 where the table has but one sealed value.
    pub field: FieldId,
    /// The row's id.
    pub row: i64,
    /// The person; 0 where the value belongs to nobody (no person has the number 0).
    pub subject: SubjectNo,
    /// Which key of that person, counted from 1; 0 where there is no person.
    pub generation: u32,
}

/// Names the construction and its format: 15 bytes and a format byte.
const PREFIX: &[u8; 16] = b"waxwing/place/\0\x01";

/// Length of the associated data of a place, in bytes.
pub const AD_LEN: usize = 46;

impl Place {
    /// A place in a workspace that belongs to no person.
    pub const fn shared(workspace: WorkspaceId, table: TableId, field: FieldId, row: i64) -> Self {
        Self { workspace, table, field, row, subject: SubjectNo::new(0), generation: 0 }
    }

    /// A place of the installation itself, bound to one account.
    pub const fn account(account: AccountId, field: FieldId) -> Self {
        Self::shared(WorkspaceId::from_i64(0), TableId::ACCOUNTS, field, account.as_i64())
    }

    /// Where the wrapped key of a person lives.
    pub const fn subject_key(workspace: WorkspaceId, subject: SubjectNo, generation: u32) -> Self {
        let (table, field, row) = (TableId::SUBJECT_KEYS, FieldId::new(0), subject.as_i64());
        Self { workspace, table, field, row, subject, generation }
    }

    /// The associated data: prefix, workspace, table, field, row, subject and generation, each of
    /// fixed width with the highest byte first.
    pub fn ad(&self) -> [u8; AD_LEN] {
        let mut ad = [0u8; AD_LEN];
        ad[..16].copy_from_slice(PREFIX);
        ad[16..24].copy_from_slice(&self.workspace.as_i64().to_be_bytes());
        ad[24..26].copy_from_slice(&self.table.0.to_be_bytes());
        ad[26..30].copy_from_slice(&self.field.get().to_be_bytes());
        ad[30..38].copy_from_slice(&self.row.to_be_bytes());
        ad[38..42].copy_from_slice(&self.subject.get().to_be_bytes());
        ad[42..].copy_from_slice(&self.generation.to_be_bytes());
        ad
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_that_bind_a_place_are_frozen() {
        let place = Place {
            workspace: WorkspaceId::from_i64(0x0102_0304_0506_0708),
            table: TableId::SUBSCRIBERS,
            field: FieldId::EMAIL,
            row: 0x1112_1314_1516_1718,
            subject: SubjectNo::new(0x2122_2324),
            generation: 0x3132_3334,
        };
        let expected = concat!(
            "77617877696e672f706c6163652f0001",
            "0102030405060708",
            "0001",
            "00000001",
            "1112131415161718",
            "21222324",
            "31323334",
        );
        assert_eq!(hex::encode(place.ad()), expected);
    }

    #[test]
    fn table_numbers_are_frozen() {
        use TableId as T;
        let tables = [
            T::SUBSCRIBERS,
            T::EVENTS,
            T::OUTBOX,
            T::SIGNUP,
            T::LEDGER,
            T::SETTINGS,
            T::RELAYS,
            T::DOMAINS,
            T::ACCOUNTS,
            T::RECORD,
            T::FILES,
            T::SUBJECT_KEYS,
            T::CONSENT,
        ];
        assert!(tables.iter().map(|table| table.get()).eq(1..=13));
    }

    #[test]
    fn a_negative_row_is_bound_like_any_other() {
        let place = |row| Place::shared(WorkspaceId::from_i64(1), TableId::SETTINGS, FieldId::new(0), row);
        assert_ne!(place(-1).ad(), place(1).ad());
    }
}
