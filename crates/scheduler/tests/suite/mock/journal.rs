//! What one transaction did so far, and the record that it makes of it.

use super::world::{DELEGATION, code};
use access_list::{AccessRecord, AccountAccess, Observed, SlotAccess};
use primitives::{Account, Address, Bytes, KECCAK256_EMPTY, U256, keccak256};
use state::{StateError, StateReader};
use std::collections::BTreeMap;

pub(crate) struct Journal<'v> {
    state: &'v dyn StateReader,
    clears_empty: bool,
    accounts: BTreeMap<Address, Touched>,
    deployed: BTreeMap<u8, Bytes>,
    /// Content to which a revert goes back.
    kept: BTreeMap<Address, Option<Account>>,
}

struct Touched {
    before: Option<Account>,
    now: Option<Account>,
    observed: Observed,
    /// What was left after the payment that left least.
    left_min: Option<U256>,
    destroyed: bool,
    slots: BTreeMap<U256, (U256, U256)>,
}

impl Touched {
    fn account(&self) -> Account {
        self.now.unwrap_or_default()
    }

    fn balance_min(&self) -> U256 {
        let before = self.before.unwrap_or_default().balance;
        self.left_min.map_or(U256::ZERO, |left| before.saturating_sub(left))
    }
}

impl<'v> Journal<'v> {
    pub(crate) fn new(state: &'v dyn StateReader, clears_empty: bool) -> Self {
        let (accounts, deployed, kept) = Default::default();
        Self { state, clears_empty, accounts, deployed, kept }
    }

    /// The account, loaded at its first use.
    fn load(&mut self, address: Address) -> Result<&mut Touched, StateError> {
        if !self.accounts.contains_key(&address) {
            let before = self.state.account(address)?;
            let observed = Observed { existence: !self.clears_empty, ..Observed::default() };
            let slots = BTreeMap::new();
            let fresh = Touched { before, now: before, observed, left_min: None, destroyed: false, slots };
            self.accounts.insert(address, fresh);
        }
        Ok(self.accounts.get_mut(&address).expect("it was just loaded"))
    }

    /// The account with everything about it seen, and before EIP-161 brought into existence.
    fn call(&mut self, address: Address) -> Result<&mut Touched, StateError> {
        let stays = !self.clears_empty;
        let touched = self.load(address)?;
        touched.observed.existence = true;
        if stays && touched.now.is_none() {
            touched.now = Some(Account::EMPTY);
        }
        Ok(touched)
    }

    pub(crate) fn balance(&mut self, address: Address) -> Result<U256, StateError> {
        let touched = self.load(address)?;
        touched.observed.balance = true;
        touched.observed.existence = true;
        Ok(touched.account().balance)
    }

    pub(crate) fn nonce(&mut self, address: Address) -> Result<u64, StateError> {
        let touched = self.load(address)?;
        touched.observed.nonce = true;
        touched.observed.existence = true;
        Ok(touched.account().nonce)
    }

    /// Whether the account is not empty, and the last byte of its code.
    pub(crate) fn touch(&mut self, address: Address) -> Result<u64, StateError> {
        let account = self.call(address)?.account();
        let code = match account.has_code() {
            true => self.code_of(&account)?.last().copied().unwrap_or_default(),
            false => 0,
        };
        Ok(u64::from(!account.is_empty()) + 2 * u64::from(code))
    }

    fn code_of(&self, account: &Account) -> Result<Bytes, StateError> {
        let own = self.deployed.values().find(|code| keccak256(code) == account.code_hash);
        own.map_or_else(|| self.state.code(account.code_hash), |code| Ok(code.clone()))
    }

    /// Takes wei from an account; `false` if it has too little.
    pub(crate) fn take(&mut self, from: Address, amount: U256) -> Result<bool, StateError> {
        let touched = if self.clears_empty { self.load(from)? } else { self.call(from)? };
        let Some(left) = touched.account().balance.checked_sub(amount) else {
            touched.observed.balance = true;
            return Ok(false);
        };
        // A record has no upper bound for balances: close to the end of the range they are observed.
        touched.observed.balance |= touched.account().balance.bit(255);
        if !amount.is_zero() {
            touched.left_min = Some(touched.left_min.map_or(left, |least| least.min(left)));
            touched.now = Some(Account { balance: left, ..touched.account() });
        }
        Ok(true)
    }

