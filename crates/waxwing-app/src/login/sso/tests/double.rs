//! A provider in this process that can be told to lie.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{digest, hmac};
use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use waxwing_domain::{Clock, Micros};

/// In which way it misbehaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lie {
    Honest,
    // Of the token.
    NoSignature,
    PublicKeyAsSecret,
    StrangersKey,
    SwappedKeyName,
    OtherIssuer,
    OtherAudience,
    OtherParty,
    OtherNonce,
    NoNonce,
    Expired,
    OfTheFuture,
    NoToken,
    // Of the description.
    DescriptionOfAnother,
    DescriptionRedirects,
    PlainDoor,
    PlainChallengeOnly,
    // Of the keys.
    HugeKeys,
    // Of the line.
    Slow,
}

struct Code {
    nonce: String,
    challenge: String,
    redirect: String,
    claims: Value,
}

struct Script {
    lie: Lie,
    codes: HashMap<String, Code>,
    drawn: u64,
    /// The name of the key that signs now; the set has this one only.
    key: &'static str,
    asked_keys: u64,
    asked_userinfo: u64,
}

pub struct Double {
    pub issuer: String,
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    clock: Arc<dyn Clock>,
    script: Mutex<Script>,
}

struct Pairs {
    first: RsaKeyPair,
    second: RsaKeyPair,
}

static PAIRS: LazyLock<Pairs> = LazyLock::new(|| Pairs {
    first: RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair"),
    second: RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair"),
});

fn pair(name: &str) -> &'static RsaKeyPair {
    if name == "first" { &PAIRS.first } else { &PAIRS.second }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Double {
    pub async fn start(clock: Arc<dyn Clock>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let script = Script {
            lie: Lie::Honest,
            codes: HashMap::new(),
            drawn: 0,
            key: "first",
            asked_keys: 0,
            asked_userinfo: 0,
        };
        let shared = Arc::new(Shared { issuer: issuer.clone(), clock, script: Mutex::new(script) });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(description))
            .route("/elsewhere", get(description))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, shared }
    }

    fn script<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.shared.script.lock().expect("not poisoned"))
    }

    pub fn tell(&self, lie: Lie) {
        self.script(|script| script.lie = lie);
    }

    /// From now on another key signs, and the set has that one only.
    pub fn rotate(&self) {
        self.script(|script| script.key = "second");
    }

    pub fn asked_for_keys(&self) -> u64 {
        self.script(|script| script.asked_keys)
    }

    pub fn asked_for_userinfo(&self) -> u64 {
        self.script(|script| script.asked_userinfo)
    }

    /// What the person's sign-in there comes to: the path that the browser is sent back to.
    pub fn consent(&self, address: &str, claims: Value) -> String {
        let asked = query(address);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        let code = self.script(|script| {
            script.drawn += 1;
            let code = format!("code-{}", script.drawn);
            let of = |name: &str| asked[name].clone();
            let kept =
                Code { nonce: of("nonce"), challenge: of("code_challenge"), redirect: of("redirect_uri"), claims };
            script.codes.insert(code.clone(), kept);
            code
        });
        back(&asked["state"], &code, &self.issuer)
    }
}

/// The path of an answer.
pub fn back(state: &str, code: &str, iss: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("state", state).append_pair("code", code).append_pair("iss", iss);
    format!("/sign-in/sso/callback?{}", form.finish())
}

/// What an address asks for.
pub fn query(address: &str) -> HashMap<String, String> {
    url::Url::parse(address).expect("an address").query_pairs().into_owned().collect()
}

async fn description(State(shared): State<Arc<Shared>>, uri: http::Uri) -> Response {
    let lie = shared.script.lock().expect("not poisoned").lie;
    if lie == Lie::Slow {
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    if lie == Lie::DescriptionRedirects && uri.path() != "/elsewhere" {
        return Redirect::temporary("/elsewhere").into_response();
    }
    let issuer = &shared.issuer;
    let mut document = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"), "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"), "userinfo_endpoint": format!("{issuer}/userinfo"),
        "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    match lie {
        Lie::DescriptionOfAnother => document["issuer"] = "https://id.example".into(),
        Lie::PlainDoor => document["authorization_endpoint"] = "javascript:alert(1)".into(),
        Lie::PlainChallengeOnly => document["code_challenge_methods_supported"] = json!(["plain"]),
        _ => {}
    }
    Json(document).into_response()
}

