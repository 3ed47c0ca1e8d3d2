//! Who asks, with what, when and why: handed to every use case.

use crate::{AccountId, Action, ApiKeyId, Clock, Micros, RequestId, Rights, Rng, SessionId, WorkspaceId, needs_proof};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Who acts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A signed-in person.
    Account(AccountId, SessionId),
    /// A program with an API key.
    ApiKey(ApiKeyId),
    /// Somebody at the host's own command line.
    Host,
    /// Anybody: a form, an unsubscribe link.
    Public,
    /// A background job, on behalf of the actor who caused it.
    Job,
}

impl Actor {
    /// The stable name of the kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Actor::Account(..) => "account",
            Actor::ApiKey(_) => "api_key",
            Actor::Host => "host",
            Actor::Public => "public",
            Actor::Job => "job",
        }
    }
    /// The acting credential's number: session or key; 0 where there is none.
    pub const fn credential(self) -> i64 {
        match self {
            Actor::Account(_, session) => session.as_i64(),
            Actor::ApiKey(key) => key.as_i64(),
            Actor::Host | Actor::Public | Actor::Job => 0,
        }
    }
    /// As three columns: kind, principal, session.
    pub const fn to_columns(self) -> (&'static str, i64, i64) {
        match self {
            Actor::Account(account, session) => ("account", account.as_i64(), session.as_i64()),
            other => (other.kind(), other.principal(), 0),
        }
    }
    /// Reads [`Actor::to_columns`]; a kind that nobody knows is nobody's work but the program's.
    pub fn from_columns(kind: &str, principal: i64, session: i64) -> Self {
        match kind {
            "account" => Actor::Account(AccountId::from_i64(principal), SessionId::from_i64(session)),
            "api_key" => Actor::ApiKey(ApiKeyId::from_i64(principal)),
            "host" => Actor::Host,
            "public" => Actor::Public,
            _ => Actor::Job,
        }
    }
    /// The account or key behind the credential; 0 where there is none.
    pub const fn principal(self) -> i64 {
        match self {
            Actor::Account(account, _) => account.as_i64(),
            Actor::ApiKey(key) => key.as_i64(),
            Actor::Host | Actor::Public | Actor::Job => 0,
        }
    }
}

/// The actor may not do that. The answer to the world is 404 or 403, never why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not permitted: {}", .0.name())]
pub struct Denied(pub Action);

/// Why an act does not go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// The right is missing.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The right is there, but the person proved themselves too long ago. The page asks for a proof
    /// and goes on.
    #[error("needs a fresh proof of who asks: {}", .0.name())]
    Unproven(Action),
}

/// The context of one request or job.
#[derive(Clone)]
pub struct Ctx {
    /// The workspace that the request is bound to.
    pub workspace: WorkspaceId,
    /// Who acts now.
    pub actor: Actor,
    /// The credential that caused this: for jobs, the one that queued them; else the actor's own.
    pub origin: Actor,
    /// What the actor may do.
    pub rights: Rights,
    /// Whether the person behind a session proved a credential within [`PROVEN_FOR`](crate::PROVEN_FOR).
    pub proven: bool,
    /// Whether the session rests on less than the workspace asks for: then it may set up what is missing, and nothing else.
    pub enrolling: bool,
    /// For correlating log, record and answer.
    pub request: RequestId,
    /// The network address of the requester, where there is one.
    pub address: Option<IpAddr>,
    /// Why, in the words of the person or the use case.
    pub purpose: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The chance.
    pub rng: Arc<dyn Rng>,
}

impl Ctx {
    /// A context for the host's own command line.
    pub fn host(workspace: WorkspaceId, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self::bare(workspace, Actor::Host, Rights::everything(), clock, rng)
    }

    /// A context for a visitor who has not signed in.
    pub fn public(workspace: WorkspaceId, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self::bare(workspace, Actor::Public, Rights::nothing(), clock, rng)
    }

    /// A context for a background job that `origin` caused.
    pub fn job(workspace: WorkspaceId, origin: Actor, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { origin, ..Self::bare(workspace, Actor::Job, Rights::everything(), clock, rng) }
    }

    /// A context with these rights and nothing else known.
    pub fn bare(
        workspace: WorkspaceId,
        actor: Actor,
        rights: Rights,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        let request = RequestId::fresh(&*clock, &*rng);
        let (address, proven, enrolling, purpose) = Default::default();
        Self { workspace, actor, origin: actor, rights, proven, enrolling, request, address, purpose, clock, rng }
    }

