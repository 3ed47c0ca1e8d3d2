//! A campaign as it is kept, and what its parts must look like.

use super::CampaignState;
use crate::sending::Sender;
use crate::templates::Content;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use waxwing_domain::{CampaignId, ListId, Micros};
use waxwing_message::MAX_LINE;

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest sentence of why people get the mail, in characters.
const LONGEST_REASON: usize = 500;
/// Lists of one campaign.
const MOST_LISTS: usize = 100;

/// A campaign.
#[derive(Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// What the team calls it.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
    /// Grows with every change of what is sent.
    pub version: i64,
    /// In whose name; may be unfinished in a draft.
    pub from: From,
    /// The subject, a template of one line.
    pub subject: String,
    /// What mailboxes show after the subject.
    pub preheader: String,
    /// Why people get it, as a sentence; made from the lists where empty.
    pub reason: String,
    /// What it says.
    pub content: Content,
    /// When it shall leave.
    pub plan: Plan,
    /// To whom.
    pub lists: Vec<ListId>,
    /// Since when.
    pub created_at: Micros,
    /// When it was changed.
    pub updated_at: Micros,
}

impl std::fmt::Debug for Campaign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Campaign({}, {}, version {})", self.id, self.state.as_str(), self.version)
    }
}

/// The sender as it is typed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct From {
    /// Shown beside the address.
    pub name: String,
    /// The address.
    pub address: String,
    /// Where answers go; empty for the address itself.
    pub reply_to: String,
}

impl From {
    /// Ready for sending.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `from`, `from_name` or `reply_to`.
    pub fn sender(&self) -> Result<Sender> {
        Sender::parse(&self.name, &self.address, Some(&self.reply_to))
    }
}

/// When a campaign shall leave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Plan {
    /// As soon as a person says so.
    #[default]
    Now,
    /// At a time of a zone, as typed: `2026-12-24T09:00`.
    At {
        /// On the clocks of the zone.
        local: String,
        /// The IANA zone.
        zone: String,
    },
}

/// One change to a draft.
#[derive(Clone)]
pub enum Edit {
    /// What the team calls it.
    Name(String),
    /// To whom, and why they get it.
    Audience {
        /// The lists.
        lists: Vec<ListId>,
        /// A sentence; empty to have it made.
        reason: String,
    },
    /// In whose name.
    Sender(From),
    /// Subject and preheader.
    Subject {
        /// A template of one line.
        subject: String,
        /// A template of one line.
        preheader: String,
    },
    /// What it says.
    Content(Content),
    /// When it shall leave.
    Plan(Plan),
}

impl Edit {
    /// The word of the record.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Name(_) => "name",
            Self::Audience { .. } => "audience",
            Self::Sender(_) => "sender",
            Self::Subject { .. } => "subject",
            Self::Content(_) => "content",
            Self::Plan(_) => "schedule",
        }
    }

    /// Checks the change and makes it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field.
    pub(super) fn apply(self, campaign: &mut Campaign) -> Result<()> {
        match self {
            Self::Name(name) => campaign.name = checked_name(&name)?,
            Self::Audience { lists, reason } => {
                campaign.lists = checked_lists(lists)?;
                campaign.reason = one_line("reason", &reason, LONGEST_REASON)?;
            }
            Self::Sender(from) => {
                from.sender()?;
                campaign.from = From {
                    name: from.name.trim().into(),
                    address: from.address.trim().into(),
                    reply_to: from.reply_to.trim().into(),
                };
            }
            Self::Subject { subject, preheader } => {
                campaign.subject = one_line("subject", &subject, MAX_LINE)?;
                campaign.preheader = one_line("preheader", &preheader, MAX_LINE)?;
            }
            Self::Content(content) => campaign.content = content,
            Self::Plan(plan) => {
                if let Plan::At { local, zone } = &plan {
                    super::SendTime::parse(local, zone)?;
                }
                campaign.plan = plan;
            }
        }
        Ok(())
    }
}

/// A name for the team.
pub(super) fn checked_name(name: &str) -> Result<String> {
    let name = one_line("name", name, LONGEST_NAME)?;
    if name.is_empty() { Err(Error::invalid("name", "Give it a name.")) } else { Ok(name) }
}

fn checked_lists(mut lists: Vec<ListId>) -> Result<Vec<ListId>> {
    lists.sort_unstable();
    lists.dedup();
    if lists.len() > MOST_LISTS {
        return Err(Error::invalid("lists", "At most 100 lists can be chosen."));
    }
    Ok(lists)
}

fn one_line(field: &str, text: &str, longest: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "Line breaks and control characters are not allowed here."));
    }
    if text.chars().count() > longest {
        return Err(Error::invalid(field, format!("At most {} characters fit here.", waxwing_http::count(longest))));
    }
    Ok(text.to_owned())
}
