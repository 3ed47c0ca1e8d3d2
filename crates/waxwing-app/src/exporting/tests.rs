//! Exports as people see them.

use super::{Begun, State, begin, recent, to_file};
use crate::importing::start_from_file;
use crate::importing::tests::web::Browser;
use crate::importing::tests::{app, file, settle};
use crate::{App, Error, lists};
use http::StatusCode;
use std::os::unix::fs::PermissionsExt as _;
use waxwing_domain::ListId;
use waxwing_store::{Sequencer, args, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { SET_GATE, "UPDATE gate SET level = $2, epoch = epoch + 1 WHERE workspace_id = $1" }
statement! { PENDING, "SELECT COUNT(*) FROM record_pending WHERE workspace_id = $1" }

async fn list(t: &TestStore, app: &App, text: &str) -> ListId {
    let path = file(t, "people.csv", text);
    let id = start_from_file(app, &t.ctx(), &path, "News", "At the fair", false).await.expect("begins");
    settle(t, app, id).await.list.expect("a list")
}

async fn set_gate(t: &TestStore, app: &App, level: &str) {
    let mut tx = app.begin(&t.ctx(), "test").await.expect("begins");
    tx.exec(&SET_GATE, args![level]).await.expect("changes");
    tx.commit().await.expect("commits");
}

store_test! {
    async fn the_members_of_a_list_leave_as_csv_that_no_spreadsheet_runs(t) {
        let app = app(&t).await;
        let list = list(&t, &app, "email,first_name,phone\nann@example.org,\"=A1,\"\"x\",+41446681800\nbob@example.org,Bob,\n").await;
        let out = t.dir.path().join("out.csv");
        to_file(&app, &t.ctx(), list, "audit", &out).await.expect("exports");
        let text = std::fs::read_to_string(&out).expect("reads");
        let expected = "email,phone,first_name,last_name\r\nann@example.org,+41446681800,\"'=A1,\"\"x\",\r\nbob@example.org,,Bob,\r\n";
        assert_eq!(text, expected);
        assert_eq!(std::fs::metadata(&out).expect("a file").permissions().mode() & 0o777, 0o600);
        let mut tx = app.read(&t.ctx(), "test").await.expect("reads");
        let exports = recent(&mut tx, &t.ctx(), None, 10).await.expect("reads");
        assert_eq!((exports[0].state, exports[0].people, exports[0].purpose.as_str()), (State::Done, 2, "audit"));
        let again = to_file(&app, &t.ctx(), list, "audit", &out).await;
        assert!(matches!(again, Err(Error::Invalid { field, .. }) if field == "out"), "no file is overwritten");
    }

    async fn an_export_without_a_purpose_does_not_begin(t) {
        let app = app(&t).await;
        let list = list(&t, &app, "email\nann@example.org\n").await;
        let begun = begin(&app, &t.ctx(), list, "  ", "file").await;
        assert!(matches!(begun, Err(Error::Invalid { field, .. }) if field == "purpose"));
        let out = t.dir.path().join("out.csv");
        assert!(to_file(&app, &t.ctx(), list, "", &out).await.is_err());
        assert!(!out.exists(), "a file that was not finished is removed");
    }

    async fn who_unsubscribed_does_not_leave(t) {
        let app = app(&t).await;
        let list = list(&t, &app, "email\nann@example.org\nbob@example.org\n").await;
        let mut tx = app.begin(&t.ctx(), "test").await.expect("begins");
        let first = lists::members_after(&mut tx, list, lists::MembershipState::Confirmed, waxwing_domain::SubjectNo::new(0), 1).await.expect("reads")[0];
        lists::unsubscribe(&app, &mut tx, &t.ctx(), Some(list), first).await.expect("leaves");
        tx.commit().await.expect("commits");
        let got = Browser::open(&app).post("/audience/export", &format!("list={list}&purpose=audit")).await;
        assert_eq!(got.status, StatusCode::OK);
        assert_eq!(got.body.lines().count(), 2, "{}", got.body);
    }

    async fn every_chunk_is_on_the_record_before_it_leaves_and_asks_the_gate(t) {
        let app = app(&t).await;
        let mut text = String::from("email\n");
        (0..1_500).for_each(|i| text.push_str(&format!("p{i}@example.org\n")));
        let list = list(&t, &app, &text).await;
        let Begun::Now(mut export) = begin(&app, &t.ctx(), list, "audit", "file").await.expect("begins") else { panic!("nobody is asked") };
        Sequencer::new(t.store.clone()).run_once().await.expect("numbers");
        assert!(export.next().await.expect("the header").is_some());
        assert!(export.next().await.expect("a chunk").is_some());
        let mut tx = app.read(&t.ctx(), "test").await.expect("reads");
        assert_eq!(tx.one(&PENDING, args![], |r| r.int(0)).await.expect("counts"), 1);
        drop(tx);
        set_gate(&t, &app, "contained").await;
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        assert!(matches!(export.next().await, Err(Error::Contained(_))));
        let mut tx = app.read(&t.ctx(), "test").await.expect("reads");
        let exports = recent(&mut tx, &t.ctx(), None, 10).await.expect("reads");
        assert_eq!((exports[0].state, exports[0].people), (State::Broken, 1_000));
    }

    async fn a_program_exports_with_one_request(t) {
        let app = app(&t).await;
        let list = list(&t, &app, "email\nann@example.org\n").await;
        let browser = Browser::open(&app);
        let got = browser.api("POST", &format!("/api/v1/lists/{list}/export?purpose=audit"), "").await;
        assert!(got.status == StatusCode::OK && got.body.contains("ann@example.org"), "{}", got.body);
        let silent = browser.api("POST", &format!("/api/v1/lists/{list}/export"), "").await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(browser.api("GET", "/api/v1/exports", "").await.body.contains("audit"));
        assert!(browser.get("/audience/export").await.body.contains("audit"));
    }
}
