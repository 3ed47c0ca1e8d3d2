//! The scene of a drill: a workspace with people in it that is served, and somebody who defends it.

use super::attacker;
use super::timeline::{Side, Timeline};
use crate::commands::demo::stage::{OWNER, Stage};
use crate::output::Output;
use anyhow::{Context as _, anyhow, ensure};
use http::{Method, StatusCode};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use waxwing_app::accounts::roles::Grant;
use waxwing_app::accounts::{self, NewApiKey, Person};
use waxwing_app::{App, lists, signals};
use waxwing_breach::blast::{self, Effect, Question, SKEW, SuspectError};
use waxwing_demo::browser::Browser;
use waxwing_demo::capture::Captured;
use waxwing_demo::sample;
use waxwing_domain::{AccountId, ApiKeyId, EmailAddress, ListId, Micros, Role, Scope};

/// People on the list: enough for several pages, few enough to be quick.
const PEOPLE: usize = 600;
/// Whoever signs in on the scene does so by this; it lives as long as the scene.
pub const PASSWORD: &str = "five unrelated words: tidal quartz hammock lentil drum";
/// How long a drill waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long an alert may take: the detectors look each minute.
const ROUND: Duration = Duration::from_secs(120);

/// Everything that a drill plays on.
pub struct Scene {
    /// The product, for what stands before the attack: colleagues, keys.
    pub app: App,
    /// Where it is served.
    pub server: SocketAddr,
    /// The owner, signed in.
    pub defender: Browser,
    /// The same, as a program.
    pub eyes: Browser,
    /// What arrived in mailboxes.
    pub caught: Captured,
    /// The list.
    pub list: ListId,
    /// Who is on it.
    pub people: BTreeSet<String>,
    /// What happened.
    pub timeline: Timeline,
    /// The number that stands for each address in the record.
    numbers: HashMap<String, u64>,
    begun: Micros,
    stop: oneshot::Sender<()>,
    playing: JoinHandle<anyhow::Result<()>>,
}

impl Scene {
    /// Sets the scene and begins the clock.
    pub async fn set(output: Output) -> anyhow::Result<Self> {
        output.say("Setting the scene: keys, database, people …");
        let mut stage = Stage::set(None).await?;
        stage.invite(PEOPLE, output).await?;
        let (app, server, link) = (stage.app.clone(), stage.address()?, stage.link.clone());
        let caught = stage.capture.captured().clone();
        let ctx = stage.ctx();
        let mut tx = app.read(&ctx, "drill.set").await?;
        let list = lists::by_name(&mut tx, sample::LIST).await?.context("the sample list")?.id;
        drop(tx);
        let key = key(&app, "Watcher", Scope::GRANTABLE).await?.1;
        let (stop, stopped) = oneshot::channel::<()>();
        let playing = tokio::spawn(stage.play(async {
            // The sender is dropped when the drill broke off: an end as well.
            let _broke_off = stopped.await;
        }));
        let mut defender = Browser::new(server)?;
        join(&mut defender, &link).await?;
        let mut eyes = Browser::new(server)?.with_key(&key);
        let numbers = numbers(&mut eyes).await?;
        let people = numbers.keys().cloned().collect();
        let begun = app.store().clock().now();
        let timeline = Timeline::begin(output);
        output.say(format!("{PEOPLE} people who do not exist are on the list.\n"));
        Ok(Self { app, server, defender, eyes, caught, list, people, timeline, numbers, begun, stop, playing })
    }

    /// Clears everything away; gives what happened.
    pub async fn end(self) -> anyhow::Result<Value> {
        let Self { stop, playing, timeline, .. } = self;
        // Nobody hears it where the server broke off by itself; the next line says so.
        let _heard = stop.send(());
        playing.await.context("the server broke off")??;
        Ok(timeline.end())
    }

    /// A colleague who has joined: their account, and the browser in which they are signed in.
    pub async fn colleague(&self, email: &str, role: Role) -> anyhow::Result<(AccountId, Browser)> {
        let ctx = self.app.host().with_purpose("waxwing drill");
        let person = Person { email: EmailAddress::parse(email)?, name: String::new() };
        let mut tx = self.app.begin(&ctx, "drill.invite").await?;
        let token = accounts::invite(&self.app, &mut tx, &ctx, &person, Grant::of(role)).await?;
        tx.commit().await?;
        let mut browser = Browser::new(self.server)?;
        join(&mut browser, &accounts::LinkKind::Welcome.url(&self.app, &token)).await?;
        Ok((self.colleague_id(email).await?.context("the colleague")?, browser))
    }

