//! A campaign as a file, for programs and the command line.
//!
//! Promise: a file that is sent went through the same review as a campaign from the pages, and a
//! footer is added where it lacks one. Limit: the list must exist.

use super::review::review;
use super::{CampaignState, Edit, From, Ordered, compose, depart, footer, store};
use crate::sending::Counts;
use crate::templates::{self, Content, ContentInput};
use crate::{App, Error, Result, lists};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use utoipa::ToSchema;
use waxwing_domain::{Action, CampaignId, Ctx};
use waxwing_message::{MAX_CONTENT, Revision};
use waxwing_store::Tx;

/// What the file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    /// `news@example.org` or `Orchard News <news@example.org>`.
    pub from: String,
    /// A template of one line.
    pub subject: String,
    /// What mailboxes show after the subject.
    #[serde(default)]
    pub preheader: String,
    /// The list's name.
    pub list: String,
    /// `mjml`, `markdown`, `html` or `text`; that of the template where one is named.
    pub format: Option<String>,
    /// The content; one of `body`, `body_file` and `template`.
    pub body: Option<String>,
    /// A file with the content, beside this file.
    pub body_file: Option<PathBuf>,
    /// The name of a template, or `starter:newsletter`.
    pub template: Option<String>,
    /// A text part of its own.
    pub text: Option<String>,
    /// What the team calls it; the subject where absent.
    pub name: Option<String>,
    /// Where answers go.
    #[serde(default)]
    pub reply_to: String,
    /// Why people get it.
    #[serde(default)]
    pub reason: String,
}

impl CampaignFile {
    /// Reads a file; `body_file` is read beside it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the file or the field, and the line where the file is no TOML.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_text(path, "file")?;
        let mut file: Self = toml::from_str(&text).map_err(|error| Error::invalid("file", error))?;
        if let Some(name) = file.body_file.take() {
            if file.body.is_some() {
                return Err(Error::invalid("body_file", "Give body or body_file, not both."));
            }
            let beside = path.parent().unwrap_or_else(|| Path::new("."));
            file.body = Some(read_text(&beside.join(name), "body_file")?);
        }
        Ok(file)
    }

    /// The parts of From.
    fn sender(&self) -> From {
        let (name, address) = match self.from.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address),
            None => ("", self.from.trim()),
        };
        From { name: name.to_owned(), address: address.to_owned(), reply_to: self.reply_to.clone() }
    }

    /// What the team calls it.
    fn name(&self) -> String {
        let name = self.name.as_deref().unwrap_or(&self.subject).trim();
        let name: String = name.chars().take(200).collect();
        if name.is_empty() { "Campaign".to_owned() } else { name }
    }
}

fn read_text(path: &Path, field: &str) -> Result<String> {
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, field, &error))?.len();
    if size > 2 * MAX_CONTENT as u64 {
        return Err(Error::invalid(field, format!("{} is larger than a mail can be.", path.display())));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(path, field, &error))
}

fn unreadable(path: &Path, field: &str, error: &std::io::Error) -> Error {
    Error::invalid(field, format!("{} cannot be read: {error}.", path.display()))
}

/// Makes a campaign of a file, reviews it and starts it at once. Opens its own transactions.
///
/// # Errors
/// [`Error::Invalid`] for a field of the file; [`Error::Conflict`] with everything the review found
/// in the way: the draft stays, to be mended in the pages.
pub async fn send_file(app: &App, ctx: &Ctx, file: CampaignFile) -> Result<CampaignId> {
    ctx.authorise(Action::CampaignsSend)?;
    let mut tx = app.read(ctx, "campaigns.file").await?;
    let list = lists::by_name(&mut tx, &file.list).await?;
    let list = list.ok_or_else(|| Error::invalid("list", format!("There is no list “{}”.", file.list)))?;
    let content = content_of(&mut tx, ctx, &file).await?;
    drop(tx);
    let content = with_footer(&file, content).await?;
    let mut tx = app.begin(ctx, "campaigns.file").await?;
    let id = compose::create(app, &mut tx, ctx, &file.name(), content).await?;
    let edits = vec![
        Edit::Audience { lists: vec![list.id], reason: file.reason.clone() },
        Edit::Sender(file.sender()),
        Edit::Subject { subject: file.subject.clone(), preheader: file.preheader.clone() },
    ];
    compose::edit(app, &mut tx, ctx, id, edits).await?;
    tx.commit().await?;
    let proof = review(app, ctx, id).await?.passed()?;
    match depart::start_now(app, ctx, &proof).await? {
        Ordered::Now(_) => Ok(id),
        Ordered::Waits(request) => {
            Err(Error::Conflict(format!("Campaign {id} waits for a second person’s yes: request {request}.")))
        }
    }
}

async fn content_of(tx: &mut Tx, ctx: &Ctx, file: &CampaignFile) -> Result<Content> {
    if let Some(body) = &file.body {
        let input = ContentInput {
            format: file.format.clone().ok_or_else(|| Error::invalid("format", "Say mjml, markdown, html or text."))?,
            body: body.clone(),
            text: file.text.clone().unwrap_or_default(),
            ..ContentInput::default()
        };
        return input.parse();
    }
    let none = || Error::invalid("body", "Give body, body_file or template.");
    let name = file.template.as_deref().ok_or_else(none)?;
    if name.starts_with("starter:") {
        return templates::beginning(tx, ctx, name).await;
    }
    let found = templates::by_name(tx, ctx, name).await?;
    let unknown = || Error::invalid("template", format!("There is no template “{name}”."));
    found.map(|(_, content)| content).ok_or_else(unknown)
}

