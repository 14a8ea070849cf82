//! What methods answer, where no schema says it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use primitives::{
    B256, Bytes,
    alloy_consensus::BlobTransactionSidecar,
    alloy_eips::{
        eip4844::{Blob, Bytes48, kzg_to_versioned_hash},
        eip7594::BlobTransactionSidecarVariant,
    },
};
use rpc::{Namespace, methods};
use serde_json::{Value, json};

use crate::{
    ask, dispatcher,
    http::raw_transaction,
    mock::{Mock, SENDER, TARGET, legacy},
};

/// The list in the crate's page, which is read off the tables.
fn listed() -> String {
    let mut by_namespace = BTreeMap::<Namespace, Vec<String>>::new();
    for method in methods::all() {
        let names: Vec<_> = method.names.iter().map(|name| format!("`{name}`")).collect();
        let costly = if method.is_costly() { "\\*" } else { "" };
        by_namespace.entry(method.namespace).or_default().push(names.join(" = ") + costly);
    }
    let mut page =
        String::from("| namespace | methods; those with * are costly, = joins names of one method |\n|---|---|\n");
    for (namespace, mut names) in by_namespace {
        names.sort_unstable();
        page += &format!("| `{namespace}` | {} |\n", names.join(", "));
    }
    page
}

#[test]
fn the_page_lists_every_method() {
    let page = include_str!("../../README.md");
    assert!(page.contains(&listed()), "the list in README.md should be:\n\n{}", listed());
}

#[test]
fn names_are_given_once() {
    let mut seen = BTreeSet::new();
    for name in methods::all().flat_map(|method| method.names) {
        assert!(seen.insert(*name), "{name} twice");
        assert!(name.contains('_'), "{name} has no namespace");
    }
}

async fn result(dispatcher: &rpc::Dispatcher, method: &str, params: Value) -> Value {
    let mut answer = ask(dispatcher, method, params.clone()).await;
    assert!(answer.get("error").is_none(), "{method} {params}: {answer}");
    answer["result"].take()
}

#[tokio::test]
async fn modules_are_those_that_are_offered() {
    let mock = Arc::new(Mock::dev());
    let modules = result(&dispatcher(&mock), "rpc_modules", json!([])).await;
    for module in [
        "eth", "net", "web3", "debug", "trace", "ots", "erigon", "txpool", "evm", "anvil", "hardhat", "personal",
        "parallax", "rpc",
    ] {
        assert_eq!(modules[module], "1.0", "{modules}");
    }
    let public = dispatcher(&Arc::new(Mock::new())).offering(rpc::Namespaces::PUBLIC);
    let modules = result(&public, "rpc_modules", json!([])).await;
    assert_eq!(modules, json!({ "eth": "1.0", "net": "1.0", "web3": "1.0", "rpc": "1.0", "parallax": "1.0" }));
}

