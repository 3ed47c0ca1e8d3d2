//! Receiving, reading, answering and closing.

use super::{DUE_IN, Message, Opened, Reply, State, sealing, store};
use crate::incidents;
use crate::status::{self, StatusPage, Verdict, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use waxwing_app::{App, Error, Result, settings, signals, suppression};
use waxwing_domain::{Action, Ctx, EmailAddress, FieldId, HeaderText, IncidentId, Micros, Operation, SupportId};
use waxwing_store::{Entry, StoreError, SystemMail, Tx};

/// The longest message, in characters.
const LONGEST: usize = 4_000;
/// The longest answer, in characters.
const LONGEST_ANSWER: usize = 8_000;
/// Messages from one address in a day; what comes beyond is not kept.
const A_DAY: i64 = 5;

/// What is sealed of a message.
#[derive(Serialize, Deserialize)]
struct Typed {
    email: String,
    text: String,
}

fn text(field: &str, typed: &str, longest: usize) -> Result<String> {
    let text = typed.trim().replace("\r\n", "\n");
    let control = text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if text.is_empty() || control || text.chars().count() > longest {
        return Err(Error::invalid(field, format!("Write plain text of at most {longest} characters.")));
    }
    Ok(text)
}

/// Keeps a visitor's message. What is one too many is dropped without a word: the answer is the same.
///
/// # Errors
/// [`Error::Conflict`] where the page takes none; [`Error::Invalid`] for what is no text.
pub(super) async fn receive(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    page: &StatusPage,
    who: &Visitor,
    (typed, code): (&str, &str),
) -> Result<()> {
    ctx.authorise(Action::Public)?;
    if page.state != status::State::Open {
        return Err(Error::Conflict("This page takes no messages any more.".into()));
    }
    let text = text("message", typed, LONGEST)?;
    let tag = suppression::tag_of_email(app, ctx.workspace, &who.email)?;
    if store::recent(tx, &tag, ctx.now().plus(-Micros::DAY)).await? >= A_DAY {
        return Ok(());
    }
    let id = SupportId::from_i64(ctx.new_id());
    let verdict = verdict(tx, page, code).await?;
    let typed = Typed { email: who.email.as_str().to_owned(), text };
    let sealed = sealing::seal(app, ctx, FieldId::SUPPORT_MESSAGE, id, &typed)?;
    let (received_at, due_at) = (ctx.now(), ctx.now().plus(DUE_IN));
    let new = Message { id, case: page.case, state: State::New, verdict, received_at, due_at, ended_at: None };
    store::insert(tx, &new, tag, sealed).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "support.receive").on("support_message", id.as_i64()))
        .await?;
    signals::note_address(app, tx, ctx, "support.received", 1, json!({ "page": page.id })).await
}

async fn verdict(tx: &mut Tx, page: &StatusPage, code: &str) -> Result<Option<Verdict>> {
    match code.trim() {
        "" => Ok(None),
        code => Ok(status::verdict_of(tx, page.id, status::hash(code)).await?),
    }
}

/// The messages of a case, newest first, before `before`; without their words.
pub async fn of_case(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    before: Option<SupportId>,
    limit: i64,
) -> Result<Vec<Message>> {
    ctx.authorise(Action::IncidentsRead)?;
    incidents::by_id(tx, ctx, case).await?;
    Ok(store::of_case(tx, case, before.map_or(i64::MAX, SupportId::as_i64), limit).await?)
}

/// One message with its words, for who may write in the case; recorded before.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case.
pub async fn by_id(app: &App, ctx: &Ctx, case: IncidentId, id: SupportId, destination: &'static str) -> Result<Opened> {
    let mut tx = app.read(ctx, "support.show").await?;
    incidents::writable(&mut tx, ctx, case).await?;
    let (message, sealed) = store::by_id(&mut tx, case, id).await?.ok_or(Error::NotFound("message"))?;
    let answers = store::answers(&mut tx, id).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "support.show").on("support_message", id.as_i64()).to(destination);
    app.store().disclose(ctx, entry).await?;
    let typed: Typed = sealing::open(app, ctx, FieldId::SUPPORT_MESSAGE, id, &sealed)?;
    let replies = answers
        .into_iter()
        .map(|(at, sealed)| Ok(Reply { at, text: sealing::open(app, ctx, FieldId::SUPPORT_ANSWER, id, &sealed)? }));
    Ok(Opened { message, email: typed.email, text: typed.text, replies: replies.collect::<Result<_>>()? })
}

/// Answers a message by mail.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case; [`Error::Conflict`] for one that is closed.
pub async fn answer(app: &App, tx: &mut Tx, ctx: &Ctx, (case, id): (IncidentId, SupportId), typed: &str) -> Result<()> {
    incidents::writable(tx, ctx, case).await?;
    let reply = text("text", typed, LONGEST_ANSWER)?;
    let (_, sealed) = store::by_id(tx, case, id).await?.ok_or(Error::NotFound("message"))?;
    if !store::set_state(tx, id, State::Answered, ctx.now()).await? {
        return Err(Error::Conflict("This message is closed.".into()));
    }
    let asked: Typed = sealing::open(app, ctx, FieldId::SUPPORT_MESSAGE, id, &sealed)?;
    let organisation = settings::load(tx).await?.organisation;
    tx.post(app.store(), ctx, mail(&organisation, &asked, &reply)?).await?;
    store::add_answer(tx, ctx, id, sealing::seal(app, ctx, FieldId::SUPPORT_ANSWER, id, &reply)?).await?;
    note(app, tx, ctx, case, (id, "support.answer")).await
}

fn mail(organisation: &str, asked: &Typed, reply: &str) -> Result<SystemMail> {
    let damaged = || StoreError::Damaged("the address of a message to support".into());
    let quoted: String = asked.text.lines().map(|line| format!("> {line}\n")).collect();
    let subject = HeaderText::parse(&format!("Your message to {organisation}")).unwrap_or_default();
    Ok(SystemMail {
        kind: "support.answer",
        to: EmailAddress::parse(&asked.email).map_err(|_| damaged())?,
        subject,
        text: format!("{reply}\n\n{organisation}\n\nYou wrote:\n\n{quoted}"),
        html: None,
    })
}

/// Closes a message that needs no answer, or no more.
///
/// # Errors
/// [`Error::Conflict`] for one that is closed already.
pub async fn close(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, id: SupportId) -> Result<()> {
    incidents::writable(tx, ctx, case).await?;
    store::by_id(tx, case, id).await?.ok_or(Error::NotFound("message"))?;
    if !store::set_state(tx, id, State::Closed, ctx.now()).await? {
        return Err(Error::Conflict("This message is closed already.".into()));
    }
    note(app, tx, ctx, case, (id, "support.close")).await
}

async fn note(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    (id, what): (SupportId, &'static str),
) -> Result<()> {
    let entry = Entry::new(Operation::Change, what).on("support_message", id.as_i64());
    let entry = tx.record(app.store(), ctx, entry).await?;
    incidents::machine(tx, ctx, case, incidents::Category::Communication, (what, entry)).await
}
