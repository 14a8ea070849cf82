//! Proofs hold against the roots, and nothing else does.

use crate::support::{ACCOUNTS, Model, SLOTS, address, diffs, options, some_diff};
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
}
