//! Whether a mail says what the law and mailbox providers want in its footer.

use super::Revision;
use crate::template::{CampaignFacts, CampaignValues, PersonalLinks, RenderValues, SubscriberValues, TemplateError};

/// What is present in every part of the mail. Found by filling in marks and looking for them, so
/// that a footer behind an `if` counts as it does for a person of whom nothing else is known.
///
/// Limit: text that an author wrote out instead of using the value is not recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FooterFacts {
    /// `{{ unsubscribe_url }}`; in HTML, as the address of a link.
    pub unsubscribe: bool,
    /// `{{ postal_address }}`.
    pub postal_address: bool,
    /// `{{ reason }}`.
    pub reason: bool,
    /// `{{ organisation }}`.
    pub organisation: bool,
    /// `{{ view_url }}` in the HTML part; true for mail without one.
    pub view_in_browser: bool,
}

const UNSUBSCRIBE: &str = "https://footer.invalid/unsubscribe-7f3a";
const VIEW: &str = "https://footer.invalid/view-7f3a";
const POSTAL: &str = "postal-mark-7f3a";
const REASON: &str = "reason-mark-7f3a";
const ORGANISATION: &str = "organisation-mark-7f3a";

impl FooterFacts {
    /// Looks at all parts of `revision`.
    pub fn of(revision: &Revision) -> Result<Self, TemplateError> {
        let facts = CampaignFacts {
            organisation: ORGANISATION.to_owned(),
            postal_address: POSTAL.to_owned(),
            reason: REASON.to_owned(),
            ..CampaignFacts::default()
        };
        let links = PersonalLinks { unsubscribe_url: UNSUBSCRIBE.to_owned(), view_url: VIEW.to_owned() };
        let values = RenderValues::new(&CampaignValues::new(&facts), SubscriberValues::default(), links);
        let rendered = revision.render(&values)?;
        let everywhere =
            |mark: &str| rendered.text.contains(mark) && rendered.html.as_ref().is_none_or(|h| h.contains(mark));
        let as_link = format!("href=\"{UNSUBSCRIBE}\"");
        Ok(Self {
            unsubscribe: everywhere(UNSUBSCRIBE) && rendered.html.as_ref().is_none_or(|h| h.contains(&as_link)),
            postal_address: everywhere(POSTAL),
            reason: everywhere(REASON),
            organisation: everywhere(ORGANISATION),
            view_in_browser: rendered.html.as_ref().is_none_or(|h| h.contains(VIEW)),
        })
    }
}
