//! The way through the pages and the API, as a browser and a program take it.

use super::*;
use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use tower::ServiceExt as _;
use waxwing_domain::{AccountId, ApiKeyId, Rights, Scope, SessionId, WorkspaceId};
use waxwing_http::{Answer, Authenticate, Caller, KeyHolder, Settings, SignedIn, Site, front};

const HOST: &str = "news.example.org";

/// Takes every session for an owner's, and every key for one that may import and write.
struct Owner(WorkspaceId);

impl Authenticate for Owner {
    fn session<'a>(&'a self, _: &'a str, _: Caller) -> Answer<'a, SignedIn> {
        let person = SignedIn {
            account: AccountId::from_i64(7),
            session: SessionId::from_i64(8),
            workspace: self.0,
            rights: Rights::everything(),
            proven: true,
            entered: None,
            form_key: "test".to_owned(),
            enrolling: false,
            questioned: false,
            name: "Ada".into(),
            organisation: "Orchard".into(),
            state: None,
        };
        Box::pin(async move { Ok(Some(person)) })
    }
    fn api_key<'a>(&'a self, _: &'a str, _: Caller) -> Answer<'a, KeyHolder> {
        let rights = Rights::of_scopes(&[Scope::Import, Scope::Write, Scope::Export]);
        let holder = KeyHolder { key: ApiKeyId::from_i64(5), workspace: self.0, rights, entered: None };
        Box::pin(async move { Ok(Some(holder)) })
    }
    fn public_workspace(&self) -> WorkspaceId {
        self.0
    }
}

/// An answer, read whole.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) body: String,
}

/// A browser without a window, signed in.
pub(crate) struct Browser(Router);

impl Browser {
    pub(crate) fn open(app: &App) -> Self {
        let settings = Settings::new(format!("https://{HOST}").parse().expect("an origin"));
        let site = Site::new(
            settings,
            Arc::new(Owner(app.workspace())),
            app.store().clock().clone(),
            app.store().rng().clone(),
        );
        Self(front(crate::routes().finish().router.with_state(app.clone()), site))
    }

    async fn send(&self, request: http::request::Builder, body: impl Into<Body>) -> Got {
        let request = request.header(header::HOST, HOST).body(body.into()).expect("a request");
        let (parts, body) = self.0.clone().oneshot(request).await.expect("an answer").into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let location = parts.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        Got { status: parts.status, location, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    fn ask(method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header(header::COOKIE, "__Host-waxwing_session=owner")
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send(Self::ask("GET", path), Body::empty()).await
    }

    async fn seal(&self) -> String {
        let page = self.get("/audience/import").await.body;
        let from = page.split("name=\"csrf\" value=\"").nth(1).expect("a sealed form");
        from.split('"').next().expect("an end").to_owned()
    }

    pub(crate) async fn post(&self, path: &str, fields: &str) -> Got {
        let seal = self.seal().await;
        let request = Self::ask("POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, format!("csrf={seal}&{fields}")).await
    }

    async fn upload(&self, content: &str) -> Got {
        let seal = self.seal().await;
        let body = format!(
            "--line\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{seal}\r\n\
             --line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\r\n{content}\r\n--line--\r\n"
        );
        let request =
            Self::ask("POST", "/audience/import").header(header::CONTENT_TYPE, "multipart/form-data; boundary=line");
        self.send(request, body).await
    }

    pub(crate) async fn api(&self, method: &str, path: &str, body: &str) -> Got {
        let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, "Bearer ww_key");
        self.send(request.header(header::CONTENT_TYPE, "text/csv"), body.to_owned()).await
    }
}

fn id_in(location: &str) -> ImportId {
    location.rsplit('/').next().expect("a path").parse().expect("an id")
}

store_test! {
    async fn a_person_uploads_chooses_counts_and_imports(t) {
        let app = app(&t).await;
        let browser = Browser::open(&app);
        let got = browser.upload("Adresse;Name\nann@example.org;Ann <b>\nbroken;x\n").await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        let (page, id) = (got.location.clone(), id_in(&got.location));
        let got = browser.get(&page).await;
        assert!(got.body.contains("ann@example.org") && got.body.contains("Ann &#60;b&#62;"), "{}", got.body);
        let got = browser.post(&format!("{page}/check"), "column=&column=3&list=News&consent=fair").await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains("No column holds the email address") && got.body.contains("fair"));
        let got = browser.post(&format!("{page}/check"), "column=1&column=3&list=News&consent=fair").await;
        assert_eq!((got.status, got.location.as_str()), (StatusCode::SEE_OTHER, page.as_str()));
        assert!(browser.get(&page).await.body.contains("hx-trigger"), "the page moves by itself");
        settle(&t, &app, id).await;
        let got = browser.get(&page).await;
        assert!(got.body.contains("Ready to import") && got.body.contains("exactly one @"), "{}", got.body);
        assert_eq!(browser.post(&format!("{page}/run"), "").await.status, StatusCode::SEE_OTHER);
        settle(&t, &app, id).await;
        assert!(browser.get(&page).await.body.contains("Refused lines"));
        assert!(browser.get(&format!("{page}/rejects")).await.body.contains("broken"));
        assert_eq!(clear(&app, &t, "ann@example.org", FieldId::FIRST_NAME).await.as_deref(), Some("Ann <b>"));
        assert!(browser.get("/audience/import").await.body.contains("News"));
        assert_eq!(browser.post(&format!("{page}/run"), "").await.status, StatusCode::CONFLICT);
    }

    async fn a_spreadsheet_is_refused_in_words(t) {
        let app = app(&t).await;
        let got = Browser::open(&app).upload("PK\x03\x04....").await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains("spreadsheet"), "{}", got.body);
    }

    async fn a_program_imports_with_one_request(t) {
        let app = app(&t).await;
        let browser = Browser::open(&app);
        let path = "/api/v1/imports?list=News&consent=fair";
        let got = browser.api("POST", path, "email,first_name\nann@example.org,Ann\n").await;
        assert_eq!(got.status, StatusCode::ACCEPTED, "{}", got.body);
        let answer: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
        let id: ImportId = answer["id"].as_str().expect("an id").parse().expect("an id");
        settle(&t, &app, id).await;
        let got = browser.api("GET", &format!("/api/v1/imports/{id}"), "").await;
        let answer: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
        assert_eq!((answer["state"].as_str(), answer["counts"]["new"].as_i64()), (Some("done"), Some(1)));
        assert_eq!(browser.api("GET", &format!("/api/v1/imports/{id}/rejects"), "").await.status, StatusCode::CONFLICT);
        let silent = browser.api("POST", "/api/v1/imports?list=News&consent=", "email\na@example.org\n").await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
        let none = browser.api("POST", path, "name\nAnn\n").await;
        assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.body.contains("No column holds"), "{}", none.body);
        assert!(browser.api("GET", "/api/v1/imports", "").await.body.contains(&id.to_string()));
    }
}
