//! Identifiers: 64-bit, made by the application, growing with time, told apart by type.
//!
//! In text they are 13 characters of Crockford base 32, so that a browser never rounds one.

use crate::{Clock, Rng};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};

/// Text that is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is not a valid identifier")]
pub struct IdError;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(mut value: u64) -> String {
    let mut text = [b'0'; 13];
    for slot in text.iter_mut().rev() {
        *slot = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn decode(text: &str) -> Result<i64, IdError> {
    if text.len() != 13 {
        return Err(IdError);
    }
    let mut value: u64 = 0;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|&c| c == byte.to_ascii_lowercase()).ok_or(IdError)?;
        value = value.checked_mul(32).ok_or(IdError)? | digit as u64;
    }
    i64::try_from(value).map_err(|_| IdError)
}

static LAST: AtomicI64 = AtomicI64::new(0);

/// A fresh id: 41 bits of milliseconds, then 22 bits that start at random and count up.
///
/// Grows within one process, so that rows append at the end of their index. Two nodes that
/// draw the same id in the same millisecond meet the primary key, never a silent overwrite.
pub fn new_id(clock: &dyn Clock, rng: &dyn Rng) -> i64 {
    let millis = (clock.now().as_i64() / 1_000).max(0);
    let mut chance = [0u8; 4];
    rng.fill(&mut chance);
    let fresh = (millis << 22) | i64::from(u32::from_le_bytes(chance) & 0x000f_ffff);
    let mut last = LAST.load(Ordering::Relaxed);
    loop {
        let next = fresh.max(last + 1);
        match LAST.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return next,
            Err(seen) => last = seen,
        }
    }
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(i64);

        impl $name {
            /// Wraps a number that was stored as this kind of id.
            pub const fn from_i64(value: i64) -> Self { Self(value) }
            /// The stored number.
            pub const fn as_i64(self) -> i64 { self.0 }
            /// A fresh id.
            pub fn fresh(clock: &dyn Clock, rng: &dyn Rng) -> Self { Self(new_id(clock, rng)) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&encode(self.0 as u64)) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({})"), self) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> { decode(text).map(Self) }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

id! {
    /// One customer of the installation; every row of personal data belongs to one.
    WorkspaceId,
    /// A person who signs in.
    AccountId,
    /// A signed-in session.
    SessionId,
    /// An API key.
    ApiKeyId,
    /// A passkey of a person who signs in.
    PasskeyId,
    /// A way back into an account.
    RecoveryId,
    /// A role that a workspace defined itself.
    RoleId,
    /// A request for a second person's yes.
    ApprovalId,
    /// One web or command-line request, for correlation.
    RequestId,
    /// A list of subscribers.
    ListId,
    /// Something that happened to a message or a person's data.
    EventId,
    /// A place of another system that is told what happens.
    WebhookId,
    /// Something that was contained, once.
    ContainmentId,
    /// A legal hold.
    HoldId,
    /// Something that a detector found.
    AlertId,
    /// An export or a program's reads, with the made-up people that it got.
    MarkId,
    /// Mail that came in.
    InboundId,
    /// A case: a suspected or proven breach.
    IncidentId,
    /// A line of a case: of its timeline, its assets, its indicators.
    CasePartId,
    /// A notice to people who were hit by a breach.
    NoticeId,
    /// What everybody may read about a case.
    StatusPageId,
    /// A message from somebody who asks for help.
    SupportId,
    /// A row of consent evidence.
    ConsentId,
    /// An import of subscribers from a file.
    ImportId,
    /// An export of subscribers to a file.
    ExportId,
    /// A content template.
    TemplateId,
    /// An uploaded picture.
    MediaId,
    /// A sending domain.
    DomainId,
    /// An SMTP relay.
    RelayId,
    /// A campaign.
    CampaignId,
    /// A frozen revision of a campaign's content.
    RevisionId,
    /// A source of messages in the sending ledger.
    SourceId,
    /// A background job.
    JobId,
    /// A piece of system mail in the outbox.
    OutboxId,
}

/// A person's number within a workspace: 32 bits, never given twice, also after a restore.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SubjectNo(u32);

impl SubjectNo {
    /// Wraps a stored number.
    pub const fn new(value: u32) -> Self {
        Self(value)
    }
    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
    /// The number as the database keeps it.
    pub const fn as_i64(self) -> i64 {
        self.0 as i64
    }
    /// From the database; a number outside 32 bits is refused.
    pub fn from_i64(value: i64) -> Result<Self, IdError> {
        u32::try_from(value).map(Self).map_err(|_| IdError)
    }
}

impl fmt::Display for SubjectNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl FromStr for SubjectNo {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self).map_err(|_| IdError)
    }
}
impl Serialize for SubjectNo {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u32(self.0)
    }
}
impl<'de> Deserialize<'de> for SubjectNo {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        u32::deserialize(d).map(Self)
    }
}

/// A field of the registry: 32 bits, frozen, never used again for another meaning.
///
/// Below 1,000 are the built-in fields; a workspace's own begin at 1,000.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FieldId(u32);

