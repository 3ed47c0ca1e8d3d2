//! Receiving, reading, answering and closing.

use super::{DUE_IN, Message, Opened, Reply, State, links, sealing, store};
use crate::incidents;
use crate::status::{self, StatusPage, Verdict, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::IpAddr;
use waxwing_app::{App, Error, Result, settings, signals, suppression};
use waxwing_domain::{Action, Ctx, EmailAddress, FieldId, HeaderText, IncidentId, Micros, Operation, SupportId};
use waxwing_http::Limit;
use waxwing_store::{Entry, StoreError, SystemMail, Tx};

/// The longest message, in characters.
const LONGEST: usize = 4_000;
/// The longest answer, in characters.
const LONGEST_ANSWER: usize = 8_000;
/// Messages that one network sends in one mailbox's name without its code: five, and one more every five hours or so.
const PER_SENDER: Limit = Limit { name: "support.sender", burst: 5, refill: Micros::DAY / 5 };
/// Messages without the code of an earlier mail in one address's name in a day, from wherever.
const A_DAY: i64 = 50;
/// Answers to one message: a correspondence, not a way to flood whoever's address was typed.
const MOST_ANSWERS: usize = 10;
/// Answers of one account or key in a day.
const ANSWERS_OF_ONE: i64 = 200;
/// Answers of a workspace in a day.
const ANSWERS_OF_ALL: i64 = 2_000;

/// What became of a visitor's message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "who wrote is told whether somebody reads it"]
pub(super) enum Kept {
    /// A person reads it.
    Yes,
    /// It was one too many in this address's name, and is not kept.
    TooMany,
}

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

/// Keeps a visitor's message, unless it is one too many: then its writer is told so.
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
) -> Result<Kept> {
    ctx.authorise(Action::Public)?;
    if page.state != status::State::Open {
        return Err(Error::Conflict("This page takes no messages any more.".into()));
    }
    let text = text("message", typed, LONGEST)?;
    let tag = suppression::tag_of_email(app, ctx.workspace, &who.email)?;
    let verdict = verdict(tx, page, (code, &tag)).await?;
    if verdict.is_none() && is_too_much(app, tx, ctx, who, &tag).await? {
        return Ok(Kept::TooMany);
    }
    let id = SupportId::from_i64(ctx.new_id());
    let typed = Typed { email: who.email.as_str().to_owned(), text };
    let sealed = sealing::seal(app, ctx, FieldId::SUPPORT_MESSAGE, id, &typed)?;
    let (received_at, due_at) = (ctx.now(), ctx.now().plus(DUE_IN));
    let new = Message { id, case: page.case, state: State::New, verdict, received_at, due_at, ended_at: None };
    store::insert(tx, &new, tag, sealed).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "support.receive").on("support_message", id.as_i64()))
        .await?;
    signals::note_address(app, tx, ctx, "support.received", 1, json!({ "page": page.id })).await?;
    Ok(Kept::Yes)
}

/// Whether too much came in somebody's name. Counted by network, so that a stranger elsewhere uses up nobody's own;
/// whoever shows by a code that the mailbox is theirs is heard all the same.
async fn is_too_much(app: &App, tx: &mut Tx, ctx: &Ctx, who: &Visitor, tag: &[u8; 16]) -> Result<bool> {
    let from = match ctx.address.map(|from| from.to_canonical()) {
        None => Vec::new(),
        Some(IpAddr::V4(ip)) => ip.octets().to_vec(),
        Some(IpAddr::V6(ip)) => ip.octets()[..6].to_vec(),
    };
    let key = [&from[..], b"\0", status::mailbox::of(&who.email).as_str().as_bytes()].concat();
    let often = app.limiter().take(PER_SENDER, &key, ctx.now()).is_err();
    Ok(often || store::recent(tx, tag, ctx.now().plus(-Micros::DAY)).await? >= A_DAY)
}

async fn verdict(tx: &mut Tx, page: &StatusPage, (code, tag): (&str, &[u8; 16])) -> Result<Option<Verdict>> {
    match code.trim() {
        "" => Ok(None),
        code => Ok(status::verdict_of(tx, page.id, status::hash(code), tag).await?),
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
/// [`Error::NotFound`] for who is not in the case; [`Error::Invalid`] for a link to elsewhere; [`Error::Conflict`] for
/// one that is closed, and where too many answers left.
pub async fn answer(app: &App, tx: &mut Tx, ctx: &Ctx, (case, id): (IncidentId, SupportId), typed: &str) -> Result<()> {
    ctx.authorise(Action::SupportAnswer)?;
    incidents::writable(tx, ctx, case).await?;
    let reply = text("text", typed, LONGEST_ANSWER)?;
    without_links(app, &reply)?;
    let (message, sealed) = store::by_id(tx, case, id).await?.ok_or(Error::NotFound("message"))?;
    bounded(tx, ctx, id).await?;
    if !store::set_state(tx, id, State::Answered, ctx.now()).await? {
        return Err(Error::Conflict("This message is closed.".into()));
    }
    let asked: Typed = sealing::open(app, ctx, FieldId::SUPPORT_MESSAGE, id, &sealed)?;
    let organisation = settings::load(tx).await?.organisation;
    tx.post(app.store(), ctx, mail(&organisation, (&message, &asked), &reply)?).await?;
    store::add_answer(tx, ctx, id, sealing::seal(app, ctx, FieldId::SUPPORT_ANSWER, id, &reply)?).await?;
    note(app, tx, ctx, case, (id, "support.answer")).await
}

/// After a breach nobody learns by mail to follow links: only our own host may stand in an answer.
fn without_links(app: &App, reply: &str) -> Result<()> {
    let own =
        app.config().public_url.split("://").nth(1).unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
    match links::foreign(reply, own) {
        None => Ok(()),
        Some(word) => {
            let word: String = word.chars().take(80).collect();
            let why =
                format!("“{word}” becomes a link. Only this house’s own pages may be linked; say the rest in words.");
            Err(Error::invalid("text", why))
        }
    }
}

/// Budgets of answers: of a message, of whoever answers, of the house. Two that are written in the same moment may both
/// count as the last one.
async fn bounded(tx: &mut Tx, ctx: &Ctx, id: SupportId) -> Result<()> {
    if store::answers(tx, id).await?.len() >= MOST_ANSWERS {
        return Err(Error::Conflict("This message has its ten answers. Ask the person to write anew.".into()));
    }
    let (all, own) = store::answered_since(tx, ctx, ctx.now().plus(-Micros::DAY)).await?;
    if own >= ANSWERS_OF_ONE || all >= ANSWERS_OF_ALL {
        let why = "That is as many answers as one account (200) or the whole house (2,000) sends in a day.";
        return Err(Error::Conflict(why.into()));
    }
    Ok(())
}

fn mail(organisation: &str, (message, asked): (&Message, &Typed), reply: &str) -> Result<SystemMail> {
    let damaged = || StoreError::Damaged("the address of a message to support".into());
    let lines: String = asked.text.lines().map(|line| format!("> {line}\n")).collect();
    // Anybody can type anybody's address: a stranger's words are not carried to it in the house's name.
    let quoted = if message.verdict.is_some() { format!("\n\nYou wrote:\n\n{lines}") } else { "\n".to_owned() };
    let subject = HeaderText::parse(&format!("Your message to {organisation}")).unwrap_or_default();
    Ok(SystemMail {
        kind: "support.answer",
        to: EmailAddress::parse(&asked.email).map_err(|_| damaged())?,
        subject,
        text: format!("{reply}\n\n{organisation}{quoted}"),
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
