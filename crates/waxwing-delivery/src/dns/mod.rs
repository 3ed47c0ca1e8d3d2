//! What the domain name system says about a sending domain, in words and as one decision.
//!
//! Guarantee: bulk mail is allowed only on records that were seen; a resolver that fails or stays
//! silent counts as no. Limit: the answers are as honest as the resolver (no DNSSEC validation
//! here), and receivers look for themselves.
//!
//! `posture` asks the questions and holds the decision; `spf`, `dkim` and `dmarc` read one kind of
//! record each; the one door to the name servers is `waxwing_egress::dns`.

mod dkim;
mod dmarc;
mod posture;
mod spf;
mod tags;

pub use dkim::{DkimKey, DkimState};
pub use dmarc::{Alignment, Dmarc, DmarcState, Policy, is_aligned, organisational_domain};
pub use posture::{Finding, Level, MxState, Posture, PostureQuery, check_domain};
pub use spf::{Permits, Spf, SpfState};
pub use waxwing_egress::dns::{LookupError, Mx, Resolver, ResolverError};
