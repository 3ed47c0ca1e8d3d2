//! Two workspaces behind one door: whoever comes with an address, a token or a link gets into the
//! workspace that it is of, and into no other.

use super::browser::{EMAIL, House, PASSWORD, email};
use crate::accounts::{self, NewApiKey, create_api_key};
use crate::lists::{self, NewList, Visibility};
use crate::login::{self, Device, Outcome, Typed};
use crate::{App, fields, sending, settings, signup};
use http::StatusCode;
use waxwing_domain::{Ctx, Scope, SourceId, SubjectNo, WorkspaceId};
use waxwing_http::{Authenticate as _, Caller};
use waxwing_testkit::store_test;

const OTHER: &str = "velvet anchor pencil tundra";

/// A house with a second workspace, `birch`, whose first owner has the same address.
async fn two(t: waxwing_testkit::store::TestStore) -> (House, App) {
    let house = House::with_owner(t).await;
    house.pass(1_000_000);
    let birch = house.app.at(house.t.store.create_workspace("Birch").await.expect("a workspace"));
    furnish(&birch).await;
    let token = accounts::bootstrap(&birch, &birch.host(), email()).await.expect("the first owner");
    let form = [("password", OTHER), ("repeat", OTHER)];
    let path = format!("/welcome/{token}");
    let got = house.browser("192.0.2.30").post(&path, &path, &form).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "a welcome link leads into its own workspace: {}", got.body);
    (house, birch)
}

async fn furnish(app: &App) {
    let ctx = app.host();
    let mut tx = app.begin(&ctx, "test").await.expect("begins");
    fields::install(app, &mut tx, &ctx).await.expect("fields");
    let named = settings::Workspace { organisation: "Birch".into(), ..settings::Workspace::default() };
    settings::save(app, &mut tx, &ctx, &named).await.expect("settings");
    tx.commit().await.expect("commits");
}

async fn enter(house: &House, workspace: &str, password: &str) -> Option<WorkspaceId> {
    let typed = Typed { email: EMAIL, workspace };
    let visitor = house.visitor("192.0.2.1");
    match login::attempt(&house.app, &visitor, typed, password.into(), &Device::default()).await.expect("asks") {
        Outcome::In(token) => house.app.session(&token, caller(&visitor)).await.expect("asks").map(|s| s.workspace),
        _ => None,
    }
}

fn caller(ctx: &Ctx) -> Caller {
    Caller { address: None, request: ctx.request }
}

