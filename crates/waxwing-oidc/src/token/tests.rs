//! A provider that misbehaves in every way that matters.

use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{hmac, signature};
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

const NOW: i64 = 1_800_000_000;
const EXPECTED: Expected<'_> =
    Expected { issuer: "https://id.example", client: "waxwing", nonce: "n-1", groups: "groups", now: NOW };

/// One pair of each kind; the second RSA one is nobody's.
struct Pairs {
    rsa: RsaKeyPair,
    stranger: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

static PAIRS: LazyLock<Pairs> = LazyLock::new(|| Pairs {
    rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair"),
    stranger: RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair"),
    ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair"),
    ed: Ed25519KeyPair::generate().expect("a pair"),
});

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa_key(pair: &RsaKeyPair, id: &str) -> Value {
    let public = pair.public_key();
    let n = public.modulus().big_endian_without_leading_zero().to_vec();
    let e = public.exponent().big_endian_without_leading_zero().to_vec();
    json!({ "kty": "RSA", "use": "sig", "kid": id, "n": encode(n), "e": encode(e) })
}

fn keys() -> KeySet {
    let point = PAIRS.ec.public_key().as_ref();
    let set = json!({ "keys": [
        rsa_key(&PAIRS.rsa, "r"),
        { "kty": "EC", "crv": "P-256", "kid": "e", "x": encode(&point[1..33]), "y": encode(&point[33..]) },
        { "kty": "OKP", "crv": "Ed25519", "kid": "d", "alg": "EdDSA", "x": encode(PAIRS.ed.public_key()) },
        { "kty": "oct", "kid": "s", "k": "AAAA" },
        { "kty": "RSA", "kid": "broken" },
        "nonsense",
    ] });
    KeySet::parse(set.to_string().as_bytes()).expect("a set")
}

fn body() -> Value {
    json!({
        "iss": "https://id.example", "sub": "u-7", "aud": "waxwing", "nonce": "n-1", "exp": NOW + 300, "iat": NOW - 5,
        "email": "olga@example.org", "email_verified": true, "name": "Olga", "groups": ["staff", "owners"],
    })
}

fn rs256(pair: &RsaKeyPair, message: &str) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("signs");
    signature
}

fn token(header: &Value, body: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    let message = format!("{}.{}", encode(header.to_string()), encode(body.to_string()));
    let signature = encode(sign(&message));
    format!("{message}.{signature}")
}

/// A right token but for `change`.
fn changed(change: impl FnOnce(&mut Value)) -> Result<Claims, TokenError> {
    let mut body = body();
    change(&mut body);
    let token = token(&json!({ "alg": "RS256", "kid": "r" }), &body, |m| rs256(&PAIRS.rsa, m));
    verify(&token, &keys(), &EXPECTED)
}

#[test]
fn a_right_token_of_each_algorithm_is_taken() {
    let ec = |m: &str| PAIRS.ec.sign(&SystemRandom::new(), m.as_bytes()).expect("signs").as_ref().to_vec();
    let ed = |m: &str| PAIRS.ed.sign(m.as_bytes()).as_ref().to_vec();
    let tokens = [
        token(&json!({ "alg": "RS256", "kid": "r", "typ": "JWT" }), &body(), |m| rs256(&PAIRS.rsa, m)),
        token(&json!({ "alg": "RS256" }), &body(), |m| rs256(&PAIRS.rsa, m)),
        token(&json!({ "alg": "ES256", "kid": "e" }), &body(), ec),
        token(&json!({ "alg": "EdDSA", "kid": "d" }), &body(), ed),
    ];
    for token in tokens {
        let claims = verify(&token, &keys(), &EXPECTED).expect("right");
        assert_eq!((claims.subject.as_str(), claims.verified_email.as_deref()), ("u-7", Some("olga@example.org")));
        assert_eq!((claims.name.as_str(), claims.groups), ("Olga", vec!["staff".to_owned(), "owners".to_owned()]));
    }
}

#[test]
fn how_and_when_somebody_proved_themselves_is_read() {
    let claims = changed(|b| {
        b["amr"] = json!(["pwd", "mfa"]);
        b["acr"] = "gold".into();
        b["auth_time"] = (NOW - 9).into();
    });
    let claims = claims.expect("right");
    assert_eq!((claims.methods, claims.proved_at), (vec!["pwd".into(), "mfa".into(), "gold".into()], Some(NOW - 9)));
    assert_eq!(changed(|b| b["amr"] = "mfa".into()), Err(TokenError::Malformed), "not as RFC 8176 has it");
}

