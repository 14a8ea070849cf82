//! Traces of a block, compared with what the engine makes of it.

use crate::{assembly::assemble, world::*};
use alloy_rpc_types_eth::TransactionRequest;
use alloy_rpc_types_trace::{
    geth::{
        AccountState, CallConfig, CallFrame, DefaultFrame, DiffMode, GethDebugBuiltInTracerType,
        GethDebugTracingCallOptions, GethDebugTracingOptions, GethDefaultTracingOptions, GethTrace, PreStateConfig,
        PreStateFrame, TraceResult,
    },
    parity::{Action, TraceType},
};
use executor::{BlockExecution, Engine, Plan, PreparedBlock};
use node::trace::{self, BlockBase};
use primitives::{
    Address, B256, Block, Bytes, Fork, Header, Transaction, U256,
    alloy_consensus::{BlockBody, SignableTransaction, TxEip1559, TxReceipt},
    alloy_primitives::{Signature, TxKind},
};
use rpc::{
    RpcError,
    backend::{Budget, CallOutcome, ChainBlock},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// A block that the engine has executed, to be traced.
pub(crate) struct Traced {
    world: World,
    block: ChainBlock,
    pub(crate) execution: BlockExecution,
}

pub(crate) fn signed(nonce: u64, to: TxKind, value: u64, input: Bytes, gas_limit: u64) -> Transaction {
    let transaction = TxEip1559 {
        chain_id: 1,
        nonce,
        gas_limit,
        max_fee_per_gas: 100,
        max_priority_fee_per_gas: 2,
        to,
        value: U256::from(value),
        input,
        ..TxEip1559::default()
    };
    Transaction::Eip1559(transaction.into_signed(Signature::new(U256::ONE, U256::ONE, false)))
}

/// A block in which transactions depend on each other and fail in several ways.
fn traced() -> Traced {
    traced_at(Fork::Prague)
}

fn traced_at(fork: Fork) -> Traced {
    let world = World::new(fork);
    let deploying = Bytes::from(assemble("0xfe 0 MSTORE8 7 3 SSTORE 1 0 RETURN"));
    let calls: [(Address, TxKind, u64, Bytes); 8] = [
        (ALICE, TOKEN.into(), 0, transfer(BOB, 10)),
        (BOB, TOKEN.into(), 0, transfer(MINER, 10)),
        (ALICE, FORWARDER.into(), 5, Bytes::new()),
        (ALICE, REVERTER.into(), 0, Bytes::new()),
        (ALICE, TxKind::Create, 3, deploying),
        (BOB, READER.into(), 0, Bytes::new()),
        (ALICE, CLEARER.into(), 0, Bytes::new()),
        (ALICE, LOOP.into(), 0, Bytes::new()),
    ];
    let mut nonces: BTreeMap<Address, u64> = BTreeMap::new();
    let (mut transactions, mut senders) = (Vec::new(), Vec::new());
    for (sender, to, value, input) in calls {
        let nonce = nonces.entry(sender).or_default();
        transactions.push(signed(*nonce, to, value, input, 200_000));
        senders.push(sender);
        *nonce += 1;
    }
    Traced::new(world, transactions, senders)
}

impl Traced {
    /// The next block of a world.
    pub(crate) fn new(world: World, transactions: Vec<Transaction>, senders: Vec<Address>) -> Self {
        let header =
            Header { number: 101, timestamp: 1_000_012, parent_hash: world.header.hash_slow(), ..world.header.clone() };
        let body = BlockBody { transactions, ommers: vec![], withdrawals: Some(Default::default()) };
        let block = Block { header, body };
        let prepared = PreparedBlock::new(&world.chain, &block, &senders);
        let execution = Engine::new(1).unwrap().execute(&prepared, &world.state, &Plan::default()).unwrap();
        drop(prepared);
        let block = ChainBlock { hash: block.header.hash_slow(), block, senders };
        Self { world, block, execution }
    }

    pub(crate) fn base(&self) -> BlockBase<'_> {
        let World { chain, state, codes, .. } = &self.world;
        BlockBase { chain, block: &self.block, state, codes }
    }

    /// The trace of every transaction; one by one it is the same.
    fn traces(&self, options: &GethDebugTracingOptions) -> Vec<GethTrace> {
        let results = trace::trace_block(&self.base(), options, &budget().0).unwrap();
        let traces: Vec<GethTrace> = results
            .into_iter()
            .zip(&self.block.block.body.transactions)
            .map(|(result, transaction)| match result {
                TraceResult::Success { result, tx_hash } if tx_hash == Some(*transaction.tx_hash()) => result,
                other => panic!("{other:?}"),
            })
            .collect();
        for (position, expected) in traces.iter().enumerate() {
            let alone = trace::trace_transaction(&self.base(), position, options, &budget().0).unwrap();
            assert_eq!(alone, *expected, "{position}");
        }
        traces
    }

    /// Gas that each transaction used, by its receipt.
    pub(crate) fn gas_used(&self) -> Vec<u64> {
        let sums: Vec<u64> = self.execution.receipts.iter().map(TxReceipt::cumulative_gas_used).collect();
        sums.iter().scan(0, |before, sum| Some(sum - std::mem::replace(before, *sum))).collect()
    }

    pub(crate) fn call_frames(&self, config: CallConfig) -> Vec<CallFrame> {
        let traces = self.traces(&GethDebugTracingOptions::call_tracer(config));
        traces.into_iter().map(|trace| trace.try_into_call_frame().unwrap()).collect()
    }

    pub(crate) fn struct_logs(&self, config: GethDefaultTracingOptions) -> Vec<DefaultFrame> {
        let options = GethDebugTracingOptions { config, ..GethDebugTracingOptions::default() };
        self.traces(&options).into_iter().map(|trace| trace.try_into_default_frame().unwrap()).collect()
    }
}

