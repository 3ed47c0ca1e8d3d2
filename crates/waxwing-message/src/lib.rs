//! Bytes in, bytes out: templates, MJML, MIME, DKIM and list headers. No input or output.

mod dkim;
mod mime;
mod template;

pub use dkim::*;
pub use mime::*;
pub use template::*;
