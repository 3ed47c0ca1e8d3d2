//! The browser that somebody signs in from.

use super::browser::{EMAIL, House, PASSWORD};
use crate::login::{Device, device};
use http::StatusCode;
use waxwing_domain::Micros;
use waxwing_testkit::store_test;

const COOKIE: &str = "__Host-waxwing_device";

async fn told(house: &House) -> Vec<String> {
    house.mail().await.into_iter().filter(|mail| mail.kind == "login.new_device").map(|mail| mail.text).collect()
}

store_test! {
    async fn a_new_browser_is_told_by_mail_and_a_known_one_is_not(t) {
        let house = House::with_owner(t).await;
        let mut first = house.signed_in().await;
        assert!(told(&house).await.is_empty(), "the first of all is no news");
        let mut second = house.browser("198.51.100.7");
        second.sign_in(EMAIL, PASSWORD).await;
        let mail = told(&house).await;
        assert!(mail.len() == 1 && mail[0].contains("Firefox on Linux, from 198.51.100.7"), "{mail:?}");
        for browser in [&mut first, &mut second] {
            browser.post("/account", "/sign-out", &[]).await;
            assert_eq!(browser.sign_in(EMAIL, PASSWORD).await.status, StatusCode::SEE_OTHER);
        }
        assert!(told(&house).await.is_empty());
    }

    async fn the_mark_is_given_at_the_sign_in_only_and_script_cannot_read_it(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.browser("192.0.2.1");
        assert!(!browser.get("/sign-in").await.set_cookies().iter().any(|c| c.starts_with(COOKIE)));
        let got = browser.sign_in(EMAIL, "wrong").await;
        assert!(!got.set_cookies().iter().any(|c| c.starts_with(COOKIE)));
        let got = browser.sign_in(EMAIL, PASSWORD).await;
        let line = got.set_cookies().into_iter().find(|c| c.starts_with(COOKIE)).expect("the mark").to_owned();
        for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=15552000"] {
            assert!(line.contains(attribute), "{attribute}");
        }
    }

    /// Where a person signed in from, what was refused, and a way to who was touched; that somebody looked is recorded.
    async fn a_persons_sign_ins_are_shown_on_the_record(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let mut thief = house.browser("198.51.100.7");
        thief.sign_in(EMAIL, "wrong").await;
        let people = browser.get("/settings/people").await.body;
        let id = people.split("/settings/people/").nth(1).and_then(|rest| rest.get(..13)).expect("a person").to_owned();
        let person = browser.get(&format!("/settings/people/{id}")).await.body;
        assert!(person.contains(&format!("/settings/people/{id}/sign-ins")), "{person}");
        let page = browser.get(&format!("/settings/people/{id}/sign-ins")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("Firefox on Linux") && page.body.contains("Refused: the password was wrong"), "{}", page.body);
        assert!(page.body.contains("/security/who-was-touched?who=session:"), "{}", page.body);
        let nobody = browser.get("/settings/people/0000000000000/sign-ins").await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    }

    async fn the_mark_alone_opens_nothing(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        browser.cookies.retain(|name, _| name == COOKIE);
        assert!(!browser.is_in().await);
    }

    async fn a_mark_that_we_did_not_sign_is_a_new_browser(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        browser.post("/account", "/sign-out", &[]).await;
        let mark = browser.cookies[COOKIE].clone();
        let first = mark.chars().next().expect("not empty");
        let forged = mark.replacen(first, if first == 'A' { "B" } else { "A" }, 1);
        for planted in [forged, "AAAA".into(), "%%%".into(), "A".repeat(2_000)] {
            browser.cookies.insert(COOKIE.into(), planted);
            browser.sign_in(EMAIL, PASSWORD).await;
            assert_eq!(told(&house).await.len(), 1);
            browser.post("/account", "/sign-out", &[]).await;
        }
    }

    async fn a_browser_is_forgotten_after_half_a_year(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let mut other = house.browser("192.0.2.9");
        house.pass(100 * Micros::DAY);
        other.sign_in(EMAIL, PASSWORD).await;
        assert_eq!(told(&house).await.len(), 1);
        house.pass(80 * Micros::DAY);
        browser.sign_in(EMAIL, PASSWORD).await;
        assert_eq!(told(&house).await.len(), 1);
    }

    async fn who_asks_without_a_browser_is_known_nowhere(t) {
        let house = House::with_owner(t).await;
        let owner = house.owner().await.id;
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let known = device::is_known(&house.app, &mut tx, &house.host(), owner, &Device::default()).await;
        assert!(!known.expect("asks"));
    }
}
