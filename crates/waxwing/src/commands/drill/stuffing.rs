//! Passwords from another site, tried one after the other (Customer.io, October 2019: one fitted, six people's
//! lists were exported, spam went out for a day before anybody noticed, and stopping it took three hours).

use super::attacker::Hammer;
use super::mailed::Mailed;
use super::scene::{PASSWORD, PATIENCE, Scene};
use super::timeline::Side;
use anyhow::{Context as _, ensure};
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use waxwing_app::accounts::{self, second_factor};
use waxwing_app::relays;
use waxwing_app::settings::{self, Rate};
use waxwing_demo::browser::{Browser, forms};
use waxwing_demo::capture::Filter;
use waxwing_demo::{mime, sample};
use waxwing_domain::{AccountId, Role};

/// Her mailbox is her own.
const VICTIM: &str = "vera@larkfield.example";
/// His mailbox has the password that everything of his has.
const CARELESS: &str = "otto@larkfield.example";
/// Pairs that are tried before those that fit.
const TRIES: u8 = 24;
/// Her mailbox has the same password too, but her second factor is an app.
const CAREFUL: &str = "ida@larkfield.example";
/// Messages an hour that leave at most: a twentieth at once, the rest one by one, so that a letter is stopped on its way.
const PACE: i64 = 6_000;
/// So many have the letter when somebody notices.
const ON_ITS_WAY: usize = 20;
/// Longer than the slowest mail server of the drill takes to answer.
const ON_THE_WIRE: Duration = Duration::from_secs(4);
/// Long enough for dozens more to leave at the pace, were it not stopped.
const LEAVES: Duration = Duration::from_secs(30);

pub async fn play(scene: &mut Scene) -> anyhow::Result<()> {
    let (vera, _) = scene.colleague(VICTIM, Role::PrivacyOfficer).await?;
    let (otto, _) = scene.colleague(CARELESS, Role::Owner).await?;
    let ida = enrolled(scene).await?;
    let letter = draft(scene).await?;
    let told = try_pairs(scene).await?;
    ensure!(told.len() == 1, "known and unknown addresses are answered differently: {told:?}");
    scene.timeline.tell(Side::Attacker, format!("tries {TRIES} stolen pairs; every answer is the same"));
    scene.alerted(&["login.stuffing", "login.enumeration"], "raises an alert: passwords are tried out").await?;

    let (mut thief, _) = asked_for_more(scene, VICTIM, 77).await?;
    let guessed = thief.submit("/sign-in/second", "/sign-in/second", &[("code", "123456")]).await?;
    ensure!(!guessed.status.is_success() || !thief.get("/audience").await?.status.is_success(), "a guess was taken");
    scene.timeline.tell(Side::Attacker, "guesses, and is not in as Vera");
    scene.numbered().await?;
    let behind = scene.numbers(&format!("person:{vera}"), "confirmed").await?.len();
    ensure!(behind == 0, "{behind} people are named though nobody was in");
    scene.timeline.figure("people_behind_a_code", behind);

    stopped_at_the_app(scene, ida).await?;

    let (mut thief, code) = asked_for_more(scene, CARELESS, 78).await?;
    scene.timeline.tell(Side::Attacker, "opens Otto’s mailbox with the same password, and has the code");
    thief.submit("/sign-in/second", "/sign-in/second", &[("code", code.as_str())]).await?;
    ensure!(thief.get("/audience").await?.status.is_success(), "the code of the mailbox was refused");
    let loot = export(scene, &mut thief).await?;
    order_spam(scene, &mut thief, &letter).await?;
    scene.numbered().await?;
    scene.measure(&format!("person:{otto}"), &loot).await?;

    let before = leaves(scene).await?;

    let hammer = Hammer::start(thief, "/audience");
    let done = scene.contain("workspace", "Somebody else is in as Otto.").await?;
    let then = Mailed::now(scene).len();
    let last = hammer.end().await?;
    scene.nothing_after(done, last)?;
    stopped_in_flight(scene, &letter, (before, then)).await
}

/// Letters leave at a pace.
async fn pace(scene: &Scene) -> anyhow::Result<()> {
    let ctx = scene.app.host().with_purpose("waxwing drill");
    let mut tx = scene.app.begin(&ctx, "drill.pace").await?;
    let mut settings = settings::saved(&mut tx).await?;
    settings.limits.workspace = Rate { per_hour: Some(PACE), per_day: None };
    settings::save(&scene.app, &mut tx, &ctx, &settings).await?;
    Ok(tx.commit().await?)
}

