//! The SQL of campaigns.

use super::{Campaign, CampaignState, From, Plan, SendTime};
use crate::templates::Content;
use waxwing_detect::swap::Identity;
use waxwing_domain::{CampaignId, ListId, Micros, SourceId, SubjectNo};
use waxwing_message::{ContentFormat, Wrapper, WrapperFormat};
use waxwing_store::{Row, StoreError, Tx, Value, args, bulk, statement};

// How the system is set, kept when something is contained.
crate::kept! { SCHEDULED, "campaigns" (id: Int, name: Text, state: Text, leaves_at: Int, zone: Text, source_id: Int, version: Int,
from_address: Text, reply_to: Text, updated_at: Int), where "leaves_at IS NOT NULL" }
statement! { INSERT,
"INSERT INTO campaigns (id, workspace_id, name, state, version, from_name, from_address, reply_to, subject, preheader, reason,
       format, body, wrapper_format, wrapper, text_part, plan_local, plan_zone, created_at, updated_at)
     VALUES ($2, $1, $3, 'draft', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)" }
statement! { UPDATE,
"UPDATE campaigns SET name = $3, version = $4 + 1, from_name = $5, from_address = $6, reply_to = $7, subject = $8,
       preheader = $9, reason = $10, format = $11, body = $12, wrapper_format = $13, wrapper = $14, text_part = $15,
       plan_local = $16, plan_zone = $17, updated_at = $18
     WHERE workspace_id = $1 AND id = $2 AND version = $4 AND state = 'draft'" }
statement! { MOVE,
"UPDATE campaigns SET state = $5, leaves_at = $6, zone = $7, source_id = $8, updated_at = $9
 WHERE workspace_id = $1 AND id = $2 AND version = $3 AND state = $4" }
statement! { BY_ID,
"SELECT id, name, state, leaves_at, zone, source_id, version, from_name, from_address, reply_to, subject, preheader, reason,
       format, body, wrapper_format, wrapper, text_part, plan_local, plan_zone, created_at, updated_at
     FROM campaigns WHERE workspace_id = $1 AND id = $2" }
statement! { PAGE,
"SELECT id, name, state, leaves_at, zone, source_id, updated_at FROM campaigns
 WHERE workspace_id = $1 AND id < $2 AND state IN [text $3] ORDER BY id DESC LIMIT $4" }
// The same for who may see some lists only: none that goes to another list.
statement! { PAGE_OF_LISTS,
"SELECT id, name, state, leaves_at, zone, source_id, updated_at FROM campaigns
 WHERE workspace_id = $1 AND id < $2 AND state IN [text $3]
   AND NOT EXISTS (SELECT 1 FROM campaign_lists l
     WHERE l.workspace_id = $1 AND l.campaign_id = campaigns.id AND NOT (l.list_id IN [$5])) ORDER BY id DESC LIMIT $4" }
statement! { DELETE, "DELETE FROM campaigns WHERE workspace_id = $1 AND id = $2 AND state = 'draft'" }
statement! { LISTS, "SELECT list_id FROM campaign_lists WHERE workspace_id = $1 AND campaign_id = $2 ORDER BY list_id" }
statement! { CLEAR_LISTS, "DELETE FROM campaign_lists WHERE workspace_id = $1 AND campaign_id = $2" }
bulk! { ADD_LISTS, into "campaign_lists" (campaign_id: Int, list_id: Int), "" }
statement! { IDENTITIES,
"SELECT identity FROM campaigns_identities WHERE workspace_id = $1 AND campaign_id <> $2 ORDER BY left_at DESC LIMIT $3" }
statement! { PUT_IDENTITY,
"INSERT INTO campaigns_identities (workspace_id, campaign_id, left_at, identity) VALUES ($1, $2, $3, $4)
 ON CONFLICT (workspace_id, campaign_id) DO UPDATE SET left_at = excluded.left_at, identity = excluded.identity" }
// Read only: who would get it, for counting what is missing; `lists` owns the table.
statement! { CONFIRMED,
"SELECT DISTINCT subject FROM list_members
 WHERE workspace_id = $1 AND list_id IN [$2] AND state = 'confirmed' AND subject > $3 ORDER BY subject LIMIT $4" }

/// A campaign in a list.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Its id.
    pub id: CampaignId,
    /// What the team calls it.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
    /// When it was changed.
    pub updated_at: Micros,
}

fn content_row(c: &Campaign) -> Vec<Value> {
    let wrapper = c.content.wrapper.as_ref();
    let word = |w: &Wrapper| if w.format == WrapperFormat::Mjml { "mjml" } else { "html" };
    let (local, zone) = match &c.plan {
        Plan::Now => (None, None),
        Plan::At { local, zone } => (Some(local.clone()), Some(zone.clone())),
    };
    args![
        c.id,
        &c.name,
        c.version,
        &c.from.name,
        &c.from.address,
        &c.from.reply_to,
        &c.subject,
        &c.preheader,
        &c.reason,
        c.content.format.as_str(),
        &c.content.body,
        wrapper.map(word),
        wrapper.map(|w| w.source.clone()),
        c.content.text.clone(),
        local,
        zone,
        c.updated_at
    ]
}

/// What other campaigns said of their sender, the latest first.
pub(super) async fn identities(tx: &mut Tx, but: CampaignId, most: i64) -> Result<Vec<Identity>, StoreError> {
    tx.all(&IDENTITIES, args![but, most], |r| r.json(0)).await
}

pub(super) async fn put_identity(
    tx: &mut Tx,
    id: CampaignId,
    identity: &Identity,
    now: Micros,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(identity).map_err(|_| StoreError::Damaged("an identity".into()))?;
    tx.exec(&PUT_IDENTITY, args![id, now, text]).await.map(drop)
}

pub(super) async fn insert(tx: &mut Tx, campaign: &Campaign) -> Result<(), StoreError> {
    tx.exec(&INSERT, content_row(campaign)).await?;
    put_lists(tx, campaign).await
}

/// Saves a draft whose version is still the one that was loaded; the version grows.
pub(super) async fn update(tx: &mut Tx, campaign: &Campaign) -> Result<u64, StoreError> {
    let changed = tx.exec(&UPDATE, content_row(campaign)).await?;
    if changed > 0 {
        tx.exec(&CLEAR_LISTS, args![campaign.id]).await?;
        put_lists(tx, campaign).await?;
    }
    Ok(changed)
}

async fn put_lists(tx: &mut Tx, campaign: &Campaign) -> Result<(), StoreError> {
    let rows = campaign.lists.iter().map(|list| args![campaign.id, *list]).collect();
    tx.bulk(&ADD_LISTS, rows).await.map(drop)
}

/// Moves from the state and version that were loaded to another state; 0 when somebody was faster.
pub(super) async fn set_state(
    tx: &mut Tx,
    old: &Campaign,
    new: &CampaignState,
    now: Micros,
) -> Result<u64, StoreError> {
    let (at, zone, source) = match new {
        CampaignState::Draft => (None, None, None),
        CampaignState::Leaving { at } => (Some(*at), None, None),
        CampaignState::Scheduled(time) | CampaignState::Missed(time) => (Some(time.at), Some(time.zone.clone()), None),
        CampaignState::Started { source } => (None, None, Some(*source)),
    };
    tx.exec(&MOVE, args![old.id, old.version, old.state.as_str(), new.as_str(), at, zone, source, now]).await
}

pub(super) async fn delete(tx: &mut Tx, id: CampaignId) -> Result<u64, StoreError> {
    let gone = tx.exec(&DELETE, args![id]).await?;
    if gone > 0 {
        tx.exec(&CLEAR_LISTS, args![id]).await?;
    }
    Ok(gone)
}

/// State from four columns: word, time, zone, source.
fn state(r: &Row<'_>, first: usize) -> Result<CampaignState, StoreError> {
    let damaged = || StoreError::Damaged("a campaign whose state lacks its evidence".into());
    let at = r.opt_time(first + 1)?;
    let zone = r.opt_text(first + 2)?;
    let time =
        || Ok::<_, StoreError>(SendTime { at: at.ok_or_else(damaged)?, zone: zone.clone().ok_or_else(damaged)? });
    Ok(match r.text(first)?.as_str() {
        "draft" => CampaignState::Draft,
        "leaving" => CampaignState::Leaving { at: at.ok_or_else(damaged)? },
        "scheduled" => CampaignState::Scheduled(time()?),
        "missed" => CampaignState::Missed(time()?),
        "started" => CampaignState::Started { source: SourceId::from_i64(r.opt_int(first + 3)?.ok_or_else(damaged)?) },
        _ => return Err(damaged()),
    })
}

fn content(r: &Row<'_>, first: usize) -> Result<Content, StoreError> {
    let format = match r.opt_text(first + 2)?.as_deref() {
        Some("mjml") => WrapperFormat::Mjml,
        _ => WrapperFormat::Html,
    };
    let wrapper = r.opt_text(first + 3)?.map(|source| Wrapper { format, source });
    Ok(Content {
        format: r.word(first, ContentFormat::parse)?,
        body: r.text(first + 1)?,
        wrapper,
        text: r.opt_text(first + 4)?,
    })
}

fn read(r: &Row<'_>) -> Result<Campaign, StoreError> {
    let plan = match (r.opt_text(18)?, r.opt_text(19)?) {
        (Some(local), Some(zone)) => Plan::At { local, zone },
        _ => Plan::Now,
    };
    Ok(Campaign {
        id: CampaignId::from_i64(r.int(0)?),
        name: r.text(1)?,
        state: state(r, 2)?,
        version: r.int(6)?,
        from: From { name: r.text(7)?, address: r.text(8)?, reply_to: r.text(9)? },
        subject: r.text(10)?,
        preheader: r.text(11)?,
        reason: r.text(12)?,
        content: content(r, 13)?,
        plan,
        lists: Vec::new(),
        created_at: r.time(20)?,
        updated_at: r.time(21)?,
    })
}

/// A campaign, unless it goes to a list that the transaction may not see.
pub(super) async fn by_id(tx: &mut Tx, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
    let Some(mut campaign) = tx.optional(&BY_ID, args![id], read).await? else { return Ok(None) };
    campaign.lists = tx.all(&LISTS, args![id], |r| Ok(ListId::from_i64(r.int(0)?))).await?;
    Ok(Some(campaign).filter(|campaign| campaign.lists.iter().all(|list| tx.sees(*list))))
}

pub(super) async fn page(
    tx: &mut Tx,
    before: Option<CampaignId>,
    states: Vec<String>,
    limit: i64,
) -> Result<Vec<Summary>, StoreError> {
    let before = before.map_or(i64::MAX, CampaignId::as_i64);
    let (statement, values) = match tx.limit() {
        Some(lists) => (&PAGE_OF_LISTS, args![before, states, limit, lists]),
        None => (&PAGE, args![before, states, limit]),
    };
    tx.all(statement, values, |r| {
        Ok(Summary {
            id: CampaignId::from_i64(r.int(0)?),
            name: r.text(1)?,
            state: state(r, 2)?,
            updated_at: r.time(6)?,
        })
    })
    .await
}

/// Confirmed members of lists in the order of their numbers, each once.
pub(super) async fn confirmed(
    tx: &mut Tx,
    lists: &[ListId],
    after: i64,
    limit: i64,
) -> Result<Vec<SubjectNo>, StoreError> {
    let lists: Vec<i64> = lists.iter().map(|list| list.as_i64()).collect();
    tx.all(&CONFIRMED, args![lists, after, limit], |r| r.subject(0)).await
}
