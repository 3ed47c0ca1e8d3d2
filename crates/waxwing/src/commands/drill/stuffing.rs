//! Passwords from another site, tried one after the other (Customer.io, October 2019: one fitted, six people's
//! lists were exported, spam went out for a day before anybody noticed, and stopping it took three hours).

use super::attacker::Hammer;
use super::scene::{PASSWORD, PATIENCE, Scene};
use super::timeline::Side;
use anyhow::{Context as _, ensure};
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use waxwing_demo::browser::Browser;
use waxwing_demo::capture::Filter;
use waxwing_demo::{mime, sample};
use waxwing_domain::Role;

/// Her mailbox is her own.
const VICTIM: &str = "vera@larkfield.example";
/// His mailbox has the password that everything of his has.
const CARELESS: &str = "otto@larkfield.example";
/// Pairs that are tried before those that fit.
const TRIES: u8 = 24;
/// Longer than a campaign waits before its first message leaves.
const LEAVES: Duration = Duration::from_secs(40);

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    let (vera, _) = scene.colleague(VICTIM, Role::PrivacyOfficer).await?;
    let (otto, _) = scene.colleague(CARELESS, Role::Owner).await?;
    let letter = draft(scene).await?;
    let told = try_pairs(scene).await?;
    ensure!(told.len() == 1, "known and unknown addresses are answered differently: {told:?}");
    scene.timeline.tell(Side::Attacker, format!("tries {TRIES} stolen pairs; every answer is the same"));
    scene.alerted(&["login.stuffing", "login.enumeration"], "raises an alert: passwords are tried out").await?;

    let (mut thief, _) = asked_for_more(scene, VICTIM, 77).await?;
    let guessed = thief.post("/sign-in/second", &[("code".into(), "123456".into())]).await?;
    ensure!(!guessed.status.is_success() || !thief.get("/audience").await?.status.is_success(), "a guess was taken");
    scene.timeline.tell(Side::Attacker, "guesses, and is not in as Vera");
    scene.numbered().await?;
    let behind = scene.numbers(&format!("person:{vera}"), "confirmed").await?.len();
    ensure!(behind == 0, "{behind} people are named though nobody was in");
    scene.timeline.figure("people_behind_a_code", behind);

    let (mut thief, code) = asked_for_more(scene, CARELESS, 78).await?;
    scene.timeline.tell(Side::Attacker, "opens Otto’s mailbox with the same password, and has the code");
    thief.submit("/sign-in/second", "/sign-in/second", &[("code", code.as_str())]).await?;
    ensure!(thief.get("/audience").await?.status.is_success(), "the code of the mailbox was refused");
    let loot = export(scene, &mut thief).await?;
    order_spam(scene, &mut thief, &letter).await?;
    scene.numbered().await?;
    scene.measure(&format!("person:{otto}"), &loot).await?;

    let hammer = Hammer::start(thief, "/audience");
    let done = scene.contain("workspace", "Somebody else is in as Otto.").await?;
    let last = hammer.end().await?;
    scene.nothing_after(done, last)?;
    nothing_leaves(scene).await
}

/// A letter of the house that waits to be finished; its id.
async fn draft(scene: &mut Scene) -> anyhow::Result<String> {
    let made = json!({
        "name": "The autumn letter", "lists": [scene.list.to_string()], "from_name": sample::ORGANISATION,
        "from": sample::SENDER_ADDRESS, "reply_to": "", "subject": "Win a telephone", "preheader": "",
        "content": { "format": "markdown", "body": sample::CAMPAIGN_MARKDOWN },
    });
    let made = scene.eyes.api(Method::POST, "/api/v1/campaigns", Some(&made)).await?.json();
    Ok(made["id"].as_str().context("a campaign")?.to_owned())
}

