//! New keys for what is sealed already: old keys open nothing any more, everything else goes on, nothing is lost.

use std::sync::Arc;
use std::time::Instant;
use waxwing_crypto::{KeyRing, KeyUse, Place, TableId, open_under_subject};
use waxwing_domain::{EmailAddress, EventKind, FieldId, HeaderText, Micros, Operation, SubjectNo, SystemRng};
use waxwing_store::{
    Entry, Event, Lost, PeopleTurn, PersonFields, SealedPerson, SealedPosition, Sealing, Sequencer, StoreError,
    SystemMail, args, bulk, new_person, record_page, statement, subjects,
};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

bulk! { KEYS, into "subject_keys" (subject: Int, generation: Int, epoch: Int, wrapped: Blob), "" }
bulk! { PEOPLE, into "subscribers" (subject: Int, generation: Int, sealed: Blob, plain: Text, email_tag: Blob,
suppress_tag: Blob, domain_hash: Int, created_at: Int, updated_at: Int), "" }
statement! { PERSON,
"SELECT s.subject, s.generation, s.sealed, k.wrapped FROM subscribers s
 JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
 WHERE s.workspace_id = $1 AND s.subject = $2 AND s.generation = k.generation" }
statement! { EDIT, "UPDATE subscribers SET sealed = $2 WHERE workspace_id = $1 AND subject = $3" }
statement! { FORGET_KEY, "DELETE FROM subject_keys WHERE workspace_id = $1 AND subject = $2" }
statement! { FORGET, "DELETE FROM subscribers WHERE workspace_id = $1 AND subject = $2" }
statement! { MAILS, "SELECT id, sealed FROM outbox WHERE workspace_id = $1 ORDER BY id" }
statement! { SET_MAIL, "UPDATE outbox SET sealed = $2 WHERE workspace_id = $1 AND id = $3" }

async fn post(t: &TestStore, count: usize) {
    let ctx = t.ctx().with_purpose("a purpose is part of the sealed body");
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    for number in 0..count {
        let to = EmailAddress::parse(&format!("p{number}@example.org")).expect("an address");
        let subject = HeaderText::parse("Hello").expect("a line");
        let mail = SystemMail { kind: "test", to, subject, text: format!("Letter {number}."), html: None };
        tx.post(&t.store, &ctx, mail).await.expect("posts");
        tx.record(&t.store, &ctx, Entry::new(Operation::Create, "test.post")).await.expect("records");
    }
    tx.commit().await.expect("commits");
}

async fn mails(t: &TestStore) -> Vec<(i64, Vec<u8>)> {
    let mut tx = t.store.read(t.workspace, "test").await.expect("reads");
    tx.all(&MAILS, args![], |r| Ok((r.int(0)?, r.blob(1)?))).await.expect("rows")
}

fn mail_opens(t: &TestStore, ring: &KeyRing, (id, sealed): &(i64, Vec<u8>)) -> bool {
    let place = Place::shared(t.workspace, TableId::OUTBOX, FieldId::OUTBOX_MAIL, *id);
    ring.workspace(t.workspace).expect("known").open_secret(&place, sealed).is_ok()
}

fn renew(t: &TestStore) {
    for sealing in Sealing::ALL {
        t.store.renew_sealing(t.workspace, sealing, Micros::from_i64(i64::MAX)).expect("renews");
    }
}

async fn fence(t: &TestStore) {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    t.store.fence_sealing(&mut tx).await.expect("fences");
    tx.commit().await.expect("commits");
}

/// Once through all columns; how many values were done and how many do not open.
async fn walk(t: &TestStore) -> (u64, u64) {
    let (mut at, mut sum) = (SealedPosition::default(), (0, 0));
    while let Some(batch) = t.store.prepare_shared(t.workspace, &at).await.expect("prepares") {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let turn = batch.write(&mut tx).await.expect("writes");
        tx.commit().await.expect("commits");
        (at, sum) = (turn.next, (sum.0 + turn.done, sum.1 + turn.damaged));
    }
    sum
}

/// People with an address, and an event with a sealed answer each.
async fn people(t: &TestStore, count: u32) -> Vec<SubjectNo> {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    let allocation = t.store.allocate_subjects(&mut tx, count).await.expect("numbers");
    let (mut keys, mut rows, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let now = t.store.clock().now();
    for subject in allocation.subjects.clone().map(SubjectNo::new) {
        let (key, wrapped, epoch) = new_person(t.workspace, subject, &allocation, &SystemRng);
        let mut fields = PersonFields::default();
        fields.set(FieldId::EMAIL, key.seal(FieldId::EMAIL, &format!("p{subject}@example.org"), &SystemRng));
        fields.set(FieldId::FIRST_NAME, key.seal(FieldId::FIRST_NAME, "Ann", &SystemRng));
        keys.push(args![subject, 1_i64, epoch, wrapped]);
        let tag = vec![0_u8; 16];
        rows.push(args![subject, 1_i64, fields.to_bytes(), "{}", &tag, &tag, 0_i64, now, now]);
        let id = t.ctx().new_id();
        let sealed = key.seal_cell(TableId::EVENTS, FieldId::SMTP_REPLY, id, b"250 taken", &SystemRng);
        events.push(Event { sealed: Some(sealed), ..Event::of(id, now, EventKind::Deferred, subject) });
    }
    tx.bulk(&KEYS, keys).await.expect("inserts");
    tx.bulk(&PEOPLE, rows).await.expect("inserts");
    tx.events(events).await.expect("events");
    tx.commit().await.expect("commits");
    allocation.subjects.map(SubjectNo::new).collect()
}

async fn person(t: &TestStore, subject: SubjectNo) -> SealedPerson {
    let mut tx = t.store.read(t.workspace, "test").await.expect("reads");
    let row = |r: &waxwing_store::Row<'_>| {
        let generation = u32::try_from(r.int(1)?).expect("small");
        Ok(SealedPerson { subject: r.subject(0)?, generation, sealed: r.blob(2)?, wrapped: r.blob(3)? })
    };
    tx.one(&PERSON, args![subject], row).await.expect("a person of one generation")
}

async fn address(t: &TestStore, subject: SubjectNo) -> Option<String> {
    let entry = Entry::new(Operation::Read, "test.read").part(&[FieldId::EMAIL], subjects([subject]));
    let seen = t.store.disclose(&t.ctx(), entry).await.expect("recorded");
    let clear = seen.open(&t.store, &person(t, subject).await).expect("opens");
    clear.get(FieldId::EMAIL).map(str::to_owned)
}

/// The sealed answers of somebody, opened.
async fn answers(t: &TestStore, subject: SubjectNo) -> Vec<String> {
    let owner = person(t, subject).await;
    let entry = Entry::new(Operation::Read, "test.read").part(&[FieldId::SMTP_REPLY], subjects([subject]));
    let seen = t.store.disclose(&t.ctx(), entry).await.expect("recorded");
    let mut tx = t.store.read(t.workspace, "test").await.expect("reads");
    let events = tx.history(subject, i64::MAX, 100).await.expect("events");
    let opened = events.into_iter().filter_map(|event| Some((event.id, event.sealed?))).map(|(id, sealed)| {
        let place = Place { table: TableId::EVENTS, row: id, ..owner.place(t.workspace, FieldId::SMTP_REPLY) };
        seen.open_cell(&t.store, &owner, &place, &sealed).expect("opens").reveal().clone()
    });
    opened.collect()
}

async fn order(t: &TestStore) {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    tx.order_new_keys(t.ctx().new_id(), t.store.clock().now()).await.expect("orders");
    tx.commit().await.expect("commits");
}

async fn prepared(t: &TestStore) -> Option<waxwing_store::PeopleBatch> {
    let mut tx = t.store.read(t.workspace, "test").await.expect("reads");
    let order = tx.open_people_order().await.expect("reads").expect("an order");
    drop(tx);
    t.store.prepare_people(t.workspace, order).await.expect("prepares")
}

async fn write(t: &TestStore, batch: waxwing_store::PeopleBatch) -> Result<PeopleTurn, StoreError> {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    let turn = batch.write(&t.store, &mut tx).await?;
    tx.commit().await.map(|()| turn)
}

/// Does an order to its end.
async fn renew_people(t: &TestStore) -> PeopleTurn {
    let mut sum = PeopleTurn::default();
    while let Some(batch) = prepared(t).await {
        let turn = write(t, batch).await.expect("writes");
        sum = PeopleTurn { done: sum.done + turn.done, damaged: sum.damaged + turn.damaged };
    }
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    let open = tx.open_people_order().await.expect("reads").expect("an order");
    tx.end_people_order(open.id, t.store.clock().now()).await.expect("ends");
    tx.commit().await.expect("commits");
    sum
}

fn opens_with(t: &TestStore, ring: &KeyRing, person: &SealedPerson) -> bool {
    let key = ring.unwrap_subject_key(t.workspace, person.subject, person.generation, &person.wrapped);
    let place = person.place(t.workspace, FieldId::EMAIL);
    let fields = person.fields().expect("whole");
    let sealed = fields.iter().find(|(field, _)| *field == FieldId::EMAIL).expect("an address").1;
    key.is_ok_and(|key| open_under_subject(&key, &place, sealed).is_ok())
}

store_test! {
    async fn after_a_resealing_the_old_keys_open_no_value_and_everything_still_opens(t) {
        post(&t, 450).await;
        let (copy, stolen) = (mails(&t).await, t.store.keys().ring());
        renew(&t);
        assert!(t.store.reseal_unfinished(t.workspace).expect("known"));
        fence(&t).await;
        assert!(matches!(t.store.retire_sealing(t.workspace).await, Err(StoreError::Lost(_))), "not yet");
        // 450 letters, as many sealed bodies of entries, and the key of the log with its entry.
        assert_eq!(t.store.sealed_behind(t.workspace).await.expect("counts"), 902);
        assert_eq!(walk(&t).await, (902, 0));
        assert_eq!(t.store.sealed_behind(t.workspace).await.expect("counts"), 0);
        t.store.retire_sealing(t.workspace).await.expect("retires");
        assert!(!t.store.reseal_unfinished(t.workspace).expect("known"));
        let (now, ring) = (mails(&t).await, t.store.keys().ring());
        assert!(now.iter().all(|mail| mail_opens(&t, &ring, mail) && !mail_opens(&t, &stolen, mail)));
        assert!(copy.iter().all(|mail| mail_opens(&t, &stolen, mail) && !mail_opens(&t, &ring, mail)), "a copy and its keys");
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let moment = t.store.clock().now();
        let letters = tx.claim_outbox(&t.store, moment, moment.plus(1), 500).await.expect("claims");
        assert!(letters.len() == 450 && letters.iter().any(|letter| letter.text == "Letter 7."));
        drop(tx);
        Sequencer::new(t.store.clone()).finish().await.expect("numbers and signs");
        let mut tx = t.store.read(t.workspace, "test").await.expect("reads");
        let page = record_page(&t.store, &mut tx, i64::MAX, 500).await.expect("opens");
        assert_eq!(page.iter().filter(|row| row.leaf.to_string().contains("test.post") && row.body.is_some()).count(), 450);
    }

    async fn a_walk_that_was_cut_off_is_finished_by_the_next_and_a_second_walk_does_nothing(t) {
        post(&t, 450).await;
        renew(&t);
        fence(&t).await;
        let batch = t.store.prepare_shared(t.workspace, &SealedPosition::default()).await.expect("prepares").expect("some");
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let turn = batch.write(&mut tx).await.expect("writes");
        assert!(turn.done > 0);
        drop(tx);
        assert_eq!(t.store.sealed_behind(t.workspace).await.expect("counts"), 902, "cut off before its commit");
        assert_eq!(walk(&t).await, (902, 0));
        assert_eq!(walk(&t).await, (0, 0));
        fence(&t).await;
        t.store.retire_sealing(t.workspace).await.expect("retires");
        t.store.retire_sealing(t.workspace).await.expect("retires once");
    }

    async fn whoever_sealed_before_the_fence_and_commits_after_it_is_refused_and_does_it_again(t) {
        post(&t, 1).await;
        let (id, _) = mails(&t).await.remove(0);
        let place = Place::shared(t.workspace, TableId::OUTBOX, FieldId::OUTBOX_MAIL, id);
        let late = t.store.keys().ring().workspace(t.workspace).expect("known").seal_secret(&place, b"late", &SystemRng);
        renew(&t);
        fence(&t).await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&SET_MAIL, args![&late, id]).await.expect("writes");
        assert!(matches!(tx.commit().await, Err(StoreError::KeysMoved(_))));
        let again = t.store.keys().ring().workspace(t.workspace).expect("known").seal_secret(&place, b"late", &SystemRng);
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&SET_MAIL, args![&again, id]).await.expect("writes");
        tx.commit().await.expect("commits");
        walk(&t).await;
        assert_eq!(mails(&t).await, [(id, again)]);
    }

    async fn no_key_is_destroyed_before_its_fence_stands_or_when_a_newer_one_came_meanwhile(t) {
        post(&t, 2).await;
        renew(&t);
        walk(&t).await;
        assert!(matches!(t.store.retire_sealing(t.workspace).await, Err(StoreError::Lost(_))), "somebody may be writing");
        fence(&t).await;
        renew(&t);
        assert!(matches!(t.store.retire_sealing(t.workspace).await, Err(StoreError::Lost(_))), "of the third, not of the second");
        let ring = t.store.keys().ring();
        assert!(mails(&t).await.iter().all(|mail| mail_opens(&t, &ring, mail)));
        fence(&t).await;
        walk(&t).await;
        t.store.retire_sealing(t.workspace).await.expect("retires");
        let ring = t.store.keys().ring();
        assert_eq!(ring.versions(t.workspace, KeyUse::Secrets).expect("known"), (3, 3));
        assert!(mails(&t).await.iter().all(|mail| mail_opens(&t, &ring, mail)));
    }

    async fn a_value_that_somebody_wrote_meanwhile_stays(t) {
        post(&t, 2).await;
        renew(&t);
        fence(&t).await;
        let (mut at, mut batches) = (SealedPosition::default(), Vec::new());
        // Everything is read and sealed before anything is written.
        while let Some(batch) = t.store.prepare_shared(t.workspace, &at).await.expect("prepares") {
            at = batch.next().clone();
            batches.push(batch);
        }
        let (id, _) = mails(&t).await.remove(0);
        let place = Place::shared(t.workspace, TableId::OUTBOX, FieldId::OUTBOX_MAIL, id);
        let newer = t.store.keys().ring().workspace(t.workspace).expect("known").seal_secret(&place, b"newer", &SystemRng);
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&SET_MAIL, args![&newer, id]).await.expect("writes");
        tx.commit().await.expect("commits");
        let mut done = 0;
        for batch in batches {
            let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
            done += batch.write(&mut tx).await.expect("writes").done;
            tx.commit().await.expect("commits");
        }
        assert_eq!(done, 5, "one letter, three bodies and the key of the log");
        assert_eq!(mails(&t).await[0], (id, newer));
        t.store.retire_sealing(t.workspace).await.expect("retires");
    }

    async fn a_value_that_does_not_open_keeps_its_key(t) {
        post(&t, 2).await;
        let both = mails(&t).await;
        // Moved to another row: an attack, or a damaged disk.
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&SET_MAIL, args![&both[0].1, both[1].0]).await.expect("writes");
        tx.commit().await.expect("commits");
        renew(&t);
        fence(&t).await;
        assert_eq!(walk(&t).await, (5, 1));
        assert_eq!(t.store.sealed_behind(t.workspace).await.expect("counts"), 1);
        assert!(matches!(t.store.retire_sealing(t.workspace).await, Err(StoreError::Lost(_))));
        assert_eq!(t.store.keys().ring().versions(t.workspace, KeyUse::Secrets).expect("known"), (1, 2));
    }

    async fn another_process_opens_what_was_sealed_under_a_key_it_has_not_seen(t) {
        post(&t, 1).await;
        let other = waxwing_store::KeyStore::open(t.store.keys().files().clone(), None, Arc::new(SystemRng)).expect("opens");
        renew(&t);
        fence(&t).await;
        walk(&t).await;
        let mail = mails(&t).await.remove(0);
        assert!(mail_opens(&t, &other.ring(), &mail));
        t.store.retire_sealing(t.workspace).await.expect("retires");
        assert_eq!(other.ring().versions(t.workspace, KeyUse::Secrets).expect("known"), (2, 2));
    }

    async fn everybody_gets_a_new_key_and_the_old_one_opens_nothing_that_is_stored_now(t) {
        let all = people(&t, 600).await;
        let (before, stolen) = (person(&t, all[3]).await, t.store.keys().ring());
        t.clock.advance(Micros::DAY);
        t.store.begin_epoch().await.expect("begins");
        order(&t).await;
        let newer = people(&t, 1).await;
        assert_eq!(renew_people(&t).await, PeopleTurn { done: 600, damaged: 0 });
        let now = person(&t, all[3]).await;
        assert_eq!((before.generation, now.generation, person(&t, newer[0]).await.generation), (1, 2, 1));
        assert!(opens_with(&t, &stolen, &before) && !opens_with(&t, &stolen, &now));
        // A thief who unwrapped the key while it was good holds a key that opens nothing any more.
        let key = stolen.unwrap_subject_key(t.workspace, all[3], 1, &before.wrapped).expect("theirs");
        for (field, sealed) in now.fields().expect("whole").iter() {
            for generation in [1, 2] {
                let place = Place { generation, ..now.place(t.workspace, field) };
                assert!(open_under_subject(&key, &place, sealed).is_err());
            }
        }
        for subject in [all[0], all[3], all[599], newer[0]] {
            assert_eq!(address(&t, subject).await, Some(format!("p{subject}@example.org")));
            assert_eq!(answers(&t, subject).await, ["250 taken"]);
        }
        assert_eq!(t.store.keys_behind(t.workspace).await.expect("counts"), 0);
    }

    async fn people_who_changed_or_left_between_reading_and_writing_are_taken_as_they_stand(t) {
        let all = people(&t, 3).await;
        order(&t).await;
        let batch = prepared(&t).await.expect("three people");
        let stored = person(&t, all[0]).await;
        let mut fields = stored.fields().expect("whole");
        let key = stored.key(&t.store, t.workspace).expect("a key");
        fields.set(FieldId::EMAIL, key.seal(FieldId::EMAIL, "new@example.org", &SystemRng));
        let id = t.ctx().new_id();
        let late = key.seal_cell(TableId::EVENTS, FieldId::SMTP_REPLY, id, b"451 later", &SystemRng);
        let late = Event { sealed: Some(late), ..Event::of(id, t.store.clock().now(), EventKind::Deferred, all[0]) };
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&EDIT, args![fields.to_bytes(), all[0]]).await.expect("edits");
        tx.events(vec![late]).await.expect("an event");
        tx.exec(&FORGET_KEY, args![all[1]]).await.expect("erases");
        tx.exec(&FORGET, args![all[1]]).await.expect("erases");
        tx.forget_events(all[1]).await.expect("erases");
        tx.commit().await.expect("commits");
        assert_eq!(write(&t, batch).await.expect("writes"), PeopleTurn { done: 2, damaged: 0 });
        assert_eq!(address(&t, all[0]).await.as_deref(), Some("new@example.org"));
        assert_eq!(answers(&t, all[0]).await.len(), 2);
        assert_eq!(address(&t, all[2]).await, Some(format!("p{}@example.org", all[2])));
        let mut tx = t.store.read(t.workspace, "test").await.expect("reads");
        let gone = tx.optional(&PERSON, args![all[1]], |r| r.int(0)).await.expect("reads");
        assert_eq!(gone, None, "nobody comes back");
    }

    async fn an_answer_that_was_sealed_before_somebody_got_a_new_key_follows_it(t) {
        let all = people(&t, 2).await;
        let message = person(&t, all[0]).await;
        let key = message.key(&t.store, t.workspace).expect("a key");
        let id = t.ctx().new_id();
        let sealed = key.seal_cell(TableId::EVENTS, FieldId::SMTP_REPLY, id, b"550 no such user", &SystemRng);
        let event = Event::of(id, t.store.clock().now(), EventKind::Failed, all[0]);
        let mut events = [Event { sealed: Some(sealed), key: Some(message), ..event }];
        order(&t).await;
        renew_people(&t).await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        t.store.keep_up(&mut tx, &mut events).await.expect("follows");
        tx.events(events.to_vec()).await.expect("an event");
        tx.commit().await.expect("commits");
        assert_eq!(answers(&t, all[0]).await, ["550 no such user", "250 taken"]);
    }

    async fn two_workers_on_one_order_give_everybody_one_new_key(t) {
        let all = people(&t, 2).await;
        order(&t).await;
        let (first, second) = (prepared(&t).await.expect("two people"), prepared(&t).await.expect("the same two"));
        write(&t, first).await.expect("writes");
        assert!(matches!(write(&t, second).await, Err(StoreError::Lost(Lost(_)))));
        assert!(prepared(&t).await.is_none());
        assert_eq!(person(&t, all[1]).await.generation, 2);
    }

    async fn an_epoch_that_begins_between_reading_and_writing_sends_the_worker_back(t) {
        let all = people(&t, 2).await;
        order(&t).await;
        let batch = prepared(&t).await.expect("two people");
        t.store.begin_epoch().await.expect("begins");
        assert!(matches!(write(&t, batch).await, Err(StoreError::KeysMoved(_))), "its keys would be wrapped under the old epoch");
        assert_eq!(renew_people(&t).await.done, 2);
        t.store.destroy_old_epochs().await.expect("nothing is behind");
        assert_eq!(address(&t, all[0]).await, Some(format!("p{}@example.org", all[0])));
    }

    async fn whose_data_does_not_open_is_counted_and_left_as_it_is(t) {
        let all = people(&t, 3).await;
        let (other, mut tx) = (person(&t, all[1]).await, t.store.begin(t.workspace, "test").await.expect("begins"));
        tx.exec(&EDIT, args![&other.sealed, all[0]]).await.expect("moves");
        tx.commit().await.expect("commits");
        order(&t).await;
        assert_eq!(renew_people(&t).await, PeopleTurn { done: 2, damaged: 1 });
        let left = person(&t, all[0]).await;
        assert_eq!((left.generation, left.sealed), (1, other.sealed));
    }

    /// Prints the pace; it asserts only that nobody was left out.
    async fn the_pace_is_told(t) {
        let count = 4_000;
        people(&t, count).await;
        order(&t).await;
        let begun = Instant::now();
        assert_eq!(renew_people(&t).await.done, i64::from(count));
        let pace = f64::from(count) / begun.elapsed().as_secs_f64();
        #[expect(clippy::print_stderr, reason = "a figure for whoever runs it with --no-capture")]
        {
            eprintln!("{pace:.0} people a second on {:?}, one sealed event each", t.store.engine());
        }
    }
}