#[tokio::test]
async fn all_five_types_come_out_right() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let block = result(&dispatcher, "eth_getBlockByNumber", json!(["0x2", true])).await;
    let receipts = result(&dispatcher, "eth_getBlockReceipts", json!(["0x2"])).await;
    for at in 0..5 {
        let (transaction, receipt) = (&block["transactions"][at], &receipts[at]);
        let kind = format!("{at:#x}");
        assert_eq!((&transaction["type"], &receipt["type"]), (&json!(kind), &json!(kind)));
        assert_eq!(transaction["from"], json!(SENDER));
        assert_eq!(receipt["gasUsed"], "0x5208", "the difference of two sums");
        assert_eq!(receipt["logs"][0]["logIndex"], json!(format!("{at:#x}")));
        assert_eq!(receipt["transactionIndex"], json!(format!("{at:#x}")));
        let hash = &transaction["hash"];
        assert_eq!(&result(&dispatcher, "eth_getTransactionByHash", json!([hash])).await, transaction);
        assert_eq!(&result(&dispatcher, "eth_getTransactionReceipt", json!([hash])).await, receipt);
        let index = json!(["0x2", format!("{at:#x}")]);
        assert_eq!(&result(&dispatcher, "eth_getTransactionByBlockNumberAndIndex", index.clone()).await, transaction);
        let raw = result(&dispatcher, "eth_getRawTransactionByBlockNumberAndIndex", index).await;
        assert_eq!(result(&dispatcher, "debug_getRawTransaction", json!([hash])).await, raw);
    }
    assert_eq!(receipts[1]["contractAddress"], json!(SENDER.create(2)), "a creation");
    assert_eq!(receipts[2]["effectiveGasPrice"], json!("0x3b9aca07"), "base fee and tip");
    assert_eq!((&receipts[3]["blobGasUsed"], &receipts[3]["blobGasPrice"]), (&json!("0x20000"), &json!("0x1")));
    assert_eq!(receipts[0].get("blobGasUsed"), None);
    assert!(block["transactions"][4]["authorizationList"].is_array());
    assert_eq!(result(&dispatcher, "eth_getTransactionByHash", json!([block["hash"]])).await, Value::Null);
    assert_eq!(result(&dispatcher, "eth_getBlockByNumber", json!(["0x99", true])).await, Value::Null);
}

#[tokio::test]
async fn filters_tell_what_came_and_what_left() {
    let mock = Arc::new(Mock::new());
    let dispatcher = dispatcher(&mock);
    let blocks = result(&dispatcher, "eth_newBlockFilter", json!([])).await;
    let logs = result(&dispatcher, "eth_newFilter", json!([{ "address": TARGET }])).await;
    let other = result(&dispatcher, "eth_newFilter", json!([{ "address": SENDER }])).await;
    let pending = result(&dispatcher, "eth_newPendingTransactionFilter", json!([])).await;
    let changes = async |filter: &Value| result(&dispatcher, "eth_getFilterChanges", json!([filter])).await;
    for filter in [&blocks, &logs, &other, &pending] {
        assert_eq!(changes(filter).await, json!([]), "nothing yet");
    }
    let first = mock.append(vec![legacy(20)]);
    mock.take_back();
    let second = mock.append(vec![legacy(21)]);
    let third = mock.append(Vec::new());
    assert_eq!(changes(&blocks).await, json!([second.hash, third.hash]));
    let told = changes(&logs).await;
    assert_eq!(told.as_array().expect("logs").len(), 1, "a block that came and left in between was never told: {told}");
    assert_ne!(first.hash, second.hash);
    mock.take_back();
    mock.take_back();
    let fourth = mock.append(vec![legacy(22)]);
    let told = changes(&logs).await;
    let told: Vec<_> =
        told.as_array().expect("logs").iter().map(|log| (log["blockHash"].clone(), log["removed"].clone())).collect();
    assert_eq!(told, [(json!(second.hash), json!(true)), (json!(fourth.hash), json!(false))]);
    assert_eq!(changes(&blocks).await, json!([fourth.hash]));
    assert_eq!(changes(&other).await, json!([]));
    let transaction = legacy(30);
    mock.pool_transaction(transaction.clone());
    assert_eq!(changes(&pending).await, json!([transaction.tx_hash()]));
    assert_eq!(result(&dispatcher, "eth_getFilterLogs", json!([logs])).await.as_array().expect("logs").len(), 1);
    assert_eq!(ask(&dispatcher, "eth_getFilterLogs", json!([blocks])).await["error"]["message"], "filter not found");
    assert_eq!(result(&dispatcher, "eth_uninstallFilter", json!([logs])).await, true);
    assert_eq!(result(&dispatcher, "eth_uninstallFilter", json!([logs])).await, false);
    assert_eq!(ask(&dispatcher, "eth_getFilterChanges", json!([logs])).await["error"]["message"], "filter not found");
}

