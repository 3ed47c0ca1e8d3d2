//! A workspace whose webhooks reach a scripted receiver on this machine.

use crate::testing::Orchard;
use crate::webhooks::{self, Delivery, Made, State, Wish, add, deliver};
use crate::{App, lists};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use waxwing_domain::{Ctx, EventKind, WebhookId};
use waxwing_egress::{Caps, Config, Egress, Exceptions};
use waxwing_store::{Event, args, statement};
use waxwing_testkit::store::TestStore;

statement! { GATE, "UPDATE gate SET level = $2, epoch = epoch + 1 WHERE workspace_id = $1" }

/// What a receiver does.
#[derive(Clone, Copy)]
pub enum Reply {
    /// Answers with this status and 2,000 bytes.
    Status(u16),
    /// Says nothing and keeps the line.
    Hangs,
    /// Says something that is no HTTP.
    Garbage,
}

/// A request as the receiver got it.
#[derive(Clone)]
pub struct Heard {
    pub line: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
    /// The same with another body.
    pub fn tampered(&self) -> Self {
        Self { body: [&self.body[..], b" "].concat(), ..self.clone() }
    }
}

pub struct Receiver {
    pub port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
    reply: Arc<Mutex<Reply>>,
    task: JoinHandle<()>,
}

impl Receiver {
    async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (heard, reply) = (Arc::<Mutex<Vec<Heard>>>::default(), Arc::new(Mutex::new(reply)));
        let task = tokio::spawn(serve(listener, Arc::clone(&heard), Arc::clone(&reply)));
        Self { port, heard, reply, task }
    }
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("whole").clone()
    }
    pub fn replies(&self, reply: Reply) {
        *self.reply.lock().expect("whole") = reply;
    }
    pub async fn wait_for(&self, count: usize) {
        while self.heard().len() < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, heard: Arc<Mutex<Vec<Heard>>>, reply: Arc<Mutex<Reply>>) {
    while let Ok((mut line, _)) = listener.accept().await {
        let (heard, reply) = (Arc::clone(&heard), *reply.lock().expect("whole"));
        tokio::spawn(async move {
            let request = read(&mut line).await;
            heard.lock().expect("whole").push(request);
            let answer = match reply {
                Reply::Status(204) => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
                Reply::Status(code) => {
                    format!("HTTP/1.1 {code} X\r\ncontent-length: 2000\r\n\r\n{}", "<b>".repeat(700))
                }
                Reply::Garbage => "hello\r\n".to_owned(),
                Reply::Hangs => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    String::new()
                }
            };
            // A client that took its excerpt and left is no failure of the test.
            let _ = line.write_all(answer.as_bytes()).await;
        });
    }
}

async fn read(line: &mut TcpStream) -> Heard {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(line.read_u8().await.expect("a whole head"));
    }
    let head = String::from_utf8(head).expect("ASCII");
    let mut lines = head.trim_end().split("\r\n");
    let first = lines.next().expect("a request line").to_owned();
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(pair).collect();
    let mut heard = Heard { line: first, headers, body: Vec::new() };
    heard.body = vec![0; heard.header("content-length").parse().expect("a length")];
    line.read_exact(&mut heard.body).await.expect("a whole body");
    heard
}

pub struct Scene {
    pub app: App,
    pub orchard: Orchard,
    pub receiver: Receiver,
}

impl Scene {
    pub async fn new(t: &TestStore, reply: Reply) -> Self {
        let exceptions = Exceptions { plain_loopback: true, ..Exceptions::default() };
        Self::with(t, reply, Config { exceptions, ..Config::default() }).await
    }

    pub async fn with(t: &TestStore, reply: Reply, config: Config) -> Self {
        let orchard = Orchard::new(t, &["ann@example.org", "bob@example.org"]).await;
        let caps = Caps { connect: Duration::from_secs(3), total: Duration::from_secs(3), ..config.caps };
        let egress = Egress::new(Config { caps, ..config }).expect("a client");
        let app = App::with_egress(t.store.clone(), orchard.app.config().clone(), t.workspace, egress);
        Self { app, orchard, receiver: Receiver::start(reply).await }
    }

    pub fn ctx(&self) -> Ctx {
        self.orchard.ctx.clone()
    }

    pub fn event(&self, kind: EventKind) -> Event {
        let ctx = &self.orchard.ctx;
        Event::of(ctx.new_id(), ctx.now(), kind, self.orchard.people[0])
    }

    pub async fn add(&self, wish: &Wish) -> Made {
        let ctx = self.ctx();
        let mut tx = self.app.begin(&ctx, "test").await.expect("begins");
        let made = add(&self.app, &mut tx, &ctx, wish).await.expect("added");
        tx.commit().await.expect("commits");
        made
    }

    pub async fn unsubscribe(&self, person: usize) {
        let ctx = self.ctx();
        let mut tx = self.app.begin(&ctx, "test").await.expect("begins");
        let (list, person) = (self.orchard.list, self.orchard.people[person]);
        lists::unsubscribe(&self.app, &mut tx, &ctx, Some(list), person).await.expect("leaves");
        tx.commit().await.expect("commits");
    }

    /// One batch, as the job sends it.
    pub async fn drain(&self, id: WebhookId) -> usize {
        deliver::batch(&self.app, &self.ctx(), None, id).await.expect("a batch")
    }

    pub async fn log(&self, id: WebhookId) -> Vec<Delivery> {
        let ctx = self.ctx();
        let mut tx = self.app.read(&ctx, "test").await.expect("reads");
        webhooks::log(&self.app, &mut tx, &ctx, id, None, 100).await.expect("reads")
    }

    pub async fn state(&self, id: WebhookId) -> State {
        let ctx = self.ctx();
        let mut tx = self.app.read(&ctx, "test").await.expect("reads");
        webhooks::by_id(&mut tx, &ctx, id).await.expect("reads").state
    }

    pub async fn gate(&self, level: &str) {
        let mut tx = self.app.begin(&self.ctx(), "test").await.expect("begins");
        tx.exec(&GATE, args![level]).await.expect("set");
        tx.commit().await.expect("commits");
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
}

/// A webhook to the scene's receiver that hears of unsubscribes.
pub fn wish(scene: &Scene, path: &str) -> Wish {
    Wish {
        name: "Shop".into(),
        url: format!("http://127.0.0.1:{}{path}", scene.receiver.port),
        kinds: vec!["unsubscribed".into()],
        ..Wish::default()
    }
}

/// The Standard Webhooks check in another language's standard library; constant text, no template.
const CHECK: &str = "
import base64, hashlib, hmac, sys
identity, seconds, signatures, secret = sys.argv[1:5]
body = sys.stdin.buffer.read()
key = base64.b64decode(secret.removeprefix('whsec_'))
signed = identity.encode() + b'.' + seconds.encode() + b'.' + body
right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
given = [part.split(',', 1)[1] for part in signatures.split(' ') if part.startswith('v1,')]
sys.exit(0 if any(hmac.compare_digest(right, one) for one in given) else 1)
";

/// Whether Python, too, finds the signature right.
pub fn verified_by_python(heard: &Heard, secret: &str) -> bool {
    let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| heard.header(name));
    let mut python = Command::new("python3")
        .args(["-c", CHECK])
        .args(headers)
        .arg(secret)
        .stdin(Stdio::piped())
        .spawn()
        .expect("python3 is here: the signatures need an independent eye");
    python.stdin.take().expect("a pipe").write_all(&heard.body).expect("writes");
    python.wait().expect("ends").success()
}
