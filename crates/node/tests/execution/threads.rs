//! Contracts with threads (spec 0005): calls and traces give what a block gives, and what plain calls give.

use crate::{
    assembly::assemble,
    traces::{Traced, signed},
    world::*,
};
use alloy_rpc_types_eth::simulate::{SimBlock, SimulatePayload};
use alloy_rpc_types_trace::{
    geth::{CallConfig, GethDefaultTracingOptions},
    parity::{TraceType, VmTrace},
};
use node::{execution, trace};
use primitives::{Address, B256, Bytes, Fork, ThreadActivation, ThreadGas, U256, alloy_primitives::hex, keccak256};
use rpc::backend::CallOutcome;

/// By the keywords.
const WORDS: Address = Address::repeat_byte(0x20);
/// By the library, as any compiler makes it.
const LIBRARY: Address = Address::repeat_byte(0x21);
/// Four threads that add to two slots and read a third, of which two fail.
const COUNTER: Address = Address::repeat_byte(0x22);
const TEXT: &[u8] = b"one fish two fish red fish blue fish  one more and then the very last fish";

fn deployed(json: &str) -> Vec<u8> {
    let artefact: serde_json::Value = serde_json::from_str(json).unwrap();
    let code = &artefact["deployedBytecode"];
    hex::decode(code.as_str().or(code["object"].as_str()).unwrap()).unwrap()
}

fn counter() -> Vec<u8> {
    let each = |step: &dyn Fn(u64) -> String| (1..=4).map(step).collect::<String>();
    let spawns = each(&|number| format!("{number} 0 MSTORE 32 0 100000 {number} SUBSOL POP "));
    let joins = each(&|number| format!("0 0 {number} JOIN POP "));
    // What is read after the spawns is warm for no thread of them.
    assemble(&format!(
        "CALLDATASIZE 32 EQ @thread JUMPI {spawns} 7 SLOAD POP {joins} 1 9 SSTORE STOP
         thread: 7 SLOAD POP 1 0 CALLDATALOAD AND DUP1 SLOAD 1 ADD SWAP1 SSTORE
         0 CALLDATALOAD 0 0 LOG1 2 0 CALLDATALOAD GT @fail JUMPI STOP fail: 0 0 REVERT"
    ))
}

fn world(threads: bool) -> World {
    let mut world = World::new(Fork::Prague);
    world.chain.threads = threads.then(|| ThreadActivation { timestamp: 0, gas: ThreadGas::default() });
    let keywords = include_str!("../../../../contracts/threads/artefacts/WordCount.sol/WordCount.json");
    world.deploy(WORDS, deployed(keywords));
    world.deploy(LIBRARY, deployed(include_str!("../../../../contracts/artefacts/WordCount.json")));
    world.deploy(COUNTER, counter());
    world
}

/// A call with a text.
fn words(signature: &str) -> Bytes {
    let mut input = keccak256(signature)[..4].to_vec();
    input.extend(U256::from(32).to_be_bytes::<32>());
    input.extend(U256::from(TEXT.len()).to_be_bytes::<32>());
    input.extend(TEXT);
    input.resize(input.len().next_multiple_of(32) + 4, 0);
    input.into()
}

fn success(outcome: CallOutcome) -> Bytes {
    match outcome {
        CallOutcome::Success(output) => output,
        other => panic!("{other:?}"),
    }
}

/// A block of calls from one sender.
fn traced(world: World, calls: &[(Address, Bytes)]) -> Traced {
    let calls = (0..).zip(calls);
    let transactions = calls.map(|(nonce, (to, input))| signed(nonce, (*to).into(), 0, input.clone(), 3_000_000));
    let transactions: Vec<_> = transactions.collect();
    let senders = vec![ALICE; transactions.len()];
    Traced::new(world, transactions, senders)
}

fn all() -> [(Address, Bytes); 6] {
    [
        (WORDS, words("main(bytes)")),
        (LIBRARY, words("main(bytes)")),
        (WORDS, words("mainWithdrawn(bytes)")),
        (WORDS, words("mainSerial(bytes)")),
        (COUNTER, Bytes::new()),
        (COUNTER, Bytes::new()),
    ]
}

