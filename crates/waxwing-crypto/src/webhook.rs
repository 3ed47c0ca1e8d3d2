//! Signatures of outgoing webhooks by the Standard Webhooks text, version 1.
//!
//! Promise: who holds the secret and checks the signature over id, time and body knows that the
//! body was made here, for that moment. Limit: the secret is shared, so that the receiver could
//! make such a body too; it proves nothing to a third party.
//! Source: standardwebhooks.com, specification of 2024, "Signature scheme".

use crate::secret::RingKey;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use waxwing_domain::{Micros, Rng};

/// What stands before a secret, so that people and scanners know it.
const PREFIX: &str = "whsec_";
/// Bytes of a secret made here; the text allows 24 to 64.
const LENGTH: usize = 32;

/// Text that is no secret of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret is whsec_ and 32 bytes in base 64")]
pub struct WebhookSecretError;

/// The secret shared with a receiver. No `Debug` of its content.
pub struct WebhookSecret(RingKey);

impl WebhookSecret {
    /// A new one.
    pub fn random(rng: &dyn Rng) -> Self {
        let mut bytes = [0; LENGTH];
        rng.fill(&mut bytes);
        Self(RingKey::from_bytes(bytes))
    }

    /// Reads `whsec_…` with 32 bytes behind it.
    ///
    /// # Errors
    /// For anything else.
    pub fn parse(text: &str) -> Result<Self, WebhookSecretError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(WebhookSecretError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| WebhookSecretError)?;
        Ok(Self(RingKey::from_bytes(bytes.try_into().map_err(|_| WebhookSecretError)?)))
    }

    /// The text that the receiver is given, once.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0.bytes()))
    }

    /// `v1,…` over `id.seconds.body`. `id` must hold no dot, so that the parts cannot be shifted.
    pub fn sign(&self, id: &str, at: Micros, body: &[u8]) -> String {
        debug_assert!(!id.contains('.'), "a dot in the id would make the parts ambiguous");
        sign(self.0.bytes(), id, at, body)
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// Whole seconds since 1970, as the `webhook-timestamp` header says them.
pub fn webhook_seconds(at: Micros) -> i64 {
    at.as_i64().div_euclid(Micros::SECOND)
}

fn sign(key: &[u8], id: &str, at: Micros, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    context.update(format!("{id}.{}.", webhook_seconds(at)).as_bytes());
    context.update(body);
    format!("v1,{}", STANDARD.encode(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::TestRng;

    #[test]
    fn the_known_answer_of_the_text_comes_out() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base 64");
        let at = Micros::from_i64(1_614_265_330 * Micros::SECOND + 999_999);
        let signature = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_part_is_signed() {
        let secret = WebhookSecret::random(&TestRng::seeded(1));
        let at = Micros::from_i64(Micros::SECOND);
        let right = secret.sign("msg_1", at, b"{}");
        assert_ne!(right, secret.sign("msg_2", at, b"{}"));
        assert_ne!(right, secret.sign("msg_1", at.plus(Micros::SECOND), b"{}"));
        assert_ne!(right, secret.sign("msg_1", at, b"{ }"));
        assert_ne!(right, WebhookSecret::random(&TestRng::seeded(2)).sign("msg_1", at, b"{}"));
    }

    #[test]
    fn a_secret_reads_back_and_is_never_shown() {
        let secret = WebhookSecret::random(&TestRng::seeded(1));
        let text = secret.to_text();
        assert!(text.starts_with("whsec_") && text.len() == 50);
        assert_eq!(WebhookSecret::parse(&text).expect("a secret").to_text(), text);
        assert!(!format!("{secret:?}").contains(&text[6..12]));
        for bad in ["", "whsec_", "whsec_AAAA", &text[1..], &text[..49], "whsec_!!"] {
            assert!(WebhookSecret::parse(bad).is_err(), "{bad}");
        }
    }
}
