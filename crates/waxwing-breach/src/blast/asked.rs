//! A question as a form, an address or a program puts it.

use super::question::{Question, SKEW, Suspect, moment};
use serde::Deserialize;
use utoipa::IntoParams;
use waxwing_domain::Micros;
use waxwing_http::Fail;

/// What is asked.
#[derive(Clone, Deserialize, IntoParams, Default)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Who: `anyone`, `host`, `visitors`, `person:ID`, `session:ID`, `key:ID`, `webhook:ID`, `export:ID`,
    /// `address:IP`, or a copy of the database taken at `until`: `copy`, `copy:keys`, `copy:keys@MOMENT`.
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
        let who = if self.who.trim().is_empty() { self.joined() } else { self.who.clone() };
        let suspect: Suspect =
            who.parse().map_err(|error: super::SuspectError| Fail::invalid("id", sentence(error)))?;
        let read = |field: &str, text: &str, end| {
            moment(text, end).ok_or_else(|| Fail::invalid(field, "Write the moment like 2026-12-01T09:30."))
        };
        let (from, until) = (read("from", &self.from, false)?, read("until", &self.until, true)?);
        let skew = self.skew.trim();
        let seconds = if skew.is_empty() { Ok(SKEW / Micros::SECOND) } else { skew.parse::<i64>() };
        let seconds = seconds.map_err(|_| Fail::invalid("skew", "Write a number of seconds."))?;
        let skew = seconds.saturating_mul(Micros::SECOND);
        let question = Question { suspect, from, until, skew, follow: self.follow != "no" };
        Ok(question.checked()?)
    }

    fn joined(&self) -> String {
        let id = self.id.trim();
        if id.is_empty() { self.kind.clone() } else { format!("{}:{id}", self.kind) }
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
