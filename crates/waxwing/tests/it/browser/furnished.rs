//! A house in which every page has something to show: people, mail that came back, a form, a draft
//! with the longest names there may be, pictures, an erased person.

use crate::journey::house::{House, Serving};
use http::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use waxwing_demo::browser::Browser;
use waxwing_demo::capture::{CaptureOptions, CaptureServer};
use waxwing_demo::mime;
use waxwing_store::Engine;

const PEOPLE: &str = "email,first_name\nada.alder@postbox.example,Ada\nben.birch@mailhaus.example,Ben\n\
    eve.elm@postbox.example,Eve\nunknown1@mailhaus.example,Una\nnot an address,Cy\n";
const LETTER: &str = "from = \"Larkfield <letters@larkfield.example>\"\nsubject = \"The seed list\"\nlist = \"Seed letter\"\n\
    format = \"markdown\"\nbody = \"Dear {{ subscriber.first_name }}, hello.\"\n";
/// Who signs up by the form.
const NEWCOMER: &str = "newcomer@postbox.example";
/// The last part of the address of the public page.
const STATUS: &str = "notice-2026-11-22";
/// A picture of one point.
const POINT: &str = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da6364\
    f8cf500f00038601805a347d6b0000000049454e44ae426082";

/// The house with its server and its mailboxes.
pub struct Furnished {
    /// The house.
    pub house: House,
    /// Its server.
    pub serving: Serving,
    /// The path of the public page of its case.
    pub status: String,
    mailboxes: CaptureServer,
    program: Browser,
}

