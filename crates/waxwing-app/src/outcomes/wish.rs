//! A report as it is brought, and as it is believed.

use super::Kind;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_delivery::FailCause;
use waxwing_domain::{CampaignId, EmailAddress, Micros};

/// Reports in a batch, at most.
pub const MOST: usize = 500;
/// The longest Message-ID, in bytes (a line of RFC 5322 §2.1.1).
const MESSAGE_ID: usize = 998;
/// The longest diagnostic that is read, in characters; what is longer is cut.
const DIAGNOSTIC: usize = 500;
/// A report may seem to lie so far ahead, in microseconds: clocks of two houses differ.
const SKEW: i64 = 10 * Micros::MINUTE;

/// What a provider reported of one message. The message is named by its Message-ID, or by the address that it went
/// to, with the campaign or without: then the newest one is meant.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Outcome)]
pub struct Wish {
    /// `bounce` or `complaint`.
    pub kind: String,
    /// Of a bounce: `hard` for good, `soft` for this time.
    pub class: Option<String>,
    /// The Message-ID that the message left with, with or without its angle brackets.
    pub message_id: Option<String>,
    /// The address that it went to.
    pub email: Option<String>,
    /// The campaign that it was of.
    pub campaign: Option<String>,
    /// When the provider noted it (RFC 3339); now if absent.
    pub at: Option<String>,
    /// What the provider answered, such as `550 5.1.1 user unknown`. Says whose fault a bounce is; kept sealed.
    pub diagnostic: Option<String>,
}

/// A report that was understood.
#[derive(Clone)]
pub struct Reported {
    /// What.
    pub(super) kind: Kind,
    /// Whose fault a bounce is; empty for a complaint.
    pub(super) reason: &'static str,
    /// The tag of its Message-ID, where it bears one of ours.
    pub(super) message: Option<[u8; 16]>,
    pub(super) email: Option<EmailAddress>,
    pub(super) campaign: Option<CampaignId>,
    pub(super) at: Micros,
    /// The provider's words, which may hold addresses.
    pub(super) diagnostic: String,
}

impl Reported {
    /// Whether the address shall get no more mail.
    pub(super) fn suppresses(&self) -> bool {
        match self.kind {
            Kind::HardBounce => self.reason == FailCause::Recipient.as_str(),
            Kind::Complaint => true,
            Kind::SoftBounce => false,
        }
    }
}

/// Reads a whole batch.
///
/// # Errors
/// [`Error::Invalid`] for the first that is wrong, named by its place: `outcomes[3].class`.
pub(super) fn read_all(wishes: &[Wish], now: Micros) -> Result<Vec<Reported>> {
    if wishes.is_empty() || wishes.len() > MOST {
        return Err(Error::invalid("outcomes", format!("Send 1 to {MOST} reports at once.")));
    }
    let one = |(place, wish): (usize, &Wish)| wish.read(now).map_err(|error| placed(error, place));
    wishes.iter().enumerate().map(one).collect()
}

fn placed(error: Error, place: usize) -> Error {
    match error {
        Error::Invalid { field, message } => Error::Invalid { field: format!("outcomes[{place}].{field}"), message },
        other => other,
    }
}

impl Wish {
    fn read(&self, now: Micros) -> Result<Reported> {
        let kind = self.kind()?;
        let email = present(self.email.as_deref()).map(EmailAddress::parse).transpose();
        let email = email.map_err(|why| Error::invalid("email", why))?;
        let campaign = present(self.campaign.as_deref()).map(str::parse).transpose();
        let campaign = campaign.map_err(|_| Error::invalid("campaign", "This is not the id of a campaign."))?;
        let message = present(self.message_id.as_deref()).map(tag_of).transpose()?.flatten();
        if email.is_none() && present(self.message_id.as_deref()).is_none() {
            return Err(Error::invalid("email", "Name the message by its Message-ID or by the address it went to."));
        }
        let diagnostic: String = self.diagnostic.as_deref().unwrap_or_default().chars().take(DIAGNOSTIC).collect();
        let reason = reason(kind, &diagnostic);
        Ok(Reported { kind, reason, message, email, campaign, at: self.at(now)?, diagnostic })
    }

    fn kind(&self) -> Result<Kind> {
        match (self.kind.as_str(), self.class.as_deref()) {
            ("bounce", Some("hard")) => Ok(Kind::HardBounce),
            ("bounce", Some("soft")) => Ok(Kind::SoftBounce),
            ("bounce", _) => Err(Error::invalid("class", "Say whether the bounce is hard or soft.")),
            ("complaint", _) => Ok(Kind::Complaint),
            _ => Err(Error::invalid("kind", "Write bounce or complaint.")),
        }
    }

