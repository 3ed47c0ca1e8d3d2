//! Where an import stands.

use serde::Serialize;
use utoipa::ToSchema;

/// Where an import stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportState)]
pub enum State {
    /// The file is here; columns, list and consent are to be decided.
    Mapping,
    /// The dry run counts what would happen.
    Checking,
    /// The counts are there; nothing was changed.
    Checked,
    /// People are being written.
    Running,
    /// Every row was written or refused with a reason.
    Done,
    /// Given up; the reason stands beside it. What was written stays.
    Failed,
    /// Stopped by a person. What was written stays.
    Cancelled,
}

impl State {
    const ALL: [Self; 7] =
        [Self::Mapping, Self::Checking, Self::Checked, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mapping => "mapping",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mapping => "To be decided",
            Self::Checking => "Counting",
            Self::Checked => "Ready",
            Self::Running => "Importing",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Cancelled => "Stopped",
        }
    }
    /// The colour of its badge.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Done => "good",
            Self::Checking | Self::Running => "note",
            Self::Failed => "danger",
            Self::Checked => "attention",
            Self::Mapping | Self::Cancelled => "",
        }
    }
    /// Whether a job works on it.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }
    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}
