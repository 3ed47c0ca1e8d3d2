//! The client: resolve, judge, connect, ask, and again for each redirect.

use crate::config::{Config, Exceptions};
use crate::connect::Connector;
use crate::dns::Resolver;
use crate::error::{EgressError, SetupError};
use crate::exchange::Answer;
use crate::request::Request;
use crate::response::Response;
use crate::target::{Target, UrlError};
use crate::trust::{roots, tls_config};
use http::{HeaderMap, Method};
use std::fmt;
use std::sync::Arc;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// The smallest head the HTTP library can be told to accept, in bytes.
const MIN_HEAD: usize = 8_192;

/// The one client. Cheap to clone.
#[derive(Clone)]
pub struct Egress(Arc<Parts>);

struct Parts {
    config: Config,
    /// `None` in a process that makes no outgoing request.
    connector: Option<Connector>,
}

impl Egress {
    /// A client that behaves as `config` says.
    ///
    /// # Errors
    /// If the resolver, the file of roots or the caps cannot be used.
    pub fn new(config: Config) -> Result<Self, SetupError> {
        if config.caps.head < MIN_HEAD {
            return Err(SetupError::Caps);
        }
        let resolver = config.dns.map_or_else(Resolver::system, Resolver::at)?;
        let tls = tls_config(roots(config.extra_roots.as_deref())?)?;
        let connector = Some(Connector { resolver, tls: TlsConnector::from(Arc::new(tls)) });
        Ok(Self(Arc::new(Parts { config, connector })))
    }

    /// A client that reads addresses but refuses every request, for processes that make none.
    pub fn closed() -> Self {
        Self(Arc::new(Parts { config: Config::default(), connector: None }))
    }

    /// Reads a URL by the rule and the operator's exceptions.
    ///
    /// # Errors
    /// In words for the person who typed it.
    pub fn target(&self, url: &str) -> Result<Target, UrlError> {
        Target::parse(url, self.rule())
    }

    /// Whether `target` leads only where requests may go, at this moment. For forms: the answer
    /// counts for nothing later, when [`Egress::request`] judges again.
    ///
    /// # Errors
    /// As [`Egress::request`] before it connects.
    pub async fn check(&self, target: &Target) -> Result<(), EgressError> {
        let question = self.connector()?.addresses(target, self.rule());
        let answer = timeout(self.0.config.caps.connect, question).await;
        answer.map_err(|_| EgressError::ConnectTimeout)?.map(drop)
    }

    /// Asks, and answers within the caps whatever the other side does. An answer with any status
    /// is an answer.
    ///
    /// # Errors
    /// If there is none.
    pub async fn request(&self, request: Request) -> Result<Response, EgressError> {
        let cap = self.0.config.caps.total;
        let total = request.total.map_or(cap, |total| total.min(cap));
        timeout(total, self.follow(request)).await.unwrap_or(Err(EgressError::Timeout))
    }

    async fn follow(&self, mut request: Request) -> Result<Response, EgressError> {
        let follows = request.redirects > 0 && request.method == Method::GET;
        loop {
            let answer = self.ask(&request).await?;
            let Some(location) = answer.location().filter(|_| follows) else {
                return answer.read(request.keep, self.0.config.caps.body).await;
            };
            if request.redirects == 0 {
                return Err(EgressError::TooManyRedirects);
            }
            let next = redirected(&request.target, location, self.rule())?;
            request.redirects -= 1;
            request.go_to(next);
        }
    }

    async fn ask(&self, request: &Request) -> Result<Answer, EgressError> {
        let caps = &self.0.config.caps;
        let wire = self.connector()?.open(&request.target, self.rule(), caps).await?;
        Answer::to(request, &request.target, wire, caps.head).await
    }

    fn connector(&self) -> Result<&Connector, EgressError> {
        self.0.connector.as_ref().ok_or(EgressError::Closed)
    }

    fn rule(&self) -> &Exceptions {
        &self.0.config.exceptions
    }
}

/// Where a redirect leads, if that is taken; from HTTPS only to HTTPS.
fn redirected(from: &Target, location: &str, rule: &Exceptions) -> Result<Target, EgressError> {
    let next = from.join(location, rule).map_err(EgressError::RedirectUrl)?;
    if from.is_https() && !next.is_https() {
        return Err(EgressError::RedirectUrl(UrlError::NotHttps));
    }
    Ok(next)
}

impl Request {
    /// Headers may be secrets of the first origin: another one does not get them.
    fn go_to(&mut self, next: Target) {
        if next.origin() != self.target.origin() {
            self.headers = HeaderMap::new();
        }
        self.target = next;
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.connector.is_some() { "Egress" } else { "Egress(closed)" })
    }
}
