//! The process itself: no core dumps, an orderly end.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

/// Keys live in memory: no core dump may carry them to disk, and no other process of the same
/// user may attach to read them. Limit: the machine's administrator still can.
pub fn seal_memory() -> Result<(), rustix::io::Errno> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

/// Ready when somebody asks the process to end: SIGTERM (a service manager) or SIGINT (Ctrl-C).
pub async fn asked_to_end() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