async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    let mut script = shared.script.lock().expect("not poisoned");
    script.asked_keys += 1;
    if script.lie == Lie::HugeKeys {
        return Json(json!({ "keys": [], "more": "x".repeat(waxwing_oidc::MOST_BYTES) })).into_response();
    }
    let public = pair(script.key).public_key();
    let n = encode(public.modulus().big_endian_without_leading_zero());
    let e = encode(public.exponent().big_endian_without_leading_zero());
    Json(json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": script.key, "n": n, "e": e }] })).into_response()
}

/// Claims that nobody signed; whoever took them would take anything.
async fn userinfo(State(shared): State<Arc<Shared>>) -> Response {
    shared.script.lock().expect("not poisoned").asked_userinfo += 1;
    Json(json!({ "sub": "u-1", "groups": ["admins"], "email": "boss@birch.example" })).into_response()
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut script = shared.script.lock().expect("not poisoned");
    let Some(code) = script.codes.remove(&form["code"]) else { return StatusCode::BAD_REQUEST.into_response() };
    let secret = STANDARD.encode(format!("waxwing:{}", super::SECRET.replace(' ', "+").replace('&', "%26")));
    assert_eq!(headers["authorization"].to_str().expect("text"), format!("Basic {secret}"));
    assert_eq!(form["redirect_uri"], code.redirect, "exactly as it was asked for");
    let hashed = digest::digest(&digest::SHA256, form["code_verifier"].as_bytes());
    if encode(hashed) != code.challenge {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match script.lie {
        Lie::NoToken => Json(json!({ "access_token": "a" })).into_response(),
        lie => {
            let token = signed(lie, script.key, &body(&shared, lie, code));
            Json(json!({ "access_token": "a", "token_type": "Bearer", "id_token": token })).into_response()
        }
    }
}

fn body(shared: &Shared, lie: Lie, code: Code) -> Value {
    let now = shared.clock.now().as_i64() / Micros::SECOND;
    let mut body = json!({ "iss": shared.issuer, "aud": "waxwing", "nonce": code.nonce, "iat": now, "exp": now + 300 });
    for (name, value) in code.claims.as_object().expect("an object") {
        body[name] = value.clone();
    }
    match lie {
        Lie::OtherIssuer => body["iss"] = "https://id.example".into(),
        Lie::OtherAudience => body["aud"] = "somebody else".into(),
        Lie::OtherParty => body["azp"] = "somebody else".into(),
        Lie::OtherNonce => body["nonce"] = "another".into(),
        Lie::NoNonce => drop(body.as_object_mut().expect("an object").remove("nonce")),
        Lie::Expired => body["exp"] = (now - 61).into(),
        Lie::OfTheFuture => body["iat"] = (now + 120).into(),
        _ => {}
    }
    body
}

fn signed(lie: Lie, key: &str, body: &Value) -> String {
    let (alg, kid) = match lie {
        Lie::NoSignature => ("none", key),
        Lie::PublicKeyAsSecret => ("HS256", key),
        Lie::SwappedKeyName => ("RS256", "another"),
        _ => ("RS256", key),
    };
    let message = format!("{}.{}", encode(json!({ "alg": alg, "kid": kid }).to_string()), encode(body.to_string()));
    let signature = match lie {
        Lie::NoSignature => Vec::new(),
        Lie::PublicKeyAsSecret => {
            let public = hmac::Key::new(hmac::HMAC_SHA256, pair(key).public_key().as_ref());
            hmac::sign(&public, message.as_bytes()).as_ref().to_vec()
        }
        Lie::StrangersKey => by(pair(if key == "first" { "second" } else { "first" }), &message),
        _ => by(pair(key), &message),
    };
    format!("{message}.{}", encode(signature))
}

fn by(pair: &RsaKeyPair, message: &str) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("signs");
    signature
}
