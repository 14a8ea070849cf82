//! `parallax node` and what belongs to it: configuration, genesis, keys, metrics, completions.

use crate::{
    code::*,
    command::{parallax, scratch},
    running::{Running, http},
};
use primitives::{
    Address, Bytes, Transaction,
    alloy_consensus::{SignableTransaction, TxEip1559},
    alloy_eips::Encodable2718,
    alloy_primitives::TxKind,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path, process::Command};

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Writes a genesis and gives its path.
fn genesis(folder: &Path) -> String {
    let path = folder.join("genesis.json");
    let fund = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1";
    let new = parallax(["genesis", "new", "--chain-id", "4242", "--fund", fund]);
    fs::write(&path, &new.succeeds().out).expect("written");
    text(&path).to_owned()
}

fn node(folder: &Path, more: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    command.args(["node", "--workers", "1", "--port", "0", "--metrics", "127.0.0.1:0", "--log-format", "json"]);
    command.args(["--genesis", &genesis(folder), "--datadir"]).arg(folder.join("chain")).args(more);
    Running::logged(command)
}

#[test]
fn a_node_has_the_chain_of_its_genesis_and_no_development_methods() {
    let folder = scratch("node-chain");
    let coinbase = "0x00000000000000000000000000000000000000cc";
    let mut first = node(&folder, &["--block-time", "1", "--coinbase", coinbase]);
    let report = parallax(["genesis", "check", text(&folder.join("genesis.json")), "--json"]);
    let report: Value = serde_json::from_str(&report.succeeds().out).expect("JSON");
    assert_eq!(first.ask("eth_chainId", &json!([])), "0x1092");
    let block = first.ask("eth_getBlockByNumber", &json!(["0x0", false]));
    assert_eq!((&block["hash"], &block["stateRoot"]), (&report["hash"], &report["stateRoot"]));
    let balance = first.ask("eth_getBalance", &json!(["0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1", "latest"]));
    assert_eq!(balance, "0xd3c21bcecceda1000000");
    for method in ["evm_mine", "anvil_setBalance", "eth_accounts", "eth_sendTransaction", "debug_traceBlockByNumber"] {
        assert_eq!(first.answer(method, &json!([]))["error"]["code"], -32601, "{method}");
    }
    let mined = loop {
        let block = first.ask("eth_getBlockByNumber", &json!(["latest", false]));
        if block["number"] != "0x0" {
            break block;
        }
    };
    assert_eq!(mined["miner"], coinbase);
    let config = first.ask("eth_config", &json!([]));
    assert_eq!((&config["current"]["activationTime"], &config["next"]), (&json!(0), &Value::Null));
    assert_eq!(first.signal("-TERM").code(), Some(0));
    let again = node(&folder, &[]);
    let block = again.ask("eth_getBlockByNumber", &json!([mined["number"], false]));
    assert_eq!(block["hash"], mined["hash"], "the chain goes on where it was");
}

