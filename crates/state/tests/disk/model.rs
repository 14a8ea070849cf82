//! The store against the state in memory.

use crate::support::{Model, check_same, diffs, open, options, some_diff};
use access_list::{AccountChange, SlotChange, StateDiff};
use primitives::{Account, U256, keccak256};
use proptest::prelude::*;
use state::{
    StateReader, StateWriter,
    disk::{Disk, DiskError, Options},
    state_root,
};

fn check_random(diffs: &[StateDiff], back: prop::sample::Index, more: &[StateDiff]) {
    let mut model = Model::new();
    for diff in diffs {
        model.commit(0, diff);
    }
    model.check();
    model.rollback(back.index(model.states.len()));
    model.check();
    for diff in more {
        model.commit(1, diff);
    }
    model.check();
    model.reopen();
    model.check();
    if let Some(diff) = more.first() {
        model.commit(2, diff);
        model.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn the_store_agrees_with_memory(first in diffs(1..7), back: prop::sample::Index, more in diffs(0..4)) {
        check_random(&first, back, &more);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn slow_the_store_agrees_with_memory(first in diffs(1..16), back: prop::sample::Index, more in diffs(0..10)) {
        check_random(&first, back, &more);
    }
}

/// The way back knows the slots that a block has made by their hashes only.
#[test]
fn what_was_read_of_a_slot_is_not_taken_for_one_that_a_rollback_cannot_name() {
    let owner = primitives::Address::repeat_byte(7);
    let account = Some(Account::with_balance(U256::from(1)));
    let slot = |slot: u64| SlotChange { address: owner, slot: U256::from(slot), value: U256::from(5) };
    let accounts = vec![AccountChange { address: owner, account, wiped: false }];
    let mut model = Model::new();
    model.commit(0, &StateDiff { accounts, slots: vec![slot(0)], code: Vec::new() });
    model.commit(0, &StateDiff { slots: vec![slot(1)], ..StateDiff::default() });
    let state = model.disk().latest();
    assert_eq!(state.storage(owner, U256::ZERO), Ok(U256::from(5)));
    assert_eq!(state.account(owner), Ok(account));
    model.rollback(0);
    model.check();
}

/// Enough accounts for a trie of several levels, and storage with more slots than one branch holds.
#[test]
fn many_accounts_and_slots() {
    let mut model = Model::new();
    let address = |index: u64| primitives::Address::left_padding_from(&keccak256(index.to_be_bytes())[..12]);
    let change = |index: u64, account| AccountChange { address: address(index), account, wiped: false };
    let slot = |index: u64, value: u64| SlotChange {
        address: address(index % 3),
        slot: U256::from(index),
        value: U256::from(value),
    };
    for round in 0..6u64 {
        let mut diff = StateDiff::default();
        for index in (0..3000).filter(|index| (index * 31 + round) % 3 == 0 || *index < 3) {
            let is_there = round == 0 || index < 3 || (index * 7 + round) % 5 != 0;
            let account = is_there.then(|| Account::with_balance(U256::from(index + round)));
            diff.accounts.push(change(index, account));
            diff.slots.push(slot(index, (index + round) % 4));
        }
        let mut state = model.last();
        state.commit(&diff).expect("commits");
        let root = crate::support::commit(model.disk(), 0, &diff);
        assert_eq!(root, state_root(&state), "round {round}");
        model.states.push(state);
    }
    model.check();
    model.reopen();
    model.rollback(2);
    model.check();
}

#[test]
fn a_reader_stays_where_it_is() {
    let mut model = Model::new();
    for number in 0..6 {
        model.commit(0, &some_diff(number));
    }
    let latest = model.disk().latest();
    let earlier = model.disk().at(2).expect("kept");
    let (last, then) = (model.last(), model.states[2].clone());
    for number in 6..9 {
        model.commit(0, &some_diff(number));
    }
    model.rollback(1);
    check_same(&latest, &last);
    check_same(&earlier, &then);
    assert_eq!(latest.number(), Some(5));
}

#[test]
fn history_is_dropped_as_blocks_come() {
    let dir = crate::support::directory();
    let small = Options { history_blocks: 3, ..options() };
    let disk = Disk::open(dir.path(), small.clone()).expect("opens");
    for number in 0..10 {
        crate::support::commit(&disk, 0, &some_diff(number));
        let head = disk.head().expect("a head");
        assert_eq!(head.oldest_state, number.saturating_sub(3));
    }
    assert!(matches!(disk.at(5), Err(DiskError::HistoryWindow { number: 5, oldest: 6 })));
    assert!(matches!(disk.rollback_to(5), Err(DiskError::HistoryWindow { number: 5, oldest: 6 })));
    assert!(matches!(disk.at(10), Err(DiskError::NoBlock { number: 10, range: Some((0, 9)) })));
    disk.at(6).expect("kept");
    disk.verify(|_| ()).expect("nothing is left over");
    drop(disk);
    // With less history than before, each commit drops a few blocks.
    let disk = Disk::open(dir.path(), Options { history_blocks: 1, ..small }).expect("opens");
    crate::support::commit(&disk, 0, &some_diff(10));
    assert_eq!(disk.head().expect("a head").oldest_state, 9);
    disk.verify(|_| ()).expect("nothing is left over");
}

#[test]
fn a_small_memory_for_nodes_changes_nothing() {
    let dirs = [crate::support::directory(), crate::support::directory()];
    let disks = [0, 1 << 18].map(|trie_nodes| {
        let dir = &dirs[usize::from(trie_nodes > 0)];
        Disk::open(dir.path(), Options { trie_nodes, ..options() }).expect("opens")
    });
    for number in 0..30 {
        let roots = disks.each_ref().map(|disk| crate::support::commit(disk, 0, &some_diff(number)));
        assert_eq!(roots[0], roots[1]);
    }
    let [small, large] = disks.map(|disk| disk.stats().expect("reads").trie_nodes);
    assert!(small <= 2 && large > 40, "{small} and {large} nodes in memory");
}

#[test]
fn what_breaks_the_law_of_diffs_is_refused() {
    let dir = crate::support::directory();
    let disk = open(dir.path());
    let address = crate::support::address(1);
    let slot = SlotChange { address, slot: U256::ONE, value: U256::ONE };
    let account = AccountChange { address, account: Some(Account::EMPTY), wiped: false };
    let refused = |diff: StateDiff| match disk.root_of(&diff) {
        Err(DiskError::Diff { address: found, .. }) => assert_eq!(found, address),
        other => panic!("{other:?}"),
    };
    refused(StateDiff { slots: vec![slot], ..StateDiff::default() });
    refused(StateDiff { accounts: vec![account], slots: vec![slot, slot], ..StateDiff::default() });
    refused(StateDiff { accounts: vec![account, account], ..StateDiff::default() });
    let code = vec![(primitives::B256::ZERO, primitives::Bytes::from_static(b"code"))];
    assert!(matches!(disk.root_of(&StateDiff { code, ..StateDiff::default() }), Err(DiskError::DiffCode(_))));
}
