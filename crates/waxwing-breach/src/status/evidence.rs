//! What the public page adds to the evidence of its case: the page, and every update as it was published.

use super::store;
use crate::incidents::{EvidenceFile, EvidencePart};
use serde_json::{Value, json};
use waxwing_app::Result;
use waxwing_domain::IncidentId;
use waxwing_store::{Tx, inventory};

inventory::submit! { EvidencePart::new("status", |_, tx, _, id| Box::pin(files(tx, id))) }

async fn files(tx: &mut Tx, id: IncidentId) -> Result<Vec<EvidenceFile>> {
    let Some(page) = store::of_case(tx, id).await? else { return Ok(Vec::new()) };
    let updates = store::updates(tx, page.id).await?;
    let whole = json!({
        "path": page.path(), "title": page.title, "state": page.state.as_str(), "published_at": page.published_at,
        "answers_from": page.radius, "tells_possible": page.possible,
        "updates": updates.iter().map(|one| json!({
            "number": one.number, "at": one.at, "title": one.title, "body": one.body,
        })).collect::<Value>(),
    });
    Ok(vec![EvidenceFile::text("page.json", format!("{whole:#}\n"))])
}
