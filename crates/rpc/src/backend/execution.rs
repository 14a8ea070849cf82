//! Calls that change nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use alloy_rpc_types_eth::{
    AccessListResult, BlockOverrides, TransactionRequest,
    simulate::{SimulatePayload, SimulatedBlock},
    state::StateOverride,
};
use primitives::{B256, Bytes};

use crate::{RpcBlock, RpcError};

/// A call on top of a block.
#[derive(Clone, Debug)]
pub struct CallRequest {
    /// What is called. Fields may be missing: the implementor takes what they are in `eth_call` (no sender is address
    /// zero, no gas is the budget's, no price is none).
    pub transaction: TransactionRequest,
    /// The block after which it runs.
    pub at: B256,
    /// Changes to the state before it.
    pub state: Option<StateOverride>,
    /// Changes to the block that it sees.
    pub block: Option<BlockOverrides>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// With this output.
    Success(Bytes),
    /// Reverted, with this output.
    Revert(Bytes),
    /// Otherwise, in geth's words: `out of gas`, `invalid opcode: INVALID`.
    Halt(String),
}

/// What a costly call may take.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Gas of all its simulated transactions together.
    pub gas_max: u64,
    deadline: Instant,
    cancelled: Arc<AtomicBool>,
}

/// Exhausts a budget when it is dropped: the client has gone.
#[derive(Debug)]
pub struct Cancellation(Arc<AtomicBool>);

impl Budget {
    /// A budget that starts to run out now, and the handle that ends it early.
    pub fn new(gas_max: u64, time_max: Duration) -> (Self, Cancellation) {
        let cancelled = Arc::new(AtomicBool::new(false));
        let budget = Self { gas_max, deadline: Instant::now() + time_max, cancelled: Arc::clone(&cancelled) };
        (budget, Cancellation(cancelled))
    }

    /// The same budget with this much time from now. It ends with its client all the same.
    #[must_use]
    pub fn within(&self, time_max: Duration) -> Self {
        Self { deadline: Instant::now() + time_max, ..self.clone() }
    }

    /// Whether the work has to stop: its time is up, or nobody waits for the answer. Costs a look at the clock; ask
    /// every few thousand steps.
    pub fn exhausted(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed) || Instant::now() >= self.deadline
    }

    /// [`RpcError::timeout`] if the work has to stop.
    pub fn check(&self) -> Result<(), RpcError> {
        if self.exhausted() { Err(RpcError::timeout()) } else { Ok(()) }
    }
}

impl Drop for Cancellation {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Calls, estimates and simulations.
pub trait Execution {
    /// Runs a call. An error is one that kept it from running, with geth's text.
    fn call(&self, call: &CallRequest, budget: &Budget) -> Result<CallOutcome, RpcError>;

    /// The least gas with which a call succeeds. A call that fails with any gas fails here with the error of
    /// `eth_call`; one that needs more than it may have, with `gas required exceeds allowance (N)`.
    fn estimate_gas(&self, call: &CallRequest, budget: &Budget) -> Result<u64, RpcError>;

    /// The access list (EIP-2930) with which a call is cheapest, and the gas that it then uses.
    fn create_access_list(&self, call: &CallRequest, budget: &Budget) -> Result<AccessListResult, RpcError>;

    /// Runs blocks of calls on top of a block. The number of blocks is within its bound already.
    fn simulate(
        &self,
        at: B256,
        payload: &SimulatePayload,
        budget: &Budget,
    ) -> Result<Vec<SimulatedBlock<RpcBlock>>, RpcError>;
}

impl CallOutcome {
    /// The output of a call that succeeded, otherwise the error that it is answered with.
    pub fn into_output(self) -> Result<Bytes, RpcError> {
        match self {
            Self::Success(output) => Ok(output),
            Self::Revert(output) => Err(RpcError::reverted(&output)),
            Self::Halt(reason) => Err(RpcError::invalid_input(reason)),
        }
    }
}
