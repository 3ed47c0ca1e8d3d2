//! Notices, for programs. A person sends them; a program may write and read.

use super::{Group, NewNotice, Notice, Prepared, Progress, Tone, Words};
use crate::incidents;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{Ctx, IncidentId, NoticeId, Operation};
use waxwing_http::{ApiJson, Fail, Segment, Who};
use waxwing_law::drafts::Locale;
use waxwing_store::Entry;

/// A letter in one language.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = NoticeLetter)]
pub(crate) struct LetterView {
    /// The subject line.
    title: String,
    /// The text, with `{data}` once: there each person reads which of their data it was.
    text: String,
}

/// A notice.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeView {
    /// Its id.
    id: String,
    /// draft, sent, withdrawn
    state: &'static str,
    /// Grows with every change of a draft.
    version: i64,
    /// The frozen answer whose people it goes to.
    frozen_answer: String,
    /// Whether those of whom it is only possible are told too.
    possible: bool,
    /// The letters by language.
    letters: BTreeMap<String, LetterView>,
    /// The language of whoever has none of those.
    usual: String,
    /// From which address.
    from: String,
    /// When it was ordered (RFC 3339).
    sent_at: Option<String>,
    /// SHA-256 over words, people and relay, as it was ordered.
    digest: Option<String>,
}

impl From<&Notice> for NoticeView {
    fn from(notice: &Notice) -> Self {
        let letter = |letter: &super::Letter| LetterView { title: letter.title.clone(), text: letter.text.clone() };
        let letters = notice.words.letters.iter();
        Self {
            id: notice.id.to_string(),
            state: notice.state.as_str(),
            version: notice.version,
            frozen_answer: notice.radius.to_string(),
            possible: notice.possible,
            letters: letters.map(|(locale, one)| (locale.as_str().to_owned(), letter(one))).collect(),
            usual: notice.words.usual.as_str().to_owned(),
            from: notice.words.from.clone(),
            sent_at: notice.sent.map(|(at, _)| at.to_string()),
            digest: notice.digest.map(hex::encode),
        }
    }
}

/// People who read the same letter.
#[derive(Serialize, ToSchema)]
#[schema(as = NoticeGroup)]
pub(crate) struct GroupView {
    /// In which language.
    language: &'static str,
    /// Kinds of their data that certainly reached others.
    certain: Vec<&'static str>,
    /// Kinds that may have.
    possible: Vec<&'static str>,
    /// How many people.
    people: u64,
}

impl From<&Group> for GroupView {
    fn from(group: &Group) -> Self {
        Self {
            language: group.locale.as_str(),
            certain: group.certain.iter().map(|kind| kind.as_str()).collect(),
            possible: group.possible.iter().map(|kind| kind.as_str()).collect(),
            people: group.people.len(),
        }
    }
}

/// Something that stands in the way, or that a person must let stand.
#[derive(Serialize, ToSchema)]
#[schema(as = NoticeFinding)]
pub(crate) struct FindingView {
    /// The rule; none for what is missing beside the words.
    rule: Option<&'static str>,
    /// In which letter.
    language: Option<&'static str>,
    /// Whether it blocks; else a person may let it stand.
    blocks: bool,
    /// Why it matters.
    why: String,
    /// How to mend it.
    mend: String,
}

/// How far a notice is.
#[derive(Serialize, ToSchema)]
#[schema(as = NoticeProgress)]
pub(crate) struct ProgressView {
    /// Everybody it was ordered for.
    people: i64,
    /// A relay took responsibility.
    accepted: i64,
    /// Waits, or is put off.
    waiting: i64,
    /// Refused for good.
    failed: i64,
    /// Known not to be reachable, or erased since.
    left_out: i64,
    /// Sent, and the answer was lost.
    unknown: i64,
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        let Progress { people, accepted, waiting, failed, skipped, unknown, .. } = progress;
        Self { people, accepted, waiting, failed, left_out: skipped, unknown }
    }
}

/// A notice as it would leave, or as it left.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeDetail {
    /// The notice.
    notice: NoticeView,
    /// Who reads which letter.
    groups: Vec<GroupView>,
    /// How many people of the answer are here no more.
    gone: u64,
    /// What was found.
    findings: Vec<FindingView>,
    /// How far it is, once it was sent.
    progress: Option<ProgressView>,
}

impl NoticeDetail {
    fn of(it: &Prepared, progress: Progress) -> Self {
        let findings = it.found.iter().map(|found| FindingView {
            rule: found.rule.map(|rule| rule.as_str()),
            language: found.locale.map(|locale| locale.as_str()),
            blocks: found.tone() == Tone::Blocks,
            why: found.why.clone(),
            mend: found.mend.clone(),
        });
        Self {
            notice: (&it.notice).into(),
            groups: it.groups.iter().map(GroupView::from).collect(),
            gone: it.gone,
            findings: findings.collect(),
            progress: it.notice.sent.map(|_| progress.into()),
        }
    }
}

