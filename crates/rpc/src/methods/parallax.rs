//! Why does my contract not run in parallel?
//!
//! Everything here is computed from what the transactions of a block touched, with gas as the measure of time: it says
//! what an ideal schedule could gain, and is the same on every node. Only the schedule is what this node really did.

use std::collections::{BTreeMap, btree_map::Entry};

use access_list::{Conflict, ConflictGraph, ConflictKind, StateKey, StorageLayout, WhatIf};
use primitives::{Address, B256, alloy_eips::BlockId, alloy_primitives::U64};
use serde::{Deserialize, Serialize};

use super::methods;
use crate::{
    RpcError,
    backend::{BlockAccess, BlockRef, BlockSchedule},
    context::Call,
    error::NOT_FOUND,
    limits::{CONFLICTS_MAX, HOT_KEY_BLOCKS_MAX},
    params::Params,
};

methods!(Parallax {
    "parallax_getSchedule" => Pool(1) schedule;
    "parallax_getConflicts" => Pool(2) conflicts;
    "parallax_getHotKeys" => Pool(3) hot_keys;
    "parallax_whatIf" => Pool(3) what_if;
    "parallax_nameKeys" => Pool(3) name_keys;
});

/// Keys that a list of hot keys holds at most, unless the request says less.
const HOT_KEYS_DEFAULT: u64 = 100;

