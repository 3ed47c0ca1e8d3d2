//! What law asks after a breach: facts in; duties, clocks, severity, drafts and findings out.
//!
//! Promise: pure functions over [`facts::Facts`] and the versioned rows of [`jurisdictions`]. No clock,
//! no network and no file of their own; time zones come from the database compiled in, so that the same
//! facts give the same duties on every machine. Every rule names its article and its source, the day
//! it was last compared with that source, and whether the text itself was read there, on a copy, or not.
//! Limit: this is no legal advice and decides nothing. It finds what to look at, by when, and why; a
//! person signs the judgements, and counsel confirms.
//!
//! Read in this order: [`facts`] (what is known of the breach), [`jurisdictions`] (the rules as data),
//! [`duties`] (facts and rules brought together), [`period`] (how law counts hours, days and months),
//! [`clock`] (a period while it runs), [`severity`] (the ENISA score, every step in words), [`drafts`]
//! (notices filled from facts, with what is missing marked), [`lint`] (is a notice fit to be sent).

mod language;
mod words;

pub mod clock;
pub mod drafts;
pub mod duties;
pub mod facts;
pub mod jurisdictions;
pub mod lint;
pub mod period;
pub mod severity;

pub use duties::{Duty, Verdict, duties};
pub use facts::Facts;
pub use jurisdictions::{Rule, RuleBook};
pub use severity::{Assessment, assess};
