//! What is accepted as a password, and how the stored form behaves.

use super::*;
use proptest::prelude::*;
use waxwing_domain::TestRng;

const ABOUT: [&str; 2] = ["marianne@lighthouse-books.test", "Lighthouse Books"];

fn refusal(password: &str) -> Option<WeakPassword> {
    check_password(password, &ABOUT, FEWEST_BESIDE).err()
}

#[test]
fn a_few_unrelated_words_are_accepted() {
    for password in ["velvet tractor onion sky", "8f3k-qpz1-mm0v", "grün-wolke-straße-7", "纸飞机穿过旧图书馆的窗户"]
    {
        assert_eq!(refusal(password), None, "{password}");
    }
}

/// ASVS 5.0, 6.2.9; the longest that is accepted is stored and found right again.
#[test]
fn a_long_password_is_accepted_whole() {
    for words in ["velvet tractor onion sky harbour lantern siphon marble copper reed", &"quartz7 ".repeat(32)] {
        let answer = refusal(words);
        assert!(words.chars().count() >= 64 && !matches!(answer, Some(WeakPassword::TooLong)), "{words}");
        let stored = hash_password(words, &TestRng::seeded(2));
        assert_eq!(verify_password(words, Some(&stored)), Ok(true));
        let cut = &words[..words.len() - 1];
        assert_eq!(verify_password(cut, Some(&stored)), Ok(false), "its last character counts");
    }
    assert_eq!(refusal("velvet tractor onion sky harbour lantern siphon marble copper reed"), None);
}

#[test]
fn length_is_counted_in_characters() {
    let alone = |password: &str| check_password(password, &ABOUT, FEWEST_ALONE).err();
    assert_eq!(refusal("tr4ct-k"), Some(WeakPassword::TooShort(8)));
    assert!(!matches!(refusal("tr4ct-kz"), Some(WeakPassword::TooShort(_))));
    assert_eq!(alone("8f3k-qpz1-mm0v"), Some(WeakPassword::TooShort(15)));
    assert_eq!(alone("8f3k-qpz1-mm0vx"), None);
    assert_eq!(alone(&"é".repeat(14)), Some(WeakPassword::TooShort(15)));
    assert_eq!(refusal(&"velvet tractor ".repeat(20)), Some(WeakPassword::TooLong));
    assert_eq!(refusal(""), Some(WeakPassword::TooShort(8)));
}

#[test]
fn what_is_easy_to_guess_is_refused_with_its_reason() {
    for (password, reason) in [
        ("aaaaaaaaaaaaaa", WeakPassword::Repeats),
        ("qwertyuiop123", WeakPassword::Common),
        ("password1234", WeakPassword::Common),
        ("abcdefghijklmnop", WeakPassword::Sequence),
    ] {
        assert_eq!(refusal(password), Some(reason), "{password}");
    }
}

#[test]
fn a_password_built_from_the_person_is_refused() {
    for password in ["marianne-2026!", "LighthouseBooks1", "lighthouse-books.test", "marianne@lighthouse-books.test"] {
        assert_eq!(refusal(password), Some(WeakPassword::AboutYou), "{password}");
    }
    assert_eq!(refusal("marianne velvet tractor onion"), None, "a name among unrelated words does no harm");
}

#[test]
fn a_stored_password_has_the_costs_that_are_promised() {
    let stored = hash_password("velvet tractor onion", &TestRng::seeded(1));
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_eq!(verify_password("velvet tractor onion", Some(&stored)), Ok(true));
    assert_eq!(verify_password("velvet tractor onions", Some(&stored)), Ok(false));
    assert!(!needs_rehash(&stored));
    assert!(needs_rehash(&stored.replace("t=2", "t=1")));
    assert!(needs_rehash("nonsense"));
}

#[test]
fn the_same_password_is_never_stored_twice_alike() {
    let rng = TestRng::seeded(1);
    assert_ne!(hash_password("velvet tractor onion", &rng), hash_password("velvet tractor onion", &rng));
}

#[test]
fn a_password_typed_on_another_keyboard_is_the_same() {
    let stored = hash_password("caf\u{e9} velvet tractor", &TestRng::seeded(1));
    assert_eq!(verify_password("cafe\u{301} velvet tractor", Some(&stored)), Ok(true));
}

#[test]
fn an_unknown_account_is_never_right() {
    assert_eq!(verify_password("velvet tractor onion", None), Ok(false));
}

#[test]
fn an_overlong_attempt_is_cut_to_what_can_never_match() {
    let longest = "x".repeat(MAX_CHARS);
    let stored = hash_password(&longest, &TestRng::seeded(1));
    assert_eq!(verify_password(&"x".repeat(1_000_000), Some(&stored)), Ok(false));
    assert_eq!(verify_password(&longest, Some(&stored)), Ok(true));
}

#[test]
fn a_damaged_or_planted_hash_is_refused_without_work() {
    let stored = hash_password("velvet tractor onion", &TestRng::seeded(1));
    let cut = &stored[..stored.rfind('$').expect("PHC")];
    for bad in ["", "$", "plain", cut, &stored.replace("m=19456", "m=4000000"), &stored.replace("t=2", "t=4000000")] {
        assert_eq!(verify_password("velvet tractor onion", Some(bad)), Err(StoredHashError), "{bad}");
    }
    assert!(!matches!(verify_password("velvet tractor onion", Some(&stored.replace("argon2id", "scrypt"))), Ok(true)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_password_is_judged_without_a_panic(password: String, about: String) {
        let _ = check_password(&password, &[&about], FEWEST_ALONE);
    }
    #[test]
    fn any_stored_text_is_read_or_refused(stored in "\\$argon2id\\PC{0,60}") {
        prop_assert_ne!(verify_password("x", Some(&stored)), Ok(true));
    }
}
