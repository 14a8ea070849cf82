use super::*;
use primitives::alloy_primitives::b256;

fn digests(count: usize) -> Vec<B256> {
    (0..count).map(|index| B256::with_last_byte(index as u8)).collect()
}

/// Frozen: a changed root is a new spec.
#[test]
fn roots_are_frozen() {
    let expected = [
        (0, b256!("c256930024a2e3883270b148467d8af128bdcfafb3323e29ee6b891a53a3c25e")),
        (1, b256!("8fe2c42d58be88b7af00a140de9e9e8cb28bf495052060389c4c105ab068f223")),
        (5, b256!("81a7884249199da0dbcc66f6f9417bc43edec0b012ce751106cbcb0d519448a4")),
    ];
    for (count, root) in expected {
        assert_eq!(operation_root(&digests(count)), root, "{count}");
    }
}

#[test]
fn every_transaction_can_be_proved_and_no_other() {
    for count in 1..=17 {
        let digests = digests(count);
        let root = operation_root(&digests);
        for position in 0..count {
            let proof = operation_proof(&digests, position).expect("it is there");
            assert!(proof.verify(digests[position], root), "{position} of {count}");
            assert!(!proof.verify(B256::repeat_byte(9), root), "another transaction");
            assert!(!proof.verify(digests[position], B256::repeat_byte(9)), "another root");
            for other in (0..count as u32 + 1).filter(|other| *other != position as u32) {
                assert!(!OperationProof { position: other, ..proof.clone() }.verify(digests[position], root));
            }
            let more = OperationProof { count: proof.count + 1, ..proof.clone() };
            assert!(!more.verify(digests[position], root), "another number of transactions");
            let mut longer = proof.clone();
            longer.siblings.push(B256::ZERO);
            assert!(!longer.verify(digests[position], root));
        }
        assert_eq!(operation_proof(&digests, count), None);
    }
}

#[test]
fn a_transaction_that_is_dropped_added_or_moved_changes_the_root() {
    let whole = digests(9);
    let root = operation_root(&whole);
    for at in 0..9 {
        let mut dropped = whole.clone();
        dropped.remove(at);
        assert_ne!(operation_root(&dropped), root);
        let mut added = whole.clone();
        added.insert(at, whole[at]);
        assert_ne!(operation_root(&added), root);
        let mut swapped = whole.clone();
        swapped.swap(at, (at + 1) % 9);
        assert_ne!(operation_root(&swapped), root);
    }
}
