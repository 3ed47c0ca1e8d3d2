//! Templates: what begins from what, and previews for one pair of eyes.

use super::*;
use crate::AppConfig;
use std::sync::Arc as Shared;
use waxwing_domain::{AccountId, Actor, Rights, SessionId, SystemRng, TestClock, WorkspaceId};
use waxwing_message::ContentFormat;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().to_owned(),
        public_url: "http://127.0.0.1:8080".into(),
        content_url: "http://127.0.0.1:8080".into(),
        dns: None,
        ehlo: "test.example".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

fn session(number: i64, clock: &Shared<TestClock>) -> Ctx {
    let actor = Actor::Account(AccountId::from_i64(1), SessionId::from_i64(number));
    Ctx::bare(WorkspaceId::from_i64(1), actor, Rights::everything(), clock.clone(), Shared::new(SystemRng))
}

#[test]
fn a_preview_is_fetched_by_its_own_session_for_five_minutes() {
    let clock = Shared::new(TestClock::at(1_000_000));
    let shelf = Shelf::default();
    let token = shelf.put(&session(1, &clock), "<p>".into());
    assert_eq!(shelf.get(&session(1, &clock), &token).as_deref(), Some("<p>"));
    assert_eq!(shelf.get(&session(2, &clock), &token), None);
    clock.advance(5 * Micros::MINUTE);
    assert_eq!(shelf.get(&session(1, &clock), &token), None);
}

#[test]
fn many_previews_push_out_the_oldest() {
    let clock = Shared::new(TestClock::at(1_000_000));
    let (shelf, ctx) = (Shelf::default(), session(1, &clock));
    let first = shelf.put(&ctx, "first".into());
    let tokens: Vec<_> = (0..64).map(|_| shelf.put(&ctx, "more".into())).collect();
    assert_eq!(shelf.get(&ctx, &first), None);
    assert!(tokens.iter().all(|token| shelf.get(&ctx, token).is_some()));
}

#[test]
fn content_is_read_at_the_door() {
    let input = ContentInput {
        format: "markdown".into(),
        body: "a\r\nb".into(),
        wrapper: " ".into(),
        ..ContentInput::default()
    };
    let content = input.parse().expect("reads");
    assert_eq!((content.body.as_str(), content.wrapper, content.text), ("a\nb", None, None));
    for input in [
        ContentInput { format: "word".into(), ..ContentInput::default() },
        ContentInput { format: "html".into(), wrapper_format: "word".into(), ..ContentInput::default() },
        ContentInput { format: "html".into(), body: "x".repeat(400_001), ..ContentInput::default() },
    ] {
        assert!(input.parse().is_err());
    }
}

store_test! {
    async fn a_template_begins_from_a_starter_and_keeps_its_content(t) {
        let (app, ctx) = (app(&t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let content = beginning(&mut tx, &ctx, "starter:plain-letter").await.expect("a starter");
        assert_eq!(content.format, ContentFormat::Markdown);
        let id = create(&app, &mut tx, &ctx, " Letter ", &content).await.expect("created");
        assert_eq!(by_id(&mut tx, &ctx, id).await.expect("there").1, content);
        assert_eq!(beginning(&mut tx, &ctx, &format!("template:{id}")).await.expect("a template"), content);
        assert!(by_name(&mut tx, &ctx, "Letter").await.expect("looks").is_some());
        assert!(beginning(&mut tx, &ctx, "starter:nothing").await.is_err());
        save(&app, &mut tx, &ctx, id, "Letter", &Content::empty(ContentFormat::Text)).await.expect("saved");
        remove(&app, &mut tx, &ctx, id).await.expect("removed");
        assert!(matches!(remove(&app, &mut tx, &ctx, id).await, Err(Error::NotFound(_))));
    }

    async fn two_templates_cannot_have_one_name(t) {
        let (app, ctx) = (app(&t), t.ctx());
        let empty = Content::empty(ContentFormat::Html);
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        create(&app, &mut tx, &ctx, "One", &empty).await.expect("created");
        assert!(create(&app, &mut tx, &ctx, "  ", &empty).await.is_err());
        assert!(matches!(create(&app, &mut tx, &ctx, "One", &empty).await, Err(Error::Invalid { field, .. }) if field == "name"));
    }
}
