use super::super::Direction;
use super::*;
use primitives::{Address, Log, U256, alloy_primitives::b256};
use proptest::prelude::*;
use std::borrow::Cow;

/// One operation of each kind, flags both ways.
fn one_of_each() -> Vec<Operation<'static>> {
    let (address, other) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let (slot, hash) = (U256::from(0x0102), B256::repeat_byte(3));
    let log = Log::new_unchecked(address, vec![hash, B256::ZERO], vec![7, 8, 9].into());
    vec![
        Operation::CreateObject(address),
        Operation::ResetObject(address),
        Operation::SelfDestruct { address, target: other, amount: U256::from(5) },
        Operation::Balance { address: other, direction: Direction::In, amount: U256::MAX },
        Operation::Balance { address, direction: Direction::Out, amount: U256::ZERO },
        Operation::Nonce { address, nonce: 1 },
        Operation::Storage { address, slot, before: U256::ZERO, after: U256::ONE },
        Operation::Code { address, hash },
        Operation::Refund(4_800),
        Operation::AddLog(Cow::Owned(log)),
        Operation::AddPreimage(hash),
        Operation::Touch(address),
        Operation::AccessListAddAccount(other),
        Operation::AccessListAddSlot { address, slot },
        Operation::TransientStorage { address, slot, before: U256::ONE, after: U256::ZERO },
        Operation::ReadStorage { address, slot, value: U256::MAX },
        Operation::ReadBalance { address, balance: U256::from(6) },
        Operation::ReadNonce { address, nonce: u64::MAX },
        Operation::ReadCode { address, hash },
        Operation::ReadExistence { address, exists: true },
        Operation::ReadExistence { address, exists: false },
        Operation::ReadTransientStorage { address, slot, value: U256::ONE },
        Operation::ReadBlockHash { number: 17, hash },
        Operation::Revert(3),
    ]
}

/// Frozen: changed bytes are a new spec.
#[test]
fn the_encoding_is_frozen() {
    let operations = Operations::new(one_of_each());
    assert_eq!(operations.as_bytes().len(), 445);
    assert_eq!(operations.digest(), b256!("c5ea58e53c99629c35e6496207c2f688f1fc6a16bf0339e85f64651f9738ca01"));
    let empty = Operations::new([]);
    assert_eq!(empty.digest(), b256!("e8bae387249c58ac5a0fdd7eb97bed09450b00a50208fc4ed311d058806f8ec8"));
    assert!(empty.is_empty());
}

#[test]
fn the_first_bytes_are_those_of_the_spec() {
    let address = Address::repeat_byte(1);
    let slot = U256::from(0x0102);
    let operations = Operations::new([
        Operation::ReadStorage { address, slot, value: U256::ZERO },
        Operation::Storage { address, slot, before: U256::ZERO, after: U256::from(255) },
        Operation::Refund(0x1234),
    ]);
    let mut expected = vec![17];
    expected.extend([1; 20]);
    expected.extend([2, 1, 2, 0]);
    expected.extend([0x80 | 0x20 | 6, 0, 1, 255]);
    expected.extend([8, 2, 0x12, 0x34]);
    assert_eq!(operations.as_bytes(), expected);
}

/// A mapping's slot is where its key was hashed: it is written once.
#[test]
fn a_slot_is_written_once_wherever_it_came_from() {
    let address = Address::repeat_byte(1);
    let hash = B256::repeat_byte(3);
    let (hashed, other) = (U256::from_be_bytes(hash.0), U256::from(9));
    let all = [
        Operation::ReadStorage { address, slot: U256::ZERO, value: other },
        Operation::AddPreimage(hash),
        Operation::AccessListAddSlot { address, slot: hashed },
        Operation::ReadTransientStorage { address, slot: hashed, value: U256::ZERO },
        Operation::Storage { address, slot: other, before: U256::ZERO, after: U256::ONE },
        Operation::TransientStorage { address, slot: hashed, before: U256::ONE, after: U256::ZERO },
        Operation::Thread(vec![4]),
        Operation::ReadStorage { address: Address::ZERO, slot: U256::ZERO, value: U256::ZERO },
    ];
    let expected = [
        &[0x20 | 17][..],
        &[1; 20],
        &[1, 9],
        &[10],
        &[3; 32],
        &[0x80 | 0x20 | 13],
        &[0x80 | 0x20 | 22, 0],
        &[0x80 | 6, 1, 9, 0, 1, 1],
        &[0x80 | 14, 32],
        &[3; 32],
        &[1, 1, 0],
        &[30, 1, 1, 1, 4],
        &[0x80 | 0x20 | 17, 0],
    ]
    .concat();
    let operations = Operations::new(all.clone());
    assert_eq!(operations.as_bytes(), expected);
    assert_eq!(operations.iter().collect::<Vec<_>>(), all);
    assert_eq!(Operations::decode(&expected), Ok(operations));
}

