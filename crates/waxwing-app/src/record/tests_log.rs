//! The log's pages and API, witnesses, mailbox, searches and exports, in sentences.

use super::*;
use crate::testing::{Orchard, mails, run_jobs};
use http::{Method, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;
use waxwing_crypto::merkle::leaf_hash;
use waxwing_crypto::tlog::{EntryProof, NoteSigner, Policy, SignatureKind, SignedNote, VerifierKey};
use waxwing_domain::TestRng;
use waxwing_egress::{Config, Egress, Exceptions};
use waxwing_store::Sequencer;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

async fn number_all(t: &TestStore) {
    t.clock.advance(Micros::MINUTE);
    Sequencer::new(t.store.clone()).finish().await.expect("numbers");
}

fn witness() -> NoteSigner {
    NoteSigner::random("witness.example/w1", SignatureKind::Cosignature, &TestRng::seeded(8)).expect("a key")
}

async fn policy(house: &Orchard) -> Policy {
    let key: VerifierKey = log_state(&house.app, &house.ctx).await.expect("reads").key.expect("a key");
    Policy::log_only(key)
}

async fn add(house: &Orchard) -> WitnessRow {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    let vkey = witness().verifier().to_string();
    add_witness(&house.app, &mut tx, &house.ctx, "https://witness.example/w1/", &vkey).await.expect("adds");
    let row = witnesses(&mut tx, &house.ctx).await.expect("reads").remove(0);
    tx.commit().await.expect("commits");
    row
}

async fn the_witness(app: &App, ctx: &Ctx) -> WitnessRow {
    let mut tx = app.read(ctx, "test").await.expect("begins");
    witnesses(&mut tx, ctx).await.expect("reads").remove(0)
}

/// A witness that answers on this machine.
async fn listen(witness: Arc<waxwing_store::Witness>, now: Micros) -> SocketAddr {
    let answer = move |body: axum::body::Bytes| async move {
        let (status, _, body) = witness.add_checkpoint(&body, now).http();
        (StatusCode::from_u16(status).expect("a status"), body)
    };
    let router = axum::Router::new().route("/add-checkpoint", axum::routing::post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

store_test! {
    async fn a_program_fetches_checkpoint_tiles_entries_and_proofs_and_checks_them_itself(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        number_all(&t).await;
        let key = house.web.key("all");
        let note = key.get("/api/v1/record/checkpoint").await;
        let trusted = policy(&house).await.check(&SignedNote::parse(&note.body).expect("a note")).expect("signed");
        let size = trusted.checkpoint.size;
        let width = format!("width={size}");
        let tile = key.get(&format!("/api/v1/record/tile/0/0?{width}")).await;
        assert_eq!((tile.status, tile.headers["content-length"].to_str().ok()), (StatusCode::OK, Some((size * 32).to_string().as_str())));
        assert_eq!(key.get(&format!("/api/v1/record/tile/entries/0?{width}")).await.status, StatusCode::OK);
        let proof = key.get("/api/v1/record/entries/1/proof").await;
        let proof = EntryProof::parse(&proof.body).expect("a proof");
        assert!(proof.check(&policy(&house).await).is_ok());
        assert_ne!(leaf_hash(&proof.entry), [0; 32]);
        for wrong in ["tile/0/0", "tile/0/1?width=1", "tile/8/0", "tile/x/0", "tile/0/18446744073709551615", "tile/0/0?width=0", "entries/9999/proof"] {
            assert_eq!(key.get(&format!("/api/v1/record/{wrong}")).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
        for path in ["log", "checkpoint", "tile/0/0?width=1", "entries/0/proof", "export"] {
            let status = house.web.key("nothing").get(&format!("/api/v1/record/{path}")).await.status;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
        let log = key.get("/api/v1/record/log").await;
        assert!(log.body.contains(&format!("\"size\":{size}")), "{}", log.body);
    }

    async fn whoever_made_a_request_gets_its_receipts_by_its_id(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let body = serde_json::json!({ "name": "Visitors" });
        let made = house.web.key("all").json(Method::POST, "/api/v1/lists", &body).await;
        let request = made.headers["x-request-id"].to_str().expect("text").to_owned();
        let path = format!("/api/v1/record/receipts/{request}");
        assert_eq!(house.web.key("all").get(&path).await.status, StatusCode::NOT_FOUND, "not numbered yet");
        number_all(&t).await;
        let got: serde_json::Value = serde_json::from_str(&house.web.key("all").get(&path).await.body).expect("JSON");
        let proof = EntryProof::parse(got[0]["proof"].as_str().expect("text")).expect("a proof");
        assert!(proof.check(&policy(&house).await).is_ok());
        assert_eq!(waxwing_store::decode_leaf(&proof.entry).expect("ours")["what"], "lists.create");
        assert_eq!(house.web.key("nothing").get(&path).await.status, StatusCode::FORBIDDEN);
    }

    async fn a_witness_is_asked_with_a_proof_and_its_signature_is_kept(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        number_all(&t).await;
        let row = add(&house).await;
        let dir = tempfile::tempdir().expect("a directory");
        let log = policy(&house).await.log;
        let outside = waxwing_store::Witness::open(dir.path(), witness(), vec![log]).expect("opens");
        let mut old = 0;
        for _ in 0..3 {
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            let asked = super::witnesses::next_request(&mut tx, old, outside.verifier()).await.expect("reads");
            let (head, request) = asked.expect("something new");
            let (status, _, body) = outside.add_checkpoint(request.to_text().as_bytes(), t.store.clock().now()).http();
            let outcome = super::witnesses::judge(status, &body, &request, head.checkpoint.size);
            old = head.checkpoint.size;
            super::witnesses::settle(&mut tx, &house.ctx, &row, head, &outcome).await.expect("keeps");
            tx.commit().await.expect("commits");
            let seen = log_state(&house.app, &house.ctx).await.expect("reads").witnessed.expect("witnessed");
            let policy = Policy { witnesses: vec![outside.verifier().clone()], ..policy(&house).await };
            assert!(policy.check(&seen.note).is_ok());
            let mut tx = house.app.read(&house.ctx, "test").await.expect("begins");
            assert!(super::witnesses::next_request(&mut tx, old, outside.verifier()).await.expect("reads").is_none());
            drop(tx);
            number_all(&t).await;
            house.web.session("all").get("/security").await;
            number_all(&t).await;
        }
    }

    async fn the_job_brings_each_head_over_the_network_and_notices_a_record_put_back(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        number_all(&t).await;
        let dir = tempfile::tempdir().expect("a directory");
        let log = policy(&house).await.log;
        let outside = Arc::new(waxwing_store::Witness::open(dir.path(), witness(), vec![log]).expect("opens"));
        let address = listen(outside.clone(), t.store.clock().now()).await;
        let exceptions = Exceptions { plain_loopback: true, ..Exceptions::default() };
        let egress = Egress::new(Config { exceptions, ..Config::default() }).expect("a client");
        let app = App::with_egress(t.store.clone(), house.app.config().clone(), t.workspace, egress);
        let mut tx = app.begin(&house.ctx, "test").await.expect("begins");
        let vkey = outside.verifier().to_string();
        add_witness(&app, &mut tx, &house.ctx, &format!("http://{address}"), &vkey).await.expect("adds");
        tx.commit().await.expect("commits");
        for _ in 0..2 {
            number_all(&t).await;
            let row = the_witness(&app, &house.ctx).await;
            super::witnesses::visit(&app, &house.ctx, &row).await.expect("asks");
            let (row, head) = (the_witness(&app, &house.ctx).await, log_state(&app, &house.ctx).await.expect("reads"));
            assert_eq!(row.error, None);
            assert_eq!(head.witnessed.expect("witnessed").note, head.head.expect("signed").note);
            house.web.session("all").get("/security").await;
        }
        // Another record of the same log, further on: as if this one had been put back.
        number_all(&t).await;
        let (kept, row) = (std::fs::read_dir(dir.path()).expect("reads"), the_witness(&app, &house.ctx).await);
        let kept = kept.map(|entry| entry.expect("reads").path()).find(|path| path.extension().is_some_and(|e| e == "checkpoint"));
        let kept = kept.expect("kept");
        let text = std::fs::read_to_string(&kept).expect("reads");
        std::fs::write(&kept, text.replacen(&format!("\n{}\n", row.size), "\n99999\n", 1)).expect("writes");
        super::witnesses::visit(&app, &house.ctx, &row).await.expect("asks");
        let said = the_witness(&app, &house.ctx).await.error.expect("refused");
        assert!(said.contains("99999") && said.contains("put back"), "{said}");
    }

    async fn a_witness_that_is_not_there_is_said_and_nothing_breaks(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        number_all(&t).await;
        let row = add(&house).await;
        super::witnesses::visit(&house.app, &house.ctx, &row).await.expect("goes on");
        let said = the_witness(&house.app, &house.ctx).await.error.expect("said");
        assert!(said.starts_with("It was not reached"), "{said}");
    }

    async fn what_a_witness_refuses_is_shown_and_is_a_signal_once(t) {
        use super::witnesses::{Outcome, judge, next_request, settle};
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        number_all(&t).await;
        let mut row = add(&house).await;
        number_all(&t).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        let (head, request) = next_request(&mut tx, 0, witness().verifier()).await.expect("reads").expect("new");
        let size = head.checkpoint.size;
        let lost = judge(409, &format!("{}\n", size + 5), &request, size);
        assert!(matches!(&lost, Outcome::Alarm(words) if words.contains("entries were lost")), "{lost:?}");
        assert_eq!(judge(409, "3\n", &request, size), Outcome::AskFrom(3));
        assert!(matches!(judge(409, "0\n", &request, size), Outcome::Alarm(_)), "the same size, another root");
        assert!(matches!(judge(422, "", &request, size), Outcome::Alarm(_)));
        for trouble in [403, 404, 500, 301] {
            assert!(matches!(judge(trouble, "", &request, size), Outcome::Trouble(_)), "{trouble}");
        }
        settle(&mut tx, &house.ctx, &row, head.clone(), &lost).await.expect("keeps");
        row = witnesses(&mut tx, &house.ctx).await.expect("reads").remove(0);
        assert!(row.error.is_some());
        let forged = Outcome::Signed("\u{2014} witness.example/w1 AAAAAAAA\n".into());
        settle(&mut tx, &house.ctx, &row, head, &forged).await.expect("keeps");
        tx.commit().await.expect("commits");
        assert!(log_state(&house.app, &house.ctx).await.expect("reads").witnessed.is_none());
        let page = house.web.session("all").get("/security/log").await;
        assert!(page.body.contains("Its signature is refused"), "{}", page.body);
    }

    async fn witnesses_and_mailbox_are_set_on_the_page_and_nonsense_is_refused(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        number_all(&t).await;
        let (visitor, page) = house.web.session("all").open("/security/log").await;
        let seal = page.hidden("csrf");
        let vkey: String = url::form_urlencoded::byte_serialize(witness().verifier().to_string().as_bytes()).collect();
        let post = async |form: String| {
            let path = "/security/log/witnesses";
            visitor.post(path, &format!("csrf={seal}&{form}")).await.status
        };
        let log: String = policy(&house).await.log.to_string();
        let log: String = url::form_urlencoded::byte_serialize(log.as_bytes()).collect();
        for wrong in [format!("url=https://w.example&vkey={log}"), "url=https://w.example&vkey=x".into(), format!("url=ftp://w&vkey={vkey}"), format!("url=&vkey={vkey}")] {
            assert_eq!(post(wrong.clone()).await, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        assert_eq!(post(format!("url=https://w.example&vkey={vkey}")).await, StatusCode::SEE_OTHER);
        assert_eq!(post(format!("url=https://w.example&vkey={vkey}")).await, StatusCode::UNPROCESSABLE_ENTITY, "twice");
        let wrong = visitor.post("/security/log/mailbox", &format!("csrf={seal}&mailbox=nowhere")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let set = visitor.post("/security/log/mailbox", &format!("csrf={seal}&mailbox=log@outside.example")).await;
        assert_eq!(set.status, StatusCode::SEE_OTHER);
        let page = visitor.get("/security/log").await;
        assert!(page.body.contains("witness.example/w1") && page.body.contains("log@outside.example"));
    }

    async fn the_checkpoint_is_mailed_once_a_day_and_can_be_read_out_of_the_mail(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        set_mailbox(&house.app, &mut tx, &house.ctx, "log@outside.example").await.expect("sets");
        tx.commit().await.expect("commits");
        number_all(&t).await;
        for expected in [1, 0] {
            let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
            mailing::post_daily(&house.app, &mut tx, &house.ctx).await.expect("posts");
            tx.commit().await.expect("commits");
            let mails = mails(&house.app).await;
            assert_eq!(mails.len(), expected);
            if let Some(mail) = mails.first() {
                let note = mail.text.split("--------\n").nth(1).expect("between the rules");
                assert!(policy(&house).await.check(&SignedNote::parse(note).expect("a note")).is_ok());
            }
        }
        t.clock.advance(Micros::DAY);
        run_jobs(&house.app, super::jobs).await;
    }

    async fn entries_are_found_by_number_and_network_address(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        house.web.session("all").get("/security").await;
        house.web.from([198, 51, 100, 9]).session("all").get("/security/log/checkpoint").await;
        house.web.from([198, 51, 100, 9]).session("all").get("/security?what=other").await;
        number_all(&t).await;
        let count = async |filter: Filter| page(&house.app, &house.ctx, &filter, i64::MAX, 100).await.expect("reads").rows.len();
        let address = Some(IpAddr::from([198, 51, 100, 9]));
        assert_eq!(count(Filter { address, ..Filter::default() }).await, 1);
        assert_eq!(count(Filter { who: Some(1), ..Filter::default() }).await, 2);
        let who = waxwing_domain::AccountId::from_i64(1);
        let page = house.web.session("all").get(&format!("/security?who={who}&address=198.51.100.9")).await;
        assert!(page.status == StatusCode::OK && page.body.contains("198.51.100.9"));
        for wrong in ["who=me", "address=here"] {
            assert_eq!(house.web.session("all").get(&format!("/security?{wrong}")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    async fn a_search_is_kept_under_a_name_in_the_pages_own_form(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let (visitor, page) = house.web.session("all").open("/security?operation=create").await;
        let seal = page.hidden("csrf");
        let save = async |name: &str, query: &str| {
            let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
            visitor.post("/security/searches", &format!("csrf={seal}&name={name}&query={query}")).await.status
        };
        assert_eq!(save("Made", "operation=create&evil=1&before=7").await, StatusCode::SEE_OTHER);
        assert_eq!(save("", "operation=create").await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(save("Day", "from=yesterday").await, StatusCode::UNPROCESSABLE_ENTITY);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("begins");
        let kept = searches(&mut tx, &house.ctx).await.expect("reads").remove(0);
        drop(tx);
        assert_eq!((kept.name.as_str(), kept.query.as_str()), ("Made", "operation=create"));
        let gone = visitor.post(&format!("/security/searches/{}/delete", kept.id), &format!("csrf={seal}")).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        assert!(!visitor.get("/security").await.body.contains(">Made<"));
    }

    async fn the_filtered_record_leaves_in_three_forms_and_that_is_recorded(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        number_all(&t).await;
        let web = house.web.session("all");
        for (format, first) in [("csv", "entry,time"), ("ocsf", "{\""), ("syslog", "<110>1 ")] {
            let got = web.get(&format!("/security/record/export?format={format}&operation=create&what=lists")).await;
            assert!(got.status == StatusCode::OK && got.body.starts_with(first), "{format}: {}", got.body);
            let lines = got.body.lines().filter(|line| line.contains("lists.create")).count();
            assert_eq!((lines, got.body.contains("ada@example.org")), (1, false), "{format}");
        }
        assert_eq!(web.get("/security/record/export?format=exe").await.status, StatusCode::NOT_FOUND);
        number_all(&t).await;
        let handed = Filter { what: "record.hand_out".into(), operation: Some(Operation::Export), ..Filter::default() };
        assert_eq!(page(&house.app, &house.ctx, &handed, i64::MAX, 100).await.expect("reads").rows.len(), 3);
    }

    async fn a_proof_and_the_checkpoint_are_downloaded_from_the_page(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        number_all(&t).await;
        let web = house.web.session("all");
        let proof = web.get("/security/entries/0/proof").await;
        assert!(EntryProof::parse(&proof.body).expect("a proof").check(&policy(&house).await).is_ok());
        let note = web.get("/security/log/checkpoint").await;
        assert!(policy(&house).await.check(&SignedNote::parse(&note.body).expect("a note")).is_ok());
        assert_eq!(web.get("/security/entries/99999/proof").await.status, StatusCode::NOT_FOUND);
    }
}
