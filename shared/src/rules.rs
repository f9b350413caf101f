//! The protocol's rules by name, so that a test can take one away and see a check fail.
//!
//! The core asks `Cluster::breaks` where it applies a rule. In a normal build the answer is always no and costs
//! nothing; with the feature `mutants`, which only tests switch on, a cluster may break one rule. Source:
//! docs/PROTOCOL.md §4, where each rule names its test.

/// A rule of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A promise is durable before it is sent (docs/PROTOCOL.md §4.1).
    DurablePromise,
    /// The log to go on with is chosen by (accepted epoch, length), never by length alone (docs/PROTOCOL.md §4.4).
    BestByEpoch,
    /// A new epoch is installed whole or not at all (docs/PROTOCOL.md §4.7).
    WholeInstall,
    /// An update is durable before it is acknowledged (docs/PROTOCOL.md §4.1).
    SyncBeforeAck,
    /// A replica with an empty disk does not vote before it has recovered (docs/PROTOCOL.md §4.16).
    RecoverFirst,
    /// Recovery waits for all other replicas, not for a majority of them (docs/PROTOCOL.md §4.16).
    RecoverFromAll,
    /// A replica accepts nothing below its promise (docs/PROTOCOL.md §4.2).
    Fence,
    /// Committed is what a majority has (docs/PROTOCOL.md §4.10).
    MajorityCommit,
    /// A linearizable read asks a majority (docs/PROTOCOL.md §4.13).
    ReadQuorum,
    /// A linearizable read waits until what the majority has is committed (docs/PROTOCOL.md §4.14).
    ReadCommitted,
    /// The primary acknowledges by itself only in an active epoch (docs/PROTOCOL.md §4.11).
    AckWhenActive,
    /// A claim waits for the owner of the highest accepted epoch, not of the highest promised one
    /// (docs/PROTOCOL.md §4.5).
    OwnerByAccepted,
    /// A claim waits for the last owner, unless a majority suspects it (docs/PROTOCOL.md §4.5).
    HearOwner,
    /// Only what a majority suspects is taken over (docs/PROTOCOL.md §4.6).
    SuspectByMajority,
    /// An operation that is in the log is not performed again (docs/PROTOCOL.md §4.17).
    DoneOnce,
    /// A creation leaves an id only when another's note is committed there (docs/PROTOCOL.md §4.18).
    CreateInOrder,
    /// A new generation is accepted by a majority before anybody works in it (docs/PROTOCOL.md §4.19).
    AcceptBeforeEnter,
    /// A session read waits until the replica has caught up with the session (docs/PROTOCOL.md §4.15).
    SessionWaits,
}
