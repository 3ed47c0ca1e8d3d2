//! Where network addresses are, by database files in MaxMind's format that the operator names.
//!
//! Promise: files are read whole when the process begins, at most [`LARGEST`] each, and asked on this machine
//! only: no address leaves it. Country, provider (AS number) and position are each taken from the first
//! file that has them, by the field names of MaxMind, DB-IP and the ip-location-db project. Limit: a file says
//! what was known on the day it was made, and of private networks that lead elsewhere it knows the exit.

use maxminddb::{MaxMindDbError, Reader};
use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use waxwing_detect::login::travel::{Point, Whereabouts};
use waxwing_domain::Micros;

/// Files above this size, in bytes, are not read.
pub const LARGEST: u64 = 512 << 20;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AtlasError {
    /// It cannot be read.
    #[error("{0} cannot be read: {1}")]
    Read(PathBuf, std::io::ErrorKind),
    /// It is larger than [`LARGEST`].
    #[error("{0} is larger than 512 MB")]
    Large(PathBuf),
    /// It is not such a database.
    #[error("{0} is not a database in MaxMind's format: {1}")]
    Format(PathBuf, MaxMindDbError),
}

/// What is known of an address.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Location {
    /// The number of the provider's autonomous system.
    pub provider: Option<u32>,
    /// The country (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// Degrees north and east.
    pub point: Option<(f64, f64)>,
}

impl Location {
    /// Where that is; `None` where nothing is known.
    pub fn whereabouts(&self) -> Option<Whereabouts> {
        let point = self.point.map(|(latitude, longitude)| Whereabouts::Point(Point { latitude, longitude }));
        point.or_else(|| self.country.clone().map(Whereabouts::Country))
    }

    fn or(self, other: Self) -> Self {
        Self {
            provider: self.provider.or(other.provider),
            country: self.country.or(other.country),
            point: self.point.or(other.point),
        }
    }
}

/// The files, opened; without any it knows nothing.
#[derive(Default)]
pub struct Atlas {
    files: Vec<Reader<Vec<u8>>>,
}

impl fmt::Debug for Atlas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Atlas({} files)", self.files.len())
    }
}

/// The fields that are asked for, under the names that the known makers give them.
#[derive(Deserialize)]
struct Entry<'a> {
    autonomous_system_number: Option<u32>,
    #[serde(borrow)]
    country_code: Option<&'a str>,
    #[serde(borrow)]
    country: Option<Country<'a>>,
    location: Option<Position>,
}

#[derive(Deserialize)]
struct Country<'a> {
    iso_code: Option<&'a str>,
}

#[derive(Deserialize)]
struct Position {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl From<Entry<'_>> for Location {
    fn from(entry: Entry<'_>) -> Self {
        let code = entry.country_code.or(entry.country.and_then(|country| country.iso_code));
        let point = entry.location.and_then(|at| Some((at.latitude?, at.longitude?)));
        Self {
            provider: entry.autonomous_system_number,
            country: code.filter(|code| code.len() == 2).map(str::to_ascii_uppercase),
            point: point.filter(|(latitude, longitude)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0),
        }
    }
}

impl Atlas {
    /// Opens these files.
    ///
    /// # Errors
    /// [`AtlasError`] for the first that cannot be used.
    pub fn open(files: &[PathBuf]) -> Result<Self, AtlasError> {
        Ok(Self { files: files.iter().map(|file| read(file)).collect::<Result<_, _>>()? })
    }

    /// Whether any file was named.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// When the oldest of the files was made.
    pub fn made_at(&self) -> Option<Micros> {
        let seconds = self.files.iter().map(|file| file.metadata().build_epoch).min()?;
        Some(Micros::from_i64(i64::try_from(seconds).ok()?.checked_mul(Micros::SECOND)?))
    }

    /// What is known of an address. An entry that cannot be read is as good as none.
    pub fn find(&self, address: IpAddr) -> Location {
        let address = address.to_canonical();
        self.files.iter().filter_map(|file| entry(file, address)).fold(Location::default(), Location::or)
    }
}

fn entry(file: &Reader<Vec<u8>>, address: IpAddr) -> Option<Location> {
    let found = file.lookup(address).ok()?;
    found.decode::<Entry<'_>>().ok()?.map(Location::from)
}

fn read(file: &Path) -> Result<Reader<Vec<u8>>, AtlasError> {
    let failed = |error: std::io::Error| AtlasError::Read(file.to_owned(), error.kind());
    if std::fs::metadata(file).map_err(failed)?.len() > LARGEST {
        return Err(AtlasError::Large(file.to_owned()));
    }
    let bytes = std::fs::read(file).map_err(failed)?;
    Reader::from_source(bytes).map_err(|error| AtlasError::Format(file.to_owned(), error))
}

#[cfg(test)]
pub(crate) mod tests;
