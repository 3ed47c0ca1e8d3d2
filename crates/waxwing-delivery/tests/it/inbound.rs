//! The listener for mail that comes in: what it takes, what it refuses, and whom it turns away.

use crate::support::{Pki, assert_accepted, envelope_of, pool, relay};
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Command as Program;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use waxwing_delivery::inbound::{Arrival, Door, Identity, InboundLimits, Known, Listener, Shut};

/// A door that knows one mailbox and keeps what comes in memory.
#[derive(Clone, Default)]
struct House {
    kept: Arc<Mutex<Vec<Arrival>>>,
    shut: bool,
}

impl Door for House {
    async fn knows(&self, address: &str) -> Result<Known, Shut> {
        Ok(match address.rsplit_once('@') {
            Some(("ann", "mail.example")) => Known::Yes,
            Some((_, "mail.example")) => Known::NoMailbox,
            _ => Known::NotOurs,
        })
    }
    async fn take(&self, arrival: Arrival) -> Result<(), Shut> {
        if self.shut {
            return Err(Shut);
        }
        self.kept.lock().unwrap().push(arrival);
        Ok(())
    }
}

impl House {
    fn kept(&self) -> Vec<Arrival> {
        self.kept.lock().unwrap().clone()
    }
}

struct Running {
    address: SocketAddr,
    house: House,
    _stop: watch::Sender<bool>,
}

async fn open(house: House, identity: Option<Identity>, limits: InboundLimits) -> Running {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), "mx.example", identity, limits).await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(listener.run(house.clone(), stopped));
    Running { address, house, _stop: stop }
}

async fn usual() -> Running {
    open(House::default(), None, InboundLimits::default()).await
}

/// Sends everything at once, as a pipelining client may, and reads until the server closes.
async fn talk(at: SocketAddr, words: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(words).await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await;
    // A server that closes on unread input resets the connection; what it said before counts.
    drop(read.expect("the server closes in time"));
    answer
}

fn codes(answer: &str) -> Vec<&str> {
    answer.lines().filter(|line| line.as_bytes().get(3) == Some(&b' ')).map(|line| &line[..3]).collect()
}

const LETTER: &[u8] =
    b"EHLO sender.example\r\nMAIL FROM:<thief@evil.example>\r\nRCPT TO:<ann@mail.example>\r\nDATA\r\n";

#[tokio::test]
async fn a_pipelined_letter_to_a_known_mailbox_is_kept_as_it_came() {
    let running = usual().await;
    let words = [LETTER, b"Subject: Hi\r\n\r\n..dot\r\n.\r\nQUIT\r\n"].concat();
    // DATA is the last command of a pipelined group in RFC 2920; a client that goes on anyway loses nothing here.
    assert_eq!(codes(&talk(running.address, &words).await), ["220", "250", "250", "250", "354", "250", "221"]);
    let kept = running.house.kept();
    assert_eq!(kept.len(), 1);
    let one = &kept[0];
    assert_eq!((one.hello.as_str(), one.from.as_str(), one.tls), ("sender.example", "thief@evil.example", false));
    assert_eq!((one.to.as_slice(), one.unknown), (["ann@mail.example".to_owned()].as_slice(), 0));
    assert_eq!(one.message.as_deref(), Some(b"Subject: Hi\r\n\r\n.dot\r\n".as_slice()));
    assert!(one.peer.ip().is_loopback());
    assert!(!format!("{one:?}").contains("evil"), "nobody's address reaches a log");
}

#[tokio::test]
async fn nothing_is_relayed_and_unknown_mailboxes_are_told_apart_from_foreign_ones() {
    let running = usual().await;
    let words = b"EHLO s.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<you@elsewhere.example>\r\nRCPT TO:<bob@mail.example>\r\nDATA\r\nQUIT\r\n";
    let answer = talk(running.address, words).await;
    assert!(answer.matches("550 5.1.1 No such mailbox here").count() == 2 && answer.contains("503 5.5.1"), "{answer}");
    assert!(running.house.kept().is_empty());
}

