//! What members are reminded of, in sentences.

use super::tests::{Room, list_taken};
use super::*;
use waxwing_store::{JobRegistry, OutboxMail, args, statement};
use waxwing_testkit::store_test;
use waxwing_testkit::web::{mails, run_jobs};

statement! { JOIN, "UPDATE accounts SET state = 'active' WHERE workspace_id = $1" }

/// The mail of one look at the clocks.
async fn looked(room: &Room) -> Vec<OutboxMail> {
    let app = &room.house.app;
    let mut registry = JobRegistry::default();
    jobs(&mut registry, app);
    run_jobs(app.store(), app.workspace(), registry).await;
    mails(app.store(), app.workspace()).await
}

store_test! {
    /// At 24 hours, at 4 hours and when it is late: once each, and never again once it is done.
    async fn a_time_that_runs_out_is_told_once_at_each_step(t) {
        let room = Room::new(&t).await;
        room.act(async |tx| Ok(tx.exec(&JOIN, args![]).await?)).await.expect("they have joined");
        room.state(list_taken).await.expect("stated");
        mails(room.house.app.store(), room.house.app.workspace()).await;
        let early = looked(&room).await;
        assert_eq!(early.len(), 1, "the 24 hours of NIS2, which may apply");
        assert!(!early[0].text.contains("Article 33(1)"), "72 hours are left: {}", early[0].text);
        for (hours, words) in [(49, "left, by"), (20, "left, by"), (4, "late by")] {
            t.clock.advance(hours * Micros::HOUR);
            let mail = looked(&room).await;
            assert_eq!(mail.len(), 1, "after {hours} hours more");
            assert!(mail[0].text.contains("Article 33(1)") && mail[0].text.contains(words), "{}", mail[0].text);
            assert!(!mail[0].text.contains("A list left the house"), "{}", mail[0].text);
            t.clock.advance(6 * Micros::MINUTE);
            assert!(looked(&room).await.is_empty(), "once");
        }
    }

    /// A duty that was done is not reminded of; Home shows an open case and its nearest time to its members alone.
    async fn home_shows_the_nearest_time_until_it_is_met(t) {
        let room = Room::new(&t).await;
        room.act(async |tx| Ok(tx.exec(&JOIN, args![]).await?)).await.expect("they have joined");
        room.state(list_taken).await.expect("stated");
        let now = room.owner.now();
        let seen = room.overview().await;
        let clocks = seen.clocks(now);
        let (standing, due) = clocks.iter().find(|(one, _)| one.duty.rule == "gdpr-33-1").expect("a clock");
        assert!((72 * Micros::HOUR..=73 * Micros::HOUR).contains(&due.since(now)));
        let line = seen.line(standing, *due, now);
        assert!(line.contains(" hours left, by "), "{line}");
        // What is done can begin another time: a sample to the authority follows the letters to people.
        for _ in 0..4 {
            let rules: Vec<String> =
                room.overview().await.clocks(now).iter().map(|(one, _)| one.duty.rule.clone()).collect();
            for rule in rules {
                room.meet(&rule, now).await.expect("noted");
            }
        }
        assert!(room.overview().await.clocks(now).is_empty());
        mails(room.house.app.store(), room.house.app.workspace()).await;
        t.clock.advance(80 * Micros::HOUR);
        assert!(looked(&room).await.is_empty(), "it was done");
    }

    /// The page itself: the case stands on Home of whoever is in it, and of nobody else.
    async fn a_case_stands_on_the_home_of_its_members(t) {
        let room = Room::new(&t).await;
        let web = room.house.web.session("all");
        assert!(!web.get("/").await.body.contains("Open the case"), "they are not in it");
        let (web, page) = web.open("/security/incidents/new").await;
        let form = format!("csrf={}&summary=A+list+left&severity=high&losses=confidentiality", page.hidden("csrf"));
        let opened = web.post("/security/incidents", &form).await;
        let at = opened.headers["location"].to_str().expect("a path");
        let home = web.get("/").await.body;
        assert!(home.contains("is it a breach?") && home.contains(&format!("href=\"{at}\"")), "{home}");
    }
}
