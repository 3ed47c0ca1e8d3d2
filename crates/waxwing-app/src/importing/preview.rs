//! The first rows of a file, for a person who decides about its columns.
//!
//! Promise: the showing is on the record before it happens. Limit: the record names the file, not
//! the people in it: nobody knows yet who they are.

use super::file::{FileProblem, Rows};
use super::files::{self, Use};
use super::{About, store};
use crate::fields::{self, Field};
use crate::{App, Error, Result};
use std::sync::Arc;
use waxwing_domain::{Action, Ctx, DataClass, FieldId, ImportId, Operation};
use waxwing_store::Entry;

/// Rows that are shown.
const ROWS: usize = 20;
/// The longest cell that is shown, in characters.
const LONGEST: usize = 120;

/// A column of a file.
pub struct PreviewColumn {
    /// Its name in the file, or `Column 1` where there are no names.
    pub name: String,
    /// The field it fills.
    pub field: Option<FieldId>,
    /// Whether its name speaks for a field that an earlier column fills.
    pub doubled: bool,
}

/// What a person sees of a file before anything happens. Holds personal data.
pub struct Preview {
    /// The name of the file.
    pub name: String,
    /// Its encoding.
    pub encoding: &'static str,
    /// What stands between its cells.
    pub delimiter: &'static str,
    /// Whether its first row names the columns.
    pub header: bool,
    /// Its columns.
    pub columns: Vec<PreviewColumn>,
    /// Its first rows: the line, and the cells or why there are none.
    pub rows: Vec<(u64, std::result::Result<Vec<String>, String>)>,
    /// The fields that columns can fill.
    pub fields: Vec<Arc<Field>>,
}

/// Shows the first rows of a file.
///
/// # Errors
/// [`Error::Conflict`] when the file was deleted, as it is when its import has ended.
pub async fn preview(app: &App, ctx: &Ctx, id: ImportId) -> Result<Preview> {
    ctx.authorise(Action::ImportRun)?;
    super::may_move(app, ctx).await?;
    let mut tx = app.read(ctx, "importing.preview").await?;
    let import = store::one(&mut tx, id).await?.ok_or(Error::NotFound("import"))?;
    let fields = fields::all(&mut tx).await?;
    drop(tx);
    let key = files::key(app, ctx.workspace, id, Use::Upload, import.upload_key.as_deref())?;
    let entry = Entry::new(Operation::Read, "importing.preview").on("import", id.as_i64()).to("page");
    app.store().disclose(ctx, entry).await?;
    let about = About::open(app, ctx.workspace, id, &import.about)?;
    let (form, header) = (about.form, import.mapping.header);
    let reader = app.clone();
    let rows = files::blocking(move || {
        let source = files::read_upload(&reader, id, &key).map_err(super::problem)?;
        first_rows(Rows::new(source, &form), header).map_err(super::problem)
    })
    .await?;
    let rows = if ctx.rights.sees(DataClass::Personal) { rows } else { rows.into_iter().map(veiled).collect() };
    let doubled = import.mapping.ambiguous(&about.columns, &fields);
    let column = |(at, name)| PreviewColumn {
        name,
        field: import.mapping.columns.get(at).copied().flatten(),
        doubled: doubled.contains(&at),
    };
    Ok(Preview {
        name: about.name,
        encoding: form.encoding.name(),
        delimiter: form.delimiter_name(),
        header,
        columns: about.columns.into_iter().enumerate().map(column).collect(),
        rows,
        fields,
    })
}

/// A row as somebody sees it whose role masks people: how many cells there are, and no more.
fn veiled((line, cells): Shown) -> Shown {
    (line, cells.map(|cells| cells.iter().map(|_| "•••".to_owned()).collect()))
}

type Shown = (u64, std::result::Result<Vec<String>, String>);

fn first_rows<R: std::io::Read>(mut rows: Rows<R>, header: bool) -> std::result::Result<Vec<Shown>, FileProblem> {
    if header {
        rows.next()?;
    }
    let mut shown = Vec::with_capacity(ROWS);
    while shown.len() < ROWS {
        let Some(row) = rows.next()? else { break };
        let cut = |cell: String| cell.chars().take(LONGEST).collect();
        let cells = row.cells.map(|cells| cells.all(row.text).into_iter().map(cut).collect());
        shown.push((row.line, cells.map_err(|fault| fault.to_string())));
    }
    Ok(shown)
}
