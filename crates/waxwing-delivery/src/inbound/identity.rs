//! The certificate that STARTTLS shows: the operator's, or one made on the spot.
//!
//! Promise: a key that was made here lives in memory only; TLS 1.2 or later. Limit: a certificate made here is its own
//! issuer. Servers that hand mail on encrypt with it all the same, and prove to themselves nothing by it.

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file cannot be read or holds no certificate or key.
    #[error("{0} cannot be used: {1}")]
    File(PathBuf, String),
    /// A name that cannot stand in a certificate.
    #[error("a certificate for this name could not be made: {0}")]
    Make(rcgen::Error),
    /// The TLS library refused certificate or key.
    #[error("the certificate and its key were refused: {0}")]
    Refused(rustls::Error),
}

/// A certificate and its key, ready for handshakes.
#[derive(Clone)]
pub struct Identity {
    acceptor: TlsAcceptor,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    /// The operator's: a chain of certificates, leaf first, and its key, both in PEM.
    ///
    /// # Errors
    /// [`IdentityError`] names the file.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, IdentityError> {
        let wrong =
            |path: &Path, why: rustls::pki_types::pem::Error| IdentityError::File(path.to_owned(), why.to_string());
        let certificates = CertificateDer::pem_file_iter(chain).map_err(|why| wrong(chain, why))?;
        let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(|why| wrong(chain, why))?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|why| wrong(key, why))?;
        Self::of(certificates, key)
    }

    /// One made now for `name`, which nobody vouches for.
    ///
    /// # Errors
    /// [`IdentityError::Make`] for a name that cannot stand in a certificate.
    pub fn generate(name: &str) -> Result<Self, IdentityError> {
        let params = CertificateParams::new(vec![name.to_owned()]).map_err(IdentityError::Make)?;
        let key = KeyPair::generate().map_err(IdentityError::Make)?;
        let certificate = params.self_signed(&key).map_err(IdentityError::Make)?.der().clone();
        Self::of(vec![certificate], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
    }

    fn of(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, IdentityError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(IdentityError::Refused)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    pub(super) const fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }
}
