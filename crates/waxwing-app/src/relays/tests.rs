//! Relays: the login goes in and never comes out.

use super::{Edit, add_url, all, by_id, delete, edit, test as try_relay, usable};
use crate::{App, AppConfig, Error};
use waxwing_store::{args, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { RAW, "SELECT shown, sealed FROM relays WHERE workspace_id = $1" }

fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: "https://mail.example.org".into(),
        content_url: "https://mail.example.org".into(),
        dns: None,
        ehlo: "mail.example.org".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

store_test! {
    async fn a_login_is_sealed_kept_on_edits_and_shown_nowhere(t) {
        let (app, ctx) = (app(&t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let url = "smtp://maya:correct%20horse@mail.example.net:465";
        let id = add_url(&app, &mut tx, &ctx, "Main", url).await.expect("added");
        let (shown, sealed) = tx.one(&RAW, args![], |r| Ok((r.text(0)?, r.blob(1)?))).await.expect("a row");
        assert_eq!(shown, "smtp://mail.example.net:465?tls=implicit");
        let holds = |word: &[u8]| sealed.windows(word.len()).any(|w| w == word);
        assert!(!holds(b"maya") && !holds(b"horse"));
        let change = Edit { name: Some("Other".into()), connections: Some(3), ..Edit::default() };
        edit(&app, &mut tx, &ctx, id, change).await.expect("changed");
        let relays = usable(&app, &mut tx).await.expect("opened");
        assert_eq!((relays.len(), relays[0].name.as_str()), (1, "Other"));
        assert!(relays[0].relay.login().is_some() && relays[0].relay.limits.connections == 3);
        assert!(!format!("{:?}", by_id(&mut tx, &ctx, id).await.expect("there")).contains("maya"));
        let off = Edit { enabled: Some(false), ..Edit::default() };
        edit(&app, &mut tx, &ctx, id, off).await.expect("disabled");
        assert!(usable(&app, &mut tx).await.expect("opened").is_empty());
        delete(&app, &mut tx, &ctx, id).await.expect("deleted");
        assert!(all(&mut tx, &ctx).await.expect("listed").is_empty());
        assert!(matches!(delete(&app, &mut tx, &ctx, id).await, Err(Error::NotFound(_))));
    }

    async fn what_cannot_be_a_relay_is_refused_by_field(t) {
        let (app, ctx) = (app(&t), t.ctx());
        for (name, url, field) in [
            ("", "smtp://mail.example.net", "name"),
            ("A\nB", "smtp://mail.example.net", "name"),
            ("A", "https://mail.example.net", "url"),
            ("A", "smtp://mail.example.net:25?tls=none", "url"),
            ("A", "smtp://zoe@mail.example.net", "url"),
        ] {
            let mut tx = app.begin(&ctx, "test").await.expect("begins");
            match add_url(&app, &mut tx, &ctx, name, url).await {
                Err(Error::Invalid { field: wrong, message }) => {
                    assert_eq!(wrong, field);
                    assert!(!message.contains("zoe"), "{message}");
                }
                other => panic!("{url}: {other:?}"),
            }
        }
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        add_url(&app, &mut tx, &ctx, "A", "smtp://mail.example.net").await.expect("added");
        assert!(matches!(add_url(&app, &mut tx, &ctx, "A", "smtp://b.example.net").await, Err(Error::Conflict(_))));
    }

    async fn a_test_says_what_is_wrong_and_remembers_it(t) {
        let (app, ctx) = (app(&t), t.ctx());
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let id = add_url(&app, &mut tx, &ctx, "A", &format!("smtp://{free}?tls=none")).await.expect("added");
        tx.commit().await.expect("commits");
        let answer = try_relay(&app, &ctx, id).await.expect("asked");
        assert!(answer.expect_err("nobody listens").contains("connect"));
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert!(by_id(&mut tx, &ctx, id).await.expect("there").tested.is_some_and(|(_, problem)| problem.is_some()));
    }

    async fn who_may_not_is_refused(t) {
        let app = app(&t);
        let visitor = app.visitor();
        let mut tx = app.begin(&visitor, "test").await.expect("begins");
        assert!(matches!(add_url(&app, &mut tx, &visitor, "A", "smtp://a.example").await, Err(Error::Denied(_))));
        assert!(matches!(all(&mut tx, &visitor).await, Err(Error::Denied(_))));
    }
}
