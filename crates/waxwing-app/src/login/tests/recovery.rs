//! The way back for who lost password or second factor.

use super::browser::{Browser, EMAIL, House, PASSWORD, email};
use super::factor::turn_on;
use crate::accounts::roles::Grant;
use crate::accounts::{self, Person, recovery};
use crate::login;
use http::StatusCode;
use waxwing_domain::{AccountId, EmailAddress, Micros, RecoveryId, Role};
use waxwing_testkit::store_test;

const OTHER: &str = "velvet harbour siphon lantern";

/// A colleague with a role, who has chosen [`OTHER`].
async fn colleague(house: &House, address: &str, role: Role) -> AccountId {
    let ctx = house.host();
    let person = Person { email: EmailAddress::parse(address).expect("valid"), name: String::new() };
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let token = accounts::invite(&house.app, &mut tx, &ctx, &person, Grant::of(role)).await.expect("invited");
    let id = accounts::by_email(&house.app, &mut tx, &person.email).await.expect("asks").expect("there").id;
    tx.commit().await.expect("commits");
    login::welcome(&house.app, &house.visitor("192.0.2.9"), &token, OTHER.into(), &Default::default())
        .await
        .expect("in");
    house.mail().await;
    id
}

async fn come_in(house: &House, address: &str) -> Browser {
    let mut browser = house.browser("192.0.2.9");
    assert_eq!(browser.sign_in(address, OTHER).await.status, StatusCode::SEE_OTHER);
    house.mail().await;
    browser
}

/// Three owners: the one who lost everything, one who asks and one who agrees.
async fn three(t: waxwing_testkit::store::TestStore) -> (House, AccountId, Browser, Browser) {
    let house = House::with_owner(t).await;
    let lost = house.owner().await.id;
    colleague(&house, "first@example.org", Role::Owner).await;
    colleague(&house, "second@example.org", Role::Owner).await;
    let (first, second) = (come_in(&house, "first@example.org").await, come_in(&house, "second@example.org").await);
    (house, lost, first, second)
}

async fn ask(browser: &mut Browser, lost: AccountId) -> StatusCode {
    browser.post("/settings/people", &format!("/settings/people/{lost}/recover"), &[]).await.status
}

async fn open(house: &House) -> Vec<recovery::Recovery> {
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    recovery::open(&mut tx, &house.host()).await.expect("asks")
}

async fn agree(house: &House, browser: &mut Browser) -> StatusCode {
    let id = open(house).await[0].id;
    browser.post("/settings/recoveries", &format!("/settings/recoveries/{id}/agree"), &[]).await.status
}

/// What the job does when it is due.
async fn work(house: &House, id: RecoveryId) {
    let ctx = house.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    recovery::due(&house.app, &mut tx, &ctx, id).await.expect("the job's work");
    tx.commit().await.expect("commits");
}

fn link_in(text: &str, part: &str) -> String {
    let line = text.lines().find(|line| line.contains(part)).expect("a link");
    line.trim_start_matches("https://mail.example.org").to_owned()
}

async fn mail_to(house: &House, address: &str) -> Vec<String> {
    let mail = house.mail().await;
    mail.into_iter().filter(|m| m.to.as_str().eq_ignore_ascii_case(address)).map(|m| m.text).collect()
}

