//! What a workspace says of its identity provider.

use super::{seals, store};
use crate::App;
use crate::accounts::roles::RoleRef;
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;
use waxwing_domain::{EmailAddress, Micros, WorkspaceId};
use waxwing_store::Tx;

/// What becomes of people who come for the first time.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Newcomers {
    /// They are told to link an account that they have.
    #[default]
    Refuse,
    /// They get an account with the roles of their groups.
    Create,
}

impl Newcomers {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Create => "create",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Refuse, Self::Create].into_iter().find(|one| one.as_str() == word)
    }
}

/// A group at the provider and the role that it gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The group, exactly as the claim has it.
    pub claimed: String,
    /// The role.
    pub role: RoleRef,
    /// Whether a second person said yes to it, or the host ordered it.
    pub agreed: bool,
}

/// The provider of a workspace. Its secret stays sealed.
#[derive(Clone)]
pub struct Config {
    /// Whether people can sign in by it now.
    pub enabled: bool,
    /// What people call it.
    pub name: String,
    /// Its name in tokens, exactly.
    pub issuer: String,
    /// Ours at the provider.
    pub client_id: String,
    /// What is asked for, with spaces; `openid` is always among it.
    pub scopes: String,
    /// The claim that holds groups; empty for none.
    pub groups_claim: String,
    /// Domains of addresses that are let in; any where empty.
    pub domains: Vec<String>,
    /// What becomes of people who come for the first time.
    pub newcomers: Newcomers,
    /// Words of `amr` or `acr` that count as a second factor; none where empty.
    pub strong: Vec<String>,
    /// Which groups give which roles.
    pub groups: Vec<Group>,
    /// Who changed it last; 0 for the host.
    pub changed_by: i64,
    /// When.
    pub changed_at: Micros,
    pub(super) secret: Vec<u8>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config({})", self.issuer)
    }
}

impl Config {
    /// Whether one of these ways of proving oneself counts as a second factor.
    pub(super) fn is_strong(&self, methods: &[String]) -> bool {
        methods.iter().any(|method| self.strong.contains(method))
    }

    /// Whether addresses like this are let in; `None` is one that the provider does not vouch for.
    pub(super) fn admits(&self, email: Option<&EmailAddress>) -> bool {
        let domain =
            email.and_then(|email| email.normalised_v1().rsplit_once('@').map(|(_, domain)| domain.to_owned()));
        self.domains.is_empty() || domain.is_some_and(|domain| self.domains.contains(&domain))
    }

    /// The mappings that somebody's groups meet.
    pub(super) fn met<'a>(&'a self, groups: &'a [String]) -> impl Iterator<Item = &'a Group> {
        self.groups.iter().filter(|group| groups.contains(&group.claimed))
    }

    /// The secret, for the token endpoint.
    pub(super) fn secret(&self, app: &App, workspace: WorkspaceId) -> crate::Result<String> {
        seals::open_secret(app, workspace, &self.secret)
    }

    /// Whether it trusts the same provider in the same way as `other`: what people may become by it is the same.
    pub(super) fn trusts_as(&self, other: &Self) -> bool {
        let trust = |config: &Self| {
            let Self { enabled, issuer, client_id, groups_claim, domains, newcomers, strong, .. } = config.clone();
            (enabled, issuer, client_id, groups_claim, domains, newcomers, strong)
        };
        trust(self) == trust(other) && pairs(&self.groups) == pairs(&other.groups)
    }
}

/// Groups and roles without what was agreed, in order.
fn pairs(groups: &[Group]) -> Vec<(String, RoleRef)> {
    let mut pairs: Vec<_> = groups.iter().map(|group| (group.claimed.clone(), group.role)).collect();
    pairs.sort();
    pairs
}

/// The configuration as it stands in the record and in the API: no secret.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = SingleSignOn)]
pub struct Said {
    /// Whether people can sign in by it now.
    pub enabled: bool,
    /// What people call the provider.
    pub name: String,
    /// Its issuer, exactly.
    pub issuer: String,
    /// Our name at the provider.
    pub client_id: String,
    /// What is asked for.
    pub scopes: String,
    /// The claim that holds groups.
    pub groups_claim: String,
    /// Domains that are let in; any where empty.
    pub domains: Vec<String>,
    /// `refuse` or `create`.
    pub newcomers: String,
    /// Words of `amr` or `acr` that count as a second factor.
    pub strong: Vec<String>,
    /// Which groups give which roles.
    pub groups: Vec<SaidGroup>,
}

/// A group and its role.
#[derive(Clone, Serialize, serde::Deserialize, ToSchema)]
#[schema(as = SingleSignOnGroup)]
pub struct SaidGroup {
    /// The group, exactly as the claim has it.
    pub group: String,
    /// The name of a built-in role, or the id of one of the workspace's own.
    pub role: String,
}

impl From<&Config> for Said {
    fn from(config: &Config) -> Self {
        let group = |group: &Group| SaidGroup { group: group.claimed.clone(), role: group.role.to_string() };
        Self {
            enabled: config.enabled,
            name: config.name.clone(),
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            scopes: config.scopes.clone(),
            groups_claim: config.groups_claim.clone(),
            domains: config.domains.clone(),
            newcomers: config.newcomers.as_str().to_owned(),
            strong: config.strong.clone(),
            groups: config.groups.iter().map(group).collect(),
        }
    }
}

/// The workspace's provider, on or off.
pub async fn load(tx: &mut Tx) -> crate::Result<Option<Config>> {
    Ok(store::config(tx).await?)
}
