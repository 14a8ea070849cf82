//! What developers do to a chain.

use crate::{Mining, U256, ether, instant, latest, manual, number, start};
use primitives::{Address, B256, keccak256};
use serde_json::{Value, json};

const SOMEBODY: Address = Address::repeat_byte(0x66);

#[test]
fn a_revert_brings_everything_back() {
    let node = instant();
    let mut client = node.client();
    let (_, bytes) = node.transfer(0, 0, SOMEBODY, ether(1));
    let before = client.ask("evm_snapshot", json!([]));
    client.ask("eth_sendRawTransaction", json!([bytes]));
    client.until("eth_blockNumber", &json!([]), |block| number(block) == 1);
    client.ask("anvil_setBalance", json!([SOMEBODY, "0x7"]));
    let inner = client.ask("evm_snapshot", json!([]));
    assert_eq!(client.ask("evm_revert", json!([before])), json!(true));
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 0);
    assert_eq!(latest(&mut client, SOMEBODY), U256::ZERO);
    assert_eq!(client.ask("evm_revert", json!([before])), json!(false), "a snapshot serves once");
    assert_eq!(client.ask("evm_revert", json!([inner])), json!(false), "later ones go with it");
    // The same transaction is new again, and the chain goes on.
    client.ask("eth_sendRawTransaction", json!([bytes]));
    client.until("eth_blockNumber", &json!([]), |block| number(block) == 1);
    assert_eq!(latest(&mut client, SOMEBODY), ether(1));
    node.stop();
}

/// `REVERT` with the output of `Error("no")`, which lies behind the code.
fn reverting() -> String {
    let word = |value: u64| format!("{value:064x}");
    let output = format!("08c379a0{}{}6e6f{}", word(32), word(2), "0".repeat(60));
    format!("0x6064600a5f3960645ffd{output}")
}

#[test]
fn blocks_that_are_mined_in_detail_tell_outputs_and_reasons() {
    let node = manual();
    let mut client = node.client();
    client.ask("anvil_setCode", json!([SOMEBODY, reverting()]));
    client.ask("anvil_setBalance", json!([SOMEBODY, "0xde0b6b3a7640000"]));
    // From a contract, without a signature and without leave.
    let request = json!([{ "from": SOMEBODY, "to": SOMEBODY, "gas": "0x186a0" }]);
    let hash = client.ask("eth_sendUnsignedTransaction", request);
    let blocks = client.ask("evm_mine_detailed", json!([{ "blocks": 2 }]));
    let transaction = &blocks[0]["transactions"][0];
    assert_eq!((&transaction["hash"], &transaction["revertReason"]), (&hash, &json!("no")));
    assert_eq!(transaction["output"].as_str().map(str::len), Some(2 + 2 * 100));
    assert_eq!(
        (number(&blocks[1]["number"]), &blocks[1]["transactions"], blocks.as_array().map(Vec::len)),
        (2, &json!([]), Some(2))
    );
    assert_eq!(client.ask("eth_getTransactionReceipt", json!([hash]))["status"], "0x0");
    let (code, text) = client.error("eth_sendUnsignedTransaction", json!([{ "to": SOMEBODY }]));
    assert_eq!((code, text.as_str()), (-32602, "invalid argument 0: missing from"));
    node.stop();
}