    fn at(&self, now: Micros) -> Result<Micros> {
        let Some(text) = present(self.at.as_deref()) else { return Ok(now) };
        let wrong = || Error::invalid("at", "Write the time like 2026-11-22T10:05:00Z.");
        let at = text.parse::<jiff::Timestamp>().map_err(|_| wrong())?;
        let at = Micros::from_i64(at.as_microsecond());
        if at.since(now) > SKEW {
            return Err(Error::invalid("at", "This time has not come yet."));
        }
        Ok(at.min(now))
    }
}

fn present(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The tag of a Message-ID of ours; `None` for one of others, which matches nothing.
fn tag_of(text: &str) -> Result<Option<[u8; 16]>> {
    if text.len() > MESSAGE_ID {
        return Err(Error::invalid("message_id", "This is too long for a Message-ID."));
    }
    let inner = text.trim_start_matches('<').trim_end_matches('>');
    let tag = inner.split_once('@').and_then(|(tag, _)| hex::decode(tag).ok());
    Ok(tag.and_then(|tag| tag.try_into().ok()))
}

/// Whose fault it is: what the provider's line says, else the address for what is said to be for good.
fn reason(kind: Kind, diagnostic: &str) -> &'static str {
    let said = waxwing_delivery::reported(diagnostic);
    match kind {
        Kind::Complaint => "",
        Kind::HardBounce => said.unwrap_or(FailCause::Recipient).as_str(),
        // Nobody does not exist for this time only.
        Kind::SoftBounce => said.filter(|cause| *cause != FailCause::Recipient).unwrap_or(FailCause::Other).as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(kind: &str, class: Option<&str>, diagnostic: &str) -> Wish {
        let text = |text: &str| Some(text.to_owned());
        let (class, email) = (class.map(str::to_owned), text("ada@example.org"));
        Wish { kind: kind.into(), class, email, diagnostic: text(diagnostic), ..Wish::default() }
    }

    fn now() -> Micros {
        Micros::from_i64(1_800_000_000_000_000)
    }

    #[test]
    fn only_what_says_that_the_address_is_bad_or_unwilling_suppresses() {
        for (kind, class, line, reason, suppresses) in [
            ("bounce", Some("hard"), "", "recipient", true),
            ("bounce", Some("hard"), "550 5.1.1 no such user", "recipient", true),
            ("bounce", Some("hard"), "550 5.7.1 listed by a block list", "policy", false),
            ("bounce", Some("hard"), "552 5.2.2 mailbox full", "mailbox_full", false),
            ("bounce", Some("soft"), "", "other", false),
            ("bounce", Some("soft"), "550 5.1.1 no such user", "other", false),
            ("complaint", None, "", "", true),
        ] {
            let read = wish(kind, class, line).read(now()).expect("valid");
            assert_eq!((read.reason, read.suppresses()), (reason, suppresses), "{kind} {line}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let right = || wish("complaint", None, "");
        let field = |wish: Wish| match read_all(&[right(), wish], now()) {
            Err(Error::Invalid { field, .. }) => field,
            _ => String::new(),
        };
        assert_eq!(field(wish("delivered", None, "")), "outcomes[1].kind");
        assert_eq!(field(wish("bounce", Some("medium"), "")), "outcomes[1].class");
        assert_eq!(field(Wish { email: Some("not an address".into()), ..right() }), "outcomes[1].email");
        assert_eq!(field(Wish { email: None, ..right() }), "outcomes[1].email");
        assert_eq!(field(Wish { campaign: Some("7 apples".into()), ..right() }), "outcomes[1].campaign");
        assert_eq!(field(Wish { at: Some("yesterday".into()), ..right() }), "outcomes[1].at");
        assert_eq!(field(Wish { at: Some("2999-01-01T00:00:00Z".into()), ..right() }), "outcomes[1].at");
        assert_eq!(field(Wish { message_id: Some("a".repeat(999)), ..right() }), "outcomes[1].message_id");
        assert!(read_all(&[], now()).is_err() && read_all(&vec![right(); MOST + 1], now()).is_err());
    }

    #[test]
    fn a_message_id_of_others_has_no_tag() {
        let ours = "<07070707070707070707070707070707@example.org>";
        assert_eq!(tag_of(ours).expect("short"), Some([7; 16]));
        assert_eq!(tag_of(ours.trim_matches(['<', '>'])).expect("short"), Some([7; 16]));
        for other in ["<0707@example.org>", "<abc@example.org>", "07", "", "<>", "@"] {
            assert_eq!(tag_of(other).expect("short"), None, "{other}");
        }
    }
}
