//! Good notices pass; each bad habit is found where it stands.

use super::*;
use crate::drafts::{Parts, Person, Said, people};
use jiff::civil::date;

const CONTACT: &str = "privacy@birch.example";

const GOOD: &str = "\
On 20 November 2026 somebody used a stolen session of one of our staff to read our list.
They read your email address and your password.
Change your password now.
Write to privacy@birch.example or call +49 30 123456789.";

fn notice<'a>(title: &'a str, text: &'a str) -> Notice<'a> {
    Notice {
        locale: Locale::En,
        title,
        text,
        html: None,
        data: &[DataKind::EmailAddress, DataKind::Password],
        certain: true,
        contacts: &[CONTACT, "+49 30 123456789", "https://birch.example/incident"],
        hosts: &["help.birch.example"],
    }
}

fn found(notice: &Notice<'_>) -> Vec<LintRule> {
    // Most of these texts are English with a phrase of another language in it.
    lint(notice).into_iter().map(|finding| finding.rule).filter(|rule| *rule != LintRule::Language).collect()
}

fn with(extra: &str) -> Vec<LintRule> {
    found(&notice("22 November 2026: a breach of your data", &format!("{GOOD}\n{extra}")))
}

#[test]
fn a_good_notice_has_no_findings() {
    assert_eq!(with(""), []);
    assert_eq!(with("More stands at https://help.birch.example/faq and https://birch.example/incident."), []);
}

#[test]
fn a_title_needs_a_date_in_any_of_the_languages() {
    let titles =
        ["22.11.2026: breach", "2026-11-22 breach", "22. März 2026", "Le 1 août 2026", "22 de noviembre de 2026"];
    for title in titles {
        assert_eq!(found(&notice(title, GOOD)), [], "{title}");
    }
    for title in ["Important information", "November 2026", "Version 2.1 of 2026", "99 November 2026"] {
        assert_eq!(found(&notice(title, GOOD)), [LintRule::DatedTitle], "{title}");
    }
}

#[test]
fn empty_phrases_are_found_in_four_languages_and_in_any_dress() {
    for phrase in [
        "We take security seriously.",
        "At Birch, we take the protection of your data very SERIOUSLY.",
        "Out of an abundance of caution we write to you.",
        "Wir nehmen den Schutz Ihrer Daten sehr ernst.",
        "Nous prenons la sécurité de vos données très au sérieux.",
        "Nos tomamos la seguridad muy en serio.",
    ] {
        assert_eq!(with(phrase), [LintRule::NoPhrases], "{phrase}");
    }
    assert_eq!(with("We take the list offline. A serious person answers."), []);
}

#[test]
fn advertising_is_found_in_words_buttons_and_links() {
    assert_eq!(with("As a thank you: a coupon for 10 Euro."), [LintRule::NoPromotion]);
    assert_eq!(with("Get 20 % off now."), [LintRule::NoPromotion]);
    assert_eq!(with("Gutscheincode im Anhang."), [LintRule::NoPromotion]);
    assert_eq!(with("Look at https://shop.birch.example/new"), [LintRule::NoPromotion]);
    assert_eq!(
        with("https://birch.example@evil.example/x"),
        [LintRule::NoPromotion],
        "what stands before @ is no host"
    );
    let mut html = notice("22 November 2026", GOOD);
    html.html = Some("<p>x</p><a class=\"button\" href=\"https://help.birch.example\">Go</a>");
    assert_eq!(found(&html), [LintRule::NoPromotion]);
    assert_eq!(with("We offer you help by telephone."), []);
}

#[test]
fn nobody_is_watched_while_reading() {
    for html in ["<IMG src=x>", "<p style=\"background:url(x)\">", "<script>", "<svg>"] {
        let mut notice = notice("22 November 2026", GOOD);
        notice.html = Some(html);
        assert_eq!(found(&notice), [LintRule::NoTracking], "{html}");
    }
    assert_eq!(with("https://help.birch.example/?utm_source=breach"), [LintRule::NoTracking]);
}

#[test]
fn all_data_must_be_named_and_what_is_certain_said_plainly() {
    let vague = GOOD.replace("your email address and your password", "some data");
    let findings = lint(&notice("22 November 2026", &vague));
    let mends: Vec<&str> = findings.iter().map(|finding| finding.mend.as_str()).collect();
    assert_eq!(mends, ["Name it: your email address."], "the advice still names the password");
    assert_eq!(with("Your data may have been accessed."), [LintRule::NoHedging]);
    assert_eq!(with("Daten sind möglicherweise abgeflossen."), [LintRule::NoHedging]);
    let text = format!("{GOOD}\nYour data may have been accessed.");
    let open = Notice { certain: false, ..notice("22 November 2026", &text) };
    assert_eq!(found(&open), [], "what is not certain is said so");
    assert_eq!(with("Somebody may write to you in our name."), [], "the future is open");
}

#[test]
fn somebody_can_be_asked_and_something_can_be_done() {
    let bare = "Somebody read your email address and your password on our server.";
    assert_eq!(found(&notice("22 November 2026", bare)), [LintRule::Contact, LintRule::WhatToDo]);
}

#[test]
fn long_sentences_are_found_with_their_length() {
    let long = format!("{}the word", "word ".repeat(29));
    let text = format!("{GOOD}\n{long}.");
    let findings = lint(&notice("22 November 2026", &text));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].mend.contains("31 words") && findings[0].spot == Spot::Line(5), "{findings:?}");
}

