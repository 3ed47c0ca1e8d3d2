//! Made-up people who come back in an import, a sign-up or what a program adds.
//!
//! Promise: they are never taken for people, and whoever brings them is told what they would be told of anybody known,
//! so that an import is no way to find them out. What came back is a hit that names who brought it and what it came from.

use super::hits::{Facts, HitKind, note};
use super::mark::known;
use crate::{App, Result};
use std::collections::HashSet;
use waxwing_domain::{Ctx, EmailAddress};
use waxwing_store::Tx;

/// The positions of made-up people among these addresses, after noting each as a hit. `through` is a word: `import`.
pub(crate) async fn returned(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    emails: &[&EmailAddress],
    through: &'static str,
) -> Result<HashSet<usize>> {
    let mut positions = HashSet::new();
    let known = known(app, tx, emails).await?;
    for (at, (email, known)) in emails.iter().zip(known).enumerate() {
        let Some((mark, number)) = known else { continue };
        positions.insert(at);
        let peer = ctx.address.map(|address| address.to_string()).unwrap_or_default();
        let recipient = email.as_str().to_owned();
        let facts = Facts { recipient, peer, through: through.to_owned(), ..Facts::default() };
        note(app, tx, ctx, (mark, number, HitKind::Returned), None, &facts).await?;
    }
    Ok(positions)
}