#[test]
fn a_token_without_signature_is_refused_however_it_is_written() {
    for alg in ["none", "None", "NONE", ""] {
        let unsigned = token(&json!({ "alg": alg }), &body(), |_| Vec::new());
        assert_eq!(verify(&unsigned, &keys(), &EXPECTED), Err(TokenError::Algorithm), "{alg}");
    }
    let empty = token(&json!({ "alg": "RS256", "kid": "r" }), &body(), |_| Vec::new());
    assert_eq!(verify(&empty, &keys(), &EXPECTED), Err(TokenError::Signature));
}

/// The public key used as if it were a shared one.
#[test]
fn a_public_key_is_no_shared_key() {
    let public = PAIRS.rsa.public_key().as_ref().to_vec();
    let forged = token(&json!({ "alg": "HS256", "kid": "r" }), &body(), |m| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), m.as_bytes()).as_ref().to_vec()
    });
    assert_eq!(verify(&forged, &keys(), &EXPECTED), Err(TokenError::Algorithm));
}

#[test]
fn a_key_signs_by_its_own_algorithm_only() {
    for (alg, kid) in
        [("ES256", "r"), ("EdDSA", "r"), ("RS256", "e"), ("RS256", "d"), ("RS256", "s"), ("RS256", "broken")]
    {
        let wrong = token(&json!({ "alg": alg, "kid": kid }), &body(), |m| rs256(&PAIRS.rsa, m));
        assert_eq!(verify(&wrong, &keys(), &EXPECTED), Err(TokenError::UnknownKey), "{alg} {kid}");
    }
}

#[test]
fn a_strangers_key_is_refused_also_under_a_known_name() {
    let header =
        json!({ "alg": "RS256", "kid": "r", "jwk": rsa_key(&PAIRS.stranger, "r"), "jku": "https://evil.example" });
    let swapped = token(&header, &body(), |m| rs256(&PAIRS.stranger, m));
    assert_eq!(verify(&swapped, &keys(), &EXPECTED), Err(TokenError::Signature));
    let unknown = token(&json!({ "alg": "RS256", "kid": "new" }), &body(), |m| rs256(&PAIRS.stranger, m));
    assert_eq!(verify(&unknown, &keys(), &EXPECTED), Err(TokenError::UnknownKey), "so that keys are fetched anew");
}

#[test]
fn another_provider_is_refused_to_the_letter() {
    for issuer in ["https://id.example/", "https://ID.example", "https://evil.example", ""] {
        assert_eq!(changed(|b| b["iss"] = issuer.into()), Err(TokenError::Issuer), "{issuer}");
    }
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    for aud in [json!("other"), json!([]), json!(["other"]), json!(["waxwing", "other"])] {
        assert_eq!(changed(|b| b["aud"] = aud.clone()), Err(TokenError::Audience), "{aud}");
    }
    let both = |azp: &str| {
        changed(|b| {
            b["aud"] = json!(["waxwing", "other"]);
            b["azp"] = azp.into();
        })
    };
    assert!(both("waxwing").is_ok());
    assert_eq!(both("other"), Err(TokenError::Audience));
    assert_eq!(changed(|b| b["azp"] = "other".into()), Err(TokenError::Audience));
    assert!(changed(|b| b["aud"] = json!(["waxwing"])).is_ok());
}

#[test]
fn a_token_for_another_sign_in_is_refused() {
    assert_eq!(changed(|b| b["nonce"] = "n-2".into()), Err(TokenError::Nonce));
    assert_eq!(changed(|b| drop(b.as_object_mut().expect("an object").remove("nonce"))), Err(TokenError::Nonce));
    let nothing = Expected { nonce: "", ..EXPECTED };
    let mut body = body();
    body["nonce"] = "".into();
    let token = token(&json!({ "alg": "RS256" }), &body, |m| rs256(&PAIRS.rsa, m));
    assert_eq!(verify(&token, &keys(), &nothing), Err(TokenError::Nonce), "no nonce is no nonce to match");
}

