//! One block of a simulation.

use super::{Run, code, logs::CallLogs, plan::Planned, transaction::unsigned};
use crate::execution::{
    Overlay, overrides, request,
    stage::{Failure, Ran, Rules, Stage},
    words,
};
use alloy_rpc_types_eth::{
    Block as AnyBlock, BlockTransactions, Log as RpcLog, TransactionRequest,
    simulate::{SimCallResult, SimulateError, SimulatedBlock},
};
use executor::{PreparedBlock, rules, transactions_root};
use primitives::{
    Address, B256, Block, Bloom, Bytes, Fork, Header, Log, Transaction, U256,
    alloy_consensus::{
        BlockBody, EMPTY_OMMER_ROOT_HASH, Eip658Value, Receipt, ReceiptEnvelope, ReceiptWithBloom, Transaction as _,
        TxType, transaction::Recovered,
    },
    alloy_eips::{
        Encodable2718, eip4895::Withdrawals, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
        eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, eip7685::Requests,
    },
    alloy_rlp::Encodable,
};
use revm::{
    context::{BlockEnv, TxEnv},
    context_interface::result::{ExecutionResult, InvalidTransaction},
};
use rpc::{RpcBlock, RpcError, RpcTransaction, error::revert_reason};
use state::{EMPTY_ROOT_HASH, StateReader, ordered_trie_root};

/// What the calls of a block gave so far.
#[derive(Default)]
struct Calls {
    gas_used: u64,
    /// How many logs were numbered.
    logs: u64,
    transactions: Vec<Transaction>,
    senders: Vec<Address>,
    receipts: Vec<ReceiptEnvelope>,
    results: Vec<SimCallResult>,
}

impl<'a> Run<'a, '_> {
    /// Runs a block; the next one runs on top of it.
    pub(super) fn block(&mut self, planned: &Planned<'_>) -> Result<SimulatedBlock<RpcBlock>, RpcError> {
        self.budget.check()?;
        let header = self.header(planned)?;
        self.overlay.set_block_hash(self.parent.number, header.parent_hash);
        // After an error nothing runs on any more, so it need not be put back.
        let overlay = std::mem::replace(&mut self.overlay, Overlay::new(self.base.state));
        let mut stage = Stage::new(self.base.chain, &header, overlay, self.base.codes);
        overrides::apply_block(&mut stage, &planned.overrides)?;
        if let Some(state) = planned.state {
            overrides::apply_state(&mut stage, state)?;
        }
        let mut block = Block { header, body: BlockBody::default() };
        self.steps_before(&block, &mut stage)?;
        let mut calls = Calls::default();
        for request in planned.calls {
            self.call(request, &block.header, &mut stage, &mut calls)?;
        }
        let requests = self.steps_after(&block, &mut stage, &calls)?;
        finish(&mut block, &stage, &calls, requests);
        let diff = stage.overlay.diff().map_err(|error| failed(error.into()))?;
        block.header.state_root = (self.root_after)(&diff)?;
        self.overlay = stage.overlay;
        self.parent = block.header.clone();
        Ok(answer(block, calls, self.payload.return_full_transactions))
    }

    /// The header as far as it is known before the block runs.
    fn header(&self, planned: &Planned<'_>) -> Result<Header, RpcError> {
        let (chain, parent) = (self.base.chain, &self.parent);
        let blank = Header {
            parent_hash: parent.hash_slow(),
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            number: planned.number,
            timestamp: planned.timestamp,
            beneficiary: parent.beneficiary,
            gas_limit: parent.gas_limit,
            difficulty: parent.difficulty,
            ..Header::default()
        };
        let mut header = overrides::header(&blank, &planned.overrides)?;
        let fork = chain.fork_of(&header);
        if fork >= Fork::Paris {
            header.difficulty = U256::ZERO;
        }
        if fork >= Fork::London && header.base_fee_per_gas.is_none() {
            let free = !self.payload.validation;
            header.base_fee_per_gas = Some(if free { 0 } else { rules::base_fee(chain, parent) });
        }
        header.withdrawals_root = (fork >= Fork::Shanghai).then_some(EMPTY_ROOT_HASH);
        if fork >= Fork::Cancun {
            let params = chain.blob_params_at(header.timestamp);
            header.excess_blob_gas = Some(params.map_or(0, |params| rules::excess_blob_gas(&params, parent)));
            header.parent_beacon_block_root = Some(planned.overrides.beacon_root.unwrap_or_default());
        }
        Ok(header)
    }

    fn steps_before(&self, block: &Block, stage: &mut Stage<'a>) -> Result<(), RpcError> {
        let prepared = PreparedBlock::with_transactions(self.base.chain, block, Vec::new());
        for record in prepared.steps_before(self.base.codes, &stage.overlay).map_err(failed)? {
            stage.overlay.apply_record(&record);
        }
        Ok(())
    }

    /// The steps after the calls, and the requests that they give. A chain without the contracts that collect requests
    /// has none.
    fn steps_after(&self, block: &Block, stage: &mut Stage<'a>, calls: &Calls) -> Result<Requests, RpcError> {
        if stage.fork >= Fork::Prague {
            for contract in [WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS] {
                let account = stage.overlay.account(contract).map_err(|error| failed(error.into()))?;
                if !account.is_some_and(|account| account.has_code()) {
                    return Ok(Requests::default());
                }
            }
        }
        let prepared = PreparedBlock::with_transactions(self.base.chain, block, Vec::new());
        let steps = prepared.steps_after(self.base.codes, &stage.overlay, &calls.receipts);
        let (records, requests) = steps.map_err(failed)?;
        for record in &records {
            stage.overlay.apply_record(record);
        }
        Ok(Requests::new(requests))
    }

    fn call(
        &mut self,
        request: &TransactionRequest,
        header: &Header,
        stage: &mut Stage<'a>,
        calls: &mut Calls,
    ) -> Result<(), RpcError> {
        self.budget.check()?;
        let mut request = request.clone();
        let sender = request.from.unwrap_or_default();
        if request.nonce.is_none() {
            let account = stage.overlay.account(sender).map_err(|error| failed(error.into()))?;
            request.nonce = Some(account.unwrap_or_default().nonce);
        }
        let remaining = header.gas_limit - calls.gas_used.min(header.gas_limit);
        let gas = request.gas.unwrap_or(remaining);
        if gas > remaining {
            let text = format!("block gas limit reached: remaining: {remaining}, required: {gas}");
            return Err(RpcError::new(code::BLOCK_GAS_LIMIT, text));
        }
        request.gas = Some(gas.min(self.gas_left));
        let transaction = request::environment(&request, self.base.chain.chain_id, self.gas_left)?;
        let mut logs = CallLogs::new(self.payload.trace_transfers, calls.logs);
        let ran = self.run(&transaction, stage, &mut logs)?;
        stage.commit(&ran);
        let gas_used = ran.outcome.result.tx_gas_used();
        self.gas_left = self.gas_left.saturating_sub(gas_used);
        calls.gas_used += gas_used;
        let unsigned = unsigned(&request, self.base.chain.chain_id, stage.fork);
        calls.receipts.push(receipt(unsigned.tx_type(), &ran, calls.gas_used));
        calls.transactions.push(unsigned);
        calls.senders.push(sender);
        let (logs, next) = logs.finish();
        calls.logs = next;
        calls.results.push(result(ran, logs));
        Ok(())
    }

    /// Runs a call. Its logs are those that the inspector saw.
    fn run(&self, transaction: &TxEnv, stage: &Stage<'a>, logs: &mut CallLogs) -> Result<Ran, RpcError> {
        let rules = if self.payload.validation { Rules::Simulation } else { Rules::Call };
        let ran = stage.run(transaction.clone(), rules, self.budget, logs);
        ran.map_err(|failure| error(failure, transaction, &stage.block))
    }
}

