//! What is asked: who was it, and when.

use super::theft::Taken;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use waxwing_app::{Error, Result};
use waxwing_domain::{AccountId, ApiKeyId, CampaignId, ExportId, Micros, SessionId, WebhookId};

/// How far the window is widened on both sides where nothing else is said, in microseconds.
pub const SKEW: i64 = 60 * Micros::SECOND;
/// The longest window, in microseconds.
const LONGEST: i64 = 3_660 * Micros::DAY;

/// Whose acts are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suspect {
    /// Everything on the record: the machine itself, or nobody knows yet.
    Anyone,
    /// A person who signs in, in all their sessions.
    Person(AccountId),
    /// One session.
    Session(SessionId),
    /// An API key.
    Key(ApiKeyId),
    /// What was told to a webhook.
    Webhook(WebhookId),
    /// One export.
    Export(ExportId),
    /// A campaign that went to the wrong people, or said what it should not.
    Campaign(CampaignId),
    /// The host's own command line.
    Host,
    /// Visitors who had not signed in.
    Visitors,
    /// A network address.
    Address(IpAddr),
    /// Whoever holds a copy of the database as it was at the end of the window.
    Copy(Taken),
}

impl Suspect {
    /// The word of the kind, as it stands before the colon.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Person(_) => "person",
            Self::Session(_) => "session",
            Self::Key(_) => "key",
            Self::Webhook(_) => "webhook",
            Self::Export(_) => "export",
            Self::Campaign(_) => "campaign",
            Self::Host => "host",
            Self::Visitors => "visitors",
            Self::Address(_) => "address",
            Self::Copy(_) => "copy",
        }
    }

    /// The kind for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Anyone => "Everything on the record",
            Self::Person(_) => "A person who signs in",
            Self::Session(_) => "A session",
            Self::Key(_) => "An API key",
            Self::Webhook(_) => "A webhook",
            Self::Export(_) => "An export",
            Self::Campaign(_) => "A campaign",
            Self::Host => "The host’s command line",
            Self::Visitors => "Visitors who had not signed in",
            Self::Address(_) => "A network address",
            Self::Copy(Taken::Nothing) => "A copy of the database, without keys",
            Self::Copy(_) => "A copy of the database, with keys",
        }
    }
}

impl fmt::Display for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Anyone | Self::Host | Self::Visitors | Self::Copy(Taken::Nothing) => Ok(()),
            Self::Copy(Taken::Together) => f.write_str(":keys"),
            Self::Copy(Taken::At(at)) => write!(f, ":keys@{at}"),
            Self::Person(id) => write!(f, ":{id}"),
            Self::Session(id) => write!(f, ":{id}"),
            Self::Key(id) => write!(f, ":{id}"),
            Self::Webhook(id) => write!(f, ":{id}"),
            Self::Export(id) => write!(f, ":{id}"),
            Self::Campaign(id) => write!(f, ":{id}"),
            Self::Address(address) => write!(f, ":{address}"),
        }
    }
}

impl fmt::Debug for Suspect {
    /// The kind only: a network address is a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Suspect({})", self.kind())
    }
}

/// Text that names nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SuspectError;

impl fmt::Display for SuspectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "write person:, session:, key:, webhook:, export: or campaign: and the 13 characters of its number, \
             address: and a network address, copy, copy:keys or copy:keys@ and a moment, or anyone, host or visitors",
        )
    }
}

impl FromStr for Suspect {
    type Err = SuspectError;
    fn from_str(text: &str) -> std::result::Result<Self, SuspectError> {
        let (kind, id) = text.trim().split_once(':').unwrap_or((text.trim(), ""));
        let id = id.trim();
        let wrong = |_| SuspectError;
        Ok(match (kind, id.is_empty()) {
            ("anyone", true) => Self::Anyone,
            ("host", true) => Self::Host,
            ("visitors", true) => Self::Visitors,
            ("person", false) => Self::Person(id.parse().map_err(wrong)?),
            ("session", false) => Self::Session(id.parse().map_err(wrong)?),
            ("key", false) => Self::Key(id.parse().map_err(wrong)?),
            ("webhook", false) => Self::Webhook(id.parse().map_err(wrong)?),
            ("export", false) => Self::Export(id.parse().map_err(wrong)?),
            ("campaign", false) => Self::Campaign(id.parse().map_err(wrong)?),
            ("copy", _) => Self::Copy(taken(id)?),
            ("address", false) => Self::Address(id.parse::<IpAddr>().map_err(|_| SuspectError)?.to_canonical()),
            _ => return Err(SuspectError),
        })
    }
}

/// The keys that go with a copy: none, `keys`, or `keys@` and the moment they were taken.
fn taken(text: &str) -> std::result::Result<Taken, SuspectError> {
    match text.split_once('@') {
        None if text.is_empty() => Ok(Taken::Nothing),
        None if text == "keys" => Ok(Taken::Together),
        Some(("keys", at)) => moment(at, false).map(Taken::At).ok_or(SuspectError),
        _ => Err(SuspectError),
    }
}

/// A question to the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question {
    /// Whose acts.
    pub suspect: Suspect,
    /// Not before this moment.
    pub from: Micros,
    /// Before this moment.
    pub until: Micros,
    /// By how much the window is widened on both sides, for clocks that go wrong, in microseconds.
    pub skew: i64,
    /// Whether the keys, people and webhooks that the suspect made or took over count too, from then
    /// on and without an end.
    pub follow: bool,
}