store_test! {
    async fn one_address_with_an_account_in_each_workspace_enters_the_one_it_names(t) {
        let (house, birch) = two(t).await;
        let (first, second) = (house.app.workspace(), birch.workspace());
        assert_eq!(enter(&house, "", PASSWORD).await, Some(first), "without a word: the account that joined first");
        assert_eq!(enter(&house, "", OTHER).await, None, "and nobody else's password opens it");
        assert_eq!(enter(&house, "birch", OTHER).await, Some(second));
        assert_eq!(enter(&house, " Birch ", OTHER).await, Some(second));
        assert_eq!(enter(&house, "birch", PASSWORD).await, None, "a password is of one account");
        assert_eq!(enter(&house, "test", PASSWORD).await, Some(first));
        assert_eq!(enter(&house, "no-such", PASSWORD).await, None);
    }

    async fn guesses_are_counted_once_whatever_workspace_is_named(t) {
        let (house, _birch) = two(t).await;
        for word in ["", "birch", "test", "no-such", "birch", "test", "", "birch"] {
            let typed = Typed { email: EMAIL, workspace: word };
            let visitor = house.visitor("198.51.100.1");
            let tried = login::attempt(&house.app, &visitor, typed, "wrong wrong wrong".into(), &Device::default()).await;
            assert!(matches!(tried, Ok(Outcome::Refused)));
        }
        let visitor = house.visitor("198.51.100.1");
        let typed = Typed { email: EMAIL, workspace: "birch" };
        let tried = login::attempt(&house.app, &visitor, typed, OTHER.into(), &Device::default()).await;
        assert!(matches!(tried, Err(crate::Error::TooMany(_))), "a second workspace gives no second budget");
    }

    async fn the_form_asks_for_a_workspace_only_where_there_are_several(t) {
        let house = House::with_owner(t).await;
        assert!(!house.browser("192.0.2.1").get("/sign-in").await.body.contains("name=\"workspace\""));
        house.t.store.create_workspace("Birch").await.expect("a workspace");
        let page = house.browser("192.0.2.1").get("/sign-in?workspace=birch").await.body;
        assert!(page.contains("name=\"workspace\"") && page.contains("value=\"birch\""), "{page}");
        assert!(!house.browser("192.0.2.1").get("/sign-in").await.body.contains("birch"), "nobody is told which there are");
    }

    async fn a_session_shows_its_own_workspace_and_ends_there(t) {
        let (house, birch) = two(t).await;
        let mut browser = house.browser("192.0.2.1");
        let fields = [("email", EMAIL), ("password", OTHER), ("workspace", "birch")];
        browser.post("/sign-in", "/sign-in", &fields).await;
        let token = browser.session().expect("signed in").clone();
        assert!(browser.get("/settings").await.body.contains("Birch"));
        // Another sign-in in the same browser ends it, though it is of another workspace.
        browser.post("/account", "/sign-out", &[]).await;
        assert!(house.app.session(&token, caller(&birch.host())).await.expect("asks").is_none());
    }

    async fn a_key_works_in_the_workspace_that_made_it(t) {
        let (house, birch) = two(t).await;
        let ctx = birch.host();
        let mut tx = birch.begin(&ctx, "test").await.expect("begins");
        let new = NewApiKey::of(&ctx, "shop", &[Scope::Read]);
        let (_, text) = create_api_key(&birch, &mut tx, &ctx, new).await.expect("made");
        tx.commit().await.expect("commits");
        let holder = house.app.api_key(&text, caller(&ctx)).await.expect("asks").expect("known");
        assert_eq!(holder.workspace, birch.workspace());
    }

    async fn a_reset_reaches_the_account_of_the_workspace_that_was_named(t) {
        let (house, birch) = two(t).await;
        let asked = |word: &'static str| [("email", EMAIL), ("workspace", word)];
        house.browser("192.0.2.1").post("/reset", "/reset", &asked("birch")).await;
        let token = accounts::reset_link(&birch, &birch.host(), &email()).await.expect("a link");
        let path = format!("/reset/{token}");
        let chosen = [("password", "copper lantern mosaic drift"), ("repeat", "copper lantern mosaic drift")];
        let got = house.browser("192.0.2.1").post(&path, &path, &chosen).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        assert_eq!(enter(&house, "birch", "copper lantern mosaic drift").await, Some(birch.workspace()));
        assert_eq!(enter(&house, "", PASSWORD).await, Some(house.app.workspace()), "the other account is as it was");
    }

    async fn forms_and_links_in_mail_belong_to_the_workspace_that_made_them(t) {
        let (house, birch) = two(t).await;
        let ctx = birch.host();
        let mut tx = birch.begin(&ctx, "test").await.expect("begins");
        let new = NewList { visibility: Visibility::Public, ..NewList::named("Bark") };
        let list = lists::create(&birch, &mut tx, &ctx, new).await.expect("a list").id;
        let form = signup::create_form(&birch, &mut tx, &ctx, list).await.expect("a form");
        tx.commit().await.expect("commits");
        let page = house.browser("192.0.2.1").get(&format!("/f/{}", form.slug)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Birch"), "{}", page.body);
        let link = |app: &App| {
            let url = sending::links::unsubscribe_url(app, app.workspace(), SourceId::from_i64(7), SubjectNo::new(1));
            url.expect("a link").split_once("/u/").expect("its path").1.to_owned()
        };
        let left = house.browser("192.0.2.1").get(&format!("/u/{}", link(&birch))).await;
        assert_eq!(left.status, StatusCode::OK);
        assert!(left.body.contains("Birch"), "{}", left.body);
        assert!(!house.browser("192.0.2.1").get(&format!("/u/{}", link(&house.app))).await.body.contains("Birch"));
    }
}
