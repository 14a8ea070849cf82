//! A machine that cannot: a state that fails, a state that panics. Never a wrong result, and the next block is fine.

use crate::support::{Case, Engines, Way, assert_same};
use bench::workload::{Generator as _, RandomBlock, Settings};
use executor::{Error, Known, Plan, Policy};
use primitives::{Account, Address, B256, Bytes, U256};
use state::{MemoryState, StateError, StateReader};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A state that fails, in one of two ways, wherever it is asked for one account.
struct Failing<'a> {
    base: &'a MemoryState,
    address: Address,
    panics: bool,
}

impl StateReader for Failing<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        if address == self.address {
            assert!(!self.panics, "a scenario's state panics");
            return Err(StateError::Backend("a scenario's state fails".to_owned()));
        }
        self.base.account(address)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.base.storage(address, slot)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.base.code(hash)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }
}

/// Fault matrix E8: a failure or a panic while a worker executes is a failure of the run; the engine goes on.
///
/// Guard: every worker's work is under `catch_unwind`, and what was begun is dropped; the pool's memory is emptied
/// before it is used again. What is left of a block does not show in the same block again, but in another.
#[test]
fn state_that_fails_or_panics() {
    let [case, next] =
        [11, 12].map(|seed| Case::from(RandomBlock { transactions: 40, invalid: false }.build(Settings::new(seed))));
    let engines = Engines::new();
    let prepared_next = next.prepared();
    let serial_next = engines.serial(&prepared_next, &next.state).expect("a valid block");
    let prepared = case.prepared();
    let serial = engines.serial(&prepared, &case.state).expect("a valid block");
    // Schedules look at recipients beforehand, on the calling thread.
    let is_called = |address: &Address| prepared.transactions().iter().any(|other| other.to() == Some(*address));
    let sender = *case.senders.iter().rfind(|sender| !is_called(sender)).expect("somebody is not paid");
    for Way { engine, policy, name } in engines.ways() {
        for panics in [false, true] {
            let state = Failing { base: &case.state, address: sender, panics };
            let known = Known { list: Some(&serial.index), sets: Some(&serial.sets) };
            let plan = Plan { policy, known, record_list: true, ..Plan::default() };
            let what = format!("{name}, panics: {panics}");
            let run = || engine.execute(&prepared, &state, &plan).map(|_| ());
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(Ok(())) => panic!("{what}: a result"),
                Ok(Err(Error::Failed(_) | Error::State(_))) => {}
                Ok(Err(error)) => panic!("{what}: a verdict: {error}"),
                // On the calling thread alone, the panic goes its way.
                Err(_) => assert!(panics && engine.workers() == 1 || policy == Policy::Serial, "{what}: a panic"),
            }
            let known = Known { list: Some(&serial_next.index), sets: Some(&serial_next.sets) };
            let other = engine.execute(&prepared_next, &next.state, &Plan { known, ..plan }).expect("a valid block");
            assert_same(&serial_next, &other, &next.state, &format!("another block after {what}"));
            let again = engine.execute(&prepared, &case.state, &plan).expect("a valid block");
            assert_same(&serial, &again, &case.state, &format!("after {what}"));
        }
    }
}
