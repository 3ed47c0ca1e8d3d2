//! Duties as plain text, for files that are read without the product.

use super::{COUNSEL, Duty, Verdict, When};
use crate::period::{day_words, instant_words};
use jiff::tz::TimeZone;
use std::fmt::Write;

/// Every duty in words, in the order of the book.
pub fn text(duties: &[Duty], zone: &TimeZone) -> String {
    let mut out = String::new();
    for duty in duties {
        // Writing into a `String` has no way to fail.
        let _ = one(&mut out, duty, zone);
    }
    out.push_str(COUNSEL);
    out.push('\n');
    out
}

fn one(out: &mut String, duty: &Duty, zone: &TimeZone) -> std::fmt::Result {
    writeln!(out, "{}: {}", duty.law, duty.title)?;
    match &duty.verdict {
        Verdict::Applies => writeln!(out, "  applies")?,
        Verdict::DoesNotApply => writeln!(out, "  does not apply")?,
        Verdict::MayApply(missing) => {
            writeln!(out, "  may apply; missing:")?;
            missing.iter().try_for_each(|what| writeln!(out, "    - {what}"))?;
        }
    }
    duty.reasons.iter().try_for_each(|reason| writeln!(out, "  because: {reason}"))?;
    if let Some(when) = &duty.when {
        writeln!(out, "  to: {}", duty.recipient)?;
        writeln!(out, "  when: {}", when.words(zone))?;
        when.later(zone).into_iter().try_for_each(|later| writeln!(out, "  later reading: {later}"))?;
    }
    if let Some(pause) = &duty.pause {
        let until =
            pause.until.map_or("until it says otherwise".to_owned(), |at| format!("until {}", instant_words(at, zone)));
        writeln!(out, "  paused: {} since {}, {until}", pause.reason, instant_words(pause.from, zone))?;
    }
    for exemption in &duty.exemptions {
        let used = if exemption.used { "used" } else { "offered" };
        writeln!(out, "  exemption {used}: {}: {}", exemption.section, exemption.why)?;
        exemption.evidence.iter().try_for_each(|evidence| writeln!(out, "    evidence: {evidence}"))?;
    }
    writeln!(out, "  rule: {} version {}, checked on {}: {}\n", duty.rule, duty.version, duty.checked_on, duty.status)
}

impl When {
    /// When, in words.
    pub fn words(&self, zone: &TimeZone) -> String {
        match self {
            Self::By(due) => format!("{} ({})", due.words(zone), due.how),
            Self::Promptly { since } => format!("without undue delay, since {}", instant_words(*since, zone)),
            Self::Standing { keep: None } => "now, and it stays".to_owned(),
            Self::Standing { keep: Some(due) } => match due.last_day {
                Some(day) => format!("now, kept at least until {}", day_words(day)),
                None => format!("now, kept at least until {}", instant_words(due.at, zone)),
            },
            Self::NotStarted { waits_for } => format!("the clock starts with {waits_for}"),
        }
    }

    /// The end by a later reading, in words, where there is one.
    pub fn later(&self, zone: &TimeZone) -> Option<String> {
        let Self::By(due) = self else { return None };
        due.later.as_ref().map(|later| format!("{}. {}", instant_words(later.at, zone), later.why))
    }
}
