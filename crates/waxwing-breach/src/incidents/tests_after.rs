//! Updates, the contact sheet, findings and what is taught, in sentences.

use super::tests::Room;
use super::*;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_app::Error;
use waxwing_domain::Micros;
use waxwing_store::{JobRegistry, args, statement};
use waxwing_testkit::store_test;
use waxwing_testkit::web::{mails, run_jobs};

statement! { SHEET, "SELECT sealed FROM incident_contacts WHERE workspace_id = $1" }
statement! { JOIN, "UPDATE accounts SET state = 'active' WHERE workspace_id = $1" }

store_test! {
    /// Mail says that there is something to read, never what; who is late is reminded once.
    async fn members_are_told_on_a_cadence(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        room.act(&owner, async |tx| Ok(tx.exec(&JOIN, args![]).await?)).await.expect("they have joined");
        let id = room.open(&owner).await;
        mails(app.store(), app.workspace()).await;
        for wrong in [0, 14, 100_000] {
            let set = room.act(&owner, async |tx| set_cadence(app, tx, &owner, id, Some(wrong)).await).await;
            assert!(matches!(set, Err(Error::Invalid { .. })), "{wrong}");
        }
        room.act(&owner, async |tx| set_cadence(app, tx, &owner, id, Some(60)).await).await.expect("sets");
        let mailed = room.act(&owner, async |tx| tell(app, tx, &owner, id, "The key is revoked.").await).await;
        assert_eq!(mailed.expect("tells"), 1);
        let mail = mails(app.store(), app.workspace()).await.pop().expect("a mail");
        assert!(mail.text.contains("/after") && !mail.text.contains("revoked"), "{}", mail.text);
        let due = room.case(&owner, id).await.expect("a case").update_due;
        assert_eq!(due, Some(owner.now().plus(Micros::HOUR)));
        t.clock.advance(61 * Micros::MINUTE);
        for wanted in [1, 0] {
            let mut registry = JobRegistry::default();
            jobs(&mut registry, app);
            run_jobs(app.store(), app.workspace(), registry).await;
            assert_eq!(mails(app.store(), app.workspace()).await.len(), wanted, "once");
        }
        let now = room.owner();
        room.act(&now, async |tx| tell(app, tx, &now, id, "All is quiet.").await).await.expect("tells");
        let mut tx = app.read(&now, "test").await.expect("reads");
        let all = updates(app, &mut tx, &now, id).await.expect("updates");
        assert_eq!(all.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["All is quiet.", "The key is revoked."]);
    }

    /// Sealed at rest, shown to be printed, deleted when somebody is taken off.
    async fn a_contact_sheet_is_there_to_be_printed(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        let new = |phone: &str| NewContact { name: "Cora Counsel".into(), role: "Counsel".into(), phone: phone.into(), note: String::new() };
        for wrong in ["", "call me", "0301234567"] {
            let added = room.act(&owner, async |tx| add_contact(app, tx, &owner, id, new(wrong)).await).await;
            assert!(matches!(added, Err(Error::Invalid { .. })), "{wrong}");
        }
        let added = room.act(&owner, async |tx| add_contact(app, tx, &owner, id, new("+49 30 1234567")).await).await.expect("adds");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let sealed = tx.all(&SHEET, args![], |r| r.blob(0)).await.expect("rows");
        assert!(sealed.iter().all(|bytes| !bytes.windows(4).any(|part| part == b"Cora" || part == b"1234")), "in clear");
        let sheet = contacts(app, &mut tx, &owner, id).await.expect("a sheet");
        assert_eq!((sheet[0].name.as_str(), sheet[0].phone.as_str()), ("Cora Counsel", "+49301234567"));
        drop(tx);
        room.act(&owner, async |tx| remove_contact(app, tx, &owner, id, added).await).await.expect("removes");
        let again = room.act(&owner, async |tx| remove_contact(app, tx, &owner, id, added).await).await;
        assert!(matches!(again, Err(Error::NotFound(_))));
        let mut tx = app.read(&owner, "test").await.expect("reads");
        assert!(contacts(app, &mut tx, &owner, id).await.expect("a sheet").is_empty());
    }

    /// Changed, then tried again: what did not hold is open anew, also after the case has ended.
    async fn a_finding_is_done_when_trying_again_shows_that_it_holds(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        let due = (Some(room.other), owner.now().plus(Micros::DAY));
        let outside = room.act(&owner, async |tx| add_finding(app, tx, &owner, id, "Ask for passkeys.", due).await).await;
        assert!(matches!(outside, Err(Error::Conflict(_))), "who is not in the case would not see it");
        let due = (Some(room.owner), due.1);
        let found = room.act(&owner, async |tx| add_finding(app, tx, &owner, id, "Ask for passkeys.", due).await).await.expect("notes");
        room.act(&owner, async |tx| end(app, tx, &owner, id, Outcome::FalseAlarm, "Nothing.").await).await.expect("ends");
        let go = async |state, proof: &str| {
            room.act(&owner, async |tx| end_finding(app, tx, &owner, id, (found, state, proof)).await).await
        };
        assert!(matches!(go(FindingState::Held, "Tried.").await, Err(Error::Conflict(_))), "it is changed first");
        assert!(matches!(go(FindingState::Done, " ").await, Err(Error::Invalid { .. })));
        go(FindingState::Done, "Asked for.").await.expect("changed");
        go(FindingState::Failed, "One came in without.").await.expect("tried again");
        go(FindingState::Done, "Now for everybody.").await.expect("changed anew");
        go(FindingState::Held, "Nobody came in without.").await.expect("it holds");
        assert!(matches!(go(FindingState::Failed, "No.").await, Err(Error::Conflict(_))), "what holds has ended");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let all = findings(app, &mut tx, &owner, id).await.expect("findings");
        assert_eq!((all[0].state, all[0].proof.as_str()), (FindingState::Held, "Nobody came in without."));
        assert!(all[0].retested_at.is_some() && !all[0].is_late(owner.now().plus(9 * Micros::DAY)));
    }

    /// From another house: taken in once, as far as each may be told.
    async fn indicators_of_others_are_taken_in_once(t) {
        let room = Room::new(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let id = room.open(&owner).await;
        let object = |value: &str| json!({ "type": "indicator", "pattern_type": "stix", "valid_from": "2026-11-01T00:00:00Z",
            "pattern": format!("[domain-name:value = '{value}']") });
        let bundle = json!({ "type": "bundle", "objects": [object("evil.example"), object("EVIL.example"), { "type": "malware" }] });
        let take = async |text: String| room.act(&owner, async |tx| take_in_indicators(app, tx, &owner, id, &text).await).await;
        assert_eq!(take(bundle.to_string()).await.expect("takes in"), TakenIn { taken: 1, left_out: 2 });
        assert_eq!(take(bundle.to_string()).await.expect("takes in"), TakenIn { taken: 0, left_out: 3 });
        assert!(matches!(take("nothing".into()).await, Err(Error::Invalid { .. })));
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let found = indicators(app, &mut tx, &owner, id).await.expect("indicators");
        assert_eq!((found.len(), found[0].value.as_str(), found[0].tlp), (1, "evil.example", Tlp::Amber));
        assert!(room.lines(&owner, id).await.iter().any(|line| line.what == "incidents.take_indicators"));
    }

    /// The pages, and as a program does it.
    async fn a_person_and_a_program_see_what_became_of_it(t) {
        let room = Room::new(&t).await;
        let (web, page) = room.house.web.session("all").open("/security/incidents/new").await;
        let seal = page.hidden("csrf");
        let opened = web.post("/security/incidents", &format!("csrf={seal}&summary=Mine&severity=low")).await;
        let mine = opened.headers["location"].to_str().expect("a path").to_owned();
        for (path, form) in [
            ("updates", "text=All+is+quiet"), ("cadence", "every=240"), ("findings", "text=Ask+for+passkeys&owner="),
            ("training", "text=Look+at+the+address"), ("contacts", "name=Cora&role=Counsel&phone=%2B49+30+1234567"),
        ] {
            let got = web.post(&format!("{mine}/{path}"), &format!("csrf={seal}&{form}")).await;
            assert_eq!(got.status, StatusCode::SEE_OTHER, "{path}: {}", got.body);
        }
        let after = web.get(&format!("{mine}/after")).await;
        for words in ["All is quiet", "Ask for passkeys", "Look at the address", "The next is due"] {
            assert!(after.body.contains(words), "{words}: {}", after.body);
        }
        let sheet = web.get(&format!("{mine}/contacts")).await;
        assert!(sheet.body.contains("+49301234567"), "{}", sheet.body);
        let key = room.house.web.key("all");
        let case: Value =
            serde_json::from_str(&key.json(Method::POST, "/api/v1/incidents", &json!({ "summary": "Its own" })).await.body).expect("JSON");
        let at = format!("/api/v1/incidents/{}", case["id"].as_str().expect("a number"));
        let told = key.json(Method::POST, &format!("{at}/updates"), &json!({ "text": "Seen." })).await;
        assert_eq!(told.status, StatusCode::NO_CONTENT, "{}", told.body);
        assert!(key.get(&format!("{at}/updates")).await.body.contains("Seen."));
        let noted = key.json(Method::POST, &format!("{at}/findings"), &json!({ "text": "Better." })).await;
        assert_eq!(noted.status, StatusCode::NO_CONTENT, "{}", noted.body);
        let found: Value = serde_json::from_str(&key.get(&format!("{at}/findings")).await.body).expect("JSON");
        let end = format!("{at}/findings/{}", found[0]["id"].as_str().expect("a number"));
        let ended = key.json(Method::POST, &end, &json!({ "state": "done", "proof": "Changed." })).await;
        assert_eq!(ended.status, StatusCode::NO_CONTENT, "{}", ended.body);
        assert_eq!(room.house.web.session("all").get(&format!("/security/incidents/{}/after", room.open(&room.owner()).await)).await.status,
            StatusCode::NOT_FOUND, "not theirs");
    }
}