impl FieldId {
    /// The email address.
    pub const EMAIL: Self = Self(1);
    /// The phone number.
    pub const PHONE: Self = Self(2);
    /// The given name.
    pub const FIRST_NAME: Self = Self(3);
    /// The family name.
    pub const LAST_NAME: Self = Self(4);
    /// The network address a request came from.
    pub const NETWORK_ADDRESS: Self = Self(5);
    /// What a mail server answered (replies echo addresses).
    pub const SMTP_REPLY: Self = Self(6);
    /// The sealed details of an entry of the access record.
    pub const RECORD_BODY: Self = Self(100);
    /// A piece of system mail.
    pub const OUTBOX_MAIL: Self = Self(101);
    /// A credential or private key: DKIM, SMTP, TOTP.
    pub const SECRET: Self = Self(102);
    /// The data of a sign-up that is not confirmed yet.
    pub const SIGNUP: Self = Self(103);
    /// The evidence of a consent: network addresses of both steps.
    pub const CONSENT: Self = Self(104);
    /// The name and address of a person who signs in.
    pub const ACCOUNT: Self = Self(105);
    /// The key of one file on disk.
    pub const FILE_KEY: Self = Self(106);
    /// The key of a file's refused lines.
    pub const REJECT_KEY: Self = Self(120);
    /// The name of a file and of its columns.
    pub const FILE_ABOUT: Self = Self(121);
    /// The address of a webhook.
    pub const WEBHOOK_URL: Self = Self(130);
    /// The secret of a webhook before its last change.
    pub const WEBHOOK_OLD_SECRET: Self = Self(131);
    /// The beginning of what a webhook's receiver answered.
    pub const WEBHOOK_ANSWER: Self = Self(132);
    /// What a sign-in at an identity provider waits with.
    pub const SSO_ATTEMPT: Self = Self(620);
    /// What a case is about, in a person's words.
    pub const CASE_SUMMARY: Self = Self(450);
    /// Why a case was closed or dismissed.
    pub const CASE_ENDING: Self = Self(451);
    /// How a breach came about.
    pub const CASE_CAUSE: Self = Self(452);
    /// A line of a case's timeline.
    pub const CASE_LINE: Self = Self(453);
    /// An indicator of a case.
    pub const CASE_INDICATOR: Self = Self(454);
    /// What a case touches.
    pub const CASE_ASSET: Self = Self(455);
    /// What is to be done in a case.
    pub const CASE_TASK: Self = Self(456);
    /// What came of a case's task.
    pub const CASE_TASK_PROOF: Self = Self(457);
    /// The people of a case's frozen answers, counted together.
    pub const CASE_COUNT: Self = Self(458);
    /// How a case stood.
    pub const CASE_UPDATE: Self = Self(459);
    /// How somebody in a case is reached.
    pub const CASE_CONTACT: Self = Self(460);
    /// What has to become better after a case.
    pub const CASE_FINDING: Self = Self(461);
    /// What came of a case's finding.
    pub const CASE_FINDING_PROOF: Self = Self(462);
    /// What people are taught after a case.
    pub const CASE_TRAINING: Self = Self(463);
    /// What is said of a file that was put into a case's evidence.
    pub const CASE_FILE: Self = Self(464);
    /// The key of such a file.
    pub const CASE_FILE_KEY: Self = Self(465);
    /// What a house decided before anything happened.
    pub const INCIDENT_PLAN: Self = Self(480);
    /// Facts and words that the duties of a case are worked out from.
    pub const DUTY_FACTS: Self = Self(610);
    /// A signed judgement of a case.
    pub const DUTY_SIGNATURE: Self = Self(611);
    /// The reference under which a duty was done.
    pub const DUTY_MET: Self = Self(612);
    /// What is written to a provider or a controller.
    pub const DUTY_PACKET: Self = Self(613);
    /// The made-up people of an export, or of what a program reads.
    pub const CANARY_MARK: Self = Self(650);
    /// What is known of whoever wrote to somebody made up.
    pub const CANARY_HIT: Self = Self(651);
    /// Mail that came in, with its envelope.
    pub const INBOUND_MAIL: Self = Self(660);
    /// The words and the sender of a notice.
    pub const NOTICE: Self = Self(700);
    /// Who asked whether they were affected.
    pub const STATUS_ASKED: Self = Self(710);
    /// What somebody wrote who asks for help.
    pub const SUPPORT_MESSAGE: Self = Self(720);
    /// What they were answered.
    pub const SUPPORT_ANSWER: Self = Self(721);
    /// The first id a workspace may define itself.
    pub const FIRST_CUSTOM: u32 = 1_000;

    /// Wraps a stored number.
    pub const fn new(value: u32) -> Self {
        Self(value)
    }
    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Serialize for FieldId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u32(self.0)
    }
}
impl<'de> Deserialize<'de> for FieldId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        u32::deserialize(d).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TestClock, TestRng};

    #[test]
    fn ids_grow_and_survive_their_text_form() {
        let clock = TestClock::at(1_800_000_000_000_000);
        let rng = TestRng::seeded(7);
        let mut last = 0;
        for _ in 0..10_000 {
            let id = ListId::fresh(&clock, &rng);
            assert!(id.as_i64() > last);
            last = id.as_i64();
            assert_eq!(id.to_string().parse::<ListId>(), Ok(id));
        }
    }

    #[test]
    fn nonsense_is_not_an_id() {
        for text in ["", "0", "uuuuuuuuuuuuu", "zzzzzzzzzzzzz", "0000000000000000", "../../etc/pas"] {
            assert_eq!(text.parse::<ListId>(), Err(IdError), "{text}");
        }
    }
}
