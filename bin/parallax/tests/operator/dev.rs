//! The development node: its start, its ends, and what it refuses.

use crate::{
    code::{INPUT, LOCKED, PORT, USAGE},
    command::{parallax, scratch},
    running::{Running, fresh},
};
use serde_json::{Value, json};
use std::{
    ffi::OsStr,
    fs,
    path::Path,
    time::{Duration, Instant},
};

fn start(datadir: &Path) -> Running {
    Running::dev([OsStr::new("--datadir"), datadir.as_os_str()])
}

#[test]
fn a_signal_ends_it_in_time_and_a_kill_loses_nothing() {
    let folder = fresh("dev-signals");
    let mut dev = start(&folder);
    assert_eq!(dev.ask("eth_chainId", &json!([])), "0x7a69");
    let first = dev.transfer();
    assert_eq!(dev.signal("-KILL").code(), None);

    let mut dev = start(&folder);
    assert_eq!(dev.ask("eth_getTransactionReceipt", &json!([first["transactionHash"]])), first);
    let second = dev.transfer();
    let begin = Instant::now();
    assert_eq!(dev.signal("-TERM").code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());

    let mut dev = start(&folder);
    assert_eq!(dev.ask("eth_getTransactionReceipt", &json!([second["transactionHash"]])), second);
    assert_eq!(dev.signal("-INT").code(), Some(0));
}

#[test]
fn what_is_taken_is_named() {
    let folder = fresh("dev-taken");
    let dev = start(&folder);
    let folder_text = folder.to_str().expect("a path");
    let pid = format!("process {}", dev.child.id());
    parallax(["dev", "--port", "0", "--datadir", folder_text]).fails(LOCKED, &pid);
    let port = dev.address.rsplit(':').next().expect("a port");
    parallax(["dev", "--port", port]).fails(PORT, &dev.address);
}

#[test]
fn a_host_that_others_reach_needs_consent() {
    parallax(["dev", "--host", "0.0.0.0", "--port", "0"]).fails(USAGE, "--unsafe-host");
    parallax(["dev", "--mnemonic", "test junk"]).fails(USAGE, "mnemonic");
    parallax(["dev", "--hardfork", "Berlin"]).fails(USAGE, "Paris to Osaka");
    parallax(["dev", "--mixed-mining"]).fails(USAGE, "--block-time");
}

#[test]
fn the_flags_of_other_development_nodes_do_what_they_say() {
    let folder = scratch("dev-flags");
    let out = folder.join("told.json");
    let coinbase = "0x00000000000000000000000000000000000000cc";
    let dev = Running::dev([
        "--accounts",
        "3",
        "--balance",
        "5",
        "--derivation-path",
        "m/44'/60'/1'/0/",
        "--chain-id",
        "99",
        "--hardfork",
        "cancun",
        "--gas-limit",
        "12345678",
        "--base-fee",
        "7",
        "--timestamp",
        "1000000",
        "--gas-price",
        "3000000000",
        "--coinbase",
        coinbase,
        "--order",
        "fifo",
        "--no-mining",
        "--no-shadow",
        "--config-out",
        out.to_str().expect("text"),
        "--allow-origin",
        "https://example.org",
    ]);
    assert_eq!(dev.ask("eth_chainId", &json!([])), "0x63");
    let block = dev.ask("eth_getBlockByNumber", &json!(["0x0", false]));
    for (field, value) in [("gasLimit", "0xbc614e"), ("baseFeePerGas", "0x7"), ("timestamp", "0xf4240")] {
        assert_eq!(block[field], value, "{field}");
    }
    assert!(block["requestsHash"].is_null(), "that is Prague's: {block}");
    let accounts = dev.ask("eth_accounts", &json!([]));
    assert_eq!(accounts.as_array().map(Vec::len), Some(3));
    let known = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
    assert!(
        accounts.as_array().expect("a list").iter().all(|account| account != known),
        "another path, other accounts"
    );
    assert_eq!(dev.ask("eth_getBalance", &json!([accounts[0], "latest"])), "0x4563918244f40000");
    let written: Value = serde_json::from_slice(&fs::read(&out).expect("a file")).expect("JSON");
    assert_eq!(written, dev.told);
    let sent = |tip: &str| {
        let fields = json!([{ "from": accounts[0], "to": accounts[1], "gas": "0x5208", "maxFeePerGas": "0x64", "maxPriorityFeePerGas": tip }]);
        dev.answer("eth_sendTransaction", &fields)
    };
    assert_eq!(dev.ask("eth_maxPriorityFeePerGas", &json!([])), "0xb2d05e00");
    let hash = sent("0x3")["result"].take();
    assert_eq!(dev.ask("eth_blockNumber", &json!([])), "0x0", "nothing is mined unasked");
    dev.ask("evm_mine", &json!([]));
    assert_eq!(dev.receipt(&hash)["status"], "0x1");
    let mined = dev.ask("eth_getBlockByNumber", &json!(["latest", false]));
    assert_eq!(mined["miner"], coinbase);
}

