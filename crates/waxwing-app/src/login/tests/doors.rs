//! API keys at the door, and what the database gives away.

use super::browser::{EMAIL, HOST, House, PASSWORD};
use crate::accounts::{ApiKeyRow, NewApiKey, create_api_key, keys, revoke_api_key};
use crate::{Error, login};
use http::StatusCode;
use waxwing_domain::{Action, Actor, ApiKeyId, ClassSet, Ctx, Micros, Rights, Role, Scope};
use waxwing_http::{Authenticate as _, Caller};
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { STORED, "SELECT hash FROM api_keys WHERE workspace_id = $1" }
statement! { SEALED, "SELECT sealed FROM accounts WHERE workspace_id = $1" }

fn caller(house: &House) -> Caller {
    Caller { address: None, request: house.host().request }
}

async fn make(house: &House, scopes: &[Scope], expires: Option<Micros>) -> (ApiKeyId, String) {
    let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
    let new = NewApiKey { expires_at: expires, ..NewApiKey::of(&house.host(), "shop", scopes) };
    let made = create_api_key(&house.app, &mut tx, &house.host(), new).await.expect("made");
    tx.commit().await.expect("commits");
    made
}

async fn row(house: &House) -> ApiKeyRow {
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    keys::list(&mut tx, &house.host(), None, 1).await.expect("lists").remove(0)
}

