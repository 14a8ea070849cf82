//! A node in the hands of its machine: signals under load, a log that nobody reads, wrong settings.

use crate::{
    code::*,
    command::{parallax, scratch},
    load::load,
    running::{Running, fresh, http},
};
use serde_json::{Value, json};
use std::{
    ffi::OsStr,
    fs,
    net::TcpStream,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

fn datadir(folder: &Path) -> [&OsStr; 2] {
    [OsStr::new("--datadir"), folder.as_os_str()]
}

/// Signals a loaded node; gives how long it took to end after the last signal.
fn ends_under_load(name: &str, signals: &[&str], within: Duration) {
    let folder = fresh(name);
    let mut node = Running::dev(datadir(&folder));
    let (send, acknowledged) = std::sync::mpsc::channel();
    let (end, mut seen) = (AtomicBool::new(false), Vec::new());
    let start = thread::scope(|scope| {
        scope.spawn(|| load(&node, &end, &send));
        while seen.len() < 50 {
            seen.push(acknowledged.recv_timeout(crate::running::PATIENCE).expect("a receipt"));
        }
        signals.iter().for_each(|signal| node.send(signal));
        let start = Instant::now();
        end.store(true, Ordering::Relaxed);
        start
    });
    assert_eq!(node.child.wait().expect("an end").code(), Some(0));
    assert!(start.elapsed() < within, "{:?}", start.elapsed());
    drop(send);
    seen.extend(acknowledged);
    let again = Running::dev(datadir(&folder));
    for hash in &seen {
        let receipt = again.ask("eth_getTransactionReceipt", &json!([hash]));
        assert_eq!(receipt["status"], "0x1", "the receipt of {hash} was given and is lost");
    }
}

#[test]
fn sigterm_ends_a_loaded_node_and_loses_nothing() {
    ends_under_load("operations-term", &["-TERM"], Duration::from_secs(5));
}

#[test]
fn sigint_ends_a_loaded_node_and_loses_nothing() {
    ends_under_load("operations-int", &["-INT"], Duration::from_secs(5));
}

#[test]
fn a_second_signal_ends_a_loaded_node_at_once_and_loses_nothing() {
    ends_under_load("operations-twice", &["-TERM", "-TERM"], Duration::from_secs(2));
}

#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    command.args(["dev", "--port", "0", "--workers", "1", "--log", "trace", "--log-format", "json"]);
    command.args(["--metrics", "127.0.0.1:0", "--no-mining"]);
    // A development node says where it listens on standard output; its log tells it too.
    let mut node = Running::logged(command);
    // Far more lines than the pipe and the queue hold; and a client of the metrics that never reads.
    let deaf = TcpStream::connect(&node.metrics).expect("a connection");
    let batch: Vec<Value> =
        (0..1000).map(|id| json!({ "jsonrpc": "2.0", "id": id, "method": "eth_chainId", "params": [] })).collect();
    let batch = Value::Array(batch).to_string();
    for _ in 0..25 {
        let (status, answer) = http(&node.address, "POST", "/", &batch);
        assert_eq!((status, answer.matches("0x7a69").count()), (200, 1000));
    }
    let (status, metrics) = http(&node.metrics, "GET", "/metrics", "");
    assert_eq!(status, 200);
    let calls = "parallax_rpc_calls_total{method=\"eth_chainId\",code=\"0\"} 25000";
    assert!(metrics.contains(calls), "{metrics}");
    let start = Instant::now();
    assert_eq!(node.signal("-TERM").code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    drop(deaf);
}

#[test]
fn what_is_wrong_before_the_start_is_named_with_its_code() {
    let folder = scratch("operations-wrong");
    let path = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    let genesis = parallax(["genesis", "new", "--chain-id", "5"]).succeeds().out.clone();
    write("genesis.json", &genesis);
    write("old.json", &genesis.replace("\"mergeNetsplitBlock\": 0", "\"mergeNetsplitBlock\": 9"));
    write("bad.toml", "port = 1\nprot = 2\n");
    let (good, old, chain) = (path("genesis.json"), path("old.json"), path("chain"));

    parallax(["node", "--config", &path("bad.toml")]).fails(USAGE, "bad.toml:2: unknown setting `prot`");
    parallax(["node", "--config", &path("none.toml")]).fails(USAGE, "none.toml");
    parallax(["node", "--genesis", &good]).fails(USAGE, "--datadir is missing");
    parallax(["node", "--datadir", &chain]).fails(USAGE, "--genesis is missing");
    parallax(["node", "--datadir", &chain, "--genesis", &good, "--log", "loud"]).fails(USAGE, "no level");
    parallax(["node", "--datadir", &chain, "--genesis", &path("none.json")]).fails(INPUT, "none.json");
    parallax(["node", "--datadir", &chain, "--genesis", &old]).fails(INPUT, "proof of work");
    let key = ["node", "--datadir", &chain, "--genesis", &good, "--coinbase", &path("key")];
    parallax(key).fails(INPUT, "key: No such file");
    assert!(!Path::new(&chain).exists(), "something was started");

    let node = Running::dev([] as [&str; 0]);
    let port = node.address.rsplit(':').next().expect("a port");
    let taken = ["node", "--datadir", &chain, "--genesis", &good, "--port", port, "--no-metrics", "--log", "off"];
    parallax(taken).fails(PORT, &node.address);
    let metrics = ["node", "--datadir", &chain, "--genesis", &good, "--port", "0", "--log", "off", "--metrics"];
    parallax(metrics.iter().chain([&node.address.as_str()])).fails(PORT, &node.address);
    parallax(["dev", "--port", port]).fails(PORT, &node.address);
}

#[test]
fn a_service_manager_is_told_of_the_start_the_life_and_the_end() {
    let folder = scratch("operations-service");
    let path = folder.join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(crate::running::PATIENCE)).expect("a limit");
    let next = || {
        let mut bytes = [0; 4096];
        let length = socket.recv(&mut bytes).expect("a message");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    command.args(["dev", "--port", "0", "--json", "--workers", "1"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "60000");
    let mut node = Running::told(command);
    assert_eq!(next().trim_end(), "READY=1");
    for _ in 0..3 {
        let alive = next();
        assert!(alive.contains("WATCHDOG=1") && alive.contains("STATUS=ready"), "{alive}");
    }
    node.send("-TERM");
    while next().trim_end() != "STOPPING=1" {}
    assert_eq!(node.child.wait().expect("an end").code(), Some(0));
}