#[test]
fn mixed_mining_makes_blocks_for_whatever_comes_and_by_time() {
    let dev = Running::dev(["--block-time", "1", "--mixed-mining"]);
    dev.transfer();
    let begin = Instant::now();
    let number = |block: Value| {
        let text = block["number"].as_str().expect("a number").to_owned();
        u64::from_str_radix(&text[2..], 16).expect("a number")
    };
    let latest = || dev.ask("eth_getBlockByNumber", &json!(["latest", false]));
    let first = number(latest());
    while number(latest()) == first {
        assert!(begin.elapsed() < crate::running::PATIENCE, "no block by time");
    }
}

#[test]
fn a_genesis_file_and_funded_accounts_make_one_chain() {
    let folder = scratch("dev-init");
    let file = folder.join("genesis.json");
    fs::write(&file, &parallax(["genesis", "new", "--chain-id", "4242"]).succeeds().out).expect("written");
    let dev = Running::dev(["--init", file.to_str().expect("text"), "--balance", "5"]);
    assert_eq!(dev.ask("eth_chainId", &json!([])), "0x1092");
    dev.transfer();
    let init = ["dev", "--init", file.to_str().expect("text"), "--chain-id", "5"];
    parallax(init).fails(USAGE, "cannot be used with");
}

/// `SLOAD 0`, plus 1, `SSTORE 0`.
const COUNTER: &str = "0x60015f54015f5500";

#[test]
fn layouts_give_hot_slots_the_names_of_variables() {
    let folder = scratch("dev-layout");
    let layout = json!([{ "label": "count", "slot": "0", "offset": 0, "type": "t_uint256" }]);
    let artefact = json!({ "contractName": "Counter", "storageLayout": layout, "deployedBytecode": COUNTER });
    let write = |name: &str, json: &Value| {
        fs::write(folder.join(name), json.to_string()).expect("written");
        folder.join(name).to_str().expect("text").to_owned()
    };
    let by_code = write("Counter.json", &artefact);
    let forced = "0x00000000000000000000000000000000000000f0";
    let said = format!("{forced}={}", write("layout.json", &layout));
    let dev = Running::dev(["--no-mining", "--layout", &by_code, "--layout", &said]);
    let found = "0x00000000000000000000000000000000000000c0";
    // The same with another code, of which only the address tells.
    for (address, code) in [(found, COUNTER), (forced, "0x60025f54015f5500")] {
        dev.ask("anvil_setCode", &json!([address, code]));
        for account in 0..2 {
            let from = &dev.told["accounts"][account]["address"];
            let call = json!([{ "from": from, "to": address, "gas": "0x186a0" }]);
            assert!(dev.ask("eth_sendTransaction", &call).is_string());
        }
    }
    dev.ask("evm_mine", &json!([]));
    let named = |report: &Value, address: &str| {
        let key = format!("{address}[0x0]");
        let lines = report.as_array().expect("a list");
        let line = lines.iter().find(|line| line["key"].as_str().expect("a key").eq_ignore_ascii_case(&key));
        line.unwrap_or_else(|| panic!("no {key} in {report}"))["variable"].clone()
    };
    let report = dev.ask("parallax_getConflicts", &json!(["latest"]));
    let totals = dev.ask("parallax_getHotKeys", &json!(["0x0", "latest"]));
    for lines in [&report["hotKeys"], &report["conflicts"], &totals] {
        assert_eq!((named(lines, found), named(lines, forced)), (json!("Counter.count"), json!("count")));
    }
    let unnamed = Running::dev(["--no-mining"]);
    unnamed.ask("anvil_setCode", &json!([found, COUNTER]));
    for account in 0..2 {
        let from = &unnamed.told["accounts"][account]["address"];
        unnamed.ask("eth_sendTransaction", &json!([{ "from": from, "to": found, "gas": "0x186a0" }]));
    }
    unnamed.ask("evm_mine", &json!([]));
    let report = unnamed.ask("parallax_getConflicts", &json!(["latest"]));
    assert!(named(&report["hotKeys"], found).is_null(), "{report}");
    parallax(["dev", "--port", "0", "--layout", "nowhere.json"]).fails(INPUT, "nowhere.json");
    let none = write("none.json", &json!({ "abi": [] }));
    parallax(["dev", "--port", "0", "--layout", &none]).fails(INPUT, "no storage layout");
}
