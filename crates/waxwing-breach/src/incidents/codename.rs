//! Codenames: two plain words that mean nothing, so that a case can be spoken of in a corridor.
//!
//! Promise: drawn by chance from the words below, never from what the case is about. Limit: 4,096
//! names; a workspace that used them all gets a number behind the words.

use waxwing_domain::Rng;

const FIRST: [&str; 64] = [
    "amber", "ash", "autumn", "birch", "blue", "brass", "bright", "calm", "cedar", "chalk", "clay", "clear", "cobalt",
    "copper", "coral", "cotton", "crisp", "dawn", "dry", "early", "even", "fern", "flint", "fresh", "gentle", "gold",
    "granite", "green", "grey", "hazel", "high", "indigo", "iron", "ivory", "jade", "late", "lemon", "level", "light",
    "lilac", "linen", "long", "maple", "marble", "mellow", "mild", "misty", "moss", "narrow", "north", "oak", "olive",
    "opal", "pale", "pearl", "plain", "quiet", "round", "silver", "slate", "south", "tall", "velvet", "winter",
];
const SECOND: [&str; 64] = [
    "anvil", "apron", "barrel", "basket", "beacon", "bell", "bench", "bottle", "bridge", "broom", "bucket", "button",
    "cabin", "candle", "canoe", "carpet", "chair", "clock", "compass", "cradle", "cup", "drum", "easel", "feather",
    "fiddle", "garden", "gate", "hammer", "harbour", "hat", "kettle", "kite", "ladder", "lamp", "lantern", "loom",
    "market", "meadow", "mirror", "mitten", "orchard", "oven", "paddle", "parcel", "pencil", "pillow", "plough",
    "pocket", "quilt", "ribbon", "river", "saddle", "scarf", "shelf", "spoon", "stool", "table", "teapot", "thimble",
    "trowel", "valley", "wagon", "whistle", "window",
];

/// A codename by chance.
pub(super) fn draw(rng: &dyn Rng) -> String {
    let mut bytes = [0u8; 2];
    rng.fill(&mut bytes);
    format!("{} {}", FIRST[usize::from(bytes[0] % 64)], SECOND[usize::from(bytes[1] % 64)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use waxwing_domain::TestRng;

    #[test]
    fn a_codename_is_two_plain_words() {
        let rng = TestRng::seeded(1);
        let drawn: HashSet<String> = (0..200).map(|_| draw(&rng)).collect();
        assert!(drawn.len() > 150, "chance draws {} names of 200", drawn.len());
        for name in drawn {
            let words: Vec<&str> = name.split(' ').collect();
            assert!(
                words.len() == 2 && words.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())),
                "{name}"
            );
        }
    }

    #[test]
    fn no_word_stands_twice() {
        assert_eq!(FIRST.iter().chain(&SECOND).collect::<HashSet<_>>().len(), 128);
    }
}
