//! HTTP as it is on the wire.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rpc::{Config, Namespaces, Server, limits};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{config, mock::Mock, request, start};

/// A client that sees bytes. What came behind an answer is kept for the next.
struct Raw(TcpStream, Vec<u8>);

/// An answer taken apart.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Raw {
    async fn connect(server: &Server) -> Self {
        Self(TcpStream::connect(server.http_address().expect("HTTP")).await.expect("a connection"), Vec::new())
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.expect("sent");
    }

    /// One answer, its body by its length.
    async fn receive(&mut self) -> Answer {
        let mut bytes = std::mem::take(&mut self.1);
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            assert_ne!(
                self.0.read_buf(&mut bytes).await.expect("read"),
                0,
                "closed: {}",
                String::from_utf8_lossy(&bytes)
            );
        };
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head").to_ascii_lowercase();
        let length = head
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.split("\r\n").next().expect("a value").parse().expect("a number"));
        let mut body = bytes.split_off(end);
        while body.len() < length {
            assert_ne!(self.0.read_buf(&mut body).await.expect("read"), 0, "closed inside a body");
        }
        self.1 = body.split_off(length);
        let status = head[9..12].parse().expect("a status");
        Answer { status, head, body }
    }

    /// Whether the server has closed the connection, after what it may still have sent.
    async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), self.0.read_to_end(&mut rest)).await;
        read.is_ok()
    }
}