#[tokio::test]
async fn logs_are_searched() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let count =
        async |filter: Value| result(&dispatcher, "eth_getLogs", json!([filter])).await.as_array().expect("logs").len();
    let topic = crate::mock::TOPIC;
    assert_eq!(count(json!({})).await, 5, "the latest block");
    assert_eq!(count(json!({ "fromBlock": "earliest", "toBlock": "latest" })).await, 6);
    assert_eq!(count(json!({ "fromBlock": "0x1", "toBlock": "0x1", "topics": [topic] })).await, 1);
    assert_eq!(count(json!({ "fromBlock": "0x0", "topics": [null, topic] })).await, 0);
    assert_eq!(count(json!({ "fromBlock": "0x0", "address": [SENDER, TARGET] })).await, 6);
    assert_eq!(count(json!({ "fromBlock": "0x9", "toBlock": "0x9" })).await, 0);
    let error = ask(&dispatcher, "eth_getLogs", json!([{ "blockHash": topic }])).await;
    assert_eq!(error["error"], json!({ "code": -32000, "message": "unknown block" }));
    let many: Vec<_> = (0..1001).map(|at| format!("0x{at:040x}")).collect();
    assert_eq!(count(json!({ "address": many[..1000] })).await, 0);
    assert_eq!(ask(&dispatcher, "eth_getLogs", json!([{ "address": many }])).await["error"]["code"], -32602);
}

#[tokio::test]
async fn a_transaction_goes_in_and_its_receipt_comes() {
    let mock = Arc::new(Mock::new());
    let dispatcher = dispatcher(&mock);
    let raw = format!("0x{}", raw_transaction(40));
    let (receipt, ()) = tokio::join!(result(&dispatcher, "eth_sendRawTransactionSync", json!([raw])), async {
        while rpc::backend::Pool::status(&*mock).0 == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(result(&dispatcher, "txpool_status", json!([])).await, json!({ "pending": "0x1", "queued": "0x0" }));
        mock.mine();
    });
    assert_eq!(receipt["status"], "0x1");
    let raw = format!("0x{}", raw_transaction(41));
    let hash = result(&dispatcher, "eth_sendRawTransaction", json!([raw])).await;
    let again = ask(&dispatcher, "eth_sendRawTransaction", json!([raw])).await;
    assert_eq!(again["error"]["message"], "already known");
    assert_eq!(result(&dispatcher, "eth_getTransactionByHash", json!([hash])).await["blockHash"], Value::Null);
    assert_eq!(result(&dispatcher, "eth_getTransactionCount", json!([SENDER, "pending"])).await, "0x2a");
    assert_eq!(result(&dispatcher, "eth_getTransactionCount", json!([SENDER, "latest"])).await, "0x6");
    let content = result(&dispatcher, "txpool_content", json!([])).await;
    assert_eq!(content["pending"][SENDER.to_checksum(None)]["41"]["hash"], hash);
    let raw = format!("0x{}", raw_transaction(42));
    let late = ask(&dispatcher, "eth_sendRawTransactionSync", json!([raw, "0x1"])).await;
    assert_eq!(late["error"]["code"], 4);
    assert_eq!(late["error"]["data"], json!(crate::mock::eip1559(42).tx_hash()));
}

