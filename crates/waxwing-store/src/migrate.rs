//! Migrations: one neutral text each, written out for the engine. Added, never edited.
//!
//! Promise: a database of an unknown schema is not touched. Each migration runs in its own
//! transaction together with its row in `schema_migrations`.

use crate::{Engine, Store, StoreError, args, statement};
use waxwing_domain::WorkspaceId;

/// A step of the schema.
pub struct Migration {
    /// Grows; numbers may be left out.
    pub version: i64,
    /// The file's name.
    pub name: &'static str,
    /// Neutral text.
    pub text: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),+ $(,)?) => {
        /// All migrations, in order.
        pub const MIGRATIONS: &[Migration] =
            &[$(Migration { version: $version, name: $name, text: include_str!(concat!("../migrations/", $name, ".sql")) }),+];
    };
}

migrations! {
    1 "0001_house",
    2 "0002_record",
    3 "0003_people",
    4 "0004_accounts",
    5 "0005_content",
    6 "0006_relays_domains",
    7 "0007_sending",
    8 "0008_signup",
    9 "0009_files",
    10 "0010_campaigns",
    11 "0011_record_log",
    12 "0012_test_messages",
    13 "0013_roles",
    14 "0014_webhooks",
    15 "0015_step_up",
    16 "0016_passkeys",
    17 "0017_sign_in",
    18 "0018_recovery",
    20 "0020_workspaces",
    21 "0021_key_lists",
    22 "0022_role_lists",
    25 "0025_approvals",
    26 "0026_login_risk",
    30 "0030_alerts",
    31 "0031_alerts_hours",
    32 "0032_alerts_people",
    40 "0040_containment",
    45 "0045_incidents",
    46 "0046_incident_tasks",
    50 "0050_blast",
    61 "0061_duties",
    62 "0062_sso",
    65 "0065_canaries",
    66 "0066_inbound",
    70 "0070_notices",
    71 "0071_status",
    76 "0076_case_scope",
    77 "0077_case_custody",
    78 "0078_case_runs",
    79 "0079_case_aftermath",
    81 "0081_holds",
    82 "0082_containment_snapshots",
    83 "0083_domain_keys",
    86 "0086_signals_network",
    87 "0087_import_quarantine",
    88 "0088_key_fences",
    89 "0089_reseals",
    91 "0091_domain_keys_made",
    92 "0092_incident_snapshots",
    94 "0094_outcomes",
    95 "0095_step_up",
    96 "0096_country",
    100 "0100_webhooks_hands",
    108 "0108_duty_reminders",
    109 "0109_alerts_things",
    115 "0115_fields_kind_of_data",
    119 "0119_renewals",
    120 "0120_incident_files",
    123 "0123_duty_packets",
    124 "0124_incident_training",
    125 "0125_status_turns",
    126 "0126_status_answers",
    127 "0127_trust_measures",
    128 "0128_incident_plans",
    130 "0130_pinned",
    137 "0137_hands",
}

statement! { system APPLIED, "SELECT version, checksum FROM schema_migrations ORDER BY version" }
statement! { system NOTE, "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)" }

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
    (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

impl Migration {
    /// The text for `engine`.
    pub fn render(&self, engine: Engine) -> String {
        render(self.text, engine)
    }

    /// A digest of the neutral text, so that an edited migration is noticed.
    pub fn checksum(&self) -> String {
        hex::encode(&waxwing_crypto::merkle::leaf_hash(self.text.as_bytes())[..16])
    }
}

fn render(text: &str, engine: Engine) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let joined = lines.collect::<Vec<_>>().join("\n");
    match engine {
        Engine::Sqlite => joined
            .replace("BYTES", "BLOB")
            .replace("BIGINT", "INTEGER")
            .replace(") CLUSTERED;", ") STRICT, WITHOUT ROWID;"),
        Engine::Postgres => joined.replace("BYTES", "BYTEA").replace(") CLUSTERED;", ");"),
    }
}

/// The newest version this program knows.
pub fn schema_version() -> i64 {
    MIGRATIONS.last().map_or(0, |m| m.version)
}

/// Brings the schema up to date, or refuses with a reason.
pub(crate) async fn migrate(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.begin(WorkspaceId::from_i64(0), "migrate.ledger").await?;
    tx.run_raw(LEDGER.to_owned()).await?;
    let applied = tx.all(&APPLIED, args![], |r| Ok((r.int(0)?, r.text(1)?))).await?;
    tx.commit().await?;
    refuse_unknown(&applied)?;
    for migration in MIGRATIONS.iter().skip(applied.len()) {
        let mut tx = store.begin(WorkspaceId::from_i64(0), "migrate.step").await?;
        tx.run_raw(migration.render(tx.engine())).await?;
        let now = store.clock().now();
        tx.exec(&NOTE, args![migration.version, migration.name, migration.checksum(), now]).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn refuse_unknown(applied: &[(i64, String)]) -> Result<(), StoreError> {
    for (position, (version, checksum)) in applied.iter().enumerate() {
        let Some(known) = MIGRATIONS.get(position).filter(|m| m.version == *version) else {
            return Err(StoreError::Schema(format!(
                "this database has schema version {version}, which this Waxwing does not know; run the newer version"
            )));
        };
        if known.checksum() != *checksum {
            return Err(StoreError::Schema(format!(
                "schema version {version} was made by a different Waxwing; restore it with the one that made it"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_count_up_and_use_neutral_words_only() {
        assert!(MIGRATIONS.is_sorted_by(|one, next| one.version < next.version), "each number is above the one before");
        for m in MIGRATIONS {
            assert!(m.name.starts_with(&format!("{:04}_", m.version)), "{}", m.name);
            for word in ["INTEGER", "BLOB", "BYTEA", "JSONB", "SERIAL", "now()", "CURRENT_TIMESTAMP", "BOOLEAN"] {
                assert!(!render(m.text, Engine::Postgres).contains(word) || word == "BYTEA", "{}: {word}", m.name);
            }
        }
    }
}
