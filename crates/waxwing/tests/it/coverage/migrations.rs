//! Both engines have the same tables, columns, keys and indexes.

use std::collections::BTreeSet;
use waxwing_domain::WorkspaceId;
use waxwing_store::{Engine, Row, Store, StoreError, args, statement};
use waxwing_testkit::store::TestStore;

statement! { system COLUMNS,
sqlite: "SELECT m.name, p.name, lower(p.type), CASE WHEN p.\"notnull\" = 1 OR p.pk > 0 THEN 1 ELSE 0 END, p.pk
    FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
postgres: "SELECT c.table_name::text, c.column_name::text, c.data_type::text,
        CAST(CASE WHEN c.is_nullable = 'NO' THEN 1 ELSE 0 END AS BIGINT),
        CAST(COALESCE((SELECT k.ordinal_position FROM information_schema.key_column_usage k
          JOIN information_schema.table_constraints t ON t.constraint_name = k.constraint_name AND t.table_name = k.table_name
          WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_schema = 'public' AND k.table_name = c.table_name
            AND k.column_name = c.column_name), 0) AS BIGINT)
        FROM information_schema.columns c WHERE c.table_schema = 'public'" }
statement! { system INDEXES,
sqlite: "SELECT m.name, l.\"unique\", l.partial,
        (SELECT group_concat(i.name, ',' ORDER BY i.seqno) FROM pragma_index_info(l.name) i)
        FROM sqlite_master m, pragma_index_list(m.name) l WHERE m.type = 'table' AND l.origin <> 'pk'",
postgres: "SELECT t.relname::text, CAST(CASE WHEN x.indisunique THEN 1 ELSE 0 END AS BIGINT),
        CAST(CASE WHEN x.indpred IS NULL THEN 0 ELSE 1 END AS BIGINT),
        (SELECT string_agg(a.attname::text, ',' ORDER BY k.n) FROM unnest(x.indkey::int2[]) WITH ORDINALITY k (att, n)
          JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.att)
        FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
        WHERE s.nspname = 'public' AND NOT x.indisprimary" }

/// Table, column, type, not null, place in the primary key.
pub type Column = (String, String, String, bool, i64);
type Index = (String, bool, bool, String);

/// The columns of an engine's schema, with types in SQLite's words.
pub async fn columns(store: &Store) -> BTreeSet<Column> {
    let mut tx = store.read(WorkspaceId::from_i64(0), "coverage.columns").await.expect("reads");
    let row = |r: &Row<'_>| -> Result<Column, StoreError> {
        let kind = match r.text(2)?.as_str() {
            "bigint" => "integer".to_owned(),
            "bytea" => "blob".to_owned(),
            other => other.to_owned(),
        };
        Ok((r.text(0)?, r.text(1)?, kind, r.flag(3)?, r.int(4)?))
    };
    tx.all(&COLUMNS, args![], row).await.expect("the schema").into_iter().collect()
}

async fn indexes(store: &Store) -> BTreeSet<Index> {
    let mut tx = store.read(WorkspaceId::from_i64(0), "coverage.indexes").await.expect("reads");
    let row = |r: &Row<'_>| Ok((r.text(0)?, r.flag(1)?, r.flag(2)?, r.text(3)?));
    tx.all(&INDEXES, args![], row).await.expect("the schema").into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_have_the_same_schema() {
    let lite = TestStore::open(Engine::Sqlite).await.expect("SQLite is always here");
    let Some(pg) = TestStore::open(Engine::Postgres).await else { return };
    assert_same(&columns(&lite.store).await, &columns(&pg.store).await);
    assert_same(&indexes(&lite.store).await, &indexes(&pg.store).await);
}

fn assert_same<T: Ord + std::fmt::Debug>(lite: &BTreeSet<T>, pg: &BTreeSet<T>) {
    assert!(!lite.is_empty());
    let only_lite: Vec<_> = lite.difference(pg).collect();
    let only_pg: Vec<_> = pg.difference(lite).collect();
    assert!(only_lite.is_empty() && only_pg.is_empty(), "only SQLite: {only_lite:#?}\nonly PostgreSQL: {only_pg:#?}");
}
