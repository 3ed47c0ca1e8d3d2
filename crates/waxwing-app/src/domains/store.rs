//! The SQL of sending domains.

use super::keys::FreshKeys;
use super::{Checked, Domain, NextKeys, PublishedKey};
use waxwing_domain::{DomainId, EmailAddress, MailDomain, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { DOMAINS_KEPT, "domains" (id: Int, name: Text, rsa_selector: Text, rsa_record: Text, ed_selector: Text, ed_record: Text,
return_path: Text, created_at: Int, changed_at: Int, keys_made_at: Int, checked_at: Int, may_send: Int) }
crate::kept! { NEXT_KEPT, "domains_next" (domain_id: Int, rsa_selector: Text, rsa_record: Text, ed_selector: Text, ed_record: Text,
prepared_at: Int) }
statement! { INSERT,
"INSERT INTO domains (id, workspace_id, name, rsa_selector, rsa_record, ed_selector, ed_record, sealed,
       created_at, changed_at, keys_made_at, may_send, findings)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $9, $9, 0, '[]')" }
// Keys from before the column was there are taken to be as old as the domain: too old rather than too young.
statement! { ALL,
"SELECT id, name, rsa_selector, rsa_record, ed_selector, ed_record, return_path, created_at, changed_at,
   checked_at, may_send, findings, COALESCE(keys_made_at, created_at) FROM domains WHERE workspace_id = $1 ORDER BY name" }
statement! { ONE,
"SELECT id, name, rsa_selector, rsa_record, ed_selector, ed_record, return_path, created_at, changed_at,
   checked_at, may_send, findings, COALESCE(keys_made_at, created_at) FROM domains WHERE workspace_id = $1 AND id = $2" }
statement! { NAMED,
"SELECT id, name, rsa_selector, rsa_record, ed_selector, ed_record, return_path, created_at, changed_at,
   checked_at, may_send, findings, COALESCE(keys_made_at, created_at) FROM domains WHERE workspace_id = $1 AND name IN [text $2]" }
statement! { SEALED, "SELECT sealed FROM domains WHERE workspace_id = $1 AND id = $2" }
statement! { RETURN_PATH, "UPDATE domains SET return_path = $3, changed_at = $4 WHERE workspace_id = $1 AND id = $2" }
statement! { DELETE, "DELETE FROM domains WHERE workspace_id = $1 AND id = $2" }
statement! { CHECKED,
"UPDATE domains SET checked_at = $3, may_send = $4, findings = $5 WHERE workspace_id = $1 AND id = $2" }

statement! { INSERT_NEXT,
"INSERT INTO domains_next (workspace_id, domain_id, rsa_selector, rsa_record, ed_selector, ed_record, sealed,
   prepared_at)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace_id, domain_id) DO NOTHING" }
statement! { NEXT,
"SELECT rsa_selector, rsa_record, ed_selector, ed_record, prepared_at, looked_at FROM domains_next
 WHERE workspace_id = $1 AND domain_id = $2" }
statement! { LOOKED, "UPDATE domains_next SET looked_at = $3 WHERE workspace_id = $1 AND domain_id = $2" }
// The sealed keys are bound to the domain's row, so they move as they are.
statement! { SWITCH,
"UPDATE domains SET changed_at = $3,
   keys_made_at = (SELECT n.prepared_at FROM domains_next n WHERE n.workspace_id = $1 AND n.domain_id = $2),
   rsa_selector = (SELECT n.rsa_selector FROM domains_next n WHERE n.workspace_id = $1 AND n.domain_id = $2),
   rsa_record = (SELECT n.rsa_record FROM domains_next n WHERE n.workspace_id = $1 AND n.domain_id = $2),
   ed_selector = (SELECT n.ed_selector FROM domains_next n WHERE n.workspace_id = $1 AND n.domain_id = $2),
   ed_record = (SELECT n.ed_record FROM domains_next n WHERE n.workspace_id = $1 AND n.domain_id = $2),
   sealed = (SELECT n.sealed FROM domains_next n WHERE n.workspace_id = $1 AND n.domain_id = $2)
 WHERE workspace_id = $1 AND id = $2
   AND EXISTS (SELECT 1 FROM domains_next n WHERE n.workspace_id = $1 AND n.domain_id = $2 AND n.rsa_selector = $4)" }
statement! { FORGET_NEXT, "DELETE FROM domains_next WHERE workspace_id = $1 AND domain_id = $2" }
statement! { FORGET_OLD_NEXT, "DELETE FROM domains_next WHERE workspace_id = $1 AND domain_id = $2 AND prepared_at < $3" }

/// Keeps prepared keys; says whether there were none before.
pub(super) async fn insert_next(
    tx: &mut Tx,
    id: DomainId,
    keys: &FreshKeys,
    sealed: Vec<u8>,
    now: Micros,
) -> Result<bool, StoreError> {
    let (rsa, ed) = (&keys.rsa, &keys.ed25519);
    let row = args![id, &rsa.selector, &rsa.record, &ed.selector, &ed.record, sealed, now];
    Ok(tx.exec(&INSERT_NEXT, row).await? == 1)
}

pub(super) async fn next(tx: &mut Tx, id: DomainId) -> Result<Option<NextKeys>, StoreError> {
    let read = |r: &Row<'_>| {
        Ok(NextKeys {
            rsa: PublishedKey { selector: r.text(0)?, record: r.text(1)? },
            ed25519: PublishedKey { selector: r.text(2)?, record: r.text(3)? },
            prepared_at: r.time(4)?,
            looked_at: r.opt_time(5)?,
        })
    };
    tx.optional(&NEXT, args![id], read).await
}

pub(super) async fn looked(tx: &mut Tx, id: DomainId, now: Micros) -> Result<(), StoreError> {
    tx.exec(&LOOKED, args![id, now]).await.map(drop)
}

/// The prepared keys become those in use, if they are still those of `seen`; says whether they are.
pub(super) async fn switch(tx: &mut Tx, id: DomainId, seen: &NextKeys, now: Micros) -> Result<bool, StoreError> {
    let switched = tx.exec(&SWITCH, args![id, now, &seen.rsa.selector]).await? == 1;
    if switched {
        tx.exec(&FORGET_NEXT, args![id]).await?;
    }
    Ok(switched)
}

/// Forgets prepared keys that are older than `than`.
pub(super) async fn forget_old_next(tx: &mut Tx, id: DomainId, than: Micros) -> Result<(), StoreError> {
    tx.exec(&FORGET_OLD_NEXT, args![id, than]).await.map(drop)
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: DomainId,
    name: &MailDomain,
    keys: &FreshKeys,
    sealed: Vec<u8>,
    now: Micros,
) -> Result<(), StoreError> {
    let (rsa, ed) = (&keys.rsa, &keys.ed25519);
    let row = args![id, name.as_str(), &rsa.selector, &rsa.record, &ed.selector, &ed.record, sealed, now];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Domain>, StoreError> {
    tx.all(&ALL, args![], read).await
}

pub(super) async fn by_id(tx: &mut Tx, id: DomainId) -> Result<Option<Domain>, StoreError> {
    tx.optional(&ONE, args![id], read).await
}

pub(super) async fn by_names(tx: &mut Tx, names: Vec<String>) -> Result<Vec<Domain>, StoreError> {
    tx.all(&NAMED, args![names], read).await
}

pub(super) async fn sealed(tx: &mut Tx, id: DomainId) -> Result<Vec<u8>, StoreError> {
    tx.one(&SEALED, args![id], |r| r.blob(0)).await
}

pub(super) async fn set_return_path(
    tx: &mut Tx,
    id: DomainId,
    path: Option<&EmailAddress>,
    now: Micros,
) -> Result<u64, StoreError> {
    tx.exec(&RETURN_PATH, args![id, path.map(EmailAddress::as_str), now]).await
}

pub(super) async fn delete(tx: &mut Tx, id: DomainId) -> Result<u64, StoreError> {
    tx.exec(&FORGET_NEXT, args![id]).await?;
    tx.exec(&DELETE, args![id]).await
}

pub(super) async fn checked(tx: &mut Tx, id: DomainId, checked: &Checked) -> Result<(), StoreError> {
    let findings = serde_json::to_string(&checked.findings)
        .map_err(|_| StoreError::Damaged("findings that cannot be written".into()))?;
    tx.exec(&CHECKED, args![id, checked.at, checked.may_send, findings]).await.map(drop)
}

fn read(r: &Row<'_>) -> Result<Domain, StoreError> {
    let damaged = || StoreError::Damaged("a sending domain that cannot be read".into());
    let name = r.text(1)?;
    let return_path = r.opt_text(6)?.map(|text| EmailAddress::parse(&text)).transpose().map_err(|_| damaged())?;
    let (may_send, findings) = (r.flag(10)?, r.json(11)?);
    Ok(Domain {
        id: DomainId::from_i64(r.int(0)?),
        name: MailDomain::parse(&name).map_err(|_| damaged())?,
        rsa: PublishedKey { selector: r.text(2)?, record: r.text(3)? },
        ed25519: PublishedKey { selector: r.text(4)?, record: r.text(5)? },
        return_path,
        created_at: r.time(7)?,
        changed_at: r.time(8)?,
        keys_made_at: r.time(12)?,
        checked: r.opt_time(9)?.map(|at| Checked { at, may_send, findings }),
    })
}
