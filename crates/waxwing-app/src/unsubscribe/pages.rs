//! The page behind the link, and the door for mail programs: one address, as RFC 8058 wants it.

use super::{How, Link, Scope};
use crate::login::Finder;
use crate::sending::visits::{self, Opened};
use crate::{App, Error, Result, sending, signup};
use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};
use waxwing_domain::Ctx;
use waxwing_http::{Fail, Limit, Page, Routes, Segment, Shell, Who};
use waxwing_store::inventory;

/// Links that lead nowhere, tried from one network address. Good links are never refused.
const GUESSES: Limit = Limit::per_hour("unsubscribe.guess", 60);

pub(super) fn routes() -> Routes<App> {
    Routes::new().public(Method::GET, "/u/{token}", show).open(Method::POST, "/u/{token}", press)
}

inventory::submit! {
    Finder::new(&["/u/{token}"], |app, token| Box::pin(async move { Ok(sending::links::unsubscribe_made_by(app, token)) }))
}

/// What a POST asks for.
#[derive(Debug, PartialEq, Eq)]
enum Press {
    /// Leave; the mail program's body (RFC 8058 §3.1) is one of many that say so.
    Leave(Scope, How),
    /// Take it back with the page's secret.
    Undo(String),
}

impl Press {
    /// Whatever is not a button of our page is a mail program's click, in urlencoded or multipart form.
    fn parse(body: &[u8]) -> Self {
        let mut pressed = Self::Leave(Scope::Lists, How::OneClick);
        for (key, value) in url::form_urlencoded::parse(body) {
            match (&*key, &*value) {
                ("leave", "lists") => pressed = Self::Leave(Scope::Lists, How::Page),
                ("leave", "everything") => pressed = Self::Leave(Scope::Everything, How::Page),
                ("undo", secret) => pressed = Self::Undo(secret.to_owned()),
                _ => {}
            }
        }
        pressed
    }
}

#[derive(Template)]
#[template(path = "unsubscribe/pages/ask.html")]
struct AskPage {
    shell: Shell,
    organisation: String,
    what: String,
    token: String,
}

#[derive(Template)]
#[template(path = "unsubscribe/pages/done.html")]
struct DonePage {
    shell: Shell,
    organisation: String,
    heading: &'static str,
    text: String,
    token: String,
    undo: String,
    more: bool,
}

type Answer = std::result::Result<Response, Fail>;

async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(token): Segment<String>,
    headers: HeaderMap,
) -> Answer {
    let Some(link) = super::link(&app, &ctx, &token) else { return unknown(&app, &ctx, shell).await };
    visits::visited(&app, &ctx, (link.source, link.subject), Opened::Unsubscribe, &headers).await;
    let mut tx = app.read(&ctx, "unsubscribe.show").await?;
    let organisation = signup::organisation(&mut tx).await?;
    let what = what(&mut tx, link).await?;
    Ok(Page(AskPage { shell: shell.titled("Unsubscribe"), organisation, what, token }).into_response())
}

async fn what(tx: &mut waxwing_store::Tx, link: Link) -> Result<String> {
    Ok(match super::public_lists(tx, link).await?.as_slice() {
        [] => "messages like this one".to_owned(),
        names => names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", "),
    })
}

async fn press(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(token): Segment<String>,
    body: Bytes,
) -> Answer {
    let Some(link) = super::link(&app, &ctx, &token) else { return unknown(&app, &ctx, shell).await };
    match Press::parse(&body) {
        Press::Leave(scope, how) => {
            // A mail program presses for its person, too, but from the network of its maker.
            if how == How::Page {
                visits::pressed(&app, &ctx, (link.source, link.subject), Opened::Unsubscribe).await;
            }
            left(&app, &ctx, shell, token, (link, scope, how)).await
        }
        Press::Undo(secret) => undone(&app, &ctx, shell, token, (link, secret)).await,
    }
}

async fn left(app: &App, ctx: &Ctx, shell: Shell, token: String, (link, scope, how): (Link, Scope, How)) -> Answer {
    let mut tx = app.begin(ctx, "unsubscribe.leave").await?;
    let undo = super::leave(app, &mut tx, ctx, link, scope, how).await?;
    let organisation = signup::organisation(&mut tx).await?;
    let what = what(&mut tx, link).await?;
    tx.commit().await.map_err(Error::from)?;
    let text = match scope {
        Scope::Lists => format!("You will no longer receive {what} from {organisation}."),
        Scope::Everything => format!("You will no longer receive anything that {organisation} sends to lists."),
    };
    let undo = undo.map(|secret| secret.text()).unwrap_or_default();
    let heading = "You are unsubscribed";
    let more = scope == Scope::Lists;
    Ok(Page(DonePage { shell: shell.titled(heading), organisation, heading, text, token, undo, more }).into_response())
}

async fn undone(app: &App, ctx: &Ctx, shell: Shell, token: String, (link, secret): (Link, String)) -> Answer {
    let mut tx = app.begin(ctx, "unsubscribe.undo").await?;
    let done = super::undo(app, &mut tx, ctx, link, &secret).await?;
    let organisation = signup::organisation(&mut tx).await?;
    tx.commit().await.map_err(Error::from)?;
    let (heading, text) = if done {
        ("You are subscribed again", format!("You will receive messages from {organisation} as before."))
    } else {
        let text = format!(
            "This can be taken back once, within an hour. To come back later, sign up with {organisation} again."
        );
        ("Nothing was changed", text)
    };
    let (undo, more) = (String::new(), false);
    Ok(Page(DonePage { shell: shell.titled(heading), organisation, heading, text, token, undo, more }).into_response())
}

/// The page for a link that nobody was sent: it shows nothing, and not for ever.
async fn unknown(app: &App, ctx: &Ctx, shell: Shell) -> Answer {
    if let Some(address) = ctx.address {
        app.limiter().take(GUESSES, &signup::network_key(address), ctx.now())?;
    }
    let organisation = signup::organisation(&mut app.read(ctx, "unsubscribe.unknown").await?).await?;
    let heading = "This link is not complete";
    let text = "Open it from the message again, or copy all of it. Nothing was changed.".to_owned();
    let (token, undo, more) = (String::new(), String::new(), false);
    let page = Page(DonePage { shell: shell.titled(heading), organisation, heading, text, token, undo, more });
    Ok((StatusCode::NOT_FOUND, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_programs_click_is_understood_in_either_form() {
        let multipart =
            b"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        for body in [&b"List-Unsubscribe=One-Click"[..], multipart, b"", b"\xff\0", b"leave=nonsense"] {
            assert_eq!(Press::parse(body), Press::Leave(Scope::Lists, How::OneClick));
        }
    }

    #[test]
    fn the_pages_buttons_say_what_they_mean() {
        assert_eq!(Press::parse(b"leave=lists"), Press::Leave(Scope::Lists, How::Page));
        assert_eq!(Press::parse(b"leave=everything"), Press::Leave(Scope::Everything, How::Page));
        assert_eq!(Press::parse(b"undo=abc"), Press::Undo("abc".into()));
    }
}