#[test]
fn struct_logs_agree_with_the_receipts() {
    let traced = traced();
    let frames = traced.struct_logs(GethDefaultTracingOptions::default());
    for (frame, (gas, receipt)) in frames.iter().zip(traced.gas_used().iter().zip(&traced.execution.receipts)) {
        assert_eq!((frame.gas, frame.failed), (*gas, !receipt.status()));
    }
    // Without calls and input the costs of all instructions are what was paid, but for the refund.
    let cleared: Vec<_> = frames[6].struct_logs.iter().map(|log| (log.op.as_ref(), log.gas_cost)).collect();
    assert_eq!(cleared, [("PUSH1", 3), ("PUSH1", 3), ("SSTORE", 5_000), ("STOP", 0)]);
    assert_eq!(frames[6].gas, 21_000 + 3 + 3 + 5_000 - 4_800);
    assert_eq!(frames[6].struct_logs[0].gas, 200_000 - 21_000);
    assert_eq!(frames[3].return_value, Bytes::from(reason("no luck")));
    let depths: BTreeSet<u64> = frames[2].struct_logs.iter().map(|log| log.depth).collect();
    assert_eq!(depths, [1, 2].into());
}

#[test]
fn every_fork_is_traced_by_its_own_rules() {
    for fork in [Fork::London, Fork::Paris, Fork::Shanghai, Fork::Cancun, Fork::Osaka, Fork::Amsterdam] {
        let traced = traced_at(fork);
        let frames = traced.call_frames(CallConfig::default());
        for (frame, (gas, receipt)) in frames.iter().zip(traced.gas_used().iter().zip(&traced.execution.receipts)) {
            assert_eq!((frame.gas_used, frame.error.is_none()), (U256::from(*gas), receipt.status()), "{fork}");
        }
    }
}

#[test]
fn struct_logs_hold_what_is_asked_for() {
    let traced = traced();
    let log = |config: GethDefaultTracingOptions| traced.struct_logs(config).swap_remove(5).struct_logs.pop().unwrap();
    let plain = log(GethDefaultTracingOptions::default());
    assert!(plain.stack.is_some() && plain.memory.is_none() && plain.return_data.is_none());
    let full = log(GethDefaultTracingOptions::default().with_enable_memory(true).with_enable_return_data(true));
    assert!(full.memory.is_some_and(|memory| memory.len() == 1) && full.return_data.is_some());
    let bare = log(GethDefaultTracingOptions::default().with_disable_stack(true).with_disable_storage(true));
    assert!(bare.stack.is_none() && bare.storage.is_none());
    let options = GethDefaultTracingOptions { limit: Some(2), ..GethDefaultTracingOptions::default() };
    assert_eq!(traced.struct_logs(options)[0].struct_logs.len(), 2);
}

