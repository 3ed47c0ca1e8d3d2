//! An officer on the worst day: from an alert to contained, with who was touched, a draft and the evidence.
//!
//! Promise: the whole workspace is contained, by a person who has to prove themselves for it; at most twelve clicks and
//! two minutes, each result looked at. Limit: what a person reads and decides in
//! between takes as long as it takes; the seconds are those of the product and the browser.

use super::driver::Window;
use super::furnished::{Furnished, path_of};
use crate::journey::house::last_json;
use http::Method;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use waxwing_testkit::neighbour::ID;
use waxwing_testkit::stall::Outside;

const PASSWORD: &str = "orchard-lantern-vexing-plum";
const MOST_CLICKS: usize = 12;
const LONGEST: Duration = Duration::from_secs(120);

/// A window whose clicks are counted.
struct Officer {
    window: Window,
    clicks: usize,
}

impl Officer {
    async fn click(&mut self, xpath: &str) {
        self.clicks += 1;
        self.window.press_at(xpath).await;
    }
    async fn button(&mut self, words: &str) {
        self.click(&format!("//main//*[self::button or self::a][contains(normalize-space(.), \"{words}\")]")).await;
    }
    async fn tab(&mut self, words: &str) {
        self.click(&format!("//nav[@aria-label='Case']/a[normalize-space(.)=\"{words}\"]")).await;
    }
}

/// The one file that ends so, once it is whole.
async fn saved(folder: &Path, ending: &str) -> PathBuf {
    let begun = Instant::now();
    loop {
        let files = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        if let Some(file) = files.into_iter().find(|path| path.to_string_lossy().ends_with(ending)) {
            return file;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing that ends in {ending} was saved");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_alert_to_contained_with_radius_draft_and_evidence_in_twelve_clicks() {
    let Some(window) = Window::open(1_280).await else { return };
    let mut furnished = Furnished::new().await;
    let root = format!("http://{}", furnished.serving.address);
    let downloads = tempfile::tempdir().expect("a folder");
    let mut officer = Officer { window, clicks: 0 };
    let welcome = path_of(furnished.house.founded["link"].as_str().expect("a link"));
    officer.window.go(&format!("{root}{welcome}")).await;
    officer.window.fill("password", PASSWORD).await;
    officer.window.fill("repeat", PASSWORD).await;
    officer.window.press_at("//main//button[contains(@class, 'primary')]").await;
    officer.window.sees("Larkfield").await;
    officer.window.saves_to(downloads.path()).await;
    let alerts = furnished.alerts().await;
    officer.window.go(&format!("{root}/security/alerts/{alerts}")).await;

    // Signed in a while ago: containing asks for a proof.
    let mut outside = Outside::open(&furnished.house.stored()).await;
    outside.run(&format!("UPDATE sessions SET proved_at = 1 WHERE workspace_id <> {ID}")).await;

    let begun = Instant::now();
    contain(&mut officer).await;
    let refused = furnished.ask(Method::GET, "/api/v1/subscribers").await;
    assert_eq!(refused["status"], 401, "the key that read people is worth nothing now: {refused}");
    touched(&mut officer).await;
    let draft = draft(&mut officer, downloads.path()).await;
    let evidence = evidence(&mut officer, downloads.path()).await;
    let took = begun.elapsed();

    let said = format!("alert to evidence: {} clicks, {:.1} seconds", officer.clicks, took.as_secs_f64());
    let _shown = writeln!(stderr(), "{said}");
    assert!(officer.clicks <= MOST_CLICKS && took < LONGEST, "{said}");
    assert!(draft.contains("Number of people: about"), "{draft}");
    verified(&furnished, &evidence);
    assert!(furnished.serving.end());
}

/// From the alert to the case of the contained workspace. The form is filled in with the key that the alert names; the
/// officer wants more. The proof carries the form along.
async fn contain(officer: &mut Officer) {
    officer.button("Contain it").await;
    officer.window.sees("first sign of the alert").await;
    officer.click("//select[@name='scope']/option[@value='workspace']").await;
    officer.button("Contain it now").await;
    officer.window.fill("proof_password", PASSWORD).await;
    officer.click("//form[.//input[@name='proof_password']]//button[not(@type='button')]").await;
    officer.window.sees("nothing from before was honoured any more").await;
    officer.window.sees("The workspace").await;
    officer.window.sees("This workspace is contained").await;
    officer.window.is_sound().await;
}

/// Who was touched, and since when it is known.
async fn touched(officer: &mut Officer) {
    officer.button("Find out and freeze it").await;
    officer.window.sees_within("The duties have these numbers now", Duration::from_secs(30)).await;
    officer.button("Confirm the breach").await;
    officer.window.sees("The clocks run from the time you named").await;
    officer.window.is_sound().await;
}

/// The first notification to the authority, with the true number in it.
async fn draft(officer: &mut Officer, folder: &Path) -> String {
    officer.tab("Duties").await;
    officer.window.sees("What is asked").await;
    officer.click("//button[starts-with(@aria-label, 'Download: Notification to the supervisory authority')]").await;
    let file = saved(folder, ".txt").await;
    std::fs::read_to_string(file).expect("a draft")
}

/// One archive.
async fn evidence(officer: &mut Officer, folder: &Path) -> PathBuf {
    officer.window.is_sound().await;
    officer.tab_from_duties().await;
    officer.window.sees("In whose hands it was").await;
    officer.button("Take the evidence out").await;
    saved(folder, ".tar").await
}

impl Officer {
    /// From the duties back to the case, and on to its evidence.
    async fn tab_from_duties(&mut self) {
        self.click("//main//a[contains(@href, '/evidence')]").await;
    }
}

/// With nothing but the archive, and not with one byte changed.
fn verified(furnished: &Furnished, evidence: &Path) {
    let verify = |path: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_waxwing"));
        command.args(["record", "verify"]).arg(path).arg("--json").output().expect("the binary starts")
    };
    let whole = verify(evidence);
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    assert_eq!(last_json(&whole)["whole"], true);
    let mut bytes = std::fs::read(evidence).expect("reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let other = furnished.house.dir.path().join("changed.tar");
    std::fs::write(&other, bytes).expect("writes");
    assert!(!verify(&other).status.success(), "a changed byte was not seen");
}

impl Furnished {
    /// The newest alert, after the key that it comes from has read people too.
    async fn alerts(&mut self) -> String {
        let read = self.ask(Method::GET, "/api/v1/subscribers").await;
        assert!(read["items"].as_array().is_some_and(|people| people.len() > 3), "{read}");
        let alerts = self.ask(Method::GET, "/api/v1/alerts").await;
        alerts["items"][0]["id"].as_str().expect("an alert").to_owned()
    }
}
