//! The state before a block as the node tells it: from the listing where that has it, otherwise by asking.

use super::{
    listing::{Listed, Listing},
    rpc::{Node, hex},
};
use crate::exit::Failure;
use bench::RecordedBlock;
use primitives::{Account, Address, B256, Bytes, U256};
use serde_json::{Value, json};
use state::{StateError, StateReader};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Answers what execution asks and remembers it.
pub(super) struct RemoteState<'n> {
    node: &'n Node,
    /// The block before, at which values are asked for.
    parent: u64,
    known: Mutex<Known>,
}

/// What is known so far.
#[derive(Default)]
struct Known {
    listing: Listing,
    codes: BTreeMap<B256, Bytes>,
    hashes: BTreeMap<u64, B256>,
    /// Values that were asked for one by one.
    asked: usize,
}

impl<'n> RemoteState<'n> {
    /// The state before `block`, of which the listing is known.
    pub(super) fn new(node: &'n Node, block: &RecordedBlock, listing: Listing) -> Self {
        let parent = block.number().saturating_sub(1);
        let mut known = Known { listing, ..Known::default() };
        if block.number() > 0 {
            known.hashes.insert(parent, block.block.header.parent_hash);
        }
        Self { node, parent, known: Mutex::new(known) }
    }

    /// The listing with everything that was asked for, block hashes by number, and how many values were asked for.
    pub(super) fn into_parts(self) -> (Listing, BTreeMap<String, B256>, usize) {
        let Known { listing, hashes, asked, .. } = self.known.into_inner().unwrap_or_else(PoisonError::into_inner);
        (listing, hashes.into_iter().map(|(number, hash)| (number.to_string(), hash)).collect(), asked)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask_account(&self, address: Address) -> Result<Listed, Failure> {
        let query = json!([address, hex(self.parent)]);
        let nonce: U256 = self.node.value("eth_getTransactionCount", query.clone())?;
        Ok(Listed {
            balance: self.node.value("eth_getBalance", query.clone())?,
            nonce: nonce.saturating_to(),
            code: self.node.value("eth_getCode", query)?,
            storage: BTreeMap::new(),
        })
    }

    fn ask_hash(&self, number: u64) -> Result<B256, Failure> {
        let block = self.node.call("eth_getBlockByNumber", json!([hex(number), false]))?;
        let hash = block.get("hash").and_then(Value::as_str).and_then(|hash| hash.parse().ok());
        hash.ok_or_else(|| super::rpc::foreign(&format!("block {number} has no hash")))
    }
}

impl Known {
    fn account(&mut self, address: Address) -> Option<Option<Account>> {
        let listed = self.listing.0.get(&address)?;
        let account = listed.account();
        if let Some(account) = account.filter(Account::has_code) {
            self.codes.entry(account.code_hash).or_insert_with(|| listed.code.clone());
        }
        Some(account)
    }
}

impl StateReader for RemoteState<'_> {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let mut known = self.known();
        if let Some(account) = known.account(address) {
            return Ok(account);
        }
        let listed = self.ask_account(address).map_err(|error| failed(&error))?;
        known.asked += 1;
        known.listing.0.insert(address, listed);
        Ok(known.account(address).flatten())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        // Nobody has storage who does not exist.
        if self.account(address)?.is_none() {
            return Ok(U256::ZERO);
        }
        let mut known = self.known();
        if let Some(value) = known.listing.0.get(&address).and_then(|listed| listed.storage.get(&slot)) {
            return Ok(*value);
        }
        let query = json!([address, B256::from(slot), hex(self.parent)]);
        let value: U256 = self.node.value("eth_getStorageAt", query).map_err(|error| failed(&error))?;
        known.asked += 1;
        if let Some(listed) = known.listing.0.get_mut(&address) {
            listed.storage.insert(slot, value);
        }
        Ok(value)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        self.known().codes.get(&hash).cloned().ok_or(StateError::MissingCode(hash))
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        let mut known = self.known();
        if let Some(hash) = known.hashes.get(&number) {
            return Ok(*hash);
        }
        let hash = self.ask_hash(number).map_err(|error| failed(&error))?;
        known.asked += 1;
        known.hashes.insert(number, hash);
        Ok(hash)
    }

    /// JSON-RPC has no question for this; it is told from the slots that are known.
    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        let known = self.known();
        let has_slots = |listed: &Listed| listed.storage.values().any(|value| !value.is_zero());
        Ok(known
            .listing
            .0
            .get(&address)
            .is_some_and(|listed| listed.nonce == 0 && listed.code.is_empty() && has_slots(listed)))
    }
}

fn failed(error: &Failure) -> StateError {
    StateError::Backend(error.to_string())
}
