//! Blocks by number and hash, transactions by hash.

use super::{
    Disk, DiskError,
    seal::damaged,
    space::{self, Space},
    view::View,
};
use primitives::{B256, Bytes};

/// What the store itself knows of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSummary {
    /// The block's hash.
    pub hash: B256,
    /// The hash of the block before.
    pub parent_hash: B256,
    /// The state root after the block.
    pub state_root: B256,
    /// How many transactions it has.
    pub transactions: u64,
}

/// What a block is made of again, all of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockParts {
    /// The block's number.
    pub number: u64,
    /// The body, as it was committed.
    pub body: Bytes,
    /// The receipts, as they were committed.
    pub receipts: Bytes,
}

/// The parts of a block, each under its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Summary,
    Header,
    Body,
    Receipts,
    AccessList,
}

impl Part {
    pub(super) const ALL: [Self; 5] = [Self::Summary, Self::Header, Self::Body, Self::Receipts, Self::AccessList];

    pub(super) fn key(self, number: u64) -> [u8; 9] {
        space::block_part(number, self as u8)
    }
}

impl BlockSummary {
    pub(super) fn encode(&self) -> Vec<u8> {
        let hashes = [self.hash.as_slice(), self.parent_hash.as_slice(), self.state_root.as_slice()];
        [&hashes.concat()[..], &self.transactions.to_be_bytes()].concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let hash = |at: usize| Some(B256::from_slice(bytes.get(at..at + 32)?));
        let transactions = u64::from_be_bytes(bytes.get(96..)?.try_into().ok()?);
        Some(Self { hash: hash(0)?, parent_hash: hash(32)?, state_root: hash(64)?, transactions })
    }
}

impl View {
    pub(super) fn summary(&self, number: u64) -> Result<Option<BlockSummary>, DiskError> {
        let key = Part::Summary.key(number);
        let Some(bytes) = self.frozen.get(Space::Blocks, &key)? else { return Ok(None) };
        BlockSummary::decode(&bytes).map(Some).ok_or_else(|| damaged(Space::Blocks, &key, "no summary"))
    }

    pub(super) fn number_of(&self, hash: &B256) -> Result<Option<u64>, DiskError> {
        let key = space::block_hash(hash);
        let Some(bytes) = self.frozen.get(Space::Index, &key)? else { return Ok(None) };
        let number = bytes.try_into().map(u64::from_be_bytes);
        number.map(Some).map_err(|_| damaged(Space::Index, &key, "no number"))
    }
}

impl Disk {
    /// What the store knows of a block; `None` if there is no such block.
    pub fn block(&self, number: u64) -> Result<Option<BlockSummary>, DiskError> {
        self.view().summary(number)
    }

    /// The number of the block with this hash; `None` if there is none.
    pub fn block_number(&self, hash: B256) -> Result<Option<u64>, DiskError> {
        self.view().number_of(&hash)
    }

    /// The parts of the block with this hash, whatever is rolled back meanwhile; `None` if there is no such block.
    pub fn parts(&self, hash: B256) -> Result<Option<BlockParts>, DiskError> {
        let view = self.view();
        let Some(number) = view.number_of(&hash)? else { return Ok(None) };
        let needed = |part: Part| {
            let found = part_in(&view, part, number)?;
            found.ok_or_else(|| damaged(Space::Blocks, &part.key(number), "it is missing"))
        };
        Ok(Some(BlockParts { number, body: needed(Part::Body)?, receipts: needed(Part::Receipts)? }))
    }

    /// The access list of the block with this hash, whatever is rolled back meanwhile; `None` if there is no such block,
    /// or if it was committed without.
    pub fn access_list_of(&self, hash: B256) -> Result<Option<Bytes>, DiskError> {
        let view = self.view();
        let number = view.number_of(&hash)?;
        number.map_or(Ok(None), |number| part_in(&view, Part::AccessList, number))
    }

    /// The header of a block, as it was committed.
    pub fn header(&self, number: u64) -> Result<Option<Bytes>, DiskError> {
        self.part(Part::Header, number)
    }

    /// The body of a block, as it was committed.
    pub fn body(&self, number: u64) -> Result<Option<Bytes>, DiskError> {
        self.part(Part::Body, number)
    }

    /// The receipts of a block, as they were committed.
    pub fn receipts(&self, number: u64) -> Result<Option<Bytes>, DiskError> {
        self.part(Part::Receipts, number)
    }

    /// The access list of a block, as it was committed; `None` also if it was committed without.
    pub fn access_list(&self, number: u64) -> Result<Option<Bytes>, DiskError> {
        self.part(Part::AccessList, number)
    }

    /// Where a transaction stands: the number of its block and its index there.
    pub fn transaction(&self, hash: B256) -> Result<Option<(u64, u64)>, DiskError> {
        let key = space::transaction_hash(&hash);
        let Some(bytes) = self.view().frozen.get(Space::Index, &key)? else { return Ok(None) };
        let place = bytes.split_first_chunk().and_then(|(number, index)| Some((*number, index.try_into().ok()?)));
        let (number, index) = place.ok_or_else(|| damaged(Space::Index, &key, "no place of a transaction"))?;
        Ok(Some((u64::from_be_bytes(number), u64::from_be_bytes(index))))
    }

    /// A small value that the node keeps in the store, by its name: which block is final, for example. Notes are
    /// written with a block ([`BlockCommit::notes`](super::BlockCommit::notes)) or alone ([`Self::set_note`]); a
    /// rollback leaves them as they are.
    pub fn note(&self, name: &str) -> Result<Option<Vec<u8>>, DiskError> {
        self.view().frozen.get(Space::Meta, &space::note(name))
    }

    fn part(&self, part: Part, number: u64) -> Result<Option<Bytes>, DiskError> {
        part_in(&self.view(), part, number)
    }
}

fn part_in(view: &View, part: Part, number: u64) -> Result<Option<Bytes>, DiskError> {
    Ok(view.frozen.get(Space::Blocks, &part.key(number))?.map(Bytes::from))
}
