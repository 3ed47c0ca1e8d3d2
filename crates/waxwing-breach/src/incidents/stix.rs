//! Indicators as a bundle of STIX 2.1 (OASIS Standard, 10 June 2021).
//!
//! Promise: the same indicators give the same bytes; each object has the properties that section 4.7 requires, and
//! the markings of section 7.2.1.4. Limit: STIX knows TLP 1.0 only, so TLP:CLEAR is written as TLP:WHITE.

use super::indicators::Indicator;
use super::words::{IndicatorKind, Tlp};
use serde_json::{Value, json};
use waxwing_crypto::merkle::leaf_hash;
use waxwing_domain::{Micros, WorkspaceId};

/// The whole bundle.
pub(super) fn bundle(workspace: WorkspaceId, codename: &str, indicators: &[Indicator]) -> String {
    let author = format!("identity--{}", uuid(&format!("waxwing/{workspace}")));
    let since = indicators.iter().map(|one| one.noted_at).min().unwrap_or(Micros::from_i64(0));
    let mut objects = vec![json!({
        "type": "identity", "spec_version": "2.1", "id": author, "created": stamp(since), "modified": stamp(since),
        "name": "Waxwing", "identity_class": "system",
    })];
    objects.extend(indicators.iter().map(|one| object(one, &author, codename)));
    let id = uuid(&serde_json::Value::from(objects.clone()).to_string());
    let bundle = json!({ "type": "bundle", "id": format!("bundle--{id}"), "objects": objects });
    format!("{bundle:#}\n")
}

fn object(one: &Indicator, author: &str, codename: &str) -> Value {
    json!({
        "type": "indicator",
        "spec_version": "2.1",
        "id": format!("indicator--{}", uuid(&format!("indicator/{}", one.id))),
        "created_by_ref": author,
        "created": stamp(one.noted_at),
        "modified": stamp(one.noted_at),
        "name": format!("{}: {}", codename, one.kind.said()),
        "indicator_types": ["malicious-activity"],
        "pattern": pattern(one),
        "pattern_type": "stix",
        "valid_from": stamp(one.first_seen),
        "object_marking_refs": [marking(one.tlp)],
    })
}

fn pattern(one: &Indicator) -> String {
    let path = match one.kind {
        IndicatorKind::Address if one.value.contains(':') => "ipv6-addr:value",
        IndicatorKind::Address => "ipv4-addr:value",
        IndicatorKind::Domain => "domain-name:value",
        IndicatorKind::Url => "url:value",
        IndicatorKind::Email => "email-addr:value",
        IndicatorKind::Sha256 => "file:hashes.'SHA-256'",
        IndicatorKind::UserAgent => "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
    };
    // Section 9.5: a quote or backslash within a literal stands behind a backslash.
    let value = one.value.replace('\\', "\\\\").replace('\'', "\\'");
    format!("[{path} = '{value}']")
}

/// The marking definitions that STIX itself fixes.
pub(super) const fn marking(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        Tlp::Green => "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
        Tlp::Amber => "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
        Tlp::Red => "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
    }
}

/// A UUID of our own making (RFC 9562, version 8), the same for the same name.
fn uuid(name: &str) -> String {
    let mut bytes = leaf_hash(name.as_bytes());
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// To the millisecond, as section 3.2 wants for `created`.
fn stamp(at: Micros) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::CasePartId;

    fn indicator(kind: IndicatorKind, value: &str) -> Indicator {
        let at = Micros::from_i64(1_796_115_600_000_000);
        let id = CasePartId::from_i64(7);
        Indicator { id, kind, tlp: Tlp::Amber, first_seen: at, last_seen: at, noted_at: at, value: value.into() }
    }

    #[test]
    fn an_indicator_has_what_the_standard_requires() {
        let text = bundle(WorkspaceId::from_i64(1), "calm kettle", &[indicator(IndicatorKind::Address, "192.0.2.7")]);
        let bundle: Value = serde_json::from_str(&text).expect("JSON");
        let one = &bundle["objects"][1];
        assert_eq!((&bundle["type"], &one["type"]), (&json!("bundle"), &json!("indicator")));
        assert_eq!(one["pattern"], "[ipv4-addr:value = '192.0.2.7']");
        assert_eq!(one["valid_from"], "2026-12-01T09:00:00.000Z");
        for required in ["spec_version", "id", "created", "modified", "pattern_type"] {
            assert!(one[required].is_string(), "{required}");
        }
        assert_eq!(one["object_marking_refs"][0], marking(Tlp::Amber));
    }

    #[test]
    fn a_quote_does_not_end_the_pattern() {
        let one = indicator(IndicatorKind::UserAgent, r"it's \ me");
        assert!(pattern(&one).ends_with(r"= 'it\'s \\ me']"), "{}", pattern(&one));
    }

    #[test]
    fn the_same_name_gives_the_same_uuid() {
        let id = uuid("a");
        assert_eq!((id.len(), &id[14..15], id == uuid("a"), id == uuid("b")), (36, "8", true, false));
    }
}
