//! The list, its builder and its index against a naive model.

mod model;

use std::collections::{BTreeMap, BTreeSet};

use access_list::{
    AccessRecord, BlockAccessList, BlockAccessListBuilder, ListIndex, SlotLookup, StateDiff,
    alloy_eip7928::{
        AccountChanges, BalanceChange, BlockAccessIndex, CodeChange, NonceChange, SlotChanges, StorageChange,
    },
};
use model::{Executed, World, account, executed, slot};
use primitives::{Account, Address, Bytes, U256};
use proptest::prelude::*;

fn built(executed: &Executed) -> BlockAccessList {
    let mut builder = BlockAccessListBuilder::new();
    for (index, records) in executed.records.iter().enumerate() {
        for record in records {
            builder.record(index as u64, record);
        }
    }
    builder.build()
}

/// The list by the letter of EIP-7928, from the worlds between positions.
fn by_the_letter(executed: &Executed) -> Vec<AccountChanges> {
    let mut list: BTreeMap<Address, AccountChanges> = BTreeMap::new();
    let mut slots: BTreeMap<(Address, U256), Vec<StorageChange>> = BTreeMap::new();
    for (position, records) in executed.records.iter().enumerate() {
        let (before, after) = (&executed.worlds[position], &executed.worlds[position + 1]);
        let index = BlockAccessIndex::new(position as u64);
        let touched: BTreeSet<Address> =
            records.iter().flat_map(|record| &record.accounts).map(|a| a.address).collect();
        for address in touched {
            let entry = list.entry(address).or_insert_with(|| AccountChanges::new(address));
            push_account_changes(entry, index, account(before, address), account(after, address), records);
        }
        let touched: BTreeSet<(Address, U256)> = records.iter().flat_map(slots_of).collect();
        for (address, key) in touched {
            let changes = slots.entry((address, key)).or_default();
            let value = slot(after, address, key);
            if slot(before, address, key) != value {
                changes.push(StorageChange::new(index, value));
            }
        }
    }
    for ((address, key), changes) in slots {
        let entry = list.get_mut(&address).expect("the account is touched as well");
        if changes.is_empty() {
            entry.storage_reads.push(key);
        } else {
            entry.storage_changes.push(SlotChanges::new(key, changes));
        }
    }
    list.into_values().collect()
}

fn slots_of(record: &AccessRecord) -> impl Iterator<Item = (Address, U256)> {
    record.iter().flat_map(|(account, slots)| slots.iter().map(|slot| (account.address, slot.slot)))
}

fn push_account_changes(
    entry: &mut AccountChanges,
    index: BlockAccessIndex,
    before: Option<Account>,
    after: Option<Account>,
    records: &[AccessRecord],
) {
    if before == after {
        return;
    }
    let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
    let appears_empty = before.is_none() && after == Some(Account::EMPTY);
    let disappears_empty = before == Some(Account::EMPTY) && after.is_none();
    let is_drained = before.is_some_and(|before| !before.is_empty()) && after == Some(Account::EMPTY);
    if old.balance != new.balance || appears_empty {
        entry.balance_changes.push(BalanceChange::new(index, new.balance));
    }
    if old.nonce != new.nonce || is_drained {
        entry.nonce_changes.push(NonceChange::new(index, new.nonce));
    }
    if old.code_hash != new.code_hash || disappears_empty {
        let deployed = records.iter().flat_map(|record| &record.deployed).find(|(hash, _)| *hash == new.code_hash);
        let code = deployed.map_or_else(Bytes::new, |(_, code)| code.clone());
        entry.code_changes.push(CodeChange::new(index, code));
    }
}

