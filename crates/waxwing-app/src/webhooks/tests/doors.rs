//! The page and the programming interface: what they take, what they never give back.

use super::scene::{Reply, Scene, verified_by_python, wish};
use crate::testing::{self, Orchard};
use crate::{App, webhooks};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use waxwing_domain::Ctx;
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { COUNT, "SELECT COUNT(*) FROM webhooks_endpoints WHERE workspace_id = $1" }
statement! { RAW, "SELECT sealed_url, secret FROM webhooks_endpoints WHERE workspace_id = $1" }

/// Addresses by which a server could be made to ask inside its own network.
const INSIDE: &[&str] = &[
    "http://example.org/",
    "https://localhost/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://10.0.0.1/",
    "https://192.168.0.1/",
    "https://172.16.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://[fd00:ec2::254]/",
    "https://0.0.0.0/",
    "https://user:pw@example.org/",
    "https://example.org@10.0.0.1/",
    "https://example.org:22/",
    "https://intranet/",
    "file:///etc/passwd",
    "gopher://10.0.0.1:70/",
    "https://example.org\\@10.0.0.1/",
    "",
];

fn body(url: &str) -> Value {
    json!({ "name": "Shop", "url": url, "kinds": ["unsubscribed"] })
}

store_test! {
    async fn addresses_inside_are_refused_at_the_interface_and_on_the_page(t) {
        let orchard = Orchard::new(&t, &[]).await;
        let program = orchard.web.key("all");
        let (visitor, page) = orchard.web.session("all").open("/settings/webhooks").await;
        let csrf = page.hidden("csrf");
        for url in INSIDE {
            let got = program.json(Method::POST, "/api/v1/webhooks", &body(url)).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}: {}", got.body);
            let form: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("csrf", &csrf)
                .append_pair("name", "Shop")
                .append_pair("kind", "unsubscribed")
                .append_pair("url", url)
                .finish();
            let got = visitor.post("/settings/webhooks", &form).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
            assert!(!got.body.contains("169.254") && !got.body.contains("user:pw"), "the address is not sent back");
        }
        let mut tx = orchard.app.read(&orchard.ctx, "test").await.expect("reads");
        assert_eq!(tx.one(&COUNT, args![], |r| r.int(0)).await.expect("counts"), 0);
    }

    async fn a_secret_is_shown_once_and_an_address_never(t) {
        let orchard = Orchard::new(&t, &[]).await;
        let (visitor, page) = orchard.web.session("all").open("/settings/webhooks").await;
        let form = format!(
            "csrf={}&name=Shop&kind=unsubscribed&url=https%3A%2F%2Fhooks.example.org%2Fs3cr3t%3Fkey%3Ds3cr3t",
            page.hidden("csrf")
        );
        let made = visitor.post("/settings/webhooks", &form).await;
        let secret = made.body.split("whsec_").nth(1).expect("shown").split('<').next().expect("ends").to_owned();
        let program = orchard.web.key("all");
        let list = program.get("/api/v1/webhooks").await;
        let id = serde_json::from_str::<Value>(&list.body).expect("JSON")[0]["id"].as_str().expect("an id").to_owned();
        let again = [
            visitor.get("/settings/webhooks").await,
            visitor.get(&format!("/settings/webhooks/{id}")).await,
            program.get(&format!("/api/v1/webhooks/{id}/deliveries")).await,
            list,
        ];
        for got in again {
            assert_eq!(got.status, StatusCode::OK, "{}", got.body);
            assert!(!got.body.contains(&secret) && !got.body.contains("whsec_") && !got.body.contains("s3cr3t"));
        }
        let mut tx = orchard.app.read(&orchard.ctx, "test").await.expect("reads");
        let raw = tx.one(&RAW, args![], |r| Ok([r.blob(0)?, r.blob(1)?].concat())).await.expect("a row");
        let holds = |word: &[u8]| raw.windows(word.len()).any(|w| w == word);
        assert!(!holds(b"s3cr3t") && !holds(b"whsec_") && !holds(secret.as_bytes()), "sealed at rest");
    }

    async fn a_program_makes_tries_changes_and_removes_a_webhook(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let program = testing::visitor(&scene.app).key("all");
        let made = program.json(Method::POST, "/api/v1/webhooks", &body(&wish(&scene, "/x").url)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let made: Value = serde_json::from_str(&made.body).expect("JSON");
        let path = format!("/api/v1/webhooks/{}", made["id"].as_str().expect("an id"));
        let pinged = program.json(Method::POST, &format!("{path}/ping"), &json!({})).await;
        assert!(pinged.body.contains("\"delivered\":true"), "{}", pinged.body);
        let heard = scene.receiver.heard();
        assert!(verified_by_python(&heard[0], made["secret"].as_str().expect("a secret")));
        let patched = program.json(Method::PATCH, &path, &json!({ "name": "Store", "state": "paused" })).await;
        assert_eq!(patched.status, StatusCode::NO_CONTENT, "{}", patched.body);
        let list = program.get("/api/v1/webhooks").await.body;
        assert!(list.contains("\"Store\"") && list.contains("\"paused\""), "{list}");
        for wrong in [json!({ "state": "disabled" }), json!({ "kinds": [] }), json!({ "kinds": ["x"] }), json!({ "oops": 1 })] {
            let got = program.json(Method::PATCH, &path, &wrong).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", got.body);
        }
        let rotated = program.json(Method::POST, &format!("{path}/rotate"), &json!({})).await;
        assert!(rotated.body.contains("whsec_"));
        let gone = program.json(Method::POST, &format!("{path}/replay"), &json!({ "event": "0000000000001" })).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        assert_eq!(program.json(Method::DELETE, &path, &json!({})).await.status, StatusCode::NO_CONTENT);
        assert_eq!(program.get(&format!("{path}/deliveries")).await.status, StatusCode::NOT_FOUND);
    }

    async fn another_workspace_cannot_see_or_touch_a_webhook(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.unsubscribe(0).await;
        let foreign = t.store.create_workspace("Other").await.expect("a workspace");
        let app = App::with_egress(t.store.clone(), scene.app.config().clone(), foreign, scene.app.egress().clone());
        let ctx = Ctx { workspace: foreign, ..scene.ctx() };
        assert_eq!(webhooks::deliver::batch(&app, &ctx, None, made.id).await.expect("works"), 0);
        let program = testing::visitor(&app).key("all");
        assert_eq!(program.get("/api/v1/webhooks").await.body, "[]");
        let path = format!("/api/v1/webhooks/{}", made.id);
        for (method, path, body) in [
            (Method::PATCH, path.clone(), json!({ "state": "paused" })),
            (Method::PATCH, path.clone(), json!({ "name": "Mine" })),
            (Method::DELETE, path.clone(), json!({})),
            (Method::POST, format!("{path}/rotate"), json!({})),
            (Method::POST, format!("{path}/ping"), json!({})),
            (Method::POST, format!("{path}/replay"), json!({ "event": "0000000000001" })),
        ] {
            assert_eq!(program.json(method.clone(), &path, &body).await.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
        assert_eq!(program.get(&format!("{path}/deliveries")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(testing::visitor(&app).session("all").get(&format!("/settings/webhooks/{}", made.id)).await.status, StatusCode::NOT_FOUND);
        assert!(scene.receiver.heard().is_empty());
        assert_eq!(scene.drain(made.id).await, 1, "untouched where it belongs");
    }
}
