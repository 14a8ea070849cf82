//! What a block changed, to take it back: the keys. What stood under them is in the history.
//!
//! ```text
//! undo = accounts u32, (hashed address 32, slots u32, (hashed slot 32)...)...
//!        transactions u32, (hash 32)...
//!        log keys u32, (length 1, key without the number)...
//! ```

use super::{DiskError, seal::damaged, space::Space, store::Frozen};
use primitives::B256;

/// The keys that one block wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Undo {
    /// Accounts with their slots that changed, all hashed. An account stands here if it or one of its slots changed.
    pub(super) accounts: Vec<(B256, Vec<B256>)>,
    pub(super) transactions: Vec<B256>,
    /// Prefixes of keys in the index of logs.
    pub(super) logs: Vec<Vec<u8>>,
}

impl Undo {
    pub(super) fn read(frozen: &Frozen, number: u64) -> Result<Self, DiskError> {
        let key = number.to_be_bytes();
        let bytes = frozen.get(Space::Undo, &key)?.ok_or_else(|| damaged(Space::Undo, &key, "it is missing"))?;
        Self::decode(&bytes).ok_or_else(|| damaged(Space::Undo, &key, "no undo record"))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + 36 * self.accounts.len() + 32 * self.transactions.len());
        count(&mut bytes, self.accounts.len());
        for (account, slots) in &self.accounts {
            bytes.extend_from_slice(account.as_slice());
            count(&mut bytes, slots.len());
            slots.iter().for_each(|slot| bytes.extend_from_slice(slot.as_slice()));
        }
        count(&mut bytes, self.transactions.len());
        self.transactions.iter().for_each(|hash| bytes.extend_from_slice(hash.as_slice()));
        count(&mut bytes, self.logs.len());
        for key in &self.logs {
            bytes.push(key.len() as u8);
            bytes.extend_from_slice(key);
        }
        bytes
    }

    /// `None` if the bytes are no undo record.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let from = &mut bytes;
        let mut undo = Self::default();
        for _ in 0..number(from)? {
            let account = hash(from)?;
            let slots = (0..number(from)?).map(|_| hash(from)).collect::<Option<_>>()?;
            undo.accounts.push((account, slots));
        }
        undo.transactions = (0..number(from)?).map(|_| hash(from)).collect::<Option<_>>()?;
        for _ in 0..number(from)? {
            let length = usize::from(*from.split_off_first()?);
            undo.logs.push(from.split_off(..length)?.to_vec());
        }
        from.is_empty().then_some(undo)
    }
}

fn count(bytes: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("a block changes fewer than 2^32 things");
    bytes.extend_from_slice(&count.to_be_bytes());
}

fn number(from: &mut &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(from.split_off(..4)?.try_into().ok()?))
}

fn hash(from: &mut &[u8]) -> Option<B256> {
    Some(B256::from_slice(from.split_off(..32)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_come_back() {
        let hash = B256::repeat_byte;
        let undo = Undo {
            accounts: vec![(hash(1), vec![]), (hash(2), vec![hash(3), hash(4)])],
            transactions: vec![hash(5)],
            logs: vec![b"lxyz".to_vec(), b"m".to_vec()],
        };
        let bytes = undo.encode();
        assert_eq!(Undo::decode(&bytes), Some(undo));
        for end in 0..bytes.len() {
            assert_eq!(Undo::decode(&bytes[..end]), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_record_or_none(bytes: Vec<u8>) {
            if let Some(undo) = Undo::decode(&bytes) {
                prop_assert_eq!(undo.encode(), bytes);
            }
        }
    }
}
