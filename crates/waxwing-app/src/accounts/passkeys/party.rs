//! Under which name passkeys are kept: the installation as a relying party (WebAuthn Level 3 §4).
//!
//! Promise: the name is the host of the public address, and answers count from that origin only. Limit:
//! the name must be a domain. An installation known by a loopback address is reached by `localhost` for passkeys.

use crate::{App, Error};
use std::net::IpAddr;
use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

/// Where passkeys work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    /// The name that passkeys are bound to.
    pub name: String,
    /// The address that the browser must show.
    pub origin: Url,
}

/// Where passkeys of an installation with this public address work; nowhere for a bare network address of
/// another machine.
pub fn party(public_url: &str) -> Option<Party> {
    let mut origin = Url::parse(public_url).ok()?;
    let host = origin.host_str()?.trim_matches(['[', ']']).to_owned();
    let name = match host.parse::<IpAddr>() {
        Err(_) => host,
        Ok(address) if address.is_loopback() => "localhost".to_owned(),
        Ok(_) => return None,
    };
    origin.set_host(Some(&name)).ok()?;
    Some(Party { name, origin })
}

/// The relying party of this installation.
///
/// # Errors
/// [`Error::Conflict`] where passkeys cannot work, in words for the person.
pub(super) fn webauthn(app: &App) -> crate::Result<Webauthn> {
    let nowhere = || {
        Error::Conflict(
            "Passkeys need a host name: this installation is known by a bare network address. \
             Its operator can set web.public_url."
                .into(),
        )
    };
    let party = party(&app.config().public_url).ok_or_else(nowhere)?;
    let builder = WebauthnBuilder::new(&party.name, &party.origin).map_err(|_| nowhere())?;
    builder.rp_name("Waxwing").build().map_err(|_| nowhere())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_is_bound_to_a_host_name() {
        for (public, name, origin) in [
            ("https://mail.example.org", "mail.example.org", "https://mail.example.org/"),
            ("https://mail.example.org:8443", "mail.example.org", "https://mail.example.org:8443/"),
            ("http://127.0.0.1:8025", "localhost", "http://localhost:8025/"),
            ("http://[::1]:8025", "localhost", "http://localhost:8025/"),
        ] {
            let found = party(public).expect("a name");
            assert_eq!((found.name.as_str(), found.origin.as_str()), (name, origin));
        }
        for public in ["https://192.0.2.7", "https://[2001:db8::1]", "not an address"] {
            assert_eq!(party(public), None, "{public}");
        }
    }
}
