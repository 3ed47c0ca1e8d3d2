//! Our signatures against dkimpy, an independent verifier written in Python.
//!
//! Skipped, and saying so, where `python3` has no `dkim` module with Ed25519 support;
//! with `WAXWING_REQUIRE_ORACLES=1` that is a failure instead.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Write;
use std::process::{Command, Stdio};
use waxwing_domain::{EmailAddress, HeaderText, ListId, MailDomain, Micros};
use waxwing_message::{
    DisplayName, DkimAlgorithm, DkimKey, FeedbackId, HeaderUrl, Kind, ListHeaders, ListIdentity, Mailbox, MessageId,
    Parts, Selector, Signer, build, sign,
};

const NOW: i64 = 1_795_329_000_000_000;

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
    let coded: Vec<_> = messages.iter().map(|m| STANDARD.encode(m)).collect();
    let asked = serde_json::json!({ "dns": dns, "messages": coded }).to_string();
    let mut child = Command::new("python3")
        .args(["-c", VERIFIER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    child.stdin.take().expect("piped").write_all(asked.as_bytes()).expect("writes");
    let output = child.wait_with_output().expect("ends");
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
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
        "", "\r\n", "\r\n\r\n\r\n", " \r\n", "\t\r\n \r\n", "Line\r\n \r\n", "Line\r\n \r\n\r\n\t \r\n", "Line",
        "a\r\n\r\n \r\nb\r\n", " leading\r\n\tleading\r\n", "a  b\t\tc \t d   \r\n", ".\r\n..\r\n.dot\r\n", &long,
        &format!("{long}\r\n{long} \r\n\r\n"), "From here\r\n", "é ü 漢字 \u{1f600}\r\n", "--=_x--\r\n", "a\r\n.\r\nb",
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
    let messages: Vec<Vec<u8>> = (0..200).map(|n| built(n, &domain)).collect();
    assert_all_verify(&signers(&domain), &messages);
}

/// A message whose subject, names and content change with `n`.
fn built(n: usize, domain: &MailDomain) -> Vec<u8> {
    let blanks = "x ".repeat(60);
    let pieces = ["", " ", "\n", "\n \n", "Grüße ", &blanks, "= . \t", "<p>é</p>\r\n", "漢字", "\u{1f600}\t\n\n"];
    let content: String = (0..n % 7).map(|i| pieces[(n * 7 + i * 3) % pieces.len()]).collect();
    let subject = HeaderText::parse(&format!("Nr {n} {}", ["plain", "Grüße", "two  blanks", "=?x?="][n % 4].repeat(1 + n % 20)))
        .expect("valid");
    let address = |text| EmailAddress::parse(text).expect("valid");
    let (from, to) = (address("news@example.org"), address("ann@example.net"));
    let name = DisplayName::parse(["Bee", "Bee, Co.", "Bücher", "A \"B\" \\"][n % 4]).expect("valid");
    let unsubscribe = HeaderUrl::parse(&format!("https://u.example.org/{}", "y".repeat(n * 3))).expect("valid");
    let list = ListIdentity::new(ListId::from_i64(n as i64), domain);
    let feedback = FeedbackId::new(&["c1", "bulk"], "waxwing").expect("valid");
    let headers = ListHeaders { unsubscribe: &unsubscribe, unsubscribe_mail: None, list: Some(&list), feedback: Some(&feedback) };
    let parts = Parts {
        from: Mailbox { name: Some(&name), address: &from },
        reply_to: None,
        to: Mailbox::bare(&to),
        subject: &subject,
        date: Micros::from_i64(NOW),
        message_id: &MessageId::new([n as u8; 16], domain),
        kind: if n.is_multiple_of(5) { Kind::System } else { Kind::Bulk(headers) },
        text: &content,
        html: if n.is_multiple_of(3) { None } else { Some(&content) },
    };
    let mut out = Vec::new();
    build(&parts, &mut out);
    out
}
