//! What the Otterscan explorer asks for, API level 8.
//!
//! There is no index of addresses: a search walks the chain. The block access list of a block tells whether it touches
//! the address at all, so only blocks that do are traced. A search ends with its page, or with its time.

use alloy_rpc_types_eth::{Header, TransactionReceipt};
use alloy_rpc_types_trace::{
    otterscan::{
        BlockDetails, ContractCreator, InternalOperation, OperationType, OtsBlockTransactions, OtsReceipt,
        OtsTransactionReceipt, TraceEntry, TransactionsWithReceipts,
    },
    parity::{Action, CreationMethod, LocalizedTransactionTrace, TraceOutput},
};
use primitives::{
    Address, B256, Bytes, U256,
    alloy_consensus::{Transaction as _, TxReceipt},
    alloy_eips::BlockId,
};

use super::{
    eth_chain::{by_hash, by_number, header, receipts_of},
    methods,
    trace::{traces_of, traces_of_transaction},
};
use crate::{
    RpcError, RpcReceipt, RpcTransaction, backend::ChainBlock, context::Call, convert, limits::SEARCH_PAGE_MAX,
    params::Params,
};

methods!(Ots {
    "ots_getApiLevel" => Now(0) api_level;
    "ots_hasCode" => Now(2) has_code;
    "ots_getBlockDetails" => Pool(1) details_by_number;
    "ots_getBlockDetailsByHash" => Pool(1) details_by_hash;
    "ots_getBlockTransactions" => Pool(3) block_transactions;
    "ots_getTransactionError" => Pool(1) transaction_error;
    "ots_getInternalOperations" => Pool(1) internal_operations;
    "ots_traceTransaction" => Pool(1) trace_transaction;
    "ots_getContractCreator" => Pool(1) contract_creator;
    "ots_getTransactionBySenderAndNonce" => Pool(2) transaction_by_nonce;
    "ots_searchTransactionsBefore" => Pool(3) search_before;
    "ots_searchTransactionsAfter" => Pool(3) search_after;
    "erigon_getHeaderByNumber" => Now(1) header_by_number;
});

methods!(BY_NONCE: Eth {
    "eth_getTransactionBySenderAndNonce" => Pool(2) whole_by_nonce;
});

fn api_level(_: &Call<'_>, _: &mut Params<'_>) -> Result<u64, RpcError> {
    Ok(8)
}

fn header_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Header>, RpcError> {
    header(call, by_number(params)?)
}

fn has_code(call: &Call<'_>, params: &mut Params<'_>) -> Result<bool, RpcError> {
    let address = params.required()?;
    let id = params.block_or_latest()?;
    Ok(!call.backend().code(call.state_block(id)?.hash, address)?.is_empty())
}

