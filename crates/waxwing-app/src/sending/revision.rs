//! Frozen content and sender of a source: what was reviewed is what is sent.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use waxwing_domain::{EmailAddress, MailDomain};
use waxwing_message::{CampaignFacts, DisplayName, RevisionSource};

/// What is the same for every recipient; part of the footer and of the law.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Who sends.
    pub organisation: String,
    /// Where the sender can be reached by post.
    pub postal_address: String,
    /// The list, in the words shown to its members.
    pub list_name: String,
    /// Why the recipient gets this mail, as a sentence.
    pub reason: String,
}

/// All that is frozen when a source is opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FrozenRevision {
    /// Format, subject, preheader, body.
    pub content: RevisionSource,
    /// What is the same for every recipient.
    pub facts: Facts,
}

impl FrozenRevision {
    /// The facts as the template engine takes them.
    pub fn campaign_facts(&self) -> CampaignFacts {
        CampaignFacts {
            organisation: self.facts.organisation.clone(),
            postal_address: self.facts.postal_address.clone(),
            list_name: self.facts.list_name.clone(),
            reason: self.facts.reason.clone(),
            subject: self.content.subject.clone(),
        }
    }
}

/// In whose name messages leave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sender {
    /// Shown beside the address; may be empty.
    pub name: DisplayName,
    /// From.
    pub address: EmailAddress,
    /// Where answers go, if not to From.
    pub reply_to: Option<EmailAddress>,
}

impl Sender {
    /// From text, as people type it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `from_name`, `from` or `reply_to`.
    pub fn parse(name: &str, address: &str, reply_to: Option<&str>) -> Result<Self> {
        let reply_to = reply_to.map(str::trim).filter(|text| !text.is_empty()).map(EmailAddress::parse).transpose();
        Ok(Self {
            name: DisplayName::parse(name).map_err(|e| Error::invalid("from_name", e))?,
            address: EmailAddress::parse(address).map_err(|e| Error::invalid("from", e))?,
            reply_to: reply_to.map_err(|e| Error::invalid("reply_to", e))?,
        })
    }

    /// The domain of From.
    pub fn domain(&self) -> Result<MailDomain> {
        MailDomain::parse(self.address.domain()).map_err(|e| Error::invalid("from", e))
    }

    pub(super) fn to_json(&self) -> String {
        let stored = StoredSender {
            name: self.name.as_str().to_owned(),
            address: self.address.as_str().to_owned(),
            reply_to: self.reply_to.as_ref().map(|address| address.as_str().to_owned()),
        };
        serde_json::json!(stored).to_string()
    }

    pub(super) fn from_json(text: &str) -> Option<Self> {
        let stored: StoredSender = serde_json::from_str(text).ok()?;
        Self::parse(&stored.name, &stored.address, stored.reply_to.as_deref()).ok()
    }
}

#[derive(Serialize, Deserialize)]
struct StoredSender {
    name: String,
    address: String,
    reply_to: Option<String>,
}
