//! The editor of content, shared by templates and campaigns: fields, mistakes, pictures.

use super::{Content, ContentInput};
use crate::media::{self, pages::Shown};
use crate::{App, Error, Result};
use waxwing_domain::{Action, Ctx};
use waxwing_message::ContentFormat;

/// Pictures offered beside the editor.
const PICTURES: i64 = 12;

/// What was wrong with a form, by field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mistakes(Vec<(String, String)>);

impl Mistakes {
    /// What is wrong with a field; empty when nothing is.
    pub(crate) fn of(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, message)| message)
    }
    /// One more.
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push((field.to_owned(), message.into()));
    }
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Keeps what a person can mend beside its field; gives back all other errors.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid { field, message }) => {
                self.add(&field, message);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

/// The editor's state on a page.
pub(crate) struct Editor {
    pub(crate) input: ContentInput,
    pub(crate) mode: &'static str,
    pub(crate) mistakes: Mistakes,
    pub(crate) pictures: Vec<Shown>,
}

impl Editor {
    /// With what is typed, and the newest pictures for those who may see them.
    pub(crate) async fn new(app: &App, ctx: &Ctx, input: ContentInput, mistakes: Mistakes) -> Result<Self> {
        let mode = match ContentFormat::parse(&input.format) {
            Some(ContentFormat::Markdown) => "markdown",
            Some(ContentFormat::Text) => "text",
            _ => "html",
        };
        let mut pictures = Vec::new();
        if ctx.may(Action::ContentRead) {
            let mut tx = app.read(ctx, "templates.editor").await?;
            pictures = media::page(&mut tx, ctx, None, PICTURES).await?;
        }
        let pictures = pictures.iter().map(|picture| Shown::of(app, picture)).collect();
        Ok(Self { input, mode, mistakes, pictures })
    }

    /// Looks for mistakes by compiling; the message names the line.
    pub(crate) async fn check(content: &Content, subject: &str, preheader: &str) -> Result<Option<String>> {
        Ok(super::content::compile(content.source(subject, preheader)).await?.err().map(|error| error.to_string()))
    }

    /// Whether a format is the chosen one.
    pub(crate) fn is(&self, format: &str) -> bool {
        self.input.format == format
    }
}
