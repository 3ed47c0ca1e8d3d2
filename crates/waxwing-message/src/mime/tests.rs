//! Messages as the wire wants them: folded, encoded, with headers that cannot be forged.

use super::*;
use proptest::prelude::*;
use waxwing_domain::{EmailAddress, ListId, MailDomain};

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("valid")
}

/// A message with this subject, sender name and content.
fn message(subject: &str, name: &str, text: &str, html: Option<&str>, bulk: bool) -> String {
    let domain = MailDomain::parse("example.org").expect("valid");
    let (from, to) = (address("news@example.org"), address("ann@example.net"));
    let name = DisplayName::parse(name).expect("valid");
    let unsubscribe = HeaderUrl::parse("https://u.example.org/x/abc").expect("valid");
    let mail = HeaderUrl::parse("mailto:u+abc@example.org").expect("valid");
    let list = ListIdentity::new(ListId::from_i64(77), &domain);
    let feedback = FeedbackId::new(&["c1", "bulk", "w1"], "waxwing").expect("valid");
    let headers = ListHeaders {
        unsubscribe: &unsubscribe,
        unsubscribe_mail: Some(&mail),
        list: Some(&list),
        feedback: Some(&feedback),
    };
    let parts = Parts {
        from: Mailbox { name: Some(&name), address: &from },
        reply_to: Some(Mailbox::bare(&from)),
        to: Mailbox::bare(&to),
        subject: &HeaderText::parse(subject).expect("valid"),
        date: Micros::from_i64(1_795_329_000_000_000),
        message_id: &MessageId::new([7; 16], &domain),
        kind: if bulk { Kind::Bulk(headers) } else { Kind::System },
        text,
        html,
    };
    let mut out = b"left over".to_vec();
    build(&parts, &mut out);
    String::from_utf8(out).expect("ASCII")
}

#[test]
fn a_campaign_message_has_every_header_bulk_mail_needs() {
    let text = message("Hello", "Bee, Co.", "Hi\n", Some("<p>Hi</p>"), true);
    for line in [
        "Date: Sun, 22 Nov 2026 06:30:00 +0000\r\n",
        "From: \"Bee, Co.\" <news@example.org>\r\n",
        "Reply-To: news@example.org\r\n",
        "To: ann@example.net\r\n",
        "Subject: Hello\r\n",
        "Message-ID: <07070707070707070707070707070707@example.org>\r\n",
        "List-Id: <000000000002d.lists.example.org>\r\n",
        "List-Unsubscribe: <https://u.example.org/x/abc>,\r\n <mailto:u+abc@example.org>\r\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "Feedback-ID: c1:bulk:w1:waxwing\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: multipart/alternative;\r\n boundary=\"=_07070707070707070707070707070707\"\r\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("Auto-Submitted") && !text.contains("Precedence"));
    assert!(text.ends_with("<p>Hi</p>\r\n--=_07070707070707070707070707070707--\r\n"));
}

#[test]
fn system_mail_says_that_a_machine_sent_it_and_offers_no_list() {
    let text = message("Confirm", "Bee", "Hi", None, false);
    assert!(text.contains("Auto-Submitted: auto-generated\r\n") && !text.contains("List-"));
    assert!(text.ends_with("Content-Transfer-Encoding: quoted-printable\r\n\r\nHi\r\n"), "{text}");
}

#[test]
fn letters_outside_ascii_become_encoded_words() {
    let text = message("Grüße", "Bücher Müller", "", None, false);
    assert!(text.contains("Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"), "{text}");
    assert!(text.contains("From: =?UTF-8?B?QsO8Y2hlciBNw7xsbGVy?= <news@example.org>\r\n"));
}

#[test]
fn text_that_looks_encoded_is_encoded() {
    let text = message("=?UTF-8?B?SGk=?=", "a \\ \"b\"", "", None, false);
    assert!(!text.contains("Subject: =?UTF-8?B?SGk=?=\r\n"));
    assert!(text.contains("From: \"a \\\\ \\\"b\\\"\" <news@example.org>\r\n"), "{text}");
}

#[test]
fn a_content_cannot_forge_a_boundary() {
    let forged = "--=_07070707070707070707070707070707--\r\n";
    let text = message("x", "x", forged, Some(forged), true);
    assert_eq!(text.matches("--=_").count(), 3);
}

proptest! {
    #[test]
    fn lines_are_short_and_ended_by_crlf(
        subject in "[a-z é\u{1f600}]{0,200}|[!-~ ]{0,600}|[a-z]{300,900}",
        name in "[a-zé \",.@()]{0,60}",
        body in "(?s).{0,400}",
    ) {
        let text = message(&subject, &name, &body, Some(&body), true);
        prop_assert!(text.is_ascii());
        for line in text.split("\r\n") {
            prop_assert!(!line.contains(['\r', '\n']));
            prop_assert!(line.len() <= 280, "{}", line.len());
        }
        let head = &text[..text.find("\r\n\r\n").expect("a header block")];
        prop_assert!(head.split("\r\n").all(|l| !l.trim().is_empty()));
        prop_assert_eq!(head.split("\r\n").filter(|l| !l.starts_with(' ')).count(), 12);
    }
}
