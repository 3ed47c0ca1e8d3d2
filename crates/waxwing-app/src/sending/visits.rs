//! Visits of the links that our messages hold: noted, so that machines can be told from people.
//!
//! Promise: a visit is a signal with keyed tags of the network and of the message, never an address, and noting it
//! keeps nobody from the page: what cannot be written is logged. Limit: of one network so many an hour are noted, and no
//! more; more would tell nothing new.

use super::links::Links;
use super::store;
use crate::{App, Result, signals};
use http::{HeaderMap, header};
use serde_json::json;
use waxwing_domain::{Ctx, Micros, SourceId, SubjectNo};
use waxwing_http::Limit;

/// Visits of one network that are noted.
const NOTED: Limit = Limit::per_hour("sending.visited", 600);

/// Which link of a message was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// The page to unsubscribe.
    Unsubscribe,
    /// The message in the browser.
    View,
}

impl Opened {
    /// Every one: each of our messages can have both.
    pub const ALL: [Self; 2] = [Self::Unsubscribe, Self::View];

    /// The number that stands in the signal.
    pub const fn number(self) -> u8 {
        match self {
            Self::Unsubscribe => 0,
            Self::View => 1,
        }
    }
}

/// Notes that a link was opened; person 0 is the made-up one of test mails and is not noted.
pub async fn visited(
    app: &App,
    ctx: &Ctx,
    (source, subject): (SourceId, SubjectNo),
    what: Opened,
    headers: &HeaderMap,
) {
    note(app, ctx, (source, subject), what, (is_nameless(headers), false)).await;
}

/// Notes that a person pressed a button behind a link.
pub async fn pressed(app: &App, ctx: &Ctx, (source, subject): (SourceId, SubjectNo), what: Opened) {
    note(app, ctx, (source, subject), what, (false, true)).await;
}

async fn note(app: &App, ctx: &Ctx, message: (SourceId, SubjectNo), what: Opened, (nameless, pressed): (bool, bool)) {
    if message.1 == SubjectNo::new(0) {
        return;
    }
    if let Err(error) = written(app, ctx, message, what, (nameless, pressed)).await {
        tracing::warn!(%error, "a visit of a link was not noted");
    }
}

async fn written(
    app: &App,
    ctx: &Ctx,
    (source, subject): (SourceId, SubjectNo),
    what: Opened,
    (nameless, pressed): (bool, bool),
) -> Result<()> {
    let Some(network) = ctx.address.map(signals::network).and_then(|network| signals::tag_of(app, ctx, network)) else {
        return Ok(());
    };
    if app.limiter().take(NOTED, &network, ctx.now()).is_err() {
        return Ok(());
    }
    let mut tx = app.begin(ctx, "sending.visited").await?;
    let sent = store::done_at(&mut tx, source, subject).await?;
    let after = sent.map(|at| ctx.now().since(at) / Micros::SECOND);
    let tag = Links::new(app, ctx.workspace)?.message_tag(source, subject);
    let detail = json!({
        "source": source, "network": hex::encode(network), "message": hex::encode(&tag[..8]), "link": what.number(),
        "after": after, "nameless": nameless, "pressed": pressed,
    });
    signals::note_address(app, &mut tx, ctx, "sending.visited", 1, detail).await?;
    Ok(tx.commit().await?)
}

/// Whether a request names no browser: all that people use call themselves Mozilla.
fn is_nameless(headers: &HeaderMap) -> bool {
    let name = headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default();
    !name.starts_with("Mozilla/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn programs_and_silence_are_nameless() {
        let with = |name: &'static str| HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static(name))]);
        assert!(!is_nameless(&with("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")));
        assert!(is_nameless(&with("curl/8.0")) && is_nameless(&HeaderMap::new()));
    }
}
