//! Our signatures against dkimpy, an independent verifier written in Python.
//!
//! Skipped, and saying so, where `python3` has no `dkim` module with Ed25519 support;
//! with `WAXWING_REQUIRE_ORACLES=1` that is a failure instead.

use crate::samples::{self, NOW};
use std::io::Write;
use std::process::{Command, Stdio};
use waxwing_domain::{MailDomain, Micros};
use waxwing_message::{DkimAlgorithm, DkimKey, Selector, Signer, sign};

/// Reads `{dns, messages}` and prints one line a message: `True True`, or what went wrong.
/// It also says whether a signature still holds after a second Subject was added on top.
const VERIFIER: &str = r#"
import base64, dkim, json, sys
asked = json.load(sys.stdin)
dns = {k: v.encode() for k, v in asked["dns"].items()}
def txt(name, timeout=5):
    return dns.get((name.decode() if isinstance(name, bytes) else name).rstrip("."))
def check(message, which):
    try:
        return dkim.DKIM(message).verify(idx=which, dnsfunc=txt)
    except Exception as error:
        return type(error).__name__
for coded in asked["messages"]:
    message = base64.b64decode(coded)
    forged = b"Subject: forged\r\n" + message
    print(check(message, 0), check(message, 1), check(forged, 0), check(forged, 1))
"#;

/// Whether the oracle can be asked; says so on stderr when it cannot.
fn oracle_is_here() -> bool {
    let works = Command::new("python3").args(["-c", "import dkim, nacl.signing"]).stderr(Stdio::null()).status();
    if works.is_ok_and(|status| status.success()) {
        return true;
    }
    let required = std::env::var("WAXWING_REQUIRE_ORACLES").is_ok_and(|v| v == "1");
    assert!(!required, "python3 with dkimpy and PyNaCl is required and missing");
    let _ = writeln!(std::io::stderr(), "SKIPPED: python3 with dkimpy and PyNaCl is not installed");
    false
}

fn signers(domain: &MailDomain) -> Vec<Signer> {
    let signer = |&algorithm: &DkimAlgorithm| Signer {
        domain: domain.clone(),
        selector: Selector::parse(if algorithm == DkimAlgorithm::Rsa { "wr" } else { "we" }).expect("valid"),
        key: DkimKey::generate(algorithm).expect("generates"),
    };
    DkimAlgorithm::ALL.iter().map(signer).collect()
}

/// What the verifier printed for `messages`, a line each.
fn verdicts(signers: &[Signer], messages: &[Vec<u8>]) -> Vec<String> {
    let dns: serde_json::Map<_, _> = signers
        .iter()
        .map(|s| (format!("{}._domainkey.{}", s.selector, s.domain), s.key.dns_record().expect("exports").into()))
        .collect();
    let coded: Vec<_> = messages.iter().map(|m| samples::base64(m)).collect();
    let asked = serde_json::json!({ "dns": dns, "messages": coded }).to_string();
    samples::python(VERIFIER, &asked).lines().map(str::to_owned).collect()
}

fn assert_all_verify(signers: &[Signer], messages: &[Vec<u8>]) {
    let signed: Vec<Vec<u8>> = messages
        .iter()
        .map(|message| [sign(signers, message, Micros::from_i64(NOW)).expect("signs"), message.clone()].concat())
        .collect();
    let lines = verdicts(signers, &signed);
    assert_eq!(lines.len(), messages.len(), "the verifier answered for every message");
    for (line, message) in lines.iter().zip(messages) {
        assert_eq!(line, "True True False False", "{:?}", String::from_utf8_lossy(message));
    }
}

#[test]
fn an_independent_verifier_accepts_nasty_bodies() {
    if !oracle_is_here() {
        return;
    }
    let long = "x".repeat(998);
    let bodies = [
        "",
        "\r\n",
        "\r\n\r\n\r\n",
        " \r\n",
        "\t\r\n \r\n",
        "Line\r\n \r\n",
        "Line\r\n \r\n\r\n\t \r\n",
        "Line",
        "a\r\n\r\n \r\nb\r\n",
        " leading\r\n\tleading\r\n",
        "a  b\t\tc \t d   \r\n",
        ".\r\n..\r\n.dot\r\n",
        &long,
        &format!("{long}\r\n{long} \r\n\r\n"),
        "From here\r\n",
        "é ü 漢字 \u{1f600}\r\n",
        "--=_x--\r\n",
        "a\r\n.\r\nb",
    ];
    let heads = [
        "From: a@example.org\r\nSubject: s\r\n",
        "from:a@example.org\r\nSUBJECT:\t folded\r\n\t  text \r\nTo:\r\n b@example.net\r\nX-Other: 1\r\n",
        "From:  A  B <a@example.org>\r\nSubject:\r\nDate: Sun, 22 Nov 2026 06:30:00 +0000\r\nReply-To: c@example.org\r\n",
    ];
    let messages: Vec<Vec<u8>> =
        heads.iter().flat_map(|h| bodies.iter().map(move |b| format!("{h}\r\n{b}").into_bytes())).collect();
    assert_all_verify(&signers(&MailDomain::parse("example.org").expect("valid")), &messages);
}

#[test]
fn an_independent_verifier_accepts_what_we_build() {
    if !oracle_is_here() {
        return;
    }
    let domain = MailDomain::parse("mail.example.org").expect("valid");
    let messages: Vec<Vec<u8>> = (0..200).map(|n| samples::message(&samples::sample(n))).collect();
    assert_all_verify(&signers(&domain), &messages);
}
