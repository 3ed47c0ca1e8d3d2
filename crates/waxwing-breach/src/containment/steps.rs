//! What is cleaned up once the gate has turned: steps that may run twice, each saying how it went.

use super::{Containment, Scope, snapshot, store};
use serde_json::json;
use waxwing_app::accounts::contain as people;
use waxwing_app::accounts::{self, ResetScope};
use waxwing_app::holds::{self, Extent};
use waxwing_app::keys::Resealing;
use waxwing_app::login::contain as sessions;
use waxwing_app::{App, Result, domains, keys};
use waxwing_domain::{AccountId, Action, Actor, Ctx, Micros, Thing};
use waxwing_store::{NewJob, Tx};

/// A step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The signed head of the record, the configuration and the versions are kept, hashed.
    Snapshot,
    /// A legal hold over everybody begins.
    Hold,
    /// Sessions from before are ended.
    Sessions,
    /// API keys from before are ended.
    ApiKeys,
    /// Everybody chooses a new password; passkeys added in the window are gone.
    Passwords,
    /// Webhooks queue until each is reinstated with a fresh secret.
    Webhooks,
    /// The keys that people's data is sealed with are renewed.
    Epoch,
    /// Secrets and files get new keys, and are sealed anew under them.
    ResealSecrets,
    /// Everybody gets a key of their own anew, and what is theirs is sealed under it.
    ResealPeople,
    /// Links are made by a fresh key; those that were sent go on working.
    Links,
    /// Relay logins are renewed where they were given out: a task for people.
    Relays,
    /// New signing keys are prepared; publishing them is a task for people.
    Dkim,
}

impl Step {
    /// Every step, in the order in which they are done.
    pub const ALL: [Self; 12] = [
        Self::Snapshot,
        Self::Hold,
        Self::Sessions,
        Self::ApiKeys,
        Self::Passwords,
        Self::Webhooks,
        Self::Epoch,
        Self::ResealSecrets,
        Self::ResealPeople,
        Self::Links,
        Self::Relays,
        Self::Dkim,
    ];

    /// The steps of a scope. What belongs to one thing was done with the turn of the gate.
    pub const fn of(scope: Scope) -> &'static [Self] {
        match scope {
            Scope::Workspace => &Self::ALL,
            Scope::One(Thing::Account(_) | Thing::ApiKey(_)) => &[Self::Snapshot, Self::Webhooks],
            Scope::One(Thing::Relay(_)) => &[Self::Snapshot, Self::Relays],
            Scope::One(Thing::Domain(_)) => &[Self::Snapshot, Self::Dkim],
            Scope::One(Thing::Webhook(_)) => &[Self::Snapshot],
        }
    }
    /// The same with a legal hold, where one is asked for.
    pub(super) fn ordered(scope: Scope, hold: bool) -> Vec<Self> {
        let mut steps = Self::of(scope).to_vec();
        if hold && !steps.contains(&Self::Hold) {
            steps.push(Self::Hold);
        }
        steps
    }
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Hold => "hold",
            Self::Sessions => "sessions",
            Self::ApiKeys => "api_keys",
            Self::Passwords => "passwords",
            Self::Webhooks => "webhooks",
            Self::Epoch => "epoch",
            Self::ResealSecrets => "reseal_secrets",
            Self::ResealPeople => "reseal_people",
            Self::Links => "links",
            Self::Relays => "relays",
            Self::Dkim => "dkim",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Snapshot => "Record and configuration kept",
            Self::Hold => "Legal hold begun",
            Self::Sessions => "Sessions ended",
            Self::ApiKeys => "API keys ended",
            Self::Passwords => "New passwords asked for",
            Self::Webhooks => "Webhooks queue",
            Self::Epoch => "Keys of people’s data renewed",
            Self::ResealSecrets => "Secrets and files sealed anew",
            Self::ResealPeople => "People’s data sealed anew",
            Self::Links => "Key of links renewed",
            Self::Relays => "Relay logins to renew",
            Self::Dkim => "Signing keys to renew",
        }
    }
}

/// Where a step stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepState {
    /// To be done.
    Waiting,
    /// Done.
    Done,
    /// Tried and failed; tried again each minute.
    Failed,
}

impl StepState {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Done, Self::Failed].into_iter().find(|state| state.as_str() == word)
    }
}

/// How a step stands.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Which.
    pub step: Step,
    /// Where it stands.
    pub state: StepState,
    /// How many things it concerned, over all its runs.
    pub count: i64,
    /// What people should know or do.
    pub note: String,
    /// When that was so.
    pub at: Micros,
    /// How many things still wait for the job that it ordered, 0 where it has not counted them; nothing when all is done.
    pub left: Option<i64>,
}

impl Progress {
    /// The same with how far the re-sealing is that it ordered, if it did, for something contained at `at`.
    pub(super) fn with(self, resealing: &Resealing, at: Micros) -> Self {
        let ordered = self.state == StepState::Done;
        let left = match self.step {
            Step::ResealSecrets if ordered && (resealing.secrets || resealing.secrets_since < at) => {
                Some(resealing.secrets_left.unwrap_or(0))
            }
            Step::ResealPeople if ordered && resealing.people_unfinished() => Some(resealing.people_left()),
            _ => None,
        };
        Self { left, ..self }
    }
}

