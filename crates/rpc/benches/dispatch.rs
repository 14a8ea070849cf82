//! What one request costs: `cargo bench -p parallax-rpc`.
//!
//! `dispatch` is everything between the bytes of a body and those of its answer, `http` adds the server's side of the
//! connection *and* the client's, on one thread. The mock decodes and hashes a submitted transaction and keeps it; it
//! recovers no sender.

use std::{hint::black_box, sync::Arc, time::Instant};

use bytes::Bytes;
use primitives::{alloy_eips::Encodable2718, alloy_primitives::hex};
use rpc::{Config, Dispatcher, Namespaces, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
};

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/suite/mock.rs"]
mod mock;
#[path = "../tests/suite/mock_dev.rs"]
mod mock_dev;

const REQUESTS: usize = 20_000;

fn chain_ids() -> Vec<Bytes> {
    let body = Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#);
    vec![body; REQUESTS]
}

fn submissions() -> Vec<Bytes> {
    let body = |nonce| {
        let raw = hex::encode(mock::eip1559(nonce).encoded_2718());
        Bytes::from(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x{raw}"]}}"#))
    };
    (100..).take(REQUESTS).map(body).collect()
}

fn report(name: &str, begun: Instant) {
    let nanoseconds = begun.elapsed().as_nanos() / REQUESTS as u128;
    println!("{name}: {nanoseconds} ns");
}

fn dispatch(runtime: &Runtime, name: &str, bodies: Vec<Bytes>) {
    let dispatcher = Dispatcher::new(Arc::new(mock::Mock::new()), &Config::default(), Namespaces::ALL);
    let begun = Instant::now();
    runtime.block_on(async {
        for body in bodies {
            black_box(dispatcher.handle(body, None).await);
        }
    });
    report(&format!("rpc::dispatch/method={name}"), begun);
}

fn http(runtime: &Runtime, name: &str, bodies: &[Bytes]) {
    runtime.block_on(async {
        let config = Config { http: "127.0.0.1:0".parse().ok(), ..Config::default() };
        let server = Server::start(Arc::new(mock::Mock::new()), &config).await.expect("a server");
        let mut client = TcpStream::connect(server.http_address().expect("HTTP")).await.expect("a connection");
        let mut answer = vec![0; 4096];
        let begun = Instant::now();
        for body in bodies {
            let head = format!(
                "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            client.write_all(&[head.as_bytes(), body].concat()).await.expect("sent");
            let length = client.read(&mut answer).await.expect("an answer");
            assert!(answer[..length].ends_with(b"}"));
        }
        report(&format!("rpc::http/method={name}"), begun);
        server.stop().await;
    });
}

fn main() {
    // Cargo says so when it wants measurements; test runners that look for tests here find none.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    dispatch(&runtime, "eth_chainId", chain_ids());
    dispatch(&runtime, "eth_sendRawTransaction", submissions());
    http(&runtime, "eth_chainId", &chain_ids());
    http(&runtime, "eth_sendRawTransaction", &submissions());
}
