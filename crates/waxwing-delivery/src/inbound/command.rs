//! One command line, read into what this listener can do (RFC 5321 §4.1.1).
//!
//! Promise: a line that does not end in CR LF, or that holds a control character, is no command; an address is at most
//! 254 bytes (RFC 5321 §4.5.3.1.3) and has nothing in it that could break a header or a log. Limit: what a sender
//! calls itself is not checked against anything.

use smtp_proto::{Error as Syntax, MAIL_REQUIRETLS, MAIL_SMTPUTF8, MailFrom, Request};

/// The longest address, RFC 5321 §4.5.3.1.3 less the angle brackets.
const LONGEST_ADDRESS: usize = 254;
/// The longest name of a host, RFC 5321 §4.5.3.1.2.
const LONGEST_HOST: usize = 255;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// EHLO with the sender's name.
    Ehlo(String),
    /// HELO with the sender's name.
    Helo(String),
    /// MAIL, with the sender's address (empty for a notice) and the announced size in bytes, 0 if none.
    Mail {
        /// The address.
        from: String,
        /// The size.
        size: usize,
    },
    /// RCPT with an address.
    Rcpt(String),
    /// DATA.
    Data,
    /// RSET.
    Reset,
    /// NOOP.
    Nothing,
    /// STARTTLS.
    StartTls,
    /// QUIT.
    Quit,
}

/// Why a line is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A line end that is not CR LF: nothing that follows can be trusted.
    BareLineEnd,
    /// A control character, or text that is not UTF-8.
    Characters,
    /// No command.
    Unknown,
    /// A command that is not offered here: VRFY, EXPN, AUTH, BDAT and others.
    NotOffered,
    /// A parameter that is not offered here.
    Parameter,
    /// Not a sender's address.
    Sender,
    /// Not a recipient's address.
    Recipient,
    /// A command that was not written right.
    Syntax,
}

impl Command {
    /// Reads a line with its line end.
    pub fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let text = line.strip_suffix(b"\r\n").ok_or(Refusal::BareLineEnd)?;
        if text.contains(&b'\r') || text.contains(&b'\n') {
            return Err(Refusal::BareLineEnd);
        }
        let text = std::str::from_utf8(text).map_err(|_| Refusal::Characters)?;
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Refusal::Characters);
        }
        match Request::parse(&mut line.iter()) {
            Ok(Request::Ehlo { host }) => host_name(&host).map(Self::Ehlo),
            Ok(Request::Helo { host }) => host_name(&host).map(Self::Helo),
            Ok(Request::Mail { from }) => mail(&from),
            Ok(Request::Rcpt { to }) => recipient(&to.address),
            Ok(Request::Data) => Ok(Self::Data),
            Ok(Request::Rset) => Ok(Self::Reset),
            Ok(Request::Noop { .. }) => Ok(Self::Nothing),
            Ok(Request::StartTls) => Ok(Self::StartTls),
            Ok(Request::Quit) => Ok(Self::Quit),
            Ok(_) => Err(Refusal::NotOffered),
            Err(Syntax::UnknownCommand) => Err(Refusal::Unknown),
            Err(Syntax::InvalidSenderAddress) => Err(Refusal::Sender),
            Err(Syntax::InvalidRecipientAddress) => Err(Refusal::Recipient),
            Err(Syntax::UnsupportedParameter { .. }) => Err(Refusal::Parameter),
            Err(_) => Err(Refusal::Syntax),
        }
    }
}

fn host_name(host: &str) -> Result<String, Refusal> {
    let host = host.trim();
    if host.is_empty() || host.len() > LONGEST_HOST { Err(Refusal::Syntax) } else { Ok(host.to_owned()) }
}

fn mail(from: &MailFrom<std::borrow::Cow<'_, str>>) -> Result<Command, Refusal> {
    if from.flags & MAIL_REQUIRETLS != 0 {
        return Err(Refusal::Parameter);
    }
    let foreign = from.flags & MAIL_SMTPUTF8 != 0;
    let allowed = from.address.is_empty() || is_address(&from.address);
    if !allowed || !(foreign || from.address.is_ascii()) {
        return Err(Refusal::Sender);
    }
    Ok(Command::Mail { from: from.address.to_string(), size: from.size })
}

fn recipient(address: &str) -> Result<Command, Refusal> {
    if is_address(address) { Ok(Command::Rcpt(address.to_owned())) } else { Err(Refusal::Recipient) }
}

fn is_address(address: &str) -> bool {
    let halves = address.rsplit_once('@');
    address.len() <= LONGEST_ADDRESS
        && halves.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !address.contains(|c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(line: &str) -> Result<Command, Refusal> {
        Command::parse(line.as_bytes())
    }

    #[test]
    fn what_senders_say_is_understood() {
        assert_eq!(read("EHLO mail.example\r\n"), Ok(Command::Ehlo("mail.example".into())));
        let mail = |from: &str, size| Ok(Command::Mail { from: from.into(), size });
        assert_eq!(read("MAIL FROM:<a@b.example> SIZE=12 BODY=8BITMIME\r\n"), mail("a@b.example", 12));
        assert_eq!(read("MAIL FROM:<>\r\n"), mail("", 0));
        assert_eq!(read("MAIL FROM:<zo\u{eb}@b.example> SMTPUTF8\r\n"), mail("zo\u{eb}@b.example", 0));
        assert_eq!(read("RCPT TO:<a@b.example>\r\n"), Ok(Command::Rcpt("a@b.example".into())));
    }

    #[test]
    fn what_is_not_offered_or_not_a_command_is_refused_by_its_name() {
        for line in ["VRFY ann\r\n", "EXPN staff\r\n", "BDAT 5 LAST\r\n"] {
            assert_eq!(read(line), Err(Refusal::NotOffered), "{line}");
        }
        assert_eq!(read("GET / HTTP/1.1\r\n"), Err(Refusal::Unknown));
        assert_eq!(read("MAIL FROM:<a@b.example> REQUIRETLS\r\n"), Err(Refusal::Parameter));
        assert!(read("RCPT TO:<nobody>\r\n").is_err());
        assert!(read("RCPT TO:<a b@c.example>\r\n").is_err());
        assert!(read("MAIL FROM:<zo\u{eb}@b.example>\r\n").is_err(), "without SMTPUTF8");
    }

    #[test]
    fn a_line_end_that_is_not_both_is_no_line_end() {
        for line in ["QUIT\n", "QUIT", "QUIT\r", "NOOP\r\rQUIT\r\n", "NOOP\nQUIT\r\n"] {
            assert_eq!(read(line), Err(Refusal::BareLineEnd), "{}", line.escape_debug());
        }
        assert_eq!(read("NOOP\u{0}\r\n"), Err(Refusal::Characters));
        assert_eq!(Command::parse(b"NOOP \xff\r\n"), Err(Refusal::Characters));
    }

    proptest! {
        #[test]
        fn whatever_comes_an_address_that_is_taken_is_one(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let line = [b"RCPT TO:<".as_slice(), &line, b">\r\n"].concat();
            if let Ok(Command::Rcpt(address)) = Command::parse(&line) {
                prop_assert!(address.len() <= 254 && address.contains('@'));
                prop_assert!(!address.contains(['\r', '\n', '\0', ' ', '<', '>']));
            }
        }
    }
}
