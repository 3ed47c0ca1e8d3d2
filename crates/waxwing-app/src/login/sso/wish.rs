//! Saying which provider a workspace trusts, and with what.
//!
//! Promise: nobody maps a group to what they lack, to the owner's role, or to one that needs a last day; powerful roles wait for
//! the same second person as a grant by hand, bound to provider and mapping to the letter. The secret is sealed, never
//! shown, and never sent to another provider than it was typed for. A change of what is trusted takes back what groups gave
//! and ends the sessions that the provider began. Limit: the host's command line asks nobody.

use super::config::{Config, Group, Newcomers, Said, SaidGroup};
use super::{fetch, load, seals, store};
use crate::accounts::approvals::{self, Kind, Matter, Passage};
use crate::accounts::roles::groups as roles;
use crate::{App, Error, login, signals};
use serde_json::json;
use waxwing_domain::{Action, Actor, Ctx, EmailAddress, HeaderText, Operation, Rights};
use waxwing_store::{Entry, Tx};

/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// The longest of what is pasted from the provider's page, in bytes.
const LONGEST: usize = 1_000;
/// The longest group, in characters.
const LONGEST_GROUP: usize = 200;
/// Groups that are mapped at most.
const MOST_GROUPS: usize = 200;
/// Domains and words at most.
const MOST_WORDS: usize = 50;

/// What is asked for; as it was typed.
#[derive(Clone, Default)]
pub struct Wish {
    /// Whether people shall sign in by it.
    pub enabled: bool,
    /// What people call the provider.
    pub name: String,
    /// Its issuer, exactly.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// The secret; empty leaves it as it is.
    pub secret: String,
    /// What is asked for, with spaces.
    pub scopes: String,
    /// The claim that holds groups.
    pub groups_claim: String,
    /// Domains that are let in, with spaces or commas.
    pub domains: String,
    /// `refuse` or `create`.
    pub newcomers: String,
    /// Words of `amr` or `acr` that count as a second factor, with spaces or commas.
    pub strong: String,
    /// Which groups give which roles.
    pub groups: Vec<SaidGroup>,
}

impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wish({})", self.issuer)
    }
}

/// Sets the provider.
///
/// # Errors
/// [`Error::Invalid`] names the field; [`Error::Conflict`] for a role beyond the rights of whoever asks.
pub async fn set(app: &App, ctx: &Ctx, wish: &Wish) -> crate::Result<Passage> {
    ctx.authorise(Action::AccountsWrite)?;
    let mut new = parse(app, ctx, wish)?;
    if new.enabled {
        let asked = fetch::provider(app, &new.issuer, ctx.now()).await;
        asked.map_err(|refusal| Error::invalid("issuer", format!("{} ({})", refusal.words(), refusal.as_str())))?;
    }
    let mut tx = app.begin(ctx, "login.sso_set").await?;
    let old = load(&mut tx).await?;
    new.secret = secret(app, ctx, &wish.secret, (&new, old.as_ref()))?;
    let passage = pass(app, &mut tx, ctx, &new, old.as_ref()).await?;
    if passage.waits().is_none() {
        agree(&mut new, old.as_ref(), ctx, &passage);
        put(app, &mut tx, ctx, (&new, old.as_ref()), &passage).await?;
    }
    tx.commit().await?;
    Ok(passage)
}

/// Removes the provider and its secret. Links stay, for the day it comes back.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn remove(app: &App, ctx: &Ctx) -> crate::Result<()> {
    ctx.authorise(Action::AccountsWrite)?;
    let mut tx = app.begin(ctx, "login.sso_remove").await?;
    if !store::remove_config(&mut tx).await? {
        return Err(Error::NotFound("identity provider"));
    }
    take_back(&mut tx, ctx).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "login.sso_remove")).await?;
    signals::note(&mut tx, ctx, "login.sso_removed", 1, json!({})).await?;
    Ok(tx.commit().await?)
}

async fn take_back(tx: &mut Tx, ctx: &Ctx) -> crate::Result<()> {
    roles::withdraw_all(tx).await?;
    login::store::end_by_sso(tx, None, ctx.now()).await?;
    Ok(())
}

