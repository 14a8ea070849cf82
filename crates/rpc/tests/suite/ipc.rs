//! The socket file.

use std::{os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use rpc::{Config, Namespaces, Server, ServerError, limits};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};

use crate::{
    mock::{Mock, legacy},
    request,
};

/// A path of this test's own, which is short enough for a socket.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("rpc-{}-{name}", std::process::id()))
}

async fn start(mock: &Arc<Mock>, name: &str) -> (Server, PathBuf) {
    let path = path(name);
    let config = Config { ipc: Some(path.clone()), ipc_namespaces: Namespaces::ALL, ..Config::default() };
    (Server::start(Arc::clone(mock) as _, &config).await.expect("a server"), path)
}

async fn line(client: &mut BufReader<UnixStream>) -> Value {
    let mut line = String::new();
    client.read_line(&mut line).await.expect("a line");
    serde_json::from_str(&line).expect("JSON")
}

#[tokio::test]
async fn the_owner_asks_and_subscribes() {
    let mock = Arc::new(Mock::new());
    let (server, path) = start(&mock, "asks").await;
    let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut client = BufReader::new(UnixStream::connect(&path).await.expect("a connection"));
    let chain_id = request("eth_chainId", json!([]));
    // Two values in three writes, then a batch.
    for part in [&chain_id[..7], &chain_id[7..], &format!("[{chain_id}]")] {
        client.write_all(part.as_bytes()).await.expect("sent");
    }
    assert_eq!(line(&mut client).await["result"], "0x7a69");
    assert_eq!(line(&mut client).await[0]["result"], "0x7a69");
    client.write_all(request("eth_subscribe", json!(["newHeads"])).as_bytes()).await.expect("sent");
    let subscription = line(&mut client).await["result"].clone();
    mock.append(vec![legacy(20)]);
    assert_eq!(line(&mut client).await["params"]["subscription"], subscription);
    client.write_all(b"rubbish\n").await.expect("sent");
    assert_eq!(line(&mut client).await["error"]["code"], -32700);
    server.stop().await;
    assert!(!path.exists(), "the file is gone");
}

#[tokio::test]
async fn messages_are_bounded() {
    let (server, path) = start(&Arc::new(Mock::new()), "bounded").await;
    let mut client = UnixStream::connect(&path).await.expect("a connection");
    let body = format!("[{}", " ".repeat(limits::BODY_BYTES_MAX));
    client.write_all(body.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.expect("an end");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["error"]["code"], -32600);
    server.stop().await;
}

#[tokio::test]
async fn only_a_dead_socket_is_replaced() {
    let path = path("replaced");
    let config = Config { ipc: Some(path.clone()), ..Config::default() };
    let start = || async { Server::start(Arc::new(Mock::new()), &config).await };
    std::fs::write(&path, "precious").expect("a file");
    assert!(matches!(start().await, Err(ServerError::Ipc { .. })));
    assert_eq!(std::fs::read(&path).expect("a file"), b"precious");
    std::fs::remove_file(&path).expect("removed");
    // A socket that its process has left behind.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
    let server = start().await.expect("a server");
    assert!(matches!(start().await, Err(ServerError::Ipc { .. })), "the other one lives");
    assert!(path.exists());
    server.stop().await;
}

#[tokio::test]
async fn the_owner_has_a_snapshot_made() {
    let (server, path) = start(&Arc::new(Mock::new()), "snapshot").await;
    let mut client = BufReader::new(UnixStream::connect(&path).await.expect("a connection"));
    let mut answers = Vec::new();
    for file in ["/new", "/there", "near"] {
        client.write_all(request("admin_createSnapshot", json!([file])).as_bytes()).await.expect("sent");
        answers.push(line(&mut client).await);
    }
    assert_eq!(answers[0]["result"]["number"], "0x3");
    assert_eq!(answers[0]["result"]["oldestState"], "0x1");
    for (answer, why) in [(&answers[1], "there is already"), (&answers[2], "absolute")] {
        assert_eq!(answer["error"]["code"], -32602);
        assert!(answer["error"]["message"].as_str().is_some_and(|message| message.contains(why)), "{answer}");
    }
    server.stop().await;
}
