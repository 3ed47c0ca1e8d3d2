//! `/account`: name, password, second factor, recovery codes, devices.

use super::device::Asking;
use super::device::Device;
use super::session::Session;
use super::sso::{self, Own};
use super::{own, policy};
use crate::accounts::{self, Account, passkeys, second_factor};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use waxwing_crypto::totp::TotpSeed;
use waxwing_domain::{Ctx, SessionId};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, SessionCookie, Shell, Who};

#[derive(Template)]
#[template(path = "login/pages/account.html")]
struct AccountPage {
    shell: Shell,
    email: String,
    called: String,
    second: bool,
    passkeys: i64,
    sso: Own,
    has_password: bool,
    fewest: usize,
    codes_left: i64,
    devices: Vec<(Session, Device)>,
    this: SessionId,
    field: String,
    message: String,
}

impl AccountPage {
    fn error(&self, field: &str) -> &str {
        if self.field == field { &self.message } else { "" }
    }
    fn is_this(&self, session: &Session) -> bool {
        session.id == self.this
    }
}

#[derive(Template)]
#[template(path = "login/pages/begin_second.html")]
struct SeedPage {
    shell: Shell,
    /// The picture, made here from a seed: nothing a person typed is in it but their own address, encoded as squares.
    picture: String,
    text: String,
    error: String,
}

/// On the plain frame, whose forms need no session: the one of this answer is another than that of its request.
#[derive(Template)]
#[template(path = "login/pages/recovery_codes.html")]
pub(super) struct CodesPage {
    pub(super) shell: Shell,
    pub(super) codes: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Input {
    name: String,
    current: String,
    password: String,
    repeat: String,
    code: String,
}

pub(super) async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    Ok(Page(page(&app, &ctx, shell).await?).into_response())
}

pub(super) async fn rename(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "accounts.rename").await?;
    let (account, _) = own::account(&mut tx, &ctx).await?;
    if let Err(error) = accounts::rename(&app, &mut tx, &ctx, &account, &form.name).await {
        drop(tx);
        return again(&app, &ctx, shell, error, "").await;
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/account").flash(Flash::good("Name saved.")).into_response())
}

pub(super) async fn change_password(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    if form.password != form.repeat {
        let error = Error::invalid("repeat", "The two passwords differ. Type the same one twice.");
        return again(&app, &ctx, shell, error, "").await;
    }
    match own::change_password(&app, &ctx, form.current, form.password, &asking.device).await {
        Ok(token) => renewed(&cookie, &token, "Password changed. All other sessions have ended."),
        Err(error) => again(&app, &ctx, shell, error, "").await,
    }
}

pub(super) async fn begin_second(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    match own::begin_second(&app, &ctx, form.current).await {
        Ok(seed) => Ok(Page(seed_page(&app, &ctx, shell, &seed, String::new()).await?).into_response()),
        Err(error) => again(&app, &ctx, shell, error, "second_").await,
    }
}

pub(super) async fn confirm_second(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    match own::confirm_second(&app, &ctx, &form.code, &asking.device).await {
        Ok((codes, token)) => {
            let header = cookie.start(&token, None)?;
            Ok(([(SET_COOKIE, header)], Page(CodesPage { shell: shell.titled("Recovery codes"), codes }))
                .into_response())
        }
        Err(Error::Invalid { message, .. }) => {
            let (account, _) = own::enrolling(&mut app.read(&ctx, "login.account").await?, &ctx).await?;
            let seed = second_factor::pending(&app, &account)?.ok_or(Fail::NotFound)?;
            let page = seed_page(&app, &ctx, shell, &seed, message).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn disable_second(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    match own::disable_second(&app, &ctx, form.current, &form.code, &asking.device).await {
        Ok(token) => renewed(&cookie, &token, "The second factor is off. All other sessions have ended."),
        Err(error) => again(&app, &ctx, shell, error, "off_").await,
    }
}

pub(super) async fn renew_codes(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    match own::renew_codes(&app, &ctx, &form.code).await {
        Ok(codes) => Ok(Page(CodesPage { shell: shell.titled("Recovery codes"), codes }).into_response()),
        Err(error) => again(&app, &ctx, shell, error, "renew_").await,
    }
}

pub(super) async fn end_session(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<SessionId>,
) -> Result<SeeOther, Fail> {
    own::end_session(&app, &ctx, id).await?;
    Ok(SeeOther::to("/account").flash(Flash::good("That session has ended.")))
}

pub(super) async fn end_everywhere(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
) -> Result<SeeOther, Fail> {
    own::end_everywhere(&app, &ctx).await?;
    Ok(SeeOther::to("/sign-in").cookie(cookie.end()?).flash(Flash::good("You are signed out everywhere.")))
}

fn renewed(cookie: &SessionCookie, token: &str, words: &str) -> Result<Response, Fail> {
    Ok(SeeOther::to("/account").cookie(cookie.start(token, None)?).flash(Flash::good(words)).into_response())
}

/// The page with a mistake beside its field; `form` tells fields of the same name apart.
async fn again(app: &App, ctx: &Ctx, shell: Shell, error: Error, form: &str) -> Result<Response, Fail> {
    let Error::Invalid { field, message } = error else { return Err(error.into()) };
    if ctx.enrolling {
        return Ok(SeeOther::to("/account/enrol").flash(Flash::danger(message)).into_response());
    }
    let page = AccountPage { field: format!("{form}{field}"), message, ..page(app, ctx, shell).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn page(app: &App, ctx: &Ctx, shell: Shell) -> crate::Result<AccountPage> {
    let mut tx = app.read(ctx, "login.account").await?;
    let (account, this) = own::account(&mut tx, ctx).await?;
    let devices = own::devices(app, &mut tx, ctx, &account).await?;
    let codes_left = second_factor::codes_left(&mut tx, account.id).await?;
    let fewest = policy::fewest_characters(&mut tx, &account).await?;
    let person = account.person(app, ctx.workspace)?;
    let mut shell = shell.titled("Your account");
    shell.path = "/account".into();
    Ok(AccountPage {
        shell,
        email: person.email.as_str().to_owned(),
        called: person.name,
        second: account.has_second_factor(),
        passkeys: passkeys::count(&mut tx, account.id).await?,
        sso: sso::own(&mut tx, account.id).await?,
        has_password: account.password_hash().is_some(),
        fewest,
        codes_left,
        devices,
        this,
        field: String::new(),
        message: String::new(),
    })
}

async fn seed_page(app: &App, ctx: &Ctx, shell: Shell, seed: &TotpSeed, error: String) -> Result<SeedPage, Fail> {
    let (account, _): (Account, _) = own::enrolling(&mut app.read(ctx, "login.account").await?, ctx).await?;
    let email = account.person(app, ctx.workspace)?.email;
    let url = seed.otpauth_url("Waxwing", email.as_str()).map_err(Fail::internal)?;
    let text = seed.base32().map_err(Fail::internal)?;
    let shell = shell.titled("Second factor");
    Ok(SeedPage { shell, picture: picture(&url)?, text, error })
}

/// The address for the app as a picture: black on white, also on dark pages, or cameras miss it.
fn picture(url: &str) -> Result<String, Fail> {
    let code = QrCode::new(url).map_err(Fail::internal)?;
    let mut drawn = code.render::<svg::Color<'_>>();
    let image =
        drawn.min_dimensions(240, 240).dark_color(svg::Color("#000000")).light_color(svg::Color("#ffffff")).build();
    // Inside a page there is no XML declaration.
    Ok(image.find("<svg").map_or(String::new(), |at| image[at..].to_owned()))
}
