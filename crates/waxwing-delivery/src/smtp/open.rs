//! From nothing to a session that takes mail: connect, encrypt, greet, sign in.
//!
//! Guarantee: what EHLO offered before encryption is forgotten (RFC 3207 §4.2), bytes smuggled in
//! front of the encryption end the connection, and neither login nor mail go out unless the
//! connection is encrypted or ends on this machine. Limit: the relay's addresses are tried in the
//! system's order, one after the other.

use super::auth;
use super::capabilities::Capabilities;
use super::session::Session;
use super::stream::Stream;
use super::tls::Trust;
use super::wire::Wire;
use crate::relay::{Relay, Tls};
use crate::reply::SmtpReply;
use crate::trouble::{Phase, Trouble};
use std::io;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Opens a session with `relay`.
pub(crate) async fn open(relay: &Relay, trust: &Trust) -> Result<Session, Trouble> {
    let tcp = connect(relay).await?;
    let mut wire = match relay.tls() {
        Tls::Implicit => encrypt(relay, trust, tcp).await?,
        Tls::None | Tls::StartTls => Wire::new(Stream::Plain(tcp)),
    };
    greeting(&mut wire, relay).await?;
    let mut offer = ehlo(&mut wire, relay).await?;
    if relay.tls() == Tls::StartTls {
        wire = start_tls(wire, offer, relay, trust).await?;
        offer = ehlo(&mut wire, relay).await?;
    }
    if let Some(login) = relay.login() {
        auth::sign_in(&mut wire, offer, login, relay.timeouts.command).await?;
    }
    Ok(Session::new(wire, offer, relay.timeouts))
}

async fn connect(relay: &Relay) -> Result<TcpStream, Trouble> {
    let phase = Phase::Connect;
    let connecting = TcpStream::connect((relay.host(), relay.port()));
    let tcp = match timeout(relay.timeouts.connect, connecting).await {
        Ok(tcp) => tcp.map_err(|error| Trouble::io(phase, &error))?,
        Err(_) => return Err(Trouble::Timeout { phase }),
    };
    let failed = |error: io::Error| Trouble::io(phase, &error);
    if relay.tls() == Tls::None && !tcp.peer_addr().map_err(failed)?.ip().is_loopback() {
        return Err(Trouble::NotLoopback);
    }
    // Without this, Nagle's algorithm and delayed acknowledgements cost 40 ms a message.
    tcp.set_nodelay(true).map_err(failed)?;
    Ok(tcp)
}

async fn encrypt(relay: &Relay, trust: &Trust, tcp: TcpStream) -> Result<Wire, Trouble> {
    let tls = trust.handshake(relay.host(), tcp, relay.timeouts.handshake).await?;
    Ok(Wire::new(Stream::Tls(Box::new(tls))))
}

async fn greeting(wire: &mut Wire, relay: &Relay) -> Result<(), Trouble> {
    let reply = wire.reply(Phase::Greeting, relay.timeouts.command).await?;
    expect(Phase::Greeting, 220, reply).map(drop)
}

async fn ehlo(wire: &mut Wire, relay: &Relay) -> Result<Capabilities, Trouble> {
    let name = match &relay.ehlo_name {
        Some(name) => name.as_str().to_owned(),
        None => address_literal(wire)?,
    };
    let line = format!("EHLO {name}\r\n");
    wire.command(Phase::Ehlo, line.as_bytes(), relay.timeouts.command).await?;
    let reply = wire.reply(Phase::Ehlo, relay.timeouts.command).await?;
    expect(Phase::Ehlo, 250, reply).map(|reply| Capabilities::read(&reply))
}

/// `[192.0.2.1]` or `[IPv6:2001:db8::1]` of our end (RFC 5321 §4.1.3).
fn address_literal(wire: &Wire) -> Result<String, Trouble> {
    let ours = wire.stream().tcp().local_addr().map_err(|error| Trouble::io(Phase::Ehlo, &error))?;
    Ok(match ours.ip().to_canonical() {
        std::net::IpAddr::V4(ip) => format!("[{ip}]"),
        std::net::IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    })
}

async fn start_tls(mut wire: Wire, offer: Capabilities, relay: &Relay, trust: &Trust) -> Result<Wire, Trouble> {
    if !offer.start_tls {
        return Err(Trouble::NoStartTls);
    }
    wire.command(Phase::StartTls, b"STARTTLS\r\n", relay.timeouts.command).await?;
    let reply = wire.reply(Phase::StartTls, relay.timeouts.command).await?;
    expect(Phase::StartTls, 220, reply)?;
    match wire.into_stream()? {
        Stream::Plain(tcp) => encrypt(relay, trust, tcp).await,
        // STARTTLS is asked for only on a plain connection.
        Stream::Tls(_) => Err(Trouble::OutOfStep { phase: Phase::StartTls }),
    }
}

fn expect(phase: Phase, code: u16, reply: SmtpReply) -> Result<SmtpReply, Trouble> {
    if reply.code() == code {
        Ok(reply)
    } else if reply.is_negative() {
        Err(Trouble::Refused { phase, reply })
    } else {
        Err(Trouble::OutOfStep { phase })
    }
}
