//! What outgoing requests may do. Nothing else widens it: no page, no programming interface.

use super::layers::Layers;
use super::{ConfigError, parsed, several, yes};
use std::path::PathBuf;
use waxwing_egress::{Caps, Config, Exceptions};

/// Reads the `egress` section.
pub(super) fn read(layers: &Layers) -> Result<Config, ConfigError> {
    Ok(Config {
        dns: parsed(layers, "mail.dns_resolver")?,
        extra_roots: layers.text("egress.trusted_roots").map(PathBuf::from),
        exceptions: Exceptions {
            networks: several(layers, "egress.allow_networks")?,
            hosts: hosts(layers)?,
            ports: several(layers, "egress.allow_ports")?,
            refused: several(layers, "egress.refuse_networks")?,
            plain_loopback: yes(layers, "egress.http_on_loopback", false)?,
        },
        caps: Caps::default(),
    })
}

fn hosts(layers: &Layers) -> Result<Vec<String>, ConfigError> {
    let name = "egress.allow_hosts";
    let hosts: Vec<String> = several(layers, name)?;
    let is_name = |host: &String| host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if !hosts.iter().all(is_name) {
        return Err(ConfigError::Value(name, "write host names in ASCII, without scheme or port".into()));
    }
    Ok(hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect())
}
