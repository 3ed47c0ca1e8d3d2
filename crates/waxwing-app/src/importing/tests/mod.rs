//! Imports as people see them: from a file to people on a list.

mod resuming;
pub(crate) mod web;

use crate::importing::{Counts, Report, State, report, start_from_file};
use crate::lists::{self, MembershipState};
use crate::subscribers::{self, NewPerson};
use crate::suppression::{self, Kind, Reason};
use crate::{App, AppConfig, Error, fields};
use futures::StreamExt as _;
use std::path::PathBuf;
use waxwing_domain::{EmailAddress, FieldId, ImportId, Operation, SubjectNo};
use waxwing_store::{Entry, Runner, args, statement, subjects};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { SET_GATE, "UPDATE gate SET level = $2, epoch = epoch + 1 WHERE workspace_id = $1" }

const CONSENT: &str = "Collected at the fair in Basle, on paper";

pub(crate) async fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: "https://news.example.org".into(),
        content_url: "https://news.example.org".into(),
        dns: None,
        ehlo: "news.example.org".into(),
    };
    let app = App::new(t.store.clone(), config, t.workspace);
    let ctx = t.ctx();
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    fields::install(&app, &mut tx, &ctx).await.expect("fields");
    tx.commit().await.expect("commits");
    app
}

pub(crate) fn file(t: &TestStore, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = t.dir.path().join(name);
    std::fs::write(&path, bytes).expect("writes");
    path
}

/// Runs jobs until the import's job has ended.
pub(crate) async fn settle(t: &TestStore, app: &App, id: ImportId) -> Report {
    let ctx = t.ctx();
    let job = report(&mut app.read(&ctx, "test").await.expect("reads"), &ctx, id).await.expect("a report").job;
    let mut registry = waxwing_store::JobRegistry::default();
    crate::importing::jobs(&mut registry, app);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let runner = tokio::spawn(Runner::new(app.store().clone(), registry).run(stopped));
    Runner::follow(app.store(), t.workspace, job.expect("a job"), |_| ()).await.expect("followed");
    stop.send_replace(true);
    runner.await.expect("stops");
    report(&mut app.read(&ctx, "test").await.expect("reads"), &ctx, id).await.expect("a report")
}

pub(crate) async fn import(t: &TestStore, app: &App, bytes: impl AsRef<[u8]>) -> Report {
    let path = file(t, "people.csv", bytes);
    let id = start_from_file(app, &t.ctx(), &path, "News", CONSENT, false).await.expect("begins");
    settle(t, app, id).await
}

pub(crate) fn numbers(counts: &Counts) -> [i64; 6] {
    [counts.rows, counts.new, counts.updated, counts.duplicate, counts.invalid, counts.suppressed]
}

pub(crate) async fn find(app: &App, t: &TestStore, email: &str) -> Option<SubjectNo> {
    let email = EmailAddress::parse(email).expect("an address");
    let mut tx = app.read(&t.ctx(), "test").await.expect("reads");
    subscribers::find_by_email(app, &mut tx, &email).await.expect("looks")
}

pub(crate) async fn members(app: &App, t: &TestStore, state: MembershipState) -> usize {
    let mut tx = app.read(&t.ctx(), "test").await.expect("reads");
    let list = lists::by_name(&mut tx, "News").await.expect("reads").expect("the list").id;
    lists::members_after(&mut tx, list, state, SubjectNo::new(0), 100_000).await.expect("reads").len()
}

pub(crate) async fn clear(app: &App, t: &TestStore, email: &str, field: FieldId) -> Option<String> {
    let subject = find(app, t, email).await.expect("known");
    let mut tx = app.read(&t.ctx(), "test").await.expect("reads");
    let stored = subscribers::sealed(&mut tx, &[subject]).await.expect("reads").pop().expect("a row");
    drop(tx);
    let entry = Entry::new(Operation::Read, "test").part(&[field], subjects([subject]));
    let seen = app.store().disclose(&t.ctx(), entry).await.expect("recorded");
    seen.open(app.store(), &stored.person).expect("opens").get(field).map(str::to_owned)
}

async fn rejects(app: &App, t: &TestStore, id: ImportId) -> String {
    let mut stream = crate::importing::rejects(app, &t.ctx(), id, "cli").await.expect("a stream");
    let mut text = Vec::new();
    while let Some(piece) = stream.next().await {
        text.extend_from_slice(&piece.expect("a piece"));
    }
    String::from_utf8(text).expect("UTF-8")
}

