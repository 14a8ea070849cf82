//! Numbers and times of the blocks of a simulation, with empty blocks where numbers were left out.

use super::code;
use crate::execution::words::narrow;
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest, simulate::SimBlock, state::StateOverride};
use primitives::{Header, U256};
use rpc::{RpcError, limits::SIMULATE_BLOCKS_MAX};

/// Seconds between two blocks where nothing else is said.
const SECONDS_BETWEEN: u64 = 12;

/// One block to simulate.
#[derive(Debug)]
pub(super) struct Planned<'p> {
    pub(super) number: u64,
    pub(super) timestamp: u64,
    pub(super) overrides: BlockOverrides,
    pub(super) state: Option<&'p StateOverride>,
    pub(super) calls: &'p [TransactionRequest],
}

pub(super) fn plan<'p>(base: &Header, blocks: &'p [SimBlock]) -> Result<Vec<Planned<'p>>, RpcError> {
    let (mut number, mut timestamp) = (base.number, base.timestamp);
    let mut plan = Vec::new();
    for block in blocks {
        let overrides = block.block_overrides.clone().unwrap_or_default();
        let next = narrow(overrides.number.unwrap_or(U256::from(number) + U256::ONE), "block number")?;
        if next <= number {
            let text = format!("block numbers must be in order: {next} <= {number}");
            return Err(RpcError::new(code::BLOCK_NUMBER, text));
        }
        if next - base.number > SIMULATE_BLOCKS_MAX as u64 {
            return Err(RpcError::new(code::TOO_MANY_BLOCKS, "too many blocks"));
        }
        for gap in number + 1..next {
            timestamp = timestamp.saturating_add(SECONDS_BETWEEN);
            plan.push(Planned { number: gap, timestamp, overrides: Default::default(), state: None, calls: &[] });
        }
        let time = overrides.time.unwrap_or(timestamp.saturating_add(SECONDS_BETWEEN));
        if time <= timestamp {
            let text = format!("block timestamps must be in order: {time} <= {timestamp}");
            return Err(RpcError::new(code::BLOCK_TIMESTAMP, text));
        }
        (number, timestamp) = (next, time);
        let state = block.state_overrides.as_ref();
        plan.push(Planned { number, timestamp, overrides, state, calls: &block.calls });
    }
    Ok(plan)
}
