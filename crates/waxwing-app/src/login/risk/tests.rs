//! Strange sign-ins, as their people and as attackers meet them. How often each is taken for the other is
//! measured in `waxwing_detect::login`.

use super::{KEPT, sweep};
use crate::atlas::tests::{Row, atlas};
use crate::login::tests::browser::{EMAIL, House, PASSWORD};
use crate::login::tests::factor::turn_on;
use crate::login::{self, Device, Outcome};
use crate::settings;
use serde_json::Value;
use waxwing_domain::{EmailAddress, Micros};
use waxwing_store::{args, statement};
use waxwing_testkit::second_factor::code;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { OF_KIND, "SELECT detail FROM signals WHERE workspace_id = $1 AND kind = $2 ORDER BY id" }
statement! { HABITS, "SELECT COUNT(*) FROM login_habits WHERE workspace_id = $1" }

const HOME: &str = "192.0.2.1";
const ELSEWHERE: &str = "203.0.113.77";

fn device(browser: &str) -> Device {
    Device { browser: browser.into(), ..Device::default() }
}

async fn attempt(house: &House, address: &str, browser: &str) -> Outcome {
    let device = Device { address: address.into(), ..device(browser) };
    login::attempt(&house.app, &house.visitor(address), EMAIL, PASSWORD.into(), &device).await.expect("admitted")
}

async fn send_from(house: &House, from: Option<&str>) {
    let host = house.host();
    let mut tx = house.app.begin(&host, "test").await.expect("begins");
    let system_from = from.map(|from| EmailAddress::parse(from).expect("valid"));
    let new = settings::Workspace { system_from, ..settings::load(&mut tx).await.expect("reads") };
    settings::save(&house.app, &mut tx, &host, &new).await.expect("saved");
    tx.commit().await.expect("commits");
}

/// A house whose owner signed in at home on twelve days; system mail can leave.
async fn settled(t: TestStore) -> House {
    let house = House::with_owner(t).await;
    send_from(&house, Some("letters@example.org")).await;
    for _ in 0..12 {
        assert!(matches!(attempt(&house, HOME, "Firefox on Linux").await, Outcome::In(_)));
        house.pass(Micros::DAY);
    }
    house.mail().await;
    house
}

async fn signals(house: &House, kind: &str) -> Vec<Value> {
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    tx.all(&OF_KIND, args![kind], |row| row.json(0)).await.expect("reads")
}

async fn last_risk(house: &House) -> Value {
    signals(house, "login.risk").await.pop().expect("a signal")
}

fn code_in(text: &str) -> String {
    let mut words = text.split_whitespace();
    words.find(|word| word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit())).expect("a code").into()
}

