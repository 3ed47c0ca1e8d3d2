//! Which language a text is in, told by the small words that no sentence goes without.
//!
//! Promise: the same text gives the same shares; a word that several languages have counts for each of them. Limit:
//! four languages are known, and a text of few words tells nothing, so that names and addresses are nobody's language.

use crate::drafts::Locale;

/// Fewer words than these tell nothing.
pub(crate) const ENOUGH: usize = 4;
/// By so many percent of its words a text belongs to one language rather than to another.
const APART: usize = 8;

/// Small words of English, in small letters.
const EN: &str = "a about all also an and any are as at be been but by can could did do does for from had has have he if in \
    into is it its may more no not of on one or our out she so somebody than that the their them then there these they \
    this those to us was we were what when where which who will with you your";
/// Small words of German.
const DE: &str = "aber alle als am an auch auf aus bei bis das dass dem den der des die diese diesem diesen dieser dieses \
    durch ein eine einem einen einer eines er es für haben hat ihr ihre ihrem ihren ihrer im in ist jede jemand kann \
    können man mehr mit nach nicht noch nur oder ohne sich sie sind und uns unser unsere unserem unseren unserer vom von \
    vor war was welche wenn werden wer wie wir wird worden wurde wurden zu zum zur über";
/// Small words of French.
const FR: &str = "a au aucun aussi aux avec avez avons c ce ces cette d dans de des dont du elle en est et été être à il ils \
    je l la le les leur leurs mais n ne nos notre nous on ont ou par pas plus pour pouvez qu quand que qui s sa sans se ses \
    si son sont sur tous tout toute toutes un une vos votre vous y";
/// Small words of Spanish.
const ES: &str = "a al algo alguien ante antes como con cual cuando de del desde donde el ella en entre es esta este esto \
    estos estas fue fueron ha han hasta hay hemos la las le les lo los más me mi muy nada ni no nos nuestra nuestras nuestro \
    nuestros o para pero por puede que quien se ser si sin sobre son su sus también todas todo todos un una uno usted y ya";

const fn small_words(locale: Locale) -> &'static str {
    match locale {
        Locale::En => EN,
        Locale::De => DE,
        Locale::Fr => FR,
        Locale::Es => ES,
    }
}

/// How many of a hundred words, in small letters, are small words of a language.
pub(crate) fn share(words: &[String], locale: Locale) -> usize {
    let small = |word: &&String| small_words(locale).split_ascii_whitespace().any(|one| one == word.as_str());
    (words.iter().filter(small).count() * 100).checked_div(words.len()).unwrap_or(0)
}

/// The language that these words are in, where they belong to one clearly.
pub(crate) fn of(words: &[String]) -> Option<Locale> {
    if words.len() < ENOUGH {
        return None;
    }
    let mut shares: Vec<(usize, Locale)> = Locale::ALL.iter().map(|locale| (share(words, *locale), *locale)).collect();
    shares.sort_unstable_by_key(|(share, _)| std::cmp::Reverse(*share));
    match shares.as_slice() {
        [(most, locale), (next, _), ..] if *most >= next + APART => Some(*locale),
        _ => None,
    }
}

/// The words of a text in small letters; an apostrophe parts two.
pub(crate) fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_tells_its_language_and_a_name_tells_none() {
        for (text, language) in [
            ("We ended all sessions, changed all keys and told the police.", Some(Locale::En)),
            ("Wir haben alle Sitzungen beendet und der Polizei Bescheid gegeben.", Some(Locale::De)),
            ("Nous avons mis fin à toutes les sessions et prévenu la police.", Some(Locale::Fr)),
            ("Hemos cerrado todas las sesiones y avisado a la policía.", Some(Locale::Es)),
            ("Birch & Sons, Lindenweg 3, 10115 Berlin", None),
            ("privacy@birch.example +49 30 123456789", None),
            ("", None),
        ] {
            assert_eq!(of(&words(text)), language, "{text}");
        }
    }
}
