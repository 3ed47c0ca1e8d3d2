//! Settings: a TOML file, environment variables and options, in rising strength.
//!
//! Promise: every setting stands in [`KEYS`] once; an unknown one in the file, or a value that
//! cannot work, stops the command with words that name the setting. Limit: options of a command
//! line can be seen by other users of the machine, so secrets belong in the file or a variable.

mod egress;
mod inbound;
mod keys;
mod layers;

pub use inbound::Inbound;
pub use keys::{KEYS, Key};
pub use layers::{Layers, file_in};

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use waxwing_http::{Network, Origin};
use waxwing_store::{DatabaseUrl, KeyFiles};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No data directory was named.
    #[error("say where the data is: --data DIR, or the environment variable WAXWING_DATA")]
    NoData,
    /// The file cannot be read.
    #[error("the settings file {0} cannot be read: {1}")]
    Read(PathBuf, io::ErrorKind),
    /// The file is not TOML.
    #[error("the settings file {0} is not valid TOML near line {1}")]
    Toml(PathBuf, usize),
    /// A setting that does not exist.
    #[error("the settings file {0} has a setting that does not exist: {1}; `waxwing config` lists them all")]
    Unknown(PathBuf, String),
    /// A value of another kind.
    #[error("the setting {0} takes text")]
    Shape(&'static str),
    /// A value that cannot work.
    #[error("the setting {0} cannot be used: {1}")]
    Value(&'static str, String),
}

/// The settings of one command, read and checked.
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// Where the data is.
    pub database: DatabaseUrl,
    /// Where the key files are.
    pub keys: KeyFiles,
    /// What opens the root key, where it is sealed.
    pub passphrase: Option<String>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// How the world calls this installation, where that was said.
    pub public: Option<Origin>,
    /// Where customers' documents and pictures are served, where that was said.
    pub content: Option<Origin>,
    /// Whether browsers shall insist on HTTPS for the names below ours.
    pub hsts_subdomains: bool,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The name given in EHLO, where that was said.
    pub ehlo: Option<String>,
    /// The DNS server to ask; the system's own when `None`.
    pub dns: Option<SocketAddr>,
    /// Where mail comes in, if anywhere.
    pub inbound: Option<Inbound>,
    /// Databases of where network addresses are, in MaxMind's format.
    pub places: Vec<PathBuf>,
    /// How outgoing HTTP behaves, and what it may reach beyond public addresses.
    pub egress: waxwing_egress::Config,
    /// Whether the log is JSON.
    pub log_json: bool,
    /// What is logged.
    pub log_level: String,
}

impl Config {
    /// Checks what was said for the data in `data`.
    pub fn of(data: &Path, layers: &Layers) -> Result<Self, ConfigError> {
        let data = std::path::absolute(data).map_err(|e| ConfigError::Read(data.to_owned(), e.kind()))?;
        let database = DatabaseUrl::parse(layers.text("storage.database"), &data)
            .map_err(|e| ConfigError::Value("storage.database", e.to_string()))?;
        let beside = KeyFiles::beside(&data);
        let listen = parsed(layers, "web.listen")?.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let public = parsed(layers, "web.public_url")?;
        let path = |name, default: PathBuf| layers.text(name).map_or(default, PathBuf::from);
        Ok(Self {
            database,
            keys: KeyFiles { root: path("keys.root_file", beside.root), ring: path("keys.ring_file", beside.ring) },
            passphrase: passphrase(layers)?,
            content: content(layers, public.as_ref(), listen)?,
            public,
            listen,
            hsts_subdomains: yes(layers, "web.hsts_subdomains", true)?,
            trusted_proxies: several(layers, "web.trusted_proxies")?,
            ehlo: layers.text("mail.ehlo").map(str::to_owned),
            dns: parsed(layers, "mail.dns_resolver")?,
            inbound: inbound::read(layers)?,
            places: several(layers, "places.files")?,
            egress: egress::read(layers)?,
            log_json: log_json(layers)?,
            log_level: layers.text("log.level").unwrap_or("info").to_owned(),
            data,
        })
    }

    /// How the world calls this installation: as set, or by its loopback address.
    pub fn public_url(&self, listen: SocketAddr) -> String {
        self.public.as_ref().map_or_else(|| format!("http://{listen}"), Origin::to_string)
    }

    /// Where customers' documents and pictures are served; with the interface unless set.
    pub fn content_url(&self, listen: SocketAddr) -> String {
        self.content.as_ref().map_or_else(|| self.public_url(listen), Origin::to_string)
    }
}

impl fmt::Debug for Config {
    /// Leaves out the passphrase.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("data", &self.data).field("listen", &self.listen).finish_non_exhaustive()
    }
}

fn parsed<T>(layers: &Layers, name: &'static str) -> Result<Option<T>, ConfigError>
where
    T: std::str::FromStr,
    T::Err: fmt::Display,
{
    layers.text(name).map(|text| text.parse().map_err(|e: T::Err| ConfigError::Value(name, e.to_string()))).transpose()
}

/// Where customers' content is served. A name that the interface has too, with another port or
/// scheme, would look like a separation and be none: cookies do not know ports.
fn content(layers: &Layers, public: Option<&Origin>, listen: SocketAddr) -> Result<Option<Origin>, ConfigError> {
    const NAME: &str = "web.content_url";
    let local = format!("http://{listen}").parse().ok();
    let interface = public.or(local.as_ref());
    let content: Option<Origin> = parsed(layers, NAME)?;
    let shares = |content: &Origin| interface.is_some_and(|ours| ours != content && ours.name() == content.name());
    if content.as_ref().is_some_and(shares) {
        let words = "a port does not keep cookies apart; give it another host name than web.public_url";
        return Err(ConfigError::Value(NAME, words.into()));
    }
    Ok(content)
}

/// What is separated by commas.
fn several<T>(layers: &Layers, name: &'static str) -> Result<Vec<T>, ConfigError>
where
    T: std::str::FromStr,
    T::Err: fmt::Display,
{
    let parts = layers.text(name).unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(|e: T::Err| ConfigError::Value(name, e.to_string()))).collect()
}

/// `yes` or `no`.
fn yes(layers: &Layers, name: &'static str, default: bool) -> Result<bool, ConfigError> {
    match layers.text(name) {
        None => Ok(default),
        Some("yes") => Ok(true),
        Some("no") => Ok(false),
        Some(_) => Err(ConfigError::Value(name, "say yes or no".into())),
    }
}

fn log_json(layers: &Layers) -> Result<bool, ConfigError> {
    match layers.text("log.format") {
        None | Some("text") => Ok(false),
        Some("json") => Ok(true),
        Some(_) => Err(ConfigError::Value("log.format", "say text or json".into())),
    }
}

fn passphrase(layers: &Layers) -> Result<Option<String>, ConfigError> {
    let Some(file) = layers.text("keys.passphrase_file").map(PathBuf::from) else {
        return Ok(layers.text("keys.passphrase").map(str::to_owned));
    };
    let text = std::fs::read_to_string(&file).map_err(|e| ConfigError::Read(file, e.kind()))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Some(line.to_owned())),
        _ => Err(ConfigError::Value("keys.passphrase_file", "its first line is empty".into())),
    }
}

#[cfg(test)]
mod tests;
