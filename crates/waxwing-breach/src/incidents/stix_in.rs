//! Indicators that others found, taken in from a bundle of STIX 2.1 (OASIS Standard, 10 June 2021).
//!
//! Promise: indicators with one comparison in their pattern are taken in with their TLP and the time since when they hold;
//! one that the case has already is left out. Limits: a bundle of 1 MiB and 1,000 indicators; patterns that say more than
//! one thing, and objects that are no indicators, are counted and left out. Nothing a bundle names is fetched.

use super::indicators::{self, Indicator, usual};
use super::words::{Category, IndicatorKind, Tlp};
use super::{members, sealing, stix, store_parts, timeline};
use serde_json::{Value, json};
use waxwing_app::{App, Error, Result};
use waxwing_domain::{CasePartId, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// The longest bundle, in bytes.
const LONGEST: usize = 1_048_576;
/// Indicators of one bundle, at most.
const MOST: usize = 1_000;
/// The longest pattern, in bytes.
const LONGEST_PATTERN: usize = 2_000;

/// What came of a bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TakenIn {
    /// Indicators that the case has now and had not before.
    pub taken: usize,
    /// Objects that were left out.
    pub left_out: usize,
}

/// An indicator of a bundle.
struct Read {
    kind: IndicatorKind,
    value: String,
    tlp: Tlp,
    since: Option<Micros>,
}

/// Takes the indicators of a bundle into a case.
///
/// # Errors
/// [`Error::Invalid`] for what is no bundle or is too large; [`Error::Conflict`] once the case has ended.
pub async fn take_in(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, text: &str) -> Result<TakenIn> {
    members::writable(tx, ctx, id).await?.open()?;
    let (read, mut left_out) = bundle(text)?;
    let known = indicators::indicators(app, tx, ctx, id).await?;
    let mut new: Vec<(Indicator, Vec<u8>)> = Vec::new();
    for one in read {
        let same = |other: &Indicator| other.kind == one.kind && other.value == one.value;
        if known.iter().any(same) || new.iter().any(|(other, _)| same(other)) {
            left_out += 1;
            continue;
        }
        let row = CasePartId::from_i64(ctx.new_id());
        let sealed = sealing::seal(app, ctx, FieldId::CASE_INDICATOR, row.as_i64(), &one.value)?;
        let now = ctx.now();
        let seen = one.since.filter(|at| *at <= now).unwrap_or(now);
        let Read { kind, value, tlp, .. } = one;
        let (first_seen, last_seen, noted_at) = (seen, seen, now);
        new.push((Indicator { id: row, kind, tlp, first_seen, last_seen, noted_at, value }, sealed));
    }
    let taken = new.len();
    store_parts::add_indicators(tx, id, new).await?;
    let detail = json!({ "taken": taken, "left_out": left_out });
    let entry = Entry::new(Operation::Create, "incidents.take_indicators").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Discovery, entry).await?;
    Ok(TakenIn { taken, left_out })
}

/// The indicators of a bundle that can be taken in, and how many objects cannot.
fn bundle(text: &str) -> Result<(Vec<Read>, usize)> {
    let wrong = |what: &str| Error::invalid("bundle", what);
    if text.len() > LONGEST {
        return Err(wrong("A bundle has at most 1 MiB."));
    }
    let bundle: Value = serde_json::from_str(text).map_err(|_| wrong("This is no JSON."))?;
    let objects = bundle["objects"].as_array().filter(|_| bundle["type"] == "bundle");
    let objects = objects.ok_or_else(|| wrong("This is no bundle of STIX 2.1."))?;
    let read: Vec<Read> = objects.iter().filter_map(indicator).collect();
    if read.len() > MOST {
        return Err(wrong("A bundle has at most 1,000 indicators."));
    }
    let left_out = objects.len() - read.len();
    Ok((read, left_out))
}