/// Frozen, as the others are: what threads and records add.
#[test]
fn the_encoding_of_threads_and_records_is_frozen() {
    let address = Address::repeat_byte(1);
    let [set, reads, writes] = [3, 0, 4].map(B256::repeat_byte);
    let record = Operation::Record { address, set, reads, writes };
    let all = [Operation::Join(1), record.clone(), record.clone(), Operation::Thread(vec![0, 258]), record];
    let hashes = [[3; 32], [0; 32], [4; 32]].concat();
    let whole = [&[28][..], &[1; 20], &hashes].concat();
    let expected = [&[29, 1, 1][..], &whole, &[0x80 | 28], &hashes, &[30, 1, 2, 0, 2, 1, 2], &whole].concat();
    let operations = Operations::new(all.clone());
    assert_eq!(operations.as_bytes(), expected);
    assert_eq!(operations.iter().collect::<Vec<_>>(), all);
    assert_eq!(Operations::decode(&expected), Ok(operations));
    for end in [expected.len() - 1, 4, 30] {
        assert_eq!(Operations::decode(&expected[..end]), Err(OperationError::End));
    }
}

#[test]
fn every_kind_is_read_back() {
    let operations = Operations::new(one_of_each());
    assert_eq!(operations.iter().collect::<Vec<_>>(), one_of_each());
    assert_eq!(Operations::decode(operations.as_bytes()), Ok(operations));
}

#[test]
fn what_is_cut_off_is_refused() {
    let whole = Operations::new(one_of_each());
    let mut ends = 0;
    for end in 0..whole.as_bytes().len() {
        match Operations::decode(&whole.as_bytes()[..end]) {
            Ok(_) => ends += 1,
            Err(error) => assert_eq!(error, OperationError::End),
        }
    }
    assert_eq!(ends, one_of_each().len(), "it may end only where an operation does");
}

#[test]
fn there_is_one_form_only() {
    let address = [1; 20];
    let with = |parts: &[&[u8]]| Operations::decode(&parts.concat()).map(|_| ());
    assert_eq!(with(&[&[11], &address]), Ok(()));
    assert_eq!(with(&[&[11], &address, &[11], &address]), Err(OperationError::Form), "the address is known");
    assert_eq!(with(&[&[11], &[0; 20]]), Err(OperationError::Form), "the first known address is zero");
    assert_eq!(with(&[&[0x8b]]), Ok(()));
    assert_eq!(with(&[&[0x80 | 17, 1, 5, 0], &[0x80 | 17, 1, 5, 0]]), Err(OperationError::Form), "the slot is known");
    assert_eq!(with(&[&[10], &[7; 32], &[0x80 | 17, 32], &[7; 32], &[0]]), Err(OperationError::Form), "by its hash");
    assert_eq!(with(&[&[0x80 | 17, 0, 0]]), Err(OperationError::Form), "the first known slot is zero");
    assert_eq!(with(&[&[0xa0 | 17, 0]]), Ok(()));
    assert_eq!(with(&[&[8, 2, 0, 1]]), Err(OperationError::Form), "a leading zero");
    assert_eq!(with(&[&[8, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]]), Err(OperationError::Form), "more than 64 bits");
    assert_eq!(with(&[&[18], &address, &[33]]), Err(OperationError::Form), "more than 256 bits");
    assert_eq!(with(&[&[9], &address, &[5]]), Err(OperationError::Form), "five topics");
    for tag in [0, 15, 16, 24, 27, 32, 63, 0x20 | 4, 0x20 | 10, 0x20 | 21, 0x40 | 6, 0x80 | 8, 0x80 | 31, 0xff] {
        assert_eq!(with(&[&[tag], &address]), Err(OperationError::Tag(tag)), "{tag:#x}");
    }
}

