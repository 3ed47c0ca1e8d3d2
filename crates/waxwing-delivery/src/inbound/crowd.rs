//! Who is here: connections counted, all of them and by network, and networks that guess addresses.
//!
//! Promise: the table of networks never grows past its bound; a connection is counted until its [`Place`] is dropped.
//! Limit: networks are counted by 24 bits of IPv4 and 48 of IPv6; whoever has many networks has many places, up to the
//! bound for all.

use super::InboundLimits;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a network's guesses count.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// Networks whose guesses are remembered.
const NETWORKS: usize = 4_096;

/// The first address of the network around one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::from([a, b, c, 0])
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
        }
    }
}

#[derive(Default)]
struct Here {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
    guessed: HashMap<IpAddr, (u32, Instant)>,
}

/// The connections of a listener.
#[derive(Clone)]
pub(super) struct Crowd {
    limits: InboundLimits,
    here: Arc<Mutex<Here>>,
}

impl Crowd {
    pub(super) fn new(limits: InboundLimits) -> Self {
        Self { limits, here: Arc::default() }
    }

    fn here(&self) -> MutexGuard<'_, Here> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection from `address`; none where there is no room for it.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let network = network(address);
        let mut here = self.here();
        let guesses = here.guessed.get(&network).filter(|(_, since)| since.elapsed() < REMEMBERED);
        if guesses.is_some_and(|(count, _)| *count >= self.limits.unknown_of_one_network) {
            return None;
        }
        let theirs = here.by_network.get(&network).copied().unwrap_or_default();
        if here.all >= self.limits.connections || theirs >= self.limits.of_one_network {
            return None;
        }
        here.all += 1;
        here.by_network.insert(network, theirs + 1);
        drop(here);
        Some(Place { crowd: self.clone(), network })
    }
}

/// A connection's place in the crowd.
pub(super) struct Place {
    crowd: Crowd,
    network: IpAddr,
}

impl Place {
    /// Notes that an address was asked for that nobody has.
    pub(super) fn guessed(&self) {
        let mut here = self.crowd.here();
        if here.guessed.len() >= NETWORKS {
            here.guessed.retain(|_, (_, since)| since.elapsed() < REMEMBERED);
        }
        if here.guessed.len() >= NETWORKS && !here.guessed.contains_key(&self.network) {
            return;
        }
        let (count, since) = here.guessed.entry(self.network).or_insert_with(|| (0, Instant::now()));
        if since.elapsed() >= REMEMBERED {
            (*count, *since) = (0, Instant::now());
        }
        *count = count.saturating_add(1);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut here = self.crowd.here();
        here.all = here.all.saturating_sub(1);
        if let Some(theirs) = here.by_network.get_mut(&self.network) {
            *theirs -= 1;
            if *theirs == 0 {
                here.by_network.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_network_has_few_places_and_gets_them_back() {
        let crowd = Crowd::new(InboundLimits { connections: 3, of_one_network: 2, ..InboundLimits::default() });
        let first = crowd.enter(address("192.0.2.1"));
        let _second = crowd.enter(address("192.0.2.200")).expect("room");
        assert!(crowd.enter(address("::ffff:192.0.2.9")).is_none(), "a mapped address is the one it stands for");
        let _third = crowd.enter(address("198.51.100.1")).expect("room");
        assert!(crowd.enter(address("203.0.113.1")).is_none(), "the house is full");
        drop(first);
        assert!(crowd.enter(address("192.0.2.9")).is_some());
    }

    #[test]
    fn a_network_that_guesses_is_turned_away() {
        let crowd = Crowd::new(InboundLimits { unknown_of_one_network: 2, ..InboundLimits::default() });
        let place = crowd.enter(address("2001:db8:1::1")).expect("room");
        place.guessed();
        assert!(crowd.enter(address("2001:db8:1::2")).is_some());
        place.guessed();
        assert!(crowd.enter(address("2001:db8:1:9::2")).is_none());
        assert!(crowd.enter(address("2001:db8:2::2")).is_some(), "others are not meant");
    }
}
