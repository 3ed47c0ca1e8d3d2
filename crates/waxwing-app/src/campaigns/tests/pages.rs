//! The pages behind the real shell.

use super::world::World;
use axum::Router;
use axum::body::Body;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt as _;
use waxwing_domain::{AccountId, CampaignId, Rights, Scope, SessionId, WorkspaceId};
use waxwing_http::{Answer, Authenticate, Caller, KeyHolder, Settings, SignedIn, Site, front};
use waxwing_testkit::store_test;

const ADDRESS: &str = "127.0.0.1:8080";

/// `1` and `2` are sessions with all rights, `3` may read only.
struct Doors(WorkspaceId);

impl Authenticate for Doors {
    fn session<'a>(&'a self, token: &'a str, _: Caller) -> Answer<'a, SignedIn> {
        let number: i64 = token.parse().unwrap_or(0);
        let rights = if number == 3 { Rights::of_scopes(&[Scope::Read]) } else { Rights::everything() };
        let person = SignedIn {
            account: AccountId::from_i64(number),
            session: SessionId::from_i64(number),
            workspace: self.0,
            rights,
            proven: true,
            entered: None,
            form_key: token.to_owned(),
            enrolling: false,
            questioned: false,
            name: "Test".into(),
            organisation: "Test".into(),
            state: None,
        };
        Box::pin(async move { Ok((1..=3).contains(&number).then_some(person)) })
    }
    fn api_key<'a>(&'a self, _: &'a str, _: Caller) -> Answer<'a, KeyHolder> {
        Box::pin(async { Ok(None) })
    }
    fn public_workspace(&self) -> WorkspaceId {
        self.0
    }
}

