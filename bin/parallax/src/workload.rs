//! A recorded block made ready to be executed, and what executing it gives.

use crate::exit::Failure;
use access_list::{AccessRecord, AccessSet, AccountChange, SlotChange, StateDiff};
use bench::{RecordedBlock, RecordedState};
use evm::Outcome;
use executor::{BlockExecution, Engine, Plan, PreparedBlock, Stats};
use primitives::Account;
use scheduler::{Executed, Run};
use state::{StateError, StateReader, StateWriter};

/// Passes over a block in which each transaction is timed.
const COST_PASSES: usize = 5;

/// A recorded block in the engine's form.
pub(crate) struct Workload<'b> {
    /// The recording.
    pub(crate) recorded: &'b RecordedBlock,
    /// The block with its senders and values worked out.
    pub(crate) prepared: PreparedBlock<'b>,
}

/// The result of a block.
pub(crate) enum Execution {
    /// Of the whole block.
    Whole(Box<BlockExecution>),
    /// Of the transactions alone: the header, and with it what happens outside of them, is not known.
    Transactions(Run<Outcome>),
}

impl<'b> Workload<'b> {
    /// Prepares a block.
    pub(crate) fn new(recorded: &'b RecordedBlock) -> Self {
        Self { recorded, prepared: PreparedBlock::new(&recorded.chain, &recorded.block, &recorded.senders) }
    }

    /// The state before the block.
    pub(crate) fn state(&self) -> &'b (dyn StateReader + Sync) {
        reader(&self.recorded.state)
    }

    /// Executes the block, or its transactions if that is all there is.
    pub(crate) fn execute(&self, engine: &Engine, plan: &Plan<'_>) -> Result<Execution, executor::Error> {
        if self.recorded.header_known {
            return Ok(Execution::Whole(Box::new(engine.execute(&self.prepared, self.state(), plan)?)));
        }
        Ok(Execution::Transactions(engine.execute_transactions(&self.prepared, self.state(), plan)?))
    }

    /// What each transaction costs, in nanoseconds, measured in serial passes of their own.
    pub(crate) fn costs(&self, execution: &Execution) -> Result<Vec<u64>, Failure> {
        let name = &self.recorded.name;
        let state = self.first_state(execution).map_err(|error| failure(name, &error.into()))?;
        bench::measure::costs(&self.prepared, reader(&state), COST_PASSES).map_err(|error| failure(name, &error.into()))
    }

    /// The state that the first transaction sees: after the steps that come before all transactions.
    pub(crate) fn first_state(&self, execution: &Execution) -> Result<RecordedState, StateError> {
        let mut state = self.recorded.state.clone();
        for record in execution.whole().iter().flat_map(|whole| &whole.steps[0]) {
            commit(&mut state, &changes(record))?;
        }
        Ok(state)
    }
}

impl Execution {
    /// Receipts, requests and list, where the whole block was executed.
    pub(crate) fn whole(&self) -> Option<&BlockExecution> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Transactions(_) => None,
        }
    }

    /// Every transaction with what it touched.
    pub(crate) fn executed(&self) -> impl Iterator<Item = &Executed<Outcome>> {
        match self {
            Self::Whole(whole) => whole.executed.iter().flatten(),
            Self::Transactions(run) => run.executed.iter().flatten(),
        }
    }

    /// Everything that changes.
    pub(crate) fn diff(&self) -> &StateDiff {
        match self {
            Self::Whole(whole) => &whole.diff,
            Self::Transactions(run) => &run.diff,
        }
    }

    /// What it took.
    pub(crate) fn stats(&self) -> Stats {
        match self {
            Self::Whole(whole) => whole.stats,
            Self::Transactions(run) => run.stats,
        }
    }

    /// Gas used by all transactions.
    pub(crate) fn gas_used(&self) -> u64 {
        let gas = |executed: &Executed<Outcome>| match &executed.output {
            Outcome::Included(result) => result.gas_used,
            Outcome::Invalid(_) => 0,
        };
        self.executed().map(gas).sum()
    }

    /// What each transaction touched, as keys.
    pub(crate) fn access_sets(&self) -> Vec<AccessSet> {
        self.executed().map(|executed| AccessSet::from_record(&executed.record)).collect()
    }
}

/// The state as workers share it.
pub(crate) fn reader(state: &RecordedState) -> &(dyn StateReader + Sync) {
    match state {
        RecordedState::Listed(state) => state,
        RecordedState::Witness(state) => state,
    }
}

/// Writes changes into a recorded state.
pub(crate) fn commit(state: &mut RecordedState, diff: &StateDiff) -> Result<(), StateError> {
    match state {
        RecordedState::Listed(state) => state.commit(diff),
        RecordedState::Witness(state) => state.commit(diff),
    }
}

/// What one transaction or step changes, fees left out.
pub(crate) fn changes(record: &AccessRecord) -> StateDiff {
    let mut diff = StateDiff { code: record.deployed.clone(), ..StateDiff::default() };
    for (access, slots) in record.iter() {
        let address = access.address;
        if access.is_changed() || access.wiped {
            diff.accounts.push(AccountChange { address, account: access.after, wiped: access.wiped });
        }
        let slots = slots.iter().filter(|slot| slot.is_changed() && access.after.is_some());
        diff.slots.extend(slots.map(|slot| SlotChange { address, slot: slot.slot, value: slot.after }));
    }
    diff
}

/// The changes of one transaction with its fee, given the state before it.
pub(crate) fn changes_with_fee(
    executed: &Executed<Outcome>,
    prepared: &PreparedBlock<'_>,
    state: &dyn StateReader,
) -> Result<StateDiff, StateError> {
    let mut diff = changes(&executed.record);
    let Some(fee) = executed.fee else { return Ok(diff) };
    let address = prepared.block.header.beneficiary;
    let own = diff.accounts.iter().position(|change| change.address == address);
    let before = match own {
        Some(at) => diff.accounts[at].account,
        None => state.account(address)?,
    };
    let mut after = before.unwrap_or_default();
    after.balance = after.balance.saturating_add(fee);
    let clears_empty = prepared.environment().clears_empty_accounts();
    let account: Option<Account> = (!clears_empty || !after.is_empty()).then_some(after);
    match own {
        Some(at) => diff.accounts[at].account = account,
        None => diff.accounts.push(AccountChange { address, account, wiped: false }),
    }
    Ok(diff)
}

/// What a failed execution means for the command.
pub(crate) fn failure(name: &str, error: &executor::Error) -> Failure {
    use executor::Error;
    use scheduler::Error as Scheduling;
    match error {
        Error::Invalid(_) => Failure::Verdict(format!("block {name}: {error}")),
        Error::State(StateError::Missing(_) | StateError::MissingCode(_))
        | Error::Failed(Scheduling::State { source: StateError::Missing(_) | StateError::MissingCode(_), .. }) => {
            Failure::Input(format!("block {name}: the recording is not complete: {error}"))
        }
        Error::Failed(Scheduling::WorkerCount(_)) => Failure::Usage(error.to_string()),
        _ => Failure::Machine(format!("block {name}: {error}")),
    }
}