#[tokio::test]
async fn transactions_are_filled_and_signed() {
    let mock = Arc::new(Mock::dev());
    let dispatcher = dispatcher(&mock);
    assert_eq!(result(&dispatcher, "eth_accounts", json!([])).await, json!([SENDER]));
    let request = json!([{ "from": SENDER, "to": TARGET, "value": "0x5" }]);
    let filled = result(&dispatcher, "eth_fillTransaction", request.clone()).await;
    let expected = json!({
        "type": "0x2", "chainId": "0x7a69", "nonce": "0x6", "gas": "0x5208", "to": TARGET, "value": "0x5",
        "maxFeePerGas": "0x7744d640", "maxPriorityFeePerGas": "0xf4240", "accessList": [], "input": "0x",
    });
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(&filled["tx"][key], value, "{key} of {filled}");
    }
    assert!(filled["raw"].as_str().expect("bytes").starts_with("0x02"));
    let hash = result(&dispatcher, "eth_sendTransaction", request.clone()).await;
    assert_eq!(result(&dispatcher, "eth_getTransactionByHash", json!([hash])).await["nonce"], "0x6");
    let signed = result(&dispatcher, "eth_signTransaction", request).await;
    assert_eq!(signed["tx"]["nonce"], "0x7", "after the one in the pool");
    let unknown = json!([{ "from": TARGET, "to": TARGET }]);
    assert_eq!(ask(&dispatcher, "eth_sendTransaction", unknown.clone()).await["error"]["message"], "unknown account");
    result(&dispatcher, "hardhat_impersonateAccount", json!([TARGET])).await;
    assert_eq!(result(&dispatcher, "eth_sendTransaction", unknown).await, json!(format!("0x{}", "09".repeat(32))));
    let empty = ask(&dispatcher, "eth_fillTransaction", json!([{ "from": SENDER }])).await;
    assert_eq!(empty["error"]["message"], "contract creation without any data provided");
}

#[tokio::test]
async fn messages_are_signed_over_the_right_digests() {
    let mock = Arc::new(Mock::dev());
    let dispatcher = dispatcher(&mock);
    // The example of EIP-712.
    let data: Value = serde_json::from_str(include_str!("eip712.json")).expect("JSON");
    let digest = "sign 0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2";
    result(&dispatcher, "eth_signTypedData_v4", json!([SENDER, data])).await;
    result(&dispatcher, "eth_signTypedData_v3", json!([SENDER, data.to_string()])).await;
    let hello = "sign 0x50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750";
    result(&dispatcher, "eth_sign", json!([SENDER, "0x68656c6c6f"])).await;
    result(&dispatcher, "personal_sign", json!(["0x68656c6c6f", SENDER, "password"])).await;
    let told = mock.dev.as_ref().expect("a development node").told.lock().clone();
    assert_eq!(told, [digest, digest, hello, hello]);
    assert_eq!(ask(&dispatcher, "eth_signTypedData_v4", json!([SENDER, {}])).await["error"]["code"], -32602);
}

#[tokio::test]
async fn development_methods_reach_the_node() {
    let mock = Arc::new(Mock::dev());
    let dispatcher = dispatcher(&mock);
    let calls = [
        ("evm_mine", json!([]), "mine 1 None"),
        ("hardhat_mine", json!(["0x10", "0x3c"]), "mine 16 Some(60)"),
        ("anvil_mine", json!([2]), "mine 2 None"),
        ("evm_setNextBlockTimestamp", json!([1_800_000_000]), "timestamp 1800000000"),
        ("evm_setAutomine", json!([false]), "automine false"),
        ("evm_setIntervalMining", json!([5]), "interval 5"),
        ("evm_setBlockGasLimit", json!(["0x5208"]), "gas limit 21000"),
        ("hardhat_setNextBlockBaseFeePerGas", json!(["0x7"]), "base fee 7"),
        ("anvil_setMinGasPrice", json!(["0x8"]), "min price 8"),
        ("anvil_setNonce", json!([SENDER, "0x9"]), &format!("nonce {SENDER} 9")),
        ("hardhat_setBalance", json!([SENDER, "0xa"]), &format!("balance {SENDER} 10")),
        ("anvil_setCode", json!([SENDER, "0x00"]), &format!("code {SENDER} 0x00")),
        (
            "hardhat_setStorageAt",
            json!([SENDER, "0x1", format!("0x{:064x}", 2)]),
            &format!("storage {SENDER} 1 0x{:064x}", 2),
        ),
        ("anvil_dropAllTransactions", json!([]), "drop None"),
        ("anvil_setLoggingEnabled", json!([false]), "logging false"),
        ("hardhat_setLoggingEnabled", json!([true]), "logging true"),
        ("evm_mine_detailed", json!([{ "blocks": 0 }]), "mine 0 None"),
        ("anvil_rollback", json!([2]), "rollback 2"),
        ("anvil_reorg", json!([1, [["0x00", 0]]]), "reorg 1 1"),
        ("anvil_reset", json!([]), "reset"),
    ];
    for (method, params, expected) in calls {
        result(&dispatcher, method, params).await;
        let told = mock.dev.as_ref().expect("a development node").told.lock().pop();
        assert_eq!(told.as_deref(), Some(expected), "{method}");
    }
    assert_eq!(result(&dispatcher, "evm_snapshot", json!([])).await, "0x1");
    assert_eq!(result(&dispatcher, "evm_revert", json!(["0x1"])).await, true);
    assert_eq!(result(&dispatcher, "evm_revert", json!(["0x5"])).await, false);
    assert_eq!(result(&dispatcher, "hardhat_nodeInfo", json!([])).await["hardFork"], "prague");
    assert_eq!(result(&dispatcher, "anvil_enableTraces", json!([])).await, Value::Null);
    assert_eq!(result(&dispatcher, "eth_networkId", json!([])).await, "31337");
    assert_eq!(result(&dispatcher, "hardhat_metadata", json!([])).await["chainId"], 31337);
    for (method, params) in [
        ("anvil_mine", json!([100_001])),
        ("evm_mine_detailed", json!([{ "blocks": 257 }])),
        ("anvil_rollback", json!([3])),
        ("anvil_reorg", json!([1, [["0x00", 1]]])),
    ] {
        assert_eq!(ask(&dispatcher, method, params).await["error"]["code"], -32602, "{method}");
    }
    let fork = json!([{ "forking": { "jsonRpcUrl": "http://localhost" } }]);
    assert_eq!(ask(&dispatcher, "hardhat_reset", fork).await["error"]["code"], -32004);
}

