//! Record Data: what a frame has written down of its own reads and writes.
//!
//! ```text
//!  operation ──▶ its location: reads, writes, which operation was the first     ──▶ read/write set (`RWS`)
//!           └──▶ if hashes are wanted: hash = Keccak-256(hash, location, value)  ──▶ `RHASH`, `WHASH`
//! ```
//!
//! What is written down was done: the instructions that record are the ones that read and write. So a record leaves out what
//! its contract did not ask for, and holds nothing false. It belongs to one frame, of which it is no part of the result.

use primitives::{Address, B256, Bytes, U256, alloy_primitives::Keccak256, keccak256, map::HashMap};

/// What a slot is in. The paper's database identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Database {
    /// Persistent Storage.
    Storage = 0,
    /// The paper's Temporary Storage.
    Transient = 1,
}

/// What is done with a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// A slot that was touched.
#[derive(Clone, Copy, Debug)]
struct Location {
    database: Database,
    slot: U256,
    /// The number of the operation that touched it first.
    first: u64,
    reads: u64,
    writes: u64,
}

/// The record of one frame.
#[derive(Debug, Default)]
pub(crate) struct RecordData {
    /// Every operation is recorded, and not those alone that say so.
    pub(crate) is_on: bool,
    /// What is recorded is hashed too.
    pub(crate) hashes: bool,
    operations: u64,
    /// In the order in which they were touched first.
    locations: Vec<Location>,
    places: HashMap<(Database, U256), usize>,
    reads: B256,
    writes: B256,
}

/// Words of a location in a read/write set.
const WORDS: usize = 6;

impl RecordData {
    /// Writes an operation of the contract `address` down.
    pub(crate) fn push(&mut self, access: Access, database: Database, address: Address, (slot, value): (U256, U256)) {
        let place = *self.places.entry((database, slot)).or_insert_with(|| {
            self.locations.push(Location { database, slot, first: self.operations, reads: 0, writes: 0 });
            self.locations.len() - 1
        });
        self.operations += 1;
        let location = &mut self.locations[place];
        let hash = match access {
            Access::Read => {
                location.reads += 1;
                &mut self.reads
            }
            Access::Write => {
                location.writes += 1;
                &mut self.writes
            }
        };
        if self.hashes {
            let mut hasher = Keccak256::new();
            hasher.update(*hash);
            hasher.update([database as u8]);
            hasher.update(address);
            hasher.update(slot.to_be_bytes::<32>());
            hasher.update(value.to_be_bytes::<32>());
            *hash = hasher.finalize();
        }
    }

    /// Number of locations.
    pub(crate) fn len(&self) -> usize {
        self.locations.len()
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.locations.is_empty()
    }

    /// The hash over the operations of one sort that were hashed; zero if none was.
    pub(crate) fn hash(&self, access: Access) -> B256 {
        match access {
            Access::Read => self.reads,
            Access::Write => self.writes,
        }
    }

    /// The read/write set of the contract `address`, as Solidity encodes
    /// `(uint256 database, address account, uint256 slot, uint256 first, uint256 reads, uint256 writes)[]`.
    pub(crate) fn set(&self, address: Address) -> Bytes {
        let mut bytes = Vec::with_capacity(64 + self.len() * WORDS * 32);
        let mut push = |word: U256| bytes.extend_from_slice(&word.to_be_bytes::<32>());
        push(U256::from(32));
        push(U256::from(self.len()));
        for Location { database, slot, first, reads, writes } in &self.locations {
            push(U256::from(*database as u8));
            push(address.into_word().into());
            push(*slot);
            [first, reads, writes].into_iter().for_each(|number| push(U256::from(*number)));
        }
        bytes.into()
    }

    /// The hash of [`Self::set`].
    pub(crate) fn set_hash(&self, address: Address) -> B256 {
        keccak256(self.set(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::alloy_primitives::b256;

    const CONTRACT: Address = Address::repeat_byte(2);

    fn record(hashes: bool) -> RecordData {
        let mut record = RecordData { is_on: true, hashes, ..RecordData::default() };
        for (access, database, slot, value) in [
            (Access::Read, Database::Storage, 7, 70),
            (Access::Write, Database::Storage, 9, 90),
            (Access::Write, Database::Storage, 7, 71),
            (Access::Read, Database::Transient, 7, 0),
            (Access::Read, Database::Storage, 7, 71),
        ] {
            record.push(access, database, CONTRACT, (U256::from(slot), U256::from(value)));
        }
        record
    }

    fn words(bytes: &[u8]) -> Vec<U256> {
        bytes.chunks(32).map(U256::from_be_slice).collect()
    }

    #[test]
    fn each_location_stands_once_with_its_counts_in_the_order_of_first_touch() {
        let account: U256 = CONTRACT.into_word().into();
        let word = U256::from;
        let mut expected = vec![word(32), word(3)];
        for [database, slot, first, reads, writes] in [[0, 7, 0, 2, 1], [0, 9, 1, 0, 1], [1, 7, 3, 1, 0]] {
            expected.extend([word(database), account, word(slot), word(first), word(reads), word(writes)]);
        }
        assert_eq!(words(&record(false).set(CONTRACT)), expected);
        assert_eq!(words(&RecordData::default().set(CONTRACT)), [word(32), word(0)]);
    }

    #[test]
    fn hashes_are_those_of_what_was_done_while_they_were_wanted() {
        let without = record(false);
        assert_eq!([Access::Read, Access::Write].map(|access| without.hash(access)), [B256::ZERO; 2]);
        let step = |hash: B256, slot: u64, value: u64| {
            let words = [slot, value].map(|word| U256::from(word).to_be_bytes::<32>());
            keccak256([hash.as_slice(), &[0], CONTRACT.as_slice(), &words[0], &words[1]].concat())
        };
        assert_eq!(record(true).hash(Access::Write), step(step(B256::ZERO, 9, 90), 7, 71));
    }

    /// Frozen: another value is another spec.
    #[test]
    fn the_encoding_is_frozen() {
        let record = record(true);
        assert_eq!(
            record.set_hash(CONTRACT),
            b256!("9891cda4a0dc0b7ed4da4331b95b7d8028cb4628b7eda77b56983c51c7268f2c")
        );
        assert_eq!(
            [Access::Read, Access::Write].map(|access| record.hash(access)),
            [
                b256!("64cf7e08399a3d9ad994bccefe65f659ae4cc13ab79d62c1b347c97b4fe84b88"),
                b256!("aaa1d53781fcf66b6bdb516de2a2ff5d66305ec9e91713e20e2cb2d96efeace1")
            ]
        );
    }
}
