//! Somebody talks a colleague into helping them in (Mailchimp, March 2022: a support tool was reached by
//! talking to staff; 319 accounts were seen, 102 lists exported, API keys taken).

use super::scene::{Scene, owner};
use super::timeline::Side;
use anyhow::{Context as _, ensure};
use std::collections::BTreeSet;
use waxwing_app::accounts::approvals::{self, Policy};
use waxwing_demo::browser::{Browser, forms};
use waxwing_domain::Role;

const HELPFUL: &str = "sam@larkfield.example";
const ACCOMPLICE: &str = "it-support@larkf1eld.example";

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    let (account, mut sam) = scene.colleague(HELPFUL, Role::Owner).await?;
    let policy = Policy { grants: true, ..Policy::default() };
    let ctx = scene.app.host().with_purpose("waxwing drill");
    let mut tx = scene.app.begin(&ctx, "drill.policy").await?;
    let passage = approvals::set_policy(&scene.app, &mut tx, &ctx, policy).await?;
    ensure!(passage.waits().is_none(), "asking for more waits for nobody");
    tx.commit().await?;

    let seen = look_around(scene, &mut sam).await?;
    let mut stranger = scene.stranger(40)?;
    let known = stranger.submit("/reset", "/reset", &[("email", owner())]).await?;
    let unknown = stranger.submit("/reset", "/reset", &[("email", "nobody@larkfield.example")]).await?;
    ensure!(known.status == unknown.status && known.location == unknown.location, "a reset tells who is there");
    ensure!(!known.body.contains("/reset/"), "the page of a reset shows its link");
    scene.timeline.tell(Side::Attacker, "asks for a new password in the owner's name: the same answer as for nobody");

    let people = "/settings/people";
    let invited = sam.submit(people, people, &[("email", ACCOMPLICE), ("name", "IT"), ("role", "analyst")]).await?;
    ensure!(invited.status.is_success(), "inviting failed ({})", invited.status);
    let id = scene.colleague_id(ACCOMPLICE).await?.context("the invited account")?;
    scene.timeline.tell(Side::Attacker, "talks Sam into inviting “IT support”, then into making it an owner");
    let page = format!("/settings/people/{id}");
    let asked = sam.submit(&page, &format!("{page}/roles"), &[("role", "owner")]).await?;
    let waits = asked.location.as_deref().is_some_and(|place| place.contains("/security/approvals/"));
    ensure!(waits, "a powerful role was granted by one person alone ({:?})", asked.location);
    scene.observe(&["approvals.asked"], "grants nothing: a second person is asked, and sees exactly what for").await?;

    let request = asked.location.unwrap_or_default();
    let shown = sam.open(&request).await?;
    let agrees = forms(&shown.body, &request).iter().any(|form| form.action.ends_with("/approve"));
    ensure!(shown.status.is_success() && !agrees, "Sam is asked to agree with themselves");
    scene.contain(&format!("account:{account}"), "Somebody talks to Sam in our name.").await?;
    ensure!(!sam.get(people).await?.status.is_success(), "Sam's session goes on");
    scene.timeline.tell(Side::Attacker, "has nobody inside any more");
    scene.numbered().await?;
    scene.measure(&format!("person:{account}"), &seen).await
}

/// What Sam looked at before: the first page of people. Whoever has Sam has these.
async fn look_around(scene: &mut Scene, sam: &mut Browser) -> anyhow::Result<BTreeSet<String>> {
    let page = sam.open("/audience").await?;
    let seen: BTreeSet<String> =
        scene.people.iter().filter(|address| page.body.contains(address.as_str())).cloned().collect();
    ensure!(!seen.is_empty(), "the page of people shows nobody ({})", page.status);
    scene.timeline.tell(Side::Attacker, format!("looks over Sam’s shoulder at {} people", seen.len()));
    Ok(seen)
}
