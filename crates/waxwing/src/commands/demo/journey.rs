//! `waxwing demo --once`: the whole journey without a person, over HTTP and SMTP.
//!
//! Promise: it fails unless every step happened: sign-in, import, sign-up confirmed only by its
//! POST, sending with refusals, deferrals and lost replies each counted as what they were, nobody
//! mailed twice, one-click unsubscribe, and a report whose sum is the audience.

use super::stage::{OWNER, Stage, people_csv};
use super::tale::Tale;
use crate::output::Output;
use anyhow::{Context as _, ensure};
use http::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use waxwing_app::accounts;
use waxwing_demo::browser::Browser;
use waxwing_demo::capture::Captured;
use waxwing_demo::mime;
use waxwing_demo::sample::{self, Fate};
use waxwing_domain::Scope;
use waxwing_http::count;

/// Made for this one run and gone with it.
const PASSWORD: &str = "four unrelated words: vexing orchard lantern plum";
/// Signs up by the form.
const NEWCOMER: &str = "newcomer.nettle@postbox.example";
/// How long any step may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs the journey; its answer is what happened.
pub async fn run(output: Output) -> anyhow::Result<Value> {
    let begun = Instant::now();
    let stage = Stage::set(None).await?;
    let key = api_key(&stage).await?;
    let mut traveller = Traveller {
        people: Browser::new(stage.address()?)?,
        program: Browser::new(stage.address()?)?.with_key(&key),
        caught: stage.capture.captured().clone(),
        tale: Tale::new(output),
    };
    let link = stage.link.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let playing = tokio::spawn(stage.play(async {
        // The sender is dropped when the journey broke off: an end as well.
        let _broke_off = stopped.await;
    }));
    let travelled = traveller.travel(&link).await;
    let _already_ended = stop.send(());
    playing.await.context("the server broke off")??;
    travelled?;
    let seconds = begun.elapsed().as_secs();
    output.say(format!(
        "\nAll of it happened, in {seconds} seconds. Nothing left this machine, and nothing is left of it."
    ));
    Ok(traveller.tale.end())
}

async fn api_key(stage: &Stage) -> anyhow::Result<String> {
    let ctx = stage.ctx();
    let mut tx = stage.app.begin(&ctx, "demo.key").await?;
    let new = accounts::NewApiKey::of(&ctx, "demo journey", Scope::GRANTABLE);
    let (_, text) = accounts::create_api_key(&stage.app, &mut tx, &ctx, new).await?;
    tx.commit().await?;
    Ok(text)
}

/// Who goes through it: a browser for people, one for a program, and an eye on the mailboxes.
struct Traveller {
    people: Browser,
    program: Browser,
    caught: Captured,
    tale: Tale,
}

impl Traveller {
    async fn travel(&mut self, link: &str) -> anyhow::Result<()> {
        self.tale.chapter("The owner comes in");
        self.sign_in(link).await?;
        self.tale.chapter("People come by file");
        let list = self.import().await?;
        self.tale.chapter("One person comes by the form");
        self.sign_up(&list).await?;
        self.tale.chapter("A letter goes out");
        let campaign = self.send(&list).await?;
        self.check_mailboxes()?;
        self.tale.chapter("Somebody leaves");
        self.leave().await?;
        self.tale.chapter("The report");
        self.report(&campaign).await
    }

    async fn sign_in(&mut self, link: &str) -> anyhow::Result<()> {
        let page = self.people.own_path(link).to_owned();
        let chosen = self.people.submit(&page, "/welcome", &[("password", PASSWORD), ("repeat", PASSWORD)]).await?;
        ensure!(chosen.status.is_redirection(), "the owner's link did not work ({})", chosen.status);
        let again = Browser::new(self.people.server())?.get(&page).await?;
        ensure!(!again.body.contains("new-password"), "the owner's link worked twice");
        let mut other = Browser::new(self.people.server())?;
        let signed_in = other.submit("/sign-in", "/sign-in", &[("email", OWNER), ("password", PASSWORD)]).await?;
        ensure!(signed_in.status.is_redirection(), "the password did not work ({})", signed_in.status);
        self.tale.tell(
            "signed_in",
            true,
            "the one-time link let the owner choose a password, once; the password signs in",
        );
        Ok(())
    }

