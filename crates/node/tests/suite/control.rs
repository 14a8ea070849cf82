//! What developers do to a chain.

use crate::{U256, ether, instant, latest, manual, number};
use primitives::{Address, B256, keccak256};
use serde_json::json;

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
fn what_is_not_offered_says_so() {
    let node = manual();
    let mut client = node.client();
    for (method, params) in [("anvil_dumpState", json!([])), ("anvil_setChainId", json!(["0x1"]))] {
        let (code, text) = client.error(method, params);
        assert_eq!(code, -32004, "{method}: {text}");
    }
    let (_, text) = client.error("debug_traceTransaction", json!([B256::ZERO]));
    assert_eq!(text, "transaction not found");
    node.stop();
}