fn details_by_number(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<BlockDetails>, RpcError> {
    details(call, by_number(params)?)
}

fn details_by_hash(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<BlockDetails>, RpcError> {
    details(call, by_hash(params)?)
}

/// No block has rewards since the Merge; fees are what the senders paid.
fn details(call: &Call<'_>, id: BlockId) -> Result<Option<BlockDetails>, RpcError> {
    let (Some(block), Some(receipts)) = (call.block(id)?, receipts_of(call, id)?) else { return Ok(None) };
    let fee = |receipt: &RpcReceipt| U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price);
    let mut details = BlockDetails::from(convert::block(&block, false));
    details.total_fees = receipts.iter().map(fee).sum();
    Ok(Some(details))
}

/// A page of a block's transactions. Inputs are cut to their selectors, and receipts have no logs.
fn block_transactions(
    call: &Call<'_>,
    params: &mut Params<'_>,
) -> Result<Option<OtsBlockTransactions<serde_json::Value>>, RpcError> {
    let id = by_number(params)?;
    let (page, size): (u64, u64) = (params.required()?, params.required()?);
    let (Some(block), Some(receipts)) = (call.block(id)?, receipts_of(call, id)?) else { return Ok(None) };
    let count = block.block.body.transactions.len();
    // Pages are counted from the end of the block.
    let end = count.saturating_sub(usize::try_from(page.saturating_mul(size)).unwrap_or(usize::MAX));
    let start = end.saturating_sub(usize::try_from(size).unwrap_or(usize::MAX));
    let mut transactions = Vec::with_capacity(end - start);
    for position in start..end {
        if let Some(transaction) = convert::transaction(&block, position) {
            transactions.push(short(&transaction)?);
        }
    }
    let shown = receipts.into_iter().skip(start).take(end - start);
    let receipts = shown.map(|receipt| ots_receipt(receipt, block.block.header.timestamp, false)).collect();
    let whole = convert::block(&block, false);
    let fullblock = alloy_rpc_types_eth::Block {
        header: whole.header,
        uncles: whole.uncles,
        transactions: alloy_rpc_types_eth::BlockTransactions::Full(transactions),
        withdrawals: whole.withdrawals,
    };
    let fullblock = alloy_rpc_types_trace::otterscan::OtsBlock { block: fullblock, transaction_count: count };
    Ok(Some(OtsBlockTransactions { fullblock, receipts }))
}

fn short(transaction: &RpcTransaction) -> Result<serde_json::Value, RpcError> {
    let selector = transaction.inner.input().get(..4).map(Bytes::copy_from_slice);
    let mut value = serde_json::to_value(transaction).map_err(|_| RpcError::internal("answer cannot be written"))?;
    value["input"] = serde_json::json!(selector.unwrap_or_default());
    Ok(value)
}

fn ots_receipt(receipt: RpcReceipt, timestamp: u64, with_logs: bool) -> OtsTransactionReceipt {
    let kind = receipt.inner.tx_type() as u8;
    let inner = OtsReceipt {
        status: receipt.inner.status(),
        cumulative_gas_used: receipt.inner.cumulative_gas_used(),
        logs: with_logs.then(|| receipt.inner.logs().to_vec()),
        logs_bloom: with_logs.then(|| receipt.inner.bloom()),
        r#type: kind,
    };
    let receipt = TransactionReceipt {
        inner,
        transaction_hash: receipt.transaction_hash,
        transaction_index: receipt.transaction_index,
        block_hash: receipt.block_hash,
        block_number: receipt.block_number,
        gas_used: receipt.gas_used,
        effective_gas_price: receipt.effective_gas_price,
        blob_gas_used: receipt.blob_gas_used,
        blob_gas_price: receipt.blob_gas_price,
        from: receipt.from,
        to: receipt.to,
        contract_address: receipt.contract_address,
    };
    OtsTransactionReceipt { receipt, timestamp: Some(timestamp) }
}

/// The output of a transaction that failed; nothing for one that did not.
fn transaction_error(call: &Call<'_>, params: &mut Params<'_>) -> Result<Bytes, RpcError> {
    let traces = traces_of_transaction(call, params.required()?)?.unwrap_or_default();
    let Some(first) = traces.first().filter(|trace| trace.trace.error.is_some()) else { return Ok(Bytes::new()) };
    Ok(first.trace.result.as_ref().map(|result| result.output().clone()).unwrap_or_default())
}

fn internal_operations(call: &Call<'_>, params: &mut Params<'_>) -> Result<Vec<InternalOperation>, RpcError> {
    let traces = traces_of_transaction(call, params.required()?)?.unwrap_or_default();
    // The first is the transaction itself.
    let inner = traces.iter().skip(1).filter(|trace| trace.trace.error.is_none());
    Ok(inner.filter_map(operation).collect())
}

fn operation(trace: &LocalizedTransactionTrace) -> Option<InternalOperation> {
    match &trace.trace.action {
        Action::Call(call) if !call.value.is_zero() => Some(InternalOperation {
            r#type: OperationType::OpTransfer,
            from: call.from,
            to: call.to,
            value: call.value,
        }),
        Action::Selfdestruct(end) => Some(InternalOperation {
            r#type: OperationType::OpSelfDestruct,
            from: end.address,
            to: end.refund_address,
            value: end.balance,
        }),
        Action::Create(create) => {
            let kind = match create.creation_method {
                CreationMethod::Create2 => OperationType::OpCreate2,
                _ => OperationType::OpCreate,
            };
            let to = created(trace)?;
            Some(InternalOperation { r#type: kind, from: create.from, to, value: create.value })
        }
        Action::Call(_) | Action::Reward(_) => None,
    }
}

fn created(trace: &LocalizedTransactionTrace) -> Option<Address> {
    match trace.trace.result.as_ref()? {
        TraceOutput::Create(output) => Some(output.address),
        TraceOutput::Call(_) => None,
    }
}

fn trace_transaction(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<Vec<TraceEntry>>, RpcError> {
    let traces = traces_of_transaction(call, params.required()?)?;
    Ok(traces.map(|traces| traces.iter().filter_map(|it| TraceEntry::from_transaction_trace(&it.trace)).collect()))
}

/// The first number in a range for which something holds that, once it holds, goes on to hold.
fn first(
    call: &Call<'_>,
    end: u64,
    holds: impl Fn(B256) -> Result<bool, RpcError>,
) -> Result<Option<ChainBlockRef>, RpcError> {
    let (mut low, mut high) = (0, end + 1);
    while low < high {
        call.check()?;
        let middle = low + (high - low) / 2;
        if holds(block_hash(call, middle)?)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if low > end {
        return Ok(None);
    }
    Ok(Some((low, block_hash(call, low)?)))
}

type ChainBlockRef = (u64, B256);

fn block_hash(call: &Call<'_>, number: u64) -> Result<B256, RpcError> {
    Ok(call.state_block(BlockId::number(number))?.hash)
}

fn contract_creator(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<ContractCreator>, RpcError> {
    let address: Address = params.required()?;
    call.steady(|| creator_of(call, address))
}

fn creator_of(call: &Call<'_>, address: Address) -> Result<Option<ContractCreator>, RpcError> {
    let head = call.backend().head();
    if call.backend().code(head.hash, address)?.is_empty() {
        return Ok(None);
    }
    let since = first(call, head.number, |at| Ok(!call.backend().code(at, address)?.is_empty()))?;
    let Some((number, hash)) = since else { return Ok(None) };
    let traces = traces_of(call, number, hash)?;
    let made = traces.iter().find(|trace| created(trace) == Some(address));
    Ok(made.and_then(|trace| {
        let creator = trace.trace.action.as_create()?.from;
        Some(ContractCreator { hash: trace.transaction_hash?, creator })
    }))
}

fn transaction_by_nonce(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<B256>, RpcError> {
    let (sender, nonce) = (params.required()?, params.required()?);
    call.steady(|| hash_by_nonce(call, sender, nonce))
}

fn hash_by_nonce(call: &Call<'_>, sender: Address, nonce: u64) -> Result<Option<B256>, RpcError> {
    let head = call.backend().head().number;
    let used = first(call, head, |at| Ok(call.backend().account(at, sender)?.nonce > nonce))?;
    let Some((_, hash)) = used else { return Ok(None) };
    let block = call.known_block(hash)?;
    for (transaction, from) in block.block.body.transactions.iter().zip(&block.senders) {
        if *from == sender && transaction.nonce() == nonce {
            return Ok(Some(*transaction.tx_hash()));
        }
    }
    Ok(None)
}

/// The transaction itself, in a block or in the pool.
fn whole_by_nonce(call: &Call<'_>, params: &mut Params<'_>) -> Result<Option<RpcTransaction>, RpcError> {
    let (sender, nonce): (Address, u64) = (params.required()?, params.required()?);
    call.steady(|| {
        // The pool is asked first: what leaves it for a block between the two reads is in that block.
        let content = call.backend().content(Some(sender));
        if let Some(hash) = hash_by_nonce(call, sender, nonce)? {
            let Some((block, position)) = call.backend().position(hash)? else { return Ok(None) };
            return Ok(convert::transaction(&*call.known_block(block)?, position));
        }
        let mut held = content.pending.iter().chain(&content.queued);
        Ok(held.find(|pooled| pooled.transaction.nonce() == nonce).map(|pooled| convert::pending(pooled)))
    })
}

type Page = TransactionsWithReceipts<RpcTransaction>;

/// Newest first, from the block before the one that is named; 0 names the head's successor.
fn search_before(call: &Call<'_>, params: &mut Params<'_>) -> Result<Page, RpcError> {
    let (address, from, size) = search_arguments(params)?;
    call.steady(|| page_before(call, address, from, size))
}

fn page_before(call: &Call<'_>, address: Address, from: u64, size: usize) -> Result<Page, RpcError> {
    let head = call.backend().head().number;
    let is_first = from == 0 || from > head;
    let newest = if is_first { head } else { from - 1 };
    let mut page = empty_page();
    page.last_page = true;
    for number in (0..=newest).rev() {
        if page.txs.len() >= size {
            page.last_page = false;
            break;
        }
        append(call, address, number, true, &mut page)?;
    }
    page.first_page = is_first;
    Ok(page)
}

/// The same the other way: the blocks after the one that is named; 0 is before the first. The page is newest first.
fn search_after(call: &Call<'_>, params: &mut Params<'_>) -> Result<Page, RpcError> {
    let (address, from, size) = search_arguments(params)?;
    call.steady(|| page_after(call, address, from, size))
}

fn page_after(call: &Call<'_>, address: Address, from: u64, size: usize) -> Result<Page, RpcError> {
    let head = call.backend().head().number;
    let oldest = if from == 0 { 0 } else { from.saturating_add(1) };
    let mut page = empty_page();
    page.first_page = true;
    for number in oldest..=head {
        if page.txs.len() >= size {
            page.first_page = false;
            break;
        }
        append(call, address, number, false, &mut page)?;
    }
    page.last_page = from == 0;
    page.txs.reverse();
    page.receipts.reverse();
    Ok(page)
}

fn empty_page() -> Page {
    TransactionsWithReceipts { txs: Vec::new(), receipts: Vec::new(), first_page: false, last_page: false }
}

fn search_arguments(params: &mut Params<'_>) -> Result<(Address, u64, usize), RpcError> {
    let (address, from, size): (_, _, u64) = (params.required()?, params.required()?, params.required()?);
    Ok((address, from, usize::try_from(size).unwrap_or(usize::MAX).clamp(1, SEARCH_PAGE_MAX)))
}

/// Appends the transactions of a block that an address has to do with.
fn append(call: &Call<'_>, address: Address, number: u64, newest_first: bool, page: &mut Page) -> Result<(), RpcError> {
    call.check()?;
    let Some(block) = call.block_at(number)? else { return Ok(()) };
    if let Some(list) = call.backend().block_access_list(block.hash)?
        && list.account(address).is_none()
    {
        return Ok(());
    }
    let mut positions = positions(call, address, number, &block)?;
    if newest_first {
        positions.reverse();
    }
    if positions.is_empty() {
        return Ok(());
    }
    let mut receipts: Vec<Option<RpcReceipt>> =
        receipts_of(call, block.hash.into())?.unwrap_or_default().into_iter().map(Some).collect();
    for position in positions {
        let receipt = receipts.get_mut(position).and_then(Option::take);
        if let (Some(transaction), Some(receipt)) = (convert::transaction(&block, position), receipt) {
            page.txs.push(transaction);
            page.receipts.push(ots_receipt(receipt, block.block.header.timestamp, true));
        }
    }
    Ok(())
}

/// The positions of the transactions of which an address is a party: of the transaction, or of a call inside.
fn positions(call: &Call<'_>, address: Address, number: u64, block: &ChainBlock) -> Result<Vec<usize>, RpcError> {
    let mut found = vec![false; block.block.body.transactions.len()];
    for trace in traces_of(call, number, block.hash)? {
        let is_party = match &trace.trace.action {
            Action::Call(call) => call.from == address || call.to == address,
            Action::Create(create) => create.from == address || created(&trace) == Some(address),
            Action::Selfdestruct(end) => end.address == address || end.refund_address == address,
            Action::Reward(_) => false,
        };
        let position = trace.transaction_position.and_then(|position| usize::try_from(position).ok());
        if let (true, Some(slot)) = (is_party, position.and_then(|position| found.get_mut(position))) {
            *slot = true;
        }
    }
    Ok(found.iter().enumerate().filter_map(|(position, found)| found.then_some(position)).collect())
}
