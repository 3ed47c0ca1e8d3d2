//! A browser without a window: cookies, forms and links, as far as the demo's journey and tests
//! need them.
//!
//! Promise: it speaks to loopback only, keeps cookies by name, and sends a form the way a browser
//! would: with every hidden field of the page, to the form's own action. Limit: it runs no script,
//! loads no picture, and reads forms by their text, so it suits our own plain pages only.

mod form;

pub use form::{Form, forms};

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};

/// The longest answer that is read, in bytes.
const LONGEST: usize = 32 << 20;
/// Patience with one request.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a request got no answer. Holds no form value.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// Another machine was named.
    #[error("the demo's browser speaks to this machine only")]
    NotLoopback,
    /// The connection failed or the answer was no HTTP.
    #[error("{method} {path}: {why}")]
    Failed {
        /// What was asked.
        method: Method,
        /// Where, without the query.
        path: String,
        /// What went wrong.
        why: String,
    },
    /// The page has no such form.
    #[error("the page {0} has no form that posts to {1}")]
    NoForm(String, String),
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Where it sends the browser.
    pub location: Option<String>,
    /// The body as text; bytes that are no UTF-8 are replaced.
    pub body: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A browser with its cookies.
#[derive(Debug, Clone)]
pub struct Browser {
    server: SocketAddr,
    cookies: BTreeMap<String, String>,
    key: Option<String>,
    from: Option<IpAddr>,
}

impl Browser {
    /// A browser with no cookies that speaks to `server`.
    pub fn new(server: SocketAddr) -> Result<Self, BrowserError> {
        if !server.ip().is_loopback() {
            return Err(BrowserError::NotLoopback);
        }
        Ok(Self { server, cookies: BTreeMap::new(), key: None, from: None })
    }

    /// The same, as a program with an API key.
    pub fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// The same from another address of this machine.
    pub const fn from(mut self, address: IpAddr) -> Self {
        self.from = Some(address);
        self
    }

    /// Whom it speaks to.
    pub const fn server(&self) -> SocketAddr {
        self.server
    }

    /// Whether a cookie of this name is kept.
    pub fn has_cookie(&self, name: &str) -> bool {
        self.cookies.contains_key(name)
    }

    /// GET.
    pub async fn get(&mut self, path: &str) -> Result<Answer, BrowserError> {
        self.send(Method::GET, path, None, Bytes::new()).await
    }

    /// GET, and on through up to five redirects on this server.
    pub async fn open(&mut self, path: &str) -> Result<Answer, BrowserError> {
        let mut answer = self.get(path).await?;
        for _ in 0..5 {
            let Some(next) = answer.location.clone().filter(|_| answer.status.is_redirection()) else { break };
            answer = self.get(self.own_path(&next)).await?;
        }
        Ok(answer)
    }

    /// POST of form fields to a path, without looking at a page first.
    pub async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Result<Answer, BrowserError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), body.into()).await
    }

    /// JSON to the API.
    pub async fn api(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, BrowserError> {
        let bytes = body.map(|value| Bytes::from(value.to_string())).unwrap_or_default();
        self.send(method, path, body.map(|_| "application/json"), bytes).await
    }

    /// A file as the body.
    pub async fn upload(&mut self, path: &str, kind: &str, bytes: Vec<u8>) -> Result<Answer, BrowserError> {
        self.send(Method::POST, path, Some(kind), bytes.into()).await
    }

    /// Opens `page`, fills its form that posts to `action`, or to a path beginning so, and sends it.
    pub async fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Result<Answer, BrowserError> {
        let shown = self.open(page).await?;
        let posts = || forms(&shown.body, page).into_iter().filter(|form| form.method == Method::POST);
        let form = posts().find(|form| form.action == action);
        let form = form.or_else(|| posts().find(|form| form.action.starts_with(action)));
        let form = form.ok_or_else(|| BrowserError::NoForm(page.to_owned(), action.to_owned()))?;
        let path = form.action.clone();
        self.post(&path, &form.filled(fields)).await
    }

    /// The path on this server that an address of it means.
    pub fn own_path<'a>(&self, address: &'a str) -> &'a str {
        let origin = format!("http://{}", self.server);
        address.strip_prefix(&origin).filter(|path| path.starts_with('/')).unwrap_or(address)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Bytes,
    ) -> Result<Answer, BrowserError> {
        let path = self.own_path(path).to_owned();
        let fail = |why: String| BrowserError::Failed {
            method: method.clone(),
            path: path.split('?').next().unwrap_or_default().to_owned(),
            why,
        };
        let request = self.request(&method, &path, kind, body).map_err(|e| fail(e.to_string()))?;
        let exchange = self.exchange(request);
        let answered = tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| fail("no answer in time".into()))?;
        let (head, body) = answered.map_err(fail)?;
        self.keep_cookies(&head.headers);
        let location = head.headers.get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Answer { status: head.status, location, body: String::from_utf8_lossy(&body).into_owned() })
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        kind: Option<&str>,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, http::Error> {
        let accept = if path.starts_with("/api/") { "application/json" } else { "text/html" };
        let mut request =
            Request::builder().method(method).uri(path).header(HOST, self.server.to_string()).header(ACCEPT, accept);
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        } else if *method != Method::GET {
            request = request.header(ORIGIN, format!("http://{}", self.server)).header("sec-fetch-site", "same-origin");
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        request.body(Full::new(body))
    }

    /// One connection a request: the journey is no race.
    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(http::response::Parts, Bytes), String> {
        let stream = self.connect().await.map_err(|e| e.to_string())?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
        let driving = tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.map_err(|e| e.to_string())?.into_parts();
        let body = Limited::new(body, LONGEST).collect().await.map_err(|e| e.to_string())?;
        driving.abort();
        Ok((head, body.to_bytes()))
    }

    async fn connect(&self) -> std::io::Result<TcpStream> {
        let Some(from) = self.from else { return TcpStream::connect(self.server).await };
        let socket = if from.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.bind(SocketAddr::new(from, 0))?;
        socket.connect(self.server).await
    }

    fn keep_cookies(&mut self, headers: &http::HeaderMap) {
        for value in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let Some((name, rest)) = value.split_once('=') else { continue };
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
