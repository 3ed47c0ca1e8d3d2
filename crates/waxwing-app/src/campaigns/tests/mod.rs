//! Campaigns as a customer would tell it.

mod pages;
mod second_person;
mod world;

use super::*;
use crate::Error;
use crate::sending::SourceState;
use crate::templates::Content;
use waxwing_domain::{CampaignId, Micros, SkipReason, SourceId};
use waxwing_message::ContentFormat;
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;
use world::World;

fn wrong(review: &Review) -> Vec<&str> {
    let wrong = review.findings.iter().filter(|finding| finding.level == Level::Wrong);
    wrong.map(|finding| finding.part).collect()
}

// What a lane would have left: everybody failed, the source is done.
statement! { FAIL, "UPDATE ledger SET state = 5, reason = 'other', done_at = 1 WHERE workspace_id = $1 AND source_id = $2" }
statement! { COUNT_FAILED,
"INSERT INTO source_counts (workspace_id, source_id, state, reason, rows_there) VALUES ($1, $2, 5, 'other', 3)" }
statement! { SWAPPED, "SELECT detail FROM signals WHERE workspace_id = $1 AND kind = 'campaigns.swapped'" }
statement! { END, "UPDATE sources SET state = 'done' WHERE workspace_id = $1 AND id = $2" }

/// A started campaign whose three messages failed.
async fn failed(w: &World) -> (CampaignId, SourceId) {
    let id = w.draft("Hello").await;
    let source = start_now(&w.app, &w.ctx, &w.proof(id).await).await.expect("started").now().expect("at once");
    w.fill(source).await;
    let mut tx = w.begin().await;
    tx.exec(&FAIL, args![source]).await.expect("fails");
    tx.exec(&COUNT_FAILED, args![source]).await.expect("counts");
    tx.exec(&END, args![source]).await.expect("ends");
    tx.commit().await.expect("commits");
    (id, source)
}

async fn order(w: &World, id: CampaignId, what: Act, seen: Option<i64>) -> Done {
    let mut tx = w.begin().await;
    let done = act(&w.app, &mut tx, &w.ctx, id, what, seen).await.expect("ordered");
    tx.commit().await.expect("commits");
    done
}

