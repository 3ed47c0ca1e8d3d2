//! Campaigns as a customer would tell it.

mod pages;
mod world;

use super::*;
use crate::Error;
use crate::sending::SourceState;
use crate::templates::Content;
use waxwing_domain::{Micros, SkipReason};
use waxwing_message::ContentFormat;
use waxwing_testkit::store_test;
use world::World;

fn wrong(review: &Review) -> Vec<&str> {
    let wrong = review.findings.iter().filter(|finding| finding.level == Level::Wrong);
    wrong.map(|finding| finding.part).collect()
}

store_test! {
    async fn an_empty_draft_is_told_everything_that_is_missing(t) {
        let w = World::new(&t).await;
        let mut tx = w.begin().await;
        let id = create(&w.app, &mut tx, &w.ctx, "Empty", Content::empty(ContentFormat::Html)).await.expect("created");
        tx.commit().await.expect("commits");
        let review = review(&w.app, &w.ctx, id).await.expect("looks");
        for part in ["audience", "sender", "subject", "content"] {
            assert!(wrong(&review).contains(&part), "{part}: {review:?}");
        }
        assert!(review.passed().is_err());
    }

    async fn a_campaign_leaves_after_thirty_seconds_unless_it_is_taken_back(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        let proof = w.proof(id).await;
        let mut tx = w.begin().await;
        let at = send(&w.app, &mut tx, &w.ctx, &proof).await.expect("ordered");
        assert_eq!(at.since(w.ctx.now()), 30 * Micros::SECOND);
        take_back(&w.app, &mut tx, &w.ctx, id).await.expect("taken back");
        tx.commit().await.expect("commits");
        w.clock.advance(Micros::MINUTE);
        w.run_jobs().await;
        assert_eq!(w.campaign(id).await.state, CampaignState::Draft);

        let mut tx = w.begin().await;
        send(&w.app, &mut tx, &w.ctx, &proof).await.expect("ordered again");
        tx.commit().await.expect("commits");
        w.clock.advance(31 * Micros::SECOND);
        w.run_jobs().await;
        let CampaignState::Started { source } = w.campaign(id).await.state else { panic!("it left") };
        let mut tx = w.begin().await;
        assert_eq!(crate::sending::by_id(&mut tx, &w.ctx, source).await.expect("there").reference, id.as_i64());
        assert!(take_back(&w.app, &mut tx, &w.ctx, id).await.is_err(), "what left cannot be taken back");
    }

    async fn a_time_missed_in_an_outage_asks_again(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        let proof = w.proof(id).await;
        let time = SendTime { at: w.ctx.now().plus(Micros::HOUR), zone: "Europe/Zurich".into() };
        let mut tx = w.begin().await;
        schedule(&w.app, &mut tx, &w.ctx, &proof, time.clone()).await.expect("scheduled");
        tx.commit().await.expect("commits");
        w.clock.advance(Micros::HOUR + 16 * Micros::MINUTE);
        w.run_jobs().await;
        assert_eq!(w.campaign(id).await.state, CampaignState::Missed(time));
        let mut tx = w.begin().await;
        take_back(&w.app, &mut tx, &w.ctx, id).await.expect("a draft again");
    }

    async fn a_time_that_came_is_kept_and_a_started_campaign_can_be_paused_and_ended(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        let proof = w.proof(id).await;
        let time = SendTime { at: w.ctx.now().plus(Micros::HOUR), zone: "UTC".into() };
        let mut tx = w.begin().await;
        schedule(&w.app, &mut tx, &w.ctx, &proof, time).await.expect("scheduled");
        assert!(act(&w.app, &mut tx, &w.ctx, id, Act::Pause).await.is_err(), "nothing has left yet");
        tx.commit().await.expect("commits");
        w.clock.advance(Micros::HOUR);
        w.run_jobs().await;
        let state = w.campaign(id).await.state;
        let mut tx = w.begin().await;
        act(&w.app, &mut tx, &w.ctx, id, Act::Pause).await.expect("paused");
        assert_eq!(standing(&mut tx, &w.ctx, &state).await.expect("stands").phase, Phase::Paused);
        act(&w.app, &mut tx, &w.ctx, id, Act::Resume).await.expect("resumed");
        act(&w.app, &mut tx, &w.ctx, id, Act::Cancel).await.expect("ended");
        assert_eq!(standing(&mut tx, &w.ctx, &state).await.expect("stands").phase, Phase::Cancelled);
        assert_eq!(Phase::of(&state, Some(SourceState::Done)), Phase::Sent);
    }

    async fn what_was_changed_after_the_review_is_not_sent(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        let proof = w.proof(id).await;
        let mut tx = w.begin().await;
        let other = Edit::Subject { subject: "Another".into(), preheader: String::new() };
        edit(&w.app, &mut tx, &w.ctx, id, vec![other]).await.expect("edited");
        assert!(matches!(send(&w.app, &mut tx, &w.ctx, &proof).await, Err(Error::Conflict(_))));
    }

    async fn who_left_is_left_out_of_the_exact_number(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        let mut tx = w.begin().await;
        crate::lists::unsubscribe(&w.app, &mut tx, &w.ctx, Some(w.list), w.people[0]).await.expect("left");
        tx.commit().await.expect("commits");
        let review = review(&w.app, &w.ctx, id).await.expect("looks");
        assert_eq!((review.audience.audience, review.audience.recipients), (3, 2));
        assert_eq!(review.audience.excluded, vec![(SkipReason::Unsubscribed, 1)]);
    }

    async fn people_without_a_field_are_counted_and_an_unknown_field_stops_the_campaign(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello {{ subscriber.first_name }}").await;
        let seen = review(&w.app, &w.ctx, id).await.expect("looks");
        assert!(seen.passes());
        assert!(seen.findings.iter().any(|f| f.text.contains("first_name") && f.text.starts_with("2 of 3")), "{seen:?}");
        let id = w.draft("Hello {{ subscriber.frist_name }}").await;
        let seen = review(&w.app, &w.ctx, id).await.expect("looks");
        assert_eq!(wrong(&seen), ["content"]);
    }

    async fn a_personal_field_in_a_link_waits_for_its_host_to_be_allowed(t) {
        let w = World::new(&t).await;
        let id = w.draft("[you](https://shop.example.org/?who={{ subscriber.email }})").await;
        assert_eq!(wrong(&review(&w.app, &w.ctx, id).await.expect("looks")), ["content"]);
        let mut tx = w.begin().await;
        assert!(allow_link_hosts(&w.app, &mut tx, &w.ctx, "not a host/").await.is_err());
        allow_link_hosts(&w.app, &mut tx, &w.ctx, "shop.example.org\n").await.expect("allowed");
        tx.commit().await.expect("commits");
        assert!(review(&w.app, &w.ctx, id).await.expect("looks").passes());
    }

    async fn without_a_postal_address_nothing_leaves(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        w.settings("", "").await;
        assert_eq!(wrong(&review(&w.app, &w.ctx, id).await.expect("looks")), ["footer"]);
    }

    async fn content_without_an_unsubscribe_link_does_not_leave(t) {
        let w = World::new(&t).await;
        let content = Content { format: ContentFormat::Text, body: "Hello".into(), wrapper: None, text: None };
        let id = w.draft_of(content).await;
        assert_eq!(wrong(&review(&w.app, &w.ctx, id).await.expect("looks")), ["footer", "footer", "footer"]);
    }

    async fn a_copy_says_the_same_and_only_drafts_are_removed(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        let mut tx = w.begin().await;
        let copy = duplicate(&w.app, &mut tx, &w.ctx, id).await.expect("copied");
        tx.commit().await.expect("commits");
        let (one, two) = (w.campaign(id).await, w.campaign(copy).await);
        assert_eq!((one.content, one.lists, one.subject), (two.content, two.lists, two.subject));
        let proof = w.proof(id).await;
        start_now(&w.app, &w.ctx, &proof).await.expect("started");
        let mut tx = w.begin().await;
        assert!(matches!(remove(&w.app, &mut tx, &w.ctx, id).await, Err(Error::Conflict(_))));
        remove(&w.app, &mut tx, &w.ctx, copy).await.expect("removed");
        assert_eq!(page(&mut tx, &w.ctx, Filter::All, None, 10).await.expect("a page").len(), 1);
        assert_eq!(page(&mut tx, &w.ctx, Filter::Drafts, None, 10).await.expect("a page").len(), 0);
    }

    async fn a_file_is_reviewed_given_a_footer_and_leaves_at_once(t) {
        let w = World::new(&t).await;
        let text = "from = 'Orchard <news@example.org>'\nsubject = 'Apples'\nlist = 'Friends'\nformat = 'text'\nbody = 'Hello'";
        let file: CampaignFile = toml::from_str(text).expect("reads");
        let id = send_file(&w.app, &w.ctx, file.clone()).await.expect("leaves");
        w.run_jobs().await;
        let mut tx = w.begin().await;
        let report = report(&mut tx, &w.ctx, id).await.expect("a report");
        assert_eq!(report.audience, 3);
        let sum = report.accepted + report.deferred + report.failed + report.skipped + report.unknown + report.pending;
        assert_eq!(sum, report.audience);
        drop(tx);
        assert!(w.campaign(id).await.content.body.contains("{{ unsubscribe_url }}"));
        let nowhere = CampaignFile { list: "Nobody".into(), ..file.clone() };
        assert!(matches!(send_file(&w.app, &w.ctx, nowhere).await, Err(Error::Invalid { field, .. }) if field == "list"));
        let broken = CampaignFile { body: Some("{{ subscriber.".into()), ..file };
        assert!(matches!(send_file(&w.app, &w.ctx, broken).await, Err(Error::Invalid { field, .. }) if field == "body"));
    }

    async fn two_people_who_save_at_once_are_told(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        let stale = w.campaign(id).await;
        let mut tx = w.begin().await;
        edit(&w.app, &mut tx, &w.ctx, id, vec![Edit::Name("First".into())]).await.expect("saved");
        assert_eq!(store::update(&mut tx, &stale).await.expect("runs"), 0, "the second one is not");
    }

    async fn bad_input_is_named_by_its_field(t) {
        let w = World::new(&t).await;
        let id = w.draft("Hello").await;
        let cases = [
            ("name", Edit::Name(" ".into())),
            ("subject", Edit::Subject { subject: "a\r\nBcc: b@example.org".into(), preheader: String::new() }),
            ("from", Edit::Sender(From { address: "nobody".into(), ..From::default() })),
            ("time", Edit::Plan(Plan::At { local: "soon".into(), zone: "UTC".into() })),
            ("zone", Edit::Plan(Plan::At { local: "2030-01-01T09:00".into(), zone: "Nowhere".into() })),
        ];
        let mut tx = w.begin().await;
        for (name, change) in cases {
            let error = edit(&w.app, &mut tx, &w.ctx, id, vec![change]).await.expect_err(name);
            assert!(matches!(&error, Error::Invalid { field, .. } if field == name), "{name}: {error:?}");
        }
    }
}
