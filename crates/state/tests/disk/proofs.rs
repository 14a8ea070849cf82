//! Proofs hold against the roots, and nothing else does.

use crate::support::{ACCOUNTS, Model, SLOTS, address, diffs, fit, options, some_diff};
use primitives::U256;
use proptest::prelude::*;
use state::{
    NodeSet, StateReader, WitnessState,
    disk::{Disk, DiskError, Options},
    state_root,
};

fn check(model: &Model, number: usize) {
    let expected = &model.states[number];
    let slots: Vec<U256> = (0..SLOTS).map(U256::from).collect();
    for index in 0..ACCOUNTS {
        let address = address(index);
        let proof = model.disk().prove(number as u64, address, &slots).expect("proves");
        assert_eq!(proof.root, state_root(expected));
        assert_eq!(Ok(proof.account), expected.account(address));
        let nodes: NodeSet =
            proof.nodes.iter().chain(proof.slots.iter().flat_map(|slot| &slot.nodes)).cloned().collect();
        let witness = WitnessState::new(proof.root, &nodes).expect("nodes of a state");
        assert_eq!(witness.account(address), expected.account(address), "account {index} at {number}");
        for slot in &proof.slots {
            assert_eq!(Ok(slot.value), expected.storage(address, slot.slot));
            assert_eq!(witness.storage(address, slot.slot), Ok(slot.value), "slot {} of {index}", slot.slot);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    #[test]
    fn every_account_and_slot_is_proved(diffs in diffs(1..5)) {
        let mut model = Model::new();
        for diff in &diffs {
            model.commit(0, diff);
        }
        for number in 0..diffs.len() {
            check(&model, number);
        }
        model.reopen();
        check(&model, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// A diff has at an earlier block the root that it had when it was committed there.
    #[test]
    fn a_diff_has_its_root_on_every_earlier_state(diffs in diffs(2..6)) {
        let mut model = Model::new();
        for diff in &diffs {
            model.commit(0, diff);
        }
        for (parent, diff) in diffs.iter().skip(1).enumerate() {
            let diff = fit(diff, &model.states[parent]);
            let state = model.disk().at(parent as u64).expect("a state");
            let root = model.disk().root_after(&state, &diff).expect("a root");
            prop_assert_eq!(root, state_root(&model.states[parent + 1]), "block {}", parent + 1);
        }
        let last = diffs.len() as u64 - 1;
        let state = model.disk().at(last).expect("a state");
        let unchanged = model.disk().root_after(&state, &Default::default()).expect("a root");
        prop_assert_eq!(unchanged, state_root(&model.states[diffs.len() - 1]));
    }
}

#[test]
fn the_window_of_proofs_is_kept_and_told() {
    let dir = crate::support::directory();
    let disk = Disk::open(dir.path(), Options { proof_blocks: 2, ..options() }).expect("opens");
    for number in 0..6 {
        crate::support::commit(&disk, 0, &some_diff(number));
    }
    let prove = |number| disk.prove(number, address(1), &[]);
    prove(5).expect("proves");
    prove(3).expect("proves");
    assert!(matches!(prove(2), Err(DiskError::ProofWindow { number: 2, oldest: 3 })));
    assert!(matches!(prove(6), Err(DiskError::NoBlock { number: 6, .. })));
    let state = |number| disk.at(number).expect("a state");
    let root_after = |state| disk.root_after(&state, &Default::default());
    root_after(state(3)).expect("a root");
    assert!(matches!(root_after(state(2)), Err(DiskError::ProofWindow { number: 2, oldest: 3 })));
    // A state outlives its block, but nothing is worked out on it any more: another block may stand there.
    let gone = state(5);
    disk.rollback_to(4).expect("goes back");
    assert!(matches!(root_after(gone.clone()), Err(DiskError::NoBlock { number: 5, .. })));
    crate::support::commit(&disk, 1, &some_diff(9));
    assert!(matches!(root_after(gone), Err(DiskError::NoBlock { number: 5, .. })));
}
