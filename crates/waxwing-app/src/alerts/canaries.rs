//! Made-up people who were heard of: a copy of an export, or of what a program read, is in use.
//!
//! `canaries` notes the hit and queues this; it speaks once of one export or key, and later hits are counted there.

use super::{Detector, Subject, raise, store};
use crate::canaries::{self, HitKind, Mark, MarkKind};
use crate::{App, Result};
use waxwing_detect::{Contributor, Finding};
use waxwing_domain::{Actor, AlertId, ApiKeyId, Ctx, ExportId, MarkId, Thing};
use waxwing_store::JobContext;

/// Raises what happened to the made-up people of a mark.
pub(super) async fn look(app: &App, ctx: &Ctx, mark: MarkId, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.canary").await?;
    let (mark, kinds) = canaries::counted(&mut tx, mark).await?;
    drop(tx);
    raise::all(app, ctx, job, vec![alert(&mark, &kinds)]).await
}

/// The alert of a mark: of whoever took the copy, since they took it.
pub(super) fn alert(mark: &Mark, kinds: &[(HitKind, i64)]) -> store::New {
    let account = match mark.actor {
        Actor::Account(account, _) => Some(account),
        _ => None,
    };
    let new = store::New::of(Detector::Canary, mark.id.as_i64(), finding(mark, kinds));
    store::New { account, subject: Some(subject(mark)), since: Some(mark.at), ..new }
}

/// Who took the copy: the key that read, or the person or key that exported; else the export.
const fn subject(mark: &Mark) -> Subject {
    match (mark.kind, mark.actor) {
        (MarkKind::Api, _) => Subject::Thing(Thing::ApiKey(ApiKeyId::from_i64(mark.about))),
        (_, Actor::Account(account, _)) => Subject::Thing(Thing::Account(account)),
        (_, Actor::ApiKey(key)) => Subject::Thing(Thing::ApiKey(key)),
        _ => Subject::Export(ExportId::from_i64(mark.about)),
    }
}

fn finding(mark: &Mark, kinds: &[(HitKind, i64)]) -> Finding {
    let heard = kinds.iter().map(|(_, number)| number.max(&0).cast_unsigned()).sum::<u64>();
    let contributors =
        kinds.iter().map(|(kind, number)| Contributor::new(kind.words(), number.max(&0).cast_unsigned()));
    let what = match mark.kind {
        MarkKind::Export => "an export",
        MarkKind::Api => "what an API key read",
    };
    Finding {
        observed: heard as f64,
        expected: 0.0,
        bound: 0.0,
        sample: heard,
        contributors: Finding::ranked(contributors.collect()),
        why: format!(
            "Somebody who does not exist, and whose address stood in {what} of {}, was heard of. Nobody but whoever has \
             that copy knows the address.",
            mark.at
        ),
        advice:
            "Look at the made-up person’s page for the sender and for who took the copy. If its use is not meant: ask \
                 who was touched, open a case, and contain whoever took it. If it is, such as a mail program of your \
                 own, say that the alert was harmless."
                .to_owned(),
    }
}
