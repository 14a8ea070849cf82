//! The room, from outside.

mod dispatcher;
mod fuzz;
mod http;
mod ipc;
mod limits;
mod methods;
mod mock;
mod mock_dev;
mod openrpc;
mod websocket;

use std::sync::Arc;

use bytes::Bytes;
use mock::Mock;
use rpc::{Config, Dispatcher, Namespaces, Server};
use serde_json::{Value, json};

/// A dispatcher that offers everything the mock has.
fn dispatcher(mock: &Arc<Mock>) -> Dispatcher {
    Dispatcher::new(Arc::clone(mock) as _, &config(mock), Namespaces::ALL)
}

fn config(mock: &Mock) -> Config {
    let loopback = Some("127.0.0.1:0".parse().expect("an address"));
    Config { http: loopback, http_namespaces: Namespaces::ALL, dev: mock.dev.is_some(), ..Config::default() }
}

async fn start(mock: &Arc<Mock>) -> Server {
    Server::start(Arc::clone(mock) as _, &config(mock)).await.expect("a server")
}

/// The answer to a body, as JSON.
async fn answer(dispatcher: &Dispatcher, body: impl Into<Bytes>) -> Option<Value> {
    let answer = dispatcher.handle(body.into(), None).await?;
    Some(serde_json::from_slice(&answer).expect("an answer in JSON"))
}

/// The answer to one request.
async fn ask(dispatcher: &Dispatcher, method: &str, params: Value) -> Value {
    answer(dispatcher, request(method, params)).await.expect("an answer")
}

fn request(method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}
