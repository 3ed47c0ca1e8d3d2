//! Every component of the design system on a few pages, for looking at: `cargo run -p waxwing-http
//! --example gallery`, then open the printed address. `--state` shows the state bar.
#![expect(clippy::print_stdout, reason = "the address is what a person waits for")]

use askama::Template;
use axum::Json;
use http::Method;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use waxwing_domain::{AccountId, Action, Clock, Micros, Rights, SessionId, SystemClock, SystemRng, WorkspaceId};
use waxwing_http::{
    Answer, Authenticate, Caller, Fail, Flash, KeyHolder, Page, Params, Routes, Sandboxed, SeeOther, Segment, Server,
    ServerLimits, SessionCookie, Settings, Shell, SignedIn, Site, StateBar, Tone, Upload, front,
};

/// Takes every session for an owner's.
struct Everybody {
    state: bool,
}

impl Authenticate for Everybody {
    fn session<'a>(&'a self, _: &'a str, _: Caller) -> Answer<'a, SignedIn> {
        let state = self.state.then(|| StateBar {
            tone: Tone::Attention,
            message: "Sending is held since 09:41 by Maya Lindqvist: an unknown key exported 4,003 people.".into(),
            href: "/security".into(),
            action: "See what happened".into(),
        });
        Box::pin(async move {
            Ok(Some(SignedIn {
                account: AccountId::from_i64(1),
                session: SessionId::from_i64(1),
                workspace: self.public_workspace(),
                rights: Rights::everything(),
                proven: true,
                entered: None,
                form_key: "gallery".to_owned(),
                enrolling: false,
                questioned: false,
                name: "Maya Lindqvist".into(),
                organisation: "Friends of the Orchard".into(),
                state,
            }))
        })
    }
    fn api_key<'a>(&'a self, _: &'a str, _: Caller) -> Answer<'a, KeyHolder> {
        Box::pin(async { Ok(None) })
    }
    fn public_workspace(&self) -> WorkspaceId {
        WorkspaceId::from_i64(1)
    }
}

struct Row {
    name: String,
    tone: &'static str,
    state: &'static str,
    people: u64,
    done: u64,
    at: Micros,
}

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery {
    shell: Shell,
    rows: Vec<Row>,
    days: Vec<(Micros, u64, u64)>,
}

#[derive(Template)]
#[template(path = "gallery_forms.html")]
struct Forms {
    shell: Shell,
}

#[derive(Template)]
#[template(path = "gallery_editor.html")]
struct Editor {
    shell: Shell,
    body: String,
}

#[derive(Template)]
#[template(path = "gallery_empty.html")]
struct Empty {
    shell: Shell,
}

#[derive(Template)]
#[template(path = "gallery_sign_in.html")]
struct SignIn {
    shell: Shell,
}

fn row(name: &str, tone: &'static str, state: &'static str, people: u64, done: u64) -> Row {
    Row { name: name.into(), tone, state, people, done, at: SystemClock.now() }
}

async fn gallery(shell: Shell) -> Page<Gallery> {
    let long = "A name that somebody pasted from a document and that goes on for two hundred characters, \
                because nobody ever said how long a name may be: Orchard news for November, second edition, final-final";
    let rows = vec![
        row("Orchard news, November", "good", "Sent", 4_003, 4_003),
        row("Apple day invitation", "note", "Sending", 12_480, 5_120),
        row(long, "attention", "Held", 980, 12),
        row("Wrong relay", "danger", "Failed", 1_000_000, 0),
        row("Draft for the AGM", "", "Draft", 0, 0),
    ];
    let now = SystemClock.now();
    let days = (0..30u64).map(|day| {
        (now.plus(Micros::DAY * (i64::try_from(day).unwrap_or(0) - 30)), 300 + day * 37 % 211, 12 + day * 7 % 31)
    });
    Page(Gallery { shell: shell.titled("Gallery"), rows, days: days.collect() })
}

