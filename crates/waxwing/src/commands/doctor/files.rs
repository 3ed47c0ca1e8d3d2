//! Files: who may read them, where the keys lie, how much room is left.

use super::Finding;
use crate::config::{Config, file_in};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use waxwing_store::DatabaseUrl;

/// Below this much free space, in bytes, work will soon stop.
const LITTLE: u64 = 1 << 30;
/// Below this much, it may stop any minute.
const TOO_LITTLE: u64 = 64 << 20;

/// Looks at data, settings and key files.
pub fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![private("data", &config.data)];
    if let DatabaseUrl::Sqlite(file) = &config.database {
        findings.push(private("database file", file));
    }
    findings.push(private("settings", &file_in(&config.data)));
    findings.push(private("root key", &config.keys.root));
    findings.push(private("key ring", &config.keys.ring));
    findings.push(apart(config));
    findings.push(room("disk", &config.data));
    findings
}

/// Whether only the owner may read it. A file inside a private folder is private.
fn private(what: &'static str, path: &Path) -> Finding {
    let mode = |path: &Path| std::fs::metadata(path).map(|meta| meta.mode() & 0o077);
    match mode(path) {
        Ok(0) => Finding::good(what, format!("{} is private", path.display())),
        Ok(_) if path.parent().is_some_and(|folder| mode(folder).is_ok_and(|open| open == 0)) => {
            Finding::good(what, format!("{} lies in a private folder", path.display()))
        }
        Ok(_) => Finding::wrong(what, format!("{} can be read by others; chmod go-rwx it", path.display())),
        Err(error) => Finding::wrong(what, format!("{} cannot be looked at: {}", path.display(), error.kind())),
    }
}

fn apart(config: &Config) -> Finding {
    let inside = [&config.keys.root, &config.keys.ring].into_iter().any(|file| file.starts_with(&config.data));
    if inside {
        return Finding::wrong(
            "key place",
            "a key file lies inside the data directory: a copy of the data would hold the keys to it; move it out and set keys.root_file and keys.ring_file",
        );
    }
    Finding::good("key place", "the keys lie outside the data directory; keep copies of both away from this machine")
}

fn room(what: &'static str, path: &Path) -> Finding {
    match rustix::fs::statvfs(path) {
        Ok(disk) => judge_room(what, disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Finding::attention(what, format!("free space cannot be read: {error}")),
    }
}

fn judge_room(what: &'static str, free: u64) -> Finding {
    let words = format!("{} MB free", waxwing_http::count((free >> 20).cast_signed()));
    match free {
        ..TOO_LITTLE => Finding::wrong(what, format!("{words}: work stops when it is full; make room now")),
        TOO_LITTLE..LITTLE => Finding::attention(what, format!("{words}: make room soon")),
        _ => Finding::good(what, words),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_that_others_can_read_is_wrong_unless_its_folder_is_private() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("file");
        std::fs::write(&file, "x").expect("writes");
        let set =
            |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("chmod");
        for (folder_mode, file_mode, level) in
            [(0o755, 0o644, Level::Wrong), (0o700, 0o644, Level::Good), (0o755, 0o600, Level::Good)]
        {
            set(dir.path(), folder_mode);
            set(&file, file_mode);
            assert_eq!(private("test", &file).level, level, "{folder_mode:o} {file_mode:o}");
        }
        assert_eq!(private("test", &dir.path().join("missing")).level, Level::Wrong);
    }

    #[test]
    fn little_room_is_said_in_time() {
        let levels = [1 << 20, 500 << 20, 5 << 30].map(|free| judge_room("disk", free).level);
        assert_eq!(levels, [Level::Wrong, Level::Attention, Level::Good]);
    }
}
