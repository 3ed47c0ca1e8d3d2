//! From a refusal to its meaning: whose fault it is decides whether an address is held to account.
//!
//! Guarantee: a refusal counts against the recipient only if the enhanced code says so (RFC 3463
//! §3), or, without one, if it answers RCPT and its words are not about policy; in doubt it does
//! not. Limit: servers are free to lie, and the word lists below are habits, not standards.

use crate::outcome::{DeferClass, FailCause, Outcome, Reason};
use crate::reply::{EnhancedCode, SmtpReply};
use crate::trouble::Phase;

/// Words that mark a refusal as being about us, whatever its code.
const POLICY_WORDS: &[&str] = &[
    "spam",
    "blocklist",
    "blacklist",
    "block list",
    "blocked",
    "spamhaus",
    "dnsbl",
    "rbl",
    "reputation",
    "policy",
    "relay",
    "not permitted",
    "not allowed",
    "unsolicited",
    "banned",
];
/// Words about the proof of who we are.
const AUTH_WORDS: &[&str] = &["spf", "dkim", "dmarc", "unauthenticated", "reverse dns", "ptr record"];
/// Words about a mailbox that does not exist.
const UNKNOWN_WORDS: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "unknown recipient",
    "recipient unknown",
    "does not exist",
    "doesn't exist",
    "mailbox not found",
    "mailbox unavailable",
    "invalid recipient",
    "recipient not found",
    "user not found",
    "no mailbox",
    "recipient address rejected: access denied",
];
/// Words about a mailbox without room.
const FULL_WORDS: &[&str] = &["quota", "mailbox full", "mailbox is full", "over limit", "out of storage"];

/// The outcome of a 4xx or 5xx given to `phase` (MAIL, RCPT, DATA or the final dot).
pub(crate) fn refused(phase: Phase, reply: SmtpReply) -> Outcome {
    if wants_login(&reply) {
        return Outcome::Deferred { class: DeferClass::Auth, reason: Reason::Reply(reply), retry_after: None };
    }
    if reply.code() / 100 == 4 {
        return Outcome::Deferred { class: defer_class(&reply), reason: Reason::Reply(reply), retry_after: None };
    }
    Outcome::Failed { cause: fail_cause(phase, &reply), reason: Reason::Reply(reply) }
}

/// 530, 535 and 538 (RFC 4954 §6) say that our login is missing or wrong: every message would
/// fare the same, so none of them has failed.
fn wants_login(reply: &SmtpReply) -> bool {
    matches!(reply.code(), 454 | 530 | 534 | 535 | 538)
}

fn defer_class(reply: &SmtpReply) -> DeferClass {
    match (reply.code(), reply.enhanced().map(|e| (e.subject, e.detail))) {
        (_, Some((2, 2))) => DeferClass::MailboxFull,
        (421, _) | (_, Some((3, _))) => DeferClass::Relay,
        (_, Some((7, _))) => DeferClass::Throttled,
        (452, None) if says(reply, FULL_WORDS) => DeferClass::MailboxFull,
        (452, None) => DeferClass::Relay,
        (_, None) if says(reply, &["greylist", "graylist", "rate", "too many", "try again later"]) => {
            DeferClass::Throttled
        }
        _ => DeferClass::Other,
    }
}

/// Whose fault it is that a message came back later, by the line that the report quotes: `550 5.1.1 user unknown`,
/// or `5.1.1`. `None` where the line says nothing that is known: which command it answered is not known either.
pub fn reported(line: &str) -> Option<FailCause> {
    let line = line.split(['\r', '\n']).next().unwrap_or_default();
    let begins = line.bytes().take(3).all(|byte| byte.is_ascii_digit()) && line.len() >= 3;
    let whole = if begins { format!("{line}\n") } else { format!("550 {line}\n") };
    let (reply, _) = crate::reply::parse(whole.as_bytes()).ok().flatten()?;
    match reply.enhanced().and_then(by_enhanced_code) {
        Some(cause) => Some(cause),
        // The same words as at the final dot; what rests on the basic code alone is left open.
        None => Some(by_phase(Phase::Connect, &reply)).filter(|cause| *cause != FailCause::Other),
    }
}

fn fail_cause(phase: Phase, reply: &SmtpReply) -> FailCause {
    let cause = match reply.enhanced().and_then(by_enhanced_code) {
        Some(cause) => cause,
        None => by_phase(phase, reply),
    };
    // MAIL knows no recipient yet: an "address" refused there is ours.
    if phase == Phase::Mail && cause == FailCause::Recipient { FailCause::Policy } else { cause }
}

/// RFC 3463 §3 and RFC 7372. `None` where the code is too general to decide.
fn by_enhanced_code(code: EnhancedCode) -> Option<FailCause> {
    match (code.subject, code.detail) {
        (1, 7 | 8) => Some(FailCause::Policy),
        (1, 1..=6 | 10) | (2, 1) | (4, 4) => Some(FailCause::Recipient),
        (2, 2) => Some(FailCause::MailboxFull),
        (2, 3) | (3, 4) | (6, _) => Some(FailCause::Content),
        (7, 20..=26 | 515) => Some(FailCause::Auth),
        (7, d) if d > 1 => Some(FailCause::Policy),
        (3 | 5, _) => Some(FailCause::Other),
        _ => None,
    }
}

