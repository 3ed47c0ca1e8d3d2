//! Whatever forgets by itself asks whether everything is held; what does not, says why.

use super::routes::link_everything;
use super::sources;
use waxwing_store::{Engine, all_statements};
use waxwing_testkit::store_test;

/// What runs the statement, or why a hold is no concern of it.
enum Forgets {
    /// The file whose code asks `keep_all` before it.
    Asks(&'static str),
    /// It forgets what tells nothing of what happened.
    Because(&'static str),
}
use Forgets::{Asks, Because};

/// Every statement that deletes by time.
const TIMED: &[(&str, Forgets)] = &[
    ("inbound::store::SWEEP", Asks("waxwing-app/src/inbound/mod.rs")),
    ("login::risk::store::FORGET", Asks("waxwing-app/src/login/jobs.rs")),
    ("login::store::DEVICES_SWEEP", Asks("waxwing-app/src/login/jobs.rs")),
    ("login::store::SESSIONS_SWEEP", Asks("waxwing-app/src/login/jobs.rs")),
    ("signals::store::SWEEP", Asks("waxwing-app/src/alerts/watch.rs")),
    ("status::store::EXPIRE", Asks("waxwing-breach/src/status/asking.rs")),
    ("webhooks::store::SWEEP_HANDS", Asks("waxwing-app/src/webhooks/jobs.rs")),
    ("webhooks::store_deliveries::SWEEP", Asks("waxwing-app/src/webhooks/jobs.rs")),
    ("accounts::passkeys::store::SWEEP", Because("questions that nobody answered in minutes")),
    ("accounts::recovery::store::SWEEP", Because("requests that lapsed; the record has each step")),
    ("accounts::roles::store::UNMASKED_OVER", Because("ended after minutes; the record has the beginning")),
    ("accounts::store::LINKS_SWEEP", Because("hashes of links that lapsed")),
    ("alerts::store_hours::SWEEP", Because("counts by hour, of nobody")),
    ("alerts::store_parts::SWEEP", Because("counts by hour of what brought them; the record has each act")),
    ("alerts::store_signals::SWEEP", Because("counts by day; the record has each reading")),
    ("domains::store::FORGET_OLD_NEXT", Because("signing keys that were prepared and never used")),
    ("login::sso::store::ATTEMPTS_SWEEP", Because("sign-ins that nobody finished in minutes")),
    ("login::store::STEPS_SWEEP", Because("sign-ins that nobody finished in minutes")),
    ("login::store::THROTTLES_SWEEP", Because("counters that are full again")),
    ("record::store::FORGET_HEADS", Because("checkpoints that newer ones contain")),
    ("sending::store::trials::PRUNE", Because("test messages, which go to the team")),
    ("signup::store::EXPIRE", Because("addresses whose owners never confirmed; kept no longer than they were told")),
    ("status::store::END_TURNS", Because("that a mailbox was answered; the question beside it is kept")),
];

/// Whether a statement deletes rows by an age that is given.
fn by_age(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("DELETE FROM") && (text.contains("< $") || text.contains("<= $"))
}

store_test! {
    async fn whatever_forgets_by_itself_asks_whether_everything_is_held(t) {
        link_everything(&t);
        let mut seen = std::collections::BTreeSet::new();
        for statement in all_statements() {
            let product = statement.name.starts_with("waxwing_app::") || statement.name.starts_with("waxwing_breach::");
            if !product || statement.name.contains("tests") || !by_age(statement.text(Engine::Sqlite)) {
                continue;
            }
            let found = TIMED.iter().find(|(name, _)| statement.name.contains(name));
            let (name, how) = found.unwrap_or_else(|| panic!("{} forgets by time and has to stand here", statement.name));
            seen.insert(*name);
            match how {
                Asks(file) => assert!(sources::read(format!("crates/{file}")).contains("keep_all("), "{file} asks nobody"),
                Because(why) => assert!(!why.is_empty(), "{name}"),
            }
        }
        for (name, _) in TIMED {
            assert!(seen.contains(name), "{name} is listed and does not exist");
        }
    }
}
