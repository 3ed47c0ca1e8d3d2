//! The registry, told as what a customer may rely on.

use super::*;
use crate::subscribers::tests::app;
use waxwing_testkit::store_test;

fn plan(key: &str) -> NewField {
    NewField {
        key: key.into(),
        label: "Plan".into(),
        kind: FieldKind::Text,
        class: DataClass::Internal,
        purpose: "To bill".into(),
        basis: LegalBasis::Contract,
        retention_days: Some(30),
        kind_of_data: None,
    }
}

store_test! {
    async fn a_workspace_begins_with_four_sealed_fields(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        install(&app, &mut tx, &ctx).await.expect("a second time changes nothing");
        let fields = all(&mut tx).await.expect("fields");
        let keys: Vec<_> = fields.iter().map(|f| f.key.as_str()).collect();
        assert_eq!(keys, ["email", "phone", "first_name", "last_name"]);
        assert!(fields.iter().all(|f| f.sealed() && f.is_built_in()));
    }

    async fn a_defined_field_keeps_its_number_and_key_for_ever(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let first = define(&app, &mut tx, &ctx, plan("plan")).await.expect("defined");
        assert_eq!(first.id, FieldId::new(1_000));
        retire(&app, &mut tx, &ctx, "plan").await.expect("retired");
        assert!(by_key(&mut tx, "plan").await.is_err());
        assert!(matches!(define(&app, &mut tx, &ctx, plan("plan")).await, Err(Error::Conflict(_))));
        assert_eq!(define(&app, &mut tx, &ctx, plan("plan2")).await.expect("defined").id, FieldId::new(1_001));
    }

    async fn the_country_is_in_clear_and_given_once(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        install_country(&app, &mut tx, &ctx).await.expect("given");
        install_country(&app, &mut tx, &ctx).await.expect("a second time changes nothing");
        let field = by_key(&mut tx, COUNTRY).await.expect("there");
        assert_eq!((field.kind, field.class, field.sealed()), (FieldKind::Country, DataClass::Internal, false));
        assert_eq!(field.parse("Deutschland").as_deref(), Ok("DE"));
        assert_eq!(all(&mut tx).await.expect("fields").len(), 5);
    }

    async fn a_workspace_without_a_country_gets_it_by_one_button(t) {
        let house = crate::testing::Orchard::new(&t, &["ada@example.org"]).await;
        let (visitor, page) = house.web.session("all").open("/audience/fields").await;
        assert!(page.body.contains("/settings/fields/country"), "it is offered");
        let form = format!("csrf={}", page.hidden("csrf"));
        assert_eq!(visitor.post("/settings/fields/country", &form).await.status, http::StatusCode::SEE_OTHER);
        let page = visitor.get("/audience/fields").await;
        assert!(page.body.contains("<code>country</code>") && !page.body.contains("/settings/fields/country"));
    }

    /// A guess is shown as one until somebody says what the field is; what was said stays.
    async fn what_a_field_is_to_people_is_guessed_until_somebody_says_it(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let made = define(&app, &mut tx, &ctx, plan("tax_id")).await.expect("defined");
        assert_eq!((made.kind_of_data(), made.kind_is_guessed()), (KindOfData::SocialSecurity, true));
        let said = NewField { kind_of_data: Some(KindOfData::Finances), ..plan("vat") };
        define(&app, &mut tx, &ctx, said).await.expect("defined");
        let vat = by_key(&mut tx, "vat").await.expect("there");
        assert_eq!((vat.kind_of_data(), vat.kind_is_guessed()), (KindOfData::Finances, false));
        for said in [Some(KindOfData::Other), None] {
            let NewField { label, purpose, basis, retention_days, .. } = plan("tax_id");
            let words = FieldChange { label, purpose, basis, retention_days, kind_of_data: said };
            let passage = change(&app, &mut tx, &ctx, "tax_id", words).await.expect("changed");
            assert_eq!(passage.waits(), None, "nobody else is asked");
            let now = by_key(&mut tx, "tax_id").await.expect("there");
            assert_eq!((now.kind_of_data(), now.kind_is_guessed()), (KindOfData::Other, false), "{said:?}");
        }
    }

    async fn what_a_built_in_field_is_cannot_be_said_otherwise(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let email = by_key(&mut tx, "email").await.expect("there");
        assert_eq!((email.kind_of_data(), email.kind_is_guessed()), (KindOfData::EmailAddress, false));
        let NewField { label, purpose, basis, retention_days, .. } = plan("email");
        let words = FieldChange { label, purpose, basis, retention_days, kind_of_data: Some(KindOfData::Other) };
        let refused = change(&app, &mut tx, &ctx, "email", words).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "kind_of_data"));
    }

    async fn the_kind_of_a_field_is_said_on_its_page_and_by_the_api(t) {
        let house = crate::testing::Orchard::new(&t, &[]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        define(&house.app, &mut tx, &house.ctx, plan("iban")).await.expect("defined");
        tx.commit().await.expect("commits");
        let (visitor, page) = house.web.session("all").open("/audience/fields/iban").await;
        assert!(page.body.contains("It looks like: An account or card number alone, income, invoices"), "{}", page.body);
        assert!(visitor.get("/audience/fields").await.body.contains(">guessed<"));
        let words = "label=Plan&purpose=To+bill&basis=contract&retention_days=30";
        let wrong = visitor.post("/audience/fields/iban", &format!("csrf={}&{words}&kind_of_data=gold", page.hidden("csrf"))).await;
        assert_eq!(wrong.status, http::StatusCode::UNPROCESSABLE_ENTITY);
        let right = visitor.post("/audience/fields/iban", &format!("csrf={}&{words}&kind_of_data=finances", page.hidden("csrf"))).await;
        assert_eq!(right.status, http::StatusCode::SEE_OTHER, "{}", right.body);
        let fields = visitor.get("/audience/fields").await.body;
        assert!(!fields.contains(">guessed<"), "{fields}");
        let listed = house.web.key("all").get("/api/v1/fields").await;
        assert!(listed.body.contains(r#""kind_of_data":"finances","kind_of_data_guessed":false"#), "{}", listed.body);
        let new = serde_json::json!({ "key": "x", "label": "X", "kind": "text", "class": "personal", "purpose": "To bill",
            "basis": "contract", "kind_of_data": "gold" });
        let refused = house.web.key("all").json(http::Method::POST, "/api/v1/fields", &new).await;
        assert!(refused.status.is_client_error(), "{}", refused.body);
    }

    async fn built_in_fields_cannot_be_retired(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        assert!(matches!(retire(&app, &mut tx, &ctx, "email").await, Err(Error::Conflict(_))));
    }

    async fn a_definition_that_does_not_fit_names_what_is_wrong(t) {
        let (app, ctx) = (app(&t).await, t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let cases = [
            ("key", plan("Plan")),
            ("key", plan("1st")),
            ("key", plan("")),
            ("key", plan(&"k".repeat(41))),
            ("key", plan("unsubscribe_url")),
            ("label", NewField { label: " ".into(), ..plan("a") }),
            ("purpose", NewField { purpose: String::new(), ..plan("a") }),
            ("retention_days", NewField { retention_days: Some(0), ..plan("a") }),
        ];
        for (part, new) in cases {
            let answer = define(&app, &mut tx, &ctx, new).await;
            assert!(matches!(&answer, Err(Error::Invalid { field, .. }) if field == part), "{part}");
        }
    }
}