#[tokio::test]
async fn blobs_are_told_whole_or_not_at_all() {
    let mock = Arc::new(Mock::dev());
    let dispatcher = dispatcher(&mock);
    let block = result(&dispatcher, "eth_getBlockByNumber", json!(["0x2", false])).await;
    let hash: B256 = block["transactions"][3].as_str().expect("a hash").parse().expect("a hash");
    assert_eq!(result(&dispatcher, "anvil_getBlobsByTransactionHash", json!([hash])).await, Value::Null);
    assert_eq!(result(&dispatcher, "anvil_getBlobsByBlockId", json!(["0x1"])).await, json!([]));
    assert_eq!(result(&dispatcher, "anvil_getBlobsByBlockId", json!(["0x9"])).await, Value::Null);
    for method in ["anvil_getBlobsByBlockId", "anvil_getBlobSidecarsByBlockId"] {
        assert_eq!(ask(&dispatcher, method, json!(["0x2"])).await["error"]["code"], -32001, "{method}");
    }
    let mut blob = Blob::ZERO;
    blob[5] = 6;
    let (commitments, proofs) = (vec![Bytes48::repeat_byte(7), Bytes48::repeat_byte(8)], vec![Bytes48::ZERO; 2]);
    let sidecar = BlobTransactionSidecar { blobs: vec![Blob::ZERO, blob], commitments, proofs };
    let versioned = kzg_to_versioned_hash(&[8; 48]);
    let kept = Arc::new(BlobTransactionSidecarVariant::Eip4844(sidecar));
    mock.dev.as_ref().expect("a development node").sidecars.lock().insert(hash, kept);
    let texts = [Blob::ZERO, blob].map(|blob| json!(Bytes::copy_from_slice(blob.as_slice())));
    assert_eq!(result(&dispatcher, "anvil_getBlobsByTransactionHash", json!([hash])).await, json!(texts));
    assert_eq!(result(&dispatcher, "anvil_getBlobByHash", json!([versioned])).await, texts[1]);
    assert_eq!(result(&dispatcher, "anvil_getBlobByHash", json!([hash])).await, Value::Null);
    assert_eq!(result(&dispatcher, "anvil_getBlobsByBlockId", json!(["0x2", [versioned]])).await, json!([texts[1]]));
    let bundle = result(&dispatcher, "anvil_getBlobSidecarsByBlockId", json!([block["hash"]])).await;
    assert_eq!((&bundle["blobs"], &bundle["proofs"]), (&json!(texts), &json!(vec![Bytes48::ZERO; 2])));
    let many = json!(["0x2", vec![versioned; 1001]]);
    assert_eq!(ask(&dispatcher, "anvil_getBlobsByBlockId", many).await["error"]["code"], -32602);
}

