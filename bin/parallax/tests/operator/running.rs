//! A node as a process that listens.

use serde_json::{Value, json};
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// How long anything may take that takes no time at all on a quiet machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A process that listens, killed at the end of a test that fails.
pub(crate) struct Running {
    pub(crate) child: Child,
    /// Where JSON-RPC is.
    pub(crate) address: String,
    /// Where metrics and health are; empty if nowhere.
    pub(crate) metrics: String,
    /// What a development node told of its start.
    pub(crate) told: Value,
    /// Nobody reads it: the process must not care.
    _unread: Option<ChildStderr>,
}

impl Running {
    /// A development node with one worker on a free port.
    pub(crate) fn dev<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
        command.args(["dev", "--port", "0", "--json", "--workers", "1"]).args(arguments);
        Self::told(command)
    }

    /// A command that becomes a development node which tells of its start as JSON.
    pub(crate) fn told(command: Command) -> Self {
        Self::printing(command).0
    }

    /// The same, with what it prints from then on.
    pub(crate) fn printing(mut command: Command) -> (Self, BufReader<ChildStdout>) {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a process");
        let mut line = String::new();
        let mut printed = BufReader::new(child.stdout.take().expect("an output"));
        printed.read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        (Self::at(child, told), printed)
    }

    /// A development node by what it told of its start.
    pub(crate) fn at(child: Child, told: Value) -> Self {
        let address = told["http"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address").to_owned();
        Self { child, address, metrics: String::new(), told, _unread: None }
    }

    /// A command that becomes a node which logs as JSON; the log is read until it listens, and no further.
    pub(crate) fn logged(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a process");
        let mut log = BufReader::new(child.stderr.take().expect("a log"));
        let (mut address, mut metrics) = (String::new(), String::new());
        while address.is_empty() {
            let mut line = String::new();
            assert!(log.read_line(&mut line).expect("a line") > 0, "it ended: {:?}", child.wait());
            let Ok(event) = serde_json::from_str::<Value>(&line) else { panic!("no JSON: {line}") };
            match event["message"].as_str() {
                Some("metrics") => event["address"].as_str().expect("an address").clone_into(&mut metrics),
                Some("listening") => event["address"].as_str().expect("an address").clone_into(&mut address),
                _ => {}
            }
        }
        Self { child, address, metrics, told: Value::Null, _unread: Some(log.into_inner()) }
    }

    /// The whole answer to a call.
    pub(crate) fn answer(&self, method: &str, params: &Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let (_, body) = http(&self.address, "POST", "/", &body);
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"))
    }

    /// The result of a call.
    pub(crate) fn ask(&self, method: &str, params: &Value) -> Value {
        self.answer(method, params)["result"].take()
    }

    /// Sends a wei from the first account to the second; gives the receipt.
    pub(crate) fn transfer(&self) -> Value {
        let accounts = &self.told["accounts"];
        let request =
            json!([{ "from": accounts[0]["address"], "to": accounts[1]["address"], "value": "0x1", "gas": "0x5208" }]);
        let hash = self.ask("eth_sendTransaction", &request);
        assert!(hash.is_string(), "{hash}");
        self.receipt(&hash)
    }

    /// The number of the last block.
    pub(crate) fn number(&self) -> u64 {
        let number = self.ask("eth_blockNumber", &json!([]));
        let digits = number.as_str().and_then(|number| number.strip_prefix("0x")).expect("a quantity");
        u64::from_str_radix(digits, 16).expect("a number")
    }

    /// Waits for a receipt.
    pub(crate) fn receipt(&self, hash: &Value) -> Value {
        let start = Instant::now();
        loop {
            let receipt = self.ask("eth_getTransactionReceipt", &json!([hash]));
            if !receipt.is_null() {
                return receipt;
            }
            assert!(start.elapsed() < PATIENCE, "no receipt");
            std::thread::yield_now();
        }
    }

    /// Sends a signal.
    pub(crate) fn send(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill").success());
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn signal(&mut self, signal: &str) -> ExitStatus {
        self.send(signal);
        self.child.wait().expect("an end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and body of one HTTP request.
pub(crate) fn http(address: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

/// A path where nothing is yet.
pub(crate) fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("an old folder can be removed");
    }
    path
}