fn operation() -> impl Strategy<Value = Operation<'static>> {
    let word = prop_oneof![
        (0..3_u8).prop_map(U256::from),
        any::<u64>().prop_map(U256::from),
        any::<[u64; 4]>().prop_map(U256::from_limbs)
    ];
    let address = (0..3_u8).prop_map(Address::repeat_byte);
    (0..26_usize, address, [word.clone(), word.clone(), word], any::<u64>(), any::<[u8; 32]>()).prop_map(
        |(kind, address, [slot, before, after], number, hash)| {
            let hash = B256::new(hash);
            match kind {
                0 => Operation::CreateObject(address),
                1 => Operation::ResetObject(address),
                2 => Operation::SelfDestruct { address, target: Address::from_word(hash), amount: slot },
                3 => Operation::Balance { address, direction: Direction::In, amount: slot },
                4 => Operation::Balance { address, direction: Direction::Out, amount: slot },
                5 => Operation::Nonce { address, nonce: number },
                6..9 => Operation::Storage { address, slot, before, after },
                9 => Operation::Code { address, hash },
                10 => Operation::Refund(number),
                11 => {
                    let topics = vec![hash; (number % 5) as usize];
                    let data = vec![number as u8; (number % 70) as usize];
                    Operation::AddLog(Cow::Owned(Log::new_unchecked(address, topics, data.into())))
                }
                12 => Operation::AddPreimage(slot.into()),
                13 => Operation::Touch(address),
                14 => Operation::AccessListAddAccount(address),
                15 => Operation::AccessListAddSlot { address, slot },
                16 => Operation::TransientStorage { address, slot, before, after },
                17 => Operation::ReadStorage { address, slot, value: after },
                18 => Operation::ReadBalance { address, balance: slot },
                19 => Operation::ReadNonce { address, nonce: number },
                20 => Operation::ReadCode { address, hash },
                21 => Operation::ReadExistence { address, exists: number.is_multiple_of(2) },
                22 => Operation::ReadBlockHash { number, hash },
                23 => Operation::Join(number),
                24 => Operation::Thread(vec![number; (number % 4) as usize]),
                _ => Operation::Revert(number),
            }
        },
    )
}

proptest! {
    #[test]
    fn any_operations_are_read_back(list in prop::collection::vec(operation(), 0..40)) {
        let operations = Operations::new(list.clone());
        prop_assert_eq!(operations.len(), list.len() as u64);
        prop_assert_eq!(operations.iter().collect::<Vec<_>>(), list);
        prop_assert_eq!(Operations::decode(operations.as_bytes()), Ok(operations));
    }

    #[test]
    fn one_operation_dropped_added_swapped_or_altered_changes_the_digest(
        list in prop::collection::vec(operation(), 1..30),
        other in operation(),
        at in any::<prop::sample::Index>(),
    ) {
        let digest = Operations::new(list.clone()).digest();
        let at = at.index(list.len());
        let mut dropped = list.clone();
        dropped.remove(at);
        prop_assert_ne!(Operations::new(dropped).digest(), digest);
        let mut added = list.clone();
        added.insert(at, other.clone());
        prop_assert_ne!(Operations::new(added).digest(), digest);
        let mut altered = list.clone();
        altered[at] = other.clone();
        prop_assert_eq!(Operations::new(altered).digest() == digest, list[at] == other);
        let mut swapped = list.clone();
        let next = (at + 1) % list.len();
        swapped.swap(at, next);
        prop_assert_eq!(Operations::new(swapped).digest() == digest, list[at] == list[next]);
    }

    #[test]
    fn bytes_are_operations_in_one_way_or_in_none(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(operations) = Operations::decode(&bytes) {
            let again = Operations::new(&operations);
            prop_assert_eq!(again.as_bytes(), &bytes[..]);
        }
    }
}
