//! Chromium by way of ChromeDriver (W3C WebDriver), as far as these tests need it.

use http::Method;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _, stderr};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use waxwing_demo::browser::Browser;

/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How WebDriver names an element in its answers (W3C WebDriver §12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A window.
pub struct Window {
    driver: Child,
    address: SocketAddr,
    http: Browser,
    session: String,
    _profile: TempDir,
}

/// Both programs, or a word why the test is skipped.
fn programs() -> Option<(PathBuf, PathBuf)> {
    let of = |name: &str, places: &[&str]| {
        let given = std::env::var_os(name).map(PathBuf::from);
        given.or_else(|| places.iter().map(PathBuf::from).find(|path| path.exists()))
    };
    let chromium = of("WAXWING_CHROMIUM", &["/usr/bin/chromium", "/usr/bin/google-chrome"]);
    let driver = of("WAXWING_CHROMEDRIVER", &["/usr/bin/chromedriver"]);
    let both = chromium.zip(driver);
    let required = std::env::var("WAXWING_REQUIRE_ORACLES").is_ok_and(|v| v == "1");
    assert!(both.is_some() || !required, "Chromium and chromedriver are required and missing");
    if both.is_none() {
        let _shown = writeln!(stderr(), "SKIPPED: Chromium and chromedriver are not installed");
    }
    both
}

impl Window {
    /// Opens a window of `width` by 900; `None` where there is no Chromium.
    pub async fn open(width: u32) -> Option<Self> {
        let (chromium, driver) = programs()?;
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(driver.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let port =
            lines.find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok());
        std::thread::spawn(move || lines.count());
        let address = SocketAddr::from(([127, 0, 0, 1], port.expect("it says its port")));
        // A key keeps the browser from sending an Origin, which the driver would refuse.
        let http = Browser::new(address).expect("loopback").with_key("none");
        let profile = tempfile::tempdir().expect("a directory");
        let mut window = Self { driver, address, http, session: String::new(), _profile: profile };
        let options = window.options(&chromium, width);
        let answer =
            window.http.api(Method::POST, "/session", Some(&options)).await.expect("chromedriver answers").json();
        window.session = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        Some(window)
    }

    fn options(&self, chromium: &std::path::Path, width: u32) -> Value {
        let profile = format!("--user-data-dir={}", self._profile.path().display());
        let size = format!("--window-size={width},900");
        let args = json!([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            size,
            profile,
        ]);
        let chrome = json!({ "binary": chromium, "args": args });
        json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": chrome } } })
    }

    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Value> {
        let path = format!("/session/{}{path}", self.session);
        let answer = self.http.api(method, &path, body.as_ref()).await.expect("chromedriver answers");
        let value = answer.json()["value"].take();
        if answer.status.is_success() { Ok(value) } else { Err(value) }
    }

    async fn post(&mut self, path: &str, body: Value) -> Value {
        self.ask(Method::POST, path, Some(body)).await.unwrap_or_else(|error| panic!("{path}: {}", error["message"]))
    }

    /// Goes to an address.
    pub async fn go(&mut self, url: &str) {
        self.post("/url", json!({ "url": url })).await;
    }

    /// The address shown.
    pub async fn url(&mut self) -> String {
        let url = self.ask(Method::GET, "/url", None).await.expect("a page");
        url.as_str().unwrap_or_default().to_owned()
    }

    /// The first element that an XPath finds, waited for.
    async fn find(&mut self, xpath: &str) -> String {
        self.find_within(xpath, PATIENCE).await
    }

    async fn find_within(&mut self, xpath: &str, patience: Duration) -> String {
        let begun = Instant::now();
        loop {
            let query = json!({ "using": "xpath", "value": xpath });
            if let Ok(found) = self.ask(Method::POST, "/element", Some(query)).await {
                return found[ELEMENT].as_str().expect("an element").to_owned();
            }
            assert!(
                begun.elapsed() < patience,
                "{xpath} was not found at {}:\n{}",
                self.url().await,
                self.text().await
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Presses a button or link by its words.
    pub async fn press(&mut self, words: &str) {
        let xpath = format!("(//button|//a|//summary)[contains(normalize-space(.), {})]", quoted(words));
        self.press_at(&xpath).await;
    }

    /// Presses what an XPath finds.
    pub async fn press_at(&mut self, xpath: &str) {
        self.until_done(xpath, "click", json!({})).await;
    }

    /// Does something with what an XPath finds, once the page lets it: it may still be moving, or about to be replaced.
    async fn until_done(&mut self, xpath: &str, what: &str, with: Value) -> String {
        let begun = Instant::now();
        loop {
            let element = self.find(xpath).await;
            match self.ask(Method::POST, &format!("/element/{element}/{what}"), Some(with.clone())).await {
                Ok(_) => return element,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{what} of {xpath} at {}: {error}", self.url().await),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until this address is shown: an answer that redirects is under way when a press returns.
    pub async fn arrives(&mut self, url: &str) {
        let begun = Instant::now();
        while self.url().await != url {
            assert!(begun.elapsed() < PATIENCE, "{url} was not reached; shown is {}", self.url().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Types into the field of this name, over what stands there.
    pub async fn fill(&mut self, name: &str, text: &str) {
        self.type_at(&format!("//*[@name={}]", quoted(name)), text).await;
    }

    /// Types into what an XPath finds.
    pub async fn type_at(&mut self, xpath: &str, text: &str) {
        let element = self.until_done(xpath, "clear", json!({})).await;
        self.post(&format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// The visible words of what an XPath finds.
    pub async fn text_at(&mut self, xpath: &str) -> String {
        let element = self.find(xpath).await;
        let text = self.ask(Method::GET, &format!("/element/{element}/text"), None).await.expect("an element");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Gives a file to the field of this name.
    pub async fn attach(&mut self, name: &str, file: &std::path::Path) {
        let element = self.find(&format!("//input[@name={}]", quoted(name))).await;
        self.post(&format!("/element/{element}/value"), json!({ "text": file.display().to_string() })).await;
    }

    /// Waits until the page shows these words.
    pub async fn sees(&mut self, words: &str) {
        self.find(&format!("//body//*[contains(normalize-space(.), {})]", quoted(words))).await;
    }

    /// The same, for work that takes longer than a page.
    pub async fn sees_within(&mut self, words: &str, patience: Duration) {
        self.find_within(&format!("//body//*[contains(normalize-space(.), {})]", quoted(words)), patience).await;
    }

    /// The visible words of the page.
    pub async fn text(&mut self) -> String {
        let text = self.post("/execute/sync", json!({ "script": "return document.body.innerText", "args": [] })).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What axe-core finds wrong on the page (WCAG 2.2 A and AA), a line each; nothing where axe is not installed.
    pub async fn accessibility(&mut self) -> Vec<String> {
        let Some(source) = std::env::var_os("WAXWING_AXE").and_then(|path| std::fs::read_to_string(path).ok()) else {
            let _shown = writeln!(stderr(), "SKIPPED: axe-core is not installed; cargo xtask test does that");
            return Vec::new();
        };
        let present = self.post("/execute/sync", json!({ "script": "return !!window.axe", "args": [] })).await;
        if present != true {
            self.post("/execute/sync", json!({ "script": source, "args": [] })).await;
        }
        let script = "const done = arguments[arguments.length - 1];
             axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(
               r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))),
               e => done(['axe failed: ' + e]));";
        let found = self.post("/execute/async", json!({ "script": script, "args": [] })).await;
        found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Makes the page appear in a window of `width` CSS pixels to a person who prefers `scheme`, `light` or `dark`.
    pub async fn appears(&mut self, width: u32, scheme: &str) {
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.chromium("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.chromium("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Gives the browser a device for passkeys that says yes for its person (W3C WebAuthn §11).
    pub async fn with_authenticator(&mut self) {
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "isUserConsenting": true,
        });
        self.post("/webauthn/authenticator", device).await;
    }

    /// Presses a button by its words, unless the browser has gone on to `url` by itself meanwhile.
    pub async fn press_unless_gone(&mut self, words: &str, url: &str) {
        let xpath = format!("//button[contains(normalize-space(.), {})]", quoted(words));
        let begun = Instant::now();
        while self.url().await != url {
            let query = json!({ "using": "xpath", "value": xpath });
            if let Ok(found) = self.ask(Method::POST, "/element", Some(query)).await {
                let element = found[ELEMENT].as_str().unwrap_or_default().to_owned();
                if self.ask(Method::POST, &format!("/element/{element}/click"), Some(json!({}))).await.is_ok() {
                    return;
                }
            }
            assert!(begun.elapsed() < PATIENCE, "neither {words} nor {url}: {}", self.text().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Keeps what is downloaded in a folder.
    pub async fn saves_to(&mut self, folder: &std::path::Path) {
        let behaviour = json!({ "behavior": "allow", "downloadPath": folder });
        self.chromium("Browser.setDownloadBehavior", behaviour).await;
    }

    /// Signs out as a browser does that is reset.
    pub async fn forget_cookies(&mut self) {
        self.chromium("Network.clearBrowserCookies", json!({})).await;
    }

    /// A command of the Chrome DevTools Protocol.
    async fn chromium(&mut self, command: &str, params: Value) {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": params })).await;
    }

    /// What is wrong with the page as it appears: it is not accessible, or wider than its window.
    pub async fn faults(&mut self) -> Vec<String> {
        let url = self.url().await;
        let looks = "(innerWidth + ' ' + (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'))";
        let over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let script = format!("return [{looks}, {over}]");
        let seen = self.post("/execute/sync", json!({ "script": script, "args": [] })).await;
        let place = format!("{url} at {}", seen[0].as_str().unwrap_or_default());
        let found = self.accessibility().await;
        let mut faults: Vec<String> = found.iter().map(|fault| format!("{place}: {fault}")).collect();
        if seen[1].as_i64().is_none_or(|over| over > 1) {
            faults.push(format!("{place}: {} pixels wider than its window", seen[1]));
        }
        faults
    }

    /// Fails when the page has faults.
    pub async fn is_sound(&mut self) {
        assert_eq!(self.faults().await, Vec::<String>::new());
    }
}

/// An XPath string; the words of these tests hold no double quote.
fn quoted(words: &str) -> String {
    format!("\"{words}\"")
}

impl Window {
    /// By hand, because dropping cannot wait for a future.
    fn close_session(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request =
            format!("DELETE /session/{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.session, self.address);
        stream.write_all(request.as_bytes())?;
        stream.read(&mut [0; 512]).map(drop)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The driver closes its browser when the session ends; killed first, it would leave it behind.
        let closed = self.close_session();
        let _ended = self.driver.kill();
        let _ended = self.driver.wait();
        if let (Err(error), false) = (closed, std::thread::panicking()) {
            panic!("the browser could not be closed: {error}");
        }
    }
}
