//! What a sign-up leads to, found out after the visitor has had their answer: a membership, a mail, or nothing.

use super::asked::Typed;
use super::confirm::{Steps, evidence, happened, place_person};
use super::{Form, form, form_by_id, mail, store};
use crate::suppression::{self, Reason};
use crate::{App, Result, canaries, lists, subscribers};
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Ctx, EmailAddress, ListId, Micros, SubjectNo};
use waxwing_store::{JobContext, JobError, Tx};

/// At most this many mails to one address in an hour, over all forms.
const MAILS_AN_HOUR: i64 = 3;

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    /// Nothing: too many mails, or the address is not to be written to.
    Silence,
    /// The person is on the list at once.
    Join,
    /// "You are subscribed already."
    Already,
    /// "Confirm that it was you."
    Ask,
}

/// What is known when a request is answered.
struct Known {
    mails: i64,
    suppressed: Option<Reason>,
    member: Option<lists::MembershipState>,
    optin: lists::OptIn,
}

/// Who complained or was put on the do-not-mail list by hand is not even asked. Whoever left is
/// asked, also where sign-ups count at once: only their own confirmation brings them back.
fn decide(known: &Known) -> Answer {
    use lists::MembershipState::{Confirmed, Unsubscribed};
    let barred = matches!(known.suppressed, Some(Reason::Complained | Reason::Manual));
    match (known.suppressed, known.member, known.optin) {
        _ if barred || known.mails >= MAILS_AN_HOUR => Answer::Silence,
        (None, Some(Confirmed), _) => Answer::Already,
        (None, Some(Unsubscribed), _) | (Some(_), _, _) | (None, _, lists::OptIn::Double) => Answer::Ask,
        (None, _, lists::OptIn::Single) => Answer::Join,
    }
}

pub(super) async fn run(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let id = job.job.id_of::<i64>("request")?;
    let mut tx = app.store().begin(job.ctx.workspace, "signup.answer").await?;
    job.fence(&mut tx).await?;
    answer(&app, &mut tx, &job.ctx, id).await?;
    Ok(tx.commit().await?)
}

/// Answers one request; a second time changes nothing.
pub(super) async fn answer(app: &App, tx: &mut Tx, ctx: &Ctx, id: i64) -> Result<()> {
    let Some(request) = store::asked(tx, id).await? else { return Ok(()) };
    let typed = super::open(app, ctx, &request)?;
    let email = EmailAddress::parse(&typed.email).map_err(|_| super::damaged(id))?;
    if !canaries::returned(app, tx, ctx, &[&email], "signup").await?.is_empty() {
        return Ok(store::withdraw(tx, id).await?);
    }
    // Asked of a form that an intruder may have made: nothing is mailed in its words.
    let form = form_by_id(tx, request.form).await?;
    let Some(form) = form::shown(tx, form).await? else { return Ok(store::withdraw(tx, id).await?) };
    let subject = subscribers::find_by_email(app, tx, &email).await?;
    match decide(&known(tx, ctx, &form, &request, subject).await?) {
        Answer::Silence => store::withdraw(tx, id).await?,
        Answer::Join => {
            join(app, tx, ctx, &form, &request, (&typed, &email, subject)).await?;
            store::set_answered(tx, id).await?;
        }
        Answer::Already => {
            let facts = mail::Facts::load(tx, &form).await?;
            tx.post(app.store(), ctx, mail::already(&facts, &email)?).await?;
            store::set_answered(tx, id).await?;
        }
        Answer::Ask => {
            let token = SecretToken::random(SecretPurpose::Confirm, &*ctx.rng);
            let facts = mail::Facts::load(tx, &form).await?;
            tx.post(app.store(), ctx, mail::confirm(&facts, &email, &app.config().public_url, &token)?).await?;
            store::set_pending(tx, id, token.hash()).await?;
        }
    }
    Ok(())
}

async fn known(
    tx: &mut Tx,
    ctx: &Ctx,
    form: &Form,
    request: &store::Request,
    subject: Option<SubjectNo>,
) -> Result<Known> {
    Ok(Known {
        mails: store::recent(tx, &request.tag, ctx.now().plus(-Micros::HOUR)).await?,
        suppressed: suppression::among(tx, vec![request.tag.to_vec()]).await?.remove(&request.tag),
        member: membership(tx, form.list, subject).await?,
        optin: lists::shown(tx, form.list).await?.map_or_else(lists::OptIn::default, |list| list.optin),
    })
}

async fn membership(tx: &mut Tx, list: ListId, subject: Option<SubjectNo>) -> Result<Option<lists::MembershipState>> {
    let Some(subject) = subject else { return Ok(None) };
    let memberships = lists::memberships(tx, subject).await?;
    Ok(memberships.iter().find(|membership| membership.list == list).map(|membership| membership.state))
}

/// Single opt-in: the person is on the list, with the evidence of the one step there is.
async fn join(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    form: &Form,
    request: &store::Request,
    (typed, email, subject): (&Typed, &EmailAddress, Option<SubjectNo>),
) -> Result<()> {
    let subject = place_person(app, tx, ctx, (typed, email, subject)).await?;
    let steps = Steps { requested_at: request.requested_at, requested_from: typed.from.clone(), confirmed_at: None };
    let consent = evidence(app, tx, ctx, request, steps, (subject, form.list)).await?;
    lists::join_by_signup(app, tx, ctx, form.list, subject, consent).await?;
    happened(tx, ctx, request, (subject, form.list)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use lists::{MembershipState, OptIn};

    fn known(suppressed: Option<Reason>, member: Option<MembershipState>, optin: OptIn) -> Answer {
        decide(&Known { mails: 0, suppressed, member, optin })
    }

    #[test]
    fn a_stranger_is_asked_or_joins_as_the_list_says() {
        assert_eq!(known(None, None, OptIn::Double), Answer::Ask);
        assert_eq!(known(None, None, OptIn::Single), Answer::Join);
        assert_eq!(known(None, Some(MembershipState::Removed), OptIn::Single), Answer::Join);
    }

    #[test]
    fn who_left_is_always_asked() {
        for optin in [OptIn::Single, OptIn::Double] {
            assert_eq!(known(None, Some(MembershipState::Unsubscribed), optin), Answer::Ask);
            for reason in [Reason::Unsubscribed, Reason::Bounced, Reason::Erased] {
                assert_eq!(known(Some(reason), Some(MembershipState::Confirmed), optin), Answer::Ask);
                assert_eq!(known(Some(reason), None, optin), Answer::Ask);
            }
        }
    }

    #[test]
    fn who_is_not_to_be_written_to_gets_nothing() {
        for reason in [Reason::Complained, Reason::Manual] {
            assert_eq!(known(Some(reason), None, OptIn::Double), Answer::Silence);
        }
        let flooded = Known { mails: MAILS_AN_HOUR, suppressed: None, member: None, optin: OptIn::Double };
        assert_eq!(decide(&flooded), Answer::Silence);
    }

    #[test]
    fn who_is_on_the_list_is_told_so_in_the_mailbox() {
        assert_eq!(known(None, Some(MembershipState::Confirmed), OptIn::Double), Answer::Already);
    }
}
