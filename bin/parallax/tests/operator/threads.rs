//! Contracts with threads in the hands of who runs a node: the same answers everywhere, at the prices of the genesis.

use crate::{
    code::{INPUT, USAGE},
    command::{parallax, scratch},
    running::{Running, fresh},
};
use primitives::{B256, Bytes, ThreadGas, U256, keccak256};
use serde_json::{Value, json};
use std::{fs, path::Path};

const WORDS: &str = include_str!("../../../../contracts/threads/artefacts/WordCount.sol/WordCount.json");
const PRICES: &str = include_str!("../../../../crates/primitives/thread-gas.json");
const TEXT: &[u8] = b"one fish two fish red fish blue fish  one more and then the very last fish";

/// Call data of a function of a text.
fn words(signature: &str) -> Bytes {
    let mut input = keccak256(signature)[..4].to_vec();
    input.extend(U256::from(32).to_be_bytes::<32>());
    input.extend(U256::from(TEXT.len()).to_be_bytes::<32>());
    input.extend(TEXT);
    input.resize(4 + (input.len() - 4).next_multiple_of(32), 0);
    input.into()
}

/// A development node with the contract, and who called it.
struct Words {
    dev: Running,
    sender: Value,
    contract: Value,
}

impl Words {
    fn on(dev: Running) -> Self {
        let artefact: Value = serde_json::from_str(WORDS).expect("JSON");
        let sender = dev.told["accounts"][0]["address"].clone();
        let create = json!([{ "from": sender, "gas": "0x2dc6c0", "data": artefact["bytecode"]["object"] }]);
        let hash = dev.ask("eth_sendTransaction", &create);
        let contract = dev.receipt(&hash)["contractAddress"].clone();
        assert!(contract.is_string(), "{contract}");
        Self { dev, sender, contract }
    }

    fn request(&self, signature: &str) -> Value {
        json!({ "from": self.sender, "to": self.contract, "data": words(signature), "gas": "0x2dc6c0" })
    }

    fn call(&self, signature: &str) -> Value {
        self.dev.answer("eth_call", &json!([self.request(signature), "latest"]))
    }

    /// The receipt of a transaction.
    fn send(&self, signature: &str) -> Value {
        let hash = self.dev.ask("eth_sendTransaction", &json!([self.request(signature)]));
        self.dev.receipt(&hash)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// The public prices, `SUBSOL` a thousand dearer; gives the path and the hash.
fn dearer(folder: &Path) -> (String, B256) {
    let old = format!("\"subsol\": {}", ThreadGas::default().subsol);
    assert!(PRICES.contains(&old), "{PRICES}");
    let prices = PRICES.replace(&old, &format!("\"subsol\": {}", ThreadGas::default().subsol + 1000));
    let path = folder.join("prices.json");
    fs::write(&path, &prices).expect("written");
    (text(&path).to_owned(), keccak256(prices))
}

#[test]
fn a_development_node_with_threads_answers_everywhere_alike() {
    let words = Words::on(Running::dev(["--threads"]));
    let serial = words.call("mainSerial(bytes)")["result"].take();
    assert!(serial.as_str().is_some_and(|output| output.len() > 1000), "{serial}");
    assert_eq!(words.call("main(bytes)")["result"], serial);
    let receipt = words.send("main(bytes)");
    assert_eq!(receipt["status"], "0x1");
    let hash = &receipt["transactionHash"];
    let trace = words.dev.ask("debug_traceTransaction", &json!([hash, { "tracer": "callTracer" }]));
    assert_eq!((&trace["gasUsed"], &trace["output"]), (&receipt["gasUsed"], &serial));
    let calls = trace["calls"].as_array().expect("threads");
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call["from"] == words.contract && call["to"] == words.contract));
    let flat = words.dev.ask("trace_transaction", &json!([hash]));
    assert_eq!(flat.as_array().map(Vec::len), Some(3));
    let traced = words.dev.ask("debug_traceCall", &json!([words.request("main(bytes)"), "latest", {}]));
    assert_eq!(traced["failed"], false);
    let estimate = words.dev.ask("eth_estimateGas", &json!([words.request("main(bytes)")]));
    let list = words.dev.ask("eth_createAccessList", &json!([words.request("main(bytes)")]));
    assert_eq!((list["gasUsed"].clone(), list["accessList"].clone()), (receipt["gasUsed"].clone(), json!([])));
    let number = |value: &Value| u64::from_str_radix(&value.as_str().expect("a quantity")[2..], 16).expect("a number");
    assert!(number(&estimate) >= number(&receipt["gasUsed"]), "{estimate}");
    let simulated = words.dev.ask(
        "eth_simulateV1",
        &json!([{ "blockStateCalls": [{ "calls": [words.request("main(bytes)")] }] }, "latest"]),
    );
    let call = &simulated[0]["calls"][0];
    assert_eq!((&call["status"], &call["gasUsed"], &call["returnData"]), (&json!("0x1"), &receipt["gasUsed"], &serial));
}

