//! The client against servers and name servers that misbehave, one file a topic.

mod addresses;
mod bounds;
mod headers;
mod redirects;
mod support;
mod tls;
