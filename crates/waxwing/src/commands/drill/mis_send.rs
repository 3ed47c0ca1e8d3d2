//! A letter for a few goes to everybody (the EDPB's examples of mail sent by mistake, Guidelines 01/2021, cases 13 to 16).

use super::scene::{PATIENCE, Scene};
use super::timeline::Side;
use anyhow::{Context as _, ensure};
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use waxwing_demo::sample;

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    let body = "Dear {{ first_name }},\n\nyour invoice of 12,400.00 is overdue.";
    let made = json!({
        "name": "Overdue invoice", "lists": [scene.list.to_string()], "from_name": sample::ORGANISATION,
        "from": sample::SENDER_ADDRESS, "reply_to": "", "subject": "Your invoice", "preheader": "",
        "content": { "format": "markdown", "body": body },
    });
    let made = scene.eyes.api(Method::POST, "/api/v1/campaigns", Some(&made)).await?.json();
    let id = made["id"].as_str().context("a campaign")?.to_owned();
    let sent = scene.eyes.api(Method::POST, &format!("/api/v1/campaigns/{id}/send"), Some(&json!({}))).await?;
    ensure!(sent.status.is_success(), "the letter was not sent: {}", sent.body);
    scene.timeline.tell(Side::Attacker, "(a colleague, by mistake) sends one customer's invoice to the whole list");
    scene.caught.wait_for(20, PATIENCE).await?;
    scene.timeline.signal("shows that messages leave; somebody looks twice at the audience");

    let asked = Instant::now();
    let page = format!("/campaigns/{id}");
    let paused = scene.defender.submit(&page, &format!("{page}/pause"), &[]).await?;
    ensure!(paused.status.is_redirection(), "pausing failed ({})", paused.status);
    let millis = asked.elapsed().as_millis();
    scene.timeline.contained(format!("pauses the campaign; {millis} ms"));
    scene.timeline.figure("containment_milliseconds", u64::try_from(millis)?);
    let got = settle(scene).await?;
    ensure!(got.len() < scene.people.len(), "everybody got it before it was paused");
    scene.timeline.tell(
        Side::Waxwing,
        format!("held back {} of {} messages", scene.people.len() - got.len(), scene.people.len()),
    );

    let mailed = super::mailed::judge(scene, &id).await?;
    let named = recipients(scene, &id).await?;
    ensure!(named == mailed.taken.union(&mailed.unanswered).cloned().collect(), "the report names others than have it");
    let (sure, unsure) = (mailed.taken.len(), mailed.unanswered.len());
    let words = format!(
        "names the {sure} people whose server took it, and {unsure} whose server gave no answer: exactly those who have it"
    );
    scene.timeline.tell(Side::Waxwing, words);
    scene.timeline.tell(Side::Waxwing, "counts values of their own alone: nobody’s address was shown to another");
    scene.timeline.figure("people_named", named.len());
    scene.timeline.figure("people_reached", mailed.len());
    ensure!(mailed.len() == got.len(), "somebody got it while it was counted");
    Ok(())
}

/// Who has it, once nothing arrives any more.
async fn settle(scene: &Scene) -> anyhow::Result<BTreeSet<String>> {
    let mut before = usize::MAX;
    for _ in 0..60 {
        let got: BTreeSet<String> = scene.caught.deliveries().into_keys().collect();
        if got.len() == before {
            return Ok(got.intersection(&scene.people).cloned().collect());
        }
        before = got.len();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    }
    anyhow::bail!("messages go on leaving")
}

/// The people whom the report names as reached, or as reached perhaps.
async fn recipients(scene: &mut Scene, id: &str) -> anyhow::Result<BTreeSet<String>> {
    let mut named = BTreeSet::new();
    for state in ["accepted", "unknown"] {
        let mut path = format!("/api/v1/reports/campaigns/{id}/recipients?state={state}&limit=200");
        loop {
            let page = scene.eyes.api(Method::GET, &path, None).await?;
            ensure!(page.status.is_success(), "the report was refused: {}", page.body);
            let page = page.json();
            let items = page["items"].as_array().into_iter().flatten();
            named.extend(items.filter_map(|person| person["email"].as_str().map(str::to_owned)));
            let Some(next) = page["next"].as_str().map(str::to_owned).or(page["next"].as_u64().map(|n| n.to_string()))
            else {
                break;
            };
            path = format!("/api/v1/reports/campaigns/{id}/recipients?state={state}&limit=200&after={next}");
        }
    }
    Ok(named)
}
