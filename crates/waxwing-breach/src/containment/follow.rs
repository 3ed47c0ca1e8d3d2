//! What follows a containment elsewhere: the case that it is part of.
//!
//! Cases stand to the right of containment and may not be called from here; they register a [`Follower`] instead. What
//! it does commits together with the containment.

use super::{Containment, NewRenewal};
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{AlertId, CasePartId, ContainmentId, Ctx, IncidentId};
use waxwing_store::{EntryId, Tx, inventory};

/// Into which case a containment goes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum InCase {
    /// What a program contains opens a suspicion, so that somebody looks at it; a person decides.
    #[default]
    ByActor,
    /// None.
    None,
    /// A new one, with the alert that it comes from.
    New(Option<AlertId>),
    /// This one.
    Join(IncidentId),
}

impl InCase {
    /// Reads a form: nothing, `new`, or the number of a case; and the alert that it comes from.
    ///
    /// # Errors
    /// [`Error::Invalid`] of `case`.
    pub fn parse(case: &str, alert: &str) -> Result<Self> {
        match case {
            "" => Ok(Self::None),
            "new" if alert.is_empty() => Ok(Self::New(None)),
            "new" => alert.parse().map(|id| Self::New(Some(id))).map_err(|_| Error::NotFound("alert")),
            id => id.parse().map(Self::Join).map_err(|_| Error::invalid("case", "Choose one of the list.")),
        }
    }
}

type Contained = for<'a> fn(
    &'a App,
    &'a mut Tx,
    &'a Ctx,
    &'a Containment,
    InCase,
    EntryId,
) -> BoxFuture<'a, Result<Option<IncidentId>>>;
type Released = for<'a> fn(&'a mut Tx, &'a Ctx, ContainmentId, EntryId) -> BoxFuture<'a, Result<()>>;
type Open = for<'a> fn(&'a mut Tx, &'a Ctx) -> BoxFuture<'a, Result<Vec<(IncidentId, String)>>>;
type Linked = for<'a> fn(&'a mut Tx, &'a Ctx) -> BoxFuture<'a, Result<Links>>;

type ToRenew =
    for<'a> fn(&'a App, &'a mut Tx, &'a Ctx, IncidentId, &'a [NewRenewal]) -> BoxFuture<'a, Result<Vec<CasePartId>>>;
type Renewed =
    for<'a> fn(&'a App, &'a mut Tx, &'a Ctx, ContainmentId, (CasePartId, &'a str)) -> BoxFuture<'a, Result<()>>;

/// The case of each containment that whoever asks may know of, with its codename.
pub type Links = BTreeMap<ContainmentId, (IncidentId, String)>;

/// Who follows containments. Register one with `inventory::submit!`.
pub struct Follower {
    /// Puts a containment into a case; gives which.
    pub contained: Contained,
    /// Notes that one was released.
    pub released: Released,
    /// The open cases of whoever asks.
    pub open: Open,
    /// The cases of containments.
    pub linked: Linked,
    /// Makes a task in the case of each thing to renew, in this order.
    pub to_renew: ToRenew,
    /// Ends such a task, saying what came of it.
    pub renewed: Renewed,
}

inventory::collect!(Follower);

fn follower() -> Option<&'static Follower> {
    inventory::iter::<Follower>.into_iter().next()
}

pub(super) async fn contained(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    containment: &Containment,
    case: InCase,
    entry: EntryId,
) -> Result<Option<IncidentId>> {
    match follower() {
        Some(follower) => (follower.contained)(app, tx, ctx, containment, case, entry).await,
        None => Ok(None),
    }
}

pub(super) async fn released(tx: &mut Tx, ctx: &Ctx, id: ContainmentId, entry: EntryId) -> Result<()> {
    match follower() {
        Some(follower) => (follower.released)(tx, ctx, id, entry).await,
        None => Ok(()),
    }
}

pub(super) async fn to_renew(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    new: &[NewRenewal],
) -> Result<Vec<CasePartId>> {
    match follower() {
        Some(follower) => (follower.to_renew)(app, tx, ctx, case, new).await,
        None => Ok(Vec::new()),
    }
}

pub(super) async fn renewed(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: ContainmentId,
    task: (CasePartId, &str),
) -> Result<()> {
    match follower() {
        Some(follower) => (follower.renewed)(app, tx, ctx, id, task).await,
        None => Ok(()),
    }
}

pub(super) async fn open_cases(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<(IncidentId, String)>> {
    match follower() {
        Some(follower) => (follower.open)(tx, ctx).await,
        None => Ok(Vec::new()),
    }
}

pub(super) async fn linked(tx: &mut Tx, ctx: &Ctx) -> Result<Links> {
    match follower() {
        Some(follower) => (follower.linked)(tx, ctx).await,
        None => Ok(Links::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_none_a_new_one_or_which() {
        let id = IncidentId::from_i64(7);
        assert_eq!(InCase::parse("", "").expect("none"), InCase::None);
        assert_eq!(InCase::parse("new", "").expect("new"), InCase::New(None));
        assert_eq!(InCase::parse("new", &id.to_string()).expect("new"), InCase::New(Some(AlertId::from_i64(7))));
        assert_eq!(InCase::parse(&id.to_string(), "").expect("which"), InCase::Join(id));
        assert!(InCase::parse("soon", "").is_err() && InCase::parse("new", "x").is_err());
    }
}
