//! The fields of the CNIL's notification (France), as read for this project in November 2026.
//!
//! The form is French; its field names stand in French with what they mean beside them.

use super::facts_in_words as words;
use super::{Draft, Material, Piece, field, fixed, section, written};

pub(super) fn draft(material: &Material<'_>) -> Draft {
    let (facts, parts) = (material.facts, material.parts);
    let kind = match &parts.reference {
        Some(reference) => Piece::Written(format!("notification complémentaire ({reference})")),
        None => fixed("notification initiale"),
    };
    let mut late = Vec::new();
    if words::late(material) && parts.reference.is_none() {
        let why = written(&parts.delay, "why the notification was not made within 72 hours");
        late.push(field("Motifs du retard (reasons for more than 72 hours)", why));
    }
    let who = section(
        "Responsable de traitement (controller)",
        [
            field("Type de notification (kind)", kind),
            field("Organisme (organisation)", written(&parts.organisation, "the controller's name")),
            field("Adresse (address)", written(&parts.address, "its address")),
            field(
                "Délégué ou contact (officer or contact)",
                written(&parts.contact, "name and contact details of the officer"),
            ),
        ],
    );
    let when = [
        field("Date de la violation (when it happened)", words::occurred(facts)),
        field(
            "Prise de connaissance (awareness)",
            words::instant(facts, facts.times.aware_at, "when you became aware"),
        ),
        field("Circonstances (what happened)", written(&parts.what_happened, "what happened and how")),
        field("Nature de la violation (nature)", words::nature(facts)),
    ];
    let about = section("À propos de la violation (about the breach)", when.into_iter().chain(late));
    let data = section(
        "Données et personnes (data and people)",
        [
            field("Catégories de données (kinds of data)", words::data(facts)),
            field("Nombre d'enregistrements (records)", words::records(facts)),
            field(
                "Catégories de personnes (kinds of people)",
                written(&parts.kinds_of_people, "which kinds of people"),
            ),
            field("Nombre de personnes (people)", words::people(facts)),
        ],
    );
    let after = section(
        "Conséquences et mesures (consequences and measures)",
        [
            field(
                "Conséquences probables (likely consequences)",
                written(&parts.consequences, "the likely consequences"),
            ),
            field("Gravité (severity)", words::severity(material)),
            field("Mesures (measures)", written(&parts.measures, "what was done and is planned")),
        ],
    );
    Draft {
        title: "Notification de violation à la CNIL: what to enter".to_owned(),
        sections: vec![who, about, data, after],
    }
}
