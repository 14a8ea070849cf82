//! The read/write set of a transaction: each location once, with how often it was read and written and by which operation
//! first. A view of its operations, for whoever groups or explains.
//!
//! Source: paper P, §III-C, read/write set. There a contract has it made of what it records; here it is made of what the
//! machine writes down of every contract (spec 0002). A contract's own, of one frame, is `RWS` (spec 0005), which has the
//! same encoding with the first two databases alone.
//!
//! A write that was undone, by the revert of its frame or of one around it, has changed nothing: it counts as a read, for
//! what it found decided what it cost. Warmings, touches, logs, hashes and refunds have no location.

use super::{Operation, Operations};
use primitives::{
    Address, Bytes, U256,
    map::{HashMap, HashSet},
};
use std::collections::hash_map::Entry;

/// Where something is that a transaction reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// A slot of storage.
    Storage(Address, U256),
    /// A slot of transient storage.
    Transient(Address, U256),
    /// A balance.
    Balance(Address),
    /// A nonce.
    Nonce(Address),
    /// Code.
    Code(Address),
    /// Whether an account is there.
    Existence(Address),
    /// The hash of the block with this number.
    BlockHash(u64),
}

/// A location and what was done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Where.
    pub location: Location,
    /// The number of the operation that touched it first, among all of the transaction's, from zero.
    pub first: u64,
    /// Reads, and writes that were undone.
    pub reads: u64,
    /// Writes that stand.
    pub writes: u64,
}

/// What a transaction read and wrote, in the order in which it was touched first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadWriteSet {
    touched: Vec<Touched>,
}

/// Bytes that are no read/write set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadWriteSetError {
    /// Not so long as the head says.
    #[error("{bytes} bytes are no read/write set: the length is another")]
    Length {
        /// How many there are.
        bytes: usize,
    },
    /// A location whose words are not those of any.
    #[error("location {index} of the read/write set is none")]
    Location {
        /// Which.
        index: usize,
    },
    /// A location that stands twice, or before one that was touched first.
    #[error("location {index} of the read/write set is out of order")]
    Order {
        /// Which.
        index: usize,
    },
}

/// Words of a location: database, account, slot, first, reads, writes.
const WORDS: usize = 6;

impl ReadWriteSet {
    /// That of a transaction with these operations.
    pub fn of(operations: &Operations) -> Self {
        let undone = Undone::of(operations);
        let mut places: HashMap<Location, usize> = HashMap::default();
        let mut set = Self::default();
        for (number, operation) in (0..).zip(operations) {
            let stands = !undone.contains(number);
            for (location, is_write) in accesses(&operation).into_iter().flatten() {
                let place = match places.entry(location) {
                    Entry::Occupied(place) => *place.get(),
                    Entry::Vacant(vacant) => {
                        set.touched.push(Touched { location, first: number, reads: 0, writes: 0 });
                        *vacant.insert(set.touched.len() - 1)
                    }
                };
                let touched = &mut set.touched[place];
                *(if is_write && stands { &mut touched.writes } else { &mut touched.reads }) += 1;
            }
        }
        set
    }

    /// The locations, in the order in which they were touched first.
    pub fn iter(&self) -> impl Iterator<Item = &Touched> {
        self.touched.iter()
    }

    /// Number of locations.
    pub fn len(&self) -> usize {
        self.touched.len()
    }

    /// Whether nothing was touched.
    pub fn is_empty(&self) -> bool {
        self.touched.is_empty()
    }

    /// As Solidity encodes
    /// `(uint256 database, address account, uint256 slot, uint256 first, uint256 reads, uint256 writes)[]`.
    pub fn encode(&self) -> Bytes {
        let mut bytes = Vec::with_capacity(64 + self.len() * WORDS * 32);
        let mut push = |word: U256| bytes.extend_from_slice(&word.to_be_bytes::<32>());
        push(U256::from(32));
        push(U256::from(self.len()));
        for Touched { location, first, reads, writes } in &self.touched {
            let (database, account, slot) = location.words();
            push(U256::from(database));
            push(account.into_word().into());
            push(slot);
            [first, reads, writes].into_iter().for_each(|number| push(U256::from(*number)));
        }
        bytes.into()
    }

    /// Reads what [`Self::encode`] gives, and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReadWriteSetError> {
        let length = ReadWriteSetError::Length { bytes: bytes.len() };
        let (words, []) = bytes.as_chunks::<32>() else { return Err(length) };
        let words: Vec<U256> = words.iter().map(|word| U256::from_be_bytes(*word)).collect();
        let [head, count, rest @ ..] = words.as_slice() else { return Err(length) };
        if *head != U256::from(32) || *count != U256::from(rest.len() / WORDS) || rest.len() % WORDS != 0 {
            return Err(length);
        }
        let mut set = Self::default();
        let mut known: HashSet<Location> = HashSet::default();
        for (index, words) in rest.as_chunks::<WORDS>().0.iter().enumerate() {
            let touched = Touched::from_words(words).ok_or(ReadWriteSetError::Location { index })?;
            let is_next = set.touched.last().is_none_or(|last| last.first <= touched.first);
            if !is_next || !known.insert(touched.location) {
                return Err(ReadWriteSetError::Order { index });
            }
            set.touched.push(touched);
        }
        Ok(set)
    }
}