#[test]
fn a_token_of_another_time_is_refused() {
    for (name, time) in [
        ("exp", NOW - 60),
        ("exp", i64::MIN),
        ("iat", NOW + 61),
        ("iat", NOW - 661),
        ("nbf", NOW + 61),
        ("iat", i64::MIN),
    ] {
        assert_eq!(changed(|b| b[name] = time.into()), Err(TokenError::Time), "{name} {time}");
    }
    for (name, time) in [("exp", NOW - 59), ("iat", NOW + 60), ("iat", NOW - 660), ("nbf", NOW + 60), ("exp", i64::MAX)]
    {
        assert!(changed(|b| b[name] = time.into()).is_ok(), "{name} {time}");
    }
}

#[test]
fn what_lacks_or_repeats_a_claim_is_refused() {
    for name in ["iss", "sub", "aud", "exp", "iat"] {
        let lacks = changed(|b| drop(b.as_object_mut().expect("an object").remove(name)));
        assert_eq!(lacks, Err(TokenError::Malformed), "{name}");
    }
    let twice = body().to_string().replacen('{', "{\"sub\":\"u-8\",", 1);
    let message = format!("{}.{}", encode(r#"{"alg":"RS256"}"#), encode(twice));
    let token = format!("{message}.{}", encode(rs256(&PAIRS.rsa, &message)));
    assert_eq!(verify(&token, &keys(), &EXPECTED), Err(TokenError::Malformed), "two readers could read two people");
    assert_eq!(changed(|b| b["sub"] = "".into()), Err(TokenError::Subject));
    assert_eq!(changed(|b| b["sub"] = "x".repeat(256).into()), Err(TokenError::Subject));
}

#[test]
fn an_address_that_the_provider_does_not_vouch_for_is_none() {
    for verified in [json!(false), Value::Null] {
        assert_eq!(changed(|b| b["email_verified"] = verified.clone()).expect("right").verified_email, None);
    }
    assert_eq!(changed(|b| b["email_verified"] = "true".into()), Err(TokenError::Malformed));
    assert_eq!(changed(|b| b["groups"] = "one".into()).expect("right").groups, ["one"]);
    assert!(changed(|b| b["groups"] = json!({ "a": 1 })).expect("right").groups.is_empty());
}

#[test]
fn extensions_that_must_be_understood_are_not() {
    let critical = token(&json!({ "alg": "RS256", "crit": ["b64"], "b64": false }), &body(), |m| rs256(&PAIRS.rsa, m));
    assert_eq!(verify(&critical, &keys(), &EXPECTED), Err(TokenError::Malformed));
}

#[test]
fn every_byte_of_a_token_counts() {
    let right = token(&json!({ "alg": "RS256", "kid": "r" }), &body(), |m| rs256(&PAIRS.rsa, m));
    for at in 0..right.len() {
        let mut bytes = right.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let text = String::from_utf8(bytes).expect("ASCII");
        assert!(verify(&text, &keys(), &EXPECTED).is_err(), "byte {at}");
    }
    for cut in
        [&right[1..], &right[..right.len() - 1], &format!("{right}."), &format!("{right}="), &right.replace('.', "..")]
    {
        assert!(verify(cut, &keys(), &EXPECTED).is_err());
    }
}

#[test]
fn small_keys_and_large_sets_are_refused() {
    let small = json!({ "keys": [{ "kty": "RSA", "n": encode([0xff; 128]), "e": "AQAB" }] });
    let set = KeySet::parse(small.to_string().as_bytes()).expect("a set");
    let token = token(&json!({ "alg": "RS256" }), &body(), |m| rs256(&PAIRS.rsa, m));
    assert_eq!(verify(&token, &set, &EXPECTED), Err(TokenError::Signature));
    let many = json!({ "keys": vec![json!({ "kty": "oct" }); 65] });
    assert!(KeySet::parse(many.to_string().as_bytes()).is_err());
    assert!(KeySet::parse(&vec![b' '; crate::MOST_BYTES + 1]).is_err());
    assert_ne!(signature::ED25519_PUBLIC_KEY_LEN, 0);
}

proptest! {
    #[test]
    fn any_text_is_judged_without_a_panic(text: String) {
        prop_assert!(verify(&text, &keys(), &EXPECTED).is_err());
    }
    #[test]
    fn any_bytes_are_a_key_set_or_not(bytes: Vec<u8>) {
        drop(KeySet::parse(&bytes));
    }
}
