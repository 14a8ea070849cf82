//! What this room asks of the node behind it.
//!
//! Each trait is one concern; [`Backend`] is all of them. The calls are synchronous. Duties of the implementor:
//!
//! - A read names its block by hash and answers as of that block, however the chain moves meanwhile.
//! - Nothing blocks for long but what takes a [`Budget`]. Such calls run on a bounded pool of threads and return with
//!   [`timeout`](crate::RpcError::timeout) soon after [`Budget::exhausted`] becomes true.
//! - Errors are answers: they are sent to the client as they are.
//!
//! Duties of the caller, this room: bounds on sizes and ranges ([`crate::limits`]) are checked before the call, and
//! forms of JSON are made here, so that an implementor knows none.

mod access;
mod chain;
mod dev;
mod event;
mod execution;
mod maintenance;
mod payload;
mod pool;
mod trace;

pub use access::{Access, BlockAccess, BlockSchedule, ScheduledRun, StaleOn, TransactionSchedule};
pub use chain::{Availability, BlockRef, Chain, ChainBlock, State, SyncStatus};
pub use dev::{Accounts, Dev, DevState, ForkInfo, ReorgTransaction};
pub use event::{EventHub, HeadEvent};
pub use execution::{Budget, CallOutcome, CallRequest, Cancellation, Execution};
pub use maintenance::{Maintenance, Snapshot};
pub use payload::{Payload, PayloadRequest};
pub use pool::{Pool, PoolContent, PoolTransaction};
pub use trace::Trace;

/// Everything together. The three parts that a node may lack are asked for; without them their methods answer -32601.
pub trait Backend: Chain + State + Execution + Pool + Trace + Access + Maintenance + Send + Sync + 'static {
    /// Where heads and pending transactions are told.
    fn events(&self) -> &EventHub;

    /// `web3_clientVersion`, such as `parallax/v0.1.0/linux-x86_64`.
    fn client_version(&self) -> String;

    /// Connected peers.
    fn peer_count(&self) -> u64 {
        0
    }

    /// Whether the node takes connections of peers.
    fn listening(&self) -> bool {
        true
    }

    /// Keys that this node signs with. Only a development node has them.
    fn accounts(&self) -> Option<&dyn Accounts> {
        None
    }

    /// Control over time, state and mining. Only a development node has it.
    fn dev(&self) -> Option<&dyn Dev> {
        None
    }
}
