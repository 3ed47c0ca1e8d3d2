//! Passwords: what is accepted, how it is stored, how it is checked.
//!
//! Promise: a stored password costs 19 MiB and two passes of Argon2id to try (OWASP's first
//! choice; RFC 9106), an unknown account costs the same time as a known one, and a refusal says
//! what to do. Length and guessability decide; there is no rule of composition and no expiry (NIST
//! SP 800-63B-4 §3.1.1.2). Limit: lists of breached passwords are not asked, for that would mean a
//! connection; only the common ones that the strength estimate knows are refused.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;
use waxwing_domain::Rng;
use zeroize::Zeroizing;
use zxcvbn::feedback::Warning;
use zxcvbn::{Score, zxcvbn};

/// The fewest characters of a password that lets somebody in by itself (NIST SP 800-63B-4 §3.1.1.2).
pub const FEWEST_ALONE: usize = 15;
/// The fewest characters of a password that is asked for together with a second factor (the same).
pub const FEWEST_BESIDE: usize = 8;
/// The most characters of a password.
pub const MAX_CHARS: usize = 256;
/// A password made of a person's own words and fewer letters than these is about them.
const FEWEST_OTHERS: usize = 6;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// What a stored hash may ask for at most, so that a planted one cannot exhaust the machine.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;

/// A password that cannot be checked: the stored hash is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored password is damaged: choose a new one through the reset link")]
pub struct StoredHashError;

/// Why a password is not accepted, to show to the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Under so many characters.
    #[error("Use at least {0} characters. A few unrelated words make a good password.")]
    TooShort(usize),
    /// Over [`MAX_CHARS`].
    #[error("Use at most {MAX_CHARS} characters.")]
    TooLong,
    /// Made of the person's own email address, name or organisation.
    #[error(
        "This password is built from your email address, name or organisation. Choose words that have nothing to do with you."
    )]
    AboutYou,
    /// On the list that attackers try first.
    #[error("This password is one of the common ones that attackers try first. Choose another.")]
    Common,
    /// Keys that lie beside each other.
    #[error("Keys that lie beside each other are easy to guess. Add a few unrelated words.")]
    Keyboard,
    /// Repetitions.
    #[error("Repeated characters or words are easy to guess. Add a few unrelated words.")]
    Repeats,
    /// Alphabetical or numeric runs.
    #[error("Sequences like abc or 6543 are easy to guess. Add a few unrelated words.")]
    Sequence,
    /// Dates and years.
    #[error("Dates and years are easy to guess. Add a few unrelated words.")]
    Dates,
    /// Guessable for no single reason.
    #[error("This password is easy to guess. Add a few unrelated words to make it stronger.")]
    Guessable,
}

/// Whether a new password is good enough. `about` is what is known of the person: email address,
/// name, organisation; at most the first hundred characters are weighed. `fewest` is [`FEWEST_ALONE`] or [`FEWEST_BESIDE`].
pub fn check_password(password: &str, about: &[&str], fewest: usize) -> Result<(), WeakPassword> {
    let password = bounded(password);
    let chars = password.chars().count();
    if chars < fewest {
        return Err(WeakPassword::TooShort(fewest));
    }
    if chars > MAX_CHARS {
        return Err(WeakPassword::TooLong);
    }
    let known = personal_words(about);
    if is_about_you(&password, &known) {
        return Err(WeakPassword::AboutYou);
    }
    let words: Vec<&str> = known.iter().map(String::as_str).collect();
    let estimate = zxcvbn(&password, &words);
    let warning = estimate.feedback().and_then(|feedback| feedback.warning());
    if estimate.score() >= Score::Three { Ok(()) } else { Err(reason(warning)) }
}

/// Hashes a password to a PHC string (about 20 ms and 19 MiB: run it where blocking is allowed).
pub fn hash_password(password: &str, rng: &dyn Rng) -> String {
    let mut salt = [0u8; 16];
    rng.fill(&mut salt);
    hash_with(password, &salt)
}

/// Whether the password is the one that was hashed; an unknown account (`None`) costs the same
/// work and is never right.
pub fn verify_password(password: &str, stored: Option<&str>) -> Result<bool, StoredHashError> {
    let Some(stored) = stored else {
        // The work of a hit, its result thrown away.
        hash_with(password, b"nobody has this.");
        return Ok(false);
    };
    let hash = PasswordHash::new(stored).map_err(|_| StoredHashError)?;
    let params = Params::try_from(&hash).map_err(|_| StoredHashError)?;
    if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES || hash.hash.is_none() {
        return Err(StoredHashError);
    }
    let password = bounded(password);
    Ok(hasher().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Whether a hash was made with other costs than today's; hash again after the next good login.
pub fn needs_rehash(stored: &str) -> bool {
    let params = PasswordHash::new(stored).ok().and_then(|hash| Params::try_from(&hash).ok());
    params.is_none_or(|params| (params.m_cost(), params.t_cost(), params.p_cost()) != (MEMORY_KIB, PASSES, LANES))
}

/// One spelling for what keyboards spell differently: NFKC, as NIST SP 800-63B-4 §3.1.1.2 asks.
pub(crate) fn normalise(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().collect())
}

/// What is too long to be a password is cut before it costs memory; it was never accepted.
fn bounded(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().take(MAX_CHARS + 1).collect())
}

fn hash_with(password: &str, salt: &[u8; 16]) -> String {
    let hash: PasswordHash = hasher()
        .hash_password_with_salt(bounded(password).as_bytes(), salt)
        .expect("a salt of 16 bytes and a password under 2 KiB are within Argon2's bounds");
    hash.to_string()
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(32)).expect("the costs are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The words of an email address, a name and an organisation, in lower case; short ones occur by
/// chance and are left out.
fn personal_words(about: &[&str]) -> Vec<String> {
    let whole = about.iter().map(|text| text.to_lowercase());
    let parts = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).map(str::to_lowercase);
    whole.chain(parts).filter(|word| word.chars().count() >= 4).collect()
}

/// Whether little is left of the password once the person's own words are taken out.
fn is_about_you(password: &str, known: &[String]) -> bool {
    let lower = password.to_lowercase();
    let rest = known.iter().fold(lower.clone(), |rest, word| rest.replace(word.as_str(), ""));
    rest.len() < lower.len() && rest.chars().filter(|c| c.is_alphanumeric()).count() < FEWEST_OTHERS
}

fn reason(warning: Option<Warning>) -> WeakPassword {
    use Warning as W;
    match warning {
        Some(W::StraightRowsOfKeysAreEasyToGuess | W::ShortKeyboardPatternsAreEasyToGuess) => WeakPassword::Keyboard,
        Some(W::RepeatsLikeAaaAreEasyToGuess | W::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess) => {
            WeakPassword::Repeats
        }
        Some(
            W::ThisIsATop10Password
            | W::ThisIsATop100Password
            | W::ThisIsACommonPassword
            | W::ThisIsSimilarToACommonlyUsedPassword,
        ) => WeakPassword::Common,
        Some(W::SequencesLikeAbcAreEasyToGuess) => WeakPassword::Sequence,
        Some(W::RecentYearsAreEasyToGuess | W::DatesAreOftenEasyToGuess) => WeakPassword::Dates,
        _ => WeakPassword::Guessable,
    }
}

#[cfg(test)]
mod tests;