#[test]
fn every_metric_of_the_boards_is_there() {
    let folder = scratch("node-metrics");
    let node = node(&folder, &["--block-time", "1"]);
    while node.ask("eth_blockNumber", &json!([])) == "0x0" {}
    node.answer("eth_unheardOf", &json!([]));
    let (status, metrics) = http(&node.metrics, "GET", "/metrics", "");
    assert_eq!(status, 200);
    let names: BTreeSet<&str> = metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    let boards = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ops/grafana");
    let mut asked = BTreeSet::new();
    for board in fs::read_dir(boards).expect("boards") {
        let board = fs::read_to_string(board.expect("a board").path()).expect("it can be read");
        let board: Value = serde_json::from_str(&board).expect("JSON");
        for target in board["panels"].as_array().expect("panels").iter().flat_map(|panel| panel["targets"].as_array()) {
            for target in target {
                let expression = target["expr"].as_str().expect("an expression");
                let words = expression.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                asked.extend(words.filter(|word| word.starts_with("parallax_")).map(str::to_owned));
            }
        }
    }
    assert!(asked.len() > 20, "{asked:?}");
    for name in &asked {
        assert!(names.contains(name.as_str()), "a board asks for {name}, which is not among {names:?}");
    }
    for line in ["parallax_ready 1", "parallax_rpc_calls_total{method=\"unknown\",code=\"-32601\"} 1"] {
        assert!(metrics.lines().any(|found| found == line), "no {line} in {metrics}");
    }
    let value = |name: &str| {
        let line =
            metrics.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{name}"));
        line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok()).expect("a number")
    };
    assert!(value("parallax_blocks_total") >= 1.0 && value("parallax_process_resident_memory_bytes") > 1e6);
    assert!(value("parallax_block_commit_seconds_count") >= 1.0);
    let (status, ready) = http(&node.metrics, "GET", "/readyz", "");
    let ready: Value = serde_json::from_str(&ready).expect("JSON");
    assert_eq!((status, &ready["ready"], &ready["reasons"]), (200, &json!(true), &json!([])));
    assert_eq!(http(&node.metrics, "POST", "/metrics", "").0, 405);
    assert_eq!(http(&node.metrics, "GET", "/secrets", "").0, 404);
}

#[test]
fn a_setting_comes_from_flag_environment_file_or_default_in_this_order() {
    let folder = scratch("node-config");
    let file = folder.join("node.toml");
    let genesis = genesis(&folder);
    let lines = ["port = 1", "block-time = 2", "log = \"debug\"", "no-shadow = true", "datadir = \"chain\""];
    fs::write(&file, format!("{}\ngenesis = {genesis:?}\n", lines.join("\n"))).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    command.args(["config", "show", "--json", "--port", "3", "--config"]).arg(&file);
    command.env("PARALLAX_NODE_PORT", "2").env("PARALLAX_NODE_BLOCK_TIME", "5").env("PARALLAX_NODE_HOST", "::1");
    let ran = command.output().expect("a process");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let settings: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let find = |name: &str| {
        let found = settings.as_array().expect("a list").iter().find(|setting| setting["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {name}"));
        (found["value"].as_str().map(str::to_owned), found["origin"].as_str().expect("an origin").to_owned())
    };
    let is = |value: &str, origin: &str| (Some(value.to_owned()), origin.to_owned());
    assert_eq!(find("port"), is("3", "flag"));
    assert_eq!(find("block-time"), is("5", "environment"));
    assert_eq!(find("host"), is("::1", "environment"));
    assert_eq!(find("log"), is("debug", "file"));
    assert_eq!(find("no-shadow"), is("true", "file"));
    assert_eq!(find("log-format"), is("auto", "default"));
    assert_eq!(find("workers"), (None, "unset".to_owned()));
    parallax(["config", "show", "--config", text(&file)]).succeeds().prints("node.toml:3");
    parallax(["config", "check", text(&file)]).succeeds().prints("can start");

    fs::write(&file, "datadir = \"chain\"\nworkers = \"some\"\n").expect("written");
    parallax(["config", "check", text(&file)]).fails(USAGE, "node.toml:2: invalid value 'some' for '--workers");
    fs::write(&file, "datadir = \"chain\"\ngenesis = \"nowhere\"\n").expect("written");
    parallax(["config", "check", text(&file)]).fails(INPUT, "nowhere");
}

/// The first transaction of the account that the genesis funds.
fn transfer_with_tip(tip: u128) -> Bytes {
    // The account is the first of the words that ganache was started with.
    let words = "myth like bonus scare over problem client lizard pioneer submit female collect";
    let keys = ::node::Keys::from_mnemonic(words, 1).expect("keys");
    let transaction = TxEip1559 {
        chain_id: 4242,
        gas_limit: 21_000,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: tip,
        to: TxKind::Call(Address::ZERO),
        ..TxEip1559::default()
    };
    let signature = keys.all()[0].sign(transaction.signature_hash()).expect("a signature");
    Transaction::from(transaction.into_signed(signature)).encoded_2718().into()
}

