//! revm's journal with a hook on every access that leaves no other trace.
//!
//! revm keeps each account and slot that a transaction touched, also where the touching frame reverted, so reads and
//! writes are found in the journal afterwards. What cannot be found there is noted here as it happens: which balances
//! and nonces were seen exactly, and how much each payer could have been poorer. A contract cannot avoid the hook: the
//! journal is the only way of the interpreter to the state.

use crate::{database::Reads, observations::Observations};
use primitives::{
    Address, B256, Log, U256,
    map::{AddressMap, AddressSet, HashSet},
};
use revm::{
    Database, Journal,
    context::{JournalTr, journal::JournalEntry},
    context_interface::{
        context::{SStoreResult, SelfDestructResult, StateLoad},
        journaled_state::{
            AccountInfoLoad, AccountLoad, JournalCheckpoint, JournalLoadError, TransferError, account::JournaledAccount,
        },
    },
    primitives::hardfork::SpecId,
    state::{Account, Bytecode, EvmState},
};

type DbError<'v> = <Reads<'v> as Database>::Error;
type Load<'v, T> = Result<T, DbError<'v>>;
type SkipLoad<'v, T> = Result<T, JournalLoadError<DbError<'v>>>;

/// The journal of one machine.
#[derive(Debug)]
pub(crate) struct RecordingJournal<'v> {
    pub(crate) journal: Journal<Reads<'v>>,
    pub(crate) observations: Observations,
}

impl RecordingJournal<'_> {
    fn left(&self, payer: Address) -> U256 {
        self.journal.inner.account(payer).info.balance
    }
}

