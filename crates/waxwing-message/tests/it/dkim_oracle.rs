//! Our signatures against two independent verifiers: dkimpy, written in Python, and OpenDKIM's
//! library, written in C and called through Python.
//!
//! Skipped, and saying so, where `python3` has no `dkim` module with Ed25519 support, or where
//! there is no libopendkim; with `WAXWING_REQUIRE_ORACLES=1` that is a failure instead.
//! Limit: an OpenDKIM that was built without Ed25519 judges the RSA signature only; Debian 12's has it.

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

/// Reads the same, and prints for each message the verdicts on its signatures and on those of its
/// forged copy. Numbers are those of OpenDKIM's `dkim.h`; 11 is the feature Ed25519.
const OPENDKIM: &str = r#"
import base64, ctypes, ctypes.util, json, sys, tempfile
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p
c = ctypes.CDLL(ctypes.util.find_library("opendkim"))
for name in ("dkim_init", "dkim_verify"):
    getattr(c, name).restype = c_void_p
c.dkim_sig_getselector.restype = c_char_p
asked = json.load(sys.stdin)
lib = c_void_p(c.dkim_init(None, None))
keys = tempfile.NamedTemporaryFile("w")
keys.writelines(f"{name} {text}\n" for name, text in asked["dns"].items())
keys.flush()
def option(which, value):
    assert c.dkim_options(lib, 1, which, byref(value), c_size_t(ctypes.sizeof(value))) == 0
option(6, c_int(1))
option(7, ctypes.create_string_buffer(keys.name.encode()))
option(8, c_uint64(asked["now"]))
judged = [b"wr", b"we"] if c.dkim_libfeature(lib, 11) else [b"wr"]
def check(message):
    stat, sigs, count = c_int(), POINTER(c_void_p)(), c_int()
    d = c_void_p(c.dkim_verify(lib, b"test", None, byref(stat)))
    c.dkim_chunk(d, message, c_size_t(len(message)))
    c.dkim_chunk(d, None, c_size_t(0))
    c.dkim_eom(d, None)
    assert c.dkim_getsiglist(d, byref(sigs), byref(count)) == 0
    sigs = [c_void_p(sigs[i]) for i in range(count.value)]
    for sig in sigs:
        c.dkim_sig_process(d, sig)
    sigs = [sig for sig in sigs if c.dkim_sig_getselector(sig) in judged]
    good = [c.dkim_sig_getflags(sig) & 4 != 0 and c.dkim_sig_getbh(sig) == 0 for sig in sigs]
    c.dkim_free(d)
    assert len(good) == len(judged), good
    return good
print("ed25519" if len(judged) == 2 else "rsa")
for coded in asked["messages"]:
    message = base64.b64decode(coded)
    print(all(check(message)), any(check(b"Subject: forged\r\n" + message)))
"#;

/// Whether an oracle can be asked; says so on stderr when it cannot.
fn is_here(what: &str, probe: &str) -> bool {
    let works = Command::new("python3").args(["-c", probe]).stderr(Stdio::null()).status();
    if works.is_ok_and(|status| status.success()) {
        return true;
    }
    let required = std::env::var("WAXWING_REQUIRE_ORACLES").is_ok_and(|v| v == "1");
    assert!(!required, "{what} is required and missing");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} is not installed");
    false
}

fn dkimpy_is_here() -> bool {
    is_here("python3 with dkimpy and PyNaCl", "import dkim, nacl.signing")
}

fn opendkim_is_here() -> bool {
    let probe = "import ctypes.util; ctypes.CDLL(ctypes.util.find_library('opendkim') or 'missing')";
    is_here("python3 with OpenDKIM's library", probe)
}

fn signers(domain: &MailDomain) -> Vec<Signer> {
    let signer = |&algorithm: &DkimAlgorithm| Signer {
        domain: domain.clone(),
        selector: Selector::parse(if algorithm == DkimAlgorithm::Rsa { "wr" } else { "we" }).expect("valid"),
        key: DkimKey::generate(algorithm).expect("generates"),
    };
    DkimAlgorithm::ALL.iter().map(signer).collect()
}

/// What a verifier is asked.
fn question(signers: &[Signer], messages: &[Vec<u8>]) -> String {
    let dns: serde_json::Map<_, _> = signers
        .iter()
        .map(|s| (format!("{}._domainkey.{}", s.selector, s.domain), s.key.dns_record().expect("exports").into()))
        .collect();
    let signed: Vec<String> = messages
        .iter()
        .map(|message| [sign(signers, message, Micros::from_i64(NOW)).expect("signs"), message.clone()].concat())
        .map(|signed| samples::base64(&signed))
        .collect();
    serde_json::json!({ "dns": dns, "messages": signed, "now": NOW / 1_000_000 }).to_string()
}

fn assert_lines(lines: &[&str], good: &str, messages: &[Vec<u8>]) {
    assert_eq!(lines.len(), messages.len(), "the verifier answered for every message");
    for (line, message) in lines.iter().zip(messages) {
        assert_eq!(*line, good, "{:?}", String::from_utf8_lossy(message));
    }
}

/// Both verifiers accept every signature, and none on a forged copy.
fn assert_all_verify(signers: &[Signer], messages: &[Vec<u8>]) {
    if dkimpy_is_here() {
        let said = samples::python(VERIFIER, &question(signers, messages));
        assert_lines(&said.lines().collect::<Vec<_>>(), "True True False False", messages);
    }
    if opendkim_is_here() {
        // It reads whole lines only, as every message has them that came by SMTP.
        let messages: Vec<_> = messages.iter().filter(|message| message.ends_with(b"\r\n")).cloned().collect();
        let said = samples::python(OPENDKIM, &question(signers, &messages));
        let (judged, lines) = said.split_once('\n').expect("it says what it judges");
        assert!(["rsa", "ed25519"].contains(&judged), "{said}");
        assert_lines(&lines.lines().collect::<Vec<_>>(), "True False", &messages);
    }
}

#[test]
fn independent_verifiers_accept_nasty_bodies() {
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
fn independent_verifiers_accept_what_we_build() {
    let domain = MailDomain::parse("mail.example.org").expect("valid");
    let messages: Vec<Vec<u8>> = (0..200).map(|n| samples::message(&samples::sample(n))).collect();
    assert_all_verify(&signers(&domain), &messages);
}
