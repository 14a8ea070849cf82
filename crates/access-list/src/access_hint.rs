//! What is known of a transaction's accesses before it runs.

use crate::AccessSet;

/// An access set together with where it comes from and how far it can be relied on.
///
/// Declared sets, static analysis, records and lists of earlier runs all take this one form; lock tables, policies and
/// shard routing read it. A hint may schedule; it never decides a result: whatever it says, execution records what is
/// really touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessHint {
    /// What the transaction is expected to touch.
    pub set: AccessSet,
    /// Where this knowledge comes from.
    pub provenance: Provenance,
    /// How the set relates to what the transaction will touch.
    pub exactness: Exactness,
}

/// Where a hint comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// Stated by the sender or the author of the contract: static calls, locks, a transaction's access list (EIP-2930).
    #[default]
    Declared,
    /// Derived from the code without running it.
    Static,
    /// Recorded while the same transaction ran: the miner's read and write set, a block access list.
    Recorded,
    /// Extrapolated from earlier transactions of the same kind.
    Learnt,
}

/// How the set of a hint relates to what the transaction will touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Exactness {
    /// Claimed to be just what is touched. A claim only: it is compared with the record.
    Exact,
    /// Keys may be missing and others may be too many.
    Estimate,
    /// Nothing is known; the set is empty.
    #[default]
    Unknown,
}

impl AccessHint {
    /// A hint that says nothing.
    pub fn unknown() -> Self {
        Self::default()
    }
}
