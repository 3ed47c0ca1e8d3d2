//! Settings as people type them.

use super::{Limits, Rate, Workspace};
use crate::Error;
use crate::error::sentence;
use serde::Deserialize;
use waxwing_domain::{EmailAddress, HeaderText};
use waxwing_http::FieldError;

/// The longest organisation or sender name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest postal address, in characters.
const LONGEST_POSTAL: usize = 500;
/// The highest limit that means anything.
const HIGHEST: i64 = 1_000_000_000;

/// The form of the settings page, as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Who sends.
    pub organisation: String,
    /// The sender's postal address.
    pub postal_address: String,
    /// From whom system mail comes.
    pub system_from: String,
    /// The name beside it.
    pub system_from_name: String,
    /// The IANA zone.
    pub default_zone: String,
    /// Messages an hour, altogether; empty for no limit, as for those below.
    pub workspace_hour: String,
    /// Messages a day, altogether.
    pub workspace_day: String,
    /// Messages an hour for each sending domain.
    pub domain_hour: String,
    /// Messages a day for each sending domain.
    pub domain_day: String,
    /// Messages an hour for each domain of recipients.
    pub recipient_hour: String,
    /// Messages a day for each domain of recipients.
    pub recipient_day: String,
}

impl From<&Workspace> for Draft {
    fn from(saved: &Workspace) -> Self {
        let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        let Limits { workspace, domain, recipient_domain } = saved.limits;
        Self {
            organisation: saved.organisation.clone(),
            postal_address: saved.postal_address.clone(),
            system_from: saved.system_from.as_ref().map(|a| a.as_str().to_owned()).unwrap_or_default(),
            system_from_name: saved.system_from_name.clone(),
            default_zone: saved.default_zone.clone(),
            workspace_hour: number(workspace.per_hour),
            workspace_day: number(workspace.per_day),
            domain_hour: number(domain.per_hour),
            domain_day: number(domain.per_day),
            recipient_hour: number(recipient_domain.per_hour),
            recipient_day: number(recipient_domain.per_day),
        }
    }
}

impl Draft {
    /// The settings, or everything that is wrong with them.
    pub fn parse(&self) -> Result<Workspace, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut number = |field: &str, text: &str| keep(&mut errors, parse_limit(field, text)).flatten();
        let limits = Limits {
            workspace: Rate {
                per_hour: number("workspace_hour", &self.workspace_hour),
                per_day: number("workspace_day", &self.workspace_day),
            },
            domain: Rate {
                per_hour: number("domain_hour", &self.domain_hour),
                per_day: number("domain_day", &self.domain_day),
            },
            recipient_domain: Rate {
                per_hour: number("recipient_hour", &self.recipient_hour),
                per_day: number("recipient_day", &self.recipient_day),
            },
        };
        let settings = Workspace {
            organisation: keep(&mut errors, name("organisation", &self.organisation)).unwrap_or_default(),
            postal_address: keep(&mut errors, postal(&self.postal_address)).unwrap_or_default(),
            system_from: keep(&mut errors, sender(&self.system_from)).flatten(),
            system_from_name: keep(&mut errors, name("system_from_name", &self.system_from_name)).unwrap_or_default(),
            default_zone: keep(&mut errors, zone(&self.default_zone)).unwrap_or_default(),
            limits,
        };
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }
}

/// What came from elsewhere than the form meets the same rules.
pub(super) fn check(settings: &Workspace) -> crate::Result<()> {
    let problem = Draft::from(settings).parse().err().and_then(|errors| errors.into_iter().next());
    problem.map_or(Ok(()), |e| Err(Error::invalid(e.field, e.message)))
}

fn keep<T>(errors: &mut Vec<FieldError>, parsed: Result<T, FieldError>) -> Option<T> {
    parsed.map_err(|error| errors.push(error)).ok()
}

fn wrong(field: &str, message: impl Into<String>) -> FieldError {
    FieldError { field: field.into(), message: message.into() }
}

fn name(field: &str, text: &str) -> Result<String, FieldError> {
    let text = HeaderText::parse(text).map_err(|e| wrong(field, sentence(&e.to_string())))?;
    if text.as_str().chars().count() > LONGEST_NAME {
        return Err(wrong(field, format!("Use at most {LONGEST_NAME} characters.")));
    }
    Ok(text.into())
}

fn postal(text: &str) -> Result<String, FieldError> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(wrong("postal_address", "Control characters are not allowed here."));
    }
    if text.chars().count() > LONGEST_POSTAL {
        return Err(wrong("postal_address", format!("Use at most {LONGEST_POSTAL} characters.")));
    }
    Ok(text)
}

fn sender(text: &str) -> Result<Option<EmailAddress>, FieldError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    EmailAddress::parse(text).map(Some).map_err(|e| wrong("system_from", sentence(&e.to_string())))
}

fn zone(text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    let known = jiff::tz::TimeZone::get(text);
    let known = known.ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    known.ok_or_else(|| wrong("default_zone", "Write a zone such as Europe/Berlin, America/New_York or UTC."))
}

fn parse_limit(field: &str, text: &str) -> Result<Option<i64>, FieldError> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ',' | '\'' | '.')).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.parse().ok().filter(|n| (1..=HIGHEST).contains(n));
    number
        .map(Some)
        .ok_or_else(|| wrong(field, "Write a whole number from 1 to 1,000,000,000, or nothing for no limit."))
}
