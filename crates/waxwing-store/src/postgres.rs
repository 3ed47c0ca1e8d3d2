//! How PostgreSQL is reached.
//!
//! Promise: a connection that leaves this machine is encrypted and its server's certificate and name are
//! checked, unless the operator wrote another `sslmode` into the address; one that falls back to plain text
//! by itself (`prefer`, `allow`) is refused. Limit: what the operator chose knowingly is only warned of.

use crate::StoreError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::net::IpAddr;
use std::str::FromStr as _;

/// The options of a `postgres://` address. Its errors hold nothing of it.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Setting("the postgres:// address cannot be read".into()))?
        .application_name("waxwing")
        .options([("synchronous_commit", "on"), ("timezone", "UTC")]);
    if is_here(&options) { Ok(options) } else { beyond(options, names_mode(url)) }
}

/// A socket, or an address of this machine.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_start_matches('[').trim_end_matches(']');
    let loopback = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || loopback
}

/// Whether the address says itself how far the server is to be trusted; what the environment says does not count.
fn names_mode(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair.starts_with("sslmode=") || pair.starts_with("ssl-mode="))
}

fn beyond(options: PgConnectOptions, named: bool) -> Result<PgConnectOptions, StoreError> {
    match options.get_ssl_mode() {
        _ if !named => Ok(options.ssl_mode(PgSslMode::VerifyFull)),
        PgSslMode::VerifyCa | PgSslMode::VerifyFull => Ok(options),
        PgSslMode::Allow | PgSslMode::Prefer => Err(StoreError::Setting(
            "a database on another machine is not asked for encryption that it may refuse: \
             say sslmode=verify-full, with sslrootcert=FILE for an authority of your own"
                .into(),
        )),
        PgSslMode::Require | PgSslMode::Disable => {
            tracing::warn!(
                "the database is on another machine, and its certificate is not checked: \
                 say sslmode=verify-full in its address"
            );
            Ok(options)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Option<PgSslMode> {
        options(url).ok().map(|options| options.get_ssl_mode())
    }

    #[test]
    fn a_database_elsewhere_is_encrypted_and_checked_unless_its_address_says_otherwise() {
        for host in ["db.example.org", "10.0.0.7", "[2001:db8::7]:5433", "localhost.example.org"] {
            let url = format!("postgres://waxwing:pw@{host}/waxwing");
            assert!(matches!(mode(&url), Some(PgSslMode::VerifyFull)), "{host}");
        }
        let chosen = |mode: &str| format!("postgres://db.example.org/waxwing?sslmode={mode}");
        assert!(matches!(mode(&chosen("verify-ca")), Some(PgSslMode::VerifyCa)));
        assert!(matches!(mode(&chosen("disable")), Some(PgSslMode::Disable)));
        assert!(matches!(mode(&chosen("require")), Some(PgSslMode::Require)));
    }

    #[test]
    fn encryption_that_may_be_dropped_on_the_way_is_refused() {
        for mode in ["prefer", "allow"] {
            let url = format!("postgres://waxwing:s3cr3t@db.example.org/waxwing?sslmode={mode}");
            let error = options(&url).expect_err("refused").to_string();
            assert!(error.contains("verify-full") && !error.contains("s3cr3t") && !error.contains("example.org"));
        }
    }

    #[test]
    fn a_database_on_this_machine_is_reached_as_it_is() {
        for url in [
            "postgres://localhost/waxwing",
            "postgres://waxwing@127.0.0.1:5433/waxwing?sslmode=prefer",
            "postgres://[::1]/waxwing",
            "postgres://%2Frun%2Fpostgresql/waxwing",
            "postgres:///waxwing?host=/run/postgresql",
        ] {
            assert!(!matches!(mode(url), None | Some(PgSslMode::VerifyFull)), "{url}");
        }
    }
}
