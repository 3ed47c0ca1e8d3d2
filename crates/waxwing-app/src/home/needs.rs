//! What needs a person now, and the first five steps: pure rules over counted facts.

use super::store::Source;
use crate::keys::Resealing;
use crate::settings::Workspace;
use waxwing_domain::Micros;
use waxwing_http::{Tone, count};

/// A backup older than this needs a person.
const BACKUP_AGE: i64 = 7 * Micros::DAY;
/// Keys that were not rotated for so long need a person.
const EPOCH_AGE: i64 = 30 * Micros::DAY;

/// Everything the page is made from.
pub(super) struct Facts {
    pub(super) now: Micros,
    pub(super) settings: Workspace,
    pub(super) people: i64,
    pub(super) relays: (i64, i64),
    pub(super) relays_on_loopback: bool,
    pub(super) domains: (i64, i64),
    pub(super) sources: Vec<Source>,
    pub(super) ever_sent: bool,
    /// Requests of others that wait for this person.
    pub(super) to_decide: usize,
    pub(super) failed_jobs: i64,
    pub(super) lost_mail: i64,
    /// Alerts without a verdict, for those who may see them.
    pub(super) alerts: i64,
    pub(super) own_second_factor: bool,
    pub(super) last_backup: Option<Micros>,
    pub(super) epoch_began: Option<Micros>,
    pub(super) resealing: Resealing,
}

/// One thing that waits for a person.
pub struct Need {
    /// How grave it is.
    pub tone: Tone,
    /// What it is, in a sentence.
    pub text: String,
    /// Where it is dealt with; empty where nowhere here.
    pub href: String,
    /// What stands on the link.
    pub verb: &'static str,
}

/// One of the first five steps.
pub(super) struct Step {
    pub(super) done: bool,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) href: &'static str,
    pub(super) verb: &'static str,
}

impl Step {
    /// The class of its card.
    pub(super) const fn state(&self) -> &'static str {
        if self.done { "done" } else { "" }
    }
}

impl Facts {
    fn can_send_somewhere(&self) -> bool {
        self.domains.1 > 0 || (self.relays.0 > 0 && self.relays_on_loopback)
    }

    /// The way to the first campaign.
    pub(super) fn steps(&self) -> Vec<Step> {
        let step = |done, title, text, href, verb| Step { done, title, text, href, verb };
        vec![
            step(
                self.settings.names_the_sender(),
                "Say who sends",
                "Organisation and postal address stand in the footer of every campaign.",
                "/settings",
                "Settings",
            ),
            step(
                self.relays.0 > 0,
                "Add a relay",
                "The SMTP server that takes your messages and passes them on.",
                "/settings/relays",
                "Relays",
            ),
            step(
                self.can_send_somewhere(),
                "Prove your sending domain",
                "Publish the records that let mailbox providers check your signature.",
                "/settings/domains",
                "Domains",
            ),
            step(
                self.people > 0,
                "Bring your audience",
                "Import a file, or let people sign up.",
                "/audience",
                "Audience",
            ),
            step(self.ever_sent, "Send a campaign", "Compose it, look at it, send it.", "/campaigns", "Campaigns"),
        ]
    }

    /// What waits, the gravest first; what is as grave as what others add comes after it.
    pub(super) fn needs(&self, more: Vec<Need>) -> Vec<Need> {
        let own = [self.safety(), self.machinery(), self.campaigns()];
        let mut needs: Vec<Need> = std::iter::once(more).chain(own).flatten().collect();
        needs.sort_by_key(|need| match need.tone {
            Tone::Danger => 0,
            Tone::Attention => 1,
            Tone::Note | Tone::Good => 2,
        });
        needs
    }

    fn machinery(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        if self.relays.1 > 0 {
            let text = format!("{} of {} relays did not work at the last test.", self.relays.1, self.relays.0);
            needs.push(danger(text, "/settings/relays", "Relays"));
        }
        if self.failed_jobs > 0 {
            let text = format!(
                "{} background jobs were given up in the last seven days; the log says why.",
                count(self.failed_jobs)
            );
            needs.push(attention(text, "/settings", "Settings"));
        }
        if self.lost_mail > 0 {
            let text = format!("{} pieces of system mail did not leave in the last seven days.", count(self.lost_mail));
            needs.push(attention(text, "/settings/relays", "Relays"));
        }
        if self.settings.system_from.is_none() {
            let text = "System mail has no sender: confirmations and password resets cannot leave.";
            needs.push(attention(text, "/settings", "Set a sender"));
        }
        needs
    }

    fn campaigns(&self) -> Vec<Need> {
        let waiting = self.sources.iter().filter(|source| source.started && !source.running);
        let need = |source: &Source| {
            let why = source.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let text = format!("A campaign to {} people is held{why}.", count(source.audience));
            attention(text, format!("/campaigns/{}", source.campaign), "Look at it")
        };
        waiting.map(need).collect()
    }

    fn safety(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        match self.to_decide {
            0 => {}
            1 => needs.push(attention("1 request waits for your yes or no.", "/security/approvals", "Decide")),
            more => {
                let text = format!("{} requests wait for your yes or no.", count(more));
                needs.push(attention(text, "/security/approvals", "Decide"));
            }
        }
        if self.alerts > 0 {
            let text = match self.alerts {
                1 => "An alert waits for your verdict.".to_owned(),
                many => format!("{} alerts wait for your verdict.", count(many)),
            };
            needs.push(attention(text, "/security/alerts", "Look at them"));
        }
        if !self.own_second_factor {
            let text = "Your account has no second factor: whoever learns your password is in.";
            needs.push(attention(text, "/account", "Turn it on"));
        }
        match self.last_backup {
            None => {
                needs.push(note("No backup is known. “waxwing backup” makes one; losing the keys loses everything."))
            }
            Some(at) if self.now.since(at) > BACKUP_AGE => {
                needs.push(attention("The last backup is over a week old.", "/security", "Security"));
            }
            Some(_) => {}
        }
        if self.epoch_began.is_some_and(|at| self.now.since(at) > EPOCH_AGE) {
            let text = "The epoch key is over 30 days old: who was erased since is unreadable only after “waxwing keys rotate”.";
            needs.push(attention(text, "/security", "Security"));
        }
        if self.resealing.unfinished() {
            let people = count(self.resealing.people_left());
            let text =
                format!("Everything is being sealed under new keys; {people} people wait. Nothing else waits for it.");
            needs.push(note(&text));
        }
        needs
    }
}

fn danger(text: impl Into<String>, href: impl Into<String>, verb: &'static str) -> Need {
    Need { tone: Tone::Danger, text: text.into(), href: href.into(), verb }
}

fn attention(text: impl Into<String>, href: impl Into<String>, verb: &'static str) -> Need {
    Need { tone: Tone::Attention, text: text.into(), href: href.into(), verb }
}

fn note(text: &str) -> Need {
    Need { tone: Tone::Note, text: text.to_owned(), href: String::new(), verb: "" }
}
