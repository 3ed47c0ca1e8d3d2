//! A question as a form, an address or a program puts it.

use super::question::{Question, SKEW, Suspect, moment_in};
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;
use waxwing_domain::Micros;
use waxwing_http::Fail;

/// The longest name of a zone, in bytes.
const LONGEST_ZONE: usize = 64;

/// What is asked.
#[derive(Clone, Deserialize, IntoParams, Default)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Who: `anyone`, `host`, `visitors`, `person:ID`, `session:ID`, `key:ID`, `webhook:ID`, `export:ID`,
    /// `campaign:ID`, `address:IP`, or a copy of the database taken at `until`: `copy`, `copy:keys`, `copy:keys@MOMENT`.
    #[serde(default)]
    pub who: String,
    /// The kind alone, with the number in `id`: as the form has it.
    #[serde(default)]
    #[param(required = false)]
    pub kind: String,
    /// The number or network address that belongs to `kind`.
    #[serde(default)]
    #[param(required = false)]
    pub id: String,
    /// Not before: `2026-12-01` or `2026-12-01T09:30`, in UTC unless a zone is named.
    #[serde(default)]
    pub from: String,
    /// Before; a day alone is its end.
    #[serde(default)]
    pub until: String,
    /// The zone of moments that name none, such as `Europe/Berlin`; UTC where it is left out.
    #[serde(default)]
    #[param(required = false)]
    pub zone: String,
    /// For a copy of the database, as the form has it: `yes` where the keys were taken with it.
    #[serde(default)]
    #[param(required = false)]
    pub keys: String,
    /// For a copy with keys: when the keys were taken, where that was another moment.
    #[serde(default)]
    #[param(required = false)]
    pub keys_at: String,
    /// By how many seconds the window is widened on both sides; 60 where it is left out.
    #[serde(default)]
    #[param(required = false)]
    pub skew: String,
    /// `no` leaves out what the suspect made or took over.
    #[serde(default)]
    #[param(required = false)]
    pub follow: String,
}

impl Asked {
    /// Whether nothing was asked yet.
    pub fn is_blank(&self) -> bool {
        self.who.trim().is_empty() && self.kind.is_empty()
    }

    /// # Errors
    /// [`Fail::Invalid`] names what is wrong.
    pub fn question(&self) -> Result<Question, Fail> {
        let zone = self.time_zone()?;
        let suspect: Suspect =
            self.suspect(&zone)?.parse().map_err(|error: super::SuspectError| Fail::invalid("id", sentence(error)))?;
        let read = |field: &str, text: &str, end| {
            moment_in(text, end, &zone).ok_or_else(|| Fail::invalid(field, "Write the moment like 2026-12-01T09:30."))
        };
        let (from, until) = (read("from", &self.from, false)?, read("until", &self.until, true)?);
        let skew = self.skew.trim();
        let seconds = if skew.is_empty() { Ok(SKEW / Micros::SECOND) } else { skew.parse::<i64>() };
        let seconds = seconds.map_err(|_| Fail::invalid("skew", "Write a number of seconds."))?;
        let skew = seconds.saturating_mul(Micros::SECOND);
        let question = Question { suspect, from, until, skew, follow: self.follow != "no" };
        Ok(question.checked()?)
    }

    /// The zone of what is typed.
    pub fn time_zone(&self) -> Result<TimeZone, Fail> {
        let zone = self.zone.trim();
        let wrong = || Fail::invalid("zone", "Write a zone such as Europe/Berlin, America/New_York or UTC.");
        if zone.is_empty() {
            return Ok(TimeZone::UTC);
        }
        (zone.len() <= LONGEST_ZONE).then(|| TimeZone::get(zone).ok()).flatten().ok_or_else(wrong)
    }

    /// The suspect as text: what was chosen, with what was typed or ticked beside it.
    fn suspect(&self, zone: &TimeZone) -> Result<String, Fail> {
        let who = if self.who.trim().is_empty() { self.kind.trim() } else { self.who.trim() };
        let id = self.id.trim();
        if who == "copy" && self.keys == "yes" {
            return self.with_keys(zone);
        }
        let alone = id.is_empty() || who.contains(':');
        Ok(if alone { who.to_owned() } else { format!("{who}:{id}") })
    }

