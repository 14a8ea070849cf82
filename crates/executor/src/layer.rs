//! A few changes over a state: the state between the steps of a block.

use access_list::{AccessRecord, StateDiff};
use primitives::{
    Account, Address, B256, Bytes, U256,
    map::{AddressMap, AddressSet, B256Map, HashMap},
};
use state::{StateError, StateReader};

/// A state with changes that are looked up before it.
#[derive(Clone)]
pub(crate) struct Layer<'a> {
    base: &'a (dyn StateReader + Sync),
    accounts: AddressMap<(Option<Account>, bool)>,
    slots: HashMap<(Address, U256), U256>,
    codes: B256Map<Bytes>,
}

impl<'a> Layer<'a> {
    pub(crate) fn new(base: &'a (dyn StateReader + Sync)) -> Self {
        Self { base, accounts: AddressMap::default(), slots: HashMap::default(), codes: B256Map::default() }
    }

    /// Lays those changes over the state that concern one of `addresses`; nothing else will be asked for.
    pub(crate) fn select(&mut self, diff: &StateDiff, addresses: &AddressSet) {
        for change in diff.accounts.iter().filter(|change| addresses.contains(&change.address)) {
            self.set_account(change.address, change.account, change.wiped);
        }
        for change in diff.slots.iter().filter(|change| addresses.contains(&change.address)) {
            self.slots.insert((change.address, change.slot), change.value);
        }
        self.codes.extend(diff.code.iter().cloned());
    }

    /// Lays the changes of one step over the state.
    pub(crate) fn apply(&mut self, record: &AccessRecord) {
        for (access, slots) in record.iter() {
            if access.is_changed() || access.wiped {
                self.set_account(access.address, access.after, access.wiped);
            }
            for slot in slots.iter().filter(|slot| slot.is_changed()) {
                self.slots.insert((access.address, slot.slot), slot.after);
            }
        }
        self.codes.extend(record.deployed.iter().cloned());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.slots.is_empty()
    }

    /// Writes these changes over those of `diff`. Storage that `diff` wipes stays wiped.
    pub(crate) fn overwrite(mut self, diff: &mut StateDiff) {
        diff.slots.retain(|change| {
            !self.slots.contains_key(&(change.address, change.slot))
                && !self.accounts.get(&change.address).is_some_and(|(_, wiped)| *wiped)
        });
        diff.accounts.retain(|change| {
            let Some((_, wiped)) = self.accounts.get_mut(&change.address) else { return true };
            *wiped |= change.wiped;
            false
        });
        self.append(diff);
    }

    /// Adds these changes where `diff` has none.
    pub(crate) fn underwrite(&self, diff: &mut StateDiff) {
        let mut rest = self.clone();
        for change in &diff.accounts {
            rest.accounts.remove(&change.address);
            if change.wiped {
                rest.slots.retain(|(address, _), _| *address != change.address);
            }
        }
        for change in &diff.slots {
            rest.slots.remove(&(change.address, change.slot));
        }
        rest.append(diff);
    }

    fn append(self, diff: &mut StateDiff) {
        let accounts = self.accounts.into_iter();
        diff.accounts.extend(accounts.map(|(address, (account, wiped))| access_list::AccountChange {
            address,
            account,
            wiped,
        }));
        let slots = self.slots.into_iter();
        diff.slots.extend(slots.map(|((address, slot), value)| access_list::SlotChange { address, slot, value }));
        for (hash, code) in self.codes {
            if !diff.code.iter().any(|(known, _)| *known == hash) {
                diff.code.push((hash, code));
            }
        }
    }

    fn set_account(&mut self, address: Address, account: Option<Account>, wiped: bool) {
        let entry = self.accounts.entry(address).or_insert((None, false));
        entry.0 = account;
        if wiped {
            entry.1 = true;
            self.slots.retain(|(owner, _), _| *owner != address);
        }
    }
}

impl StateReader for Layer<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        match self.accounts.get(&address) {
            Some((account, _)) => Ok(*account),
            None => self.base.account(address),
        }
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        match self.slots.get(&(address, slot)) {
            Some(value) => Ok(*value),
            None if self.accounts.get(&address).is_some_and(|(_, wiped)| *wiped) => Ok(U256::ZERO),
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
        self.base.block_hash(number)
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        self.base.had_only_storage(address)
    }
}
