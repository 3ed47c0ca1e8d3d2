//! What a provider, or somebody between, may try; each is refused with its reason on the record.

use super::double::{Lie, back, query};
use super::{account, come, furnished, leave, reason};
use http::StatusCode;
use serde_json::json;
use waxwing_domain::Micros;
use waxwing_testkit::store_test;

fn anna() -> serde_json::Value {
    json!({ "sub": "u-1", "email": "anna@birch.example", "email_verified": true, "groups": ["marketing"] })
}

store_test! {
    async fn a_token_that_is_wrong_in_any_way_lets_nobody_in(t) {
        let (house, double) = furnished(t, |_| {}).await;
        for (lie, why) in [
            (Lie::NoSignature, "token_algorithm"),
            (Lie::PublicKeyAsSecret, "token_algorithm"),
            (Lie::StrangersKey, "token_signature"),
            (Lie::SwappedKeyName, "token_unknown_key"),
            (Lie::OtherIssuer, "token_issuer"),
            (Lie::OtherAudience, "token_audience"),
            (Lie::OtherParty, "token_audience"),
            (Lie::OtherNonce, "token_nonce"),
            (Lie::NoNonce, "token_nonce"),
            (Lie::Expired, "token_time"),
            (Lie::OfTheFuture, "token_time"),
            (Lie::NoToken, "code"),
        ] {
            double.tell(lie);
            let mut browser = house.browser("192.0.2.20");
            let before = house.rows().await;
            let got = come(&mut browser, &double, anna()).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{lie:?}");
            assert!(got.body.contains("cannot be trusted") && got.body.contains(why), "{lie:?}: {}", got.body);
            assert_eq!(reason(&house).await, why, "{lie:?}");
            assert!(house.grown(&before).await[0] > 0, "{lie:?} is on the record");
            assert!(!browser.is_in().await, "{lie:?}");
        }
        assert!(account(&house, "anna@birch.example").await.is_none(), "nobody was made");
        double.tell(Lie::Honest);
        let mut browser = house.browser("192.0.2.20");
        assert_eq!(come(&mut browser, &double, anna()).await.status, StatusCode::SEE_OTHER);
    }

    async fn a_description_or_keys_that_are_wrong_are_not_even_gone_to(t) {
        let (house, double) = furnished(t, |_| {}).await;
        for (lie, why) in [
            (Lie::DescriptionOfAnother, "description"),
            (Lie::DescriptionRedirects, "unreachable"),
            (Lie::PlainDoor, "description"),
            (Lie::PlainChallengeOnly, "description"),
            (Lie::HugeKeys, "unreachable"),
            (Lie::Slow, "unreachable"),
        ] {
            house.pass(11 * Micros::MINUTE);
            double.tell(lie);
            let got = house.browser("192.0.2.20").post("/sign-in", "/sign-in/sso", &[]).await;
            assert!(got.status == StatusCode::FORBIDDEN && got.body.contains(why), "{lie:?}: {}", got.body);
            assert!(!got.headers.contains_key("refresh"), "{lie:?}");
        }
    }

    async fn an_answer_counts_once_in_its_browser_and_for_ten_minutes(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let (mut mine, mut thiefs) = (house.browser("192.0.2.20"), house.browser("198.51.100.9"));
        leave(&mut thiefs, "/sign-in", "/sign-in/sso").await;
        let address = leave(&mut mine, "/sign-in", "/sign-in/sso").await;
        let path = double.consent(&address, anna());
        let got = thiefs.sent_to(&path).await;
        assert!(got.status == StatusCode::FORBIDDEN && got.body.contains("another browser"), "{}", got.body);
        assert_eq!(reason(&house).await, "browser");
        assert_eq!(mine.sent_to(&path).await.status, StatusCode::FORBIDDEN, "what was shown elsewhere is used up");
        assert_eq!(reason(&house).await, "state");
        assert_eq!(come(&mut mine, &double, anna()).await.status, StatusCode::SEE_OTHER);
        let mut late = house.browser("192.0.2.21");
        let address = leave(&mut late, "/sign-in", "/sign-in/sso").await;
        let path = double.consent(&address, anna());
        house.pass(10 * Micros::MINUTE);
        assert_eq!(late.sent_to(&path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(reason(&house).await, "state");
    }

    async fn a_code_of_somebody_else_is_worth_nothing_here(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let (mut mine, mut thiefs) = (house.browser("192.0.2.20"), house.browser("198.51.100.9"));
        let stolen = query(&format!("http://x{}", double.consent(&leave(&mut mine, "/sign-in", "/sign-in/sso").await, anna())));
        let own = query(&leave(&mut thiefs, "/sign-in", "/sign-in/sso").await);
        let got = thiefs.sent_to(&back(&own["state"], &stolen["code"], &double.issuer)).await;
        assert_eq!((got.status, reason(&house).await.as_str()), (StatusCode::FORBIDDEN, "code"), "its verifier is not theirs");
    }

    async fn an_answer_of_another_provider_is_refused_before_the_code_leaves(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.browser("192.0.2.20");
        for iss in ["https://id.example", "", "none"] {
            let address = leave(&mut browser, "/sign-in", "/sign-in/sso").await;
            let state = query(&address)["state"].clone();
            let path = match iss {
                "none" => back(&state, "x", "").replace("&iss=", ""),
                iss => back(&state, "x", iss),
            };
            assert_eq!(browser.sent_to(&path).await.status, StatusCode::FORBIDDEN, "{iss}");
            assert_eq!(reason(&house).await, "issuer", "{iss}");
        }
        let address = leave(&mut browser, "/sign-in", "/sign-in/sso").await;
        let path = format!("/sign-in/sso/callback?error=access_denied&state={}", query(&address)["state"]);
        let got = browser.get(&format!("{path}&iss={}", double.issuer)).await;
        assert!(got.status == StatusCode::FORBIDDEN && got.body.contains("did not sign you in"), "{}", got.body);
    }

    async fn what_never_began_here_is_refused_in_the_same_words(t) {
        let (house, _double) = furnished(t, |_| {}).await;
        for path in ["", "?state=x&code=y", "?code=y", &format!("?state={}", "x".repeat(500))] {
            let got = house.browser("192.0.2.20").get(&format!("/sign-in/sso/callback{path}")).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(reason(&house).await, "state");
    }

    async fn new_keys_are_asked_for_once_a_minute_at_most(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.browser("192.0.2.20");
        assert_eq!(come(&mut browser, &double, anna()).await.status, StatusCode::SEE_OTHER);
        double.rotate();
        house.pass(Micros::MINUTE);
        let before = double.asked_for_keys();
        assert_eq!(come(&mut house.browser("192.0.2.20"), &double, anna()).await.status, StatusCode::SEE_OTHER, "a new key");
        double.tell(Lie::SwappedKeyName);
        for _ in 0..5 {
            come(&mut house.browser("192.0.2.20"), &double, anna()).await;
        }
        assert_eq!(double.asked_for_keys() - before, 1, "whoever names keys cannot have us ask and ask");
    }

    async fn what_nobody_signed_is_not_asked_for(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let claims = json!({ "sub": "u-1", "groups": ["marketing"] });
        let got = come(&mut house.browser("192.0.2.20"), &double, claims).await;
        assert_eq!((got.status, reason(&house).await.as_str()), (StatusCode::FORBIDDEN, "address"));
        assert_eq!(double.asked_for_userinfo(), 0);
    }
}