/// What an ideal schedule could do with a block.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bounds {
    /// Gas of the block: the time of one worker.
    work: U64,
    /// Gas of the longest chain of transactions that wait for each other: the time of any number of workers.
    span: U64,
    /// `work / span`: the most that any number of workers gains.
    bound: f64,
    /// Sets of transactions that have nothing to do with each other.
    disjoint_sets: usize,
    /// The longest chain.
    critical_path: Vec<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    block_number: U64,
    block_hash: B256,
    transactions: usize,
    #[serde(flatten)]
    bounds: Bounds,
    hot_keys: Vec<HotKey>,
    conflicts: Vec<ConflictLine>,
    /// How many more there are than are listed.
    conflicts_left_out: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct ConflictLine {
    before: u32,
    after: u32,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct HotKey {
    key: String,
    /// The storage variable, where the node knows the contract's layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
    /// Gas that this key alone adds to the longest chain.
    lost: U64,
    waiting: Vec<u32>,
}

/// A key over many blocks.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HotKeyTotal {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
    lost: U64,
    /// Transactions that waited.
    waiting: usize,
    /// Blocks in which some did.
    blocks: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ScheduleAnswer {
    block_number: U64,
    block_hash: B256,
    #[serde(flatten)]
    schedule: BlockSchedule,
}

/// A change to the question.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    /// Keys taken as if nobody accessed them.
    #[serde(default)]
    ignore: Vec<String>,
    /// Keys taken as if they were only added to.
    #[serde(default)]
    commutative: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Answer {
    before: Bounds,
    after: Bounds,
}

fn schedule(call: &Call<'_>, params: &mut Params<'_>) -> Result<ScheduleAnswer, RpcError> {
    let (block, access) = access(call, params.required()?)?;
    let schedule = access.schedule.clone().ok_or_else(|| not_found("this node did not run the block"))?;
    Ok(ScheduleAnswer { block_number: U64::from(block.number), block_hash: block.hash, schedule })
}

fn conflicts(call: &Call<'_>, params: &mut Params<'_>) -> Result<Report, RpcError> {
    let (block, access) = access(call, params.required()?)?;
    let limit = params.optional::<u64>()?.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(CONFLICTS_MAX);
    let graph = ConflictGraph::from_sets(&access.sets, &access.gas);
    let hot_keys = graph.hot_keys();
    let names = variables(call, block.hash, hot_keys.iter().map(|hot| hot.key))?;
    let (mut listed, mut left_out) = (Vec::new(), 0);
    for (number, conflict) in graph.conflicts().enumerate() {
        if number % 4096 == 0 {
            call.check()?;
        }
        if listed.len() < limit.min(CONFLICTS_MAX) {
            listed.push(line(&conflict, &names));
        } else {
            left_out += 1;
        }
    }
    Ok(Report {
        block_number: U64::from(block.number),
        block_hash: block.hash,
        transactions: graph.len(),
        bounds: bounds(&graph),
        hot_keys: hot_keys.iter().take(CONFLICTS_MAX).map(|hot| hot_key(hot, &names)).collect(),
        conflicts: listed,
        conflicts_left_out: left_out,
    })
}

/// The keys that cost most over some blocks. Blocks of which nothing is known are passed over.
fn hot_keys(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<HotKeyTotal>, RpcError> {
    let (from, to) = (params.required()?, params.block_or_latest()?);
    let limit = params.optional::<u64>()?.unwrap_or(HOT_KEYS_DEFAULT);
    call.steady(|| totals(call, from, to, limit))
}

fn totals(call: &Call<'_>, from: BlockId, to: BlockId, limit: u64) -> Result<Vec<HotKeyTotal>, RpcError> {
    let (from, to) = (call.state_block(from)?.number, call.state_block(to)?.number);
    if from > to {
        return Err(RpcError::invalid_params("invalid block range params"));
    }
    if to - from >= HOT_KEY_BLOCKS_MAX {
        return Err(RpcError::limit(format!("query exceeds max block range {HOT_KEY_BLOCKS_MAX}")));
    }
    let mut totals = BTreeMap::<StateKey, (u64, usize, usize)>::new();
    let mut names = Names::new();
    for number in from..=to {
        call.check()?;
        let block = call.backend().resolve(BlockId::number(number))?.ok_or_else(RpcError::header_not_found)?;
        if call.backend().block_access(block.hash)?.is_none() {
            continue;
        }
        let (_, access) = access(call, block.hash.into())?;
        let hot_keys = ConflictGraph::from_sets(&access.sets, &access.gas).hot_keys();
        let unnamed = hot_keys.iter().map(|hot| hot.key).filter(|key| !names.contains_key(key));
        let found = variables(call, block.hash, unnamed)?;
        names.extend(found);
        for hot in hot_keys {
            let total = totals.entry(hot.key).or_default();
            *total = (total.0.saturating_add(hot.lost), total.1 + hot.waiting.len(), total.2 + 1);
        }
    }
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by_key(|(key, (lost, waiting, _))| (std::cmp::Reverse((*lost, *waiting)), *key));
    totals.truncate(usize::try_from(limit).unwrap_or(usize::MAX).min(CONFLICTS_MAX));
    let answer = totals.into_iter().map(|(key, (lost, waiting, blocks))| HotKeyTotal {
        key: key.to_string(),
        variable: names.remove(&key),
        lost: U64::from(lost),
        waiting,
        blocks,
    });
    Ok(answer.collect())
}

fn what_if(call: &Call<'_>, params: &mut Params<'_>) -> Result<Answer, RpcError> {
    let (_, access) = access(call, params.required()?)?;
    let change: Change = params.json()?;
    let what_if = WhatIf {
        ignore: keys(&change.ignore)?.into_iter().collect(),
        commutative: keys(&change.commutative)?.into_iter().collect(),
    };
    let before = ConflictGraph::from_sets(&access.sets, &access.gas);
    let after = ConflictGraph::what_if(&access.sets, &access.gas, &what_if);
    Ok(Answer { before: bounds(&before), after: bounds(&after) })
}

/// The storage variables behind keys of a block, by the layouts of contracts. Keys without a name are left out.
fn name_keys(call: &Call<'_>, params: &mut Params<'_>) -> Result<BTreeMap<String, String>, RpcError> {
    let id: BlockId = params.required()?;
    let texts: Vec<String> = params.json()?;
    let written: BTreeMap<Address, serde_json::Value> = params.json()?;
    if texts.len() > CONFLICTS_MAX {
        return Err(RpcError::limit(format!("more than {CONFLICTS_MAX} keys")));
    }
    let mut layouts = BTreeMap::new();
    for (address, layout) in &written {
        let wrong = |error| RpcError::invalid_params(format!("invalid argument 2: {address}: {error}"));
        layouts.insert(*address, StorageLayout::from_value(layout).map_err(wrong)?);
    }
    let block = call.backend().resolve(id)?.ok_or_else(|| not_found("block not found"))?;
    let preimages = call.backend().preimages(block.hash)?;
    let preimages = preimages.ok_or_else(|| not_found("the accesses of this block are not known"))?;
    let mut names = BTreeMap::new();
    for (key, text) in keys(&texts)?.into_iter().zip(texts) {
        call.check()?;
        let StateKey::Slot(address, slot) = key else { continue };
        let name = layouts.get(&address).and_then(|layout| layout.name(slot, &preimages));
        names.extend(name.map(|name| (text, name)));
    }
    Ok(names)
}

/// Names of variables by the keys of their slots.
pub(super) type Names = BTreeMap<StateKey, String>;

/// The storage variables behind keys of a block, as far as the node knows the layouts of their contracts. Only where it
/// knows any is the block looked through for what was hashed.
pub(super) fn variables(call: &Call<'_>, block: B256, keys: impl Iterator<Item = StateKey>) -> Result<Names, RpcError> {
    let mut contracts = BTreeMap::new();
    let mut slots = Vec::new();
    for key in keys.take(CONFLICTS_MAX) {
        let StateKey::Slot(address, slot) = key else { continue };
        let contract = match contracts.entry(address) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                call.check()?;
                place.insert(call.backend().compiled(block, address)?)
            }
        };
        slots.extend(contract.clone().map(|contract| (key, slot, contract)));
    }
    let mut names = Names::new();
    if slots.is_empty() {
        return Ok(names);
    }
    let preimages = call.backend().preimages(block)?.unwrap_or_default();
    for (key, slot, contract) in slots {
        let Some(variable) = contract.layout.name(slot, &preimages) else { continue };
        let name = if contract.name.is_empty() { variable } else { format!("{}.{variable}", contract.name) };
        names.insert(key, name);
    }
    Ok(names)
}