#[test]
fn data_of_others_is_found_and_not_repeated() {
    let text = format!("{GOOD}\nAlso hit: ada@other.example, 4111111111111111");
    let findings = lint(&notice("22 November 2026", &text));
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding.rule == LintRule::NobodyElse && finding.quote.is_empty()));
}

#[test]
fn a_gap_of_a_draft_never_leaves() {
    assert_eq!(with("[missing: what you have done]"), [LintRule::NoGaps]);
    assert!(!LintRule::NoGaps.may_be_overruled() && !LintRule::NoTracking.may_be_overruled());
}

#[test]
fn a_huge_notice_is_one_finding_and_the_same_finding_is_not_said_a_hundred_times() {
    let huge = "a".repeat(LONGEST);
    assert_eq!(found(&notice("22 November 2026", &huge)), [LintRule::Length]);
    assert_eq!(with(&"We take it seriously.\n".repeat(100)).len(), MOST_OF_A_RULE);
}

#[test]
fn the_drafts_themselves_pass_once_their_gaps_are_filled() {
    let data = [DataKind::Name, DataKind::EmailAddress, DataKind::PhoneNumber, DataKind::Password, DataKind::Finances];
    let person = Person { certain: true, data: data.to_vec() };
    let mut parts = Parts {
        organisation: Some("Birch & Sons".into()),
        contact: Some(CONTACT.into()),
        what_happened: Some("A stolen session read the list.".into()),
        consequences: Some("You could get false messages.".into()),
        measures: Some("We ended the session.".into()),
        ..Parts::default()
    };
    for (locale, what_happened, consequences, measures) in [
        (
            Locale::De,
            "Jemand hat unsere Liste gelesen.",
            "Falsche Nachrichten sind möglich.",
            "Wir haben sie gesperrt.",
        ),
        (
            Locale::Fr,
            "Une personne a lu notre liste.",
            "De faux messages sont possibles.",
            "Nous avons fermé la session.",
        ),
        (Locale::Es, "Alguien leyó nuestra lista.", "Son posibles los mensajes falsos.", "Hemos cerrado la sesión."),
    ] {
        let some = |text: &str| Some(text.to_owned());
        let (what_happened, consequences, measures) = (some(what_happened), some(consequences), some(measures));
        parts.say(locale, Said { what_happened, consequences, measures, advice: None });
    }
    for locale in Locale::ALL {
        let draft = people(*locale, &person, &parts, date(2026, 11, 22), Some(date(2026, 11, 21)));
        let (text, html) = (draft.text(), draft.html());
        let notice = Notice {
            locale: *locale,
            title: &draft.title,
            text: &text,
            html: Some(&html),
            data: &data,
            ..notice("", "")
        };
        assert_eq!(lint(&notice), [], "{locale:?}\n{text}");
    }
}

#[test]
fn every_kind_of_data_is_recognised_in_every_draft_of_its_own() {
    for (locale, kind) in Locale::ALL.iter().flat_map(|locale| DataKind::ALL.iter().map(move |kind| (*locale, *kind))) {
        let person = Person { certain: true, data: vec![kind] };
        let draft = people(locale, &person, &Parts::default(), date(2026, 11, 22), None);
        let (text, data) = (draft.text(), [kind]);
        let notice = Notice { locale, data: &data, ..notice(&draft.title, &text) };
        assert!(!found(&notice).contains(&LintRule::DataNamed), "{locale:?} {kind:?}");
    }
}

#[test]
fn a_letter_that_is_half_in_another_language_is_found_paragraph_by_paragraph() {
    let german = "\
Am 20. November 2026 hat jemand mit einer gestohlenen Sitzung unsere Liste gelesen.
Diese Daten von Ihnen sind in fremde Hände gelangt: Ihre E-Mail-Adresse und Ihr Passwort.
Ändern Sie jetzt Ihr Passwort bei uns.
Fragen beantwortet privacy@birch.example.";
    let read = |text: &str| {
        let data = &[][..];
        lint(&Notice { locale: Locale::De, data, ..notice("22. November 2026: Wir informieren Sie", text) })
    };
    assert_eq!(read(german), []);
    let half = format!("{german}\nWe ended all sessions, changed all keys and told the police.");
    let found = read(&half);
    assert_eq!(found.iter().map(|one| (one.rule, one.spot)).collect::<Vec<_>>(), [(LintRule::Language, Spot::Line(5))]);
    assert!(found[0].mend.contains("German") && LintRule::Language.may_be_overruled());
    let inside = format!(
        "{german}\nWir haben alle Sitzungen beendet und die Schlüssel gewechselt. We told the police about it."
    );
    assert_eq!(read(&inside).iter().map(|one| one.rule).collect::<Vec<_>>(), [LintRule::Language], "a single sentence");
    let italian = format!(
        "{german}\nAbbiamo chiuso ogni sessione rubata, cambiato tutte quante nostre chiavi, \
        avvisato polizia competente, informato autorità garante, scritto oggi stesso"
    );
    assert_eq!(
        read(&italian).iter().map(|one| one.rule).collect::<Vec<_>>(),
        [LintRule::Language],
        "a language unknown here"
    );
    assert_eq!(read(&format!("{german}\nBirch & Sons, Lindenweg 3, 10115 Berlin, Telefon +49 30 123456789")), []);
}
