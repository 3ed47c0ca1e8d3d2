//! The message to people in Spanish.

use super::Wording;
use crate::facts::DataKind;

pub(super) const WORDING: Wording = Wording {
    title: "{date}: {organisation} le informa de una brecha de datos",
    headings: [
        "Qué ha pasado",
        "Qué datos suyos",
        "Qué puede significar para usted",
        "Qué hemos hecho",
        "Qué puede hacer usted",
        "A quién puede preguntar",
    ],
    noticed: "Lo detectamos el {date}.",
    certain: "Estos datos suyos han llegado a manos ajenas:",
    possible: "No podemos descartar que estos datos suyos hayan llegado a manos ajenas:",
    change_password: "Cambie ahora su contraseña con nosotros. Cámbiela en todos los sitios donde use la misma.",
    beware: "Tenga cuidado con los mensajes y las llamadas en nuestro nombre. Nunca le pediremos una contraseña.",
    watch_accounts: "Revise los movimientos de su cuenta y de su tarjeta. Avise enseguida a su banco de lo que no reconozca.",
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    date: "{day} de {month} de {year}",
    data,
    gaps: [
        "qué ha pasado, en palabras sencillas",
        "qué datos de esta persona se podían leer",
        "qué puede significar para la persona",
        "qué ha hecho usted",
        "quién responde y cómo contactar",
    ],
};

const fn data(kind: DataKind) -> &'static str {
    match kind {
        DataKind::Name => "su nombre",
        DataKind::EmailAddress => "su dirección de correo electrónico",
        DataKind::PhoneNumber => "su número de teléfono",
        DataKind::PostalAddress => "su dirección postal",
        DataKind::DateOfBirth => "su fecha de nacimiento",
        DataKind::Subscriptions => "los boletines que recibe",
        DataKind::Engagement => "los correos nuestros que abrió o pulsó",
        DataKind::Preferences => "sus preferencias e intereses",
        DataKind::Purchases => "sus compras con nosotros",
        DataKind::Location => "los lugares donde estuvo",
        DataKind::Messages => "el contenido de mensajes",
        DataKind::Password => "su contraseña",
        DataKind::SecurityAnswer => "su pregunta de seguridad y la respuesta",
        DataKind::SocialSecurity => "su número de la seguridad social",
        DataKind::IdentityDocument => "el número de un documento de identidad",
        DataKind::AccountAccess => "su número de cuenta o de tarjeta con su código de acceso",
        DataKind::Finances => "datos financieros",
        DataKind::Health => "datos de salud",
        DataKind::HealthInsurance => "datos de su seguro médico",
        DataKind::Biometric => "datos biométricos",
        DataKind::Genetic => "datos genéticos",
        DataKind::SpecialCategory => "datos de origen, creencias, política o vida sexual",
        DataKind::Criminal => "datos de antecedentes penales",
        DataKind::NumberPlates => "su matrícula leída por una cámara",
        DataKind::Other => "otros datos que nos dio",
    }
}
