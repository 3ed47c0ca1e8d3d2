//! By what a person proved that it is them, the weakest first.

/// What a session rests on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Strength {
    /// A password, or the link to choose one.
    #[default]
    Password,
    /// The word of the workspace's identity provider, which did not say that it asked for more than one thing.
    Sso,
    /// A password and a code of an app; or a provider that asked for several things and is believed in that.
    SecondFactor,
    /// A password and a recovery code, for when app or passkey are lost: enough to set up another.
    Recovery,
    /// A passkey.
    Passkey,
}

impl Strength {
    /// All, the weakest first.
    const ALL: [Self; 5] = [Self::Password, Self::Sso, Self::SecondFactor, Self::Recovery, Self::Passkey];
    /// Those that a workspace can ask for, the weakest first.
    pub const MINIMA: [Self; 3] = [Self::Password, Self::SecondFactor, Self::Passkey];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Sso => "sso",
            Self::SecondFactor => "second_factor",
            Self::Recovery => "recovery",
            Self::Passkey => "passkey",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strength| strength.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_a_second_factor_and_no_passkey() {
        assert!(Strength::Password < Strength::SecondFactor);
        assert!(Strength::Sso < Strength::SecondFactor, "a provider alone is no second factor");
        assert!(Strength::Recovery > Strength::SecondFactor && Strength::Recovery < Strength::Passkey);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for strength in Strength::ALL {
            assert_eq!(Strength::parse(strength.as_str()), Some(strength));
        }
        assert_eq!(Strength::parse("any"), None);
    }
}
