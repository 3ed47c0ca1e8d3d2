//! One connection's conversation (RFC 5321), from greeting to goodbye.
//!
//! Promise: commands out of order are refused with 503; a recipient is taken only if the door knows it; a known address
//! that was asked for without a message is told to the door as well, when the transaction ends otherwise.

use super::body::{Body, Fault};
use super::command::{Command, Refusal};
use super::crowd::Place;
use super::wire::{Wire, WireError};
use super::{Arrival, Door, Identity, InboundLimits, Known, Shut};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

/// No refusal of a recipient comes sooner than this after the question: a look into the house takes less.
const REFUSED: Duration = Duration::from_millis(50);

/// What all sessions of a listener share.
pub(super) struct Shared<D> {
    pub(super) name: String,
    pub(super) identity: Option<Identity>,
    pub(super) limits: InboundLimits,
    pub(super) door: D,
}

/// What follows an answered command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    Close,
    StartTls,
}

/// A mail transaction, from MAIL to the final dot.
struct Mail {
    from: String,
    to: Vec<String>,
}

struct Session<S, D> {
    wire: Wire<S>,
    shared: Arc<Shared<D>>,
    peer: SocketAddr,
    place: Arc<Place>,
    tls: bool,
    hello: Option<String>,
    mail: Option<Mail>,
    messages: u32,
    mistakes: u32,
    unknown: u32,
}

