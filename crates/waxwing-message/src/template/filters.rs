//! The filters a template may use: pure, and none answers more than [`MAX_TEXT`] bytes.

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};

/// The longest text a filter takes or gives, in bytes.
pub(super) const MAX_TEXT: usize = 16 * 1_024;

/// Adds the filters and tests of the grammar to `env`, and nothing else.
pub(super) fn register(env: &mut Environment<'static>) {
    env.add_filter("upper", |v: Value| mapped(&v, str::to_uppercase));
    env.add_filter("lower", |v: Value| mapped(&v, str::to_lowercase));
    env.add_filter("capitalize", |v: Value| mapped(&v, capitalise));
    env.add_filter("title", |v: Value| mapped(&v, title));
    env.add_filter("trim", |v: Value| mapped(&v, |s| s.trim().to_owned()));
    env.add_filter("default", or_default);
    env.add_filter("escape", escape);
    env.add_filter("e", escape);
    env.add_filter("urlencode", |v: Value| mapped(&v, urlencode));
    env.add_filter("truncate", truncate);
    env.add_filter("date", date);
    env.add_filter("length", length);
    env.add_filter("join", join);
    env.add_test("defined", |v: Value| !v.is_undefined());
    env.add_test("undefined", |v: Value| v.is_undefined());
    env.add_test("none", |v: Value| v.is_none());
    env.add_test("string", |v: Value| v.kind() == ValueKind::String);
    env.add_test("number", |v: Value| v.kind() == ValueKind::Number);
    env.add_test("odd", |v: Value| i128::try_from(v).is_ok_and(|n| n % 2 != 0));
    env.add_test("even", |v: Value| i128::try_from(v).is_ok_and(|n| n % 2 == 0));
}

/// The text of a plain value; nothing for undefined; an error for lists and maps.
pub(super) fn text_of(value: &Value) -> Result<String, Error> {
    let text = match value.kind() {
        ValueKind::Undefined | ValueKind::None => String::new(),
        ValueKind::String | ValueKind::Number | ValueKind::Bool => value.to_string(),
        _ => return Err(Error::new(ErrorKind::InvalidOperation, "only text and numbers can be shown")),
    };
    bounded(text)
}

fn bounded(text: String) -> Result<String, Error> {
    if text.len() <= MAX_TEXT {
        return Ok(text);
    }
    Err(Error::new(ErrorKind::InvalidOperation, "a value is longer than 16 KB"))
}

fn mapped(value: &Value, change: impl Fn(&str) -> String) -> Result<Value, Error> {
    bounded(change(&text_of(value)?)).map(Value::from)
}

fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect(),
        None => String::new(),
    }
}

fn title(text: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = c.is_whitespace() || c == '-';
    }
    out
}

/// Also replaces empty text: to a reader, an empty name and a missing one are the same.
fn or_default(value: Value, other: Option<Value>) -> Value {
    let missing = value.is_undefined() || value.is_none() || value.as_str().is_some_and(|s| s.trim().is_empty());
    if missing { other.unwrap_or_else(|| Value::from("")) } else { value }
}

fn escape(value: Value) -> Result<Value, Error> {
    if value.is_safe() {
        return Ok(value);
    }
    let mut out = String::new();
    super::engine::escape_html(&text_of(&value)?, |part| {
        out.push_str(part);
        Ok::<(), std::convert::Infallible>(())
    })
    .unwrap_or_else(|never| match never {});
    bounded(out).map(Value::from_safe_string)
}

fn urlencode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len() + 16);
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(b >> 4)]));
            out.push(char::from(HEX[usize::from(b & 15)]));
        }
    }
    out
}

/// At most `length` characters (255 if not said), the last of them `end` (an ellipsis) where it was cut.
fn truncate(value: Value, length: Option<usize>, kwargs: minijinja::value::Kwargs) -> Result<Value, Error> {
    let end: Option<String> = kwargs.get("end")?;
    kwargs.assert_all_used()?;
    let end = end.unwrap_or_else(|| "…".to_owned());
    let length = length.unwrap_or(255);
    mapped(&value, |text| {
        if text.chars().count() <= length {
            return text.to_owned();
        }
        let keep = length.saturating_sub(end.chars().count());
        text.chars().take(keep).collect::<String>() + &end
    })
}

/// Formats `2026-03-01` or `2026-03-01T09:30:00` (strftime); text that is no date stays as it is.
fn date(value: Value, format: Option<String>) -> Result<Value, Error> {
    let format = format.unwrap_or_else(|| "%-d %B %Y".to_owned());
    // Padding widths (`%999d`) are the one way a format could grow.
    if format.len() > 100 || format.as_bytes().windows(2).any(|w| w[0] == b'%' && w[1].is_ascii_digit()) {
        return Err(Error::new(ErrorKind::InvalidOperation, "that date format is not supported"));
    }
    mapped(&value, |text| {
        let moment =
            text.parse::<jiff::civil::DateTime>().or_else(|_| text.parse::<jiff::civil::Date>().map(Into::into));
        match moment.map(|m: jiff::civil::DateTime| jiff::fmt::strtime::format(&format, m)) {
            Ok(Ok(shown)) => shown,
            _ => text.to_owned(),
        }
    })
}

fn length(value: Value) -> usize {
    value.len().or_else(|| value.as_str().map(|s| s.chars().count())).unwrap_or(0)
}

fn join(value: Value, separator: Option<String>) -> Result<Value, Error> {
    let separator = separator.unwrap_or_else(|| ", ".to_owned());
    let mut out = String::new();
    if value.is_undefined() || value.is_none() {
        return Ok(Value::from(out));
    }
    for (i, item) in value.try_iter()?.enumerate() {
        if i > 0 {
            out.push_str(&separator);
        }
        out.push_str(&text_of(&item)?);
        if out.len() > MAX_TEXT {
            break;
        }
    }
    bounded(out).map(Value::from)
}
