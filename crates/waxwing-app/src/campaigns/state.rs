//! Where a campaign stands, and the only ways from one state to another.
//!
//! Guarantee: nothing leaves a draft without [`Reviewed`], which only a passed review makes.
//! Limit: how far a started campaign is, its source knows; see [`Phase`].

use crate::sending::SourceState;
use crate::{Error, Result};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use waxwing_domain::{CampaignId, Micros, SourceId};

/// How long an order to send can be taken back, in microseconds.
pub const UNDO: i64 = 30 * Micros::SECOND;
/// A time missed by more than this asks again instead of sending, in microseconds.
pub const LATEST: i64 = 15 * Micros::MINUTE;

/// Where a campaign stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CampaignState {
    /// Being composed.
    Draft,
    /// Ordered; leaves at `at` unless taken back.
    Leaving {
        /// When.
        at: Micros,
    },
    /// Leaves at a chosen time.
    Scheduled(SendTime),
    /// Its time passed while nothing could be sent; waits for a person.
    Missed(SendTime),
    /// Messages were handed to the lane.
    Started {
        /// The source that knows how far it is.
        source: SourceId,
    },
}

/// Proof that a review of this version of a campaign found nothing in the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reviewed {
    pub(super) campaign: CampaignId,
    pub(super) version: i64,
    /// How many people would get it.
    pub(super) people: i64,
}

impl CampaignState {
    /// The stored word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Leaving { .. } => "leaving",
            Self::Scheduled(_) => "scheduled",
            Self::Missed(_) => "missed",
            Self::Started { .. } => "started",
        }
    }

    /// Whether its content can be changed.
    pub const fn is_draft(&self) -> bool {
        matches!(self, Self::Draft)
    }

    /// Ordered to be sent; the undo time begins.
    pub fn leave(self, _: &Reviewed, now: Micros) -> Result<Self> {
        match self {
            Self::Draft | Self::Missed(_) => Ok(Self::Leaving { at: now.plus(UNDO) }),
            other => Err(other.refused("be sent")),
        }
    }

    /// Ordered to be sent at a time.
    pub fn schedule(self, _: &Reviewed, time: SendTime, now: Micros) -> Result<Self> {
        if time.at <= now {
            return Err(Error::invalid("time", "This time has passed. Choose a later one, or send now."));
        }
        match self {
            Self::Draft | Self::Missed(_) => Ok(Self::Scheduled(time)),
            other => Err(other.refused("be scheduled")),
        }
    }

    /// Back to a draft, while nothing has left.
    pub fn take_back(self) -> Result<Self> {
        match self {
            Self::Leaving { .. } | Self::Scheduled(_) | Self::Missed(_) => Ok(Self::Draft),
            other => Err(other.refused("be taken back")),
        }
    }

    /// Its time passed unused.
    pub fn miss(self) -> Result<Self> {
        match self {
            Self::Leaving { at } => Ok(Self::Missed(SendTime { at, zone: "UTC".to_owned() })),
            Self::Scheduled(time) => Ok(Self::Missed(time)),
            other => Err(other.refused("be missed")),
        }
    }

    /// Handed to the lane.
    pub fn start(self, source: SourceId) -> Result<Self> {
        match self {
            Self::Draft | Self::Leaving { .. } | Self::Scheduled(_) => Ok(Self::Started { source }),
            other => Err(other.refused("be started")),
        }
    }

    /// When it leaves, while that lies ahead.
    pub const fn leaves_at(&self) -> Option<Micros> {
        match self {
            Self::Leaving { at } => Some(*at),
            Self::Scheduled(time) => Some(time.at),
            Self::Draft | Self::Missed(_) | Self::Started { .. } => None,
        }
    }

    /// The source, once messages were handed to the lane.
    pub const fn source(&self) -> Option<SourceId> {
        match self {
            Self::Started { source } => Some(*source),
            _ => None,
        }
    }

    fn refused(&self, what: &str) -> Error {
        let is = match self {
            Self::Draft => "a draft",
            Self::Leaving { .. } => "about to leave",
            Self::Scheduled(_) => "scheduled",
            Self::Missed(_) => "waiting for a new time",
            Self::Started { .. } => "sent or being sent",
        };
        Error::Conflict(format!("The campaign is {is}, so it cannot {what}."))
    }
}

/// A moment chosen in the words of a zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendTime {
    /// The moment.
    pub at: Micros,
    /// The IANA zone it was chosen in.
    pub zone: String,
}

impl SendTime {
    /// Reads `2026-12-24T09:00` in a zone. Of an hour that comes twice (clocks put back) the first is
    /// taken.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `zone`, for a `time` that is none, and for one that does not exist
    /// because clocks are put forward over it.
    pub fn parse(local: &str, zone: &str) -> Result<Self> {
        let tz = TimeZone::get(zone.trim());
        let tz = tz.map_err(|_| Error::invalid("zone", "Name a zone such as Europe/Zurich or UTC."))?;
        let civil: DateTime =
            local.trim().parse().map_err(|_| Error::invalid("time", "Write the time like 2026-12-24T09:00."))?;
        let moment = tz.to_ambiguous_zoned(civil);
        if matches!(moment.offset(), AmbiguousOffset::Gap { .. }) {
            return Err(Error::invalid("time", "This time does not exist: clocks are put forward over it that day."));
        }
        let moment = moment.earlier().map_err(|_| Error::invalid("time", "This time is out of range."))?;
        Ok(Self { at: Micros::from_i64(moment.timestamp().as_microsecond()), zone: zone.trim().to_owned() })
    }