/// A file is written by people who know what they want to say, not what a footer needs.
async fn with_footer(file: &CampaignFile, content: Content) -> Result<Content> {
    let source = content.source(&file.subject, &file.preheader);
    let compiled = tokio::task::spawn_blocking(move || Revision::compile(&source)).await;
    let compiled = compiled.map_err(|_| Error::invalid("body", "The content could not be compiled."))?;
    let revision = compiled.map_err(|error| Error::invalid("body", error))?;
    Ok(if footer::lacks(&revision) { footer::added(&content) } else { content })
}

/// What became of a campaign, in numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = CampaignReport)]
pub struct Report {
    /// Its id.
    pub id: String,
    /// What the team calls it.
    pub name: String,
    /// `draft`, `leaving`, `scheduled`, `missed`, `sending`, `paused`, `sent` or `cancelled`.
    pub state: &'static str,
    /// Everybody it goes to; the sum of accepted, deferred, failed, skipped, unknown and pending.
    pub audience: i64,
    /// A relay took responsibility. Not: delivered.
    pub accepted: i64,
    /// Refused for now; will be tried again.
    pub deferred: i64,
    /// Refused for good.
    pub failed: i64,
    /// Not sent, for a stated reason.
    pub skipped: i64,
    /// Sent, and the answer was lost.
    pub unknown: i64,
    /// No outcome yet.
    pub pending: i64,
    /// Left by this campaign's links.
    pub unsubscribed: i64,
    /// Why nothing leaves, where something holds it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_because: Option<String>,
}

/// How a campaign stands, for programs.
pub async fn report(tx: &mut Tx, ctx: &Ctx, id: CampaignId) -> Result<Report> {
    ctx.authorise(Action::ReportsRead)?;
    let campaign = store::by_id(tx, id).await?.ok_or(Error::NotFound("campaign"))?;
    let standing = super::standing(tx, ctx, &campaign.state).await?;
    let counts = standing.counts.unwrap_or_default();
    let unsubscribed = match campaign.state {
        CampaignState::Started { source } => crate::unsubscribe::count(tx, ctx, source).await?,
        _ => 0,
    };
    Ok(Report {
        id: id.to_string(),
        name: campaign.name,
        state: standing.phase.as_str(),
        audience: counts.audience,
        accepted: counts.accepted,
        deferred: counts.deferred,
        failed: counts.failed,
        skipped: counts.skipped,
        unknown: counts.unknown,
        pending: counts.pending,
        unsubscribed,
        held_because: standing.held_because,
    })
}

/// Waits until nothing is pending or deferred, nothing more will leave, or `timeout` has passed;
/// `seen` is called about once a second. The last report says which of them it was.
pub async fn wait(
    app: &App,
    ctx: &Ctx,
    id: CampaignId,
    timeout: Option<Duration>,
    mut seen: impl FnMut(&Counts),
) -> Result<Report> {
    let begun = Instant::now();
    loop {
        let mut tx = app.read(ctx, "campaigns.wait").await?;
        let campaign = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("campaign"))?;
        let standing = super::standing(&mut tx, ctx, &campaign.state).await?;
        let counts = standing.counts.clone().unwrap_or_default();
        seen(&counts);
        let over = timeout.is_some_and(|timeout| begun.elapsed() >= timeout);
        if over || counts.is_complete() || !standing.phase.will_move() {
            return report(&mut tx, ctx, id).await;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "from = \"Orchard <news@example.org>\"\nsubject = \"Hi\"\nlist = \"All\"\nformat = \"text\"\n";

    #[test]
    fn a_file_names_its_sender_with_or_without_a_name() {
        let file: CampaignFile = toml::from_str(&format!("{WHOLE}body = \"x\"")).expect("reads");
        assert_eq!((file.sender().name.as_str(), file.sender().address.as_str()), ("Orchard", "news@example.org"));
        let bare = CampaignFile { from: " news@example.org ".into(), ..file };
        assert_eq!((bare.sender().name.as_str(), bare.sender().address.as_str()), ("", "news@example.org"));
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_line() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("c.toml");
        std::fs::write(&path, format!("{WHOLE}bdoy = \"x\"")).expect("writes");
        let error = CampaignFile::read(&path).expect_err("refused").to_string();
        assert!(error.contains("bdoy") && error.contains("line 5"), "{error}");
    }

    #[test]
    fn the_body_is_read_beside_the_file_and_given_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("c.toml");
        std::fs::write(dir.path().join("b.txt"), "Hello").expect("writes");
        std::fs::write(&path, format!("{WHOLE}body_file = \"b.txt\"")).expect("writes");
        assert_eq!(CampaignFile::read(&path).expect("reads").body.as_deref(), Some("Hello"));
        std::fs::write(&path, format!("{WHOLE}body_file = \"b.txt\"\nbody = \"x\"")).expect("writes");
        assert!(CampaignFile::read(&path).is_err());
        std::fs::write(&path, format!("{WHOLE}body_file = \"gone.txt\"")).expect("writes");
        assert!(CampaignFile::read(&path).expect_err("refused").to_string().contains("gone.txt"));
        std::fs::write(&path, b"\xff\xfe").expect("writes");
        assert!(CampaignFile::read(&path).is_err());
    }
}
