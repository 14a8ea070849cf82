//! Calls that ask for much: each ends with an answer or a clear error, and the node goes on.

use crate::{Client, Running, U256, manual};
use primitives::{Address, Bytes, alloy_primitives::hex};
use rpc::limits::{CALL_GAS_MAX, LOG_BLOCKS_MAX, SIMULATE_BLOCKS_MAX};
use serde_json::{Value, json};

const CONTRACT: Address = Address::repeat_byte(0x44);

/// Gives the gas that is left: `GAS, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN`.
const GAS_LEFT: &str = "0x5a5f5260205ff3";
/// `JUMPDEST, PUSH0, JUMP`.
const ENDLESS: &str = "0x5b5f56";

/// The node answers, and makes blocks.
fn is_alive(node: &Running, client: &mut Client) {
    let before = node.node.chain().number();
    client.ask("evm_mine", json!([]));
    assert_eq!(node.node.chain().number(), before + 1);
    assert!(node.node.chain().failure().is_none());
}

#[test]
fn a_call_has_so_much_gas_and_no_more() {
    let node = manual();
    let mut client = node.client();
    client.ask("anvil_setCode", json!([CONTRACT, GAS_LEFT]));
    let mut left = |gas: u64| -> U256 {
        let answer = client.ask("eth_call", json!([{ "to": CONTRACT, "gas": format!("{gas:#x}") }, "latest"]));
        answer.as_str().expect("a word").parse().expect("a number")
    };
    let [below, at, above] = [CALL_GAS_MAX - 1, CALL_GAS_MAX, CALL_GAS_MAX + 1].map(&mut left);
    assert_eq!(at - below, U256::ONE);
    assert_eq!((at, at), (above, left(u64::MAX)), "more is taken for as much as there is");
    node.stop();
}

#[test]
fn a_megabyte_of_code_in_place_of_an_account_is_answered() {
    let node = manual();
    let mut client = node.client();
    // It jumps over all that is of no use to it.
    let mut code = hex::decode("620ffff057").expect("code");
    code.resize(1 << 20, 0x5b);
    for code in [Bytes::from(code), vec![0x5b; 1 << 20].into(), vec![0xfe; 1 << 20].into()] {
        let overrides = json!({ CONTRACT.to_string(): { "code": code } });
        let answer = client.answer("eth_call", json!([{ "to": CONTRACT, "gas": "0x2faf080" }, "latest", overrides]));
        let is_refused = answer["error"]["code"].is_i64() && answer["error"]["message"].is_string();
        assert!(is_refused || answer["result"].is_string(), "{answer}");
    }
    let slots: serde_json::Map<String, Value> =
        (0..7_000).map(|slot| (format!("{slot:#066x}"), json!(format!("{:#066x}", slot + 1)))).collect();
    let overrides = json!({ CONTRACT.to_string(): { "code": GAS_LEFT, "stateDiff": slots } });
    assert!(client.ask("eth_call", json!([{ "to": CONTRACT }, "latest", overrides])).is_string());
    is_alive(&node, &mut client);
    node.stop();
}

#[test]
fn an_endless_loop_ends_with_its_gas_or_its_time() {
    let node = manual();
    let mut client = node.client();
    client.ask("anvil_setCode", json!([CONTRACT, ENDLESS]));
    let call = json!({ "to": CONTRACT, "gas": "0xffffffff" });
    for method in ["eth_call", "eth_estimateGas"] {
        let (code, text) = client.error(method, json!([call, "latest"]));
        assert!([-32000, -32002].contains(&code), "{method}: {code} {text}");
    }
    // What it has touched until then is an answer, and says how it ended.
    let list = client.answer("eth_createAccessList", json!([call, "latest"]));
    assert!(list["error"]["code"] == -32002 || list["result"]["error"] == "out of gas", "{list}");
    is_alive(&node, &mut client);
    node.stop();
}

#[test]
fn ten_thousand_simulated_calls_share_the_gas_of_one() {
    let node = manual();
    let mut client = node.client();
    client.ask("anvil_setCode", json!([CONTRACT, ENDLESS]));
    let one = json!({ "from": node.address(0), "to": CONTRACT, "gas": "0x186a0" });
    let payload = json!({ "blockStateCalls": [{ "calls": vec![one; 10_000] }] });
    let (code, text) = client.error("eth_simulateV1", json!([payload, "latest"]));
    // Each is given what the ones before it have left.
    assert!(code == -32002 || (code == -38013 && text.contains("intrinsic gas too low")), "{code} {text}");
    let calls = |count: usize| {
        let plain = json!({ "from": node.address(0), "to": CONTRACT, "gas": "0x5208" });
        let blocks = vec![json!({ "calls": [plain] }); count];
        json!([{ "blockStateCalls": blocks, "validation": false }, "latest"])
    };
    let (code, text) = client.error("eth_simulateV1", calls(SIMULATE_BLOCKS_MAX + 1));
    assert_eq!((code, text.as_str()), (-38026, "too many blocks"));
    is_alive(&node, &mut client);
    node.stop();
}

#[test]
fn all_logs_there_are_may_be_asked_for() {
    let node = manual();
    let mut client = node.client();
    client.ask("anvil_mine", json!(["0x64"]));
    for to in ["latest", "0xffffffffffffffff", &format!("{LOG_BLOCKS_MAX:#x}")] {
        let logs = client.ask("eth_getLogs", json!([{ "fromBlock": "earliest", "toBlock": to }]));
        assert_eq!(logs, json!([]), "{to}");
    }
    is_alive(&node, &mut client);
    node.stop();
}
