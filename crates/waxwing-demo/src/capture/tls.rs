//! Certificates made on the spot, for STARTTLS (RFC 3207) and for TLS from the first byte.
//!
//! Promise: a key lives in memory only. Limit: the certificate is its own issuer; a client trusts
//! it when told to ([`TlsIdentity::certificate_der`]) and must refuse it otherwise.

use super::server::CaptureError;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::fmt;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Whether and when a connection becomes encrypted.
#[derive(Debug, Clone, Default)]
pub enum TlsMode {
    /// Never.
    #[default]
    Off,
    /// Offered in EHLO and begun by the STARTTLS command.
    StartTls(TlsIdentity),
    /// From the first byte (RFC 8314 §3).
    Implicit(TlsIdentity),
}

impl TlsMode {
    pub(crate) fn offers_starttls(&self) -> bool {
        matches!(self, Self::StartTls(_))
    }
}

/// A certificate and its key.
#[derive(Clone)]
pub struct TlsIdentity {
    certificate: CertificateDer<'static>,
    acceptor: TlsAcceptor,
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsIdentity(…)")
    }
}

impl TlsIdentity {
    /// A certificate for host `names` (or IP addresses in text form) that is valid now.
    pub fn generate(names: &[&str]) -> Result<Self, CaptureError> {
        Self::sign(params(names)?)
    }

    /// A certificate that ended in 2020, to see clients refuse it.
    pub fn generate_expired(names: &[&str]) -> Result<Self, CaptureError> {
        let mut params = params(names)?;
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
        Self::sign(params)
    }

    /// The certificate in DER, to be put among a test client's roots.
    pub fn certificate_der(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(crate) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    fn sign(params: CertificateParams) -> Result<Self, CaptureError> {
        let key = KeyPair::generate().map_err(CaptureError::Certificate)?;
        let certificate = params.self_signed(&key).map_err(CaptureError::Certificate)?.der().clone();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|b| b.with_no_client_auth().with_single_cert(vec![certificate.clone()], private))
            .map_err(CaptureError::Tls)?;
        Ok(Self { certificate, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

fn params(names: &[&str]) -> Result<CertificateParams, CaptureError> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    CertificateParams::new(names).map_err(CaptureError::Certificate)
}
