//! Every statement of the product prepares on both engines.

use super::routes::link_everything;
use waxwing_store::{Engine, Scope, all_bulks, all_statements};
use waxwing_testkit::store_test;

store_test! {
    async fn every_statement_prepares(t) {
        link_everything(&t);
        for statement in all_statements() {
            let text = statement.text(t.store.engine());
            assert_eq!(t.store.prepare(text).await, Ok(()), "{}: {text}", statement.name);
        }
        for bulk in all_bulks() {
            let text = bulk.text(t.store.engine(), t.workspace, 2);
            assert_eq!(t.store.prepare(&text).await, Ok(()), "{}: {text}", bulk.name);
        }
    }

    async fn a_statement_of_a_workspace_is_bound_to_it(t) {
        link_everything(&t);
        for statement in all_statements().filter(|s| s.scope == Scope::Workspace) {
            for engine in [Engine::Sqlite, Engine::Postgres] {
                let text = statement.text(engine);
                let bound = text.contains("workspace_id") || text.contains("workspaces");
                assert!(bound && text.contains("$1"), "{} does not ask for its workspace", statement.name);
            }
        }
    }

    async fn the_product_is_linked_into_this_test(t) {
        link_everything(&t);
        let of_product = all_statements().filter(|s| s.name.starts_with("waxwing_app::")).count();
        assert!(of_product > 20, "only {of_product} statements were found: are the features linked in?");
    }
}