impl Location {
    /// Database, account and slot; the first two databases are those of `RWS`.
    fn words(self) -> (u8, Address, U256) {
        match self {
            Self::Storage(address, slot) => (0, address, slot),
            Self::Transient(address, slot) => (1, address, slot),
            Self::Balance(address) => (2, address, U256::ZERO),
            Self::Nonce(address) => (3, address, U256::ZERO),
            Self::Code(address) => (4, address, U256::ZERO),
            Self::Existence(address) => (5, address, U256::ZERO),
            Self::BlockHash(number) => (6, Address::ZERO, U256::from(number)),
        }
    }

    fn from_words(database: U256, account: U256, slot: U256) -> Option<Self> {
        let address = Address::from_word(account.into());
        let location = match u8::try_from(database).ok()? {
            0 => Self::Storage(address, slot),
            1 => Self::Transient(address, slot),
            2 => Self::Balance(address),
            3 => Self::Nonce(address),
            4 => Self::Code(address),
            5 => Self::Existence(address),
            6 => Self::BlockHash(u64::try_from(slot).ok()?),
            _ => return None,
        };
        // What has no place in a location is zero.
        let (_, own, place) = location.words();
        (U256::from_be_bytes(own.into_word().0) == account && place == slot).then_some(location)
    }
}

impl Touched {
    fn from_words(words: &[U256; WORDS]) -> Option<Self> {
        let [database, account, slot, numbers @ ..] = *words;
        let mut counts = [0; 3];
        for (count, number) in counts.iter_mut().zip(numbers) {
            *count = u64::try_from(number).ok()?;
        }
        let [first, reads, writes] = counts;
        let location = Location::from_words(database, account, slot)?;
        (reads > 0 || writes > 0).then_some(Self { location, first, reads, writes })
    }
}

/// The locations that an operation touches, at most three, and whether it writes there.
fn accesses(operation: &Operation<'_>) -> [Option<(Location, bool)>; 3] {
    let read = |location| [Some((location, false)), None, None];
    let write = |location| [Some((location, true)), None, None];
    match *operation {
        Operation::CreateObject(address) | Operation::ResetObject(address) => write(Location::Existence(address)),
        Operation::SelfDestruct { address, target, amount } => {
            let moves = |whose| (!amount.is_zero()).then_some((Location::Balance(whose), true));
            [Some((Location::Existence(address), true)), moves(address), moves(target).filter(|_| target != address)]
        }
        Operation::Balance { address, .. } => write(Location::Balance(address)),
        Operation::Nonce { address, .. } => write(Location::Nonce(address)),
        Operation::Storage { address, slot, .. } => write(Location::Storage(address, slot)),
        Operation::Code { address, .. } => write(Location::Code(address)),
        Operation::TransientStorage { address, slot, .. } => write(Location::Transient(address, slot)),
        Operation::ReadStorage { address, slot, .. } => read(Location::Storage(address, slot)),
        Operation::ReadBalance { address, .. } => read(Location::Balance(address)),
        Operation::ReadNonce { address, .. } => read(Location::Nonce(address)),
        Operation::ReadCode { address, .. } => read(Location::Code(address)),
        Operation::ReadExistence { address, .. } => read(Location::Existence(address)),
        Operation::ReadTransientStorage { address, slot, .. } => read(Location::Transient(address, slot)),
        Operation::ReadBlockHash { number, .. } => read(Location::BlockHash(number)),
        Operation::Refund(_)
        | Operation::AddLog(_)
        | Operation::AddPreimage(_)
        | Operation::Touch(_)
        | Operation::AccessListAddAccount(_)
        | Operation::AccessListAddSlot { .. }
        | Operation::Record { .. }
        | Operation::Revert(_)
        | Operation::Join(_)
        | Operation::Thread(_) => [None, None, None],
    }
}

/// Which operations have changed nothing.
struct Undone(Vec<bool>);

impl Undone {
    fn of(operations: &Operations) -> Self {
        let all: Vec<Operation<'_>> = operations.iter().collect();
        let mut undone = vec![false; all.len()];
        // Threads come after their parents, so it is known of each whether a revert has undone it.
        let mut threads: HashSet<Vec<u64>> = HashSet::default();
        let (mut path, mut start) = (Vec::new(), 0);
        for (at, operation) in all.iter().enumerate() {
            match operation {
                Operation::Thread(thread) => {
                    (path, start) = (thread.clone(), at + 1);
                }
                Operation::Revert(count) => {
                    let first = usize::try_from(*count).ok().and_then(|count| at.checked_sub(count));
                    undone[first.unwrap_or(start).max(start)..at].fill(true);
                }
                _ => {}
            }
            let is_last = all.get(at + 1).is_none_or(|next| matches!(next, Operation::Thread(_)));
            if is_last {
                let is_whole = (0..path.len()).any(|length| threads.contains(&path[..=length]));
                for (number, operation) in (start..).zip(all.iter().take(at + 1).skip(start)) {
                    undone[number] |= is_whole;
                    if let (true, Operation::Join(thread)) = (undone[number], operation) {
                        threads.insert([path.as_slice(), &[*thread]].concat());
                    }
                }
            }
        }
        Self(undone)
    }

    fn contains(&self, number: u64) -> bool {
        usize::try_from(number).is_ok_and(|number| self.0.get(number).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
