//! Our messages against the `email` package of Python, an independent reader.
//!
//! Skipped, and saying so, without `python3`; with `WAXWING_REQUIRE_ORACLES=1` that is a failure.

use crate::samples::{self, Sample};
use std::io::Write;
use std::process::{Command, Stdio};

/// Prints for each message its subject, sender, names of headers and parts, as one JSON line.
const READER: &str = r#"
import base64, email, email.policy, json, sys
for coded in json.load(sys.stdin):
    m = email.message_from_bytes(base64.b64decode(coded), policy=email.policy.default)
    parts = [(p.get_content_type(), p.get_content().replace("\r\n", "\n")) for p in m.walk() if not p.is_multipart()]
    defects = [str(d) for p in m.walk() for d in p.defects]
    sender = m["From"].addresses[0]
    print(json.dumps([str(m["Subject"]), sender.display_name, sender.addr_spec, len(m.keys()), parts, defects]))
"#;

fn python_is_here() -> bool {
    if Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success()) {
        return true;
    }
    let required = std::env::var("WAXWING_REQUIRE_ORACLES").is_ok_and(|v| v == "1");
    assert!(!required, "python3 is required and missing");
    let _ = writeln!(std::io::stderr(), "SKIPPED: python3 is not installed");
    false
}

#[test]
fn an_independent_reader_finds_what_we_wrote() {
    if !python_is_here() {
        return;
    }
    let all: Vec<Sample> = (0..200).map(samples::sample).collect();
    let coded: Vec<_> = all.iter().map(|s| samples::base64(&samples::message(s))).collect();
    let output = samples::python(READER, &serde_json::json!(coded).to_string());
    assert_eq!(output.lines().count(), all.len());
    for (line, sample) in output.lines().zip(&all) {
        let content = sample.content.replace("\r\n", "\n").replace('\r', "\n");
        let ended = if content.is_empty() || content.ends_with('\n') { content } else { content + "\n" };
        let parts = if sample.html {
            // The last line end of a part belongs to the boundary that follows (RFC 2046 §5.1.1).
            let inside = ended.strip_suffix('\n').unwrap_or(&ended);
            vec![["text/plain", inside], ["text/html", inside]]
        } else {
            vec![["text/plain", &ended]]
        };
        let headers = if sample.bulk { 11 } else { 8 } + usize::from(!sample.html);
        let expected = serde_json::json!([sample.subject, sample.name, "news@example.org", headers, parts, []]);
        let read: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(read, expected);
    }
}