fn by_phase(phase: Phase, reply: &SmtpReply) -> FailCause {
    let policy_code = reply.enhanced().is_some_and(|e| e.subject == 7);
    if says(reply, AUTH_WORDS) {
        FailCause::Auth
    } else if says(reply, UNKNOWN_WORDS) && !policy_code {
        FailCause::Recipient
    } else if says(reply, FULL_WORDS) {
        FailCause::MailboxFull
    } else if policy_code || says(reply, POLICY_WORDS) {
        FailCause::Policy
    } else {
        by_basic_code(phase, reply.code())
    }
}

/// RFC 5321 §4.2.3, by the command the code answers.
fn by_basic_code(phase: Phase, code: u16) -> FailCause {
    match (phase, code) {
        (Phase::Rcpt, 550 | 551 | 553) => FailCause::Recipient,
        (Phase::Rcpt, 552) => FailCause::MailboxFull,
        (Phase::Data | Phase::Dot, 550 | 552 | 554) => FailCause::Content,
        (Phase::Mail, 550 | 553 | 554) => FailCause::Policy,
        _ => FailCause::Other,
    }
}

fn says(reply: &SmtpReply, words: &[&str]) -> bool {
    let text = reply.text().to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::tests::reply;

    fn cause(phase: Phase, line: &str) -> Option<FailCause> {
        match refused(phase, reply(line)) {
            Outcome::Failed { cause, .. } => Some(cause),
            _ => None,
        }
    }

    fn class(line: &str) -> Option<DeferClass> {
        match refused(Phase::Rcpt, reply(line)) {
            Outcome::Deferred { class, .. } => Some(class),
            _ => None,
        }
    }

    #[test]
    fn a_report_is_read_by_its_codes_and_words_and_not_by_its_basic_code() {
        for (line, expected) in [
            ("550 5.1.1 <ada@example.org> unknown", Some(FailCause::Recipient)),
            ("5.1.1", Some(FailCause::Recipient)),
            ("No such user here", Some(FailCause::Recipient)),
            ("552 5.2.2 over quota", Some(FailCause::MailboxFull)),
            ("550 5.7.1 blocked using Spamhaus", Some(FailCause::Policy)),
            ("550 nope", None),
            ("554", None),
            ("", None),
            ("99", None),
            ("\u{0}\n250 fine", None),
        ] {
            assert_eq!(reported(line), expected, "{line}");
        }
    }

    #[test]
    fn an_unknown_mailbox_is_the_recipients_fault() {
        for line in [
            "550 5.1.1 The email account that you tried to reach does not exist",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound",
            "550 5.2.1 disabled",
            "550 5.4.4 Host not found",
            "550 5.4.1 Recipient address rejected: Access denied",
            "550 No such user here",
            "550 nope",
            "553 mailbox name",
            "554 5.0.0 user unknown",
        ] {
            assert_eq!(cause(Phase::Rcpt, line), Some(FailCause::Recipient), "{line}");
        }
        assert_eq!(cause(Phase::Dot, "550 5.1.1 unknown"), Some(FailCause::Recipient));
        assert_eq!(cause(Phase::Dot, "554 delivery error: This user doesn't exist"), Some(FailCause::Recipient));
    }

    #[test]
    fn content_and_policy_never_punish_the_address() {
        for (phase, line, expected) in [
            (Phase::Rcpt, "550 5.7.1 Service unavailable; client blocked using Spamhaus", FailCause::Policy),
            (Phase::Rcpt, "550 5.7.1 user unknown to our policy", FailCause::Policy),
            (Phase::Rcpt, "554 5.7.1 Relay access denied", FailCause::Policy),
            (Phase::Rcpt, "550 blocked for spam", FailCause::Policy),
            (Phase::Rcpt, "554 no", FailCause::Other),
            (Phase::Mail, "550 5.1.1 unknown sender", FailCause::Policy),
            (Phase::Mail, "553 5.1.8 sender domain", FailCause::Policy),
            (Phase::Dot, "550 5.7.515 Access denied, does not meet the required authentication level", FailCause::Auth),
            (Phase::Dot, "550 5.7.26 unauthenticated", FailCause::Auth),
            (Phase::Dot, "550 5.7.1 SPF check failed", FailCause::Auth),
            (Phase::Dot, "554 5.6.0 bad content", FailCause::Content),
            (Phase::Dot, "552 5.3.4 too big", FailCause::Content),
            (Phase::Dot, "550 nope", FailCause::Content),
            (Phase::Dot, "554 transaction failed", FailCause::Content),
            (Phase::Rcpt, "552 5.2.2 over quota", FailCause::MailboxFull),
            (Phase::Rcpt, "550 mailbox is full", FailCause::MailboxFull),
            (Phase::Data, "503 5.5.1 bad sequence", FailCause::Other),
        ] {
            assert_eq!(cause(phase, line), Some(expected), "{line}");
        }
    }

    #[test]
    fn a_login_that_is_missing_fails_no_message() {
        assert_eq!(class("530 5.7.0 Authentication required"), Some(DeferClass::Auth));
        assert_eq!(class("535 5.7.8 bad"), Some(DeferClass::Auth));
    }

    #[test]
    fn deferrals_say_what_to_wait_for() {
        for (line, expected) in [
            ("421 4.7.0 too many connections", DeferClass::Relay),
            ("450 4.7.1 greylisted", DeferClass::Throttled),
            ("451 Greylisting in action", DeferClass::Throttled),
            ("452 4.2.2 full", DeferClass::MailboxFull),
            ("452 insufficient system storage", DeferClass::Relay),
            ("451 4.3.0 local error", DeferClass::Relay),
            ("450 4.1.1 maybe later", DeferClass::Other),
        ] {
            assert_eq!(class(line), Some(expected), "{line}");
        }
    }
}
