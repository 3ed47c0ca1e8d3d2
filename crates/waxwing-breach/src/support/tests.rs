//! Messages to support, in sentences.

use super::*;
use crate::status::tests::Scene;
use http::StatusCode;
use waxwing_app::{Error, erasure};
use waxwing_domain::{Actor, Ctx};
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { SEALED, "SELECT sealed FROM support_messages WHERE workspace_id = $1" }

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
        assert_eq!(write(&scene, &t, "from=bea%40example.org&message=And+me%3F&code=WRONG").await, StatusCode::OK);
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

    /// Who is not in the case finds nothing; what is no text is refused; five a day from one address; erasure takes all.
    async fn messages_are_for_the_case_alone_bounded_and_forgotten(t) {
        let scene = Scene::open(&t).await;
        assert_eq!(write(&scene, &t, "from=ada%40example.org&message=").await, StatusCode::UNPROCESSABLE_ENTITY);
        let long = format!("from=ada%40example.org&message={}", "x".repeat(4_001));
        assert_eq!(write(&scene, &t, &long).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(write(&scene, &t, "from=ada%40example.org&message=Hi&website=x").await, StatusCode::OK);
        assert!(messages(&scene).await.is_empty(), "a trap");
        for _ in 0..7 {
            assert_eq!(write(&scene, &t, "from=ada%40example.org&message=Hello").await, StatusCode::OK, "always the same");
        }
        assert_eq!(messages(&scene).await.len(), 5);
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
