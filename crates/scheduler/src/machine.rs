//! The seam to whatever executes one transaction. The scheduler knows no more of it than this.

use access_list::AccessRecord;
use primitives::{Address, U256};
use state::{StateError, StateReader};

/// Executes the transactions of one block, one at a time, each against the state that it is given.
///
/// Duties of the implementor: [`Self::execute`] is a function of the transaction and of what it read; whatever it
/// depended on is in the record; it leaves no trace in the worker. Duties of the caller: the worker's state reader
/// stays as it is during one call.
pub trait TransactionExecutor: Sync {
    /// What a transaction gives beside its state changes (receipt material); opaque here.
    type Output: Send + Sync;

    /// A machine that lives on one thread and is used for many transactions.
    type Worker<'v>
    where
        Self: 'v;

    /// Number of transactions in the block.
    fn len(&self) -> usize;

    /// Whether the block has no transactions.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes a machine whose reads go to `state`.
    fn worker<'v>(&'v self, state: &'v dyn StateReader) -> Self::Worker<'v>;

    /// Executes transaction `index` as the worker's state is now.
    fn execute(&self, worker: &mut Self::Worker<'_>, index: usize) -> Result<Executed<Self::Output>, StateError>;

    /// Takes back the memory of a record that nobody needs any more.
    fn recycle(&self, _worker: &mut Self::Worker<'_>, _record: AccessRecord) {}

    /// Who receives the transactions' fees. They are credited by the scheduler, in order, after each transaction.
    fn beneficiary(&self) -> Address;

    /// Whether executing the transaction costs no more than handing it to another worker (a plain transfer). A guess.
    fn is_cheap(&self, _index: usize) -> bool {
        false
    }

    /// Adds numbers that stand for what the transaction may meet others at: two transactions with a number in common may
    /// conflict (the same party of the same contract). A guess; asked for only where conflicts have been seen.
    fn meetings(&self, _index: usize, _meetings: &mut Vec<u64>) {}

    /// What is known of a transaction before it runs. Hints may schedule; they never decide a result.
    fn hint(&self, index: usize) -> Hint;
}

/// One executed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed<O> {
    /// Everything it touched, the fee paid to the beneficiary left out.
    pub record: AccessRecord,
    /// The fee for the beneficiary in wei; `None` where none is paid and the beneficiary is not even touched.
    pub fee: Option<U256>,
    /// Receipt material.
    pub output: O,
}

/// What is known of a transaction before it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The sender and the nonce that the transaction expects, for chains of one sender.
    pub sender: Option<(Address, u64)>,
    /// Transactions with the same number run the same code path (contract and selector); 0 means unknown.
    pub class: u64,
    /// A guess at the cost, in gas.
    pub gas: u64,
}
