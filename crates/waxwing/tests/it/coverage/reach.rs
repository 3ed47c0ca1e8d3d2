//! What the product does not reach for: other programs on the machine, and in the browser whatever
//! turns text into code or keeps it. Limit: our own sources are read, not those of the packages.

use super::sources;

/// The product's own crates; the demonstration, the test kit and the task runner are left out.
const PRODUCT: [&str; 10] =
    ["", "-app", "-breach", "-crypto", "-delivery", "-domain", "-egress", "-http", "-message", "-store"];

/// Words of script that run text as code, put it into the page as markup, keep it, or take it from another window.
const REFUSED: &[&str] = &[
    "eval(",
    "new Function",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "sessionStorage",
    "indexedDB",
    "document.cookie",
    "postMessage",
    "onmessage",
    "\"message\"",
    "__proto__",
];

/// What may start a program, and which.
const STARTERS: &[(&str, &str)] = &[(
    "crates/waxwing/src/commands/demo/stage.rs",
    "the demo starts drills of this very program, by names that it knows",
)];

#[test]
fn no_feature_starts_another_program() {
    for name in PRODUCT {
        for path in sources::files(&format!("crates/waxwing{name}/src"), ".rs") {
            let place = path.to_string_lossy().into_owned();
            if place.contains("/tests") {
                continue;
            }
            let text = sources::read(&path);
            let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let starts = ["process::Command", "Command::new("].iter().any(|word| product.contains(word));
            let excused = STARTERS.iter().any(|(starter, _)| place.ends_with(starter));
            assert_eq!(starts, excused, "{place} starts a program, or is excused in vain");
        }
    }
}

#[test]
fn scripts_run_no_text_and_keep_nothing_but_the_theme() {
    let scripts = sources::files("crates/waxwing-http/web/src", ".js");
    assert!(scripts.len() > 5, "the scripts were not found");
    for path in scripts {
        let (place, text) = (path.display().to_string(), sources::read(&path));
        for word in REFUSED {
            assert!(!text.contains(word), "{place} uses {word}");
        }
        for call in text.split("localStorage").skip(1) {
            let theme =
                call.starts_with(".getItem(\"waxwing-theme\"") || call.starts_with(".setItem(\"waxwing-theme\"");
            assert!(theme, "{place} keeps something else than the theme");
        }
    }
}

#[test]
fn templates_pass_no_text_by_the_escaping_but_what_we_drew_ourselves() {
    let html = sources::product(".html");
    let html = html.into_iter().chain(sources::files("crates/waxwing-http", ".html"));
    let mut unescaped = Vec::new();
    for path in html.filter(|path| !path.to_string_lossy().contains("node_modules")) {
        let text = sources::read(&path);
        let found = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
        let raw = found.filter(|inner| inner.contains("safe") || inner.contains("escape(\"none\")"));
        unescaped.extend(raw.map(|inner| format!("{}:{}", path.display(), inner.trim())));
        let scripts = text.matches("<script").count();
        let sourced = text.matches("<script src=").count()
            + text.matches("<script type=\"module\" src=").count()
            + text.matches("<script type=\"application/json\"").count();
        assert_eq!(scripts, sourced, "{} holds script of its own", path.display());
    }
    unescaped.sort();
    // A QR code drawn here, and fragments that were rendered by templates of ours.
    let known = [
        "crates/waxwing-app/src/campaigns/pages/show.html:progress|safe",
        "crates/waxwing-app/src/login/pages/begin_second.html:picture|safe",
        "crates/waxwing-app/src/reports/pages/show.html:live|safe",
        "crates/waxwing-app/src/reports/pages/show.html:providers|safe",
    ];
    assert_eq!(unescaped, known, "text that is not escaped");
}

#[test]
fn password_fields_hide_and_take_what_a_manager_fills_in() {
    let mut found = 0;
    for path in sources::product(".html") {
        let text = sources::read(&path);
        assert!(!text.contains("onpaste"), "{} refuses what is pasted", path.display());
        for line in text.lines() {
            let managed = ["current-password", "new-password"].iter().any(|word| line.contains(word));
            let hidden = ["field(\"password\"", "type=\"password\""].iter().any(|word| line.contains(word));
            assert_eq!(managed, hidden, "{}: {line}", path.display());
            found += usize::from(hidden);
        }
    }
    assert!(found >= 5, "only {found} password fields were found");
}

#[test]
fn packages_come_from_the_registries_with_their_checksums() {
    let lock: toml::Table = sources::read("Cargo.lock").parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    assert!(packages.len() > 100);
    for package in packages {
        let Some(source) = package.get("source").and_then(toml::Value::as_str) else { continue };
        let known = source == "registry+https://github.com/rust-lang/crates.io-index";
        assert!(known && package.get("checksum").is_some(), "{}: {source}", package["name"]);
    }
    for folder in ["crates/waxwing-http/web", "crates/waxwing/tests/axe"] {
        let lock: serde_json::Value =
            serde_json::from_str(&sources::read(format!("{folder}/package-lock.json"))).expect("JSON");
        for (name, package) in
            lock["packages"].as_object().expect("packages").iter().filter(|(name, _)| !name.is_empty())
        {
            // Without an address the registry that npm is set to is asked; the checksum decides either way.
            let from = package["resolved"].as_str().unwrap_or("https://registry.npmjs.org/");
            let pinned = package["integrity"].as_str().is_some_and(|sum| sum.starts_with("sha512-"));
            assert!(from.starts_with("https://registry.npmjs.org/") && pinned, "{folder}: {name}");
        }
    }
}
