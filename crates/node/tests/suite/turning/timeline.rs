//! What a chain has been: the heads that it had, in order, and what is true of each.

use super::{hash, word};
use crate::number;
use primitives::{B256, keccak256, map::HashMap};
use rpc::backend::{ChainBlock, HeadEvent};
use serde_json::Value;
use tokio::sync::broadcast::Receiver;

/// One answer, and the steps of the writer between which it was asked for: `from` had ended, and none after `to` had
/// begun.
#[derive(Debug)]
pub(super) struct Observation {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) seen: Seen,
}

/// What an answer says of the chain.
#[derive(Debug)]
pub(super) enum Seen {
    Nothing,
    Number(u64),
    Block { hash: B256, number: u64, parent: B256, transactions: usize },
    Count(u64),
    Call { number: u64, count: u64, balance: u64 },
    Proof { root: B256, count: u64, balance: u64 },
    Canonical { number: u64, hash: Option<B256> },
    Stands { transaction: B256, block: Option<B256> },
    Logs(Vec<(B256, u64)>),
    Fees { oldest: u64, fees: Vec<u64> },
}

impl Seen {
    pub(super) fn block(block: &Value) -> Self {
        Self::Block {
            hash: hash(&block["hash"]).expect("a hash"),
            number: number(&block["number"]),
            parent: hash(&block["parentHash"]).expect("a hash"),
            transactions: block["transactions"].as_array().expect("transactions").len(),
        }
    }

    pub(super) fn proof(proof: &Value) -> Self {
        let node: primitives::Bytes = proof["accountProof"][0].as_str().expect("a node").parse().expect("bytes");
        let count = word(&proof["storageProof"][0]["value"]);
        Self::Proof { root: keccak256(node), count, balance: number(&proof["balance"]) }
    }

    pub(super) fn fees(history: &Value) -> Self {
        let mut fees: Vec<u64> = history["baseFeePerGas"].as_array().expect("fees").iter().map(number).collect();
        // The last one is of the block to come.
        fees.pop();
        Self::Fees { oldest: number(&history["oldestBlock"]), fees }
    }
}

struct Block {
    number: u64,
    parent: B256,
    root: B256,
    base_fee: u64,
    transactions: Vec<B256>,
    /// Calls of the counter up to this block.
    count: u64,
}

pub(super) struct Timeline {
    blocks: HashMap<B256, Block>,
    first: u64,
    heads: Vec<B256>,
    /// For each step of the writer the last head that it left.
    ends: Vec<usize>,
    turns: usize,
}

impl Timeline {
    /// A chain whose first block this is, as far as anybody reads it.
    pub(super) fn new(first: &ChainBlock) -> Self {
        let number = first.block.header.number;
        let mut timeline =
            Self { blocks: HashMap::default(), first: number, heads: vec![first.hash], ends: vec![0], turns: 0 };
        timeline.learn(first);
        timeline
    }

    /// Blocks above the first.
    pub(super) fn length(&self) -> u64 {
        self.blocks[self.heads.last().expect("a head")].number - self.first
    }

    /// How often blocks were taken back.
    pub(super) fn turns(&self) -> usize {
        self.turns
    }

    /// Takes in what one step of the writer has done. Blocks that leave one after another leave at once.
    pub(super) fn follow(&mut self, events: &mut Receiver<HeadEvent>) {
        let mut left = None;
        while let Ok(event) = events.try_recv() {
            if event.removed {
                left = Some(event.block.block.header.parent_hash);
                continue;
            }
            self.turn_to(left.take());
            self.learn(&event.block);
            self.heads.push(event.block.hash);
        }
        self.turn_to(left);
        self.ends.push(self.heads.len() - 1);
    }

    fn turn_to(&mut self, head: Option<B256>) {
        self.turns += usize::from(head.is_some());
        self.heads.extend(head);
    }

    fn learn(&mut self, block: &ChainBlock) {
        let header = &block.block.header;
        let before = self.blocks.get(&header.parent_hash).map_or(0, |parent| parent.count);
        let transactions: Vec<B256> = block.block.body.transactions.iter().map(|it| *it.tx_hash()).collect();
        let known = Block {
            number: header.number,
            parent: header.parent_hash,
            root: header.state_root,
            base_fee: header.base_fee_per_gas.expect("a base fee"),
            count: before + transactions.len() as u64,
            transactions,
        };
        self.blocks.insert(block.hash, known);
    }

    /// Holds what one reader saw against the heads that there were.
    pub(super) fn check(&self, reader: usize, seen: &[Observation]) {
        let mut at = 0;
        for (place, observation) in seen.iter().enumerate() {
            let first = at.max(self.ends[observation.from]);
            let last = self.ends[observation.to];
            let found = (first..=last).find(|index| self.is_true_of(self.heads[*index], &observation.seen));
            at = found.unwrap_or_else(|| {
                let heads: Vec<(u64, B256)> =
                    self.heads[first.min(last)..=last].iter().map(|hash| (self.blocks[hash].number, *hash)).collect();
                panic!("reader {reader}, read {place}: {observation:?} is true of none of {heads:?}")
            });
        }
    }

    fn is_true_of(&self, hash: B256, seen: &Seen) -> bool {
        let head = &self.blocks[&hash];
        match seen {
            Seen::Nothing => true,
            Seen::Number(number) => *number == head.number,
            Seen::Block { hash: seen, number, parent, transactions } => {
                *seen == hash
                    && (*number, *parent, *transactions) == (head.number, head.parent, head.transactions.len())
            }
            Seen::Count(count) => *count == head.count,
            Seen::Call { number, count, balance } => {
                (*number, *count, *balance) == (head.number, head.count, head.count)
            }
            Seen::Proof { root, count, balance } => (*root, *count, *balance) == (head.root, head.count, head.count),
            Seen::Canonical { number, hash: seen } => *seen == self.at(hash, *number),
            Seen::Stands { transaction, block } => *block == self.block_of(hash, transaction),
            Seen::Logs(logs) => *logs == self.logs(hash),
            Seen::Fees { oldest, fees } => {
                let newest = *oldest + fees.len() as u64 - 1;
                let fee = |number: u64| self.at(hash, number).map(|hash| self.blocks[&hash].base_fee);
                newest == head.number
                    && (*oldest..).zip(fees).all(|(number, seen)| number < self.first || fee(number) == Some(*seen))
            }
        }
    }

    /// A head with all blocks below it, down to the first.
    fn chain(&self, head: B256) -> impl Iterator<Item = (B256, &Block)> {
        std::iter::successors(Some((head, &self.blocks[&head])), |(_, block)| {
            Some((block.parent, self.blocks.get(&block.parent)?))
        })
    }

    fn at(&self, head: B256, number: u64) -> Option<B256> {
        self.chain(head).find(|(_, block)| block.number == number).map(|(hash, _)| hash)
    }

    fn block_of(&self, head: B256, transaction: &B256) -> Option<B256> {
        self.chain(head).find(|(_, block)| block.transactions.contains(transaction)).map(|(hash, _)| hash)
    }

    fn logs(&self, head: B256) -> Vec<(B256, u64)> {
        let of = |(hash, block): (B256, &Block)| {
            let first = block.count - block.transactions.len() as u64;
            (first + 1..=block.count).rev().map(move |count| (hash, count)).collect::<Vec<_>>()
        };
        let mut logs: Vec<(B256, u64)> = self.chain(head).flat_map(of).collect();
        logs.reverse();
        logs
    }
}
