//! The thread that makes blocks, and the node as a whole.

use crate::{Chain, Keys, NodeError, OnFailure, Options, signal::Wake};
use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
};

/// A chain with its miner. Stops when it is dropped.
#[derive(Debug)]
pub struct Node {
    chain: Arc<Chain>,
    miner: Option<JoinHandle<()>>,
}

impl Node {
    /// Opens the chain and starts to make blocks.
    ///
    /// `on_failure` is called, at most once and on any thread, when the node can make no block any more; it goes on to
    /// answer reads.
    pub fn start(options: &Options, keys: Keys, on_failure: OnFailure) -> Result<Self, NodeError> {
        let chain = Arc::new(Chain::open(options, keys, on_failure)?);
        let mining = Arc::clone(&chain);
        let spawned = thread::Builder::new().name("miner".to_owned()).spawn(move || run(&mining));
        let miner = spawned.map_err(no_thread)?;
        Ok(Self { chain, miner: Some(miner) })
    }

    /// The chain, which is the backend of an RPC server.
    pub fn chain(&self) -> &Arc<Chain> {
        &self.chain
    }

    /// Stops the miner after the block that it is at, and puts everything on stable storage.
    pub fn stop(mut self) -> Result<(), NodeError> {
        self.end();
        self.chain.sync()
    }

    fn end(&mut self) {
        self.chain.signal.stop();
        if let Some(miner) = self.miner.take() {
            // A miner that panicked has said so on standard error.
            let _ = miner.join();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end();
    }
}

fn no_thread(error: io::Error) -> NodeError {
    NodeError::Io { what: "start a thread for", path: "the miner".into(), error }
}

/// Tells of a panic, so that the process does not go on without a miner.
struct OnPanic<'a>(&'a Chain);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let reason = NodeError::Stopped("the miner has panicked".to_owned());
            self.0.fail(&reason);
        }
    }
}

/// A failure is kept by the chain, which then makes no further block: the thread waits for its end.
fn run(chain: &Chain) {
    let _told = OnPanic(chain);
    loop {
        match chain.signal.wait() {
            Wake::Stop => return,
            Wake::Tick => {
                let _ = chain.mine_one();
            }
            Wake::Pending => while !chain.signal.is_stopped() && chain.mine_pending().unwrap_or(false) {},
        }
    }
}
