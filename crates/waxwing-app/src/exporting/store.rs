//! SQL of exports.

use serde::Serialize;
use utoipa::ToSchema;
use waxwing_domain::{ExportId, ListId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO exports (id, workspace_id, list_id, purpose, state, people, actor_kind, created_at)
 VALUES ($2, $1, $3, $4, 'running', 0, $5, $6)" }
statement! { ADVANCE, "UPDATE exports SET people = people + $3 WHERE workspace_id = $1 AND id = $2 AND state = 'running'" }
statement! { END, "UPDATE exports SET state = $3, finished_at = $4 WHERE workspace_id = $1 AND id = $2 AND state = 'running'" }
statement! { RECENT,
"SELECT e.id, e.list_id, l.name, e.purpose, e.state, e.people, e.actor_kind, e.created_at, e.finished_at
     FROM exports e LEFT JOIN lists l ON l.id = e.list_id
     WHERE e.workspace_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3" }

// For who is limited to lists.
statement! { RECENT_OF,
"SELECT e.id, e.list_id, l.name, e.purpose, e.state, e.people, e.actor_kind, e.created_at, e.finished_at
     FROM exports e LEFT JOIN lists l ON l.id = e.list_id
     WHERE e.workspace_id = $1 AND e.id < $2 AND e.list_id IN [$4] ORDER BY e.id DESC LIMIT $3" }

/// Where an export stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportState)]
pub enum State {
    /// Going out, or broken off without a word.
    Running,
    /// Everybody left.
    Done,
    /// Stopped by a failure or by the gate.
    Broken,
}

impl State {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Broken => "broken",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Running, Self::Done, Self::Broken].into_iter().find(|state| state.as_str() == word)
    }
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Running => "Not finished",
            Self::Done => "Done",
            Self::Broken => "Broken off",
        }
    }
    /// The colour of its badge.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Running => "attention",
            Self::Done => "good",
            Self::Broken => "danger",
        }
    }
}

/// An export, for the team to see.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Exported {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ExportId,
    /// The list.
    #[schema(value_type = String)]
    pub list: ListId,
    /// Its name, while it exists.
    pub list_name: Option<String>,
    /// Why it was made.
    pub purpose: String,
    /// Where it stands.
    pub state: State,
    /// How many people's data left.
    pub people: i64,
    /// What kind of credential did it.
    pub actor: String,
    /// When it began, in microseconds since 1970.
    #[schema(value_type = i64)]
    pub created_at: Micros,
    /// When it ended.
    #[schema(value_type = Option<i64>)]
    pub finished_at: Option<Micros>,
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: ExportId,
    list: ListId,
    purpose: &str,
    actor: &str,
    at: Micros,
) -> Result<(), StoreError> {
    tx.exec(&INSERT, args![id, list, purpose, actor, at]).await.map(drop)
}

pub(super) async fn advance(tx: &mut Tx, id: ExportId, people: usize) -> Result<(), StoreError> {
    tx.exec(&ADVANCE, args![id, people as i64]).await.map(drop)
}

pub(super) async fn end(tx: &mut Tx, id: ExportId, state: State, at: Micros) -> Result<(), StoreError> {
    tx.exec(&END, args![id, state.as_str(), at]).await.map(drop)
}

fn read(r: &Row<'_>) -> Result<Exported, StoreError> {
    Ok(Exported {
        id: ExportId::from_i64(r.int(0)?),
        list: ListId::from_i64(r.int(1)?),
        list_name: r.opt_text(2)?,
        purpose: r.text(3)?,
        state: r.word(4, State::parse)?,
        people: r.int(5)?,
        actor: r.text(6)?,
        created_at: r.time(7)?,
        finished_at: r.opt_time(8)?,
    })
}

/// Exports of the lists that the transaction may touch.
pub(super) async fn recent(tx: &mut Tx, before: i64, limit: u32) -> Result<Vec<Exported>, StoreError> {
    match tx.limit() {
        Some(lists) => tx.all(&RECENT_OF, args![before, limit, lists], read).await,
        None => tx.all(&RECENT, args![before, limit], read).await,
    }
}
