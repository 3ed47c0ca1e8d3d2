//! The browser that somebody signs in from, and whether they did so before.
//!
//! Promise: a browser carries a random mark, signed by us, that says nothing about it; a person hears by mail of a
//! sign-in from a browser without a mark that is known for them. The table holds a MAC of the mark, so that marks
//! cannot be made from it. Limit: the mark is no credential and opens nothing; whoever deletes
//! cookies looks new, and whoever copies the browser's profile does not.

use super::{store, throttle};
use crate::accounts::{Account, mail};
use crate::{App, Error, signals};
use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::USER_AGENT;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use waxwing_crypto::MacPurpose;
use waxwing_domain::{AccountId, Ctx, Micros, Rng};
use waxwing_http::{DeviceCookie, Fail, Who};
use waxwing_store::Tx;

/// How long a browser is known after its last sign-in, in microseconds.
pub const KNOWN_FOR: i64 = 180 * Micros::DAY;
const KNOWN_SECONDS: u64 = KNOWN_FOR.unsigned_abs() / 1_000_000;
const SIZE: usize = 16;

/// What a browser is marked with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mark([u8; SIZE]);

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark(…)")
    }
}

impl Mark {
    fn random(rng: &dyn Rng) -> Self {
        let mut bytes = [0; SIZE];
        rng.fill(&mut bytes);
        Self(bytes)
    }

    /// The mark itself, to be kept as a keyed tag only.
    pub(super) const fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What the cookie says: the mark and our signature.
    fn text(self, app: &App) -> String {
        let signature = app.store().keys().ring().mac(MacPurpose::Session, &self.signed());
        URL_SAFE_NO_PAD.encode([&self.0[..], &signature[..]].concat())
    }

    /// Reads a cookie of ours; `None` for any other.
    fn parse(app: &App, text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (mark, signature) = bytes.split_at_checked(SIZE)?;
        let mark = Self(mark.try_into().ok()?);
        app.store().keys().ring().verify_mac(MacPurpose::Session, &mark.signed(), signature).then_some(mark)
    }

    fn signed(self) -> Vec<u8> {
        [b"device\0", &self.0[..]].concat()
    }

    /// Under what it is filed: for each person another tag, so that nobody learns who share a browser.
    fn tag(self, app: &App, account: AccountId) -> Vec<u8> {
        let data = [b"device of\0", &account.as_i64().to_be_bytes()[..], &self.0[..]].concat();
        app.store().keys().ring().mac(MacPurpose::Session, &data)[..SIZE].to_vec()
    }
}

/// From what a session was begun. Personal: kept sealed.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Device {
    /// Browser and system, as far as the browser says: `Firefox on Linux`.
    pub browser: String,
    /// The network address; empty where unknown.
    pub address: String,
    /// The browser's mark; none outside of a browser.
    #[serde(skip)]
    pub mark: Option<Mark>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Device(…)")
    }
}

impl Device {
    /// From the `User-Agent` header: family and system only, never the whole text.
    pub fn of(agent: &str, ctx: &Ctx) -> Self {
        let browser =
            [("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari")];
        let system = [
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ];
        let find =
            |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, n)| *n);
        let browser = match (find(&browser), find(&system)) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "Unknown browser".to_owned(),
        };
        Self { browser, address: ctx.address.map(|a| a.to_string()).unwrap_or_default(), mark: None }
    }
}

/// The browser behind a request, with the header that has it keep its mark: put it on the answer to a sign-in.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) device: Device,
    pub(super) cookie: HeaderValue,
}

impl FromRequestParts<App> for Asking {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fail> {
        let Who(ctx) = Who::from_request_parts(parts, app).await?;
        let cookie = DeviceCookie::from_request_parts(parts, app).await?;
        let known = cookie.current.as_deref().and_then(|text| Mark::parse(app, text));
        let mark = known.unwrap_or_else(|| Mark::random(&*ctx.rng));
        let device = Device { mark: Some(mark), ..Device::of(agent(&parts.headers), &ctx) };
        Ok(Self { device, cookie: cookie.keep(&mark.text(app), KNOWN_SECONDS)? })
    }
}

/// What the browser says it is; nothing where it says nothing.
fn agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// Whether this person has signed in from this browser within [`KNOWN_FOR`]. Changes nothing.
pub async fn is_known(app: &App, tx: &mut Tx, ctx: &Ctx, account: AccountId, device: &Device) -> crate::Result<bool> {
    let Some(mark) = device.mark else { return Ok(false) };
    let seen = store::device(tx, account, &mark.tag(app, account)).await?;
    Ok(seen.is_some_and(|at| ctx.now().since(at) < KNOWN_FOR))
}

/// Files the browser of a sign-in under its person, and tells them if it is another than those they had. The
/// first browser of all is no news.
pub(super) async fn arrive(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account, device: &Device) -> crate::Result<()> {
    let Some(mark) = device.mark else { return Ok(()) };
    let known = is_known(app, tx, ctx, account.id, device).await?;
    let first = store::devices(tx, account.id, ctx.now().plus(-KNOWN_FOR)).await? == 0;
    store::put_device(tx, account.id, mark.tag(app, account.id), ctx.now()).await?;
    if known || first {
        return Ok(());
    }
    signals::note_address(app, tx, ctx, "login.new_device", 1, json!({ "account": account.id })).await?;
    match throttle::of_account(app, tx, ctx, throttle::NEW_DEVICE, account.id).await {
        Ok(()) => mail::new_device(app, tx, ctx, account, &device.browser, &device.address).await,
        Err(Error::TooMany(_)) => Ok(()),
        Err(other) => Err(other),
    }
}
