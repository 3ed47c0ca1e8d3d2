//! A code by mail, for a strange sign-in of somebody who has no second factor.
//!
//! Promise: eight digits, known by their MAC only, for one step, ten minutes and five tries; once. Limit:
//! whoever reads the mailbox passes, so this is no second factor (ASVS 6.3.6); the mail says that one of
//! one's own is better.

use super::store;
use crate::accounts::{Account, mail};
use crate::{App, settings};
use waxwing_crypto::MacPurpose;
use waxwing_domain::Ctx;
use waxwing_store::Tx;

/// How many codes there are.
const CODES: u64 = 100_000_000;

/// Whether a code could reach anybody.
pub(in crate::login) async fn can_leave(tx: &mut Tx) -> crate::Result<bool> {
    Ok(settings::saved(tx).await?.system_from.is_some())
}

/// Mails a code for this step.
pub(in crate::login) async fn send(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    step: i64,
) -> crate::Result<()> {
    let mut bytes = [0; 8];
    ctx.rng.fill(&mut bytes);
    // Of 2^64 values a hundred million have no measurable preference.
    let code = format!("{:08}", u64::from_be_bytes(bytes) % CODES);
    store::put_code(tx, step, mac(app, step, &code)).await?;
    mail::sign_in_code(app, tx, ctx, account, &code).await
}

/// Whether this step waits for a code by mail.
pub(in crate::login) async fn is_asked(tx: &mut Tx, step: i64) -> crate::Result<bool> {
    Ok(store::has_code(tx, step).await?)
}

/// Whether `text` is the code of this step; it is used up when the transaction commits.
pub(in crate::login) async fn prove(app: &App, tx: &mut Tx, step: i64, text: &str) -> crate::Result<bool> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    Ok(store::take_code(tx, step, mac(app, step, &digits)).await?)
}

fn mac(app: &App, step: i64, code: &str) -> Vec<u8> {
    let data = [b"login.code\0", &step.to_be_bytes()[..], code.as_bytes()].concat();
    app.store().keys().ring().mac(MacPurpose::Session, &data)[..16].to_vec()
}
