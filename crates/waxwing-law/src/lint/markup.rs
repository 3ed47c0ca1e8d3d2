//! Advertising and watching: words of offers, links, buttons, pictures and scripts.

use super::split::{has, sentences, words};
use super::{LintFinding, LintRule, Notice, Spot, finding};

/// Words of offers in four languages. Kept narrow: "we offer you help" is no advertisement.
const OFFERS: &[&str] = &[
    "discount*",
    "coupon*",
    "voucher*",
    "promo code",
    "special offer",
    "% off",
    "shop now",
    "buy now",
    "upgrade now",
    "limited time",
    "free trial",
    "rabatt*",
    "gutschein*",
    "sonderangebot*",
    "jetzt kaufen",
    "gratis testen",
    "remise*",
    "code promo",
    "bon d achat",
    "offre spéciale",
    "achetez",
    "descuento*",
    "cupón",
    "cupones",
    "oferta especial",
    "compre ahora",
    "prueba gratuita",
];

/// What loads something from elsewhere, runs, or asks for a click.
const PARTS: &[(&str, &str)] = &[
    ("<img", "a picture"),
    ("<picture", "a picture"),
    ("<video", "a film"),
    ("<iframe", "a foreign page"),
    ("<script", "a script"),
    ("<object", "a foreign object"),
    ("<embed", "a foreign object"),
    ("<link", "a foreign style sheet"),
    ("<svg", "a picture"),
    ("background=", "a background picture"),
    ("url(", "a picture by style"),
    ("@import", "a foreign style sheet"),
];

/// What asks for a click like an advertisement does.
const BUTTONS: &[&str] =
    &["<button", "type=\"submit\"", "role=\"button\"", "class=\"btn", "class=\"button", "class=\"cta"];

/// Parameters by which clicks are counted.
const COUNTERS: &[&str] = &["utm_", "mc_eid=", "fbclid=", "gclid=", "_hsenc=", "mkt_tok=", "vero_id="];

const DEDICATED: &str =
    "A notice stands alone: nothing else is to draw the eye (EDPB Guidelines 9/2022, section III.B).";

/// Rule `no-promotion`: offers, buttons, and links to hosts that are not of this case.
pub(super) fn promotion(notice: &Notice<'_>) -> Vec<LintFinding> {
    let title = std::iter::once((0, notice.title));
    let offers = title.chain(sentences(notice.text)).filter(|(_, sentence)| {
        let words = words(sentence);
        OFFERS.iter().any(|offer| has(&words, offer))
    });
    let spot = |line| if line == 0 { Spot::Title } else { Spot::Line(line) };
    let offers = offers
        .map(|(line, sentence)| finding(LintRule::NoPromotion, spot(line), sentence, DEDICATED, "Take the offer out."));
    let html = notice.html.unwrap_or_default().to_ascii_lowercase();
    let buttons = BUTTONS.iter().filter(|button| html.contains(**button)).map(|button| {
        finding(LintRule::NoPromotion, Spot::Markup, button, DEDICATED, "Write the address out instead of a button.")
    });
    offers.chain(buttons).chain(links(notice)).collect()
}

fn links(notice: &Notice<'_>) -> Vec<LintFinding> {
    let both = [notice.text, notice.html.unwrap_or_default()];
    let foreign = both.iter().flat_map(|text| hosts(text)).filter(|host| !allowed(host, notice));
    let mut foreign: Vec<String> = foreign.collect();
    foreign.sort();
    foreign.dedup();
    let why = "After a breach people are told not to follow links; only the case's own may stand here.";
    let mend = "Take the link out, or add its host to those of this case.";
    foreign.iter().map(|host| finding(LintRule::NoPromotion, Spot::Whole, host, why, mend)).collect()
}

/// The hosts of all web addresses in a text, in small letters, without what stands before `@` or after `:`.
fn hosts(text: &str) -> impl Iterator<Item = String> {
    let lower = text.to_ascii_lowercase();
    let starts: Vec<usize> = lower.match_indices("://").map(|(at, _)| at + 3).collect();
    starts.into_iter().filter_map(move |at| {
        let rest = lower.get(at..)?;
        let authority = rest.split(|c: char| c.is_whitespace() || "/?#\"'<>)".contains(c)).next()?;
        let host = authority.rsplit('@').next()?.split(':').next()?.trim_end_matches('.');
        (!host.is_empty()).then(|| host.to_owned())
    })
}

fn allowed(host: &str, notice: &Notice<'_>) -> bool {
    let of_contact = |contact: &&str| hosts(contact).any(|own| own == host);
    notice.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) || notice.contacts.iter().any(of_contact)
}

/// Rule `no-tracking`.
pub(super) fn tracking(notice: &Notice<'_>) -> Vec<LintFinding> {
    let html = notice.html.unwrap_or_default().to_ascii_lowercase();
    let loads = PARTS.iter().filter(|(tag, _)| html.contains(tag)).map(|(tag, what)| {
        let why = "Whatever is loaded tells the sender who reads when; a notice watches nobody.";
        finding(LintRule::NoTracking, Spot::Markup, tag, why, format!("Take {what} out; a notice is text."))
    });
    let text = notice.text.to_ascii_lowercase();
    let counted = COUNTERS.iter().filter(|mark| text.contains(**mark) || html.contains(**mark)).map(|mark| {
        let why = "The link counts who clicks; a notice watches nobody.";
        finding(LintRule::NoTracking, Spot::Whole, mark, why, "Use the plain address.")
    });
    loads.chain(counted).collect()
}