fn indicator(object: &Value) -> Option<Read> {
    if object["type"] != "indicator" || object["pattern_type"] != "stix" {
        return None;
    }
    let (kind, value) = pattern(object["pattern"].as_str()?)?;
    let value = usual(kind, &value).ok()?;
    let markings = object["object_marking_refs"].as_array();
    let named = markings.into_iter().flatten().filter_map(Value::as_str);
    // Of several the narrowest holds; without one it stays within the organisation.
    let tlp = named.filter_map(|id| Tlp::ALL.iter().copied().find(|tlp| stix::marking(*tlp) == id)).max();
    let since = object["valid_from"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let since = since.map(|at| Micros::from_i64(at.as_microsecond()));
    Some(Read { kind, value, tlp: tlp.unwrap_or(Tlp::Amber), since })
}

/// One comparison: `[ipv4-addr:value = '192.0.2.7']` (STIX 2.1, section 9.5).
fn pattern(text: &str) -> Option<(IndicatorKind, String)> {
    if text.len() > LONGEST_PATTERN {
        return None;
    }
    let inside = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    let (path, literal) = inside.split_once('=')?;
    let kind = match path.trim() {
        "ipv4-addr:value" | "ipv6-addr:value" => IndicatorKind::Address,
        "domain-name:value" => IndicatorKind::Domain,
        "url:value" => IndicatorKind::Url,
        "email-addr:value" => IndicatorKind::Email,
        "file:hashes.'SHA-256'" => IndicatorKind::Sha256,
        "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'" => IndicatorKind::UserAgent,
        _ => return None,
    };
    literal_of(literal.trim()).map(|value| (kind, value))
}

/// A string of a pattern without its quotes; nothing where it ends before the end, or never.
fn literal_of(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut chars = text.strip_prefix('\'')?.chars();
    loop {
        match chars.next()? {
            '\'' => return chars.as_str().is_empty().then_some(value),
            '\\' => value.push(chars.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::WorkspaceId;

    #[test]
    fn what_we_hand_out_can_be_taken_in() {
        let at = Micros::from_i64(1_796_115_600_000_000);
        let all = [
            (IndicatorKind::Address, "2001:db8::7", Tlp::Clear),
            (IndicatorKind::Domain, "evil.example", Tlp::Green),
            (IndicatorKind::UserAgent, r"it's \ me", Tlp::Red),
            (IndicatorKind::Sha256, &"ab".repeat(32), Tlp::Amber),
        ]
        .map(|(kind, value, tlp)| {
            let id = CasePartId::from_i64(7);
            Indicator { id, kind, tlp, first_seen: at, last_seen: at, noted_at: at, value: value.into() }
        });
        let (read, left_out) = bundle(&stix::bundle(WorkspaceId::from_i64(1), "calm kettle", &all)).expect("a bundle");
        assert_eq!(left_out, 1, "its author");
        let read: Vec<_> = read.into_iter().map(|one| (one.kind, one.value, one.tlp, one.since)).collect();
        let wanted: Vec<_> = all.into_iter().map(|one| (one.kind, one.value, one.tlp, Some(at))).collect();
        assert_eq!(read, wanted);
    }

    #[test]
    fn what_says_more_than_one_thing_or_nothing_is_left_out() {
        for wrong in [
            "[ipv4-addr:value = '192.0.2.7' OR ipv4-addr:value = '192.0.2.8']",
            "[ipv4-addr:value = '192.0.2.7'",
            "[ipv4-addr:value LIKE '192.%']",
            "[process:name = 'x']",
            "[ipv4-addr:value = '192.0.2.7]",
            "[ipv4-addr:value = '192.0.2.7\\]",
            "",
        ] {
            assert!(pattern(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_bundle_has_its_form_and_its_limits() {
        for wrong in
            ["", "[]", "{\"type\":\"report\",\"objects\":[]}", "{\"type\":\"bundle\"}", &" ".repeat(LONGEST + 1)]
        {
            assert!(bundle(wrong).is_err());
        }
        let one = r#"{"type":"indicator","pattern_type":"stix","pattern":"[ipv4-addr:value = '192.0.2.7']"}"#;
        let many = format!("{{\"type\":\"bundle\",\"objects\":[{}]}}", [one; MOST + 1].join(","));
        assert!(bundle(&many).is_err());
        let (read, _) = bundle(&format!("{{\"type\":\"bundle\",\"objects\":[{one}]}}")).expect("a bundle");
        assert_eq!(read[0].tlp, Tlp::Amber, "where nothing is said");
    }
}
