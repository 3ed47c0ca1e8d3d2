//! One request and its answer over one connection.
//!
//! Promise: no more than the caps is ever held, however much is sent; bodies are never unpacked,
//! so that a small answer cannot become a large one. Limit: HTTP/1.1 only.

use crate::connect::Wire;
use crate::error::EgressError;
use crate::request::{Keep, Request};
use crate::response::Response;
use crate::target::Target;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, HOST, HeaderValue, LOCATION, USER_AGENT};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

/// Header lines in one answer.
const MAX_HEADERS: usize = 100;

/// An answer whose body is still on the wire. Dropped, it closes the connection.
pub(crate) struct Answer {
    inner: http::Response<Incoming>,
    _connection: JoinSet<()>,
}

impl Answer {
    /// Says `request` to `target` over `wire` and waits for the head of the answer.
    pub(crate) async fn to(
        request: &Request,
        target: &Target,
        wire: Box<dyn Wire>,
        head: usize,
    ) -> Result<Self, EgressError> {
        let message = message(request, target)?;
        let mut builder = http1::Builder::new();
        builder.max_buf_size(head).max_headers(MAX_HEADERS);
        let (mut sender, connection) = builder.handshake(TokioIo::new(wire)).await.map_err(|error| reason(&error))?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // Whatever goes wrong here, the sender or the body reports it.
            if let Err(error) = connection.await {
                tracing::debug!(reason = %reason(&error), "an outgoing connection ended early");
            }
        });
        let inner = sender.send_request(message).await.map_err(|error| reason(&error))?;
        Ok(Self { inner, _connection: tasks })
    }

    /// Where it redirects to, if it does.
    pub(crate) fn location(&self) -> Option<&str> {
        let redirects = matches!(self.inner.status().as_u16(), 301 | 302 | 303 | 307 | 308);
        self.inner.headers().get(LOCATION).filter(|_| redirects).and_then(|value| value.to_str().ok())
    }

    /// Reads what is wanted of the body, never more than `cap`.
    pub(crate) async fn read(self, keep: Keep, cap: usize) -> Result<Response, EgressError> {
        let Self { inner, _connection } = self;
        let (head, mut body) = inner.into_parts();
        let encoded = head.headers.get(CONTENT_ENCODING).is_some_and(|value| value != "identity");
        let body = match keep {
            Keep::Whole(_) if encoded => return Err(EgressError::Encoded),
            Keep::Beginning(_) if encoded => Vec::new(),
            Keep::Whole(most) => whole(&mut body, most.min(cap)).await?,
            Keep::Beginning(most) => beginning(&mut body, most.min(cap)).await,
        };
        Ok(Response { status: head.status.as_u16(), headers: head.headers, body })
    }
}

fn message(request: &Request, target: &Target) -> Result<http::Request<Full<Bytes>>, EgressError> {
    let mut message = http::Request::new(Full::new(request.body.clone()));
    *message.method_mut() = request.method.clone();
    // What the target holds was read by a stricter parser; a disagreement is an error, not a guess.
    *message.uri_mut() = target.path_and_query().parse().map_err(|_| EgressError::Garbled)?;
    let headers = message.headers_mut();
    headers.extend(request.headers.clone());
    headers.insert(HOST, HeaderValue::from_str(target.authority()).map_err(|_| EgressError::Garbled)?);
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Waxwing/", env!("CARGO_PKG_VERSION"))));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(message)
}

/// All of it, or an error above `most` bytes.
async fn whole(body: &mut Incoming, most: usize) -> Result<Vec<u8>, EgressError> {
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| reason(&error))?.into_data() else { continue };
        if kept.len() + data.len() > most {
            return Err(EgressError::BodyTooLarge);
        }
        kept.extend_from_slice(&data);
    }
    Ok(kept)
}

/// The first `most` bytes, or fewer: whoever asks only for a beginning does not mind a cut.
async fn beginning(body: &mut Incoming, most: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    while kept.len() < most
        && let Some(Ok(frame)) = body.frame().await
    {
        if let Ok(data) = frame.into_data() {
            kept.extend_from_slice(&data[..data.len().min(most - kept.len())]);
        }
    }
    kept
}

fn reason(error: &hyper::Error) -> EgressError {
    if error.is_parse_too_large() {
        EgressError::HeadTooLarge
    } else if error.is_parse() {
        EgressError::Garbled
    } else {
        EgressError::CutOff
    }
}
