//! Worked examples.

use super::*;
use crate::facts::Nature;

fn stolen(kinds: &[DataKind]) -> Facts {
    let nature = Nature { confidentiality: Confidentiality::UnknownRecipients, ..Nature::default() };
    let data = kinds.iter().map(|kind| DataItem::new(*kind, Readable::Yes)).collect();
    Facts { nature, data, malicious: Answer::Yes, ..Facts::default() }
}

fn score(facts: &Facts, adjustments: &Adjustments) -> (String, Level) {
    let assessment = assess(facts, adjustments).expect("data is known");
    (assessment.score.to_string(), assessment.level)
}

#[test]
fn a_stolen_list_of_names_and_addresses_is_medium() {
    let facts = stolen(&[DataKind::Name, DataKind::EmailAddress]);
    assert_eq!(score(&facts, &Adjustments::default()), ("2.00".into(), Level::Medium));
}

#[test]
fn a_year_of_purchases_beside_it_is_high_to_very_high() {
    let facts = stolen(&[DataKind::Name, DataKind::EmailAddress, DataKind::Purchases]);
    assert_eq!(score(&facts, &Adjustments::default()), ("3.00".into(), Level::High));
    let year = Adjustments { context: Some((1, "A year of purchases is a profile.".into())), ease: None };
    assert_eq!(score(&facts, &year), ("4.00".into(), Level::VeryHigh));
}

#[test]
fn an_address_book_sent_to_one_wrong_customer_is_low() {
    let mut facts = stolen(&[DataKind::Name, DataKind::EmailAddress]);
    facts.nature.confidentiality = Confidentiality::KnownRecipients;
    facts.malicious = Answer::No;
    assert_eq!(score(&facts, &Adjustments::default()), ("1.25".into(), Level::Low));
}

#[test]
fn health_data_of_children_stays_within_the_scale() {
    let mut facts = stolen(&[DataKind::Health, DataKind::EmailAddress]);
    facts.children = Answer::Yes;
    let more = Adjustments { context: Some((3, "A clinic.".into())), ease: None };
    assert_eq!(score(&facts, &more), ("5.00".into(), Level::VeryHigh));
}

#[test]
fn a_person_may_lower_the_context_but_not_below_one() {
    let facts = stolen(&[DataKind::Purchases, DataKind::EmailAddress]);
    let public = Adjustments { context: Some((-3, "All of it stood on the public page.".into())), ease: None };
    assert_eq!(score(&facts, &public), ("2.00".into(), Level::Medium));
    let harder = Adjustments { context: None, ease: Some((Ease::Limited, "Only shortened addresses.".into())) };
    assert_eq!(score(&facts, &harder), ("2.00".into(), Level::Medium));
}

#[test]
fn every_step_is_said_and_the_flags_too() {
    let mut facts = stolen(&[DataKind::Name, DataKind::EmailAddress]);
    facts.people_elsewhere = 101;
    facts.data[1].readable = Readable::No;
    let text = assess(&facts, &Adjustments::default()).expect("data is known").text();
    let expected = "\
medium (2.00). People may meet real inconveniences, which they overcome with some difficulty.
  DPC 1.00  simple data: email address; of several categories the highest counts.
  EI 1.00  maximum: email address.
  CB 0.50  Confidentiality: reached recipients that nobody can count.
  CB 0.00  Integrity: kept.
  CB 0.00  Availability: kept.
  CB 0.50  Done on purpose: yes.
  SE 2.00  1 × 1.00 + 1.00
  flag  101 people may be affected, more than 100.
  flag  Some of the data was unintelligible to whoever got it.
";
    assert_eq!(text, expected);
}

#[test]
fn without_data_there_is_no_score() {
    assert_eq!(assess(&Facts::default(), &Adjustments::default()), None);
}
