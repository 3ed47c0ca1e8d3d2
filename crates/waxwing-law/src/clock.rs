//! A period of law while it runs: not started, running, paused, met or late.
//!
//! Promise: [`Clock::state`] is a pure function of the duty, of what was done, and of now. A clock stops
//! only for a reason that its rule names, never for an investigation of one's own; a duty met late stays
//! late. When a pause ends after the time was up, the duty is due at that moment: the rules that know a
//! pause then ask for the message promptly (California Civil Code 1798.82(c)). Limit: nothing here wakes
//! anybody; whoever keeps the clock asks it.

use crate::duties::{Duty, Pause, When};
use crate::jurisdictions::{PauseReason, Start};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The clock of one duty.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clock {
    when: When,
    pause: Option<Pause>,
    met_at: Option<Timestamp>,
}

/// A step that a clock does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// The duty was met before.
    #[error("this duty was met already")]
    Met,
    /// Before the clock began.
    #[error("this lies before the start of the clock")]
    BeforeStart,
    /// What starts the clock has not happened.
    #[error("this clock has not started")]
    NotStarted,
}

/// How a clock stands at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// What starts it has not happened.
    NotStarted(Start),
    /// It runs, and so much is left.
    Running(SignedDuration),
    /// No number runs: without undue delay, for so long already.
    Promptly(SignedDuration),
    /// It is stopped.
    Paused(PauseReason),
    /// Done in time.
    Met(Timestamp),
    /// Done, so much too late: say the reasons for the delay.
    MetLate(Timestamp, SignedDuration),
    /// Not done, and so much too late.
    Late(SignedDuration),
    /// It stands: nothing runs out.
    Standing,
}

impl Clock {
    /// The clock of a duty; `None` where the duty does not apply.
    pub fn of(duty: &Duty) -> Option<Self> {
        duty.when.clone().map(|when| Self { when, pause: duty.pause.clone(), met_at: None })
    }

    /// The same clock with the duty met at `at`.
    ///
    /// # Errors
    /// When it was met before, has not started, or `at` lies before its start.
    pub fn met(self, at: Timestamp) -> Result<Self, ClockError> {
        if self.met_at.is_some() {
            return Err(ClockError::Met);
        }
        let start = match &self.when {
            When::NotStarted { .. } => return Err(ClockError::NotStarted),
            When::By(due) => Some(due.start),
            When::Promptly { since } => Some(*since),
            When::Standing { .. } => None,
        };
        if start.is_some_and(|start| at < start) {
            return Err(ClockError::BeforeStart);
        }
        Ok(Self { met_at: Some(at), ..self })
    }

    /// When it is due, pauses considered; `None` where no number runs or the pause has no end yet.
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let When::By(due) = &self.when else { return None };
        match &self.pause {
            // A pause that began when it was too late already changes nothing.
            Some(pause) if pause.from < due.at => match pause.until.filter(|until| *until <= now) {
                Some(until) => Some(due.at.max(until)),
                None => (now < pause.from).then_some(due.at),
            },
            _ => Some(due.at),
        }
    }

    /// How it stands at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        if let Some(at) = self.met_at {
            let late = self.due(at).filter(|due| at > *due);
            return late.map_or(State::Met(at), |due| State::MetLate(at, at.duration_since(due)));
        }
        match &self.when {
            When::NotStarted { waits_for } => State::NotStarted(*waits_for),
            When::Standing { .. } => State::Standing,
            When::Promptly { .. } if self.stopped(now) => State::Paused(PauseReason::LawEnforcement),
            When::Promptly { since } => State::Promptly(now.duration_since(*since)),
            When::By(_) => match self.due(now) {
                None => State::Paused(PauseReason::LawEnforcement),
                Some(due) if now > due => State::Late(now.duration_since(due)),
                Some(due) if self.stopped(now) && due > now => State::Paused(PauseReason::LawEnforcement),
                Some(due) => State::Running(due.duration_since(now)),
            },
        }
    }

    fn stopped(&self, now: Timestamp) -> bool {
        self.pause.as_ref().is_some_and(|pause| pause.from <= now && pause.until.is_none_or(|until| now < until))
    }
}

