//! Ballast: room on the disk that is given back when it runs full.
//!
//! Promise: while the server runs, 32 MiB of the data directory's disk are held; when the rest is
//! nearly gone they are freed, so that unsubscribing, containment and the record can still write,
//! and the log says so once. Limit: freed room goes to whoever writes first, also to other programs.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes held.
const SIZE: u64 = 32 << 20;
/// With less than this free, in bytes, the ballast goes.
const LOW: u64 = 16 << 20;
/// With more than this free, in bytes, it is taken again.
const ENOUGH: u64 = 256 << 20;
/// How often the room is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The ballast of one data directory.
#[derive(Debug)]
pub struct Ballast {
    folder: PathBuf,
}

/// What to do about the ballast.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Take,
    Free,
    Nothing,
}

impl Ballast {
    /// The ballast of `data`; nothing is taken yet.
    pub fn new(data: &Path) -> Self {
        Self { folder: data.to_owned() }
    }

    /// Watches for as long as it is polled.
    pub async fn watch(self) {
        loop {
            if let Err(error) = self.look() {
                tracing::warn!(%error, "room for a full disk could not be kept");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    fn look(&self) -> io::Result<()> {
        let disk = statvfs(&self.folder)?;
        match step(disk.f_bavail.saturating_mul(disk.f_frsize), self.file().exists()) {
            Step::Take => self.take(),
            Step::Free => self.free(),
            Step::Nothing => Ok(()),
        }
    }

    fn take(&self) -> io::Result<()> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(self.file())?;
        fallocate(&file, FallocateFlags::empty(), 0, SIZE)?;
        Ok(())
    }

    fn free(&self) -> io::Result<()> {
        tracing::error!(
            "the disk is nearly full: the ballast was freed so that the most important can still be written; make room"
        );
        fs::remove_file(self.file())
    }

    fn file(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

const fn step(free: u64, held: bool) -> Step {
    match (free, held) {
        (..LOW, true) => Step::Free,
        (ENOUGH.., false) => Step::Take,
        _ => Step::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_when_there_is_enough_and_freed_when_it_runs_out() {
        assert_eq!(step(ENOUGH, false), Step::Take);
        assert_eq!(step(ENOUGH, true), Step::Nothing);
        assert_eq!(step(LOW, true), Step::Nothing);
        assert_eq!(step(LOW - 1, true), Step::Free);
        assert_eq!(step(LOW - 1, false), Step::Nothing, "freed once, not again and again");
    }

    #[test]
    fn held_room_is_real() {
        use std::os::unix::fs::MetadataExt as _;
        let dir = tempfile::tempdir().expect("a directory");
        let ballast = Ballast::new(dir.path());
        ballast.take().expect("room");
        assert!(ballast.file().metadata().expect("exists").blocks() * 512 >= SIZE);
        ballast.free().expect("freed");
        assert!(!ballast.file().exists());
    }
}