#[test]
fn a_call_gives_what_plain_calls_give() {
    let world = world(true);
    let call = |to, signature: &str| success(world.call(&request(transaction(to, words(signature)))).unwrap());
    let serial = call(WORDS, "mainSerial(bytes)");
    assert!(serial.len() > 500);
    assert_eq!(call(WORDS, "main(bytes)"), serial);
    assert_eq!(call(LIBRARY, "main(bytes)"), serial);
    let half = call(WORDS, "mainWithdrawn(bytes)");
    assert!(half == call(LIBRARY, "mainWithdrawn(bytes)") && half != serial);
}

/// Gas and outcome of a call are those of a transaction.
#[test]
fn what_is_estimated_is_enough_and_little_less_is_not() {
    let world = world(true);
    for (to, input) in all() {
        let gas = world.estimate(&request(transaction(to, input.clone()))).unwrap();
        let with = |gas: u64| {
            let sent = vec![signed(0, to.into(), 0, input.clone(), gas)];
            let traced = Traced::new(self::world(true), sent, vec![ALICE]);
            traced.execution.receipts[0].status()
        };
        assert!(with(gas), "{to} {gas}");
        assert!(!with(gas * 9 / 10), "{to} {gas}");
    }
}

#[test]
fn an_access_list_has_what_threads_touch_and_not_the_system_contract() {
    let world = world(true);
    let list = |to, input| {
        let request = request(transaction(to, input));
        execution::create_access_list(&world.base(), &request, &budget().0).unwrap()
    };
    let counted = list(COUNTER, Bytes::new());
    assert_eq!(counted.error, None);
    let slots: Vec<B256> = [0, 1, 7, 9].map(|slot| B256::from(U256::from(slot))).to_vec();
    let found: Vec<_> = counted.access_list.0.iter().map(|item| (item.address, item.storage_keys.clone())).collect();
    assert_eq!(found, [(COUNTER, slots)]);
    assert_eq!(list(LIBRARY, words("main(bytes)")).access_list.0, []);
}

#[test]
fn a_simulated_block_gives_what_a_block_gives() {
    let world = world(true);
    let calls = all().map(|(to, input)| transaction(to, input)).to_vec();
    let payload =
        SimulatePayload { block_state_calls: vec![SimBlock { calls, ..SimBlock::default() }], ..Default::default() };
    let root_after = |diff: &access_list::StateDiff| Ok(world.root_after(diff));
    let blocks = execution::simulate(&world.base(), &root_after, &payload, &budget().0).unwrap();
    let traced = traced(self::world(true), &all());
    let simulated: Vec<_> = blocks[0].calls.iter().map(|call| (call.status, call.gas_used, call.logs.len())).collect();
    let receipts = traced.execution.receipts.iter().zip(traced.gas_used());
    let expected: Vec<_> = receipts.map(|(receipt, gas)| (receipt.status(), gas, receipt.logs().len())).collect();
    assert_eq!(simulated, expected);
}

#[test]
fn traces_agree_with_the_receipts_and_show_each_thread_as_a_call() {
    let traced = traced(world(true), &all());
    let frames = traced.call_frames(CallConfig { with_log: Some(true), ..CallConfig::default() });
    for (frame, (gas, receipt)) in frames.iter().zip(traced.gas_used().into_iter().zip(&traced.execution.receipts)) {
        assert_eq!((frame.gas_used, frame.error.is_none()), (U256::from(gas), receipt.status()));
    }
    let calls: Vec<usize> = frames.iter().map(|frame| frame.calls.len()).collect();
    assert_eq!(calls, [2, 2, 1, 0, 4, 4]);
    for (frame, of) in frames.iter().zip(all()) {
        assert!(frame.calls.iter().all(|call| (call.from, call.to, call.typ.as_str()) == (of.0, Some(of.0), "CALL")));
    }
    // Two threads log and end well, two log and revert, which takes their logs back.
    let failed: Vec<bool> = frames[4].calls.iter().map(|call| call.error.is_some()).collect();
    assert_eq!(failed, [false, false, true, true]);
    assert_eq!(traced.execution.receipts[4].logs().len(), 2);
    let flat = trace::call_traces(&traced.base(), &budget().0).unwrap();
    assert_eq!(flat.len(), 6 + 2 + 2 + 1 + 4 + 4);
}

