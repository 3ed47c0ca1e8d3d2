//! What other features put into the evidence of a case.
//!
//! Cases stand to the left of what notifies and proves, and may not call it; each such feature registers a part:
//!
//! ```ignore
//! waxwing_store::inventory::submit! {
//!     incidents::EvidencePart::new("notices", |app, tx, ctx, id| Box::pin(evidence::files(app, tx, ctx, id)))
//! }
//! ```
//!
//! Promise: the files of a part lie in a folder of its feature's name, under the signed manifest. A part gives the same
//! bytes for the same state, and says nothing that whoever takes the evidence out may not see.

use futures::future::BoxFuture;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Ctx, IncidentId};
use waxwing_store::{Tx, inventory};

/// A file of the evidence.
pub struct EvidenceFile {
    /// Its name within the folder of its feature, with `/` between folders.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl EvidenceFile {
    /// A file of text.
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), bytes: text.into().into_bytes() }
    }
}

type Files = for<'a> fn(&'a App, &'a mut Tx, &'a Ctx, IncidentId) -> BoxFuture<'a, Result<Vec<EvidenceFile>>>;

/// A feature's part of the evidence.
pub struct EvidencePart {
    /// The feature.
    pub feature: &'static str,
    files: Files,
}

impl EvidencePart {
    /// A feature's part.
    pub const fn new(feature: &'static str, files: Files) -> Self {
        Self { feature, files }
    }
}

inventory::collect!(EvidencePart);

/// The files of every part, each under its feature's name.
pub(super) async fn parts(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<EvidenceFile>> {
    let mut all = Vec::new();
    for part in inventory::iter::<EvidencePart> {
        for file in (part.files)(app, tx, ctx, id).await? {
            if !is_plain(&file.name) {
                return Err(Error::Conflict(format!("the part {} names a file that cannot be written", part.feature)));
            }
            all.push(EvidenceFile { name: format!("{}/{}", part.feature, file.name), bytes: file.bytes });
        }
    }
    Ok(all)
}

/// Whether a name stays within its folder and is the same on every machine.
fn is_plain(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.len() <= 60
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    name.len() <= 200 && name.split('/').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_its_folder() {
        for good in ["duties.json", "drafts/people-en.txt", "a/b/c.1"] {
            assert!(is_plain(good), "{good}");
        }
        for bad in ["", "/etc/passwd", "../x", "a//b", "a/", ".hidden", "a b", "ä.txt", &"x".repeat(61)] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
