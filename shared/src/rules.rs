//! The protocol's rules by name, so that a test can take one away and watch the checks fail.
//!
//! Asked by the core where a rule is applied. In a normal build every rule is kept and the question costs
//! nothing; with the feature `mutants`, which only tests switch on, a cluster may break one of them.
//! Source: PROTOCOL.md, section 6 (mutants).

/// A rule of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A promise is durable before it is said.
    DurablePromise,
    /// The log to go on with is chosen by (accepted epoch, length), never by length alone.
    BestByEpoch,
    /// A new epoch is installed whole or not at all.
    WholeInstall,
    /// An update is durable before it is acknowledged.
    SyncBeforeAck,
    /// A replica whose disk was wiped does not vote before all others have answered it.
    RecoverFirst,
    /// Recovery hears all other replicas, not a majority of them.
    RecoverFromAll,
    /// A replica accepts nothing below its promise.
    Fence,
    /// Committed is what a majority has.
    MajorityCommit,
    /// A linearizable read asks a majority.
    ReadQuorum,
    /// A linearizable read waits until what the majority has is committed.
    ReadCommitted,
    /// The primary acknowledges by itself only in an epoch that a majority has installed.
    AckWhenActive,
    /// The owner whom a claim must hear is that of the largest accepted epoch, not of the largest promised one.
    OwnerByAccepted,
    /// A claim hears the last active owner, unless a majority misses it.
    HearOwner,
    /// Only what a majority misses is taken over.
    SuspectByMajority,
    /// An operation that is in the log is not done again.
    DoneOnce,
    /// A creation leaves an id only when another's note is committed there.
    CreateInOrder,
    /// The state of a new generation is accepted by a majority before anybody works in it.
    AcceptBeforeEnter,
    /// A session read waits until the replica has caught up with the session.
    SessionWaits,
}