    /// The account with an address, if there is one.
    pub async fn colleague_id(&self, email: &str) -> anyhow::Result<Option<AccountId>> {
        let ctx = self.app.host().with_purpose("waxwing drill");
        let mut tx = self.app.read(&ctx, "drill.colleague").await?;
        let account = accounts::by_email(&self.app, &mut tx, &EmailAddress::parse(email)?).await?;
        Ok(account.map(|account| account.id))
    }

    /// Waits until the product itself has observed one of these, and tells it.
    pub async fn observe(&mut self, kinds: &[&str], words: &str) -> anyhow::Result<()> {
        let ctx = self.app.host().with_purpose("waxwing drill");
        let begun = Instant::now();
        loop {
            let mut tx = self.app.read(&ctx, "drill.observe").await?;
            if signals::since(&mut tx, &ctx, self.begun).await?.iter().any(|kind| kinds.contains(&kind.as_str())) {
                self.timeline.signal(words);
                return Ok(());
            }
            drop(tx);
            ensure!(begun.elapsed() < PATIENCE, "nothing was observed of {kinds:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until whoever looks at the alerts sees one of these detectors' there, and tells it.
    pub async fn alerted(&mut self, detectors: &[&str], words: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let page = self.eyes.api(Method::GET, "/api/v1/alerts?limit=100", None).await?;
            ensure!(page.status.is_success(), "the alerts were refused: {}", page.body);
            let page = page.json();
            let raised = |one: &Value| one["detector"].as_str().is_some_and(|word| detectors.contains(&word));
            if page["items"].as_array().is_some_and(|items| items.iter().any(raised)) {
                self.timeline.signal(words);
                return Ok(());
            }
            ensure!(begun.elapsed() < ROUND, "no alert of {detectors:?} was raised: {page}");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// The defender contains something by the page's form; gives when that returned.
    pub async fn contain(&mut self, scope: &str, reason: &str) -> anyhow::Result<Instant> {
        let page = "/security/containment";
        let asked = Instant::now();
        let answer = self.defender.submit(page, page, &[("scope", scope), ("reason", reason)]).await?;
        let done = Instant::now();
        ensure!(answer.status.is_redirection(), "containing failed ({}): {}", answer.status, answer.body);
        let millis = done.duration_since(asked).as_millis();
        self.timeline.contained(format!("presses “Contain it now”; {millis} ms later it is in force"));
        self.timeline.figure("containment_milliseconds", u64::try_from(millis)?);
        ensure!(millis < 2_000, "containment took {millis} ms");
        Ok(done)
    }

    /// Asks who was touched, and holds it against what the attacker has: both ways, to a person.
    pub async fn measure(&mut self, who: &str, loot: &BTreeSet<String>) -> anyhow::Result<()> {
        let confirmed = self.numbers(who, "confirmed").await?;
        let taken = self.numbers_of(loot)?;
        let both = confirmed.intersection(&taken).count();
        self.timeline.tell(
            Side::Waxwing,
            format!("names {} people as touched; the attacker has {}", confirmed.len(), taken.len()),
        );
        self.timeline.figure("people_named", confirmed.len());
        self.timeline.figure("people_taken", taken.len());
        ensure!(
            confirmed == taken,
            "{both} are right of {} named and {} taken: the blast radius is not exact",
            confirmed.len(),
            taken.len()
        );
        Ok(())
    }

    /// The numbers of the people whom `who` touched since the scene began.
    pub async fn numbers(&mut self, who: &str, effect: &str) -> anyhow::Result<BTreeSet<u64>> {
        let (from, until) = (self.begun, self.app.store().clock().now().plus(Micros::MINUTE));
        let (mut all, mut after) = (BTreeSet::new(), 0);
        loop {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("who", who)
                .append_pair("from", &from.to_string())
                .append_pair("until", &until.to_string())
                .append_pair("effect", effect)
                .append_pair("after", &after.to_string())
                .finish();
            let page = self.eyes.api(Method::GET, &format!("/api/v1/blast/people?{query}"), None).await?;
            // Keys are worth nothing in a workspace that is contained: the question is the host's then.
            if page.status == StatusCode::UNAUTHORIZED {
                return self.numbers_by_the_host(who, effect).await;
            }
            ensure!(page.status.is_success(), "the question was refused: {}", page.body);
            let page = page.json();
            all.extend(page["people"].as_array().into_iter().flatten().filter_map(Value::as_u64));
            match page["next"].as_u64() {
                Some(next) => after = next,
                None => return Ok(all),
            }
        }
    }

    /// The same, asked as the host's command line does.
    async fn numbers_by_the_host(&self, who: &str, effect: &str) -> anyhow::Result<BTreeSet<u64>> {
        let (from, until) = (self.begun, self.app.store().clock().now().plus(Micros::MINUTE));
        let suspect = who.parse().map_err(|error: SuspectError| anyhow!("{error}"))?;
        let question = Question { suspect, from, until, skew: SKEW, follow: true }.checked()?;
        let ctx = self.app.host().with_purpose("waxwing drill");
        let radius = blast::reckon(&self.app, &ctx, &question).await?;
        let people = match Effect::parse(effect).context("how sure")? {
            Effect::Returned => radius.confirmed(),
            Effect::Possible => radius.possible(),
            other => radius.people(other),
        };
        Ok(people.iter().map(u64::from).collect())
    }

    /// The numbers of the people with these addresses.
    pub fn numbers_of(&self, addresses: &BTreeSet<String>) -> anyhow::Result<BTreeSet<u64>> {
        let number = |address| self.numbers.get(address).copied();
        addresses.iter().map(|address| number(address).with_context(|| format!("nobody has {address}"))).collect()
    }

    /// Waits until every entry of the record has its number, so that an answer counts them all.
    pub async fn numbered(&self) -> anyhow::Result<()> {
        let ctx = self.app.host().with_purpose("waxwing drill");
        let begun = Instant::now();
        while waxwing_app::record::head(&self.app, &ctx).await?.pending > 0 {
            ensure!(begun.elapsed() < PATIENCE, "the record is not numbered");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Makes sure that nothing was honoured after containment had returned.
    pub fn nothing_after(&mut self, done: Instant, last: Option<Instant>) -> anyhow::Result<()> {
        let late = last.map(|last| last.saturating_duration_since(done)).unwrap_or_default();
        ensure!(late.is_zero(), "the attacker was answered {} ms after containment", late.as_millis());
        self.timeline.tell(Side::Attacker, "gets nothing any more");
        Ok(())
    }

    /// A key for programs, with its id.
    pub async fn key(&self, name: &str, scopes: &[Scope]) -> anyhow::Result<(ApiKeyId, String)> {
        key(&self.app, name, scopes).await
    }

    /// An attacker's browser.
    pub fn stranger(&self, last: u8) -> anyhow::Result<Browser> {
        Ok(Browser::new(self.server)?.from(attacker::address(last)))
    }
}

async fn key(app: &App, name: &str, scopes: &[Scope]) -> anyhow::Result<(ApiKeyId, String)> {
    key_from(app, name, scopes, vec![]).await
}

/// Everybody's number by their address.
async fn numbers(eyes: &mut Browser) -> anyhow::Result<HashMap<String, u64>> {
    let (mut all, mut path) = (HashMap::new(), "/api/v1/subscribers?limit=200".to_owned());
    loop {
        let page = eyes.api(Method::GET, &path, None).await?.json();
        let people = page["items"].as_array().context("a page of people")?;
        all.extend(people.iter().filter_map(|one| Some((one["email"].as_str()?.to_owned(), one["id"].as_u64()?))));
        let Some(next) = page["next"].as_str() else { return Ok(all) };
        path = format!("/api/v1/subscribers?limit=200&after={next}");
    }
}

/// A key that works from some networks only.
pub async fn key_from(
    app: &App,
    name: &str,
    scopes: &[Scope],
    networks: Vec<waxwing_domain::Network>,
) -> anyhow::Result<(ApiKeyId, String)> {
    let ctx = app.host().with_purpose("waxwing drill");
    let mut tx = app.begin(&ctx, "drill.key").await?;
    let new = NewApiKey { networks, ..NewApiKey::of(&ctx, name, scopes) };
    let (id, text) = accounts::create_api_key(app, &mut tx, &ctx, new).await?;
    tx.commit().await?;
    Ok((id, text))
}

/// Chooses a password by a one-time link, which signs in.
async fn join(browser: &mut Browser, link: &str) -> anyhow::Result<()> {
    let page = browser.own_path(link).to_owned();
    let chosen = browser.submit(&page, "/welcome", &[("password", PASSWORD), ("repeat", PASSWORD)]).await?;
    ensure!(chosen.status.is_redirection(), "a one-time link did not work ({})", chosen.status);
    Ok(())
}

/// The owner's address.
pub const fn owner() -> &'static str {
    OWNER
}