#[tokio::test]
async fn conflicts_are_reported() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let report = result(&dispatcher, "parallax_getConflicts", json!(["0x2", "0x2"])).await;
    let key = format!("{TARGET}[0x1]");
    assert_eq!(report["conflicts"][1], json!({ "before": 1, "after": 2, "key": key, "kind": "writeWrite" }));
    assert_eq!(report["conflictsLeftOut"], 2);
    assert_eq!((&report["work"], &report["span"]), (&json!("0x19a28"), &json!("0x19a28")));
    assert_eq!(report["hotKeys"][0]["key"], key);
    let hot = result(&dispatcher, "parallax_getHotKeys", json!(["0x0", "latest"])).await;
    assert_eq!(hot, json!([{ "key": key, "lost": "0x14820", "waiting": 4, "blocks": 1 }]));
    let what_if = result(&dispatcher, "parallax_whatIf", json!(["0x2", { "ignore": [key] }])).await;
    assert_eq!((&what_if["before"]["bound"], &what_if["after"]["bound"]), (&json!(1.0), &json!(5.0)));
    let schedule = result(&dispatcher, "parallax_getSchedule", json!(["0x2"])).await;
    assert_eq!((&schedule["policy"], &schedule["transactions"][4]["incarnations"]), (&json!("optimistic"), &json!(1)));
    let layouts = json!({ TARGET.to_string(): [{ "label": "value", "slot": "1", "offset": 0, "type": "t_uint256" }] });
    let balance = format!("{TARGET}:balance");
    let names = result(&dispatcher, "parallax_nameKeys", json!(["0x2", [key, balance], layouts])).await;
    assert_eq!(names, json!({ &key: "value" }));
    let wrong = ask(&dispatcher, "parallax_nameKeys", json!(["0x2", [key], { TARGET.to_string(): 5 }])).await;
    assert_eq!(wrong["error"]["code"], -32602);
    assert_eq!(ask(&dispatcher, "parallax_getSchedule", json!(["0x99"])).await["error"]["code"], -32001);
    assert_eq!(ask(&dispatcher, "parallax_whatIf", json!(["0x2", { "ignore": ["x"] }])).await["error"]["code"], -32602);
}

#[tokio::test]
async fn traces_are_selected() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let count =
        async |method: &str, params: Value| result(&dispatcher, method, params).await.as_array().expect("traces").len();
    assert_eq!(count("trace_block", json!(["0x2"])).await, 5);
    assert_eq!(count("trace_block", json!(["0x0"])).await, 0);
    assert_eq!(count("trace_filter", json!([{ "fromBlock": "0x0", "toAddress": [TARGET] }])).await, 6);
    assert_eq!(count("trace_filter", json!([{ "fromBlock": "0x0", "after": 2, "count": 3 }])).await, 3);
    assert_eq!(count("trace_replayBlockTransactions", json!(["0x2", ["trace"]])).await, 5);
    assert_eq!(count("debug_traceBlockByNumber", json!(["0x2", { "tracer": "callTracer" }])).await, 5);
    let block = result(&dispatcher, "eth_getBlockByNumber", json!(["0x2", false])).await;
    let hash = &block["transactions"][3];
    assert_eq!(count("trace_transaction", json!([hash])).await, 1);
    assert_eq!(result(&dispatcher, "trace_get", json!([hash, []])).await["transactionPosition"], 3);
    assert_eq!(result(&dispatcher, "debug_traceTransaction", json!([hash])).await["position"], 3);
    let message =
        async |method: &str, params: Value| ask(&dispatcher, method, params).await["error"]["message"].clone();
    assert_eq!(message("debug_traceBlockByNumber", json!(["0x0"])).await, "genesis is not traceable");
    assert_eq!(message("debug_traceTransaction", json!([block["hash"]])).await, "transaction not found");
    let none = format!("0x{:064x}", 1);
    assert_eq!(message("debug_traceBlockByHash", json!([none])).await, format!("block {none} not found"));
}

