//! Where mail comes in, as the settings say.

use super::{ConfigError, Layers, parsed};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The listener for mail.
#[derive(Debug)]
pub struct Inbound {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What it calls itself, where that was said.
    pub name: Option<String>,
    /// The operator's certificate and key, where they were given.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Reads the section `inbound`; none without an address.
pub(super) fn read(layers: &Layers) -> Result<Option<Inbound>, ConfigError> {
    let Some(listen) = parsed(layers, "inbound.listen")? else { return Ok(None) };
    let path = |name| layers.text(name).map(PathBuf::from);
    let identity = match (path("inbound.certificate"), path("inbound.key")) {
        (Some(chain), Some(key)) => Some((chain, key)),
        (None, None) => None,
        (Some(_), None) => return Err(ConfigError::Value("inbound.key", "the certificate needs its key".into())),
        (None, Some(_)) => {
            return Err(ConfigError::Value("inbound.certificate", "the key needs its certificate".into()));
        }
    };
    Ok(Some(Inbound { listen, name: layers.text("inbound.name").map(str::to_owned), identity }))
}
