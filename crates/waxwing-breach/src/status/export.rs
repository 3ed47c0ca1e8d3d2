//! A page as files: plain HTML, its feed and how to host them, to be put anywhere when this system is paused.
//!
//! Promise: the files need nothing of this system: no script, no style sheet, no picture, no form; the same updates give
//! the same bytes, as a directory and as one archive. Limit: nobody can ask there whether they were affected.

use super::{StatusPage, Update};
use askama::Template;
use std::path::Path;
use waxwing_app::{App, Error, Result, settings};
use waxwing_domain::{Ctx, IncidentId, Micros};
use waxwing_store::{StoreError, Tx};

/// A file of the export.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// Its text.
    pub text: String,
}

#[derive(Template)]
#[template(path = "status/pages/static.html")]
struct StaticPage<'a> {
    page: &'a StatusPage,
    updates: &'a [Update],
    organisation: &'a str,
}

#[derive(Template)]
#[template(path = "status/pages/feed.xml")]
struct Feed<'a> {
    page: &'a StatusPage,
    updates: &'a [Update],
    organisation: &'a str,
    address: String,
}

impl Feed<'_> {
    fn stamp(&self, at: &Micros) -> String {
        at.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
    fn newest(&self) -> String {
        let newest = self.updates.first().map(|update| update.at).or(self.page.published_at);
        self.stamp(&newest.unwrap_or_default())
    }
}

#[derive(Template)]
#[template(path = "status/pages/readme.txt")]
struct Readme<'a> {
    page: &'a StatusPage,
    address: String,
}

/// The page of a case as files, and the last part of its address.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case, and for a case without a page.
pub async fn take_out(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId) -> Result<(String, Vec<File>)> {
    let page = super::of_case(tx, ctx, case).await?.ok_or(Error::NotFound("page"))?;
    let updates = super::updates(tx, page.id).await?;
    let organisation = organisation(tx).await?;
    let files = files(&page, &updates, &organisation, &app.config().public_url)?;
    Ok((page.slug, files))
}

/// How every public page names the sender.
pub(super) async fn organisation(tx: &mut Tx) -> Result<String> {
    let set = settings::load(tx).await?;
    Ok(if set.organisation.is_empty() { "the sender".into() } else { set.organisation })
}

/// The feed of a page (RFC 4287), under the address of this system.
pub(super) fn feed(page: &StatusPage, updates: &[Update], organisation: &str, public_url: &str) -> Result<String> {
    let address = format!("{public_url}{}", page.path());
    rendered(&Feed { page, updates, organisation, address })
}

/// The files of a page.
pub fn files(page: &StatusPage, updates: &[Update], organisation: &str, public_url: &str) -> Result<Vec<File>> {
    let html = rendered(&StaticPage { page, updates, organisation })?;
    let atom = feed(page, updates, organisation, public_url)?;
    let readme = rendered(&Readme { page, address: format!("{public_url}{}", page.path()) })?;
    Ok(vec![
        File { name: "README.txt", kind: "text/plain; charset=utf-8", text: readme },
        File { name: "feed.atom", kind: "application/atom+xml", text: atom },
        File { name: "index.html", kind: "text/html; charset=utf-8", text: html },
    ])
}

/// The files as one tar archive (POSIX.1-1988 `ustar`), in a folder called `name`; every property but their text is fixed.
///
/// # Errors
/// `Damaged` for a name that no archive can hold; an address of a page is not one.
pub fn pack(name: &str, files: &[File]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(file.text.len() as u64);
        // Readable by everybody: a web server of another account hands them out.
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        let path = format!("{name}/{}", file.name);
        archive.append_data(&mut header, path, file.text.as_bytes()).map_err(|_| damaged())?;
    }
    archive.into_inner().map_err(|_| damaged())
}

fn damaged() -> Error {
    StoreError::Damaged("a public page that cannot be made".into()).into()
}

/// Writes the files into the new directory `dir`.
///
/// # Errors
/// [`Error::Conflict`] where it exists or cannot be written.
pub fn to_directory(files: &[File], dir: &Path) -> Result<()> {
    let unwritable = |error: std::io::Error| Error::Conflict(format!("It cannot be written: {}.", error.kind()));
    std::fs::create_dir(dir).map_err(unwritable)?;
    for file in files {
        std::fs::write(dir.join(file.name), &file.text).map_err(unwritable)?;
    }
    Ok(())
}

fn rendered(template: &impl Template) -> Result<String> {
    template.render().map_err(|_| damaged())
}
