//! The process itself: no core dumps, an orderly end.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Keys live in memory: no core dump may carry them to disk, and no other process of the same
/// user may attach to read them. Limit: the machine's administrator still can.
pub fn seal_memory() -> Result<(), rustix::io::Errno> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

/// Hears requests to end: SIGTERM (a service manager) and SIGINT (Ctrl-C).
pub struct Ending {
    terminate: Signal,
    interrupt: Signal,
}

impl Ending {
    /// Begins to listen; from now on those signals no longer kill the process.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Ready when somebody asks.
    pub async fn asked(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        tracing::info!("asked to end; finishing what runs");
    }
}
