//! One-time links: the first owner's and an invitation's (`/welcome/…`), a reset's (`/reset/…`).
//!
//! Promise: the database knows a link by its hash only; looking changes nothing, using ends it
//! and every other link of the account. Limit: whoever holds the link is taken for its owner,
//! but a reset never skips the second factor.

use super::store;
use crate::App;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{AccountId, Ctx, Micros, WorkspaceId};
use waxwing_store::Tx;

/// What a link is good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkKind {
    /// Choosing the first password. Seven days.
    Welcome,
    /// Choosing another password. One hour.
    Reset,
}

impl LinkKind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Reset => "reset",
        }
    }
    const fn purpose(self) -> SecretPurpose {
        match self {
            Self::Welcome => SecretPurpose::Invitation,
            Self::Reset => SecretPurpose::PasswordReset,
        }
    }
    /// How long a link works, in microseconds.
    pub const fn lifetime(self) -> i64 {
        match self {
            Self::Welcome => 7 * Micros::DAY,
            Self::Reset => Micros::HOUR,
        }
    }
    /// The whole address of a link.
    pub fn url(self, app: &App, token: &str) -> String {
        format!("{}/{}/{token}", app.config().public_url, self.word())
    }
}

/// Makes a link for an account and ends its older ones; gives the token's text.
pub(super) async fn make(tx: &mut Tx, ctx: &Ctx, kind: LinkKind, account: AccountId) -> crate::Result<String> {
    let token = SecretToken::random(kind.purpose(), &*ctx.rng);
    let now = ctx.now();
    store::void_links(tx, account).await?;
    store::put_link(tx, token.hash(), kind, account, (now, now.plus(kind.lifetime()))).await?;
    Ok(token.text())
}

/// Whose link this is, if it still works. Changes nothing.
pub async fn look(tx: &mut Tx, ctx: &Ctx, kind: LinkKind, text: &str) -> crate::Result<Option<AccountId>> {
    let Ok(token) = SecretToken::parse(kind.purpose(), text) else { return Ok(None) };
    Ok(store::link(tx, token.hash(), kind, ctx.now()).await?)
}

/// The workspace that a link is of, whether it still works or not. Asked of the installation.
pub(crate) async fn workspace_of(tx: &mut Tx, kind: LinkKind, text: &str) -> crate::Result<Option<WorkspaceId>> {
    let Ok(token) = SecretToken::parse(kind.purpose(), text) else { return Ok(None) };
    Ok(store::link_of(tx, token.hash()).await?)
}

/// Uses the link up; of two who try, one gets it.
pub(crate) async fn take(tx: &mut Tx, ctx: &Ctx, kind: LinkKind, text: &str) -> crate::Result<Option<AccountId>> {
    let Ok(token) = SecretToken::parse(kind.purpose(), text) else { return Ok(None) };
    let account = store::take_link(tx, token.hash(), kind, ctx.now()).await?;
    if let Some(account) = account {
        store::void_links(tx, account).await?;
    }
    Ok(account)
}
