//! Keys, the access record and its witness, and backups.

use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// `waxwing keys …`.
#[derive(Subcommand)]
pub enum Keys {
    /// Begin a new key epoch, rewrap everybody's key, destroy the old epoch
    Rotate,
    /// New keys for everybody and for all secrets of a workspace, with everything sealed anew under them
    Reseal {
        /// Wait until it is done
        #[arg(long)]
        wait: bool,
    },
}

/// `waxwing record …`.
#[derive(Subcommand)]
pub enum Record {
    /// Write the record to files that anybody can check (C2SP tlog-tiles)
    Export {
        /// The directory; it must not exist
        dir: PathBuf,
        /// Leave out who was named: the numbers of people beside each entry
        #[arg(long)]
        without_people: bool,
    },
    /// Check files of the record, or the proof of one entry; needs no database and no keys of it
    Verify(Verify),
    /// Write the proof that an entry is in the signed record (C2SP tlog-proof)
    Prove {
        /// The entry's number
        entry: u64,
        /// The file to write; standard output otherwise
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print the key that checks the record
    Key,
    /// Have a witness sign each head of the record
    Witness {
        /// Where the witness is reached
        #[arg(long)]
        url: String,
        /// Its key, name+id+key, or a file that holds it
        #[arg(long, value_name = "KEY")]
        vkey: String,
    },
}

/// `waxwing record verify`.
#[derive(Args)]
pub struct Verify {
    /// The directory that `record export` wrote, or a proof
    pub path: PathBuf,
    /// The log's key, name+id+key, or a file that holds it
    #[arg(long)]
    pub key: Option<String>,
    /// The key of a witness that must have signed; may be given more than once
    #[arg(long, value_name = "KEY")]
    pub witness: Vec<String>,
    /// A checkpoint that was kept elsewhere: downloaded, mailed, or a witness's
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Be content with files that leave out who was named
    #[arg(long)]
    pub without_people: bool,
}

/// `waxwing witness …`.
#[derive(Subcommand)]
pub enum Witness {
    /// Make a witness's key and print its public half
    Init {
        /// Its name, like witness.example.org/1
        #[arg(long)]
        name: String,
        /// The file to write; it must not exist
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Answer logs that ask for a signature (C2SP tlog-witness)
    Serve(WitnessServe),
}

/// `waxwing witness serve`.
#[derive(Args)]
pub struct WitnessServe {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// The witness's key file
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Where it keeps what it saw
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// The key of a log it signs for, name+id+key, or a file with one a line; may be given more than once
    #[arg(long, value_name = "KEY", required = true)]
    pub log: Vec<String>,
}

/// `waxwing backup`.
#[derive(Args)]
pub struct Backup {
    /// Where: PATH.data and PATH.keys are written; neither may exist
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Only PATH.keys: often, for it carries the newest erasures, suppressions and withdrawals
    #[arg(long)]
    pub keys_only: bool,
    /// Put the root key into PATH.keys too: whoever has both files then has everything
    #[arg(long)]
    pub include_root: bool,
}

/// `waxwing restore`.
#[derive(Args)]
pub struct Restore {
    /// Where: PATH.data and PATH.keys
    #[arg(long, value_name = "PATH")]
    pub from: PathBuf,
    /// A newer key archive in place of PATH.keys
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}
