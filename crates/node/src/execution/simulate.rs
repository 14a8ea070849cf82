//! `eth_simulateV1`: blocks of calls on top of a block, each on what the ones before it left.
//!
//! ```text
//!  payload ─▶ plan: numbers and times, gaps filled ─▶ for each block: overrides, steps before, calls, steps after
//! ```
//!
//! Without validation a block costs nothing unless its override says so, any sender may call with any nonce; with it
//! everything is as in a block, and the first call that may not stand there is the answer to all.
//!
//! Limits: a simulated block has no block access list; its transactions have no signature; before Byzantium its receipts
//! hold a status and no state root.

mod block;
mod logs;
mod plan;
mod transaction;

use super::{Base, Overlay};
use access_list::StateDiff;
use alloy_rpc_types_eth::simulate::{SimulatePayload, SimulatedBlock};
use primitives::{B256, Header};
use rpc::{RpcBlock, RpcError, backend::Budget};

/// The root that the state below a simulation has with changes on it.
pub type RootAfter<'r> = dyn Fn(&StateDiff) -> Result<B256, RpcError> + 'r;

/// Runs blocks of calls on top of a block.
pub fn simulate(
    base: &Base<'_>,
    root_after: &RootAfter<'_>,
    payload: &SimulatePayload,
    budget: &Budget,
) -> Result<Vec<SimulatedBlock<RpcBlock>>, RpcError> {
    let plan = plan::plan(base.header, &payload.block_state_calls)?;
    let mut run = Run {
        base,
        root_after,
        payload,
        budget,
        gas_left: budget.gas_max,
        parent: base.header.clone(),
        overlay: Overlay::new(base.state),
    };
    plan.iter().map(|planned| run.block(planned)).collect()
}

/// A simulation between two blocks.
struct Run<'a, 'r> {
    base: &'r Base<'a>,
    root_after: &'r RootAfter<'r>,
    payload: &'r SimulatePayload,
    budget: &'r Budget,
    /// Gas that all calls to come may use.
    gas_left: u64,
    parent: Header,
    overlay: Overlay<'a>,
}

/// geth's codes for what is wrong with a simulation.
mod code {
    pub(super) const NONCE_TOO_LOW: i32 = -38010;
    pub(super) const NONCE_TOO_HIGH: i32 = -38011;
    pub(super) const BASE_FEE_TOO_LOW: i32 = -38012;
    pub(super) const INTRINSIC_GAS: i32 = -38013;
    pub(super) const INSUFFICIENT_FUNDS: i32 = -38014;
    pub(super) const BLOCK_GAS_LIMIT: i32 = -38015;
    pub(super) const BLOCK_NUMBER: i32 = -38020;
    pub(super) const BLOCK_TIMESTAMP: i32 = -38021;
    pub(super) const SENDER_IS_CONTRACT: i32 = -38024;
    pub(super) const INIT_CODE_SIZE: i32 = -38025;
    pub(super) const TOO_MANY_BLOCKS: i32 = -38026;
    pub(super) const HALTED: i32 = -32015;
}
