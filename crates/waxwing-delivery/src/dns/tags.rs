//! `name=value; name=value`, as DKIM (RFC 6376 §3.2) and DMARC records are written.

/// The tags of a record in order, names in lower case; `None` if it is not a tag list or names
/// one twice.
pub(super) fn parse(record: &str) -> Option<Vec<(String, String)>> {
    let mut tags: Vec<(String, String)> = Vec::new();
    for part in record.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        let twice = tags.iter().any(|(known, _)| *known == name);
        if twice || name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return None;
        }
        tags.push((name, value.trim().to_owned()));
    }
    Some(tags)
}

/// The value of one tag.
pub(super) fn find<'a>(tags: &'a [(String, String)], name: &str) -> Option<&'a str> {
    tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_lists_are_read_leniently_in_space_and_strictly_in_form() {
        let tags = parse(" V = DKIM1 ;k=rsa;; p=AB CD= ; ").expect("a tag list");
        assert_eq!(find(&tags, "v"), Some("DKIM1"));
        assert_eq!(find(&tags, "p"), Some("AB CD="));
        assert_eq!(find(&tags, "x"), None);
        for bad in ["v=1; v=1", "nonsense", "=x", "a b=c"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
