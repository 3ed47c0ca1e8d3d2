//! The message to people in French.

use super::Wording;
use crate::facts::DataKind;

pub(super) const WORDING: Wording = Wording {
    title: "{date} : {organisation} vous informe d’une violation de données",
    headings: [
        "Ce qui s’est passé",
        "Quelles données vous concernant",
        "Ce que cela peut signifier pour vous",
        "Ce que nous avons fait",
        "Ce que vous pouvez faire",
        "À qui vous adresser",
    ],
    noticed: "Nous l’avons constaté le {date}.",
    certain: "Ces données vous concernant sont tombées entre des mains étrangères :",
    possible: "Nous ne pouvons pas exclure que ces données vous concernant soient tombées entre des mains étrangères :",
    change_password: "Changez maintenant votre mot de passe chez nous. Changez-le partout où vous utilisez le même.",
    beware: "Méfiez-vous des messages et des appels en notre nom. Nous ne vous demanderons jamais de mot de passe.",
    watch_accounts: "Vérifiez vos relevés de compte et de carte. Signalez tout de suite à votre banque ce que vous ne connaissez pas.",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    date: "{day} {month} {year}",
    data,
    gaps: [
        "ce qui s’est passé, en mots simples",
        "quelles données de cette personne étaient lisibles",
        "ce que cela peut signifier pour la personne",
        "ce que vous avez fait",
        "qui répond, et comment le joindre",
    ],
};

const fn data(kind: DataKind) -> &'static str {
    match kind {
        DataKind::Name => "votre nom",
        DataKind::EmailAddress => "votre adresse e-mail",
        DataKind::PhoneNumber => "votre numéro de téléphone",
        DataKind::PostalAddress => "votre adresse postale",
        DataKind::DateOfBirth => "votre date de naissance",
        DataKind::Subscriptions => "les lettres d’information que vous recevez",
        DataKind::Engagement => "les e-mails que vous avez ouverts ou cliqués",
        DataKind::Preferences => "vos préférences et vos intérêts",
        DataKind::Purchases => "vos achats chez nous",
        DataKind::Location => "les lieux où vous étiez",
        DataKind::Messages => "le contenu de messages",
        DataKind::Password => "votre mot de passe",
        DataKind::SecurityAnswer => "votre question de sécurité et sa réponse",
        DataKind::SocialSecurity => "votre numéro de sécurité sociale",
        DataKind::IdentityDocument => "le numéro d’une pièce d’identité",
        DataKind::AccountAccess => "votre numéro de compte ou de carte avec son code d’accès",
        DataKind::Finances => "des informations financières",
        DataKind::Health => "des informations de santé",
        DataKind::HealthInsurance => "des informations sur votre assurance maladie",
        DataKind::Biometric => "des données biométriques",
        DataKind::Genetic => "des données génétiques",
        DataKind::SpecialCategory => "des informations sur l’origine, les croyances, la politique ou la vie sexuelle",
        DataKind::Criminal => "des informations sur un casier judiciaire",
        DataKind::NumberPlates => "votre plaque d’immatriculation lue par une caméra",
        DataKind::Other => "d’autres données que vous nous avez confiées",
    }
}
