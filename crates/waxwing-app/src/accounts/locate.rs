//! Which account an address means, in an installation of several workspaces.
//!
//! Promise: the same work for every address: one statement over all workspaces, at most one account
//! to try a password on. Without a workspace's word the account that joined first is meant, so that
//! nobody can come between a person and their account by making another with the same address.
//! Limit: whoever has accounts in several workspaces reaches the others by saying their word.

use super::{Account, State, person, store};
use crate::App;
use waxwing_domain::{EmailAddress, WorkspaceId};
use waxwing_store::{Tx, Workspace};

/// Where somebody who typed an address belongs.
pub(crate) struct Located {
    /// The workspace of the account; the one that was meant, else the first, where there is none.
    pub workspace: WorkspaceId,
    /// The account, if it can sign in.
    pub account: Option<Account>,
}

/// An account with the workspace and the tag that it was found under.
pub(super) type Candidate = (WorkspaceId, Vec<u8>, Account);

/// Finds the account of an address among those that can sign in. `word` is what was typed for the
/// workspace, empty where nothing was.
pub(crate) async fn locate(app: &App, tx: &mut Tx, email: &EmailAddress, word: &str) -> crate::Result<Located> {
    let all = app.store().workspaces_in(tx).await?;
    let meant = meant(&all, word);
    let mut tags = Vec::new();
    for workspace in &all {
        let own = person::tags(app, workspace.id, email)?;
        tags.extend(own.into_iter().map(|tag| (workspace.id, tag)));
    }
    let found = store::by_any_tag(tx, tags.iter().map(|(_, tag)| tag.clone()).collect()).await?;
    let known = |(workspace, tag, _): &Candidate| tags.iter().any(|(of, own)| of == workspace && own == tag);
    let account = choose(found.into_iter().filter(known), meant);
    let home = meant.ok().flatten().unwrap_or_else(|| app.workspace());
    Ok(match account {
        Some((workspace, account)) => Located { workspace, account: Some(account) },
        None => Located { workspace: home, account: None },
    })
}

/// A word that no workspace has.
#[derive(Clone, Copy)]
struct NoSuchWorkspace;

fn meant(all: &[Workspace], word: &str) -> Result<Option<WorkspaceId>, NoSuchWorkspace> {
    let word = word.trim().to_lowercase();
    if word.is_empty() {
        return Ok(None);
    }
    all.iter().find(|workspace| workspace.word.as_str() == word).map(|found| Some(found.id)).ok_or(NoSuchWorkspace)
}

/// Of those that can sign in, the one that joined first; in the workspace that was meant, if one was.
fn choose(
    found: impl Iterator<Item = Candidate>,
    meant: Result<Option<WorkspaceId>, NoSuchWorkspace>,
) -> Option<(WorkspaceId, Account)> {
    let meant = meant.ok()?;
    found
        .filter(|(workspace, _, account)| {
            account.state == State::Active && meant.is_none_or(|meant| meant == *workspace)
        })
        .map(|(workspace, _, account)| (workspace, account))
        .min_by_key(|(_, account)| (account.joined_at, account.id.as_i64()))
}
