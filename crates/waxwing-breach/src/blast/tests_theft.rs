//! A copy of the database against the key rings of other moments: the answer is what really opens.

use super::{Effect, Question, Radius, Suspect, Taken};
use crate::testing::House;
use std::collections::BTreeSet;
use std::sync::Arc;
use waxwing_app::erasure;
use waxwing_app::subscribers::{self, StoredPerson};
use waxwing_crypto::{KeyRing, open_under_subject};
use waxwing_domain::{Micros, Operation, SubjectNo};
use waxwing_store::Entry;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

/// The rows of people and the key ring, as a thief finds them at one moment.
struct Moment {
    at: Micros,
    rows: Vec<StoredPerson>,
    ring: Arc<KeyRing>,
}

async fn moment(house: &House, t: &TestStore) -> Moment {
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    let rows = subscribers::sealed(&mut tx, &house.people).await.expect("rows");
    let moment = Moment { at: t.store.clock().now(), rows, ring: t.store.keys().ring() };
    // Apart by more than any widening of windows.
    t.clock.advance(Micros::HOUR);
    moment
}

/// Person and field of every ciphertext of the copy that opens with the ring, and of those that do not.
fn opens(house: &House, copy: &Moment, ring: &KeyRing) -> [BTreeSet<(u32, u32)>; 2] {
    let (mut open, mut closed) = (BTreeSet::new(), BTreeSet::new());
    for stored in &copy.rows {
        let person = &stored.person;
        let key = ring.unwrap_subject_key(house.ctx.workspace, person.subject, person.generation, &person.wrapped);
        for (field, sealed) in person.fields().expect("whole").iter() {
            let place = person.place(house.ctx.workspace, field);
            let opened = key.as_ref().is_ok_and(|key| open_under_subject(key, &place, sealed).is_ok());
            if opened { &mut open } else { &mut closed }.insert((person.subject.get(), field.get()));
        }
    }
    [open, closed]
}

fn sealed_fields(radius: &Radius, effect: Effect) -> BTreeSet<(u32, u32)> {
    let touches = radius.touches.iter().filter(|touch| touch.effect == effect);
    let pairs = touches.flat_map(|touch| {
        touch.people.iter().flat_map(|person| touch.fields.iter().map(move |field| (person, field.get())))
    });
    // Built-in fields are all sealed; this house has no others.
    pairs.collect()
}

async fn answer(house: &House, copy: Micros, taken: Taken) -> Radius {
    house.number().await;
    let mut question = Question::new(Suspect::Copy(taken), copy.plus(-1), copy.plus(1)).expect("a question");
    question.until = copy;
    super::reckon(&house.app, &house.ctx, &question).await.expect("an answer")
}

/// What the job `keys.rotate` does, step by step.
async fn rotate(house: &House, t: &TestStore) {
    let next = i64::from(t.store.epoch().0.get()) + 1;
    note(house, "keys.begin_epoch", next).await;
    t.store.begin_epoch().await.expect("begins");
    let (mut after, mut more) = (SubjectNo::new(0), true);
    while more {
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let batch = t.store.rewrap_batch(&mut tx, after).await.expect("rewraps");
        tx.commit().await.expect("commits");
        more = batch.is_some();
        after = batch.map_or(after, |batch| batch.last);
    }
    note(house, "keys.destroy_epochs", next).await;
    assert_eq!(t.store.destroy_old_epochs().await.expect("destroys").len(), 1);
    t.clock.advance(Micros::HOUR);
}

/// What the job `keys.reseal_people` does beside a rotation: new keys, and everything sealed anew under them.
async fn reseal(house: &House, t: &TestStore) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    tx.order_new_keys(house.ctx.new_id(), house.ctx.now()).await.expect("orders");
    let order = tx.open_people_order().await.expect("reads").expect("an order");
    tx.commit().await.expect("commits");
    rotate(house, t).await;
    let batch = t.store.prepare_people(house.ctx.workspace, order).await.expect("prepares").expect("people");
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    batch.write(&t.store, &mut tx).await.expect("writes");
    tx.end_people_order(order.id, house.ctx.now()).await.expect("ends");
    tx.commit().await.expect("commits");
    t.clock.advance(Micros::HOUR);
}

