//! Reads of a chain that goes on, goes back and is replaced under them.
//!
//! One writer makes blocks, takes them back, reverts to snapshots and reorganises. Readers ask whatever there is to ask,
//! and note between which of the writer's steps they asked. Afterwards every answer is held against the heads that the
//! chain had in that time: it has to be true of one of them, and no reader may see an earlier head after a later one.

mod timeline;

use crate::{Running, manual};
use primitives::{Address, B256, Bytes, U256, alloy_primitives::TxKind};
use rpc::{Backend, Config, Dispatcher, Namespaces};
use serde_json::{Value, json};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use timeline::{Observation, Seen, Timeline};
use tokio::runtime::Handle;

/// Reads of all readers together.
const READS: usize = 100_000;
const READERS: usize = 4;

/// Blocks above the first, at most.
const LENGTH_MAX: u64 = 24;

const COUNTER: Address = Address::repeat_byte(0xc0);

/// With call data it counts, and logs the count; without, it gives the block's number, the count and its balance.
const CODE: &str = "0x36601457435f525f546020524760405260605ff35b60015f5401805f555f5260205fa000";

/// The node without its transport.
struct Asker {
    dispatcher: Dispatcher,
    runtime: Handle,
}

impl Asker {
    fn new(node: &Running) -> Self {
        let config = Config { dev: true, ..Config::default() };
        let dispatcher = Dispatcher::new(node.node.chain().clone(), &config, Namespaces::ALL);
        Self { dispatcher, runtime: node.runtime.handle().clone() }
    }

    /// The result of a request; an error is as wrong as a wrong answer.
    fn ask(&self, method: &str, params: Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let answer = self.runtime.block_on(self.dispatcher.handle(body.into(), None)).expect("an answer");
        let mut answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert!(answer.get("error").is_none(), "{method} {params}: {answer}");
        answer["result"].take()
    }
}

/// What writer and readers tell each other.
#[derive(Default)]
struct Shared {
    /// The writer's steps that have begun, and those that have ended.
    begun: AtomicUsize,
    ended: AtomicUsize,
    /// Transactions of the last steps.
    sent: Mutex<Vec<B256>>,
}

/// A number that looks like chance, from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[test]
fn every_answer_is_true_of_one_head_and_none_is_stale() {
    let node = manual();
    let asker = Asker::new(&node);
    let mut events = node.node.chain().events().heads();
    asker.ask("anvil_setCode", json!([COUNTER, CODE]));
    asker.ask("evm_mine", json!([]));
    let first = events.try_recv().expect("a block");
    let mut timeline = Timeline::new(&first.block);
    let shared = Shared::default();
    let mut readers: Vec<Reader<'_>> = (0..READERS)
        .map(|number| {
            // Before anything moves, so that the filter knows the chain from its first log on.
            let filter = asker.ask("eth_newFilter", json!([{ "address": COUNTER }]));
            Reader { asker: &asker, shared: &shared, filter, logs: Vec::new(), chance: Chance(7 + number as u64) }
        })
        .collect();
    let mut writer = Writer { node: &node, asker: &asker, shared: &shared, chance: Chance(1), snapshots: Vec::new() };
    let seen: Vec<Vec<Observation>> = thread::scope(|scope| {
        let readers: Vec<_> = readers.drain(..).map(|reader| scope.spawn(move || reader.read())).collect();
        // A reader that fails is told of when it is joined.
        while !readers.iter().all(|reader| reader.is_finished()) {
            shared.begun.fetch_add(1, Ordering::SeqCst);
            writer.step(timeline.length());
            timeline.follow(&mut events);
            shared.ended.fetch_add(1, Ordering::SeqCst);
        }
        readers.into_iter().map(|reader| reader.join().expect("a reader")).collect()
    });
    assert!(timeline.turns() > 100, "the chain went back {} times only", timeline.turns());
    assert!(seen.iter().map(Vec::len).sum::<usize>() >= READS);
    for (reader, seen) in seen.iter().enumerate() {
        timeline.check(reader, seen);
    }
    node.stop();
}

struct Writer<'a> {
    node: &'a Running,
    asker: &'a Asker,
    shared: &'a Shared,
    chance: Chance,
    snapshots: Vec<Value>,
}

