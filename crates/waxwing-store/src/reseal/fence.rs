//! The fence: no transaction commits a value that was sealed under a key which is on its way out.
//!
//! Promise: every transaction notes the oldest version of the workspace's keys among all values that are bound to its
//! statements, and asks at its commit whether that version may still be written; features need not know. On SQLite
//! there is one writer; on PostgreSQL the row is locked for sharing until the commit, so that raising the fence waits
//! for whoever passed it. Once it is raised, the values that remain under older versions only become fewer.
//! Limit: bytes that somebody made to look like an envelope of an old version are refused too; other bytes begin like
//! one less than once in 10^20 times.

use crate::{StoreError, Tx, Value, args, statement};
use waxwing_crypto::envelope::{SHORTEST_SHARED, SealedBy, sealed_by};

// The row of people is another lock: sealing for them beside a re-sealing waits there, and only there.
statement! { MINIMA,
sqlite: "SELECT kind, minimum FROM key_fences WHERE workspace_id = $1 AND kind <> 'people'",
postgres: "SELECT kind, minimum FROM key_fences WHERE workspace_id = $1 AND kind <> 'people' FOR SHARE" }
statement! { RAISE,
"INSERT INTO key_fences (workspace_id, kind, minimum) VALUES ($1, $2, $3)
 ON CONFLICT (workspace_id, kind) DO UPDATE SET minimum = excluded.minimum
 WHERE key_fences.minimum < excluded.minimum" }
statement! { FENCES, "SELECT kind, minimum FROM key_fences WHERE workspace_id = $1" }
statement! { BESIDE_PEOPLE,
sqlite: "SELECT minimum FROM key_fences WHERE workspace_id = $1 AND kind = 'people'",
postgres: "SELECT minimum FROM key_fences WHERE workspace_id = $1 AND kind = 'people' FOR SHARE" }
statement! { ALONE_WITH_PEOPLE,
sqlite: "SELECT minimum FROM key_fences WHERE workspace_id = $1 AND kind = 'people'",
postgres: "SELECT minimum FROM key_fences WHERE workspace_id = $1 AND kind = 'people' FOR UPDATE" }

/// The oldest versions of the workspace's keys under which a transaction writes.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    secrets: Option<u32>,
    files: Option<u32>,
}

impl Bound {
    /// Notes the keys that bound values name.
    pub(crate) fn note<'a>(&mut self, values: impl IntoIterator<Item = &'a Value>) {
        for value in values {
            match value {
                Value::Blob(Some(bytes)) => self.note_bytes(bytes),
                Value::Blobs(many) => many.iter().for_each(|bytes| self.note_bytes(bytes)),
                _ => {}
            }
        }
    }

    fn note_bytes(&mut self, bytes: &[u8]) {
        if bytes.len() < SHORTEST_SHARED {
            return;
        }
        let oldest = |known: Option<u32>, version: u32| Some(known.map_or(version, |known| known.min(version)));
        match sealed_by(bytes) {
            Ok((SealedBy::Secret, version)) => self.secrets = oldest(self.secrets, version),
            Ok((SealedBy::File, version)) => self.files = oldest(self.files, version),
            _ => {}
        }
    }

    fn below(self, kind: &str, minimum: i64) -> bool {
        let written = if kind == "files" { self.files } else { self.secrets };
        written.is_some_and(|version| i64::from(version) < minimum)
    }
}

impl Tx {
    /// Refuses to go on to the commit with a value under a key that is being replaced.
    pub(crate) async fn hold_keys(&mut self) -> Result<(), StoreError> {
        if self.bound == Bound::default() {
            return Ok(());
        }
        let bound = self.bound;
        let minima = self.all(&MINIMA, args![], |r| Ok((r.text(0)?, r.int(1)?))).await?;
        let late = minima.iter().any(|(kind, minimum)| bound.below(kind, *minimum));
        if late { Err(StoreError::KeysMoved("a value under a key that is being replaced")) } else { Ok(()) }
    }

    /// From this commit on nobody writes a value of this kind under a version below `minimum`.
    pub(super) async fn raise_fence(&mut self, kind: &'static str, minimum: u32) -> Result<(), StoreError> {
        self.exec(&RAISE, args![kind, minimum]).await.map(drop)
    }

    /// The fences as they stand.
    pub(super) async fn fences(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        self.all(&FENCES, args![], |r| Ok((r.text(0)?, r.int(1)?))).await
    }

    /// Until this ends nobody's own key is replaced: whoever seals for people, or changes what is sealed for them,
    /// calls it before reading their keys.
    pub async fn beside_people(&mut self) -> Result<(), StoreError> {
        self.all(&BESIDE_PEOPLE, args![], |r| r.int(0)).await.map(drop)
    }

    /// Until this ends nobody else seals anything for people.
    pub(super) async fn alone_with_people(&mut self) -> Result<(), StoreError> {
        self.all(&ALONE_WITH_PEOPLE, args![], |r| r.int(0)).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_crypto::{KeyRing, Place, TableId};
    use waxwing_domain::{FieldId, Micros, TestClock, TestRng, WorkspaceId};

    #[test]
    fn the_oldest_key_among_all_bound_values_is_noted_and_nothing_else_is() {
        let (here, now, rng) = (WorkspaceId::from_i64(1), Micros::from_i64(1_800_000_000_000_000), TestRng::seeded(1));
        let mut ring = KeyRing::create(&TestClock::at(now.as_i64()), &rng);
        ring.add_workspace(here, now, &rng).expect("new");
        let place = Place::shared(here, TableId::RELAYS, FieldId::SECRET, 7);
        let old = ring.workspace(here).expect("known").seal_secret(&place, b"", &rng);
        ring.rotate(here, waxwing_crypto::KeyUse::Secrets, now, &rng).expect("room");
        let new = ring.workspace(here).expect("known").seal_secret(&place, b"", &rng);
        assert_eq!(new.len(), SHORTEST_SHARED, "nothing that is sealed is shorter");
        let mut bound = Bound::default();
        bound.note(&args![1_i64, "text", vec![1_u8; 200], [7_u8; 16], Option::<Vec<u8>>::None]);
        assert_eq!(bound, Bound::default());
        bound.note(&args![new.clone()]);
        assert!(!bound.below("secrets", 2) && bound.below("secrets", 3));
        bound.note(&args![vec![new, old]]);
        assert!(bound.below("secrets", 2) && !bound.below("files", 2));
    }
}
