//! Lines, sentences and words.

/// A sentence and the line in which it begins, counted from 1. A line break ends a sentence: notices are written in
/// paragraphs of one line, and headings have no full stop.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(at, line)| {
        line.split_inclusive(['.', '!', '?', ';']).map(str::trim).filter(|s| !s.is_empty()).map(move |s| (at + 1, s))
    })
}

/// The words of a text in small letters.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '%')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether `phrase` stands in `words`, word after word.
pub(super) fn has(words: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words.windows(phrase.len()).any(|window| window.iter().zip(&phrase).all(|(word, part)| fits(word, part)))
}

/// A part that ends in `*` stands for all words that begin so.
fn fits(word: &str, part: &str) -> bool {
    match part.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == part,
    }
}
