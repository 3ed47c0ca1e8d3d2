//! One fuzz target a parser.
//!
//! Promise: whatever bytes come in, a target returns within its limits and does not panic. The corpora under
//! `corpus/NAME` and mutations of them replay on stable in every test run; `libfuzzer/` runs the same functions
//! under coverage guidance with `WAXWING_FUZZ=NAME cargo +nightly fuzz run any`. Limit: a replay finds again what was found before,
//! and a few thousand mutations beside it.

use std::str::from_utf8;
use waxwing_crypto as crypto;
use waxwing_domain as domain;
use waxwing_law as law;
use waxwing_message as message;
use waxwing_oidc as oidc;

/// A parser and its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("email", email),
    ("phone", phone),
    ("ids", ids),
    ("header_text", header_text),
    ("ring_file", ring_file),
    ("root_file", root_file),
    ("sealed_file", sealed_file),
    ("tokens", tokens),
    ("frontier", frontier),
    ("leaf", leaf),
    ("tlog_note", tlog_note),
    ("tlog_proof", tlog_proof),
    ("tlog_request", tlog_request),
    ("tlog_key", tlog_key),
    ("tlog_tile", tlog_tile),
    ("person", person),
    ("template", template),
    ("revision_html", revision_html),
    ("revision_markdown", revision_markdown),
    ("revision_mjml", revision_mjml),
    ("dkim_key", dkim_key),
    ("relay_url", relay_url),
    ("egress_url", egress_url),
    ("id_token", id_token),
    ("provider_keys", provider_keys),
    ("provider_description", provider_description),
    ("inbound_command", inbound_command),
    ("received", received),
    ("law_rules", law_rules),
    ("law_facts", law_facts),
    ("law_parts", law_parts),
    ("law_notice", law_notice),
];

fn text(bytes: &[u8], read: impl FnOnce(&str)) {
    if let Ok(text) = from_utf8(bytes) {
        read(text);
    }
}

fn email(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(address) = domain::EmailAddress::parse(text) {
            let wire = address.as_str();
            assert!(!wire.contains(['\r', '\n', '\0', ' ', '<', '>']), "an address could break an envelope");
            assert_eq!(domain::EmailAddress::parse(wire).as_ref(), Ok(&address), "an address reads back as itself");
        }
    });
}

fn phone(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(number) = domain::PhoneNumber::parse(text) {
            assert!(number.as_str().len() <= 16);
        }
    });
}

fn ids(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(id) = text.parse::<domain::ListId>() {
            assert!(id.to_string().eq_ignore_ascii_case(text));
        }
    });
}

fn header_text(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(line) = domain::HeaderText::parse(text) {
            assert!(!line.as_str().chars().any(char::is_control));
        }
    });
}

fn ring_file(bytes: &[u8]) {
    let root = crypto::RootKey::random(&domain::TestRng::seeded(1));
    assert!(crypto::KeyRing::from_file(&root, bytes).is_err(), "nobody guesses a sealed ring");
}

fn root_file(bytes: &[u8]) {
    // Either answer is right: an unsealed root file is nothing but bytes.
    let _ = crypto::root_file_from_bytes(bytes, None);
}

fn sealed_file(bytes: &[u8]) {
    let key = crypto::FileKey::random(&domain::TestRng::seeded(1));
    let (header, rest) = bytes.split_at(bytes.len().min(crypto::file_key::HEADER_LEN));
    if let Ok(mut opener) = crypto::FileOpener::new(&key, header) {
        assert!(opener.open_chunk(rest, true).is_err(), "nobody guesses a sealed chunk");
    }
}

fn tokens(bytes: &[u8]) {
    text(bytes, |text| {
        // What parses is only a form; whether it is known is decided against the stored hash.
        let _ = crypto::SecretToken::parse(crypto::SecretPurpose::Session, text);
        let _ = crypto::ApiKey::parse(text);
        let _ = crypto::keyring::token_claims(crypto::TokenPurpose::Unsubscribe, text);
    });
}

fn frontier(bytes: &[u8]) {
    if let Ok(frontier) = crypto::merkle::Frontier::from_bytes(bytes) {
        assert_eq!(frontier.to_bytes(), bytes, "one form only");
    }
}

