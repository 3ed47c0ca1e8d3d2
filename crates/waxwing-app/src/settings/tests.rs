//! Settings, in sentences.

use super::{Draft, Limits, Rate, Workspace, load, save, value};
use crate::{App, AppConfig, Error};
use waxwing_domain::{Action, EmailAddress, Rights, Scope};
use waxwing_store::{args, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

statement! { ENTRIES, "SELECT COUNT(*) FROM record_pending WHERE workspace_id = $1" }

fn app(t: &TestStore) -> App {
    let (data, url) = (t.dir.path().join("data"), "https://mail.example.org".to_owned());
    let config =
        AppConfig { data, public_url: url.clone(), content_url: url, dns: None, ehlo: "waxwing.example".into() };
    App::new(t.store.clone(), config, t.workspace)
}

fn full() -> Workspace {
    Workspace {
        organisation: "Cedar & Wax".into(),
        postal_address: "1 Cedar Lane\nBirdtown".into(),
        system_from: EmailAddress::parse("system@example.org").ok(),
        system_from_name: "Cedar".into(),
        default_zone: "Europe/Berlin".into(),
        limits: Limits { workspace: Rate { per_hour: Some(1_000), per_day: None }, ..Limits::default() },
    }
}

store_test! {
    async fn settings_come_back_as_they_were_saved(t) {
        let (app, ctx) = (app(&t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert_eq!(load(&mut tx).await.expect("loads"), Workspace::default());
        save(&app, &mut tx, &ctx, &full()).await.expect("saves");
        assert_eq!(load(&mut tx).await.expect("loads"), full());
        save(&app, &mut tx, &ctx, &full()).await.expect("saves again");
        let entries = tx.one(&ENTRIES, args![], |r| r.int(0)).await.expect("counts");
        assert_eq!(entries, 2, "what changes nothing leaves no entry beside that of the log’s key");
        assert_eq!(value(&mut tx, "organisation").await.expect("reads").as_deref(), Some("Cedar & Wax"));
    }

    async fn what_is_wrong_is_refused_wherever_it_comes_from(t) {
        let (app, ctx) = (app(&t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let wrong = Workspace { default_zone: "Mars/Olympus".into(), ..full() };
        let answer = save(&app, &mut tx, &ctx, &wrong).await;
        assert!(matches!(answer, Err(Error::Invalid { field, .. }) if field == "default_zone"));
        let wrong = Workspace { organisation: "two\nlines".into(), ..full() };
        assert!(save(&app, &mut tx, &ctx, &wrong).await.is_err());
    }

    async fn a_key_without_the_right_cannot_change_them(t) {
        let app = app(&t);
        let ctx = waxwing_domain::Ctx { rights: Rights::of_scopes(&[Scope::Write]), ..t.ctx() };
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let answer = save(&app, &mut tx, &ctx, &full()).await;
        assert!(matches!(answer, Err(Error::Denied(denied)) if denied.0 == Action::SettingsWrite));
    }
}

#[test]
fn every_mistake_of_a_form_is_named_at_once() {
    let draft = Draft {
        organisation: "x".repeat(201),
        system_from: "not an address".into(),
        default_zone: "Nowhere".into(),
        workspace_hour: "many".into(),
        domain_day: "0".into(),
        ..Draft::default()
    };
    let mut fields: Vec<_> = draft.parse().expect_err("wrong").into_iter().map(|e| e.field).collect();
    fields.sort();
    assert_eq!(fields, ["default_zone", "domain_day", "organisation", "system_from", "workspace_hour"]);
}

#[test]
fn numbers_may_be_grouped_and_empty_means_no_limit() {
    let draft = Draft { default_zone: "UTC".into(), workspace_hour: "10,000".into(), ..Draft::default() };
    let saved = draft.parse().expect("right");
    assert_eq!(saved.limits.workspace, Rate { per_hour: Some(10_000), per_day: None });
    assert_eq!(Draft::from(&saved).workspace_hour, "10000");
}
