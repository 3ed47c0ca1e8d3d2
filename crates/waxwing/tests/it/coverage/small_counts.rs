//! Every route × a role that sees no people: no number says anything of fewer than ten of them.

use super::routes::{As, app, house, request};
use axum::body::to_bytes;
use http::Method;
use waxwing_app::lists::{self, NewList};
use waxwing_app::subscribers::{self, NewPerson};
use waxwing_app::{App, consent, fields};
use waxwing_domain::{EmailAddress, ListId};
use waxwing_http::Kind;

/// So many people, and ways in which a page or an answer would say so.
const FEW: usize = 7;
const SAID: [&str; 6] = [">7<", ">7 ", " 7 people", "\"7\"", ":7,", ":7}"];

async fn few(app: &App) -> ListId {
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    fields::install(app, &mut tx, &ctx).await.expect("fields");
    let list = lists::create(app, &mut tx, &ctx, NewList::named("Rare")).await.expect("a list").id;
    for number in 0..FEW {
        let email = EmailAddress::parse(&format!("person-{number}@example.org")).expect("an address");
        let person = NewPerson { email, values: vec![] };
        let kind = consent::ConsentKind::Manual;
        subscribers::admit(app, &mut tx, &ctx, person, kind, "At the fair.", &[list]).await.expect("admitted");
    }
    tx.commit().await.expect("commits");
    list
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sees_no_people_sees_no_number_under_ten() {
    let (router, routes, t) = house().await;
    let list = few(&app(&t)).await.to_string();
    let mut told = 0;
    for route in routes.iter().filter(|route| route.method == Method::GET && route.kind != Kind::Public) {
        let path = route.path.split('/').map(|part| if part.starts_with('{') { list.as_str() } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        for (role, sees_people) in [("role-analyst", false), ("role-approver", false), ("all", true)] {
            let who = if route.kind == Kind::Api { As::Key(role.into()) } else { As::Session(role.into()) };
            let answer = request(&router, route.kind, Method::GET, &path, &who).await;
            let body = to_bytes(answer.into_body(), usize::MAX).await.expect("a whole body");
            let body = String::from_utf8_lossy(&body).into_owned();
            let said = SAID.iter().find(|words| body.contains(**words));
            assert!(sees_people || said.is_none(), "{path} as {role}: {said:?} in {body}");
            told += usize::from(sees_people && said.is_some());
        }
    }
    assert!(told >= 4, "who sees people is told their number on {told} routes only: the test looks past it");
}
