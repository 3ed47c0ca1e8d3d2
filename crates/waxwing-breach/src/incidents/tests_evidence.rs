//! The evidence as one archive, in sentences.

use super::tests::{Room, other_key};
use super::*;
use http::{Method, StatusCode};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use waxwing_app::Error;
use waxwing_domain::Micros;
use waxwing_store::{RecordCheck, args, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { KEPT, "SELECT sealed FROM incident_files WHERE workspace_id = $1" }
statement! { CHANGE, "UPDATE incident_files SET sealed = $2 WHERE workspace_id = $1" }

fn put(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    let mut file = std::fs::File::create(&path).expect("creates");
    file.write_all(bytes).expect("writes");
    path
}

/// The archive of a case with something in every part.
async fn archived(t: &TestStore) -> (Room, Vec<u8>, Archived) {
    let room = Room::new(t).await;
    let (owner, app) = (room.owner(), &room.house.app);
    let id = room.open(&owner).await;
    let person = NewAsset {
        kind: AssetKind::Person,
        name: "Mara".into(),
        number: room.other.to_string(),
        compromise: Compromise::Tbd,
    };
    room.act(&owner, async |tx| add_asset(app, tx, &owner, id, person).await).await.expect("names");
    t.clock.advance(Micros::MINUTE);
    room.house.number().await;
    let owner = room.owner();
    freeze_radius(app, &owner, id).await.expect("freezes");
    let (mut file, about) = to_archive(app, &owner, id).await.expect("an archive");
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("reads");
    (room, bytes, about)
}

store_test! {
    /// On another machine: whole as it was taken out, and not one byte of it can be another.
    async fn an_archive_is_checked_to_its_last_byte(t) {
        let (room, bytes, about) = archived(&t).await;
        assert_eq!(about.size, bytes.len() as u64);
        let check = RecordCheck { key: Some(about.written.key.parse().expect("a key")), ..RecordCheck::default() };
        let path = put(t.dir.path(), "evidence.tar", &bytes);
        assert!(is_archive(&path));
        let found = verify_archive(&path, &check, |_, _| ()).expect("readable");
        assert!(found.is_whole(), "{:?}", found.report.findings);
        assert_eq!(found.sha256, about.sha256);
        let step = (bytes.len() / 40).max(1);
        let last = bytes.len() - 1;
        for at in (0..bytes.len()).step_by(step).chain([0, 100, 136, 148, 257, 329, 345, 511, last]) {
            let mut other = bytes.clone();
            other[at] ^= 1;
            let path = put(t.dir.path(), "changed.tar", &other);
            let found = verify_archive(&path, &check, |_, _| ());
            assert!(!found.is_ok_and(|found| found.is_whole()), "byte {at} was changed and nobody saw it");
        }
        for other in [&bytes[..last], &[bytes.as_slice(), b"\0"].concat()] {
            let path = put(t.dir.path(), "changed.tar", other);
            assert!(!verify_archive(&path, &check, |_, _| ()).is_ok_and(|found| found.is_whole()));
        }
        let stranger = RecordCheck { key: Some(other_key()), ..RecordCheck::default() };
        assert!(!verify_archive(&path, &stranger, |_, _| ()).is_ok_and(|found| found.is_whole()), "another's key");
        drop(room);
    }

    /// What it holds, and what stands in the chain of custody for it.
    async fn an_archive_holds_every_part_and_is_a_link_of_the_chain(t) {
        let (room, bytes, about) = archived(&t).await;
        let mut archive = tar::Archive::new(bytes.as_slice());
        let names = archive.entries().expect("entries").map(|entry| entry.expect("a file").path().expect("a name").into_owned());
        let names: Vec<String> = names.map(|name| name.display().to_string()).collect();
        for wanted in ["tasks.json", "updates.json", "findings.json", "training.json", "holds.json", "files.json", "case.json", "timeline.json", "custody.json", "configuration.json", "manifest.txt", "manifest.note",
            "duties/duties.json", "duties/drafts/authority.txt", "radius/count.json"] {
            assert!(names.iter().any(|name| name == wanted), "{wanted} is missing: {names:?}");
        }
        assert!(names.iter().any(|name| name.starts_with("record/")));
        assert!(names.is_sorted(), "in the order of their names");
        let owner = room.owner();
        let mut tx = room.house.app.read(&owner, "test").await.expect("reads");
        let id = page(&mut tx, &owner, None, 1).await.expect("cases")[0].id;
        let chain = custody(&mut tx, &owner, id).await.expect("a chain");
        let last = chain.last().expect("links");
        assert_eq!((last.act, last.what.as_str(), last.hash_text()), (CustodyAct::Exported, "archive", about.sha256));
        let left = std::fs::read_dir(&room.house.app.config().data).expect("reads");
        let left: Vec<_> = left.flatten().map(|entry| entry.file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".evidence-")), "{left:?}");
    }

    /// What came from outside is sealed, part of the archive, and found where it was changed.
    async fn a_file_from_outside_is_kept_as_it_is_and_part_of_the_archive(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        let bytes: Vec<u8> = (0..150_000_u32).map(|number| (number % 251) as u8).collect();
        let new = |bytes: &[u8]| NewFile {
            name: "../Their letter.pdf".into(),
            source: "Support of the provider".into(),
            acquired_at: owner.now().plus(-Micros::HOUR),
            bytes: bytes.to_vec(),
        };
        for wrong in [NewFile { name: " ".into(), ..new(b"x") }, NewFile { source: "a\nb".into(), ..new(b"x") }, new(b""),
            NewFile { acquired_at: owner.now().plus(Micros::HOUR), ..new(b"x") }, new(&vec![0; LARGEST_FILE + 1])] {
            assert!(matches!(put_file(app, &owner, id, wrong).await, Err(Error::Invalid { .. })));
        }
        let marketer = room.marketer();
        assert!(matches!(put_file(app, &marketer, id, new(b"x")).await, Err(Error::Denied(_) | Error::NotFound(_))));
        let file = put_file(app, &owner, id, new(&bytes)).await.expect("put in");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let kept = tx.one(&KEPT, args![], |r| r.blob(0)).await.expect("a row");
        assert!(!kept.windows(64).any(|part| part == &bytes[..64]), "it is sealed");
        drop(tx);
        let (taken, again) = take_file(app, &owner, id, file.id).await.expect("taken");
        assert_eq!((taken.name.as_str(), again == bytes), ("../Their letter.pdf", true));
        let (mut archive, about) = to_archive(app, &owner, id).await.expect("an archive");
        let mut whole = Vec::new();
        archive.read_to_end(&mut whole).expect("reads");
        let path = put(t.dir.path(), "evidence.tar", &whole);
        let check = RecordCheck { key: Some(about.written.key.parse().expect("a key")), ..RecordCheck::default() };
        assert!(verify_archive(&path, &check, |_, _| ()).expect("readable").is_whole());
        let name = format!("files/{}.bin", file.id);
        let mut read = tar::Archive::new(whole.as_slice());
        let mut entries = read.entries().expect("entries").map(|entry| entry.expect("a file"));
        let mut found = entries.find(|entry| entry.path().expect("a name").ends_with(&name)).expect("it is in it");
        let mut inside = Vec::new();
        found.read_to_end(&mut inside).expect("reads");
        assert!(inside == bytes, "byte for byte");
        let mut tx = app.begin(&owner, "test").await.expect("begins");
        let what = format!("file:{}", file.id);
        let chain = custody(&mut tx, &owner, id).await.expect("a chain");
        let acts: Vec<CustodyAct> = chain.iter().filter(|one| one.what == what).map(|one| one.act).collect();
        assert_eq!(acts, [CustodyAct::Acquired, CustodyAct::Exported]);
        tx.exec(&CHANGE, args![{ let mut other = kept.clone(); other[5_000] ^= 1; other }]).await.expect("changes");
        tx.commit().await.expect("commits");
        assert!(take_file(app, &owner, id, file.id).await.is_err(), "what was changed is not given out");
    }

    /// By API: what is too large is refused before it is kept.
    async fn a_program_puts_a_file_in_and_takes_it_out(t) {
        let room = Room::new(&t).await;
        let key = room.house.web.key("all");
        let new = serde_json::json!({ "summary": "A program's" });
        let case: serde_json::Value =
            serde_json::from_str(&key.json(Method::POST, "/api/v1/incidents", &new).await.body).expect("JSON");
        let path = format!("/api/v1/incidents/{}/files", case["id"].as_str().expect("a number"));
        let made = key.ask(Method::POST, &format!("{path}?name=log.txt&from=The+host"), "application/octet-stream", "a line\n").await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let made: serde_json::Value = serde_json::from_str(&made.body).expect("JSON");
        let nameless = key.ask(Method::POST, &format!("{path}?from=x"), "application/octet-stream", "a line\n").await;
        assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nameless.body);
        assert!(key.get(&path).await.body.contains(made["sha256"].as_str().expect("a hash")));
        let one = format!("{path}/{}", made["id"].as_str().expect("a number"));
        let taken = key.json(Method::POST, &one, &serde_json::json!({})).await;
        assert_eq!((taken.status, taken.body.as_str()), (StatusCode::OK, "a line\n"));
    }

    /// By form and by API, for who may read the record and is in the case.
    async fn an_archive_is_taken_out_by_page_and_api(t) {
        let room = Room::new(&t).await;
        let (house, owner) = (&room.house, room.owner());
        let (web, page) = house.web.session("all").open("/security/incidents/new").await;
        let seal = page.hidden("csrf");
        let opened = web.post("/security/incidents", &format!("csrf={seal}&summary=Mine&severity=low")).await;
        let at = format!("{}/evidence", opened.headers["location"].to_str().expect("a path"));
        assert!(web.get(&at).await.body.contains("waxwing record verify"));
        let got = web.post(&at, &format!("csrf={seal}")).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        assert!(got.headers["content-disposition"].to_str().expect("text").contains(".tar"));
        let hash = got.headers["x-sha256"].to_str().expect("text").to_owned();
        assert!(web.get(&at).await.body.contains(&hash), "it stands in the chain");
        let theirs = room.open(&owner).await;
        let hidden = web.post(&format!("/security/incidents/{theirs}/evidence"), &format!("csrf={seal}")).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND);
        let key = house.web.key("all");
        let new = serde_json::json!({ "summary": "A program's" });
        let case: serde_json::Value =
            serde_json::from_str(&key.json(Method::POST, "/api/v1/incidents", &new).await.body).expect("JSON");
        let path = format!("/api/v1/incidents/{}", case["id"].as_str().expect("a number"));
        let got = key.json(Method::POST, &format!("{path}/evidence"), &serde_json::json!({})).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let chain = key.get(&format!("{path}/custody")).await;
        assert!(chain.body.contains(got.headers["x-sha256"].to_str().expect("text")), "{}", chain.body);
        let marketer = room.marketer();
        assert!(matches!(to_archive(&house.app, &marketer, theirs).await, Err(Error::Denied(_))));
    }
}
