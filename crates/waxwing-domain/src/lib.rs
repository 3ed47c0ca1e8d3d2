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
mod ids;
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
pub use ids::{
    AccountId, AlertId, ApiKeyId, ApprovalId, CampaignId, CasePartId, ConsentId, DomainId, EventId, ExportId, FieldId,
    IdError, ImportId, IncidentId, JobId, ListId, MediaId, OutboxId, PasskeyId, RecoveryId, RelayId, RequestId,
    RevisionId, RoleId, SessionId, SourceId, SubjectNo, TemplateId, WebhookId, WorkspaceId, new_id,
};
pub use network::{Network, NetworkError};
pub use phone::{PhoneError, PhoneNumber};
pub use rights::{
    ActionSet, ClassSet, PROVEN_FOR, Rights, Role, RoleSet, STEP_UP, Strength, clear_classes, is_fresh, needs_proof,
    roles_of,
};
pub use text::{HeaderText, HeaderTextError};
pub use word::{WordError, WorkspaceWord};
