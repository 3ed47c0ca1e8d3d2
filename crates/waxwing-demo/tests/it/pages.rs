//! The pages of caught mail, and what a hostile message can do to them: nothing.

use crate::support::{Client, loopback, start};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use waxwing_demo::capture::{CaptureOptions, CaptureServer};
use waxwing_demo::drills::DRILLS;
use waxwing_demo::pages::{PageServer, PagesError, Stand, router};

struct Page {
    status: StatusCode,
    policy: String,
    kind: String,
    body: String,
}

async fn open_as(server: &CaptureServer, host: &str, path: &str) -> Page {
    let request = Request::get(path).header("host", host).body(Body::empty()).expect("a request");
    let response = router(server.captured().clone(), Stand::default()).oneshot(request).await.expect("never fails");
    let header = |name| {
        let value = response.headers().get(name);
        value.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
    };
    let (status, policy, kind) = (response.status(), header("content-security-policy"), header("content-type"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    Page { status, policy, kind, body: String::from_utf8_lossy(&body).into_owned() }
}

async fn open(server: &CaptureServer, path: &str) -> Page {
    open_as(server, "127.0.0.1:1080", path).await
}

/// A server that caught `message` as its entry 1.
async fn caught(message: &str) -> CaptureServer {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    client.ask("MAIL FROM:<news@larkfield.example>\r\n").await;
    client.ask("RCPT TO:<ann@postbox.example>\r\n").await;
    client.ask("DATA\r\n").await;
    assert!(client.ask(&format!("{message}\r\n.\r\n")).await.starts_with("250 "));
    server
}

const HOSTILE: &str = "Subject: <script>alert(1)</script>\r\n\
From: \"><img src=x onerror=alert(1)>\r\n\
Content-Type: text/html\r\n\
\r\n\
<script>alert(2)</script><a href=\"http://127.0.0.1:8080/confirm?a=1&amp;b=2\">go</a>\
<a href=\"https://elsewhere.example/\">away</a>";

#[tokio::test]
async fn a_subject_of_markup_is_shown_as_text() {
    let server = caught(HOSTILE).await;
    for path in ["/", "/message/1", "/search?q=alert"] {
        let page = open(&server, path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("alert(1)"), "{path}");
        assert!(!page.body.contains("<script") && !page.body.contains("<img"), "{path}");
        assert!(page.policy.contains("default-src 'none'") && !page.policy.contains("unsafe"));
    }
}

#[tokio::test]
async fn a_search_of_markup_is_shown_as_text() {
    let server = caught(HOSTILE).await;
    let page = open(&server, "/search?q=%22%3E%3Cscript%3E&verdict=%3Cb%3E").await;
    assert!(!page.body.contains("<script") && !page.body.contains("<b>"));
}

#[tokio::test]
async fn the_html_part_is_served_into_a_sandbox() {
    let server = caught(HOSTILE).await;
    let page = open(&server, "/message/1/html").await;
    assert!(page.policy.starts_with("sandbox; default-src 'none'"));
    assert!(page.kind.starts_with("text/html"));
    assert!(open(&server, "/message/1").await.body.contains("<iframe sandbox=\"\""));
}

#[tokio::test]
async fn the_raw_message_is_plain_text() {
    let server = caught(HOSTILE).await;
    let page = open(&server, "/message/1/raw").await;
    assert!(page.kind.starts_with("text/plain"));
    assert!(page.body.starts_with("Subject: <script>"));
}

#[tokio::test]
async fn only_links_of_this_machine_can_be_followed() {
    let server = caught(HOSTILE).await;
    let page = open(&server, "/message/1").await.body;
    assert!(page.contains("href=\"http://127.0.0.1:8080/confirm?a=1&#38;b=2\""), "{page}");
    assert!(page.contains("https://elsewhere.example/") && !page.contains("href=\"https://elsewhere.example/"));
}

#[tokio::test]
async fn the_list_looks_again_and_the_search_does_not() {
    let server = caught("Subject: x\r\n\r\nhi").await;
    assert!(open(&server, "/").await.body.contains("http-equiv=\"refresh\""));
    assert!(!open(&server, "/search").await.body.contains("http-equiv"));
    assert!(!open(&server, "/?before=9").await.body.contains("http-equiv"));
}

#[tokio::test]
async fn a_search_finds_by_recipient_and_by_verdict() {
    let server = caught("Subject: autumn\r\n\r\nhi").await;
    Client::hello(&server).await.deliver("unknown7@mailhaus.example").await;
    assert!(open(&server, "/search?q=UNKNOWN7").await.body.contains("refused 550 5.1.1"));
    let refused = open(&server, "/search?verdict=refused").await.body;
    assert!(refused.contains("unknown7@") && !refused.contains("ann@"));
    assert!(open(&server, "/search?q=nobody").await.body.contains("Nothing fits"));
}

#[tokio::test]
async fn a_refused_recipient_has_a_page_without_a_message() {
    let server = start(CaptureOptions::default()).await;
    Client::hello(&server).await.deliver("unknown7@mailhaus.example").await;
    assert!(open(&server, "/message/1").await.body.contains("There is no message to show"));
    assert_eq!(open(&server, "/message/1/html").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_there_or_too_long_is_said_so() {
    let server = start(CaptureOptions::default()).await;
    assert_eq!(open(&server, "/message/99").await.status, StatusCode::NOT_FOUND);
    assert_eq!(open(&server, "/message/x").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(open(&server, "/nowhere").await.status, StatusCode::NOT_FOUND);
    let long = format!("/search?q={}", "x".repeat(201));
    assert_eq!(open(&server, &long).await.status, StatusCode::BAD_REQUEST);
    assert!(open(&server, "/").await.body.contains("Nothing caught yet"));
}

#[tokio::test]
async fn a_rebound_name_is_not_answered() {
    let server = caught("Subject: secret\r\n\r\nhi").await;
    for host in ["evil.example", "127.0.0.1.evil.example:80", "", "localhost.evil.example"] {
        let page = open_as(&server, host, "/").await;
        assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!page.body.contains("secret"));
    }
    for host in ["localhost", "127.0.0.1", "[::1]:1080", "LOCALHOST:1080"] {
        assert_eq!(open_as(&server, host, "/").await.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn older_entries_are_a_page_away() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    for _ in 0..101 {
        client.deliver("unknown1@mailhaus.example").await;
    }
    let first = open(&server, "/search?q=unknown1").await.body;
    assert!(first.contains("before=2"), "{first}");
    assert!(open(&server, "/?before=2").await.body.contains("/message/1\""));
}

#[tokio::test]
async fn the_page_server_listens_on_loopback_only() {
    let server = start(CaptureOptions::default()).await;
    let everyone = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = PageServer::start(everyone, server.captured().clone(), Stand::default()).await;
    assert!(matches!(refused, Err(PagesError::NotLoopback)));
    let pages = PageServer::start(loopback(), server.captured().clone(), Stand::default()).await.expect("a free port");
    assert!(tokio::net::TcpStream::connect(pages.address()).await.is_ok());
    assert!(pages.url().starts_with("http://127.0.0.1:"));
}

const TOLD: &str = r#"{"events":[{"seconds":0.5,"who":"attacker","what":"tries <b>a</b> key"}],
    "seconds_from_signal_to_containment":1.25,"ok":true}"#;

#[tokio::test]
async fn a_drill_is_run_by_its_button_once_at_a_time_and_shows_its_seconds() {
    let server = start(CaptureOptions::default()).await;
    let (begin, begun) = std::sync::mpsc::channel::<Result<String, String>>();
    let begun = std::sync::Mutex::new(begun);
    let stand =
        Stand::new(std::sync::Arc::new(move |_: &'static str| begun.lock().expect("held").recv().expect("told")));
    let pages = router(server.captured().clone(), stand);
    let press = async |path: &str, origin: &str| {
        let request = Request::post(path).header("host", "127.0.0.1:1080").header("origin", origin);
        let answer = pages.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("never fails");
        answer.status()
    };
    let look = async || {
        let request = Request::get("/drills").header("host", "127.0.0.1:1080").body(Body::empty()).expect("a request");
        let answer = pages.clone().oneshot(request).await.expect("never fails");
        String::from_utf8(answer.into_body().collect().await.expect("a body").to_bytes().to_vec()).expect("text")
    };
    let until = async |words: &str| {
        for _ in 0..500 {
            let page = look().await;
            if page.contains(words) {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("it never said {words}");
    };
    let (page, first) = (look().await, DRILLS[0].name);
    assert!(
        DRILLS.iter().all(|drill| page.contains(drill.about) && page.contains(&format!("/drills/{}/run", drill.name)))
    );
    let run = format!("/drills/{first}/run");
    assert_eq!(press(&run, "http://elsewhere.example").await, StatusCode::FORBIDDEN, "a form of another website");
    assert_eq!(press("/drills/nonsense/run", "http://127.0.0.1:1080").await, StatusCode::NOT_FOUND);
    assert_eq!(press(&run, "http://127.0.0.1:1080").await, StatusCode::SEE_OTHER);
    assert_eq!(press(&format!("/drills/{}/run", DRILLS[1].name), "http://127.0.0.1:1080").await, StatusCode::SEE_OTHER);
    let page = look().await;
    assert!(page.matches("It runs now").count() == 1 && !page.contains("<button>"), "one at a time: {page}");
    begin.send(Ok(TOLD.into())).expect("it waits");
    let page = until("From the first signal to containment: 1.25 seconds.").await;
    assert!(page.contains("0.50 s") && page.contains("attacker") && !page.contains("<b>a</b>"), "{page}");
    assert_eq!(press(&run, "http://127.0.0.1:1080").await, StatusCode::SEE_OTHER);
    begin.send(Err("No room is left.".into())).expect("it waits");
    assert!(until("It broke off").await.contains("No room is left."));
}
