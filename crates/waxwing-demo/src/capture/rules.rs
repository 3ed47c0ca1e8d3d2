//! What a mailbox provider answers, decided by the recipient's address alone.
//!
//! Promise: the first rule that fits wins and no rule means *accept*, so a test can tell the
//! outcome of a send before it begins. Limit: grey-listing counts attempts for at most
//! [`Rules::REMEMBERED`] addresses; those beyond are accepted at once.

use std::time::Duration;

/// One SMTP answer: `550 5.1.1 No such mailbox`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits, RFC 5321 §4.2.
    pub code: u16,
    /// RFC 3463 class.subject.detail; empty plays a provider that never learnt them.
    pub enhanced: &'static str,
    /// One line of words, or several that become a multi-line answer.
    pub text: &'static str,
}

impl Reply {
    /// An answer from its parts.
    pub const fn new(code: u16, enhanced: &'static str, text: &'static str) -> Self {
        Self { code, enhanced, text }
    }

    /// Appends the wire form; every line but the last has a hyphen after the code.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let last = self.text.lines().count().max(1) - 1;
        for (number, line) in self.text.lines().chain(self.text.is_empty().then_some("")).enumerate() {
            let hyphen = if number == last { ' ' } else { '-' };
            let gap = if self.enhanced.is_empty() { "" } else { " " };
            out.extend_from_slice(format!("{}{hyphen}{}{gap}{line}\r\n", self.code, self.enhanced).as_bytes());
        }
    }
}

/// What happens to mail for an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Taken.
    Accept,
    /// Answered at RCPT, each time.
    AtRcpt(Reply),
    /// Answered at RCPT for the first `attempts` tries of an address, then taken.
    FirstAtRcpt {
        /// How many tries are turned away.
        attempts: u32,
        /// With what.
        reply: Reply,
    },
    /// The whole message is read, then answered so.
    AfterData(Reply),
    /// The message is read and kept, and the connection closed without an answer.
    DropAfterDot,
    /// Taken, but the answer to the final dot comes late.
    Slow(Duration),
}

/// A pattern over addresses and what follows from it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Lower-case beginning of the local part; empty fits every one.
    pub local_prefix: String,
    /// Lower-case domain; `None` fits every one.
    pub domain: Option<String>,
    /// What then happens.
    pub act: Act,
}

impl Rule {
    /// A rule for local parts that begin with `prefix`, at any domain.
    pub fn local(prefix: &str, act: Act) -> Self {
        Self { local_prefix: prefix.to_ascii_lowercase(), domain: None, act }
    }

    /// A rule for all of `domain`.
    pub fn domain(domain: &str, act: Act) -> Self {
        Self { local_prefix: String::new(), domain: Some(domain.to_ascii_lowercase()), act }
    }

    /// The same rule, for one domain only.
    #[must_use]
    pub fn at(mut self, domain: &str) -> Self {
        self.domain = Some(domain.to_ascii_lowercase());
        self
    }

    fn fits(&self, local: &[u8], domain: &str) -> bool {
        let prefix = self.local_prefix.as_bytes();
        let local_fits = local.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
        local_fits && self.domain.as_deref().is_none_or(|d| d.eq_ignore_ascii_case(domain))
    }
}

/// An ordered list of rules.
#[derive(Debug, Clone, Default)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// How many addresses grey-listing remembers.
    pub const REMEMBERED: usize = 100_000;

    /// Takes everything.
    pub fn accept_all() -> Self {
        Self::default()
    }

    /// The made-up providers of the demo, each answering in a manner of its own.
    ///
    /// Local parts that begin with `unknown`, `full`, `later`, `blocked`, `drop` or `slow` get
    /// what their name says, at every provider. `oldpost.example` knows no enhanced codes,
    /// `postbox.example` explains itself over several lines, `busy.example` always defers and
    /// `closed.example` takes no mail at all.
    pub fn providers() -> Self {
        let mut rules = voices();
        rules.extend(plain());
        Self(rules)
    }

    /// Puts `rule` before all others.
    #[must_use]
    pub fn first(mut self, rule: Rule) -> Self {
        self.0.insert(0, rule);
        self
    }

    /// What happens to mail for `address`; an address without `@` is accepted or not by its text.
    pub fn act_for(&self, address: &str) -> &Act {
        let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
        self.0.iter().find(|rule| rule.fits(local.as_bytes(), domain)).map_or(&Act::Accept, |rule| &rule.act)
    }
}