fn leaf(bytes: &[u8]) {
    if let Some(value) = waxwing_store::decode_leaf(bytes) {
        assert!(value.is_object());
    }
}

fn inbound_command(bytes: &[u8]) {
    use waxwing_delivery::inbound::Command;
    if let Ok(Command::Rcpt(address) | Command::Mail { from: address, .. }) = Command::parse(bytes) {
        assert!(!address.contains(['\r', '\n', '\0', '<', '>']), "an address could break a log or an envelope");
    }
}

fn received(bytes: &[u8]) {
    let read = message::Received::read(bytes);
    assert!(!read.subject.contains(['\r', '\n', '\0']), "a subject is one line");
    assert!(read.links.len() <= 20 && read.hops.len() <= 12, "little comes out");
}

fn tlog_note(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(note) = crypto::tlog::SignedNote::parse(text) {
            assert_eq!(note.to_text(), text, "one form only");
            if let Ok(head) = crypto::tlog::Checkpoint::parse(note.text()) {
                assert_eq!(head.text(), note.text(), "one form only");
            }
        }
    });
}

fn tlog_proof(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(proof) = crypto::tlog::EntryProof::parse(text) {
            assert_eq!(proof.to_text(), text, "one form only");
        }
    });
}

fn tlog_request(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(request) = crypto::tlog::AddCheckpoint::parse(text) {
            assert_eq!(request.to_text(), text, "one form only");
        }
    });
}

fn tlog_key(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(key) = text.parse::<crypto::tlog::VerifierKey>() {
            assert_eq!(key.to_string(), text, "one form only");
        }
        if let Ok(signer) = crypto::tlog::NoteSigner::from_private_text(text) {
            assert_eq!(*signer.private_text(), text, "one form only");
        }
    });
}

fn tlog_tile(bytes: &[u8]) {
    text(bytes, |text| {
        if let Some(tile) = crypto::tlog::Tile::parse(text) {
            assert_eq!(tile.path(), format!("tile/{text}"), "one form only");
        }
    });
    if let Some(entries) = crypto::tlog::Bundle::entries(bytes, 2) {
        let mut bundle = crypto::tlog::Bundle::default();
        assert!(entries.into_iter().all(|entry| bundle.push(entry).is_some()));
        assert_eq!(bundle.bytes(), bytes, "one form only");
    }
}

fn person(bytes: &[u8]) {
    if let Ok(fields) = waxwing_store::PersonFields::parse(bytes) {
        assert!(fields.to_bytes().len() <= bytes.len());
    }
}

fn values() -> message::RenderValues {
    let campaign = message::CampaignValues::new(&message::CampaignFacts::default());
    message::RenderValues::new(&campaign, message::SubscriberValues::default(), message::PersonalLinks::default())
}

fn template(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(template) = message::CompiledTemplate::compile(text, message::Escaping::Html) {
            // Running out of fuel is an answer.
            let _ = template.render(&values());
        }
    });
}

fn revision(bytes: &[u8], format: message::ContentFormat) {
    text(bytes, |text| {
        let source = message::RevisionSource {
            format,
            subject: "Subject".into(),
            preheader: String::new(),
            body: text.to_owned(),
            wrapper: None,
            text: None,
        };
        let rendered = message::Revision::compile(&source).ok().and_then(|revision| revision.render(&values()).ok());
        let html = rendered.and_then(|rendered| rendered.html).unwrap_or_default().to_ascii_lowercase();
        assert!(!html.contains("<script") && !html.contains("<iframe"), "content that could run came through");
    });
}

fn revision_html(bytes: &[u8]) {
    revision(bytes, message::ContentFormat::Html);
}

fn revision_markdown(bytes: &[u8]) {
    revision(bytes, message::ContentFormat::Markdown);
}

fn revision_mjml(bytes: &[u8]) {
    revision(bytes, message::ContentFormat::Mjml);
}

fn dkim_key(bytes: &[u8]) {
    for algorithm in [message::DkimAlgorithm::Rsa, message::DkimAlgorithm::Ed25519] {
        // A key that parses is a key; nothing more is promised.
        let _ = message::DkimKey::from_pkcs8(algorithm, bytes);
    }
}

