//! Which blocks have logs of a contract or a kind.

use super::{Disk, DiskError, block_commit::LogKey, seal::damaged, space::Space, view::View};
use primitives::{Address, B256};
use std::{collections::BTreeSet, ops::RangeInclusive};

/// The most keys of the index that one query reads.
const KEYS_READ: usize = 100_000;

/// A question to the index of logs. It names blocks, not logs: what is in them is for the caller to filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// The blocks to look at.
    pub blocks: RangeInclusive<u64>,
    /// Contracts, any of which may have logged; empty for all.
    pub addresses: Vec<Address>,
    /// First topics, any of which may stand; empty for all.
    pub topics: Vec<B256>,
    /// The most blocks to name; at least 1.
    pub limit: usize,
}

/// The answer: blocks that may have such logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogBlocks {
    /// Their numbers, ascending. Each has a log of one of the addresses and a log with one of the topics; not
    /// necessarily one log that is both.
    pub blocks: Vec<u64>,
    /// Where to go on: `Some(n)` if blocks from `n` on were not looked at.
    pub next: Option<u64>,
}

impl Disk {
    /// Asks the index of logs. Reads a bounded number of keys, and says where it stopped.
    pub fn log_blocks(&self, query: &LogQuery) -> Result<LogBlocks, DiskError> {
        let view = self.view();
        let addresses = (!query.addresses.is_empty())
            .then(|| query.addresses.iter().map(|address| LogKey::Address(*address)).collect::<BTreeSet<_>>());
        let topics = (!query.topics.is_empty())
            .then(|| query.topics.iter().map(|topic| LogKey::Topic(*topic)).collect::<BTreeSet<_>>());
        let (first, mut last) = (*query.blocks.start(), *query.blocks.end());
        let Some(head) = view.head else { return Ok(LogBlocks { blocks: Vec::new(), next: None }) };
        last = last.min(head.number);
        let first = first.max(head.first_block);
        let sets = [addresses, topics].into_iter().flatten();
        let mut found: Option<BTreeSet<u64>> = None;
        // Blocks from here on were not looked at by every key.
        let mut end = last.checked_add(1);
        for set in sets {
            let share = (KEYS_READ / set.len()).max(1);
            let mut blocks = BTreeSet::new();
            for key in &set {
                let stopped = read_blocks(&view, key, first..=last, share, &mut blocks)?;
                end = earlier(end, stopped);
            }
            found = Some(match found {
                Some(before) => before.intersection(&blocks).copied().collect(),
                None => blocks,
            });
        }
        let limit = query.limit.max(1);
        let mut blocks: Vec<u64> = match found {
            Some(found) => found.into_iter().take_while(|number| end.is_none_or(|end| *number < end)).collect(),
            None => (first..=last).take(limit + 1).collect(),
        };
        let mut next = end.filter(|end| *end <= last);
        if blocks.len() > limit {
            next = Some(blocks[limit]);
            blocks.truncate(limit);
        }
        Ok(LogBlocks { blocks, next })
    }
}

fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Adds the blocks of one key. Says from which block on it did not read, if it read `limit` keys.
fn read_blocks(
    view: &View,
    key: &LogKey,
    numbers: RangeInclusive<u64>,
    limit: usize,
    blocks: &mut BTreeSet<u64>,
) -> Result<Option<u64>, DiskError> {
    if numbers.is_empty() {
        return Ok(None);
    }
    let prefix = key.prefix();
    let end = |number: &u64| [prefix.as_slice(), &number.to_be_bytes()].concat();
    let range = end(numbers.start())..=end(numbers.end());
    for (count, entry) in view.frozen.range(Space::Index, range).enumerate() {
        let (key, _) = entry?;
        let number = key.get(prefix.len()..).and_then(|number| number.try_into().ok()).map(u64::from_be_bytes);
        let number = number.ok_or_else(|| damaged(Space::Index, &key, "no block number"))?;
        if count == limit {
            return Ok(Some(number));
        }
        blocks.insert(number);
    }
    Ok(None)
}