/// The steps of a thread stand under the instruction that settled it, which is seen again for each.
#[test]
fn struct_logs_have_the_steps_of_threads_in_their_order() {
    let traced = traced(world(true), &all());
    for (frame, gas) in traced.struct_logs(GethDefaultTracingOptions::default()).iter().zip(traced.gas_used()) {
        assert_eq!(frame.gas, gas);
        let logs = &frame.struct_logs;
        assert!(logs.iter().all(|log| log.op != "Unknown"));
        let enters = logs.windows(2).filter(|pair| pair[0].depth < pair[1].depth);
        assert!(enters.clone().all(|pair| pair[1].pc == 0 && pair[0].op != "JUMPDEST"));
    }
    let logs = traced.struct_logs(GethDefaultTracingOptions::default()).swap_remove(4).struct_logs;
    let outer: Vec<&str> = logs.iter().filter(|log| log.depth == 1).map(|log| log.op.as_ref()).collect();
    assert_eq!(outer.iter().filter(|op| **op == "SUBSOL").count(), 4);
    assert_eq!(outer.iter().filter(|op| **op == "JOIN").count(), 4 + 4, "once more for each thread");
    let entered: Vec<&str> =
        logs.windows(2).filter(|pair| pair[0].depth < pair[1].depth).map(|pair| pair[0].op.as_ref()).collect();
    assert_eq!(entered, ["JOIN"; 4]);
    assert_eq!(logs.last().map(|log| log.op.as_ref()), Some("STOP"));
}

#[test]
fn instructions_of_threads_hang_below_the_one_that_settled_them() {
    fn count(trace: &VmTrace, name: &str) -> (usize, usize) {
        let named = trace.ops.iter().filter(|op| op.op.as_deref() == Some(name));
        let with_inner = named.clone().filter(|op| op.sub.is_some()).count();
        (named.count(), with_inner)
    }
    let traced = traced(world(true), &all());
    let replayed = trace::replay_block(&traced.base(), &[TraceType::VmTrace].into_iter().collect(), &budget().0);
    let replayed = replayed.unwrap();
    let trace = replayed[4].full_trace.vm_trace.as_ref().unwrap();
    assert_eq!((count(trace, "SUBSOL"), count(trace, "JOIN"), count(trace, "CALL")), ((4, 0), (8, 4), (0, 0)));
    let inner = trace.ops.iter().find_map(|op| op.sub.as_ref()).unwrap();
    assert_eq!(count(inner, "SSTORE"), (1, 0));
}

/// On a chain without threads the same bytes are what they are on Ethereum: no instructions, and an account without code.
#[test]
fn without_threads_the_same_code_is_as_on_ethereum() {
    let world = world(false);
    let call = |to, signature: &str| world.call(&request(transaction(to, words(signature)))).unwrap();
    assert!(matches!(call(WORDS, "main(bytes)"), CallOutcome::Halt(reason) if reason.contains("invalid opcode")));
    assert!(matches!(call(LIBRARY, "main(bytes)"), CallOutcome::Revert(_)));
    let serial = success(call(WORDS, "mainSerial(bytes)"));
    assert_eq!(serial, success(call(LIBRARY, "mainSerial(bytes)")));
    let traced = traced(world, &all());
    let frames = traced.call_frames(CallConfig::default());
    for (frame, (gas, receipt)) in frames.iter().zip(traced.gas_used().into_iter().zip(&traced.execution.receipts)) {
        assert_eq!((frame.gas_used, frame.error.is_none()), (U256::from(gas), receipt.status()));
    }
    let ends: Vec<bool> = traced.execution.receipts.iter().map(|receipt| receipt.status()).collect();
    assert_eq!(ends, [false, false, false, true, false, false]);
    let list = execution::create_access_list(
        &self::world(false).base(),
        &request(transaction(LIBRARY, words("main(bytes)"))),
        &budget().0,
    );
    assert_eq!(list.unwrap().access_list.0.len(), 1, "an account like any other is called");
}
