//! Signing in with PLAIN (RFC 4616) or, where that is missing, LOGIN.
//!
//! Guarantee: called only on an encrypted or loopback connection (`open` sees to it); buffers
//! that held the password are wiped. Limit: no challenge mechanisms; TLS is what protects it.

use super::capabilities::Capabilities;
use super::wire::Wire;
use crate::relay::{Login, Secret};
use crate::reply::SmtpReply;
use crate::trouble::{Phase, Trouble};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;
use zeroize::Zeroizing;

/// Signs in, or says why not.
pub(super) async fn sign_in(
    wire: &mut Wire,
    offer: Capabilities,
    login: &Login,
    patience: Duration,
) -> Result<(), Trouble> {
    let reply = if offer.auth_plain {
        let line = line("AUTH PLAIN ", &plain(login));
        ask(wire, &line, patience).await?
    } else if offer.auth_login {
        login_dialogue(wire, login, patience).await?
    } else {
        return Err(Trouble::NoSharedAuth);
    };
    match reply.code() {
        235 => Ok(()),
        _ if reply.is_negative() => Err(Trouble::Refused { phase: Phase::Auth, reply }),
        _ => Err(Trouble::OutOfStep { phase: Phase::Auth }),
    }
}

async fn login_dialogue(wire: &mut Wire, login: &Login, patience: Duration) -> Result<SmtpReply, Trouble> {
    let mut reply = ask(wire, b"AUTH LOGIN\r\n", patience).await?;
    for secret in [&login.user, &login.password] {
        if reply.code() != 334 {
            return Ok(reply);
        }
        reply = ask(wire, &line("", &encode(secret)), patience).await?;
    }
    Ok(reply)
}

async fn ask(wire: &mut Wire, line: &[u8], patience: Duration) -> Result<SmtpReply, Trouble> {
    wire.command(Phase::Auth, line, patience).await?;
    wire.reply(Phase::Auth, patience).await
}

/// `\0user\0password` in base64, made without growing, for growing leaves copies behind.
fn plain(login: &Login) -> Zeroizing<String> {
    let (user, password) = (login.user.expose(), login.password.expose());
    let mut bytes = Zeroizing::new(Vec::with_capacity(user.len() + password.len() + 2));
    bytes.push(0);
    bytes.extend_from_slice(user.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(password.as_bytes());
    Zeroizing::new(STANDARD.encode(bytes.as_slice()))
}

fn encode(secret: &Secret) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(secret.expose()))
}

fn line(verb: &str, word: &str) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(verb.len() + word.len() + 2));
    line.extend_from_slice(verb.as_bytes());
    line.extend_from_slice(word.as_bytes());
    line.extend_from_slice(b"\r\n");
    line
}
