//! The listener: accepts connections while there is room and gives each to a session.
//!
//! Promise: it stops with all its connections when told to; a message whose 250 was not said is the sender's to send
//! again. Limit: a connection without room is told 421 and nothing else.

use super::crowd::{Crowd, Place};
use super::session::{self, Shared};
use super::{Door, Identity, InboundLimits};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A bound listener that does not accept yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    name: String,
    identity: Option<Identity>,
    limits: InboundLimits,
}

impl Listener {
    /// Listens on `address`; port 0 takes a free one. `name` is what it calls itself. Without an identity STARTTLS is
    /// not offered.
    ///
    /// # Errors
    /// What the system says: an address that is taken, a port that needs a privilege.
    pub async fn bind(
        address: SocketAddr,
        name: impl Into<String>,
        identity: Option<Identity>,
        limits: InboundLimits,
    ) -> io::Result<Self> {
        Ok(Self { socket: TcpListener::bind(address).await?, name: name.into(), identity, limits })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Takes mail until `stopped` becomes true or its sender is gone.
    pub async fn run<D: Door>(self, door: D, mut stopped: watch::Receiver<bool>) {
        let Self { socket, name, identity, limits } = self;
        let shared = Arc::new(Shared { name, identity, limits, door });
        let crowd = Crowd::new(limits);
        let mut sessions = JoinSet::new();
        loop {
            tokio::select! {
                accepted = socket.accept() => match accepted {
                    Ok((stream, peer)) => serve(stream, peer, &crowd, &shared, &mut sessions),
                    Err(error) => rest(&error).await,
                },
                Some(ended) = sessions.join_next(), if !sessions.is_empty() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "inbound: a session broke off");
                    }
                }
                () = told(&mut stopped) => return,
            }
        }
    }
}

/// Ready once it is true, or once nobody can say it any more.
async fn told(stopped: &mut watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        tracing::debug!("inbound: nobody is left to stop the listener");
    }
}

fn serve<D: Door>(
    stream: TcpStream,
    peer: SocketAddr,
    crowd: &Crowd,
    shared: &Arc<Shared<D>>,
    sessions: &mut JoinSet<()>,
) {
    let Some(place) = crowd.enter(peer.ip()) else { return turn_away(stream) };
    // Small answers must not wait for each other's acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "inbound: no-delay was refused");
    }
    sessions.spawn(converse(stream, peer, place, shared.clone()));
}

/// One connection to its end, or to the end of its life.
async fn converse<D: Door>(stream: TcpStream, peer: SocketAddr, place: Place, shared: Arc<Shared<D>>) {
    let life = shared.limits.life;
    match timeout(life, session::converse(stream, peer, place, shared)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "inbound: a connection ended early"),
        Err(_) => tracing::debug!("inbound: a connection outlived its time"),
    }
}

/// One write into an empty send buffer: it takes this line or fails, and never blocks. No task is made: a crowd must
/// not grow what it is turned away from.
fn turn_away(stream: TcpStream) {
    let written = stream.into_std().and_then(|mut stream| stream.write_all(b"421 4.3.2 Too many connections\r\n"));
    if let Err(error) = written {
        tracing::trace!(%error, "inbound: a connection too many left first");
    }
}

/// Out of file descriptors: trying again at once would only spin.
async fn rest(error: &io::Error) {
    tracing::warn!(%error, "inbound: could not accept a connection");
    tokio::time::sleep(Duration::from_millis(50)).await;
}
