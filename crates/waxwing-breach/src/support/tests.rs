//! Messages to support, in sentences.

use super::*;
use crate::status::tests::Scene;
use http::StatusCode;
use waxwing_app::{Error, erasure};
use waxwing_domain::{Actor, Ctx};
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { SEALED, "SELECT sealed FROM support_messages WHERE workspace_id = $1" }

statement! { ANSWER,
"INSERT INTO support_answers (workspace_id, message_id, number, at, written_by, sealed) VALUES ($1, $2, $3, $4, $5, $6)" }

async fn write(scene: &Scene, t: &waxwing_testkit::store::TestStore, rest: &str) -> StatusCode {
    scene.fill_in(t, &scene.house.web, "write", rest).await.status
}

async fn messages(scene: &Scene) -> Vec<Message> {
    let mut tx = scene.house.app.read(&scene.owner, "test").await.expect("reads");
    of_case(&mut tx, &scene.owner, scene.case, None, 100).await.expect("messages")
}

store_test! {
    /// From the form to the answer in the mailbox; the code of an earlier mail shows whose the mailbox is.
    async fn a_message_is_sealed_listed_read_on_the_record_and_answered(t) {
        let scene = Scene::open(&t).await;
        scene.ask(&t, &scene.house.web, "ada@example.org").await;
        let mail = scene.mails().await.pop().expect("an answer").text;
        let code = mail.lines().find_map(|line| line.split_once("code: ").map(|(_, code)| code.to_owned())).expect("a code");
        let coded = format!("from=ada%40example.org&message=What+now%3F&code={}", code.to_lowercase());
        assert_eq!(write(&scene, &t, &coded).await, StatusCode::OK);
        // Somebody who has a code of their own cannot pass for somebody else by it.
        let borrowed = format!("from=bea%40example.org&message=And+me%3F&code={code}");
        assert_eq!(write(&scene, &t, &borrowed).await, StatusCode::OK);
        let mut tx = scene.house.app.read(&scene.owner, "test").await.expect("reads");
        let sealed = tx.all(&SEALED, args![], |r| r.blob(0)).await.expect("rows");
        drop(tx);
        assert!(sealed.iter().all(|bytes| !bytes.windows(4).any(|word| word == b"What")), "in clear");
        let found = messages(&scene).await;
        let verdicts: Vec<_> = found.iter().map(|one| one.verdict).collect();
        assert_eq!(verdicts, [None, Some(crate::status::Verdict::Affected)], "newest first");
        assert_eq!(found[1].due_at.since(found[1].received_at), DUE_IN);
        let app = &scene.house.app;
        let opened = by_id(app, &scene.owner, scene.case, found[1].id, "page").await.expect("opens");
        assert_eq!((opened.email.as_str(), opened.text.as_str()), ("ada@example.org", "What now?"));
        let whole = (scene.case, found[1].id);
        scene.act(async |tx| answer(app, tx, &scene.owner, whole, "Change your password.").await).await.expect("answered");
        let mail = scene.mails().await.pop().expect("a mail");
        assert!(mail.to.as_str() == "ada@example.org" && mail.text.contains("Change your password.") && mail.text.contains("> What now?"));
        let opened = by_id(app, &scene.owner, scene.case, found[1].id, "page").await.expect("opens");
        assert_eq!((opened.message.state, opened.replies.len()), (State::Answered, 1));
        scene.act(async |tx| close(app, tx, &scene.owner, scene.case, found[1].id).await).await.expect("closed");
        let late = scene.act(async |tx| answer(app, tx, &scene.owner, whole, "More.").await).await;
        assert!(matches!(late, Err(Error::Conflict(_))));
        scene.house.number().await;
        let record = scene.house.web.key("all").get("/api/v1/record?what=support.show").await;
        assert!(record.body.contains("support.show"), "{}", record.body);
    }

    /// A code shows the mailbox that it was sent to and no other; who shows it is heard after the five of a day, and
    /// gets ten answers at most.
    async fn a_code_proves_its_own_mailbox_alone_and_keeps_its_owner_from_being_silenced(t) {
        let scene = Scene::open(&t).await;
        scene.ask(&t, &scene.house.web, "thief@example.org").await;
        scene.ask(&t, &scene.house.web, "ada@example.org").await;
        let mails = scene.mails().await;
        let code = |to: &str| {
            let mail = mails.iter().find(|mail| mail.to.as_str() == to).expect("a mail");
            mail.text.lines().find_map(|line| line.split_once("code: ").map(|(_, code)| code.to_owned())).expect("a code")
        };
        let borrowed = format!("from=ada%40example.org&message=Erase+me&code={}", code("thief@example.org"));
        for n in 0..6 {
            let status = if n < 5 { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
            assert_eq!(write(&scene, &t, &borrowed).await, status, "what is not kept is said");
        }
        let found = messages(&scene).await;
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|one| one.verdict.is_none()), "somebody else's code proves nothing");
        let own = format!("from=ada%40example.org&message=It+is+me&code={}", code("ada@example.org"));
        assert_eq!(write(&scene, &t, &own).await, StatusCode::OK);
        let found = messages(&scene).await;
        assert_eq!((found.len(), found[0].verdict), (6, Some(crate::status::Verdict::Affected)));
        let (app, whole) = (&scene.house.app, (scene.case, found[0].id));
        for _ in 0..10 {
            scene.act(async |tx| answer(app, tx, &scene.owner, whole, "Yes.").await).await.expect("answered");
        }
        let more = scene.act(async |tx| answer(app, tx, &scene.owner, whole, "Yes.").await).await;
        assert!(matches!(more, Err(Error::Conflict(_))));
    }

    /// An answer asks for a fresh proof, links nowhere else, carries no stranger's words, and is counted.
    async fn an_answer_is_proven_bounded_and_links_to_the_house_alone(t) {
        let scene = Scene::open(&t).await;
        assert_eq!(write(&scene, &t, "from=ada%40example.org&message=Pay+the+invoice").await, StatusCode::OK);
        let (app, whole) = (&scene.house.app, (scene.case, messages(&scene).await[0].id));
        let stale = Ctx { proven: false, ..scene.owner.clone() };
        let mut tx = app.begin(&stale, "test").await.expect("begins");
        assert!(matches!(answer(app, &mut tx, &stale, whole, "Yes.").await, Err(Error::Unproven(_))), "a session left open");
        drop(tx);
        let linked = scene.act(async |tx| answer(app, tx, &scene.owner, whole, "See www.evil.example today.").await).await;
        assert!(matches!(linked, Err(Error::Invalid { .. })));
        scene.act(async |tx| answer(app, tx, &scene.owner, whole, "Nothing is to be paid.").await).await.expect("answered");
        let mail = scene.mails().await.pop().expect("a mail");
        assert!(mail.text.contains("Nothing is to be paid.") && !mail.text.contains("invoice"), "{}", mail.text);
        for number in 2..=200 {
            scene.act(async |tx| Ok(tx.exec(&ANSWER, args![whole.1, number, scene.owner.now(), scene.owner.actor.to_columns().1, vec![0_u8]]).await?)).await.expect("a row");
        }
        assert_eq!(write(&scene, &t, "from=bea%40example.org&message=And+me").await, StatusCode::OK);
        let other = (scene.case, messages(&scene).await[0].id);
        let more = scene.act(async |tx| answer(app, tx, &scene.owner, other, "No.").await).await;
        assert!(matches!(&more, Err(Error::Conflict(why)) if why.contains("in a day")), "{more:?}");
        t.clock.advance(waxwing_domain::Micros::DAY + 1);
        scene.act(async |tx| answer(app, tx, &scene.owner, other, "No.").await).await.expect("another day");
    }

    /// Who is not in the case finds nothing; what is no text is refused; five a day from one address; erasure takes all.
    async fn messages_are_for_the_case_alone_bounded_and_forgotten(t) {
        let scene = Scene::open(&t).await;
        assert_eq!(write(&scene, &t, "from=ada%40example.org&message=").await, StatusCode::UNPROCESSABLE_ENTITY);
        let long = format!("from=ada%40example.org&message={}", "x".repeat(4_001));
        assert_eq!(write(&scene, &t, &long).await, StatusCode::UNPROCESSABLE_ENTITY);
        let trapped = write(&scene, &t, "from=ada%40example.org&message=Hi&website=x").await;
        assert_eq!(trapped, StatusCode::UNPROCESSABLE_ENTITY, "a browser may have filled it in");
        assert!(messages(&scene).await.is_empty(), "a trap");
        for n in 0..7 {
            let status = if n < 5 { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
            assert_eq!(write(&scene, &t, "from=ada%40example.org&message=Hello").await, status, "said, not dropped");
        }
        assert_eq!(messages(&scene).await.len(), 5);
        let home = scene.house.web.from([198, 51, 100, 7]);
        let heard = scene.fill_in(&t, &home, "write", "from=ada%40example.org&message=It+is+really+me").await;
        assert_eq!(heard.status, StatusCode::OK, "a stranger uses up nobody's own");
        let id = messages(&scene).await[0].id;
        let stranger = scene.house.web.session("all");
        for path in ["".to_owned(), format!("/{id}")] {
            let path = format!("/security/incidents/{}/support{path}", scene.case);
            assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let ctx = &scene.house.ctx;
        let job = Ctx::job(ctx.workspace, Actor::Job, ctx.clock.clone(), ctx.rng.clone());
        let mut tx = scene.house.app.begin(&job, "test").await.expect("begins");
        erasure::erase(&scene.house.app, &mut tx, &job, scene.house.people[0]).await.expect("erased");
        tx.commit().await.expect("commits");
        assert!(messages(&scene).await.is_empty(), "what they wrote is gone with them");
    }
}