fn post(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

fn chain_id() -> String {
    post("", &request("eth_chainId", json!([])))
}

async fn status(server: &Server, bytes: impl AsRef<[u8]>) -> u16 {
    let mut client = Raw::connect(server).await;
    client.send(bytes).await;
    client.receive().await.status
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let server = start(&Arc::new(Mock::new())).await;
    let mut client = Raw::connect(&server).await;
    for _ in 0..3 {
        client.send(chain_id()).await;
        let answer = client.receive().await;
        assert_eq!(answer.status, 200);
        assert!(answer.head.contains("content-type: application/json"));
        assert_eq!(answer.body, br#"{"jsonrpc":"2.0","id":1,"result":"0x7a69"}"#);
    }
    // Two at once are answered one after the other.
    client.send(chain_id() + &chain_id()).await;
    assert_eq!(client.receive().await.status, 200);
    client.send(post("", r#"{"jsonrpc":"2.0","method":"eth_chainId"}"#)).await;
    assert_eq!(client.receive().await.status, 200);
    assert_eq!(client.receive().await.status, 204);
    server.stop().await;
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = start(&Arc::new(Mock::new())).await;
    let body = |length: usize| {
        let request = request("eth_chainId", json!([]));
        request.clone() + &" ".repeat(length - request.len())
    };
    for length in [limits::BODY_BYTES_MAX - 1, limits::BODY_BYTES_MAX] {
        assert_eq!(status(&server, post("", &body(length))).await, 200);
    }
    let begun = Instant::now();
    for length in [limits::BODY_BYTES_MAX + 1, 64 << 20] {
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut client = Raw::connect(&server).await;
        client.send(head).await;
        assert_eq!(client.receive().await.status, 413, "before a byte of the body has come");
        assert!(client.is_closed().await);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    server.stop().await;
}

#[tokio::test]
async fn bodies_without_a_length_are_bounded_too() {
    let server = start(&Arc::new(Mock::new())).await;
    let head =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let body = request("eth_chainId", json!([]));
    let mut client = Raw::connect(&server).await;
    client
        .send(format!("{head}{:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", 10, &body[..10], body.len() - 10, &body[10..]))
        .await;
    assert_eq!(client.receive().await.status, 200);
    let mut client = Raw::connect(&server).await;
    client.send(head).await;
    let chunk = |length: usize| format!("{length:x}\r\n{}\r\n", " ".repeat(length));
    client.send(chunk(limits::BODY_BYTES_MAX)).await;
    // One byte more, and the rest of it never comes.
    client.send("1000000\r\n ").await;
    assert_eq!(client.receive().await.status, 413, "before the body has ended");
    assert!(client.is_closed().await);
    // One that does not stop is cut off: the server may close while we still send.
    let mut client = Raw::connect(&server).await;
    client.send(head).await;
    let mut sent = 0;
    while sent < 64 && client.0.write_all(chunk(1 << 20).as_bytes()).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 64, "all of it was read");
    // Compressed requests are not unpacked.
    let packed = post("Content-Encoding: gzip\r\n", "x");
    assert_eq!(status(&server, packed).await, 415);
    server.stop().await;
}

#[tokio::test]
async fn only_what_is_json_by_post_is_answered() {
    let server = start(&Arc::new(Mock::new())).await;
    let body = request("eth_chainId", json!([]));
    for (kind, expected) in [
        ("Content-Type: application/json; charset=utf-8\r\n", 200),
        ("content-type: APPLICATION/JSON\r\n", 200),
        ("", 200),
        ("Content-Type: text/plain\r\n", 415),
        ("Content-Type: application/x-www-form-urlencoded\r\n", 415),
        ("Origin: http://localhost\r\n", 415),
    ] {
        let bytes = format!("POST / HTTP/1.1\r\nHost: localhost\r\n{kind}Content-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(status(&server, bytes).await, expected, "{kind}");
    }
    assert_eq!(status(&server, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await, 405);
    let browser = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n";
    assert_eq!(status(&server, browser).await, 200);
    assert_eq!(status(&server, browser.replace("localhost", "evil.example")).await, 403);
    assert_eq!(status(&server, "PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n").await, 405);
    assert_eq!(status(&server, "rubbish\r\n\r\n").await, 400);
    server.stop().await;
}

#[tokio::test]
async fn pages_of_strangers_are_kept_out() {
    let mock = Arc::new(Mock::new());
    let config = Config {
        origins: vec!["https://app.example".to_owned()],
        hosts: vec!["node.example".to_owned()],
        ..config(&mock)
    };
    let server = Server::start(mock, &config).await.expect("a server");
    let body = request("eth_chainId", json!([]));
    let bytes = |host: &str, more: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    for (host, origin, expected) in [
        ("localhost:8545", "", 200),
        ("127.0.0.1", "", 200),
        ("node.example", "", 200),
        ("rebound.example", "", 403),
        ("localhost", "Origin: https://evil.example\r\n", 403),
        ("localhost", "Origin: null\r\n", 403),
        ("localhost", "Origin: https://app.example\r\n", 200),
        ("localhost:8545", "Origin: http://localhost:8545\r\n", 200),
    ] {
        assert_eq!(status(&server, bytes(host, origin)).await, expected, "{host} {origin}");
    }
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_eq!(status(&server, upgrade).await, 403);
    let mut client = Raw::connect(&server).await;
    client.send("OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n\r\n").await;
    let answer = client.receive().await;
    assert_eq!(answer.status, 204);
    assert!(answer.head.contains("access-control-allow-origin: https://app.example"), "{}", answer.head);
    assert!(answer.head.contains("access-control-allow-methods: post"), "{}", answer.head);
    server.stop().await;
}

#[tokio::test]
async fn what_signs_or_controls_is_for_development_nodes() {
    let methods = [
        "eth_accounts",
        "eth_sendTransaction",
        "eth_sign",
        "eth_signTypedData_v4",
        "personal_sign",
        "evm_mine",
        "evm_snapshot",
        "anvil_setBalance",
        "hardhat_impersonateAccount",
        "anvil_nodeInfo",
    ];
    let codes = |dev: bool, has_dev: bool, namespaces| async move {
        let mock = Arc::new(if has_dev { Mock::dev() } else { Mock::new() });
        let config = Config { dev, ..config(&mock) };
        let dispatcher = rpc::Dispatcher::new(mock, &config, namespaces);
        let mut codes = Vec::new();
        for method in methods {
            codes.push(crate::ask(&dispatcher, method, json!([])).await["error"]["code"].as_i64());
        }
        codes
    };
    let hidden = vec![Some(-32601); methods.len()];
    assert_eq!(codes(false, true, Namespaces::ALL).await, hidden);
    assert_eq!(codes(true, false, Namespaces::ALL).await, hidden);
    assert_eq!(codes(true, true, Namespaces::PUBLIC).await, hidden);
    let offered = codes(true, true, Namespaces::ALL).await;
    assert!(!offered.contains(&Some(-32601)), "{offered:?}");
}

#[tokio::test]
async fn long_answers_are_packed_for_those_who_ask() {
    let mock = Arc::new(Mock::new());
    mock.append((10..200).map(crate::mock::legacy).collect());
    let server = start(&mock).await;
    let block = request("eth_getBlockByNumber", json!(["latest", true]));
    let mut client = Raw::connect(&server).await;
    client.send(post("", &block)).await;
    let plain = client.receive().await;
    client.send(post("Accept-Encoding: gzip, br\r\n", &block)).await;
    let packed = client.receive().await;
    assert!(packed.head.contains("content-encoding: gzip") && !plain.head.contains("content-encoding"));
    assert!(packed.body.len() < plain.body.len() / 4);
    let mut unpacked = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&packed.body[..]);
    std::io::Read::read_to_end(&mut decoder, &mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain.body);
    client.send(post("Accept-Encoding: gzip\r\n", &request("eth_chainId", json!([])))).await;
    assert!(!client.receive().await.head.contains("content-encoding"), "short answers are sent as they are");
    server.stop().await;
}

#[tokio::test]
async fn connections_are_bounded() {
    let server = start(&Arc::new(Mock::new())).await;
    let mut clients = Vec::new();
    for number in 0..limits::CONNECTIONS_MAX {
        let mut client = Raw::connect(&server).await;
        if number + 1 == limits::CONNECTIONS_MAX {
            client.send(chain_id()).await;
            assert_eq!(client.receive().await.status, 200, "the last that has a place");
        }
        clients.push(client);
    }
    let mut refused = Raw::connect(&server).await;
    assert!(refused.is_closed().await, "one too many");
    drop(clients.pop());
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let mut client = Raw::connect(&server).await;
        // A place is free as soon as the server has seen the other go.
        if client.0.write_all(chain_id().as_bytes()).await.is_ok() {
            let mut answer = [0; 12];
            if client.0.read_exact(&mut answer).await.is_ok() {
                assert_eq!(&answer, b"HTTP/1.1 200");
                break;
            }
        }
        assert!(Instant::now() < deadline, "the place was never freed");
    }
    server.stop().await;
}

/// The clock is the test's: ten seconds pass as soon as nothing else is to be done.
#[tokio::test(start_paused = true)]
async fn half_open_requests_are_dropped_in_time() {
    let server = start(&Arc::new(Mock::new())).await;
    for begun in ["", "POST / HT", "POST / HTTP/1.1\r\nHost: localhost\r\nX: "] {
        let mut client = Raw::connect(&server).await;
        client.send(begun).await;
        let started = tokio::time::Instant::now();
        assert!(client.is_closed().await, "{begun:?}");
        let waited = started.elapsed();
        assert!(
            waited >= limits::HEADER_TIME_MAX - Duration::from_secs(1) && waited < Duration::from_secs(15),
            "{begun:?} {waited:?}"
        );
    }
    let mut client = Raw::connect(&server).await;
    client
        .send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        .await;
    let answer = client.receive().await;
    assert_eq!(answer.status, 408);
    server.stop().await;
}

/// The clock is the test's here too.
#[tokio::test(start_paused = true)]
async fn who_does_not_read_is_dropped_in_time() {
    let mock = Arc::new(Mock::new());
    mock.append((10..20_000).map(crate::mock::legacy).collect());
    let server = start(&mock).await;
    let mut client = Raw::connect(&server).await;
    client.send(post("", &request("eth_getBlockByNumber", json!(["latest", true])))).await;
    tokio::time::sleep(2 * limits::SEND_TIME_MAX).await;
    let mut answer = Vec::new();
    let _ = client.0.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    let length = answer
        .to_ascii_lowercase()
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next().and_then(|length| length.parse::<usize>().ok()));
    assert!(length.is_some_and(|length| answer.len() < length), "the answer was cut");
    server.stop().await;
}

#[tokio::test]
async fn half_open_requests_do_not_slow_others() {
    let server = start(&Arc::new(Mock::new())).await;
    let mut half_open = Vec::new();
    for _ in 0..200 {
        let mut client = Raw::connect(&server).await;
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{").await;
        half_open.push(client);
    }
    let mut client = Raw::connect(&server).await;
    let begun = Instant::now();
    for _ in 0..100 {
        client.send(chain_id()).await;
        assert_eq!(client.receive().await.status, 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    server.stop().await;
}

#[tokio::test]
async fn a_stop_answers_what_is_under_way() {
    let mock = Arc::new(Mock::new());
    let server = start(&mock).await;
    let mut idle = Raw::connect(&server).await;
    idle.send(chain_id()).await;
    assert_eq!(idle.receive().await.status, 200);
    let mut busy = Raw::connect(&server).await;
    let raw = format!("0x{}", raw_transaction(40));
    busy.send(post("", &request("eth_sendRawTransactionSync", json!([raw, "0x3e8"])))).await;
    while mock_pool_is_empty(&mock) {
        tokio::task::yield_now().await;
    }
    let address = server.http_address().expect("HTTP");
    let stopping = tokio::spawn(server.stop());
    assert!(idle.is_closed().await);
    mock.mine();
    let answer = busy.receive().await;
    let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(answer["result"]["status"], "0x1");
    stopping.await.expect("stopped");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

fn mock_pool_is_empty(mock: &Mock) -> bool {
    rpc::backend::Pool::status(mock).0 == 0
}

/// A transaction as EIP-2718 bytes in hexadecimal.
pub(crate) fn raw_transaction(nonce: u64) -> String {
    use primitives::{alloy_eips::Encodable2718, alloy_primitives::hex};
    hex::encode(crate::mock::eip1559(nonce).encoded_2718())
}
