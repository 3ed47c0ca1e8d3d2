//! Causes in words: what happened, and whose turn it is.

use waxwing_domain::SkipReason;

/// Why a message failed.
pub fn fail_words(cause: &str) -> &str {
    match cause {
        "recipient" => "No such mailbox; the address gets no more mail",
        "mailbox_full" => "The mailbox is full",
        "content" => "Refused for the message itself",
        "policy" => "Refused for who sends: reputation, block lists, rules",
        "auth" => "SPF, DKIM or DMARC did not satisfy the receiver",
        "other" => "Refused for another reason",
        unknown => unknown,
    }
}

/// Why a message waits for another try.
pub fn defer_words(class: &str) -> &str {
    match class {
        "connection" => "The relay could not be reached",
        "tls" => "No secure connection to the relay",
        "auth" => "The relay refused the sign-in",
        "protocol" => "The relay broke the rules of SMTP",
        "relay" => "The relay is busy or full",
        "throttled" => "Too much at once, or not trusted yet",
        "mailbox_full" => "The mailbox is full",
        "other" => "Refused for now",
        unknown => unknown,
    }
}

/// Why nothing was sent.
pub const fn skip_words(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Suppressed => "On the do-not-mail list",
        SkipReason::Unsubscribed => "Unsubscribed",
        SkipReason::Unconfirmed => "Never confirmed the sign-up",
        SkipReason::MissingField => "A field that the message needs is missing",
        SkipReason::Render => "The message could not be made for this person",
        SkipReason::Erased => "Deleted or erased",
        SkipReason::Cancelled => "The campaign was cancelled",
        SkipReason::Damaged => "The stored data failed its check",
        SkipReason::Expired => "Could not be delivered in time",
    }
}

/// A reason of whatever state, in words.
pub(super) fn reason_words(state: &str, reason: &str) -> String {
    match state {
        "failed" => fail_words(reason).to_owned(),
        "deferred" => defer_words(reason).to_owned(),
        "skipped" => SkipReason::parse(reason).map(skip_words).unwrap_or(reason).to_owned(),
        _ => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_skip_reason_has_words() {
        for reason in SkipReason::ALL {
            assert!(!skip_words(*reason).is_empty());
        }
        assert_eq!(reason_words("failed", "new_cause"), "new_cause", "an unknown word is shown as it is");
    }
}
