//! Links that belong to one message: unsubscribe and view in browser; and its Message-ID.
//!
//! Guarantee: a link names no address and cannot be made without the workspace's key; it stays
//! good for ever. Limit: whoever holds the link acts for the person it was sent to.

use crate::{App, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use waxwing_crypto::{KeyRing, TokenPurpose, WorkspaceKeys};
use waxwing_domain::{SourceId, SubjectNo, WorkspaceId};
use waxwing_store::StoreError;

/// Makes the links of one workspace's messages. Cheap to clone.
#[derive(Clone)]
pub struct Links {
    ring: Arc<KeyRing>,
    workspace: WorkspaceId,
    public: String,
    content: String,
}

impl Links {
    /// With the keys and addresses of now.
    ///
    /// # Errors
    /// When the key ring does not know the workspace.
    pub fn new(app: &App, workspace: WorkspaceId) -> Result<Self> {
        let ring = app.store().keys().ring();
        ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
        let (public, content) = (app.config().public_url.clone(), app.config().content_url.clone());
        Ok(Self { ring, workspace, public, content })
    }

    fn keys(&self) -> &WorkspaceKeys {
        // `new` looked; the ring never changes after.
        self.ring.workspace(self.workspace).expect("a workspace that `new` found in this ring")
    }

    /// Where one person unsubscribes: `/u/{token}`.
    pub fn unsubscribe(&self, source: SourceId, subject: SubjectNo) -> String {
        format!("{}/u/{}", self.public, self.token(TokenPurpose::Unsubscribe, source, subject))
    }

    /// Where one message can be read in a browser: `/v/{token}`.
    pub fn view(&self, source: SourceId, subject: SubjectNo) -> String {
        format!("{}/v/{}", self.content, self.token(TokenPurpose::ViewInBrowser, source, subject))
    }

    /// A keyed hash of (source, person), the same at every attempt until the key is replaced.
    pub fn message_tag(&self, source: SourceId, subject: SubjectNo) -> [u8; 16] {
        let token = self.token(TokenPurpose::MessageId, source, subject);
        // The token is version, data, signature; the signature is the tag.
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        bytes.last_chunk::<16>().copied().unwrap_or_default()
    }

    /// Every tag that the Message-ID of this message may bear: one a version of the key that is still here.
    pub fn message_tags(&self, source: SourceId, subject: SubjectNo) -> Vec<[u8; 16]> {
        self.keys().token_signatures(TokenPurpose::MessageId, &data(source, subject))
    }

    fn token(&self, purpose: TokenPurpose, source: SourceId, subject: SubjectNo) -> String {
        self.keys().token(purpose, &data(source, subject))
    }

    fn parse(&self, purpose: TokenPurpose, text: &str) -> Option<(SourceId, SubjectNo)> {
        let data = self.keys().verify_token(purpose, text).ok()?;
        let (source, subject) = data.split_first_chunk::<8>()?;
        let subject: [u8; 4] = subject.try_into().ok()?;
        Some((SourceId::from_i64(i64::from_be_bytes(*source)), SubjectNo::new(u32::from_be_bytes(subject))))
    }
}

fn data(source: SourceId, subject: SubjectNo) -> [u8; 12] {
    let mut data = [0u8; 12];
    data[..8].copy_from_slice(&source.as_i64().to_be_bytes());
    data[8..].copy_from_slice(&subject.get().to_be_bytes());
    data
}

/// Where one person unsubscribes: `/u/{token}`.
pub fn unsubscribe_url(app: &App, workspace: WorkspaceId, source: SourceId, subject: SubjectNo) -> Result<String> {
    Ok(Links::new(app, workspace)?.unsubscribe(source, subject))
}

/// Where one message can be read in a browser: `/v/{token}`.
pub fn view_url(app: &App, workspace: WorkspaceId, source: SourceId, subject: SubjectNo) -> Result<String> {
    Ok(Links::new(app, workspace)?.view(source, subject))
}

/// The workspace whose key made an unsubscribe link. A MAC for each workspace, and no row: the link
/// works when everything that it was about is gone.
pub fn unsubscribe_made_by(app: &App, token: &str) -> Option<WorkspaceId> {
    made_by(app, TokenPurpose::Unsubscribe, token)
}

/// The workspace whose key made a link to a message in the browser.
pub fn view_made_by(app: &App, token: &str) -> Option<WorkspaceId> {
    made_by(app, TokenPurpose::ViewInBrowser, token)
}

fn made_by(app: &App, purpose: TokenPurpose, token: &str) -> Option<WorkspaceId> {
    let find = || {
        let ring = app.store().keys().ring();
        ring.workspaces().find(|id| ring.workspace(*id).is_ok_and(|keys| keys.verify_token(purpose, token).is_ok()))
    };
    // Another process may have begun a newer key since this one read the ring. A ring that cannot be read is no
    // reason to refuse what the keys at hand verify, and these do not.
    find().or_else(|| app.store().keys().reload().unwrap_or(false).then(find).flatten())
}

/// Whose unsubscribe link this is; `None` for a forged one. Person 0 is the made-up one of test mails.
pub fn parse_unsubscribe(app: &App, workspace: WorkspaceId, token: &str) -> Option<(SourceId, SubjectNo)> {
    Links::new(app, workspace).ok()?.parse(TokenPurpose::Unsubscribe, token)
}

/// Whose message this link shows; `None` for a forged one. Person 0 is the made-up one of test mails.
pub fn parse_view(app: &App, workspace: WorkspaceId, token: &str) -> Option<(SourceId, SubjectNo)> {
    Links::new(app, workspace).ok()?.parse(TokenPurpose::ViewInBrowser, token)
}