/// Fills in what the calls decide.
fn finish(block: &mut Block, stage: &Stage<'_>, calls: &Calls, requests: Requests) {
    let header = &mut block.header;
    header.gas_used = calls.gas_used;
    header.transactions_root = transactions_root(&calls.transactions);
    let receipts: Vec<Bytes> = calls.receipts.iter().map(|receipt| receipt.encoded_2718().into()).collect();
    header.receipts_root = ordered_trie_root(&receipts);
    header.logs_bloom = calls.receipts.iter().fold(Bloom::ZERO, |bloom, receipt| bloom | *receipt.logs_bloom());
    if stage.fork >= Fork::Cancun {
        header.blob_gas_used = Some(calls.transactions.iter().filter_map(|call| call.blob_gas_used()).sum());
    }
    header.requests_hash = (stage.fork >= Fork::Prague).then(|| requests.requests_hash());
    block.body = BlockBody {
        transactions: calls.transactions.clone(),
        ommers: Vec::new(),
        withdrawals: (stage.fork >= Fork::Shanghai).then(Withdrawals::default),
    };
}

/// The block as the client sees it. Only now its hash is known, which logs name.
fn answer(block: Block, mut calls: Calls, full: bool) -> SimulatedBlock<RpcBlock> {
    let hash = block.header.hash_slow();
    for (index, (call, transaction)) in calls.results.iter_mut().zip(&calls.transactions).enumerate() {
        for log in &mut call.logs {
            log.block_hash = Some(hash);
            log.block_number = Some(block.header.number);
            log.block_timestamp = Some(block.header.timestamp);
            log.transaction_hash = Some(*transaction.tx_hash());
            log.transaction_index = Some(index as u64);
        }
    }
    let transactions = if full {
        let all = calls.transactions.into_iter().zip(calls.senders).enumerate();
        BlockTransactions::Full(all.map(|(index, call)| transaction(&block.header, hash, index, call)).collect())
    } else {
        BlockTransactions::Hashes(calls.transactions.iter().map(|transaction| *transaction.tx_hash()).collect())
    };
    let size = Some(U256::from(block.length()));
    let header = alloy_rpc_types_eth::Header { hash, inner: block.header, total_difficulty: None, size };
    let inner = AnyBlock { header, uncles: Vec::new(), transactions, withdrawals: block.body.withdrawals };
    SimulatedBlock { inner, calls: calls.results }
}

