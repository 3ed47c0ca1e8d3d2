//! Packets for providers and controllers, in sentences.

use super::tests::Room;
use super::*;
use crate::containment::{self, InCase, Order, Scope};
use http::{Method, StatusCode};
use waxwing_app::relays::{self, Edit, NewRelay};
use waxwing_domain::{CasePartId, RelayId, Thing};
use waxwing_testkit::store_test;

async fn relay(room: &Room, name: &str) -> RelayId {
    let (app, owner) = (&room.house.app, &room.owner);
    let url = "smtp://maya:correct%20horse@mail.example.net:465".to_owned();
    let new = NewRelay { name: name.into(), url, connections: None };
    room.act(async |tx| relays::add(app, tx, owner, new).await).await.expect("a relay")
}

async fn all(room: &Room) -> Vec<Packet> {
    let mut tx = room.house.app.read(&room.owner, "test").await.expect("reads");
    packets(&room.house.app, &mut tx, &room.owner, room.id).await.expect("packets")
}

async fn made(room: &Room) -> Result<usize> {
    room.act(async |tx| prepare_packets(&room.house.app, tx, &room.owner, room.id).await).await
}

async fn go(room: &Room, packet: CasePartId, to: PacketState, said: &str) -> Result<()> {
    let at = room.owner.now();
    room.act(async |tx| go_on_with_packet(&room.house.app, tx, &room.owner, room.id, (packet, to), (at, said)).await)
        .await
}

store_test! {
    async fn each_contained_relay_has_a_packet_that_says_what_was_stopped_and_renewed(t) {
        let room = Room::new(&t).await;
        assert_eq!(made(&room).await.expect("nothing to do"), 0);
        let (id, _) = (relay(&room, "Main").await, relay(&room, "Other").await);
        t.clock.advance(Micros::MINUTE);
        let (app, owner) = (&room.house.app, room.owner.clone());
        let from = owner.now().plus(-Micros::HOUR);
        let order = Order { scope: Scope::One(Thing::Relay(id)), reason: "Its login leaked.".into(), suspected_from: from };
        containment::contain_in(app, &owner, &order, InCase::Join(room.id)).await.expect("contains");
        assert_eq!((made(&room).await.expect("drafts"), made(&room).await.expect("none is new")), (1, 0));
        let packet = all(&room).await.remove(0);
        assert_eq!((packet.kind, packet.state), (PacketKind::Provider, PacketState::Drafted));
        assert!(packet.text.contains("The login of “Main”: stopped") && packet.text.contains("to be renewed"), "{}", packet.text);
        let codename = room.overview().await.case.codename;
        assert!(packet.text.contains(&codename) && packet.text.contains("hold our messages that are queued"), "{}", packet.text);
        t.clock.advance(Micros::MINUTE);
        let edit = Edit { url: Some("smtp://maya:battery@mail.example.net:465".into()), ..Edit::default() };
        room.act(async |tx| relays::edit(app, tx, &owner, id, edit).await).await.expect("renewed");
        assert!(all(&room).await[0].text.contains(", renewed "));
    }

    async fn what_was_sent_stays_as_it_was_and_stands_in_register_and_evidence(t) {
        let room = Room::new(&t).await;
        let (app, owner) = (&room.house.app, room.owner.clone());
        let new = (PacketKind::Controller, "Birch Ltd, privacy@birch.example");
        let id = room.act(async |tx| address_packet(app, tx, &owner, room.id, new).await).await.expect("drafted");
        for wrong in ["", " ", "two\nlines", &"x".repeat(301)] {
            let refused = room.act(async |tx| address_packet(app, tx, &owner, room.id, (PacketKind::Provider, wrong)).await).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{wrong:?}");
        }
        assert!(matches!(go(&room, id, PacketState::Answered, "Thanks").await, Err(Error::Conflict(_))), "not sent yet");
        go(&room, id, PacketState::Sent, "Ticket 42").await.expect("sent");
        let sent = all(&room).await.remove(0);
        assert!(sent.text.contains("Birch Ltd") && sent.reference == "Ticket 42", "{}", sent.text);
        room.state(|stated| { stated.parts.measures = Some("Everything is new.".into()); Ok(()) }).await.expect("states");
        assert_eq!(all(&room).await[0].text, sent.text, "what was sent does not follow the case any more");
        let change = async |tx: &mut Tx| rewrite_packet(app, tx, &owner, room.id, id, ("Elsewhere", "")).await;
        assert!(matches!(room.act(change).await, Err(Error::Conflict(_))));
        go(&room, id, PacketState::Answered, "They thank us.").await.expect("answered");
        assert!(matches!(go(&room, id, PacketState::Answered, "Twice").await, Err(Error::Conflict(_))));
        let mut tx = app.read(&owner, "test").await.expect("reads");
        let rows = register(app, &mut tx, &owner).await.expect("rows");
        assert!(rows[0].told.iter().any(|(whom, _)| whom == "controller (Birch Ltd, privacy@birch.example)"), "{:?}", rows[0].told);
        let files = evidence::files(app, &mut tx, &owner, room.id).await.expect("files");
        let text = files.iter().find(|file| file.name == format!("packets/{id}.txt")).expect("it is evidence");
        assert_eq!(text.bytes, sent.text.as_bytes());
    }

    async fn page_and_api_draft_and_note_packets_for_who_is_in_the_case(t) {
        let room = Room::new(&t).await;
        let key = room.house.web.key("all");
        let new = json!({ "summary": "A program's" });
        let case: serde_json::Value =
            serde_json::from_str(&key.json(Method::POST, "/api/v1/incidents", &new).await.body).expect("JSON");
        let path = format!("/api/v1/incidents/{}/packets", case["id"].as_str().expect("a number"));
        let made = key.json(Method::POST, &path, &json!({ "kind": "provider", "addressee": "The host" })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let strange = key.json(Method::POST, &path, &json!({ "kind": "moon", "addressee": "x" })).await;
        assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY);
        let listed: serde_json::Value = serde_json::from_str(&key.get(&path).await.body).expect("JSON");
        let one = format!("{path}/{}", listed[0]["id"].as_str().expect("a number"));
        let sent = key.json(Method::PATCH, &one, &json!({ "state": "sent", "said": "Ticket 7" })).await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.body);
        assert!(key.get(&path).await.body.contains("Ticket 7"));
        let hidden = format!("/api/v1/incidents/{}/packets", room.id);
        assert_eq!(key.get(&hidden).await.status, StatusCode::NOT_FOUND, "the key is not in that case");
        let (web, page) = room.house.web.session("all").open("/security/incidents/new").await;
        let seal = page.hidden("csrf");
        let opened = web.post("/security/incidents", &format!("csrf={seal}&summary=Mine&severity=low")).await;
        let at = format!("{}/duties/packets", opened.headers["location"].to_str().expect("a path"));
        assert_eq!(web.post(&at, &format!("csrf={seal}&kind=controller&addressee=Birch")).await.status, StatusCode::SEE_OTHER);
        let page = web.get(&at).await;
        assert!(page.status.is_success() && page.body.contains("Birch") && page.body.contains("To be sent"), "{}", page.body);
    }
}