#[test]
fn without_threads_the_same_contract_is_as_on_ethereum() {
    let words = Words::on(Running::dev::<&str>([]));
    let answer = words.call("main(bytes)");
    assert!(answer["error"]["message"].as_str().is_some_and(|text| text.contains("invalid opcode")), "{answer}");
    let receipt = words.send("main(bytes)");
    assert_eq!((&receipt["status"], &receipt["gasUsed"]), (&json!("0x0"), &json!("0x2dc6c0")));
    assert_eq!(words.send("mainSerial(bytes)")["status"], "0x1");
}

/// Other prices are another chain: its genesis holds their hash, and its data directory takes no others.
#[test]
fn prices_are_those_of_the_genesis() {
    let folder = scratch("threads-prices");
    let (prices, hash) = dearer(&folder);
    let chain = fresh("threads-chain");
    let start = |prices: &str| Running::dev(["--threads", prices, "--datadir", text(&chain), "--timestamp", "1000000"]);
    let mut dear = Words::on(start(&prices));
    let public = Words::on(Running::dev(["--threads"]));
    let genesis = dear.dev.ask("eth_getBlockByNumber", &json!(["0x0", false]));
    assert_eq!(genesis["extraData"], json!(hash));
    let gas = |words: &Words| {
        let receipt = words.send("main(bytes)");
        u64::from_str_radix(&receipt["gasUsed"].as_str().expect("gas")[2..], 16).expect("a number")
    };
    assert_eq!(gas(&dear), gas(&public) + 2 * 1000, "two threads");
    assert_eq!(dear.dev.signal("-TERM").code(), Some(0));
    parallax(["dev", "--threads", "--port", "0", "--datadir", text(&chain), "--timestamp", "1000000"])
        .fails(INPUT, "genesis");

    let bad = folder.join("bad.json");
    fs::write(&bad, PRICES.replace("subsolWord", "subsolWorld")).expect("written");
    parallax(["dev", "--port", "0", "--threads", text(&bad)]).fails(INPUT, "bad.json");
    parallax(["dev", "--port", "0", "--threads", text(&folder.join("none.json"))]).fails(INPUT, "none.json");
    parallax(["dev", "--port", "0", "--threads", "--hardfork", "Shanghai"]).fails(USAGE, "Cancun");
}

/// A genesis file names its prices by their hash, and a node that is given others does not start.
#[test]
fn a_genesis_file_turns_threads_on() {
    let folder = scratch("threads-genesis");
    let (prices, hash) = dearer(&folder);
    let file = folder.join("genesis.json");
    let new = parallax(["genesis", "new", "--chain-id", "4242", "--threads", &prices]);
    let genesis: Value = serde_json::from_str(&new.succeeds().out).expect("JSON");
    assert_eq!(genesis["config"]["threads"], json!({ "time": 0, "gasHash": hash }));
    assert_eq!(genesis["extraData"], json!(hash), "the first block's hash covers the prices");
    fs::write(&file, &new.out).expect("written");
    let lacking = "no thread gas file with the hash";
    parallax(["genesis", "check", text(&file)]).fails(INPUT, lacking);
    parallax(["genesis", "check", text(&file), "--threads", &prices]).succeeds();
    let data = fresh("threads-node");
    let node = ["node", "--port", "0", "--no-metrics", "--genesis", text(&file), "--datadir", text(&data)];
    parallax(node).fails(INPUT, lacking);
    let words = Words::on(Running::dev(["--init", text(&file), "--threads", &prices]));
    assert_eq!(words.call("main(bytes)")["result"], words.call("mainSerial(bytes)")["result"]);

    let plain = folder.join("plain.json");
    fs::write(&plain, &parallax(["genesis", "new", "--chain-id", "4242"]).succeeds().out).expect("written");
    for arguments in [&["--threads"][..], &["--threads", &prices]] {
        let init = ["dev", "--port", "0", "--init", text(&plain)];
        parallax(init.iter().chain(arguments)).fails(INPUT, "there is no `threads`");
    }
}
