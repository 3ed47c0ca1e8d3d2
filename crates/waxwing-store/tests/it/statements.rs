//! Every statement prepares on both engines, and a missing value is noticed.

use waxwing_store::{Engine, StoreError, all_bulks, all_statements, args, bulk, statement};
use waxwing_testkit::store_test;

statement! { PUT, "INSERT INTO settings (workspace_id, key, value, changed_at) VALUES ($1, $2, $3, 0)" }
statement! { TAKE, "SELECT value FROM settings WHERE workspace_id = $1 AND key IN [text $2] ORDER BY key" }
bulk! { MANY, into "settings" (key: Text, value: Text, changed_at: Int), "ON CONFLICT DO NOTHING" }

store_test! {
    async fn every_statement_prepares(t) {
        for statement in all_statements() {
            let text = statement.text(t.store.engine());
            assert_eq!(t.store.prepare(text).await, Ok(()), "{}: {text}", statement.name);
        }
        for bulk in all_bulks() {
            let text = bulk.text(t.store.engine(), t.workspace, 2);
            assert_eq!(t.store.prepare(&text).await, Ok(()), "{}: {text}", bulk.name);
        }
    }

    async fn a_missing_value_is_an_error_and_not_null(t) {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let answer = tx.exec(&PUT, args!["only the key"]).await;
        assert!(matches!(answer, Err(StoreError::Statement { .. })));
    }

    async fn workspaces_do_not_see_each_other(t) {
        let other = t.store.create_workspace("Other").await.expect("a second workspace");
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&PUT, args!["a", "mine"]).await.expect("writes");
        tx.commit().await.expect("commits");
        let mut tx = t.store.read(other, "test").await.expect("begins");
        let seen = tx.all(&TAKE, args![vec!["a".to_owned()]], |r| r.text(0)).await.expect("reads");
        assert!(seen.is_empty());
    }

    async fn bulk_rows_arrive_whole_and_conflicts_do_nothing(t) {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let rows = |n: usize| (0..n).map(|i| args![format!("k{i:05}"), "v", i as i64]).collect::<Vec<_>>();
        assert_eq!(tx.bulk(&MANY, rows(1_300)).await.expect("inserts"), 1_300);
        assert_eq!(tx.bulk(&MANY, rows(1_301)).await.expect("inserts"), 1);
        assert_eq!(tx.bulk(&MANY, Vec::new()).await.expect("nothing"), 0);
        let seen = tx.all(&TAKE, args![vec!["k00000".to_owned(), "k01300".to_owned()]], |r| r.text(0)).await.expect("reads");
        assert_eq!(seen.len(), 2);
    }

    async fn an_uncommitted_change_never_happened(t) {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&PUT, args!["a", "b"]).await.expect("writes");
        drop(tx);
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        assert!(tx.all(&TAKE, args![vec!["a".to_owned()]], |r| r.text(0)).await.expect("reads").is_empty());
    }

    async fn a_second_row_of_one_key_is_a_conflict(t) {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        tx.exec(&PUT, args!["a", "b"]).await.expect("writes");
        assert!(matches!(tx.exec(&PUT, args!["a", "b"]).await, Err(StoreError::Conflict(_))));
    }
}

#[test]
fn statements_of_a_workspace_name_the_workspace() {
    for statement in all_statements().filter(|s| s.scope == waxwing_store::Scope::Workspace) {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let text = statement.text(engine);
            assert!(text.contains("workspace_id") || text.contains("workspaces"), "{}", statement.name);
        }
    }
}
