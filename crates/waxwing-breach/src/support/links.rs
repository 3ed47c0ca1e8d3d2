//! Links in answers: to the house's own host and nowhere else.
//!
//! Promise: whatever a mail program would make a link of, with a scheme or without, leads to the host given, or is found.
//! Limit: words are looked at, not where a page of our own leads on to.

/// The first word of a text that would become a link to another host.
pub(super) fn foreign<'a>(text: &'a str, own: &str) -> Option<&'a str> {
    text.split_whitespace().find(|word| hosts(word).iter().any(|host| !host.eq_ignore_ascii_case(own)))
}

/// The hosts that a word may be taken to name.
fn hosts(word: &str) -> Vec<String> {
    // Full stops of other scripts are full stops to a browser (RFC 3490, section 3.1).
    let word = word.to_lowercase().replace(['。', '．', '｡'], ".");
    let with_scheme: Vec<String> =
        word.match_indices("://").filter_map(|(at, mark)| host(word.get(at + mark.len()..)?)).collect();
    if !with_scheme.is_empty() || word.contains("://") || word.contains('@') {
        return with_scheme;
    }
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    host(bare).filter(|host| is_domain(host)).into_iter().collect()
}

/// What stands before path, port and query, behind a name and password.
fn host(rest: &str) -> Option<String> {
    let authority = rest.split(|c: char| "/\\?#\"'<>()".contains(c)).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?.trim_end_matches(|c: char| !c.is_alphanumeric());
    (!host.is_empty()).then(|| host.to_owned())
}

/// Whether a bare word looks like a domain to a mail program: labels with a full stop between, the last of letters.
fn is_domain(word: &str) -> bool {
    let labels: Vec<&str> = word.split('.').collect();
    let plain = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let last = labels.last().is_some_and(|last| last.chars().count() >= 2 && last.chars().all(char::is_alphabetic));
    labels.len() >= 2 && last && labels.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_houses_own_host_may_be_linked() {
        fn found(text: &str) -> Option<&str> {
            foreign(text, "orchard.example")
        }
        for fine in [
            "Look at https://orchard.example/status/notice-x, please.",
            "Write to privacy@elsewhere.example, e.g. today. It costs 3.50 Euro.",
            "orchard.example/status/x",
            "Change your password. Then wait.",
        ] {
            assert_eq!(found(fine), None, "{fine}");
        }
        for (text, word) in [
            ("Press https://evil.example/x now", "https://evil.example/x"),
            ("(www.evil.example)", "(www.evil.example)"),
            ("Go to evil.example/pay.", "evil.example/pay."),
            ("https://orchard.example@evil.example/", "https://orchard.example@evil.example/"),
            ("https://orchard.example.evil.example", "https://orchard.example.evil.example"),
            ("https://evil。example", "https://evil。example"),
            ("HTTPS://EVIL.EXAMPLE", "HTTPS://EVIL.EXAMPLE"),
            ("x://orchard.example://evil.example", "x://orchard.example://evil.example"),
        ] {
            assert_eq!(found(text), Some(word), "{text}");
        }
    }
}
