//! What a field is to people, as far as that can be told without asking them.
//!
//! Promise: built-in fields are known; of the others the key, form and class only propose, in the words of English,
//! German, French, Spanish and Portuguese. Whole words count, so that a tax office is no tax number and a loyalty card
//! no bank card. Limit: a guess stays a guess until somebody says what the field is.

use super::FieldKind;
use waxwing_domain::{DataClass, FieldId, KindOfData};

use KindOfData as K;

/// What the product itself knows of a person, whatever the registry says.
pub const fn known(field: FieldId) -> Option<KindOfData> {
    Some(match field {
        FieldId::EMAIL => K::EmailAddress,
        FieldId::PHONE => K::PhoneNumber,
        FieldId::FIRST_NAME | FieldId::LAST_NAME => K::Name,
        // An answer of a mail server names the address it is about.
        FieldId::SMTP_REPLY => K::EmailAddress,
        // It tells roughly where somebody was, and when.
        FieldId::NETWORK_ADDRESS => K::Location,
        FieldId::CONSENT => K::Subscriptions,
        _ => return None,
    })
}

/// What a field seems to be. What is classed sensitive is never taken for less than a special category by its name alone.
pub fn guess(key: &str, form: FieldKind, class: DataClass) -> KindOfData {
    let named = by_form(form).or_else(|| by_key(key));
    match (class, named) {
        (DataClass::Sensitive, Some(kind)) if kind.grave() => kind,
        (DataClass::Sensitive, _) => K::SpecialCategory,
        (_, Some(kind)) => kind,
        (DataClass::Internal, None) => K::Preferences,
        _ => K::Other,
    }
}

const fn by_form(form: FieldKind) -> Option<KindOfData> {
    match form {
        FieldKind::Email => Some(K::EmailAddress),
        FieldKind::Phone => Some(K::PhoneNumber),
        FieldKind::Country => Some(K::PostalAddress),
        FieldKind::Text | FieldKind::Number | FieldKind::Date | FieldKind::Flag => None,
    }
}

/// The first row of which a phrase stands in the key as whole words, or with which one of its words begins.
fn by_key(key: &str) -> Option<KindOfData> {
    let key = key.to_ascii_lowercase();
    let whole = format!("_{key}_");
    let phrase = |phrase: &&str| whole.contains(&format!("_{phrase}_"));
    let begins = |stem: &&str| key.split('_').any(|word| word.starts_with(*stem));
    let row = WORDS.iter().find(|(_, phrases, stems)| phrases.iter().any(phrase) || stems.iter().any(begins));
    row.map(|(kind, ..)| *kind)
}

