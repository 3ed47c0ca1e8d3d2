//! Re-sealing by its jobs, over the features whose values are sealed.

use super::tests::run_to_end;
use super::*;
use crate::subscribers::tests as people;
use crate::{accounts, consent, relays, subscribers, webhooks};
use waxwing_crypto::KeyUse;
use waxwing_domain::SubjectNo;
use waxwing_store::{JobState, args, sealed_columns, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

const LOGIN: &str = "smtp://kestrel:secret-login@relay.example:587?tls=starttls";

statement! { MOVE_LOGIN,
"UPDATE relays SET sealed = (SELECT o.sealed FROM relays o WHERE o.workspace_id = $1 AND o.name = $2)
 WHERE workspace_id = $1 AND name = $3" }
statement! { GENERATIONS, "SELECT MIN(generation), MAX(generation) FROM subject_keys WHERE workspace_id = $1" }
statement! { OLD_LOGINS, "SELECT COUNT(*) FROM relays WHERE workspace_id = $1 AND sealed = $2" }
statement! { LOGIN_OF, "SELECT sealed FROM relays WHERE workspace_id = $1 AND name = $2" }

/// A house with something sealed in several features, and the number of one person.
async fn house(t: &TestStore) -> (App, SubjectNo) {
    let app = people::app(t).await;
    let ctx = t.ctx().with_purpose("a test");
    let subject = people::person(&app, &ctx, "ada@example.org").await;
    people::person(&app, &ctx, "bea@example.org").await;
    let list = people::list(&app, &ctx, "Letters").await;
    accounts::bootstrap(&app, &ctx, people::address("olga@example.org")).await.expect("the first owner");
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    for name in ["First", "Second"] {
        relays::add_url(&app, &mut tx, &ctx, name, LOGIN).await.expect("a relay");
    }
    let hook = webhooks::Wish {
        name: "Shop".into(),
        url: "https://hooks.example/in".into(),
        kinds: vec!["unsubscribed".into()],
        ..webhooks::Wish::default()
    };
    webhooks::add(&app, &mut tx, &ctx, &hook).await.expect("a webhook");
    let new = subscribers::NewPerson { email: people::address("cyd@example.org"), values: vec![] };
    let kind = consent::ConsentKind::Manual;
    subscribers::admit(&app, &mut tx, &ctx, new, kind, "At the fair.", &[list]).await.expect("a person");
    tx.commit().await.expect("commits");
    (app, subject)
}

async fn order(app: &App, than: Micros) -> [JobId; 2] {
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    let secrets = reseal_secrets(&mut tx, &ctx, than).await.expect("orders");
    let people = reseal_people(app, &mut tx, &ctx, than).await.expect("orders");
    tx.commit().await.expect("commits");
    [secrets, people]
}

async fn progress(app: &App) -> Resealing {
    let mut tx = app.read(&app.host(), "test").await.expect("reads");
    resealing(app, &mut tx).await.expect("known")
}

async fn email(app: &App, subject: SubjectNo) -> String {
    let ctx = app.host();
    let mut tx = app.read(&ctx, "test").await.expect("reads");
    let fields = crate::fields::all(&mut tx).await.expect("fields");
    let shown = subscribers::show(app, &mut tx, &ctx, subject, &fields, "test").await.expect("opens");
    shown.email().to_owned()
}

async fn login(app: &App, name: &str) -> Vec<u8> {
    let mut tx = app.read(&app.host(), "test").await.expect("reads");
    tx.one(&LOGIN_OF, args![name], |r| r.blob(0)).await.expect("a relay")
}

/// Changes a name; `false` where it is to be tried again.
async fn edit(app: &App, subject: SubjectNo, name: &str) -> bool {
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    let field = crate::fields::by_key(&mut tx, "first_name").await.expect("built in");
    let changes = subscribers::Changes { email: None, values: vec![(field, Some(name.to_owned()))] };
    let done = subscribers::update(app, &mut tx, &ctx, subject, changes).await;
    again(done.map(|()| tx)).await
}

async fn add(app: &App, email: &str) -> bool {
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    let new = subscribers::NewPerson { email: people::address(email), values: vec![] };
    let done = subscribers::add(app, &mut tx, &ctx, new).await;
    again(done.map(|_| tx)).await
}

/// Commits; whatever is temporary is tried again, anything else is a fault.
async fn again(done: crate::Result<Tx>) -> bool {
    let done = match done {
        Ok(tx) => tx.commit().await.map_err(crate::Error::from),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => true,
        Err(crate::Error::Store(error)) if error.is_temporary() => false,
        Err(other) => panic!("{other}"),
    }
}

store_test! {
    async fn a_resealing_leaves_nothing_under_the_old_keys_and_everything_works(t) {
        let (app, subject) = house(&t).await;
        let stolen = login(&app, "First").await;
        assert!(!progress(&app).await.unfinished());
        t.clock.advance(Micros::DAY);
        let jobs = order(&app, t.store.clock().now()).await;
        assert_eq!((progress(&app).await.people_left(), progress(&app).await.unfinished()), (3, true));
        for job in jobs {
            assert_eq!(run_to_end(&app, job).await.state, JobState::Done);
        }
        let ring = t.store.keys().ring();
        for key in [KeyUse::Secrets, KeyUse::Files] {
            assert_eq!(ring.versions(t.workspace, key).expect("known"), (2, 2));
        }
        let done = progress(&app).await;
        assert!(!done.unfinished() && done.people.is_some_and(|order| (order.done, order.damaged) == (3, 0)), "{done:?}");
        assert_eq!((email(&app, subject).await.as_str(), age(&app).epoch), ("ada@example.org", 2));
        let mut tx = app.read(&app.host(), "test").await.expect("reads");
        assert_eq!(tx.one(&GENERATIONS, args![], |r| Ok((r.int(0)?, r.int(1)?))).await.expect("reads"), (2, 2));
        assert_eq!(tx.one(&OLD_LOGINS, args![stolen], |r| r.int(0)).await.expect("reads"), 0);
        assert_eq!(relays::usable(&app, &mut tx).await.expect("both logins open").len(), 2);
        assert_eq!(t.store.sealed_behind(t.workspace).await.expect("counts"), 0);
        assert!(sealed_columns().any(|column| column.table == "imports"), "the features are linked in");
    }

    async fn a_resealing_that_was_killed_after_the_new_key_goes_on_and_makes_no_third(t) {
        let (app, subject) = house(&t).await;
        t.clock.advance(Micros::DAY);
        let jobs = order(&app, t.store.clock().now()).await;
        // What a process did before it was killed: keys, no fence, nothing sealed; some people written by another.
        t.store.renew_sealing(t.workspace, Sealing::Secrets, t.store.clock().now()).expect("renews");
        t.store.renew_sealing(t.workspace, Sealing::Files, t.store.clock().now()).expect("renews");
        t.store.begin_epoch().await.expect("begins");
        assert!(progress(&app).await.secrets);
        for job in jobs {
            assert_eq!(run_to_end(&app, job).await.state, JobState::Done);
        }
        let ring = t.store.keys().ring();
        assert_eq!(ring.versions(t.workspace, KeyUse::Secrets).expect("known"), (2, 2));
        assert_eq!((age(&app).epoch, email(&app, subject).await.as_str()), (2, "ada@example.org"));
    }

    async fn a_second_order_makes_new_keys_again_and_an_old_one_makes_none(t) {
        let (app, subject) = house(&t).await;
        for turn in 2..=3 {
            t.clock.advance(Micros::DAY);
            for job in order(&app, t.store.clock().now()).await {
                assert_eq!(run_to_end(&app, job).await.state, JobState::Done);
            }
            let ring = t.store.keys().ring();
            assert_eq!(ring.versions(t.workspace, KeyUse::Secrets).expect("known"), (turn, turn));
        }
        let mut tx = app.begin(&app.host(), "test").await.expect("begins");
        let late = reseal_secrets(&mut tx, &app.host(), Micros::from_i64(1)).await.expect("orders");
        tx.commit().await.expect("commits");
        assert_eq!(run_to_end(&app, late).await.state, JobState::Done);
        let ring = t.store.keys().ring();
        assert_eq!(ring.versions(t.workspace, KeyUse::Secrets).expect("known"), (3, 3), "it was young enough");
        assert_eq!(email(&app, subject).await, "ada@example.org");
    }

    async fn a_secret_that_does_not_open_keeps_the_old_key_and_is_told(t) {
        let (app, _) = house(&t).await;
        let mut tx = app.begin(&app.host(), "test").await.expect("begins");
        tx.exec(&MOVE_LOGIN, args!["First", "Second"]).await.expect("moves");
        tx.commit().await.expect("commits");
        t.clock.advance(Micros::DAY);
        let [secrets, _] = order(&app, t.store.clock().now()).await;
        let status = run_to_end(&app, secrets).await;
        assert_eq!(status.state, JobState::Failed);
        assert!(status.error.is_some_and(|why| why.contains("1 sealed values do not open")));
        assert_eq!(t.store.keys().ring().versions(t.workspace, KeyUse::Secrets).expect("known"), (1, 2));
        assert!(progress(&app).await.secrets, "it is said to be unfinished");
    }

    async fn edits_and_new_people_beside_a_resealing_are_all_there_afterwards(t) {
        let (app, subject) = house(&t).await;
        t.clock.advance(Micros::DAY);
        let jobs = order(&app, t.store.clock().now()).await;
        let edits = async {
            for turn in 0..30 {
                while !edit(&app, subject, &format!("Ann {turn}")).await {}
                while !add(&app, &format!("late{turn}@example.org")).await {}
            }
        };
        let work = async {
            for job in jobs {
                assert_eq!(run_to_end(&app, job).await.state, JobState::Done);
            }
            // And once more, from what the edits left.
            for job in order(&app, t.store.clock().now()).await {
                assert_eq!(run_to_end(&app, job).await.state, JobState::Done);
            }
        };
        tokio::join!(edits, work);
        let ctx = app.host();
        let mut tx = app.read(&ctx, "test").await.expect("reads");
        let fields = crate::fields::all(&mut tx).await.expect("fields");
        let filter = subscribers::Filter::default();
        let everybody = subscribers::page(&app, &mut tx, &ctx, &filter, (None, 100), &fields, "test").await.expect("opens");
        assert_eq!(everybody.items.len(), 33);
        assert!(everybody.items.iter().all(|person| !person.is_damaged()));
        let edited = everybody.items.iter().find(|person| person.email() == "ada@example.org").expect("she is there");
        assert_eq!(edited.name(), "Ann 29");
    }

    async fn a_visitor_orders_nothing(t) {
        let app = people::app(&t).await;
        let visitor = app.visitor();
        let mut tx = app.begin(&visitor, "test").await.expect("begins");
        assert!(matches!(reseal_secrets(&mut tx, &visitor, visitor.now()).await, Err(crate::Error::Denied(_))));
        assert!(matches!(reseal_people(&app, &mut tx, &visitor, visitor.now()).await, Err(crate::Error::Denied(_))));
    }
}