#[test]
fn call_trees_are_those_of_the_contracts() {
    let traced = traced();
    let frames = traced.call_frames(CallConfig { with_log: Some(true), ..CallConfig::default() });
    for (frame, gas) in frames.iter().zip(traced.gas_used()) {
        assert_eq!((frame.gas_used, frame.gas), (U256::from(gas), U256::from(200_000)));
    }
    let tree = |frame: &CallFrame| (frame.from, frame.to.unwrap(), frame.value.unwrap_or_default().to::<u64>());
    assert_eq!(tree(&frames[2]), (ALICE, FORWARDER, 5));
    assert_eq!(frames[2].calls.iter().map(tree).collect::<Vec<_>>(), [(FORWARDER, REVERTER, 1), (FORWARDER, BOB, 5)]);
    assert_eq!(frames[2].calls[0].revert_reason.as_deref(), Some("no luck"));
    assert_eq!(frames[2].calls[0].error.as_deref(), Some("execution reverted"));
    assert_eq!((frames[4].typ.as_str(), frames[4].to), ("CREATE", Some(ALICE.create(3))));
    assert_eq!(frames[7].error.as_deref(), Some("out of gas"));
    for (frame, receipt) in frames.iter().zip(&traced.execution.receipts) {
        assert_eq!(frame.logs.len(), receipt.logs().len());
        assert_eq!(frame.error.is_none(), receipt.status());
    }
    let top = traced.call_frames(CallConfig { only_top_call: Some(true), ..CallConfig::default() });
    assert!(top.iter().all(|frame| frame.calls.is_empty() && frame.logs.is_empty()));
}

/// What the engine recorded of a transaction, with the fee that it pays outside of the record, as a difference of
/// states.
fn recorded(traced: &Traced, position: usize) -> BTreeMap<Address, (Option<AccountState>, AccountState)> {
    let executed = traced.execution.executed[position].as_ref().unwrap();
    let mut diff = BTreeMap::new();
    for (access, slots) in executed.record.iter() {
        let slots: Vec<_> = slots.iter().filter(|slot| slot.is_changed()).collect();
        if !access.is_changed() && slots.is_empty() {
            continue;
        }
        let (before, after) = (access.before.unwrap_or_default(), access.after.unwrap_or_default());
        let mut post = AccountState {
            balance: (before.balance != after.balance).then_some(after.balance),
            nonce: (before.nonce != after.nonce).then_some(after.nonce),
            ..AccountState::default()
        };
        let deployed = executed.record.deployed.iter().find(|(hash, _)| *hash == after.code_hash);
        post.code = deployed.filter(|_| before.code_hash != after.code_hash).map(|(_, code)| code.clone());
        for slot in slots.iter().filter(|slot| !slot.after.is_zero()) {
            post.storage.insert(B256::from(slot.slot), B256::from(slot.after));
        }
        let pre = access.before.map(|before| {
            let mut pre = AccountState { balance: Some(before.balance), ..AccountState::default() };
            for slot in slots.iter().filter(|slot| !slot.before.is_zero()) {
                pre.storage.insert(B256::from(slot.slot), B256::from(slot.before));
            }
            pre
        });
        diff.insert(access.address, (pre, post));
    }
    diff
}

