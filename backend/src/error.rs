//! Why the server does not start, and what ends it on the spot.
//!
//! Used by [`crate::server`] and the store. Errors that a client is told are `shared::api::Problem`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::console;
use crate::folder::FolderError;
use crate::secret::SecretError;
use crate::store::StoreError;

/// Why the server cannot be started; each text is one line and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else has the port.
    #[error("{}", busy(address, key, file, *by))]
    Busy {
        /// The address wanted.
        address: String,
        /// Where that is.
        socket: SocketAddr,
        /// The key that gives the port.
        key: String,
        /// The configuration's file.
        file: String,
        /// Who.
        by: Taker,
    },
    /// Another part of this server has it.
    #[error("{address} is given twice, by `{}` and `{}` in {file}: change one", keys[0], keys[1])]
    Twice {
        /// The address wanted.
        address: String,
        /// The keys that give it.
        keys: [String; 2],
        /// The configuration's file.
        file: String,
    },
    /// The address cannot be bound to.
    #[error("cannot listen on {address}: {source}; change `{key}` in {file}{instead}")]
    Listen {
        /// The address wanted.
        address: String,
        /// The key that gives it.
        key: String,
        /// The configuration's file.
        file: String,
        /// What else helps, behind a comma; empty when nothing does.
        instead: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The data folder cannot be worked on.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The system lets this process have too few files and connections open.
    #[error(
        "{limit} files and connections may be open at once, and {needed} are needed: start it after `ulimit -n {needed}`"
    )]
    FewFiles {
        /// How many it may have.
        limit: usize,
        /// How many it needs.
        needed: usize,
    },
    /// There is no such replica.
    #[error("there is no replica {id}: {file} names {count}")]
    NoReplica {
        /// The number asked for.
        id: u8,
        /// How many there are.
        count: usize,
        /// The configuration's file.
        file: String,
    },
    /// The parts of the cluster have no common secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A file or folder cannot be made.
    #[error("cannot create {}: {source}; change `{key}` in {file}, or make that place writable", path.display())]
    Create {
        /// What.
        path: PathBuf,
        /// The key that names it.
        key: &'static str,
        /// The configuration's file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// The step log would be written into something else.
    #[error("`log` in {file} is {}, {other}: give the step log a file of its own", path.display())]
    LogInTheWay {
        /// Where it would be.
        path: PathBuf,
        /// What is there.
        other: &'static str,
        /// The configuration's file.
        file: String,
    },
    /// A replica's store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no random numbers.
    #[error("the operating system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// Who has a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// It has not been looked at.
    Unknown,
    /// A program that listens there.
    Program,
    /// Nobody listens there: a connection was given the port.
    Connection,
}

fn busy(address: &str, key: &str, file: &str, by: Taker) -> String {
    match by {
        Taker::Unknown => format!("{address}, which is `{key}` in {file}, is taken"),
        Taker::Program => {
            format!("{address} is taken by another program: stop that one, or change `{key}` in {file}")
        }
        Taker::Connection => format!(
            "{address} is taken by a connection of this machine, to which the system gave the port: wait until that has \
             ended, or change `{key}` in {file} to a port below 32768"
        ),
    }
}

impl StartError {
    /// Whether it passes when another process ends.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            StartError::Busy { .. }
                | StartError::Folder(FolderError::InUse { .. })
                | StartError::Store(StoreError::Open { .. })
        )
    }
}

/// Ends the process at once with one line on stderr: for what must not be carried on with.
///
/// After a failed sync nobody knows what is on the disk, and after a broken invariant nobody knows what is in
/// memory; a restart reads what is surely there.
pub fn fatal(reason: &str) -> ! {
    console::complain(reason);
    console::flush(console::LAST_WORDS);
    std::process::exit(1);
}
