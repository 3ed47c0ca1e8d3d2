//! The files of the interface: bundled by `build.rs`, part of the binary.
//!
//! Every name carries a hash of its content, so that browsers keep them for ever and a new
//! version is a new name.

use crate::Fail;
use crate::text::Html;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

struct File {
    name: &'static str,
    hashed: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The path of a file by its plain name, such as `app.css`; an unknown name leads to a 404,
/// which the tests of the layout would notice.
pub fn asset(name: &str) -> String {
    let hashed = FILES.iter().find(|file| file.name == name).map_or(name, |file| file.hashed);
    format!("/assets/{hashed}")
}

/// An icon as inline SVG, hidden from screen readers: the words beside it speak. Empty if there
/// is no such icon; `web/icons.txt` lists them.
pub fn icon(name: &str) -> Html {
    let inner = ICONS.iter().find(|(known, _)| *known == name).map(|(_, inner)| *inner);
    Html(inner.map_or_else(String::new, |inner| {
        format!(
            "<svg class=\"icon\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.75\" \
             stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\">{inner}</svg>"
        )
    }))
}

/// The names of all icons.
pub fn icon_names() -> impl Iterator<Item = &'static str> {
    ICONS.iter().map(|(name, _)| *name)
}

pub(crate) async fn serve(Path(name): Path<String>) -> Result<Response, Fail> {
    let file = FILES.iter().find(|file| file.hashed == name).ok_or(Fail::NotFound)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type(file.hashed))),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, file.bytes).into_response())
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_is_whole() {
        for name in ["app.js", "app.css", "theme.js", "logo.svg", "favicon.svg"] {
            assert!(FILES.iter().any(|file| file.name == name && !file.bytes.is_empty()), "{name}");
            assert_ne!(asset(name), format!("/assets/{name}"), "{name} has no hash");
        }
        for name in icon_names() {
            assert!(icon(name).to_string().contains("<path"), "{name}");
        }
    }

    #[test]
    fn every_place_and_tone_has_its_icon() {
        for place in crate::Place::ALL {
            assert!(!icon(place.icon()).to_string().is_empty(), "{}", place.name());
        }
        for tone in [crate::Tone::Good, crate::Tone::Note, crate::Tone::Attention, crate::Tone::Danger] {
            assert!(!icon(tone.icon()).to_string().is_empty(), "{}", tone.name());
        }
    }
}
