//! The drills by name: what the command line runs and the demo's first page offers.

/// A drill.
#[derive(Clone, Copy, Debug)]
pub struct Drill {
    /// What the command line calls it.
    pub name: &'static str,
    /// What happens in it, in a sentence.
    pub about: &'static str,
}

/// Every drill.
pub const DRILLS: [Drill; 7] = [
    Drill { name: "credential-stuffing", about: "Passwords from another site are tried; one fits." },
    Drill { name: "support-takeover", about: "Somebody talks their way towards an owner’s account." },
    Drill { name: "insider-export", about: "A colleague takes a list home." },
    Drill { name: "key-leak", about: "API keys are found in somebody’s repository and used." },
    Drill { name: "stolen-backup", about: "A copy of the database is taken, without its keys." },
    Drill { name: "opt-out-leak", about: "Somebody tries what unsubscribe pages give away." },
    Drill { name: "mis-send", about: "A letter goes to the wrong list." },
];
