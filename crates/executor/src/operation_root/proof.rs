//! That certain operations are those of one transaction of a block, without the operations of the others.

use super::{STREAM_KEY, root};
use blake3::{
    CHUNK_LEN, Hasher,
    hazmat::{HasherExt as _, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root},
};
use evm::operation::Operations;
use primitives::B256;
use std::ops::Range;

/// Bytes of a piece: a leaf of BLAKE3's tree.
const PIECE: u64 = CHUNK_LEN as u64;

/// Bytes that a stream may have: fewer than BLAKE3's arithmetic can bear, and more than any block has.
const LENGTH_MAX: u64 = 1 << 62;

/// How BLAKE3 hashes here.
const MODE: Mode<'static> = Mode::KeyedHash(STREAM_KEY);

/// That a transaction's operations stand in a block at a certain position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationProof {
    /// The transaction's position in the block, counted from 0.
    pub position: u32,
    /// Where each transaction's operations end in the stream of all, in bytes.
    pub ends: Vec<u64>,
    /// What shares the first piece of 1,024 bytes with the transaction's operations, before them.
    pub before: Vec<u8>,
    /// What shares the last piece with them, behind them.
    pub behind: Vec<u8>,
    /// The hashes of the parts of the tree beside them, from the left to the right.
    pub siblings: Vec<B256>,
}

/// The proof for the transaction at `position`; `None` if there is none.
pub fn operation_proof(operations: &[&Operations], position: usize) -> Option<OperationProof> {
    operations.get(position)?;
    let bytes: Vec<&[u8]> = operations.iter().map(|operations| operations.as_bytes()).collect();
    let stream = bytes.concat();
    let mut length = 0;
    let ends: Vec<u64> = bytes
        .iter()
        .map(|bytes| {
            length += bytes.len() as u64;
            length
        })
        .collect();
    let own = own(&ends, position)?;
    let window = window(&own, length);
    let part = |range: Range<u64>| stream[range.start as usize..range.end as usize].to_vec();
    let mut siblings = Vec::new();
    let mut beside = |range: &Range<u64>| {
        let hash = subtree(range.start, &stream[range.start as usize..range.end as usize]);
        siblings.push(hash.into());
        Some(hash)
    };
    let tree = Tree { window: &window, bytes: &part(window.clone()) };
    tree.root(length, &mut beside)?;
    let position = u32::try_from(position).expect("gas bounds the transactions of a block");
    let (before, behind) = (part(window.start..own.start), part(own.end..window.end));
    Some(OperationProof { position, ends, before, behind, siblings })
}

impl OperationProof {
    /// Whether the transaction with these operations stands where the proof says, under `root_expected`.
    pub fn verify(&self, operations: &Operations, root_expected: B256) -> bool {
        let hash = self.stream(operations.as_bytes());
        hash.is_some_and(|stream| root(stream, &self.ends) == root_expected)
    }

    /// The hash of the stream, if all parts of the proof fit together.
    fn stream(&self, operations: &[u8]) -> Option<B256> {
        let (own, length) = (own(&self.ends, self.position as usize)?, *self.ends.last()?);
        if !self.ends.is_sorted() || length > LENGTH_MAX {
            return None;
        }
        let window = window(&own, length);
        let parts = [&self.before, operations, &self.behind];
        let lengths = [window.start..own.start, own.clone(), own.end..window.end];
        if parts.iter().zip(lengths).any(|(part, range)| part.len() as u64 != range.end - range.start) {
            return None;
        }
        let mut siblings = self.siblings.iter();
        let tree = Tree { window: &window, bytes: &parts.concat() };
        let hash = tree.root(length, &mut |_| siblings.next().map(|hash| hash.0))?;
        siblings.next().is_none().then_some(hash)
    }
}

/// Where the operations of the transaction at `position` are.
fn own(ends: &[u64], position: usize) -> Option<Range<u64>> {
    let end = *ends.get(position)?;
    let start = position.checked_sub(1).map_or(0, |before| ends[before]);
    Some(start..end)
}

/// The whole pieces in which `own` lies; one of them even if nothing is there. Lengths are at most [`LENGTH_MAX`].
fn window(own: &Range<u64>, length: u64) -> Range<u64> {
    let start = own.start.min(length.saturating_sub(1)) / PIECE * PIECE;
    let end = own.end.max(start + 1).next_multiple_of(PIECE).min(length);
    start..end
}

/// BLAKE3's tree over a stream of which the pieces in `window` are known.
struct Tree<'t> {
    window: &'t Range<u64>,
    bytes: &'t [u8],
}

/// Gives the hash of a part of the tree that is not known.
type Beside<'b> = dyn FnMut(&Range<u64>) -> Option<[u8; 32]> + 'b;

impl Tree<'_> {
    /// The hash of the whole stream.
    fn root(&self, length: u64, beside: &mut Beside<'_>) -> Option<B256> {
        if *self.window == (0..length) {
            return Some(B256::new(*blake3::keyed_hash(STREAM_KEY, self.bytes).as_bytes()));
        }
        let left = left_subtree_len(length);
        let [left, right] = [self.part(0..left, beside)?, self.part(left..length, beside)?];
        Some(B256::new(*merge_subtrees_root(&left, &right, MODE).as_bytes()))
    }

    /// The hash of a part, which is not the whole.
    fn part(&self, range: Range<u64>, beside: &mut Beside<'_>) -> Option<[u8; 32]> {
        let Range { start, end } = *self.window;
        if range.end <= start || end <= range.start {
            return beside(&range);
        }
        if start <= range.start && range.end <= end {
            let known = &self.bytes[(range.start - start) as usize..(range.end - start) as usize];
            return Some(subtree(range.start, known));
        }
        let middle = range.start + left_subtree_len(range.end - range.start);
        let [left, right] = [self.part(range.start..middle, beside)?, self.part(middle..range.end, beside)?];
        Some(merge_subtrees_non_root(&left, &right, MODE))
    }
}

/// The hash of the part of the tree over these bytes, which begin at `offset`.
fn subtree(offset: u64, bytes: &[u8]) -> [u8; 32] {
    Hasher::new_keyed(STREAM_KEY).set_input_offset(offset).update(bytes).finalize_non_root()
}
