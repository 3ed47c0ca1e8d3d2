//! Nobody learns by the time of an answer whether an address is known.
//!
//! A guesser who sees the times of 60 answers of each kind must do no better than a coin, give or
//! take more than five standard deviations; and the same measure must see a difference that is there.

use super::browser::{EMAIL, House, PASSWORD};
use http::StatusCode;
use waxwing_domain::Micros;
use waxwing_testkit::store_test;
use waxwing_testkit::timing::told_apart;

const ROUNDS: usize = 60;
/// 0.28 is 5.3 standard deviations at 60 rounds.
const COIN: std::ops::Range<f64> = 0.22..0.78;
const UNKNOWN: &str = "nobody.at.all@example.org";

/// Asks from another place and much later each time, so that no throttle has anything to say.
fn place(house: &House, round: usize) -> String {
    house.pass(Micros::HOUR);
    format!("198.51.{}.{}", 100 + round / 250, 1 + round % 250)
}

store_test! {
    async fn the_time_of_a_refusal_does_not_tell_whether_the_address_is_known(t) {
        let house = House::with_owner(t).await;
        let refused = async |round: usize, email: &str| {
            let place = place(&house, round);
            let outcome = house.attempt(&place, email, "wrong and wrong again").await;
            assert!(matches!(outcome, Ok(crate::login::Outcome::Refused)), "throttled");
        };
        let area = told_apart(ROUNDS, async |n| refused(n, EMAIL).await, async |n| refused(n, UNKNOWN).await).await;
        assert!(COIN.contains(&area), "known and unknown addresses are told apart: {area}");
    }

    async fn the_time_of_a_reset_does_not_tell_whether_the_address_is_known(t) {
        let house = House::with_owner(t).await;
        let asked = async |round: usize, email: &str| {
            let mut browser = house.browser(&place(&house, round));
            assert_eq!(browser.post("/reset", "/reset", &[("email", email)]).await.status, StatusCode::OK);
        };
        let area = told_apart(ROUNDS, async |n| asked(n, EMAIL).await, async |n| asked(n, UNKNOWN).await).await;
        assert!(COIN.contains(&area), "known and unknown addresses are told apart: {area}");
    }

    async fn the_measure_sees_a_difference_that_is_there(t) {
        let house = House::with_owner(t).await;
        // A page costs no hash: what a sign-in that gave up early for unknown people would look like.
        let refused = async |round: usize| {
            let place = place(&house, round);
            house.attempt(&place, EMAIL, PASSWORD).await.map(drop).expect("let in");
        };
        let looked = async |_| { house.owner().await; };
        let area = told_apart(20, refused, looked).await;
        assert!(area > 0.95, "{area}");
    }
}