impl Furnished {
    /// Before anybody has signed in.
    pub async fn new() -> Self {
        let mailboxes = CaptureServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), CaptureOptions::default()).await;
        let mailboxes = mailboxes.expect("loopback");
        let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
        house.ask(&["relay", "add", "providers", "--url", &format!("smtp://{}?tls=none", mailboxes.address())]);
        house.ask(&["domain", "add", "larkfield.example"]);
        let file = |name: &str, text: &str| {
            let path = house.dir.path().join(name);
            std::fs::write(&path, text).expect("writes");
            path.to_str().expect("a plain path").to_owned()
        };
        let bought: String = (100..112).map(|number| format!("unknown{number}@mailhaus.example\n")).collect();
        let bought = file("b.csv", &format!("email\n{bought}"));
        house.ask(&["import", &bought, "--list", "Bought", "--consent", "The seller said so"]);
        house.ask(&["import", &file("p.csv", PEOPLE), "--list", "Seed letter", "--consent", "Ticked a paper form"]);
        house.ask(&["campaign", "send", &file("l.toml", LETTER), "--wait", "--timeout", "60"]);
        let case =
            ["incident", "open", "Somebody unknown signed in", "--loss", "confidentiality", "--severity", "high"];
        let case = house.ask(&case)["id"].as_str().expect("a case").to_owned();
        house.ask(&["incident", "note", &case, &"Wörter ".repeat(60), "--category", "detection"]);
        house.ask(&["incident", "take", &case, "key-leak"]);
        house.ask(&[
            "incident",
            "file",
            "put",
            &case,
            &file("letter.txt", "Pay, or else."),
            "--from",
            "A mail to the office",
        ]);
        house.ask(&["duties", "address", &case, &format!("Postbox, security desk {}", "Wörter ".repeat(20))]);
        let secret = file("secret.txt", "a client secret");
        let provider = ["sso", "set", "--off", "--name", "Larkfield ID", "--issuer", "https://id.larkfield.example"];
        let groups = ["--groups-claim", "groups", "--map", "letters=marketer", "--newcomers", "create"];
        house.ask(&[&provider[..], &["--client-id", "waxwing", "--secret-file", &secret], &groups].concat());
        let key = house.ask(&["api-key", "create", "Tests", "--scope", "read,write,import,export,send,admin"]);
        let serving = house.serve();
        let program = Browser::new(serving.address).expect("loopback").with_key(key["key"].as_str().expect("a key"));
        let mut furnished = Self { house, serving, status: String::new(), mailboxes, program };
        furnished.furnish().await;
        furnished
    }

    async fn post(&mut self, path: &str, body: Value) -> Value {
        let answer = self.program.api(Method::POST, path, Some(&body)).await.expect("answers");
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
        answer.json()
    }

    /// What a program reads.
    pub async fn ask(&mut self, method: Method, path: &str) -> Value {
        self.program.api(method, path, None).await.expect("answers").json()
    }

    async fn furnish(&mut self) {
        let asked = "/api/v1/blast/frozen?who=anyone&from=2020-01-01&until=2029-12-31";
        let answer = self.post(asked, Value::Null).await["id"].as_str().expect("a number").to_owned();
        self.told(&answer).await;
        self.alarmed().await;
        self.unfinished().await;
        let long = format!("{} {}", "A".repeat(60), "Wörter".repeat(9));
        let list = self.post("/api/v1/lists", json!({ "name": &long[..100] })).await["id"].clone();
        let content = json!({ "format": "markdown", "body": "Hello" });
        let campaign = json!({ "name": &long[..100], "lists": [list], "subject": long, "content": content });
        self.post("/api/v1/campaigns", campaign).await;
        self.post("/api/v1/templates", json!({ "name": &long[..80], "content": content })).await;
        let address = format!("{}@{}.example", "a".repeat(60), "b".repeat(60));
        let fields = json!({ "first_name": "Wörter".repeat(20), "last_name": "A".repeat(120) });
        let person = json!({ "email": address, "fields": fields, "lists": [list], "consent": long });
        self.post("/api/v1/subscribers", person).await;
        let told = json!({ "name": &long[..60], "url": "https://hooks.example/in", "kinds": ["unsubscribed"] });
        self.post("/api/v1/webhooks", told).await;
        let gone = self.post("/api/v1/subscribers", json!({ "email": "gone@postbox.example" })).await["id"].clone();
        self.post(&format!("/api/v1/subscribers/{gone}/erase"), json!({})).await;
        let bytes = (0..POINT.len()).step_by(2).map(|at| u8::from_str_radix(&POINT[at..at + 2], 16).expect("hex"));
        let kept = self.program.upload("/api/v1/media?name=point.png", "image/png", bytes.collect()).await;
        assert!(kept.expect("answers").status.is_success());
        self.given_away().await;
    }

    /// An export with somebody made up in it, who comes back.
    async fn given_away(&mut self) {
        let domain = json!({ "name": "hollybrook-mail.example", "names": "de" });
        self.post("/api/v1/canaries/domains", domain).await;
        let list = self.list("Seed letter").await;
        let path = format!("/api/v1/lists/{}/export?purpose=Audit", list.as_str().expect("an id"));
        let file = self.program.api(Method::POST, &path, Some(&json!({}))).await.expect("answers").body;
        let made_up = file
            .lines()
            .filter_map(|line| line.split(',').next())
            .find(|cell| cell.ends_with("hollybrook-mail.example"));
        let copy = json!({ "email": made_up.expect("somebody made up"), "consent": "Bought" });
        self.post("/api/v1/subscribers", copy).await;
    }

    /// A notice to people, a public page, and somebody who asks for help there.
    async fn told(&mut self, answer: &str) {
        let case = self.house.ask(&["incident", "list"])["cases"][0]["id"].as_str().expect("a case").to_owned();
        self.house.ask(&["notice", "new", &case, "--answer", answer]);
        self.house.ask(&["incident", "teach", &case, &"Look at the address bar before you type. ".repeat(9)]);
        self.house.ask(&["incident", "assign", &case, "everybody"]);
        let made = self.house.ask(&[
            "status",
            "make",
            &case,
            STATUS,
            "Some entries of our address book were copied",
            "--answer",
            answer,
        ]);
        self.house.ask(&["status", "update", &case, "What we know", &"We closed the way in. ".repeat(20)]);
        let mut visitor = Browser::new(self.serving.address).expect("loopback");
        self.status = path_of(made["address"].as_str().expect("an address"));
        let page = self.status.clone();
        let words = "What should I do? ".repeat(30);
        // Shown long ago, so that it does not look like a program's.
        let fields = [("from", "ada.alder@postbox.example"), ("message", words.as_str()), ("shown", "0")];
        visitor.submit(&page, &format!("{page}/write"), &fields).await.expect("answers");
    }

    /// A program asks for an export that needs a second person.
    pub async fn request(&mut self) {
        self.house.ask(&["approvals", "policy", "--exports", "yes", "--sends-over", "1000"]);
        let lists = self.program.api(Method::GET, "/api/v1/lists", None).await.expect("answers").json();
        let list = lists["items"][0]["id"].as_str().expect("a list").to_owned();
        let path = format!("/api/v1/lists/{list}/export?purpose={}", "A+yearly+audit".repeat(12));
        let answer = self.post(&path, json!({})).await;
        assert!(answer["approval"].is_string(), "{answer}");
    }

    /// A campaign that goes on for as long as the test: its only mailbox puts it off.
    async fn unfinished(&mut self) {
        let list = self.post("/api/v1/lists", json!({ "name": "Put off" })).await["id"].clone();
        let person = json!({ "email": "later1@mailhaus.example", "lists": [list], "consent": "Said so" });
        self.post("/api/v1/subscribers", person).await;
        let campaign = json!({
            "name": "Put off", "lists": [list], "from_name": "Larkfield", "from": "letters@larkfield.example",
            "reply_to": "", "subject": "Put off", "content": { "format": "markdown", "body": "Hello" },
        });
        let id = self.post("/api/v1/campaigns", campaign).await["id"].as_str().expect("an id").to_owned();
        self.post(&format!("/api/v1/campaigns/{id}/send"), json!({})).await;
    }

    async fn list(&mut self, name: &str) -> Value {
        let lists = self.program.api(Method::GET, "/api/v1/lists", None).await.expect("answers").json();
        let items = lists["items"].as_array().expect("lists");
        items.iter().find(|list| list["name"] == name).expect("the list")["id"].clone()
    }

    /// A campaign to a list of which most addresses do not exist: the detector stops it and says so.
    async fn alarmed(&mut self) {
        let list = self.list("Bought").await;
        let campaign = json!({
            "name": "To a bought list", "lists": [list], "from_name": "Larkfield", "from": "letters@larkfield.example",
            "reply_to": "", "subject": "Hello", "content": { "format": "markdown", "body": "Hello" },
        });
        let id = self.post("/api/v1/campaigns", campaign).await["id"].as_str().expect("an id").to_owned();
        self.post(&format!("/api/v1/campaigns/{id}/send"), json!({})).await;
        for _ in 0..300 {
            let alerts = self.program.api(Method::GET, "/api/v1/alerts", None).await.expect("answers").json();
            if alerts["items"].as_array().is_some_and(|items| !items.is_empty()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("nobody noticed the bought list");
    }

    /// The page of the erased person's certificate: nothing links to it once it was shown.
    pub async fn certificate(&mut self) -> String {
        for number in 1..40 {
            let path = format!("/api/v1/erasures/{number}");
            if self.program.api(Method::GET, &path, None).await.expect("answers").status.is_success() {
                return format!("/audience/erasures/{number}");
            }
        }
        panic!("nobody was erased");
    }

    /// The way to a new password, as the command line gives it.
    pub fn reset_link(&self, owner: &str) -> String {
        path_of(self.house.ask(&["account", "link", owner])["link"].as_str().expect("a link"))
    }

    /// The links of a way back: to a new password, and the one in the person's mail that stops it.
    pub async fn recovery_links(&self, owner: &str) -> (String, String) {
        let back = path_of(self.house.ask(&["account", "recover", owner])["link"].as_str().expect("a link"));
        for _ in 0..200 {
            let mail = self.mailboxes.captured().newest_to(owner);
            if let Some(stop) = mail.and_then(|mail| mime::first_link_containing(&mail.raw, "/recovery/stop/")) {
                return (back, path_of(&stop));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the mail that tells of a way back did not come");
    }

    /// The link that a person unsubscribes by, from the mail they got.
    pub fn unsubscribe_link(&self) -> String {
        let mail = self.mailboxes.captured().newest_to("ada.alder@postbox.example").expect("she got it");
        let links = mime::list_unsubscribe(&mail.raw);
        path_of(links.iter().find(|link| link.starts_with("http")).expect("a link"))
    }

    /// Somebody signs up by the form at `slug`; gives the link to confirm by.
    pub async fn confirm_link(&mut self, slug: &str) -> String {
        self.post(&format!("/api/v1/forms/{slug}/signup"), json!({ "email": NEWCOMER })).await;
        for _ in 0..200 {
            if let Some(mail) = self.mailboxes.captured().newest_to(NEWCOMER) {
                return path_of(&mime::first_link_containing(&mail.raw, "/confirm/").expect("a link"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the mail to confirm by did not come");
    }

    /// A form for the list of the first import, open to visitors; gives the last part of its address.
    pub async fn form(&mut self) -> String {
        let list = self.list("Seed letter").await;
        let form = self.post("/api/v1/forms", json!({ "list": list })).await;
        form["slug"].as_str().expect("a slug").to_owned()
    }
}

/// What stands after the host of an address.
pub fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..]).to_owned()
}
