//! Calls, estimates and traces on the chain's own blocks.

use crate::{U256, instant, manual, number};
use primitives::{Address, Bytes, alloy_primitives::TxKind};
use serde_json::json;

const SOMEBODY: Address = Address::repeat_byte(0x33);

/// Gives the balance of its caller: `CALLER, BALANCE, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN`.
const BALANCE_OF_CALLER: &str = "0x33315f5260205ff3";

#[test]
fn calls_see_edits_and_history() {
    let node = manual();
    let mut client = node.client();
    let contract = Address::repeat_byte(0x44);
    client.ask("anvil_setCode", json!([contract, BALANCE_OF_CALLER]));
    client.ask("evm_mine", json!([]));
    client.ask("anvil_setBalance", json!([SOMEBODY, "0x64"]));
    let call = json!({ "from": SOMEBODY, "to": contract });
    let balance = |answer: serde_json::Value| -> U256 { answer.as_str().expect("a word").parse().expect("a number") };
    assert_eq!(balance(client.ask("eth_call", json!([call, "latest"]))), U256::from(100));
    client.ask("evm_mine", json!([]));
    assert_eq!(balance(client.ask("eth_call", json!([call, "latest"]))), U256::from(100));
    assert_eq!(balance(client.ask("eth_call", json!([call, "0x1"]))), U256::ZERO);
    let estimate = json!([{ "from": node.address(0), "to": SOMEBODY, "value": "0x1" }]);
    assert_eq!(number(&client.ask("eth_estimateGas", estimate)), 21_000);
    node.stop();
}

#[test]
fn a_block_on_an_edit_is_traced_as_it_ran() {
    let node = instant();
    let mut client = node.client();
    let contract = Address::repeat_byte(0x44);
    client.ask("anvil_setCode", json!([contract, BALANCE_OF_CALLER]));
    let (hash, bytes) = node.signed(0, 0, TxKind::Call(contract), U256::ZERO, Bytes::from_static(&[1]));
    client.ask("eth_sendRawTransaction", json!([bytes]));
    let receipt = client.receipt(hash);
    let trace = client.ask("debug_traceTransaction", json!([hash, { "tracer": "callTracer" }]));
    assert_eq!(trace["gasUsed"], receipt["gasUsed"]);
    assert_eq!(trace["output"].as_str().map(str::len), Some(66), "the code ran: {trace}");
    let calls = client.ask("trace_block", json!([receipt["blockNumber"]]));
    assert_eq!(calls.as_array().map(Vec::len), Some(1));
    node.stop();
}
