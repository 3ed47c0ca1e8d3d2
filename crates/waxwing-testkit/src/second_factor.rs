//! An authenticator app: what it shows for a seed at a time.

use totp_rs::Builder;
use waxwing_crypto::totp::TotpSeed;
use waxwing_domain::Micros;

/// The six digits that an app shows at `now` (RFC 6238 §4).
pub fn code(seed: &TotpSeed, now: Micros) -> String {
    let app = Builder::new().with_secret(*seed.as_bytes()).with_step_duration(30);
    let totp = app.with_issuer(None::<&str>).with_account_name("test").build().expect("an app");
    totp.generate(u64::try_from(now.as_seconds()).expect("after 1970")).to_string()
}
