//! Whether the addresses of one import do not exist, where its campaign as a whole may still look well.
//!
//! Each minute, for campaigns that run, are held, or ended within the hour: what became of the people of each
//! import among them is held against the history of the campaign's lists, by the same bound as a campaign.
//! Limit: only people who joined by the import, and by nothing else since, count as its people.

use super::rates::baseline;
use super::{Detector, Subject, raise, store, store_imports};
use crate::{App, Result};
use waxwing_detect::rate::{self, Signal, Trials};
use waxwing_detect::{Contributor, Finding};
use waxwing_domain::{AlertId, Ctx, ImportId, Micros, SourceId};
use waxwing_store::{JobContext, Tx};

/// Campaigns that ended longer ago have nothing new to say, in microseconds.
const RECENT: i64 = Micros::HOUR;
/// Sources looked at in a round.
const ROUND: i64 = 10;

/// What became of the people of an import, as far as one source knows.
pub(super) struct OfImport {
    pub import: ImportId,
    /// The list that they joined.
    pub list: String,
    pub accepted: i64,
    pub missing: i64,
}

impl OfImport {
    const fn trials(&self) -> Trials {
        let (accepted, missing) = (self.accepted.unsigned_abs(), self.missing.unsigned_abs());
        Trials { sent: accepted + missing, bad: missing }
    }
}

/// Looks at what is recent; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.imports").await?;
    let mut found = Vec::new();
    for source in store_imports::suspects(&mut tx, rate::FEWEST, ctx.now().plus(-RECENT), ROUND).await? {
        found.extend(look(&mut tx, ctx, source).await?);
    }
    drop(tx);
    raise::all(app, ctx, job, found).await
}

async fn look(tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<Vec<store::New>> {
    let parts = store_imports::of_source(tx, source).await?;
    let suspects: Vec<OfImport> = parts.into_iter().filter(|one| one.trials().bad >= rate::FEWEST).collect();
    if suspects.is_empty() {
        return Ok(Vec::new());
    }
    let baseline = baseline(tx, ctx, source, Signal::Bounce).await?;
    let finding = |one: &OfImport| rate::look(Signal::Bounce, &baseline, (one.trials(), 0), Vec::new());
    Ok(suspects.iter().filter_map(|one| finding(one).map(|finding| alert(one, finding))).collect())
}

/// The alert of an import.
pub(super) fn alert(one: &OfImport, finding: Finding) -> store::New {
    let part = Contributor::new(format!("Import to {}", one.list), one.missing.unsigned_abs());
    let part = part.of(Subject::Import(one.import).to_text());
    let finding = Finding {
        contributors: vec![part],
        advice: format!(
            "Look at the import to {} under Audience, Import people: where do its addresses come from? Release it \
             there once you know.",
            one.list
        ),
        ..finding
    };
    store::New { import: Some(one.import), ..store::New::of(Detector::ImportBounce, one.import.as_i64(), finding) }
}
