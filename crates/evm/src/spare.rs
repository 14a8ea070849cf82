//! What an interpreter leaves to the next one on the same thread of the system: memory that would otherwise be asked for
//! and given back for every block and for every thread of a contract. Nothing that a result depends on is in it.

use crate::{interpreter::Words, threads::NESTING_MAX};
use revm::{
    context::{LocalContext, journal::warm_addresses::WarmAddresses},
    context_interface::{FrameStack, LocalContextTr as _},
    handler::EthFrame,
    primitives::hardfork::SpecId,
};
use std::cell::RefCell;

/// Frames that may have been open at once where memory is kept: each has a stack of 32 KiB.
const DEPTH_MAX: usize = 8;

/// How many are kept: a machine's, and those of threads inside of threads.
const SPARES_MAX: usize = 1 + NESTING_MAX;

/// Bytes of memory that are kept.
const MEMORY_MAX: usize = 1 << 20;

thread_local! {
    static SPARES: RefCell<Vec<Spare>> = const { RefCell::new(Vec::new()) };
}

/// Memory of one interpreter.
pub(crate) struct Spare {
    pub(crate) frames: FrameStack<EthFrame>,
    pub(crate) local: LocalContext,
    pub(crate) words: Option<Words>,
    /// Which precompiles are warm, and under which rules.
    pub(crate) warm: Option<(SpecId, WarmAddresses)>,
}

impl Spare {
    /// One that was kept, or a fresh one.
    pub(crate) fn take() -> Self {
        let kept = SPARES.with_borrow_mut(Vec::pop);
        // Interpreters are large, and few threads call anybody: one is made, and others when they are needed.
        kept.unwrap_or_else(|| Self {
            frames: FrameStack::new_prealloc(1),
            local: LocalContext::default(),
            words: None,
            warm: None,
        })
    }

    /// Keeps it, unless it is large or there are enough. `depth`: how many frames were open at once.
    pub(crate) fn keep(mut self, depth: usize) {
        if depth > DEPTH_MAX || self.local.shared_memory_buffer.borrow().capacity() > MEMORY_MAX {
            return;
        }
        self.frames.clear();
        self.local.clear();
        if let Some((_, warm)) = &mut self.warm {
            warm.clear_coinbase_and_access_list();
        }
        SPARES.with_borrow_mut(|spares| {
            if spares.len() < SPARES_MAX {
                spares.push(self);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlockValues, CodeCache, Environment, Machine, Outcome, PreparedTransaction};
    use primitives::{Account, Address, B256, Fork, U256};
    use revm::{context::TxEnv, primitives::TxKind};
    use state::MemoryState;

    fn kept() -> usize {
        SPARES.with_borrow(Vec::len)
    }

    #[test]
    fn what_is_large_is_not_kept_and_never_more_than_are_used_at_once() {
        Spare::take().keep(DEPTH_MAX + 1);
        assert_eq!(kept(), 0, "it was deep");
        let spare = Spare::take();
        spare.local.shared_memory_buffer.borrow_mut().reserve(MEMORY_MAX + 1);
        spare.keep(0);
        assert_eq!(kept(), 0, "it had much memory");
        let all: Vec<Spare> = (0..2 * SPARES_MAX).map(|_| Spare::take()).collect();
        all.into_iter().for_each(|spare| spare.keep(DEPTH_MAX));
        assert_eq!(kept(), SPARES_MAX);
        let spare = Spare::take();
        assert_eq!(kept(), SPARES_MAX - 1);
        spare.local.shared_memory_buffer.borrow_mut().extend([1, 2, 3]);
        spare.keep(0);
        assert!(
            Spare::take().local.shared_memory_buffer.borrow().is_empty(),
            "the next one finds no memory of another"
        );
    }

    /// Runs a contract that calls itself as long as there is gas.
    fn call_as_deep_as(gas_limit: u64) {
        const SENDER: Address = Address::repeat_byte(1);
        const CONTRACT: Address = Address::repeat_byte(2);
        let mut state = MemoryState::new();
        state.set_account(SENDER, Account::with_balance(U256::from(1_000_000)));
        let calls_itself = [&[0x60, 0].repeat(5)[..], &[0x30, 0x5a, 0xf1]].concat();
        let code_hash = state.insert_code(calls_itself.into());
        state.set_account(CONTRACT, Account { code_hash, nonce: 1, ..Account::EMPTY });
        let values = BlockValues {
            number: 1,
            timestamp: 1,
            beneficiary: Address::ZERO,
            gas_limit,
            base_fee: 0,
            difficulty: U256::ZERO,
            prevrandao: Some(B256::ZERO),
            blobs: None,
        };
        let environment = Environment::new(Fork::Shanghai, 1, &values);
        let (codes, kind) = (CodeCache::default(), TxKind::Call(CONTRACT));
        let transaction = TxEnv { caller: SENDER, kind, gas_limit, chain_id: None, ..TxEnv::default() };
        let mut machine = Machine::new(&environment, &codes, &state);
        let done = machine.execute(&PreparedTransaction::from_env(transaction)).expect("the state is whole");
        assert!(matches!(done.outcome, Outcome::Included(_)), "{:?}", done.outcome);
    }

    #[test]
    fn a_machine_leaves_its_memory_unless_it_was_deep() {
        call_as_deep_as(200_000);
        assert_eq!(kept(), 0, "it had hundreds of frames");
        call_as_deep_as(21_500);
        assert_eq!(kept(), 1, "it had three");
        call_as_deep_as(200_000);
        assert_eq!(kept(), 0, "what it took over went with it");
    }
}