async fn put(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (new, old): (&Config, Option<&Config>),
    passage: &Passage,
) -> crate::Result<()> {
    if old.is_some_and(|old| !old.trusts_as(new)) {
        take_back(tx, ctx).await?;
    }
    store::put_config(tx, new).await?;
    let detail = json!({ "provider": Said::from(new), "before": old.map(Said::from), "by": passage.note() });
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "login.sso_set").detail(detail)).await?;
    signals::note(tx, ctx, "login.sso_set", 1, json!({ "enabled": new.enabled, "groups": new.groups.len() })).await
}

/// The secret that was typed, sealed; else the one that is there, if it is for the same provider and client.
fn secret(app: &App, ctx: &Ctx, typed: &str, (new, old): (&Config, Option<&Config>)) -> crate::Result<Vec<u8>> {
    let typed = typed.trim();
    if typed.len() > LONGEST || typed.chars().any(char::is_control) {
        return Err(Error::invalid("secret", "This is no client secret."));
    }
    if !typed.is_empty() {
        return seals::seal_secret(app, ctx.workspace, typed);
    }
    let same = |old: &&Config| old.issuer == new.issuer && old.client_id == new.client_id;
    let kept = old.filter(same).map(|old| old.secret.clone());
    kept.ok_or_else(|| Error::invalid("secret", "Paste the client secret that belongs to this issuer and client ID."))
}

/// Whether it may be set now: mapping to a powerful role is granting it, to people who are not known yet.
async fn pass(app: &App, tx: &mut Tx, ctx: &Ctx, new: &Config, old: Option<&Config>) -> crate::Result<Passage> {
    let mut facts = Vec::new();
    for group in &new.groups {
        let (title, rights) = roles::mappable(tx, ctx, group.role).await?;
        facts.push((group.clone(), title, rights));
    }
    if !facts.is_empty() {
        ctx.authorise(Action::RolesGrant)?;
    }
    let powerful = facts.iter().any(|(_, _, rights)| rights.is_powerful());
    let settled = old.is_some_and(|old| {
        let agreed = |group: &Group| old.groups.iter().any(|one| one.agreed && pair(one) == pair(group));
        old.trusts_as(new) && facts.iter().all(|(group, _, rights)| !rights.is_powerful() || agreed(group))
    });
    if !new.enabled || !powerful || settled || !approvals::policy(tx).await?.grants {
        return Ok(Passage::FREE);
    }
    approvals::pass(app, tx, ctx, &matter(new, &facts)).await
}

fn pair(group: &Group) -> (&str, crate::accounts::roles::RoleRef) {
    (&group.claimed, group.role)
}

/// The whole of what is trusted, as a second person is shown it.
fn matter(new: &Config, facts: &[(Group, String, Rights)]) -> Matter {
    let any = |words: &[String], none: &str| if words.is_empty() { none.to_owned() } else { words.join(", ") };
    let title = format!("Groups of {}", new.name);
    let mut matter = Matter::new(Kind::Grant, 0, title, format!("/settings/sso?{}", again(new)))
        .fact("Provider", &new.issuer)
        .fact("Client ID", &new.client_id)
        .fact("Claim with groups", &new.groups_claim)
        .fact("Domains", any(&new.domains, "any"))
        .fact("People who come new", new.newcomers.as_str())
        .fact("Counts as a second factor", any(&new.strong, "nothing"));
    for (group, title, rights) in facts {
        let name = format!("Group “{}” gives", group.claimed);
        // The whole value, so that a kind of right that is added later is bound too.
        matter = matter.fact(&name, title).exactly(group.role.to_string()).exactly(format!("{rights:?}"));
    }
    matter
}

/// The form as an address fills it in again; without the secret.
fn again(new: &Config) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("again", "1").append_pair("enabled", "on").append_pair("name", &new.name);
    form.append_pair("issuer", &new.issuer).append_pair("client_id", &new.client_id);
    form.append_pair("scopes", &new.scopes).append_pair("groups_claim", &new.groups_claim);
    form.append_pair("domains", &new.domains.join(" ")).append_pair("newcomers", new.newcomers.as_str());
    form.append_pair("strong", &new.strong.join(" "));
    for group in &new.groups {
        form.append_pair("group", &group.claimed).append_pair("role", &group.role.to_string());
    }
    form.finish()
}

/// Marks the mappings that somebody else said yes to, the host ordered, or that were agreed on already.
fn agree(new: &mut Config, old: Option<&Config>, ctx: &Ctx, passage: &Passage) {
    let now = ctx.origin == Actor::Host || matches!(passage, Passage::Open(Some(_)));
    let same = old.filter(|old| old.trusts_as(new)).map(|old| old.groups.clone()).unwrap_or_default();
    for group in &mut new.groups {
        group.agreed = now || same.iter().any(|one| one.agreed && pair(one) == pair(group));
    }
}