store_test! {
    async fn two_people_and_a_day_let_somebody_back_in(t) {
        let (house, lost, mut first, mut second) = three(t).await;
        turn_on(&house).await;
        assert_eq!(ask(&mut first, lost).await, StatusCode::SEE_OTHER);
        assert_eq!(agree(&house, &mut first).await, StatusCode::CONFLICT, "one is not two");
        assert_eq!(agree(&house, &mut second).await, StatusCode::SEE_OTHER);
        let id = open(&house).await[0].id;
        house.pass(Micros::DAY - Micros::SECOND);
        house.mail().await;
        work(&house, id).await;
        assert!(mail_to(&house, EMAIL).await.is_empty(), "not a second before the day is over");
        house.pass(Micros::SECOND);
        work(&house, id).await;
        work(&house, id).await;
        let mail = mail_to(&house, EMAIL).await;
        assert_eq!(mail.len(), 1, "one link, however often the job runs");
        let path = link_in(&mail[0], "/recovery/");
        let mut browser = house.browser("192.0.2.1");
        for _ in 0..2 {
            assert_eq!(browser.get(&path).await.status, StatusCode::OK, "looking uses nothing up");
        }
        let chosen = [("password", OTHER), ("repeat", OTHER)];
        let got = browser.post(&path, &path, &chosen).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/sign-in"), "{}", got.body);
        assert!(!browser.is_in().await, "the link signs nobody in");
        assert_eq!(browser.post("/sign-in", &path, &chosen).await.status, StatusCode::GONE);
        assert_eq!(browser.sign_in(EMAIL, OTHER).await.location(), "/", "the lost second factor is off");
        assert!(open(&house).await.is_empty());
    }

    async fn each_step_is_told_to_those_who_look_after_accounts_and_to_the_person(t) {
        let (house, lost, mut first, mut second) = three(t).await;
        colleague(&house, "marketer@example.org", Role::Marketer).await;
        ask(&mut first, lost).await;
        let told: Vec<String> = house.mail().await.into_iter().map(|m| m.to.as_str().to_owned()).collect();
        for address in [EMAIL, "first@example.org", "second@example.org"] {
            assert!(told.iter().any(|to| to.eq_ignore_ascii_case(address)), "{address}: {told:?}");
        }
        assert!(!told.iter().any(|to| to == "marketer@example.org"));
        agree(&house, &mut second).await;
        assert_eq!(house.mail().await.len(), 3);
        assert!(first.get("/settings/recoveries").await.body.contains("Agreed"));
    }

    async fn the_person_stops_it_by_a_link_without_signing_in(t) {
        let (house, lost, mut first, mut second) = three(t).await;
        ask(&mut first, lost).await;
        agree(&house, &mut second).await;
        let path = link_in(&mail_to(&house, EMAIL).await[0], "/recovery/stop/");
        let mut browser = house.browser("203.0.113.9");
        assert_eq!(browser.get(&path).await.status, StatusCode::OK);
        assert_eq!(open(&house).await.len(), 1, "a scanner that opens links stops nothing");
        let id = open(&house).await[0].id;
        assert_eq!(browser.post(&path, &path, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(open(&house).await.is_empty());
        house.pass(Micros::DAY);
        house.mail().await;
        work(&house, id).await;
        assert!(house.mail().await.is_empty(), "no link is made");
        assert_eq!(browser.get(&path).await.status, StatusCode::GONE);
        let last = path.chars().last().expect("not empty");
        let forged = path[..path.len() - 1].to_owned() + if last == '0' { "1" } else { "0" };
        for path in [forged, "/recovery/stop/x".into(), format!("/recovery/stop/{}", "0".repeat(80))] {
            assert_eq!(browser.get(&path).await.status, StatusCode::GONE);
        }
    }

    async fn somebody_who_looks_after_accounts_stops_it_too_even_when_the_link_is_out(t) {
        let (house, lost, mut first, mut second) = three(t).await;
        ask(&mut first, lost).await;
        agree(&house, &mut second).await;
        let id = open(&house).await[0].id;
        house.pass(Micros::DAY);
        house.mail().await;
        work(&house, id).await;
        let path = link_in(&mail_to(&house, EMAIL).await[0], "/recovery/");
        let mut first = come_in(&house, "first@example.org").await;
        let stop = format!("/settings/recoveries/{}/stop", id);
        assert_eq!(first.post("/settings/recoveries", &stop, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(house.browser("192.0.2.1").get(&path).await.status, StatusCode::GONE);
    }

    async fn nobody_is_the_second_person_of_their_own_or_of_who_let_them_in_today(t) {
        let house = House::with_owner(t).await;
        let lost = colleague(&house, "lost@example.org", Role::Owner).await;
        let mut owner = house.signed_in().await;
        assert_eq!(ask(&mut owner, lost).await, StatusCode::CONFLICT, "nobody else could agree");
        let own = house.owner().await.id;
        assert_eq!(ask(&mut owner, own).await, StatusCode::CONFLICT);
        let form = [("email", "made@example.org"), ("name", ""), ("role", "owner")];
        let invited = owner.post("/settings/people", "/settings/people", &form).await;
        assert_eq!(invited.status, StatusCode::OK, "{}", invited.body);
        let path = invited.body.split("https://mail.example.org").nth(1).and_then(|rest| rest.split(['<', '"', '\n']).next()).expect("a link").to_owned();
        let mut made = house.browser("192.0.2.77");
        made.post(&path, &path, &[("password", OTHER), ("repeat", OTHER)]).await;
        assert_eq!(ask(&mut owner, lost).await, StatusCode::CONFLICT, "made this very day by who asks");
        house.pass(Micros::DAY + Micros::MINUTE);
        let mut owner = house.signed_in().await;
        assert_eq!(ask(&mut owner, lost).await, StatusCode::SEE_OTHER);
        assert_eq!(ask(&mut owner, lost).await, StatusCode::CONFLICT, "one at a time");
    }

    async fn what_nobody_agrees_to_within_a_day_is_over_and_so_is_a_link_after_seven(t) {
        let (house, lost, mut first, _) = three(t).await;
        ask(&mut first, lost).await;
        let id = open(&house).await[0].id;
        house.pass(Micros::DAY);
        let mut second = come_in(&house, "second@example.org").await;
        let got = second.post("/settings/recoveries", &format!("/settings/recoveries/{id}/agree"), &[]).await;
        assert_eq!(got.status, StatusCode::CONFLICT);
        let mut first = come_in(&house, "first@example.org").await;
        ask(&mut first, lost).await;
        agree(&house, &mut second).await;
        let id = open(&house).await[0].id;
        house.pass(Micros::DAY);
        house.mail().await;
        work(&house, id).await;
        let path = link_in(&mail_to(&house, EMAIL).await[0], "/recovery/");
        house.pass(7 * Micros::DAY);
        assert_eq!(house.browser("192.0.2.1").get(&path).await.status, StatusCode::GONE);
    }

    async fn mail_alone_lets_nobody_into_an_account_that_looks_after_others(t) {
        let house = House::with_owner(t).await;
        let marketer = colleague(&house, "marketer@example.org", Role::Marketer).await;
        let reset = async |id: AccountId, address: &str| {
            let ctx = house.host();
            let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
            accounts::run_reset(&house.app, &mut tx, &ctx, id).await.expect("the job's work");
            tx.commit().await.expect("commits");
            mail_to(&house, address).await.remove(0)
        };
        let owner = house.owner().await.id;
        let text = reset(owner, EMAIL).await;
        assert!(!text.contains("/reset/") && text.contains("waxwing account recover"), "{text}");
        assert!(reset(marketer, "marketer@example.org").await.contains("/reset/"));
        turn_on(&house).await;
        assert!(reset(owner, EMAIL).await.contains("/reset/"), "the second factor is asked for afterwards");
    }

    async fn the_host_makes_the_link_at_once_and_everybody_hears_of_it(t) {
        let house = House::with_owner(t).await;
        turn_on(&house).await;
        let link = recovery::by_host(&house.app, &house.host(), &email()).await.expect("a link");
        assert!(mail_to(&house, EMAIL).await[0].contains("on the host"));
        let path = link.trim_start_matches("https://mail.example.org").to_owned();
        let mut browser = house.browser("192.0.2.1");
        let got = browser.post(&path, &path, &[("password", "short"), ("repeat", "short")]).await;
        assert!(got.status == StatusCode::UNPROCESSABLE_ENTITY && got.body.contains("at least 15"), "{}", got.body);
        let got = browser.post(&path, &path, &[("password", OTHER), ("repeat", PASSWORD)]).await;
        assert!(got.body.contains("differ"));
        assert_eq!(browser.post(&path, &path, &[("password", OTHER), ("repeat", OTHER)]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.sign_in(EMAIL, OTHER).await.location(), "/");
        let link = recovery::by_host(&house.app, &house.host(), &email()).await.expect("another");
        house.pass(Micros::HOUR);
        let path = link.trim_start_matches("https://mail.example.org");
        assert_eq!(browser.get(path).await.status, StatusCode::GONE, "an hour is enough for who holds the machine");
    }
}
