//! The ordinary way: everybody who should get the message gets it, once.

use super::rig::{Rig, addresses};
use crate::sending::{self, Draft, RecipientFilter, Retry, RowState, SourceState, Tuning};
use crate::{lists, subscribers, suppression};
use waxwing_demo::capture::Rules;
use waxwing_domain::{EmailAddress, HeaderText, SkipReason};
use waxwing_store::SystemMail;
use waxwing_testkit::store_test;

/// The newest message to an address, with its folded headers and lines in one piece.
fn caught_by(rig: &Rig, address: &str) -> String {
    let caught = rig.capture.captured().newest_to(address).expect("caught");
    String::from_utf8_lossy(&caught.raw).replace("=\r\n", "").replace("\r\n ", "").replace("\r\n\t", "")
}

store_test! {
    async fn everybody_on_the_lists_gets_one_signed_message(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        crate::domains::add(&rig.app, &rig.ctx, "example.org").await.expect("a domain");
        rig.relay().await;
        let (first, _) = rig.list("First", &addresses("ann", 40)).await;
        let both: Vec<String> = addresses("ann", 60);
        let (second, _) = rig.list("Second", &both).await;
        let id = rig.send(&[first, second]).await;
        let lane = rig.lane(Tuning::default());
        rig.until_state(id, SourceState::Done).await;
        let counts = rig.counts(id).await;
        assert_eq!((counts.audience, counts.accepted, counts.pending), (60, 60, 0));
        assert_eq!(rig.capture.captured().counts().accepted, 60);
        assert!(rig.doubles().is_empty());
        let message = rig.capture.captured().newest_to("ann7@postbox.example").expect("caught");
        let text = String::from_utf8_lossy(&message.raw).replace("\r\n ", "").replace("\r\n\t", "");
        assert_eq!(text.matches("DKIM-Signature:").count(), 2);
        assert!(text.contains("Subject: News for Name of ann7"), "{text}");
        assert!(text.contains("List-Unsubscribe: <https://mail.example.org/u/"));
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
        assert!(text.contains("List-Id: <") && text.contains("Feedback-ID: ") && text.contains("@example.org>"));
        lane.stop().await;
    }

    async fn the_last_look_skips_with_a_reason_and_agrees_with_the_preview(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, people) = rig.list("News", &addresses("ann", 10)).await;
        let id = rig.open(&[list]).await;
        let mut tx = rig.begin().await;
        lists::unsubscribe(&rig.app, &mut tx, &rig.ctx, Some(list), people[0]).await.expect("left");
        lists::unsubscribe(&rig.app, &mut tx, &rig.ctx, None, people[1]).await.expect("left all");
        let tag = suppression::tag(&rig.app, rig.t.workspace, suppression::Kind::Email, "ann2@postbox.example").expect("tag");
        let (kind, reason) = (suppression::Kind::Email, suppression::Reason::Manual);
        suppression::add(&rig.app, &mut tx, &rig.ctx, kind, tag, reason, "test").await.expect("added");
        tx.commit().await.expect("commits");
        let mut tx = rig.begin().await;
        let preview = sending::audience_preview(&mut tx, vec![list]).await.expect("a preview");
        subscribers::delete(&rig.app, &mut tx, &rig.ctx, people[3]).await.expect("deleted");
        tx.commit().await.expect("commits");
        assert_eq!((preview.audience, preview.recipients), (10, 7));
        rig.start(id).await;
        let lane = rig.lane(Tuning::default());
        rig.until_state(id, SourceState::Done).await;
        let counts = rig.counts(id).await;
        assert_eq!((counts.accepted, counts.skipped), (6, 4));
        let by = |reason| counts.skipped_by.iter().find(|(r, _)| *r == reason).map_or(0, |(_, n)| *n);
        assert_eq!((by(SkipReason::Unsubscribed), by(SkipReason::Suppressed), by(SkipReason::Erased)), (2, 1, 1));
        assert_eq!(rig.capture.captured().counts().accepted, 6);
        lane.stop().await;
    }

    async fn nothing_leaves_while_held_and_the_rest_leaves_after_release(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, _) = rig.list("News", &addresses("ann", 30)).await;
        let id = rig.send(&[list]).await;
        let mut tx = rig.begin().await;
        sending::hold(&rig.app, &mut tx, &rig.ctx, id, "A person paused it.").await.expect("held");
        tx.commit().await.expect("commits");
        let lane = rig.lane(Tuning::default());
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert_eq!(rig.capture.captured().counts().accepted, 0);
        let mut tx = rig.begin().await;
        sending::release(&rig.app, &mut tx, &rig.ctx, id).await.expect("released");
        tx.commit().await.expect("commits");
        rig.until_state(id, SourceState::Done).await;
        assert_eq!(rig.counts(id).await.accepted, 30);
        assert!(rig.doubles().is_empty());
        lane.stop().await;
    }

    async fn cancelling_skips_everybody_who_has_no_outcome(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, _) = rig.list("News", &addresses("ann", 25)).await;
        let id = rig.send(&[list]).await;
        let mut tx = rig.begin().await;
        sending::cancel(&rig.app, &mut tx, &rig.ctx, id).await.expect("cancelled");
        tx.commit().await.expect("commits");
        let counts = rig.until(id, |counts| counts.skipped == 25).await;
        assert_eq!(counts.skipped_by, [(SkipReason::Cancelled, 25)]);
        let lane = rig.lane(Tuning::default());
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert_eq!(rig.capture.captured().counts().accepted, 0);
        lane.stop().await;
    }

    async fn a_source_cannot_be_started_twice_nor_resumed_before_it_was_started(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        let (list, _) = rig.list("News", &addresses("ann", 1)).await;
        let id = rig.open(&[list]).await;
        let mut tx = rig.begin().await;
        assert!(sending::release(&rig.app, &mut tx, &rig.ctx, id).await.is_err());
        assert!(sending::retry(&rig.app, &mut tx, &rig.ctx, id, Retry::Failed).await.is_err());
        sending::start(&rig.app, &mut tx, &rig.ctx, id).await.expect("started");
        assert!(sending::start(&rig.app, &mut tx, &rig.ctx, id).await.is_err());
    }

    async fn recipients_can_be_listed_by_state(t) {
        let rig = Rig::new(t, Rules::providers()).await;
        rig.relay().await;
        let people = [addresses("ann", 5), addresses("unknown", 3)].concat();
        let (list, numbers) = rig.list("News", &people).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning::default());
        rig.until_state(id, SourceState::Done).await;
        let mut tx = rig.app.read(&rig.ctx, "test").await.expect("begins");
        let filter = RecipientFilter { state: Some(RowState::Failed), limit: 10, ..RecipientFilter::default() };
        let failed = sending::recipients(&mut tx, &rig.ctx, id, &filter).await.expect("recipients");
        assert_eq!(failed.iter().map(|r| r.subject).collect::<Vec<_>>(), numbers[5..]);
        assert_eq!(failed[0].reason.as_deref(), Some("recipient"));
        assert_eq!(failed[0].codes.as_deref(), Some("550 5.1.1"));
        let filter = RecipientFilter { after: Some(numbers[2]), limit: 2, ..RecipientFilter::default() };
        let page = sending::recipients(&mut tx, &rig.ctx, id, &filter).await.expect("recipients");
        assert_eq!(page.iter().map(|r| r.subject).collect::<Vec<_>>(), numbers[3..5]);
        drop(tx);
        lane.stop().await;
    }

    async fn system_mail_leaves_signed_as_auto_submitted(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        crate::domains::add(&rig.app, &rig.ctx, "example.org").await.expect("a domain");
        rig.relay().await;
        let mut tx = rig.begin().await;
        let mail = SystemMail {
            kind: "signup.confirm",
            to: EmailAddress::parse("maya@postbox.example").expect("valid"),
            subject: HeaderText::parse("Confirm").expect("valid"),
            text: "Press the link.".into(),
            html: None,
        };
        tx.post(rig.app.store(), &rig.ctx, mail).await.expect("posted");
        tx.commit().await.expect("commits");
        let lane = rig.lane(Tuning::default());
        rig.capture.captured().wait_for(1, std::time::Duration::from_secs(20)).await.expect("caught");
        let caught = rig.capture.captured().newest_to("maya@postbox.example").expect("caught");
        let text = String::from_utf8_lossy(&caught.raw).into_owned();
        assert!(text.contains("Auto-Submitted: auto-generated") && text.contains("From: noreply@example.org"), "{text}");
        assert_eq!(text.matches("DKIM-Signature:").count(), 2);
        lane.stop().await;
    }

    async fn a_test_message_uses_a_made_up_person_or_a_chosen_one(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, people) = rig.list("News", &addresses("ann", 1)).await;
        let draft = Draft { revision: Rig::letter(), sender: Rig::sender(), list: Some(list) };
        let to = EmailAddress::parse("tester@postbox.example").expect("valid");
        sending::test_send(&rig.app, &rig.ctx, &draft, &to, None).await.expect("sent");
        let first = caught_by(&rig, "tester@postbox.example");
        assert!(first.contains("Subject: News for Alex"));
        sending::test_send(&rig.app, &rig.ctx, &draft, &to, Some(people[0])).await.expect("sent");
        let second = caught_by(&rig, "tester@postbox.example");
        assert!(second.contains("Subject: News for Name of ann0"));
        let id = |text: &str| text.lines().find(|line| line.starts_with("Message-ID:")).map(str::to_owned);
        assert!(id(&first).is_some() && id(&first) != id(&second), "mailboxes would show the first only");
        let link = second.split("https://mail.example.org/u/").nth(1).and_then(|rest| rest.split('>').next()).expect("a link");
        let (_, whose) = sending::links::parse_unsubscribe(&rig.app, rig.t.workspace, link).expect("ours");
        assert_eq!(whose.get(), 0, "trying it out unsubscribes nobody");
        let preview = sending::render_preview(&rig.app, &rig.ctx, &draft, Some(people[0])).await.expect("rendered");
        assert_eq!(preview.subject.as_str(), "News for Name of ann0");
    }

    async fn a_test_message_can_be_seen_by_its_link_for_three_days(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, people) = rig.list("News", &addresses("ann", 1)).await;
        let mut revision = Rig::letter();
        revision.content.format = waxwing_message::ContentFormat::Text;
        revision.content.body = "Hello {{ subscriber.first_name }}: {{ view_url }} {{ unsubscribe_url }}".into();
        let draft = Draft { revision, sender: Rig::sender(), list: Some(list) };
        let to = EmailAddress::parse("tester@postbox.example").expect("valid");
        let mut links = Vec::new();
        for person in [None, Some(people[0])] {
            sending::test_send(&rig.app, &rig.ctx, &draft, &to, person).await.expect("sent");
            let text = caught_by(&rig, "tester@postbox.example");
            let token = text.split("https://mail.example.org/v/").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a link").to_owned();
            links.push(sending::links::parse_view(&rig.app, rig.t.workspace, &token).expect("ours"));
        }
        let names = ["Hello Alex", "Hello Name of ann0"];
        for ((id, subject), name) in links.iter().zip(names) {
            let seen = sending::view(&rig.app, &rig.app.visitor(), *id, *subject).await.expect("seen");
            assert!(seen.text.contains(name), "{}", seen.text);
        }
        let mut tx = rig.begin().await;
        subscribers::delete(&rig.app, &mut tx, &rig.ctx, people[0]).await.expect("deleted");
        tx.commit().await.expect("commits");
        let (id, subject) = links[1];
        assert!(matches!(sending::view(&rig.app, &rig.app.visitor(), id, subject).await, Err(crate::Error::NotFound(_))), "gone with the person");
        rig.t.clock.advance(3 * waxwing_domain::Micros::DAY);
        let (id, subject) = links[0];
        assert!(matches!(sending::view(&rig.app, &rig.app.visitor(), id, subject).await, Err(crate::Error::NotFound(_))), "expired");
    }

    async fn the_message_can_be_seen_in_a_browser_by_its_link_only(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        let (list, people) = rig.list("News", &addresses("ann", 1)).await;
        let id = rig.open(&[list]).await;
        let workspace = rig.t.workspace;
        let url = sending::links::view_url(&rig.app, workspace, id, people[0]).expect("a link");
        let token = url.rsplit('/').next().expect("a token");
        assert_eq!(sending::links::parse_view(&rig.app, workspace, token), Some((id, people[0])));
        assert_eq!(sending::links::parse_unsubscribe(&rig.app, workspace, token), None, "of another purpose");
        assert_eq!(sending::links::parse_view(&rig.app, workspace, "AAAA"), None);
        let seen = sending::view(&rig.app, &rig.app.visitor(), id, people[0]).await.expect("seen");
        assert!(seen.html.expect("HTML").contains("Name of ann0"));
    }
}
