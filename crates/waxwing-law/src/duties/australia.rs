//! Privacy Act 1988, Part IIIC: notifiable data breaches.

use super::Exemption;
use super::gate::{Finding, Gate, acquired, breach, fails, holds, judged, open, territory, weigh};
use crate::facts::{Answer, Facts};

/// Small business operators, below or at this yearly turnover in Australian dollars, are mostly out of scope (section 6D).
const SMALL_BUSINESS_AUD: u64 = 3_000_000;

fn reach(facts: &Facts) -> Vec<Gate> {
    let place = territory(facts, |place| place.is_in("AU"), "Australia", "section 5B");
    let size = match facts.turnover_aud {
        Some(turnover) if turnover > SMALL_BUSINESS_AUD => {
            holds("Your turnover is above three million dollars (section 6D).")
        }
        Some(_) => {
            open("whether section 6D(4) brings you in scope in spite of a turnover of three million dollars or less")
        }
        None => open("your yearly turnover in Australian dollars (section 6D)"),
    };
    vec![place, size, breach(facts)]
}

/// Section 26WH: while it is only a suspicion.
pub(super) fn assessment(facts: &Facts) -> Finding {
    let mut gates = reach(facts);
    gates.push(match facts.judgements.serious_harm {
        Answer::Unknown => holds("Whether serious harm is likely has not been judged: assess it (section 26WH(2))."),
        Answer::Yes => fails("The assessment is done: sections 26WK and 26WL apply now (section 26WH(1)(b))."),
        Answer::No => fails("The assessment is done: serious harm is not likely."),
    });
    weigh(gates)
}

/// Sections 26WE, 26WK and 26WL: an eligible data breach.
pub(super) fn eligible(facts: &Facts) -> Finding {
    let mut gates = reach(facts);
    gates.push(acquired(facts, "section 26WE(2)"));
    gates.push(judged(
        facts.judgements.serious_harm,
        "A person judged that serious harm is likely (section 26WE(2)).",
        "A person judged that serious harm is not likely (section 26WE(2)).",
        "a signed judgement whether serious harm is likely (sections 26WE, 26WG)",
    ));
    let prevented = facts.judgements.harm_prevented == Answer::Yes;
    if prevented {
        gates.push(fails("Action was taken before serious harm was done, and it is no longer likely (section 26WF)."));
    }
    weigh(gates).with(prevented.then(|| Exemption {
        section: "section 26WF".to_owned(),
        used: true,
        why: "Remedial action took the harm away before it was done.".to_owned(),
        evidence: vec!["what was done, when, and how it is known to have worked".to_owned()],
    }))
}
