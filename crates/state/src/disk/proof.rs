//! Merkle proofs of accounts and slots, as `eth_getProof` gives them.

use super::{
    Disk, DiskError, DiskState,
    back::WayBack,
    root_update::root_of_changes,
    seal::damaged,
    space::Space,
    view::{AccountNodes, StorageNodes, View},
};
use crate::{Trie, root::slot_key};
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};
use primitives::{Account, Address, B256, Bytes, U256, keccak256};

/// The proof of an account and of some of its slots against a state root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The state root that it is a proof against.
    pub root: B256,
    /// The account; `None` if it does not exist.
    pub account: Option<Account>,
    /// The root of its storage.
    pub storage_root: B256,
    /// The encoded nodes on the way to the account, or to where it would be, from the root on.
    pub nodes: Vec<Bytes>,
    /// The slots asked for, in the order they were asked for.
    pub slots: Vec<SlotProof>,
}

/// The proof of a slot against the storage root of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotProof {
    /// The slot.
    pub slot: U256,
    /// Its value; zero if nothing is there.
    pub value: U256,
    /// The encoded nodes on the way to it, from the storage root on; none if the storage is empty.
    pub nodes: Vec<Bytes>,
}

impl Disk {
    /// Proves an account and its slots in the state after block `number`.
    ///
    /// For an earlier block than the head the changes since are taken back in memory, which costs about as much as
    /// committing them did. [`DiskError::ProofWindow`] if that is more than [`Options::proof_blocks`] blocks or 200,000
    /// changes.
    ///
    /// [`Options::proof_blocks`]: super::Options::proof_blocks
    pub fn prove(&self, number: u64, address: Address, slots: &[U256]) -> Result<Proof, DiskError> {
        let (view, mut tries) = self.current();
        let head = view.head_for(number)?;
        let root = view.summary(number)?.map_or(head.state_root, |summary| summary.state_root);
        if number < head.number {
            let way = WayBack::within(&view, number, self.options.proof_blocks)?;
            let mut update = root_of_changes(&view, tries.clone(), way.changes)?;
            if update.root != root {
                let reason = format!("going back to block {number} gives the root {}", update.root);
                return Err(DiskError::damaged("keyspace history", reason));
            }
            tries.advance(number, &mut update);
        }
        let record = DiskState::new(view.clone(), Some(number)).record(address)?;
        let key = keccak256(address);
        let storage_root = record.map_or(EMPTY_ROOT_HASH, |record| record.storage_root);
        let leaf = record.map(|record| record.leaf());
        tries.accounts.load(&[(key, leaf)], &AccountNodes(&view))?;
        let nodes = tries.accounts.proof(&Nibbles::unpack(key))?;
        let trie = if storage_root == EMPTY_ROOT_HASH { Trie::new() } else { tries.storage(&key, storage_root) };
        let slots = prove_slots(&view, trie, key, slots)?;
        Ok(Proof { root, account: record.map(|record| record.account), storage_root, nodes, slots })
    }
}

fn prove_slots(view: &View, mut trie: Trie, owner: B256, slots: &[U256]) -> Result<Vec<SlotProof>, DiskError> {
    let mut wanted: Vec<_> = slots.iter().map(|slot| (slot_key(*slot), None)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    trie.load(&wanted, &StorageNodes { view, owner })?;
    let prove = |slot: &U256| {
        let key = Nibbles::unpack(slot_key(*slot));
        let value = match trie.get(&key)? {
            Some(mut leaf) => <U256 as primitives::alloy_rlp::Decodable>::decode(&mut leaf)
                .map_err(|error| damaged(Space::Nodes, owner.as_slice(), &error.to_string()))?,
            None => U256::ZERO,
        };
        Ok(SlotProof { slot: *slot, value, nodes: trie.clone().proof(&key)? })
    };
    slots.iter().map(prove).collect()
}
