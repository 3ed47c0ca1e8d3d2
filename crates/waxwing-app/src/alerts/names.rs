//! The names of what alerts are about, for whoever looks.
//!
//! Promise: names are looked up when they are shown, so that no finding holds one; a person's name is told to those only
//! who may see the team. Limit: what is gone has none, and stands there by its kind and number.

use super::{Alert, Subject, store_names};
use crate::{App, Result, accounts};
use std::collections::BTreeMap;
use waxwing_detect::Contributor;
use waxwing_domain::{AccountId, Action, Ctx, Thing};
use waxwing_store::Tx;

/// Names by what they are of.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<Subject, String>);

impl Names {
    /// The names of everything that these alerts mention.
    pub async fn of(app: &App, tx: &mut Tx, ctx: &Ctx, alerts: &[Alert]) -> Result<Self> {
        let parts = alerts.iter().flat_map(|alert| &alert.finding.contributors);
        let parts = parts.filter_map(|part| part.thing.as_deref().and_then(Subject::parse));
        let mentioned: Vec<Subject> = alerts.iter().filter_map(|alert| alert.subject).chain(parts).collect();
        if mentioned.is_empty() {
            return Ok(Self::default());
        }
        let numbers = mentioned.iter().map(|one| one.number()).collect();
        let found = store_names::of(tx, numbers).await?;
        let mut names: BTreeMap<Subject, String> =
            found.into_iter().filter(|(one, _)| mentioned.contains(one)).collect();
        for subject in mentioned.iter().filter(|_| ctx.may(Action::RolesRead)) {
            if let Subject::Thing(Thing::Account(id)) = subject
                && let Some(name) = person(app, tx, *id).await?
            {
                names.insert(*subject, name);
            }
        }
        Ok(Self(names))
    }

    /// What something is called.
    pub fn get(&self, subject: Subject) -> Option<&str> {
        self.0.get(&subject).map(String::as_str)
    }

    /// Kind and name of what an alert is about; empty where it is about no one thing.
    pub fn subject(&self, alert: &Alert) -> String {
        alert.subject.map(|subject| self.titled(subject)).unwrap_or_default()
    }

    /// Kind and name, `API key “Shop”`; of what is gone kind and number.
    pub fn titled(&self, subject: Subject) -> String {
        match self.get(subject) {
            Some(name) => format!("{} “{name}”", subject.words()),
            None => format!("{} {}", subject.words(), AccountId::from_i64(subject.number())),
        }
    }

    /// What a part is called: the name of its thing, or what the finding says.
    pub fn label(&self, part: &Contributor) -> String {
        match part.thing.as_deref().and_then(Subject::parse) {
            Some(subject) => self.titled(subject),
            None => part.label.clone(),
        }
    }
}

async fn person(app: &App, tx: &mut Tx, id: AccountId) -> Result<Option<String>> {
    let Some(account) = accounts::by_id(tx, id).await? else { return Ok(None) };
    Ok(Some(account.person(app, tx.workspace())?.shown().to_owned()))
}

/// The page of a part's thing, for those who may open it.
pub(super) fn page_of(part: &Contributor, may: impl Fn(Action) -> bool) -> Option<String> {
    let (action, page) = part.thing.as_deref().and_then(Subject::parse)?.page();
    may(action).then_some(page)
}
