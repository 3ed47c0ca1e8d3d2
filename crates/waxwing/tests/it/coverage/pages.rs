//! Every template is used, and every page template is in its feature's folder.

use super::sources;

#[test]
fn every_template_is_used() {
    let rust: String = sources::product(".rs").iter().map(sources::read).collect();
    let html = sources::product(".html");
    let all: String = html.iter().map(sources::read).collect();
    for path in &html {
        let within = sources::PRODUCT.iter().find_map(|folder| path.strip_prefix(folder).ok());
        let short = within.expect("below one of them").to_string_lossy().into_owned();
        let named = format!("\"{short}\"");
        assert!(rust.contains(&named) || all.contains(&named), "{short} is used by nothing");
    }
}
