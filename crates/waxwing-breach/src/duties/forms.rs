//! What people type about a case's duties, and how it is read.

use super::kept::{Signed, line};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use waxwing_app::{Error, Result};
use waxwing_domain::Micros;
use waxwing_law::Facts;
use waxwing_law::drafts::Parts;
use waxwing_law::facts::{
    Answer, Availability, Confidentiality, DataItem, DataKind, Integrity, Judgements, Nis2Entity, PeopleIn, Place,
    Readable, Risk, Role, Silence,
};
use waxwing_law::severity::{Adjustments, Ease};

/// The longest way to write a moment, in bytes.
const LONGEST_MOMENT: usize = 64;

/// A word of a list.
fn word<T>(field: &str, typed: &str, parse: fn(&str) -> Option<T>) -> Result<T> {
    parse(typed).ok_or_else(|| Error::invalid(field, "Choose one of the list."))
}

/// A word of a list, or nothing.
fn optional<T>(field: &str, typed: &str, parse: fn(&str) -> Option<T>) -> Result<Option<T>> {
    if typed.is_empty() { Ok(None) } else { word(field, typed, parse).map(Some) }
}

fn answer(field: &str, typed: &str) -> Result<Answer> {
    Ok(optional(field, typed, Answer::parse)?.unwrap_or_default())
}

/// A text, or nothing.
fn text(typed: &str) -> Result<Option<String>> {
    let text = line(typed)?;
    Ok((!text.is_empty()).then_some(text))
}

/// A number with or without separators, or nothing.
fn number(field: &str, typed: &str) -> Result<Option<u64>> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ',' | '.' | ' ' | '\u{202f}' | '\u{a0}')).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| Error::invalid(field, "Write a number."))
}

fn place(field: &str, typed: &str) -> Result<Place> {
    typed.trim().parse().map_err(|_| Error::invalid(field, "Use codes of ISO 3166 such as DE, GB or US-CA."))
}

fn places(field: &str, typed: &str) -> Result<Vec<Place>> {
    typed.split([',', ' ', '\n', '\r']).filter(|code| !code.is_empty()).map(|code| place(field, code)).collect()
}

/// A moment of the wall clock in `zone`; of an hour that comes twice the earlier is meant.
pub(super) fn moment(field: &str, typed: &str, zone: &TimeZone) -> Result<Option<jiff::Timestamp>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let unreadable = || Error::invalid(field, "Write the time like 2026-11-22T10:05.");
    if typed.len() > LONGEST_MOMENT {
        return Err(unreadable());
    }
    let wall: DateTime = typed.parse().map_err(|_| unreadable())?;
    let zoned = zone.to_ambiguous_zoned(wall).earlier().map_err(|_| unreadable())?;
    Ok(Some(zoned.timestamp()))
}

/// The facts of a case that the case itself does not hold.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct FactsForm {
    role: String,
    establishment: String,
    zone: String,
    active_in: String,
    confidentiality: String,
    integrity: String,
    availability: String,
    occurred_from: String,
    occurred_to: String,
    /// One place a line: `DE 4200 300`, certain and possible.
    people: String,
    people_elsewhere: String,
    /// Why these are other numbers than the record's.
    pub people_why: String,
    records: String,
    /// `email-address:yes`, one for each kind; a kind alone is not affected.
    data: Vec<String>,
    /// Why these are other kinds than the record's.
    pub data_why: String,
    children: String,
    malicious: String,
    later_measures: String,
    disproportionate: String,
    silence_agency: String,
    silence_from: String,
    silence_until: String,
    nis2: String,
    turnover_aud: String,
    brazil_small_agent: String,
}

impl FactsForm {
    /// Writes what was typed over `facts`; what the form does not ask for stays.
    pub(super) fn read(&self, facts: &mut Facts) -> Result<()> {
        self.organisation(facts)?;
        self.breach(facts)?;
        self.affected(facts)?;
        self.particulars(facts)
    }

    fn organisation(&self, facts: &mut Facts) -> Result<()> {
        facts.role = optional("role", &self.role, Role::parse)?;
        facts.establishment = text(&self.establishment)?.map(|code| place("establishment", &code)).transpose()?;
        let zone = self.zone.trim();
        if TimeZone::get(zone).is_err() {
            return Err(Error::invalid("zone", "Write a zone such as Europe/Berlin, America/New_York or UTC."));
        }
        facts.zone = Some(zone.to_owned());
        facts.active_in = places("active_in", &self.active_in)?;
        facts.nis2 = optional("nis2", &self.nis2, Nis2Entity::parse)?;
        facts.turnover_aud = number("turnover_aud", &self.turnover_aud)?;
        facts.brazil_small_agent = answer("brazil_small_agent", &self.brazil_small_agent)?;
        Ok(())
    }

    fn breach(&self, facts: &mut Facts) -> Result<()> {
        facts.nature.confidentiality = word("confidentiality", &self.confidentiality, Confidentiality::parse)?;
        facts.nature.integrity = word("integrity", &self.integrity, Integrity::parse)?;
        facts.nature.availability = word("availability", &self.availability, Availability::parse)?;
        let zone = facts.time_zone();
        facts.times.occurred_from = moment("occurred_from", &self.occurred_from, &zone)?;
        facts.times.occurred_to = moment("occurred_to", &self.occurred_to, &zone)?;
        facts.malicious = answer("malicious", &self.malicious)?;
        Ok(())
    }

    fn affected(&self, facts: &mut Facts) -> Result<()> {
        let lines = self.people.lines().map(str::trim).filter(|line| !line.is_empty());
        facts.people = lines.map(people_in).collect::<Result<_>>()?;
        facts.people_elsewhere = number("people_elsewhere", &self.people_elsewhere)?.unwrap_or(0);
        facts.records = number("records", &self.records)?;
        facts.children = answer("children", &self.children)?;
        let named = self.data.iter().filter(|typed| !typed.is_empty());
        facts.data = named.map(|typed| data_item(typed)).collect::<Result<_>>()?;
        Ok(())
    }

