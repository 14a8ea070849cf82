use super::*;
use evm::operation::Operation;
use primitives::{Address, U256, alloy_primitives::b256};
use proptest::prelude::*;

/// A transaction with so many operations, all of them told by `seed` from those of another.
fn transaction(seed: u8, operations: usize) -> Operations {
    let address = Address::repeat_byte(seed);
    Operations::new((0..operations as u64).map(|number| Operation::ReadStorage {
        address,
        slot: U256::from(number),
        value: U256::from(1_000_000 + number),
    }))
}

/// Transactions of all lengths, some longer than a piece and one without any operation.
fn block(transactions: usize) -> Vec<Operations> {
    (0..transactions).map(|index| transaction(index as u8, [0, 40, 3, 700, 90][index % 5])).collect()
}

/// Frozen: a changed root is a new spec.
#[test]
fn roots_are_frozen() {
    let expected = [
        (0, b256!("b7fd925d930f188f77c420e16132e3ce9a1bdd6b96740191f675b52e1bd8f783")),
        (1, b256!("82c39d6edcc4a5fc3891d01b74f532d14262352920c6bce99bbec8c1b6e5d1ef")),
        (5, b256!("fc8322968c17e81f6b1ca19b6602f359b4c5fd993abb0222bcff6ad7a3127c49")),
    ];
    for (transactions, root) in expected {
        assert_eq!(operation_root(&block(transactions)), root, "{transactions}");
    }
}

/// However the bytes come to the hash, it is that of all of them behind each other.
#[test]
fn the_stream_is_hashed_as_a_whole() {
    let mut block = block(40);
    block.insert(7, transaction(200, 20_000));
    assert!(block[7].as_bytes().len() > 2 * BATCH, "one transaction fills more than a batch");
    let whole: Vec<u8> = block.iter().flat_map(|operations| operations.as_bytes().to_vec()).collect();
    let mut ends = Vec::new();
    for operations in &block {
        ends.push(ends.last().copied().unwrap_or_default() + operations.as_bytes().len() as u64);
    }
    let stream = B256::new(*blake3::keyed_hash(STREAM_KEY, &whole).as_bytes());
    let bytes = [&stream[..], &ends.iter().flat_map(|end: &u64| end.to_be_bytes()).collect::<Vec<_>>()].concat();
    assert_eq!(operation_root(&block), B256::new(*blake3::keyed_hash(ROOT_KEY, &bytes).as_bytes()));
}

#[test]
fn every_transaction_can_be_proved_and_no_other() {
    for count in 1..=17 {
        let block = block(count);
        let all: Vec<&Operations> = block.iter().collect();
        let root = operation_root(&block);
        let other = transaction(99, 41);
        for position in 0..count {
            let proof = operation_proof(&all, position).expect("it is there");
            assert!(proof.verify(all[position], root), "{position} of {count}");
            assert!(!proof.verify(&other, root), "another transaction");
            assert!(!proof.verify(all[position], B256::repeat_byte(9)), "another root");
            assert!(proof.before.len() < 1024 && proof.behind.len() < 1024 || all[position].is_empty());
            for wrong in (0..count as u32 + 1).filter(|other| *other != position as u32) {
                assert!(!OperationProof { position: wrong, ..proof.clone() }.verify(all[position], root));
            }
            let with = |change: fn(&mut OperationProof)| {
                let mut changed = proof.clone();
                change(&mut changed);
                changed
            };
            let altered = [
                with(|proof| proof.siblings.push(B256::ZERO)),
                with(|proof| proof.before.push(0)),
                with(|proof| proof.behind.push(0)),
                with(|proof| proof.ends.push(u64::MAX)),
                with(|proof| proof.ends.push(*proof.ends.last().unwrap())),
                with(|proof| proof.ends.insert(0, 0)),
                with(|proof| _ = proof.ends.pop()),
                with(|proof| proof.ends.fill(u64::MAX)),
                with(|proof| proof.ends.reverse()),
            ];
            for (at, altered) in altered.iter().enumerate().filter(|(_, altered)| **altered != proof) {
                assert!(!altered.verify(all[position], root), "{position} of {count}, alteration {at}");
            }
            let short = with(|proof| _ = proof.siblings.pop());
            assert!(short == proof || !short.verify(all[position], root));
        }
        assert_eq!(operation_proof(&all, count), None);
    }
}

/// A proof does not follow from bytes that look like a transaction and lie inside of one, or across two.
#[test]
fn what_lies_inside_a_transaction_is_none() {
    let block = [transaction(1, 200), transaction(2, 200)];
    let all: Vec<&Operations> = block.iter().collect();
    let root = operation_root(&block);
    let part = transaction(1, 150);
    assert!(all[0].as_bytes().starts_with(part.as_bytes()));
    let mut proof = operation_proof(&all, 0).expect("it is there");
    proof.ends.insert(0, part.as_bytes().len() as u64);
    let rest = all[0].as_bytes().len() - part.as_bytes().len();
    proof.behind.splice(0..0, all[0].as_bytes()[all[0].as_bytes().len() - rest..].iter().copied());
    assert!(!proof.verify(&part, root));
}

#[test]
fn a_transaction_that_is_dropped_added_or_moved_changes_the_root() {
    let whole = block(9);
    let root = operation_root(&whole);
    for at in 0..9 {
        let mut dropped = whole.clone();
        dropped.remove(at);
        assert_ne!(operation_root(&dropped), root);
        let mut added = whole.clone();
        added.insert(at, whole[at].clone());
        assert_ne!(operation_root(&added), root);
        let mut swapped = whole.clone();
        swapped.swap(at, (at + 1) % 9);
        assert_ne!(operation_root(&swapped), root);
    }
}

proptest! {
    /// The same bytes, cut into transactions elsewhere, are another block.
    #[test]
    fn operations_that_move_to_the_next_transaction_change_the_root(
        lengths in prop::collection::vec(1..60_usize, 2..8),
        at in any::<prop::sample::Index>(),
    ) {
        let read = |number: usize| Operation::ReadNonce { address: Address::ZERO, nonce: number as u64 };
        let block = |lengths: &[usize]| {
            let mut number = 0;
            let transactions = lengths.iter().map(|length| {
                number += length;
                Operations::new((number - length..number).map(read))
            });
            transactions.collect::<Vec<_>>()
        };
        let at = at.index(lengths.len() - 1);
        let mut moved = lengths.clone();
        (moved[at], moved[at + 1]) = (moved[at] - 1, moved[at + 1] + 1);
        let bytes = |block: &[Operations]| block.iter().flat_map(|it| it.as_bytes().to_vec()).collect::<Vec<_>>();
        prop_assert_eq!(bytes(&block(&lengths)), bytes(&block(&moved)));
        prop_assert_ne!(operation_root(&block(&lengths)), operation_root(&block(&moved)));
    }

    /// One bit turned anywhere in what is hashed is seen, and the proof of the transaction refuses it.
    #[test]
    fn every_turned_bit_is_seen(
        count in 1..12_usize,
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut block = block(count);
        block.push(transaction(77, 60));
        let root = operation_root(&block);
        let all: Vec<&Operations> = block.iter().collect();
        let proof = operation_proof(&all, count).expect("it is there");
        let mut bytes = block[count].as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(turned) = Operations::decode(&bytes) {
            prop_assert!(!proof.verify(&turned, root));
            block[count] = turned;
            prop_assert_ne!(operation_root(&block), root);
        }
    }
}
