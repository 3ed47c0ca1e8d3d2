//! The links of a revision, and which of them would carry a person's data to somebody.

use super::protect::Protector;
use crate::markup::{Attribute, Kind, decode_entities, pieces};
use crate::template::TemplateError;
use std::collections::HashSet;
use url::Url;

/// Values that are the same for everyone, or made to be links.
const NOT_PERSONAL: &[&str] =
    &["unsubscribe_url", "view_url", "organisation", "postal_address", "list_name", "reason", "campaign.subject"];
/// Attributes whose value a mail program may fetch or follow.
const ADDRESSES: &[&str] =
    &["href", "src", "srcset", "background", "style", "action", "poster", "data", "cite", "longdesc", "xlink:href"];

/// A personal value in a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonalLink {
    /// The field, such as `subscriber.email`; also a name the content sets itself.
    pub field: String,
    /// The fixed beginning of the address; empty if the value comes first.
    pub address_start: String,
    /// The line of `source`, counted from 1.
    pub line: usize,
}

/// Finds values of people in addresses of `source` (a template of HTML or text), unless the address
/// begins with `https://` and a host of `allow_hosts`.
///
/// Looks at every attribute that is fetched or followed, at `style`, and at addresses in text.
pub fn personal_fields_in_links(source: &str, allow_hosts: &[&str]) -> Result<Vec<PersonalLink>, TemplateError> {
    let mut protector = Protector::new(&[source]);
    let masked = protector.mask(source)?;
    let mut found = Vec::new();
    for piece in pieces(&masked) {
        match &piece.kind {
            Kind::Open { attributes, .. } => {
                for attribute in attributes.iter().filter(|a| carries_address(a)) {
                    check(&decode_entities(attribute.value), &protector, allow_hosts, &mut found);
                }
            }
            Kind::Text | Kind::Raw { .. } | Kind::Comment => {
                for word in decode_entities(piece.text).split_whitespace().filter_map(address_in_word) {
                    check(word, &protector, allow_hosts, &mut found);
                }
            }
            Kind::Close { .. } | Kind::Condition | Kind::Declaration => {}
        }
    }
    Ok(found)
}

fn carries_address(attribute: &Attribute<'_>) -> bool {
    ADDRESSES.iter().any(|name| attribute.name.eq_ignore_ascii_case(name))
}

/// The part of a word that mail programs make a link of.
fn address_in_word(word: &str) -> Option<&str> {
    ["https://", "http://", "mailto:", "www."].iter().find_map(|start| word.find(start)).map(|at| &word[at..])
}

fn check(address: &str, protector: &Protector, allow_hosts: &[&str], found: &mut Vec<PersonalLink>) {
    let start = protector.fixed_start(address);
    if allowed_host(start, allow_hosts) {
        return;
    }
    for (name, line) in protector.names_in(address) {
        if !NOT_PERSONAL.contains(&name) && !name.starts_with("loop.") {
            found.push(PersonalLink { field: name.to_owned(), address_start: start.to_owned(), line });
        }
    }
}

/// Whether the fixed start of an address holds its whole host, and the host is allowed.
fn allowed_host(start: &str, allow_hosts: &[&str]) -> bool {
    // Without something after it, the host could go on in the value: `https://a.example{{ x }}`.
    let whole_host = start.strip_prefix("https://").is_some_and(|rest| rest.contains(['/', '?', '#']));
    let host = whole_host.then(|| Url::parse(start).ok()).flatten();
    host.and_then(|url| url.host_str().map(|h| allow_hosts.iter().any(|a| a.eq_ignore_ascii_case(h)))).unwrap_or(false)
}

/// The web addresses of links in a protected body, tags put back, each once.
pub(super) fn addresses(body: &str, protector: &Protector) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for piece in pieces(body) {
        let Kind::Open { name, attributes, .. } = piece.kind else { continue };
        let href = attributes.iter().find(|a| a.name == "href").filter(|_| name == "a");
        let Some(address) = href.map(|a| decode_entities(a.value)) else { continue };
        if (address.starts_with("https://") || address.starts_with("http://")) && seen.insert(address.clone()) {
            all.push(protector.restore(&address));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(source: &str) -> Vec<String> {
        let found = personal_fields_in_links(source, &["shop.example"]).expect("reads");
        found.into_iter().map(|link| link.field).collect()
    }

    #[test]
    fn personal_values_in_addresses_are_found() {
        for source in [
            "<a href=\"https://x.example/?e={{ subscriber.email }}\">a</a>",
            "<a href='{{ subscriber.email }}'>a</a>",
            "<img src=\"https://x.example/{{ subscriber.email|urlencode }}.png\">",
            "<td background=\"https://x.example/{{ subscriber.email }}\">",
            "<p style=\"background:url(https://x.example/{{ subscriber.email }})\">",
            "<a href=\"https://x.example/{% if subscriber.email %}a{% endif %}\">",
            "<!--[if mso]><v:fill src=\"https://x.example/{{ subscriber.email }}\"><![endif]-->",
            "Go to https://x.example/?e={{ subscriber.email }} now",
            "<a href=\"https://shop.example{{ subscriber.email }}\">",
            "<a href=\"https://shop.example@x.example/{{ subscriber.email }}\">",
            "<a href=\"http://shop.example/{{ subscriber.email }}\">",
        ] {
            assert_eq!(fields(source), ["subscriber.email"], "{source}");
        }
        assert_eq!(fields("{% set e = subscriber.email %}<a href=\"https://x.example/{{ e }}\">"), ["e"]);
    }

    #[test]
    fn what_is_not_personal_or_allowed_passes() {
        for source in [
            "<a href=\"{{ unsubscribe_url }}\">{{ subscriber.email }}</a>",
            "<a href=\"https://shop.example/?e={{ subscriber.email }}\">a</a>",
            "{% if subscriber.vip %}<a href=\"https://x.example/vip\">a</a>{% endif %}",
            "<img alt=\"{{ subscriber.first_name }}\" src=\"https://x.example/a.png\">",
        ] {
            assert!(fields(source).is_empty(), "{source}");
        }
    }

    #[test]
    fn the_line_and_the_start_of_the_address_are_told() {
        let found =
            personal_fields_in_links("a\nb <a href=\"https://x.example/{{ subscriber.email }}\">", &[]).expect("reads");
        assert_eq!((found[0].line, found[0].address_start.as_str()), (2, "https://x.example/"));
    }
}
