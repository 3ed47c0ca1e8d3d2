//! The message to people in German.

use super::Wording;
use crate::facts::DataKind;

pub(super) const WORDING: Wording = Wording {
    title: "{date}: {organisation} informiert Sie über eine Datenpanne",
    headings: [
        "Was geschehen ist",
        "Welche Ihrer Daten",
        "Was das für Sie bedeuten kann",
        "Was wir getan haben",
        "Was Sie tun können",
        "Wen Sie fragen können",
    ],
    noticed: "Bemerkt haben wir es am {date}.",
    certain: "Diese Daten von Ihnen sind in fremde Hände gelangt:",
    possible: "Wir können nicht ausschließen, dass diese Daten von Ihnen in fremde Hände gelangt sind:",
    change_password: "Ändern Sie jetzt Ihr Passwort bei uns. Ändern Sie es überall, wo Sie dasselbe verwenden.",
    beware: "Seien Sie vorsichtig bei Nachrichten und Anrufen in unserem Namen. Wir fragen Sie nie nach einem Passwort.",
    watch_accounts: "Prüfen Sie Ihre Konto- und Kartenabrechnungen. Melden Sie Ihrer Bank sofort, was Sie nicht kennen.",
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    date: "{day}. {month} {year}",
    data,
    gaps: [
        "was geschehen ist, in einfachen Worten",
        "welche Daten dieser Person lesbar waren",
        "was das für die Person bedeuten kann",
        "was Sie getan haben",
        "wer antwortet, und wie man ihn erreicht",
    ],
};

const fn data(kind: DataKind) -> &'static str {
    match kind {
        DataKind::Name => "Ihr Name",
        DataKind::EmailAddress => "Ihre E-Mail-Adresse",
        DataKind::PhoneNumber => "Ihre Telefonnummer",
        DataKind::PostalAddress => "Ihre Postanschrift",
        DataKind::DateOfBirth => "Ihr Geburtsdatum",
        DataKind::Subscriptions => "welche unserer Newsletter Sie erhalten",
        DataKind::Engagement => "welche unserer E-Mails Sie geöffnet oder angeklickt haben",
        DataKind::Preferences => "Ihre Vorlieben und Interessen",
        DataKind::Purchases => "was Sie bei uns gekauft haben",
        DataKind::Location => "wo Sie sich aufgehalten haben",
        DataKind::Messages => "der Inhalt von Nachrichten",
        DataKind::Password => "Ihr Passwort",
        DataKind::SecurityAnswer => "Ihre Sicherheitsfrage mit der Antwort",
        DataKind::SocialSecurity => "Ihre Sozialversicherungsnummer",
        DataKind::IdentityDocument => "die Nummer eines Ausweises",
        DataKind::AccountAccess => "Ihre Konto- oder Kartennummer mit dem Zugangscode",
        DataKind::Finances => "finanzielle Angaben",
        DataKind::Health => "Angaben zu Ihrer Gesundheit",
        DataKind::HealthInsurance => "Angaben zu Ihrer Krankenversicherung",
        DataKind::Biometric => "biometrische Daten",
        DataKind::Genetic => "genetische Daten",
        DataKind::SpecialCategory => "Angaben zu Herkunft, Glauben, Politik oder Sexualleben",
        DataKind::Criminal => "Angaben zu Vorstrafen",
        DataKind::NumberPlates => "Ihr von einer Kamera gelesenes Kennzeichen",
        DataKind::Other => "weitere Daten, die Sie uns gegeben haben",
    }
}
