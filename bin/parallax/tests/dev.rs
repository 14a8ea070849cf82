//! The development node as a process: its start, its ends, and what it refuses.

use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

const USAGE: i32 = 2;
const MACHINE: i32 = 4;

/// A process that listens, killed at the end of a test that fails.
struct Dev {
    child: Child,
    told: Value,
    address: String,
}

impl Dev {
    fn start(datadir: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_parallax"))
            .args(["dev", "--port", "0", "--json", "--workers", "1", "--datadir"])
            .arg(datadir)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        let address = told["http"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address").to_owned();
        Self { child, told, address }
    }

    fn ask(&self, method: &str, params: &Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let length = body.len();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all((head + &body).as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str::<Value>(body).expect("JSON")["result"].take()
    }

    fn signal(&mut self, signal: &str) -> ExitStatus {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().expect("kill");
        assert!(sent.success());
        self.child.wait().expect("an end")
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asserts that the command ends with this code and says this.
#[track_caller]
fn fails(arguments: &[&str], code: i32, complaint: &str) {
    let ran = Command::new(env!("CARGO_BIN_EXE_parallax")).arg("dev").args(arguments).output().expect("a process");
    let text = String::from_utf8(ran.stderr).expect("text");
    assert_eq!(ran.status.code(), Some(code), "{text}");
    assert!(text.contains(complaint), "no {complaint:?} in: {text}");
}

/// A path where nothing is yet.
fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).expect("an old folder can be removed");
    }
    path
}

/// Sends a transaction of the first account and waits for its receipt.
fn transfer(dev: &Dev) -> Value {
    let from = &dev.told["accounts"][0]["address"];
    let request = json!([{ "from": from, "to": dev.told["accounts"][1]["address"], "value": "0x1", "gas": "0x5208" }]);
    let hash = dev.ask("eth_sendTransaction", &request);
    assert!(hash.is_string(), "{hash}");
    let start = Instant::now();
    loop {
        let receipt = dev.ask("eth_getTransactionReceipt", &json!([hash]));
        if !receipt.is_null() {
            return receipt;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "no receipt");
        std::thread::yield_now();
    }
}

#[test]
fn a_signal_ends_it_in_time_and_a_kill_loses_nothing() {
    let folder = scratch("dev-signals");
    let mut dev = Dev::start(&folder);
    assert_eq!(dev.ask("eth_chainId", &json!([])), "0x7a69");
    let first = transfer(&dev);
    assert_eq!(dev.signal("-KILL").code(), None);

    let mut dev = Dev::start(&folder);
    assert_eq!(dev.ask("eth_getTransactionReceipt", &json!([first["transactionHash"]])), first);
    let second = transfer(&dev);
    let start = Instant::now();
    assert_eq!(dev.signal("-TERM").code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());

    let mut dev = Dev::start(&folder);
    assert_eq!(dev.ask("eth_getTransactionReceipt", &json!([second["transactionHash"]])), second);
    assert_eq!(dev.signal("-INT").code(), Some(0));
}

#[test]
fn what_is_taken_is_named() {
    let folder = scratch("dev-taken");
    let dev = Dev::start(&folder);
    let folder_text = folder.to_str().expect("a path");
    let pid = format!("process {}", dev.child.id());
    fails(&["--port", "0", "--datadir", folder_text], MACHINE, &pid);
    let port = dev.address.rsplit(':').next().expect("a port");
    fails(&["--port", port], MACHINE, &dev.address);
}

#[test]
fn a_host_that_others_reach_needs_consent() {
    fails(&["--host", "0.0.0.0", "--port", "0"], USAGE, "--unsafe-host");
    fails(&["--mnemonic", "test junk"], USAGE, "words");
}
