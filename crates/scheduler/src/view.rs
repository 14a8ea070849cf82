//! The state as one worker sees it at one position of the block: the memory over the state before the block.

use crate::{assumption::Assumption, memory::Memory, run::credit, sync::Mutex};
use access_list::AccessRecord;
use crossbeam_utils::CachePadded;
use primitives::{Account, Address, B256, Bytes, U256};
use state::{StateError, StateReader};
use std::cell::Cell;

/// Fees of committed transactions, which are kept apart from the beneficiary's account until something reads it.
#[derive(Debug)]
pub(crate) struct Fees {
    pub(crate) beneficiary: Address,
    paid: CachePadded<Mutex<Paid>>,
    clears_empty: bool,
}

#[derive(Debug, Default)]
struct Paid {
    /// Wei since the beneficiary's account was last written; `None` if no fee came since.
    open: Option<U256>,
    any: bool,
}

impl Fees {
    pub(crate) fn new(beneficiary: Address, clears_empty: bool) -> Self {
        Self { beneficiary, paid: CachePadded::default(), clears_empty }
    }

    /// Takes note of a committed transaction: its fee, and whether it wrote the beneficiary's account itself. What it
    /// wrote holds the fees that it found there.
    pub(crate) fn committed(&self, record: &AccessRecord, fee: Option<U256>) {
        if record.accounts.iter().any(|access| access.address == self.beneficiary && access.is_changed()) {
            self.paid.lock().open = None;
        }
        self.collect(fee);
    }

    /// Takes note of a committed transaction that did not touch the beneficiary's account.
    pub(crate) fn collect(&self, fee: Option<U256>) {
        if let Some(fee) = fee {
            let mut paid = self.paid.lock();
            paid.open = Some(paid.open.unwrap_or_default().saturating_add(fee));
            paid.any = true;
        }
    }

    /// Whether any fee was paid.
    pub(crate) fn any(&self) -> bool {
        self.paid.lock().any
    }

    /// The beneficiary's account with the fees paid so far.
    pub(crate) fn credited(&self, account: Option<Account>) -> Option<Account> {
        match self.paid.lock().open {
            Some(fees) => credit(account, fees, self.clears_empty),
            None => account,
        }
    }
}

/// A reader whose position moves between transactions.
pub(crate) struct View<'a> {
    pub(crate) memory: &'a Memory,
    pub(crate) base: &'a (dyn StateReader + Sync),
    pub(crate) fees: &'a Fees,
    index: Cell<usize>,
    assumption: Assumption,
}

impl<'a> View<'a> {
    pub(crate) fn new(memory: &'a Memory, base: &'a (dyn StateReader + Sync), fees: &'a Fees) -> Self {
        Self { memory, base, fees, index: Cell::new(0), assumption: Assumption::default() }
    }

    /// A view at the position of transaction `index`.
    fn at(self, index: usize) -> Self {
        self.position(index, None);
        self
    }

    /// Moves to the position of transaction `index`. `expected` must be `None` once all before it are committed.
    pub(crate) fn position(&self, index: usize, expected: Option<(Address, u64)>) {
        self.index.set(index);
        self.assumption.expect(expected);
    }

    /// The sender, if it was assumed to have another nonce than it had.
    pub(crate) fn assumed(&self) -> Option<Address> {
        self.assumption.made()
    }

    /// The account at the view's position, nothing assumed.
    pub(crate) fn actual(&self, address: Address) -> Result<Option<Account>, StateError> {
        let account = match self.memory.account(address, self.index.get()) {
            Some(versions) => versions.resolve(|| self.base.account(address))?,
            None => self.base.account(address)?,
        };
        Ok(if address == self.fees.beneficiary { self.fees.credited(account) } else { account })
    }
}

impl StateReader for View<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let mut account = self.actual(address)?;
        self.assumption.apply(address, &mut account);
        Ok(account)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self.memory.slot(address, slot, self.index.get()) {
            Some(value) => Ok(value),
            None => self.base.storage(address, slot),
        }
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        match self.memory.code(hash) {
            Some(code) => Ok(code),
            None => self.base.code(hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }

    /// The thread that reads has read the sender itself, so no nonce has to be assumed.
    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        let Self { memory, base, fees, .. } = *self;
        work(&LentView { memory, base, fees, index: self.index.get() });
        true
    }
}

/// A view that does not move: it may be read by several threads.
struct LentView<'a> {
    memory: &'a Memory,
    base: &'a (dyn StateReader + Sync),
    fees: &'a Fees,
    index: usize,
}

impl StateReader for LentView<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        View::new(self.memory, self.base, self.fees).at(self.index).account(address)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        View::new(self.memory, self.base, self.fees).at(self.index).storage(address, slot)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        View::new(self.memory, self.base, self.fees).code(hash)
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }

    fn lend(&self, work: &mut dyn FnMut(&(dyn StateReader + Sync))) -> bool {
        work(self);
        true
    }
}
