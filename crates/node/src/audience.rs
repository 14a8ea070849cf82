//! Who is told what developers want to see: blocks with their transactions, and what contracts write to the console.

use primitives::alloy_consensus::ReceiptEnvelope;
use rpc::backend::ChainBlock;
use std::{fmt, sync::Arc};

/// Is told of blocks and calls, on the thread that made them.
pub trait Audience: fmt::Debug + Send + Sync {
    /// A block was made, and readers see it. Returns at once: the next block waits for it.
    fn block(&self, made: MadeBlock);

    /// A call that changes nothing has written lines to the console. `method` is that of the client. Returns at once: the
    /// answer waits for it.
    fn console(&self, method: &'static str, lines: Vec<String>);
}

/// A block that was made.
#[derive(Clone, Debug)]
pub struct MadeBlock {
    /// The block.
    pub block: Arc<ChainBlock>,
    /// Its receipts.
    pub receipts: Arc<Vec<ReceiptEnvelope>>,
    /// Whether a transaction has called the console, by the block's access list, and somebody wants to hear it. Only then
    /// is it worth looking again.
    pub has_console: bool,
}

/// What no receipt says of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narration {
    /// Its position in the block.
    pub position: usize,
    /// What it wrote to the console.
    pub console: Vec<String>,
    /// Why it failed, in geth's words; `None` if it did not.
    pub failure: Option<String>,
}
