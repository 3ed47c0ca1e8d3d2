//! One connection's conversation (RFC 5321), from greeting to goodbye.
//!
//! Promise: commands out of order are refused with 503, unknown ones with 500 or 502, and what
//! arrives before a TLS handshake is never read as if it came after it (RFC 3207 §4.2).

mod auth;
mod data;

use super::entry::Verdict;
use super::rules::{Act, Reply};
use super::script::Misbehaviour;
use super::server::Shared;
use super::tls::TlsMode;
use super::wire::{Wire, WireError};
use smtp_proto::{Error as Syntax, MAIL_REQUIRETLS, MAIL_SMTPUTF8, MailFrom, Request};
use std::borrow::Cow;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub use auth::Credentials;

/// What follows an answered command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    Close,
    StartTls,
}

/// A mail transaction, from MAIL to the final dot.
struct Mail {
    from: String,
    to: Vec<String>,
    /// The strongest act of the accepted recipients; one answer must do for all.
    act: Act,
}

struct Session<S> {
    wire: Wire<S>,
    shared: Arc<Shared>,
    number: u64,
    tls: bool,
    greeted: bool,
    signed_in: bool,
    mail: Option<Mail>,
    misbehaviour: Misbehaviour,
    taken: u32,
    bad_commands: u32,
}

/// Serves one connection to its end.
pub(crate) async fn converse(stream: TcpStream, number: u64, shared: Arc<Shared>) {
    let ended = match shared.options.tls.clone() {
        TlsMode::Implicit(identity) => {
            let handshake = timeout(shared.options.limits.idle, identity.acceptor().accept(stream));
            match handshake.await {
                Ok(Ok(stream)) => Session::new(stream, number, shared, true).serve().await.map(drop),
                Ok(Err(error)) => Err(error.into()),
                Err(_) => Err(WireError::Idle),
            }
        }
        TlsMode::Off | TlsMode::StartTls(_) => in_clear(stream, number, shared).await,
    };
    if let Err(error) = ended {
        tracing::debug!(connection = number, %error, "capture: a connection ended early");
    }
}

