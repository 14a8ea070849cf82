//! Answers against the description that Ethereum's clients share.

use std::{path::PathBuf, sync::Arc};

use primitives::B256;
use serde_json::{Value, json};

use crate::{
    ask, dispatcher,
    http::raw_transaction,
    mock::{Mock, SENDER, TARGET, legacy},
};

/// A file of the data, unpacked, if it is there. Where `PARALLAX_DATA` is set it has to be.
#[expect(clippy::disallowed_methods, reason = "a test looks for its data")]
fn data(inside: &str) -> Option<Vec<u8>> {
    let data = std::env::var_os("PARALLAX_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data")), PathBuf::from);
    let path = data.join(inside);
    if !path.exists() {
        assert!(std::env::var_os("PARALLAX_DATA").is_none(), "{} is missing", path.display());
        eprintln!("SKIPPED: {} is missing; set PARALLAX_DATA to the data folder", path.display());
        return None;
    }
    let file = std::fs::File::open(path).expect("a file");
    Some(zstd::decode_all(file).expect("zstd"))
}

/// The requests of the shared cases are understood, and those that are wrong are told so in the same words. What they
/// are answered with is for the node to test that holds their chain.
#[tokio::test]
async fn the_requests_of_the_shared_cases_are_understood() {
    let Some(archive) = data("rpc/execution-apis-tests.tar.zst") else { return };
    let dispatcher = dispatcher(&Arc::new(Mock::dev()));
    let (mut asked, mut wrong) = (0, Vec::new());
    for entry in tar::Archive::new(&archive[..]).entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").to_string_lossy().into_owned();
        if !path.ends_with(".io") {
            continue;
        }
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).expect("text");
        let mut lines = text.lines();
        while let Some(request) = lines.by_ref().find_map(|line| line.strip_prefix(">> ")) {
            let expected = lines.by_ref().find_map(|line| line.strip_prefix("<< ")).expect("an answer");
            let expected: Value = serde_json::from_str(expected).expect("JSON");
            let found = crate::answer(&dispatcher, request.to_owned()).await.expect("an answer");
            asked += 1;
            let refused =
                |answer: &Value| [json!(-32602), json!(-32601), json!(-32600)].contains(&answer["error"]["code"]);
            if (refused(&expected) || refused(&found)) && expected["error"] != found["error"] {
                wrong.push(format!("{path}: {} instead of {}", found["error"], expected["error"]));
            }
        }
    }
    assert!(asked > 150, "{asked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Requests for every method of the description that this room has, with what the mock can answer.
async fn requests(mock: &Mock, dispatcher: &rpc::Dispatcher) -> Vec<(&'static str, Value)> {
    let block = ask(dispatcher, "eth_getBlockByNumber", json!(["latest", false])).await["result"].take();
    let hash = &block["hash"];
    let filter = async |method| ask(dispatcher, method, json!([])).await["result"].take();
    let (blocks, pending) = (filter("eth_newBlockFilter").await, filter("eth_newPendingTransactionFilter").await);
    let logs = ask(dispatcher, "eth_newFilter", json!([{ "fromBlock": "0x0" }])).await["result"].take();
    // An empty answer would fit several of the described forms.
    mock.append(vec![legacy(60)]);
    mock.pool_transaction(legacy(61));
    let attributes = json!({
        "timestamp": "0x64", "prevRandao": B256::ZERO, "suggestedFeeRecipient": SENDER, "withdrawals": [],
        "parentBeaconBlockRoot": B256::ZERO,
    });
    let call = json!({ "from": SENDER, "to": TARGET, "input": "0x00" });
    let mut requests = vec![
        ("eth_accounts", json!([])),
        ("eth_baseFee", json!([])),
        ("eth_blobBaseFee", json!([])),
        ("eth_blockNumber", json!([])),
        ("eth_call", json!([call, "latest"])),
        ("eth_capabilities", json!([])),
        ("eth_chainId", json!([])),
        ("eth_coinbase", json!([])),
        ("eth_config", json!([])),
        ("eth_createAccessList", json!([call])),
        ("eth_estimateGas", json!([call])),
        ("eth_feeHistory", json!(["0x3", "latest", [10, 50.5]])),
        ("eth_feeHistory", json!(["0x0", "latest", []])),
        ("eth_fillTransaction", json!([call])),
        ("eth_gasPrice", json!([])),
        ("eth_getBalance", json!([SENDER, "latest"])),
        ("eth_getBlockAccessList", json!(["latest"])),
        ("eth_getBlockByHash", json!([hash, true])),
        ("eth_getBlockByHash", json!([format!("0x{:064x}", 1), true])),
        ("eth_getBlockByNumber", json!(["earliest", true])),
        ("eth_getBlockByNumber", json!(["safe", false])),
        ("eth_getBlockReceipts", json!(["latest"])),
        ("eth_getBlockReceipts", json!(["0x99"])),
        ("eth_getBlockTransactionCountByHash", json!([hash])),
        ("eth_getBlockTransactionCountByNumber", json!(["0x1"])),
        ("eth_getCode", json!([TARGET, "latest"])),
        ("eth_getFilterChanges", json!([blocks])),
        ("eth_getFilterChanges", json!([pending])),
        ("eth_getFilterLogs", json!([logs])),
        ("eth_getLogs", json!([{ "fromBlock": "0x0" }])),
        ("eth_getProof", json!([TARGET, ["0x0", "0x1"], "latest"])),
        ("eth_getStorageAt", json!([TARGET, "0x0", "latest"])),
        ("eth_getStorageValues", json!([{ (TARGET.to_string()): [format!("0x{:064x}", 1)] }, "latest"])),
        ("eth_getTransactionByBlockHashAndIndex", json!([hash, "0x1"])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["0x2", "0x4"])),
        ("eth_getBlockReceipts", json!(["0x2"])),
        ("eth_getBlockByNumber", json!(["0x2", true])),
        ("eth_getTransactionByHash", json!([format!("0x{:064x}", 1)])),
        ("eth_getTransactionCount", json!([SENDER, "pending"])),
        ("eth_getTransactionReceipt", json!([format!("0x{:064x}", 1)])),
        ("eth_maxPriorityFeePerGas", json!([])),
        ("eth_newBlockFilter", json!([])),
        ("eth_newFilter", json!([{}])),
        ("eth_newPendingTransactionFilter", json!([])),
        ("eth_sendRawTransaction", json!([format!("0x{}", raw_transaction(50))])),
        ("eth_sendTransaction", json!([call])),
        ("eth_sign", json!([SENDER, "0x00"])),
        ("eth_signTransaction", json!([call])),
        ("eth_syncing", json!([])),
        ("eth_uninstallFilter", json!(["0x1"])),
        ("net_version", json!([])),
        ("txpool_content", json!([])),
        ("txpool_contentFrom", json!([SENDER])),
        ("txpool_status", json!([])),
        ("debug_getBadBlocks", json!([])),
        ("debug_getRawBlock", json!(["latest"])),
        ("debug_getRawBlockAccessList", json!(["latest"])),
        ("debug_getRawHeader", json!(["latest"])),
        ("debug_getRawReceipts", json!(["latest"])),
        ("testing_buildBlockV1", json!([hash, attributes, [], "0x00"])),
    ];
    for transaction in block["transactions"].as_array().expect("transactions") {
        for method in ["eth_getTransactionByHash", "eth_getTransactionReceipt", "debug_getRawTransaction"] {
            requests.push((method, json!([transaction])));
        }
    }
    requests
}

