//! Which alerts a list shows.

use super::Detector;

/// Which alerts of all.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Filter {
    /// Those that wait for a verdict, those that have one, or all.
    pub standing: Standing,
    /// Those of one detector.
    pub detector: Option<Detector>,
}

/// Whether a person has judged an alert.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Standing {
    /// Either.
    #[default]
    All,
    /// Nobody has.
    Open,
    /// Somebody has.
    Judged,
}

impl Standing {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Judged => "judged",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::All, Self::Open, Self::Judged].into_iter().find(|one| one.as_str() == word)
    }
}

impl Filter {
    /// Reads the words of a page or a program; an empty one is not asked for.
    ///
    /// # Errors
    /// The field that is wrong, and what to say instead.
    pub fn parse(state: &str, detector: &str) -> Result<Self, (&'static str, &'static str)> {
        let standing = match state {
            "" => Standing::All,
            word => Standing::parse(word).ok_or(("state", "Say open, judged or all."))?,
        };
        let detector = match detector {
            "" => None,
            word => Some(Detector::parse(word).ok_or(("detector", "There is no such detector."))?),
        };
        Ok(Self { standing, detector })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_others_are_refused_by_field() {
        assert_eq!(Filter::parse("", ""), Ok(Filter::default()));
        let filter = Filter { standing: Standing::Open, detector: Some(Detector::KeyBulk) };
        assert_eq!(Filter::parse("open", "key.bulk"), Ok(filter));
        assert_eq!(Filter::parse("shut", "").map_err(|wrong| wrong.0), Err("state"));
        assert_eq!(Filter::parse("all", "weather").map_err(|wrong| wrong.0), Err("detector"));
    }
}
