//! What the reader's rights let through of what an entry asks for.
//!
//! Promise: a field whose class the reader may not see is taken out of the entry before it is
//! written, so the disclosure does not open it and the record does not say that it was shown. A
//! field that nobody registered counts as sensitive. The class of a field never changes, so it is
//! read once. Limit: values that are not sealed are left to the feature that shows them.

use crate::{Part, Row, Store, StoreError, args, statement};
use std::collections::HashMap;
use std::sync::RwLock;
use waxwing_domain::{Ctx, DataClass, FieldId, WorkspaceId};

statement! { CLASSES, "SELECT id, class FROM fields WHERE workspace_id = $1" }

/// Classes of registered fields, as far as they were asked for.
#[derive(Default)]
pub(crate) struct Classes(RwLock<HashMap<(WorkspaceId, FieldId), DataClass>>);

impl Classes {
    fn of(&self, workspace: WorkspaceId, field: FieldId) -> Option<DataClass> {
        // What a workspace does not define itself says something about a person.
        if field.get() < FieldId::FIRST_CUSTOM {
            return Some(DataClass::Personal);
        }
        self.0.read().ok()?.get(&(workspace, field)).copied()
    }
}

impl Store {
    /// The class of a field; sensitive where it is not registered.
    async fn class_of(&self, workspace: WorkspaceId, field: FieldId) -> Result<DataClass, StoreError> {
        if let Some(class) = self.classes().of(workspace, field) {
            return Ok(class);
        }
        let mut tx = self.read(workspace, "record.classes").await?;
        let read = |row: &Row<'_>| Ok((row.int(0)?, row.word(1, DataClass::parse)?));
        let found = tx.all(&CLASSES, args![], read).await?;
        let mut known = self.classes().0.write().map_err(|_| StoreError::Unavailable("record.classes"))?;
        for (id, class) in found {
            if let Ok(id) = u32::try_from(id) {
                known.insert((workspace, FieldId::new(id)), class);
            }
        }
        Ok(known.get(&(workspace, field)).copied().unwrap_or(DataClass::Sensitive))
    }

    /// The parts as the reader may have them; people stay named where all their fields are masked.
    pub(super) async fn mask(&self, ctx: &Ctx, parts: Vec<Part>) -> Result<Vec<Part>, StoreError> {
        if ctx.rights.clear == waxwing_domain::ClassSet::ALL {
            return Ok(parts);
        }
        let open = ctx.rights.unmasked.iter().map(|subject| subject.get()).collect::<roaring::RoaringBitmap>();
        let mut allowed = Vec::with_capacity(parts.len());
        for part in parts {
            let mut fields = Vec::with_capacity(part.fields.len());
            for &field in &part.fields {
                if ctx.rights.sees(self.class_of(ctx.workspace, field).await?) {
                    fields.push(field);
                }
            }
            let whole = Part { fields: part.fields, subjects: &part.subjects & &open };
            let masked = Part { fields, subjects: &part.subjects - &open };
            allowed.extend([whole, masked].into_iter().filter(|part| !part.subjects.is_empty()));
        }
        Ok(allowed)
    }
}
