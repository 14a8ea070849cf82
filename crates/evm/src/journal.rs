//! revm's journal with a hook on every access that leaves no other trace.
//!
//! revm keeps each account and slot that a transaction touched, also where the touching frame reverted, so reads and
//! writes are found in the journal afterwards. What cannot be found there is noted here as it happens: which balances
//! and nonces were seen exactly, and how much each payer could have been poorer. A contract cannot avoid the hook: the
//! journal is the only way of the interpreter to the state.

mod forked;
mod recorded;

use crate::{database::Reads, hash_memo::HashMemo, observations::Observations, operation::Recorder, threads::Fork};
use access_list::Preimages;
use parking_lot::Mutex;
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
use state::StateError;

type DbError<'v> = <Reads<'v> as Database>::Error;
type Load<'v, T> = Result<T, DbError<'v>>;
type SkipLoad<'v, T> = Result<T, JournalLoadError<DbError<'v>>>;

/// The journal of one machine.
#[derive(Debug)]
pub(crate) struct RecordingJournal<'v> {
    pub(crate) journal: Journal<Reads<'v>>,
    pub(crate) observations: Observations,
    /// The state could not be read where revm has no way to say so. What ran since then counts for nothing.
    pub(crate) failure: Option<StateError>,
    /// Hashes that were computed last.
    pub(crate) hashes: HashMemo,
    /// Writes operations down, if they are wanted.
    pub(crate) recorder: Option<Box<Recorder>>,
    /// Where a thread was forked off, if this is one's journal. Then there is a recorder too.
    pub(crate) fork: Option<Box<Fork<'v>>>,
    /// Where inputs of Keccak-256 are noted, if they are wanted.
    pub(crate) preimages: Option<&'v Mutex<Preimages>>,
}

impl RecordingJournal<'_> {
    /// Whether `address` has storage and nothing else that would keep a contract from being created there (EIP-7610;
    /// revm leaves this out).
    fn has_only_storage(&mut self, address: Address) -> bool {
        let account = self.journal.inner.account(address);
        let is_open = account.info.nonce == 0 && account.info.is_empty_code_hash();
        if account.is_loaded_as_not_existing() || !is_open {
            return false;
        }
        let had = self.journal.database.state.had_only_storage(address);
        had.unwrap_or_else(|error| {
            self.failure.get_or_insert(error);
            true
        })
    }

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

