//! The SQL of templates.

use super::{Content, Template};
use waxwing_domain::{Micros, TemplateId};
use waxwing_message::{ContentFormat, Wrapper, WrapperFormat};
use waxwing_store::{Row, StoreError, Tx, Value, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { TEMPLATES_KEPT, "templates" (id: Int, name: Text, format: Text, created_at: Int, updated_at: Int) }
statement! { INSERT,
"INSERT INTO templates (id, workspace_id, name, format, body, wrapper_format, wrapper, text_part, created_at, updated_at)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $9)" }
statement! { UPDATE,
"UPDATE templates SET name = $3, format = $4, body = $5, wrapper_format = $6, wrapper = $7, text_part = $8, updated_at = $9
 WHERE workspace_id = $1 AND id = $2" }
statement! { ALL, "SELECT id, name, format, updated_at FROM templates WHERE workspace_id = $1 ORDER BY name" }
statement! { BY_ID,
"SELECT id, name, format, updated_at, body, wrapper_format, wrapper, text_part FROM templates
 WHERE workspace_id = $1 AND id = $2" }
statement! { BY_NAME,
"SELECT id, name, format, updated_at, body, wrapper_format, wrapper, text_part FROM templates
 WHERE workspace_id = $1 AND name = $2" }
statement! { COUNT, "SELECT COUNT(*) FROM templates WHERE workspace_id = $1" }
statement! { DELETE, "DELETE FROM templates WHERE workspace_id = $1 AND id = $2" }

/// The word of a wrapper's format.
pub(super) const fn wrapper_word(format: WrapperFormat) -> &'static str {
    match format {
        WrapperFormat::Mjml => "mjml",
        WrapperFormat::Html => "html",
    }
}

fn row(id: TemplateId, name: &str, content: &Content, now: Micros) -> Vec<Value> {
    let wrapper = content.wrapper.as_ref();
    args![
        id,
        name,
        content.format.as_str(),
        &content.body,
        wrapper.map(|w| wrapper_word(w.format)),
        wrapper.map(|w| w.source.clone()),
        content.text.clone(),
        now
    ]
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: TemplateId,
    name: &str,
    content: &Content,
    now: Micros,
) -> Result<(), StoreError> {
    tx.exec(&INSERT, row(id, name, content, now)).await.map(drop)
}

pub(super) async fn update(
    tx: &mut Tx,
    id: TemplateId,
    name: &str,
    content: &Content,
    now: Micros,
) -> Result<u64, StoreError> {
    tx.exec(&UPDATE, row(id, name, content, now)).await
}

pub(super) async fn delete(tx: &mut Tx, id: TemplateId) -> Result<u64, StoreError> {
    tx.exec(&DELETE, args![id]).await
}

pub(super) async fn count(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.one(&COUNT, args![], |r| r.int(0)).await
}

fn head(r: &Row<'_>) -> Result<Template, StoreError> {
    Ok(Template {
        id: TemplateId::from_i64(r.int(0)?),
        name: r.text(1)?,
        format: r.word(2, ContentFormat::parse)?,
        updated_at: r.time(3)?,
    })
}

fn whole(r: &Row<'_>) -> Result<(Template, Content), StoreError> {
    let head = head(r)?;
    let format = match r.opt_text(5)?.as_deref() {
        Some("mjml") => WrapperFormat::Mjml,
        _ => WrapperFormat::Html,
    };
    let wrapper = r.opt_text(6)?.map(|source| Wrapper { format, source });
    let content = Content { format: head.format, body: r.text(4)?, wrapper, text: r.opt_text(7)? };
    Ok((head, content))
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Template>, StoreError> {
    tx.all(&ALL, args![], head).await
}

pub(super) async fn by_id(tx: &mut Tx, id: TemplateId) -> Result<Option<(Template, Content)>, StoreError> {
    tx.optional(&BY_ID, args![id], whole).await
}

pub(super) async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<(Template, Content)>, StoreError> {
    tx.optional(&BY_NAME, args![name], whole).await
}