fn transaction(header: &Header, hash: B256, index: usize, (call, sender): (Transaction, Address)) -> RpcTransaction {
    RpcTransaction {
        effective_gas_price: Some(call.effective_gas_price(header.base_fee_per_gas)),
        inner: Recovered::new_unchecked(call, sender),
        block_hash: Some(hash),
        block_number: Some(header.number),
        transaction_index: Some(index as u64),
        block_timestamp: Some(header.timestamp),
    }
}

fn receipt(kind: TxType, ran: &Ran, cumulative_gas_used: u64) -> ReceiptEnvelope {
    let logs = match &ran.outcome.result {
        ExecutionResult::Success { logs, .. } => logs.clone(),
        _ => Vec::new(),
    };
    let status = Eip658Value::Eip658(ran.outcome.result.is_success());
    let receipt = Receipt { status, cumulative_gas_used, logs };
    let logs_bloom = receipt.bloom_slow();
    let receipt = ReceiptWithBloom { receipt, logs_bloom };
    match kind {
        TxType::Legacy => ReceiptEnvelope::Legacy(receipt),
        TxType::Eip2930 => ReceiptEnvelope::Eip2930(receipt),
        TxType::Eip1559 => ReceiptEnvelope::Eip1559(receipt),
        TxType::Eip4844 => ReceiptEnvelope::Eip4844(receipt),
        TxType::Eip7702 => ReceiptEnvelope::Eip7702(receipt),
    }
}

/// `logs`: with their numbers in the block.
fn result(ran: Ran, logs: Vec<(u64, Log)>) -> SimCallResult {
    let gas = *ran.outcome.result.gas();
    let mut result = SimCallResult {
        gas_used: gas.tx_gas_used(),
        max_used_gas: Some(gas.total_gas_spent().max(gas.floor_gas())),
        ..SimCallResult::default()
    };
    match ran.outcome.result {
        ExecutionResult::Success { output, .. } => {
            result.status = true;
            result.return_data = output.into_data();
            let numbered = |(number, inner)| RpcLog { inner, log_index: Some(number), ..RpcLog::default() };
            result.logs = logs.into_iter().map(numbered).collect();
        }
        ExecutionResult::Revert { output, .. } => {
            let message = match revert_reason(&output) {
                Some(reason) => format!("execution reverted: {reason}"),
                None => "execution reverted".to_owned(),
            };
            let code = SimulateError::EXECUTION_REVERTED_CODE;
            // The output stands in the error alone, as in geth.
            result.error = Some(SimulateError { code, message, data: Some(output) });
        }
        ExecutionResult::Halt { reason, .. } => {
            let message = words::halt(&reason, ran.last).into_owned();
            result.error = Some(SimulateError { code: code::HALTED, message, data: None });
        }
    }
    result
}

/// Why a call may not stand where it does, which is the answer to the whole simulation.
fn error(failure: Failure, transaction: &TxEnv, block: &BlockEnv) -> RpcError {
    let Failure::Invalid(reason) = failure else { return failure.without_transaction() };
    let code = match &reason {
        InvalidTransaction::NonceTooLow { .. } => code::NONCE_TOO_LOW,
        InvalidTransaction::NonceTooHigh { .. } => code::NONCE_TOO_HIGH,
        InvalidTransaction::GasPriceLessThanBasefee => code::BASE_FEE_TOO_LOW,
        InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
        | InvalidTransaction::GasFloorMoreThanGasLimit { .. } => code::INTRINSIC_GAS,
        InvalidTransaction::LackOfFundForMaxFee { .. } | InvalidTransaction::OverflowPaymentInTransaction => {
            code::INSUFFICIENT_FUNDS
        }
        InvalidTransaction::RejectCallerWithCode => code::SENDER_IS_CONTRACT,
        InvalidTransaction::CreateInitCodeSizeLimit => code::INIT_CODE_SIZE,
        _ => rpc::error::INVALID_PARAMS,
    };
    RpcError::new(code, words::invalid(&reason, transaction, block))
}

/// A step outside the calls that failed: an override broke a system contract, or the state could not be read.
fn failed(error: executor::Error) -> RpcError {
    match error {
        executor::Error::Invalid(invalid) => RpcError::invalid_input(invalid.to_string()),
        _ => RpcError::internal("the state could not be read"),
    }
}
