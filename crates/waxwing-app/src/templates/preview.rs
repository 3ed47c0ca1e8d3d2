//! Live previews: drawn in memory, fetched by a short-lived token into a sandboxed frame.
//!
//! Promise: a preview is shown to the credential that had it drawn and to nobody else, under a
//! policy that runs nothing; nothing of it is stored. Limit: it lives in one process for five
//! minutes, and the oldest are dropped when there are many.

use super::content::compile;
use crate::{App, Result};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Action, Ctx, Micros};
use waxwing_http::{Fail, Sandboxed, Segment, Who};
use waxwing_message::{
    CampaignFacts, CampaignValues, PersonalLinks, RenderValues, Rendered, RevisionSource, SubscriberValues,
};

/// How long a preview can be fetched, in microseconds.
const LIFE: i64 = 5 * Micros::MINUTE;
/// Previews kept at once.
const MOST: usize = 64;
/// Bytes kept at once.
const MOST_BYTES: usize = 32 << 20;

/// Which part of the mail is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Part {
    /// The HTML, or the text where there is no HTML.
    #[default]
    Html,
    /// The text.
    Text,
}

impl Part {
    /// Reads `text`; everything else is the HTML.
    pub fn parse(word: &str) -> Self {
        if word == "text" { Self::Text } else { Self::Html }
    }
}

/// A drawn preview.
pub struct Drawn {
    /// The page for the frame.
    pub html: String,
    /// The subject as the person would read it.
    pub subject: String,
    /// The size of both parts in bytes.
    pub bytes: usize,
}

impl Drawn {
    /// One part of a mail as a page.
    pub fn of(rendered: Rendered, part: Part) -> Self {
        let bytes = rendered.text.len() + rendered.html.as_ref().map_or(0, String::len);
        let html = rendered.html.filter(|_| part == Part::Html).unwrap_or_else(|| text_page(&rendered.text));
        Self { html, subject: rendered.subject.as_str().to_owned(), bytes }
    }
}

impl fmt::Debug for Drawn {
    /// Everything here may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drawn(…)")
    }
}

/// Draws content for one person. The error is a sentence for its author, with the line.
pub async fn draw(
    source: RevisionSource,
    facts: CampaignFacts,
    person: SubscriberValues,
    links: PersonalLinks,
    part: Part,
) -> Result<std::result::Result<Drawn, String>> {
    let revision = match compile(source).await? {
        Ok(revision) => revision,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let drawn = tokio::task::spawn_blocking(move || {
        let values = RenderValues::new(&CampaignValues::new(&facts), person, links);
        revision.render(&values)
    });
    let drawn = drawn.await.map_err(|_| crate::Error::invalid("body", "The content could not be drawn."))?;
    Ok(drawn.map_err(|error| error.to_string()).map(|rendered| Drawn::of(rendered, part)))
}

/// A text part as a page.
fn text_page(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><style>pre{{white-space:pre-wrap;font:14px/1.5 monospace;margin:16px}}\
         </style></head><body><pre>{escaped}</pre></body></html>"
    )
}

/// A person who does not exist, for previews; of custom fields nothing is known.
pub fn made_up() -> SubscriberValues {
    SubscriberValues {
        email: "alex@example.com".to_owned(),
        first_name: "Alex".to_owned(),
        last_name: "Example".to_owned(),
        custom: Vec::new(),
    }
}

struct Kept {
    hash: [u8; 32],
    credential: i64,
    until: Micros,
    html: String,
}

/// Previews waiting to be fetched.
#[derive(Default)]
pub struct Shelf(Mutex<VecDeque<Kept>>);

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf(…)")
    }
}

impl Shelf {
    /// Keeps a page for the acting credential; gives the token.
    pub fn put(&self, ctx: &Ctx, html: String) -> String {
        let token = SecretToken::random(SecretPurpose::Preview, &*ctx.rng);
        let kept = Kept { hash: token.hash(), credential: ctx.actor.credential(), until: ctx.now().plus(LIFE), html };
        // A panic of another holder leaves whole entries; there is nothing to repair.
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.retain(|old| old.until > ctx.now());
        shelf.push_back(kept);
        while shelf.len() > MOST || shelf.iter().map(|old| old.html.len()).sum::<usize>() > MOST_BYTES {
            shelf.pop_front();
        }
        token.text()
    }

    /// The page of a token, if it is this credential's and not too old.
    pub fn get(&self, ctx: &Ctx, token: &str) -> Option<String> {
        let token = SecretToken::parse(SecretPurpose::Preview, token).ok()?;
        let shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = shelf.iter().find(|kept| token.matches(&kept.hash))?;
        (found.credential == ctx.actor.credential() && found.until > ctx.now()).then(|| found.html.clone())
    }
}

/// What the preview island is told.
#[derive(Serialize)]
pub(crate) struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Answer {
    /// What became of a drawing; `under` is the path that previews are fetched from.
    pub(crate) fn of(shelf: &Shelf, ctx: &Ctx, drawn: std::result::Result<Drawn, String>, under: &str) -> Json<Self> {
        Json(match drawn {
            Ok(drawn) => {
                let size = waxwing_http::count(drawn.bytes as i64);
                let note = format!("Subject: {} · {size} bytes", drawn.subject);
                let token = shelf.put(ctx, drawn.html);
                Self { url: Some(format!("{under}/{token}")), note: Some(note), error: None }
            }
            Err(error) => Self { url: None, note: None, error: Some(error) },
        })
    }
}

/// Answers with a preview in its box.
pub(crate) async fn show(
    shelf: Arc<Shelf>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
) -> std::result::Result<Sandboxed, Fail> {
    ctx.authorise(Action::ContentRead)?;
    shelf.get(&ctx, &token).map(Sandboxed::preview).ok_or(Fail::NotFound)
}

/// The facts of a preview before a campaign has any: recognisable, and never empty.
pub(super) async fn facts(State(app): &State<App>, ctx: &Ctx, subject: &str) -> Result<CampaignFacts> {
    let mut tx = app.read(ctx, "templates.preview").await?;
    let settings = crate::settings::load(&mut tx).await?;
    let or = |text: String, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text };
    Ok(CampaignFacts {
        organisation: or(settings.organisation, "[organisation]"),
        postal_address: or(settings.postal_address, "[postal address]"),
        list_name: "[list]".to_owned(),
        reason: "[why people get this mail]".to_owned(),
        subject: subject.to_owned(),
    })
}
