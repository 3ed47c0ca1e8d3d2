//! Which messages a batch of reports is about.

use super::Reported;
use crate::sending::{self, Message, RowState};
use crate::{App, Result, subscribers};
use std::collections::{BTreeSet, HashMap, HashSet};
use waxwing_domain::{CampaignId, Ctx, EmailAddress, Micros, SourceId, SubjectNo};
use waxwing_store::Tx;

/// Reports of older messages match nothing, in microseconds: providers send theirs within days.
const WINDOW: i64 = 30 * Micros::DAY;

/// A report and its message.
pub(super) struct Matched<'a> {
    pub reported: &'a Reported,
    pub message: Message,
}

/// What a batch is about.
pub(super) struct Found<'a> {
    pub matched: Vec<Matched<'a>>,
    /// Who was found by address.
    pub by_address: BTreeSet<SubjectNo>,
    /// Reports that match nothing.
    pub missed: usize,
}

/// Finds the message of each report. By Message-ID first; what has none of ours is looked for by address.
pub(super) async fn all<'a>(app: &App, tx: &mut Tx, ctx: &Ctx, reported: &'a [Reported]) -> Result<Found<'a>> {
    let sources = sources(tx, ctx, reported).await?;
    let by_tag = by_tag(app, tx, ctx, reported, &sources).await?;
    let rest: Vec<&Reported> = reported.iter().filter(|one| of_tag(one, &by_tag).is_none()).collect();
    let people = people(app, tx, &rest).await?;
    let by_person = by_person(tx, ctx, &rest, &people, &sources).await?;
    let of = |one: &Reported| of_tag(one, &by_tag).or_else(|| of_person(one, &people, &by_person, &sources));
    let left = |one: &'a Reported| of(one).filter(may_have_left).map(|message| Matched { reported: one, message });
    let matched: Vec<Matched<'a>> = reported.iter().filter_map(left).collect();
    let by_address = rest.iter().filter_map(|one| one.email.as_ref().and_then(|email| people.get(email)).copied());
    Ok(Found { missed: reported.len() - matched.len(), by_address: by_address.collect(), matched })
}

/// What waits or was left out never left, so that nobody can have reported it.
fn may_have_left(message: &Message) -> bool {
    !matches!(message.state, RowState::Pending | RowState::Leased | RowState::Skipped)
}

/// The newest source of each campaign that is named.
async fn sources(tx: &mut Tx, ctx: &Ctx, reported: &[Reported]) -> Result<HashMap<CampaignId, Option<SourceId>>> {
    let mut found = HashMap::new();
    for campaign in reported.iter().filter_map(|one| one.campaign).collect::<BTreeSet<_>>() {
        found.insert(campaign, sending::newest_of(tx, ctx, campaign).await?);
    }
    Ok(found)
}

async fn by_tag(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    reported: &[Reported],
    sources: &HashMap<CampaignId, Option<SourceId>>,
) -> Result<HashMap<[u8; 16], Message>> {
    let mut groups: HashMap<Option<SourceId>, HashSet<[u8; 16]>> = HashMap::new();
    for one in reported {
        let source = one.campaign.and_then(|campaign| sources.get(&campaign).copied().flatten());
        if let Some(tag) = one.message {
            groups.entry(source).or_default().insert(tag);
        }
    }
    let mut found = HashMap::new();
    for (source, tags) in groups {
        let since = ctx.now().plus(-WINDOW);
        found.extend(sending::by_message_tags(app, tx, ctx, tags, (source, since)).await?);
    }
    Ok(found)
}

fn of_tag(one: &Reported, by_tag: &HashMap<[u8; 16], Message>) -> Option<Message> {
    one.message.and_then(|tag| by_tag.get(&tag)).copied()
}

/// Who has the addresses that are named.
async fn people(app: &App, tx: &mut Tx, rest: &[&Reported]) -> Result<HashMap<EmailAddress, SubjectNo>> {
    let emails: Vec<EmailAddress> = rest.iter().filter_map(|one| one.email.clone()).collect();
    let found = subscribers::find_many(app, tx, &emails).await?;
    Ok(emails.into_iter().zip(found).filter_map(|(email, who)| Some((email, who?))).collect())
}

/// The messages to these people: of each source that is named, and the newest of each person; by source, zero
/// for the newest.
async fn by_person(
    tx: &mut Tx,
    ctx: &Ctx,
    rest: &[&Reported],
    people: &HashMap<EmailAddress, SubjectNo>,
    sources: &HashMap<CampaignId, Option<SourceId>>,
) -> Result<HashMap<(Option<SourceId>, SubjectNo), Message>> {
    let mut groups: HashMap<Option<CampaignId>, Vec<SubjectNo>> = HashMap::new();
    for one in rest {
        if let Some(who) = one.email.as_ref().and_then(|email| people.get(email)) {
            groups.entry(one.campaign).or_default().push(*who);
        }
    }
    let mut found = HashMap::new();
    for (campaign, who) in groups {
        match campaign.map(|campaign| sources.get(&campaign).copied().flatten()) {
            None => {
                let newest = sending::of_person(tx, ctx, &who, ctx.now().plus(-WINDOW)).await?;
                found.extend(newest.into_iter().map(|(subject, message)| ((None, subject), message)));
            }
            Some(Some(source)) => {
                let sent = sending::sent_of(tx, ctx, source, &who).await?;
                found.extend(sent.into_iter().map(|message| ((Some(source), message.subject), message)));
            }
            Some(None) => {}
        }
    }
    Ok(found)
}

fn of_person(
    one: &Reported,
    people: &HashMap<EmailAddress, SubjectNo>,
    by_person: &HashMap<(Option<SourceId>, SubjectNo), Message>,
    sources: &HashMap<CampaignId, Option<SourceId>>,
) -> Option<Message> {
    let who = people.get(one.email.as_ref()?)?;
    let source = match one.campaign {
        Some(campaign) => Some(sources.get(&campaign).copied().flatten()?),
        None => None,
    };
    by_person.get(&(source, *who)).copied()
}
