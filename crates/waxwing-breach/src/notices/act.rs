//! What can be done to a notice that leaves.

use super::compose::note;
use super::{State, by_id, store};
use serde_json::json;
use waxwing_app::sending::{self, Retry, SourceState};
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, Ctx, IncidentId, NoticeId};
use waxwing_store::Tx;

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// No more messages leave until resumed.
    Pause,
    /// Messages leave again, also those that were stopped for a reason that is mended.
    Resume,
    /// Once more to those who were refused for good. Addresses that do not exist stay out.
    Again,
}

impl Act {
    /// The word in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Again => "again",
        }
    }
    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Pause, Self::Resume, Self::Again].into_iter().find(|act| act.as_str() == word)
    }
    const fn what(self) -> &'static str {
        match self {
            Self::Pause => "notices.pause",
            Self::Resume => "notices.resume",
            Self::Again => "notices.again",
        }
    }
}

/// Does it to every part that it applies to; gives to how many parts, or people where they are sent to again.
///
/// # Errors
/// [`Error::Conflict`] for a notice that was not sent, and where there is nothing to do it to.
pub async fn act(app: &App, tx: &mut Tx, ctx: &Ctx, (case, id): (IncidentId, NoticeId), act: Act) -> Result<i64> {
    ctx.authorise(Action::NoticesSend)?;
    crate::incidents::writable(tx, ctx, case).await?;
    if by_id(app, tx, ctx, case, id).await?.state != State::Sent {
        return Err(Error::Conflict("This notice was not sent.".into()));
    }
    let mut done = 0;
    for part in store::parts(tx, id).await? {
        let standing = sending::standing(tx, part.source).await?;
        match (act, standing.state) {
            (Act::Pause, SourceState::Running) => {
                sending::hold(app, tx, ctx, part.source, "Paused by a person.").await?;
                done += 1;
            }
            (Act::Resume, SourceState::Held) => {
                sending::release(app, tx, ctx, part.source).await?;
                done += 1;
            }
            (Act::Again, SourceState::Done | SourceState::Running) if standing.counts.failed > 0 => {
                done += sending::retry(app, tx, ctx, part.source, Retry::Failed).await?;
            }
            _ => {}
        }
    }
    if done == 0 {
        return Err(Error::Conflict("There is nothing to do that to.".into()));
    }
    note(app, tx, ctx, case, (act.what(), id), json!({ "done": done })).await?;
    Ok(done)
}
