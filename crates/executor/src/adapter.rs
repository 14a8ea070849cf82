//! The machine as the scheduler sees it.

use crate::PreparedBlock;
use evm::{CodeCache, Execution, Machine, Outcome, PreparedTransaction};
use primitives::{Address, keccak256};
use scheduler::{Executed, Hint, TransactionExecutor};
use state::{StateError, StateReader};

/// The transactions of one block on machines that share a code cache.
pub(crate) struct BlockMachine<'b> {
    block: &'b PreparedBlock<'b>,
    codes: &'b CodeCache,
}

impl<'b> BlockMachine<'b> {
    pub(crate) const fn new(block: &'b PreparedBlock<'b>, codes: &'b CodeCache) -> Self {
        Self { block, codes }
    }
}

impl TransactionExecutor for BlockMachine<'_> {
    type Output = Outcome;
    type Worker<'v>
        = Machine<'v>
    where
        Self: 'v;

    fn len(&self) -> usize {
        self.block.transactions.len()
    }

    fn worker<'v>(&'v self, state: &'v dyn StateReader) -> Machine<'v> {
        Machine::new(&self.block.environment, self.codes, state)
    }

    fn execute(&self, machine: &mut Machine<'_>, index: usize) -> Result<Executed<Outcome>, StateError> {
        let Execution { record, fee, outcome } = machine.execute(&self.block.transactions[index])?;
        Ok(Executed { record, fee, output: outcome })
    }

    fn beneficiary(&self) -> Address {
        self.block.environment.beneficiary()
    }

    fn hint(&self, index: usize) -> Hint {
        let transaction = &self.block.transactions[index];
        Hint {
            sender: Some((transaction.sender(), transaction.nonce())),
            class: class(transaction),
            gas: transaction.gas_limit(),
        }
    }
}

/// Contract and selector as one number. A collision costs a badly placed wait and nothing else.
fn class(transaction: &PreparedTransaction) -> u64 {
    let (Some(to), Some(selector)) = (transaction.to(), transaction.input().first_chunk::<4>()) else { return 0 };
    let mut bytes = [0; 24];
    bytes[..20].copy_from_slice(to.as_slice());
    bytes[20..].copy_from_slice(selector);
    let hash = keccak256(bytes);
    u64::from_be_bytes(*hash.first_chunk().expect("a hash has 32 bytes"))
}