/// A kind, the whole words of a key that tell it, and the beginnings of words that do. The graver and the more exact
/// stand first: a health insurance number is no health, an e-mail address no postal one.
type Words = (KindOfData, &'static [&'static str], &'static [&'static str]);
const WORDS: [Words; 20] = [
    (K::EmailAddress, &["email", "e_mail", "mail", "courriel", "correo"], &["email"]),
    (K::PhoneNumber, &["mobile", "cell", "handy", "portable", "movil", "celular"], &["phone", "telef", "telephon"]),
    (K::Password, &["pin", "senha", "contrasena", "clave"], &["password", "passwort", "kennwort", "motdepasse"]),
    (
        K::HealthInsurance,
        &["health_insurance", "insurance_number", "carte_vitale", "seguro_medico", "plano_de_saude"],
        &["krankenkasse", "krankenversicher", "versichertennummer", "mutuelle"],
    ),
    (
        K::SocialSecurity,
        &[
            "ssn",
            "social_security",
            "tax_id",
            "tax_number",
            "tin",
            "nino",
            "steuer_id",
            "nir",
            "securite_sociale",
            "numero_fiscal",
            "seguridad_social",
            "nif",
            "cpf",
        ],
        &["steuernummer", "steueridentifik", "sozialversicherungsnummer"],
    ),
    (
        K::IdentityDocument,
        &["licence_number", "license_number", "driving_licence", "id_number", "id_card", "dni", "nie", "cnh", "rg"],
        &["passport", "passeport", "pasaporte", "passaporte", "reisepass", "ausweis", "fuehrerschein", "identidad"],
    ),
    (
        K::Finances,
        &[
            "card_number",
            "credit_card",
            "debit_card",
            "bank_card",
            "bank",
            "bank_account",
            "account_number",
            "bic",
            "salary",
            "salario",
            "salaire",
            "revenu",
            "renda",
            "ingresos",
            "konto",
            "carte_bancaire",
            "tarjeta_credito",
        ],
        &["iban", "income", "kontonummer", "gehalt", "einkommen", "kreditkarte", "bankverbindung"],
    ),
    (K::Genetic, &["dna", "dns", "adn"], &["genet", "genome", "genom"]),
    (K::Biometric, &["face_id"], &["biometr", "fingerprint", "fingerabdruck", "huella"]),
    (
        K::Health,
        &["sante", "salud", "saude", "doctor", "arzt", "allergy", "allergies", "disability"],
        &["health", "gesundheit", "diagnos", "medic", "medik", "krank", "malad", "enfermed", "allerg", "behinder"],
    ),
    (K::Criminal, &["criminal_record", "casier"], &["convict", "vorstraf", "condamnation", "antecedent"]),
    (
        K::SpecialCategory,
        &["race", "union", "syndicat", "sindicato", "orientation", "partei"],
        &["relig", "ethnic", "konfession", "gewerkschaft", "politi", "church", "kirche", "sexual", "sexuell"],
    ),
    (
        K::DateOfBirth,
        &["dob", "birthday", "birth_date", "date_of_birth", "nacimiento", "nascimento", "naissance"],
        &["birth", "geburt", "anniversaire", "cumple"],
    ),
    (
        K::PostalAddress,
        &["zip", "plz", "ort", "rue", "ville", "calle", "ciudad", "rua", "cidade", "cep", "adresse", "endereco"],
        &["address", "street", "city", "town", "postcode", "postal", "strasse", "anschrift", "direccion", "country"],
    ),
    (
        K::Name,
        &["nom", "prenom", "nombre", "apellido", "nome", "sobrenome", "anrede"],
        &["name", "firstname", "lastname", "surname", "vorname", "nachname", "familienname"],
    ),
    (K::Subscriptions, &["newsletter"], &["consent", "subscri", "einwilligung", "consentement", "consentim"]),
    (K::Purchases, &["order", "orders", "achat", "compra", "pedido"], &["purchase", "bestellung", "kauf", "commande"]),
    (K::Location, &["gps", "latitude", "longitude", "lieu"], &["location", "standort", "ubicacion", "localizacao"]),
    (
        K::Preferences,
        &["locale", "language", "sprache", "langue", "idioma", "interests"],
        &["interest", "preferen", "interess", "vorlieb", "favou", "favor", "lieblings"],
    ),
    (K::Messages, &["nachricht"], &["message"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_its_kind_in_five_languages() {
        for (key, wanted) in [
            ("work_email", K::EmailAddress),
            ("home_phone", K::PhoneNumber),
            ("telefonnummer", K::PhoneNumber),
            ("geburtsdatum", K::DateOfBirth),
            ("date_de_naissance", K::DateOfBirth),
            ("fecha_nacimiento", K::DateOfBirth),
            ("strasse", K::PostalAddress),
            ("code_postal", K::PostalAddress),
            ("cidade", K::PostalAddress),
            ("nom", K::Name),
            ("apellido", K::Name),
            ("tax_id", K::SocialSecurity),
            ("cpf", K::SocialSecurity),
            ("steuernummer", K::SocialSecurity),
            ("krankenkasse", K::HealthInsurance),
            ("passport_number", K::IdentityDocument),
            ("iban", K::Finances),
            ("credit_card", K::Finances),
            ("diagnosis", K::Health),
            ("salud", K::Health),
            ("last_order", K::Purchases),
        ] {
            assert_eq!(guess(key, FieldKind::Text, DataClass::Personal), wanted, "{key}");
        }
    }

    #[test]
    fn a_word_within_another_tells_nothing() {
        for key in ["tax_office", "loyalty_card", "birdwatching", "pinboard", "bankside", "discipline", "membername"] {
            assert_eq!(guess(key, FieldKind::Text, DataClass::Personal), K::Other, "{key}");
        }
    }

    #[test]
    fn what_is_classed_sensitive_is_grave_until_somebody_looks() {
        for (key, wanted) in [
            ("health_note", K::Health),
            ("church", K::SpecialCategory),
            ("middle_name", K::SpecialCategory),
            ("diet", K::SpecialCategory),
            ("passport", K::IdentityDocument),
        ] {
            assert_eq!(guess(key, FieldKind::Text, DataClass::Sensitive), wanted, "{key}");
        }
    }

    #[test]
    fn the_form_of_a_value_says_more_than_its_key() {
        assert_eq!(guess("fruit", FieldKind::Country, DataClass::Internal), K::PostalAddress);
        assert_eq!(guess("boss", FieldKind::Email, DataClass::Personal), K::EmailAddress);
        assert_eq!(guess("favourite_fruit", FieldKind::Text, DataClass::Internal), K::Preferences);
        assert_eq!(guess("whatever", FieldKind::Text, DataClass::Internal), K::Preferences, "for the team");
    }
}
