//! Messages that were sent, found again: by the tag of their Message-ID, or by whom they went to.
//!
//! Promise: finding opens no address. A report that comes later settles a message of unknown fate, and no other.
//! Limit: a Message-ID is a keyed hash and cannot be turned back, so that it is found by making those of the
//! newest messages again: of so many, and no older ones.

use super::links::Links;
use super::{RowState, store};
use crate::{App, Result};
use std::collections::{BTreeMap, HashMap, HashSet};
use waxwing_domain::{Action, CampaignId, Ctx, Micros, SourceId, SubjectNo};
use waxwing_store::{StoreError, Tx};

/// Messages whose Message-ID is made again in one search, at most.
const MOST: usize = 1_000_000;
/// Rows of the ledger read at once.
const PAGE: i64 = 20_000;
/// Sources that are looked through, the newest.
const SOURCES: i64 = 100;

/// A message as far as a report can be about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message {
    /// Which source's.
    pub source: SourceId,
    /// To whom.
    pub subject: SubjectNo,
    /// What became of it until now.
    pub state: RowState,
    /// The keyed tag of the address it went to.
    pub tag: [u8; 16],
}

/// The newest source of a campaign; `None` for one of which nothing was ever opened.
pub async fn newest_of(tx: &mut Tx, ctx: &Ctx, campaign: CampaignId) -> Result<Option<SourceId>> {
    ctx.authorise(Action::OutcomesWrite)?;
    Ok(store::newest_of(tx, campaign).await?)
}

/// The messages of a source to these people.
pub async fn sent_of(tx: &mut Tx, ctx: &Ctx, source: SourceId, people: &[SubjectNo]) -> Result<Vec<Message>> {
    ctx.authorise(Action::OutcomesWrite)?;
    Ok(store::of_source(tx, source, people).await?)
}

/// The newest message to each of these people that was opened after `since`.
pub async fn of_person(
    tx: &mut Tx,
    ctx: &Ctx,
    people: &[SubjectNo],
    since: Micros,
) -> Result<HashMap<SubjectNo, Message>> {
    ctx.authorise(Action::OutcomesWrite)?;
    let sources = store::newest(tx, since, SOURCES).await?;
    let mut found: HashMap<SubjectNo, Message> = HashMap::new();
    for message in store::of_people(tx, &sources, people).await? {
        let newest = found.entry(message.subject).or_insert(message);
        if newest.source < message.source {
            *newest = message;
        }
    }
    Ok(found)
}

/// The messages whose Message-ID bears one of these tags, in `source` where it is known, else in the sources
/// opened after `since`, the newest first.
pub async fn by_message_tags(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    tags: HashSet<[u8; 16]>,
    (source, since): (Option<SourceId>, Micros),
) -> Result<HashMap<[u8; 16], Message>> {
    ctx.authorise(Action::OutcomesWrite)?;
    let sources = match source {
        Some(source) => vec![source],
        None => store::newest(tx, since, SOURCES).await?,
    };
    let mut search = Search { links: Links::new(app, tx.workspace())?, wanted: tags, found: HashMap::new(), made: 0 };
    for source in sources {
        search.through(tx, source).await?;
    }
    Ok(search.found)
}

struct Search {
    links: Links,
    wanted: HashSet<[u8; 16]>,
    found: HashMap<[u8; 16], Message>,
    made: usize,
}

impl Search {
    async fn through(&mut self, tx: &mut Tx, source: SourceId) -> Result<()> {
        let mut after = SubjectNo::new(0);
        while !self.wanted.is_empty() && self.made < MOST {
            let page = store::page_of(tx, source, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.subject;
            self.made += page.len();
            self.match_page(page).await?;
        }
        Ok(())
    }

    /// A page is made again off the async threads: it takes some hundredths of a second.
    async fn match_page(&mut self, page: Vec<Message>) -> Result<()> {
        let (links, wanted) = (self.links.clone(), self.wanted.clone());
        let made = tokio::task::spawn_blocking(move || {
            let tags = |m: &Message| links.message_tags(m.source, m.subject);
            let hit = |m: &Message| tags(m).into_iter().find(|tag| wanted.contains(tag)).map(|tag| (tag, *m));
            page.iter().filter_map(hit).collect::<Vec<_>>()
        });
        let hits = made.await.map_err(|_| StoreError::Damaged("Message-IDs could not be made".into()))?;
        for (tag, message) in hits {
            self.wanted.remove(&tag);
            self.found.insert(tag, message);
        }
        Ok(())
    }
}

/// Settles messages of unknown fate, of which a report told: `failed` for this cause with these codes, or, without
/// a cause, accepted. Gives whose were of unknown fate.
pub async fn resolve(
    tx: &mut Tx,
    ctx: &Ctx,
    source: SourceId,
    people: &[SubjectNo],
    cause: Option<(&str, &str)>,
) -> Result<HashSet<SubjectNo>> {
    ctx.authorise(Action::OutcomesWrite)?;
    let (state, reason) = match cause {
        Some((cause, _)) => (RowState::Failed, cause),
        None => (RowState::Accepted, ""),
    };
    let before = store::came_true(tx, source, people, (state, cause), ctx.now()).await?;
    store::count(tx, source, state, reason, before.len()).await?;
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, reason) in &before {
        *left.entry(reason).or_default() += 1;
    }
    for (reason, number) in left {
        store::uncount(tx, source, RowState::Unknown, reason, number).await?;
    }
    Ok(before.into_iter().map(|(subject, _)| subject).collect())
}
