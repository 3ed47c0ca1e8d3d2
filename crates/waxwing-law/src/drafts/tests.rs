//! Drafts are filled from facts, marked where something is missing, and escaped.

use super::*;
use crate::facts::{DataItem, DataKind, Readable, Role};
use jiff::civil::date;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn facts() -> Facts {
    let mut facts = Facts { role: Some(Role::Controller), zone: Some("Europe/Berlin".into()), ..Facts::default() };
    facts.times.occurred_from = Some(at("2026-11-20T08:00:00Z"));
    facts.times.aware_at = Some(at("2026-11-22T17:40:00Z"));
    facts.nature.confidentiality = crate::facts::Confidentiality::UnknownRecipients;
    facts.people.push(crate::facts::PeopleIn { place: "DE".parse().expect("code"), confirmed: 4200, possible: 300 });
    facts.data = vec![
        DataItem::new(DataKind::Name, Readable::Yes),
        DataItem::new(DataKind::EmailAddress, Readable::Yes),
        DataItem::new(DataKind::PhoneNumber, Readable::No),
    ];
    facts
}

fn parts() -> Parts {
    Parts {
        organisation: Some("Birch & Sons".into()),
        contact: Some("privacy@birch.example".into()),
        what_happened: Some("A stolen session read the <newsletter> list.".into()),
        ..Parts::default()
    }
}

fn made(kind: DraftKind, facts: &Facts, parts: &Parts, now: &str) -> Draft {
    draft(kind, &Material { facts, parts, severity: None, now: at(now) })
}

#[test]
fn every_draft_of_nothing_is_all_gaps_and_no_invention() {
    for kind in DraftKind::ALL {
        let draft = made(*kind, &Facts::default(), &Parts::default(), "2026-11-22T18:00:00Z");
        let share = draft.share();
        assert_eq!((share.facts, share.written), (0, 0), "{kind:?}");
        assert!(share.gaps >= 3, "{kind:?}");
        assert_eq!(share.prefilled_percent(), 0);
    }
}

#[test]
fn a_notification_is_filled_from_the_facts_and_says_what_is_missing() {
    let draft = made(DraftKind::Authority, &facts(), &parts(), "2026-11-23T10:00:00Z");
    let text = draft.text();
    assert!(text.contains("Number of people: about 4200 for certain, and possibly 300 more"), "{text}");
    assert!(text.contains("Data that stayed unintelligible: phone number: encrypted"), "{text}");
    assert!(text.contains("Likely consequences: [missing: the likely consequences for people]"), "{text}");
    assert!(!text.contains("Reasons for the delay"), "within 72 hours nobody asks for reasons");
    let share = draft.share();
    assert_eq!((share.facts, share.written, share.gaps), (7, 3, 9), "{:?}", draft.gaps().collect::<Vec<_>>());
}

#[test]
fn after_seventy_two_hours_the_reasons_are_asked_for_and_a_follow_up_needs_none() {
    let late = made(DraftKind::Authority, &facts(), &parts(), "2026-11-25T17:40:01Z");
    assert!(late.text().contains("[missing: why the notification was not made within 72 hours]"));
    let follow = Parts { reference: Some("IC-1234".into()), ..parts() };
    let text = made(DraftKind::Authority, &facts(), &follow, "2026-12-25T10:00:00Z").text();
    assert!(
        text.starts_with("Personal data breach: follow-up notification") && !text.contains("Reasons for the delay")
    );
}

#[test]
fn the_californian_letter_has_its_title_and_its_five_headings() {
    let mut facts = facts();
    let letter = made(DraftKind::California, &facts, &parts(), "2026-11-23T10:00:00Z");
    let headings: Vec<&str> = letter.sections.iter().map(|section| section.heading.as_str()).collect();
    let five = [
        "What Happened",
        "What Information Was Involved",
        "What We Are Doing",
        "What You Can Do",
        "For More Information",
    ];
    assert_eq!((letter.title.as_str(), headings.as_slice()), ("Notice of Data Breach", five.as_slice()));
    assert!(!letter.text().contains("Equifax"), "credit bureaus only with numbers of identity");
    facts.data.push(DataItem::new(DataKind::SocialSecurity, Readable::Yes));
    facts.data.push(DataItem::new(DataKind::Password, Readable::Yes));
    let text = made(DraftKind::California, &facts, &parts(), "2026-11-23T10:00:00Z").text();
    for words in
        ["Equifax", "12 months at no cost", "Change your password", "was acquired: name, email address, social"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("delayed because a law enforcement"));
}

#[test]
fn what_people_wrote_is_escaped() {
    let html = made(DraftKind::Register, &facts(), &parts(), "2026-11-23T10:00:00Z").html();
    assert!(html.contains("&lt;newsletter&gt;") && !html.contains("<newsletter>"), "{html}");
    assert!(html.contains("<mark class=\"gap\">[missing: the effects on people]</mark>"), "{html}");
}

#[test]
fn a_message_to_a_person_names_their_data_in_their_language() {
    let person =
        Person { certain: true, data: vec![DataKind::EmailAddress, DataKind::Password, DataKind::EmailAddress] };
    let day = date(2026, 11, 22);
    let text = |locale| people(locale, &person, &parts(), day, Some(date(2026, 11, 21))).text();
    let english = text(Locale::En);
    assert!(english.starts_with("22 November 2026: Birch & Sons informs you about a data breach\n"), "{english}");
    assert_eq!(english.matches("- your email address").count(), 1);
    assert!(english.contains("Change your password with us now."));
    assert!(text(Locale::De).contains("Bemerkt haben wir es am 21. November 2026."));
    assert!(text(Locale::Fr).contains("- votre mot de passe"));
    assert!(text(Locale::Es).starts_with("22 de noviembre de 2026: Birch & Sons"));
    let possible = Person { certain: false, ..person };
    assert!(people(Locale::En, &possible, &parts(), day, None).text().contains("We cannot rule out"));
}

#[test]
fn every_kind_of_data_has_plain_words_of_its_own_in_every_language() {
    for locale in Locale::ALL {
        let mut words: Vec<_> = DataKind::ALL.iter().map(|kind| plain_words(*locale, *kind)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), DataKind::ALL.len(), "{locale:?}");
    }
}

#[test]
fn parts_read_back_and_show_nothing_of_themselves() {
    assert_eq!(Parts::from_json(&parts().to_json()), Ok(parts()));
    assert_eq!(Parts::from_json(r#"{"colour":"red"}"#), Err(PartError::Form));
    let long = format!(r#"{{"contact":"{}"}}"#, "x".repeat(16 * 1024 + 1));
    assert_eq!(Parts::from_json(&long), Err(PartError::TooLong));
    assert_eq!(format!("{:?}", parts()), "Parts(…)");
}
