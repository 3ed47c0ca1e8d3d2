//! Who would get a message, and who would not and why, before anything is frozen.

use super::state::last_look;
use super::{Retry, store};
use crate::Result;
use std::collections::BTreeMap;
use waxwing_domain::{ListId, SkipReason, SourceId};
use waxwing_store::Tx;

/// The audience of some lists as it is now.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AudiencePreview {
    /// Different people on the lists, all states but removed.
    pub audience: i64,
    /// Those who would get the message.
    pub recipients: i64,
    /// Those who would not, by reason, most first.
    pub excluded: Vec<(SkipReason, i64)>,
}

/// Counts exactly what a source over `lists` would find now: the same rules as the last look.
pub async fn audience_preview(tx: &mut Tx, lists: Vec<ListId>) -> Result<AudiencePreview> {
    let rows = store::audience(tx, lists).await?;
    let rows = rows.into_iter().map(|(membership, suppressed, number)| (true, membership, suppressed, number));
    Ok(shown(tx, preview(rows)))
}

/// Counts exactly who of a source would be sent to again now, by the same rules.
pub async fn again_preview(tx: &mut Tx, source: SourceId, which: Retry) -> Result<AudiencePreview> {
    let rows = store::again(tx, source, which.state()).await?;
    Ok(shown(tx, preview(rows.into_iter())))
}

/// As the asker may see it; never less than there are, so that a threshold is not missed.
fn shown(tx: &Tx, mut preview: AudiencePreview) -> AudiencePreview {
    let AudiencePreview { audience, recipients, excluded } = &mut preview;
    for number in [audience, recipients].into_iter().chain(excluded.iter_mut().map(|(_, number)| number)) {
        *number = tx.shown(*number);
    }
    preview
}

/// Sums up people by whether they are there, membership and suppression.
fn preview(rows: impl Iterator<Item = (bool, i64, Option<String>, i64)>) -> AudiencePreview {
    let mut preview = AudiencePreview::default();
    let mut excluded: BTreeMap<SkipReason, i64> = BTreeMap::new();
    for (there, membership, suppressed, number) in rows {
        preview.audience += number;
        match last_look(membership, suppressed.as_deref(), there) {
            None => preview.recipients += number,
            Some(reason) => *excluded.entry(reason).or_default() += number,
        }
    }
    preview.excluded = excluded.into_iter().collect();
    preview.excluded.sort_by_key(|(_, number)| -number);
    preview
}
