//! A file arrives: sealed while it streams in, then looked at.
//!
//! Promise: no byte of it reaches the disk in clear, and half a file leaves nothing behind. Limit:
//! the size of the file can be seen on the disk.

use super::file::{FileProblem, Form, Rows, Sniffer};
use super::files::{self, Use};
use super::mapping::FirstRow;
use super::{About, store};
use crate::fields::{self, Field};
use crate::{App, Error, Result};
use bytes::Bytes;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use waxwing_crypto::FileKey;
use waxwing_domain::{Action, Ctx, ImportId, Operation};
use waxwing_store::Entry;

/// Bytes read from a local file at a time.
const PIECE: usize = 256 * 1024;
/// The longest file name that is kept, in characters.
const LONGEST_NAME: usize = 200;

enum Piece {
    Bytes(Bytes),
    End,
}

/// A file that is being received. Dropped before [`finish`](Incoming::finish), it never came.
pub struct Incoming {
    app: App,
    ctx: Ctx,
    id: ImportId,
    upload_key: Vec<u8>,
    key: FileKey,
    pieces: mpsc::Sender<Piece>,
    writing: JoinHandle<Result<(u64, Form)>>,
}

impl Incoming {
    /// Begins to receive a file.
    pub async fn begin(app: &App, ctx: &Ctx) -> Result<Self> {
        ctx.authorise(Action::ImportRun)?;
        super::may_move(app, ctx).await?;
        let id = ImportId::from_i64(ctx.new_id());
        let (key, upload_key) = files::new_key(app, ctx.workspace, id, Use::Upload)?;
        let (pieces, mut incoming) = mpsc::channel(8);
        let (writer_app, writer_key) = (app.clone(), key.clone());
        let next = move || match incoming.blocking_recv() {
            Some(Piece::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Piece::End) => Ok(None),
            None => Err(Error::Conflict("The upload was broken off.".into())),
        };
        let writing = tokio::task::spawn_blocking(move || copy(&writer_app, id, &writer_key, next));
        Ok(Self { app: app.clone(), ctx: ctx.clone(), id, upload_key, key, pieces, writing })
    }

    /// Takes the next bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        if self.pieces.send(Piece::Bytes(bytes)).await.is_ok() {
            return Ok(());
        }
        // The writer ended by itself: it says why.
        match (&mut self.writing).await {
            Ok(Err(error)) => Err(error),
            _ => Err(Error::Conflict("The upload was broken off.".into())),
        }
    }

    /// The file is whole: finds out what it is, and keeps it for a person to decide on.
    ///
    /// # Errors
    /// [`Error::Invalid`] says what is wrong with the file; then nothing of it is kept.
    pub async fn finish(self, name: &str) -> Result<ImportId> {
        let Self { app, ctx, id, upload_key, key, pieces, writing } = self;
        // When this fails the writer has ended already, and its answer says why.
        drop(pieces.send(Piece::End).await);
        let (size, form) = match writing.await {
            Ok(answer) => answer?,
            Err(broken) => std::panic::resume_unwind(broken.into_panic()),
        };
        let copied = Copied { id, upload_key, key, size, form };
        keep(&app, &ctx, copied, name).await
    }
}

/// Takes a file of this machine in.
pub(super) async fn receive_file(app: &App, ctx: &Ctx, path: &Path) -> Result<ImportId> {
    ctx.authorise(Action::ImportRun)?;
    super::may_move(app, ctx).await?;
    let id = ImportId::from_i64(ctx.new_id());
    let (key, upload_key) = files::new_key(app, ctx.workspace, id, Use::Upload)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (from, copy_app, copy_key) = (path.to_owned(), app.clone(), key.clone());
    let (size, form) = files::blocking(move || copy(&copy_app, id, &copy_key, pieces_of(from)?)).await?;
    keep(app, ctx, Copied { id, upload_key, key, size, form }, &name).await
}

fn pieces_of(path: PathBuf) -> Result<impl FnMut() -> Result<Option<Bytes>>> {
    let unreadable = |e: std::io::Error| Error::invalid("file", format!("cannot be read: {}", e.kind()));
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    Ok(move || {
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece).map_err(unreadable)?;
        piece.truncate(count);
        Ok((count > 0).then(|| piece.into()))
    })
}

/// Seals what comes and watches it go by.
fn copy(
    app: &App,
    id: ImportId,
    key: &FileKey,
    mut next: impl FnMut() -> Result<Option<Bytes>>,
) -> Result<(u64, Form)> {
    let mut writer = files::create(app, &files::upload(app, id), key)?;
    let mut sniffer = Sniffer::new();
    while let Some(bytes) = next()? {
        sniffer.see(&bytes);
        writer.write(&bytes).map_err(files::disk)?;
    }
    let form = sniffer.form().map_err(super::problem)?;
    Ok((writer.finish().map_err(files::disk)?, form))
}

struct Copied {
    id: ImportId,
    upload_key: Vec<u8>,
    key: FileKey,
    size: u64,
    form: Form,
}

/// Writes the row of a copied file; without it the copy is removed.
async fn keep(app: &App, ctx: &Ctx, copied: Copied, name: &str) -> Result<ImportId> {
    let id = copied.id;
    let kept = keep_copied(app, ctx, copied, name).await;
    if kept.is_err() {
        files::remove(app, id, Use::Upload);
    }
    kept.map(|()| id)
}

async fn keep_copied(app: &App, ctx: &Ctx, copied: Copied, name: &str) -> Result<()> {
    let Copied { id, upload_key, key, size, form } = copied;
    let fields = fields::all(&mut app.read(ctx, "importing.fields").await?).await?;
    let first = first_row(app, id, key, form, fields).await?;
    let about = About { name: name.chars().take(LONGEST_NAME).collect(), columns: first.names, form };
    let mapping = serde_json::to_string(&first.mapping).map_err(|e| Error::Conflict(e.to_string()))?;
    let (_, reject_key) = files::new_key(app, ctx.workspace, id, Use::Rejects)?;
    let new = store::New {
        id,
        mapping,
        about: about.seal(app, ctx.workspace, id)?,
        upload_key,
        reject_key,
        size: i64::try_from(size).unwrap_or(i64::MAX),
        at: ctx.now(),
    };
    let mut tx = app.begin(ctx, "importing.receive").await?;
    store::insert(&mut tx, new).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "importing.receive").on("import", id.as_i64())).await?;
    Ok(tx.commit().await?)
}

/// Reads the first row that can be read at all.
async fn first_row(app: &App, id: ImportId, key: FileKey, form: Form, fields: Vec<Arc<Field>>) -> Result<FirstRow> {
    let app = app.clone();
    files::blocking(move || {
        let reader = files::read_upload(&app, id, &key).map_err(super::problem)?;
        let mut rows = Rows::new(reader, &form);
        match rows.next().map_err(super::problem)? {
            None => Err(super::problem(FileProblem::Empty)),
            Some(row) => match row.cells {
                Ok(cells) => Ok(FirstRow::read(&row, cells, &fields)),
                Err(fault) => Err(super::problem(FileProblem::NoRow(fault))),
            },
        }
    })
    .await
}
