//! A page as files: plain HTML and its feed, to be put anywhere when this system is paused.
//!
//! Promise: the files need nothing of this system: no script, no style sheet, no picture, no form.

use super::{StatusPage, Update};
use askama::Template;
use std::path::Path;
use waxwing_app::{Error, Result};
use waxwing_domain::Micros;
use waxwing_store::StoreError;

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

/// The feed of a page (RFC 4287), under the address of this system.
pub(super) fn feed(page: &StatusPage, updates: &[Update], organisation: &str, public_url: &str) -> Result<String> {
    let address = format!("{public_url}{}", page.path());
    rendered(&Feed { page, updates, organisation, address })
}

/// The files of a page.
pub fn files(page: &StatusPage, updates: &[Update], organisation: &str, public_url: &str) -> Result<Vec<File>> {
    let html = rendered(&StaticPage { page, updates, organisation })?;
    let atom = feed(page, updates, organisation, public_url)?;
    Ok(vec![
        File { name: "index.html", kind: "text/html; charset=utf-8", text: html },
        File { name: "feed.atom", kind: "application/atom+xml", text: atom },
    ])
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
    template.render().map_err(|_| StoreError::Damaged("a public page that cannot be made".into()).into())
}