/// Methods that pass through, with operations written down before them.
macro_rules! forward_synced {
    ($(fn $name:ident(&mut self $(, $arg:ident: $type:ty)*) $(-> $result:ty)?;)*) => {
        $(#[inline] fn $name(&mut self $(, $arg: $type)*) $(-> $result)? {
            self.sync();
            self.journal.$name($($arg),*)
        })*
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
        Self {
            journal: Journal::new(database),
            observations: Observations::default(),
            failure: None,
            hashes: HashMemo::default(),
            recorder: None,
            fork: None,
            preimages: None,
        }
    }

    #[inline]
    fn transfer_loaded(&mut self, from: Address, to: Address, value: U256) -> Option<TransferError> {
        self.sync();
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
                self.note_balances(&[from, to]);
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
        self.observations.nonce(address);
        self.sync();
        let count = self.recorder.as_ref().map_or(0, |recorder| recorder.count());
        let checkpoint = if self.has_only_storage(address) {
            Err(TransferError::CreateCollision)
        } else {
            self.journal.create_account_checkpoint(caller, address, value, spec)
        };
        if let (Some(recorder), Ok(_)) = (&mut self.recorder, &checkpoint) {
            recorder.open(count);
        }
        match checkpoint {
            Ok(_) if value.is_zero() => {}
            Ok(_) => {
                let left = self.left(caller);
                self.observations.payment(caller, left);
            }
            Err(_) => {
                self.observations.balance(caller);
                self.observations.balance(address);
                self.note_balances(&[caller, address]);
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
        self.sync();
        self.adopt(target)?;
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
        self.sync();
        if self.recorder.is_some() {
            return self.load_sender_recorded(address, load_code);
        }
        self.journal.load_account_mut_optional_code(address, load_code)
    }

    #[inline]
    fn db_and_state(&self) -> (&Reads<'v>, &EvmState) {
        self.journal.db_and_state()
    }

    #[inline]
    fn db_and_state_mut(&mut self) -> (&mut Reads<'v>, &mut EvmState) {
        self.sync();
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
        if self.recorder.is_some() {
            return self.load_account_recorded(address, false);
        }
        self.journal.load_account(address)
    }

    #[inline]
    fn load_account_with_code(&mut self, address: Address) -> Load<'v, StateLoad<&Account>> {
        if self.recorder.is_some() {
            return self.load_account_recorded(address, true);
        }
        self.journal.load_account_with_code(address)
    }

    #[inline]
    fn load_account_mut_skip_cold_load(
        &mut self,
        address: Address,
        skip: bool,
    ) -> SkipLoad<'v, StateLoad<Self::JournaledAccount<'_>>> {
        self.sync();
        self.adopt(address)?;
        self.journal.load_account_mut_skip_cold_load(address, skip)
    }

    #[inline]
    fn load_account_info_skip_cold_load(
        &mut self,
        address: Address,
        load_code: bool,
        skip: bool,
    ) -> SkipLoad<'v, AccountInfoLoad<'_>> {
        if self.recorder.is_some() {
            return self.load_info_recorded(address, load_code, skip);
        }
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

    #[inline]
    fn sload_skip_cold_load(&mut self, address: Address, key: U256, skip: bool) -> SkipLoad<'v, StateLoad<U256>> {
        if self.recorder.is_some() {
            return self.sload_recorded(address, key, skip);
        }
        self.journal.sload_skip_cold_load(address, key, skip)
    }

    #[inline]
    fn sstore_skip_cold_load(
        &mut self,
        address: Address,
        key: U256,
        value: U256,
        skip: bool,
    ) -> SkipLoad<'v, StateLoad<SStoreResult>> {
        if self.recorder.is_some() {
            return self.sstore_recorded(address, key, value, skip);
        }
        self.journal.sstore_skip_cold_load(address, key, value, skip)
    }

    #[inline]
    fn tload(&mut self, address: Address, key: U256) -> U256 {
        if self.recorder.is_some() {
            return self.tload_recorded(address, key);
        }
        self.journal.tload(address, key)
    }

    #[inline]
    fn checkpoint(&mut self) -> JournalCheckpoint {
        if self.recorder.is_some() {
            self.note(|recorder, _| recorder.open(recorder.count()));
        }
        self.journal.checkpoint()
    }

    #[inline]
    fn checkpoint_commit(&mut self) {
        if self.recorder.is_some() {
            self.note(|recorder, _| recorder.commit());
        }
        self.journal.checkpoint_commit();
    }

    #[inline]
    fn checkpoint_revert(&mut self, checkpoint: JournalCheckpoint) {
        if self.recorder.is_some() {
            self.note(|recorder, _| recorder.revert());
        }
        self.journal.checkpoint_revert(checkpoint);
        if let Some(recorder) = &mut self.recorder {
            recorder.follow(&self.journal);
        }
    }

    #[inline]
    fn tstore(&mut self, address: Address, key: U256, value: U256) {
        if self.recorder.is_some() {
            self.sync();
            self.adopt_transient(address, key);
        }
        self.journal.tstore(address, key, value);
    }

    fn take_logs(&mut self) -> Vec<Log> {
        self.sync();
        let logs = self.journal.take_logs();
        if let Some(recorder) = &mut self.recorder {
            recorder.follow(&self.journal);
        }
        logs
    }

    fn commit_tx(&mut self) {
        self.sync();
        self.journal.commit_tx();
        if let Some(recorder) = &mut self.recorder {
            recorder.follow(&self.journal);
        }
    }

    forward! {
        fn warm_access_list(&mut self, list: AddressMap<HashSet<U256>>);
        fn warm_coinbase_account(&mut self, address: Address);
        fn warm_precompiles(&mut self, addresses: &AddressSet);
        fn set_spec_id(&mut self, spec: SpecId);
        fn set_eip7708_config(&mut self, disabled: bool, delayed_clear_disabled: bool);
        fn discard_tx(&mut self);
        fn finalize(&mut self) -> EvmState;
    }

    forward_synced! {
        fn log(&mut self, log: Log);
        fn touch_account(&mut self, address: Address);
        fn balance_incr(&mut self, address: Address, value: U256) -> Load<'v, ()>;
        fn load_account_delegated(&mut self, address: Address) -> Load<'v, StateLoad<AccountLoad>>;
        fn set_code_with_hash(&mut self, address: Address, code: Bytecode, hash: B256);
    }
}
