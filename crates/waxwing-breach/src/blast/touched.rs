//! What of each person was touched: field by field, how sure, when first and when last.
//!
//! Promise: told from the entries that name that very person, not from the group they were counted in, and from no entry
//! that the answer did not have. Limit: of a copy of the database there are no entries, so every field has the moment of the
//! copy.

use super::Suspect;
use super::radius::Radius;
use super::touch::Effect;
use super::walk::{Found, Sink, walk_to};
use std::collections::BTreeMap;
use waxwing_app::{App, Result};
use waxwing_domain::{Action, Ctx, FieldId, Micros, SubjectNo};
use waxwing_store::RoaringBitmap;

/// One field of one person, or what is known of them beside fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Touched {
    /// How sure.
    pub effect: Effect,
    /// Which field; `None` for the number, the lists and the dates alone.
    pub field: Option<FieldId>,
    /// When first.
    pub first: Micros,
    /// When last.
    pub last: Micros,
}

/// How sure and of which field, and when first and last.
type Seen = BTreeMap<(Effect, Option<FieldId>), (Micros, Micros)>;

/// What was touched of some people, by their number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TouchedPeople(BTreeMap<u32, Seen>);

impl TouchedPeople {
    /// What of this person was touched, the surest first. What is confirmed is not said to be possible too.
    pub fn of(&self, subject: SubjectNo) -> Vec<Touched> {
        let Some(theirs) = self.0.get(&subject.get()) else { return Vec::new() };
        let surer =
            |effect: Effect, field| effect == Effect::Possible && theirs.contains_key(&(Effect::Returned, field));
        let told = theirs.iter().filter(|((effect, field), _)| !surer(*effect, *field));
        told.map(|((effect, field), (first, last))| Touched {
            effect: *effect,
            field: *field,
            first: *first,
            last: *last,
        })
        .collect()
    }

    fn add(&mut self, people: &RoaringBitmap, effect: Effect, fields: &[FieldId], (first, last): (Micros, Micros)) {
        let fields: Vec<Option<FieldId>> = match fields {
            [] => vec![None],
            some => some.iter().copied().map(Some).collect(),
        };
        for person in people {
            let theirs = self.0.entry(person).or_default();
            for field in &fields {
                let span = theirs.entry((effect, *field)).or_insert((first, last));
                *span = (span.0.min(first), span.1.max(last));
            }
        }
    }
}

/// Collects what of the wanted people is named.
struct Own<'w> {
    wanted: &'w RoaringBitmap,
    found: TouchedPeople,
}

impl Sink for Own<'_> {
    fn take(&mut self, found: Found<'_>) {
        let at = found.facts.at;
        for named in found.named() {
            self.found.add(&(&*named.people & self.wanted), named.effect, named.fields, (at, at));
        }
    }
}

/// What of these people was touched, of those whom `radius` names.
///
/// # Errors
/// [`Error::Store`](waxwing_app::Error::Store) with `Damaged` when the record does not fit its root.
pub async fn touched(app: &App, ctx: &Ctx, radius: &Radius, people: &[SubjectNo]) -> Result<TouchedPeople> {
    ctx.authorise(Action::RecordRead)?;
    let wanted: RoaringBitmap = people.iter().map(|subject| subject.get()).collect();
    if people.is_empty() || matches!(radius.question.suspect, Suspect::Copy(_)) {
        return Ok(of_groups(radius, &wanted));
    }
    of_entries(app, ctx, radius, &wanted).await
}

fn of_groups(radius: &Radius, wanted: &RoaringBitmap) -> TouchedPeople {
    let mut found = TouchedPeople::default();
    for touch in &radius.touches {
        found.add(&(&touch.people & wanted), touch.effect, &touch.fields, (touch.first, touch.last));
    }
    found
}

async fn of_entries(app: &App, ctx: &Ctx, radius: &Radius, wanted: &RoaringBitmap) -> Result<TouchedPeople> {
    let mut tx = app.read(ctx, "blast.touched").await?;
    let begin = || Own { wanted, found: TouchedPeople::default() };
    let (_, own) = walk_to(app.store(), &mut tx, ctx, &radius.question, radius.log(), begin).await?;
    Ok(own.found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_confirmed_is_not_said_to_be_possible_too() {
        let (mut found, one) = (TouchedPeople::default(), RoaringBitmap::from_iter([7]));
        let at = |second: i64| Micros::from_i64(second * Micros::SECOND);
        found.add(&one, Effect::Possible, &[FieldId::EMAIL, FieldId::PHONE], (at(1), at(1)));
        found.add(&one, Effect::Returned, &[FieldId::EMAIL], (at(3), at(3)));
        found.add(&one, Effect::Returned, &[FieldId::EMAIL], (at(2), at(2)));
        found.add(&one, Effect::Altered, &[], (at(4), at(4)));
        let told = |effect, field, first, last| Touched { effect, field, first: at(first), last: at(last) };
        assert_eq!(
            found.of(SubjectNo::new(7)),
            [
                told(Effect::Returned, Some(FieldId::EMAIL), 2, 3),
                told(Effect::Possible, Some(FieldId::PHONE), 1, 1),
                told(Effect::Altered, None, 4, 4),
            ]
        );
        assert!(found.of(SubjectNo::new(8)).is_empty());
    }
}
