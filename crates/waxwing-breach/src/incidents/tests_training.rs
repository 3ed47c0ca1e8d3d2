//! What a case taught, and who has read it, in sentences.

use super::tests::Room;
use super::*;
use http::{Method, StatusCode};
use serde_json::json;
use waxwing_app::{App, Error};
use waxwing_domain::{Action, Ctx, IncidentId, Micros, Rights, Role};
use waxwing_store::{Tx, inventory};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

/// A room with a case that taught something.
async fn taught(t: &TestStore) -> (Room, IncidentId) {
    let room = Room::new(t).await;
    let owner = room.owner();
    let id = room.open(&owner).await;
    let app = &room.house.app;
    let early = room
        .act(&owner, async |tx| assign_training(app, tx, &owner, id, &["everybody".into()], owner.now()).await)
        .await;
    assert!(matches!(early, Err(Error::Conflict(_))), "nothing is written yet");
    room.act(&owner, async |tx| teach(app, tx, &owner, id, "Look at the address bar.").await).await.expect("writes");
    (room, id)
}

async fn assign(room: &Room, id: IncidentId, to: &[&str], days: i64) -> waxwing_app::Result<usize> {
    let (owner, app) = (room.owner(), &room.house.app);
    let to: Vec<String> = to.iter().map(|word| (*word).to_owned()).collect();
    let due = owner.now().plus(days * Micros::DAY);
    room.act(&owner, async |tx| assign_training(app, tx, &owner, id, &to, due).await).await
}

/// Where the needs lead that features add to somebody's Home.
async fn on_home(app: &App, tx: &mut Tx, ctx: &Ctx) -> Vec<String> {
    let mut found = Vec::new();
    for more in inventory::iter::<waxwing_app::home::More> {
        found.extend((more.0)(app, tx, ctx).await.expect("needs").into_iter().map(|need| need.href));
    }
    found
}

async fn standing(room: &Room, id: IncidentId) -> Vec<Reader> {
    let owner = room.owner();
    let mut tx = room.house.app.read(&owner, "test").await.expect("reads");
    readers(&mut tx, &owner, id).await.expect("readers")
}

store_test! {
    async fn whoever_is_assigned_finds_it_on_home_reads_it_and_says_so(t) {
        let (room, id) = taught(&t).await;
        let app = &room.house.app;
        for wrong in [&["moon"][..], &[], &["analyst"]] {
            assert!(matches!(assign(&room, id, wrong, 7).await, Err(Error::Invalid { .. })), "{wrong:?}");
        }
        for day in [-1, 400] {
            assert!(matches!(assign(&room, id, &["everybody"], day).await, Err(Error::Invalid { .. })), "{day}");
        }
        assert_eq!(assign(&room, id, &["marketer", &room.other.to_string()], 7).await.expect("assigns"), 1, "each once");
        let mara = room.marketer();
        let mut tx = app.read(&mara, "test").await.expect("reads");
        assert!(on_home(app, &mut tx, &mara).await.contains(&format!("/account/training/{id}")), "it stands on Home");
        let (reader, text) = lesson(app, &mut tx, &mara, id).await.expect("reads it");
        assert_eq!((reader.read_at, text.as_str()), (None, "Look at the address bar."));
        assert!(matches!(by_id(&mut tx, &mara, id).await, Err(Error::Denied(_) | Error::NotFound(_))), "and nothing else of the case");
        drop(tx);
        room.act(&mara, async |tx| have_read_training(app, tx, &mara, id).await).await.expect("says so");
        room.act(&mara, async |tx| have_read_training(app, tx, &mara, id).await).await.expect("twice changes nothing");
        assert!(standing(&room, id).await[0].read_at.is_some());
        let mut tx = app.read(&mara, "test").await.expect("reads");
        assert_eq!(on_home(app, &mut tx, &mara).await, Vec::<String>::new());
    }

    async fn who_is_not_assigned_finds_no_lesson_and_late_ones_are_named(t) {
        let (room, id) = taught(&t).await;
        let (app, mara) = (&room.house.app, room.marketer());
        let mut tx = app.read(&mara, "test").await.expect("reads");
        assert!(matches!(lesson(app, &mut tx, &mara, id).await, Err(Error::NotFound(_))));
        drop(tx);
        assert_eq!(assign(&room, id, &["everybody"], 7).await.expect("assigns"), 2);
        t.clock.advance(8 * Micros::DAY);
        let now = room.owner().now();
        assert!(standing(&room, id).await.iter().all(|one| one.is_late(now)));
        room.act(&mara, async |tx| have_read_training(app, tx, &mara, id).await).await.expect("says so");
        assert_eq!(standing(&room, id).await.iter().filter(|one| one.is_late(now)).count(), 1);
        let owner = room.owner();
        room.act(&owner, async |tx| teach(app, tx, &owner, id, "Another lesson.").await).await.expect("writes anew");
        assert!(standing(&room, id).await.iter().all(|one| one.read_at.is_none()), "what is new is to be read anew");
        let stranger = Ctx { rights: Rights::of_role(Role::Analyst), ..mara };
        assert!(!stranger.may(Action::IncidentsRead));
        let mut tx = app.read(&stranger, "test").await.expect("reads");
        assert!(matches!(readers(&mut tx, &stranger, id).await, Err(Error::Denied(_))));
    }

    async fn a_program_assigns_and_asks_who_has_read_it(t) {
        let room = Room::new(&t).await;
        let key = room.house.web.key("all");
        let new = json!({ "summary": "A program's" });
        let case: serde_json::Value =
            serde_json::from_str(&key.json(Method::POST, "/api/v1/incidents", &new).await.body).expect("JSON");
        let path = format!("/api/v1/incidents/{}/training", case["id"].as_str().expect("a number"));
        assert_eq!(key.json(Method::PUT, &path, &json!({ "text": "Look twice." })).await.status, StatusCode::NO_CONTENT);
        let made = key.json(Method::POST, &format!("{path}/readers"), &json!({ "to": ["everybody"] })).await;
        assert_eq!((made.status, made.body.contains("\"people\":2")), (StatusCode::CREATED, true), "{}", made.body);
        let listed = key.get(&format!("{path}/readers")).await;
        assert!(listed.body.contains(&room.other.to_string()), "{}", listed.body);
        let past = json!({ "to": ["everybody"], "due_at": "2001-01-01T00:00:00Z" });
        let past = key.json(Method::POST, &format!("{path}/readers"), &past).await;
        assert_eq!(past.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", past.body);
    }
}