#[test]
fn edits_are_seen_at_once_and_are_in_the_next_root() {
    let node = manual();
    let mut client = node.client();
    client.ask("evm_mine", json!([]));
    client.ask("anvil_setBalance", json!([SOMEBODY, "0x64"]));
    client.ask("anvil_setNonce", json!([SOMEBODY, "0x5"]));
    client.ask("anvil_setCode", json!([SOMEBODY, "0x6001"]));
    client.ask("anvil_setStorageAt", json!([SOMEBODY, "0x1", B256::with_last_byte(9)]));
    let check = |client: &mut crate::Client, block: &str| {
        assert_eq!(number(&client.ask("eth_getBalance", json!([SOMEBODY, block]))), 100);
        assert_eq!(number(&client.ask("eth_getTransactionCount", json!([SOMEBODY, block]))), 5);
        assert_eq!(client.ask("eth_getCode", json!([SOMEBODY, block])), json!("0x6001"));
        let slot = client.ask("eth_getStorageAt", json!([SOMEBODY, "0x1", block]));
        assert_eq!(slot, json!(B256::with_last_byte(9)));
    };
    check(&mut client, "latest");
    client.ask("evm_mine", json!([]));
    check(&mut client, "latest");
    check(&mut client, "0x2");
    assert_eq!(number(&client.ask("eth_getBalance", json!([SOMEBODY, "0x1"]))), 0, "history stays what it was");
    let proof = client.ask("eth_getProof", json!([SOMEBODY, ["0x1"], "latest"]));
    assert_eq!(number(&proof["balance"]), 100);
    assert_eq!(proof["codeHash"], json!(keccak256([0x60, 0x01])));
    assert_eq!(number(&proof["storageProof"][0]["value"]), 9);
    client.ask("anvil_setBalance", json!([SOMEBODY, "0x0"]));
    assert_eq!(latest(&mut client, SOMEBODY), U256::ZERO);
    node.stop();
}

#[test]
fn impersonated_accounts_need_no_key() {
    let node = instant();
    let mut client = node.client();
    client.ask("anvil_setBalance", json!([SOMEBODY, "0xde0b6b3a7640000"]));
    let request = json!([{ "from": SOMEBODY, "to": node.address(0), "value": "0x1", "gas": "0x5208" }]);
    client.error("eth_sendTransaction", request.clone());
    client.ask("anvil_impersonateAccount", json!([SOMEBODY]));
    let hash = client.ask("eth_sendTransaction", request.clone());
    let receipt = client.receipt(&hash);
    assert_eq!(receipt["from"], json!(format!("{SOMEBODY:#x}")));
    client.ask("anvil_stopImpersonatingAccount", json!([SOMEBODY]));
    client.error("eth_sendTransaction", request);
    node.stop();
}

#[test]
fn time_and_fees_are_what_they_are_set_to() {
    let node = manual();
    let mut client = node.client();
    client.ask("evm_setNextBlockTimestamp", json!([4_000_000_000_u64]));
    client.ask("anvil_setNextBlockBaseFeePerGas", json!(["0x7"]));
    client.ask("evm_setBlockGasLimit", json!(["0x1c9c380"]));
    client.ask("evm_mine", json!([]));
    let block = client.ask("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(number(&block["timestamp"]), 4_000_000_000);
    assert_eq!(number(&block["baseFeePerGas"]), 7);
    assert_eq!(number(&block["gasLimit"]), 30_000_000);
    client.ask("evm_increaseTime", json!([1000]));
    client.ask("anvil_mine", json!(["0x3", "0x3c"]));
    let block = client.ask("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(number(&block["number"]), 4);
    assert!(number(&block["timestamp"]) >= 4_000_001_000 + 120, "{block}");
    let (code, _) = client.error("evm_setNextBlockTimestamp", json!([5]));
    assert_eq!(code, -32602);
    node.stop();
}

#[test]
fn a_reset_leaves_the_genesis() {
    let node = manual();
    let mut client = node.client();
    client.ask("anvil_mine", json!(["0x5"]));
    client.ask("anvil_rollback", json!(["0x2"]));
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 3);
    client.ask("anvil_reset", json!([]));
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 0);
    client.ask("evm_mine", json!([]));
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 1);
    node.stop();
}

#[test]
fn a_contract_that_is_impersonated_sends() {
    let node = instant();
    let mut client = node.client();
    client.ask("anvil_setCode", json!([SOMEBODY, "0x00"]));
    client.ask("anvil_setBalance", json!([SOMEBODY, "0xde0b6b3a7640000"]));
    client.ask("anvil_impersonateAccount", json!([SOMEBODY]));
    let request = json!([{ "from": SOMEBODY, "to": node.address(0), "value": "0x1" }]);
    let hash = client.ask("eth_sendTransaction", request);
    assert_eq!(client.receipt(&hash)["status"], json!("0x1"));
    let trace = client.ask("debug_traceTransaction", json!([hash, { "tracer": "callTracer" }]));
    assert_eq!(trace["from"], json!(format!("{SOMEBODY:#x}")));
    node.stop();
}

