//! Searches for logs, and filters that are asked again and again.

use std::sync::Arc;

use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log};
use primitives::{B256, U256, alloy_eips::BlockNumberOrTag};
use serde::Serialize;
use tokio::sync::broadcast::error::TryRecvError;

use super::methods;
use crate::{
    Backend, RpcError, RpcTransaction,
    backend::{BlockRef, ChainBlock},
    context::Call,
    convert,
    filters::Watch,
    limits::{FILTER_ALTERNATIVES_MAX, LOG_BLOCKS_MAX, LOGS_MAX},
    params::Params,
};

methods!(Eth {
    "eth_getLogs" => Pool(1) logs;
    "eth_newFilter" => Now(1) new_filter;
    "eth_newBlockFilter" => Now(0) new_block_filter;
    "eth_newPendingTransactionFilter" => Now(1) new_pending_filter;
    "eth_getFilterChanges" => Pool(1) changes;
    "eth_getFilterLogs" => Pool(1) filter_logs;
    "eth_uninstallFilter" => Now(1) uninstall;
});

/// What logs have to look like, its size checked.
#[derive(Clone, Debug)]
pub(crate) struct LogFilter(Filter);

/// What has happened since a filter was asked last.
#[derive(Serialize)]
#[serde(untagged)]
enum Changes {
    Logs(Vec<Log>),
    Hashes(Vec<B256>),
    Transactions(Vec<RpcTransaction>),
}

impl LogFilter {
    /// Checks a filter's size.
    pub(crate) fn new(filter: Filter) -> Result<Self, RpcError> {
        if filter.address.len() > FILTER_ALTERNATIVES_MAX {
            return Err(RpcError::invalid_params("exceed max addresses"));
        }
        if filter.topics.iter().any(|topic| topic.len() > FILTER_ALTERNATIVES_MAX) {
            return Err(RpcError::invalid_params("exceed max topics"));
        }
        Ok(Self(filter))
    }

    /// Whether a log passes, wherever it stands.
    pub(crate) fn passes(&self, log: &primitives::Log) -> bool {
        self.0.matches(log)
    }

    /// The first and the last block, as far as there are blocks. `None` if there are none in the range.
    fn range(&self, call: &Call<'_>) -> Result<Option<(u64, u64)>, RpcError> {
        let FilterBlockOption::Range { from_block, to_block } = self.0.block_option else { return Ok(None) };
        let head = call.backend().head().number;
        let number = |tag: BlockNumberOrTag| match tag {
            BlockNumberOrTag::Number(number) => Ok(number),
            BlockNumberOrTag::Latest | BlockNumberOrTag::Pending => Ok(head),
            tag => Ok(call.backend().resolve(tag.into())?.ok_or_else(RpcError::header_not_found)?.number),
        };
        let from = from_block.map_or(Ok(head), number)?;
        let to = to_block.map_or(Ok(head), number)?;
        if from > to {
            return Err(RpcError::invalid_params("invalid block range params"));
        }
        let to = to.min(head);
        if to.saturating_sub(from) >= LOG_BLOCKS_MAX {
            return Err(RpcError::limit(format!("query exceeds max block range {LOG_BLOCKS_MAX}")));
        }
        Ok((from <= to).then_some((from, to)))
    }
}