/// The notices of a case, newest first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/notices", tag = "notices", operation_id = "notices_index",
    params(("id" = String, Path)), responses((status = 200, body = Vec<NoticeView>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<NoticeView>>, Fail> {
    let mut tx = app.read(&ctx, "notices.index").await?;
    let notices = super::of_case(&app, &mut tx, &ctx, id).await?;
    drop(tx);
    looked(&app, &ctx, id, "notices.index").await?;
    Ok(Json(notices.iter().map(NoticeView::from).collect()))
}

async fn looked(app: &App, ctx: &Ctx, case: IncidentId, what: &'static str) -> Result<(), Error> {
    let entry = Entry::new(Operation::Read, what).on("incident", case.as_i64()).to("api");
    app.store().disclose(ctx, entry).await?;
    Ok(())
}

/// What a notice is begun with.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NoticeInput {
    /// The number of the frozen answer whose people it goes to.
    frozen_answer: String,
    /// Whether those of whom it is only possible are told too.
    #[serde(default)]
    possible: bool,
}

/// Begins a notice from the words of the case.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/notices", tag = "notices", operation_id = "notices_create",
    params(("id" = String, Path)), request_body = NoticeInput, responses((status = 201, body = NoticeDetail)))]
pub(crate) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(input): ApiJson<NoticeInput>,
) -> Result<(StatusCode, Json<NoticeDetail>), Fail> {
    let radius = input.frozen_answer.parse().map_err(|_| Fail::invalid("frozen_answer", "That is no number."))?;
    let mut tx = app.begin(&ctx, "notices.create").await?;
    let new = NewNotice { radius, possible: input.possible };
    let notice = super::create(&app, &mut tx, &ctx, id, new).await?;
    let detail = detail(&app, &mut tx, &ctx, id, notice).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(detail)))
}

pub(super) async fn detail(
    app: &App,
    tx: &mut waxwing_store::Tx,
    ctx: &Ctx,
    case: IncidentId,
    id: NoticeId,
) -> Result<NoticeDetail, Error> {
    let prepared = super::prepare(app, tx, ctx, case, id).await?;
    Ok(NoticeDetail::of(&prepared, super::progress(tx, id).await?))
}

/// A notice: who would read what, what stands in the way, how far it is.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/notices/{part}", tag = "notices", operation_id = "notices_show",
    params(("id" = String, Path), ("part" = String, Path)), responses((status = 200, body = NoticeDetail)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
) -> Result<Json<NoticeDetail>, Fail> {
    let mut tx = app.read(&ctx, "notices.show").await?;
    let detail = detail(&app, &mut tx, &ctx, case, id).await?;
    drop(tx);
    looked(&app, &ctx, case, "notices.show").await?;
    Ok(Json(detail))
}

/// What is changed of a draft; what is not given stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NoticeChange {
    /// The version that was looked at.
    version: i64,
    /// Whether those of whom it is only possible are told too.
    possible: Option<bool>,
    /// The letters by language; all of them together.
    letters: Option<BTreeMap<String, LetterView>>,
    /// The language of whoever has none of those.
    usual: Option<String>,
    /// The name beside the address.
    from_name: Option<String>,
    /// From which address.
    from: Option<String>,
    /// Where answers go, if not there.
    reply_to: Option<String>,
    /// The relay that it goes through.
    relay: Option<String>,
}

impl NoticeChange {
    fn words(self, words: &mut Words) -> Result<(), Error> {
        let locale = |word: &str| Locale::parse(word).ok_or_else(|| Error::invalid("language", "en, de, fr or es."));
        if let Some(letters) = self.letters {
            words.letters = letters
                .into_iter()
                .map(|(word, letter)| Ok((locale(&word)?, super::Letter::parse(&letter.title, &letter.text)?)))
                .collect::<Result<_, Error>>()?;
        }
        if let Some(usual) = self.usual {
            words.usual = locale(&usual)?;
        }
        let own = [
            (&mut words.from_name, self.from_name),
            (&mut words.from, self.from),
            (&mut words.reply_to, self.reply_to),
        ];
        own.into_iter().for_each(|(word, new)| new.into_iter().for_each(|new| *word = new));
        if words.from.is_empty() { Ok(()) } else { words.sender().map(drop) }
    }
}

/// Changes a draft.
#[utoipa::path(patch, path = "/api/v1/incidents/{id}/notices/{part}", tag = "notices", operation_id = "notices_change",
    params(("id" = String, Path), ("part" = String, Path)), request_body = NoticeChange,
    responses((status = 200, body = NoticeDetail)))]
pub(crate) async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
    ApiJson(change): ApiJson<NoticeChange>,
) -> Result<Json<NoticeDetail>, Fail> {
    let mut tx = app.begin(&ctx, "notices.change").await?;
    let notice = super::by_id(&app, &mut tx, &ctx, case, id).await?;
    let relay = change.relay.as_deref().map(str::parse).transpose();
    let relay = relay.map_err(|_| Fail::invalid("relay", "That is no relay."))?.or(notice.relay);
    let (version, possible) = (change.version, change.possible.unwrap_or(notice.possible));
    let mut words = notice.words;
    change.words(&mut words)?;
    super::change(&app, &mut tx, &ctx, (case, id, version), words, (possible, relay)).await?;
    let detail = detail(&app, &mut tx, &ctx, case, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(detail))
}

/// Gives up a draft; nothing is sent.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/notices/{part}/withdraw", tag = "notices",
    operation_id = "notices_withdraw", params(("id" = String, Path), ("part" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "notices.withdraw").await?;
    super::withdraw(&app, &mut tx, &ctx, case, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The proof of delivery of a notice: each person by number, with the codes that the relay answered.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/notices/{part}/proof", tag = "notices", operation_id = "notices_proof",
    params(("id" = String, Path), ("part" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn proof(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "notices.proof").await?;
    incidents::by_id(&mut tx, &ctx, case).await?;
    drop(tx);
    let proof = super::proof(&app, &ctx, case, id).await?;
    Ok(([(CONTENT_TYPE, "application/json")], Body::from_stream(proof.into_stream())).into_response())
}
