//! Why the server does not start, and what ends it on the spot.
//!
//! Used by [`crate::server`] and the store. Errors that a client is told are `shared::api::Problem`.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use shared::id::ReplicaId;

use crate::console;
use crate::folder::Part;
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
    /// Another process works on the data folder.
    #[error("{}", in_use(path, *holder))]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Who.
        holder: Holder,
    },
    /// The folder is that of other replicas.
    #[error(
        "the data folder {} belongs to a cluster, but replica {id} never ran on it: put `replicas` in {file} back in order, start the replica whose store lies there, or name another `data` folder; only if its disk was lost, remove the file `cluster` there, and it gets everything from the others",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The replica.
        id: ReplicaId,
        /// The configuration's file.
        file: String,
    },
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

/// Who works on a data folder, with the number of the process if it left one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// One process that runs everything.
    Whole(Option<u32>),
    /// Parts that are processes of their own.
    Parts,
    /// This part.
    Part(Part, Option<u32>),
}

fn in_use(path: &Path, holder: Holder) -> String {
    let folder = format!("the data folder {}", path.display());
    let number = |pid: Option<u32>| pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
    match holder {
        Holder::Whole(pid) => {
            format!("{folder} is in use by another baton{}: stop that one, or give another `data` folder", number(pid))
        }
        Holder::Parts => format!(
            "{folder} is in use by `baton replica` or `baton gateway`: stop those, or give another `data` folder"
        ),
        Holder::Part(Part::Replica(id), pid) => format!("replica {id} already runs on {folder}{}", number(pid)),
        Holder::Part(Part::Gateway, pid) => format!("the gateway already runs on {folder}{}", number(pid)),
    }
}

impl StartError {
    /// Whether it passes when another process ends.
    pub fn may_pass(&self) -> bool {
        matches!(self, StartError::Busy { .. } | StartError::InUse { .. } | StartError::Store(StoreError::Open { .. }))
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
