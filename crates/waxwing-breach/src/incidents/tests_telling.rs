//! Who hears of a case and of a containment, in sentences.

use super::tests::Room;
use super::*;
use crate::containment::{self, Order, Scope};
use waxwing_domain::{Ctx, Micros};
use waxwing_store::{OutboxMail, args, statement};
use waxwing_testkit::store_test;
use waxwing_testkit::web::mails;

statement! { JOIN, "UPDATE accounts SET state = 'active' WHERE workspace_id = $1" }

async fn posted(room: &Room) -> Vec<OutboxMail> {
    mails(room.house.app.store(), room.house.app.workspace()).await
}

/// A room whose people have joined, and whose earlier mail has left; and its owner.
async fn joined(t: &waxwing_testkit::store::TestStore) -> (Room, Ctx) {
    let room = Room::new(t).await;
    let owner = room.owner();
    room.act(&owner, async |tx| Ok(tx.exec(&JOIN, args![]).await?)).await.expect("they have joined");
    posted(&room).await;
    (room, owner)
}

store_test! {
    /// Who opens a case knows of it; one that the host or a program opens is mailed to whoever leads it.
    async fn a_case_that_no_person_opened_is_mailed(t) {
        let (room, owner) = joined(&t).await;
        room.open(&owner).await;
        assert!(posted(&room).await.is_empty(), "the owner opened it");
        let host = room.house.ctx.clone();
        let id = room.open(&host).await;
        let mail = posted(&room).await.pop().expect("a mail");
        assert!(mail.text.contains(&format!("/security/incidents/{id}")), "{}", mail.text);
        let said = summary(&room.house.app, &host, &room.case(&host, id).await.expect("a case")).expect("opens");
        assert!(!mail.text.contains(&said) && !mail.subject.as_str().contains(&said), "{}", mail.text);
    }

    /// A containment is mailed to whoever may contain, without its reason; the mail is there although all is contained.
    async fn a_containment_is_mailed_while_it_lasts(t) {
        let (room, owner) = joined(&t).await;
        let order = Order {
            scope: Scope::Workspace,
            reason: "Olga's key was seen elsewhere.".into(),
            suspected_from: owner.now().plus(-Micros::HOUR),
        };
        containment::contain(&room.house.app, &room.house.ctx, &order).await.expect("contains");
        let all = posted(&room).await;
        let mail = all.iter().find(|mail| mail.kind == "containment.contained").expect("a mail");
        assert!(mail.text.contains("the whole workspace") && mail.text.contains("/security/containment"), "{}", mail.text);
        assert!(all.iter().all(|mail| !mail.text.contains("Olga")), "no reason");
    }
}
