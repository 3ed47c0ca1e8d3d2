//! Signed tokens: links and return paths that need no row in the database.
//!
//! Promise: a token is bound to its purpose and workspace, holds no address, and cannot be made or
//! changed without the workspace's key. Limit: it never expires and can be used again by whoever
//! holds it; what must work only once is a [`crate::SecretToken`].
//!
//! Layout, frozen: one byte of key version, the data, 16 bytes of HMAC-SHA-256 (RFC 2104 §5) over
//! label, purpose, workspace, version and data. The text is base64url without padding, except for
//! return paths: mail servers may fold the local part to lower case, so those are base 32.

use super::{TokenError, WorkspaceKeys};
use crate::base32;
use crate::envelope::OpenError;
use crate::mac::mac_truncated;
use crate::secret::RingKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use waxwing_domain::WorkspaceId;

/// What a signed token is good for. The numbers are frozen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum TokenPurpose {
    /// The unsubscribe link and header.
    Unsubscribe = 1,
    /// The message as a web page.
    ViewInBrowser = 2,
    /// The preference page.
    Preferences = 3,
    /// The return path, by which a bounce finds its message.
    Bounce = 4,
    /// A link that counts a click.
    Click = 5,
    /// The picture that counts an opening.
    Open = 6,
    /// The Message-ID: only the signature is shown, so that nobody can count people by it.
    MessageId = 7,
}

/// The most data a token may carry, in bytes.
const MAX_DATA: usize = 256;
const MAC_LEN: usize = 16;
const LABEL: &[u8] = b"waxwing/token/1\0";

impl WorkspaceKeys {
    /// A token for `data`: at most 256 bytes, or it will not verify.
    pub fn token(&self, purpose: TokenPurpose, data: &[u8]) -> String {
        let current = self.tokens.current();
        // Rotation stops at 255 and the file reader refuses more.
        let version = u8::try_from(current.number).unwrap_or(u8::MAX);
        let mut bytes = Vec::with_capacity(1 + data.len() + MAC_LEN);
        bytes.push(version);
        bytes.extend_from_slice(data);
        bytes.extend_from_slice(&sign(&current.key, purpose, self.id, version, data));
        write(purpose, &bytes)
    }

    /// The data of a token of this workspace and purpose. Older versions verify, but none is
    /// made; takes the same time wherever the signature differs.
    pub fn verify_token(&self, purpose: TokenPurpose, text: &str) -> Result<Vec<u8>, TokenError> {
        let bytes = read(purpose, text)?;
        let (version, data, mac) = split(&bytes).ok_or(TokenError::Malformed)?;
        let key = self.tokens.find(u32::from(version)).map_err(|error| match error {
            OpenError::KeyGone => TokenError::Retired,
            _ => TokenError::Forged,
        })?;
        let expected = sign(key, purpose, self.id, version, data);
        if bool::from(expected.ct_eq(mac)) { Ok(data.to_vec()) } else { Err(TokenError::Forged) }
    }

    /// The signatures that a token for `data` bears or bore, one a version of the key that is still here; the
    /// newest last. For what shows a signature alone, such as a Message-ID.
    pub fn token_signatures(&self, purpose: TokenPurpose, data: &[u8]) -> Vec<[u8; MAC_LEN]> {
        let of =
            |number: u32, key: &RingKey| sign(key, purpose, self.id, u8::try_from(number).unwrap_or(u8::MAX), data);
        self.tokens.iter().map(|version| of(version.number, &version.key)).collect()
    }
}

/// What a token claims, unverified: only good for finding the workspace whose key can verify it.
pub fn token_claims(purpose: TokenPurpose, text: &str) -> Result<Vec<u8>, TokenError> {
    let bytes = read(purpose, text)?;
    split(&bytes).map(|(_, data, _)| data.to_vec()).ok_or(TokenError::Malformed)
}

fn sign(key: &RingKey, purpose: TokenPurpose, workspace: WorkspaceId, version: u8, data: &[u8]) -> [u8; MAC_LEN] {
    mac_truncated(key, LABEL, &[&[purpose as u8], &workspace.as_i64().to_be_bytes(), &[version], data])
}

fn write(purpose: TokenPurpose, bytes: &[u8]) -> String {
    match purpose {
        TokenPurpose::Bounce => base32::encode(bytes),
        _ => URL_SAFE_NO_PAD.encode(bytes),
    }
}

fn read(purpose: TokenPurpose, text: &str) -> Result<Vec<u8>, TokenError> {
    // Eight characters for five bytes is the longer of the two alphabets.
    if text.len() > (1 + MAX_DATA + MAC_LEN).div_ceil(5) * 8 {
        return Err(TokenError::Malformed);
    }
    match purpose {
        TokenPurpose::Bounce => base32::decode(text).ok_or(TokenError::Malformed),
        _ => URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Malformed),
    }
}

fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8; MAC_LEN])> {
    let (version, rest) = bytes.split_first()?;
    let (data, mac) = rest.split_last_chunk::<MAC_LEN>()?;
    (data.len() <= MAX_DATA).then_some((*version, data, mac))
}
