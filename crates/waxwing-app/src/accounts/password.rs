//! Argon2id away from the threads that answer requests.
//!
//! Promise: at most one hash a core runs at a time (19 MiB each), and who would wait longer than
//! ten seconds is told to come back. Limit: the bound is of the process.

use crate::Error;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::Semaphore;
use waxwing_crypto::password;
use waxwing_domain::Rng;
use waxwing_store::StoreError;

/// The longest wait for a free core.
const PATIENCE: Duration = Duration::from_secs(10);

static CORES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, |n| n.get())));

#[cfg(test)]
tokio::task_local! {
    /// How often a test's own task came by here.
    pub(crate) static HASHES: std::cell::Cell<u32>;
}

/// Whether the password is the stored one; `None` costs the same and is never right.
pub(crate) async fn verify(text: String, stored: Option<String>) -> crate::Result<bool> {
    let right = apart(move || password::verify_password(&text, stored.as_deref())).await?;
    right.map_err(|e| StoreError::Damaged(e.to_string()).into())
}

/// The hash to store.
pub(crate) async fn hash(text: String, rng: std::sync::Arc<dyn Rng>) -> crate::Result<String> {
    apart(move || password::hash_password(&text, &*rng)).await
}

/// Whether a new password is good enough; zxcvbn takes milliseconds, so it runs apart as well.
pub(crate) async fn check(text: String, about: Vec<String>, fewest: usize) -> crate::Result<()> {
    let verdict = apart(move || {
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        password::check_password(&text, &about, fewest)
    });
    verdict.await?.map_err(|weak| Error::invalid("password", weak))
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> crate::Result<T> {
    #[cfg(test)]
    let _ = HASHES.try_with(|count| count.set(count.get() + 1));
    let Ok(Ok(permit)) = tokio::time::timeout(PATIENCE, CORES.acquire()).await else {
        return Err(Error::TooMany(PATIENCE.as_secs()));
    };
    let done = tokio::task::spawn_blocking(move || {
        let answer = work();
        drop(permit);
        answer
    });
    done.await.map_err(|_| StoreError::Unavailable("accounts.password").into())
}
