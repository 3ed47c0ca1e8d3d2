//! Every table that says how the system is set is kept when something is contained, or it says here what it is instead.

use super::sources;
use std::collections::{BTreeMap, BTreeSet};
use waxwing_app::settings::Kept;
use waxwing_store::inventory;

/// What no setting is, by what it is.
const NO_SETTING: &[(&str, &[&str])] = &[
    (
        "people, and what is about them",
        &[
            "subscribers",
            "subject_keys",
            "blind_index",
            "consents",
            "list_members",
            "suppressions",
            "events",
            "erasures",
            "erasures_held",
            "unsubscribes",
            "outcomes",
            "signup_requests",
            "ledger",
        ],
    ),
    (
        "the access record, which is its own evidence",
        &[
            "record_addresses",
            "record_bodies",
            "record_checkpoints",
            "record_entries",
            "record_heads",
            "record_keys",
            "record_nodes",
            "record_pending",
            "record_searches",
            "record_subjects",
        ],
    ),
    (
        "cases and what is done in them, which is evidence already",
        &[
            "incidents",
            "incident_assets",
            "incident_contacts",
            "incident_containments",
            "incident_counts",
            "incident_custody",
            "incident_events",
            "incident_files",
            "incident_findings",
            "incident_indicators",
            "incident_members",
            "incident_plans",
            "incident_radii",
            "incident_snapshots",
            "incident_tasks",
            "incident_training",
            "incident_updates",
            "duty_facts",
            "duty_met",
            "duty_packets",
            "duty_reminders",
            "duty_signatures",
            "notices",
            "notice_parts",
            "status_pages",
            "status_turns",
            "status_updates",
            "status_questions",
            "support_messages",
            "support_answers",
            "trust_measures",
            "blast_radii",
            "blast_touches",
            "containments",
            "containment_releasers",
            "containment_renewals",
            "containment_snapshots",
            "containment_steps",
            "gate",
        ],
    ),
    (
        "sign-ins, their proofs and habits, which end with the containment",
        &[
            "sessions",
            "account_links",
            "account_recoveries",
            "account_recovery_codes",
            "login_codes",
            "login_devices",
            "login_habits",
            "login_steps",
            "login_throttles",
            "passkey_questions",
            "sso_attempts",
            "unmaskings",
        ],
    ),
    (
        "what was seen and done, which the record tells",
        &[
            "signals",
            "alerts",
            "alerts_habits",
            "alerts_hours",
            "alerts_parts",
            "canaries_hits",
            "canaries_marks",
            "canaries_places",
            "canaries_tags",
            "exports",
            "imports",
            "import_rejects",
            "inbound_messages",
            "webhooks_deliveries",
        ],
    ),
    (
        "content, with its history in the record",
        &[
            "media",
            "revisions",
            "campaign_lists",
            "campaigns_identities",
            "pinned_past",
            "signup_wordings",
            "test_messages",
        ],
    ),
    (
        "the machine's own work",
        &[
            "jobs",
            "outbox",
            "leases",
            "lanes",
            "limits",
            "source_lists",
            "source_people",
            "key_fences",
            "key_reseals",
            "schema_migrations",
            "workspaces",
        ],
    ),
];

type Map = BTreeMap<String, BTreeMap<String, String>>;

fn map() -> Map {
    let table: toml::Table = sources::read("data-map.toml").parse().expect("data-map.toml is TOML");
    let tables = table.into_iter().filter(|(name, _)| name != "classes");
    tables.map(|(name, value)| (name, value.try_into().expect("a table of column = \"class\""))).collect()
}

#[test]
fn every_table_is_kept_at_a_containment_or_says_what_it_is_instead() {
    // Nothing else here names the breach centre, whose tables register themselves.
    assert!(!waxwing_breach::routes().finish().infos.is_empty());
    let kept: BTreeSet<&str> = inventory::iter::<Kept>.into_iter().map(|one| one.table).collect();
    let others: BTreeSet<&str> = NO_SETTING.iter().flat_map(|(_, tables)| tables.iter().copied()).collect();
    let all = map();
    let real: BTreeSet<&str> = all.keys().map(String::as_str).collect();
    let both: Vec<_> = kept.intersection(&others).collect();
    let known: BTreeSet<&str> = kept.union(&others).copied().collect();
    let forgotten: Vec<_> = real.difference(&known).collect();
    let gone: Vec<_> = known.difference(&real).collect();
    assert!(both.is_empty(), "kept, and said to be no setting: {both:?}");
    assert!(forgotten.is_empty(), "name these with kept!, beside their SQL, or say here what they are: {forgotten:?}");
    assert!(gone.is_empty(), "these do not exist: {gone:?}");
}

#[test]
fn what_is_kept_is_no_secret_no_ciphertext_and_no_hash() {
    let all = map();
    for kept in inventory::iter::<Kept> {
        for (column, _) in kept.columns {
            let class = all.get(kept.table).and_then(|columns| columns.get(*column)).map_or("unknown", String::as_str);
            assert!(matches!(class, "structure" | "content" | "pseudonymous"), "{}.{column} is {class}", kept.table);
        }
    }
}
