//! A development node under load: blocks are executed by more than one worker, each is executed a second time, and the two
//! never differ.

use crate::running::{Running, http};
use serde_json::{Value, json};
use std::{collections::BTreeSet, process::Command};

/// Counts down from 1,000: `PUSH2, JUMPDEST, PUSH1 1, SWAP1, SUB, DUP1, PUSH1 3, JUMPI`, then `STOP`.
const BURNER: &str = "0x6103e85b600190038060035700";
/// Calls of one account in a block.
const EACH: usize = 12;
/// Blocks of which both workers should have taken part in one, however busy the machine is: where it gives them one core
/// together, blocks are left to one of them for a while.
const BLOCKS_MAX: u64 = 1_000;

/// The value of a metric.
fn metric(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("no {name} in {text}"));
    value.parse().unwrap_or_else(|error| panic!("{name}: {error}: {value}"))
}

#[test]
fn blocks_under_load_are_shared_and_executed_twice_alike() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    command.args(["dev", "--port", "0", "--workers", "2", "--no-mining", "--metrics", "127.0.0.1:0"]);
    command.args(["--log", "info", "--log-format", "json"]);
    let mut node = Running::logged(command);
    let accounts = node.ask("eth_accounts", &json!([]));
    let accounts = accounts.as_array().expect("accounts");
    // Each calls a contract of its own, so that there is something to share.
    let contract = |account: usize| format!("0x{:040x}", 0xb000 + account);
    for account in 0..accounts.len() {
        node.ask("anvil_setCode", &json!([contract(account), BURNER]));
    }
    let (mut blocks, mut is_shared) = (0, false);
    while !is_shared {
        blocks += 1;
        assert!(blocks <= BLOCKS_MAX, "no block was executed by two workers");
        let calls = accounts.iter().enumerate().flat_map(|(account, from)| {
            let call = json!({ "from": from, "to": contract(account), "gas": "0x186a0", "data": "0x01020304" });
            vec![json!({ "jsonrpc": "2.0", "id": account, "method": "eth_sendTransaction", "params": [call] }); EACH]
        });
        let (status, answer) = http(&node.address, "POST", "/", &Value::Array(calls.collect()).to_string());
        assert!(status == 200 && !answer.contains("error"), "{answer}");
        node.ask("evm_mine", &json!([]));
        let schedule = node.ask("parallax_getSchedule", &json!(["latest"]));
        let runs = schedule["runs"].as_array().unwrap_or_else(|| panic!("no runs: {schedule}"));
        assert!(runs.len() >= accounts.len() * EACH, "{schedule}");
        let workers: BTreeSet<u64> = runs.iter().filter_map(|run| run["worker"].as_u64()).collect();
        is_shared = workers.len() == 2;
        if is_shared {
            let (_, metrics) = http(&node.metrics, "GET", "/metrics", "");
            assert_eq!(metric(&metrics, "parallax_workers"), 2, "of the last block");
        }
    }
    assert_eq!(node.number(), blocks);
    let (_, metrics) = http(&node.metrics, "GET", "/metrics", "");
    assert_eq!(metric(&metrics, "parallax_blocks_total"), blocks);
    assert_eq!(metric(&metrics, "parallax_block_shadow_seconds_count"), blocks, "each was executed a second time");
    assert_eq!(metric(&metrics, "parallax_transactions_total"), blocks * (accounts.len() * EACH) as u64);
    // A difference would have stopped it.
    assert_eq!(http(&node.metrics, "GET", "/readyz", "").0, 200);
    assert_eq!(node.signal("-TERM").code(), Some(0));
}
