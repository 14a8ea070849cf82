use super::{super::Direction, *};
use primitives::B256;

const A: Address = Address::repeat_byte(1);
const B: Address = Address::repeat_byte(2);

fn storage(slot: u64) -> Operation<'static> {
    Operation::Storage { address: A, slot: U256::from(slot), before: U256::ZERO, after: U256::ONE }
}

fn read(slot: u64) -> Operation<'static> {
    Operation::ReadStorage { address: A, slot: U256::from(slot), value: U256::ZERO }
}

fn slot(slot: u64) -> Location {
    Location::Storage(A, U256::from(slot))
}

fn set(operations: impl IntoIterator<Item = Operation<'static>>) -> Vec<(Location, u64, u64, u64)> {
    let set = ReadWriteSet::of(&Operations::new(operations));
    assert_eq!(ReadWriteSet::decode(&set.encode()), Ok(set.clone()), "the encoding reads back");
    set.iter().map(|Touched { location, first, reads, writes }| (*location, *first, *reads, *writes)).collect()
}

#[test]
fn each_location_stands_once_with_its_counts_in_the_order_of_first_touch() {
    let found = set([
        read(7),
        Operation::AccessListAddSlot { address: A, slot: U256::from(7) },
        storage(9),
        storage(7),
        Operation::ReadTransientStorage { address: A, slot: U256::from(7), value: U256::ZERO },
        read(7),
    ]);
    let transient = Location::Transient(A, U256::from(7));
    assert_eq!(found, [(slot(7), 0, 2, 1), (slot(9), 2, 0, 1), (transient, 4, 1, 0)]);
}

#[test]
fn every_kind_that_has_a_location_is_counted_there() {
    let zero = B256::ZERO;
    let found = set([
        Operation::CreateObject(A),
        Operation::Balance { address: A, direction: Direction::In, amount: U256::ONE },
        Operation::Nonce { address: A, nonce: 1 },
        Operation::Code { address: A, hash: zero },
        Operation::TransientStorage { address: A, slot: U256::ONE, before: U256::ZERO, after: U256::ONE },
        Operation::ReadBalance { address: A, balance: U256::ZERO },
        Operation::ReadNonce { address: A, nonce: 0 },
        Operation::ReadCode { address: A, hash: zero },
        Operation::ReadExistence { address: A, exists: true },
        Operation::ReadBlockHash { number: 5, hash: zero },
        Operation::SelfDestruct { address: A, target: B, amount: U256::ONE },
        Operation::SelfDestruct { address: B, target: A, amount: U256::ZERO },
        Operation::Touch(B),
        Operation::AddPreimage(zero),
        Operation::Refund(3),
    ]);
    let expected = [
        (Location::Existence(A), 0, 1, 2),
        (Location::Balance(A), 1, 1, 2),
        (Location::Nonce(A), 2, 1, 1),
        (Location::Code(A), 3, 1, 1),
        (Location::Transient(A, U256::ONE), 4, 0, 1),
        (Location::BlockHash(5), 9, 1, 0),
        (Location::Balance(B), 10, 0, 1),
        (Location::Existence(B), 11, 0, 1),
    ];
    assert_eq!(found, expected);
}

/// A revert undoes so many operations before it, and the threads that were joined there, with theirs.
#[test]
fn a_write_that_was_undone_counts_as_a_read() {
    let found = set([storage(1), storage(2), read(3), storage(3), Operation::Revert(3)]);
    assert_eq!(found, [(slot(1), 0, 0, 1), (slot(2), 1, 1, 0), (slot(3), 2, 2, 0)]);
    let found = set([
        Operation::Join(0),
        Operation::Join(1),
        Operation::Revert(1),
        Operation::Thread(vec![0]),
        storage(1),
        storage(2),
        Operation::Revert(1),
        Operation::Thread(vec![1]),
        storage(3),
        Operation::Join(0),
        Operation::Thread(vec![1, 0]),
        storage(4),
    ]);
    assert_eq!(found, [(slot(1), 4, 0, 1), (slot(2), 5, 1, 0), (slot(3), 8, 1, 0), (slot(4), 11, 1, 0)]);
}

#[test]
fn what_is_no_set_is_refused() {
    let good = ReadWriteSet::of(&Operations::new([read(7), storage(9)])).encode();
    let with = |word: usize, number: U256| {
        let mut bytes = good.to_vec();
        bytes[word * 32..word * 32 + 32].copy_from_slice(&number.to_be_bytes::<32>());
        ReadWriteSet::decode(&bytes)
    };
    let location = |index| Err(ReadWriteSetError::Location { index });
    assert_eq!(with(2, U256::from(7)), location(0), "no such database");
    assert_eq!(with(2, U256::from(2)), location(0), "a balance has no slot");
    assert_eq!(with(9, U256::MAX), location(1), "no address");
    assert_eq!(with(5, U256::MAX), location(0), "no number of an operation");
    assert_eq!(with(6, U256::ZERO), location(0), "nothing was done there");
    assert_eq!(with(10, U256::from(7)), Err(ReadWriteSetError::Order { index: 1 }), "twice");
    assert_eq!(with(5, U256::from(5)), Err(ReadWriteSetError::Order { index: 1 }), "not in order");
    for bytes in [&[][..], &good[..64], &good[..good.len() - 1], &[&good[..], &[0; 32]].concat()] {
        assert_eq!(ReadWriteSet::decode(bytes), Err(ReadWriteSetError::Length { bytes: bytes.len() }));
    }
    assert!(matches!(with(0, U256::ZERO), Err(ReadWriteSetError::Length { .. })));
    assert!(matches!(with(1, U256::MAX), Err(ReadWriteSetError::Length { .. })));
}
