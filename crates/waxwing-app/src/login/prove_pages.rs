//! Where a session that was stepped up proves itself, and goes on.
//!
//! The question and its judgement are the guard's; who has nothing to prove is led on at once.

use serde::Deserialize;
use waxwing_http::{Params, SafeForm, SeeOther};

/// Where somebody was going.
#[derive(Deserialize, Default)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

impl Back {
    /// A place in this house; the front page for anything else.
    fn place(self) -> String {
        let own = self.back.starts_with('/') && !self.back.starts_with("//") && !self.back.contains(['\\', '\r', '\n']);
        if own { self.back } else { "/".to_owned() }
    }
}

pub(super) async fn ask(Params(back): Params<Back>) -> SeeOther {
    SeeOther::to(back.place())
}

pub(super) async fn go_on(SafeForm(back): SafeForm<Back>) -> SeeOther {
    SeeOther::to(back.place())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_out_of_the_house() {
        for (back, place) in [
            ("/audience?list=7", "/audience?list=7"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
        ] {
            assert_eq!(Back { back: back.to_owned() }.place(), place, "{back}");
        }
    }
}
