//! JSON-RPC 2.0, by the letter.

use std::sync::Arc;

use rpc::limits;
use serde_json::{Value, json};

use crate::{answer, ask, dispatcher, mock::Mock};

async fn check(body: &str, expected: &str) {
    check_bytes(body.as_bytes(), expected).await;
}

/// Compares without the messages, whose words are tested elsewhere.
async fn check_bytes(body: &[u8], expected: &str) {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let mut found = answer(&dispatcher, body.to_vec()).await.unwrap_or(Value::String("nothing".to_owned()));
    let elements = match &mut found {
        Value::Array(elements) => elements.as_mut_slice(),
        single => std::slice::from_mut(single),
    };
    for error in elements.iter_mut().filter_map(|element| element.get_mut("error")) {
        assert!(error["message"].is_string(), "{error}");
        error.as_object_mut().expect("an object").retain(|key, _| key == "code");
    }
    let expected: Value = serde_json::from_str(expected).expect("JSON");
    assert_eq!(found, expected, "answer to {:.200}", String::from_utf8_lossy(body));
}

fn error(code: i32) -> String {
    error_of("null", code)
}

fn error_of(id: &str, code: i32) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code}}}}}"#)
}

const CHAIN_ID: &str = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
const CHAIN_ID_ANSWER: &str = r#"{"jsonrpc":"2.0","id":1,"result":"0x7a69"}"#;

#[tokio::test]
async fn what_is_no_json_is_a_parse_error() {
    for body in [
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "nul",
        r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId""#,
        r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"} x"#,
        r#"{"jsonrpc":"2.0","id":1,"method":eth_chainId}"#,
        r#"{"jsonrpc":"2.0","id":01,"method":"eth_chainId"}"#,
        "{'jsonrpc':'2.0'}",
        r#"[{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},{"jsonrpc""#,
    ] {
        check(body, &error(-32700)).await;
    }
    check_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", &error(-32700)).await;
    check_bytes(b"\xef\xbb\xbf{}", &error(-32700)).await;
}

#[tokio::test]
async fn what_is_no_request_is_an_invalid_request() {
    for body in
        ["1", "null", "true", "\"eth_chainId\"", "{}", "[]", r#"{"id":{},"jsonrpc":"2.0","method":"eth_chainId"}"#]
    {
        check(body, &error(-32600)).await;
    }
    for body in [
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}"#,
        r#"{"jsonrpc":2.0,"id":1,"method":"eth_chainId"}"#,
        r#"{"id":1,"method":"eth_chainId"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":1}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":null}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","method":"eth_chainId"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[],"params":[]}"#,
    ] {
        check(body, &error_of("1", -32600)).await;
    }
    check(r#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, &error(-32600)).await;
    // An identifier that is given twice is none.
    check(r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"eth_chainId"}"#, &error_of("2", -32600)).await;
}

#[tokio::test]
async fn identifiers_come_back_as_they_came() {
    for id in ["1", "-7", "null", "\"\"", "\"a\\u0000\\\"\"", "1.50", "1e400", "123456789012345678901234567890"] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"eth_chainId","more":[{{}}]}}"#);
        let dispatcher = dispatcher(&Arc::new(Mock::new()));
        let found = dispatcher.handle(body.into(), None).await.expect("an answer");
        let expected = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"0x7a69"}}"#);
        assert_eq!(String::from_utf8(found).expect("UTF-8"), expected);
    }
}

#[tokio::test]
async fn notifications_get_no_answer() {
    for body in [
        r#"{"jsonrpc":"2.0","method":"eth_chainId"}"#,
        r#"{"jsonrpc":"2.0","method":"no_such"}"#,
        r#"{"jsonrpc":"2.0","method":"eth_getBalance","params":[]}"#,
        r#"[{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0","method":"eth_call","params":[{}]}]"#,
    ] {
        check(body, "\"nothing\"").await;
    }
}

#[tokio::test]
async fn a_bad_element_spoils_only_itself() {
    let body = format!(
        r#"[1,{CHAIN_ID},{{}},[],{{"jsonrpc":"2.0","method":"eth_chainId"}},{{"jsonrpc":"2.0","id":"x","method":"no_such"}},{CHAIN_ID}]"#
    );
    let bad = error(-32600);
    let expected = format!("[{bad},{CHAIN_ID_ANSWER},{bad},{bad},{},{CHAIN_ID_ANSWER}]", error_of("\"x\"", -32601));
    check(&body, &expected).await;
}

#[tokio::test]
async fn batches_are_bounded() {
    let batch = |length| format!("[{}]", vec![CHAIN_ID; length].join(","));
    let answers = |length| format!("[{}]", vec![CHAIN_ID_ANSWER; length].join(","));
    for length in [1, limits::BATCH_LENGTH_MAX - 1, limits::BATCH_LENGTH_MAX] {
        check(&batch(length), &answers(length)).await;
    }
    for length in [limits::BATCH_LENGTH_MAX + 1, 20_000] {
        check(&batch(length), &error(-32005)).await;
    }
}