pub(super) fn access(call: &Call<'_>, id: BlockId) -> Result<(BlockRef, std::sync::Arc<BlockAccess>), RpcError> {
    let block = call.backend().resolve(id)?.ok_or_else(|| not_found("block not found"))?;
    let access = call.backend().block_access(block.hash)?;
    let access = access.ok_or_else(|| not_found("the accesses of this block are not known"))?;
    if access.sets.len() != access.gas.len() {
        return Err(RpcError::internal("access sets and gas do not fit together"));
    }
    Ok((block, access))
}

fn not_found(what: &'static str) -> RpcError {
    RpcError::new(NOT_FOUND, what)
}

fn keys(texts: &[String]) -> Result<Vec<StateKey>, RpcError> {
    let wrong = |error| RpcError::invalid_params(format!("invalid argument 1: {error}"));
    texts.iter().map(|text| text.parse().map_err(wrong)).collect()
}

fn bounds(graph: &ConflictGraph) -> Bounds {
    Bounds {
        work: U64::from(graph.work()),
        span: U64::from(graph.span()),
        bound: graph.bound(usize::MAX),
        disjoint_sets: graph.components().len(),
        critical_path: graph.critical_path().transactions.clone(),
    }
}

fn hot_key(hot: &access_list::HotKey, names: &Names) -> HotKey {
    let variable = names.get(&hot.key).cloned();
    HotKey { key: hot.key.to_string(), variable, lost: U64::from(hot.lost), waiting: hot.waiting.clone() }
}

pub(super) fn line(conflict: &Conflict, names: &Names) -> ConflictLine {
    let kind = match conflict.kind {
        ConflictKind::WriteRead => "writeRead",
        ConflictKind::ReadWrite => "readWrite",
        ConflictKind::WriteWrite => "writeWrite",
    };
    let (key, variable) = (conflict.key.to_string(), names.get(&conflict.key).cloned());
    ConflictLine { before: conflict.before, after: conflict.after, key, variable, kind }
}
