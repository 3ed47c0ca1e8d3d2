//! Whom TLS clients of this house trust: one answer for HTTP and for mail relays.
//!
//! Promise: chain and host name are always verified; there is no switch to turn that off. Limit:
//! revocation is not asked for.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// The file of additional roots cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the file of additional trusted certificates cannot be used: {0}")]
pub struct RootsError(String);

/// The system's roots, or Mozilla's where the system has none, and those of the PEM file `extra`.
///
/// # Errors
/// If the file cannot be read or holds no certificate.
pub fn roots(extra: Option<&Path>) -> Result<RootCertStore, RootsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        tracing::info!("the system has no trusted certificates; those built in are used");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    if let Some(path) = extra {
        add_file(&mut roots, path)?;
    }
    Ok(roots)
}

/// TLS 1.2 and 1.3 on aws-lc-rs, without a certificate of our own.
///
/// # Errors
/// If the provider lacks both versions.
pub fn tls_config(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), RootsError> {
    let unusable = |why: String| RootsError(format!("{}: {why}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
    let mut count = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        count += 1;
    }
    if count == 0 { Err(unusable("it holds no certificate in PEM form".to_owned())) } else { Ok(()) }
}