fn house(w: &World) -> Router {
    let settings = Settings::local(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let site = Site::new(settings, Arc::new(Doors(w.ctx.workspace)), w.ctx.clock.clone(), w.ctx.rng.clone());
    front(crate::routes().finish().router.with_state(w.app.clone()), site)
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

async fn got(house: &Router, request: http::request::Builder, session: u8, body: String) -> Got {
    let request = request.header(HOST, ADDRESS).header(COOKIE, format!("waxwing_session={session}"));
    let answer = house.clone().oneshot(request.body(Body::from(body)).expect("a request")).await.expect("answers");
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    Got { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
}

async fn get(house: &Router, session: u8, path: &str) -> Got {
    got(house, Request::builder().uri(path), session, String::new()).await
}

async fn post(house: &Router, session: u8, path: &str, page: &str, form: &str) -> Got {
    let page = get(house, session, page).await.body;
    let seal =
        page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a sealed form");
    let request = Request::builder().method("POST").uri(path);
    let request =
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").header(ORIGIN, format!("http://{ADDRESS}"));
    got(house, request, session, format!("csrf={seal}&{form}")).await
}

async fn pages_of(house: &Router, id: CampaignId, session: u8) {
    let own = ["", "/audience", "/sender", "/subject", "/schedule", "/content", "/review"]
        .map(|card| format!("/campaigns/{id}{card}"));
    let others =
        ["/campaigns", "/campaigns?state=drafts", "/campaigns/templates", "/campaigns/media"].map(str::to_owned);
    for path in own.into_iter().chain(others) {
        let page = get(house, session, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    }
}

store_test! {
    async fn every_page_shows_itself_to_those_who_may_look(t) {
        let w = World::new(&t).await;
        let (house, id) = (house(&w), w.draft("Hello").await);
        pages_of(&house, id, 1).await;
        pages_of(&house, id, 3).await;
        for path in ["/campaigns/new", "/campaigns/links"] {
            assert_eq!(get(&house, 1, path).await.status, StatusCode::OK, "{path}");
            assert_eq!(get(&house, 3, path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert!(!get(&house, 3, &format!("/campaigns/{id}/review")).await.body.contains("Send to 3 people"));
    }

    async fn a_preview_is_for_one_session_and_runs_nothing(t) {
        let w = World::new(&t).await;
        let (house, id) = (house(&w), w.draft("Hello").await);
        let root = format!("/campaigns/{id}");
        let form = "format=markdown&body=Dear+{{+subscriber.first_name+}}&wrapper=&text=&person=";
        let answer = post(&house, 1, &format!("{root}/preview"), &format!("{root}/content"), form).await;
        let answer: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        let url = answer["url"].as_str().expect("an address").to_owned();
        let drawn = get(&house, 1, &url).await;
        assert!(drawn.body.contains("Dear Alex"), "{}", drawn.body);
        assert!(drawn.headers[CONTENT_SECURITY_POLICY].to_str().expect("text").starts_with("sandbox;"));
        assert_eq!(get(&house, 2, &url).await.status, StatusCode::NOT_FOUND, "another session");
        let form = "format=markdown&body=Dear+{{+subscriber.first_name+}}&person=1";
        let answer = post(&house, 1, &format!("{root}/preview"), &format!("{root}/content"), form).await;
        let answer: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert!(get(&house, 1, answer["url"].as_str().expect("an address")).await.body.contains("Dear Ann"));
        let broken = post(&house, 1, &format!("{root}/preview"), &format!("{root}/content"), "format=html&body=%0A{{+x").await;
        assert!(broken.body.contains("Line 2"), "{}", broken.body);
    }

    async fn the_five_cards_and_the_gate_lead_to_an_order_that_can_be_undone(t) {
        let w = World::new(&t).await;
        let house = house(&w);
        let made = post(&house, 1, "/campaigns", "/campaigns/new", "name=Apples&begin=starter:newsletter").await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let root = made.headers[LOCATION].to_str().expect("a path").to_owned();
        let cards = [
            ("audience", format!("lists={}&reason=", w.list)),
            ("sender", "name=Orchard&address=news%40example.org&reply_to=".into()),
            ("subject", "subject=Apples&preheader=".into()),
            ("schedule", "when=now&time=&zone=UTC".into()),
        ];
        assert!(get(&house, 1, &root).await.body.contains("name=\"name\" value=\"Apples\""), "the name can be changed");
        for (card, form) in cards {
            let path = format!("{root}/{card}");
            let saved = post(&house, 1, &path, &path, &form).await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{card}: {}", saved.body);
        }
        let wrong = post(&house, 1, &format!("{root}/sender"), &format!("{root}/sender"), "name=&address=nobody").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("value=\"nobody\""), "what was typed stays");
        let gate = get(&house, 1, &format!("{root}/review")).await.body;
        assert!(gate.contains("Send to 3 people"), "{gate}");
        let version = gate.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a version");
        let sent = post(&house, 1, &format!("{root}/send"), &format!("{root}/review"), &format!("version={version}")).await;
        assert_eq!(sent.headers[LOCATION].to_str().expect("a path"), root);
        assert!(get(&house, 1, &root).await.body.contains("Undo"));
        let undone = post(&house, 1, &format!("{root}/undo"), &root, "").await;
        assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
        assert!(get(&house, 1, &root).await.body.contains("Review and send"));
    }

    async fn what_cannot_be_undone_is_asked_with_its_numbers_also_without_script(t) {
        let w = World::new(&t).await;
        let (house, draft, id) = (house(&w), w.draft("Hello").await, w.draft("Hello").await);
        let root = format!("/campaigns/{draft}");
        assert!(get(&house, 1, &root).await.body.contains(&format!("href=\"{root}/remove\" data-opens=\"remove\"")));
        let asked = get(&house, 1, &format!("{root}/remove")).await.body;
        assert!(asked.contains("Remove this draft?") && asked.contains("cannot be brought back"), "{asked}");
        assert_eq!(get(&house, 3, &format!("{root}/remove")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(get(&house, 1, &format!("{root}/cancel")).await.headers[LOCATION], root.as_str(), "nothing to cancel");
        assert!(get(&house, 1, &format!("{root}/test")).await.body.contains("Send the test"));
        let removed = post(&house, 1, &format!("{root}/remove"), &format!("{root}/remove"), "").await;
        assert_eq!(removed.headers[LOCATION], "/campaigns");

        let source = crate::campaigns::start_now(&w.app, &w.ctx, &w.proof(id).await).await.expect("started").now().expect("at once");
        w.fill(source).await;
        let root = format!("/campaigns/{id}");
        let words = "3 people will not get it. 0 messages are out";
        for path in [root.clone(), format!("{root}/progress"), format!("{root}/cancel")] {
            assert!(get(&house, 1, &path).await.body.contains(words), "{path}");
            let shown = get(&house, 3, &path).await;
            assert!(!shown.body.contains(words), "{path} asks who may not");
        }
        for _ in 0..2 {
            let cancelled = post(&house, 1, &format!("{root}/cancel"), "/campaigns/new", "").await;
            assert_eq!((cancelled.status, &cancelled.headers[LOCATION]), (StatusCode::SEE_OTHER, &root.parse().expect("a path")));
        }
        assert!(get(&house, 1, &root).await.body.contains("Cancelled"));
    }

    async fn an_order_to_send_that_comes_twice_sends_once(t) {
        let w = World::new(&t).await;
        let (house, id) = (house(&w), w.draft("Hello").await);
        let (root, version) = (format!("/campaigns/{id}"), w.campaign(id).await.version);
        let send = |people: i64| format!("version={version}&people={people}");
        let gate = format!("{root}/review");
        for _ in 0..2 {
            let sent = post(&house, 1, &format!("{root}/send"), &gate, &send(3)).await;
            assert_eq!(sent.headers[LOCATION], root.as_str(), "{}", sent.body);
        }
        assert!(matches!(w.campaign(id).await.state, crate::campaigns::CampaignState::Leaving { .. }));
        for _ in 0..2 {
            let undone = post(&house, 1, &format!("{root}/undo"), "/campaigns/new", "").await;
            assert_eq!(undone.headers[LOCATION], root.as_str());
        }
        assert!(w.campaign(id).await.state.is_draft());
    }

    async fn a_link_that_nobody_made_shows_no_message(t) {
        let w = World::new(&t).await;
        let house = house(&w);
        for token in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00"] {
            let answer = get(&house, 0, &format!("/v/{token}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{token}");
        }
    }

    async fn a_message_is_seen_by_whoever_holds_its_link(t) {
        let w = World::new(&t).await;
        let house = house(&w);
        let id = w.draft("Dear {{ subscriber.first_name }}").await;
        let source = crate::campaigns::start_now(&w.app, &w.ctx, &w.proof(id).await).await.expect("started").now().expect("at once");
        let url = crate::sending::links::view_url(&w.app, w.ctx.workspace, source, w.people[0]).expect("a link");
        let page = get(&house, 0, url.trim_start_matches("http://127.0.0.1:8080")).await;
        assert!(page.body.contains("Dear Ann"), "{}", page.body);
        assert!(page.headers[CONTENT_SECURITY_POLICY].to_str().expect("text").starts_with("sandbox "));
    }
}