#[test]
fn a_price_limit_refuses_what_offers_less() {
    let folder = scratch("node-price-limit");
    let node = node(&folder, &["--price-limit", "2000000000"]);
    let sent = |tip: u128| node.answer("eth_sendRawTransaction", &json!([transfer_with_tip(tip)]));
    let refused = sent(1_999_999_999);
    let text = "transaction gas price below minimum: gas tip cap 1999999999, minimum needed 2000000000";
    assert_eq!(refused["error"]["message"], text);
    assert_eq!(node.ask("eth_maxPriorityFeePerGas", &json!([])), "0x77359400", "clients are told");
    let taken = sent(2_000_000_000);
    assert!(taken["result"].is_string(), "{taken}");
    let ran = parallax(["config", "show", "--json", "--price-limit", "7"]);
    let settings: Value = serde_json::from_str(&ran.succeeds().out).expect("JSON");
    let found = settings.as_array().expect("a list").iter().find(|setting| setting["name"] == "price-limit");
    let found = found.expect("the setting");
    assert_eq!((&found["value"], &found["origin"]), (&json!("7"), &json!("flag")));
    assert_eq!(found["environment"], "PARALLAX_NODE_PRICE_LIMIT");
}

#[test]
fn a_genesis_that_cannot_be_run_is_a_verdict_and_another_file_none() {
    let folder = scratch("node-genesis");
    let path = genesis(&folder);
    parallax(["genesis", "check", &path]).succeeds().prints("chain 4242");
    let good = fs::read_to_string(&path).expect("it can be read");
    fs::write(&path, good.replace("\"gasLimit\": \"0x3938700\"", "\"gasLimit\": \"0x1\"")).expect("written");
    let ran = parallax(["genesis", "check", &path]);
    ran.prints("problem: `gasLimit` is 1").fails(VERDICT, "1 problems");
    fs::write(&path, "{}").expect("written");
    parallax(["genesis", "check", &path]).fails(INPUT, "`config`");
}

#[test]
fn keys_are_made_imported_and_listed_and_none_stands_on_a_command_line() {
    let folder = scratch("node-keys");
    let keys = folder.join("keys");
    let write = |name: &str, content: &str| {
        fs::write(folder.join(name), content).expect("written");
        text(&folder.join(name)).to_owned()
    };
    let password = write("password", "open sesame\n");
    let secret = write("secret", "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\n");
    let at = ["--keystore", text(&keys)];
    let import = ["key", "import", at[0], at[1], "--secret-file", &secret, "--password-file", &password];
    parallax(import).succeeds().prints("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    parallax(import).fails(INPUT, "already");
    parallax(["key", "new", at[0], at[1], "--password-file", &password]).succeeds();
    let listed = parallax(["key", "list", at[0], at[1], "--json"]);
    let listed: Value = serde_json::from_str(&listed.succeeds().out).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    parallax(["key", "new", at[0], at[1]]).fails(USAGE, "--password-file");
    parallax(["key", "import", at[0], at[1], "--secret", "0x1"]).fails(USAGE, "unexpected argument");

    // A node takes the account of a locked key for its blocks.
    let file = listed[0]["file"].as_str().expect("a path");
    let node = node(&folder, &["--block-time", "1", "--coinbase", file]);
    let mined = loop {
        let block = node.ask("eth_getBlockByNumber", &json!(["latest", false]));
        if block["number"] != "0x0" {
            break block;
        }
    };
    let address = listed[0]["address"].as_str().expect("an address");
    assert!(mined["miner"].as_str().expect("an address").eq_ignore_ascii_case(address), "{mined}");
}

#[test]
fn shells_and_readers_are_told_of_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        parallax(["completions", shell]).succeeds().prints("snapshot").prints("block-time");
    }
    let pages = scratch("node-man");
    parallax(["man", text(&pages)]).succeeds();
    for page in ["parallax.1", "parallax-node.1", "parallax-db-verify.1"] {
        let page = fs::read_to_string(pages.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(page.contains(".TH"), "{page}");
    }
}