fn parse(app: &App, ctx: &Ctx, wish: &Wish) -> crate::Result<Config> {
    let unknown = || Error::invalid("newcomers", "Say refuse or create.");
    let config = Config {
        enabled: wish.enabled,
        name: name(&wish.name)?,
        issuer: issuer(app, wish.issuer.trim())?,
        client_id: visible("client_id", "Paste the client ID that the provider shows.", &wish.client_id)?,
        scopes: scopes(&wish.scopes)?,
        groups_claim: wish.groups_claim.trim().to_owned(),
        domains: domains(&wish.domains)?,
        newcomers: Newcomers::parse(&wish.newcomers).ok_or_else(unknown)?,
        strong: words("strong", &wish.strong)?,
        groups: groups(&wish.groups)?,
        changed_by: ctx.actor.principal(),
        changed_at: ctx.now(),
        secret: Vec::new(),
    };
    if config.groups_claim.len() > LONGEST_GROUP || (!config.groups.is_empty() && config.groups_claim.is_empty()) {
        return Err(Error::invalid("groups_claim", "Name the claim that holds the groups, such as groups."));
    }
    if config.newcomers == Newcomers::Create && config.groups.is_empty() {
        return Err(Error::invalid("newcomers", "Say first which group gives which role; newcomers get nothing else."));
    }
    Ok(config)
}

fn name(text: &str) -> crate::Result<String> {
    let wrong = || Error::invalid("name", "Say in up to 60 characters what people call the provider.");
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NAME {
        return Err(wrong());
    }
    HeaderText::parse(text).map(Into::into).map_err(|_| wrong())
}

/// The issuer to the letter; only that it is an address that may be asked is judged here.
fn issuer(app: &App, text: &str) -> crate::Result<String> {
    if text.len() > LONGEST || text.contains(['?', '#', '@']) || text.contains(char::is_whitespace) {
        return Err(Error::invalid("issuer", "An issuer is an https address without ? and #."));
    }
    app.egress().target(text).map_err(|error| Error::invalid("issuer", error))?;
    Ok(text.to_owned())
}

fn visible(field: &str, what: &str, text: &str) -> crate::Result<String> {
    let text = text.trim();
    let right = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if right { Ok(text.to_owned()) } else { Err(Error::invalid(field, what)) }
}

/// Words with spaces or commas between them.
fn words(field: &str, text: &str) -> crate::Result<Vec<String>> {
    let all: Vec<String> = text
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let right = |word: &String| word.len() <= LONGEST_GROUP && word.bytes().all(|byte| byte.is_ascii_graphic());
    match all.len() <= MOST_WORDS && all.iter().all(right) {
        true => Ok(all),
        false => Err(Error::invalid(field, "Write up to fifty words with spaces between them.")),
    }
}

fn scopes(text: &str) -> crate::Result<String> {
    let mut all = words("scopes", if text.trim().is_empty() { "openid email profile" } else { text })?;
    if !all.iter().any(|word| word == "openid") {
        all.insert(0, "openid".into());
    }
    Ok(all.join(" "))
}

fn domains(text: &str) -> crate::Result<Vec<String>> {
    let all = words("domains", &text.to_ascii_lowercase())?;
    match all.iter().find(|domain| EmailAddress::parse(&format!("a@{domain}")).is_err()) {
        Some(wrong) => Err(Error::invalid("domains", format!("“{wrong}” is no domain."))),
        None => Ok(all),
    }
}

fn groups(said: &[SaidGroup]) -> crate::Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for one in said.iter().filter(|one| !one.group.trim().is_empty()) {
        let claimed = one.group.trim().to_owned();
        if claimed.chars().count() > LONGEST_GROUP || claimed.chars().any(char::is_control) {
            return Err(Error::invalid("groups", "A group has up to 200 characters."));
        }
        let role = one
            .role
            .parse()
            .map_err(|_| Error::invalid("groups", "Choose a role for each group; one of these does not exist."))?;
        let group = Group { claimed, role, agreed: false };
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    match groups.len() <= MOST_GROUPS {
        true => Ok(groups),
        false => Err(Error::invalid("groups", "Map up to 200 groups.")),
    }
}
