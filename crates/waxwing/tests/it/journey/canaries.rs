//! A letter to somebody made up, and `kill -9` right after its sender heard that it was taken.

use super::house::House;
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use waxwing_store::Engine;

const DOMAIN: &str = "hollybrook-mail.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_was_taken_survives_a_power_cut_on_sqlite() {
    survive(House::found(Engine::Sqlite).await.expect("SQLite is always here")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_was_taken_survives_a_power_cut_on_postgres() {
    if let Some(house) = House::found(Engine::Postgres).await {
        survive(house).await;
    }
}

async fn survive(house: House) {
    let outside = tempfile::tempdir().expect("a directory");
    let path = |name: &str| outside.path().join(name).to_str().expect("plain").to_owned();
    let people: String = (0..200).map(|at| format!("p{at}@postbox.example\n")).collect();
    std::fs::write(path("p.csv"), format!("email\n{people}")).expect("writes");
    house.ask(&["import", &path("p.csv"), "--list", "Many", "--consent", "made for a test"]);
    named(&house);
    house.ask(&["export", "--list", "Many", "--purpose", "a test", "--out", &path("out.csv")]);
    let file = std::fs::read_to_string(path("out.csv")).expect("reads");
    let made_up: Vec<&str> =
        file.lines().filter_map(|line| line.split(',').next()).filter(|e| e.ends_with(DOMAIN)).collect();
    assert_eq!(made_up.len(), 10);
    let door = free();
    let serving = house.serve_with("WAXWING_INBOUND_LISTEN", &door.to_string());
    write_to(door, made_up[0]).await;
    serving.kill();
    let serving = house.serve();
    let heard = heard_of(&house).await;
    assert_eq!(heard["hit"][0]["hits"], 1, "{heard}");
    assert!(heard["hit"][0]["who"].as_str().is_some_and(|who| who.starts_with("export:")), "{heard}");
    assert!(serving.end());
}

/// Names the domain. The name server is one that refuses at once.
fn named(house: &House) {
    let words = ["canaries", "add", DOMAIN, "--json"];
    let added = house.command(&words).env("WAXWING_DNS_RESOLVER", "127.0.0.1:1").output().expect("starts");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
}

/// A port that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port")
}

async fn write_to(door: SocketAddr, address: &str) {
    let mut stream = TcpStream::connect(door).await.expect("the door is open");
    let words = format!(
        "EHLO s.example\r\nMAIL FROM:<a@bulk.example>\r\nRCPT TO:<{address}>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n"
    );
    stream.write_all(words.as_bytes()).await.expect("writes");
    let mut said = String::new();
    let mut piece = [0; 512];
    while !said.contains("250 2.0.0 Taken") {
        let read = stream.read(&mut piece).await.expect("reads");
        assert!(read > 0, "it was not taken: {said}");
        said.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
}

async fn heard_of(house: &House) -> Value {
    let begun = Instant::now();
    loop {
        let told = house.ask(&["canaries", "list"]);
        if told["hit"].as_array().is_some_and(|hit| !hit.is_empty()) {
            return told;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was heard: {told}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
