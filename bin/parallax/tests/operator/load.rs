//! Load whose receipts are counted.

use crate::running::Running;
use serde_json::{Value, json};
use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::{Duration, Instant},
};

/// Loads a node from four sides until `end`; gives the hashes of all transactions whose receipt was answered.
pub(crate) fn load(node: &Running, end: &AtomicBool, acknowledged: &Sender<Value>) {
    thread::scope(|scope| {
        for account in 0..4 {
            let from = &node.told["accounts"][account]["address"];
            let acknowledged = acknowledged.clone();
            scope.spawn(move || {
                let request = json!([{ "from": from, "to": from, "value": "0x1", "gas": "0x5208" }]);
                while !end.load(Ordering::Relaxed) {
                    // The node goes in the midst of it: what it does not answer is not counted.
                    let Some(hash) = attempt(node, "eth_sendTransaction", &request) else { return };
                    let start = Instant::now();
                    while start.elapsed() < Duration::from_secs(10) {
                        match attempt(node, "eth_getTransactionReceipt", &json!([hash])) {
                            Some(Value::Null) => thread::yield_now(),
                            Some(_) => {
                                acknowledged.send(hash.clone()).expect("somebody listens");
                                break;
                            }
                            None => return,
                        }
                    }
                }
            });
        }
    });
}

/// A result, or nothing where the node has gone.
fn attempt(node: &Running, method: &str, params: &Value) -> Option<Value> {
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| node.answer(method, params))).ok()?;
    answer.get("result").cloned()
}
