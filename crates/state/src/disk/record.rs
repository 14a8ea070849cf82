//! An account and a slot as the flat state holds them.
//!
//! ```text
//! account = flags 1, address 20, nonce: length 1 and bytes, balance: length 1 and bytes,
//!           code hash 32 if flag 1, storage root 32 if flag 2
//! slot    = slot 32, value: 1 to 32 bytes
//! ```
//!
//! Numbers are big-endian without leading zeros. There is one encoding of each content, and nothing else is decoded.

use crate::root::account_leaf;
use alloy_trie::EMPTY_ROOT_HASH;
use primitives::{Account, Address, B256, KECCAK256_EMPTY, U256};

const HAS_CODE: u8 = 1;
const HAS_STORAGE: u8 = 2;

/// An account with its address and its storage root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AccountRecord {
    pub(super) address: Address,
    pub(super) account: Account,
    pub(super) storage_root: B256,
}

impl AccountRecord {
    pub(super) fn encode(&self) -> Vec<u8> {
        let (nonce, balance) = (U256::from(self.account.nonce), self.account.balance);
        let has_storage = self.storage_root != EMPTY_ROOT_HASH;
        let flags = u8::from(self.account.has_code()) * HAS_CODE + u8::from(has_storage) * HAS_STORAGE;
        let mut bytes = Vec::with_capacity(128);
        bytes.push(flags);
        bytes.extend_from_slice(self.address.as_slice());
        for number in [nonce, balance] {
            bytes.push(number.byte_len() as u8);
            push_trimmed(&mut bytes, number);
        }
        if self.account.has_code() {
            bytes.extend_from_slice(self.account.code_hash.as_slice());
        }
        if has_storage {
            bytes.extend_from_slice(self.storage_root.as_slice());
        }
        bytes
    }

    /// `None` if the bytes are no account.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let flags = *take(&mut bytes, 1)?.first()?;
        let address = Address::try_from(take(&mut bytes, 20)?).ok()?;
        let nonce = number(&mut bytes)?.try_into().ok()?;
        let balance = number(&mut bytes)?;
        let code_hash = hash(&mut bytes, flags & HAS_CODE != 0, KECCAK256_EMPTY)?;
        let storage_root = hash(&mut bytes, flags & HAS_STORAGE != 0, EMPTY_ROOT_HASH)?;
        let is_whole = bytes.is_empty() && flags & !(HAS_CODE | HAS_STORAGE) == 0;
        is_whole.then_some(Self { address, account: Account { balance, nonce, code_hash }, storage_root })
    }

    /// What the account trie holds.
    pub(super) fn leaf(&self) -> Vec<u8> {
        account_leaf(&self.account, self.storage_root)
    }
}

/// A slot that is not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlotRecord {
    pub(super) slot: U256,
    pub(super) value: U256,
}

impl SlotRecord {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(&self.slot.to_be_bytes::<32>());
        push_trimmed(&mut bytes, self.value);
        bytes
    }

    /// `None` if the bytes are no slot.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let slot = U256::from_be_slice(take(&mut bytes, 32)?);
        let is_value = (1..=32).contains(&bytes.len()) && bytes.first() != Some(&0);
        is_value.then(|| Self { slot, value: U256::from_be_slice(bytes) })
    }

    /// What the storage trie holds.
    pub(super) fn leaf(&self) -> Vec<u8> {
        primitives::alloy_rlp::encode(self.value)
    }
}

/// A number without its leading zeros.
fn push_trimmed(bytes: &mut Vec<u8>, number: U256) {
    bytes.extend_from_slice(&number.to_be_bytes::<32>()[32 - number.byte_len()..]);
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

fn number(bytes: &mut &[u8]) -> Option<U256> {
    let length = usize::from(*take(bytes, 1)?.first()?);
    let digits = take(bytes, length)?;
    (length <= 32 && digits.first() != Some(&0)).then(|| U256::from_be_slice(digits))
}

/// A hash that stands there only if it is not the usual one.
fn hash(bytes: &mut &[u8], is_there: bool, usual: B256) -> Option<B256> {
    if !is_there {
        return Some(usual);
    }
    let hash = B256::from_slice(take(bytes, 32)?);
    (hash != usual).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn accounts_come_back(nonce: u64, balance: [u8; 32], code: Option<[u8; 32]>, root: Option<[u8; 32]>) {
            let code_hash = code.map_or(KECCAK256_EMPTY, B256::from);
            let account = Account { balance: U256::from_be_bytes(balance), nonce, code_hash };
            let storage_root = root.map_or(EMPTY_ROOT_HASH, B256::from);
            let record = AccountRecord { address: Address::repeat_byte(7), account, storage_root };
            let bytes = record.encode();
            prop_assert_eq!(AccountRecord::decode(&bytes), Some(record));
            prop_assert_eq!(AccountRecord::decode(&bytes[..bytes.len() - 1]), None);
        }

        #[test]
        fn what_decodes_is_what_would_be_written(bytes: Vec<u8>) {
            if let Some(record) = AccountRecord::decode(&bytes) {
                prop_assert_eq!(record.encode(), bytes.clone());
            }
            if let Some(record) = SlotRecord::decode(&bytes) {
                prop_assert_eq!(record.encode(), bytes);
            }
        }
    }

    #[test]
    fn the_encoding_is_frozen() {
        let account = Account { balance: U256::from(0x0102), nonce: 7, code_hash: B256::repeat_byte(0xcc) };
        let address = Address::repeat_byte(0xaa);
        let record = AccountRecord { address, account, storage_root: B256::repeat_byte(0xdd) };
        let expected = [&[3][..], &[0xaa; 20], &[1, 7, 2, 1, 2], &[0xcc; 32], &[0xdd; 32]].concat();
        assert_eq!(record.encode(), expected);
        let record = AccountRecord { address, account: Account::EMPTY, storage_root: EMPTY_ROOT_HASH };
        assert_eq!(record.encode(), [&[0][..], &[0xaa; 20], &[0, 0]].concat());
        let slot = SlotRecord { slot: U256::from(5), value: U256::from(0x0100) };
        assert_eq!(slot.encode(), [&[0; 31][..], &[5, 1, 0]].concat());
    }

    #[test]
    fn a_slot_of_zero_is_none() {
        assert_eq!(SlotRecord::decode(&[0; 32]), None);
        assert_eq!(SlotRecord::decode(&[0; 33]), None);
        let record = SlotRecord { slot: U256::from(3), value: U256::from(256) };
        assert_eq!(SlotRecord::decode(&record.encode()), Some(record));
    }
}
