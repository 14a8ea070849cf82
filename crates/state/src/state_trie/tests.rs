use super::*;
use crate::{StateReader, StateWriter, WitnessState, state_root};
use access_list::{AccountChange, SlotChange};
use primitives::Account;
use proptest::{collection::vec, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

fn address(byte: u8) -> Address {
    Address::repeat_byte(byte)
}

fn account() -> impl Strategy<Value = Option<Account>> {
    let account = (0..3u64, 0..3u64, 0..3u8).prop_map(|(balance, nonce, code)| Account {
        balance: U256::from(balance),
        nonce,
        code_hash: if code == 0 { primitives::KECCAK256_EMPTY } else { B256::repeat_byte(code) },
    });
    proptest::option::weighted(0.7, account)
}

/// Diffs as a block may give them: no slot without an account.
fn diff() -> impl Strategy<Value = StateDiff> {
    let accounts = proptest::collection::btree_map(0..24u8, (account(), any::<bool>()), 0..10);
    let slots = proptest::collection::btree_map((0..24u8, 0..12u64), 0..3u64, 0..30);
    (accounts, slots).prop_map(|(accounts, slots)| StateDiff {
        accounts: accounts
            .into_iter()
            .map(|(byte, (account, wiped))| AccountChange { address: address(byte), account, wiped })
            .collect(),
        slots: slots
            .into_iter()
            .map(|((byte, slot), value)| SlotChange {
                address: address(byte),
                slot: U256::from(slot),
                value: U256::from(value),
            })
            .collect(),
        code: Vec::new(),
    })
}

/// Drops slots of accounts that `state` does not have once the diff is applied.
fn fit(diff: &StateDiff, state: &MemoryState) -> StateDiff {
    let mut there: BTreeSet<Address> = state.accounts().map(|(address, _)| address).collect();
    for change in &diff.accounts {
        if change.account.is_some() {
            there.insert(change.address)
        } else {
            there.remove(&change.address)
        };
    }
    let mut diff = diff.clone();
    diff.slots.retain(|change| there.contains(&change.address));
    diff
}

/// A full rebuild with alloy alone.
fn rebuilt(state: &MemoryState) -> B256 {
    let accounts: BTreeMap<Address, TrieAccount> = state
        .accounts()
        .map(|(address, account)| {
            let slots = state.storage_of(address).map(|(slot, value)| (B256::from(slot), value));
            let storage_root = alloy_trie::root::storage_root_unhashed(slots);
            (address, TrieAccount::new(account.nonce, account.balance, storage_root, account.code_hash))
        })
        .collect();
    alloy_trie::root::state_root_unhashed(accounts)
}

/// The nodes that prove all that a diff touches.
fn witness(trie: &mut StateTrie, diff: &StateDiff) -> NodeSet {
    let mut nodes = NodeSet::new();
    for change in &diff.accounts {
        nodes.extend(trie.account_proof(change.address).expect("a whole state"));
    }
    for change in &diff.slots {
        nodes.extend(trie.account_proof(change.address).expect("a whole state"));
        nodes.extend(trie.storage_proof(change.address, change.slot).expect("a whole state"));
    }
    nodes
}

proptest! {
    #[test]
    fn applying_diffs_gives_the_root_of_the_state(diffs in vec(diff(), 1..6)) {
        let (mut state, mut trie) = (MemoryState::new(), StateTrie::new());
        for diff in &diffs {
            let diff = fit(diff, &state);
            state.commit(&diff).expect("commits");
            let root = trie.apply(&diff).expect("a whole state");
            prop_assert_eq!(root, rebuilt(&state));
            prop_assert_eq!(root, state_root(&state));
            prop_assert_eq!(root, StateTrie::from(&state).root());
            for byte in 0..24 {
                let found = trie.account(address(byte)).expect("a whole state").as_ref().map(account_of);
                prop_assert_eq!(found, state.account(address(byte)).expect("in memory"));
                for slot in (0..12).map(U256::from) {
                    prop_assert_eq!(trie.storage(address(byte), slot), state.storage(address(byte), slot));
                }
            }
        }
    }

    #[test]
    fn the_order_within_a_diff_does_not_matter(first in diff(), second in diff()) {
        let mut state = MemoryState::new();
        let first = fit(&first, &state);
        state.commit(&first).expect("commits");
        let second = fit(&second, &state);
        let mut turned = second.clone();
        turned.accounts.reverse();
        turned.slots.reverse();
        let mut trie = StateTrie::from(&state);
        let mut other = trie.clone();
        let mut turned_state = state.clone();
        state.commit(&second).expect("commits");
        turned_state.commit(&turned).expect("commits");
        prop_assert_eq!(state_root(&state), state_root(&turned_state));
        prop_assert_eq!(trie.apply(&second), other.apply(&turned));
    }

    #[test]
    fn a_witness_gives_the_same_root_or_none(first in diff(), second in diff(), withheld in any::<prop::sample::Index>()) {
        let mut state = MemoryState::new();
        state.commit(&fit(&first, &state)).expect("commits");
        let second = fit(&second, &state);
        let mut whole = StateTrie::from(&state);
        let nodes = witness(&mut whole, &second);
        let mut partial = WitnessState::new(whole.root(), &nodes).expect("nodes of a state");
        prop_assert_eq!(partial.root(), whole.root());
        for change in &second.slots {
            let (address, slot) = (change.address, change.slot);
            prop_assert_eq!(partial.account(address), state.account(address));
            prop_assert_eq!(partial.storage(address, slot), state.storage(address, slot));
        }
        check_same_or_missing(partial, whole.clone(), &second)?;
        let skip = withheld.index(nodes.len() + 1);
        let fewer: NodeSet = nodes.iter().enumerate().filter(|(i, _)| *i != skip).map(|(_, node)| node.clone()).collect();
        let partial = WitnessState::new(whole.root(), &fewer).expect("nodes of a state");
        check_same_or_missing(partial, whole, &second)?;
    }
}

fn check_same_or_missing(
    mut partial: WitnessState,
    mut whole: StateTrie,
    diff: &StateDiff,
) -> Result<(), TestCaseError> {
    let before = partial.root();
    match partial.apply(diff) {
        Ok(root) => prop_assert_eq!(Ok(root), whole.apply(diff)),
        Err(error) => {
            prop_assert!(matches!(error, StateError::Missing(_)));
            prop_assert_eq!(partial.root(), before);
        }
    }
    Ok(())
}

#[test]
fn what_a_witness_does_not_tell_is_missing_and_what_it_excludes_is_absent() {
    let mut state = MemoryState::new();
    for byte in 0..64 {
        state.set_account(address(byte), Account::with_balance(U256::from(byte)));
        state.set_storage(address(byte), U256::from(1), U256::from(byte) + U256::ONE);
    }
    let mut whole = StateTrie::from(&state);
    let nodes: NodeSet = [address(1), address(200)]
        .into_iter()
        .flat_map(|address| whole.account_proof(address).expect("a whole state"))
        .collect();
    let witness = WitnessState::new(whole.root(), &nodes).expect("nodes of a state");
    assert_eq!(witness.account(address(1)), Ok(Some(Account::with_balance(U256::from(1)))));
    assert_eq!(witness.account(address(200)), Ok(None));
    assert_eq!(witness.storage(address(200), U256::from(1)), Ok(U256::ZERO));
    let unknown = (2..64).map(address).filter(|&address| witness.account(address).is_err()).count();
    assert!(unknown > 50, "{unknown} accounts are not told of");
    assert!(matches!(witness.storage(address(1), U256::from(1)), Err(StateError::Missing(_))));
    assert!(matches!(witness.code(B256::ZERO), Err(StateError::MissingCode(_))));
    assert!(matches!(witness.block_hash(1), Err(StateError::Missing(_))));
}
