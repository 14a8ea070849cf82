//! Calls that change nothing: `eth_call`, `eth_estimateGas`, `eth_createAccessList`, `eth_simulateV1`.
//!
//! ```text
//!  CallRequest ─▶ overrides ─▶ Stage: state + changes, block values, revm ─▶ outcome in geth's words
//! ```
//!
//! Functions of a [`Base`]: the block after which a call runs, and the state after it. The same question has the same
//! answer. Each stops with [`RpcError::timeout`] soon after its budget is exhausted, whatever the contract does.
//!
//! Limit: a precompile is not interrupted, its gas bounds it.

mod access_list;
mod estimate;
mod overlay;
mod overrides;
mod precompiles;
mod request;
mod simulate;
pub(crate) mod stage;
mod watch;
pub(crate) mod words;

pub use access_list::create_access_list;
pub use estimate::estimate_gas;
pub use simulate::{RootAfter, simulate};

pub(crate) use overlay::Overlay;

use crate::console::Console;
use evm::CodeCache;
use primitives::{ChainSpec, Header};
use revm::{
    context::TxEnv,
    context_interface::{block::BlobExcessGasAndPrice, result::ExecutionResult},
};
use rpc::{
    RpcError,
    backend::{Budget, CallOutcome, CallRequest},
};
use stage::{Ran, Rules, Stage};
use state::StateReader;

/// What a call stands on.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    /// The rules.
    pub chain: &'a ChainSpec,
    /// The block after which the call runs, and whose values it sees.
    pub header: &'a Header,
    /// The state after that block. Knows the hashes of the block's ancestors.
    pub state: &'a (dyn StateReader + Sync),
    /// Code that was analysed before.
    pub codes: &'a CodeCache,
}

impl std::fmt::Debug for Base<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Runs a call. The console hears what it writes, even if it fails.
pub fn call(
    base: &Base<'_>,
    request: &CallRequest,
    budget: &Budget,
    console: &mut Console,
) -> Result<CallOutcome, RpcError> {
    let (stage, transaction) = prepare(base, request, budget)?;
    let ran = stage
        .run(transaction.clone(), Rules::Call, budget, console)
        .map_err(|failure| words::error(&failure, &transaction, &stage.block))?;
    Ok(outcome(ran))
}

/// The stage of a call with its overrides, and the call in revm's form.
pub(crate) fn prepare<'a>(
    base: &Base<'a>,
    request: &CallRequest,
    budget: &Budget,
) -> Result<(Stage<'a>, TxEnv), RpcError> {
    prepare_on(base, request, budget, Overlay::new(base.state))
}

/// The same on a state that was changed before.
pub(crate) fn prepare_on<'a>(
    base: &Base<'a>,
    request: &CallRequest,
    budget: &Budget,
    overlay: Overlay<'a>,
) -> Result<(Stage<'a>, TxEnv), RpcError> {
    let block = request.block.clone().unwrap_or_default();
    if block.beacon_root.is_some() {
        return Err(RpcError::invalid_input("block override \"beaconRoot\" is not supported for this RPC method"));
    }
    let header = overrides::header(base.header, &block)?;
    let mut stage = Stage::new(base.chain, &header, overlay, base.codes);
    if header.number > base.header.number {
        stage.overlay.set_block_hash(base.header.number, base.header.hash_slow());
    }
    overrides::apply_block(&mut stage, &block)?;
    if let Some(state) = &request.state {
        overrides::apply_state(&mut stage, state)?;
    }
    let transaction = request::environment(&request.transaction, base.chain.chain_id, budget.gas_max)?;
    free_of_charge(&mut stage, &transaction);
    Ok((stage, transaction))
}

/// What is called without a price sees none.
fn free_of_charge(stage: &mut Stage<'_>, transaction: &TxEnv) {
    if transaction.gas_price == 0 {
        stage.block.basefee = 0;
    }
    if transaction.max_fee_per_blob_gas == 0
        && let Some(BlobExcessGasAndPrice { blob_gasprice, .. }) = &mut stage.block.blob_excess_gas_and_price
        && !transaction.blob_hashes.is_empty()
    {
        *blob_gasprice = 0;
    }
}

/// How a run ended.
pub(crate) fn outcome(ran: Ran) -> CallOutcome {
    match ran.outcome.result {
        ExecutionResult::Success { output, .. } => CallOutcome::Success(output.into_data()),
        ExecutionResult::Revert { output, .. } => CallOutcome::Revert(output),
        ExecutionResult::Halt { reason, .. } => CallOutcome::Halt(words::halt(&reason, ran.last).into_owned()),
    }
}
