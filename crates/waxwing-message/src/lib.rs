//! Bytes in, bytes out: templates, MJML, MIME, DKIM and list headers. No input or output.
//!
//! The way of a campaign through this crate:
//!
//! 1. [`Revision::compile`], once: what an author wrote ([`RevisionSource`]) becomes templates, with
//!    styles inlined, HTML sanitised and a text part. [`FooterFacts`] and [`Revision::personal_links`]
//!    tell a review what is missing or would leak.
//! 2. [`Revision::render`], for each person: [`RenderValues`] are filled in.
//! 3. [`build`]: subject, parts and list headers become an RFC 5322 message.
//! 4. [`sign`]: both DKIM signatures, to be put before the message.
//!
//! Promise: what goes in cannot loop, grow without bound, run script at a reader, or forge a header;
//! the same input gives the same bytes. Limit: nothing here knows whether a person may be mailed.
//!
//! ```
//! use waxwing_domain::{EmailAddress, MailDomain, Micros};
//! use waxwing_message::*;
//!
//! let revision = Revision::compile(&RevisionSource {
//!     format: ContentFormat::Markdown,
//!     subject: "Hello {{ subscriber.first_name|default('there') }}".into(),
//!     preheader: String::new(),
//!     body: "The bees are **back**.".into(),
//!     wrapper: None,
//!     text: None,
//! })?;
//! assert!(FooterFacts::of(&revision)?.unsubscribe);
//!
//! let campaign = CampaignValues::new(&CampaignFacts { organisation: "Bees".into(), ..CampaignFacts::default() });
//! let values = RenderValues::new(&campaign, SubscriberValues::default(), PersonalLinks::default());
//! let rendered = revision.render(&values)?;
//!
//! let domain = MailDomain::parse("example.org")?;
//! let (from, to) = (EmailAddress::parse("news@example.org")?, EmailAddress::parse("ann@example.net")?);
//! let parts = Parts {
//!     from: Mailbox::bare(&from),
//!     reply_to: None,
//!     to: Mailbox::bare(&to),
//!     subject: &rendered.subject,
//!     date: Micros::from_i64(0),
//!     message_id: &MessageId::new([0; 16], &domain),
//!     kind: Kind::Bulk(ListHeaders {
//!         unsubscribe: &HeaderUrl::parse("https://mail.example.org/u/abc")?,
//!         unsubscribe_mail: None,
//!         list: None,
//!         feedback: None,
//!     }),
//!     text: &rendered.text,
//!     html: rendered.html.as_deref(),
//! };
//! let mut message = Vec::new();
//! build(&parts, &mut message);
//!
//! let signer = Signer { domain, selector: Selector::parse("w1")?, key: DkimKey::generate(DkimAlgorithm::Ed25519)? };
//! let signatures = sign(&[signer], &message, Micros::from_i64(0))?;
//! assert!(signatures.starts_with(b"DKIM-Signature: v=1; a=ed25519-sha256;"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compile;
mod dkim;
mod markup;
mod mime;
mod received;
pub mod starters;
mod template;

pub use compile::*;
pub use dkim::*;
pub use mime::*;
pub use received::Received;
pub use template::*;
