//! A campaign that needs a second person: when, what they are shown, and what follows their yes.
//!
//! Promise: who said yes said it to this content, sender, schedule and these lists; at departure it is
//! looked at again, so that an audience that grew after the order does not slip through. Limit: people
//! may change on a list as long as their number hardly grows.

use super::compose::{by_id, record};
use super::depart::{Ordered, as_planned, move_to};
use super::review::{frozen, review};
use super::{Campaign, Plan, store};
use crate::accounts::approvals::{self, Kind, Matter, Passage};
use crate::sending::{self, FrozenRevision, audience_preview};
use crate::{App, Error, Result, lists};
use serde_json::json;
use waxwing_domain::{Action, CampaignId, Ctx, ListId, Operation};
use waxwing_store::{JobContext, StoreError, Tx};

/// The kind of the job that goes on after a yes.
pub(super) const APPROVED: &str = "campaigns.approved";

/// Whether sending it to so many people needs a second person.
pub(super) async fn is_needed(tx: &mut Tx, campaign: &Campaign, people: i64) -> Result<bool> {
    let policy = approvals::policy(tx).await?;
    if policy.holds_send(people, false) {
        return Ok(true);
    }
    let to_new = policy.new_audiences && !new_lists(tx, campaign).await?.is_empty();
    Ok(policy.holds_send(people, to_new))
}

async fn new_lists(tx: &mut Tx, campaign: &Campaign) -> Result<Vec<ListId>> {
    let known = sending::sent_to(tx, &campaign.lists).await?;
    Ok(campaign.lists.iter().copied().filter(|list| !known.contains(list)).collect())
}

/// Lets the campaign pass, or asks a second person.
pub(super) async fn pass(app: &App, tx: &mut Tx, ctx: &Ctx, campaign: &Campaign, people: i64) -> Result<Passage> {
    if !is_needed(tx, campaign, people).await? {
        return Ok(Passage::FREE);
    }
    let revision = frozen(tx, campaign).await?;
    let matter = matter(tx, campaign, &revision, people).await?;
    approvals::pass(app, tx, ctx, &matter).await
}

/// Whether it may leave now as it was ordered.
pub(super) async fn still_holds(tx: &mut Tx, ctx: &Ctx, campaign: &Campaign) -> Result<bool> {
    if !approvals::policy(tx).await?.is_on() {
        return Ok(true);
    }
    let people = audience_preview(tx, campaign.lists.clone()).await?.recipients;
    if !is_needed(tx, campaign, people).await? {
        return Ok(true);
    }
    let revision = frozen(tx, campaign).await?;
    let matter = matter(tx, campaign, &revision, people).await?;
    approvals::holds(tx, ctx, &matter).await
}

/// The campaign as a second person is shown it, bound to what would be frozen.
async fn matter(tx: &mut Tx, campaign: &Campaign, revision: &FrozenRevision, people: i64) -> Result<Matter> {
    let new = new_lists(tx, campaign).await?;
    let mut names = Vec::new();
    for &list in &campaign.lists {
        let name = lists::by_id(tx, list).await?.name;
        names.push(if new.contains(&list) { format!("{name} (never sent to)") } else { name });
    }
    let frozen =
        serde_json::to_vec(revision).map_err(|_| StoreError::Damaged("content that cannot be written".into()))?;
    let from = &campaign.from;
    let leaves = match &campaign.plan {
        Plan::Now => "30 seconds after the yes".to_owned(),
        Plan::At { local, zone } => format!("{} {zone}", local.replace('T', " ")),
    };
    let ids: Vec<u8> = campaign.lists.iter().flat_map(|list| list.as_i64().to_be_bytes()).collect();
    let back = format!("/campaigns/{}", campaign.id);
    Ok(Matter::new(Kind::Send, campaign.id.as_i64(), campaign.name.clone(), back)
        .fact("Lists", names.join(", "))
        .fact("From", format!("{} <{}>", from.name, from.address).trim().to_owned())
        .fact("Answers go to", if from.reply_to.is_empty() { &from.address } else { &from.reply_to })
        .fact("Subject", &campaign.subject)
        .fact("Leaves", leaves)
        .exactly(campaign.version.to_be_bytes())
        .exactly(ids)
        .exactly(frozen)
        .about(people))
}

/// Somebody said yes: the campaign leaves as it is planned, or its person is told why not.
pub(super) async fn approved(app: &App, ctx: &Ctx, id: CampaignId, job: &JobContext) -> Result<()> {
    let why = match go_on(app, ctx, id, job).await {
        Ok(()) => return Ok(()),
        Err(Error::Conflict(why) | Error::Invalid { message: why, .. }) => why,
        Err(Error::Contained(why)) => why.to_owned(),
        Err(other) => return Err(other),
    };
    let mut tx = app.begin(ctx, "campaigns.approved").await?;
    job.fence(&mut tx).await?;
    record(app, &mut tx, ctx, Operation::Change, "campaigns.not_sent", id, json!({ "why": why })).await?;
    tell(app, &mut tx, ctx, id, &why).await?;
    Ok(tx.commit().await?)
}

async fn go_on(app: &App, ctx: &Ctx, id: CampaignId, job: &JobContext) -> Result<()> {
    let mut tx = app.read(ctx, "campaigns.approved").await?;
    let campaign = by_id(&mut tx, ctx, id).await?;
    let may = approvals::still_may(&mut tx, ctx.origin, Action::CampaignsSend, ctx.now()).await?;
    drop(tx);
    if campaign.state.leaves_at().is_some() || campaign.state.source().is_some() {
        return Ok(());
    }
    if !may {
        return Err(Error::Conflict("Whoever asked for it may not send any more.".into()));
    }
    let proof = review(app, ctx, id).await?.passed()?;
    let mut tx = app.begin(ctx, "campaigns.approved").await?;
    job.fence(&mut tx).await?;
    match as_planned(app, &mut tx, ctx, &proof).await? {
        Ordered::Now(_) => Ok(tx.commit().await?),
        Ordered::Waits(_) => {
            Err(Error::Conflict("It is not any more what was agreed to. Send it again to ask anew.".into()))
        }
    }
}

/// What was ordered is not any more what was agreed to: the campaign is a draft again, and its person is told.
pub(super) async fn give_back(app: &App, ctx: &Ctx, campaign: &Campaign, job: &JobContext) -> Result<()> {
    let mut tx = app.begin(ctx, "campaigns.give_back").await?;
    job.fence(&mut tx).await?;
    let state = campaign.state.clone().take_back()?;
    move_to(&mut tx, ctx, campaign, &state).await?;
    record(app, &mut tx, ctx, Operation::Change, "campaigns.give_back", campaign.id, json!({})).await?;
    let why = "When its time came, it needed a second person’s yes that it did not have: the audience grew, or what \
               needs a second person changed. It is a draft again; send it once more to ask.";
    tell(app, &mut tx, ctx, campaign.id, why).await?;
    Ok(tx.commit().await?)
}

async fn tell(app: &App, tx: &mut Tx, ctx: &Ctx, id: CampaignId, why: &str) -> Result<()> {
    let name = store::by_id(tx, id).await?.map(|campaign| campaign.name).unwrap_or_default();
    let text =
        format!("Your campaign “{name}” did not leave.\n\n{why}\n\n{}/campaigns/{id}\n", app.config().public_url);
    approvals::tell(app, tx, ctx, "campaigns.not_sent", "Your campaign did not leave", text).await
}