#[tokio::test]
async fn conflicts_are_traced() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let key = format!("{TARGET}[0x1]");
    let conflict = |before: u32| json!({ "before": before, "after": before + 1, "key": key, "kind": "writeWrite" });
    let expected = |position: u32, conflicts: Value| {
        json!({
            "transaction": position, "gasUsed": "0x5208", "reads": [], "writes": [key], "adds": [],
            "conflicts": conflicts, "conflictsLeftOut": 0
        })
    };
    let options = json!({ "tracer": "conflictTracer" });
    let block = result(&dispatcher, "eth_getBlockByNumber", json!(["0x2", false])).await;
    let hash = &block["transactions"][3];
    let trace = result(&dispatcher, "debug_traceTransaction", json!([hash, options])).await;
    assert_eq!(trace, expected(3, json!([conflict(2), conflict(3)])));
    for (method, id) in [("debug_traceBlockByNumber", json!("0x2")), ("debug_traceBlockByHash", block["hash"].clone())]
    {
        let traces = result(&dispatcher, method, json!([id, options])).await;
        assert_eq!(traces.as_array().map(Vec::len), Some(5));
        assert_eq!(traces[3], json!({ "txHash": hash, "result": trace }));
        assert_eq!(traces[0]["result"], expected(0, json!([conflict(0)])));
    }
    let call = ask(&dispatcher, "debug_traceCall", json!([{ "to": TARGET }, "latest", options])).await;
    assert_eq!(call["error"]["message"], "conflictTracer traces transactions of blocks, not calls");
}

#[tokio::test]
async fn otterscan_finds_its_way() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    assert_eq!(result(&dispatcher, "ots_getApiLevel", json!([])).await, 8);
    assert_eq!(result(&dispatcher, "ots_hasCode", json!([TARGET, "latest"])).await, true);
    let details = result(&dispatcher, "ots_getBlockDetails", json!([2])).await;
    assert_eq!(details["block"]["transactionCount"], 5);
    let page = result(&dispatcher, "ots_getBlockTransactions", json!([2, 0, 2])).await;
    assert_eq!(page["fullblock"]["transactions"].as_array().expect("transactions").len(), 2);
    assert_eq!(page["receipts"][1]["transactionIndex"], "0x4");
    let before = result(&dispatcher, "ots_searchTransactionsBefore", json!([TARGET, 0, 3])).await;
    assert_eq!((&before["firstPage"], &before["lastPage"]), (&json!(true), &json!(false)));
    assert_eq!(before["txs"].as_array().expect("transactions").len(), 5, "a block is never split");
    let rest = result(&dispatcher, "ots_searchTransactionsBefore", json!([TARGET, 2, 3])).await;
    assert_eq!((&rest["firstPage"], &rest["lastPage"]), (&json!(false), &json!(true)));
    assert_eq!(rest["txs"].as_array().expect("transactions").len(), 1);
    let after = result(&dispatcher, "ots_searchTransactionsAfter", json!([TARGET, 0, 25])).await;
    assert_eq!((after["txs"].as_array().expect("transactions").len(), &after["txs"][0]["nonce"]), (6, &json!("0x5")));
    let sent = result(&dispatcher, "ots_getTransactionBySenderAndNonce", json!([SENDER, 4])).await;
    assert_eq!(result(&dispatcher, "eth_getTransactionByHash", json!([sent])).await["nonce"], "0x4");
    assert_eq!(result(&dispatcher, "erigon_getHeaderByNumber", json!(["0x1"])).await["number"], "0x1");
}
