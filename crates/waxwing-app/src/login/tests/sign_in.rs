//! Passwords, sessions and throttles.

use super::browser::{EMAIL, House, PASSWORD};
use crate::Error;
use crate::accounts::password::HASHES;
use crate::login::Outcome;
use http::StatusCode;
use std::cell::Cell;
use waxwing_domain::Micros;
use waxwing_testkit::store_test;

store_test! {
    async fn a_right_password_signs_in_with_a_cookie_that_only_this_host_gets(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.browser("192.0.2.1");
        let got = browser.sign_in(EMAIL, PASSWORD).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/"));
        let cookies = got.set_cookies();
        let cookie = cookies.iter().find(|c| c.starts_with("__Host-waxwing_session=")).expect("a session");
        for flag in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(flag), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
        assert!(browser.is_in().await);
    }

    async fn the_address_is_known_in_any_case_and_the_way_back_is_kept(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.browser("192.0.2.1");
        let fields = [("email", " olga.owner@EXAMPLE.org "), ("password", PASSWORD), ("next", "/account")];
        let got = browser.post("/sign-in?next=%2Faccount", "/sign-in", &fields).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/account"));
        let fields = [("email", EMAIL), ("password", PASSWORD), ("next", "//evil.example/")];
        let got = house.browser("192.0.2.2").post("/sign-in", "/sign-in", &fields).await;
        assert_eq!(got.location(), "/");
    }

    async fn known_and_unknown_people_get_the_same_answer_for_the_same_work(t) {
        let house = House::with_owner(t).await;
        let mut seen = Vec::new();
        // The first refusal, of whomever, has a look at all of them queued for two seconds later.
        house.browser("192.0.2.6").sign_in("first@example.net", "not the password at all").await;
        for (address, email) in [("192.0.2.7", EMAIL), ("192.0.2.8", "nobody@example.net"), ("192.0.2.9", "not an address")] {
            let before = house.rows().await;
            let mut browser = house.browser(address);
            let (hashes, got) = HASHES
                .scope(Cell::new(0), async {
                    let got = browser.sign_in(email, "not the password at all").await;
                    (HASHES.with(Cell::get), got)
                })
                .await;
            assert_eq!((got.status, hashes), (StatusCode::UNPROCESSABLE_ENTITY, 1));
            assert!(!browser.is_in().await);
            seen.push((got.still().replace(email, "…"), house.grown(&before).await));
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0], seen[2]);
    }

    async fn guessing_is_throttled_across_a_restart_and_not_for_ever(t) {
        let mut house = House::with_owner(t).await;
        for _ in 0..8 {
            assert!(matches!(house.attempt("198.51.100.1", EMAIL, "wrong wrong wrong").await, Ok(Outcome::Refused)));
        }
        house = house.restart();
        let got = house.browser("198.51.100.1").sign_in(EMAIL, PASSWORD).await;
        assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(got.headers.contains_key("retry-after"));
        let unknown = house.attempt("198.51.100.1", "nobody@example.net", "wrong").await;
        assert!(matches!(unknown, Ok(Outcome::Refused)), "the place itself has tries left");
        house.pass(2 * Micros::MINUTE);
        assert!(matches!(house.attempt("198.51.100.1", EMAIL, PASSWORD).await, Ok(Outcome::In(_))));
    }

    async fn strangers_who_guess_from_everywhere_do_not_lock_the_owner_out(t) {
        let house = House::with_owner(t).await;
        assert!(matches!(house.attempt("192.0.2.1", EMAIL, PASSWORD).await, Ok(Outcome::In(_))));
        let mut throttled = 0;
        for n in 0..66 {
            match house.attempt(&format!("198.51.100.{n}"), EMAIL, "wrong wrong wrong").await {
                Err(Error::TooMany(seconds)) => throttled += u32::from(seconds > 0),
                other => assert!(matches!(other, Ok(Outcome::Refused))),
            }
        }
        assert!(throttled > 0, "the account's own bucket runs dry");
        assert!(matches!(house.attempt("192.0.2.1", EMAIL, PASSWORD).await, Ok(Outcome::In(_))));
        house.pass(10 * Micros::MINUTE);
        assert!(matches!(house.attempt("203.0.113.9", EMAIL, PASSWORD).await, Ok(Outcome::In(_))));
    }

    async fn a_session_cannot_be_planted_and_is_replaced_at_sign_in(t) {
        let house = House::with_owner(t).await;
        let planted = "A".repeat(43);
        let mut browser = house.browser("192.0.2.1");
        browser.cookies.insert("__Host-waxwing_session".into(), planted.clone());
        assert!(!browser.is_in().await);
        browser.sign_in(EMAIL, PASSWORD).await;
        let first = browser.session().expect("a session").clone();
        assert_ne!(first, planted);
        browser.cookies.remove("__Host-waxwing_session");
        let mut again = house.browser("192.0.2.1");
        again.cookies.insert("__Host-waxwing_session".into(), first.clone());
        let fields = [("email", EMAIL), ("password", PASSWORD)];
        let seal = browser.get("/sign-in").await;
        assert_eq!(seal.status, StatusCode::OK);
        again.cookies.extend(browser.cookies.clone());
        // The sign-in page of a signed-in browser leads home, so the form comes from the other one.
        let page = seal.body.split("name=\"csrf\" value=\"").nth(1).and_then(|s| s.split('"').next()).expect("a seal");
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", page).extend_pairs(fields);
        let got = again.send("POST", "/sign-in", body.finish()).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER);
        assert_ne!(again.session(), Some(&first));
        assert!(again.is_in().await);
        again.cookies.insert("__Host-waxwing_session".into(), first);
        assert!(!again.is_in().await, "the session before has ended");
    }

    async fn a_session_ends_after_twelve_idle_hours_and_after_fourteen_days(t) {
        let house = House::with_owner(t).await;
        let mut idle = house.signed_in().await;
        house.pass(12 * Micros::HOUR - Micros::SECOND);
        assert!(idle.is_in().await);
        house.pass(12 * Micros::HOUR);
        assert!(!idle.is_in().await);
        let mut busy = house.signed_in().await;
        for _ in 0..27 {
            house.pass(12 * Micros::HOUR - Micros::SECOND);
            assert!(busy.is_in().await);
        }
        house.pass(12 * Micros::HOUR - Micros::SECOND + Micros::MINUTE);
        assert!(!busy.is_in().await);
    }

    async fn signing_out_ends_the_session_and_not_only_the_cookie(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let token = browser.session().expect("a session").clone();
        let got = browser.post("/account", "/sign-out", &[]).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/sign-in"));
        browser.cookies.insert("__Host-waxwing_session".into(), token);
        assert!(!browser.is_in().await);
    }

    async fn forms_without_the_seal_of_their_browser_change_nothing(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.browser("192.0.2.1");
        let body = format!("email={EMAIL}&password=x&csrf=");
        assert_eq!(browser.send("POST", "/sign-in", body).await.status, StatusCode::FORBIDDEN);
        let mut inside = house.signed_in().await;
        let got = inside.send("POST", "/account/sessions/end", "csrf=forged".into()).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(inside.is_in().await);
    }

    async fn every_attempt_leaves_an_entry_and_a_signal(t) {
        let house = House::with_owner(t).await;
        for password in ["wrong wrong wrong", PASSWORD] {
            let before = house.rows().await;
            house.attempt("192.0.2.1", EMAIL, password).await.expect("answers");
            let grown = house.grown(&before).await;
            assert_eq!((grown[0], grown[2]), (1, 1), "one entry, one signal");
        }
    }
}
