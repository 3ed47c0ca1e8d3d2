//! The databases of where network addresses are: whether they are there, and how old.

use super::Finding;
use crate::config::Config;
use waxwing_app::Atlas;
use waxwing_domain::{Clock, Micros, SystemClock};

/// Networks change hands: after so many days a database is wrong about too many.
const OLD_DAYS: i64 = 180;

/// Looks at the files that the settings name.
pub fn look(config: &Config) -> Finding {
    match Atlas::open(&config.places) {
        Ok(atlas) => judge(&atlas, SystemClock.now()),
        Err(error) => Finding::wrong("places", format!("{error}; sign-ins are scored without it")),
    }
}

fn judge(atlas: &Atlas, now: Micros) -> Finding {
    let Some(made_at) = atlas.made_at() else {
        return Finding::good(
            "places",
            "no database of countries and AS numbers; sign-ins are scored by their networks alone (places.files)",
        );
    };
    let days = now.since(made_at) / Micros::DAY;
    if days > OLD_DAYS {
        return Finding::attention("places", format!("the oldest database is {days} days old; fetch a new one"));
    }
    Finding::good("places", format!("the oldest database is {days} days old"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Level;
    use crate::config::Layers;

    #[test]
    fn no_database_is_no_fault_and_a_broken_one_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("broken.mmdb");
        std::fs::write(&file, "no database").expect("written");
        let found = |files: Option<String>| {
            let layers = Layers::read(None, |_| None, &[("places.files", files)]).expect("reads");
            look(&Config::of(dir.path(), &layers).expect("valid"))
        };
        assert_eq!(found(None).level, Level::Good);
        let found = found(Some(file.display().to_string()));
        assert!(found.level == Level::Wrong && found.words.contains("not a database"), "{found:?}");
    }
}
