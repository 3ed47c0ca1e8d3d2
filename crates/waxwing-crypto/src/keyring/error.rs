//! What can go wrong with the ring, its file and its tokens, in words to act on.

/// A request the ring cannot serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// The workspace has no keys here.
    #[error("the key ring holds no keys of that workspace: restore the latest key ring file")]
    NoWorkspace,
    /// The workspace has keys already; overwriting them would lose its data.
    #[error("that workspace already has its keys")]
    WorkspaceExists,
    /// There is no such version or epoch.
    #[error("the key ring holds no such key")]
    NoSuchKey,
    /// The key in use cannot be destroyed; begin another first.
    #[error("that key is in use: begin a new one before destroying it")]
    InUse,
    /// Suppression keys are kept for ever.
    #[error("suppression keys are never destroyed: the do-not-mail list is built from all of them")]
    KeptForEver,
    /// All version numbers are used up.
    #[error("this key was replaced too many times to be replaced again")]
    Exhausted,
    /// The month has no key (yet, or any more).
    #[error("there is no key for the network addresses of that month")]
    NoMonth,
}

/// Why a key ring file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RingFileError {
    /// Not a key ring file at all.
    #[error("this is not a Waxwing key ring file")]
    NotARing,
    /// Written by a newer version.
    #[error("this key ring file was written by a newer version of Waxwing: upgrade to read it")]
    TooNew,
    /// Sealed under another root key.
    #[error("this key ring file belongs to another root key: check which root key file is configured")]
    WrongRootKey,
    /// Cut short, damaged or tampered with.
    #[error("this key ring file is damaged: restore it from the latest key backup")]
    Damaged,
}

/// Why a signed token was not accepted. All of them look the same to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token.
    #[error("that is not a valid link")]
    Malformed,
    /// The signature does not fit the purpose, the workspace or the content.
    #[error("that link was changed or belongs to something else")]
    Forged,
    /// Signed with a version that was retired.
    #[error("that link is too old")]
    Retired,
}
