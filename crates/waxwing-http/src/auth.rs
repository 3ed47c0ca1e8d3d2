//! Whose a credential is: asked of the application, never decided here.

use crate::cookies::SessionToken;
use crate::site::site;
use crate::{Fail, Proof, ProofWays, RequestMark};
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use waxwing_domain::{AccountId, ApiKeyId, Ctx, Entered, RequestId, Rights, SessionId, WorkspaceId};

/// An answer that takes a moment: `Ok(None)` means that the credential is worth nothing.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<Option<T>, Fail>> + Send + 'a>>;

/// Judges credentials. An error means "cannot tell now" and refuses the request.
pub trait Authenticate: Send + Sync {
    /// Whose session this token is.
    fn session<'a>(&'a self, token: &'a str, caller: Caller) -> Answer<'a, SignedIn>;
    /// Whose API key this text is.
    fn api_key<'a>(&'a self, key: &'a str, caller: Caller) -> Answer<'a, KeyHolder>;
    /// By what this person can prove again that it is them. Nothing, unless the application says otherwise.
    fn proof_ways<'a>(&'a self, person: &'a SignedIn, caller: Caller) -> Answer<'a, ProofWays> {
        let _ = (person, caller);
        Box::pin(async { Ok(None) })
    }
    /// Judges a proof; a right one makes the session fresh and gives it another token. `None` if it is not right.
    fn prove<'a>(&'a self, person: &'a SignedIn, proof: Proof, caller: Caller) -> Answer<'a, String> {
        let _ = (person, proof, caller);
        Box::pin(async { Ok(None) })
    }
    /// Whether whoever was let in as `ctx` would still be: asked before an answer leaves, and before each
    /// chunk of one that streams. Nothing is revoked, unless the application says otherwise.
    fn holds<'a>(&'a self, ctx: &'a Ctx) -> Answer<'a, ()> {
        let _ = ctx;
        Box::pin(async { Ok(Some(())) })
    }
    /// The workspace of signed-out pages that say no other.
    fn public_workspace(&self) -> WorkspaceId;
    /// Whose a signed-out page is, by what its address names: `route` is the path as it was declared,
    /// `named` the text of its first `{segment}`. `Ok(None)` where the text names nothing, which the
    /// handler then says in the [public workspace](Self::public_workspace).
    fn named<'a>(&'a self, route: &'a str, named: &'a str) -> Answer<'a, WorkspaceId> {
        let _ = (route, named);
        Box::pin(async { Ok(None) })
    }
}

/// From where a credential was shown, for throttling and the record.
#[derive(Clone, Copy)]
pub struct Caller {
    /// The network address, where known.
    pub address: Option<IpAddr>,
    /// The request.
    pub request: RequestId,
}

impl From<RequestMark> for Caller {
    fn from(mark: RequestMark) -> Self {
        Self { address: mark.address, request: mark.id }
    }
}

/// A person with a valid session.
#[derive(Clone)]
pub struct SignedIn {
    /// The person's account.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// The workspace that the session is bound to.
    pub workspace: WorkspaceId,
    /// What the person may do.
    pub rights: Rights,
    /// Whether the person proved a credential within [`PROVEN_FOR`](waxwing_domain::PROVEN_FOR).
    pub proven: bool,
    /// Whether the session is asked for a proof before anything else: see [`crate::PROVE_PATH`].
    pub questioned: bool,
    /// What the gate said.
    pub entered: Option<Entered>,
    /// Whether the session rests on less than the workspace asks for.
    pub enrolling: bool,
    /// Seals the forms of this session; the same for as long as it lives, whatever its token is. A secret.
    pub form_key: String,
    /// How the person is shown at the foot of the navigation.
    pub name: String,
    /// The organisation that the workspace sends for.
    pub organisation: String,
    /// Shown on top of every page while the workspace is not in its normal state.
    pub state: Option<StateBar>,
}

impl fmt::Debug for SignedIn {
    /// Leaves out the names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("account", &self.account)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// A program with a valid API key.
#[derive(Clone, Debug)]
pub struct KeyHolder {
    /// The key's number.
    pub key: ApiKeyId,
    /// The workspace that the key is bound to.
    pub workspace: WorkspaceId,
    /// What the key may do.
    pub rights: Rights,
    /// What the gate said.
    pub entered: Option<Entered>,
}

/// How a message is coloured; its words must say the same, colour is never alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Done.
    Good,
    /// For information.
    Note,
    /// Needs attention.
    Attention,
    /// Went wrong, or is dangerous.
    Danger,
}

impl Tone {
    /// The class in the style sheet and the word in cookies.
    pub const fn name(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Note => "note",
            Tone::Attention => "attention",
            Tone::Danger => "danger",
        }
    }
    /// Reads one of the words.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Tone::Good, Tone::Note, Tone::Attention, Tone::Danger].into_iter().find(|t| t.name() == word)
    }
    /// The icon that says the same as the colour.
    pub const fn icon(self) -> &'static str {
        match self {
            Tone::Good => "circle-check",
            Tone::Note => "info-circle",
            Tone::Attention => "alert-triangle",
            Tone::Danger => "alert-circle",
        }
    }
}

/// The bar that says that the workspace is watched, held or contained.
#[derive(Clone, Debug)]
pub struct StateBar {
    /// How grave it is.
    pub tone: Tone,
    /// What is so, by whom, since when.
    pub message: String,
    /// Where the way on is.
    pub href: String,
    /// The words of that link.
    pub action: String,
}

/// On signed-out pages: the person, if a valid session came along anyway.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<SignedIn>);

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        if let Some(known) = parts.extensions.get::<SignedIn>() {
            return Ok(Self(Some(known.clone())));
        }
        let site = site(parts)?;
        let mark = RequestMark::from_request_parts(parts, state).await?;
        match SessionToken::of(&parts.headers, &site.settings) {
            Some(token) => Ok(Self(site.authenticate.session(token.as_str(), mark.into()).await?)),
            None => Ok(Self(None)),
        }
    }
}