#[test]
fn differences_of_states_are_those_that_the_engine_recorded() {
    let traced = traced();
    let config = PreStateConfig { diff_mode: Some(true), ..PreStateConfig::default() };
    let traces = traced.traces(&GethDebugTracingOptions::prestate_tracer(config));
    let mut paid = U256::ZERO;
    for (position, trace) in traces.into_iter().enumerate() {
        let PreStateFrame::Diff(DiffMode { mut pre, mut post }) = trace.try_into_pre_state_frame().unwrap() else {
            panic!("no difference")
        };
        paid += U256::from(2 * traced.gas_used()[position]);
        assert_eq!(post.remove(&MINER).unwrap().balance, Some(paid));
        pre.remove(&MINER);
        let expected = recorded(&traced, position);
        let (posts, pres): (BTreeMap<_, _>, BTreeMap<_, _>) =
            expected.into_iter().map(|(address, (pre, post))| ((address, post), (address, pre))).unzip();
        assert_eq!(post, posts, "{position}");
        for (address, expected) in pres {
            let Some(expected) = expected else {
                assert!(!pre.contains_key(&address));
                continue;
            };
            let pre = &pre[&address];
            assert_eq!((pre.balance, &pre.storage), (expected.balance, &expected.storage), "{position} {address}");
        }
    }
}

/// The contract of beacon roots was called before the first transaction.
#[test]
fn transactions_see_what_the_block_did_before_them() {
    let traced = traced();
    let traces = traced.traces(&GethDebugTracingOptions::prestate_tracer(PreStateConfig::default()));
    let PreStateFrame::Default(prestate) = traces[5].clone().try_into_pre_state_frame().unwrap() else { panic!() };
    let contract = primitives::alloy_eips::eip4788::BEACON_ROOTS_ADDRESS;
    assert_eq!(prestate.0[&contract].storage[&B256::ZERO], B256::repeat_byte(0xbe));
    let PreStateFrame::Default(second) = traces[1].clone().try_into_pre_state_frame().unwrap() else { panic!() };
    assert_eq!(second.0[&TOKEN].storage[&B256::from(balance_slot(BOB))], B256::from(U256::from(10)));
}

#[test]
fn small_tracers() {
    let traced = traced();
    let tracer = |tracer: GethDebugBuiltInTracerType| traced.traces(&GethDebugTracingOptions::new_tracer(tracer));
    let four = tracer(GethDebugBuiltInTracerType::FourByteTracer)[0].clone().try_into_four_byte_frame().unwrap();
    assert_eq!(four.0.into_iter().collect::<Vec<_>>(), [("0xa9059cbb-64".to_owned(), 1)]);
    assert!(matches!(tracer(GethDebugBuiltInTracerType::NoopTracer)[0], GethTrace::NoopTracer(_)));

    let options: GethDebugTracingOptions = serde_json::from_value(serde_json::json!({
        "tracer": "muxTracer",
        "tracerConfig": { "callTracer": { "withLog": true }, "4byteTracer": null },
    }))
    .unwrap();
    let mux = serde_json::to_value(&traced.traces(&options)[2]).unwrap();
    let frames = traced.call_frames(CallConfig { with_log: Some(true), ..CallConfig::default() });
    assert_eq!(mux["callTracer"]["calls"], serde_json::to_value(&frames[2].calls).unwrap());
    assert!(mux["4byteTracer"].is_object());

    let script = GethDebugTracingOptions::new_tracer(alloy_rpc_types_trace::geth::GethDebugTracerType::JsTracer(
        "{}".to_owned(),
    ));
    let error = trace::trace_block(&traced.base(), &script, &budget().0).unwrap_err();
    assert_eq!(error.message, "JavaScript tracers are not supported");
    let beyond = trace::trace_transaction(&traced.base(), 8, &GethDebugTracingOptions::default(), &budget().0);
    assert_eq!(beyond.unwrap_err(), RpcError::transaction_not_found());
}

