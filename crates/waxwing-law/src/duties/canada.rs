//! PIPEDA, Division 1.1 (sections 10.1 to 10.3).

use super::gate::{Finding, Gate, breach, judged, role, territory, weigh};
use crate::facts::{Facts, Role};

fn reach(facts: &Facts) -> Vec<Gate> {
    let otherwise = "The data is not under your control: the organisation that you hold it for reports it.";
    let place = territory(facts, |place| place.is_in("CA"), "Canada", "section 4");
    vec![role(facts, Role::Controller, otherwise), place, breach(facts)]
}

/// Sections 10.1(1) and 10.1(3): both turn on the same judgement.
pub(super) fn harm(facts: &Facts) -> Finding {
    let mut gates = reach(facts);
    gates.push(judged(
        facts.judgements.significant_harm,
        "A person judged that there is a real risk of significant harm (section 10.1(1), (7), (8)).",
        "A person judged that there is no real risk of significant harm (section 10.1(1)).",
        "a signed judgement whether there is a real risk of significant harm (section 10.1(7), (8))",
    ));
    weigh(gates)
}

/// Section 10.3: every breach.
pub(super) fn record(facts: &Facts) -> Finding {
    weigh(reach(facts))
}
