//! Bytes in, bytes out: templates, MJML, MIME, DKIM and list headers. No input or output.

mod template;

pub use template::*;