    /// Pays wei from one account to another; `false` if nothing was paid.
    pub(crate) fn pay(&mut self, from: Address, to: Address, amount: U256) -> Result<bool, StateError> {
        if !self.take(from, amount)? {
            return Ok(false);
        }
        let receiver = if self.clears_empty { self.load(to)? } else { self.call(to)? };
        let sum = receiver.account().balance.checked_add(amount);
        // Who cannot hold so much is seen not to; the payer keeps it.
        receiver.observed.balance |= sum.is_none();
        let (receiver, is_paid) = if sum.is_some() { (to, true) } else { (from, false) };
        let receiver = self.load(receiver)?;
        if !amount.is_zero() {
            let balance = receiver.account().balance + amount;
            receiver.now = Some(Account { balance, ..receiver.account() });
        }
        Ok(is_paid)
    }

    pub(crate) fn raise_nonce(&mut self, address: Address) -> Result<(), StateError> {
        let nonce = self.nonce(address)?.wrapping_add(1);
        let touched = self.load(address)?;
        touched.now = Some(Account { nonce, ..touched.account() });
        Ok(())
    }

    /// Puts a contract there; `false` if there is one or was a sender.
    pub(crate) fn create(&mut self, address: Address, number: u8) -> Result<bool, StateError> {
        let nonce = u64::from(self.clears_empty);
        let seen = self.nonce(address)?;
        let touched = self.call(address)?;
        if touched.account().has_code() || seen != 0 {
            return Ok(false);
        }
        let code_hash = keccak256(code(number));
        touched.now = Some(Account { nonce, code_hash, ..touched.account() });
        self.deployed.insert(number, code(number));
        Ok(true)
    }

    /// Points an account without a contract to one, or to none; `false` if it has a contract.
    pub(crate) fn delegate(&mut self, address: Address, number: Option<u8>) -> Result<bool, StateError> {
        let seen = self.nonce(address)?;
        let touched = self.call(address)?;
        if is_contract(&touched.account()) {
            return Ok(false);
        }
        let number = number.map(|number| number + DELEGATION);
        let code_hash = number.map_or(KECCAK256_EMPTY, |number| keccak256(code(number)));
        touched.now = Some(Account { nonce: seen.wrapping_add(1), code_hash, ..touched.account() });
        self.deployed.extend(number.map(|number| (number, code(number))));
        Ok(true)
    }

    /// Removes a contract at the end of the transaction and pays its balance out; `false` if it is none.
    pub(crate) fn destroy(&mut self, address: Address, heir: Address) -> Result<bool, StateError> {
        let balance = self.balance(address)?;
        let touched = self.call(address)?;
        if !is_contract(&touched.account()) {
            return Ok(false);
        }
        self.pay(address, heir, balance)?;
        self.load(address)?.destroyed = true;
        Ok(true)
    }

    pub(crate) fn read(&mut self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.call(address)?;
        if let Some((_, value)) = self.accounts[&address].slots.get(&slot) {
            return Ok(*value);
        }
        let value = self.state.storage(address, slot)?;
        self.load(address)?.slots.insert(slot, (value, value));
        Ok(value)
    }

    /// Writes a slot; `false` if there is no code that could.
    pub(crate) fn write(&mut self, address: Address, slot: U256, value: U256) -> Result<bool, StateError> {
        if !self.call(address)?.account().has_code() {
            return Ok(false);
        }
        self.read(address, slot)?;
        self.load(address)?.slots.entry(slot).and_modify(|(_, now)| *now = value);
        Ok(true)
    }

    /// A revert goes back to what is now.
    pub(crate) fn keep(&mut self) {
        self.kept = self.accounts.iter().map(|(address, touched)| (*address, touched.now)).collect();
    }

    pub(crate) fn revert(&mut self) {
        for (address, touched) in &mut self.accounts {
            touched.now = self.kept.get(address).copied().unwrap_or(touched.before);
            touched.destroyed = false;
            touched.observed.balance |= touched.account().balance.bit(255);
            touched.slots.values_mut().for_each(|(before, now)| *now = *before);
        }
        self.deployed.clear();
    }

    pub(crate) fn into_record(self) -> AccessRecord {
        let mut record = AccessRecord::default();
        for (address, touched) in self.accounts {
            let goes = touched.destroyed || (self.clears_empty && touched.account().is_empty());
            let access = AccountAccess {
                address,
                before: touched.before,
                after: if goes { None } else { touched.now },
                observed: touched.observed,
                balance_min: touched.balance_min(),
                wiped: touched.destroyed && touched.before.is_some(),
                slots_end: 0,
            };
            let destroyed = touched.destroyed;
            let slots = touched.slots.into_iter().map(|(slot, (before, now))| {
                let after = if destroyed { U256::ZERO } else { now };
                SlotAccess { slot, before, after }
            });
            record.push(access, slots);
        }
        record.deployed = self.deployed.into_values().map(|code| (keccak256(&code), code)).collect();
        record
    }
}

fn is_contract(account: &Account) -> bool {
    account.has_code() && (0..DELEGATION).any(|number| account.code_hash == keccak256(code(number)))
}
