//! HTTP and JSON as they are on the wire, on one connection.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

pub(crate) struct Client(BufReader<TcpStream>);

/// Longer than anything here takes, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(50);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self(BufReader::new(stream))
    }

    /// The answer to a request, be it an error.
    pub(crate) fn answer(&mut self, method: &str, params: Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.0.get_mut().write_all((head + &body).as_bytes()).expect("sent");
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            assert_ne!(self.0.read_line(&mut line).expect("a line"), 0, "closed");
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// The result of a request that succeeds.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let mut answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The error of a request that fails, as code and text.
    pub(crate) fn error(&mut self, method: &str, params: Value) -> (i64, String) {
        let answer = self.answer(method, params);
        let error = answer.get("error").unwrap_or_else(|| panic!("{method} succeeded: {answer}"));
        (error["code"].as_i64().expect("a code"), error["message"].as_str().expect("a text").to_owned())
    }

    /// Asks until the answer is what is waited for.
    pub(crate) fn until(&mut self, method: &str, params: &Value, is_it: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let answer = self.ask(method, params.clone());
            if is_it(&answer) {
                return answer;
            }
            assert!(start.elapsed() < PATIENCE, "{method} stays at {answer}");
            std::thread::yield_now();
        }
    }

    /// Waits for the receipt of a transaction.
    pub(crate) fn receipt(&mut self, hash: impl serde::Serialize) -> Value {
        self.until("eth_getTransactionReceipt", &json!([hash]), |receipt| !receipt.is_null())
    }
}