    /// Gives the list's id.
    async fn import(&mut self) -> anyhow::Result<String> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("list", sample::LIST)
            .append_pair("consent", sample::CONSENT)
            .finish();
        let begun = self.program.upload(&format!("/api/v1/imports?{query}"), "text/csv", people_csv()?).await?;
        let id = text(&begun.json(), "id")?;
        let done = self
            .until(&format!("/api/v1/imports/{id}"), |report| report["state"] == "done" || report["state"] == "failed")
            .await?;
        let counts = &done["counts"];
        ensure!(counts["new"] == sample::DEMO_PEOPLE, "the import ended otherwise: {counts}");
        let words = format!(
            "{} people were imported, {} rows refused",
            count(number(counts, "new")?),
            number(counts, "invalid")?
        );
        self.tale.tell("imported", number(counts, "new")?, words);
        text(&done, "list")
    }

    async fn sign_up(&mut self, list: &str) -> anyhow::Result<()> {
        let form = self.program.api(Method::POST, "/api/v1/forms", Some(&json!({ "list": list }))).await?;
        let page = format!("/f/{}", text(&form.json(), "slug")?);
        let mut visitor = Browser::new(self.people.server())?;
        let shown = visitor.get(&page).await?;
        // A form that comes back faster than a person can fill it in is shown again.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let fields = [("email", NEWCOMER), ("first_name", "Nettle"), ("agree", "yes")];
        let form = waxwing_demo::browser::forms(&shown.body, &page).into_iter().find(|form| form.action == page);
        let asked = visitor.post(&page, &form.context("the form's page has no form")?.filled(&fields)).await?;
        ensure!(asked.status.is_redirection() || asked.status.is_success(), "the form was refused ({})", asked.status);
        let mail = self.mail_to(NEWCOMER).await?;
        let link = mime::first_link_containing(&mail, "/confirm/").context("the mail has no link to confirm by")?;
        ensure!(self.confirmed(list).await? == number_of_people(), "somebody was confirmed without a word");
        let scanned = visitor.get(&link).await?;
        ensure!(
            scanned.status.is_success() && self.confirmed(list).await? == number_of_people(),
            "opening the link confirmed it"
        );
        let pressed = visitor.submit(&link, "/confirm/", &[]).await?;
        ensure!(!pressed.status.is_server_error(), "confirming failed ({})", pressed.status);
        ensure!(self.confirmed(list).await? == number_of_people() + 1, "the button did not confirm");
        self.tale.tell(
            "signed_up",
            true,
            "one person signed up; opening the mail's link did nothing, its button confirmed",
        );
        Ok(())
    }

    /// Confirmed members of the list.
    async fn confirmed(&mut self, list: &str) -> anyhow::Result<i64> {
        let shown = self.program.api(Method::GET, &format!("/api/v1/lists/{list}"), None).await?.json();
        number(&shown["counts"], "confirmed")
    }

    /// Gives the campaign's id, once nothing is left to be done for it.
    async fn send(&mut self, list: &str) -> anyhow::Result<String> {
        let made = json!({
            "name": "The autumn letter", "lists": [list], "from_name": sample::ORGANISATION, "from": sample::SENDER_ADDRESS,
            "reply_to": "", "subject": sample::CAMPAIGN_SUBJECT, "preheader": sample::CAMPAIGN_PREHEADER,
            "content": { "format": "markdown", "body": sample::CAMPAIGN_MARKDOWN },
        });
        let made = self.program.api(Method::POST, "/api/v1/campaigns", Some(&made)).await?;
        let id = text(&made.json(), "id")?;
        let sent = self.program.api(Method::POST, &format!("/api/v1/campaigns/{id}/send"), Some(&json!({}))).await?;
        ensure!(sent.status.is_success(), "the campaign was not sent: {}", sent.body);
        self.until(&format!("/api/v1/campaigns/{id}/report"), settled).await?;
        Ok(id)
    }

    /// Nobody got it twice, and who got it is who should have.
    fn check_mailboxes(&mut self) -> anyhow::Result<()> {
        let deliveries = self.caught.deliveries();
        let twice = deliveries.iter().filter(|(address, count)| **count > 1 && address.as_str() != NEWCOMER).count();
        ensure!(twice == 0, "{twice} people got the letter more than once");
        let counts = self.caught.counts();
        self.tale.tell(
            "refused",
            counts.refused,
            format!("providers refused {} and deferred {} times", counts.refused, counts.deferred),
        );
        self.tale.tell("twice", 0, "nobody was mailed twice");
        Ok(())
    }

    async fn leave(&mut self) -> anyhow::Result<()> {
        let mail = self.mail_to(NEWCOMER).await?;
        let both = mime::list_unsubscribe(&mail);
        let link =
            both.into_iter().find(|link| link.starts_with("http")).context("the letter has no one-click link")?;
        ensure!(mime::header(&mail, "List-Unsubscribe-Post").is_some(), "the letter does not offer one click");
        let mut provider = Browser::new(self.people.server())?;
        let page = provider.get(&link).await?;
        ensure!(page.status.is_success() && !page.body.contains(NEWCOMER), "the page of the link shows an address");
        let click = [("List-Unsubscribe".to_owned(), "One-Click".to_owned())];
        for _ in 0..2 {
            let left = provider.post(&link, &click).await?;
            ensure!(
                left.status.is_success() || left.status.is_redirection(),
                "one click did not unsubscribe ({})",
                left.status
            );
        }
        self.tale.tell("unsubscribed", true, "one click unsubscribed, also when it was pressed twice");
        Ok(())
    }

    async fn report(&mut self, campaign: &str) -> anyhow::Result<()> {
        let report = self.program.api(Method::GET, &format!("/api/v1/campaigns/{campaign}/report"), None).await?.json();
        let parts = ["accepted", "deferred", "failed", "skipped", "unknown", "pending"];
        let numbers = parts.iter().map(|part| number(&report, part)).collect::<anyhow::Result<Vec<i64>>>()?;
        let audience = number(&report, "audience")?;
        ensure!(numbers.iter().sum::<i64>() == audience, "the report does not add up: {report}");
        for (part, expected) in expectations() {
            ensure!(number(&report, part)? == expected, "{part} should be {expected}: {report}");
        }
        for (part, value) in parts.iter().zip(&numbers) {
            self.tale.tell(part, *value, format!("{part}: {} of {}", count(*value), count(audience)));
        }
        self.tale.tell("audience", audience, "the sum is the audience");
        Ok(())
    }

    /// The newest message taken for an address, waited for.
    async fn mail_to(&self, address: &str) -> anyhow::Result<Vec<u8>> {
        let begun = Instant::now();
        loop {
            if let Some(caught) = self.caught.newest_to(address) {
                return Ok(caught.raw.to_vec());
            }
            ensure!(begun.elapsed() < PATIENCE, "no mail came");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Asks the API again and again until `enough`.
    async fn until(&mut self, path: &str, enough: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let begun = Instant::now();
        loop {
            let answer = self.program.api(Method::GET, path, None).await?;
            ensure!(answer.status.is_success(), "{path}: {}", answer.body);
            let value = answer.json();
            if enough(&value) {
                return Ok(value);
            }
            ensure!(begun.elapsed() < PATIENCE, "this did not come to an end: {value}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

fn number_of_people() -> i64 {
    sample::DEMO_PEOPLE.cast_signed()
}

fn tally(fate: Fate) -> i64 {
    sample::tally(sample::DEMO_PEOPLE, fate).cast_signed()
}

/// What a report must say: full mailboxes stay deferred, a lost reply is never counted as sent.
fn expectations() -> [(&'static str, i64); 6] {
    let accepted = tally(Fate::Accepted) + tally(Fate::Later) + tally(Fate::Slow) + 1;
    [
        ("audience", number_of_people() + 1),
        ("accepted", accepted),
        ("deferred", tally(Fate::Full)),
        ("failed", tally(Fate::Unknown) + tally(Fate::Blocked)),
        ("unknown", tally(Fate::Dropped)),
        ("unsubscribed", 1),
    ]
}

/// Whether all that can end has ended.
fn settled(report: &Value) -> bool {
    report["pending"] == 0 && report["deferred"] == tally(Fate::Full)
}

fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    value[name].as_str().map(str::to_owned).with_context(|| format!("the answer has no {name}: {value}"))
}

fn number(value: &Value, name: &str) -> anyhow::Result<i64> {
    value[name].as_i64().with_context(|| format!("the answer has no {name}: {value}"))
}