store_test! {
    async fn people_of_a_file_join_the_list_confirmed_and_sealed(t) {
        let app = app(&t).await;
        let done = import(&t, &app, "E-Mail;Vorname;Nachname;Hobby\nann@example.org;Ann;Müller;chess\nbob@example.org;Bob;;\n").await;
        assert_eq!((done.state, done.error.clone()), (State::Done, None));
        assert_eq!(numbers(&done.counts), [2, 2, 0, 0, 0, 0]);
        assert_eq!(members(&app, &t, MembershipState::Confirmed).await, 2);
        assert_eq!(clear(&app, &t, "ann@example.org", FieldId::LAST_NAME).await.as_deref(), Some("Müller"));
        assert_eq!(clear(&app, &t, "bob@example.org", FieldId::LAST_NAME).await, None);
        assert!(!crate::importing::files::upload(&app, done.id).exists(), "the copy of the file is deleted");
    }

    async fn a_dry_run_counts_the_same_and_changes_nothing(t) {
        let app = app(&t).await;
        import(&t, &app, "email,first_name\nann@example.org,Ann\n").await;
        let text = "email,first_name\nANN@example.org,Anna\nbob@example.org,Bob\nbob@example.org,Robert\nnobody,x\n";
        let path = file(&t, "again.csv", text);
        let id = start_from_file(&app, &t.ctx(), &path, "News", CONSENT, true).await.expect("begins");
        let checked = settle(&t, &app, id).await;
        assert_eq!(checked.state, State::Checked);
        assert_eq!(numbers(checked.checked.as_ref().expect("counts")), [4, 1, 1, 1, 1, 0]);
        assert_eq!(find(&app, &t, "bob@example.org").await, None);
        let mut tx = app.begin(&t.ctx(), "test").await.expect("begins");
        crate::importing::run(&app, &mut tx, &t.ctx(), id).await.expect("begins");
        tx.commit().await.expect("commits");
        let done = settle(&t, &app, id).await;
        assert_eq!(Some(&done.counts), done.checked.as_ref());
        assert_eq!(clear(&app, &t, "ann@example.org", FieldId::FIRST_NAME).await.as_deref(), Some("Anna"));
        assert_eq!(clear(&app, &t, "bob@example.org", FieldId::FIRST_NAME).await.as_deref(), Some("Robert"));
    }

    async fn a_bad_row_is_refused_with_its_line_and_stops_nothing(t) {
        let app = app(&t).await;
        let mut bytes = b"email,phone\nann@example.org,+41446681800\n\n".to_vec();
        bytes.extend(b"=cmd()|evil,1\nbob@example.org,044 668 18 00\nnul\0@example.org,\nzoe@example.org,\n\"open@example.org,\n");
        let done = import(&t, &app, bytes).await;
        assert_eq!((done.state, numbers(&done.counts)), (State::Done, [6, 2, 0, 0, 4, 0]));
        assert!(done.has_rejects);
        let text = rejects(&app, &t, done.id).await;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "line,reason,original");
        assert!(lines[1].starts_with("4,the address needs exactly one @"), "{text}");
        assert!(lines[1].contains("'=cmd()"), "a formula is made harmless: {text}");
        assert!(lines[2].starts_with("5,\"Phone number: "), "{text}");
        assert!(lines[3].starts_with("6,the line holds a zero byte"), "{text}");
        assert!(lines[4].starts_with("8,a quote opens a cell"), "{text}");
    }

    async fn who_left_is_never_brought_back(t) {
        let app = app(&t).await;
        import(&t, &app, "email\nann@example.org\nbob@example.org\ncat@example.org\n").await;
        let ctx = t.ctx();
        let ann = find(&app, &t, "ann@example.org").await.expect("known");
        let bob = find(&app, &t, "bob@example.org").await.expect("known");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let list = lists::by_name(&mut tx, "News").await.expect("reads").expect("the list").id;
        lists::unsubscribe(&app, &mut tx, &ctx, Some(list), ann).await.expect("leaves");
        lists::unsubscribe(&app, &mut tx, &ctx, None, bob).await.expect("leaves");
        let tag = suppression::tag(&app, t.workspace, Kind::Email, "dan@example.org").expect("a tag");
        suppression::add(&app, &mut tx, &ctx, Kind::Email, tag, Reason::Complained, "test").await.expect("adds");
        tx.commit().await.expect("commits");
        let text = "email\nann@example.org\nbob@example.org\ncat@example.org\ndan@example.org\neve@example.org\n";
        let path = file(&t, "again.csv", text);
        let id = start_from_file(&app, &ctx, &path, "News", CONSENT, true).await.expect("begins");
        let checked = settle(&t, &app, id).await.checked.expect("counts");
        let done = import(&t, &app, text).await;
        assert_eq!(numbers(&done.counts), [5, 1, 1, 0, 0, 3]);
        assert_eq!(checked, done.counts);
        assert_eq!(find(&app, &t, "dan@example.org").await, None);
        assert_eq!(members(&app, &t, MembershipState::Unsubscribed).await, 2);
        assert_eq!(members(&app, &t, MembershipState::Confirmed).await, 2);
    }

    async fn a_file_larger_than_a_batch_is_written_in_several(t) {
        let app = app(&t).await;
        let mut text = String::from("email,first_name\n");
        (0..20_000).for_each(|i| text.push_str(&format!("person{i}@example.org,Name {i}\n")));
        text.push_str("person0@example.org,Again\nbroken\n");
        let done = import(&t, &app, text).await;
        assert_eq!((done.state, numbers(&done.counts)), (State::Done, [20_002, 20_000, 0, 1, 1, 0]));
        assert_eq!(members(&app, &t, MembershipState::Confirmed).await, 20_000);
        assert_eq!(clear(&app, &t, "person0@example.org", FieldId::FIRST_NAME).await.as_deref(), Some("Again"));
    }

    async fn nothing_of_the_people_lies_in_clear_in_the_data_directory(t) {
        let app = app(&t).await;
        import(&t, &app, "email,first_name,phone\nplanted.needle@example.org,Plantedname,+41446681899\nplanted.bad,Plantedname,x\n").await;
        t.store.checkpoint().await.expect("checkpoints");
        let mut open = vec![t.dir.path().join("data")];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(std::fs::read_dir(&path).expect("reads").map(|e| e.expect("an entry").path()));
                continue;
            }
            let bytes = std::fs::read(&path).expect("reads");
            for needle in ["planted.needle", "Plantedname", "41446681899", "planted.bad"] {
                assert!(!bytes.windows(needle.len()).any(|w| w == needle.as_bytes()), "{needle} in {}", path.display());
            }
        }
    }

    async fn an_import_under_containment_does_not_begin(t) {
        let app = app(&t).await;
        let mut tx = app.begin(&t.ctx(), "test").await.expect("begins");
        tx.exec(&SET_GATE, args!["contained"]).await.expect("changes");
        tx.commit().await.expect("commits");
        let path = file(&t, "people.csv", "email\nann@example.org\n");
        let begun = start_from_file(&app, &t.ctx(), &path, "News", CONSENT, false).await;
        assert!(matches!(begun, Err(Error::Contained(_))));
    }

    async fn a_file_without_people_is_refused_and_nothing_of_it_is_kept(t) {
        let app = app(&t).await;
        for (bytes, why) in [
            (&b""[..], "empty"),
            (b"PK\x03\x04....", "spreadsheet"),
            (b"name,city\nAnn,Bern\n", "No column holds the email address"),
            (b"email,E-Mail\na@example.org,b@example.org\n", "Two columns stand for the same field"),
            (b"\"email\nann@example.org\n", "No row of the file can be read"),
        ] {
            let path = file(&t, "bad.csv", bytes);
            let begun = start_from_file(&app, &t.ctx(), &path, "News", CONSENT, false).await;
            let Err(Error::Invalid { message, .. }) = begun else { panic!("{why}") };
            assert!(message.contains(why), "{message}");
        }
        let kept = std::fs::read_dir(crate::importing::files::directory(&app)).expect("a directory").count();
        assert_eq!(kept, 0);
        let missing = start_from_file(&app, &t.ctx(), &t.dir.path().join("none.csv"), "News", CONSENT, false).await;
        assert!(matches!(missing, Err(Error::Invalid { field, .. }) if field == "file"));
        let path = file(&t, "people.csv", "email\nann@example.org\n");
        let silent = start_from_file(&app, &t.ctx(), &path, "News", "  ", false).await;
        assert!(matches!(silent, Err(Error::Invalid { field, .. }) if field == "consent"));
    }

    async fn a_file_without_a_header_is_recognised_by_its_addresses(t) {
        let app = app(&t).await;
        let done = import(&t, &app, "Ann,ann@example.org\nBob,bob@example.org\n").await;
        assert_eq!(numbers(&done.counts), [2, 2, 0, 0, 0, 0]);
    }

    async fn a_person_added_meanwhile_is_updated_and_not_doubled(t) {
        let app = app(&t).await;
        let ctx = t.ctx();
        let path = file(&t, "people.csv", "email,first_name\nann@example.org,Ann\n");
        let id = start_from_file(&app, &ctx, &path, "News", CONSENT, false).await.expect("begins");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let email = EmailAddress::parse("Ann@example.org").expect("an address");
        subscribers::add(&app, &mut tx, &ctx, NewPerson { email, values: vec![] }).await.expect("adds");
        tx.commit().await.expect("commits");
        let done = settle(&t, &app, id).await;
        assert_eq!(numbers(&done.counts), [1, 0, 1, 0, 0, 0]);
        assert_eq!(members(&app, &t, MembershipState::Confirmed).await, 1);
    }

    async fn a_stopped_import_ends_and_its_file_is_deleted(t) {
        let app = app(&t).await;
        let path = file(&t, "people.csv", "email\nann@example.org\n");
        let id = start_from_file(&app, &t.ctx(), &path, "News", CONSENT, false).await.expect("begins");
        crate::importing::cancel(&app, &t.ctx(), id).await.expect("stops");
        let ended = settle(&t, &app, id).await;
        assert_eq!((ended.state, ended.counts.rows), (State::Cancelled, 0));
        assert!(!crate::importing::files::upload(&app, id).exists());
        assert!(crate::importing::cancel(&app, &t.ctx(), id).await.is_err());
    }
}
