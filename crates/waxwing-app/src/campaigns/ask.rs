//! Questions before acts that cannot be undone, with the numbers of the moment.

use super::{CampaignState, Phase, Standing, standing};
use crate::sending::{self, AudiencePreview, Counts, Retry};
use crate::{App, Result};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use waxwing_domain::{CampaignId, Ctx, SourceId};
use waxwing_http::{Fail, Flash, Page, Params, Question, QuestionPage, SeeOther, Segment, Shell, Who, count};
use waxwing_store::Tx;

type Answer = std::result::Result<Response, Fail>;

/// Which recipients are meant.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    which: String,
}

impl Which {
    /// The recipients of this word; those who failed for any other.
    pub(super) fn retry(&self) -> Retry {
        if self.which == "unknown" { Retry::Unknown } else { Retry::Failed }
    }
}

/// Every question that the page of a campaign in this standing may ask.
pub(super) async fn questions(
    tx: &mut Tx,
    id: CampaignId,
    state: &CampaignState,
    standing: &Standing,
) -> Result<Vec<Question>> {
    if state.is_draft() {
        return Ok(vec![remove_it(id)]);
    }
    let (Some(source), Some(counts)) = (standing.source, &standing.counts) else { return Ok(Vec::new()) };
    if matches!(standing.phase, Phase::Sending | Phase::Paused) {
        return Ok(vec![cancel_it(id, counts)]);
    }
    let mut questions = Vec::new();
    for which in [Retry::Failed, Retry::Unknown] {
        if standing.phase == Phase::Sent && which.of(counts) > 0 {
            questions.push(send_again(tx, id, (source, standing.pass), which).await?);
        }
    }
    Ok(questions)
}

fn remove_it(id: CampaignId) -> Question {
    Question {
        id: "remove",
        title: "Remove this draft?".into(),
        text: "Nothing of it was sent. Its content cannot be brought back.".into(),
        action: format!("/campaigns/{id}/remove"),
        hidden: Vec::new(),
        verb: "Remove it",
        back: format!("/campaigns/{id}"),
    }
}

/// Before a campaign is cancelled.
pub(super) fn cancel_it(id: CampaignId, counts: &Counts) -> Question {
    let still = if counts.filled {
        ""
    } else {
        " The audience is still being counted; who is not counted yet will not get it either."
    };
    let text = format!(
        "{} will not get it. {} out and cannot be called back.{still}",
        people(counts.pending + counts.deferred),
        match counts.accepted + counts.unknown {
            1 => "1 message is".to_owned(),
            number => format!("{} messages are", count(number)),
        }
    );
    Question {
        id: "cancel",
        title: "Cancel this campaign?".into(),
        text,
        action: format!("/campaigns/{id}/cancel"),
        hidden: Vec::new(),
        verb: "Cancel it",
        back: format!("/campaigns/{id}"),
    }
}

async fn send_again(tx: &mut Tx, id: CampaignId, (source, pass): (SourceId, i64), which: Retry) -> Result<Question> {
    let found = sending::again_preview(tx, source, which).await?;
    let (name, word, title, why) = match which {
        Retry::Failed => ("again-failed", "failed", "Send again to those who failed?", ""),
        Retry::Unknown => (
            "again-unknown",
            "unknown",
            "Send again to those of unknown fate?",
            " Some of them have the message already and will get it twice.",
        ),
    };
    Ok(Question {
        id: name,
        title: title.into(),
        text: format!("{}{why}", again_words(&found)),
        action: format!("/campaigns/{id}/again"),
        hidden: vec![("which", word.to_owned()), ("pass", pass.to_string())],
        verb: "Send again",
        back: format!("/campaigns/{id}"),
    })
}

fn again_words(found: &AudiencePreview) -> String {
    let sent = format!("{} of {} are sent to again.", count(found.recipients), people(found.audience));
    match found.audience - found.recipients {
        0 => sent,
        left => format!("{sent} {} left out: unsubscribed, on the do-not-mail list, or gone.", people_are(left)),
    }
}

/// `1 person`, `2 people`.
fn people(number: i64) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{} people", count(number)) }
}

fn people_are(number: i64) -> String {
    format!("{} {}", people(number), if number == 1 { "is" } else { "are" })
}

/// The question before a draft is removed, on a page of its own.
pub(super) async fn remove(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Answer {
    page(&app, shell, &ctx, id, "remove").await
}

/// The question before a campaign is cancelled.
pub(super) async fn cancel(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Answer {
    page(&app, shell, &ctx, id, "cancel").await
}

/// The question before people are sent to again.
pub(super) async fn again(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    Params(which): Params<Which>,
) -> Answer {
    let name = if which.retry() == Retry::Unknown { "again-unknown" } else { "again-failed" };
    page(&app, shell, &ctx, id, name).await
}

/// One of the campaign's questions; the campaign itself where it is not to be asked now.
async fn page(app: &App, shell: Shell, ctx: &Ctx, id: CampaignId, name: &str) -> Answer {
    let mut tx = app.read(ctx, "campaigns.ask").await?;
    let campaign = super::by_id(&mut tx, ctx, id).await?;
    let standing = standing(&mut tx, ctx, &campaign.state).await?;
    let questions = questions(&mut tx, id, &campaign.state, &standing).await?;
    Ok(match questions.into_iter().find(|question| question.id == name) {
        Some(question) => Page(QuestionPage::new(shell, question)).into_response(),
        None => SeeOther::to(format!("/campaigns/{id}"))
            .flash(Flash::note("There is nothing of that to do now. This is how the campaign stands."))
            .into_response(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_its_numbers() {
        let counts = Counts {
            audience: 1_010,
            accepted: 1_000,
            pending: 7,
            deferred: 2,
            unknown: 1,
            filled: true,
            ..Counts::default()
        };
        let text = cancel_it(CampaignId::from_i64(1), &counts).text;
        assert_eq!(text, "9 people will not get it. 1,001 messages are out and cannot be called back.");
        let found = AudiencePreview { audience: 3, recipients: 2, excluded: Vec::new() };
        assert!(again_words(&found).starts_with("2 of 3 people are sent to again. 1 person is left out"));
        assert_eq!(
            again_words(&AudiencePreview { audience: 1, recipients: 1, excluded: Vec::new() }),
            "1 of 1 person are sent to again."
        );
    }
}