    fn particulars(&self, facts: &mut Facts) -> Result<()> {
        facts.later_measures = text(&self.later_measures)?;
        facts.disproportionate = text(&self.disproportionate)?;
        let zone = facts.time_zone();
        let until = moment("silence_until", &self.silence_until, &zone)?;
        facts.silence = match (text(&self.silence_agency)?, moment("silence_from", &self.silence_from, &zone)?) {
            (Some(agency), Some(from)) => Some(Silence { agency, from, until }),
            (None, None) => None,
            _ => return Err(Error::invalid("silence_agency", "Name the agency and since when it asks, or neither.")),
        };
        Ok(())
    }
}

fn people_in(typed: &str) -> Result<PeopleIn> {
    let wrong = || Error::invalid("people", "Write one place a line with its numbers, such as: DE 4200 300");
    let mut parts = typed.split_whitespace();
    let place = place("people", parts.next().unwrap_or_default())?;
    let mut count = || parts.next().map_or(Ok(0), |digits| digits.parse::<u64>().map_err(|_| wrong()));
    let (confirmed, possible) = (count()?, count()?);
    parts.next().is_none().then_some(PeopleIn { place, confirmed, possible }).ok_or_else(wrong)
}

fn data_item(typed: &str) -> Result<DataItem> {
    let (kind, readable) = typed.split_once(':').unwrap_or((typed, ""));
    let kind = word("data", kind, DataKind::parse)?;
    Ok(DataItem::new(kind, word("data", readable, Readable::parse)?))
}

/// The words of a case's drafts.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct WordsForm {
    organisation: String,
    address: String,
    contact: String,
    what_happened: String,
    discovery: String,
    consequences: String,
    measures: String,
    measures_before: String,
    advice: String,
    delay: String,
    reference: String,
    kinds_of_people: String,
    told_others: String,
    identity_services: String,
    addressee: String,
    revoked: String,
    asked: String,
    reasons: String,
}

impl WordsForm {
    pub(super) fn read(&self) -> Result<Parts> {
        Ok(Parts {
            organisation: text(&self.organisation)?,
            address: text(&self.address)?,
            contact: text(&self.contact)?,
            what_happened: text(&self.what_happened)?,
            discovery: text(&self.discovery)?,
            consequences: text(&self.consequences)?,
            measures: text(&self.measures)?,
            measures_before: text(&self.measures_before)?,
            advice: text(&self.advice)?,
            delay: text(&self.delay)?,
            reference: text(&self.reference)?,
            kinds_of_people: text(&self.kinds_of_people)?,
            told_others: text(&self.told_others)?,
            identity_services: text(&self.identity_services)?,
            addressee: text(&self.addressee)?,
            revoked: text(&self.revoked)?,
            asked: text(&self.asked)?,
            reasons: text(&self.reasons)?,
            ..Parts::default()
        })
    }
}

/// A signature.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct SignForm {
    /// The version of the facts that was looked at.
    pub version: i64,
    risk: String,
    significant_harm: String,
    relevant_risk: String,
    serious_harm: String,
    harm_prevented: String,
    significant_incident: String,
    context: String,
    context_why: String,
    ease: String,
    ease_why: String,
    reason: String,
}

impl SignForm {
    pub(super) fn read(&self) -> Result<Signed> {
        let judgements = Judgements {
            risk: optional("risk", &self.risk, Risk::parse)?,
            significant_harm: answer("significant_harm", &self.significant_harm)?,
            relevant_risk: answer("relevant_risk", &self.relevant_risk)?,
            serious_harm: answer("serious_harm", &self.serious_harm)?,
            harm_prevented: answer("harm_prevented", &self.harm_prevented)?,
            significant_incident: answer("significant_incident", &self.significant_incident)?,
        };
        Ok(Signed { judgements, adjustments: self.adjustments()?, reason: line(&self.reason)? })
    }

    fn adjustments(&self) -> Result<Adjustments> {
        let context = match self.context.trim() {
            "" | "0" => None,
            typed => {
                let change: i8 =
                    typed.parse().map_err(|_| Error::invalid("context", "Write a number from -3 to 3."))?;
                let fits = (-3..=3).contains(&change);
                fits.then_some(()).ok_or_else(|| Error::invalid("context", "Write a number from -3 to 3."))?;
                Some((change, why("context_why", &self.context_why)?))
            }
        };
        let ease = match optional("ease", &self.ease, Ease::parse)? {
            None => None,
            Some(ease) => Some((ease, why("ease_why", &self.ease_why)?)),
        };
        Ok(Adjustments { context, ease })
    }
}

fn why(field: &str, typed: &str) -> Result<String> {
    text(typed)?.ok_or_else(|| Error::invalid(field, "Write why: it is shown beside the change."))
}

/// A duty that was done.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct MetForm {
    pub rule: String,
    at: String,
    pub reference: String,
}

impl MetForm {
    /// When it was done; now where nothing is typed.
    pub(super) fn at(&self, zone: &TimeZone, now: Micros) -> Result<Micros> {
        wall(&self.at, zone, now)
    }
}

/// A moment of the zone's wall clock; now where nothing is typed.
pub(super) fn wall(typed: &str, zone: &TimeZone, now: Micros) -> Result<Micros> {
    Ok(moment("at", typed, zone)?.map_or(now, |at| Micros::from_i64(at.as_microsecond())))
}

/// Which draft.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct DraftForm {
    pub draft: String,
}
