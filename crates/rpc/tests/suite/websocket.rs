//! WebSocket: requests and subscriptions on one connection.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use rpc::{Server, backend::SyncStatus, limits};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use crate::{
    mock::{Mock, TARGET, TOPIC, eip1559, legacy},
    request, start,
};

struct Client(WebSocketStream<TcpStream>);

impl Client {
    async fn connect(server: &Server) -> Self {
        let address = server.http_address().expect("HTTP");
        let stream = TcpStream::connect(address).await.expect("a connection");
        Self(client_async(format!("ws://{address}/"), stream).await.expect("a handshake").0)
    }

    async fn send(&mut self, text: String) {
        self.0.send(Message::text(text)).await.expect("sent");
    }

    async fn receive(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("in time");
            match message.expect("open").expect("a message") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.send(request(method, params)).await;
        self.receive().await
    }

    async fn subscribe(&mut self, params: Value) -> String {
        let answer = self.ask("eth_subscribe", params).await;
        answer["result"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// The next message, which must be of this subscription.
    async fn told(&mut self, subscription: &str) -> Value {
        let mut message = self.receive().await;
        assert_eq!(message["method"], "eth_subscription", "{message}");
        assert_eq!(message["params"]["subscription"], subscription);
        message["params"]["result"].take()
    }
}

#[tokio::test]
async fn requests_are_answered_as_over_http() {
    let server = start(&Arc::new(Mock::new())).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.ask("eth_chainId", json!([])).await["result"], "0x7a69");
    assert_eq!(client.ask("eth_call", json!([{ "data": "0x00" }])).await["result"], "0x00");
    client.send("{".to_owned()).await;
    assert_eq!(client.receive().await["error"]["code"], -32700);
    client.0.send(Message::binary(request("eth_chainId", json!([])).into_bytes())).await.expect("sent");
    assert_eq!(client.receive().await["result"], "0x7a69");
    server.stop().await;
}

#[tokio::test]
async fn cheap_answers_do_not_wait_for_costly_ones() {
    let server = start(&Arc::new(Mock::new())).await;
    let mut client = Client::connect(&server).await;
    client.send(request("eth_call", json!([{ "data": "0x03" }]))).await;
    assert_eq!(client.ask("eth_chainId", json!([])).await["result"], "0x7a69");
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn subscribers_are_told() {
    let mock = Arc::new(Mock::new());
    let server = start(&mock).await;
    let mut client = Client::connect(&server).await;
    let heads = client.subscribe(json!(["newHeads"])).await;
    let block = mock.append(vec![legacy(20)]);
    let head = client.told(&heads).await;
    assert_eq!(head["hash"], json!(block.hash));
    assert_eq!(head["number"], "0x3");
    assert_eq!(client.ask("eth_unsubscribe", json!([heads])).await["result"], true);
    assert_eq!(client.ask("eth_unsubscribe", json!([heads])).await["error"]["message"], "subscription not found");

    let logs = client.subscribe(json!(["logs", { "address": TARGET, "topics": [TOPIC] }])).await;
    let other = client.subscribe(json!(["logs", { "address": TOPIC.to_string()[..42] }])).await;
    mock.append(vec![legacy(21), legacy(22)]);
    for index in ["0x0", "0x1"] {
        let log = client.told(&logs).await;
        assert_eq!((&log["logIndex"], &log["removed"]), (&json!(index), &json!(false)));
    }
    mock.take_back();
    for _ in 0..2 {
        assert_eq!(client.told(&logs).await["removed"], true);
    }
    for subscription in [logs, other] {
        assert_eq!(client.ask("eth_unsubscribe", json!([subscription])).await["result"], true);
    }

    let hashes = client.subscribe(json!(["newPendingTransactions"])).await;
    let transaction = eip1559(30);
    mock.pool_transaction(transaction.clone());
    assert_eq!(client.told(&hashes).await, json!(transaction.tx_hash()));
    client.ask("eth_unsubscribe", json!([hashes])).await;
    let whole = client.subscribe(json!(["newPendingTransactions", true])).await;
    mock.pool_transaction(eip1559(31));
    let told = client.told(&whole).await;
    assert_eq!((&told["nonce"], &told["blockHash"]), (&json!("0x1f"), &Value::Null));
    client.ask("eth_unsubscribe", json!([whole])).await;

    let receipts =
        client.subscribe(json!(["transactionReceipts", { "transactionHashes": [transaction.tx_hash()] }])).await;
    let all = client.subscribe(json!(["transactionReceipts"])).await;
    mock.mine();
    let mut told = [client.receive().await, client.receive().await];
    told.sort_by_key(|message| message["params"]["subscription"] != receipts.as_str());
    assert_eq!(told[0]["params"]["result"].as_array().expect("receipts").len(), 1);
    assert_eq!(told[0]["params"]["result"][0]["transactionHash"], json!(transaction.tx_hash()));
    assert_eq!(told[1]["params"]["subscription"], all.as_str());
    assert_eq!(told[1]["params"]["result"].as_array().expect("receipts").len(), 2);
    for subscription in [receipts, all] {
        client.ask("eth_unsubscribe", json!([subscription])).await;
    }

    let syncing = client.subscribe(json!(["syncing"])).await;
    mock.publish_sync(SyncStatus::Syncing { starting: 1, current: 2, highest: 16 });
    let told = client.told(&syncing).await;
    assert_eq!((&told["syncing"], &told["status"]["highestBlock"]), (&json!(true), &json!("0x10")));
    mock.publish_sync(SyncStatus::Synced);
    assert_eq!(client.told(&syncing).await, json!(false));
    server.stop().await;
}

#[tokio::test]
async fn subscriptions_are_checked_and_bounded() {
    let server = start(&Arc::new(Mock::new())).await;
    let mut client = Client::connect(&server).await;
    let answer = client.ask("eth_subscribe", json!(["newTails"])).await;
    assert_eq!(answer["error"]["message"], "no \"newTails\" subscription in eth namespace");
    assert_eq!(client.ask("eth_subscribe", json!([])).await["error"]["code"], -32602);
    assert_eq!(client.ask("eth_subscribe", json!(["logs", { "address": 5 }])).await["error"]["code"], -32602);
    for _ in 0..limits::SUBSCRIPTIONS_MAX {
        client.subscribe(json!(["newHeads"])).await;
    }
    assert_eq!(client.ask("eth_subscribe", json!(["newHeads"])).await["error"]["code"], -32005);
    server.stop().await;
}

#[tokio::test]
async fn a_subscriber_who_lost_events_is_dropped() {
    let mock = Arc::new(Mock::new());
    let server = start(&mock).await;
    let mut client = Client::connect(&server).await;
    client.subscribe(json!(["newPendingTransactions"])).await;
    let transaction = Arc::new(rpc::backend::PoolTransaction { transaction: legacy(1), sender: TARGET });
    // One thread runs this test and the server, so nothing is taken out of the queue in between. The server is about
    // to take one; the others wait.
    for _ in 0..limits::SUBSCRIBER_QUEUE_MAX + 2 {
        rpc::Backend::events(&*mock).publish_pending(Arc::clone(&transaction));
    }
    let mut told = 0;
    let frame = loop {
        match client.0.next().await.expect("a last message").expect("a message") {
            Message::Text(_) => told += 1,
            Message::Close(frame) => break frame.expect("a reason"),
            other => panic!("{other:?}"),
        }
    };
    assert!(told <= 1, "{told}");
    assert_eq!(frame.reason.as_str(), "subscriber too slow: events were lost");
    server.stop().await;
}

#[tokio::test]
async fn as_many_events_as_may_wait_are_told() {
    let mock = Arc::new(Mock::new());
    let server = start(&mock).await;
    let mut client = Client::connect(&server).await;
    let pending = client.subscribe(json!(["newPendingTransactions"])).await;
    let transaction = Arc::new(rpc::backend::PoolTransaction { transaction: legacy(1), sender: TARGET });
    for _ in 0..limits::SUBSCRIBER_QUEUE_MAX {
        rpc::Backend::events(&*mock).publish_pending(Arc::clone(&transaction));
    }
    for _ in 0..limits::SUBSCRIBER_QUEUE_MAX {
        client.told(&pending).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn messages_are_bounded() {
    let server = start(&Arc::new(Mock::new())).await;
    let body = |length: usize| {
        let request = request("eth_chainId", json!([]));
        request.clone() + &" ".repeat(length - request.len())
    };
    let mut client = Client::connect(&server).await;
    client.send(body(limits::BODY_BYTES_MAX)).await;
    assert_eq!(client.receive().await["result"], "0x7a69");
    let _ = client.0.send(Message::text(body(limits::BODY_BYTES_MAX + 1))).await;
    let end = client.0.next().await;
    assert!(matches!(end, None | Some(Err(_) | Ok(Message::Close(_)))), "{end:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_stop_says_goodbye() {
    let server = start(&Arc::new(Mock::new())).await;
    let mut client = Client::connect(&server).await;
    client.subscribe(json!(["newHeads"])).await;
    let stopping = tokio::spawn(server.stop());
    let message = client.0.next().await.expect("a last message").expect("a message");
    assert!(matches!(message, Message::Close(_)), "{message:?}");
    drop(client);
    stopping.await.expect("stopped");
}

/// The clock is the test's: time passes as soon as nothing else is to be done.
#[tokio::test(start_paused = true)]
async fn who_has_vanished_is_dropped_and_who_is_silent_is_not() {
    let server = start(&Arc::new(Mock::new())).await;
    let mut silent = Client::connect(&server).await;
    let vanished = Client::connect(&server).await;
    // Reading answers pings; the other one never reads.
    let pinged = tokio::time::timeout(10 * limits::PING_TIME, async {
        while let Some(Ok(message)) = silent.0.next().await {
            assert!(matches!(message, Message::Ping(_)), "{message:?}");
        }
    });
    assert!(pinged.await.is_err(), "the connection lived on");
    assert_eq!(silent.ask("eth_chainId", json!([])).await["result"], "0x7a69");
    let mut left = vanished.0.into_inner();
    let mut rest = Vec::new();
    let closed = tokio::io::AsyncReadExt::read_to_end(&mut left, &mut rest);
    tokio::time::timeout(limits::PING_TIME, closed).await.expect("closed long ago").expect("read");
    server.stop().await;
}
