//! Made-up people, in sentences.

use super::*;
use crate::exporting::{self, Begun};
use crate::importing::start_from_file;
use crate::importing::tests::{file, settle};
use crate::inbound::Inbox;
use crate::lists::{self, MembershipState};
use crate::subscribers::{self, NewPerson};
use crate::testing::{self, Orchard};
use crate::{alerts, consent};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};
use waxwing_delivery::inbound::{Arrival, Door as _, Known};
use waxwing_domain::{EmailAddress, ListId, SubjectNo};
use waxwing_store::JobRegistry;
use waxwing_testkit::store_test;

const HOMES: [(&str, Locale); 2] = [("maple-post.example", Locale::En), ("lindenbriefe.example", Locale::De)];

async fn named(house: &Orchard) {
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    for (name, locale) in HOMES {
        add(&house.app, &mut tx, &house.ctx, name, locale).await.expect("named");
    }
    tx.commit().await.expect("commits");
}

fn addresses(number: usize) -> Vec<String> {
    (0..number).map(|at| format!("p{at}@example.org")).collect()
}

async fn house(t: &waxwing_testkit::store::TestStore, people: usize) -> Orchard {
    let all = addresses(people);
    Orchard::new(t, &all.iter().map(String::as_str).collect::<Vec<_>>()).await
}

async fn export(house: &Orchard) -> String {
    let begun = exporting::begin(&house.app, &house.ctx, house.list, "audit", "file").await.expect("begins");
    let Begun::Now(mut export) = begun else { panic!("nobody is asked") };
    let mut text = String::new();
    while let Some(bytes) = export.next().await.expect("a chunk") {
        text.push_str(std::str::from_utf8(&bytes).expect("text"));
    }
    text
}

/// The addresses of a file that are not real people's.
fn made_up(text: &str) -> Vec<String> {
    let cells = text.lines().skip(1).filter_map(|line| line.split(',').next());
    cells.filter(|cell| !cell.ends_with("@example.org")).map(str::to_owned).collect()
}

fn letter(to: &str, message: Option<&[u8]>) -> Arrival {
    Arrival {
        peer: "203.0.113.9:4711".parse().expect("an address"),
        hello: "spam.example".into(),
        tls: false,
        from: "thief@evil.example".into(),
        to: vec![to.to_owned()],
        unknown: 0,
        message: message.map(<[u8]>::to_vec),
    }
}

async fn settle_all(house: &Orchard) {
    testing::run_jobs(&house.app, |registry: &mut JobRegistry, app: &App| {
        crate::inbound::jobs(registry, app);
        alerts::jobs(registry, app);
    })
    .await;
}

async fn marks_of(house: &Orchard) -> Vec<Mark> {
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    marks(&mut tx, &house.ctx, None, 100).await.expect("reads")
}

async fn people_of(house: &Orchard, list: ListId) -> usize {
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    let all = lists::members_after(&mut tx, list, MembershipState::Confirmed, SubjectNo::new(0), 10_000).await;
    all.expect("reads").len()
}

async fn read_all(house: &Orchard, limit: u32) -> (Vec<Value>, usize) {
    let (mut all, mut after, mut most) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("/api/v1/subscribers?limit={limit}{after}");
        let page = house.web.key("all").get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let page: Value = serde_json::from_str(&page.body).expect("JSON");
        let items = page["items"].as_array().expect("people").clone();
        most = most.max(items.len());
        all.extend(items);
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return (all, most),
        }
    }
}

