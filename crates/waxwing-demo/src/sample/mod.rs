//! People who do not exist, an organisation that does not either, and what it writes to them.
//!
//! Promise: the same seed gives the same people on every machine, every address is unique, ends in
//! `.example` (RFC 2606: it can belong to nobody) and says by its local part what the capture
//! server will do with mail for it. Limit: names and cities are for looks; they say nothing about
//! how names are spread among people.

mod campaign;
mod people;
mod planted;
mod tables;

pub use campaign::{CAMPAIGN_MARKDOWN, CAMPAIGN_PREHEADER, CAMPAIGN_SUBJECT, CONSENT, LIST, ORGANISATION, POSTAL};
pub use campaign::{SENDER_ADDRESS, SENDER_DOMAIN};
pub use people::{Fate, People, Person, tally, write_csv};
pub use planted::{PLANTED, Planted, write_planted_csv};

/// How many people the demo's workspace has.
pub const DEMO_PEOPLE: u64 = 5_000;

/// The demo's seed.
pub const DEMO_SEED: u64 = 2_026;
