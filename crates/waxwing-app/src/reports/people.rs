//! Who stands behind a number. Recorded before it is answered.

use super::words::{fail_words, reason_words};
use crate::outcomes::{self, Behind, Kind};
use crate::sending::{self, Recipient, RecipientFilter, RowState};
use crate::{App, Error, Result, subscribers, unsubscribe};
use std::collections::HashMap;
use waxwing_domain::{Action, Ctx, FieldId, Micros, Operation, SourceId, SubjectNo};
use waxwing_http::Paged;
use waxwing_store::{Entry, Tx, subjects};

/// Behind which number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Group {
    /// Everybody.
    All,
    /// Recipients in a state; with this reason only, where one is given.
    State(RowState, String),
    /// Who left by a link of the campaign.
    Unsubscribed,
    /// Whose message came back after a relay had taken it.
    Bounced,
    /// Who reported the message as spam.
    Complained,
}

impl Group {
    /// From the words of an address: empty for all.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `state`.
    pub fn parse(state: &str, reason: &str) -> Result<Self> {
        match state {
            "" => Ok(Self::All),
            "unsubscribed" => Ok(Self::Unsubscribed),
            "bounced" => Ok(Self::Bounced),
            "complained" => Ok(Self::Complained),
            word => match RowState::parse(word) {
                Some(state) => Ok(Self::State(state, reason.to_owned())),
                None => Err(Error::invalid("state", "is not a state of a recipient")),
            },
        }
    }
    const fn word(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::State(state, _) => state.as_str(),
            Self::Unsubscribed => "unsubscribed",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }
}

/// A person behind a number.
#[derive(Clone)]
pub struct Person {
    /// Their number.
    pub subject: SubjectNo,
    /// Their address; `None` when they are gone or their stored data failed its check.
    pub email: Option<String>,
    /// Where they stand: a word.
    pub state: &'static str,
    /// Why, in words; may be empty.
    pub reason: String,
    /// What the relay answered, as codes; may be empty.
    pub codes: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Since when.
    pub at: Option<Micros>,
}

/// A page of the people behind a number, by number after `after`, with their addresses in clear.
pub async fn people(
    app: &App,
    ctx: &Ctx,
    source: SourceId,
    group: &Group,
    (after, limit): (Option<SubjectNo>, u32),
    destination: &'static str,
) -> Result<Paged<Person>> {
    ctx.authorise(Action::ReportsRecipients)?;
    let mut tx = app.read(ctx, "reports.people").await?;
    let found = rows(&mut tx, ctx, source, group, after, i64::from(limit) + 1).await?;
    let mut page = Paged::from_surplus(found, limit, |person| person.subject);
    let numbers: Vec<SubjectNo> = page.items.iter().map(|person| person.subject).collect();
    let stored = subscribers::sealed(&mut tx, &numbers).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "reports.people").on("source", source.as_i64()).to(destination);
    let entry = entry.part(&[FieldId::EMAIL], subjects(numbers)).detail(serde_json::json!({ "group": group.word() }));
    let seen = app.store().disclose(ctx, entry).await?;
    let mut emails: HashMap<SubjectNo, String> = HashMap::new();
    for person in &stored {
        match seen.open(app.store(), &person.person) {
            Ok(clear) => emails.extend(clear.get(FieldId::EMAIL).map(|email| (person.subject(), email.to_owned()))),
            // One damaged row hides no other.
            Err(error) => tracing::error!(%error, "a person behind a report cannot be shown"),
        }
    }
    for person in &mut page.items {
        person.email = emails.remove(&person.subject);
    }
    Ok(page)
}

async fn rows(
    tx: &mut Tx,
    ctx: &Ctx,
    source: SourceId,
    group: &Group,
    after: Option<SubjectNo>,
    limit: i64,
) -> Result<Vec<Person>> {
    let from = after.unwrap_or(SubjectNo::new(0));
    let (state, reason) = match group {
        Group::Unsubscribed => {
            let left = unsubscribe::people(tx, ctx, source, from, limit).await?;
            return Ok(left.into_iter().map(|(subject, at)| unsubscribed(subject, at)).collect());
        }
        Group::Bounced => return reported(tx, ctx, source, &[Kind::HardBounce, Kind::SoftBounce], (from, limit)).await,
        Group::Complained => return reported(tx, ctx, source, &[Kind::Complaint], (from, limit)).await,
        Group::All => (None, None),
        Group::State(state, reason) => (Some(*state), Some(reason.clone()).filter(|reason| !reason.is_empty())),
    };
    let filter = RecipientFilter { state, reason, after, limit };
    Ok(sending::recipients(tx, ctx, source, &filter).await?.into_iter().map(Person::from).collect())
}

async fn reported(
    tx: &mut Tx,
    ctx: &Ctx,
    source: SourceId,
    kinds: &[Kind],
    page: (SubjectNo, i64),
) -> Result<Vec<Person>> {
    let mut people: Vec<Person> =
        outcomes::people(tx, ctx, source, kinds, page).await?.into_iter().map(Person::from).collect();
    // A message can come back for now and then for good; the person is one.
    people.dedup_by_key(|person| person.subject);
    Ok(people)
}

fn unsubscribed(subject: SubjectNo, at: Micros) -> Person {
    let (reason, codes) = (String::new(), String::new());
    Person { subject, email: None, state: "unsubscribed", reason, codes, attempts: 0, at: Some(at) }
}

impl From<Behind> for Person {
    fn from(row: Behind) -> Self {
        let (state, reason) = match row.kind {
            Kind::Complaint => ("complained", String::new()),
            _ => ("bounced", fail_words(&row.reason).to_owned()),
        };
        let (codes, at) = (String::new(), Some(row.at));
        Self { subject: row.subject, email: None, state, reason, codes, attempts: 0, at }
    }
}

impl From<Recipient> for Person {
    fn from(row: Recipient) -> Self {
        let state = row.state.as_str();
        Self {
            subject: row.subject,
            email: None,
            state,
            reason: row.reason.map(|reason| reason_words(state, &reason)).unwrap_or_default(),
            codes: row.codes.unwrap_or_default(),
            attempts: row.attempts,
            at: row.at,
        }
    }
}