#[tokio::test]
async fn who_guesses_addresses_is_put_out_and_its_network_with_it() {
    let limits = InboundLimits { unknown: 2, unknown_of_one_network: 3, ..InboundLimits::default() };
    let running = open(House::default(), None, limits).await;
    let guesses = b"EHLO s.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@mail.example>\r\nRCPT TO:<b@mail.example>\r\nRCPT TO:<c@mail.example>\r\nRCPT TO:<ann@mail.example>\r\n";
    let answer = talk(running.address, guesses).await;
    assert_eq!(codes(&answer), ["220", "250", "250", "550", "550", "421"], "{answer}");
    assert!(running.house.kept().is_empty(), "what was asked after that is not heard");
    assert_eq!(codes(&talk(running.address, b"").await), ["421"]);
}

#[tokio::test]
async fn a_second_message_cannot_be_smuggled_behind_a_first() {
    for end in [&b"\n.\n"[..], b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r.\r\n", b"\r\n\0.\r\n"] {
        let running = usual().await;
        let second = b"MAIL FROM:<root@bank.example>\r\nRCPT TO:<ann@mail.example>\r\nDATA\r\nforged\r\n.\r\n";
        let words = [LETTER, b"Subject: Hi\r\n\r\ntext", end, second, b"\r\n.\r\nQUIT\r\n"].concat();
        let answer = talk(running.address, &words).await;
        assert!(!codes(&answer).contains(&"221"), "{}: {answer}", end.escape_ascii());
        let kept = running.house.kept();
        assert!(kept.iter().all(|one| one.message.is_none()), "{}", end.escape_ascii());
        assert!(kept.iter().all(|one| one.from == "thief@evil.example"), "{}", end.escape_ascii());
    }
}

#[tokio::test]
async fn a_command_line_ends_with_both_and_has_an_end() {
    let running = usual().await;
    assert_eq!(codes(&talk(running.address, b"EHLO s.example\nMAIL FROM:<a@b.example>\n").await), ["220", "500"]);
    let endless = [b"EHLO ".as_slice(), &[b'x'; 5_000]].concat();
    assert_eq!(codes(&talk(running.address, &endless).await), ["220", "500"]);
    let noise = b"A\r\nB\r\nC\r\nD\r\nE\r\nF\r\nG\r\n";
    assert_eq!(codes(&talk(running.address, noise).await).last(), Some(&"421"), "noise is not listened to for long");
}

#[tokio::test]
async fn nobody_is_looked_up_and_no_login_is_offered() {
    let running = usual().await;
    let answer =
        talk(running.address, b"EHLO s.example\r\nVRFY ann\r\nEXPN staff\r\nAUTH PLAIN AGEAYg==\r\nQUIT\r\n").await;
    assert_eq!(codes(&answer), ["220", "250", "502", "502", "502", "221"], "{answer}");
    assert!(!answer.contains("AUTH") && !answer.to_ascii_lowercase().contains("waxwing"), "{answer}");
}

#[tokio::test]
async fn a_letter_that_is_too_large_is_refused_and_the_address_is_noted() {
    let limits = InboundLimits { message: 100, ..InboundLimits::default() };
    let running = open(House::default(), None, limits).await;
    let announced = b"EHLO s.example\r\nMAIL FROM:<a@b.example> SIZE=101\r\nQUIT\r\n";
    assert!(talk(running.address, announced).await.contains("552 5.3.4"));
    let words = [LETTER, &b"0123456789012345678901234567890123456789\r\n".repeat(4), b".\r\nQUIT\r\n"].concat();
    assert_eq!(codes(&talk(running.address, &words).await)[5..], ["552", "221"]);
    let kept = running.house.kept();
    assert_eq!((kept.len(), kept[0].message.is_none()), (1, true), "that it was asked for is known all the same");
}

