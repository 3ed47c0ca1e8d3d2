//! Bytes in, bytes out: templates, MJML, MIME, DKIM and list headers. No input or output.

mod compile;
mod dkim;
mod markup;
mod mime;
pub mod starters;
mod template;

pub use compile::*;
pub use dkim::*;
pub use mime::*;
pub use template::*;
