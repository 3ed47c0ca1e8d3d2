//! Forms of a page, read from its text.

use http::Method;

/// A form and the values its fields come with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// GET or POST.
    pub method: Method,
    /// The path it is sent to.
    pub action: String,
    /// The fields that are sent untouched: hidden ones, text with a value, ticked boxes, chosen options.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The fields with these values in place of theirs; new names are added.
    pub fn filled(&self, values: &[(&str, &str)]) -> Vec<(String, String)> {
        let kept = self.fields.iter().filter(|(name, _)| values.iter().all(|(given, _)| given != name)).cloned();
        kept.chain(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
    }
}

/// The forms of `html`, a page at `path`.
pub fn forms(html: &str, path: &str) -> Vec<Form> {
    let starts = html.match_indices("<form").map(|(at, _)| at);
    starts.map(|at| &html[at..]).map(|rest| read(rest.split("</form").next().unwrap_or(rest), path)).collect()
}

fn read(text: &str, path: &str) -> Form {
    let head = tag(text);
    let method = match attribute(head, "method") {
        Some(method) if method.eq_ignore_ascii_case("post") => Method::POST,
        _ => Method::GET,
    };
    let action = attribute(head, "action").filter(|action| !action.is_empty()).unwrap_or_else(|| path.to_owned());
    let inputs = text.match_indices("<input").filter_map(|(at, _)| input(tag(&text[at..])));
    let areas = text.match_indices("<textarea").filter_map(|(at, _)| area(&text[at..]));
    let selects = text.match_indices("<select").filter_map(|(at, _)| select(&text[at..]));
    Form { method, action, fields: inputs.chain(areas).chain(selects).collect() }
}

/// The text of a tag up to its end; quotes may hold `>`.
fn tag(text: &str) -> &str {
    let mut quoted = false;
    let end = text.find(|c| {
        quoted ^= c == '"';
        c == '>' && !quoted
    });
    &text[..end.unwrap_or(text.len())]
}

fn input(tag: &str) -> Option<(String, String)> {
    let kind = attribute(tag, "type").unwrap_or_default();
    let ticked = !matches!(kind.as_str(), "checkbox" | "radio") || has(tag, "checked");
    let sent = ticked && !matches!(kind.as_str(), "submit" | "button" | "file" | "image") && !has(tag, "disabled");
    let value = attribute(tag, "value").unwrap_or_else(|| if kind == "checkbox" { "on".into() } else { String::new() });
    sent.then_some((attribute(tag, "name")?, value))
}

fn area(text: &str) -> Option<(String, String)> {
    let head = tag(text);
    let body = text.get(head.len() + 1..)?.split("</textarea").next()?;
    Some((attribute(head, "name")?, unescape(body.strip_prefix('\n').unwrap_or(body))))
}

fn select(text: &str) -> Option<(String, String)> {
    let body = text.split("</select").next()?;
    let options: Vec<&str> = body.match_indices("<option").map(|(at, _)| tag(&body[at..])).collect();
    let chosen = options.iter().find(|option| has(option, "selected")).or_else(|| options.first())?;
    Some((attribute(tag(text), "name")?, attribute(chosen, "value").unwrap_or_default()))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let wanted = format!(" {name}=\"");
    let spaced = tag.replace(['\n', '\t'], " ");
    let value = spaced.split_once(&wanted)?.1.split('"').next()?;
    Some(unescape(value))
}

/// Whether a tag has an attribute without value.
fn has(tag: &str, name: &str) -> bool {
    tag.split_ascii_whitespace().any(|word| word.trim_end_matches('/') == name || word.starts_with(&format!("{name}=")))
}

fn unescape(text: &str) -> String {
    let named = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#34;", "\"");
    named.replace("&#60;", "<").replace("&#62;", ">").replace("&#39;", "'").replace("&#38;", "&").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form action="/search"><input name="q"></form>
        <form method="post" action="/lists/1?a=1&amp;b=2">
        <input type="hidden" name="csrf" value="abc"><input name="name" value="A &#38; B">
        <input type="checkbox" name="on" value="1" checked><input type="checkbox" name="off" value="1">
        <select name="kind"><option value="x">X</option><option value="y" selected>Y</option></select>
        <textarea name="text">
one &lt; two</textarea><input type="submit" name="go" value="Save"></form>"#;

    #[test]
    fn a_form_is_sent_as_a_browser_would() {
        let found = forms(PAGE, "/lists/1");
        assert_eq!((found[0].method.clone(), found[0].action.as_str()), (Method::GET, "/search"));
        let form = &found[1];
        assert_eq!((form.method.clone(), form.action.as_str()), (Method::POST, "/lists/1?a=1&b=2"));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected =
            [pair("csrf", "abc"), pair("name", "A & B"), pair("on", "1"), pair("text", "one < two"), pair("kind", "y")];
        assert_eq!(form.fields, expected);
        assert_eq!(form.filled(&[("name", "C"), ("new", "D")]).last(), Some(&pair("new", "D")));
    }

    #[test]
    fn a_page_without_forms_has_none() {
        assert!(forms("<p>nothing</p>", "/").is_empty());
        assert_eq!(forms("<form method=\"post\">", "/here")[0].action, "/here");
    }
}
