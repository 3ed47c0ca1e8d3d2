//! A device with one passkey, for tests: P-256 and no attestation (WebAuthn Level 3 §6).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const WITH_CREDENTIAL: u8 = 0x40;

/// The device, and what tests bend about it.
pub struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    user: String,
    /// How often it was used; counts up.
    pub counter: u32,
    /// Which address the browser believes to show.
    pub origin: String,
    /// Whether it asks its person for finger, face or PIN.
    pub verifies: bool,
}

impl Authenticator {
    pub fn new(origin: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).expect("a key");
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        Self { key, id, user: String::new(), counter: 0, origin: origin.to_owned(), verifies: true }
    }

    /// Makes its passkey for these creation options.
    pub fn make(&mut self, options: &Value) -> String {
        options["user"]["id"].as_str().expect("a handle").clone_into(&mut self.user);
        let mut data = self.data(options["rp"]["id"].as_str().expect("a name"), WITH_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("short").to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).expect("short"));
        object.extend(data);
        let response = json!({
            "attestationObject": text(&object), "clientDataJSON": text(&self.client("webauthn.create", options)),
        });
        self.credential(&response)
    }

    /// Answers these request options.
    pub fn answer(&mut self, options: &Value) -> String {
        self.counter += 1;
        let data = self.data(options["rpId"].as_str().expect("a name"), 0);
        let client = self.client("webauthn.get", options);
        let signed = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("signs");
        let response = json!({
            "authenticatorData": text(&data), "clientDataJSON": text(&client),
            "signature": text(signature.as_ref()), "userHandle": self.user,
        });
        self.credential(&response)
    }

    fn credential(&self, response: &Value) -> String {
        let id = text(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
            .to_string()
    }

    fn data(&self, name: &str, more: u8) -> Vec<u8> {
        let flags = PRESENT | more | if self.verifies { VERIFIED } else { 0 };
        let mut data = digest(&SHA256, name.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    /// The public key as COSE has it (RFC 9052 §7): EC2, ES256, P-256.
    fn cose(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", &point[1..33], b"\x22\x58\x20", &point[33..65]].concat()
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
