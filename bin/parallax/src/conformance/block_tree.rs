//! The blocks that were taken so far, each with the state after it, and which of them is the head.
//!
//! This is the part of a node that the vectors need and the engine does not have: of several chains the one with more
//! work wins, the first one on a tie (proof of work), or the one that was given last (proof of stake, where the
//! consensus layer decides and the vectors give one chain).

use bench::vectors::{Alloc, BlockchainTest};
use primitives::{
    Account, Activation, Address, B256, Block, ChainSpec, Fork, U256, alloy_consensus::BlockBody, map::B256Map,
};
use state::{MemoryState, StateReader, StateTrie};

/// All blocks by hash.
pub(super) struct BlockTree {
    nodes: B256Map<Node>,
    head: B256,
}

/// A block with what follows from it.
pub(super) struct Node {
    pub(super) block: Block,
    /// Work up to and including this block.
    pub(super) total_difficulty: U256,
    /// The state after it; its block hashes include this block's.
    pub(super) state: MemoryState,
    pub(super) trie: StateTrie,
}

impl BlockTree {
    /// The tree of the first block alone, if that is what it claims to be.
    pub(super) fn genesis(test: &BlockchainTest) -> Result<Self, String> {
        let header = test.genesis_block_header.header();
        let hash = header.hash_slow();
        same("the first block's hash", hash, test.genesis_block_header.hash)?;
        let mut state = test.pre.state();
        let mut trie = StateTrie::from(&state);
        same("the first block's state root", trie.root(), header.state_root)?;
        state.insert_block_hash(header.number, hash);
        let total_difficulty = header.difficulty;
        let block = Block { header, body: BlockBody::default() };
        let node = Node { block, total_difficulty, state, trie };
        Ok(Self { nodes: B256Map::from_iter([(hash, node)]), head: hash })
    }

    /// The block with this hash.
    pub(super) fn get(&self, hash: B256) -> Option<&Node> {
        self.nodes.get(&hash)
    }

    /// Up to `count` blocks that end with the one with this hash, latest first.
    pub(super) fn ancestors(&self, hash: B256, count: usize) -> Vec<&Node> {
        let first = self.get(hash);
        let next = |node: &&Node| self.get(node.block.header.parent_hash);
        std::iter::successors(first, next).take(count).collect()
    }

    /// Takes a valid block.
    pub(super) fn insert(&mut self, mut node: Node) {
        let hash = node.block.header.hash_slow();
        node.state.insert_block_hash(node.block.header.number, hash);
        let work = |hash: &B256| self.nodes.get(hash).map(|node| node.total_difficulty);
        if node.block.header.difficulty.is_zero() || Some(node.total_difficulty) > work(&self.head) {
            self.head = hash;
        }
        self.nodes.entry(hash).or_insert(node);
    }

    /// Compares the head and its state with what the test states.
    pub(super) fn check_head(&mut self, test: &BlockchainTest) -> Result<(), String> {
        same("the head's hash", self.head, test.last_block_hash)?;
        let head = self.nodes.get_mut(&self.head).ok_or("there is no head")?;
        if let Some(root) = test.post_state_hash {
            same("the last state root", head.trie.root(), root)?;
        }
        test.post_state.as_ref().map_or(Ok(()), |post| same_state(&head.state, post))
    }
}

/// Where the Merge came by total difficulty: no block without work before that was reached, none with work after.
pub(super) fn check_merge(chain: &ChainSpec, parent: &Node, block: &Block) -> Result<(), String> {
    let Activation::TotalDifficulty(terminal) = chain.activation(Fork::Paris) else { return Ok(()) };
    let reached = parent.total_difficulty >= terminal;
    let worked = !block.header.difficulty.is_zero();
    if reached != worked { Ok(()) } else { Err(format!("work: {worked}, terminal difficulty reached: {reached}")) }
}

fn same(what: &str, found: B256, expected: B256) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found}, expected {expected}")) }
}

fn same_state(state: &MemoryState, expected: &Alloc) -> Result<(), String> {
    let foreign = state.accounts().find(|(address, _)| !expected.0.contains_key(address));
    if let Some((address, _)) = foreign {
        return Err(format!("account {address} is there, which was not expected"));
    }
    for (address, expected) in &expected.0 {
        same_account(state, *address, Some(expected.account()))?;
        let mut slots = expected.storage.iter().filter(|(_, value)| !value.is_zero()).collect::<Vec<_>>();
        let mut found: Vec<_> = state.storage_of(*address).collect();
        found.sort_unstable();
        slots.sort_unstable();
        if found.len() != slots.len() || !found.iter().zip(&slots).all(|(a, b)| a.0 == *b.0 && a.1 == *b.1) {
            return Err(format!("storage of {address} is {found:?}, expected {slots:?}"));
        }
    }
    Ok(())
}

fn same_account(state: &MemoryState, address: Address, expected: Option<Account>) -> Result<(), String> {
    let found = state.account(address).map_err(|error| error.to_string())?;
    if found == expected { Ok(()) } else { Err(format!("account {address} is {found:?}, expected {expected:?}")) }
}