    fn with_keys(&self, zone: &TimeZone) -> Result<String, Fail> {
        if self.keys_at.trim().is_empty() {
            return Ok("copy:keys".to_owned());
        }
        let wrong = || Fail::invalid("keys_at", "Write the moment like 2026-12-01T09:30.");
        let at = moment_in(&self.keys_at, false, zone).ok_or_else(wrong)?;
        Ok(format!("copy:keys@{}", stamp(at)))
    }
}

fn sentence(error: super::SuspectError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).chain(['.']).collect()
}

/// A question as the query of an address.
pub(super) fn query(question: &Question) -> String {
    let mut text = format!(
        "who={}&from={}&until={}&skew={}",
        question.suspect.to_string().replace(':', "%3A"),
        stamp(question.from),
        stamp(question.until),
        question.skew / Micros::SECOND
    );
    if !question.follow {
        text.push_str("&follow=no");
    }
    text
}

/// A moment in UTC with all its digits, as [`moment`] reads it and an address may hold it.
fn stamp(at: Micros) -> String {
    at.timestamp().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(who: &str, from: &str, until: &str) -> Asked {
        Asked { who: who.into(), from: from.into(), until: until.into(), ..Asked::default() }
    }

    #[test]
    fn a_question_survives_its_address() {
        let mut question = asked("address:2001:db8::7", "2026-12-01", "2026-12-01").question().expect("a question");
        question.until = question.until.plus(1);
        question.follow = false;
        let again: Asked = serde_html_form::from_str(&query(&question)).expect("a query");
        assert_eq!(again.question().expect("the same"), question);
    }

    #[test]
    fn the_form_names_the_kind_and_the_number_apart() {
        let form = Asked { kind: "key".into(), id: " 0000000000007 ".into(), ..asked("", "2026-12-01", "2026-12-02") };
        assert_eq!(form.question().expect("a question").suspect.to_string(), "key:0000000000007");
        assert!(Asked::default().is_blank() && !form.is_blank());
    }

    #[test]
    fn a_choice_stands_beside_what_was_typed_and_ticked() {
        let of = |change: fn(&mut Asked)| {
            let mut form = asked("copy", "2026-12-01", "2026-12-02");
            change(&mut form);
            form.question().map(|question| (question.suspect.to_string(), question.from.to_string()))
        };
        let suspect = |change| of(change).expect("a question").0;
        assert_eq!(suspect(|_| ()), "copy");
        assert_eq!(suspect(|form| form.keys = "yes".into()), "copy:keys");
        let at = |form: &mut Asked| {
            (form.keys, form.keys_at, form.zone) = ("yes".into(), "2026-12-01T10:00".into(), "Europe/Berlin".into());
        };
        assert_eq!(suspect(at), "copy:keys@2026-12-01T09:00:00Z");
        assert_eq!(suspect(|form| (form.who, form.id) = ("address".into(), "192.0.2.7".into())), "address:192.0.2.7");
        let key = |form: &mut Asked| (form.who, form.id) = ("key:0000000000007".into(), "left over".into());
        assert_eq!(suspect(key), "key:0000000000007", "who was chosen from the list has their number");
        let berlin = of(|form| form.zone = "Europe/Berlin".into()).expect("a question").1;
        assert!(berlin.starts_with("2026-11-30T23:00"), "{berlin}");
        assert!(of(|form| form.zone = "Mars/Olympus".into()).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let field = |asked: Asked| match asked.question() {
            Err(Fail::Invalid(errors)) => errors[0].field.clone(),
            _ => "none".into(),
        };
        assert_eq!(field(asked("nobody", "2026-12-01", "2026-12-02")), "id");
        assert_eq!(field(asked("host", "soon", "2026-12-02")), "from");
        assert_eq!(field(asked("host", "2026-12-03", "2026-12-01")), "until");
        let skew = |skew: &str| Asked { skew: skew.into(), ..asked("host", "2026-12-01", "2026-12-02") };
        assert_eq!(field(skew("a while")), "skew");
        assert_eq!(field(skew("9223372036854775807")), "skew");
    }
}
