//! DKIM signing (RFC 6376, RFC 8463): relaxed/relaxed, all signatures over one body hash.
//!
//! Promise: every header that receivers ask to be covered is covered, both `List-Unsubscribe`
//! headers among them (RFC 8058 §4), and those an attacker would add a second time are signed
//! once more than they occur. No `l=`: nothing can be appended. Limit: the message must have CRLF
//! line ends; it signs, and does not verify.

mod canonical;
mod key;

pub use key::{DkimAlgorithm, DkimError, DkimKey};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use canonical::{Field, relaxed_body, relaxed_field};
use std::fmt;
use std::io::Write as _;
use waxwing_domain::{MailDomain, Micros};

/// Headers that are signed, and whether a further one of the name breaks the signature.
const SIGNED: &[(&str, bool)] = &[
    ("From", true),
    ("To", true),
    ("Subject", true),
    ("Date", true),
    ("Message-ID", false),
    ("Reply-To", false),
    ("MIME-Version", false),
    ("Content-Type", false),
    ("Content-Transfer-Encoding", false),
    ("List-Id", false),
    ("List-Unsubscribe", true),
    ("List-Unsubscribe-Post", true),
    ("Feedback-ID", false),
    ("Auto-Submitted", false),
];

/// The name under which a key is published: `selector._domainkey.domain`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Selector(String);

