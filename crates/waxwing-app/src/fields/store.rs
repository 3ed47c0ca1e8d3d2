//! SQL of the registry.

use super::{Field, FieldChange, FieldKind};
use waxwing_domain::{DataClass, FieldId, KindOfData, LegalBasis, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { FIELDS_KEPT, "fields" (id: Int, key: Text, label: Text, kind: Text, class: Text, purpose: Text, basis: Text,
retention_days: Int, created_at: Int, retired_at: Int) }
statement! { ALL,
"SELECT id, key, label, kind, class, purpose, basis, retention_days, created_at, retired_at, kind_of_data
 FROM fields WHERE workspace_id = $1 ORDER BY id" }
statement! { INSERT,
"INSERT INTO fields (workspace_id, id, key, label, kind, class, purpose, basis, retention_days, created_at,
  kind_of_data)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING" }
statement! { CHANGE,

"UPDATE fields SET label = $3, purpose = $4, basis = $5, retention_days = $6, kind_of_data = COALESCE($7, kind_of_data)
 WHERE workspace_id = $1 AND id = $2" }
statement! { RETIRE, "UPDATE fields SET retired_at = $3 WHERE workspace_id = $1 AND id = $2" }

fn read(r: &Row<'_>) -> Result<Field, StoreError> {
    let id = u32::try_from(r.int(0)?).map_err(|_| StoreError::Damaged("a field number out of range".into()))?;
    Ok(Field {
        id: FieldId::new(id),
        key: r.text(1)?,
        label: r.text(2)?,
        kind: r.word(3, FieldKind::parse)?,
        class: r.word(4, DataClass::parse)?,
        purpose: r.text(5)?,
        basis: r.word(6, LegalBasis::parse)?,
        retention_days: r.opt_int(7)?,
        created_at: r.time(8)?,
        retired_at: r.opt_time(9)?,
        said: r.opt_text(10)?.map(|word| said(&word)).transpose()?,
    })
}

fn said(word: &str) -> Result<KindOfData, StoreError> {
    KindOfData::parse(word).ok_or_else(|| StoreError::Damaged("a kind of data that is none".into()))
}

/// Every field, retired ones included, by number.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Field>, StoreError> {
    tx.all(&ALL, args![], read).await
}

/// Whether the field is new.
pub(super) async fn insert(tx: &mut Tx, f: &Field) -> Result<bool, StoreError> {
    let row = args![
        f.id,
        &f.key,
        &f.label,
        f.kind.as_str(),
        f.class.as_str(),
        &f.purpose,
        f.basis.as_str(),
        f.retention_days,
        f.created_at,
        f.said.map(KindOfData::as_str)
    ];
    Ok(tx.exec(&INSERT, row).await? == 1)
}

pub(super) async fn change(tx: &mut Tx, id: FieldId, c: &FieldChange) -> Result<(), StoreError> {
    let row = args![
        id,
        c.label.trim(),
        c.purpose.trim(),
        c.basis.as_str(),
        c.retention_days,
        c.kind_of_data.map(KindOfData::as_str)
    ];
    tx.exec(&CHANGE, row).await.map(drop)
}

pub(super) async fn retire(tx: &mut Tx, id: FieldId, now: Micros) -> Result<(), StoreError> {
    tx.exec(&RETIRE, args![id, now]).await.map(drop)
}
