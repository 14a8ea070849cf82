//! Bounds of answers and searches, at one less, at the bound, and at one more.

use std::sync::Arc;

use rpc::limits::{LOG_BLOCKS_MAX, LOGS_MAX, SIMULATE_BLOCKS_MAX};
use serde_json::{Value, json};

use crate::{
    ask, dispatcher,
    mock::{Mock, TARGET, legacy},
};

/// How many there are in the answer, or the error's code and text.
async fn count(mock: &Arc<Mock>, method: &str, params: Value) -> Result<usize, (i64, String)> {
    let answer = ask(&dispatcher(mock), method, params).await;
    match answer["result"].as_array() {
        Some(found) => Ok(found.len()),
        None => {
            let error = &answer["error"];
            Err((error["code"].as_i64().expect("a code"), error["message"].as_str().expect("a text").to_owned()))
        }
    }
}

#[tokio::test]
async fn a_search_spans_so_many_blocks_and_no_more() {
    let mock = Arc::new(Mock::new());
    let searches = |from: u64| {
        let range = json!({ "fromBlock": format!("{from:#x}"), "toBlock": "latest" });
        let named = json!({ "fromBlock": format!("{from:#x}"), "toBlock": "latest", "address": TARGET });
        [
            ("eth_getLogs", range.clone()),
            ("eth_getLogs", named),
            ("trace_filter", json!({ "fromBlock": range["fromBlock"] })),
        ]
    };
    // Blocks 0 to LOG_BLOCKS_MAX: one more than may be searched.
    while rpc::backend::Chain::head(&*mock).number < LOG_BLOCKS_MAX {
        mock.append(Vec::new());
    }
    let refused = (-32005, format!("query exceeds max block range {LOG_BLOCKS_MAX}"));
    for (method, params) in searches(0) {
        assert_eq!(count(&mock, method, json!([params])).await, Err(refused.clone()), "{method} {params}");
    }
    for from in [1, 2] {
        for (method, params) in searches(from) {
            let found = count(&mock, method, json!([params])).await;
            assert!(found.is_ok(), "{method} {params}: {found:?}");
        }
    }
    let filter = |from: u64| json!([{ "fromBlock": format!("{from:#x}"), "toBlock": "latest" }]);
    for (from, is_taken) in [(0, false), (1, true)] {
        let dispatcher = dispatcher(&mock);
        let id = ask(&dispatcher, "eth_newFilter", filter(from)).await;
        let found = ask(&dispatcher, "eth_getFilterLogs", json!([id["result"]])).await;
        assert_eq!(found["result"].is_array(), is_taken, "{found}");
        assert_eq!(found["error"]["code"] == json!(-32005), !is_taken, "{found}");
    }
}

#[tokio::test]
async fn an_answer_holds_so_many_logs_and_no_more() {
    let mock = Arc::new(Mock::new());
    let all = || json!([{ "fromBlock": "earliest", "toBlock": "latest" }]);
    // Every transaction leaves one.
    let there = count(&mock, "eth_getLogs", all()).await.expect("a few");
    let missing = u64::try_from(LOGS_MAX - 1 - there).expect("a moderate number");
    mock.append((10..10 + missing).map(legacy).collect());
    for expected in [LOGS_MAX - 1, LOGS_MAX] {
        assert_eq!(count(&mock, "eth_getLogs", all()).await, Ok(expected));
        mock.append(vec![legacy(expected as u64 + 20_000)]);
    }
    let refused = (-32005, format!("query exceeds max results {LOGS_MAX}"));
    assert_eq!(count(&mock, "eth_getLogs", all()).await, Err(refused));
}

#[tokio::test]
async fn a_simulation_has_so_many_blocks_and_no_more() {
    let mock = Arc::new(Mock::new());
    let blocks = |count: usize| json!([{ "blockStateCalls": vec![json!({}); count] }, "latest"]);
    for length in [SIMULATE_BLOCKS_MAX - 1, SIMULATE_BLOCKS_MAX] {
        assert_eq!(count(&mock, "eth_simulateV1", blocks(length)).await, Ok(length));
    }
    let refused = (-38026, "too many blocks".to_owned());
    assert_eq!(count(&mock, "eth_simulateV1", blocks(SIMULATE_BLOCKS_MAX + 1)).await, Err(refused));
}
