//! Every page of the interface, on a telephone and on a desk, in light and in dark.
//!
//! Promise: pages are taken from the list of routes, so a page that is not visited fails here.
//! Addresses with ids in them are found by following the interface's own links, so a page that
//! cannot be reached fails too. Limit: one house, one page of each kind.

use super::driver::Window;
use super::furnished::{Furnished, path_of};
use crate::journey::house::OWNER;
use http::Method;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};
use waxwing_crypto::totp::TotpSeed;
use waxwing_demo::browser::Browser;
use waxwing_domain::Micros;
use waxwing_http::{Kind, RouteInfo};
use waxwing_testkit::second_factor::code;

const PASSWORD: &str = "orchard-lantern-vexing-plum";
/// Widths in CSS pixels and colour schemes.
const LOOKS: [(u32, &str); 4] = [(1_280, "light"), (1_280, "dark"), (390, "dark"), (390, "light")];

/// What GET gives without being a page of its own, each with the reason.
const NO_PAGES: &[(&str, &str)] = &[
    ("/account/prove", "shown only to a session that was stepped up; everybody else is led on"),
    ("/account/enrol", "shown only to who has less than the workspace asks for; the passkey test looks at it"),
    ("/audience/import/{id}/progress", "a part of the import's page"),
    ("/audience/import/{id}/rejects", "a file to save"),
    ("/campaigns/{id}/progress", "a part of the campaign's page"),
    ("/campaigns/preview/{token}", "a customer's HTML in its box"),
    ("/campaigns/templates/preview/{token}", "a customer's HTML in its box"),
    ("/security/containment/{id}/snapshot", "a file to save"),
    ("/security/entries/{index}/proof", "a file to save"),
    ("/security/log/checkpoint", "a file to save"),
    ("/security/record/export", "a file to save"),
    ("/reports/campaigns/{id}/providers", "a part of the report's page"),
    ("/reports/campaigns/{id}/live", "a part of the report's page"),
    ("/settings/fields", "leads to the fields"),
    ("/sign-in/sso/callback", "where an identity provider sends people back to"),
    ("/status/{slug}/feed", "a feed for programs"),
];

/// What was looked at, and what was wrong there.
#[derive(Default)]
struct Seen {
    paths: BTreeSet<String>,
    faults: Vec<String>,
}

/// The pages of one kind, as the router lists them.
fn pages(kind: Kind) -> Vec<RouteInfo> {
    let routes = waxwing_breach::routes().finish().infos;
    for (path, reason) in NO_PAGES {
        assert!(!reason.is_empty() && routes.iter().any(|r| r.path == *path), "{path} is listed and does not exist");
    }
    let page = |r: &RouteInfo| r.kind == kind && r.method == Method::GET;
    routes.into_iter().filter(|r| page(r) && NO_PAGES.iter().all(|(path, _)| *path != r.path)).collect()
}

/// Whether `path` is an address of `pattern`.
fn fits(pattern: &str, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    pattern.split('/').count() == path.split('/').count()
        && pattern.split('/').zip(path.split('/')).all(
            |(want, is)| {
                if want.starts_with('{') { !is.is_empty() } else { want == is }
            },
        )
}

/// The route of `path`: one without parameters goes before one with.
fn route_of<'r>(routes: &'r [RouteInfo], path: &str) -> Option<&'r str> {
    let fitting = routes.iter().map(|route| route.path.as_str()).filter(|pattern| fits(pattern, path));
    fitting.min_by_key(|pattern| pattern.matches('{').count())
}

/// Pages of one route that are read for links: what one person or campaign has, another may lack.
const READ: usize = 3;

/// An address of every page that links lead to, by route.
async fn discover(browser: &mut Browser, routes: &[RouteInfo]) -> BTreeMap<String, String> {
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut waiting: VecDeque<String> = VecDeque::from(["/".to_owned(), "/account".to_owned()]);
    while let Some(path) = waiting.pop_front() {
        let Some(route) = route_of(routes, &path) else { continue };
        let read = known.entry(route.to_owned()).or_default();
        if read.len() == READ || read.contains(&path) {
            continue;
        }
        read.push(path.clone());
        let page = browser.open(&path).await.expect("answers");
        assert!(page.status.is_success(), "{path}: {}", page.status);
        let links = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        waiting.extend(links.filter(|link| link.starts_with('/')).map(|link| link.replace("&amp;", "&")));
    }
    known.into_iter().map(|(route, mut paths)| (route, paths.swap_remove(0))).collect()
}