#[tokio::test]
async fn nesting_is_bounded() {
    let request = |depth: usize| {
        // The request and its arguments are two levels.
        let (open, close) = ("[".repeat(depth - 2), "]".repeat(depth - 2));
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[{open}{close}]}}"#)
    };
    // One argument is one too many for this method, but it was read.
    for depth in [limits::NESTING_MAX - 1, limits::NESTING_MAX] {
        check(&request(depth), &error_of("1", -32602)).await;
    }
    for depth in [limits::NESTING_MAX + 1, 1000, 900_000] {
        check(&request(depth), &error(-32700)).await;
        check(&"[".repeat(depth), &error(-32700)).await;
        check(&r#"{"a":"#.repeat(depth), &error(-32700)).await;
    }
    // Brackets in strings are no nesting.
    let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_chainId","x":"\"{}"}}"#, "[{".repeat(1000));
    check(&text, CHAIN_ID_ANSWER).await;
}

#[tokio::test]
async fn answers_are_bounded() {
    let block = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest", true] });
    let mock = Arc::new(Mock::new());
    mock.append((10..10_000).map(crate::mock::legacy).collect());
    let dispatcher = crate::dispatcher(&mock);
    let answers = answer(&dispatcher, Value::Array(vec![block; 20]).to_string()).await.expect("answers");
    let answers = answers.as_array().expect("answers");
    assert_eq!(answers.len(), 20);
    assert!(answers[0]["result"].is_object());
    assert_eq!(answers[19]["error"], json!({ "code": -32005, "message": "response too large" }));
    let size: usize = answers.iter().map(|answer| answer.to_string().len()).sum();
    assert!(size < limits::RESPONSE_BYTES_MAX + 20 * 200, "{size}");
}

#[tokio::test]
async fn arguments_are_read_strictly() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let address = format!("0x{}", "11".repeat(20));
    let hash = "0x00000000000000000000000000000000000000000000000000000000000000";
    let long = format!("0x{}", "0".repeat(65));
    let cases = [
        ("eth_getBalance", json!([]), "missing value for required argument 0"),
        ("eth_getBalance", json!([null]), "missing value for required argument 0"),
        ("eth_getBalance", json!({ "address": address }), "non-array args"),
        ("eth_getBalance", json!([address, "latest", 1]), "too many arguments, want at most 2"),
        ("eth_chainId", json!([1]), "too many arguments, want at most 0"),
        (
            "eth_getBalance",
            json!([1]),
            "invalid argument 0: json: cannot unmarshal non-string into Go value of type common.Address",
        ),
        (
            "eth_getBalance",
            json!(["11"]),
            "invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go value of type common.Address",
        ),
        ("eth_getBalance", json!(["0x11"]), "invalid argument 0: hex string has length 2, want 40 for common.Address"),
        ("eth_getBalance", json!([address, "newest"]), "invalid argument 1: hex string without 0x prefix"),
        ("eth_getBalance", json!([address, "0x01"]), "invalid argument 1: hex number with leading zero digits"),
        ("eth_getBalance", json!([address, "0x"]), "invalid argument 1: hex string \"0x\""),
        ("eth_getBalance", json!([address, "0x10000000000000000"]), "invalid argument 1: hex number > 64 bits"),
        ("eth_getBalance", json!([address, "0xzz"]), "invalid argument 1: invalid hex string"),
        ("eth_getBalance", json!([address, {}]), "invalid argument 1: missing BlockHash or BlockNumber"),
        (
            "eth_getBlockByHash",
            json!([hash, false]),
            "invalid argument 0: hex string has length 62, want 64 for common.Hash",
        ),
        (
            "eth_getBlockByNumber",
            json!(["latest", "yes"]),
            "invalid argument 1: json: cannot unmarshal non-boolean into Go value of type bool",
        ),
        ("eth_getBlockByNumber", json!(["2", false]), "invalid argument 0: hex string without 0x prefix"),
        ("debug_getRawBlock", json!(["2"]), "invalid argument 0: hex string without 0x prefix"),
        (
            "debug_getRawTransaction",
            json!(["1000000"]),
            "invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go value of type common.Hash",
        ),
        (
            "eth_getStorageAt",
            json!([address, long, "latest"]),
            &format!("storage key too long (want at most 32 bytes): \"{long}\""),
        ),
        ("eth_getStorageAt", json!([address, "0xasdf", "latest"]), "invalid hex in storage key: \"0xasdf\""),
        (
            "eth_sendRawTransaction",
            json!(["0x1"]),
            "invalid argument 0: json: cannot unmarshal hex string of odd length into Go value of type hexutil.Bytes",
        ),
        ("eth_getProof", json!([address, vec!["0x0"; 1025], "latest"]), "too many slots (max 1024)"),
        ("eth_getLogs", json!([{ "fromBlock": "0x2", "toBlock": "0x1" }]), "invalid block range params"),
        ("eth_feeHistory", json!(["0x1", "latest", [50, 10]]), "invalid reward percentile: #0:50 > #1:10"),
        ("eth_feeHistory", json!(["0x1", "latest", [101]]), "invalid reward percentile: 101"),
    ];
    for (method, params, message) in cases {
        let found = ask(&dispatcher, method, params.clone()).await;
        assert_eq!(found["error"], json!({ "code": -32602, "message": message }), "{method} {params}");
    }
    // `null` in place of an optional argument is nothing.
    let found = ask(&dispatcher, "eth_getBalance", json!([address, null])).await;
    assert_eq!(found["result"], "0x8ac7230489e80000");
    // A block that is not there.
    for params in [json!([address, "0x99"]), json!([address, { "blockHash": format!("0x{}", "ab".repeat(32)) }])] {
        let found = ask(&dispatcher, "eth_getBalance", params).await;
        assert_eq!(found["error"], json!({ "code": -32000, "message": "header not found" }));
    }
}