impl State {
    /// In a word, for a badge.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotStarted(_) => "Not started",
            Self::Running(_) => "Runs",
            Self::Promptly(_) => "Now",
            Self::Paused(_) => "Stopped",
            Self::Met(_) => "Done",
            Self::MetLate(..) => "Done late",
            Self::Late(_) => "Late",
            Self::Standing => "Stands",
        }
    }

    /// In words, as a page shows it.
    pub fn words(self) -> String {
        match self {
            Self::NotStarted(start) => format!("It begins with {start}."),
            Self::Running(left) => format!("{} left.", span_words(left)),
            Self::Promptly(since) => format!("Without undue delay; open for {}.", span_words(since)),
            Self::Paused(reason) => format!("Stopped: {reason}."),
            Self::Met(_) => "Done in time.".to_owned(),
            Self::MetLate(_, late) => format!("Done {} late. State the reasons for the delay.", span_words(late)),
            Self::Late(late) => format!("Late by {}. Do it now, with the reasons for the delay.", span_words(late)),
            Self::Standing => "Stands; nothing runs out.".to_owned(),
        }
    }
}

/// `2 days 3 hours`, `59 minutes`: the two largest units, cut and never rounded up.
fn span_words(span: SignedDuration) -> String {
    let minutes = span.abs().as_mins();
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let unit = |count: i64, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    match (days, hours) {
        (0, 0) => unit(minutes, "minute"),
        (0, _) => format!("{} {}", unit(hours, "hour"), unit(minutes, "minute")),
        _ => format!("{} {}", unit(days, "day"), unit(hours, "hour")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::Due;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn clock(pause: Option<(&str, Option<&str>)>) -> Clock {
        let due = Due {
            start: at("2026-11-01T00:00:00Z"),
            at: at("2026-12-01T00:00:00Z"),
            last_day: None,
            how: String::new(),
            later: None,
        };
        let pause = pause.map(|(from, until)| Pause {
            reason: PauseReason::LawEnforcement,
            from: at(from),
            until: until.map(at),
        });
        Clock { when: When::By(due), pause, met_at: None }
    }

    #[test]
    fn a_clock_runs_down_and_then_says_how_late_it_is() {
        let clock = clock(None);
        assert_eq!(clock.state(at("2026-11-29T22:30:00Z")).words(), "1 day 1 hour left.");
        assert_eq!(clock.state(at("2026-12-01T00:00:00Z")), State::Running(SignedDuration::ZERO));
        let late = clock.state(at("2026-12-01T02:05:00Z")).words();
        assert_eq!(late, "Late by 2 hours 5 minutes. Do it now, with the reasons for the delay.");
    }

    #[test]
    fn a_duty_met_late_stays_late() {
        let late = clock(None).met(at("2026-12-02T00:00:00Z")).expect("met");
        assert!(matches!(late.state(at("2027-01-01T00:00:00Z")), State::MetLate(..)));
        let good = clock(None).met(at("2026-11-30T00:00:00Z")).expect("met");
        assert_eq!(good.state(at("2027-01-01T00:00:00Z")).words(), "Done in time.");
        assert_eq!(good.met(at("2026-11-30T00:00:00Z")), Err(ClockError::Met));
        assert_eq!(clock(None).met(at("2026-10-30T00:00:00Z")), Err(ClockError::BeforeStart));
    }

    #[test]
    fn a_clock_stops_while_law_enforcement_asks_and_is_due_when_that_ends_after_the_time() {
        let open = clock(Some(("2026-11-10T00:00:00Z", None)));
        assert!(matches!(open.state(at("2026-11-09T00:00:00Z")), State::Running(_)));
        assert_eq!(
            open.state(at("2027-05-01T00:00:00Z")).words(),
            "Stopped: a law-enforcement agency asked for silence."
        );
        let ended = clock(Some(("2026-11-10T00:00:00Z", Some("2026-12-24T00:00:00Z"))));
        assert_eq!(ended.due(at("2026-12-25T00:00:00Z")), Some(at("2026-12-24T00:00:00Z")));
        assert!(matches!(ended.state(at("2026-12-25T00:00:00Z")), State::Late(_)));
        let early = clock(Some(("2026-11-10T00:00:00Z", Some("2026-11-12T00:00:00Z"))));
        assert_eq!(early.due(at("2026-11-20T00:00:00Z")), Some(at("2026-12-01T00:00:00Z")));
    }

    #[test]
    fn silence_asked_for_after_the_time_was_up_takes_nothing_back() {
        let clock = clock(Some(("2026-12-02T00:00:00Z", None)));
        assert!(matches!(clock.state(at("2026-12-05T00:00:00Z")), State::Late(_)));
    }
}
