//! Files from outside that are evidence of a case.

use crate::cli::CaseFileCommand;
use crate::commands::desk::Desk;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use waxwing_breach::incidents::{self, CaseFile, LARGEST_FILE, NewFile};
use waxwing_domain::{CasePartId, IncidentId};

pub(super) async fn run(desk: &Desk, command: CaseFileCommand) -> anyhow::Result<Value> {
    match command {
        CaseFileCommand::List(id) => list(desk, id.case.parse()?).await,
        CaseFileCommand::Put { case, file, from, at } => put(desk, case.parse()?, &file, (from, at.as_deref())).await,
        CaseFileCommand::Take { case, number, to } => take(desk, (case.parse()?, number.parse()?), &to).await,
    }
}

fn view(file: &CaseFile) -> Value {
    json!({
        "id": file.id, "name": file.name, "from": file.source, "acquired_at": file.acquired_at, "put_in_at": file.put_at,
        "by": file.by.to_columns().0, "bytes": file.size, "sha256": file.hash_text(),
    })
}

async fn list(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let files = async |tx: &mut _| incidents::files(&desk.app, tx, &desk.ctx, id).await;
    let files = desk.look(("incidents.files", id), files).await?;
    let row = |file: &CaseFile| {
        let line =
            format!("{}  {:>10}  {}, from {}\n     {}", file.id, file.size, file.name, file.source, file.hash_text());
        (line, view(file))
    };
    Ok(desk.listed("files", "Nothing from outside was put in.", files.iter().map(row)))
}

async fn put(desk: &Desk, id: IncidentId, path: &Path, (source, at): (String, Option<&str>)) -> anyhow::Result<Value> {
    let name = path.file_name().context("that is no file")?.to_string_lossy().into_owned();
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    file.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    ensure!(bytes.len() <= LARGEST_FILE, "it is larger than 10 MB");
    let new = NewFile { name, source, acquired_at: desk.moment(at)?, bytes };
    let file = incidents::put_file(&desk.app, &desk.ctx, id, new).await?;
    Ok(desk.said(&format!("{} is part of the evidence. SHA-256: {}", file.id, file.hash_text()), view(&file)))
}

async fn take(desk: &Desk, (id, file): (IncidentId, CasePartId), to: &Path) -> anyhow::Result<Value> {
    let new = OpenOptions::new().create_new(true).write(true).mode(0o600).open(to);
    let mut new = new.with_context(|| to.display().to_string())?;
    let (file, bytes) = incidents::take_file(&desk.app, &desk.ctx, id, file).await?;
    new.write_all(&bytes).with_context(|| to.display().to_string())?;
    Ok(desk.said(&format!("{} is in {}, readable by you only.", file.name, to.display()), view(&file)))
}
