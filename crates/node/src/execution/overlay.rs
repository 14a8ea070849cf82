//! Changes over a state: those of overrides, of the steps of a block and of transactions that ran before.

use access_list::{AccessRecord, AccountChange, SlotChange, StateDiff};
use primitives::{
    Account, Address, B256, Bytes, U256, keccak256,
    map::{AddressMap, AddressSet, B256Map, HashMap},
};
use revm::state::EvmState;
use state::{StateError, StateReader};
use std::collections::BTreeMap;

/// A state with changes that are looked up before it. Bounded by the gas of what runs on it.
#[derive(Clone)]
pub(crate) struct Overlay<'a> {
    base: &'a (dyn StateReader + Sync),
    accounts: AddressMap<Option<Account>>,
    /// Accounts nothing of whose storage below counts.
    wiped: AddressSet,
    slots: HashMap<(Address, U256), U256>,
    codes: B256Map<Bytes>,
    block_hashes: BTreeMap<u64, B256>,
}

impl<'a> Overlay<'a> {
    pub(crate) fn new(base: &'a (dyn StateReader + Sync)) -> Self {
        Self {
            base,
            accounts: AddressMap::default(),
            wiped: AddressSet::default(),
            slots: HashMap::default(),
            codes: B256Map::default(),
            block_hashes: BTreeMap::new(),
        }
    }

    /// Sets an account, or removes it. Its storage stays.
    pub(crate) fn set_account(&mut self, address: Address, account: Option<Account>) {
        self.accounts.insert(address, account);
    }

    pub(crate) fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.slots.insert((address, slot), value);
    }

    /// Empties the storage of an account.
    pub(crate) fn wipe(&mut self, address: Address) {
        self.wiped.insert(address);
        self.slots.retain(|(owner, _), _| *owner != address);
    }

    /// Keeps a code and gives its hash.
    pub(crate) fn insert_code(&mut self, code: Bytes) -> B256 {
        let hash = keccak256(&code);
        self.codes.insert(hash, code);
        hash
    }

    /// Says what `BLOCKHASH` finds for a number.
    pub(crate) fn set_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert(number, hash);
    }

    /// Applies what a step outside the transactions did.
    pub(crate) fn apply_record(&mut self, record: &AccessRecord) {
        for (access, slots) in record.iter() {
            if access.wiped {
                self.wipe(access.address);
            }
            if access.is_changed() {
                self.set_account(access.address, access.after);
            }
            for slot in slots.iter().filter(|slot| slot.is_changed()) {
                self.set_slot(access.address, slot.slot, slot.after);
            }
        }
        self.codes.extend(record.deployed.iter().cloned());
    }

    /// Applies what a transaction did. `clears_empty`: touched empty accounts vanish (EIP-161).
    pub(crate) fn apply_state(&mut self, state: &EvmState, clears_empty: bool) {
        for (address, account) in state {
            if account.is_selfdestructed() || account.is_created() {
                self.wipe(*address);
            }
            if account.is_selfdestructed() {
                self.set_account(*address, None);
                continue;
            }
            for (slot, value) in account.storage.iter().filter(|(_, value)| value.is_changed()) {
                self.set_slot(*address, *slot, value.present_value);
            }
            if !account.is_touched() {
                continue;
            }
            let info = &account.info;
            let after = Account { balance: info.balance, nonce: info.nonce, code_hash: info.code_hash };
            if let Some(code) = info.code.as_ref().filter(|_| after.has_code()) {
                self.codes.entry(after.code_hash).or_insert_with(|| code.original_bytes());
            }
            self.set_account(*address, (!clears_empty || !after.is_empty()).then_some(after));
        }
    }
}

impl Overlay<'_> {
    /// The changes so far, as one.
    pub(crate) fn diff(&self) -> Result<StateDiff, StateError> {
        let mut diff = StateDiff::default();
        for (&address, &account) in &self.accounts {
            diff.accounts.push(AccountChange { address, account, wiped: self.wiped.contains(&address) });
        }
        for &address in self.wiped.iter().filter(|address| !self.accounts.contains_key(*address)) {
            diff.accounts.push(AccountChange { address, account: self.base.account(address)?, wiped: true });
        }
        let gone: AddressSet =
            diff.accounts.iter().filter(|it| it.account.is_none()).map(|change| change.address).collect();
        let slots = self.slots.iter().filter(|((address, _), _)| !gone.contains(address));
        diff.slots.extend(slots.map(|(&(address, slot), &value)| SlotChange { address, slot, value }));
        diff.code.extend(self.codes.iter().map(|(hash, code)| (*hash, code.clone())));
        Ok(diff)
    }
}

impl StateReader for Overlay<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        match self.accounts.get(&address) {
            Some(account) => Ok(*account),
            None => self.base.account(address),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self.slots.get(&(address, slot)) {
            Some(value) => Ok(*value),
            None if self.wiped.contains(&address) => Ok(U256::ZERO),
            None => self.base.storage(address, slot),
        }
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        match self.codes.get(&hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code(hash),
        }
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        match self.block_hashes.get(&number) {
            Some(hash) => Ok(*hash),
            None => self.base.block_hash(number),
        }
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }
}