fn logs(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<Log>, RpcError> {
    search(call, &LogFilter::new(params.json()?)?)
}

fn search(call: &Call<'_>, filter: &LogFilter) -> Result<Vec<Log>, RpcError> {
    let mut found = Vec::new();
    if let FilterBlockOption::AtBlockHash(hash) = filter.0.block_option {
        let block = call.backend().block(hash)?.ok_or_else(|| RpcError::invalid_input("unknown block"))?;
        collect_logs(call.backend(), filter, &block, false, &mut found)?;
        return Ok(found);
    }
    call.steady(|| {
        let Some((from, to)) = filter.range(call)? else { return Ok(found) };
        for number in from..=to {
            call.check()?;
            let block = call.block_at(number)?.ok_or_else(RpcError::header_not_found)?;
            collect_logs(call.backend(), filter, &block, false, &mut found)?;
        }
        Ok(found)
    })
}

/// Appends the logs of a block that pass. The bloom filter in the header spares most reads of receipts.
fn collect_logs(
    backend: &dyn Backend,
    filter: &LogFilter,
    block: &ChainBlock,
    removed: bool,
    found: &mut Vec<Log>,
) -> Result<(), RpcError> {
    if !filter.0.matches_bloom(block.block.header.logs_bloom) {
        return Ok(());
    }
    let receipts = backend.receipts(block.hash)?.ok_or_else(RpcError::pruned)?;
    found.extend(convert::logs(block, &receipts, |log| filter.passes(log), removed));
    if found.len() > LOGS_MAX {
        return Err(RpcError::limit(format!("query exceeds max results {LOGS_MAX}")));
    }
    Ok(())
}

fn new_filter(call: &Call<'_>, params: &mut Params<'_>) -> Result<U256, RpcError> {
    let filter = Arc::new(LogFilter::new(params.json()?)?);
    call.shared.filters.install(Watch::Logs { filter, told: call.backend().head() })
}

fn new_block_filter(call: &Call<'_>, _: &mut Params<'_>) -> Result<U256, RpcError> {
    call.shared.filters.install(Watch::Blocks { told: call.backend().head() })
}

fn new_pending_filter(call: &Call<'_>, params: &mut Params<'_>) -> Result<U256, RpcError> {
    let full = params.optional()?.unwrap_or(false);
    call.shared.filters.install(Watch::Pending { queue: call.backend().events().pending(), full })
}

fn uninstall(call: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    Ok(call.shared.filters.uninstall(params.required()?))
}

fn filter_logs(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<Log>, RpcError> {
    let watch = call.shared.filters.get(params.required()?)?;
    let filter = match &*watch.lock() {
        Watch::Logs { filter, .. } => Arc::clone(filter),
        Watch::Blocks { .. } | Watch::Pending { .. } => return Err(RpcError::invalid_input("filter not found")),
    };
    search(call, &filter)
}

fn changes(call: &Call<'_>, params: &mut Params<'_>) -> Result<Changes, RpcError> {
    let identifier = params.required()?;
    let watch = call.shared.filters.get(identifier)?;
    let mut watch = watch.lock();
    match &mut *watch {
        Watch::Blocks { told } => {
            let step = advance(call, identifier, *told)?;
            *told = step.told;
            Ok(Changes::Hashes(step.added.iter().map(|block| block.hash).collect()))
        }
        Watch::Logs { filter, told } => {
            let step = advance(call, identifier, *told)?;
            let found = changed_logs(call, filter, &step)?;
            *told = step.told;
            Ok(Changes::Logs(found))
        }
        Watch::Pending { queue, full } => {
            let mut transactions = Vec::new();
            loop {
                match queue.try_recv() {
                    Ok(transaction) => transactions.push(transaction),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                    Err(TryRecvError::Lagged(lost)) => {
                        call.shared.filters.uninstall(identifier);
                        return Err(RpcError::limit(format!("filter lost {lost} transactions and was removed")));
                    }
                }
            }
            if *full {
                return Ok(Changes::Transactions(transactions.iter().map(|it| convert::pending(it)).collect()));
            }
            Ok(Changes::Hashes(transactions.iter().map(|it| *it.transaction.tx_hash()).collect()))
        }
    }
}

fn changed_logs(call: &Call<'_>, filter: &LogFilter, step: &Step) -> Result<Vec<Log>, RpcError> {
    let wanted = |number: u64| match filter.0.block_option {
        FilterBlockOption::AtBlockHash(_) => false,
        FilterBlockOption::Range { from_block, to_block } => {
            let bound = |tag: Option<BlockNumberOrTag>| tag.and_then(|tag| tag.as_number());
            bound(from_block).is_none_or(|from| number >= from) && bound(to_block).is_none_or(|to| number <= to)
        }
    };
    let mut found = Vec::new();
    for (blocks, removed) in [(&step.removed, true), (&step.added, false)] {
        for block in blocks.iter().filter(|block| wanted(block.block.header.number)) {
            call.check()?;
            collect_logs(call.backend(), filter, block, removed, &mut found)?;
        }
    }
    Ok(found)
}

/// What has happened to the chain since a filter was asked last.
struct Step {
    /// The blocks that have left, highest first.
    removed: Vec<Arc<ChainBlock>>,
    /// The blocks that have come, lowest first.
    added: Vec<Arc<ChainBlock>>,
    /// Where the next one begins.
    told: BlockRef,
}

/// The way from a block that was the head once to the head. A filter for which it cannot be told any more is taken out:
/// it would otherwise miss something without a word.
fn advance(call: &Call<'_>, identifier: U256, told: BlockRef) -> Result<Step, RpcError> {
    call.steady(|| {
        let lost = |what: &str| {
            call.shared.filters.uninstall(identifier);
            RpcError::limit(format!("filter lost {what} and was removed"))
        };
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        let head = call.backend().head();
        let mut common = told;
        while call.backend().resolve(BlockNumberOrTag::Number(common.number).into())? != Some(common) {
            call.check()?;
            let block = call.backend().block(common.hash)?.ok_or_else(|| lost("blocks that left the chain"))?;
            let number = common.number.checked_sub(1).ok_or_else(RpcError::header_not_found)?;
            common = BlockRef { number, hash: block.block.header.parent_hash };
            removed.push(block);
        }
        if head.number.saturating_sub(common.number) > LOG_BLOCKS_MAX {
            return Err(lost(&format!("more than {LOG_BLOCKS_MAX} blocks")));
        }
        for number in common.number + 1..=head.number {
            call.check()?;
            added.push(call.block_at(number)?.ok_or_else(RpcError::header_not_found)?);
        }
        // A head that came down while we looked is not followed here: the chain has turned then.
        let told = if head.number > common.number { head } else { common };
        Ok(Step { removed, added, told })
    })
}
