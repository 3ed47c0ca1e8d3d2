//! What can be bound to a statement: typed also when null, so that both engines agree.

use waxwing_domain::{
    AccountId, AlertId, ApiKeyId, ApprovalId, CampaignId, CasePartId, ConsentId, ContainmentId, DomainId, EventId,
    ExportId, FieldId, HoldId, ImportId, InboundId, IncidentId, JobId, ListId, MarkId, MediaId, Micros, NoticeId,
    OutboxId, PasskeyId, RecoveryId, RelayId, RequestId, RevisionId, RoleId, SessionId, SourceId, StatusPageId,
    SubjectNo, SupportId, TemplateId, WebhookId, WorkspaceId,
};

/// A bound value.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// 64-bit integer, also ids, times and booleans.
    Int(Option<i64>),
    /// Text.
    Text(Option<String>),
    /// Bytes.
    Blob(Option<Vec<u8>>),
    /// For `IN [$n]`.
    Ints(Vec<i64>),
    /// For `IN [text $n]`.
    Texts(Vec<String>),
    /// For `IN [blob $n]`.
    Blobs(Vec<Vec<u8>>),
}

/// Turns a typed thing into what is bound.
pub trait IntoValue {
    /// The bound form.
    fn into_value(self) -> Value;
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

macro_rules! into_int {
    ($($type:ty => $convert:expr),+ $(,)?) => {$(
        impl IntoValue for $type {
            fn into_value(self) -> Value { let convert: fn($type) -> i64 = $convert; Value::Int(Some(convert(self))) }
        }
        impl IntoValue for Option<$type> {
            fn into_value(self) -> Value { let convert: fn($type) -> i64 = $convert; Value::Int(self.map(convert)) }
        }
    )+};
}
macro_rules! into_int_ids {
    ($($type:ty),+ $(,)?) => { into_int!($($type => |v| v.as_i64()),+); };
}

into_int!(i64 => |v| v, i32 => i64::from, u32 => i64::from, u16 => i64::from, u8 => i64::from, bool => i64::from,
          FieldId => |v| i64::from(v.get()));
into_int_ids!(
    AccountId,
    AlertId,
    HoldId,
    InboundId,
    MarkId,
    IncidentId,
    CasePartId,
    NoticeId,
    StatusPageId,
    SupportId,
    ApiKeyId,
    ApprovalId,
    CampaignId,
    ConsentId,
    ContainmentId,
    DomainId,
    EventId,
    ExportId,
    ImportId,
    JobId,
    ListId,
    MediaId,
    Micros,
    OutboxId,
    RelayId,
    RoleId,
    RequestId,
    RevisionId,
    SessionId,
    SourceId,
    SubjectNo,
    TemplateId,
    WebhookId,
    PasskeyId,
    RecoveryId,
    WorkspaceId
);

impl IntoValue for &str {
    fn into_value(self) -> Value {
        Value::Text(Some(self.to_owned()))
    }
}
impl IntoValue for &String {
    fn into_value(self) -> Value {
        Value::Text(Some(self.clone()))
    }
}
impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(Some(self))
    }
}
impl IntoValue for Option<&str> {
    fn into_value(self) -> Value {
        Value::Text(self.map(str::to_owned))
    }
}
impl IntoValue for Option<String> {
    fn into_value(self) -> Value {
        Value::Text(self)
    }
}
impl IntoValue for &[u8] {
    fn into_value(self) -> Value {
        Value::Blob(Some(self.to_vec()))
    }
}
impl IntoValue for Vec<u8> {
    fn into_value(self) -> Value {
        Value::Blob(Some(self))
    }
}
impl IntoValue for &Vec<u8> {
    fn into_value(self) -> Value {
        Value::Blob(Some(self.clone()))
    }
}
impl IntoValue for Option<Vec<u8>> {
    fn into_value(self) -> Value {
        Value::Blob(self)
    }
}
impl<const N: usize> IntoValue for [u8; N] {
    fn into_value(self) -> Value {
        Value::Blob(Some(self.to_vec()))
    }
}
impl<const N: usize> IntoValue for &[u8; N] {
    fn into_value(self) -> Value {
        Value::Blob(Some(self.to_vec()))
    }
}
impl IntoValue for Vec<i64> {
    fn into_value(self) -> Value {
        Value::Ints(self)
    }
}
impl IntoValue for Vec<String> {
    fn into_value(self) -> Value {
        Value::Texts(self)
    }
}
impl IntoValue for Vec<Vec<u8>> {
    fn into_value(self) -> Value {
        Value::Blobs(self)
    }
}

/// The values of a statement, in order, after the workspace (which is bound by itself).
#[macro_export]
macro_rules! args {
    () => { ::std::vec::Vec::<$crate::Value>::new() };
    ($($value:expr),+ $(,)?) => { ::std::vec![$($crate::IntoValue::into_value($value)),+] };
}
