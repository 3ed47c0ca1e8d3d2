//! What a signed-in person does with their own account.

use super::browser::{EMAIL, House, PASSWORD};
use http::StatusCode;
use waxwing_crypto::totp::TotpSeed;
use waxwing_domain::Micros;
use waxwing_testkit::second_factor::code;
use waxwing_testkit::store_test;

const OTHER: &str = "velvet harbour siphon lantern";

/// The seed as the page shows it for typing.
fn seed_on(page: &str) -> TotpSeed {
    let text = page.split("id=\"seed\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a seed");
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = text.chars().filter_map(|c| alphabet.find(c)).map(|n| format!("{n:05b}")).collect();
    let bytes = bits.as_bytes().chunks_exact(8).map(|b| u8::from_str_radix(std::str::from_utf8(b).expect("ASCII"), 2));
    TotpSeed::from_bytes(&bytes.collect::<Result<Vec<_>, _>>().expect("bits")).expect("twenty bytes")
}

store_test! {
    async fn a_changed_password_ends_all_other_sessions_and_keeps_this_browser_in(t) {
        let house = House::with_owner(t).await;
        let (mut here, mut there) = (house.signed_in().await, house.signed_in().await);
        let old = here.session().expect("a session").clone();
        let fields = [("current", PASSWORD), ("password", OTHER), ("repeat", OTHER)];
        let got = here.post("/account", "/account/password", &fields).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER);
        assert!(here.is_in().await && !there.is_in().await);
        assert_ne!(here.session(), Some(&old), "a new token");
        here.cookies.insert("__Host-waxwing_session".into(), old);
        assert!(!here.is_in().await);
        assert!(house.mail().await.iter().any(|m| m.text.contains("Your password was changed.")));
    }

    async fn whoever_only_holds_the_session_cannot_change_the_password(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let fields = [("current", "a guess at the password"), ("password", OTHER), ("repeat", OTHER)];
        for _ in 0..10 {
            let got = browser.post("/account", "/account/password", &fields).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(got.body.contains("This is not your password."));
        }
        assert_eq!(browser.post("/account", "/account/password", &fields).await.status, StatusCode::TOO_MANY_REQUESTS);
    }

    async fn the_second_factor_is_turned_on_and_off_on_the_page(t) {
        let house = House::with_owner(t).await;
        let (mut browser, mut other) = (house.signed_in().await, house.signed_in().await);
        let got = browser.post("/account", "/account/second-factor", &[("current", "wrong")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = browser.post("/account", "/account/second-factor", &[("current", PASSWORD)]).await;
        assert!(page.body.contains("<svg"));
        let seed = seed_on(&page.body);
        let wrong = browser.post("/account", "/account/second-factor/confirm", &[("code", "000000")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!house.owner().await.has_second_factor());
        let shown = code(&seed, house.now());
        let got = browser.post("/account", "/account/second-factor/confirm", &[("code", &shown)]).await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(house.owner().await.has_second_factor());
        assert!(browser.is_in().await && !other.is_in().await);
        house.pass(Micros::MINUTE);
        let fields = [("current", PASSWORD), ("code", &code(&seed, house.now()))];
        let got = browser.post("/account", "/account/second-factor/off", &fields).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        assert!(!house.owner().await.has_second_factor());
        assert!(browser.is_in().await);
    }

    async fn devices_are_listed_and_ended_one_by_one_or_all(t) {
        let house = House::with_owner(t).await;
        let (mut here, mut there) = (house.signed_in().await, house.signed_in().await);
        let page = here.get("/account").await;
        assert!(page.body.contains("Firefox on Linux") && page.body.contains("192.0.2.1"));
        let mut ends: Vec<&str> = page.body.split("action=\"").filter_map(|s| s.split('"').next()).collect();
        ends.retain(|path| path.starts_with("/account/sessions/") && *path != "/account/sessions/end");
        for path in ends {
            assert_eq!(here.post("/account", path, &[]).await.status, StatusCode::SEE_OTHER);
        }
        assert!(here.is_in().await && !there.is_in().await);
        let got = here.post("/account", "/account/sessions/0000000000001/end", &[]).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND);
        assert_eq!(here.post("/account", "/account/sessions/end", &[]).await.location(), "/sign-in");
        assert!(!here.is_in().await);
    }

    async fn a_session_that_lies_open_ends_none_and_makes_no_recovery_codes(t) {
        let house = House::with_owner(t).await;
        let (mut here, mut there) = (house.signed_in().await, house.signed_in().await);
        house.pass(5 * Micros::MINUTE);
        for path in ["/account/sessions/end", "/account/recovery-codes"] {
            let got = here.post("/account", path, &[("code", "000000")]).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{path}");
            assert!(got.body.contains("Is it you?"), "{}", got.body);
        }
        assert!(here.is_in().await && there.is_in().await);
        let got = here.post("/account", "/account/sessions/end", &[("proof_password", PASSWORD)]).await;
        assert_eq!(got.location(), "/sign-in");
        assert!(!here.is_in().await && !there.is_in().await);
    }

    async fn a_name_is_shown_and_cannot_break_a_page(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        assert!(browser.get("/account").await.body.contains(EMAIL));
        let got = browser.post("/account", "/account/name", &[("name", "<b>Olga</b>")]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER);
        let page = browser.get("/account").await;
        assert!(!page.body.contains("<b>Olga"));
        assert!(page.body.contains("Olga"));
        let got = browser.post("/account", "/account/name", &[("name", "two\r\nlines")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