fn apply(world: &mut World, diff: &StateDiff) {
    for change in &diff.accounts {
        if change.wiped {
            world.entry(change.address).or_default().1.clear();
        }
        match change.account {
            Some(account) => world.entry(change.address).or_default().0 = account,
            None => drop(world.remove(&change.address)),
        }
    }
    for change in &diff.slots {
        let slots = &mut world.get_mut(&change.address).expect("slots belong to accounts").1;
        if change.value.is_zero() {
            slots.remove(&change.slot);
        } else {
            slots.insert(change.slot, change.value);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_builder_follows_the_letter(executed in executed()) {
        prop_assert_eq!(built(&executed).into_accounts(), by_the_letter(&executed));
    }

    #[test]
    fn built_lists_are_canonical(executed in executed()) {
        let list = built(&executed);
        prop_assert_eq!(BlockAccessList::decode(&list.encode()), Ok(list.clone()));
        prop_assert_eq!(list.check_indices(executed.records.len() - 2), Ok(()));
        let owned = list.clone().into_accounts();
        prop_assert_eq!(list.hash(), access_list::alloy_eip7928::compute_block_access_list_hash(&owned));
    }

    #[test]
    fn the_diff_leads_from_the_first_world_to_the_last(executed in executed()) {
        let mut world = executed.worlds[0].clone();
        let diff = built(&executed).diff(|address| account(&executed.worlds[0], address));
        apply(&mut world, &diff);
        prop_assert_eq!(Some(&world), executed.worlds.last());
        for change in diff.accounts {
            if let Some(account) = change.account.filter(|new| new.has_code() && account(&executed.worlds[0], change.address).is_none_or(|old| old.code_hash != new.code_hash)) {
                prop_assert!(diff.code.iter().any(|(hash, _)| *hash == account.code_hash));
            }
        }
    }

    #[test]
    fn the_index_shows_every_world(executed in executed()) {
        let list = built(&executed);
        let index = ListIndex::new(&list);
        let base = &executed.worlds[0];
        for entry in list.accounts() {
            let address = entry.address;
            for (position, world) in executed.worlds.iter().enumerate() {
                let position = position as u64;
                let (found, id) = index.account_at(address, position, account(base, address)).expect("listed");
                prop_assert_eq!(found, account(world, address), "{} before {}", address, position);
                prop_assert_eq!(index.address(id), address);
                for slot_id in index.slots_of(id) {
                    let (_, key) = index.slot(slot_id);
                    let value = match index.slot_at(id, key, position).expect("listed") {
                        SlotLookup::Value(value, found) => {
                            prop_assert_eq!(found, slot_id);
                            value
                        }
                        SlotLookup::Base(found) => {
                            prop_assert_eq!(found, slot_id);
                            slot(base, address, key)
                        }
                    };
                    prop_assert_eq!(value, slot(world, address, key), "{}[{}] before {}", address, key, position);
                }
                prop_assert_eq!(index.slot_at(id, U256::MAX, position), None);
            }
        }
        prop_assert_eq!(index.entry(Address::ZERO), None);
    }

    #[test]
    fn the_index_has_every_change_and_no_other(executed in executed()) {
        let list = built(&executed);
        let index = ListIndex::new(&list);
        let (mut changes, mut slots) = (0, 0);
        for entry in list.accounts() {
            let id = index.entry(entry.address).expect("listed");
            for at in 0..executed.records.len() as u64 {
                let here = |change: BlockAccessIndex| change.get() == at;
                let balance = entry.balance_changes.iter().find(|c| here(c.block_access_index)).map(|c| c.post_balance);
                let nonce = entry.nonce_changes.iter().find(|c| here(c.block_access_index)).map(|c| c.new_nonce);
                let code = entry.code_changes.iter().find(|c| here(c.block_access_index)).map(|c| &c.new_code);
                prop_assert_eq!(index.balance_change_at(id, at), balance);
                prop_assert_eq!(index.nonce_change_at(id, at), nonce);
                prop_assert_eq!(index.code_change_at(id, at), code.map(primitives::keccak256));
                if let Some(code) = code.filter(|code| !code.is_empty()) {
                    prop_assert_eq!(index.code(primitives::keccak256(code)), Some(code));
                }
                for slot in &entry.storage_changes {
                    let value = slot.changes.iter().find(|c| here(c.block_access_index)).map(|c| c.new_value);
                    let slot_id = index.slot_at(id, slot.slot, at).expect("listed").id();
                    prop_assert_eq!(index.slot_change_at(slot_id, at), value);
                }
            }
            changes += entry.balance_changes.len() + entry.nonce_changes.len() + entry.code_changes.len();
            changes += entry.storage_changes.iter().map(|slot| slot.changes.len()).sum::<usize>();
            slots += entry.storage_slots().count();
        }
        prop_assert_eq!(index.changes_total(), changes);
        prop_assert_eq!(index.slots_len(), slots);
        prop_assert_eq!(index.accounts_len(), list.accounts().len());
    }

    #[test]
    fn bytes_that_decode_are_the_encoding(
        executed in executed(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        edit in 0..3u8,
    ) {
        let mut bytes = built(&executed).encode();
        let at = at.index(bytes.len());
        match edit {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
        if let Ok(list) = BlockAccessList::decode(&bytes) {
            prop_assert_eq!(list.encode(), bytes);
        }
    }
}
