//! A DNS server on loopback that answers what a test tells it to.
//!
//! Promise: names without a record are NXDOMAIN, and a name can be made to fail, stay silent or
//! change its mind.
//! Limit: UDP only, and of a question no more than its name and type is looked at. It is written
//! by hand so that the resolver under test does not check itself.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

const A: u16 = 1;
const MX: u16 = 15;
const TXT: u16 = 16;
const AAAA: u16 = 28;

/// Length of a DNS header in bytes (RFC 1035 §4.1.1).
const HEADER: usize = 12;

/// What a name does.
#[derive(Debug, Clone)]
enum Answer {
    /// Records: type and data as on the wire.
    Records(Vec<(u16, Vec<u8>)>),
    /// SERVFAIL.
    Fails,
    /// Nothing at all.
    Silent,
}

/// What is known of the names, and what was asked.
#[derive(Debug, Default)]
struct Names {
    answers: HashMap<String, Answer>,
    /// What replaces an answer once every type asked for has been answered.
    later: HashMap<String, Answer>,
    asked: HashMap<String, usize>,
}

type Zone = Arc<Mutex<Names>>;

/// The server; it stops when dropped.
#[derive(Debug)]
pub struct DnsServer {
    address: SocketAddr,
    zone: Zone,
    task: JoinHandle<()>,
}

impl DnsServer {
    /// Starts without any record, on a port of its own.
    ///
    /// # Errors
    /// If no port is to be had.
    pub async fn start() -> io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let address = socket.local_addr()?;
        let zone = Zone::default();
        let task = tokio::spawn(serve(socket, Arc::clone(&zone)));
        Ok(Self { address, zone, task })
    }

    /// Where to ask it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a TXT record; long texts are split into strings of 255 bytes.
    pub fn txt(&self, name: &str, text: &str) -> &Self {
        let data = text.as_bytes().chunks(255).flat_map(counted).collect();
        self.add(name, TXT, data)
    }

    /// Adds an MX record.
    pub fn mx(&self, name: &str, preference: u16, host: &str) -> &Self {
        let data = preference.to_be_bytes().into_iter().chain(wire_name(host)).collect();
        self.add(name, MX, data)
    }

    /// Adds an address.
    pub fn address_of(&self, name: &str, ip: IpAddr) -> &Self {
        match ip {
            IpAddr::V4(ip) => self.add(name, A, ip.octets().to_vec()),
            IpAddr::V6(ip) => self.add(name, AAAA, ip.octets().to_vec()),
        }
    }

    /// Makes `name` lead to `ip` alone after one A and one AAAA question were answered as before:
    /// the name that changes its mind (DNS rebinding).
    pub fn then_address_of(&self, name: &str, ip: IpAddr) -> &Self {
        let data = match ip {
            IpAddr::V4(ip) => (A, ip.octets().to_vec()),
            IpAddr::V6(ip) => (AAAA, ip.octets().to_vec()),
        };
        lock(&self.zone).later.insert(name.to_ascii_lowercase(), Answer::Records(vec![data]));
        self
    }

    /// How many questions about `name` were asked.
    pub fn questions(&self, name: &str) -> usize {
        lock(&self.zone).asked.get(&name.to_ascii_lowercase()).copied().unwrap_or_default()
    }

    /// Makes every question about `name` end in SERVFAIL.
    pub fn fails(&self, name: &str) -> &Self {
        lock(&self.zone).answers.insert(name.to_ascii_lowercase(), Answer::Fails);
        self
    }

    /// Leaves every question about `name` without answer.
    pub fn stays_silent(&self, name: &str) -> &Self {
        lock(&self.zone).answers.insert(name.to_ascii_lowercase(), Answer::Silent);
        self
    }

    /// Forgets `name`.
    pub fn remove(&self, name: &str) -> &Self {
        lock(&self.zone).answers.remove(&name.to_ascii_lowercase());
        self
    }

    fn add(&self, name: &str, kind: u16, data: Vec<u8>) -> &Self {
        let mut zone = lock(&self.zone);
        let answer = zone.answers.entry(name.to_ascii_lowercase()).or_insert_with(|| Answer::Records(Vec::new()));
        match answer {
            Answer::Records(records) => records.push((kind, data)),
            Answer::Fails | Answer::Silent => *answer = Answer::Records(vec![(kind, data)]),
        }
        drop(zone);
        self
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Names {
    fn count(&mut self, name: &str) {
        let asked = self.asked.entry(name.to_owned()).or_default();
        *asked += 1;
        if *asked > 2
            && let Some(later) = self.later.remove(name)
        {
            self.answers.insert(name.to_owned(), later);
        }
    }
}

fn lock(zone: &Zone) -> MutexGuard<'_, Names> {
    zone.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(socket: UdpSocket, zone: Zone) {
    let mut packet = [0; 1_500];
    // A closed socket ends the server; a test notices by its questions timing out.
    while let Ok((length, client)) = socket.recv_from(&mut packet).await {
        let reply = answer(&packet[..length], &zone);
        if let Some(reply) = reply
            && socket.send_to(&reply, client).await.is_err()
        {
            return;
        }
    }
}

fn answer(query: &[u8], zone: &Zone) -> Option<Vec<u8>> {
    let (name, end) = read_name(query)?;
    let kind = u16::from_be_bytes([*query.get(end)?, *query.get(end + 1)?]);
    let question = query.get(HEADER..end + 4)?;
    let mut names = lock(zone);
    names.count(&name);
    let (code, records) = match names.answers.get(&name) {
        Some(Answer::Silent) => return None,
        Some(Answer::Fails) => (2, Vec::new()),
        Some(Answer::Records(all)) => (0, all.iter().filter(|(k, _)| *k == kind).map(|(_, d)| d.clone()).collect()),
        None => (3, Vec::new()),
    };
    drop(names);
    let count = u16::try_from(records.len()).ok()?;
    // Response, recursion desired and available, and the code (RFC 1035 §4.1.1).
    let mut reply = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1];
    reply.extend(count.to_be_bytes());
    reply.extend([0; 4]);
    reply.extend(question);
    for data in records {
        // A pointer to the question's name, type, class IN, one minute, and the data.
        reply.extend([0xc0, 0x0c]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 60]);
        reply.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        reply.extend(data);
    }
    Some(reply)
}

/// The question's name in lower case, and where it ends.
fn read_name(query: &[u8]) -> Option<(String, usize)> {
    let mut at = HEADER;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        let label = query.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
}

fn wire_name(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    labels.flat_map(|label| counted(label.as_bytes())).chain([0]).collect()
}

/// A string with its length before it; at most 255 bytes.
fn counted(text: &[u8]) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("labels and parts are at most 255 bytes");
    [&[length], text].concat()
}