/// Methods that pass through unchanged.
macro_rules! forward {
    ($(fn $name:ident(&mut self $(, $arg:ident: $type:ty)*) $(-> $result:ty)?;)*) => {
        $(#[inline] fn $name(&mut self $(, $arg: $type)*) $(-> $result)? { self.journal.$name($($arg),*) })*
    };
}

impl<'v> JournalTr for RecordingJournal<'v> {
    type Database = Reads<'v>;
    type State = EvmState;
    type JournaledAccount<'a>
        = JournaledAccount<'a, Reads<'v>, JournalEntry>
    where
        Self: 'a;

    fn new(database: Reads<'v>) -> Self {
        Self { journal: Journal::new(database), observations: Observations::default() }
    }

    #[inline]
    fn transfer_loaded(&mut self, from: Address, to: Address, value: U256) -> Option<TransferError> {
        let error = self.journal.transfer_loaded(from, to, value);
        match error {
            None if value.is_zero() => {}
            None if from == to => {
                let left = self.left(from) - value;
                self.observations.payment(from, left);
            }
            None => {
                let left = self.left(from);
                self.observations.payment(from, left);
            }
            Some(_) => {
                self.observations.balance(from);
                self.observations.balance(to);
            }
        }
        error
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) -> Load<'v, Option<TransferError>> {
        self.journal.load_account(from)?;
        self.journal.load_account(to)?;
        Ok(self.transfer_loaded(from, to, value))
    }

    fn create_account_checkpoint(
        &mut self,
        caller: Address,
        address: Address,
        value: U256,
        spec: SpecId,
    ) -> Result<JournalCheckpoint, TransferError> {
        self.observations.nonce(caller);
        self.observations.nonce(address);
        let checkpoint = self.journal.create_account_checkpoint(caller, address, value, spec);
        match checkpoint {
            Ok(_) if value.is_zero() => {}
            Ok(_) => {
                let left = self.left(caller);
                self.observations.payment(caller, left);
            }
            Err(_) => {
                self.observations.balance(caller);
                self.observations.balance(address);
            }
        }
        checkpoint
    }

    fn selfdestruct(
        &mut self,
        address: Address,
        target: Address,
        skip_cold_load: bool,
    ) -> SkipLoad<'v, StateLoad<SelfDestructResult>> {
        self.observations.balance(address);
        self.journal.selfdestruct(address, target, skip_cold_load)
    }

    #[inline]
    fn load_account_mut_optional_code(
        &mut self,
        address: Address,
        load_code: bool,
    ) -> Load<'v, StateLoad<Self::JournaledAccount<'_>>> {
        // Only the sender and EIP-7702 authorities come this way, and both have their nonce checked.
        self.observations.nonce(address);
        self.journal.load_account_mut_optional_code(address, load_code)
    }

    #[inline]
    fn db_and_state(&self) -> (&Reads<'v>, &EvmState) {
        self.journal.db_and_state()
    }

    #[inline]
    fn db_and_state_mut(&mut self) -> (&mut Reads<'v>, &mut EvmState) {
        self.journal.db_and_state_mut()
    }

    #[inline]
    fn logs(&self) -> &[Log] {
        self.journal.logs()
    }

    #[inline]
    fn precompile_addresses(&self) -> &AddressSet {
        self.journal.precompile_addresses()
    }

    #[inline]
    fn depth(&self) -> usize {
        self.journal.depth()
    }

    #[inline]
    fn load_account(&mut self, address: Address) -> Load<'v, StateLoad<&Account>> {
        self.journal.load_account(address)
    }

    #[inline]
    fn load_account_with_code(&mut self, address: Address) -> Load<'v, StateLoad<&Account>> {
        self.journal.load_account_with_code(address)
    }

    #[inline]
    fn load_account_mut_skip_cold_load(
        &mut self,
        address: Address,
        skip: bool,
    ) -> SkipLoad<'v, StateLoad<Self::JournaledAccount<'_>>> {
        self.journal.load_account_mut_skip_cold_load(address, skip)
    }

    #[inline]
    fn load_account_info_skip_cold_load(
        &mut self,
        address: Address,
        load_code: bool,
        skip: bool,
    ) -> SkipLoad<'v, AccountInfoLoad<'_>> {
        self.journal.load_account_info_skip_cold_load(address, load_code, skip)
    }

    #[inline]
    fn caller_accounting_journal_entry(&mut self, address: Address, old_balance: U256, bump_nonce: bool) {
        #[expect(deprecated, reason = "the trait still asks for it; nothing in revm calls it")]
        self.journal.caller_accounting_journal_entry(address, old_balance, bump_nonce);
    }

    #[inline]
    fn nonce_bump_journal_entry(&mut self, address: Address) {
        #[expect(deprecated, reason = "the trait still asks for it; nothing in revm calls it")]
        self.journal.nonce_bump_journal_entry(address);
    }

    forward! {
        fn sload_skip_cold_load(&mut self, address: Address, key: U256, skip: bool) -> SkipLoad<'v, StateLoad<U256>>;
        fn sstore_skip_cold_load(&mut self, address: Address, key: U256, value: U256, skip: bool)
            -> SkipLoad<'v, StateLoad<SStoreResult>>;
        fn tload(&mut self, address: Address, key: U256) -> U256;
        fn tstore(&mut self, address: Address, key: U256, value: U256);
        fn log(&mut self, log: Log);
        fn take_logs(&mut self) -> Vec<Log>;
        fn warm_access_list(&mut self, list: AddressMap<HashSet<U256>>);
        fn warm_coinbase_account(&mut self, address: Address);
        fn warm_precompiles(&mut self, addresses: &AddressSet);
        fn set_spec_id(&mut self, spec: SpecId);
        fn set_eip7708_config(&mut self, disabled: bool, delayed_clear_disabled: bool);
        fn touch_account(&mut self, address: Address);
        fn balance_incr(&mut self, address: Address, value: U256) -> Load<'v, ()>;
        fn load_account_delegated(&mut self, address: Address) -> Load<'v, StateLoad<AccountLoad>>;
        fn set_code_with_hash(&mut self, address: Address, code: Bytecode, hash: B256);
        fn checkpoint(&mut self) -> JournalCheckpoint;
        fn checkpoint_commit(&mut self);
        fn checkpoint_revert(&mut self, checkpoint: JournalCheckpoint);
        fn commit_tx(&mut self);
        fn discard_tx(&mut self);
        fn finalize(&mut self) -> EvmState;
    }
}