store_test! {
    async fn an_export_carries_made_up_people_that_no_count_has(t) {
        let house = house(&t, 60).await;
        assert_eq!(made_up(&export(&house).await).len(), 0, "before a domain is named nobody is made up");
        named(&house).await;
        let (one, two) = (made_up(&export(&house).await), made_up(&export(&house).await));
        assert_eq!((one.len(), two.len()), (3, 3), "one among twenty");
        assert!(one.iter().all(|email| HOMES.iter().any(|(home, _)| email.ends_with(home))), "{one:?}");
        assert!(one.iter().all(|email| !two.contains(email)), "every export has its own");
        assert_eq!(people_of(&house, house.list).await, 60);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(subscribers::count(&mut tx).await.expect("counts"), 60);
        let exports = exporting::recent(&mut tx, &house.ctx, None, 10).await.expect("reads");
        assert!(exports.iter().all(|export| export.people == 60), "{exports:?}");
        for email in &one {
            let email = EmailAddress::parse(email).expect("an address");
            let found = subscribers::find_by_email(&house.app, &mut tx, &email).await.expect("looks");
            assert_eq!(found, None, "they are no subscribers");
        }
    }

    async fn they_stand_anywhere_and_have_what_the_others_have(t) {
        let mut house = house(&t, 0).await;
        named(&house).await;
        let mut text = String::from("email,first_name,last_name\n");
        (0..400).for_each(|at| text.push_str(&format!("p{at}@example.org,Ann{at},Ash\n")));
        let path = file(&t, "people.csv", &text);
        let import = start_from_file(&house.app, &house.ctx, &path, "Big", "At the fair", false).await.expect("begins");
        house.list = settle(&t, &house.app, import).await.list.expect("a list");
        let text = export(&house).await;
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let at: Vec<usize> = (0..lines.len()).filter(|at| !lines[*at].contains("@example.org")).collect();
        assert_eq!((lines.len(), at.len()), (410, 10));
        assert!(at.last().expect("ten") - at.first().expect("ten") > 40, "they are spread: {at:?}");
        for line in at.into_iter().map(|at| lines[at]) {
            let cells: Vec<&str> = line.split(',').collect();
            assert!(!cells[2].is_empty() && !cells[3].is_empty(), "a name like everybody: {line}");
            assert!(cells[1].is_empty(), "no number where nobody has one: {line}");
        }
    }

    async fn mail_to_one_names_the_export_and_who_made_it_and_raises_one_alert(t) {
        let house = house(&t, 40).await;
        named(&house).await;
        let other = made_up(&export(&house).await);
        let stolen = made_up(&export(&house).await);
        let inbox = Inbox::new(house.app.clone());
        assert_eq!(inbox.knows(&stolen[0].to_uppercase()).await, Ok(Known::Yes));
        assert_eq!(inbox.knows("nobody@maple-post.example").await, Ok(Known::NoMailbox));
        assert_eq!(inbox.knows("p1@example.org").await, Ok(Known::NotOurs));
        let message = b"From: Deals <deals@evil.example>\r\nSubject: Only today\r\n\r\nhttps://evil.example/buy\r\n";
        inbox.take(letter(&stolen[0], Some(message))).await.expect("kept");
        inbox.take(letter(&stolen[1], None)).await.expect("kept");
        settle_all(&house).await;
        let hit: Vec<Mark> = marks_of(&house).await.into_iter().filter(|mark| mark.hits > 0).collect();
        assert_eq!((hit.len(), hit[0].hits), (1, 2));
        let told = tell(&house.app, &house.ctx, hit[0].id).await.expect("told");
        let addresses: HashSet<&str> = told.people.iter().map(|one| one.email.as_str()).collect();
        assert!(addresses.contains(stolen[0].as_str()) && !addresses.contains(other[0].as_str()));
        let mail = told.hits.iter().find(|hit| hit.kind == HitKind::Mail).expect("the letter");
        let facts = &mail.facts;
        assert_eq!((facts.peer.as_str(), facts.hello.as_str(), facts.subject.as_str()), ("203.0.113.9", "spam.example", "Only today"));
        assert_eq!((facts.header_from.as_str(), facts.links[0].as_str()), ("deals@evil.example", "https://evil.example/buy"));
        assert!(told.hits.iter().any(|hit| hit.kind == HitKind::Asked));
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let raised = alerts::page(&mut tx, &house.ctx, alerts::Filter::default(), None, 10).await.expect("reads");
        assert_eq!(raised.len(), 1, "repeats are counted, not told again");
        assert_eq!((raised[0].detector, raised[0].about), (alerts::Detector::Canary, hit[0].id.as_i64()));
        assert_eq!(raised[0].act, alerts::Act::ContainmentAsked);
        assert!(raised[0].finding.why.contains("an export"), "{}", raised[0].finding.why);
    }

    async fn a_letter_is_read_once_also_when_the_job_comes_twice(t) {
        let house = house(&t, 20).await;
        named(&house).await;
        let one = made_up(&export(&house).await).remove(0);
        Inbox::new(house.app.clone()).take(letter(&one, Some(b"Subject: x\r\n\r\nx\r\n"))).await.expect("kept");
        settle_all(&house).await;
        settle_all(&house).await;
        assert_eq!(marks_of(&house).await[0].hits, 1);
    }

    async fn a_copy_that_comes_back_is_known_and_nobody_is_added(t) {
        let house = house(&t, 40).await;
        named(&house).await;
        let text = export(&house).await;
        let path = file(&t, "copy.csv", &text);
        let import = start_from_file(&house.app, &house.ctx, &path, "Copy", "Bought", false).await.expect("begins");
        let report = settle(&t, &house.app, import).await;
        let counts = crate::importing::tests::numbers(&report.counts);
        assert_eq!(counts, [42, 0, 42, 0, 0, 0], "the import tells nobody which two were made up");
        assert_eq!(people_of(&house, report.list.expect("a list")).await, 40);
        let mark = marks_of(&house).await.remove(0);
        let told = tell(&house.app, &house.ctx, mark.id).await.expect("told");
        assert_eq!(told.hits.len(), 2);
        assert!(told.hits.iter().all(|hit| hit.kind == HitKind::Returned && hit.facts.through == "import"));
        let body = json!({ "email": made_up(&text)[0], "lists": [house.list], "consent": "At the fair." });
        let added = house.web.key("all").json(Method::POST, "/api/v1/subscribers", &body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
        assert_eq!(people_of(&house, house.list).await, 40);
        assert_eq!(marks_of(&house).await[0].hits, 3);
    }

    async fn what_a_program_reads_has_made_up_people_among_the_others(t) {
        let house = house(&t, 30).await;
        named(&house).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        for at in 30..40 {
            let email = EmailAddress::parse(&format!("p{at}@example.org")).expect("an address");
            let person = NewPerson { email, values: vec![] };
            let kind = consent::ConsentKind::Manual;
            subscribers::admit(&house.app, &mut tx, &house.ctx, person, kind, "At the fair.", &[house.list]).await.expect("a person");
        }
        tx.commit().await.expect("commits");
        let (all, most) = read_all(&house, 7).await;
        assert!(most <= 7, "no page is longer than was asked for");
        let ids: Vec<u64> = all.iter().filter_map(|one| one["id"].as_u64()).collect();
        assert!(ids.windows(2).all(|two| two[0] > two[1]), "in order, nobody twice: {ids:?}");
        let ghosts: Vec<&Value> = all.iter().filter(|one| !one["email"].as_str().unwrap_or_default().ends_with("@example.org")).collect();
        assert!(ghosts.len() >= 10 && all.len() - ghosts.len() == 40, "{} of {}", ghosts.len(), all.len());
        let places: BTreeSet<u64> = ghosts.iter().filter_map(|one| one["id"].as_u64()).collect();
        assert!(ids[0] > *places.last().expect("ten"), "real people stand after them");
        assert!(ghosts.iter().all(|one| one["lists"][0]["state"] == "confirmed"), "{ghosts:?}");
        assert_eq!(read_all(&house, 500).await.0, all, "the same key reads the same people again");
        let id = &ghosts[0]["id"];
        let shown = house.web.key("all").get(&format!("/api/v1/subscribers/{id}")).await;
        let shown: Value = serde_json::from_str(&shown.body).expect("JSON");
        assert_eq!(shown["email"], ghosts[0]["email"]);
        assert_eq!(house.web.session("all").get(&format!("/audience/people/{id}")).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_program_that_changes_one_does_not_break_and_it_is_noted_without_an_alarm(t) {
        let house = house(&t, 5).await;
        named(&house).await;
        let (all, _) = read_all(&house, 50).await;
        let ghost = all.iter().find(|one| !one["email"].as_str().unwrap_or_default().ends_with("@example.org")).expect("one");
        let path = format!("/api/v1/subscribers/{}", ghost["id"]);
        let changed = house.web.key("all").json(Method::PATCH, &path, &json!({ "fields": { "first_name": "Zoe" } })).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.body);
        let left = house.web.key("all").json(Method::POST, &format!("{path}/unsubscribe"), &json!({})).await;
        assert_eq!(left.status, StatusCode::NO_CONTENT, "{}", left.body);
        settle_all(&house).await;
        let mark = marks_of(&house).await.remove(0);
        assert_eq!((mark.kind, mark.hits), (MarkKind::Api, 2));
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert!(alerts::page(&mut tx, &house.ctx, alerts::Filter::default(), None, 10).await.expect("reads").is_empty());
        drop(tx);
        let email = ghost["email"].as_str().expect("an address");
        Inbox::new(house.app.clone()).take(letter(email, Some(b"Subject: x\r\n\r\nx\r\n"))).await.expect("kept");
        settle_all(&house).await;
        assert_eq!(marks_of(&house).await[0].hits, 3);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        assert_eq!(alerts::page(&mut tx, &house.ctx, alerts::Filter::default(), None, 10).await.expect("reads").len(), 1);
    }

    async fn domains_are_named_on_the_page_and_one_workspace_has_each(t) {
        let house = house(&t, 3).await;
        let (owner, page) = house.web.session("all").open("/security/canaries").await;
        let seal = page.hidden("csrf");
        let form = |name: &str, names: &str| format!("csrf={seal}&name={name}&names={names}");
        assert_eq!(owner.post("/security/canaries", &form("Maple-Post.example", "en")).await.status, StatusCode::SEE_OTHER);
        assert_eq!(owner.post("/security/canaries", &form("maple-post.example", "en")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(owner.post("/security/canaries", &form("not a domain", "en")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let many = owner.post("/security/canaries/number", &format!("csrf={seal}&per_export=51")).await;
        assert_eq!(many.status, StatusCode::UNPROCESSABLE_ENTITY);
        let none = owner.post("/security/canaries/number", &format!("csrf={seal}&per_export=0")).await;
        assert_eq!(none.status, StatusCode::SEE_OTHER);
        assert_eq!(made_up(&export(&house).await).len(), 0, "none are wanted");
        assert!(owner.get("/security/canaries").await.body.contains("maple-post.example"));
        let gone = owner.post("/security/canaries/remove", &format!("csrf={seal}&name=maple-post.example")).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        assert_eq!(Inbox::new(house.app.clone()).knows("a@maple-post.example").await, Ok(Known::NotOurs));
        assert_eq!(house.web.session("nothing").get("/security/canaries").await.status, StatusCode::FORBIDDEN);
    }

    async fn the_page_of_a_mark_shows_its_people_and_leads_on(t) {
        let house = house(&t, 20).await;
        named(&house).await;
        let one = made_up(&export(&house).await).remove(0);
        Inbox::new(house.app.clone()).take(letter(&one, Some(b"Subject: x\r\n\r\n<https://evil.example/>\r\n"))).await.expect("kept");
        settle_all(&house).await;
        let mark = marks_of(&house).await.remove(0);
        let page = house.web.session("all").get(&format!("/security/canaries/{}", mark.id)).await;
        assert_eq!(page.status, StatusCode::OK);
        for part in [one.as_str(), "/security/who-was-touched?who=export:", "spam.example", "https://evil.example/"] {
            assert!(page.body.contains(part), "{part}");
        }
        assert!(!page.body.contains("href=\"https://evil.example"), "a stranger's link is never one of ours");
        let api = house.web.key("all").get(&format!("/api/v1/canaries/marks/{}", mark.id)).await;
        assert!(api.body.contains("\"kind\":\"mail\""), "{}", api.body);
    }
}
