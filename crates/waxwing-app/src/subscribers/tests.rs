//! People, told as what a customer may rely on.

use super::*;
use crate::fields::{self, Field};
use crate::{AppConfig, Error, lists};
use std::sync::Arc;
use std::time::Duration;
use waxwing_domain::{Actor, ApiKeyId, Ctx, EmailAddress, FieldId, ListId, Rights, Scope};
use waxwing_store::{JobRegistry, Runner, Sequencer, StoreError, args, record_page, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { MOVE_CIPHERTEXT,
"UPDATE subscribers SET sealed = (SELECT o.sealed FROM subscribers o WHERE o.workspace_id = $1 AND o.subject = $2)
 WHERE workspace_id = $1 AND subject = $3" }

/// An application over a test's store, with its fields in place.
pub(crate) async fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().to_owned(),
        public_url: "https://mail.example.org".into(),
        content_url: "https://mail.example.org".into(),
        dns: None,
        ehlo: "mail.example.org".into(),
    };
    let app = App::new(t.store.clone(), config, t.workspace);
    let mut tx = app.begin(&t.ctx(), "test").await.expect("begins");
    fields::install(&app, &mut tx, &t.ctx()).await.expect("fields");
    tx.commit().await.expect("commits");
    app
}

pub(crate) fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

/// Adds a person with a first name.
pub(crate) async fn person(app: &App, ctx: &Ctx, email: &str) -> SubjectNo {
    let mut tx = app.begin(ctx, "test").await.expect("begins");
    let first_name = fields::by_key(&mut tx, "first_name").await.expect("built in");
    let new = NewPerson { email: address(email), values: vec![(first_name, "Ann".into())] };
    let subject = add(app, &mut tx, ctx, new).await.expect("added");
    tx.commit().await.expect("commits");
    subject
}

/// Makes a list.
pub(crate) async fn list(app: &App, ctx: &Ctx, name: &str) -> ListId {
    let mut tx = app.begin(ctx, "test").await.expect("begins");
    let list = lists::create(app, &mut tx, ctx, lists::NewList::named(name)).await.expect("created");
    tx.commit().await.expect("commits");
    list.id
}

/// Evidence by hand.
pub(crate) async fn evidence(app: &App, tx: &mut Tx, ctx: &Ctx) -> waxwing_domain::ConsentId {
    let new = crate::consent::NewConsent {
        kind: crate::consent::ConsentKind::Manual,
        statement: "Signed the guest book in May".into(),
        list: None,
        subject: None,
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::Value::Null,
    };
    crate::consent::attest(app, tx, ctx, new).await.expect("kept")
}

async fn all_fields(app: &App, ctx: &Ctx) -> Vec<Arc<Field>> {
    let mut tx = app.read(ctx, "test").await.expect("begins");
    fields::all(&mut tx).await.expect("fields")
}

/// The newest entries of the record, after numbering what waits.
async fn recorded(t: &TestStore) -> Vec<(String, String, u64)> {
    Sequencer::new(t.store.clone()).run_once().await.expect("numbers");
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    let rows = record_page(&t.store, &mut tx, i64::MAX, 100).await.expect("a page");
    let word = |leaf: &serde_json::Value, key: &str| leaf[key].as_str().unwrap_or_default().to_owned();
    rows.iter().map(|row| (word(&row.leaf, "what"), word(&row.leaf, "operation"), row.subjects.len())).collect()
}

/// Lets the jobs of people run until none of them waits.
async fn run_jobs(app: &App) {
    let mut registry = JobRegistry::default();
    jobs(&mut registry, app);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let runner = tokio::spawn(Runner::new(app.store().clone(), registry).run(stopped));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    stop.send(true).expect("heard");
    runner.await.expect("no panic");
}