#[tokio::test]
async fn unknown_methods_are_told_in_the_words_that_libraries_look_for() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let found = ask(&dispatcher, "eth_noSuch", json!([])).await;
    let message = "the method eth_noSuch does not exist/is not available";
    assert_eq!(found["error"], json!({ "code": -32601, "message": message }));
    let found = ask(&dispatcher, "eth_subscribe", json!(["newHeads"])).await;
    assert_eq!(found["error"]["message"], "notifications not supported");
}

#[tokio::test]
async fn calls_end_as_their_code_says() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let call = |data: &str| json!([{ "data": data }, "latest"]);
    assert_eq!(ask(&dispatcher, "eth_call", call("0x00ff")).await["result"], "0x00ff");
    let panic = format!("0x4e487b71{:064x}", 1);
    for method in ["eth_call", "eth_estimateGas"] {
        let reverted = ask(&dispatcher, method, call(&format!("0x01{}", &panic[2..]))).await;
        let expected = json!({ "code": 3, "message": "execution reverted: assert(false)", "data": panic });
        assert_eq!(reverted["error"], expected);
        let halted = ask(&dispatcher, method, call("0x02")).await;
        assert_eq!(halted["error"], json!({ "code": -32000, "message": "out of gas" }));
    }
    let both = json!([{ "data": "0x01", "input": "0x02" }]);
    assert_eq!(ask(&dispatcher, "eth_call", both).await["error"]["code"], -32000);
    let prices = json!([{ "gasPrice": "0x1", "maxFeePerGas": "0x1" }]);
    assert_eq!(ask(&dispatcher, "eth_call", prices).await["error"]["code"], -32000);
}

#[tokio::test]
async fn a_client_that_goes_frees_its_place() {
    let mock = Arc::new(Mock::new());
    let config = rpc::Config { costly_calls_max: 1, ..crate::config(&mock) };
    let dispatcher = rpc::Dispatcher::new(mock, &config, rpc::Namespaces::ALL);
    let endless = crate::request("eth_call", json!([{ "data": "0x03" }]));
    let started = std::time::Instant::now();
    let gone =
        tokio::time::timeout(std::time::Duration::from_millis(50), dispatcher.handle(endless.into(), None)).await;
    assert!(gone.is_err(), "the call has no end of its own");
    assert_eq!(ask(&dispatcher, "eth_call", json!([{ "data": "0x" }])).await["result"], "0x");
    assert!(started.elapsed() < limits::CALL_TIME_MAX, "the place was freed at once, not when the time was up");
}

#[tokio::test]
async fn an_endless_call_ends_in_time() {
    let dispatcher = dispatcher(&Arc::new(Mock::new()));
    let started = std::time::Instant::now();
    let found = ask(&dispatcher, "eth_call", json!([{ "data": "0x03", "gas": "0xffffffff" }])).await;
    assert_eq!(found["error"], json!({ "code": -32002, "message": "request timed out" }));
    assert!(started.elapsed() >= limits::CALL_TIME_MAX);
}

/// Remembers what it is told.
#[derive(Debug, Default)]
struct Heard(std::sync::Mutex<Vec<(&'static str, i32)>>);

impl rpc::Observer for Heard {
    fn call(&self, method: &'static str, code: i32, _: std::time::Duration) {
        self.0.lock().expect("no panic").push((method, code));
    }
}

#[tokio::test]
async fn an_observer_is_told_of_each_call_by_its_usual_name() {
    let mock = Arc::new(Mock::new());
    let heard = Arc::new(Heard::default());
    let config = rpc::Config { observer: Some(heard.clone()), ..crate::config(&mock) };
    let dispatcher = rpc::Dispatcher::new(mock, &config, rpc::Namespaces::ALL);
    let batch = format!(
        r#"[{CHAIN_ID},{{"jsonrpc":"2.0","id":2,"method":"eth_unheardOf"}},{{"jsonrpc":"2.0","method":"eth_blockNumber"}}]"#
    );
    answer(&dispatcher, batch).await;
    ask(&dispatcher, "eth_getBalance", json!(["me"])).await;
    let heard = heard.0.lock().expect("no panic").clone();
    assert_eq!(heard, [("eth_chainId", 0), ("unknown", -32601), ("eth_blockNumber", 0), ("eth_getBalance", -32602)]);
}