store_test! {
    async fn a_key_holds_its_scopes_and_only_its_hash_is_stored(t) {
        let house = House::with_owner(t).await;
        let (id, text) = make(&house, &[Scope::Send, Scope::Read], None).await;
        let holder = house.app.api_key(&text, caller(&house)).await.expect("asks").expect("known");
        assert_eq!(holder.key, id);
        assert_eq!(holder.rights, Rights::of_scopes(&[Scope::Read, Scope::Send]));
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let stored = tx.all(&STORED, args![], |r| r.blob(0)).await.expect("reads").remove(0);
        assert_eq!(stored.len(), 32);
        assert!(!text.as_bytes().windows(8).any(|part| stored.windows(8).any(|s| s == part)));
        let mut changed = text.clone();
        changed.replace_range(30..31, if &text[30..31] == "a" { "b" } else { "a" });
        for wrong in [changed.as_str(), "", "waxwing_", "Bearer"] {
            assert!(house.app.api_key(wrong, caller(&house)).await.expect("asks").is_none());
        }
    }

    async fn a_key_comes_from_its_networks_only_and_elsewhere_it_is_noted(t) {
        let house = House::with_owner(t).await;
        let networks = vec!["192.0.2.0/24".parse().expect("a network")];
        let new = NewApiKey { networks, clear: ClassSet::NONE, ..NewApiKey::of(&house.host(), "shop", &[Scope::Read]) };
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let (_, text) = create_api_key(&house.app, &mut tx, &house.host(), new).await.expect("made");
        tx.commit().await.expect("commits");
        let from = |address: &str| Caller { address: Some(address.parse().expect("an address")), ..caller(&house) };
        let holder = house.app.api_key(&text, from("192.0.2.77")).await.expect("asks").expect("known");
        assert_eq!(holder.rights.clear, ClassSet::NONE);
        let before = house.rows().await;
        assert!(house.app.api_key(&text, from("198.51.100.1")).await.expect("asks").is_none());
        assert_eq!(house.grown(&before).await[2], 1, "a signal");
        assert!(house.app.api_key(&text, caller(&house)).await.expect("asks").is_none(), "from nowhere is not from there");
    }

    async fn a_key_sees_no_class_that_its_maker_does_not_see(t) {
        let house = House::with_owner(t).await;
        let integrator = Ctx { rights: Rights::of_role(Role::Integrator), ..house.host() };
        let mut tx = house.app.begin(&integrator, "test").await.expect("begins");
        let new = NewApiKey { clear: ClassSet::ALL, ..NewApiKey::of(&integrator, "x", &[Scope::Admin]) };
        assert!(matches!(create_api_key(&house.app, &mut tx, &integrator, new).await, Err(Error::Denied(_))));
    }

    async fn a_revoked_or_expired_key_is_refused(t) {
        let house = House::with_owner(t).await;
        let (_, expiring) = make(&house, &[Scope::Read], Some(house.now().plus(Micros::HOUR))).await;
        let (id, revoked) = make(&house, &[Scope::Read], None).await;
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        revoke_api_key(&house.app, &mut tx, &house.host(), id).await.expect("revoked");
        assert!(matches!(revoke_api_key(&house.app, &mut tx, &house.host(), id).await, Err(Error::NotFound(_))));
        tx.commit().await.expect("commits");
        assert!(house.app.api_key(&revoked, caller(&house)).await.expect("asks").is_none());
        assert!(house.app.api_key(&expiring, caller(&house)).await.expect("asks").is_some());
        house.pass(Micros::HOUR);
        assert!(house.app.api_key(&expiring, caller(&house)).await.expect("asks").is_none());
    }

    async fn the_last_use_is_written_once_a_minute(t) {
        let house = House::with_owner(t).await;
        let (_, text) = make(&house, &[Scope::Read], None).await;
        let mut seen = Vec::new();
        for pause in [0, 30, 40] {
            house.pass(pause * Micros::SECOND);
            house.app.api_key(&text, caller(&house)).await.expect("asks").expect("known");
            seen.push(row(&house).await.used_at.expect("used"));
        }
        assert_eq!(seen[0], seen[1]);
        assert!(seen[2] > seen[1]);
    }

    async fn a_key_cannot_make_a_stronger_key_and_bad_wishes_are_named(t) {
        let house = House::with_owner(t).await;
        let weak = Ctx {
            actor: Actor::ApiKey(ApiKeyId::from_i64(1)),
            rights: Rights::of_scopes(&[Scope::Admin]),
            ..house.host()
        };
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let answer = create_api_key(&house.app, &mut tx, &weak, NewApiKey::of(&weak, "x", &[Scope::Send])).await;
        assert!(matches!(answer, Err(Error::Denied(_))));
        for (name, scopes, expires, field) in [
            ("", &[Scope::Read][..], None, "name"),
            ("a\nb", &[Scope::Read][..], None, "name"),
            ("x", &[][..], None, "scopes"),
            ("x", &[Scope::Never][..], None, "scopes"),
            ("x", &[Scope::Read][..], Some(Micros::from_i64(1)), "expires"),
        ] {
            let new = NewApiKey { name: name.into(), expires_at: expires, ..NewApiKey::of(&house.host(), name, scopes) };
            let answer = create_api_key(&house.app, &mut tx, &house.host(), new).await;
            assert!(matches!(answer, Err(Error::Invalid { field: f, .. }) if f == field), "{field}");
        }
    }

    async fn keys_are_made_and_revoked_on_their_page_and_by_the_api(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let fields = [("name", "Shop"), ("scope", "admin"), ("scope", "read"), ("expires", "")];
        let page = browser.post("/settings/keys", "/settings/keys", &fields).await;
        let key = page.body.split("id=\"new-key\">").nth(1).and_then(|s| s.split('<').next()).expect("shown once").to_owned();
        assert!(!browser.get("/settings/keys").await.body.contains(&key));
        let got = api(&house, "GET", "/api/v1/api-keys", &key, "").await;
        assert!(got.0 == StatusCode::OK && got.1.contains("Shop") && !got.1.contains(&key), "{}", got.1);
        let body = r#"{"name":"second","scopes":["read"]}"#;
        assert_eq!(api(&house, "POST", "/api/v1/api-keys", &key, body).await.0, StatusCode::CREATED);
        let body = r#"{"name":"third","scopes":["everything"]}"#;
        assert_eq!(api(&house, "POST", "/api/v1/api-keys", &key, body).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let id = row(&house).await.id;
        assert_eq!(api(&house, "DELETE", &format!("/api/v1/api-keys/{id}"), &key, "").await.0, StatusCode::NO_CONTENT);
        assert_eq!(api(&house, "GET", "/api/v1/api-keys", &key, "").await.0, StatusCode::UNAUTHORIZED);
        let document = browser.get("/api/v1/openapi.json").await;
        assert!(document.body.contains("\"3.1.0\"") && document.body.contains("/api/v1/api-keys/{id}"));
    }

    async fn no_key_reaches_a_persons_own_account(t) {
        let house = House::with_owner(t).await;
        let (_, text) = make(&house, Scope::GRANTABLE, None).await;
        let holder = house.app.api_key(&text, caller(&house)).await.expect("asks").expect("known");
        let ctx = Ctx { actor: Actor::ApiKey(holder.key), rights: holder.rights, ..house.host() };
        assert!(ctx.may(Action::AccountsWrite) && !ctx.may(Action::OwnAccount));
        let mut tx = house.app.read(&ctx, "test").await.expect("reads");
        assert!(matches!(login::own::account(&mut tx, &ctx).await, Err(Error::Denied(_))));
    }

    async fn the_tables_hold_no_address_of_those_who_sign_in(t) {
        let house = House::with_owner(t).await;
        house.signed_in().await;
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let sealed = tx.all(&SEALED, args![], |r| r.blob(0)).await.expect("reads").remove(0);
        for part in [EMAIL.as_bytes(), b"olga", b"Olga", PASSWORD.as_bytes()] {
            assert!(!sealed.windows(part.len()).any(|window| window == part));
        }
        let shown = format!("{:?}", house.owner().await);
        assert!(!shown.to_lowercase().contains("olga"));
    }
}

async fn api(house: &House, method: &str, path: &str, key: &str, body: &str) -> (StatusCode, String) {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    let request = http::Request::builder().method(method).uri(path).header("host", HOST);
    let request = request.header("authorization", format!("Bearer {key}")).header("content-type", "application/json");
    let request = request.body(axum::body::Body::from(body.to_owned())).expect("a request");
    let response = house.router().oneshot(request).await.expect("answers");
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}