/// Publishes two lines of the trust page; gives its address.
async fn published(owner: &mut Browser) -> String {
    let lines = [("statement", "record"), ("statement", "sealed")];
    owner.submit("/security/trust", "/security/trust", &lines).await.expect("answers");
    let page = owner.open("/security/trust").await.expect("answers").body;
    let rest = page.split("href=\"/trust/").nth(1).expect("a way to the page");
    format!("/trust/{}", rest.split('"').next().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_sound_at_every_width_in_light_and_dark() {
    let Some(mut window) = Window::open(1_280).await else { return };
    let mut furnished = Furnished::new().await;
    let root = format!("http://{}", furnished.serving.address);
    let mut seen = Seen::default();

    let welcome = path_of(furnished.house.founded["link"].as_str().expect("a link"));
    look(&mut window, &root, &welcome, &mut seen).await;
    let mut owner = Browser::new(furnished.serving.address).expect("loopback");
    let fields = [("password", PASSWORD), ("repeat", PASSWORD)];
    owner.submit(&welcome, "/welcome", &fields).await.expect("answers");
    let from = [("system_from", "letters@larkfield.example")];
    owner.submit("/settings", "/settings", &from).await.expect("answers");
    let trust = published(&mut owner).await;

    furnished.request().await;
    let slug = furnished.form().await;
    let confirm = furnished.confirm_link(&slug).await;
    let (reset, leave) = (furnished.reset_link(OWNER), furnished.unsubscribe_link());
    let (back, stop) = furnished.recovery_links(OWNER).await;
    for path in
        ["/sign-in", "/reset", &reset, &back, &stop, &confirm, &leave, &format!("/f/{slug}"), &furnished.status, &trust]
    {
        look(&mut window, &root, path, &mut seen).await;
    }

    let routes = pages(Kind::Page);
    let mut found = discover(&mut owner, &routes).await;
    found.insert("/audience/erasures/{subject}".into(), furnished.certificate().await);
    sign_in(&mut window, &root).await;
    for path in found.values() {
        look(&mut window, &root, path, &mut seen).await;
    }
    contained(&mut window, &root, &mut seen).await;
    second_factor(&mut window, &root, &mut seen).await;

    let all = routes.into_iter().chain(pages(Kind::Public));
    let missed: Vec<String> =
        all.map(|r| r.path).filter(|route| !seen.paths.iter().any(|path| fits(route, path))).collect();
    seen.faults.extend(missed.iter().map(|route| format!("nothing leads to {route}")));
    assert!(seen.faults.is_empty(), "{}", seen.faults.join("\n"));
    assert!(furnished.serving.end());
}

/// Opens a page and looks at it in every way.
async fn look(window: &mut Window, root: &str, path: &str, seen: &mut Seen) {
    window.go(&format!("{root}{path}")).await;
    assert_eq!(path_of(&window.url().await), path, "the page led elsewhere");
    look_around(window, seen).await;
    seen.paths.insert(path.to_owned());
}

async fn look_around(window: &mut Window, seen: &mut Seen) {
    for (width, scheme) in LOOKS {
        window.appears(width, scheme).await;
        seen.faults.extend(window.faults().await);
    }
}

async fn sign_in(window: &mut Window, root: &str) {
    window.go(&format!("{root}/sign-in")).await;
    window.fill("email", OWNER).await;
    window.fill("password", PASSWORD).await;
    window.press_at("//main//button[contains(@class, 'primary')]").await;
}

/// Contains the workspace, by a proof of this minute, and looks at what is left to see.
async fn contained(window: &mut Window, root: &str, seen: &mut Seen) {
    window.forget_cookies().await;
    sign_in(window, root).await;
    window.go(&format!("{root}/security/containment?scope=workspace&reason=A+laptop+was+stolen")).await;
    window.press("Contain it now").await;
    window.sees("This workspace is contained").await;
    for path in ["/security/containment", "/security/holds"] {
        look(window, root, path, seen).await;
    }
}

/// Turns the second factor on, looking at each step, and signs in with it.
async fn second_factor(window: &mut Window, root: &str, seen: &mut Seen) {
    window.go(&format!("{root}/account")).await;
    window.type_at("//input[@id='second-current']", PASSWORD).await;
    window.press("Turn it on").await;
    window.sees("Turn on the second factor").await;
    look_around(window, seen).await;
    let seed = seed_of(&window.text_at("//*[@id='seed']").await);
    window.fill("code", &code(&seed, now())).await;
    window.press("Turn it on").await;
    window.sees("Your recovery codes").await;
    look_around(window, seen).await;
    look(window, root, "/account", seen).await;
    window.forget_cookies().await;
    sign_in(window, root).await;
    window.sees("Each code works once").await;
    look_around(window, seen).await;
    seen.paths.insert("/sign-in/second".to_owned());
}

/// A seed as it is typed: base 32 (RFC 4648 §6).
fn seed_of(text: &str) -> TotpSeed {
    let digits = text.bytes().filter_map(|b| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'2'..=b'7' => Some(b - b'2' + 26),
        _ => None,
    });
    let bits: Vec<u8> = digits.flat_map(|digit| (0..5).rev().map(move |at| digit >> at & 1)).collect();
    let bytes: Vec<u8> = bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect();
    TotpSeed::from_bytes(&bytes).expect("a seed")
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Micros::from_i64(i64::try_from(since.as_micros()).expect("this age"))
}