store_test! {
    async fn a_right_password_from_a_strange_place_needs_the_code_that_was_mailed(t) {
        let house = settled(t).await;
        let Outcome::Second(step) = attempt(&house, ELSEWHERE, "Chrome on Windows").await else { panic!("let in") };
        let mail = house.mail().await;
        assert_eq!((mail.len(), mail[0].kind.as_str()), (1, "login.code"));
        let code = code_in(&mail[0].text);
        let there = house.visitor(ELSEWHERE);
        let chrome = device("Chrome on Windows");
        let wrong = if code == "00000000" { "00000001" } else { "00000000" };
        let refused = login::second(&house.app, &there, &step, wrong, &chrome).await.expect("tried");
        assert!(matches!(refused, Outcome::Refused));
        let entered = login::second(&house.app, &there, &step, &code, &chrome).await.expect("tried");
        assert!(matches!(entered, Outcome::In(_)));
        assert!(login::second(&house.app, &there, &step, &code, &chrome).await.is_err(), "a code works once");
        let last = last_risk(&house).await;
        assert_eq!(last["strange"], true);
        let reasons = last["reasons"].to_string();
        assert!(reasons.contains("this network") && reasons.contains("this browser"), "{reasons}");
        assert!(!last.to_string().contains(ELSEWHERE), "no address in a signal");
    }

    async fn a_code_of_one_step_is_nothing_for_another_and_ends_with_its_step(t) {
        let house = settled(t).await;
        let Outcome::Second(first) = attempt(&house, ELSEWHERE, "Chrome on Windows").await else { panic!("let in") };
        let code = code_in(&house.mail().await[0].text);
        let Outcome::Second(second) = attempt(&house, ELSEWHERE, "Chrome on Windows").await else { panic!("let in") };
        let there = house.visitor(ELSEWHERE);
        let crossed = login::second(&house.app, &there, &second, &code, &Device::default()).await.expect("tried");
        assert!(matches!(crossed, Outcome::Refused));
        house.pass(login::session::STEP);
        assert!(login::second(&house.app, &there, &first, &code, &Device::default()).await.is_err(), "over");
    }

    async fn a_person_at_home_is_let_in_by_the_password(t) {
        let house = settled(t).await;
        assert!(matches!(attempt(&house, HOME, "Firefox on Linux").await, Outcome::In(_)));
        assert!(matches!(attempt(&house, "192.0.2.200", "Firefox on Linux").await, Outcome::In(_)), "next door");
        assert!(house.mail().await.is_empty());
    }

    async fn who_has_a_second_factor_is_asked_for_it_and_for_no_code(t) {
        let house = settled(t).await;
        let (seed, _) = turn_on(&house).await;
        house.pass(Micros::HOUR);
        house.mail().await;
        let Outcome::Second(step) = attempt(&house, ELSEWHERE, "Chrome on Windows").await else { panic!("let in") };
        assert!(house.mail().await.is_empty(), "no code is mailed");
        let there = house.visitor(ELSEWHERE);
        let shown = code(&seed, house.now());
        let entered = login::second(&house.app, &there, &step, &shown, &device("Chrome on Windows")).await;
        assert!(matches!(entered.expect("tried"), Outcome::In(_)));
        assert_eq!(last_risk(&house).await["strange"], true);
    }

    async fn an_account_that_slept_for_months_is_strange_even_at_home(t) {
        let house = settled(t).await;
        house.pass(120 * Micros::DAY);
        assert!(matches!(attempt(&house, HOME, "Firefox on Linux").await, Outcome::Second(_)));
        let last = last_risk(&house).await;
        assert!(last["reasons"].to_string().contains("not used for 121 days"), "{last}");
    }

    async fn a_list_of_passwords_that_is_tried_out_makes_the_right_one_strange(t) {
        let house = settled(t).await;
        for number in 0..12 {
            house.attempt(HOME, &format!("nobody{number}@example.org"), "not a password of anybody").await.expect("refused");
        }
        assert!(matches!(attempt(&house, HOME, "Firefox on Linux").await, Outcome::Second(_)));
        let reasons = last_risk(&house).await["reasons"].to_string();
        for words in ["12 attempts from this place", "at 12 addresses", "addresses that nobody has"] {
            assert!(reasons.contains(words), "{words}: {reasons}");
        }
        let refused = signals(&house, "login.refused").await;
        assert!(refused.iter().all(|one| one["typed"].is_string() && one["from"]["network"].is_string()), "{refused:?}");
        assert!(!refused.iter().any(|one| one.to_string().contains("nobody1")), "no address in a signal");
    }

    async fn tries_from_the_neighbours_of_one_network_count_together(t) {
        let house = settled(t).await;
        for number in 0..12 {
            let neighbour = format!("192.0.2.{}", 40 + number);
            house.attempt(&neighbour, &format!("nobody{number}@example.org"), "not a password of anybody").await.expect("refused");
        }
        assert!(matches!(attempt(&house, HOME, "Firefox on Linux").await, Outcome::Second(_)));
        assert!(last_risk(&house).await["reasons"].to_string().contains("12 attempts from this place"));
    }

    async fn nobody_is_in_germany_and_an_hour_later_in_australia(t) {
        let mut house = settled(t).await;
        let home = Row { network: [192, 0, 2], country: "DE", provider: 3_320 };
        let far = Row { network: [203, 0, 113], country: "AU", provider: 1_221 };
        house.app = house.app.clone().with_atlas(atlas(&[home, far]));
        assert!(matches!(attempt(&house, HOME, "Firefox on Linux").await, Outcome::In(_)), "an atlas that is new asks nobody");
        house.pass(Micros::HOUR);
        assert!(matches!(attempt(&house, ELSEWHERE, "Firefox on Linux").await, Outcome::Second(_)));
        let last = last_risk(&house).await;
        let reasons = last["reasons"].to_string();
        assert!(reasons.contains("An earlier sign-in was 1.0 hours ago, at least 1"), "{reasons}");
        let right = signals(&house, "login.password_right").await.pop().expect("a signal");
        assert_eq!(right["from"]["provider"], 1_221);
    }

    async fn who_came_in_from_far_away_does_not_vouch_for_coming_again(t) {
        let mut house = settled(t).await;
        let home = Row { network: [192, 0, 2], country: "DE", provider: 3_320 };
        let far = Row { network: [203, 0, 113], country: "AU", provider: 1_221 };
        house.app = house.app.clone().with_atlas(atlas(&[home, far]));
        send_from(&house, None).await;
        assert!(matches!(attempt(&house, HOME, "Firefox on Linux").await, Outcome::In(_)));
        for _ in 0..2 {
            house.pass(Micros::HOUR);
            assert!(matches!(attempt(&house, ELSEWHERE, "Firefox on Linux").await, Outcome::In(_)), "no code can be mailed");
        }
        let reasons = last_risk(&house).await["reasons"].to_string();
        assert!(reasons.contains("2.0 hours ago"), "from home to there in two hours: {reasons}");
    }

    async fn without_a_sender_of_mail_nobody_is_locked_out_and_the_signal_stays(t) {
        let house = settled(t).await;
        send_from(&house, None).await;
        assert!(matches!(attempt(&house, ELSEWHERE, "Chrome on Windows").await, Outcome::In(_)));
        assert_eq!(last_risk(&house).await["strange"], true);
    }

    async fn codes_by_mail_are_throttled(t) {
        let house = settled(t).await;
        for _ in 0..5 {
            assert!(matches!(attempt(&house, ELSEWHERE, "Chrome on Windows").await, Outcome::Second(_)));
        }
        let sixth = house.attempt(ELSEWHERE, EMAIL, PASSWORD).await;
        assert!(matches!(sixth, Err(crate::Error::TooMany(_))));
        assert_eq!(house.mail().await.len(), 5);
    }

    async fn the_page_says_that_a_code_was_mailed(t) {
        let house = settled(t).await;
        let mut browser = house.browser(ELSEWHERE);
        house.pass(7 * Micros::HOUR);
        let got = browser.sign_in(EMAIL, PASSWORD).await;
        assert!(got.location().starts_with("/sign-in/second"), "{}", got.location());
        let page = browser.get("/sign-in/second").await.body;
        assert!(page.contains("We mailed you a code") && !page.contains("recovery code"), "{page}");
        let code = code_in(&house.mail().await[0].text);
        let wrong = browser.post("/sign-in/second", "/sign-in/second", &[("code", "1"), ("next", "")]).await;
        assert!(wrong.body.contains("We mailed you a code") && wrong.body.contains("not right"), "{}", wrong.body);
        browser.post("/sign-in/second", "/sign-in/second", &[("code", &code), ("next", "")]).await;
        assert!(browser.is_in().await);
    }

    async fn habits_and_codes_are_forgotten(t) {
        let house = settled(t).await;
        attempt(&house, ELSEWHERE, "Chrome on Windows").await;
        house.pass(KEPT + Micros::DAY);
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        assert!(tx.one(&HABITS, args![], |row| row.int(0)).await.expect("counts") > 10);
        sweep(&mut tx, house.now()).await.expect("sweeps");
        assert_eq!(tx.one(&HABITS, args![], |row| row.int(0)).await.expect("counts"), 0);
    }
}
