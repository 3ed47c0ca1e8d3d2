//! The drills: each really attacks, and what Waxwing says of it must be exact.

use super::house::last_json;
use serde_json::Value;
use std::process::Command;

/// Runs a drill by the binary; gives what it told.
fn drill(name: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_waxwing"))
        .args(["drill", name, "--json"])
        .env_remove("WAXWING_DATA")
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    last_json(&output)
}

/// What was contained was contained within two seconds, and how long that took since the first signal is said.
fn contained(told: &Value) {
    assert!(told["containment_milliseconds"].as_u64().is_some_and(|millis| millis < 2_000), "{told}");
    assert!(told["seconds_from_signal_to_containment"].is_f64(), "{told}");
}

/// The same, and whom the attacker has is who is named.
fn contained_and_exact(told: &Value) {
    contained(told);
    assert!(told["people_named"].is_u64() && told["people_named"] == told["people_taken"], "{told}");
}

#[test]
fn a_leaked_key_is_contained_and_whom_it_read_is_named() {
    let told = drill("key-leak");
    contained_and_exact(&told);
    assert_eq!(told["people_named"], 600);
}

#[test]
fn an_insiders_export_gives_itself_away_is_contained_and_who_is_in_the_file_is_named() {
    let told = drill("insider-export");
    contained_and_exact(&told);
    assert_eq!(told["people_named"], 600);
    assert_eq!(told["canaries_in_file"], 10, "{told}");
    assert!(told["canary_names_export"].is_string() && told["canary_names_person"].is_string(), "{told}");
}

#[test]
fn stolen_passwords_stop_at_a_code_and_where_the_mailbox_is_stolen_too_who_was_taken_is_named_and_the_spam_stops_in_flight()
 {
    let told = drill("credential-stuffing");
    contained_and_exact(&told);
    assert_eq!(told["people_named"], 600, "{told}");
    assert_eq!(told["people_behind_a_code"], 0, "{told}");
    assert_eq!(told["people_behind_an_app"], 0, "an enrolled second factor holds against password and mailbox: {told}");
    let number = |name: &str| told[name].as_u64().unwrap_or_else(|| panic!("{name}: {told}"));
    assert!(number("letters_left") >= 20 && number("letters_kept_back") > 0, "{told}");
    assert_eq!(number("letters_left") + number("letters_kept_back"), 600, "{told}");
    assert_eq!(number("letters_after_containment"), 0, "{told}");
    assert_eq!(number("letters_confirmed") + number("letters_possible"), number("letters_left"), "{told}");
}

#[test]
fn talking_to_staff_makes_nobody_an_owner_and_whom_they_had_looked_at_is_named() {
    let told = drill("support-takeover");
    contained_and_exact(&told);
    assert!(told["people_named"].as_u64().is_some_and(|named| (1..600).contains(&named)), "{told}");
}

#[test]
fn a_stolen_backup_without_its_keys_shows_nobody() {
    let told = drill("stolen-backup");
    contained_and_exact(&told);
    assert_eq!((&told["people_named"], &told["people_sealed"]), (&Value::from(0), &Value::from(600)), "{told}");
}

#[test]
fn unsubscribe_pages_and_other_doors_give_no_address_away_and_go_on_when_all_else_stops() {
    let told = drill("opt-out-leak");
    contained(&told);
    assert_eq!((&told["addresses_shown"], &told["links_tried"]), (&Value::from(0), &Value::from(300)), "{told}");
    assert!(told["other_doors_tried"].as_u64() > Some(1), "{told}");
}

#[test]
fn a_letter_to_the_wrong_list_is_stopped_and_who_has_it_is_named() {
    let told = drill("mis-send");
    contained(&told);
    let (reached, named) = (told["people_reached"].as_u64(), told["people_named"].as_u64());
    assert!(reached > Some(0) && reached == named && named < Some(600), "{told}");
    let (sure, perhaps) = (told["letters_confirmed"].as_u64(), told["letters_possible"].as_u64());
    assert_eq!(sure.zip(perhaps).map(|(sure, perhaps)| sure + perhaps), named, "{told}");
}

#[test]
fn an_unknown_drill_is_refused_with_the_names_of_those_there_are() {
    let output = Command::new(env!("CARGO_BIN_EXE_waxwing")).args(["drill", "fire"]).output().expect("starts");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && words.contains("key-leak") && words.contains("mis-send"), "{words}");
}
