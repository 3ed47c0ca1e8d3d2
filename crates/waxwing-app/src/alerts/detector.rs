//! What finds things: the words of every detector, and how its numbers read.

use waxwing_detect::rate::Signal;
use waxwing_detect::volume::Flow;

/// What found it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Detector {
    /// The rate of bad outcomes of one campaign.
    Rate(Signal),
    /// An hour that brings far more than its hour of the week does.
    Burst(Flow),
    /// A week that brings more than the weeks before it.
    Drift(Flow),
    /// A right password that is likelier somebody else's.
    StrangeLogin,
    /// A list of passwords that is tried out.
    Stuffing,
    /// Addresses that are tried out.
    Enumeration,
    /// A person who opens far more people than they and their peers do.
    Habit,
    /// One network that signs up many addresses.
    SignupPlace,
    /// One address that is signed up at many forms.
    SignupTarget,
    /// A campaign with links, a sender or a postal address that no earlier one had.
    Swap,
    /// An import of which too many addresses do not exist.
    ImportBounce,
    /// Somebody who does not exist was heard of.
    Canary,
    /// Links of a mailing that a machine opens.
    Clicks,
    /// The right API key, from a network that it is not for.
    KeyElsewhere,
    /// An API key that reads far more people than on any day of its own.
    KeyBulk,
    /// The rate of bounces or complaints of a list over its last campaigns.
    List(Signal),
}