fn relay_url(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(url) = waxwing_delivery::RelayUrl::parse(text) {
            assert!(!format!("{url:?}").contains("secret"), "a login shows in Debug");
        }
    });
}

fn egress_url(bytes: &[u8]) {
    let client = waxwing_egress::Egress::closed();
    text(bytes, |text| {
        if let Ok(target) = client.target(text) {
            assert!(target.is_https() && target.port() == 443, "nothing but HTTPS without exceptions");
            assert!(!target.origin().contains('@') && !target.as_str().contains(['\\', ' ', '\r', '\n', '#']));
            assert_eq!(client.target(target.as_str()).as_ref(), Ok(&target), "an address reads back as itself");
            if let Ok(ip) = target.host().parse() {
                assert_eq!(waxwing_egress::address::kind(ip), waxwing_egress::Kind::Public);
            }
        }
    });
}

/// The public key of RFC 8037, appendix A.1: nobody signs by it here.
const PROVIDER_KEYS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"d","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn id_token(bytes: &[u8]) {
    let keys = oidc::KeySet::parse(PROVIDER_KEYS.as_bytes()).expect("a set");
    let expected = oidc::Expected {
        issuer: "https://id.example",
        client: "waxwing",
        nonce: "n",
        groups: "groups",
        now: 1_800_000_000,
    };
    text(bytes, |text| assert!(oidc::verify(text, &keys, &expected).is_err(), "nobody guesses a signature"));
}

fn provider_keys(bytes: &[u8]) {
    if let Ok(keys) = oidc::KeySet::parse(bytes) {
        // A key that parses is a key; nothing more is promised.
        let _ = keys.has(None, oidc::Algorithm::Rs256);
    }
}

fn provider_description(bytes: &[u8]) {
    if let Ok(provider) = oidc::Provider::parse(bytes, "https://id.example", false) {
        let doors = [&provider.authorization_endpoint, &provider.token_endpoint, &provider.jwks_uri];
        assert!(doors.iter().all(|door| door.scheme() == "https"), "a door that is no https address");
        assert_eq!(provider.issuer, "https://id.example");
    }
}

fn law_rules(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(book) = law::RuleBook::parse(&[text]) {
            assert!(book.rules().iter().all(|rule| rule.source.starts_with("https://")), "a rule without a source");
        }
    });
}

fn law_facts(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(facts) = law::Facts::from_json(text) {
            assert_eq!(law::Facts::from_json(&facts.to_json()).as_ref(), Ok(&facts), "facts read back as themselves");
            // A date outside the calendar is an answer.
            let _ = law::duties(&facts, law::RuleBook::shipped(), jiff::civil::date(2026, 11, 22));
        }
    });
}

fn law_parts(bytes: &[u8]) {
    text(bytes, |text| {
        if let Ok(parts) = law::drafts::Parts::from_json(text) {
            assert_eq!(
                law::drafts::Parts::from_json(&parts.to_json()).as_ref(),
                Ok(&parts),
                "parts read back as themselves"
            );
            let (facts, now) = (law::Facts::default(), jiff::Timestamp::UNIX_EPOCH);
            let material = law::drafts::Material { facts: &facts, parts: &parts, severity: None, now };
            for kind in law::drafts::DraftKind::ALL {
                let html = law::drafts::draft(*kind, &material).html().to_ascii_lowercase();
                assert!(
                    !html.contains("<script") && !html.contains("<img"),
                    "what people wrote came through as markup"
                );
            }
        }
    });
}

fn law_notice(bytes: &[u8]) {
    text(bytes, |text| {
        let (title, body) = text.split_once('\n').unwrap_or((text, ""));
        let notice = law::lint::Notice {
            locale: law::drafts::Locale::En,
            title,
            text: body,
            html: Some(body),
            data: &[law::facts::DataKind::EmailAddress],
            certain: true,
            contacts: &["privacy@birch.example"],
            hosts: &[],
        };
        assert!(law::lint::lint(&notice).len() <= 10 * law::lint::LintRule::ALL.len(), "findings are bounded");
    });
}