/// A letter of the house that waits to be finished; its id.
async fn draft(scene: &mut Scene) -> anyhow::Result<String> {
    pace(scene).await?;
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

/// Waits until the letter is on its way; gives how many have it.
async fn leaves(scene: &mut Scene) -> anyhow::Result<usize> {
    let asked = Instant::now();
    loop {
        let have = Mailed::now(scene).len();
        if have >= ON_ITS_WAY {
            scene.timeline.tell(Side::Attacker, format!("{have} people have his letter, and it goes on"));
            return Ok(have);
        }
        ensure!(asked.elapsed() < PATIENCE, "the letter does not leave");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Some have it, some have not, nobody gets it any more, and who has it is named to a person.
async fn stopped_in_flight(scene: &mut Scene, letter: &str, (before, then): (usize, usize)) -> anyhow::Result<()> {
    // What was on the wire when containment returned is answered within this, also by the slowest server of the drill: one
    // message a connection, or a connection began another.
    tokio::time::sleep(ON_THE_WIRE).await;
    let stopped = Mailed::now(scene).len();
    let (on_the_wire, connections) = (stopped - then, connections(scene).await?);
    ensure!(
        on_the_wire <= connections,
        "{on_the_wire} letters were begun after containment, on {connections} connections"
    );
    scene.timeline.figure("letters_on_the_wire", on_the_wire);
    tokio::time::sleep(LEAVES).await;
    let mailed = super::mailed::judge(scene, letter).await?;
    let (left, kept) = (mailed.len(), scene.people.len() - mailed.len());
    ensure!(left == stopped, "{} letters left after containment", left - stopped);
    ensure!(
        left >= before && kept > 0,
        "{left} of {} people have the letter: it was not stopped in flight",
        scene.people.len()
    );
    scene.timeline.figure("letters_left", left);
    scene.timeline.figure("letters_kept_back", kept);
    scene.timeline.figure("letters_after_containment", left - stopped);
    let words = format!(
        "stops the letter in flight: {left} people have it, who are named, {kept} do not, and nobody gets it since"
    );
    scene.timeline.tell(Side::Waxwing, words);
    Ok(())
}

/// Connections that may be in the middle of a message.
async fn connections(scene: &Scene) -> anyhow::Result<usize> {
    let ctx = scene.app.host().with_purpose("waxwing drill");
    let mut tx = scene.app.read(&ctx, "drill.relays").await?;
    let relays = relays::all(&mut tx, &ctx).await?;
    Ok(usize::try_from(relays.iter().map(|relay| relay.connections).sum::<i64>())?)
}

/// A colleague with the same careless habit, whose second factor is an app.
async fn enrolled(scene: &Scene) -> anyhow::Result<AccountId> {
    let (id, mut browser) = scene.colleague(CAREFUL, Role::Owner).await?;
    let page = browser.submit("/account", "/account/second-factor", &[("current", PASSWORD)]).await?;
    ensure!(page.status.is_success(), "no second factor is offered ({})", page.status);
    let ctx = scene.app.host().with_purpose("waxwing drill");
    let mut tx = scene.app.read(&ctx, "drill.enrol").await?;
    let account = accounts::by_id(&mut tx, id).await?.context("the colleague")?;
    drop(tx);
    let seed = second_factor::pending(&scene.app, &account)?.context("a seed for her app")?;
    let code = seed.shown(ctx.now()).context("a code of her app")?;
    let confirm = "/account/second-factor/confirm";
    let form = forms(&page.body, "/account").into_iter().find(|form| form.action == confirm).context("a form")?;
    let answer = browser.post(confirm, &form.filled(&[("code", &code)])).await?;
    ensure!(answer.status.is_success(), "the code of her app was refused ({})", answer.status);
    Ok(id)
}

/// Who enrolled a second factor is not there for who has the password and the mailbox: no code is mailed.
async fn stopped_at_the_app(scene: &mut Scene, ida: AccountId) -> anyhow::Result<()> {
    let mut thief = scene.stranger(79)?;
    let answer = thief.submit("/sign-in", "/sign-in", &[("email", CAREFUL), ("password", PASSWORD)]).await?;
    ensure!(answer.status.is_redirection(), "the right password was refused ({})", answer.status);
    scene.timeline.tell(Side::Attacker, "has the right password of Ida, and her mailbox");
    let step = thief.get("/sign-in/second").await?;
    ensure!(step.body.contains("authenticator app"), "the app is not asked for");
    for guess in ["000000", "123456", "654321"] {
        let answer = thief.submit("/sign-in/second", "/sign-in/second", &[("code", guess)]).await?;
        ensure!(!answer.status.is_success() || !thief.get("/audience").await?.status.is_success(), "a guess was taken");
    }
    ensure!(!thief.get("/audience").await?.status.is_success(), "a password alone was enough for {CAREFUL}");
    ensure!(code_mailed_to(scene, CAREFUL).is_none(), "a code was mailed in the place of the app’s");
    scene.numbered().await?;
    let behind = scene.numbers(&format!("person:{ida}"), "confirmed").await?.len();
    ensure!(behind == 0, "{behind} people are named though nobody was in");
    scene
        .timeline
        .tell(Side::Waxwing, "asks for the code of her app, mails none, and lets nobody in: her second factor holds");
    scene.timeline.figure("people_behind_an_app", behind);
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
