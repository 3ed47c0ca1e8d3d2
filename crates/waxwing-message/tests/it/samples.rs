//! Messages that differ in subject, names, content and kind, and a way to ask Python about them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Write;
use std::process::{Command, Stdio};
use waxwing_domain::{EmailAddress, HeaderText, ListId, MailDomain, Micros};
use waxwing_message::{
    DisplayName, FeedbackId, HeaderUrl, Kind, ListHeaders, ListIdentity, Mailbox, MessageId, Parts, build,
};

/// When all samples are made.
pub const NOW: i64 = 1_795_329_000_000_000;

/// What goes into one message.
pub struct Sample {
    pub number: usize,
    pub subject: String,
    pub name: &'static str,
    pub content: String,
    pub html: bool,
    pub bulk: bool,
}

/// The `number`th sample.
pub fn sample(number: usize) -> Sample {
    let blanks = "x ".repeat(60);
    let pieces = [
        "",
        " ",
        "\n",
        "\n \n",
        "Grüße ",
        &blanks,
        "= . \t",
        "<p>é</p>\r\n",
        "漢字",
        "\u{1f600}\t\n\n",
        ".\n..\n",
        "\r",
    ];
    let content = (0..number % 7).map(|i| pieces[(number * 7 + i * 5) % pieces.len()]).collect();
    let word = ["plain ", "Grüße ", "two words ", "=?x?= "][number % 4].repeat(1 + number % 20);
    Sample {
        number,
        subject: format!("Nr {number} {}", word.trim_end()),
        name: ["Bee", "Bee, Co.", "Bücher", "A \"B\" \\"][number % 4],
        content,
        html: !number.is_multiple_of(3),
        bulk: !number.is_multiple_of(5),
    }
}

/// The message of a sample.
pub fn message(sample: &Sample) -> Vec<u8> {
    let domain = MailDomain::parse("mail.example.org").expect("valid");
    let address = |text| EmailAddress::parse(text).expect("valid");
    let (from, to) = (address("news@example.org"), address("ann@example.net"));
    let name = DisplayName::parse(sample.name).expect("valid");
    let url = format!("https://u.example.org/{}", "y".repeat(sample.number * 3));
    let unsubscribe = HeaderUrl::parse(&url).expect("valid");
    let list = ListIdentity::new(ListId::from_i64(sample.number as i64), &domain);
    let feedback = FeedbackId::new(&["c1", "bulk"], "waxwing").expect("valid");
    let headers =
        ListHeaders { unsubscribe: &unsubscribe, unsubscribe_mail: None, list: Some(&list), feedback: Some(&feedback) };
    let parts = Parts {
        from: Mailbox { name: Some(&name), address: &from },
        reply_to: None,
        to: Mailbox::bare(&to),
        subject: &HeaderText::parse(&sample.subject).expect("valid"),
        date: Micros::from_i64(NOW),
        message_id: &MessageId::new([sample.number as u8; 16], &domain),
        kind: if sample.bulk { Kind::Bulk(headers) } else { Kind::System },
        text: &sample.content,
        html: sample.html.then_some(sample.content.as_str()),
    };
    let mut out = Vec::new();
    build(&parts, &mut out);
    out
}

/// Bytes for JSON.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What `program` prints when it reads `input`.
pub fn python(program: &str, input: &str) -> String {
    let mut child = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("writes");
    String::from_utf8(child.wait_with_output().expect("ends").stdout).expect("text")
}