store_test! {
    async fn a_link_that_no_earlier_campaign_had_is_said_in_the_review_and_noted_when_it_leaves(t) {
        let w = World::new(&t).await;
        for _ in 0..3 {
            let id = w.draft("[Apples](https://www.orchard.example/apples)").await;
            let _source = start_now(&w.app, &w.ctx, &w.proof(id).await).await.expect("started").now().expect("at once");
        }
        let usual = w.draft("[Pears](https://shop.orchard.example/pears)").await;
        let swapped = w.draft("[Pay here](https://pay.elsewhere.example/now)").await;
        let said = async |id| {
            let found = review(&w.app, &w.ctx, id).await.expect("looks");
            assert!(found.passes(), "it holds nothing back");
            found.findings.iter().filter(|one| one.text.contains("no earlier campaign")).map(|one| one.text.clone()).collect::<Vec<_>>()
        };
        assert!(said(usual).await.is_empty());
        let words = "Links lead to elsewhere.example, which no earlier campaign linked to. Go on if you meant it.";
        assert_eq!(said(swapped).await, [words]);
        let _source = start_now(&w.app, &w.ctx, &w.proof(swapped).await).await.expect("started").now().expect("at once");
        let mut tx = w.begin().await;
        let noted: Vec<serde_json::Value> = tx.all(&SWAPPED, args![], |row| row.json(0)).await.expect("reads");
        assert_eq!((noted.len(), &noted[0]["campaign"]), (1, &serde_json::json!(swapped)));
    }

    async fn an_order_given_twice_is_done_once(t) {
        let w = World::new(&t).await;
        let (id, source) = failed(&w).await;
        let before = w.standing(source).await;
        assert_eq!(order(&w, id, Act::AgainFailed, Some(before.pass)).await, Done::Now(3));
        let after = w.standing(source).await;
        assert_eq!((after.counts.failed, after.counts.pending, after.pass), (0, 3, before.pass + 1));
        assert_eq!(order(&w, id, Act::AgainFailed, Some(before.pass)).await, Done::Already);
        assert_eq!(order(&w, id, Act::AgainFailed, None).await, Done::Now(0), "nobody is left to send to again");
        assert_eq!(w.standing(source).await, after, "neither changed anything");
        assert_eq!(order(&w, id, Act::Resume, None).await, Done::Already);
        assert_eq!(order(&w, id, Act::Pause, None).await, Done::Now(3));
        assert_eq!(order(&w, id, Act::Pause, None).await, Done::Already);
        assert_eq!(order(&w, id, Act::Cancel, None).await, Done::Now(3));
        assert_eq!(order(&w, id, Act::Cancel, None).await, Done::Already);
    }

    async fn who_may_not_get_it_any_more_is_left_out_of_sending_again(t) {
        let w = World::new(&t).await;
        let (_, source) = failed(&w).await;
        let mut tx = w.begin().await;
        crate::lists::unsubscribe(&w.app, &mut tx, &w.ctx, None, w.people[0]).await.expect("left");
        crate::subscribers::delete(&w.app, &mut tx, &w.ctx, w.people[1]).await.expect("deleted");
        let found = crate::sending::again_preview(&mut tx, source, crate::sending::Retry::Failed).await.expect("looks");
        assert_eq!((found.audience, found.recipients), (3, 1));
        let mut excluded = found.excluded;
        excluded.sort();
        assert_eq!(excluded, [(SkipReason::Unsubscribed, 1), (SkipReason::Erased, 1)]);
    }

    async fn a_list_of_campaigns_knows_how_far_each_is(t) {
        let w = World::new(&t).await;
        let (id, source) = failed(&w).await;
        let draft = w.draft("Hello").await;
        let (one, two) = (w.campaign(id).await.state, w.campaign(draft).await.state);
        let mut tx = w.begin().await;
        let found = standings(&mut tx, &w.ctx, &[&two, &one]).await.expect("stand");
        assert_eq!((found[0].phase, found[0].source), (Phase::Draft, None));
        assert_eq!((found[1].phase, found[1].source), (Phase::Sent, Some(source)));
        assert_eq!(found[1].counts.as_ref().map(|counts| counts.failed), Some(3));
        assert_eq!(found[1], standing(&mut tx, &w.ctx, &one).await.expect("stands"));
    }

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
        let at = send(&w.app, &mut tx, &w.ctx, &proof).await.expect("ordered").now().expect("at once");
        assert_eq!(at.since(w.ctx.now()), 30 * Micros::SECOND);
        take_back(&w.app, &mut tx, &w.ctx, id).await.expect("taken back");
        tx.commit().await.expect("commits");
        w.clock.advance(Micros::MINUTE);
        w.run_jobs().await;
        assert_eq!(w.campaign(id).await.state, CampaignState::Draft);

        let mut tx = w.begin().await;
        send(&w.app, &mut tx, &w.ctx, &proof).await.expect("ordered again").now().expect("at once");
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
        schedule(&w.app, &mut tx, &w.ctx, &proof, time.clone()).await.expect("scheduled").now().expect("at once");
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
        schedule(&w.app, &mut tx, &w.ctx, &proof, time).await.expect("scheduled").now().expect("at once");
        assert!(act(&w.app, &mut tx, &w.ctx, id, Act::Pause, None).await.is_err(), "nothing has left yet");
        tx.commit().await.expect("commits");
        w.clock.advance(Micros::HOUR);
        w.run_jobs().await;
        let state = w.campaign(id).await.state;
        let mut tx = w.begin().await;
        act(&w.app, &mut tx, &w.ctx, id, Act::Pause, None).await.expect("paused");
        assert_eq!(standing(&mut tx, &w.ctx, &state).await.expect("stands").phase, Phase::Paused);
        act(&w.app, &mut tx, &w.ctx, id, Act::Resume, None).await.expect("resumed");
        act(&w.app, &mut tx, &w.ctx, id, Act::Cancel, None).await.expect("ended");
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
        start_now(&w.app, &w.ctx, &proof).await.expect("started").now().expect("at once");
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
