//! The mail that answers, in the visitor's language. System mail: no link but to the page, nothing to press.

use super::answer::Theirs;
use waxwing_app::Result;
use waxwing_domain::{EmailAddress, HeaderText};
use waxwing_law::drafts::{Locale, data_text};
use waxwing_store::{StoreError, SystemMail};

/// The fixed wording of one language.
struct Wording {
    subject: &'static str,
    asked: &'static str,
    affected: &'static str,
    not: &'static str,
    code: &'static str,
    not_you: &'static str,
}

const EN: Wording = Wording {
    subject: "Your question: {title}",
    asked: "Somebody asked on this page whether this address was affected:",
    affected: "Yes: it was.",
    not: "As far as we know today, it was not. We know nothing about people who were erased before.",
    code: "If you write to us on that page, quote this code:",
    not_you: "If it was not you who asked, there is nothing to do. We answer once a day at most.",
};
const DE: Wording = Wording {
    subject: "Ihre Frage: {title}",
    asked: "Auf dieser Seite wurde gefragt, ob diese Adresse betroffen ist:",
    affected: "Ja, sie ist betroffen.",
    not: "Nach heutigem Stand ist sie nicht betroffen. Über vorher gelöschte Personen wissen wir nichts mehr.",
    code: "Wenn Sie uns auf jener Seite schreiben, nennen Sie diesen Code:",
    not_you: "Wenn nicht Sie gefragt haben, ist nichts zu tun. Wir antworten höchstens einmal am Tag.",
};
const FR: Wording = Wording {
    subject: "Votre question : {title}",
    asked: "Sur cette page, quelqu’un a demandé si cette adresse est concernée :",
    affected: "Oui, elle est concernée.",
    not: "À ce jour, elle n’est pas concernée. Nous ne savons rien des personnes effacées auparavant.",
    code: "Si vous nous écrivez sur cette page, indiquez ce code :",
    not_you: "Si ce n’était pas vous, il n’y a rien à faire. Nous répondons une fois par jour au plus.",
};
const ES: Wording = Wording {
    subject: "Su pregunta: {title}",
    asked: "En esta página alguien preguntó si esta dirección está afectada:",
    affected: "Sí, está afectada.",
    not: "Por lo que sabemos hoy, no está afectada. No sabemos nada de quienes fueron borrados antes.",
    code: "Si nos escribe en esa página, indique este código:",
    not_you: "Si no fue usted, no tiene que hacer nada. Respondemos como máximo una vez al día.",
};

const fn wording(locale: Locale) -> &'static Wording {
    match locale {
        Locale::En => &EN,
        Locale::De => &DE,
        Locale::Fr => &FR,
        Locale::Es => &ES,
    }
}

/// The answer.
pub(super) fn mail(
    locale: Locale,
    to: &EmailAddress,
    (organisation, title, address): (&str, &str, &str),
    theirs: Option<&Theirs>,
    code: &str,
) -> Result<SystemMail> {
    let words = wording(locale);
    let found = match theirs {
        Some((certain, possible)) => format!("{}\n\n{}", words.affected, data_text(locale, certain, possible)),
        None => words.not.to_owned(),
    };
    let Wording { asked, code: quote, not_you, .. } = words;
    let text = format!("{asked}\n{title}\n{address}\n\n{found}\n\n{quote} {code}\n\n{not_you}\n\n{organisation}\n");
    let subject = HeaderText::parse(&words.subject.replace("{title}", title))
        .map_err(|_| StoreError::Damaged("the title of a public page".into()))?;
    Ok(SystemMail { kind: "status.answer", to: to.clone(), subject, text, html: None })
}
