//! How a store is opened.

use primitives::B256;

/// Which chain a directory belongs to, and how the store behaves. All sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The chain's number (EIP-155).
    pub chain_id: u64,
    /// The hash of the chain's genesis block.
    pub genesis: B256,
    /// Whether an empty or missing directory becomes a new store. Default: yes.
    pub create: bool,
    /// When a commit is on stable storage. Default: when it returns.
    pub durability: Durability,
    /// For how many blocks before the head the state stays readable, at least 1. Default: 10,000. With fewer than before, each
    /// commit drops a few old blocks until the number is reached.
    pub history_blocks: u64,
    /// For how many blocks before the head proofs are made. Default: 256; never more than `history_blocks`.
    pub proof_blocks: u64,
    /// Memory for blocks of the engine's tables. Default: 256 MiB.
    pub cache_bytes: u64,
    /// How many trie nodes stay in memory from commit to commit, at 200 to 900 bytes each. When there are more, the
    /// lowest are let go until half is left. Default: 262,144, twice what the four upper levels of a large trie take.
    pub trie_nodes: usize,
    /// Memory for what is not written to tables yet, the sum over all keyspaces of what they hold before they begin to
    /// write it out. Default: 192 MiB.
    pub buffer_bytes: u64,
    /// Commits are refused while the file system has less free than this, so that the engine never meets a full disk
    /// in the middle of its work. Default: 256 MiB.
    pub reserve_bytes: u64,
    /// Files of the engine's tables that stay open, at least 10. Default: 900.
    pub files_max: usize,
    /// Threads of the engine that write and merge tables; at least 1. Default: 1. Of several the first only writes: while the
    /// others merge it passes their orders round in circles, and takes a processor for that.
    pub workers: usize,
}

/// When a commit is on stable storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When it returns.
    EachBlock,
    /// Now and then: whenever this many blocks have been committed, and when [`Disk::sync`](super::Disk::sync) is
    /// called. A crash of the process loses nothing; a crash of the machine may lose the blocks since.
    Blocks(u64),
}

impl Options {
    /// The defaults for a chain.
    pub fn new(chain_id: u64, genesis: B256) -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            chain_id,
            genesis,
            create: true,
            durability: Durability::EachBlock,
            history_blocks: 10_000,
            proof_blocks: 256,
            cache_bytes: 256 * MIB,
            trie_nodes: 1 << 18,
            buffer_bytes: 192 * MIB,
            reserve_bytes: 256 * MIB,
            files_max: 900,
            workers: 1,
        }
    }
}