    /// The moment on the clocks of its zone: `2026-12-24 09:00 Europe/Zurich`.
    pub fn words(&self) -> String {
        let tz = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let local = self.at.timestamp().to_zoned(tz);
        format!("{} {}", local.strftime("%Y-%m-%d %H:%M"), self.zone)
    }
}

/// What people are told: the campaign's state, and its source's once it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Being composed.
    Draft,
    /// Can still be taken back.
    Leaving,
    /// Waits for its time.
    Scheduled,
    /// Missed its time.
    Missed,
    /// Messages leave.
    Sending,
    /// Held by a person or by the lane.
    Paused,
    /// Every recipient has an outcome.
    Sent,
    /// Ended by a person.
    Cancelled,
}

impl Phase {
    /// Of a campaign in `state`, whose source, if it has one, is in `source`.
    pub const fn of(state: &CampaignState, source: Option<SourceState>) -> Self {
        match (state, source) {
            (CampaignState::Draft, _) => Self::Draft,
            (CampaignState::Leaving { .. }, _) => Self::Leaving,
            (CampaignState::Scheduled(_), _) => Self::Scheduled,
            (CampaignState::Missed(_), _) => Self::Missed,
            (CampaignState::Started { .. }, Some(SourceState::Held)) => Self::Paused,
            (CampaignState::Started { .. }, Some(SourceState::Done)) => Self::Sent,
            (CampaignState::Started { .. }, Some(SourceState::Cancelled)) => Self::Cancelled,
            (CampaignState::Started { .. }, Some(SourceState::Running) | None) => Self::Sending,
        }
    }
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Leaving => "leaving",
            Self::Scheduled => "scheduled",
            Self::Missed => "missed",
            Self::Sending => "sending",
            Self::Paused => "paused",
            Self::Sent => "sent",
            Self::Cancelled => "cancelled",
        }
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Leaving => "Leaving soon",
            Self::Scheduled => "Scheduled",
            Self::Missed => "Missed its time",
            Self::Sending => "Being sent",
            Self::Paused => "Paused",
            Self::Sent => "Sent",
            Self::Cancelled => "Cancelled",
        }
    }
    /// The colour of its badge.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Draft | Self::Cancelled => "",
            Self::Leaving | Self::Scheduled | Self::Sending => "note",
            Self::Missed | Self::Paused => "attention",
            Self::Sent => "good",
        }
    }
    /// Whether something will happen without a person.
    pub const fn will_move(self) -> bool {
        matches!(self, Self::Leaving | Self::Scheduled | Self::Sending)
    }
    /// Whether a page about it should look again by itself.
    pub const fn moves(self) -> bool {
        matches!(self, Self::Leaving | Self::Sending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewed() -> Reviewed {
        Reviewed { campaign: CampaignId::from_i64(1), version: 1, people: 0 }
    }

    #[test]
    fn an_order_can_be_taken_back_until_it_left() {
        let now = Micros::from_i64(0);
        let leaving = CampaignState::Draft.leave(&reviewed(), now).expect("a draft can be sent");
        assert_eq!(leaving.leaves_at(), Some(Micros::from_i64(UNDO)));
        assert_eq!(leaving.clone().take_back().expect("in time"), CampaignState::Draft);
        let started = leaving.start(SourceId::from_i64(7)).expect("leaves");
        assert!(started.clone().take_back().is_err());
        assert!(started.leave(&reviewed(), now).is_err(), "nothing is sent twice");
    }

    #[test]
    fn a_time_in_the_past_is_not_a_schedule() {
        let time = SendTime { at: Micros::from_i64(5), zone: "UTC".into() };
        assert!(CampaignState::Draft.schedule(&reviewed(), time.clone(), Micros::from_i64(5)).is_err());
        assert!(CampaignState::Draft.schedule(&reviewed(), time, Micros::from_i64(4)).is_ok());
    }

    #[test]
    fn nine_in_the_morning_is_nine_in_summer_and_in_winter() {
        let summer = SendTime::parse("2026-07-01T09:00", "Europe/Zurich").expect("exists");
        let winter = SendTime::parse("2026-12-24T09:00", "Europe/Zurich").expect("exists");
        assert_eq!(summer.at.to_string(), "2026-07-01T07:00:00Z");
        assert_eq!(winter.at.to_string(), "2026-12-24T08:00:00Z");
        assert_eq!(winter.words(), "2026-12-24 09:00 Europe/Zurich");
    }

    #[test]
    fn an_hour_that_does_not_exist_is_refused_and_one_that_comes_twice_is_its_first() {
        assert!(SendTime::parse("2026-03-29T02:30", "Europe/Zurich").is_err());
        let twice = SendTime::parse("2026-10-25T02:30", "Europe/Zurich").expect("exists twice");
        assert_eq!(twice.at.to_string(), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn nonsense_is_neither_a_time_nor_a_zone() {
        for (time, zone) in [
            ("tomorrow", "UTC"),
            ("", "UTC"),
            ("2026-13-01T09:00", "UTC"),
            ("2026-12-24T09:00", "Mars/Olympus"),
            ("2026-12-24T09:00", ""),
        ] {
            assert!(SendTime::parse(time, zone).is_err(), "{time} {zone}");
        }
    }
}
