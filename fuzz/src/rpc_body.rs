//! The body of a request, before a node with a chain.

use node::{GenesisOptions, Keys, Mining, Node, Options, TEST_MNEMONIC};
use primitives::U256;
use rpc::{Config, Dispatcher, Namespaces};
use serde_json::Value;
use std::sync::{LazyLock, Mutex};
use tokio::runtime::{Builder, Runtime};

struct Fixture {
    runtime: Runtime,
    dispatcher: Dispatcher,
    _node: Node,
}

/// Development methods are left out: mining a hundred thousand blocks is what they are for.
static FIXTURE: LazyLock<Mutex<Fixture>> = LazyLock::new(|| {
    let keys = Keys::from_mnemonic(TEST_MNEMONIC, 2).expect("keys");
    let genesis = GenesisOptions {
        chain_id: 31337,
        accounts: keys.addresses(),
        balance: U256::from(10_u64).pow(U256::from(20)),
        ..GenesisOptions::default()
    };
    let options = Options { mining: Mining::Manual, ..Options::new(genesis) };
    let node = Node::start(&options, keys, Box::new(|error| panic!("the node fails: {error}"))).expect("a node");
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let config = Config { http_namespaces: Namespaces::ALL, ..Config::default() };
    let dispatcher = Dispatcher::new(node.chain().clone(), &config, config.http_namespaces);
    Mutex::new(Fixture { runtime, dispatcher, _node: node })
});

/// An answer is JSON, each response has a result or an error, and no request makes the node fail.
pub fn check(bytes: &[u8]) {
    let fixture = FIXTURE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let answer = fixture.runtime.block_on(fixture.dispatcher.handle(bytes.to_vec().into(), None));
    let Some(answer) = answer else { return };
    let answer: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
    let responses = answer.as_array().map_or(std::slice::from_ref(&answer), Vec::as_slice);
    assert!(!responses.is_empty(), "an empty batch is one error");
    for response in responses {
        let error = response.get("error");
        assert!(error.is_some() != response.get("result").is_some(), "{response}");
        assert!(error.is_none_or(|error| error["code"] != -32603), "{response}");
    }
}