impl Writer<'_> {
    /// Changes the chain, which has so many blocks above its first.
    fn step(&mut self, length: u64) {
        if length >= LENGTH_MAX {
            self.asker.ask("anvil_rollback", json!([LENGTH_MAX / 2]));
            return;
        }
        match self.chance.below(10) {
            0 if self.snapshots.len() < 4 => self.snapshots.push(self.asker.ask("evm_snapshot", json!([]))),
            1 if !self.snapshots.is_empty() => {
                let at = usize::try_from(self.chance.below(self.snapshots.len() as u64)).expect("an index");
                let snapshot = self.snapshots.drain(at..).next();
                self.asker.ask("evm_revert", json!([snapshot]));
            }
            2 if length > 2 => drop(self.asker.ask("anvil_rollback", json!([1 + self.chance.below(2)]))),
            3 if length > 4 => {
                let depth = 1 + self.chance.below(3);
                let call = json!({ "from": self.node.address(0), "to": COUNTER, "data": "0x01", "value": "0x1", "gas": "0x186a0" });
                let calls: Vec<Value> = (0..depth).map(|block| json!([call, block])).collect();
                self.asker.ask("anvil_reorg", json!([depth, calls]));
            }
            _ => {
                self.send();
                self.asker.ask("evm_mine", json!([]));
            }
        }
    }

    fn send(&mut self) {
        for _ in 0..self.chance.below(4) {
            let nonce = self.asker.ask("eth_getTransactionCount", json!([self.node.address(0), "pending"]));
            let input = Bytes::from_static(&[1]);
            let (hash, bytes) = self.node.signed(0, crate::number(&nonce), TxKind::Call(COUNTER), U256::ONE, input);
            self.asker.ask("eth_sendRawTransaction", json!([bytes]));
            let mut sent = self.shared.sent.lock().expect("a lock");
            if !sent.contains(&hash) {
                sent.push(hash);
            }
            let surplus = sent.len().saturating_sub(32);
            sent.drain(..surplus);
        }
    }
}

struct Reader<'a> {
    asker: &'a Asker,
    shared: &'a Shared,
    filter: Value,
    /// The logs that stand, as far as the filter has told.
    logs: Vec<(B256, u64)>,
    chance: Chance,
}

impl Reader<'_> {
    fn read(mut self) -> Vec<Observation> {
        let mut seen = Vec::new();
        while seen.len() < READS / READERS {
            let from = self.shared.ended.load(Ordering::SeqCst);
            let what = self.look();
            let to = self.shared.begun.load(Ordering::SeqCst);
            seen.push(Observation { from, to, seen: what });
        }
        seen
    }

    fn look(&mut self) -> Seen {
        let asker = self.asker;
        let ask = |method: &str, params: Value| asker.ask(method, params);
        let latest = |address: Address| json!([address, "latest"]);
        match self.chance.below(12) {
            0 => Seen::Number(crate::number(&ask("eth_blockNumber", json!([])))),
            1 => Seen::block(&ask("eth_getBlockByNumber", json!(["latest", false]))),
            2 => Seen::Count(crate::number(&ask("eth_getBalance", latest(COUNTER)))),
            3 => Seen::Count(word(&ask("eth_getStorageAt", json!([COUNTER, "0x0", "latest"])))),
            4 => {
                let answer = ask("eth_call", json!([{ "to": COUNTER }, "latest"]));
                let bytes: Bytes = answer.as_str().and_then(|text| text.parse().ok()).expect("bytes");
                let word = |at: usize| U256::from_be_slice(&bytes[32 * at..32 * (at + 1)]).to::<u64>();
                Seen::Call { number: word(0), count: word(1), balance: word(2) }
            }
            5 => Seen::proof(&ask("eth_getProof", json!([COUNTER, ["0x0"], "latest"]))),
            6 => {
                let number = 1 + self.chance.below(LENGTH_MAX + 1);
                let block = ask("eth_getBlockByNumber", json!([format!("{number:#x}"), false]));
                Seen::Canonical { number, hash: hash(&block["hash"]) }
            }
            7 => {
                let Some(transaction) = self.sent() else { return Seen::Nothing };
                let receipt = self.asker.ask("eth_getTransactionReceipt", json!([transaction]));
                assert!(receipt.is_null() || receipt["transactionHash"] == json!(transaction), "{receipt}");
                Seen::Stands { transaction, block: hash(&receipt["blockHash"]) }
            }
            8 => {
                let Some(transaction) = self.sent() else { return Seen::Nothing };
                let found = self.asker.ask("eth_getTransactionByHash", json!([transaction]));
                Seen::Stands { transaction, block: hash(&found["blockHash"]) }
            }
            9 => Seen::Logs(logs(&ask("eth_getLogs", json!([{ "address": COUNTER, "fromBlock": "earliest" }])))),
            10 => Seen::fees(&ask("eth_feeHistory", json!(["0x4", "latest"]))),
            _ => {
                let changes = ask("eth_getFilterChanges", json!([self.filter]));
                self.follow(&changes);
                Seen::Logs(self.logs.clone())
            }
        }
    }

    /// One of the transactions that were sent last.
    fn sent(&mut self) -> Option<B256> {
        let sent = self.shared.sent.lock().expect("a lock");
        let count = sent.len() as u64;
        (count > 0).then(|| sent[usize::try_from(self.chance.below(count)).expect("an index")])
    }

    fn follow(&mut self, changes: &Value) {
        for (log, change) in logs(changes).into_iter().zip(changes.as_array().expect("logs")) {
            if change["removed"] == json!(true) {
                let at = self.logs.iter().position(|known| *known == log);
                self.logs.remove(at.unwrap_or_else(|| panic!("{change} was never told")));
            } else {
                self.logs.push(log);
            }
        }
        self.logs.sort_unstable_by_key(|(_, count)| *count);
    }
}

