//! The audience in a browser without a window, and by API: the real routes behind the real shell.

use super::tests::{app, list, person};
use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use std::net::SocketAddr;
use tower::ServiceExt as _;
use waxwing_domain::{AccountId, ApiKeyId, ClassSet, Rights, Role, Scope, SessionId, WorkspaceId};
use waxwing_http::{Answer, Authenticate, Caller, KeyHolder, Settings, SignedIn, Site, front};
use waxwing_store::{Sequencer, args, record_page, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { MOVE_CIPHERTEXT,
"UPDATE subscribers SET sealed = (SELECT o.sealed FROM subscribers o WHERE o.workspace_id = $1 AND o.subject = $2)
 WHERE workspace_id = $1 AND subject = $3" }

const HOST: &str = "127.0.0.1:8080";

/// `owner` is signed in with all rights, `marketer` with that role; the keys `read` and `write`
/// have that scope, `masked` both and sees nobody in clear.
struct Fake(WorkspaceId);

impl Authenticate for Fake {
    fn session<'a>(&'a self, token: &'a str, _: Caller) -> Answer<'a, SignedIn> {
        let person = SignedIn {
            account: AccountId::from_i64(7),
            session: SessionId::from_i64(8),
            workspace: self.0,
            rights: if token == "owner" { Rights::everything() } else { Rights::of_role(Role::Marketer) },
            proven: true,
            entered: None,
            form_key: token.to_owned(),
            enrolling: false,
            questioned: false,
            name: "Ada Example".into(),
            organisation: "Orchard".into(),
            state: None,
        };
        Box::pin(async move { Ok(["owner", "marketer"].contains(&token).then_some(person)) })
    }
    fn api_key<'a>(&'a self, key: &'a str, _: Caller) -> Answer<'a, KeyHolder> {
        let scopes = match key {
            "read" => vec![Scope::Read],
            "write" | "masked" => vec![Scope::Read, Scope::Write],
            _ => return Box::pin(async { Ok(None) }),
        };
        let clear = if key == "masked" { ClassSet::NONE } else { ClassSet::ALL };
        let rights = Rights { clear, ..Rights::of_scopes(&scopes) };
        let holder = KeyHolder { key: ApiKeyId::from_i64(5), workspace: self.0, rights, entered: None };
        Box::pin(async move { Ok(Some(holder)) })
    }
    fn public_workspace(&self) -> WorkspaceId {
        self.0
    }
}

struct Browser {
    router: Router,
    app: crate::App,
    seal: String,
}

struct Got {
    status: StatusCode,
    location: String,
    body: String,
}

impl Browser {
    async fn new(t: &TestStore) -> Self {
        let app = app(t).await;
        let settings = Settings::local(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let site =
            Site::new(settings, std::sync::Arc::new(Fake(t.workspace)), t.store.clock().clone(), t.store.rng().clone());
        let router = front(crate::routes().finish().router.with_state(app.clone()), site);
        let mut browser = Self { router, app, seal: String::new() };
        let page = browser.get("/audience/lists/new").await;
        let seal = page.body.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        browser.seal = seal.expect("a seal").to_owned();
        browser
    }
    async fn send(&self, request: Request<Body>) -> Got {
        let answer = self.router.clone().oneshot(request).await.expect("always answers");
        let status = answer.status();
        let location =
            answer.headers().get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        Got { status, location, body: String::from_utf8_lossy(&bytes).into_owned() }
    }
    fn request(method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header(header::HOST, HOST)
    }
    async fn get(&self, path: &str) -> Got {
        self.get_as("owner", path).await
    }
    async fn get_as(&self, who: &str, path: &str) -> Got {
        let request = Self::request("GET", path).header(header::COOKIE, format!("waxwing_session={who}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }
    async fn post(&self, path: &str, form: &str) -> Got {
        let request = Self::request("POST", path)
            .header(header::COOKIE, "waxwing_session=owner")
            .header(header::ORIGIN, format!("http://{HOST}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(format!("csrf={}&{form}", self.seal))).expect("a request")).await
    }
    async fn api(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: serde_json::Value,
    ) -> (StatusCode, serde_json::Value) {
        let request = Self::request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let got = self.send(request.body(body).expect("a request")).await;
        (got.status, serde_json::from_str(&got.body).unwrap_or_default())
    }
}

async fn recorded(t: &TestStore) -> Vec<String> {
    Sequencer::new(t.store.clone()).run_once().await.expect("numbers");
    let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
    let rows = record_page(&t.store, &mut tx, i64::MAX, 100).await.expect("a page");
    rows.iter().map(|row| row.leaf["what"].as_str().unwrap_or_default().to_owned()).collect()
}

store_test! {
    async fn a_person_is_added_found_changed_and_erased_by_hand(t) {
        let browser = Browser::new(&t).await;
        let empty = browser.get("/audience").await;
        assert!(empty.body.contains("Nobody yet"), "{}", empty.status);
        let made = browser.post("/audience/lists", "name=News&description=&visibility=private&optin=double").await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let news = made.location.rsplit('/').next().expect("an id").to_owned();
        let wrong = browser.post("/audience/people", "email=nobody&first_name=Ann").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("exactly one @") && wrong.body.contains("value=\"Ann\""), "what was typed stays");
        let no_consent = browser.post("/audience/people", &format!("email=ann%40example.org&list={news}&statement=")).await;
        assert_eq!(no_consent.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(no_consent.body.contains("where and how these people agreed"));
        let added = browser.post("/audience/people", &format!("email=ann%40example.org&first_name=Ann&list={news}&statement=Guest+book")).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        let page = browser.get(&added.location).await;
        for words in ["ann@example.org", "Guest book", "News", "confirmed"] {
            assert!(page.body.contains(words), "{words}");
        }
        let found = browser.post("/audience/search", "email=ANN%40example.org").await;
        assert_eq!(found.location, added.location);
        let missed = browser.post("/audience/search", "email=bob%40example.org").await;
        assert_eq!(missed.location, "/audience");
        let saved = browser.post(&added.location, "email=ann%40example.com&first_name=&last_name=Lee").await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        assert!(browser.get("/audience").await.body.contains("ann@example.com"));
        let asked = browser.get(&format!("{}/erase", added.location)).await;
        assert!(asked.body.contains("cannot be undone"));
        let unsure = browser.post(&format!("{}/erase", added.location), "").await;
        assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY, "the tick is needed");
        let erased = browser.post(&format!("{}/erase", added.location), "sure=yes").await;
        assert_eq!(erased.status, StatusCode::SEE_OTHER, "{}", erased.body);
        assert!(browser.get(&erased.location).await.body.contains("Certificate of erasure"));
        assert_eq!(browser.get(&added.location).await.status, StatusCode::NOT_FOUND);
        let back = browser.post("/audience/people", "email=ann%40example.com").await;
        assert!(back.body.contains("do-not-mail list (erased)"));
    }

    async fn who_may_not_see_people_sees_rows_without_them(t) {
        let browser = Browser::new(&t).await;
        let ann = person(&browser.app, &t.ctx(), "ann@example.org").await;
        for path in ["/audience".to_owned(), format!("/audience/people/{ann}")] {
            let page = browser.get_as("marketer", &path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(!page.body.contains("ann@example.org") && page.body.contains(&format!("Subscriber {ann}")), "{path}");
        }
        let page = browser.get_as("marketer", &format!("/audience/people/{ann}")).await;
        assert!(page.body.contains("Hidden from your role") && page.body.contains("Show for 15 minutes"));
        assert!(!browser.get_as("marketer", "/audience").await.body.contains("/audience/search"), "no way to try addresses out");
        let path = format!("/api/v1/subscribers/{ann}");
        let (status, seen) = browser.api("masked", "GET", &path, serde_json::Value::Null).await;
        assert_eq!((status, seen.get("email")), (StatusCode::OK, None));
        assert!(seen["masked"].as_array().is_some_and(|fields| fields.contains(&"email".into())), "{seen}");
        let search = "/api/v1/subscribers?email=ann%40example.org";
        assert_eq!(browser.api("masked", "GET", search, serde_json::Value::Null).await.0, StatusCode::FORBIDDEN);
        let blind = serde_json::json!({ "email": "mallory@example.org" });
        assert_eq!(browser.api("masked", "PATCH", &path, blind).await.0, StatusCode::FORBIDDEN);
    }

    async fn a_damaged_person_is_shown_as_refused_beside_the_others(t) {
        let browser = Browser::new(&t).await;
        let ann = person(&browser.app, &t.ctx(), "ann@example.org").await;
        let bob = person(&browser.app, &t.ctx(), "bob@example.org").await;
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&MOVE_CIPHERTEXT, args![ann, bob]).await.expect("moved");
        tx.commit().await.expect("commits");
        let page = browser.get("/audience").await;
        assert!(page.body.contains("damaged – refused") && page.body.contains("ann@example.org"));
        let page = browser.get(&format!("/audience/people/{bob}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("failed its integrity check") && !page.body.contains("ann@example.org"));
        let (status, seen) = browser.api("read", "GET", &format!("/api/v1/subscribers/{bob}"), serde_json::Value::Null).await;
        assert_eq!((status, &seen["damaged"], seen.get("email")), (StatusCode::OK, &true.into(), None));
    }

    async fn ticked_people_join_and_leave_a_list(t) {
        let browser = Browser::new(&t).await;
        let (ann, bob) = (person(&browser.app, &t.ctx(), "ann@example.org").await, person(&browser.app, &t.ctx(), "bob@example.org").await);
        let news = list(&browser.app, &t.ctx(), "News").await;
        let ticked = format!("subject={ann}&subject={bob}&scope=ticked&target={news}&list=&state=");
        let done = browser.post("/audience/bulk", &format!("{ticked}&act=add&statement=Fair")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let members = browser.get(&format!("/audience?list={news}&state=confirmed")).await;
        assert!(members.body.contains("ann@example.org") && members.body.contains("2 of 2 people"));
        browser.post("/audience/bulk", &format!("{ticked}&act=remove")).await;
        let members = browser.get(&format!("/audience?list={news}&state=confirmed")).await;
        assert!(members.body.contains("Nobody in this filter"));
        let all = browser.post("/audience/bulk", &format!("scope=all&target={news}&list=&state=&act=add&statement=Fair")).await;
        assert_eq!(all.status, StatusCode::SEE_OTHER, "{}", all.body);
        let broken = browser.get("/audience?state=nonsense").await;
        assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn fields_and_lists_have_their_pages(t) {
        let browser = Browser::new(&t).await;
        assert!(browser.get("/audience/lists").await.body.contains("No list yet"));
        let defined = browser.post("/audience/fields", "key=plan&label=Plan&kind=text&class=internal&purpose=To+bill&basis=contract&retention_days=30").await;
        assert_eq!(defined.status, StatusCode::SEE_OTHER, "{}", defined.body);
        let wrong = browser.post("/audience/fields", "key=Plan&label=Plan&kind=text&class=internal&purpose=To+bill&basis=contract&retention_days=soon").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for path in ["/audience/fields", "/audience/fields/plan", "/audience/people/new"] {
            assert!(browser.get(path).await.body.contains("Plan"), "{path}");
        }
        let changed = browser.post("/audience/fields/plan", "label=Tariff&purpose=To+bill&basis=contract&retention_days=").await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        browser.post("/audience/fields/plan/retire", "").await;
        assert!(!browser.get("/audience/fields").await.body.contains("Tariff"));
        assert_eq!(browser.get("/settings/fields").await.location, "/audience/fields");
    }

    async fn programs_add_find_change_and_page_through_people(t) {
        let browser = Browser::new(&t).await;
        let none = serde_json::Value::Null;
        let (status, made) = browser.api("write", "POST", "/api/v1/lists", serde_json::json!({ "name": "News" })).await;
        assert_eq!((status, &made["optin"]), (StatusCode::CREATED, &"double".into()));
        let new = serde_json::json!({ "email": "ann@example.org", "fields": { "first_name": "Ann" }, "lists": [made["id"]], "consent": "Shop" });
        let (status, added) = browser.api("write", "POST", "/api/v1/subscribers", new.clone()).await;
        assert_eq!((status, &added["joined"]["added"]), (StatusCode::CREATED, &1.into()), "{added}");
        assert_eq!(browser.api("write", "POST", "/api/v1/subscribers", new).await.0, StatusCode::CONFLICT);
        let wrong = serde_json::json!({ "email": "bob@example.org", "fields": { "nope": "x", "phone": "044" } });
        let (status, problem) = browser.api("write", "POST", "/api/v1/subscribers", wrong).await;
        assert_eq!((status, problem["errors"].as_array().map(Vec::len)), (StatusCode::UNPROCESSABLE_ENTITY, Some(2)));
        let path = format!("/api/v1/subscribers/{}", added["id"]);
        let change = serde_json::json!({ "fields": { "first_name": null, "last_name": "Lee" } });
        assert_eq!(browser.api("read", "PATCH", &path, change.clone()).await.0, StatusCode::FORBIDDEN);
        assert_eq!(browser.api("write", "PATCH", &path, change).await.0, StatusCode::NO_CONTENT);
        let (_, seen) = browser.api("read", "GET", &path, none.clone()).await;
        assert_eq!((&seen["email"], &seen["fields"]), (&"ann@example.org".into(), &serde_json::json!({ "last_name": "Lee" })));
        let (_, hit) = browser.api("read", "GET", "/api/v1/subscribers?email=ann%40example.org", none.clone()).await;
        assert_eq!(hit["items"].as_array().map(Vec::len), Some(1));
        let (status, miss) = browser.api("read", "GET", "/api/v1/subscribers?email=bob%40example.org", none.clone()).await;
        assert_eq!((status, miss["items"].as_array().map(Vec::len)), (StatusCode::OK, Some(0)));
        assert_eq!(recorded(&t).await.iter().filter(|what| *what == "subscribers.search").count(), 2, "hit and miss");
        let suppress = serde_json::json!({ "email": "carl@example.org" });
        assert_eq!(browser.api("write", "POST", "/api/v1/suppressions", suppress).await.0, StatusCode::NO_CONTENT);
        let (_, tags) = browser.api("read", "GET", "/api/v1/suppressions", none.clone()).await;
        assert_eq!(tags["items"][0]["reason"], "manual");
        let (status, certificate) = browser.api("write", "POST", &format!("{path}/erase"), none.clone()).await;
        assert_eq!((status, &certificate["beyond_reach"]), (StatusCode::OK, &false.into()));
        assert_eq!(browser.api("read", "GET", &path, none).await.0, StatusCode::NOT_FOUND);
    }
}