/// Serves one connection to its end.
pub(super) async fn converse<D: Door>(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    shared: Arc<Shared<D>>,
) -> Result<(), WireError> {
    let place = Arc::new(place);
    let mut session = Session::new(stream, peer, place.clone(), shared.clone(), false);
    session.wire.say(&format!("220 {} ESMTP", shared.name));
    if session.run().await? != Next::StartTls {
        return session.wire.close().await;
    }
    session.wire.flush().await?;
    let (unknown, mistakes) = (session.unknown, session.mistakes);
    let Some(identity) = &shared.identity else { return Ok(()) };
    let handshake = timeout(shared.limits.idle, identity.acceptor().accept(session.wire.into_stream()));
    let stream = handshake.await.map_err(|_| WireError::Idle)??;
    // What was said before the handshake is forgotten (RFC 3207 §4.2), but not who guessed.
    let mut session = Session { unknown, mistakes, ..Session::new(stream, peer, place, shared.clone(), true) };
    session.run().await?;
    session.wire.close().await
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send, D: Door> Session<S, D> {
    fn new(stream: S, peer: SocketAddr, place: Arc<Place>, shared: Arc<Shared<D>>, tls: bool) -> Self {
        let wire = Wire::new(stream, shared.limits.idle);
        let (hello, mail) = (None, None);
        Self { wire, shared, peer, place, tls, hello, mail, messages: 0, mistakes: 0, unknown: 0 }
    }

    /// Converses until the end, and tells the door of addresses that were asked for only.
    async fn run(&mut self) -> Result<Next, WireError> {
        let ended = self.commands().await;
        self.forget().await;
        match ended {
            Err(WireError::TooMuch) => Ok(self.part("500 5.5.6 More than this server takes")),
            Err(WireError::Idle) => Ok(self.part("421 4.4.2 Silent for too long")),
            ended => ended,
        }
    }

    async fn commands(&mut self) -> Result<Next, WireError> {
        loop {
            let line = self.wire.line(self.shared.limits.command_line).await?;
            let next = match Command::parse(&line) {
                Ok(command) => self.command(command).await?,
                Err(refusal) => self.refuse(refusal),
            };
            if next != Next::Go {
                return Ok(next);
            }
        }
    }

    async fn command(&mut self, command: Command) -> Result<Next, WireError> {
        Ok(match command {
            Command::Ehlo(host) => {
                self.forget().await;
                self.hello = Some(host);
                self.offer()
            }
            Command::Helo(host) => {
                self.forget().await;
                self.hello = Some(host);
                let name = format!("250 {}", self.shared.name);
                self.say(&name)
            }
            Command::Mail { from, size } => self.mail(from, size),
            Command::Rcpt(address) => self.rcpt(address).await,
            Command::Data => self.data().await?,
            Command::Reset => {
                self.forget().await;
                self.say("250 2.0.0 Ok")
            }
            Command::Nothing => self.say("250 2.0.0 Ok"),
            Command::StartTls => self.start_tls(),
            Command::Quit => self.part("221 2.0.0 Bye"),
        })
    }

    fn offer(&mut self) -> Next {
        let mut lines = vec![self.shared.name.clone(), format!("SIZE {}", self.shared.limits.message)];
        lines.extend((self.shared.identity.is_some() && !self.tls).then(|| "STARTTLS".to_owned()));
        lines.extend(["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"].map(str::to_owned));
        let last = lines.len() - 1;
        for (number, line) in lines.iter().enumerate() {
            let hyphen = if number == last { ' ' } else { '-' };
            self.wire.say(&format!("250{hyphen}{line}"));
        }
        Next::Go
    }

    fn start_tls(&mut self) -> Next {
        if self.tls || self.shared.identity.is_none() {
            return self.bad("502 5.5.1 Not offered here");
        }
        if self.wire.has_pipelined() {
            return self.part("503 5.5.1 Nothing may follow STARTTLS before the handshake");
        }
        self.wire.say("220 2.0.0 Go ahead");
        Next::StartTls
    }

    fn mail(&mut self, from: String, size: usize) -> Next {
        if self.hello.is_none() || self.mail.is_some() {
            return self.bad("503 5.5.1 Say EHLO first, and one MAIL at a time");
        }
        if self.messages >= self.shared.limits.messages {
            return self.part("421 4.7.0 Enough for one connection");
        }
        if size > self.shared.limits.message {
            return self.say("552 5.3.4 Message too large");
        }
        self.mail = Some(Mail { from, to: Vec::new() });
        self.say("250 2.1.0 Ok")
    }

    async fn rcpt(&mut self, address: String) -> Next {
        let limits = self.shared.limits;
        match &self.mail {
            None => return self.bad("503 5.5.1 MAIL comes first"),
            Some(mail) if mail.to.len() >= limits.recipients => return self.say("452 4.5.3 Too many recipients"),
            Some(_) => {}
        }
        let asked = tokio::time::Instant::now();
        match self.shared.door.knows(&address).await {
            Ok(Known::Yes) => {
                self.mail.iter_mut().for_each(|mail| mail.to.push(address.clone()));
                self.say("250 2.1.5 Ok")
            }
            Ok(Known::NoMailbox | Known::NotOurs) => {
                tokio::time::sleep_until(asked + REFUSED).await;
                self.unknown()
            }
            Err(Shut) => self.say("451 4.3.0 Come back later"),
        }
    }

    /// The same words whether the domain is ours or not: whoever holds a stolen list learns nothing of it here.
    fn unknown(&mut self) -> Next {
        self.unknown += 1;
        self.place.guessed();
        if self.unknown > self.shared.limits.unknown {
            return self.part("421 4.7.0 Too many unknown recipients");
        }
        self.say("550 5.1.1 No such mailbox here")
    }

    /// Reads the message that follows DATA and answers its final dot.
    async fn data(&mut self) -> Result<Next, WireError> {
        let Some(mail) = self.mail.take_if(|mail| !mail.to.is_empty()) else {
            return Ok(self.bad("503 5.5.1 No valid recipients"));
        };
        self.wire.say("354 End with CR LF dot CR LF");
        let limit = self.shared.limits.message;
        let mut body = Body::new(limit);
        // Beyond twice the limit it is no longer a mistake, and not read to its end.
        let read = self.wire.body(&mut body, limit.saturating_mul(2)).await;
        let fault = match read {
            Ok(Ok(())) => match body.finish() {
                Ok(message) => return Ok(self.take(mail, message).await),
                Err(fault) => fault,
            },
            Ok(Err(fault)) => fault,
            Err(error) => {
                self.mail = Some(mail);
                return Err(error);
            }
        };
        self.mail = Some(mail);
        self.forget().await;
        Ok(self.fault(fault))
    }

    async fn take(&mut self, mail: Mail, message: Vec<u8>) -> Next {
        self.messages += 1;
        let arrival = self.arrival(mail, Some(message));
        match self.shared.door.take(arrival).await {
            Ok(()) => self.say("250 2.0.0 Taken"),
            Err(Shut) => self.say("451 4.3.0 Come back later"),
        }
    }

    fn fault(&mut self, fault: Fault) -> Next {
        match fault {
            Fault::TooLarge => self.say("552 5.3.4 Message too large"),
            Fault::BareLineEnd => self.part("550 5.6.0 Lines of a message end with CR LF"),
            Fault::LongLine => self.part("550 5.6.0 A line has more than 1000 bytes"),
        }
    }

    /// Ends a transaction; known addresses that were asked for without a message are told to the door.
    async fn forget(&mut self) {
        let Some(mail) = self.mail.take_if(|mail| !mail.to.is_empty()) else {
            self.mail = None;
            return;
        };
        let arrival = self.arrival(mail, None);
        if self.shared.door.take(arrival).await == Err(Shut) {
            tracing::warn!("inbound: an address was asked for, and it could not be noted");
        }
    }

    fn arrival(&self, mail: Mail, message: Option<Vec<u8>>) -> Arrival {
        let hello = self.hello.clone().unwrap_or_default();
        let (peer, tls, unknown) = (self.peer, self.tls, self.unknown);
        Arrival { peer, hello, tls, from: mail.from, to: mail.to, unknown, message }
    }

    fn refuse(&mut self, refusal: Refusal) -> Next {
        match refusal {
            Refusal::BareLineEnd => self.part("500 5.5.2 Lines end with CR LF"),
            Refusal::Characters => self.bad("500 5.5.2 Control characters are not taken"),
            Refusal::Unknown => self.bad("500 5.5.1 Unknown command"),
            Refusal::NotOffered => self.bad("502 5.5.1 Not offered here"),
            Refusal::Parameter => self.bad("555 5.5.4 Unknown parameter"),
            Refusal::Sender => self.bad("553 5.1.7 Not a sender address"),
            Refusal::Recipient => self.bad("553 5.1.3 Not a recipient address"),
            Refusal::Syntax => self.bad("501 5.5.2 Syntax error"),
        }
    }

    fn say(&mut self, line: &str) -> Next {
        self.wire.say(line);
        Next::Go
    }

    fn part(&mut self, line: &str) -> Next {
        self.wire.say(line);
        Next::Close
    }

    /// Answers a mistake; too many of them end the conversation.
    fn bad(&mut self, line: &str) -> Next {
        self.mistakes += 1;
        if self.mistakes > self.shared.limits.mistakes {
            return self.part("421 4.7.0 Too many mistakes");
        }
        self.say(line)
    }
}
