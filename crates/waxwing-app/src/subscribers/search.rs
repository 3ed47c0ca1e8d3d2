//! Finding a person by exact address, and nobody by part of one.

use super::store;
use crate::{App, Result};
use waxwing_crypto::IndexKind;
use waxwing_domain::{EmailAddress, SubjectNo};
use waxwing_store::{StoreError, Tx};

/// The person who has this address. For use cases, not for people who ask: nothing is recorded.
///
/// All versions of the blind index are asked in one statement, whether or not one is a hit.
pub async fn find_by_email(app: &App, tx: &mut Tx, email: &EmailAddress) -> Result<Option<SubjectNo>> {
    let normalised = email.normalised_v1();
    let ring = app.store().keys().ring();
    let keys = ring.workspace(tx.workspace()).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let mut wanted = Vec::new();
    for version in keys.blind_index_versions(IndexKind::Email) {
        let tag = keys.blind_index_at(version, IndexKind::Email, &normalised);
        wanted.push((version, tag.map_err(|e| StoreError::Damaged(e.to_string()))?));
    }
    let found = store::find(tx, &wanted).await?;
    Ok(wanted.iter().rev().find_map(|key| found.get(key)).copied())
}
