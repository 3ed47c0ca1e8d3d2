//! Indicators: what others can look for, each with how far it may be told.

use super::words::{Category, IndicatorKind, Tlp};
use super::{members, sealing, stix, store_parts, timeline, when};
use serde_json::json;
use std::net::IpAddr;
use waxwing_app::importing::csv_row;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, CasePartId, Ctx, EmailAddress, FieldId, IncidentId, MailDomain, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// The longest web address or user agent, in bytes.
const LONGEST: usize = 1_000;

/// An indicator.
#[derive(Clone)]
pub struct Indicator {
    /// Its id.
    pub id: CasePartId,
    /// What it is.
    pub kind: IndicatorKind,
    /// Who may be told.
    pub tlp: Tlp,
    /// When it was first seen.
    pub first_seen: Micros,
    /// When it was last seen.
    pub last_seen: Micros,
    /// When it was noted.
    pub noted_at: Micros,
    /// The value in its usual spelling; sealed at rest.
    pub value: String,
}

/// An indicator to be noted.
#[derive(Clone)]
pub struct NewIndicator {
    /// What it is.
    pub kind: IndicatorKind,
    /// The value.
    pub value: String,
    /// Who may be told.
    pub tlp: Tlp,
    /// When it was first and last seen.
    pub seen: (Micros, Micros),
}

/// How indicators are handed out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IndicatorFormat {
    /// A bundle of STIX 2.1 (OASIS Standard, 10 June 2021).
    Stix,
    /// Comma-separated values (RFC 4180).
    Csv,
}

impl IndicatorFormat {
    /// Reads `stix` or `csv`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "stix" => Some(Self::Stix),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
    /// Media type and ending of the file.
    pub const fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Stix => ("application/stix+json;version=2.1", "stix.json"),
            Self::Csv => ("text/csv; charset=utf-8", "csv"),
        }
    }
}

/// Notes an indicator.
///
/// # Errors
/// [`Error::Invalid`] for a value that is not of its kind, or that was seen last before it was seen first.
pub async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, new: NewIndicator) -> Result<CasePartId> {
    members::writable(tx, ctx, id).await?.open()?;
    let value = usual(new.kind, &new.value)?;
    when::past("last_seen", new.seen.1, ctx.now())?;
    if new.seen.1 < new.seen.0 {
        return Err(Error::invalid("last_seen", "It was seen last after it was seen first, or then."));
    }
    let indicator = CasePartId::from_i64(ctx.new_id());
    let sealed = sealing::seal(app, ctx, FieldId::CASE_INDICATOR, indicator.as_i64(), &value)?;
    store_parts::add_indicator(tx, ctx, id, indicator, &new, sealed).await?;
    let detail = json!({ "kind": new.kind.as_str(), "tlp": new.tlp.as_str() });
    let entry = Entry::new(Operation::Change, "incidents.add_indicator").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Discovery, entry).await?;
    Ok(indicator)
}

/// The usual spelling of a value of its kind.
pub(super) fn usual(kind: IndicatorKind, typed: &str) -> Result<String> {
    let text = typed.trim();
    let wrong = |what: &str| Error::invalid("value", what);
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(wrong("Write one line of at most 1,000 characters."));
    }
    match kind {
        IndicatorKind::Address => {
            let address: std::result::Result<IpAddr, _> = text.parse();
            address.map(|address| address.to_string()).map_err(|_| wrong("Write an address such as 192.0.2.7."))
        }
        IndicatorKind::Domain => {
            let domain = MailDomain::parse(text).map_err(|_| wrong("Write a name such as evil.example."))?;
            Ok(domain.as_str().to_owned())
        }
        IndicatorKind::Url => {
            let known =
                ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme) && text.len() > scheme.len());
            let known = known && !text.contains(char::is_whitespace);
            if known { Ok(text.into()) } else { Err(wrong("Write an address that begins with http:// or https://.")) }
        }
        IndicatorKind::Email => {
            let address = EmailAddress::parse(text).map_err(|_| wrong("Write a mail address."))?;
            Ok(address.as_str().to_owned())
        }
        IndicatorKind::Sha256 => {
            let hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            if hash { Ok(text.to_ascii_lowercase()) } else { Err(wrong("A SHA-256 has 64 hexadecimal digits.")) }
        }
        IndicatorKind::UserAgent => Ok(text.into()),
    }
}

/// The indicators of a case, in the order that they were noted.
pub async fn indicators(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Indicator>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let rows = store_parts::indicators(tx, id).await?;
    rows.into_iter()
        .map(|(indicator, sealed)| {
            let row = indicator.id.as_i64();
            let value = sealing::open(app, ctx.workspace, FieldId::CASE_INDICATOR, row, &sealed)?;
            Ok(Indicator { value, ..indicator })
        })
        .collect()
}

/// Hands out the indicators that may be told as far as `most`; that they left is on the record and the timeline.
pub async fn hand_out(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (format, most): (IndicatorFormat, Tlp),
) -> Result<String> {
    let case = members::readable(tx, ctx, id).await?;
    let mut found = indicators(app, tx, ctx, id).await?;
    found.retain(|indicator| indicator.tlp <= most);
    let detail = json!({ "format": format.file().1, "tlp": most.as_str(), "indicators": found.len() });
    let entry = Entry::new(Operation::Export, "incidents.export_indicators").to("file").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Communication, entry).await?;
    Ok(match format {
        IndicatorFormat::Stix => stix::bundle(ctx.workspace, &case.codename, &found),
        IndicatorFormat::Csv => csv(&found),
    })
}

fn csv(indicators: &[Indicator]) -> String {
    let mut text = String::new();
    csv_row(["kind", "value", "tlp", "first_seen", "last_seen"], &mut text);
    for one in indicators {
        let (first, last) = (one.first_seen.to_string(), one.last_seen.to_string());
        csv_row([one.kind.as_str(), &one.value, one.tlp.said(), &first, &last], &mut text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_of_its_kind_or_refused() {
        use IndicatorKind as K;
        for (kind, typed, kept) in [
            (K::Address, " 2001:DB8::1 ", "2001:db8::1"),
            (K::Domain, "EVIL.example", "evil.example"),
            (K::Url, "https://evil.example/a?b='c'", "https://evil.example/a?b='c'"),
            (K::Sha256, &"AB".repeat(32), &"ab".repeat(32)),
            (K::UserAgent, "curl/8.9", "curl/8.9"),
        ] {
            assert_eq!(usual(kind, typed).expect("fine"), kept);
        }
        for (kind, typed) in [
            (K::Address, "192.0.2.999"),
            (K::Domain, "no domain"),
            (K::Url, "javascript:alert(1)"),
            (K::Url, "https://"),
            (K::Email, "nobody"),
            (K::Sha256, "abc"),
            (K::UserAgent, "a\nb"),
            (K::UserAgent, ""),
        ] {
            assert!(usual(kind, typed).is_err(), "{kind:?} {typed}");
        }
    }
}