#[test]
fn flat_traces_are_the_trees_laid_flat() {
    fn count(frame: &CallFrame) -> usize {
        1 + frame.calls.iter().map(count).sum::<usize>()
    }
    let traced = traced();
    let frames = traced.call_frames(CallConfig::default());
    let traces = trace::call_traces(&traced.base(), &budget().0).unwrap();
    assert_eq!(traces.len(), frames.iter().map(count).sum::<usize>());
    let third: Vec<_> = traces.iter().filter(|trace| trace.transaction_position == Some(2)).collect();
    let paths: Vec<_> = third.iter().map(|trace| trace.trace.trace_address.clone()).collect();
    assert_eq!(paths, [vec![], vec![0], vec![1]]);
    assert_eq!(third[1].trace.error.as_deref(), Some("Reverted"));
    assert!(matches!(&third[2].trace.action, Action::Call(call) if call.to == BOB && call.value == U256::from(5)));
    assert!(traces.iter().all(|trace| trace.block_hash == Some(traced.block.hash)));
    let flat = traced.traces(&GethDebugTracingOptions::new_tracer(GethDebugBuiltInTracerType::FlatCallTracer));
    let flat: usize = flat.into_iter().map(|trace| trace.try_into_flat_call_frame().unwrap().len()).sum();
    assert_eq!(flat, traces.len());

    let kinds = [TraceType::Trace, TraceType::StateDiff, TraceType::VmTrace].into_iter().collect();
    let replayed = trace::replay_block(&traced.base(), &kinds, &budget().0).unwrap();
    for (position, result) in replayed.iter().enumerate() {
        let own: Vec<_> = traces.iter().filter(|trace| trace.transaction_position == Some(position as u64)).collect();
        assert_eq!(result.full_trace.trace, own.iter().map(|trace| trace.trace.clone()).collect::<Vec<_>>());
        assert!(result.full_trace.vm_trace.is_some());
        let mut changed: BTreeSet<Address> = recorded(&traced, position).into_keys().collect();
        changed.insert(MINER);
        let diff = result.full_trace.state_diff.as_ref().unwrap();
        assert_eq!(diff.0.keys().copied().collect::<BTreeSet<_>>(), changed, "{position}");
    }
}

#[test]
fn calls_are_traced() {
    let traced = traced();
    let world = &traced.world;
    let sent = request(TransactionRequest { from: Some(BOB), ..transaction(TOKEN, transfer(MINER, 5)) });
    assert!(matches!(world.call(&sent).unwrap(), CallOutcome::Revert(_)));
    let tracing_options = GethDebugTracingOptions::call_tracer(CallConfig::default());
    let frame = |tx_index| {
        let options =
            GethDebugTracingCallOptions { tx_index, ..GethDebugTracingCallOptions::new(tracing_options.clone()) };
        trace::trace_call(&world.base(), Some(&traced.base()), &sent, &options, &budget().0)
    };
    let failed = |tx_index| frame(tx_index).unwrap().try_into_call_frame().unwrap().error.is_some();
    // Bob has tokens between the first and the second transaction only.
    assert_eq!([None, Some(0), Some(1), Some(2)].map(failed), [true, true, false, true]);
    assert!(frame(Some(9)).is_err());

    let kinds = [TraceType::Trace].into_iter().collect();
    let result = trace::replay_call(&world.base(), &to(CALLER), &kinds, &budget().0).unwrap();
    assert_eq!(result.trace.len(), 2);
}

#[test]
fn tracing_ends_with_its_time_or_space() {
    let traced = traced();
    let (short, _client) = Budget::new(u64::MAX / 2, Duration::from_millis(50));
    let options = GethDebugTracingCallOptions::new(GethDebugTracingOptions::call_tracer(CallConfig::default()));
    let error = trace::trace_call(&traced.world.base(), None, &to(LOOP), &options, &short).unwrap_err();
    assert_eq!(error, RpcError::timeout());
    let (ended, client) = Budget::new(1, Duration::from_secs(60));
    drop(client);
    assert_eq!(trace::call_traces(&traced.base(), &ended).unwrap_err(), RpcError::timeout());

    let mut wide = to(BOB);
    let code = Bytes::from(assemble("top: 1 100000 MSTORE @top JUMP"));
    let account = alloy_rpc_types_eth::state::AccountOverride::default().with_code(code);
    wide.state = Some([(BOB, account)].into_iter().collect());
    let config = GethDefaultTracingOptions::default().with_enable_memory(true);
    let options = GethDebugTracingCallOptions::new(GethDebugTracingOptions { config, ..Default::default() });
    let error = trace::trace_call(&traced.world.base(), None, &wide, &options, &budget().0).unwrap_err();
    assert_eq!(error.code, rpc::error::LIMIT_EXCEEDED);
}
