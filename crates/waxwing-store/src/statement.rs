//! Statements: named, fixed texts that a test can list and prepare on both engines.

use crate::{Bulk, Engine};
use std::sync::OnceLock;

/// Whether a statement is bound to one workspace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// `$1` is the workspace and is bound by the transaction itself.
    Workspace,
    /// For tables of the installation: migrations, leases, jobs to claim, sign-in by token.
    System,
}

/// One statement, as text for each engine. Made by [`statement!`](crate::statement).
pub struct Statement {
    /// Module and name.
    pub name: &'static str,
    /// Whether `$1` is the workspace.
    pub scope: Scope,
    sqlite: &'static str,
    postgres: &'static str,
    ready: OnceLock<(String, String)>,
}

impl Statement {
    /// Used by the macro.
    pub const fn new(name: &'static str, scope: Scope, sqlite: &'static str, postgres: &'static str) -> Self {
        Self { name, scope, sqlite, postgres, ready: OnceLock::new() }
    }

    /// The text for `engine`, with the list forms written out.
    pub fn text(&'static self, engine: Engine) -> &'static str {
        let (lite, pg) = self.ready.get_or_init(|| (lists_for_sqlite(self.sqlite), lists_for_postgres(self.postgres)));
        match engine {
            Engine::Sqlite => lite,
            Engine::Postgres => pg,
        }
    }

    /// How many values the statement takes, the workspace included.
    pub fn arity(&'static self, engine: Engine) -> usize {
        highest_parameter(self.text(engine))
    }
}

inventory::collect!(&'static Statement);

/// Every statement of the program that is linked in.
pub fn all_statements() -> impl Iterator<Item = &'static Statement> {
    inventory::iter::<&'static Statement>.into_iter().copied()
}

/// Every bulk insert of the program that is linked in.
pub fn all_bulks() -> impl Iterator<Item = &'static Bulk> {
    inventory::iter::<&'static Bulk>.into_iter().copied()
}

/// `IN [$2]` → a list of integers; `IN [text $2]`, `IN [blob $2]` → of texts and bytes.
fn lists_for_sqlite(sql: &str) -> String {
    rewrite_lists(sql, |kind, parameter| match kind {
        "blob" => format!("IN (SELECT unhex(value) FROM json_each({parameter}))"),
        _ => format!("IN (SELECT value FROM json_each({parameter}))"),
    })
}

fn lists_for_postgres(sql: &str) -> String {
    rewrite_lists(sql, |kind, parameter| match kind {
        "blob" => format!("= ANY({parameter}::bytea[])"),
        "text" => format!("= ANY({parameter}::text[])"),
        _ => format!("= ANY({parameter}::bigint[])"),
    })
}

fn rewrite_lists(sql: &str, form: impl Fn(&str, &str) -> String) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(start) = rest.find("IN [") {
        let Some(length) = rest[start..].find(']') else { break };
        let inner = &rest[start + 4..start + length];
        let (kind, parameter) = inner.split_once(' ').unwrap_or(("int", inner));
        out.push_str(&rest[..start]);
        out.push_str(&form(kind, parameter));
        rest = &rest[start + length + 1..];
    }
    out.push_str(rest);
    out
}

fn highest_parameter(sql: &str) -> usize {
    sql.split('$')
        .skip(1)
        .filter_map(|tail| {
            let digits: String = tail.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .max()
        .unwrap_or(0)
}

/// Declares statements: `statement! { NAME, "one text" }`, or a pair where the engines differ:
/// `statement! { NAME, sqlite: "…", postgres: "…" }`. With `system` before the name, the
/// workspace is not bound.
#[macro_export]
macro_rules! statement {
    ($(#[$doc:meta])* $name:ident, sqlite: $lite:expr, postgres: $pg:expr $(,)?) => {
        $crate::statement!(@make $(#[$doc])* $name, $crate::Scope::Workspace, $lite, $pg);
    };
    ($(#[$doc:meta])* $name:ident, $sql:expr $(,)?) => {
        $crate::statement!(@make $(#[$doc])* $name, $crate::Scope::Workspace, $sql, $sql);
    };
    ($(#[$doc:meta])* system $name:ident, sqlite: $lite:expr, postgres: $pg:expr $(,)?) => {
        $crate::statement!(@make $(#[$doc])* $name, $crate::Scope::System, $lite, $pg);
    };
    ($(#[$doc:meta])* system $name:ident, $sql:expr $(,)?) => {
        $crate::statement!(@make $(#[$doc])* $name, $crate::Scope::System, $sql, $sql);
    };
    (@make $(#[$doc:meta])* $name:ident, $scope:expr, $lite:expr, $pg:expr) => {
        $(#[$doc])*
        static $name: $crate::Statement =
            $crate::Statement::new(concat!(module_path!(), "::", stringify!($name)), $scope, $lite, $pg);
        $crate::inventory::submit! { &$name }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_forms_are_written_out_for_each_engine() {
        let sql = "SELECT a FROM t WHERE w = $1 AND id IN [$2] AND tag IN [blob $3]";
        assert_eq!(
            lists_for_sqlite(sql),
            "SELECT a FROM t WHERE w = $1 AND id IN (SELECT value FROM json_each($2)) \
             AND tag IN (SELECT unhex(value) FROM json_each($3))"
        );
        assert!(lists_for_postgres(sql).ends_with("id = ANY($2::bigint[]) AND tag = ANY($3::bytea[])"));
        assert_eq!(highest_parameter(sql), 3);
    }
}
