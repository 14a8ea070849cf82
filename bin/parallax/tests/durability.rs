//! `kill -9` of the development node at any moment under load: every receipt that was given is there afterwards, the
//! state is that of the blocks that are there, and the node starts again in time.
//!
//! The moments are drawn from the seeds below. What a process has done by then differs from run to run, so a failure
//! names its round; its directory stays where it is printed.

use node::{Keys, TEST_MNEMONIC};
use primitives::{
    Address, B256, Bytes, Transaction, U256,
    alloy_consensus::{SignableTransaction, TxEip1559},
    alloy_eips::Encodable2718,
    alloy_primitives::TxKind,
    keccak256,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const SENDERS: usize = 4;
const RECIPIENT: Address = Address::repeat_byte(0x5d);
/// From the start of the process to its first answer.
const START_MAX: Duration = Duration::from_secs(3);
/// The load before a kill lasts at least and at most so long.
const LOAD_MS: (u64, u64) = (20, 500);
const SEED: u64 = 0x6b69_6c6c;

/// The process, and where it listens.
struct Dev {
    child: Child,
    url: String,
}

impl Dev {
    fn start(datadir: &Path) -> Self {
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_parallax"))
            .args(["dev", "--port", "0", "--json", "--datadir"])
            .arg(datadir)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        let dev = Self { child, url: told["http"].as_str().expect("an address").to_owned() };
        dev.ask("eth_blockNumber", json!([]));
        let took = began.elapsed();
        assert!(took <= START_MAX, "the start took {took:?}");
        dev
    }

    fn ask(&self, method: &str, params: Value) -> Value {
        ask(&ureq::agent(), &self.url, method, params).expect("an answer")
    }

    fn number(&self, method: &str, params: Value) -> u64 {
        let answer = self.ask(method, params);
        let text = answer.as_str().and_then(|text| text.strip_prefix("0x"));
        u64::from_str_radix(text.expect("a quantity"), 16).expect("a quantity")
    }

    fn kill(mut self) {
        self.child.kill().expect("it is there");
        self.child.wait().expect("an end");
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The result of a request, or nothing if the node has gone. An answer that is an error is one.
fn ask(agent: &ureq::Agent, url: &str, method: &str, params: Value) -> Option<Value> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let mut response = agent.post(url).header("content-type", "application/json").send(body).ok()?;
    let text = response.body_mut().read_to_string().ok()?;
    let mut answer: Value = serde_json::from_str(&text).ok()?;
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    Some(answer["result"].take())
}

fn transfer(keys: &Keys, account: usize, nonce: u64) -> Bytes {
    let transaction = TxEip1559 {
        chain_id: 31337,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: 1,
        to: TxKind::Call(RECIPIENT),
        value: U256::ONE,
        ..TxEip1559::default()
    };
    let signature = keys.all()[account].sign(transaction.signature_hash()).expect("a signature");
    Transaction::from(transaction.into_signed(signature)).encoded_2718().into()
}

/// Sends transfers of one account until the node has gone: most without looking, each eighth with its receipt.
fn load(url: &str, keys: &Keys, account: usize, first: u64) -> Vec<Value> {
    let agent = ureq::agent();
    let mut given = Vec::new();
    for nonce in first.. {
        let is_waited_for = nonce % 8 == 7;
        let method = if is_waited_for { "eth_sendRawTransactionSync" } else { "eth_sendRawTransaction" };
        match ask(&agent, url, method, json!([transfer(keys, account, nonce)])) {
            Some(receipt) if is_waited_for => given.push(receipt),
            Some(_) => {}
            None => break,
        }
    }
    given
}

/// Kills the node `rounds` times, always on the same directory.
#[expect(clippy::disallowed_methods, reason = "the moment of the kill is drawn, not waited for")]
fn check_kills(name: &str, rounds: u64) {
    let datadir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if datadir.exists() {
        fs::remove_dir_all(&datadir).expect("an old folder can be removed");
    }
    println!("seed {SEED:#x}, directory {}", datadir.display());
    let keys = Keys::from_mnemonic(TEST_MNEMONIC, SENDERS).expect("keys");
    let mut given: Vec<Value> = Vec::new();
    for round in 0..rounds {
        let dev = Dev::start(&datadir);
        let next = check_state(&dev, &keys, &given);
        let draw = keccak256([SEED.to_be_bytes(), round.to_be_bytes()].concat());
        let draw = u64::from_be_bytes(*draw.first_chunk().expect("32 bytes"));
        let pause = LOAD_MS.0 + draw % (LOAD_MS.1 - LOAD_MS.0);
        println!("round {round}: {} receipts so far, killed after {pause} ms", given.len());
        let (url, keys) = (dev.url.clone(), &keys);
        let new = thread::scope(|scope| {
            let senders: Vec<_> = next
                .iter()
                .enumerate()
                .map(|(account, &first)| {
                    let url = &url;
                    scope.spawn(move || load(url, keys, account, first))
                })
                .collect();
            thread::sleep(Duration::from_millis(pause));
            dev.kill();
            senders.into_iter().flat_map(|sender| sender.join().expect("no error was answered")).collect::<Vec<_>>()
        });
        given.extend(new);
    }
    let dev = Dev::start(&datadir);
    check_state(&dev, &keys, &given);
    assert!(given.len() as u64 >= rounds, "{} receipts in {rounds} rounds: no load", given.len());
    println!("{} receipts, none lost", given.len());
}

/// That every receipt is as it was given, and that the state fits the blocks. Gives each sender's next nonce.
fn check_state(dev: &Dev, keys: &Keys, given: &[Value]) -> Vec<u64> {
    for receipt in given {
        let hash = &receipt["transactionHash"];
        assert_eq!(&dev.ask("eth_getTransactionReceipt", json!([hash])), receipt, "{hash}");
    }
    let next: Vec<u64> = keys
        .addresses()
        .iter()
        .map(|address| dev.number("eth_getTransactionCount", json!([address, "latest"])))
        .collect();
    let received = dev.number("eth_getBalance", json!([RECIPIENT, "latest"]));
    assert_eq!(received, next.iter().sum::<u64>(), "each transaction brings one wei");
    let head = dev.ask("eth_getBlockByNumber", json!(["latest", false]));
    let hash: B256 = head["hash"].as_str().expect("a hash").parse().expect("a hash");
    let found = dev.ask("eth_getBlockByHash", json!([hash, false]));
    assert_eq!(found["stateRoot"], head["stateRoot"]);
    next
}

#[test]
fn fifty_kills_lose_no_receipt() {
    check_kills("kills", 50);
}
