//! What a server offered in its answer to EHLO (RFC 5321 §4.1.1.1).

use crate::reply::SmtpReply;
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, EXT_8BIT_MIME, EXT_PIPELINING, EXT_SIZE, EXT_START_TLS, EhloResponse};

/// The extensions that are used here. Others are ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// Commands may be sent in groups (RFC 2920).
    pub(super) pipelining: bool,
    /// 8-bit bodies are taken (RFC 6152).
    pub(super) eight_bit: bool,
    /// Encryption can begin (RFC 3207).
    pub(super) start_tls: bool,
    /// AUTH PLAIN (RFC 4616).
    pub(super) auth_plain: bool,
    /// AUTH LOGIN (never standardised, still met).
    pub(super) auth_login: bool,
    /// SIZE is understood (RFC 1870).
    pub(super) size: bool,
    /// Largest message in bytes; `None`: no fixed limit.
    pub(super) size_limit: Option<usize>,
}

impl Capabilities {
    /// Reads the lines behind the greeting. Each is read on its own, so that one odd line costs
    /// its own extension and no other.
    pub(super) fn read(ehlo: &SmtpReply) -> Self {
        ehlo.text().lines().skip(1).fold(Self::default(), |all, line| all.and(line))
    }

    fn and(self, line: &str) -> Self {
        let bytes = format!("250-server\r\n250 {line}\r\n");
        let Ok(offer) = EhloResponse::parse(&mut bytes.as_bytes().iter()) else {
            return self;
        };
        let has = |extension| offer.capabilities & extension != 0;
        Self {
            pipelining: self.pipelining || has(EXT_PIPELINING),
            eight_bit: self.eight_bit || has(EXT_8BIT_MIME),
            start_tls: self.start_tls || has(EXT_START_TLS),
            auth_plain: self.auth_plain || offer.auth_mechanisms & AUTH_PLAIN != 0,
            auth_login: self.auth_login || offer.auth_mechanisms & AUTH_LOGIN != 0,
            size: self.size || has(EXT_SIZE),
            size_limit: self.size_limit.or_else(|| Some(offer.size).filter(|&limit| has(EXT_SIZE) && limit > 0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::parse;

    fn read(lines: &str) -> Capabilities {
        let (reply, _) = parse(lines.as_bytes()).expect("a reply").expect("complete");
        Capabilities::read(&reply)
    }

    #[test]
    fn the_usual_offer_is_understood() {
        let offer = read(
            "250-mail.example.net greets you\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-STARTTLS\r\n\
             250-AUTH PLAIN LOGIN XOAUTH2\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 CHUNKING\r\n",
        );
        assert!(offer.pipelining && offer.eight_bit && offer.start_tls && offer.auth_plain && offer.auth_login);
        assert_eq!((offer.size, offer.size_limit), (true, Some(1_000_000)));
    }

    #[test]
    fn odd_lines_cost_nothing_but_themselves() {
        let offer =
            read("250-x\r\n250-\r\n250-X-EXPS GSSAPI NTLM\r\n250-SIZE lots\r\n250-AUTH=LOGIN\r\n250 pipelining\r\n");
        assert!(offer.pipelining && !offer.start_tls && !offer.auth_plain);
        assert_eq!(offer.size_limit, None);
        assert_eq!(read("250 only a greeting\r\n"), Capabilities::default());
        assert_eq!(read("250 PIPELINING\r\n"), Capabilities::default(), "the first line is a name");
        assert!(read("250-x\r\n250 SIZE 0\r\n").size);
    }
}
