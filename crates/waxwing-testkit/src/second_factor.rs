//! An authenticator app: what it shows for a seed at a time.

use waxwing_crypto::totp::TotpSeed;
use waxwing_domain::Micros;

/// The six digits that an app shows at `now`.
pub fn code(seed: &TotpSeed, now: Micros) -> String {
    seed.shown(now).expect("after 1970")
}