impl Question {
    /// A question with the usual widening, that follows what was made.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a window that is empty or longer than ten years.
    pub fn new(suspect: Suspect, from: Micros, until: Micros) -> Result<Self> {
        Self { suspect, from, until, skew: SKEW, follow: true }.checked()
    }

    /// The same question, if it makes sense.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what does not.
    pub fn checked(self) -> Result<Self> {
        if self.until <= self.from {
            return Err(Error::invalid("until", "must be later than the beginning"));
        }
        if self.from < Micros::default() || self.until.since(self.from) > LONGEST {
            return Err(Error::invalid("from", "may lie at most ten years before the end"));
        }
        if !(0..=30 * Micros::DAY).contains(&self.skew) {
            return Err(Error::invalid("skew", "must be from 0 seconds to 30 days"));
        }
        Ok(self)
    }

    /// The question for the record's own entry about who asked it, which is sealed.
    pub(super) fn detail(&self) -> serde_json::Value {
        serde_json::json!({
            "suspect": self.suspect.to_string(), "from": self.from, "until": self.until,
            "skew": self.skew, "follow": self.follow,
        })
    }
}

/// Reads a moment: `2026-12-01`, `2026-12-01T09:30`, or with a zone; UTC where none is named. A day
/// alone is its beginning, or its end where `end` says so.
pub fn moment(text: &str, end: bool) -> Option<Micros> {
    moment_in(text, end, &TimeZone::UTC)
}

/// The same, on the wall clock of `zone` where none is named. Where clocks were set back the earlier time is meant.
pub(super) fn moment_in(text: &str, end: bool, zone: &TimeZone) -> Option<Micros> {
    let text = text.trim();
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(Micros::from_i64(stamp.as_microsecond()));
    }
    let there = |at: DateTime| {
        let stamp = zone.to_ambiguous_zoned(at).compatible().ok()?.timestamp();
        Some(Micros::from_i64(stamp.as_microsecond()))
    };
    if let Some(day) = text.parse::<Date>().ok().filter(|_| text.len() == 10) {
        let day = if end { day.tomorrow().ok()? } else { day };
        return there(day.to_datetime(jiff::civil::Time::midnight()));
    }
    there(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspect_is_read_as_it_is_written() {
        let id = "0000000000007";
        let named = ["person", "session", "key", "webhook", "export", "campaign"].map(|kind| format!("{kind}:{id}"));
        let alone = ["anyone", "host", "visitors", "address:192.0.2.7", "address:2001:db8::1", "copy", "copy:keys"];
        let alone = alone.map(str::to_owned);
        for text in named.iter().chain(&alone) {
            let suspect: Suspect = text.parse().expect("somebody");
            assert_eq!(&suspect.to_string(), text);
        }
        for text in [
            "",
            "person",
            "person:",
            "key:7",
            "anyone:0000000000007",
            "address:",
            "address:example.org",
            "copy:x",
            "copy:keys@x",
            "x",
        ] {
            assert_eq!(text.parse::<Suspect>(), Err(SuspectError), "{text}");
        }
        let text = "copy:keys@2026-12-01T09:00:00Z";
        assert_eq!(text.parse::<Suspect>().map(|suspect| suspect.to_string()), Ok(text.into()));
        assert_eq!(
            "address:::ffff:192.0.2.7".parse::<Suspect>().map(|s| s.to_string()),
            Ok("address:192.0.2.7".into())
        );
    }

    #[test]
    fn debug_shows_no_network_address() {
        let suspect: Suspect = "address:192.0.2.7".parse().expect("an address");
        assert!(!format!("{suspect:?}").contains("192"));
    }

    #[test]
    fn a_moment_is_read_with_and_without_a_zone() {
        let nine = Micros::from_i64(1_796_115_600_000_000);
        assert_eq!(moment("2026-12-01T09:00", false), Some(nine));
        assert_eq!(moment("2026-12-01T10:00+01:00", false), Some(nine));
        assert_eq!(moment("2026-12-01T09:00:00Z", true), Some(nine));
        let day = nine.plus(-9 * Micros::HOUR);
        assert_eq!((moment("2026-12-01", false), moment("2026-12-01", true)), (Some(day), Some(day.plus(Micros::DAY))));
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        assert_eq!(moment_in("2026-12-01T10:00", false, &berlin), Some(nine));
        let short = |end| moment_in("2026-03-29", end, &berlin).expect("a day");
        assert_eq!(short(true).since(short(false)), 23 * Micros::HOUR, "the day on which clocks are set forward");
        for text in ["", "yesterday", "2026-13-01", "2026-12-01T25:00"] {
            assert_eq!(moment(text, false), None, "{text}");
        }
    }

    #[test]
    fn a_window_that_makes_no_sense_is_refused() {
        let (a, b) = (Micros::from_i64(1_000_000), Micros::from_i64(2_000_000));
        assert!(Question::new(Suspect::Host, a, b).is_ok());
        assert!(Question::new(Suspect::Host, b, a).is_err() && Question::new(Suspect::Host, a, a).is_err());
        assert!(Question::new(Suspect::Host, a, a.plus(5_000 * Micros::DAY)).is_err());
        let whole = Question { skew: -1, ..Question::new(Suspect::Host, a, b).expect("whole") };
        assert!(whole.checked().is_err());
    }
}
