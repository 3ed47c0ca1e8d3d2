//! Numbers of people and epochs of keys.

use std::sync::Arc;
use waxwing_domain::{SystemClock, SystemRng};
use waxwing_store::{KeyFiles, KeyStore, KeyStoreError};
use waxwing_testkit::store_test;

store_test! {
    async fn numbers_are_never_given_twice_even_after_a_rollback(t) {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let first = t.store.allocate_subjects(&mut tx, 10).await.expect("numbers").subjects;
        tx.commit().await.expect("commits");
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let second = t.store.allocate_subjects(&mut tx, 1).await.expect("numbers").subjects;
        assert_eq!((first, second.start), (1..11, 11));
    }

    async fn a_restored_database_skips_what_the_key_ring_remembers(t) {
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        t.store.allocate_subjects(&mut tx, 5).await.expect("numbers");
        drop(tx);
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        t.store.skip_used_subjects(&mut tx).await.expect("skips");
        let next = t.store.allocate_subjects(&mut tx, 1).await.expect("numbers").subjects.start;
        assert!(next > 1_000_000, "{next}");
    }
}

#[test]
fn key_files_are_private_whole_and_never_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let files = KeyFiles::beside(&dir.path().join("data"));
    KeyStore::create(files.clone(), Some("correct horse"), &SystemClock, Arc::new(SystemRng)).expect("created");
    let again = KeyStore::create(files.clone(), None, &SystemClock, Arc::new(SystemRng));
    assert!(matches!(again, Err(KeyStoreError::Exists(_))));
    let wrong = KeyStore::open(files.clone(), Some("wrong"), Arc::new(SystemRng));
    assert!(matches!(wrong, Err(KeyStoreError::Sealed(..))));
    std::fs::set_permissions(&files.root, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let open = KeyStore::open(files.clone(), Some("correct horse"), Arc::new(SystemRng));
    assert!(matches!(open, Err(KeyStoreError::Open(_))));
    std::fs::set_permissions(&files.root, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    std::fs::write(&files.ring, b"short").expect("writes");
    let broken = KeyStore::open(files, Some("correct horse"), Arc::new(SystemRng));
    assert!(matches!(broken, Err(KeyStoreError::Sealed(..))));
}
