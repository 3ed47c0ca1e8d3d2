//! Which URLs are taken, and which are refused with which words.

use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Target, UrlError> {
    Target::parse(text, &Exceptions::default())
}

#[test]
fn an_ordinary_address_is_taken_apart() {
    let target = parse("https://Hooks.Example.org/in/box?key=secret").expect("an ordinary address");
    assert_eq!((target.host(), target.port(), target.is_https()), ("hooks.example.org", 443, true));
    assert_eq!(target.path_and_query(), "/in/box?key=secret");
    assert_eq!(target.authority(), "hooks.example.org");
    assert_eq!(parse("https://hooks.example.org").expect("no path").path_and_query(), "/");
}

#[test]
fn a_name_in_unicode_becomes_ascii() {
    assert_eq!(parse("https://bücher.example/").expect("a name").host(), "xn--bcher-kva.example");
    assert_eq!(parse("https://BÜCHER.example/").expect("a name").host(), "xn--bcher-kva.example");
    // Full-width dots and digits are not a way round the rules for addresses.
    assert!(parse("https://127。0。0。1/").is_err());
    assert!(parse("https://１２７.0.0.1/").is_err());
}

#[test]
fn each_fault_has_its_own_words() {
    for (text, error) in [
        ("http://example.org/", UrlError::NotHttps),
        ("ftp://example.org/", UrlError::NotHttps),
        ("file:///etc/passwd", UrlError::NotHttps),
        ("gopher://example.org:70/_x", UrlError::NotHttps),
        ("javascript:alert(1)", UrlError::NotHttps),
        ("https://user:pw@example.org/", UrlError::Login),
        ("https://user@example.org/", UrlError::Login),
        ("https://@example.org/", UrlError::Login),
        ("https://example.org@127.0.0.1/", UrlError::Login),
        ("https://example.org/#part", UrlError::Fragment),
        ("https://example.org:8443/", UrlError::Port),
        ("https://example.org:25/", UrlError::Port),
        ("https://example.org:80/", UrlError::Port),
        ("https://localhost/", UrlError::Host),
        ("https://intranet/", UrlError::Host),
        ("https://example.org./", UrlError::Host),
        ("https://-a.example/", UrlError::Host),
        ("https://127.0.0.1/", UrlError::Refused(Kind::Loopback)),
        ("https://[::1]/", UrlError::Refused(Kind::Loopback)),
        ("https://10.1.2.3/", UrlError::Refused(Kind::Private)),
        ("https://169.254.169.254/latest/meta-data", UrlError::Refused(Kind::Metadata)),
        ("https://[::ffff:169.254.169.254]/", UrlError::Refused(Kind::Carrier)),
        ("https://[64:ff9b::a9fe:a9fe]/", UrlError::Refused(Kind::Carrier)),
        ("https://[fd00::1]/", UrlError::Refused(Kind::Private)),
        ("https://0.0.0.0/", UrlError::Refused(Kind::Unspecified)),
    ] {
        assert_eq!(parse(text).expect_err(text), error, "{text}");
    }
}

#[test]
fn spellings_that_programs_read_differently_are_refused() {
    for text in [
        "",
        "example.org",
        "//example.org/",
        "https:example.org",
        "https:/example.org",
        "https:///example.org",
        "https://",
        " https://example.org/",
        "https://example.org/\n",
        "https://exa\tmple.org/",
        "https:\\\\example.org\\",
        "https://example.org\\@127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://127.0.0.01/",
        "https://%31%32%37.0.0.1/",
        "https://exam%70le.org/",
        "https://[::1%25lo]/",
        "https://example.org:443x/",
        "https://example.org:99999/",
        "https://example.org/%zz",
        "https://example.org/\u{85}",
        "https://example.org/\u{2028}",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
    assert_eq!(parse(&format!("https://example.org/{}", "a".repeat(MAX_URL))), Err(UrlError::TooLong));
    // Short as written, long as sent.
    assert_eq!(parse(&format!("https://example.org/{}", "ü".repeat(1_000))), Err(UrlError::TooLong));
    assert!(parse(&format!("https://{}.example/", "a".repeat(64))).is_err());
}

#[test]
fn plain_http_is_for_this_machine_and_only_where_allowed() {
    let exceptions = Exceptions { plain_loopback: true, ..Exceptions::default() };
    for text in ["http://127.0.0.1:9000/x", "http://localhost:9000/x", "http://[::1]:9000/"] {
        assert!(Target::parse(text, &exceptions).is_ok(), "{text}");
        assert!(parse(text).is_err(), "{text}");
    }
    for text in ["http://example.org/", "http://10.0.0.1/", "http://127.0.0.1.example.org/", "http://0.0.0.0/"] {
        assert!(Target::parse(text, &exceptions).is_err(), "{text}");
    }
}

#[test]
fn a_location_is_read_as_strictly_as_any_other_address() {
    let rule = Exceptions::default();
    let from = parse("https://example.org/a/b").expect("an address");
    assert_eq!(from.join("../c?d", &rule).expect("a path").as_str(), "https://example.org/c?d");
    for bad in
        ["http://example.org/", "https://169.254.169.254/", "//10.0.0.1/", "file:///etc/passwd", "/a b", "\\\\x\\"]
    {
        assert!(from.join(bad, &rule).is_err(), "{bad}");
    }
}

#[test]
fn what_may_be_a_secret_is_not_shown() {
    let target = parse("https://example.org/hook/s3cr3t?token=s3cr3t").expect("an address");
    assert!(!format!("{target:?}").contains("s3cr3t"));
    assert_eq!(target.origin(), "https://example.org");
}

proptest! {
    #[test]
    fn what_is_taken_reads_back_as_itself(text in "https://[a-zA-Z0-9.:@%\\[\\]-]{0,40}(/[ -~]{0,40})?") {
        if let Ok(target) = parse(&text) {
            prop_assert_eq!(parse(target.as_str()), Ok(target.clone()));
            prop_assert!(target.is_https() && target.port() == 443);
            prop_assert!(!target.authority().contains('@'));
        }
    }
}