async fn note(house: &House, what: &'static str, epoch: i64) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let entry = Entry::new(Operation::Key, what).on("epoch", epoch);
    tx.record(house.app.store(), &house.ctx, entry).await.expect("recorded");
    tx.commit().await.expect("commits");
}

store_test! {
    async fn what_a_thief_can_read_is_what_opens_with_exactly_those_keys(t) {
        let house = House::new(&t, &["ada@example.org", "bea@example.org"]).await;
        t.clock.advance(Micros::HOUR);
        let before = moment(&house, &t).await;
        rotate(&house, &t).await;
        let between = moment(&house, &t).await;
        rotate(&house, &t).await;
        let after = moment(&house, &t).await;
        reseal(&house, &t).await;
        let resealed = moment(&house, &t).await;
        let moments = [&before, &between, &after, &resealed];
        for copy in moments {
            let none = answer(&house, copy.at, Taken::Nothing).await;
            let [open, closed] = opens(&house, copy, &KeyRing::create(&*t.clock, &waxwing_domain::SystemRng));
            assert!(open.is_empty() && !closed.is_empty());
            assert_eq!(sealed_fields(&none, Effect::Sealed), closed);
            assert!(sealed_fields(&none, Effect::Possible).is_empty());
            for ring in moments {
                let taken = if ring.at == copy.at { Taken::Together } else { Taken::At(ring.at) };
                let radius = answer(&house, copy.at, taken).await;
                let [open, closed] = opens(&house, copy, &ring.ring);
                assert_eq!(sealed_fields(&radius, Effect::Possible), open, "{} with keys of {}", copy.at, ring.at);
                assert_eq!(sealed_fields(&radius, Effect::Sealed), closed, "{} with keys of {}", copy.at, ring.at);
                assert!(radius.confirmed().is_empty(), "what was read in a copy is on no record");
            }
        }
    }

    async fn peoples_own_keys_that_a_thief_unwrapped_open_later_copies_until_a_resealing_and_none_after_it(t) {
        let house = House::new(&t, &["ada@example.org"]).await;
        t.clock.advance(Micros::HOUR);
        let before = moment(&house, &t).await;
        rotate(&house, &t).await;
        let rotated = moment(&house, &t).await;
        reseal(&house, &t).await;
        let resealed = moment(&house, &t).await;
        let stolen = &before.rows[0].person;
        let key = before.ring.unwrap_subject_key(house.ctx.workspace, stolen.subject, stolen.generation, &stolen.wrapped);
        let key = key.expect("a copy and its keys");
        let opened = |moment: &Moment| {
            let person = &moment.rows[0].person;
            let fields = person.fields().expect("whole");
            let opens = |(field, sealed): (waxwing_domain::FieldId, &[u8])| {
                open_under_subject(&key, &person.place(house.ctx.workspace, field), sealed).is_ok()
            };
            fields.iter().filter(|cell| opens(*cell)).count()
        };
        assert!(opened(&rotated) > 0, "a rotation changes what wraps the key, not the key");
        assert_eq!(opened(&resealed), 0);
    }

    async fn whoever_was_erased_since_the_copy_is_in_it_and_whoever_was_before_is_not(t) {
        let house = House::new(&t, &["ada@example.org", "bea@example.org", "cyd@example.org"]).await;
        t.clock.advance(Micros::HOUR);
        gone(&house, house.people[0]).await;
        t.clock.advance(Micros::HOUR);
        let copy = t.store.clock().now();
        t.clock.advance(Micros::HOUR);
        gone(&house, house.people[1]).await;
        t.clock.advance(Micros::HOUR);
        let radius = answer(&house, copy, Taken::Together).await;
        let held: Vec<u32> = radius.everybody().iter().collect();
        assert_eq!(held, [house.people[1].get(), house.people[2].get()]);
    }
}

async fn gone(house: &House, subject: SubjectNo) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    erasure::erase(&house.app, &mut tx, &house.ctx, subject).await.expect("erases");
    tx.commit().await.expect("commits");
}
