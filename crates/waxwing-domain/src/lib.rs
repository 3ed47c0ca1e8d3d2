//! The words of Waxwing.
//!
//! Promise: a value that exists is valid. Addresses cannot hold a line break, ids cannot be
//! confused with one another, times are integers with a unit, and nothing here reads a clock,
//! a file or a socket on its own: time and chance come in as parameters through [`Ctx`].

mod action;
mod clock;
mod ctx;
mod email;
mod event;
mod gate;
mod ids;
mod kind;
mod network;
mod phone;
mod rights;
mod text;
mod word;

pub use action::{Action, Scope};
pub use clock::{Clock, Micros, Rng, SystemClock, SystemRng, TestClock, TestRng};
pub use ctx::{Actor, Ctx, Denied, Refused};
pub use email::{EmailAddress, EmailError, MailDomain};
pub use event::{DataClass, EventKind, LegalBasis, Operation, SkipReason};
pub use gate::{Entered, GateLevel, Thing};
pub use ids::{
    AccountId, AlertId, ApiKeyId, ApprovalId, CampaignId, CasePartId, ConsentId, ContainmentId, DomainId, EventId,
    ExportId, FieldId, HoldId, IdError, ImportId, InboundId, IncidentId, JobId, ListId, MarkId, MediaId, NoticeId,
    OutboxId, PasskeyId, RecoveryId, RelayId, RequestId, RevisionId, RoleId, SessionId, SourceId, StatusPageId,
    SubjectNo, SupportId, TemplateId, WebhookId, WorkspaceId, new_id,
};
pub use kind::KindOfData;
pub use network::{Network, NetworkError};
pub use phone::{PhoneError, PhoneNumber};
pub use rights::{
    ActionSet, ClassSet, PROVEN_FOR, Rights, Role, RoleSet, STEP_UP, Strength, clear_classes, is_fresh, may_run,
    needs_proof, roles_of, runs_until,
};
pub use text::{HeaderText, HeaderTextError};
pub use word::{WordError, WorkspaceWord};