#[test]
fn another_chain_identifier_holds_from_now_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = start(Some(folder.path()), Mining::Instant);
    let mut client = node.client();
    let (_, bytes) = node.transfer(0, 0, SOMEBODY, ether(1));
    let hash = client.ask("eth_sendRawTransaction", json!([bytes]));
    let before = client.receipt(&hash);
    client.ask("anvil_setChainId", json!([77]));
    assert_eq!(client.ask("eth_chainId", json!([])), json!("0x4d"));
    assert_eq!(client.ask("net_version", json!([])), json!("77"));
    let (_, bytes) = node.transfer(0, 1, SOMEBODY, ether(1));
    let (_, text) = client.error("eth_sendRawTransaction", json!([bytes]));
    assert!(text.contains("invalid chain id"), "{text}");
    // CHAINID, MSTORE, RETURN.
    client.ask("anvil_setCode", json!([SOMEBODY, "0x4660005260206000f3"]));
    assert_eq!(number(&client.ask("eth_call", json!([{ "to": SOMEBODY }]))), 77);
    let request = json!([{ "from": node.address(0), "to": SOMEBODY, "value": "0x1" }]);
    let hash = client.ask("eth_sendTransaction", request);
    assert_eq!(number(&client.receipt(&hash)["status"]), 1);
    // Earlier blocks are executed again by the identifier that they had.
    client.ask("debug_traceTransaction", json!([before["transactionHash"], { "tracer": "callTracer" }]));
    node.stop();
    let node = start(Some(folder.path()), Mining::Instant);
    assert_eq!(node.client().ask("eth_chainId", json!([])), json!("0x4d"), "it is kept with the blocks");
    node.stop();
}

#[test]
fn a_state_is_carried_to_another_node() {
    let node = instant();
    let mut client = node.client();
    let (_, bytes) = node.transfer(0, 0, SOMEBODY, ether(1));
    let hash = client.ask("eth_sendRawTransaction", json!([bytes]));
    client.receipt(&hash);
    // What no block has committed yet is a part of it, and what is zero is not.
    client.ask("anvil_setCode", json!([Address::repeat_byte(0x55), "0x6001"]));
    client.ask("anvil_setStorageAt", json!([Address::repeat_byte(0x55), "0x1", B256::with_last_byte(9)]));
    client.ask("anvil_setStorageAt", json!([Address::repeat_byte(0x55), "0x2", B256::ZERO]));
    let state = client.ask("anvil_dumpState", json!([]));
    let other = instant();
    let mut there = other.client();
    assert_eq!(there.ask("anvil_loadState", json!([state])), json!(true));
    let check = |there: &mut crate::Client| {
        assert_eq!(latest(there, SOMEBODY), ether(1));
        assert_eq!(there.ask("eth_getCode", json!([Address::repeat_byte(0x55), "latest"])), json!("0x6001"));
        let slot = there.ask("eth_getStorageAt", json!([Address::repeat_byte(0x55), "0x1", "latest"]));
        assert_eq!(slot, json!(B256::with_last_byte(9)));
        assert_eq!(number(&there.ask("eth_getTransactionCount", json!([other.address(0), "latest"]))), 1);
    };
    check(&mut there);
    there.ask("evm_mine", json!([]));
    check(&mut there);
    for wrong in ["0x", "0x1f8b", "0x7b7d"] {
        let (code, _) = there.error("anvil_loadState", json!([wrong]));
        assert_eq!(code, -32602, "{wrong}");
    }
    other.stop();
    node.stop();
}

