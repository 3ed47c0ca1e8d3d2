//! Every route × rights that are limited to one list: what is on another list is as if it were not.

use super::routes::{As, app, house, request};
use axum::Router;
use axum::body::to_bytes;
use http::{Method, StatusCode};
use waxwing_app::lists::{self, NewList};
use waxwing_app::subscribers::{self, NewPerson};
use waxwing_app::templates::Content;
use waxwing_app::{App, campaigns, consent, exporting, fields, sending};
use waxwing_domain::{CampaignId, Ctx, EmailAddress, ListId, SubjectNo};
use waxwing_http::{Kind, RouteInfo};
use waxwing_message::{ContentFormat, RevisionSource};
use waxwing_store::Tx;

/// In every name and address of the other list.
const HIDDEN: &str = "hidden-quokka";
const OPEN: &str = "open-wombat";

/// A list with one person, and a campaign to it that is being sent.
struct Side {
    list: ListId,
    person: SubjectNo,
    campaign: CampaignId,
}

async fn side(app: &App, tx: &mut Tx, ctx: &Ctx, word: &str) -> Side {
    let list = lists::create(app, tx, ctx, NewList::named(word)).await.expect("a list").id;
    let email = EmailAddress::parse(&format!("{word}@example.org")).expect("an address");
    let person = NewPerson { email, values: vec![] };
    let kind = consent::ConsentKind::Manual;
    let admitted = subscribers::admit(app, tx, ctx, person, kind, "At the fair.", &[list]).await;
    let campaign =
        campaigns::create(app, tx, ctx, word, Content::empty(ContentFormat::Text)).await.expect("a campaign");
    let edit = campaigns::Edit::Audience { lists: vec![list], reason: String::new() };
    campaigns::edit(app, tx, ctx, campaign, vec![edit]).await.expect("goes to the list");
    let source = sending::NewSource {
        kind: "campaign",
        reference: campaign.as_i64(),
        revision: sending::FrozenRevision { content: written(word), facts: sending::Facts::default() },
        sender: sending::Sender::parse("News", "news@example.org", None).expect("a sender"),
        lists: vec![list],
    };
    sending::open_source(app, tx, ctx, source).await.expect("opens");
    Side { list, person: admitted.expect("a person").subject, campaign }
}

fn written(subject: &str) -> RevisionSource {
    RevisionSource {
        format: ContentFormat::Text,
        subject: subject.to_owned(),
        preheader: String::new(),
        body: "Apples are ripe.".into(),
        wrapper: None,
        text: None,
    }
}

/// Two lists with a person each, and an export of both.
async fn two(app: &App) -> (Side, Side) {
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    fields::install(app, &mut tx, &ctx).await.expect("fields");
    let (open, hidden) = (side(app, &mut tx, &ctx, OPEN).await, side(app, &mut tx, &ctx, HIDDEN).await);
    tx.commit().await.expect("commits");
    for side in [&open, &hidden] {
        let _begun = exporting::begin(app, &ctx, side.list, "test", "test").await.expect("begins");
    }
    (open, hidden)
}

fn filled(path: &str, side: &Side) -> [String; 3] {
    let with = |name: &str| {
        path.split('/').map(|part| if part.starts_with('{') { name } else { part }).collect::<Vec<_>>().join("/")
    };
    [with(&side.list.to_string()), with(&side.person.to_string()), with(&side.campaign.to_string())]
}

async fn ask(router: &Router, route: &RouteInfo, path: &str, rights: &str) -> (StatusCode, String) {
    let who = if route.kind == Kind::Api { As::Key(rights.into()) } else { As::Session(rights.into()) };
    let answer = request(router, route.kind, route.method.clone(), path, &who).await;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.expect("a whole body");
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_for_one_list_reach_nothing_of_another() {
    let (router, routes, t) = house().await;
    let (open, hidden) = two(&app(&t)).await;
    let rights = format!("list-{}", open.list);
    let mut shown = 0;
    for route in routes.iter().filter(|r| matches!(r.kind, Kind::Page | Kind::Api)) {
        let named = route.path.contains('{');
        for path in filled(&route.path, &hidden) {
            let (status, body) = ask(&router, route, &path, &rights).await;
            assert!(!body.contains(HIDDEN), "{} {path} shows what is on another list: {body}", route.method);
            assert!(!named || !status.is_success(), "{} {path}: {status}", route.method);
            assert!(!status.is_server_error(), "{} {path}: {status} {body}", route.method);
        }
        for path in filled(&route.path, &open) {
            let (status, body) = ask(&router, route, &path, &rights).await;
            assert!(!body.contains(HIDDEN), "{} {path} shows what is on another list: {body}", route.method);
            shown += usize::from(route.method == Method::GET && status.is_success() && body.contains(OPEN));
        }
    }
    assert!(shown >= 12, "the own list is seen on {shown} routes only");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_limited_draws_nobody_onto_their_list_and_counts_nobody_beyond_it() {
    let (_router, _routes, t) = house().await;
    let app = app(&t);
    let (open, hidden) = two(&app).await;
    let host = app.host();
    let ctx = Ctx { rights: host.rights.limited_to([open.list].into()), ..host.clone() };
    assert!(exporting::begin(&app, &ctx, hidden.list, "test", "test").await.is_err());
    let address = EmailAddress::parse(&format!("{HIDDEN}@example.org")).expect("an address");
    assert_eq!(subscribers::search(&app, &ctx, &address, "test").await.expect("answers"), None);
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    assert_eq!(subscribers::count(&mut tx).await.expect("counts"), 1);
    assert_eq!(lists::all(&mut tx).await.expect("lists").len(), 1);
    assert!(lists::unsubscribe(&app, &mut tx, &ctx, Some(open.list), hidden.person).await.is_err());
    assert!(lists::unsubscribe(&app, &mut tx, &ctx, None, open.person).await.is_err());
    let evidence = consent::NewConsent {
        kind: consent::ConsentKind::Api,
        statement: "At the fair.".into(),
        list: Some(open.list),
        subject: None,
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::Value::Null,
    };
    let consent = consent::attest(&app, &mut tx, &ctx, evidence).await.expect("evidence");
    let joined = lists::join_attested(&app, &mut tx, &ctx, open.list, vec![hidden.person], consent).await;
    assert!(matches!(joined, Err(waxwing_app::Error::NotFound(_))));
}
