//! The record, checked by somebody who has neither the database nor the keys.

use super::house::{House, last_json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use waxwing_store::Engine;

/// A command without an installation, as on a stranger's machine.
fn outside(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
    command.args(words).arg("--json").env_remove("WAXWING_DATA").stdin(Stdio::null());
    command.output().expect("the binary starts")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain name")
}

/// A witness on a free port; killed when dropped.
struct Witness {
    child: Child,
    address: SocketAddr,
}

impl Witness {
    fn start(words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
        command.args(["witness", "serve", "--listen", "127.0.0.1:0"]).args(words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut addresses = lines
            .map_while(Result::ok)
            .filter_map(|line| line.split("listening on ").nth(1)?.split(')').next()?.parse().ok());
        let address = addresses.next().expect("it says where it listens");
        Self { child, address }
    }

    /// Status and body of a request.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).expect("answers");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + body).as_bytes()).expect("is heard");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), body.to_owned())
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn an_outsider_checks_the_record_and_one_entry_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        let made = house.ask(&["api-key", "create", "test", "--scope", "read"]);
        let receipt = house.dir.path().join("receipt.tlog-proof");
        std::fs::write(&receipt, made["receipts"][0]["proof"].as_str().expect("a proof")).expect("writes");
        let (dir, proof) = (house.dir.path().join("record"), house.dir.path().join("one.tlog-proof"));
        let exported = house.ask(&["record", "export", text(&dir)]);
        let key = exported["key"].as_str().expect("a key");
        assert_eq!(house.ask(&["record", "key"])["key"], key);
        let checked = outside(&["record", "verify", text(&dir), "--key", key]);
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        assert_eq!(last_json(&checked)["size"], exported["size"]);
        let receipt = outside(&["record", "verify", text(&receipt), "--key", key]);
        assert_eq!(last_json(&receipt)["leaf"]["what"], "api_keys.create");
        house.ask(&["record", "prove", "1", "--out", text(&proof)]);
        let proved = outside(&["record", "verify", text(&proof), "--key", key]);
        assert!(proved.status.success() && last_json(&proved)["entry"] == 1);
        assert!(!outside(&["record", "verify", text(&proof)]).status.success(), "a proof without a key proves nothing");
        assert!(house.refuse(&["record", "prove", "99999"]).contains("99999"));
        assert!(house.refuse(&["record", "export", text(&dir)]).contains("cannot be used"), "nothing is written over");
    }
}

#[tokio::test]
async fn what_was_done_to_the_files_is_named_and_fails() {
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    let dir = house.dir.path().join("record");
    let size = house.ask(&["record", "export", text(&dir)])["size"].as_u64().expect("a size");
    let bundle = dir.join(format!("tile/entries/000.p/{size}"));
    let mut bytes = std::fs::read(&bundle).expect("a file");
    bytes[2 + 5] ^= 1;
    std::fs::write(&bundle, bytes).expect("writes");
    let checked = outside(&["record", "verify", text(&dir)]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(!checked.status.success() && said.contains("WRONG  entry 0: it was changed"), "{said}");
}

#[tokio::test]
async fn the_evidence_of_a_case_is_checked_without_the_installation() {
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    let case = house.ask(&["incident", "open", "A file lay on a share", "--loss", "confidentiality"]);
    let dir = house.dir.path().join("evidence");
    let written = house.ask(&["incident", "evidence", case["id"].as_str().expect("a case"), text(&dir)]);
    let key = written["key"].as_str().expect("a key");
    let checked = outside(&["record", "verify", text(&dir), "--key", key]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(last_json(&checked)["evidence"], true);
    std::fs::write(dir.join("case.json"), "{}").expect("writes");
    let checked = outside(&["record", "verify", text(&dir), "--key", key]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(!checked.status.success() && said.contains("WRONG  case.json: it was changed"), "{said}");
}

#[tokio::test]
async fn a_case_on_the_command_line_ends_in_one_archive_that_is_checked_elsewhere() {
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    let case = house.ask(&["incident", "open", "A key leaked", "--loss", "confidentiality"]);
    let id = case["id"].as_str().expect("a case");
    house.ask(&["incident", "take", id, "key-leak"]);
    let came = house.ask(&["incident", "run", id]);
    let of =
        |done: bool| came["steps"].as_array().into_iter().flatten().filter(move |step| step["done"] == done).count();
    assert_eq!((of(true), of(false)), (3, 2), "the case names nothing to contain and nobody to ask for: {came}");
    let duties = house.ask(&["duties", "show", id]);
    assert!(
        duties["duties"].as_array().is_some_and(|all| all.iter().any(|one| one["rule"] == "gdpr-33-1")),
        "{duties}"
    );
    assert!(house.refuse(&["duties", "draft", id, "poem"]).contains("authority"));
    let register = house.ask(&["duties", "register", "--format", "json"]);
    assert!(register["register"].as_str().is_some_and(|text| text.contains("A key leaked")), "{register}");
    let file = house.dir.path().join("evidence.tar");
    let made = house.ask(&["incident", "evidence", id, text(&file)]);
    assert!(
        house.refuse(&["incident", "evidence", id, text(&file)]).contains("evidence.tar"),
        "nothing is written over"
    );
    let key = made["key"].as_str().expect("a key");
    let checked = outside(&["record", "verify", text(&file), "--key", key]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(last_json(&checked)["sha256"], made["sha256"]);
    let mut bytes = std::fs::read(&file).expect("reads");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).expect("writes");
    assert!(!outside(&["record", "verify", text(&file), "--key", key]).status.success(), "its last byte was changed");
}

#[tokio::test]
async fn a_witness_signs_what_goes_on_and_remembers_it_after_a_power_cut() {
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    let place = |name: &str| house.dir.path().join(name);
    let (key_file, state) = (place("witness.key"), place("seen"));
    let made = outside(&["witness", "init", "--name", "witness.example/1", "--key", text(&key_file)]);
    let vkey = last_json(&made)["vkey"].as_str().expect("a key").to_owned();
    let export = |name: &str| house.ask(&["record", "export", text(&place(name))]);
    let first = export("first");
    let log = first["key"].as_str().expect("a key").to_owned();
    let words = ["--key", text(&key_file), "--state", text(&state), "--log", &log];
    let head = |name: &str| std::fs::read_to_string(place(name).join("checkpoint")).expect("a checkpoint");
    let witness = Witness::start(&words);
    let (status, line) = witness.ask("POST", "/add-checkpoint", &format!("old 0\n\n{}", head("first")));
    assert_eq!((status, line.starts_with("\u{2014} witness.example/1 ")), (200, true), "{line}");
    drop(witness);
    export("second");
    let witness = Witness::start(&words);
    let (status, size) = witness.ask("POST", "/add-checkpoint", &format!("old 0\n\n{}", head("second")));
    assert_eq!((status, size), (409, format!("{}\n", first["size"])), "it remembers what it saw before it was killed");
    assert_eq!(witness.ask("POST", "/add-checkpoint", "old").0, 400);
    let origin: String = first["origin"].as_str().expect("text").replace('/', "%2F");
    let (status, seen) = witness.ask("GET", &format!("/checkpoint?origin={origin}"), "");
    assert_eq!(status, 200);
    // What the witness saw is what the newer files are held against; and the older do not hold its word beside them.
    let against = place("seen.checkpoint");
    std::fs::write(&against, seen).expect("writes");
    let verify = |name: &str, more: &[&str]| {
        let dir = place(name);
        outside(&[&["record", "verify", text(&dir), "--key", &log, "--against", text(&against)], more].concat())
    };
    assert!(verify("second", &[]).status.success());
    assert!(!verify("second", &["--witness", &vkey]).status.success(), "the log does not know of the signature");
    std::fs::write(place("second").join("checkpoint.witnessed"), std::fs::read(&against).expect("reads"))
        .expect("writes");
    assert!(verify("second", &["--witness", &vkey]).status.success());
}