    /// The same context with a stated purpose.
    pub fn with_purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = purpose.into();
        self
    }

    /// The same asker in the workspace that their address or token was found in. Rights and
    /// credentials hold in their own workspace only, so whoever moves has none.
    pub fn found_in(&self, workspace: WorkspaceId) -> Self {
        if workspace == self.workspace {
            return self.clone();
        }
        let (actor, rights) = (Actor::Public, Rights::nothing());
        Self { workspace, actor, origin: actor, rights, proven: false, ..self.clone() }
    }

    /// Now.
    pub fn now(&self) -> Micros {
        self.clock.now()
    }

    /// A fresh id.
    pub fn new_id(&self) -> i64 {
        crate::new_id(&*self.clock, &*self.rng)
    }

    /// Goes on only if the actor may do `action`, and, where [`STEP_UP`](crate::STEP_UP) lists it, the person
    /// behind the session proved themselves within [`PROVEN_FOR`](crate::PROVEN_FOR).
    pub fn authorise(&self, action: Action) -> Result<(), Refused> {
        self.authorise_look(action)?;
        if needs_proof(action) && !self.is_proven() { Err(Refused::Unproven(action)) } else { Ok(()) }
    }

    /// The same for who only looks at what `action` changes: the right is enough.
    pub fn authorise_look(&self, action: Action) -> Result<(), Denied> {
        if self.may(action) { Ok(()) } else { Err(Denied(action)) }
    }

    /// Whether nobody but the person themselves can be asking: they proved it a moment ago, or no person asks.
    pub const fn is_proven(&self) -> bool {
        !matches!(self.actor, Actor::Account(..)) || self.proven
    }

    /// Whether the actor may do `action`.
    pub fn may(&self, action: Action) -> bool {
        match action {
            Action::Public => true,
            Action::Enrol | Action::OwnCredentials => matches!(self.actor, Actor::Account(..)),
            Action::OwnAccount => matches!(self.actor, Actor::Account(..)) && !self.enrolling,
            _ => self.rights.actions.has(action) && !self.enrolling,
        }
    }
}

impl fmt::Debug for Ctx {
    /// Leaves out the network address and the purpose, which may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx")
            .field("workspace", &self.workspace)
            .field("actor", &self.actor)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scope, TestClock, TestRng};

    fn ctx(rights: Rights) -> Ctx {
        let clock = Arc::new(TestClock::at(1));
        Ctx::bare(WorkspaceId::from_i64(1), Actor::Public, rights, clock, Arc::new(TestRng::seeded(1)))
    }

    #[test]
    fn an_actor_is_read_as_it_is_written() {
        let account = Actor::Account(AccountId::from_i64(7), SessionId::from_i64(8));
        for actor in [account, Actor::ApiKey(ApiKeyId::from_i64(9)), Actor::Host, Actor::Public, Actor::Job] {
            let (kind, principal, session) = actor.to_columns();
            assert_eq!(Actor::from_columns(kind, principal, session), actor);
        }
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        for &action in Action::ALL {
            assert_eq!(ctx(Rights::nothing()).may(action), action == Action::Public, "{}", action.name());
        }
    }

    #[test]
    fn rights_do_not_go_along_into_another_workspace() {
        let owner = Ctx { actor: Actor::Host, ..ctx(Rights::everything()) };
        let (same, other) = (owner.found_in(owner.workspace), owner.found_in(WorkspaceId::from_i64(2)));
        assert!(same.may(Action::SubscribersRead) && same.actor == Actor::Host);
        assert!(!other.may(Action::SubscribersRead) && other.actor == Actor::Public && other.origin == Actor::Public);
        assert_eq!((other.workspace, other.request), (WorkspaceId::from_i64(2), owner.request));
    }

    #[test]
    fn a_person_proves_themselves_again_and_a_key_does_not() {
        let key = ctx(Rights::everything());
        let person = Actor::Account(AccountId::from_i64(7), SessionId::from_i64(8));
        for &action in Action::ALL.iter().filter(|action| action.is_grantable()) {
            assert_eq!(key.authorise(action), Ok(()), "{}", action.name());
            let stale = Ctx { actor: person, ..key.clone() };
            assert_eq!(stale.authorise_look(action), Ok(()), "{}", action.name());
            let refused = if needs_proof(action) { Err(Refused::Unproven(action)) } else { Ok(()) };
            assert_eq!(stale.authorise(action), refused, "{}", action.name());
            let fresh = Ctx { proven: true, ..stale };
            assert_eq!(fresh.authorise(action), Ok(()), "{}", action.name());
        }
    }

    #[test]
    fn who_has_less_than_is_asked_for_may_only_set_it_up() {
        let person = Actor::Account(AccountId::from_i64(7), SessionId::from_i64(8));
        let enrolling = Ctx { actor: person, enrolling: true, ..ctx(Rights::everything()) };
        let may: Vec<Action> = Action::ALL.iter().copied().filter(|&action| enrolling.may(action)).collect();
        assert_eq!(may, [Action::Public, Action::Enrol, Action::OwnCredentials]);
    }

    #[test]
    fn without_the_right_no_proof_is_asked_for() {
        let person = Actor::Account(AccountId::from_i64(7), SessionId::from_i64(8));
        let stale = Ctx { actor: person, ..ctx(Rights::nothing()) };
        assert_eq!(stale.authorise(Action::ExportRun), Err(Refused::Denied(Denied(Action::ExportRun))));
    }

    #[test]
    fn a_scope_grants_its_actions_only() {
        let ctx = ctx(Rights::of_scopes(&[Scope::Send]));
        assert!(ctx.may(Action::CampaignsSend));
        assert!(!ctx.may(Action::SubscribersRead));
        assert!(!ctx.may(Action::OwnAccount));
    }
}
