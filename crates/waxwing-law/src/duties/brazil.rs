//! LGPD Art. 48, with the regulation of Resolution CD/ANPD 15/2024.

use super::gate::{Finding, Gate, breach, holds, judged, open, role, territory, weigh};
use crate::facts::{Answer, DataKind, Facts, Role};

fn reach(facts: &Facts) -> Vec<Gate> {
    let otherwise = "You hold the data for others (operador): the controller notifies.";
    let place = territory(facts, |place| place.is_in("BR"), "Brazil", "LGPD Art. 3");
    vec![role(facts, Role::Controller, otherwise), place, breach(facts)]
}

/// A relevant risk or damage, and one of the kinds of data that the regulation lists.
pub(super) fn risk(facts: &Facts) -> Finding {
    let mut gates = reach(facts);
    gates.push(judged(
        facts.judgements.relevant_risk,
        "A person judged that a relevant risk or damage is possible (LGPD Art. 48).",
        "A person judged that no relevant risk or damage is possible (LGPD Art. 48).",
        "a signed judgement whether a relevant risk or damage is possible (LGPD Art. 48)",
    ));
    gates.push(listed(facts));
    weigh(gates)
}

fn listed(facts: &Facts) -> Gate {
    let money = facts.readable(DataKind::AccountAccess) || facts.readable(DataKind::Finances);
    let credentials = facts.readable(DataKind::Password) || facts.readable(DataKind::SecurityAnswer);
    let kinds = [
        (facts.special(), "sensitive data"),
        (facts.children == Answer::Yes, "data of children"),
        (money, "financial data"),
        (credentials, "data that opens accounts"),
    ];
    match kinds.into_iter().find(|(there, _)| *there) {
        Some((_, kind)) => holds(format!("The regulation lists {kind}.")),
        None => open("whether the data is of large scale, of elderly people or under professional secrecy"),
    }
}

/// Art. 10 of the regulation: every incident.
pub(super) fn record(facts: &Facts) -> Finding {
    weigh(reach(facts))
}