/// Answered by the mock with something of its own; the node that executes is tested on these.
const NEEDS_EXECUTION: [&str; 4] =
    ["debug_traceBlockByHash", "debug_traceBlockByNumber", "debug_traceTransaction", "eth_simulateV1"];

#[tokio::test]
async fn answers_have_the_described_form() {
    let Some(description) = data("rpc/openrpc.json.zst") else { return };
    let description: Value = serde_json::from_slice(&description).expect("JSON");
    let methods = description["methods"].as_array().expect("methods");
    let mock = Arc::new(Mock::dev());
    let dispatcher = dispatcher(&mock);
    let requests = requests(&mock, &dispatcher).await;
    let mut wrong = Vec::new();
    for method in methods {
        let name = method["name"].as_str().expect("a name");
        if name.starts_with("engine_") || NEEDS_EXECUTION.contains(&name) {
            continue;
        }
        let validator = jsonschema::validator_for(&method["result"]["schema"]).expect("a schema");
        let mut asked = requests.iter().filter(|(asked, _)| *asked == name).peekable();
        if asked.peek().is_none() {
            wrong.push(format!("{name}: never asked"));
        }
        for (_, params) in asked {
            let answer = ask(&dispatcher, name, params.clone()).await;
            match answer.get("result") {
                None => wrong.push(format!("{name} {params}: {answer}")),
                Some(result) => wrong.extend(
                    validator
                        .iter_errors(result)
                        .map(|error| format!("{name} {params}: {error:.300} at {}", error.instance_path())),
                ),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
