//! Lines that were refused: sealed on disk in segments, one a transaction that refused any.
//!
//! Promise: a line is handed out if and only if the transaction that refused it committed, and
//! the handing out is on the record. Limit: the number and size of segments can be seen on disk.

use super::csv_text::neutral;
use super::file::SealedReader;
use super::files::{self, Use};
use super::reading::Refused;
use super::store;
use crate::{App, Error, Result};
use bytes::Bytes;
use futures::StreamExt as _;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use waxwing_crypto::FileKey;
use waxwing_domain::{Action, Ctx, ImportId, Operation};
use waxwing_store::{Entry, StoreError};

/// A stream of bytes of a file that is handed out.
pub type FileStream = futures::stream::BoxStream<'static, std::io::Result<Bytes>>;

const HEADER: &str = "line,reason,original\r\n";

/// Writes a segment durably; it counts once its row commits. Written again after a crash, it is
/// replaced by the same lines.
pub(super) fn write(app: &App, id: ImportId, segment: i64, key: &FileKey, lines: &[Refused]) -> Result<()> {
    let mut writer = files::create(app, &files::segment(app, id, segment), key)?;
    // The segment's own number stands inside, so that segments cannot be swapped on disk.
    writer.write(&segment.to_be_bytes()).map_err(files::disk)?;
    for line in lines {
        writer.write(csv_line(line)?.as_slice()).map_err(files::disk)?;
    }
    writer.finish().map(drop).map_err(files::disk)
}

fn csv_line(line: &Refused) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let cells = [line.line.to_string(), neutral(&line.reason).into_owned(), neutral(&line.original).into_owned()];
    let unwritten = |_| StoreError::Damaged("a refused line that cannot be written".into());
    writer.write_record(cells).map_err(unwritten)?;
    Ok(writer.into_inner().map_err(|_| StoreError::Damaged("a refused line that cannot be written".into()))?)
}

/// The refused lines as CSV: line, reason, original. The handing out is recorded before it begins.
///
/// # Errors
/// [`Error::Conflict`] when there are none, or when they were deleted after 30 days.
pub async fn download(app: &App, ctx: &Ctx, id: ImportId, destination: &'static str) -> Result<FileStream> {
    ctx.authorise(Action::ImportRun)?;
    super::may_see_rows(ctx)?;
    super::may_move(app, ctx).await?;
    let mut tx = app.read(ctx, "importing.rejects").await?;
    let import = store::one(&mut tx, id).await?.ok_or(Error::NotFound("import"))?;
    let segments = store::segments(&mut tx, id).await?;
    drop(tx);
    if segments.is_empty() {
        return Err(Error::Conflict("No line of this file was refused.".into()));
    }
    let key = files::key(app, ctx.workspace, id, Use::Rejects, import.reject_key.as_deref())?;
    let entry = Entry::new(Operation::Export, "importing.rejects").on("import", id.as_i64()).to(destination);
    app.store().disclose(ctx, entry).await?;
    Ok(stream(app.clone(), id, segments, key))
}

/// A file for refused lines, readable by its owner only; removed again unless lines were written.
pub struct RejectFile {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl RejectFile {
    /// Makes the file, before an import begins whose refused lines it is to hold.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it exists already or cannot be made.
    pub fn reserve(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(unwritable)?;
        Ok(Self { path: path.to_owned(), file, kept: false })
    }

    /// Writes the refused lines of an import, durably; recorded like [`download`]. Gives the bytes.
    pub async fn fill(mut self, app: &App, ctx: &Ctx, id: ImportId) -> Result<u64> {
        let mut lines = download(app, ctx, id, "file").await?;
        let mut bytes = 0;
        while let Some(piece) = lines.next().await {
            let piece = piece.map_err(files::disk)?;
            bytes += piece.len() as u64;
            self.file.write_all(&piece).map_err(unwritable)?;
        }
        self.file.sync_all().map_err(unwritable)?;
        self.kept = true;
        Ok(bytes)
    }
}

impl Drop for RejectFile {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "a file without refused lines could not be removed");
        }
    }
}

fn unwritable(error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull => StoreError::Full.into(),
        kind => Error::invalid("rejects", format!("cannot be written: {kind}")),
    }
}

fn stream(app: App, id: ImportId, segments: Vec<i64>, key: FileKey) -> FileStream {
    let (sender, receiver) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let send = |piece| sender.blocking_send(piece).is_ok();
        if !send(Ok(Bytes::from_static(HEADER.as_bytes()))) {
            return;
        }
        for segment in segments {
            let sent = read_segment(&app, id, segment, &key, &send);
            if let Err(error) = sent {
                tracing::error!(%error, import = %id, "a segment of refused lines cannot be read");
                send(Err(error));
                return;
            }
        }
    });
    Box::pin(futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    }))
}

/// Sends one segment; stops early when nobody listens any more.
fn read_segment(
    app: &App,
    id: ImportId,
    segment: i64,
    key: &FileKey,
    send: &impl Fn(std::io::Result<Bytes>) -> bool,
) -> std::io::Result<()> {
    let mut reader = SealedReader::open(&files::segment(app, id, segment), key)?;
    let mut number = [0; 8];
    reader.read_exact(&mut number)?;
    if i64::from_be_bytes(number) != segment {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a segment stands in the place of another"));
    }
    loop {
        let mut piece = vec![0; 32 * 1024];
        let count = reader.read(&mut piece)?;
        piece.truncate(count);
        if count == 0 || !send(Ok(piece.into())) {
            return Ok(());
        }
    }
}