/// What a step did.
pub(super) struct Outcome {
    pub count: u64,
    pub note: &'static str,
}

impl Outcome {
    const fn of(count: u64) -> Self {
        Self { count, note: "" }
    }
}

/// Does one step inside `tx`, as a program: nobody's session is behind it any more.
pub(super) async fn run(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment, step: Step) -> Result<Outcome> {
    Ok(match step {
        Step::Snapshot => {
            snapshot::take(app, tx, ctx, of).await?;
            Outcome { count: 1, note: "Nothing secret is in it. Its hash stands in the access record." }
        }
        Step::Hold => hold(app, tx, ctx, of).await?,
        Step::Sessions => Outcome::of(sessions::end_old(tx, ctx).await?),
        Step::ApiKeys => Outcome {
            count: people::end_old_keys(tx, ctx).await?,
            note: "They do not come back; reinstate what must go on, each with a fresh key.",
        },
        Step::Passwords => passwords(app, tx, ctx, of).await?,
        Step::Webhooks => webhooks(tx, of).await?,
        Step::Epoch => epoch(tx, ctx, of).await?,
        Step::ResealSecrets => {
            keys::reseal_secrets(tx, ctx, of.at).await?;
            let note = "New keys for secrets and files; the old ones are destroyed when nothing needs them. A login that others gave you stays as it is: change it with them.";
            Outcome { count: 2, note }
        }
        Step::ResealPeople => {
            keys::reseal_people(app, tx, ctx, of.at).await?;
            let note = "Everybody gets a new key. What was taken before stays readable with the keys of then.";
            Outcome { count: store::people(tx).await?, note }
        }
        Step::Links => {
            keys::renew_links(tx, ctx, of.at).await?;
            Outcome { count: 1, note: "Links in mail that was sent go on working." }
        }
        Step::Relays => Outcome {
            count: store::relays_with_login(tx).await?,
            note: "Change each login where your provider gave it out, then put the new one in place. Only system mail uses them until the release.",
        },
        Step::Dkim => dkim(tx, ctx, of).await?,
    })
}

/// Nobody is erased from here on; people release it, by itself, when counsel says so.
async fn hold(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment) -> Result<Outcome> {
    let whole = of.scope == Scope::Workspace;
    if !whole && holds::keep_all(tx).await? {
        return Ok(Outcome { count: 0, note: "Everybody is held already." });
    }
    let what = if whole { "The workspace" } else { "Something" };
    let reason = format!("{what} was contained: {}", of.reason);
    let reason: String = reason.chars().take(holds::LONGEST).collect();
    holds::place(app, tx, ctx, Extent::Workspace, &reason).await?;
    let note = "Who asks to be erased gets nothing more and waits. It does not end by itself, nor with the release.";
    Ok(Outcome { count: 1, note })
}

/// Prepares new signing keys; mail is signed by them when the domain name system shows both.
async fn dkim(tx: &mut Tx, ctx: &Ctx, of: &Containment) -> Result<Outcome> {
    let only = match of.scope {
        Scope::One(Thing::Domain(domain)) => Some(domain),
        _ => None,
    };
    let count = if only.is_some() { 1 } else { store::domains(tx).await? };
    domains::prepare_all(tx, ctx, only, of.at).await?;
    let note = "New keys are prepared. Publish their records under Settings, Sending domains; Waxwing changes over when it sees them. Then withdraw the old ones.";
    Ok(Outcome { count, note })
}

/// Whose session and password go on: the person who contained.
const fn keeper(of: &Containment) -> Option<AccountId> {
    match of.by {
        Actor::Account(account, _) => Some(account),
        _ => None,
    }
}

/// Everybody but who contained chooses a new password, and proves the second factor with it.
async fn passwords(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment) -> Result<Outcome> {
    let kept = keeper(of);
    let people = accounts::force_reset(app, tx, ctx, ResetScope::Everybody { but: kept }, Action::Contain).await?;
    people::remove_new_passkeys(tx, kept, of.suspected_from).await?;
    sessions::unlink_all_new(tx, kept, of.suspected_from).await?;
    let note = "Mail tells each of them. Passkeys and links to an identity provider that were added in the window are gone. Whoever contained changes theirs under Account.";
    Ok(Outcome { count: u64::try_from(people).unwrap_or(u64::MAX), note })
}

/// All webhooks, or those that a person or key had a hand in: these were shut with the turn of the gate already.
async fn webhooks(tx: &mut Tx, of: &Containment) -> Result<Outcome> {
    let found = match of.scope {
        Scope::Workspace => store::webhooks(tx).await?,
        Scope::One(thing) => store::webhooks_of(tx, thing).await?,
    };
    let count = found.len() as u64;
    for webhook in found {
        tx.shut(Thing::Webhook(webhook), of.id).await?;
    }
    Ok(Outcome { count, note: "What they would have been told waits. Each comes back with a fresh secret." })
}

/// Orders a new epoch of keys, younger than this containment.
async fn epoch(tx: &mut Tx, ctx: &Ctx, of: &Containment) -> Result<Outcome> {
    tx.enqueue(ctx, NewJob::now("keys.rotate", json!({ "younger_than": of.at })).unique("rotate")).await?;
    let note = "People’s keys are being rewrapped under a new epoch; then the old one is destroyed.";
    Ok(Outcome { count: store::people(tx).await?, note })
}