/// Providers that say the same in other words, and those that turn everything away.
fn voices() -> Vec<Rule> {
    let at_rcpt = |code, enhanced, text| Act::AtRcpt(Reply::new(code, enhanced, text));
    vec![
        Rule::local(
            "unknown",
            at_rcpt(
                550,
                "5.1.1",
                "The mailbox you tried to reach does not exist.\nCheck the address for\nmisspellings. - postbox",
            ),
        )
        .at("postbox.example"),
        Rule::local("unknown", at_rcpt(550, "", "user unknown")).at("oldpost.example"),
        Rule::local("full", at_rcpt(452, "", "insufficient storage")).at("oldpost.example"),
        Rule::local("blocked", Act::AfterData(Reply::new(554, "", "transaction failed: looks like spam")))
            .at("oldpost.example"),
        Rule::domain("busy.example", at_rcpt(451, "4.3.2", "System busy, try later")),
        Rule::domain("closed.example", at_rcpt(556, "5.1.10", "This domain takes no mail")),
    ]
}

/// What the special local parts mean everywhere else.
fn plain() -> Vec<Rule> {
    let reply = Reply::new;
    let grey = Act::FirstAtRcpt { attempts: 1, reply: reply(451, "4.7.1", "Greylisted, try again later") };
    vec![
        Rule::local("unknown", Act::AtRcpt(reply(550, "5.1.1", "No such mailbox here"))),
        Rule::local("full", Act::AtRcpt(reply(452, "4.2.2", "Mailbox is full"))),
        Rule::local("later", grey),
        Rule::local("blocked", Act::AfterData(reply(550, "5.7.1", "Message refused by content policy"))),
        Rule::local("drop", Act::DropAfterDot),
        Rule::local("slow", Act::Slow(Duration::from_secs(2))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_people_get_their_mail() {
        assert_eq!(Rules::providers().act_for("ann@postbox.example"), &Act::Accept);
        assert_eq!(Rules::providers().act_for(""), &Act::Accept);
        assert_eq!(Rules::providers().act_for("é@mailhaus.example"), &Act::Accept);
    }

    #[test]
    fn the_name_before_the_at_decides_whatever_its_case() {
        let rules = Rules::providers();
        let Act::AtRcpt(reply) = rules.act_for("UnKnown7@Mailhaus.Example") else { panic!("not refused") };
        assert_eq!((reply.code, reply.enhanced), (550, "5.1.1"));
        assert!(matches!(rules.act_for("drop1@postbox.example"), Act::DropAfterDot));
    }

    #[test]
    fn an_old_provider_speaks_without_enhanced_codes() {
        let rules = Rules::providers();
        let Act::AtRcpt(reply) = rules.act_for("unknown@oldpost.example") else { panic!("not refused") };
        let mut wire = Vec::new();
        reply.write(&mut wire);
        assert_eq!(wire, b"550 user unknown\r\n");
    }

    #[test]
    fn several_lines_become_one_answer_with_hyphens() {
        let mut wire = Vec::new();
        Reply::new(550, "5.1.1", "one\ntwo").write(&mut wire);
        Reply::new(250, "", "").write(&mut wire);
        assert_eq!(wire, b"550-5.1.1 one\r\n550 5.1.1 two\r\n250 \r\n");
    }

    #[test]
    fn a_rule_put_first_wins() {
        let rules = Rules::providers().first(Rule::domain("postbox.example", Act::DropAfterDot));
        assert_eq!(rules.act_for("ann@POSTBOX.example"), &Act::DropAfterDot);
    }
}