/// How the numbers of a detector read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Shares, of so many of what the word names.
    Share(&'static str),
    /// Numbers, learnt from so many of what the word names.
    Count(&'static str),
    /// Times likelier.
    Times,
}

impl Detector {
    /// Those that are not one of a kind with a signal or flow of their own.
    const SINGLE: [Self; 14] = [
        Self::StrangeLogin,
        Self::Stuffing,
        Self::Enumeration,
        Self::Habit,
        Self::SignupPlace,
        Self::SignupTarget,
        Self::Swap,
        Self::ImportBounce,
        Self::Canary,
        Self::Clicks,
        Self::KeyElsewhere,
        Self::KeyBulk,
        Self::List(Signal::Bounce),
        Self::List(Signal::Complaint),
    ];

    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        let flows = Flow::ALL.into_iter().flat_map(|flow| [Self::Burst(flow), Self::Drift(flow)]);
        Signal::ALL.into_iter().map(Self::Rate).chain(flows).chain(Self::SINGLE)
    }

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rate(signal) => signal.as_str(),
            Self::Burst(Flow::Sent) => "burst.sent",
            Self::Burst(Flow::ApiReads) => "burst.api_reads",
            Self::Burst(Flow::Exports) => "burst.exports",
            Self::Burst(Flow::Signups) => "burst.signups",
            Self::Burst(Flow::Refused) => "burst.refused",
            Self::Drift(Flow::Sent) => "drift.sent",
            Self::Drift(Flow::ApiReads) => "drift.api_reads",
            Self::Drift(Flow::Exports) => "drift.exports",
            Self::Drift(Flow::Signups) => "drift.signups",
            Self::Drift(Flow::Refused) => "drift.refused",
            Self::StrangeLogin => "login.strange",
            Self::Stuffing => "login.stuffing",
            Self::Enumeration => "login.enumeration",
            Self::Habit => "habit",
            Self::SignupPlace => "signup.place",
            Self::SignupTarget => "signup.target",
            Self::Swap => "swap",
            Self::ImportBounce => "import.bounce",
            Self::Canary => "canary",
            Self::Clicks => "clicks",
            Self::KeyElsewhere => "key.elsewhere",
            Self::KeyBulk => "key.bulk",
            Self::List(Signal::Complaint) => "list.complaint",
            Self::List(_) => "list.bounce",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|detector| detector.as_str() == word)
    }

    /// What people read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rate(Signal::Bounce) => "Addresses that do not exist",
            Self::Rate(Signal::Refusal) => "Refusals of content or sender",
            Self::Rate(Signal::Complaint) => "Complaints",
            Self::Rate(Signal::Unsubscribe) => "Unsubscribes",
            Self::Rate(Signal::Deferral) => "Deferrals",
            Self::Burst(Flow::Sent) => "A burst of messages",
            Self::Burst(Flow::ApiReads) => "A burst of reads by programs",
            Self::Burst(Flow::Exports) => "A burst of exports",
            Self::Burst(Flow::Signups) => "A burst of sign-ups",
            Self::Burst(Flow::Refused) => "A burst of refused sign-ins",
            Self::Drift(Flow::Sent) => "More messages than usual for a week",
            Self::Drift(Flow::ApiReads) => "More reads by programs than usual for a week",
            Self::Drift(Flow::Exports) => "More exports than usual for a week",
            Self::Drift(Flow::Signups) => "More sign-ups than usual for a week",
            Self::Drift(Flow::Refused) => "More refused sign-ins than usual for a week",
            Self::StrangeLogin => "A sign-in that is not like its person",
            Self::Stuffing => "A list of passwords is tried out",
            Self::Enumeration => "Addresses are tried out",
            Self::Habit => "Somebody opens far more people than usual",
            Self::SignupPlace => "One network signs up many addresses",
            Self::SignupTarget => "One address is signed up at many forms",
            Self::Swap => "New links, sender or postal address",
            Self::ImportBounce => "An import whose addresses do not exist",
            Self::Canary => "Somebody made up was heard of",
            Self::Clicks => "Links that a machine opens",
            Self::KeyElsewhere => "An API key from a network it is not for",
            Self::KeyBulk => "An API key that never read so many people",
            Self::List(Signal::Complaint) => "A list with more complaints than others",
            Self::List(_) => "A list with more addresses that do not exist than others",
        }
    }

    /// How its numbers read.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Rate(_) | Self::ImportBounce | Self::List(_) => Unit::Share("messages"),
            Self::Burst(_) | Self::Drift(_) => Unit::Count("hours"),
            Self::StrangeLogin => Unit::Times,
            Self::Stuffing | Self::Enumeration => Unit::Share("attempts"),
            Self::Habit | Self::KeyBulk => Unit::Count("days"),
            Self::KeyElsewhere => Unit::Count("attempts"),
            Self::SignupPlace | Self::SignupTarget => Unit::Count("requests"),
            Self::Swap => Unit::Count("campaigns"),
            Self::Canary => Unit::Count("signs"),
            Self::Clicks => Unit::Count("visits"),
        }
    }

    /// Whether what it sees was done with a credential: only that is ever contained by itself, for what somebody
    /// without one can cause would let them shut what is not theirs.
    pub const fn is_of_credentials(self) -> bool {
        use Flow::{ApiReads, Exports};
        matches!(
            self,
            Self::Burst(ApiReads | Exports) | Self::Drift(ApiReads | Exports) | Self::KeyElsewhere | Self::KeyBulk
        )
    }

    /// How often it speaks.
    pub const fn pace(self) -> &'static str {
        match self {
            Self::Rate(_) => "A detector speaks once of one campaign: whoever resumes it has decided.",
            Self::Burst(_) => "It speaks once a day of a burst.",
            Self::Drift(_) => "It speaks once a week of a drift.",
            Self::StrangeLogin | Self::Habit => "It speaks once a day of one person.",
            Self::Stuffing | Self::Enumeration | Self::SignupPlace | Self::SignupTarget => {
                "It speaks once a day of one place or address."
            }
            Self::Swap => "It speaks once of one campaign.",
            Self::ImportBounce => "It speaks once of one import: whoever releases it has decided.",
            Self::Canary => "It speaks once of one export or key; what is heard later is counted on its page.",
            Self::Clicks => "It speaks once of one network and mailing.",
            Self::KeyElsewhere | Self::KeyBulk => "It speaks once a day of one key.",
            Self::List(_) => "It speaks once a week of one list.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_has_one_word() {
        let all: Vec<Detector> = Detector::all().collect();
        assert_eq!(all.len(), 29);
        for detector in all {
            assert_eq!(Detector::parse(detector.as_str()), Some(detector));
        }
        for wrong in ["", "burst", "burst.", "burst.bounce", "drift.opens", "bounce.sent", "login"] {
            assert_eq!(Detector::parse(wrong), None, "{wrong}");
        }
    }
}
