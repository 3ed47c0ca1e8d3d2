//! The one client for all outgoing HTTP: webhooks, identity providers, policies, key services.
//!
//! Promise: a request goes only to an address that was judged, and to that very address: a name is
//! resolved once, every address it leads to is judged, the connection is opened to one of them and
//! its peer is compared before a byte is said. By default only `https`, port 443 and public
//! addresses pass; redirects are not followed unless asked, and then each is judged again; time,
//! headers and body are capped; nothing is read from the environment. Errors and `Debug` hold no
//! path, query, header or body. Limits: whoever answers at a public address is believed to be
//! public, so that a reverse proxy of one's own there still leads inside; HTTP/1.1 only, one
//! connection a request; certificate revocation is not asked for; `/etc/hosts` is not read.
//!
//! ```no_run
//! use waxwing_egress::{Config, Egress, Request};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // Once, at start; `Config` comes from the operator's file and from nowhere else.
//! let egress = Egress::new(Config::default())?;
//!
//! // At the door of a form: a wrong address is told at once.
//! let target = egress.target("https://id.example.org/.well-known/openid-configuration")?;
//!
//! // At the time of use: resolved, judged, pinned, capped.
//! let request = Request::get(target).header("accept", "application/json")?.body_up_to(64 * 1024);
//! let response = egress.request(request).await?;
//! if response.is_success() {
//!     println!("{} bytes", response.body().len());
//! }
//!
//! // A POST. Its redirects are never followed: the answer is the answer.
//! let target = egress.target("https://hooks.example.org/in")?;
//! let request = Request::post(target, "application/json", b"{}".to_vec())?.excerpt(1024);
//! println!("{}", egress.request(request).await?.status());
//! # Ok(())
//! # }
//! ```
//!
//! `target` reads URLs, `address` knows what addresses are, `config` holds the operator's
//! exceptions, `dns` asks names, `connect` pins, `exchange` speaks HTTP, `client` puts them in order.

pub mod address;
mod client;
mod config;
mod connect;
pub mod dns;
mod error;
mod exchange;
mod network;
mod request;
mod response;
mod target;
mod trust;

pub use address::Kind;
pub use client::Egress;
pub use config::{Caps, Config, Exceptions};
pub use error::{EgressError, SetupError, TlsFault};
pub use network::{Network, NetworkError};
pub use request::{HeaderError, Request};
pub use response::Response;
pub use target::{MAX_URL, Target, UrlError};
pub use trust::{RootsError, roots, tls_config};
