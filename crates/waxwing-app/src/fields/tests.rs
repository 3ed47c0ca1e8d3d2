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
