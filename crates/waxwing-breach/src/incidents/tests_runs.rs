//! Steps that the machine does, in sentences.

use super::tests::Room;
use super::*;
use crate::containment;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_app::Error;
use waxwing_app::accounts::{self, NewApiKey};
use waxwing_domain::{ApiKeyId, IncidentId, Micros, Scope as KeyScope};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

/// A case of a leaked key, with the steps for it.
async fn leaked(t: &TestStore) -> (Room, IncidentId, ApiKeyId) {
    let room = Room::new(t).await;
    let (owner, app) = (room.owner(), &room.house.app);
    let create = async |tx: &mut waxwing_store::Tx| {
        accounts::create_api_key(app, tx, &owner, NewApiKey::of(&owner, "Shop", &[KeyScope::Read])).await
    };
    let key = room.act(&owner, create).await.expect("a key").0;
    let id = room.open(&owner).await;
    let named =
        NewAsset { kind: AssetKind::Key, name: "Shop".into(), number: key.to_string(), compromise: Compromise::Yes };
    room.act(&owner, async |tx| add_asset(app, tx, &owner, id, named).await).await.expect("names");
    room.act(&owner, async |tx| take_playbook(app, tx, &owner, id, "key-leak").await).await.expect("takes");
    room.house.number().await;
    t.clock.advance(Micros::MINUTE);
    (room, id, key)
}

async fn all(room: &Room, id: IncidentId) -> Vec<Task> {
    let owner = room.owner();
    let mut tx = room.house.app.read(&owner, "test").await.expect("reads");
    tasks(&room.house.app, &mut tx, &owner, id).await.expect("tasks")
}

store_test! {
    /// All that the machine can, and nothing that people decide; a second time nothing is done again.
    async fn the_machine_does_its_steps_once_and_leaves_the_others(t) {
        let (room, id, _) = leaked(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let came = run_all(app, &owner, id).await.expect("runs");
        assert!(came.iter().all(|(_, came)| came.is_ok()), "{came:?}");
        let tasks = all(&room, id).await;
        let ended: Vec<Option<Run>> = tasks.iter().filter(|task| task.state == TaskState::Done).map(|task| task.run).collect();
        assert_eq!(ended.len(), 5, "{ended:?}");
        assert!(tasks.iter().all(|task| (task.state == TaskState::Done) == task.run.is_some()), "people's steps stay open");
        let proof = |run| tasks.iter().find(|task| task.run == Some(run)).expect("a step").proof.clone();
        assert!(proof(Run::Contain).contains("Shop: contained"), "{}", proof(Run::Contain));
        assert!(proof(Run::Radius).contains("count 1"), "{}", proof(Run::Radius));
        assert!(proof(Run::VerifyRecord).contains("signed head fit"), "{}", proof(Run::VerifyRecord));
        assert!(proof(Run::VerifyRecord).contains("kept with the case"), "{}", proof(Run::VerifyRecord));
        assert!(proof(Run::Duties).contains("No clock runs"), "{}", proof(Run::Duties));
        assert!(proof(Run::Evidence).contains("SHA-256"), "{}", proof(Run::Evidence));
        assert!(run_all(app, &owner, id).await.expect("runs").is_empty());
        let again = run_task(app, &owner, id, tasks.iter().find(|task| task.run.is_some()).expect("a step").id).await;
        assert!(again.is_ok(), "what came of it is said again: {again:?}");
        let mut tx = app.read(&owner, "test").await.expect("reads");
        assert_eq!(containment::overview(app, &mut tx, &owner).await.expect("reads").open.len(), 1, "contained once");
        assert_eq!(counted(app, &mut tx, &owner, id).await.expect("a count").map(|one| one.number), Some(1));
        let lines = lines(app, &mut tx, &owner, id).await.expect("lines");
        assert_eq!(lines.iter().filter(|line| line.what == "incidents.run_task").count(), 5);
    }

    /// A step that fails stays open and says why; one for people is refused; who may not, may not.
    async fn a_step_that_fails_stays_open(t) {
        let (room, id, _) = leaked(&t).await;
        let (owner, app) = (room.owner(), &room.house.app);
        let named = all_assets(&room, id).await;
        room.act(&owner, async |tx| judge_asset(app, tx, &owner, id, named[0].id, Compromise::No).await).await.expect("clears");
        let tasks = all(&room, id).await;
        let of = |run| tasks.iter().find(|task| task.run == run).expect("a step").id;
        for run in [Some(Run::Contain), Some(Run::Radius), None] {
            let came = run_task(app, &owner, id, of(run)).await;
            assert!(matches!(came, Err(Error::Conflict(_))), "{run:?}: {came:?}");
        }
        assert!(all(&room, id).await.iter().all(|task| task.state == TaskState::Open));
        let stranger = run_task(app, &room.marketer(), id, of(Some(Run::Duties))).await;
        assert!(matches!(stranger, Err(Error::NotFound(_) | Error::Denied(_))));
    }

    /// As a person and as a program do it.
    async fn steps_are_run_from_the_page_and_by_the_api(t) {
        let room = Room::new(&t).await;
        let key = room.house.web.key("all");
        let new = json!({ "summary": "A key leaked" });
        let case: Value = serde_json::from_str(&key.json(Method::POST, "/api/v1/incidents", &new).await.body).expect("JSON");
        let at = format!("/api/v1/incidents/{}", case["id"].as_str().expect("a number"));
        let taken = key.json(Method::POST, &format!("{at}/playbooks"), &json!({ "playbook": "key-leak" })).await;
        assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.body);
        let tasks: Value = serde_json::from_str(&key.get(&format!("{at}/tasks")).await.body).expect("JSON");
        let step = tasks.as_array().expect("tasks").iter().find(|task| task["run"] == "duties").expect("a step");
        let run = format!("{at}/tasks/{}/run", step["id"].as_str().expect("a number"));
        let done = key.json(Method::POST, &run, &json!({})).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert!(done.body.contains("drafts are filled"), "{}", done.body);
        let (web, page) = room.house.web.session("all").open("/security/incidents/new").await;
        let seal = page.hidden("csrf");
        let opened = web.post("/security/incidents", &format!("csrf={seal}&summary=Mine&severity=low")).await;
        let mine = opened.headers["location"].to_str().expect("a path").to_owned();
        web.post(&format!("{mine}/tasks/take"), &format!("csrf={seal}&playbook=key-leak")).await;
        assert!(web.get(&format!("{mine}/tasks")).await.body.contains("Let the machine do what it can"));
        let ran = web.post(&format!("{mine}/tasks/run"), &format!("csrf={seal}")).await;
        assert_eq!(ran.status, StatusCode::SEE_OTHER, "{}", ran.body);
        let shown = web.get(&format!("{mine}/tasks")).await;
        assert!(shown.body.contains("signed head fit") && shown.body.contains("Contain what is compromised"), "{}", shown.body);
    }
}

async fn all_assets(room: &Room, id: IncidentId) -> Vec<Asset> {
    let owner = room.owner();
    let mut tx = room.house.app.read(&owner, "test").await.expect("reads");
    assets(&room.house.app, &mut tx, &owner, id).await.expect("assets")
}
