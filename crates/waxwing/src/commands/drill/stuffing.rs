//! Passwords from another site, tried one after the other (Customer.io, October 2019: one fitted, six people's
//! lists were exported, spam went out for a day before anybody noticed, and stopping it took three hours).

use super::attacker::Hammer;
use super::scene::{PASSWORD, PATIENCE, Scene};
use super::timeline::Side;
use anyhow::ensure;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use waxwing_demo::browser::Browser;
use waxwing_domain::Role;

const VICTIM: &str = "vera@larkfield.example";
/// Pairs that are tried before the one that fits.
const TRIES: u8 = 24;

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    let (account, _) = scene.colleague(VICTIM, Role::PrivacyOfficer).await?;
    let told = try_pairs(scene).await?;
    ensure!(told.len() == 1, "known and unknown addresses are answered differently: {told:?}");
    scene.timeline.tell(Side::Attacker, format!("tries {TRIES} stolen pairs; every answer is the same"));
    scene.observe(&["login.refused"], "notes failed sign-ins from one network").await?;

    let told = mails_to(scene);
    let mut thief = scene.stranger(77)?;
    let answer = thief.submit("/sign-in", "/sign-in", &[("email", VICTIM), ("password", PASSWORD)]).await?;
    ensure!(answer.status.is_redirection(), "the right password was refused ({})", answer.status);
    let inside = thief.get("/audience").await?.status.is_success();
    let loot = if inside { export(scene, &mut thief).await? } else { stopped(scene, &mut thief, told).await? };

    let hammer = Hammer::start(thief, "/audience");
    let done = scene.contain(&format!("account:{account}"), "Somebody else signed in as Vera.").await?;
    let last = hammer.end().await?;
    scene.nothing_after(done, last)?;
    scene.numbered().await?;
    scene.measure(&format!("person:{account}"), &loot).await
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

/// The right password from a strange place is not enough: Waxwing asks for more, which the attacker lacks.
async fn stopped(scene: &mut Scene, thief: &mut Browser, told: u32) -> anyhow::Result<BTreeSet<String>> {
    scene.timeline.signal("takes the right password from a strange place, and asks for more than a password");
    let asked = Instant::now();
    while mails_to(scene) == told {
        ensure!(asked.elapsed() < PATIENCE, "Vera was told nothing");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    scene.timeline.tell(Side::Waxwing, "writes to Vera that somebody has her password");
    let guessed = thief.post("/sign-in/second", &[("code".into(), "123456".into())]).await?;
    ensure!(!guessed.status.is_success() || !thief.get("/audience").await?.status.is_success(), "a guess was taken");
    scene.timeline.tell(Side::Attacker, "guesses, and is not in");
    Ok(BTreeSet::new())
}

/// Messages that reached Vera.
fn mails_to(scene: &Scene) -> u32 {
    scene.caught.deliveries().get(VICTIM).copied().unwrap_or_default()
}

async fn export(scene: &mut Scene, thief: &mut Browser) -> anyhow::Result<BTreeSet<String>> {
    let page = "/audience/export";
    let list = scene.list.to_string();
    let file = thief.submit(page, page, &[("list", &list), ("purpose", "Backup")]).await?;
    ensure!(file.status.is_success(), "the export was refused ({})", file.status);
    let loot = super::attacker::addresses_of_csv(&file.body);
    let loot: BTreeSet<String> = loot.intersection(&scene.people).cloned().collect();
    scene.timeline.tell(Side::Attacker, format!("signs in as Vera and exports {} people", loot.len()));
    scene.observe(&["export.begun"], "notes the export").await?;
    Ok(loot)
}