async fn confirmed(app: &App, ctx: &Ctx, list: ListId) -> i64 {
    let mut tx = app.read(ctx, "test").await.expect("reads");
    let filter = Filter { list: Some(list), state: StateFilter::parse("confirmed") };
    count_in(&mut tx, &filter).await.expect("counts")
}

store_test! {
    async fn everybody_in_a_filter_is_put_on_a_list_and_taken_off_again(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let (from, to) = (list(&app, &ctx, "From").await, list(&app, &ctx, "To").await);
        let mut people = Vec::new();
        for name in ["ann", "bob", "eve", "ida"] {
            people.push(person(&app, &ctx, &format!("{name}@example.org")).await);
        }
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let consent = evidence(&app, &mut tx, &ctx).await;
        lists::join_attested(&app, &mut tx, &ctx, from, people[..3].to_vec(), consent).await.expect("joined");
        // Who left a list is not put back by anybody else.
        let again = evidence(&app, &mut tx, &ctx).await;
        lists::join_attested(&app, &mut tx, &ctx, to, vec![people[0]], again).await.expect("joined");
        lists::unsubscribe(&app, &mut tx, &ctx, Some(to), people[0]).await.expect("left");
        let filter = Filter { list: Some(from), state: StateFilter::parse("confirmed") };
        let add = bulk::Relist::Add("Asked at the counter".into());
        bulk::everybody(&app, &mut tx, &ctx, filter, to, add).await.expect("queued");
        tx.commit().await.expect("commits");
        assert_eq!(confirmed(&app, &ctx, to).await, 0, "it is a job");
        run_jobs(&app).await;
        assert_eq!((confirmed(&app, &ctx, from).await, confirmed(&app, &ctx, to).await), (3, 2));

        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        bulk::everybody(&app, &mut tx, &ctx, filter, from, bulk::Relist::Remove).await.expect("queued");
        tx.commit().await.expect("commits");
        run_jobs(&app).await;
        assert_eq!((confirmed(&app, &ctx, from).await, confirmed(&app, &ctx, to).await), (0, 2));
    }

    async fn a_person_is_added_found_by_exact_address_and_shown(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "Ann@Example.org").await;
        assert_eq!(search(&app, &ctx, &address("ann@example.ORG"), "page").await.expect("answers"), Some(ann));
        assert_eq!(search(&app, &ctx, &address("an@example.org"), "page").await.expect("answers"), None);
        let fields = all_fields(&app, &ctx).await;
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let shown = show(&app, &mut tx, &ctx, ann, &fields, "page").await.expect("shown");
        assert_eq!((shown.email(), shown.name()), ("Ann@example.org", "Ann".to_owned()));
        let seen = recorded(&t).await;
        assert_eq!(seen[0], ("subscribers.show".into(), "read".into(), 1));
        assert_eq!(seen[1], ("subscribers.search".into(), "search".into(), 0), "a miss is recorded");
        assert_eq!(seen[2], ("subscribers.search".into(), "search".into(), 1));
        assert_eq!(seen[3], ("subscribers.add".into(), "create".into(), 1));
    }

    async fn one_address_is_one_person(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        person(&app, &ctx, "ann@example.org").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let again = NewPerson { email: address("ANN@example.org"), values: vec![] };
        assert!(matches!(add(&app, &mut tx, &ctx, again).await, Err(Error::Conflict(_))));
    }

    async fn a_batch_adds_the_new_changes_the_known_and_sees_doubles(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let known = person(&app, &ctx, "known@example.org").await;
        let fields = all_fields(&app, &ctx).await;
        let first = fields.iter().find(|f| f.id == FieldId::FIRST_NAME).expect("built in").clone();
        let last = fields.iter().find(|f| f.id == FieldId::LAST_NAME).expect("built in").clone();
        let one = |email: &str, field: &Arc<Field>, value: &str| NewPerson { email: address(email), values: vec![(field.clone(), value.into())] };
        let batch = [
            one("new@example.org", &first, "Nora"),
            one("known@example.org", &last, "Lee"),
            one("NEW@example.org", &last, "Later"),
            NewPerson { email: address("other@example.org"), values: vec![] },
        ];
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let placed = add_many(&app, &mut tx, &ctx, &batch).await.expect("placed");
        tx.commit().await.expect("commits");
        let new = placed[0].subject().expect("placed");
        assert!(matches!(placed[..], [Placed::New(a), Placed::Known(k), Placed::Same(b), Placed::New(_)] if a == b && k == known));
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let shown = show_many(&app, &mut tx, &ctx, &[known, new], &fields, "test", "page").await.expect("shown");
        let names: Vec<_> = shown.iter().map(|s| s.name()).collect();
        assert_eq!(names, ["Ann Lee", "Nora Later"], "what was not given stays, what came later is added");
        assert_eq!(count(&mut tx).await.expect("a count"), 3);
    }

    async fn an_address_that_comes_between_the_steps_becomes_a_known_one(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let people = ["race@example.org", "free@example.org"].map(|e| NewPerson { email: address(e), values: vec![] });
        let mut batch = prepare(&app, ctx.workspace, people.to_vec()).expect("prepared");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        look_up(&mut tx, &mut batch).await.expect("looked up");
        drop(tx);
        let allocation = allocate(&app, &batch).await.expect("numbers");
        let winner = person(&app, &ctx, "race@example.org").await;
        let sealed = seal(&app, batch, &allocation, ctx.now());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let placed = place(&app, &mut tx, &ctx, sealed).await.expect("placed");
        tx.commit().await.expect("commits");
        assert!(matches!(placed[..], [Placed::Known(k), Placed::New(_)] if k == winner), "{placed:?}");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        assert_eq!(count(&mut tx).await.expect("a count"), 2);
    }

    async fn a_batch_sealed_under_an_older_epoch_is_sent_back(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let people = vec![NewPerson { email: address("late@example.org"), values: vec![] }];
        let batch = prepare(&app, ctx.workspace, people).expect("prepared");
        let allocation = allocate(&app, &batch).await.expect("numbers");
        let sealed = seal(&app, batch, &allocation, ctx.now());
        let epoch = t.store.keys().change(|ring| Ok(ring.begin_epoch(ctx.now(), &*ctx.rng).expect("an epoch").get())).expect("rotated");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        t.store.switch_epoch(&mut tx, epoch).await.expect("switched");
        tx.commit().await.expect("commits");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let answer = place(&app, &mut tx, &ctx, sealed).await;
        assert!(matches!(answer, Err(Error::Store(StoreError::KeysMoved(_)))));
    }

    async fn a_suppressed_address_is_left_out_of_a_batch(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let tag = crate::suppression::tag_of_email(&app, ctx.workspace, &address("gone@example.org")).expect("a tag");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let (kind, reason) = (crate::suppression::Kind::Email, crate::suppression::Reason::Bounced);
        assert!(crate::suppression::add(&app, &mut tx, &ctx, kind, tag, reason, "smtp").await.expect("added"));
        assert!(!crate::suppression::add(&app, &mut tx, &ctx, kind, tag, reason, "smtp").await.expect("the second time"));
        let people = ["gone@example.org", "here@example.org"].map(|e| NewPerson { email: address(e), values: vec![] });
        let mut batch = prepare(&app, ctx.workspace, people.to_vec()).expect("prepared");
        look_up(&mut tx, &mut batch).await.expect("looked up");
        batch.leave_out_suppressed();
        assert_eq!(batch.standing(), [Standing::Suppressed(reason), Standing::Unknown]);
        tx.commit().await.expect("commits");
        let allocation = allocate(&app, &batch).await.expect("numbers");
        let sealed = seal(&app, batch, &allocation, ctx.now());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let placed = place(&app, &mut tx, &ctx, sealed).await.expect("placed");
        assert!(matches!(placed[..], [Placed::Suppressed(_), Placed::New(_)]), "{placed:?}");
    }

    async fn a_changed_address_is_found_and_the_old_one_is_free(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "old@example.org").await;
        person(&app, &ctx, "taken@example.org").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let to = |email: &str| Changes { email: Some(address(email)), values: vec![] };
        update(&app, &mut tx, &ctx, ann, to("new@example.org")).await.expect("changed");
        tx.commit().await.expect("commits");
        assert_eq!(search(&app, &ctx, &address("new@example.org"), "page").await.expect("answers"), Some(ann));
        assert_eq!(search(&app, &ctx, &address("old@example.org"), "page").await.expect("answers"), None);
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert!(matches!(update(&app, &mut tx, &ctx, ann, to("taken@example.org")).await, Err(Error::Invalid { .. })));
        drop(tx);
        let fields = all_fields(&app, &ctx).await;
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let shown = show(&app, &mut tx, &ctx, ann, &fields, "page").await.expect("shown");
        assert_eq!((shown.email(), shown.name()), ("new@example.org", "Ann".to_owned()));
    }

    async fn plain_and_sealed_fields_are_set_and_deleted(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let new = fields::NewField {
            key: "plan".into(),
            label: "Plan".into(),
            kind: fields::FieldKind::Text,
            class: waxwing_domain::DataClass::Internal,
            purpose: "To bill".into(),
            basis: waxwing_domain::LegalBasis::Contract,
            retention_days: None,
            kind_of_data: None,
        };
        let plan = fields::define(&app, &mut tx, &ctx, new).await.expect("defined");
        let first = fields::by_key(&mut tx, "first_name").await.expect("built in");
        let changes = Changes { email: None, values: vec![(plan.clone(), Some("gold".into())), (first.clone(), None)] };
        update(&app, &mut tx, &ctx, ann, changes).await.expect("changed");
        tx.commit().await.expect("commits");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let shown = show(&app, &mut tx, &ctx, ann, &[plan.clone(), first.clone()], "page").await.expect("shown");
        assert_eq!((shown.get(&plan), shown.get(&first), shown.email()), (Some("gold"), None, ""), "only what was asked for");
    }

    async fn a_moved_ciphertext_is_refused_and_the_others_are_shown(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let bob = person(&app, &ctx, "bob@example.org").await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&MOVE_CIPHERTEXT, args![ann, bob]).await.expect("moved");
        tx.commit().await.expect("commits");
        let fields = all_fields(&app, &ctx).await;
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let page = page(&app, &mut tx, &ctx, &Filter::default(), (None, 10), &fields, "page").await.expect("a page");
        let seen: Vec<_> = page.items.iter().map(|p| (p.subject, p.is_damaged(), p.email().to_owned())).collect();
        assert_eq!(seen, [(bob, true, String::new()), (ann, false, "ann@example.org".to_owned())]);
        drop(tx);
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let first = fields[2].clone();
        let again = [NewPerson { email: address("bob@example.org"), values: vec![(first, "Bob".into())] }];
        assert_eq!(add_many(&app, &mut tx, &ctx, &again).await.expect("placed"), [Placed::Known(bob)], "the key is whole");
    }

    async fn a_batch_survives_a_person_whose_key_is_damaged(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let ann = person(&app, &ctx, "ann@example.org").await;
        let bob = person(&app, &ctx, "bob@example.org").await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&SWAP_KEY, args![ann, bob]).await.expect("moved");
        tx.commit().await.expect("commits");
        let first = all_fields(&app, &ctx).await[2].clone();
        let batch = ["bob@example.org", "cleo@example.org"].map(|e| NewPerson { email: address(e), values: vec![(first.clone(), "X".into())] });
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let placed = add_many(&app, &mut tx, &ctx, &batch).await.expect("placed");
        assert!(matches!(placed[..], [Placed::Damaged(d), Placed::New(_)] if d == bob), "{placed:?}");
    }

    async fn pages_go_on_where_the_last_one_ended(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let batch: Vec<_> = (0..25).map(|i| NewPerson { email: address(&format!("p{i}@example.org")), values: vec![] }).collect();
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        add_many(&app, &mut tx, &ctx, &batch).await.expect("placed");
        tx.commit().await.expect("commits");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = page(&app, &mut tx, &ctx, &Filter::default(), (after, 10), &[], "page").await.expect("a page");
            seen.extend(page.items.iter().map(|p| p.subject.get()));
            let Some(next) = page.next else { break };
            after = Some(next.parse().expect("a number"));
        }
        assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
    }

    async fn filters_find_members_and_the_suppressed(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let (a, b, c) = (person(&app, &ctx, "a@example.org").await, person(&app, &ctx, "b@example.org").await, person(&app, &ctx, "c@example.org").await);
        let news = list(&app, &ctx, "News").await;
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let consent = evidence(&app, &mut tx, &ctx).await;
        lists::join_attested(&app, &mut tx, &ctx, news, vec![a, b], consent).await.expect("joined");
        lists::unsubscribe(&app, &mut tx, &ctx, None, b).await.expect("left");
        let confirmed = Some(StateFilter::Membership(lists::MembershipState::Confirmed));
        for (filter, expected) in [
            (Filter::default(), vec![c, b, a]),
            (Filter { list: Some(news), state: None }, vec![b, a]),
            (Filter { list: Some(news), state: confirmed }, vec![a]),
            (Filter { list: None, state: confirmed }, vec![a]),
            (Filter { list: None, state: Some(StateFilter::Suppressed) }, vec![b]),
            (Filter { list: Some(news), state: Some(StateFilter::Suppressed) }, vec![b]),
        ] {
            assert_eq!(numbers(&mut tx, &filter, None, 10).await.expect("numbers"), expected, "{filter:?}");
            assert_eq!(count_in(&mut tx, &filter).await.expect("a count"), expected.len() as i64);
        }
    }

    async fn guessing_addresses_is_throttled_for_each_credential(t) {
        let app = app(&t).await;
        let key = |number| Ctx { actor: Actor::ApiKey(ApiKeyId::from_i64(number)), ..t.ctx() };
        for i in 0..30 {
            search(&app, &key(1), &address(&format!("g{i}@example.org")), "api").await.expect("answers");
        }
        assert!(matches!(search(&app, &key(1), &address("g@example.org"), "api").await, Err(Error::TooMany(_))));
        assert!(search(&app, &key(2), &address("g@example.org"), "api").await.is_ok());
    }

    async fn who_may_only_read_changes_nothing(t) {
        let app = app(&t).await;
        let ann = person(&app, &t.ctx(), "ann@example.org").await;
        let reader = Ctx { rights: Rights::of_scopes(&[Scope::Read]), ..t.ctx() };
        let mut tx = app.begin(&reader, "test").await.expect("begins");
        assert!(matches!(update(&app, &mut tx, &reader, ann, Changes::default()).await, Err(Error::Denied(_))));
        assert!(matches!(delete(&app, &mut tx, &reader, ann).await, Err(Error::Denied(_))));
        assert!(matches!(add_many(&app, &mut tx, &reader, &[]).await, Err(Error::Denied(_))));
        let nobody = Ctx { rights: Rights::nothing(), ..t.ctx() };
        assert!(matches!(search(&app, &nobody, &address("ann@example.org"), "page").await, Err(Error::Denied(_))));
        assert!(matches!(show(&app, &mut tx, &nobody, ann, &[], "page").await, Err(Error::Denied(_))));
    }
}

statement! { SWAP_KEY,
"UPDATE subject_keys SET wrapped = (SELECT o.wrapped FROM subject_keys o WHERE o.workspace_id = $1 AND o.subject = $2)
 WHERE workspace_id = $1 AND subject = $3" }
