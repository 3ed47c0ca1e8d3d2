//! A provider's own description of itself (OpenID Connect Discovery 1.0 §3).
//!
//! Promise: the document speaks for exactly the issuer that was asked for, or it is refused (§4.3), and its doors are
//! https addresses. Limit: whether those addresses may be reached is the egress client's to judge.

use crate::MOST_BYTES;
use crate::keys::Algorithm;
use serde::Deserialize;
use url::Url;

/// Where a provider's doors are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provider {
    /// Its name, exactly as its tokens say it.
    pub issuer: String,
    /// Where people are sent to sign in.
    pub authorization_endpoint: Url,
    /// Where a code becomes a token.
    pub token_endpoint: Url,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Whether its answers name it, which tells two providers apart (RFC 9207 §3).
    pub names_itself: bool,
    /// How the token endpoint wants our secret.
    pub client_auth: ClientAuth,
}

/// How a client shows its secret (OpenID Connect Core 1.0 §9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientAuth {
    /// In the header, which is the default.
    Basic,
    /// In the body.
    Post,
}

/// Why a description is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProviderError {
    /// Not such a document, or too large.
    #[error("the provider’s description cannot be read")]
    Malformed,
    /// It speaks for somebody else.
    #[error("the provider’s description is of another issuer")]
    Issuer,
    /// A door that is no https address.
    #[error("the provider names a door that is no https address")]
    Door,
    /// It cannot do what is needed: codes with PKCE by SHA-256, a client's secret, signatures that are taken.
    #[error("the provider does not offer codes with PKCE (S256) and tokens signed by RS256, ES256 or EdDSA")]
    Unable,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    response_types_supported: Vec<String>,
    /// Absent from many that can do it: then the provider is asked and refuses.
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Document {
    fn can(&self) -> bool {
        let codes = self.response_types_supported.iter().any(|kind| kind == "code");
        let hashes = offers(self.code_challenge_methods_supported.as_ref(), |one| one == "S256");
        let signs = offers(self.id_token_signing_alg_values_supported.as_ref(), |one| Algorithm::parse(one).is_some());
        codes && hashes && signs
    }

    /// Absent means the header (OpenID Connect Discovery 1.0 §3).
    fn client_auth(&self) -> Option<ClientAuth> {
        let methods = self.token_endpoint_auth_methods_supported.as_ref();
        let has = |name: &str| offers(methods, |one| one == name);
        match (has("client_secret_basic"), has("client_secret_post")) {
            (true, _) => Some(ClientAuth::Basic),
            (false, true) => Some(ClientAuth::Post),
            (false, false) => None,
        }
    }
}

/// What is not said may be there.
fn offers(said: Option<&Vec<String>>, wanted: impl Fn(&str) -> bool) -> bool {
    said.is_none_or(|all| all.iter().any(|one| wanted(one)))
}

impl Provider {
    /// Where the description of `issuer` is.
    pub fn description_of(issuer: &str) -> String {
        format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
    }

    /// Reads the description that was fetched for `issuer`. `plain` allows http, for providers on the same machine.
    ///
    /// # Errors
    /// [`ProviderError`] says what is wrong with it.
    pub fn parse(bytes: &[u8], issuer: &str, plain: bool) -> Result<Self, ProviderError> {
        if bytes.len() > MOST_BYTES {
            return Err(ProviderError::Malformed);
        }
        let document: Document = serde_json::from_slice(bytes).map_err(|_| ProviderError::Malformed)?;
        if document.issuer != issuer {
            return Err(ProviderError::Issuer);
        }
        if !document.can() {
            return Err(ProviderError::Unable);
        }
        let client_auth = document.client_auth().ok_or(ProviderError::Unable)?;
        Ok(Self {
            client_auth,
            issuer: document.issuer,
            authorization_endpoint: door(&document.authorization_endpoint, plain)?,
            token_endpoint: door(&document.token_endpoint, plain)?,
            jwks_uri: door(&document.jwks_uri, plain)?,
            names_itself: document.authorization_response_iss_parameter_supported,
        })
    }
}

fn door(text: &str, plain: bool) -> Result<Url, ProviderError> {
    let url = Url::parse(text).map_err(|_| ProviderError::Door)?;
    let known = url.scheme() == "https" || (plain && url.scheme() == "http");
    let bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if known && bare && url.has_host() { Ok(url) } else { Err(ProviderError::Door) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://id.example";

    fn document() -> Value {
        json!({
            "issuer": ISSUER, "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/jwks",
            "response_types_supported": ["code", "id_token"], "code_challenge_methods_supported": ["S256"],
        })
    }

    fn parse(change: impl FnOnce(&mut Value)) -> Result<Provider, ProviderError> {
        let mut document = document();
        change(&mut document);
        Provider::parse(document.to_string().as_bytes(), ISSUER, false)
    }

    #[test]
    fn a_description_is_read() {
        let provider = parse(|_| {}).expect("a description");
        assert_eq!(provider.token_endpoint.as_str(), "https://id.example/token");
        assert!(!provider.names_itself);
        assert!(
            parse(|d| d["authorization_response_iss_parameter_supported"] = true.into()).expect("read").names_itself
        );
        assert_eq!(
            Provider::description_of("https://id.example/realm/"),
            "https://id.example/realm/.well-known/openid-configuration"
        );
    }

    #[test]
    fn a_description_of_somebody_else_is_refused_to_the_letter() {
        for other in ["https://id.example/", "https://ID.example", "https://evil.example", ""] {
            assert_eq!(parse(|d| d["issuer"] = other.into()), Err(ProviderError::Issuer), "{other}");
        }
    }

    #[test]
    fn doors_are_https_addresses_and_carry_nothing() {
        let wrong = [
            "http://id.example/t",
            "javascript:alert(1)",
            "/token",
            "https://u:p@id.example/t",
            "https://id.example/t#f",
            "",
        ];
        for door in wrong {
            for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
                assert_eq!(parse(|d| d[name] = door.into()), Err(ProviderError::Door), "{name} {door}");
            }
        }
        let plain = document().to_string().replace("https://id.example/", "http://127.0.0.1:9/");
        assert!(Provider::parse(plain.as_bytes(), ISSUER, true).is_ok());
    }

    #[test]
    fn a_provider_without_codes_or_pkce_is_refused() {
        assert_eq!(parse(|d| d["response_types_supported"] = json!(["id_token"])), Err(ProviderError::Unable));
        for (name, wrong) in [
            ("code_challenge_methods_supported", "plain"),
            ("id_token_signing_alg_values_supported", "HS256"),
            ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ] {
            assert_eq!(parse(|d| d[name] = json!([wrong])), Err(ProviderError::Unable), "{name}");
        }
    }

    #[test]
    fn the_secret_goes_where_the_provider_wants_it() {
        let auth =
            |methods: Value| parse(|d| d["token_endpoint_auth_methods_supported"] = methods).map(|p| p.client_auth);
        assert_eq!(auth(json!(["client_secret_post"])), Ok(ClientAuth::Post));
        assert_eq!(auth(json!(["client_secret_post", "client_secret_basic"])), Ok(ClientAuth::Basic));
        assert_eq!(parse(|_| {}).map(|p| p.client_auth), Ok(ClientAuth::Basic));
    }

    #[test]
    fn what_is_no_such_document_is_refused() {
        for bytes in [&b""[..], b"[]", b"{", b"{\"issuer\":1}", &vec![b' '; MOST_BYTES + 1]] {
            assert_eq!(Provider::parse(bytes, ISSUER, false), Err(ProviderError::Malformed));
        }
    }
}
