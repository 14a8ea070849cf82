//! A case with everything known that a side may be given before its clock starts.

use super::{Bounds, Case, Engines, cost::costs};
use crate::plain_revm::{self, PlainState};
use access_list::{AccessSet, BlockAccessList};
use evm::Outcome;
use executor::{Plan, PreparedBlock};

/// A block ready to be measured.
#[derive(Debug)]
pub struct Subject<'c> {
    /// The block and its state.
    pub case: &'c Case,
    /// The block in the machine's form.
    pub prepared: PreparedBlock<'c>,
    /// The state in the form of plain revm.
    pub plain: PlainState,
    /// What each transaction touches.
    pub sets: Vec<AccessSet>,
    /// The block access list of the transactions.
    pub list: BlockAccessList,
    /// What each transaction costs when it is executed in order on one core, in nanoseconds.
    pub costs: Vec<u64>,
    /// What an ideal schedule could gain.
    pub bounds: Bounds,
    /// Gas used by all transactions.
    pub gas: u64,
}

impl<'c> Subject<'c> {
    /// Executes the block serially to learn what it touches and, `passes` times more, what each transaction costs; without
    /// passes, all of them cost nothing.
    pub fn new(case: &'c Case, engines: &Engines, passes: usize) -> Result<Self, executor::Error> {
        let prepared = case.prepare();
        let engine = engines.get(1)?;
        let run = engine.execute_transactions(&prepared, &case.state, &Plan::default())?;
        let list = engine.list_of(&prepared, &run, &case.state)?;
        let executed = || run.executed.iter().flatten();
        let sets: Vec<_> = executed().map(|executed| AccessSet::from_record(&executed.record)).collect();
        let gas = executed().map(|executed| gas_used(&executed.output)).sum();
        let costs = if passes == 0 { vec![0; sets.len()] } else { costs(&prepared, &case.state, passes)? };
        let bounds = Bounds::of(&sets, &costs);
        let plain = plain_revm::plain_state(&case.state);
        Ok(Self { case, prepared, plain, sets, list, costs, bounds, gas })
    }

    /// How often a side that takes `ns` has to run in one measurement so that the clock does not count.
    pub(crate) fn batch_for(&self, ns: f64) -> usize {
        /// What one measurement should last, in nanoseconds.
        const MEASUREMENT: f64 = 200_000.0;
        (MEASUREMENT / ns.max(1.0)).ceil().clamp(1.0, 64.0) as usize
    }
}

fn gas_used(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Included(result) => result.gas_used,
        Outcome::Invalid(_) => 0,
    }
}
