//! `conflictTracer`: in place of what happened inside a transaction, what it touched and which others of its block it has
//! to do with. The same facts as `parallax_getConflicts` tells of a block, for tools that ask for traces.

use access_list::{AccessSet, ConflictGraph, StateKey};
use alloy_rpc_types_trace::geth::{GethDebugTracerType, GethDebugTracingOptions, GethTrace, TraceResult};
use primitives::{B256, alloy_primitives::U64};
use serde::Serialize;

use super::parallax::{ConflictLine, Names, access, line, variables};
use crate::{RpcError, backend::BlockAccess, context::Call, limits::CONFLICTS_MAX};

/// The name that options ask for it by.
const NAME: &str = "conflictTracer";

/// One transaction.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    /// Its position in the block.
    transaction: u32,
    gas_used: U64,
    reads: Vec<String>,
    writes: Vec<String>,
    /// Keys that it only adds to: two that add to one do not wait for each other.
    adds: Vec<String>,
    /// With earlier and with later transactions.
    conflicts: Vec<ConflictLine>,
    /// How many more there are than are listed.
    conflicts_left_out: usize,
}

/// Whether it was asked for.
pub(super) fn is_wanted(options: &GethDebugTracingOptions) -> bool {
    matches!(&options.tracer, Some(GethDebugTracerType::JsTracer(name)) if name == NAME)
}

/// A call is in no block, so nothing can be in its way.
pub(super) fn refuse_call() -> RpcError {
    RpcError::invalid_input(format!("{NAME} traces transactions of blocks, not calls"))
}

/// Traces one transaction of a block.
pub(super) fn of_transaction(call: &Call<'_>, block: B256, position: usize) -> Result<GethTrace, RpcError> {
    let traces = traces(call, block, Some(position))?;
    traces.into_iter().next().ok_or_else(RpcError::transaction_not_found)
}

/// Traces a block, one result for each transaction.
pub(super) fn of_block(call: &Call<'_>, block: B256) -> Result<Vec<TraceResult>, RpcError> {
    let traces = traces(call, block, None)?;
    let known = call.known_block(block)?;
    let hashes = known.block.body.transactions.iter().map(|transaction| Some(*transaction.tx_hash()));
    Ok(traces.into_iter().zip(hashes).map(|(result, tx_hash)| TraceResult::Success { result, tx_hash }).collect())
}

/// Of one transaction, or of all.
fn traces(call: &Call<'_>, block: B256, only: Option<usize>) -> Result<Vec<GethTrace>, RpcError> {
    let (_, access) = access(call, block.into())?;
    let wanted = only.map_or(0..access.sets.len(), |only| only..only.saturating_add(1));
    let graph = ConflictGraph::from_sets(&access.sets, &access.gas);
    let mut traces: Vec<Trace> =
        wanted.clone().filter_map(|position| Some(trace(&access, position, access.sets.get(position)?))).collect();
    let mut listed = Vec::new();
    for (number, conflict) in graph.conflicts().enumerate() {
        if number % 4096 == 0 {
            call.check()?;
        }
        for side in [conflict.before, conflict.after] {
            let at = (side as usize).checked_sub(wanted.start).filter(|at| *at < traces.len());
            match at {
                Some(at) if listed.len() < CONFLICTS_MAX => listed.push((at, conflict)),
                Some(at) => traces[at].conflicts_left_out += 1,
                None => {}
            }
        }
    }
    let names: Names = variables(call, block, listed.iter().map(|(_, conflict)| conflict.key))?;
    for (at, conflict) in &listed {
        traces[*at].conflicts.push(line(conflict, &names));
    }
    let written = traces.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    let written = written.map_err(|_| RpcError::internal("answer cannot be written"))?;
    Ok(written.into_iter().map(GethTrace::JS).collect())
}

fn trace(access: &BlockAccess, position: usize, set: &AccessSet) -> Trace {
    let texts = |keys: &[StateKey]| keys.iter().map(StateKey::to_string).collect();
    Trace {
        transaction: u32::try_from(position).unwrap_or(u32::MAX),
        gas_used: U64::from(access.gas[position]),
        reads: texts(set.reads()),
        writes: texts(set.writes()),
        adds: texts(set.adds()),
        ..Trace::default()
    }
}
