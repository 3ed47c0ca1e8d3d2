//! A scripted web server, certificates and an impatient client.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use waxwing_egress::{Caps, Config, Egress, EgressError, Exceptions, Request, Response};

/// One connection as the server sees it.
pub trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// A server that does with each connection what a test says.
pub struct Server {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// On 127.0.0.1; `script` gets the line after the request's head was read.
    pub async fn start<F, R>(script: F) -> Self
    where
        F: Fn(Box<dyn Line>) -> R + Clone + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self::listen("127.0.0.1:0", None, script).await
    }

    /// Answers every request with the same bytes.
    pub async fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        Self::listen("127.0.0.1:0", None, answer(bytes)).await
    }

    pub async fn listen<F, R>(at: &str, tls: Option<TlsAcceptor>, script: F) -> Self
    where
        F: Fn(Box<dyn Line>) -> R + Clone + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(at).await.expect("works");
        let address = listener.local_addr().expect("works");
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let task = tokio::spawn(accept(listener, tls, Arc::clone(&heard), script));
        Self { address, heard, task }
    }

    /// The heads of all requests so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("works").clone()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A script that says `bytes` and closes.
pub fn answer(bytes: impl Into<Vec<u8>>) -> impl Fn(Box<dyn Line>) -> BoxFuture + Clone + Send + 'static {
    let bytes = bytes.into();
    move |mut line| {
        let bytes = bytes.clone();
        Box::pin(async move {
            let _ = line.write_all(&bytes).await;
            let _ = line.shutdown().await;
        })
    }
}

pub type BoxFuture = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn accept<F, R>(listener: TcpListener, tls: Option<TlsAcceptor>, heard: Arc<Mutex<Vec<String>>>, script: F)
where
    F: Fn(Box<dyn Line>) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    while let Ok((tcp, _)) = listener.accept().await {
        let (heard, script, tls) = (Arc::clone(&heard), script.clone(), tls.clone());
        tokio::spawn(async move {
            let mut line: Box<dyn Line> = match tls {
                None => Box::new(tcp),
                Some(tls) => match tls.accept(tcp).await {
                    Ok(stream) => Box::new(stream),
                    Err(_) => return,
                },
            };
            let head = read_head(&mut line).await;
            heard.lock().expect("works").push(head);
            script(line).await;
        });
    }
}

async fn read_head(line: &mut Box<dyn Line>) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match line.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).expect("works")
}

/// Plain HTTP on this machine, patient enough for a busy one, 64 KiB of body.
pub fn config() -> Config {
    let (connect, total) = (Duration::from_secs(2), Duration::from_secs(6));
    Config {
        exceptions: Exceptions { plain_loopback: true, ..Exceptions::default() },
        caps: Caps { connect, total, head: 8_192, body: 64 * 1024 },
        ..Config::default()
    }
}

pub fn client() -> Egress {
    Egress::new(config()).expect("works")
}

pub async fn get(client: &Egress, url: &str) -> Result<Response, EgressError> {
    client.request(Request::get(client.target(url).expect("works"))).await
}

/// A certificate authority of our own and one server it vouches for.
pub struct Pki {
    pub acceptor: TlsAcceptor,
    pub roots: tempfile::NamedTempFile,
}

impl Pki {
    pub fn vouching_for(name: &str) -> Self {
        Self::with(name, |_| {})
    }

    pub fn with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let ca_key = KeyPair::generate().expect("works");
        let mut ca = CertificateParams::new(Vec::new()).expect("works");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).expect("works");
        let key = KeyPair::generate().expect("works");
        let mut server = CertificateParams::new(vec![name.to_owned()]).expect("works");
        change(&mut server);
        let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key)).expect("works");
        let mut roots = tempfile::NamedTempFile::new().expect("works");
        roots.write_all(ca_certificate.pem().as_bytes()).expect("works");
        Self { acceptor: acceptor(certificate.der().clone(), &key), roots }
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("works");
    TlsAcceptor::from(Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).expect("works")))
}
