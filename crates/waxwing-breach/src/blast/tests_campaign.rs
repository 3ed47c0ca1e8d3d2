//! A campaign as suspect: who got it, who may have it, who has not.

use crate::testing::House;
use http::StatusCode;
use serde_json::Value;
use waxwing_app::sending::RowState;
use waxwing_domain::{CampaignId, EventKind, FieldId, Operation, SourceId, SubjectNo};
use waxwing_store::{Entry, Event, args, statement, subjects};
use waxwing_testkit::store_test;

statement! { A_CAMPAIGN,
"INSERT INTO campaigns (id, workspace_id, name, state, version, from_name, from_address, reply_to, subject, preheader, reason,
   format, body, source_id, created_at, updated_at)
 VALUES ($2, $1, 'The wrong list', 'started', 1, '', '', '', '', '', '', 'markdown', '', $3, $4, $4)" }
statement! { A_SOURCE,
"INSERT INTO sources (id, workspace_id, kind, reference, revision_id, sender, state, started, pass, audience, fill_list, fill_after,
   origin_kind, origin_a, origin_b, created_at)
 VALUES ($2, $1, 'campaign', $3, 1, '{}', 'done', 1, 1, 7, 0, 0, 'host', 0, 0, $4)" }
statement! { A_ROW,
"INSERT INTO ledger (workspace_id, source_id, subject, channel, tag, domain, state, next_at, worker, attempts, first_at, done_at)
 VALUES ($1, $2, $3, 1, $4, 0, $5, 0, 0, 1, 0, 0)" }

const PEOPLE: [&str; 8] = [
    "ada@example.org",
    "bea@example.org",
    "cyd@example.org",
    "dan@example.org",
    "eve@example.org",
    "fay@example.org",
    "gil@example.org",
    "hal@example.org",
];
const CAMPAIGN: i64 = 70;

/// A campaign whose messages were made for all but the last: the first was taken, the second left without an answer, the
/// third is leaving, the fourth was refused after a try of unknown fate, the fifth was refused, the sixth was not sent to,
/// and the seventh stands in no ledger.
async fn sent(house: &House) {
    let (ctx, people) = (&house.ctx, &house.people);
    let (source, other) = (SourceId::from_i64(71), SourceId::from_i64(81));
    let states = [
        RowState::Accepted,
        RowState::Unknown,
        RowState::InFlight,
        RowState::Failed,
        RowState::Failed,
        RowState::Skipped,
    ];
    let mut tx = house.app.begin(ctx, "test").await.expect("begins");
    tx.exec(&A_CAMPAIGN, args![CAMPAIGN, source, ctx.now()]).await.expect("a campaign");
    for (id, reference) in [(source, CAMPAIGN), (other, CAMPAIGN + 1)] {
        tx.exec(&A_SOURCE, args![id, reference, ctx.now()]).await.expect("a source");
    }
    for (subject, state) in people.iter().zip(states) {
        let tag = subject.get().to_be_bytes().to_vec();
        tx.exec(&A_ROW, args![source, *subject, tag, state.code()]).await.expect("a row");
    }
    tx.exec(&A_ROW, args![other, people[7], vec![1_u8], RowState::Accepted.code()]).await.expect("another campaign's");
    let event = Event::of(ctx.new_id(), ctx.now(), EventKind::Unknown, people[3]).in_source(source);
    tx.events(vec![event]).await.expect("an event");
    tx.commit().await.expect("commits");
    // Two batches, one of which fills a name in; and one of the other campaign.
    batch(house, source, &people[..3], &[FieldId::EMAIL, FieldId::FIRST_NAME]).await;
    batch(house, source, &people[3..7], &[FieldId::EMAIL]).await;
    batch(house, other, &people[7..], &[FieldId::EMAIL]).await;
    house.number().await;
}

async fn batch(house: &House, source: SourceId, people: &[SubjectNo], fields: &[FieldId]) {
    let entry = Entry::new(Operation::Send, "sending.batch").on("source", source.as_i64()).to("smtp");
    let entry = entry.part(fields, subjects(people.iter().copied()));
    house.app.store().disclose(&house.ctx, entry).await.expect("on the record");
}

fn who() -> String {
    format!("who=campaign:{}&from=2026-11-30&until=2026-12-02", CampaignId::from_i64(CAMPAIGN))
}

async fn get(house: &House, path: &str) -> Value {
    let got = house.web.key("all").get(path).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    serde_json::from_str(&got.body).expect("JSON")
}

async fn people(house: &House, effect: &str) -> Vec<u32> {
    let page = get(house, &format!("/api/v1/blast/people?{}&effect={effect}", who())).await;
    page["people"].as_array().expect("people").iter().filter_map(Value::as_u64).map(|one| one as u32).collect()
}

fn numbers(house: &House, which: &[usize]) -> Vec<u32> {
    which.iter().map(|at| house.people[*at].get()).collect()
}

store_test! {
    async fn who_got_a_campaign_is_confirmed_whose_fate_is_unknown_possible_and_who_was_refused_excluded(t) {
        let house = House::new(&t, &PEOPLE).await;
        sent(&house).await;
        assert_eq!(people(&house, "confirmed").await, numbers(&house, &[0]));
        assert_eq!(people(&house, "possible").await, numbers(&house, &[1, 2, 3, 6]), "who left no trace may have it");
        let found = get(&house, &format!("/api/v1/blast?{}", who())).await;
        assert_eq!(found["summary"]["people"]["excluded"], 3, "refused, not sent to, and of another campaign");
        assert_eq!(found["entries"], 2, "each batch counts once");
        let fields = found["summary"]["fields"].as_array().expect("fields");
        let of = |key: &str| fields.iter().find(|field| field["key"] == key).map(|field| (field["confirmed"].as_u64(), field["possible"].as_u64()));
        assert_eq!(of("email"), Some((Some(1), Some(4))));
        assert_eq!(of("first_name"), Some((Some(1), Some(2))), "only into whose message it was put");
    }

    async fn why_somebody_is_among_its_people_is_the_batch_that_their_message_was_made_with(t) {
        let house = House::new(&t, &PEOPLE).await;
        sent(&house).await;
        let why = get(&house, &format!("/api/v1/blast/people/{}?{}", house.people[1], who())).await;
        let text = why.to_string();
        assert!(text.contains("sending.batch") && text.contains("possible") && !text.contains("confirmed"), "{text}");
        let refused = house.web.key("all").get(&format!("/api/v1/blast/people/{}?{}", house.people[4], who())).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "a message was made for them and did not reach them");
    }

    async fn the_page_offers_the_campaign_by_name_and_says_what_it_does_not_know(t) {
        let house = House::new(&t, &PEOPLE).await;
        sent(&house).await;
        let page = house.web.session("all").get(&format!("/security/who-was-touched?{}", who())).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("The wrong list, ") && page.body.contains("a mail server took their message"));
        assert!(page.body.contains("see to them by hand"), "words name people whom no program knows");
    }
}
