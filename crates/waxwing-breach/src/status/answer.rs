//! The answer to "was I affected?", found out after the visitor has left, and told in their mailbox alone.

use super::{StatusPage, asking, mailbox, store, words};
use crate::{blast, notices};
use aws_lc_rs::digest::{SHA256, digest};
use std::collections::BTreeMap;
use waxwing_app::suppression::{self, Reason};
use waxwing_app::{App, Result, settings, subscribers};
use waxwing_domain::{Ctx, EmailAddress, IncidentId, Micros, Operation, SubjectNo};
use waxwing_law::facts::DataKind;
use waxwing_store::{Entry, JobContext, JobError, StoreError, Tx};

/// One mail to one mailbox within this time, in microseconds.
pub(super) const ONE_IN: i64 = Micros::DAY;
/// Letters and digits that nobody mistakes for one another.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// What somebody was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Data of theirs was reached, or it cannot be ruled out.
    Affected,
    /// Nothing of theirs is known to have been reached.
    Not,
}

impl Verdict {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::Not => "not",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Affected, Self::Not].into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// What was reached of one person: certainly, and possibly.
pub(super) type Theirs = (Vec<DataKind>, Vec<DataKind>);

pub(super) async fn run(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let id = job.job.id_of::<i64>("question")?;
    let mut tx = app.store().begin(job.ctx.workspace, "status.answer").await?;
    job.fence(&mut tx).await?;
    answer(&app, &mut tx, &job.ctx, id).await?;
    Ok(tx.commit().await?)
}

/// Answers one question; a second time changes nothing.
pub(super) async fn answer(app: &App, tx: &mut Tx, ctx: &Ctx, id: i64) -> Result<()> {
    let Some((page, tag, sealed)) = store::asked(tx, id).await? else { return Ok(()) };
    let typed = asking::open(app, ctx, id, &sealed)?;
    let email = EmailAddress::parse(&typed.email).map_err(|_| StoreError::Damaged("a visitor's address".into()))?;
    let bounces = suppression::among(tx, vec![tag.to_vec()]).await?.remove(&tag) == Some(Reason::Bounced);
    let page = store::by_id(tx, page).await?.filter(StatusPage::takes_questions);
    let (Some(page), false) = (page, bounces) else { return Ok(store::silent(tx, id).await?) };
    let turn = suppression::tag_of_email(app, ctx.workspace, &mailbox::of(&email))?;
    if !store::take_turn(tx, &turn, ctx.now(), ctx.now().plus(-ONE_IN)).await? {
        return Ok(store::silent(tx, id).await?);
    }
    let subject = subscribers::find_by_email(app, tx, &email).await?;
    let theirs = theirs(app, tx, ctx, &page, subject).await?;
    let verdict = if theirs.is_some() { Verdict::Affected } else { Verdict::Not };
    let code = code(ctx);
    let set = settings::load(tx).await?;
    let address = format!("{}{}", app.config().public_url, page.path());
    let mail = words::mail(typed.locale, &email, (&set.organisation, &page.title, &address), theirs.as_ref(), &code)?;
    tx.post(app.store(), ctx, mail).await?;
    store::answered(tx, id, hash(&code), verdict).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Send, "status.answer").on("status_question", id).to("smtp"))
        .await?;
    Ok(())
}

/// What the frozen answer says of one person; none where it says nothing.
async fn theirs(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    page: &StatusPage,
    subject: Option<SubjectNo>,
) -> Result<Option<Theirs>> {
    let (Some(subject), Some(radius)) = (subject, page.radius) else { return Ok(None) };
    let frozen = blast::frozen(app, tx, ctx, radius).await?;
    let said = said(app, tx, ctx, page.case).await?;
    Ok(notices::of_person(&frozen.answer.radius, page.possible, &said, subject))
}

/// What people said of their own fields in the last notice that was sent. A draft counts for nothing: whoever may write
/// in the case changes it alone.
pub(super) async fn said(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId) -> Result<BTreeMap<u32, DataKind>> {
    let mut written = notices::of_case(app, tx, ctx, case).await?.into_iter();
    Ok(written.find(|notice| notice.state == notices::State::Sent).map(|notice| notice.words.kinds).unwrap_or_default())
}

/// A code to quote: 50 bits of chance.
fn code(ctx: &Ctx) -> String {
    letters::<10>(ctx)
}

/// So many letters and digits of chance, five bits each.
pub(super) fn letters<const N: usize>(ctx: &Ctx) -> String {
    let mut chance = [0u8; N];
    ctx.rng.fill(&mut chance);
    chance.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// What is kept of a code, in whatever way it was typed.
pub(crate) fn hash(code: &str) -> [u8; 32] {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, format!("waxwing/status-code/1\0{plain}").as_bytes()).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        assert_eq!(hash("ABCDE-23456"), hash(" abcde 23456"));
        assert_ne!(hash("ABCDE23456"), hash("ABCDE23457"));
    }
}