#[test]
fn a_reorganisation_replaces_the_last_blocks() {
    let node = instant();
    let mut client = node.client();
    let mut old = Vec::new();
    for nonce in 0..3 {
        let (_, bytes) = node.transfer(0, nonce, SOMEBODY, ether(1));
        let hash = client.ask("eth_sendRawTransaction", json!([bytes]));
        old.push(client.receipt(&hash));
    }
    let (raw, bytes) = node.transfer(0, 1, SOMEBODY, ether(5));
    let unsigned = json!({ "from": node.address(1), "to": SOMEBODY, "value": "0x1" });
    client.ask("anvil_reorg", json!([2, [[bytes, 0], [unsigned, 1], [unsigned, 1]]]));
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 3);
    let second = client.ask("eth_getBlockByNumber", json!(["0x2", false]));
    let third = client.ask("eth_getBlockByNumber", json!(["0x3", false]));
    assert_ne!(second["hash"], old[1]["blockHash"]);
    assert_eq!(second["transactions"], json!([raw]));
    assert_eq!(third["transactions"].as_array().map(Vec::len), Some(2));
    assert_eq!(third["parentHash"], second["hash"]);
    assert!(client.ask("eth_getTransactionReceipt", json!([old[2]["transactionHash"]])).is_null());
    assert_eq!(latest(&mut client, SOMEBODY), ether(6) + U256::from(2));
    client.error("anvil_reorg", json!([9]));
    client.error("anvil_reorg", json!([1, [[bytes, 1]]]));
    node.stop();
}

#[test]
fn pending_is_the_block_that_would_be_made_now() {
    let node = manual();
    let mut client = node.client();
    let (hash, bytes) = node.transfer(0, 0, SOMEBODY, ether(1));
    let empty = client.ask("eth_getBlockByNumber", json!(["pending", false]));
    assert_eq!((number(&empty["number"]), empty["transactions"].as_array().map(Vec::len)), (1, Some(0)));
    client.ask("eth_sendRawTransaction", json!([bytes]));
    let pending = client.ask("eth_getBlockByNumber", json!(["pending", false]));
    assert_eq!(pending["transactions"], json!([hash]));
    let balance = |client: &mut crate::Client, block: &str| client.ask("eth_getBalance", json!([SOMEBODY, block]));
    assert_eq!(balance(&mut client, "latest"), json!("0x0"));
    assert_eq!(balance(&mut client, "pending"), json!("0xde0b6b3a7640000"));
    assert_eq!(number(&client.ask("eth_getBlockTransactionCountByNumber", json!(["pending"]))), 1);
    assert_eq!(number(&client.ask("eth_blockNumber", json!([]))), 0, "nothing was made");
    assert!(client.ask("eth_getTransactionReceipt", json!([hash])).is_null());
    client.ask("evm_mine", json!([]));
    let made = client.ask("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(made["transactions"], pending["transactions"]);
    node.stop();
}

/// The answer to a question that gives one number.
fn uint(client: &mut crate::Client, contract: &Value, input: &str) -> U256 {
    let answer = client.ask("eth_call", json!([{ "to": contract, "input": input }]));
    answer.as_str().expect("a word").parse().expect("a number")
}

#[test]
fn a_token_gives_what_a_developer_says() {
    let node = instant();
    let mut client = node.client();
    let token: Value = serde_json::from_str(include_str!("../../../../contracts/artefacts/Token.json")).expect("JSON");
    let word = |address: Address| address.into_word();
    let code = token["bytecode"].as_str().expect("code");
    let input = format!("{code}{:x}{:x}", word(node.address(0)), B256::with_last_byte(100));
    let hash = client.ask("eth_sendTransaction", json!([{ "from": node.address(0), "input": input }]));
    let address = client.receipt(&hash)["contractAddress"].take();
    client.ask("anvil_dealERC20", json!([SOMEBODY, address, "0x2a"]));
    client.ask("anvil_setERC20Allowance", json!([SOMEBODY, node.address(1), address, "0x7"]));
    let balance_of = |account| format!("0x70a08231{:x}", word(account));
    assert_eq!(uint(&mut client, &address, &balance_of(SOMEBODY)), U256::from(42));
    assert_eq!(uint(&mut client, &address, &balance_of(node.address(0))), U256::from(100));
    let allowance = format!("0xdd62ed3e{:x}{:x}", word(SOMEBODY), word(node.address(1)));
    assert_eq!(uint(&mut client, &address, &allowance), U256::from(7));
    client.error("anvil_dealERC20", json!([SOMEBODY, SOMEBODY, "0x2a"]));
    let sent = client.ask("eth_getTransactionBySenderAndNonce", json!([node.address(0), "0x0"]));
    assert_eq!(sent["hash"], hash);
    assert!(client.ask("eth_getTransactionBySenderAndNonce", json!([node.address(0), "0x9"])).is_null());
    node.stop();
}