impl Selector {
    /// Parses one label of letters, digits and inner dashes, at most 63 characters.
    pub fn parse(text: &str) -> Result<Self, DkimError> {
        let ok = !text.is_empty()
            && text.len() <= 63
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if ok { Ok(Self(text.to_ascii_lowercase())) } else { Err(DkimError::Selector) }
    }
    /// The label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key and where its public half is published.
#[derive(Debug)]
pub struct Signer {
    /// The signing domain (`d=`), aligned with From for DMARC.
    pub domain: MailDomain,
    /// The selector (`s=`).
    pub selector: Selector,
    /// The private key.
    pub key: DkimKey,
}

/// The `DKIM-Signature` fields of `message`, one a signer, to be put before it.
///
/// CPU-bound: about 0.3 ms with an RSA key.
pub fn sign(signers: &[Signer], message: &[u8], now: Micros) -> Result<Vec<u8>, DkimError> {
    let (fields, body) = canonical::split(message);
    if !fields.iter().any(|f| f.name.eq_ignore_ascii_case(b"From")) {
        return Err(DkimError::NoFrom);
    }
    let body_hash = STANDARD.encode(digest(&SHA256, &relaxed_body(body)));
    let covered = Covered::of(&fields);
    let mut out = Vec::with_capacity(signers.len() * 1_100);
    for signer in signers {
        sign_one(signer, &covered, &body_hash, now, &mut out)?;
    }
    Ok(out)
}

/// What all signatures of a message share.
struct Covered {
    /// The `h=` tag, folded.
    names: String,
    /// The signed fields in canonical form.
    fields: Vec<u8>,
}

impl Covered {
    fn of(fields: &[Field<'_>]) -> Self {
        let mut covered = Self { names: String::with_capacity(400), fields: Vec::with_capacity(2_048) };
        let mut column = 3;
        for &(name, oversigned) in SIGNED {
            // Receivers take fields of one name from the bottom up (RFC 6376 §5.4.2).
            for field in fields.iter().rev().filter(|f| f.name.eq_ignore_ascii_case(name.as_bytes())) {
                covered.name(name, &mut column);
                relaxed_field(*field, &mut covered.fields);
                covered.fields.extend_from_slice(b"\r\n");
            }
            if oversigned {
                covered.name(name, &mut column);
            }
        }
        covered
    }

    fn name(&mut self, name: &str, column: &mut usize) {
        if !self.names.is_empty() {
            self.names.push(':');
            if *column + name.len() > 74 {
                self.names.push_str("\r\n ");
                *column = 1;
            }
        }
        self.names.push_str(name);
        *column += name.len() + 1;
    }
}

fn sign_one(
    signer: &Signer,
    covered: &Covered,
    body_hash: &str,
    now: Micros,
    out: &mut Vec<u8>,
) -> Result<(), DkimError> {
    let Signer { domain, selector, key } = signer;
    let mut value = Vec::with_capacity(1_024);
    // Writing to a Vec cannot fail.
    let _ = write!(
        value,
        " v=1; a={}; c=relaxed/relaxed; t={};\r\n d={domain};\r\n s={selector};\r\n bh={body_hash};\r\n h={};\r\n b=",
        key.algorithm().name(),
        now.as_seconds().max(0),
        covered.names,
    );
    let mut data = Vec::with_capacity(covered.fields.len() + value.len() + 16);
    data.extend_from_slice(&covered.fields);
    relaxed_field(Field { name: b"DKIM-Signature", value: &value }, &mut data);
    let signature = STANDARD.encode(key.sign(&data)?);
    out.extend_from_slice(b"DKIM-Signature:");
    out.extend_from_slice(&value);
    for (i, line) in signature.as_bytes().chunks(72).enumerate() {
        if i > 0 {
            out.extend_from_slice(b"\r\n ");
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signers() -> Vec<Signer> {
        let domain = MailDomain::parse("example.org").expect("valid");
        let signer = |&algorithm| Signer {
            domain: domain.clone(),
            selector: Selector::parse("w1").expect("valid"),
            key: DkimKey::generate(algorithm).expect("generates"),
        };
        DkimAlgorithm::ALL.iter().map(signer).collect()
    }

    fn signed(message: &str) -> String {
        String::from_utf8(sign(&signers(), message.as_bytes(), Micros::from_i64(5_000_000)).expect("signs"))
            .expect("ASCII")
    }

    #[test]
    fn both_signatures_share_one_body_hash_and_cover_the_unsubscribe_headers() {
        let text = signed(
            "From: a@example.org\r\nList-Unsubscribe: <https://u.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: waxwing\r\n\r\nHi\r\n",
        );
        assert_eq!(text.matches("DKIM-Signature: v=1; a=").count(), 2);
        let hashes: Vec<_> = text.lines().filter(|l| l.starts_with(" bh=")).collect();
        assert_eq!(hashes[0], hashes[1]);
        let unfolded = text.replace("\r\n ", "");
        assert!(unfolded.contains("h=From:From:To:Subject:Date:List-Unsubscribe:List-Unsubscribe:List-Unsubscribe-Post:List-Unsubscribe-Post:Feedback-ID;"), "{unfolded}");
        assert!(unfolded.contains("t=5;") && !unfolded.contains(" l="));
        assert!(text.split("\r\n").all(|l| l.len() <= 78), "{text}");
    }

    #[test]
    fn an_absent_oversigned_header_is_named_once_so_that_none_can_be_added() {
        let unfolded = signed("From: a@example.org\r\n\r\n").replace("\r\n ", "");
        assert!(unfolded.contains("h=From:From:To:Subject:Date:List-Unsubscribe:List-Unsubscribe-Post;"), "{unfolded}");
    }

    #[test]
    fn without_a_sender_there_is_no_signature() {
        assert_eq!(sign(&signers(), b"To: x\r\n\r\n", Micros::from_i64(0)), Err(DkimError::NoFrom));
        assert_eq!(sign(&signers(), b"", Micros::from_i64(0)), Err(DkimError::NoFrom));
    }

    #[test]
    fn selectors_are_labels() {
        for bad in ["", "a.b", "a b", "-a", "a;b", &"x".repeat(64)] {
            assert_eq!(Selector::parse(bad), Err(DkimError::Selector));
        }
        assert_eq!(Selector::parse("W-1").map(|s| s.0), Ok("w-1".into()));
    }
}
