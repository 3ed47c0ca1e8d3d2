//! Builds a message (RFC 5322, RFC 2045): headers, a text part and, if there is one, an HTML part.
//!
//! Promise: the same [`Parts`] give the same bytes; CRLF everywhere; nothing a caller can put in
//! makes another header or another part. Limit: no attachments and no embedded pictures.

mod header;
mod quoted_printable;
mod types;

pub use types::{DisplayName, FeedbackId, HeaderError, HeaderUrl, ListIdentity, Mailbox, MessageId};

use std::io::Write as _;
use waxwing_domain::{HeaderText, Micros};

/// The headers of mail that goes to many (RFC 2369, 2919, 8058).
#[derive(Clone, Debug)]
pub struct ListHeaders<'a> {
    /// Where one POST of `List-Unsubscribe=One-Click` unsubscribes (RFC 8058).
    pub unsubscribe: &'a HeaderUrl,
    /// `mailto:` for programs without one-click, if there is a mailbox that reads it.
    pub unsubscribe_mail: Option<&'a HeaderUrl>,
    /// The list, if the mail went to one.
    pub list: Option<&'a ListIdentity>,
    /// For reports of complaints.
    pub feedback: Option<&'a FeedbackId>,
}

/// What sort of mail this is.
#[derive(Clone, Debug)]
pub enum Kind<'a> {
    /// A campaign: can be unsubscribed.
    Bulk(ListHeaders<'a>),
    /// Sent by the system on its own, such as a confirmation: `Auto-Submitted` (RFC 3834).
    System,
}

/// All that a message is made of.
#[derive(Clone)]
pub struct Parts<'a> {
    /// The author.
    pub from: Mailbox<'a>,
    /// Where answers go, if not to the author.
    pub reply_to: Option<Mailbox<'a>>,
    /// The one recipient.
    pub to: Mailbox<'a>,
    /// The subject as read by people.
    pub subject: &'a HeaderText,
    /// When the message was made.
    pub date: Micros,
    /// Also the source of the boundary between parts.
    pub message_id: &'a MessageId,
    /// Bulk or system.
    pub kind: Kind<'a>,
    /// The text part.
    pub text: &'a str,
    /// The HTML part.
    pub html: Option<&'a str>,
}

/// Writes the message into `out`, whose earlier content is dropped and whose memory is used again.
pub fn build(parts: &Parts<'_>, out: &mut Vec<u8>) {
    out.clear();
    headers(parts, out);
    match parts.html {
        None => part("text/plain", parts.text, out),
        Some(html) => alternative(parts, html, out),
    }
}

fn headers(parts: &Parts<'_>, out: &mut Vec<u8>) {
    date(parts.date, out);
    header::mailbox("From", &parts.from, out);
    if let Some(reply_to) = &parts.reply_to {
        header::mailbox("Reply-To", reply_to, out);
    }
    header::mailbox("To", &parts.to, out);
    header::unstructured("Subject", parts.subject.as_str(), out);
    header::raw("Message-ID", parts.message_id.as_str(), out);
    match &parts.kind {
        Kind::Bulk(list) => list_headers(list, out),
        Kind::System => header::raw("Auto-Submitted", "auto-generated", out),
    }
    header::raw("MIME-Version", "1.0", out);
}

fn list_headers(list: &ListHeaders<'_>, out: &mut Vec<u8>) {
    if let Some(identity) = list.list {
        header::raw("List-Id", identity.as_str(), out);
    }
    out.extend_from_slice(b"List-Unsubscribe: <");
    out.extend_from_slice(list.unsubscribe.as_str().as_bytes());
    if let Some(mail) = list.unsubscribe_mail {
        out.extend_from_slice(b">,\r\n <");
        out.extend_from_slice(mail.as_str().as_bytes());
    }
    out.extend_from_slice(b">\r\n");
    header::raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click", out);
    if let Some(feedback) = list.feedback {
        header::raw("Feedback-ID", feedback.as_str(), out);
    }
}

/// `Date: Sun, 22 Nov 2026 06:30:00 +0000`, always in UTC: the sender's zone is nobody's business.
fn date(at: Micros, out: &mut Vec<u8>) {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let moment = jiff::tz::Offset::UTC.to_datetime(at.timestamp());
    let weekday = DAYS[moment.weekday().to_monday_zero_offset() as usize];
    let month = MONTHS[moment.month() as usize - 1];
    let (day, year) = (moment.day(), moment.year());
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    // Writing to a Vec cannot fail.
    let _ = write!(out, "Date: {weekday}, {day} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000\r\n");
}

/// The fields of one part, a blank line, and its content.
fn part(media_type: &str, content: &str, out: &mut Vec<u8>) {
    for piece in ["Content-Type: ", media_type, "; charset=utf-8\r\n"] {
        out.extend_from_slice(piece.as_bytes());
    }
    out.extend_from_slice(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    quoted_printable::encode(content, out);
}

/// Text first, HTML last: readers show the last they understand (RFC 2046 §5.1.4).
fn alternative(parts: &Parts<'_>, html: &str, out: &mut Vec<u8>) {
    // `=_` cannot occur in quoted-printable text, so no content can hold the boundary.
    let tag = parts.message_id.tag();
    let _ = write!(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_{tag}\"\r\n\r\n");
    for (media_type, content) in [("text/plain", parts.text), ("text/html", html)] {
        let _ = write!(out, "--=_{tag}\r\n");
        part(media_type, content, out);
    }
    let _ = write!(out, "--=_{tag}--\r\n");
}

#[cfg(test)]
mod tests;