/// The thief has it sent to everybody.
async fn order_spam(scene: &mut Scene, thief: &mut Browser, letter: &str) -> anyhow::Result<()> {
    let page = format!("/campaigns/{letter}");
    let ordered = thief.submit(&format!("{page}/review"), &format!("{page}/send"), &[]).await?;
    ensure!(ordered.status.is_redirection(), "the spam was not ordered ({})", ordered.status);
    let state = scene.eyes.api(Method::GET, &format!("/api/v1{page}"), None).await?.json();
    ensure!(state["state"] != "draft", "the spam was not ordered: {state}");
    scene.timeline.tell(Side::Attacker, "orders a letter of his own to everybody");
    Ok(())
}

/// Whatever was ordered before containment, nobody on the list gets a letter.
async fn nothing_leaves(scene: &mut Scene) -> anyhow::Result<()> {
    tokio::time::sleep(LEAVES).await;
    let got = scene.caught.deliveries().into_keys().filter(|address| scene.people.contains(address)).count();
    ensure!(got == 0, "{got} people got the spam");
    scene.timeline.figure("letters_left", got);
    scene.timeline.tell(Side::Waxwing, "lets none of the letters leave");
    Ok(())
}

/// The words of the answers to pairs that do not fit; Vera's address is among them.
async fn try_pairs(scene: &Scene) -> anyhow::Result<BTreeSet<String>> {
    let mut told = BTreeSet::new();
    for number in 0..TRIES {
        let mut bot: Browser = scene.stranger(100 + number)?;
        let email = if number % 8 == 3 { VICTIM.to_owned() } else { format!("user{number}@elsewhere.example") };
        let fields = [("email", email.as_str()), ("password", "correct horse battery staple 2019")];
        let answer = bot.submit("/sign-in", "/sign-in", &fields).await?;
        ensure!(!answer.status.is_redirection(), "a wrong password signed in");
        let words = answer.body.split("role=\"alert\">").nth(1).and_then(|rest| rest.split('<').next());
        told.insert(format!("{} {}", answer.status.as_u16(), words.unwrap_or_default()));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(told)
}

/// The right password from a strange place is not enough: a code goes to its person's mailbox, and is given here.
async fn asked_for_more(scene: &mut Scene, who: &str, from: u8) -> anyhow::Result<(Browser, String)> {
    let mut thief = scene.stranger(from)?;
    let answer = thief.submit("/sign-in", "/sign-in", &[("email", who), ("password", PASSWORD)]).await?;
    ensure!(answer.status.is_redirection(), "the right password was refused ({})", answer.status);
    ensure!(!thief.get("/audience").await?.status.is_success(), "a password alone was enough for {who}");
    let asked = Instant::now();
    let code = loop {
        if let Some(code) = code_mailed_to(scene, who) {
            break code;
        }
        ensure!(asked.elapsed() < PATIENCE, "{who} was told nothing");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    scene.timeline.tell(Side::Waxwing, format!("asks for more than the password: mails a code to {who}"));
    Ok((thief, code))
}

/// The code in the newest letter that has one.
fn code_mailed_to(scene: &Scene, who: &str) -> Option<String> {
    let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    let letters = scene.caught.list(&Filter::to(who), 20);
    let code_in = |raw: &[u8]| mime::text(raw)?.split_whitespace().find(is_code).map(str::to_owned);
    letters.iter().find_map(|letter| code_in(&letter.raw))
}

async fn export(scene: &mut Scene, thief: &mut Browser) -> anyhow::Result<BTreeSet<String>> {
    let page = "/audience/export";
    let list = scene.list.to_string();
    let file = thief.submit(page, page, &[("list", &list), ("purpose", "Backup")]).await?;
    ensure!(file.status.is_success(), "the export was refused ({})", file.status);
    let loot = super::attacker::addresses_of_csv(&file.body);
    let loot: BTreeSet<String> = loot.intersection(&scene.people).cloned().collect();
    scene.timeline.tell(Side::Attacker, format!("signs in as Otto and exports {} people", loot.len()));
    scene.observe(&["export.begun"], "notes the export").await?;
    Ok(loot)
}
