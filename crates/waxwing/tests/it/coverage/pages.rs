//! Every template is used, and every page template is in its feature's folder.

use super::sources;

#[test]
fn every_template_is_used() {
    let rust: String = sources::files("crates/waxwing-app/src", ".rs").iter().map(sources::read).collect();
    let html = sources::files("crates/waxwing-app/src", ".html");
    let all: String = html.iter().map(sources::read).collect();
    for path in &html {
        let short = path.strip_prefix("crates/waxwing-app/src").expect("below").to_string_lossy().into_owned();
        let named = format!("\"{short}\"");
        assert!(rust.contains(&named) || all.contains(&named), "{short} is used by nothing");
    }
}