/// Blocks and counts of logs.
fn logs(value: &Value) -> Vec<(B256, u64)> {
    let logs = value.as_array().expect("logs").iter();
    logs.map(|log| (hash(&log["blockHash"]).expect("a block"), word(&log["data"]))).collect()
}

fn hash(value: &Value) -> Option<B256> {
    value.as_str().map(|text| text.parse().expect("a hash"))
}

/// A word of 32 bytes.
fn word(value: &Value) -> u64 {
    value.as_str().expect("a word").parse::<U256>().expect("a word").to()
}

#[test]
fn a_block_that_left_is_never_read_on_the_state_of_another_chain() {
    let node = manual();
    let asker = Asker::new(&node);
    asker.ask("anvil_setCode", json!([COUNTER, CODE]));
    let mut left = Vec::new();
    for nonce in 0..2 {
        let input = Bytes::from_static(&[1]);
        let (_, bytes) = node.signed(0, nonce, TxKind::Call(COUNTER), U256::ONE, input);
        asker.ask("eth_sendRawTransaction", json!([bytes]));
        asker.ask("evm_mine", json!([]));
        left.push(asker.ask("eth_getBlockByNumber", json!(["latest", false]))["hash"].clone());
    }
    let counted = |block: &Value| {
        let trace = asker.ask("debug_traceBlockByHash", json!([block, { "tracer": "prestateTracer" }]));
        trace[0]["result"][format!("{COUNTER:#x}")]["storage"][format!("{:#x}", B256::ZERO)].clone()
    };
    assert_eq!(word(&counted(&left[1])), 1);
    asker.ask("anvil_rollback", json!([2]));
    asker.ask("anvil_setStorageAt", json!([COUNTER, "0x0", B256::with_last_byte(40)]));
    asker.ask("anvil_mine", json!([2]));
    let mut client = node.client();
    // What comes before the second one has left too; before the first one the state is what it was.
    let (_, text) = client.error("debug_traceBlockByHash", json!([left[1], { "tracer": "prestateTracer" }]));
    assert_eq!(text, "header not found");
    let (_, text) = client.error("parallax_getConflicts", json!([left[1]]));
    assert_eq!(text, "header not found");
    let before = counted(&left[0]);
    assert!(before.is_null() || word(&before) == 0, "nothing had been counted: {before}");
    for method in ["eth_getBalance", "eth_getCode"] {
        let (_, text) = client.error(method, json!([COUNTER, { "blockHash": left[0] }]));
        assert_eq!(text, "header not found", "{method}");
    }
    node.stop();
}

#[test]
fn a_filter_that_has_lost_its_place_says_so() {
    let node = manual();
    let mut client = node.client();
    client.ask("evm_mine", json!([]));
    let filters = [("eth_newFilter", json!([{ "address": COUNTER }])), ("eth_newBlockFilter", json!([]))];
    let filters = filters.map(|(method, params)| client.ask(method, params));
    client.ask("anvil_rollback", json!([1]));
    // More than the node remembers of blocks that have left, and none of them like the one that did.
    client.ask("anvil_setCoinbase", json!([COUNTER]));
    client.ask("anvil_mine", json!([600]));
    for filter in filters {
        let (code, text) = client.error("eth_getFilterChanges", json!([filter]));
        assert_eq!((code, text.as_str()), (-32005, "filter lost blocks that left the chain and was removed"));
        let (_, text) = client.error("eth_getFilterChanges", json!([filter]));
        assert_eq!(text, "filter not found");
    }
    node.stop();
}
