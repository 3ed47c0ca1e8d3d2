//! Composing: begin, change, copy, remove.

use super::campaign::checked_name;
use super::{Campaign, CampaignState, Edit, From, Plan, Summary, store};
use crate::accounts::approvals::{self, Kind};
use crate::hands::{self, Work};
use crate::templates::Content;
use crate::{App, Error, Result};
use serde_json::json;
use waxwing_domain::{Action, CampaignId, Ctx, Operation};
use waxwing_store::{Entry, Tx};

/// Begins a draft.
///
/// # Errors
/// [`Error::Invalid`] for the name.
pub async fn create(app: &App, tx: &mut Tx, ctx: &Ctx, name: &str, content: Content) -> Result<CampaignId> {
    ctx.authorise(Action::CampaignsWrite)?;
    let campaign = Campaign {
        id: CampaignId::from_i64(ctx.new_id()),
        name: checked_name(name)?,
        state: CampaignState::Draft,
        version: 1,
        from: From::default(),
        subject: String::new(),
        preheader: String::new(),
        reason: String::new(),
        content,
        plan: Plan::Now,
        lists: Vec::new(),
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    store::insert(tx, &campaign).await?;
    record(app, tx, ctx, Operation::Create, "campaigns.create", campaign.id, json!({})).await?;
    Ok(campaign.id)
}

/// Changes parts of a draft; all of them or none.
///
/// # Errors
/// [`Error::Invalid`] names the field; [`Error::Conflict`] when it is no draft, or was changed by
/// somebody else in the same moment.
pub async fn edit(app: &App, tx: &mut Tx, ctx: &Ctx, id: CampaignId, edits: Vec<Edit>) -> Result<()> {
    ctx.authorise(Action::CampaignsWrite)?;
    let mut campaign = store::by_id(tx, id).await?.ok_or(Error::NotFound("campaign"))?;
    if !campaign.state.is_draft() {
        return Err(Error::Conflict("Only a draft can be changed. Take the campaign back first, or copy it.".into()));
    }
    let words: Vec<_> = edits.iter().map(Edit::word).collect();
    for edit in edits {
        edit.apply(&mut campaign)?;
    }
    for list in &campaign.lists {
        crate::lists::open(tx, *list).await?;
    }
    campaign.updated_at = ctx.now();
    if store::update(tx, &campaign).await? == 0 {
        return Err(changed_meanwhile());
    }
    approvals::withdraw_all_of(app, tx, ctx, Kind::Send, id.as_i64()).await?;
    record(app, tx, ctx, Operation::Change, "campaigns.edit", id, json!({ "parts": words })).await
}

/// A draft that says the same to the same lists.
pub async fn duplicate(app: &App, tx: &mut Tx, ctx: &Ctx, id: CampaignId) -> Result<CampaignId> {
    ctx.authorise(Action::CampaignsWrite)?;
    let original = store::by_id(tx, id).await?.ok_or(Error::NotFound("campaign"))?;
    let name: String = format!("Copy of {}", original.name).chars().take(200).collect();
    let copy = Campaign {
        id: CampaignId::from_i64(ctx.new_id()),
        name,
        state: CampaignState::Draft,
        version: 1,
        plan: Plan::Now,
        created_at: ctx.now(),
        updated_at: ctx.now(),
        ..original
    };
    store::insert(tx, &copy).await?;
    record(app, tx, ctx, Operation::Create, "campaigns.duplicate", copy.id, json!({ "of": id })).await?;
    Ok(copy.id)
}

/// Removes a draft. What was sent stays, with its report.
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, id: CampaignId) -> Result<()> {
    ctx.authorise(Action::CampaignsWrite)?;
    by_id(tx, ctx, id).await?;
    if store::delete(tx, id).await? == 0 {
        return Err(Error::Conflict("Only a draft can be removed; what was sent stays with its report.".into()));
    }
    approvals::withdraw_all_of(app, tx, ctx, Kind::Send, id.as_i64()).await?;
    record(app, tx, ctx, Operation::Delete, "campaigns.remove", id, json!({})).await
}

/// One campaign.
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: CampaignId) -> Result<Campaign> {
    ctx.authorise(Action::CampaignsRead)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("campaign"))
}

/// Which campaigns to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Filter {
    /// All of them.
    #[default]
    All,
    /// Drafts, and those that missed their time.
    Drafts,
    /// Those with a time ahead.
    Scheduled,
    /// Those handed to the lane, also paused, ended and cancelled ones.
    Sent,
}

impl Filter {
    /// Every one, in the order shown.
    pub const ALL: [Self; 4] = [Self::All, Self::Drafts, Self::Scheduled, Self::Sent];

    /// The word in addresses and the API; empty for all.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Drafts => "drafts",
            Self::Scheduled => "scheduled",
            Self::Sent => "sent",
        }
    }
    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.as_str() == word)
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Drafts => "Drafts",
            Self::Scheduled => "Scheduled",
            Self::Sent => "Sent",
        }
    }
    fn states(self) -> Vec<String> {
        let words: &[&str] = match self {
            Self::All => &["draft", "leaving", "scheduled", "missed", "started"],
            Self::Drafts => &["draft", "missed"],
            Self::Scheduled => &["leaving", "scheduled"],
            Self::Sent => &["started"],
        };
        words.iter().map(ToString::to_string).collect()
    }
}

/// Campaigns, newest first, older than `before`.
pub async fn page(
    tx: &mut Tx,
    ctx: &Ctx,
    filter: Filter,
    before: Option<CampaignId>,
    limit: i64,
) -> Result<Vec<Summary>> {
    ctx.authorise(Action::CampaignsRead)?;
    Ok(store::page(tx, before, filter.states(), limit).await?)
}

pub(super) fn changed_meanwhile() -> Error {
    Error::Conflict("The campaign was changed in the same moment. Look at it again, then repeat what you did.".into())
}

pub(super) async fn record(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    operation: Operation,
    what: &'static str,
    id: CampaignId,
    detail: serde_json::Value,
) -> Result<()> {
    let detail =
        if detail.as_object().is_some_and(serde_json::Map::is_empty) { serde_json::Value::Null } else { detail };
    match operation {
        Operation::Delete => hands::forget(tx, Work::Campaign, id.as_i64()).await?,
        _ => hands::note(tx, ctx, Work::Campaign, id.as_i64()).await?,
    }
    tx.record(app.store(), ctx, Entry::new(operation, what).on("campaign", id.as_i64()).detail(detail)).await?;
    Ok(())
}
