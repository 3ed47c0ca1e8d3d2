//! A person leaves the ledger: their row stays for the sums, without anything that points to them.

use waxwing_domain::{Ctx, SubjectNo};
use waxwing_store::{StoreError, Tx, args, statement};

// One random tag serves all their rows: tags are unique within a source, and they have one row there.
statement! { FORGET,
"UPDATE ledger SET tag = $3, domain = 0
     WHERE workspace_id = $1 AND subject = $2 AND channel = 1
       AND source_id IN (SELECT id FROM sources WHERE workspace_id = $1)" }

pub(in crate::sending) async fn forget(tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<(), StoreError> {
    let mut tag = [0u8; 16];
    ctx.rng.fill(&mut tag);
    tx.exec(&FORGET, args![subject, tag]).await.map(drop)
}
