//! Reading the state after a block.

use super::{
    DiskError,
    record::{AccountRecord, SlotRecord},
    seal::damaged,
    space::{self, Space},
    view::{View, decode_account, decode_slot},
};
use crate::{StateError, StateReader, root::slot_key};
use alloy_trie::EMPTY_ROOT_HASH;
use primitives::{Account, Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use std::{ops::RangeInclusive, sync::Arc};

/// The state after one block. It stays what it is, whatever is committed, rolled back or dropped from the history
/// meanwhile; while it is held, the engine keeps what it needs on disk, so it should not be held for long.
#[derive(Clone)]
pub struct DiskState {
    view: Arc<View>,
    /// `None` for the state before the first block.
    number: Option<u64>,
}

impl DiskState {
    pub(super) fn new(view: Arc<View>, number: Option<u64>) -> Self {
        Self { view, number }
    }

    /// The block that this is the state after; `None` if there is no block.
    pub fn number(&self) -> Option<u64> {
        self.number
    }

    /// The hash of that block; `None` if there is no block.
    pub fn hash(&self) -> Result<Option<B256>, DiskError> {
        let Some(number) = self.number else { return Ok(None) };
        Ok(self.view.summary(number)?.map(|summary| summary.hash))
    }

    /// The state root, as it was computed when the block was committed.
    pub fn root(&self) -> Result<B256, DiskError> {
        let Some(number) = self.number else { return Ok(EMPTY_ROOT_HASH) };
        let summary = self.view.summary(number)?;
        let key = space::block_part(number, 0);
        summary.map(|summary| summary.state_root).ok_or_else(|| damaged(Space::Blocks, &key, "it is missing"))
    }

    pub(super) fn record(&self, address: Address) -> Result<Option<AccountRecord>, DiskError> {
        let Some(later) = self.later() else { return Ok(self.view.account(address)?.1) };
        let key = keccak256(address);
        match self.earlier(later, &space::account_before(&key, 0))? {
            Some(bytes) if bytes.is_empty() => Ok(None),
            Some(bytes) => decode_account(&key, &bytes).map(Some),
            None => Ok(self.view.account(address)?.1),
        }
    }

    fn slot(&self, address: Address, slot: U256) -> Result<U256, DiskError> {
        let record = match self.later() {
            None => self.view.slot(address, slot)?.1,
            Some(later) => {
                let (account, key) = (keccak256(address), slot_key(slot));
                match self.earlier(later, &space::slot_before(&account, &key, 0))? {
                    Some(bytes) if bytes.is_empty() => None,
                    Some(bytes) => Some(decode_slot(&space::slot(&account, &key), &bytes)?),
                    None => self.view.slot(address, slot)?.1,
                }
            }
        };
        match record {
            Some(SlotRecord { slot: found, value }) if found == slot => Ok(value),
            Some(_) => {
                let key = space::slot(&keccak256(address), &slot_key(slot));
                Err(damaged(Space::State, &key, "not the slot of this key"))
            }
            None => Ok(U256::ZERO),
        }
    }

    /// The blocks after this one; `None` if it is the head.
    fn later(&self) -> Option<RangeInclusive<u64>> {
        let (number, head) = (self.number?, self.view.head?);
        (number < head.number).then(|| number + 1..=head.number)
    }

    /// What stood under a key of the history, given for block 0, at this block: recorded by the first block afterwards
    /// that changed it. `None` if none did: then it stands in the state as it is now.
    fn earlier(&self, later: RangeInclusive<u64>, key: &[u8]) -> Result<Option<Vec<u8>>, DiskError> {
        let prefix = &key[..key.len() - 8];
        let end = |number: &u64| [prefix, &number.to_be_bytes()].concat();
        let first = self.view.frozen.range(Space::History, end(later.start())..=end(later.end())).next();
        Ok(first.transpose()?.map(|(_, bytes)| bytes))
    }
}

impl StateReader for DiskState {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        Ok(self.record(address)?.map(|record| record.account))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        Ok(self.slot(address, slot)?)
    }

    fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytes::new());
        }
        let code = self.view.frozen.get(Space::Code, hash.as_slice())?;
        code.map(Bytes::from).ok_or(StateError::MissingCode(hash))
    }

    fn block_hash(&self, number: u64) -> Result<B256, StateError> {
        if self.number.is_none_or(|last| number > last) {
            return Ok(B256::ZERO);
        }
        Ok(self.view.summary(number)?.map_or(B256::ZERO, |summary| summary.hash))
    }

    fn had_only_storage(&self, address: Address) -> Result<bool, StateError> {
        let record = self.record(address)?;
        Ok(record.is_some_and(|record| {
            record.account.nonce == 0 && !record.account.has_code() && record.storage_root != EMPTY_ROOT_HASH
        }))
    }
}
