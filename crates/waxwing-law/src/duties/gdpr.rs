//! GDPR Articles 33 and 34, for the Union and for the United Kingdom, which kept the numbers.

use super::Exemption;
use super::gate::{Finding, Gate, breach, fails, holds, open, role, territory, weigh};
use crate::facts::{Facts, Place, Risk, Role};

/// Where a GDPR applies.
#[derive(Clone, Copy)]
pub(super) struct Realm {
    inside: fn(&Place) -> bool,
    name: &'static str,
}

/// The Union with the EEA.
pub(super) const UNION: Realm = Realm { inside: Place::in_eea, name: "the EEA" };
/// The United Kingdom.
pub(super) const KINGDOM: Realm = Realm { inside: |place| place.is_in("GB"), name: "the United Kingdom" };

const NOT_CONTROLLER: &str = "You hold the data for others: this duty is the controller's. Yours is Article 33(2).";

impl Realm {
    fn reaches(self, facts: &Facts) -> Gate {
        territory(facts, self.inside, self.name, "Article 3")
    }
}

/// Article 33(1): notify unless a risk is unlikely. Until somebody has judged so, the law's default holds.
pub(super) fn authority(facts: &Facts, realm: Realm) -> Finding {
    let risk = match facts.judgements.risk {
        Some(Risk::Unlikely) => fails("A person judged that a risk to people is unlikely (Article 33(1))."),
        Some(risk) => holds(format!("A person judged that {risk} (Article 33(1)).")),
        None => holds("Nobody has judged a risk to people unlikely; until somebody does, Article 33(1) asks for it."),
    };
    let gates = vec![role(facts, Role::Controller, NOT_CONTROLLER), realm.reaches(facts), breach(facts), risk];
    weigh(gates).with(unlikely(facts))
}

/// Article 33(1), last half-sentence.
fn unlikely(facts: &Facts) -> Option<Exemption> {
    let used = facts.judgements.risk == Some(Risk::Unlikely);
    let unreadable = facts.all_unreadable() && facts.nature.only_confidentiality();
    if !used && !unreadable {
        return None;
    }
    let mut evidence = vec!["the signed judgement with its reasons, kept in the register (Article 33(5))".to_owned()];
    if unreadable {
        evidence.push("that all affected data was sealed, and that its keys were out of reach".to_owned());
    }
    let why = if unreadable {
        "Data that nobody could read may make a risk unlikely; a person judges that."
    } else {
        "No notification where a risk to people is unlikely."
    };
    Some(Exemption { section: "Article 33(1)".to_owned(), used, why: why.to_owned(), evidence })
}

/// Article 33(2): a processor tells its controllers of every breach.
pub(super) fn controller(facts: &Facts, realm: Realm) -> Finding {
    let otherwise = "You decide about the data yourself: there is no controller above you to tell.";
    weigh(vec![role(facts, Role::Processor, otherwise), realm.reaches(facts), breach(facts)])
}

/// Article 34: tell the people where a high risk is likely and none of 34(3) holds.
pub(super) fn people(facts: &Facts, realm: Realm) -> Finding {
    let risk = match facts.judgements.risk {
        Some(Risk::High) => holds("A person judged that a high risk is likely (Article 34(1))."),
        Some(risk) => fails(format!("A person judged that {risk}, and no high risk (Article 34(1)).")),
        None => open("a signed judgement whether a high risk to people is likely (Article 34(1))"),
    };
    let mut gates = vec![role(facts, Role::Controller, NOT_CONTROLLER), realm.reaches(facts), breach(facts), risk];
    let (sealed, mended) = (sealed(facts), mended(facts));
    for exemption in [&sealed, &mended].into_iter().flatten().filter(|exemption| exemption.used) {
        gates.push(fails(format!("{} ({})", exemption.why, exemption.section)));
    }
    if facts.disproportionate.is_some() {
        gates.push(holds("Telling each person is a disproportionate effort: tell them in public (Article 34(3)(c))."));
    }
    weigh(gates).with(sealed).with(mended).with(disproportionate(facts))
}

/// Article 34(3)(a). Sealing takes no harm away where data was altered or is missing.
fn sealed(facts: &Facts) -> Option<Exemption> {
    facts.all_unreadable().then(|| Exemption {
        section: "Article 34(3)(a)".to_owned(),
        used: facts.nature.only_confidentiality(),
        why: "All affected data was unintelligible to whoever got it.".to_owned(),
        evidence: vec![
            "which key sealed each kind of data, and since when".to_owned(),
            "that the key was out of reach: where it is kept, and the record of its use".to_owned(),
        ],
    })
}

/// Article 34(3)(b).
fn mended(facts: &Facts) -> Option<Exemption> {
    facts.later_measures.as_ref().map(|measures| Exemption {
        section: "Article 34(3)(b)".to_owned(),
        used: true,
        why: format!("What was done since takes the high risk away: {measures}"),
        evidence: vec!["what was done, when, and how it is known to have worked".to_owned()],
    })
}

/// Article 34(3)(c): it changes the form of the message, not the duty.
fn disproportionate(facts: &Facts) -> Option<Exemption> {
    facts.disproportionate.as_ref().map(|effort| Exemption {
        section: "Article 34(3)(c)".to_owned(),
        used: true,
        why: format!("Telling each person would be a disproportionate effort: {effort}"),
        evidence: vec!["why each cannot be told, and that the public message reaches them equally well".to_owned()],
    })
}

/// Article 33(5).
pub(super) fn record(facts: &Facts, realm: Realm) -> Finding {
    let otherwise = "Article 33(5) speaks to controllers; keep a record all the same, your controllers will ask.";
    weigh(vec![role(facts, Role::Controller, otherwise), realm.reaches(facts), breach(facts)])
}
