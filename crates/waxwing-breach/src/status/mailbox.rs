//! Which mailbox an address leads to, as far as its spelling tells: for limits alone.
//!
//! Promise: what follows a plus counts for nothing anywhere, dots before the at sign count for nothing at Google, whose
//! two domains are one (Google, "Dots don't matter in Gmail addresses"). Limit: other providers have other rules, and a
//! house may give one person many addresses; nobody is recognised or written to by this.

use waxwing_domain::EmailAddress;

/// Domains whose provider drops dots before the at sign; they lead to the same mailboxes.
const DOTLESS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// The address without what providers drop from it, in small letters.
pub(crate) fn of(email: &EmailAddress) -> EmailAddress {
    let whole = email.as_str().to_lowercase();
    let Some((local, domain)) = whole.rsplit_once('@') else { return email.clone() };
    let base = local.split('+').next().unwrap_or(local);
    let folded = if DOTLESS.contains(&domain) {
        format!("{}@{}", base.replace('.', ""), DOTLESS[0])
    } else {
        format!("{base}@{domain}")
    };
    // An address that is nothing but a tag stays what it is.
    EmailAddress::parse(&folded).unwrap_or_else(|_| email.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_of_a_mailbox_are_one_and_others_are_not() {
        let folded = |text: &str| of(&EmailAddress::parse(text).expect("an address")).as_str().to_owned();
        for same in ["victim@gmail.com", "v.i.c.tim@gmail.com", "Victim+shop@googlemail.com", "vic.tim+a+b@GMAIL.com"] {
            assert_eq!(folded(same), "victim@gmail.com", "{same}");
        }
        assert_eq!(folded("ada+letters@example.org"), "ada@example.org");
        assert_eq!(folded("a.da@example.org"), "a.da@example.org", "elsewhere a dot is a letter");
        assert_eq!(folded("+only@example.org"), "+only@example.org");
    }
}
