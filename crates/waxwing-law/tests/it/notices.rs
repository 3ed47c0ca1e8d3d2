//! Golden notices: every draft of one case, as `tests/golden/notices/KIND.txt` has it.
//!
//! `WAXWING_BLESS=1` writes the expected texts anew; a person then reads the difference before it is committed.

use jiff::civil::date;
use std::path::Path;
use waxwing_law::drafts::{DraftKind, Locale, Material, Parts, Person, draft, people};
use waxwing_law::lint::{self, LintRule};
use waxwing_law::severity::Adjustments;
use waxwing_law::{Facts, assess};

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/notices").join(name);
    let text = std::fs::read_to_string(&path).expect("a readable case");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn same(name: &str, told: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/notices").join(name);
    if std::env::var_os("WAXWING_BLESS").is_some() {
        std::fs::write(&path, told).expect("a writable case");
    }
    assert_eq!(told, std::fs::read_to_string(&path).unwrap_or_default(), "{name}");
}

#[test]
fn every_draft_of_the_case_is_as_written() {
    let (facts, parts): (Facts, Parts) = (read("facts.toml"), read("parts.toml"));
    let severity = assess(&facts, &Adjustments::default());
    let now = "2026-11-24T09:00:00Z".parse().expect("an instant");
    let material = Material { facts: &facts, parts: &parts, severity: severity.as_ref(), now };
    for kind in DraftKind::ALL {
        let draft = draft(*kind, &material);
        let share = draft.share();
        let last = format!(
            "\n({} of {} filled from the facts, {} written, {} missing)\n",
            share.facts,
            share.facts + share.written + share.gaps,
            share.written,
            share.gaps
        );
        same(&format!("{}.txt", kind.as_str()), &(draft.text() + &last));
    }
}

#[test]
fn the_message_to_people_is_as_written_in_every_language() {
    let (facts, parts): (Facts, Parts) = (read("facts.toml"), read("parts.toml"));
    let data = facts.data.iter().map(|item| item.kind).collect();
    let person = Person { certain: true, data };
    for locale in Locale::ALL {
        let draft = people(*locale, &person, &parts, date(2026, 11, 24), Some(date(2026, 11, 22)));
        same(&format!("people-{}.txt", locale.as_str()), &draft.text());
        let (title, text) = (draft.title.clone(), draft.text().lines().skip(2).collect::<Vec<_>>().join("\n"));
        let contacts = [parts.contact.as_deref().unwrap_or_default()];
        let data = &person.data;
        let notice = lint::Notice {
            locale: *locale,
            title: &title,
            text: &text,
            html: None,
            data,
            certain: true,
            contacts: &contacts,
            hosts: &[],
        };
        let foreign: Vec<_> = lint::lint(&notice).into_iter().filter(|one| one.rule == LintRule::Language).collect();
        assert_eq!(foreign, [], "a sentence of another language in {}", locale.as_str());
    }
}