async fn in_clear(stream: TcpStream, number: u64, shared: Arc<Shared>) -> Result<(), WireError> {
    let asked_for_tls = Session::new(stream, number, Arc::clone(&shared), false).serve().await?;
    let Some((stream, misbehaviour)) = asked_for_tls else { return Ok(()) };
    let TlsMode::StartTls(identity) = shared.options.tls.clone() else { return Ok(()) };
    let handshake = timeout(shared.options.limits.idle, identity.acceptor().accept(stream));
    let stream = handshake.await.map_err(|_| WireError::Idle)??;
    let mut session = Session { misbehaviour, ..Session::new(stream, number, shared, true) };
    session.commands().await?;
    session.part().await
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    fn new(stream: S, number: u64, shared: Arc<Shared>, tls: bool) -> Self {
        let wire = Wire::new(stream, shared.options.limits.idle);
        Self {
            wire,
            shared,
            number,
            tls,
            greeted: false,
            signed_in: false,
            mail: None,
            misbehaviour: Misbehaviour::None,
            taken: 0,
            bad_commands: 0,
        }
    }

    /// Greets and converses; when the peer asks for TLS, gives back the stream and the misbehaviour
    /// that goes on inside the tunnel.
    async fn serve(mut self) -> Result<Option<(S, Misbehaviour)>, WireError> {
        self.misbehaviour = self.shared.script.take();
        if !self.greet().await? {
            self.part().await?;
            return Ok(None);
        }
        match self.commands().await? {
            Next::StartTls => {
                self.wire.flush().await?;
                Ok(Some((self.wire.into_stream(), self.misbehaviour)))
            }
            Next::Go | Next::Close => self.part().await.map(|()| None),
        }
    }

    /// Says hello, or misbehaves instead; false ends the conversation.
    async fn greet(&mut self) -> Result<bool, WireError> {
        let greeting = match self.misbehaviour {
            Misbehaviour::HangBeforeGreeting => return Err(self.wire.hang().await),
            Misbehaviour::GarbageGreeting => "\u{1}\u{2}garbage\u{0}\u{fffd}\r\nmore of it\r\n".to_owned(),
            Misbehaviour::Refuse421 => "421 4.3.2 Service not available\r\n".to_owned(),
            Misbehaviour::Refuse554 => "554 5.7.1 No service for you\r\n".to_owned(),
            _ => {
                let hello = format!("220 {} ESMTP capture\r\n", self.shared.options.hostname);
                self.wire.output().extend_from_slice(hello.as_bytes());
                return Ok(true);
            }
        };
        self.wire.output().extend_from_slice(greeting.as_bytes());
        Ok(false)
    }

    async fn part(mut self) -> Result<(), WireError> {
        self.wire.flush().await?;
        self.wire.close().await;
        Ok(())
    }

    async fn commands(&mut self) -> Result<Next, WireError> {
        let limit = self.shared.options.limits.command_line;
        let mut line = Vec::new();
        loop {
            match self.wire.line(&mut line, limit).await {
                Ok(()) => {}
                Err(WireError::TooMuch) => {
                    self.say(500, "5.5.6", "Line too long");
                    return Ok(Next::Close);
                }
                Err(WireError::Idle) => {
                    self.say(421, "4.4.2", "Silent for too long");
                    return Ok(Next::Close);
                }
                Err(end) => return Err(end),
            }
            let next = self.command(&line).await?;
            if next != Next::Go {
                return Ok(next);
            }
        }
    }

    async fn command(&mut self, line: &[u8]) -> Result<Next, WireError> {
        let text = line.strip_suffix(b"\r\n");
        if text.is_none_or(|text| text.iter().any(|&b| b < b' ' && b != b'\t')) {
            return Ok(self.bad(500, "5.5.2", "Lines end with CR LF and hold no control characters"));
        }
        match Request::parse(&mut line.iter()) {
            Ok(Request::Data) => self.data().await,
            Ok(Request::Auth { mechanism, initial_response }) => self.auth(mechanism, &initial_response).await,
            Ok(request) => Ok(self.simple(request)),
            Err(error) => Ok(self.syntax(&error)),
        }
    }

    /// Commands that need one answer and no more input.
    fn simple(&mut self, request: Request<Cow<'_, str>>) -> Next {
        match request {
            Request::Ehlo { .. } => self.ehlo(),
            Request::Helo { .. } => {
                (self.greeted, self.mail) = (true, None);
                let hostname = self.shared.options.hostname.clone();
                self.wire.output().extend_from_slice(format!("250 {hostname}\r\n").as_bytes());
                Next::Go
            }
            Request::Mail { from } => self.mail(&from),
            Request::Rcpt { to } => self.rcpt(to.address),
            Request::Rset => {
                self.mail = None;
                self.say(250, "2.0.0", "Ok")
            }
            Request::Noop { .. } => self.say(250, "2.0.0", "Ok"),
            Request::Vrfy { .. } => self.say(252, "2.1.5", "Send and see"),
            Request::StartTls => self.starttls(),
            Request::Quit => {
                self.say(221, "2.0.0", "Bye");
                Next::Close
            }
            _ => self.bad(502, "5.5.1", "Not offered here"),
        }
    }

    fn ehlo(&mut self) -> Next {
        (self.greeted, self.mail) = (true, None);
        let options = &self.shared.options;
        let mut lines = vec![options.hostname.clone(), format!("SIZE {}", options.limits.message)];
        lines.extend(options.pipelining.then(|| "PIPELINING".to_owned()));
        lines.extend((options.tls.offers_starttls() && !self.tls).then(|| "STARTTLS".to_owned()));
        lines.extend(options.credentials.is_some().then(|| "AUTH PLAIN LOGIN".to_owned()));
        lines.push("8BITMIME".to_owned());
        lines.push("ENHANCEDSTATUSCODES".to_owned());
        let last = lines.len() - 1;
        for (number, line) in lines.iter().enumerate() {
            let hyphen = if number == last { ' ' } else { '-' };
            self.wire.output().extend_from_slice(format!("250{hyphen}{line}\r\n").as_bytes());
        }
        Next::Go
    }

    fn starttls(&mut self) -> Next {
        if self.tls || !self.shared.options.tls.offers_starttls() {
            return self.bad(502, "5.5.1", "Not offered here");
        }
        if self.wire.has_pipelined() {
            self.say(503, "5.5.1", "Nothing may follow STARTTLS before the handshake");
            return Next::Close;
        }
        self.say(220, "2.0.0", "Go ahead");
        Next::StartTls
    }

    fn mail(&mut self, from: &MailFrom<Cow<'_, str>>) -> Next {
        if matches!(self.misbehaviour, Misbehaviour::ShutDownAfter { messages } if self.taken >= messages) {
            self.say(421, "4.3.2", "Shutting down");
            return Next::Close;
        }
        if !self.greeted || self.mail.is_some() {
            return self.bad(503, "5.5.1", "Not now: say EHLO first, and one MAIL at a time");
        }
        if self.must_sign_in() {
            return self.bad(530, "5.7.0", "Sign in first");
        }
        if from.flags & (MAIL_SMTPUTF8 | MAIL_REQUIRETLS) != 0 || !from.address.is_ascii() {
            return self.bad(555, "5.5.4", "SMTPUTF8 and REQUIRETLS are not offered");
        }
        if from.size > self.shared.options.limits.message {
            return self.say(552, "5.3.4", "Message too large");
        }
        self.mail = Some(Mail { from: from.address.to_string(), to: Vec::new(), act: Act::Accept });
        self.say(250, "2.1.0", "Ok")
    }

    fn rcpt(&mut self, address: Cow<'_, str>) -> Next {
        let Some(mail) = &self.mail else {
            return self.bad(503, "5.5.1", "MAIL comes first");
        };
        if address.is_empty() || !address.is_ascii() {
            return self.bad(553, "5.1.3", "Not an address this server takes");
        }
        if mail.to.len() >= self.shared.options.limits.recipients {
            return self.say(452, "4.5.3", "Too many recipients");
        }
        let act = self.shared.options.rules.act_for(&address).clone();
        match self.shared.rcpt_answer(&act, &address) {
            Some(reply) => self.turn_away(address.into_owned(), &reply),
            None => self.welcome(address.into_owned(), act),
        }
        Next::Go
    }

    fn turn_away(&mut self, address: String, reply: &Reply) {
        let from = self.mail.as_ref().map(|mail| mail.from.clone()).unwrap_or_default();
        self.record(from, vec![address], Arc::default(), Verdict::of(reply.code, reply.enhanced), 0);
        reply.write(self.wire.output());
    }

    fn welcome(&mut self, address: String, act: Act) {
        if let Some(mail) = &mut self.mail {
            mail.to.push(address);
            if data::weight(&act) > data::weight(&mail.act) {
                mail.act = act;
            }
        }
        self.say(250, "2.1.5", "Ok");
    }

    fn syntax(&mut self, error: &Syntax) -> Next {
        match error {
            Syntax::UnknownCommand => self.bad(500, "5.5.1", "Unknown command"),
            Syntax::InvalidSenderAddress => self.bad(553, "5.1.7", "Not a sender address"),
            Syntax::InvalidRecipientAddress => self.bad(553, "5.1.3", "Not a recipient address"),
            Syntax::UnsupportedParameter { .. } => self.bad(555, "5.5.4", "Unknown parameter"),
            _ => self.bad(501, "5.5.2", "Syntax error"),
        }
    }

    fn say(&mut self, code: u16, enhanced: &'static str, text: &'static str) -> Next {
        Reply::new(code, enhanced, text).write(self.wire.output());
        Next::Go
    }

    /// Answers a mistake; too many of them end the conversation.
    fn bad(&mut self, code: u16, enhanced: &'static str, text: &'static str) -> Next {
        self.bad_commands += 1;
        if self.bad_commands > self.shared.options.limits.bad_commands {
            self.say(421, "4.7.0", "Too many mistakes");
            return Next::Close;
        }
        self.say(code, enhanced, text)
    }
}
