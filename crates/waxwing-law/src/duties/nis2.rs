//! NIS2, Article 23: entities in scope report significant incidents.

use super::gate::{Finding, fails, holds, judged, open, weigh};
use crate::facts::{Facts, Nis2Entity, Place};

/// Article 23(1), (3). Whether an incident is significant is judged by people; the national act binds.
pub(super) fn incident(facts: &Facts) -> Finding {
    let scope = match facts.nis2 {
        None => open("whether you are an essential or important entity (Article 3)"),
        Some(Nis2Entity::None) => fails("You are neither an essential nor an important entity (Article 3)."),
        Some(entity) => holds(format!("You are an {entity} (Article 3).")),
    };
    let place = if facts.present(Place::in_eu) {
        holds("You are established or active in the Union (Article 26).")
    } else {
        open("whether you are under the jurisdiction of a member state (Article 26)")
    };
    let significant = judged(
        facts.judgements.significant_incident,
        "A person judged the incident significant (Article 23(3)).",
        "A person judged the incident not significant (Article 23(3)).",
        "a signed judgement whether the incident is significant (Article 23(3))",
    );
    weigh(vec![scope, place, significant])
}
