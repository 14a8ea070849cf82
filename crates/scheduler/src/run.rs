//! What every policy is given and what every policy returns.

use crate::{Executed, TransactionExecutor, list_check::Tally};
use access_list::{AccessSet, ListIndex, StateDiff};
use primitives::Account;
use state::StateReader;

/// One block to be executed on one state.
pub struct Job<'a, M: TransactionExecutor> {
    /// Executes its transactions.
    pub machine: &'a M,
    /// The state before its first transaction.
    pub state: &'a (dyn StateReader + Sync),
    /// Touched empty accounts vanish (EIP-161).
    pub clears_empty: bool,
    /// What is known of the block's accesses, for the policies that need it.
    pub known: Known<'a>,
    /// Records are not wanted in the result.
    pub drop_records: bool,
}

/// What is known of a block's accesses beforehand.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// The block access list, for `list_driven`.
    pub list: Option<&'a ListIndex>,
    /// One access set for each transaction, for `static_split`, `disjoint_sets` and `sequence`. It may be wrong.
    pub sets: Option<&'a [AccessSet]>,
}

/// Judges each transaction in block order, with all transactions before it decided.
///
/// Called exactly once per transaction, in order, until it stops the block.
pub trait Gate<O>: Send {
    /// What becomes of transaction `index`.
    fn admit(&mut self, index: usize, executed: &Executed<O>) -> Admission;
}

/// What becomes of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is part of the block.
    Include,
    /// It is left out: the transactions after it do not see its changes.
    Exclude,
    /// The block ends before it.
    Stop,
}

/// The result of a run. Law: the same for every policy and any number of workers, statistics apart.
#[derive(Clone, Debug)]
pub struct Run<O> {
    /// The transactions that were decided, in block order, with exact records; `None` where one was left out.
    pub executed: Vec<Option<Executed<O>>>,
    /// Everything that the included transactions change, fees included.
    pub diff: StateDiff,
    /// What it took.
    pub stats: Stats,
    /// Under `list_driven`: what of the list the transactions account for.
    pub listed: Option<Tally>,
}

/// What a run took. Depends on timing; never part of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Workers that could take part.
    pub workers: usize,
    /// Executions of transactions, useless ones included.
    pub executions: usize,
    /// Executions whose result was thrown away because what they had read turned out stale.
    pub stale: usize,
    /// Dispatches that were put off because a hint told of a conflict.
    pub deferred: usize,
    /// Pieces into which the block was cut, each executed in one go by one worker; zero where its transactions were dispatched
    /// one by one.
    pub chunks: usize,
    /// Nanoseconds that went into making a plan before the first execution, for the policies that make one.
    pub planning_ns: u64,
}

/// Adds a fee to the beneficiary's account.
pub(crate) fn credit(account: Option<Account>, fee: primitives::U256, clears_empty: bool) -> Option<Account> {
    let mut account = account.unwrap_or_default();
    // Wei in existence stay far below 2^256; saturating keeps the function total.
    account.balance = account.balance.saturating_add(fee);
    (!clears_empty || !account.is_empty()).then_some(account)
}
