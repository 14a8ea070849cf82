//! Whatever comes, an answer of the right shape goes.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use rpc::{Dispatcher, methods};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::mock::Mock;

struct Fixture {
    runtime: Runtime,
    dispatcher: Dispatcher,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    Fixture { runtime, dispatcher: crate::dispatcher(&Arc::new(Mock::dev())) }
});

/// An answer is a response, an array of responses, or nothing; a response has its version, an identifier, and either
/// a result or an error with an integer code and a message.
fn check(body: Vec<u8>) -> Result<Option<Value>, TestCaseError> {
    let fixture = &*FIXTURE;
    let Some(answer) = fixture.runtime.block_on(fixture.dispatcher.handle(body.into(), None)) else { return Ok(None) };
    let answer: Value = serde_json::from_slice(&answer).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let responses = match &answer {
        Value::Array(responses) => {
            prop_assert!(!responses.is_empty());
            responses.as_slice()
        }
        single => std::slice::from_ref(single),
    };
    for response in responses {
        prop_assert_eq!(&response["jsonrpc"], "2.0");
        prop_assert!(matches!(response["id"], Value::Null | Value::Number(_) | Value::String(_)), "{}", response);
        prop_assert_eq!(response.as_object().map(serde_json::Map::len), Some(3), "{}", response);
        if let Some(error) = response.get("error") {
            prop_assert!(error["code"].is_i64() && error["message"].is_string(), "{}", response);
            prop_assert_ne!(&error["code"], -32603, "no request makes the node fail: {}", response);
        } else {
            prop_assert!(response.get("result").is_some());
        }
    }
    Ok(Some(answer))
}

/// Arguments as clients send them, near misses among them.
fn argument() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1.0..1e30).prop_map(Value::from),
        prop::sample::select(vec![
            "latest",
            "pending",
            "earliest",
            "safe",
            "finalized",
            "0x",
            "0x0",
            "0x1",
            "0x2",
            "0x01",
            "newHeads",
            "0x00ff",
            "0x1111111111111111111111111111111111111111",
            "0x2222222222222222222222222222222222222222",
        ])
        .prop_map(Value::from),
        "0x[0-9a-f]{64}".prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        let key = prop::sample::select(vec![
            "from",
            "to",
            "data",
            "input",
            "gas",
            "value",
            "fromBlock",
            "toBlock",
            "address",
            "topics",
            "blockHash",
            "blockNumber",
            "tracer",
            "count",
            "after",
            "ignore",
            "stateDiff",
            "blockStateCalls",
            "type",
            "nonce",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn method() -> impl Strategy<Value = &'static str> {
    // Waiting for a receipt is tested where somebody makes the block.
    let names = methods::all().flat_map(|method| method.names).copied();
    prop::sample::select(names.filter(|name| !name.ends_with("Sync")).collect::<Vec<_>>())
}

fn request() -> impl Strategy<Value = Value> {
    (method(), prop::collection::vec(argument(), 0..5))
        .prop_map(|(method, params)| json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_an_answer(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(body)?;
    }

    #[test]
    fn any_text_of_json_get_an_answer(body in "[\\[\\]{}\",:0-9a-z\\\\ ]{0,60}") {
        check(body.into_bytes())?;
    }

    #[test]
    fn any_arguments_get_an_answer(request in request()) {
        let answer = check(request.to_string().into_bytes())?.expect("an answer");
        prop_assert_eq!(&answer["id"], 7);
        let is_subscription = request["method"].as_str().is_some_and(|method| method.ends_with("ubscribe"));
        if let Some(error) = answer.get("error").filter(|_| !is_subscription) {
            prop_assert_ne!(&error["code"], -32601i32);
            prop_assert_ne!(&error["code"], -32700i32);
        }
    }

    #[test]
    fn a_broken_request_gets_an_answer(request in request(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = request.to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        check(body)?;
    }

    #[test]
    fn a_batch_gets_one_answer_each(requests in prop::collection::vec(prop_oneof![request(), argument()], 1..6)) {
        let answer = check(Value::from(requests.clone()).to_string().into_bytes())?.expect("an answer");
        prop_assert_eq!(answer.as_array().map(Vec::len), Some(requests.len()));
    }
}
