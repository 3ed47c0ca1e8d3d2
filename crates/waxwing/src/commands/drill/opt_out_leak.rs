//! Unsubscribe pages that give addresses away (Klaviyo: forms of that kind showed the address of whoever
//! was named in the link, to anybody).

use super::scene::{PATIENCE, Scene};
use super::timeline::Side;
use anyhow::{Context as _, ensure};
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;
use waxwing_demo::browser::Browser;
use waxwing_demo::{mime, sample};

/// Links that the attacker makes up.
const GUESSES: usize = 300;

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    send_letter(scene).await?;
    let victim = scene.people.iter().find(|address| scene.caught.newest_to(address).is_some()).cloned();
    let caught = scene.caught.newest_to(&victim.context("nobody got the letter")?).context("the letter")?;
    let links = mime::list_unsubscribe(&caught.raw);
    let link = links.into_iter().find(|link| link.starts_with("http")).context("a link to unsubscribe")?;
    let mut stranger = scene.stranger(30)?;
    let path = stranger.own_path(&link).to_owned();

    let shown = stranger.get(&path).await?;
    ensure!(shown.status.is_success(), "the link of the letter does not work ({})", shown.status);
    quiet(scene, &shown.body, "the page of a link that was passed on")?;
    scene.timeline.tell(Side::Attacker, "opens a link that somebody passed on: the page names nobody");

    let mut answers = std::collections::BTreeMap::new();
    for guess in 0..GUESSES {
        let answer = stranger.get(&changed(&path, guess)).await?;
        quiet(scene, &answer.body, "the page of a made-up link")?;
        *answers.entry(answer.status.as_u16()).or_insert(0) += 1;
    }
    ensure!(!answers.contains_key(&200), "a made-up link was taken for a real one: {answers:?}");
    scene
        .timeline
        .tell(Side::Attacker, format!("makes up {GUESSES} links by changing that one: none is real, none says more"));
    scene.timeline.figure("links_tried", GUESSES);
    let doors = other_doors(scene, &mut stranger, &mime::links(&caught.raw)).await?;
    scene.timeline.tell(Side::Attacker, format!("tries {doors} other doors: none says who is on the list"));
    scene.timeline.figure("other_doors_tried", doors);
    scene.timeline.figure("addresses_shown", 0);
    scene.timeline.signal("answers as ever; somebody writes in that a link of theirs went round");

    scene.contain("workspace", "Links of our letters are passed round.").await?;
    let after = stranger.get(&path).await?;
    ensure!(after.status.is_success(), "who wants to leave cannot any more ({})", after.status);
    quiet(scene, &after.body, "the page of the link after containment")?;
    scene.timeline.tell(Side::Waxwing, "still lets everybody leave");
    Ok(())
}

/// The letter's other links, and the pages that take an address: they show nobody, and answer for somebody on the
/// list as for anybody. Gives how many were tried.
async fn other_doors(scene: &Scene, stranger: &mut Browser, links: &[String]) -> anyhow::Result<usize> {
    let own: BTreeSet<String> = links.iter().map(|link| stranger.own_path(link).to_owned()).collect();
    let own: Vec<String> = own.into_iter().filter(|path| path.starts_with('/')).collect();
    for path in &own {
        quiet(scene, &stranger.get(path).await?.body, "a page that the letter leads to")?;
    }
    let known = scene.people.first().context("nobody is on the list")?;
    let on = stranger.submit("/reset", "/reset", &[("email", known.as_str())]).await?;
    let off = stranger.submit("/reset", "/reset", &[("email", "nobody@elsewhere.example")]).await?;
    ensure!(on.status == off.status && on.location == off.location, "a reset tells who is on the list");
    Ok(own.len() + 1)
}

/// A letter to the whole list, waited for until somebody has it.
async fn send_letter(scene: &mut Scene) -> anyhow::Result<()> {
    let made = json!({
        "name": "The autumn letter", "lists": [scene.list.to_string()], "from_name": sample::ORGANISATION,
        "from": sample::SENDER_ADDRESS, "reply_to": "", "subject": sample::CAMPAIGN_SUBJECT,
        "preheader": sample::CAMPAIGN_PREHEADER,
        "content": { "format": "markdown", "body": sample::CAMPAIGN_MARKDOWN },
    });
    let made = scene.eyes.api(Method::POST, "/api/v1/campaigns", Some(&made)).await?.json();
    let id = made["id"].as_str().context("a campaign")?.to_owned();
    let sent = scene.eyes.api(Method::POST, &format!("/api/v1/campaigns/{id}/send"), Some(&json!({}))).await?;
    ensure!(sent.status.is_success(), "the letter was not sent: {}", sent.body);
    scene.caught.wait_for(50, PATIENCE).await?;
    Ok(())
}

/// No page may show the address of anybody on the list.
fn quiet(scene: &Scene, body: &str, what: &str) -> anyhow::Result<()> {
    let shown = scene.people.iter().any(|address| body.contains(address.as_str()));
    ensure!(!shown, "{what} shows somebody's address");
    Ok(())
}

/// The same path with one letter or digit of its last part changed.
fn changed(path: &str, guess: usize) -> String {
    let start = path.rfind('/').map_or(0, |at| at + 1);
    let token: Vec<char> = path[start..].chars().collect();
    let place = guess % token.len().max(1);
    let step = u32::try_from(1 + guess / token.len().max(1)).unwrap_or(1) % 25 + 1;
    let turned = |c: char| match c {
        'a'..='z' => char::from_u32((u32::from(c) - 97 + step) % 26 + 97).unwrap_or('a'),
        'A'..='Z' => char::from_u32((u32::from(c) - 65 + step) % 26 + 65).unwrap_or('A'),
        '0'..='9' => char::from_u32((u32::from(c) - 48 + step % 9 + 1) % 10 + 48).unwrap_or('0'),
        _ => 'x',
    };
    let token: String = token.iter().enumerate().map(|(at, c)| if at == place { turned(*c) } else { *c }).collect();
    format!("{}{token}", &path[..start])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_link_is_another_link() {
        let path = "/u/aB9-zZ0";
        for guess in 0..100 {
            let other = changed(path, guess);
            assert!(other != path && other.starts_with("/u/") && other.len() == path.len(), "{other}");
        }
    }
}