async fn forms(shell: Shell) -> Page<Forms> {
    Page(Forms { shell: shell.titled("Forms") })
}
async fn empty(shell: Shell) -> Page<Empty> {
    Page(Empty { shell: shell.titled("Campaigns") })
}
async fn editor(shell: Shell) -> Page<Editor> {
    let body = "<mjml>\n  <mj-body>\n    <!-- the greeting -->\n    <mj-text font-size=\"16px\">Hello {{ first_name }}</mj-text>\n  </mj-body>\n</mjml>\n";
    Page(Editor { shell: shell.titled("Content"), body: body.into() })
}
async fn mint() -> Json<serde_json::Value> {
    Json(json!({ "url": "/preview/abc", "note": "Rendered as Ada Example" }))
}
async fn preview(Segment(_): Segment<String>) -> Sandboxed {
    Sandboxed::preview("<body style='font-family:sans-serif'><h1 style='color:#b3261e'>Hello Ada</h1><script>document.body.innerHTML='script ran'</script></body>".into())
}
async fn sign_in(shell: Shell) -> Page<SignIn> {
    Page(SignIn { shell: shell.titled("Sign in") })
}
async fn signed_in(cookie: SessionCookie) -> Result<SeeOther, Fail> {
    Ok(SeeOther::to("/").cookie(cookie.start("demo", None)?).flash(Flash::good("You are signed in.")))
}
#[derive(serde::Deserialize)]
struct Enter {
    to: String,
}
/// Signs in by a link, for taking screenshots.
async fn enter(cookie: SessionCookie, Params(enter): Params<Enter>) -> Result<SeeOther, Fail> {
    Ok(SeeOther::to(enter.to).cookie(cookie.start("demo", None)?))
}
async fn sign_out(cookie: SessionCookie) -> Result<SeeOther, Fail> {
    Ok(SeeOther::to("/sign-in").cookie(cookie.end()?).flash(Flash::note("You are signed out.")))
}
async fn upload(mut upload: Upload) -> Result<SeeOther, Fail> {
    let mut bytes = 0u64;
    while let Some(mut part) = upload.next().await? {
        while let Some(chunk) = part.chunk().await? {
            bytes += chunk.len() as u64;
        }
    }
    Ok(SeeOther::to("/forms").flash(Flash::good(format!("Received {} bytes.", waxwing_http::count(bytes)))))
}
async fn refuse() -> Fail {
    Fail::Conflict("The campaign is being sent. Pause it first, then change its list.".into())
}

fn routes() -> Routes<()> {
    Routes::new()
        .page(Method::GET, "/", Action::HomeRead, gallery)
        .page(Method::GET, "/forms", Action::FormsRead, forms)
        .page(Method::GET, "/campaigns", Action::CampaignsRead, empty)
        .page(Method::GET, "/campaigns/content", Action::CampaignsRead, editor)
        .page(Method::POST, "/campaigns/preview", Action::CampaignsRead, mint)
        .page(Method::GET, "/preview/{token}", Action::CampaignsRead, preview)
        .page(Method::GET, "/reports", Action::ReportsRead, refuse)
        .page(Method::POST, "/sign-out", Action::OwnAccount, sign_out)
        .upload("/upload", Action::ImportRun, 1 << 30, upload)
        .public(Method::GET, "/sign-in", sign_in)
        .public(Method::POST, "/sign-in", signed_in)
        .open(Method::GET, "/enter", enter)
        .assets()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    tracing_subscriber::fmt().init();
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 8097)), ServerLimits::default()).await?;
    let address = server.address()?;
    let state = std::env::args().any(|argument| argument == "--state");
    let site =
        Site::new(Settings::local(address), Arc::new(Everybody { state }), Arc::new(SystemClock), Arc::new(SystemRng));
    println!("http://{address}/");
    let app = front(routes().finish().router.with_state(()), site);
    server
        .serve(app, async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending().await
            }
        })
        .await;
    Ok(())
}