#[tokio::test]
async fn who_asks_for_an_address_and_leaves_is_noted() {
    let running = usual().await;
    talk(running.address, b"EHLO verify.example\r\nMAIL FROM:<>\r\nRCPT TO:<ann@mail.example>\r\nQUIT\r\n").await;
    let kept = running.house.kept();
    assert_eq!((kept.len(), kept[0].hello.as_str(), kept[0].message.is_none()), (1, "verify.example", true));
}

#[tokio::test]
async fn a_door_that_cannot_keep_a_letter_sends_its_sender_away_for_now() {
    let running = open(House { shut: true, ..House::default() }, None, InboundLimits::default()).await;
    let words = [LETTER, b"Subject: Hi\r\n\r\nx\r\n.\r\nQUIT\r\n"].concat();
    assert_eq!(codes(&talk(running.address, &words).await)[5], "451");
}

#[tokio::test]
async fn the_silent_and_the_crowd_are_sent_away() {
    let limits = InboundLimits { of_one_network: 1, idle: Duration::from_millis(300), ..InboundLimits::default() };
    let running = open(House::default(), None, limits).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    let mut greeting = [0; 3];
    first.read_exact(&mut greeting).await.unwrap();
    assert_eq!(codes(&talk(running.address, b"").await), ["421"], "there is one place for a network");
    let mut rest = String::new();
    first.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("421 4.4.2"), "{rest}");
}

#[tokio::test]
async fn what_is_said_before_the_handshake_is_not_heard_after_it() {
    let identity = Identity::generate("mx.example").unwrap();
    let running = open(House::default(), Some(identity), InboundLimits::default()).await;
    let answer = talk(running.address, b"EHLO s.example\r\nSTARTTLS\r\nMAIL FROM:<a@b.example>\r\n").await;
    assert_eq!(codes(&answer), ["220", "250", "503"], "{answer}");
    assert!(answer.contains("STARTTLS"));
}

#[tokio::test]
async fn our_own_client_hands_a_letter_over_encrypted_with_the_operators_certificate() {
    let pki = Pki::vouching_for("localhost");
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::File::create(&chain).unwrap().write_all(pem("CERTIFICATE", pki.identity.0.as_ref()).as_bytes()).unwrap();
    std::fs::File::create(&key).unwrap().write_all(pem("PRIVATE KEY", pki.identity.1.secret_der()).as_bytes()).unwrap();
    let identity = Identity::read(&chain, &key).unwrap();
    let running = open(House::default(), Some(identity), InboundLimits::default()).await;
    let mut relay = relay(running.address.port(), "", "tls=starttls");
    relay.extra_roots = Some(pki.roots.path().to_owned());
    let pool = pool(relay, 1);
    let outcome = pool.send(&envelope_of("Subject: Hi\r\n\r\nHello.\r\n"), waxwing_delivery::Always).await;
    assert_accepted(&outcome);
    let kept = running.house.kept();
    assert!(kept.len() == 1 && kept[0].tls, "{kept:?}");
    assert!(Identity::read(&key, &chain).is_err(), "a key is no certificate");
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Postfix's own load generator speaks as Postfix does.
#[tokio::test(flavor = "multi_thread")]
async fn postfix_hands_fifty_letters_over() {
    let tool = "/usr/sbin/smtp-source";
    if !std::path::Path::new(tool).exists() {
        assert!(std::env::var_os("WAXWING_REQUIRE_ORACLES").is_none(), "{tool} is missing");
        return;
    }
    let running = usual().await;
    let at = format!("127.0.0.1:{}", running.address.port());
    let sent = tokio::task::spawn_blocking(move || {
        let options = ["-s", "5", "-m", "50", "-l", "5000", "-f", "a@b.example", "-t", "ann@mail.example", &at];
        Program::new(tool).args(options).output().unwrap()
    });
    let sent = sent.await.unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let kept = running.house.kept();
    assert_eq!(kept.iter().filter(|one| one.message.as_ref().is_some_and(|m| m.len() >= 5_000)).count(), 50);
}
