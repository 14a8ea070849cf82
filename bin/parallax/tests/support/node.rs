//! An archive node that knows one recorded block: JSON-RPC over HTTP on a local port.

use super::recorded::Recorded;
use serde_json::{Map, Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// What the node answers, and in which ways it misbehaves.
pub(crate) struct Node {
    recorded: Recorded,
    /// Hashes of ancestors by number.
    pub(crate) hashes: Map<String, Value>,
    /// The identifier of its chain.
    pub(crate) chain: &'static str,
    /// Whether it can trace.
    pub(crate) traces: bool,
    /// Sent instead of any answer.
    pub(crate) reply: Option<Reply>,
}

/// An answer that is none.
#[derive(Clone, Copy)]
pub(crate) enum Reply {
    /// This body with this status.
    Fixed(u16, &'static str),
    /// Nothing, ever.
    Silence,
}

impl Node {
    /// A node that behaves well.
    pub(crate) fn new(recorded: Recorded) -> Self {
        Self { recorded, hashes: Map::new(), chain: "0x1", traces: true, reply: None }
    }

    /// The block and the state, to be altered.
    pub(crate) fn recorded(&mut self) -> &mut Recorded {
        &mut self.recorded
    }

    /// Serves while `work` runs with the node's address.
    pub(crate) fn serve<T>(&self, work: impl FnOnce(&str) -> T) -> T {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut silent = Vec::new();
                for stream in listener.incoming().map_while(Result::ok) {
                    if done.load(Ordering::Acquire) {
                        break;
                    }
                    if matches!(self.reply, Some(Reply::Silence)) {
                        silent.push(stream);
                    } else {
                        self.converse(stream);
                    }
                }
            });
            let result = work(&format!("http://{address}"));
            done.store(true, Ordering::Release);
            drop(TcpStream::connect(address));
            result
        })
    }

    /// One request and its answer. A client that goes away is its own business.
    fn converse(&self, mut stream: TcpStream) {
        let Some(body) = request(&stream) else { return };
        let (status, text) = match self.reply {
            Some(Reply::Fixed(status, text)) => (status, text.to_owned()),
            _ => (200, self.answer(&body).to_string()),
        };
        let head = format!(
            "HTTP/1.1 {status} status\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            text.len()
        );
        drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(text.as_bytes())));
    }

    fn answer(&self, body: &[u8]) -> Value {
        match serde_json::from_slice(body).expect("the client sends JSON") {
            // Backwards, as the standard allows.
            Value::Array(requests) => requests.iter().rev().map(|request| self.one(request)).collect(),
            request => self.one(&request),
        }
    }

    fn one(&self, request: &Value) -> Value {
        let result = self.result(request["method"].as_str().expect("a method"), &request["params"]);
        match result {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }),
            Err(message) => {
                json!({ "jsonrpc": "2.0", "id": request["id"], "error": { "code": -32601, "message": message } })
            }
        }
    }

    fn result(&self, method: &str, params: &Value) -> Result<Value, String> {
        let number = self.recorded.block["number"].as_str().expect("a number");
        let account = || self.account(params, method);
        Ok(match method {
            "eth_chainId" => self.chain.into(),
            "eth_getBlockByNumber" if params[0] == *number && params[1] == true => self.recorded.block.clone(),
            "eth_getBlockByNumber" => {
                let asked = u64::from_str_radix(&text(&params[0])[2..], 16).expect("a number");
                self.hashes.get(&asked.to_string()).map_or(Value::Null, |hash| json!({ "hash": hash }))
            }
            "eth_getUncleByBlockNumberAndIndex" => self.recorded.block.clone(),
            "debug_traceBlockByNumber" if self.traces => {
                assert_eq!(params[1]["tracer"], "prestateTracer");
                self.traces()
            }
            "eth_getBalance" => account().map_or_else(|| "0x0".into(), |account| account["balance"].clone()),
            "eth_getTransactionCount" => {
                format!("{:#x}", account().and_then(|account| account["nonce"].as_u64()).unwrap_or(0)).into()
            }
            "eth_getCode" => account().and_then(|account| account.get("code")).cloned().unwrap_or_else(|| "0x".into()),
            "eth_getStorageAt" => {
                let slots = account().and_then(|account| account["storage"].as_object());
                let slot = slots.and_then(|slots| slots.iter().find(|(slot, _)| padded(slot) == text(&params[1])));
                padded(slot.map_or("0x0", |(_, value)| text(value))).into()
            }
            _ => return Err(format!("the method {method} does not exist/is not available")),
        })
    }

    /// The account that a query is about. State before the block is asked for, and no other.
    fn account(&self, params: &Value, method: &str) -> Option<&Value> {
        let block = if method == "eth_getStorageAt" { &params[2] } else { &params[1] };
        let number = u64::from_str_radix(&text(&self.recorded.block["number"])[2..], 16).expect("a number");
        assert_eq!(*block, format!("{:#x}", number - 1), "{method}");
        self.recorded.pre_state.get(&text(&params[0]).to_lowercase())
    }

    /// A trace that leaves out every fifth account. The second transaction names everything again, with later values,
    /// and a contract that the first one made.
    fn traces(&self) -> Value {
        let transactions = self.recorded.block["transactions"].as_array().expect("a list").len();
        let mut results = vec![Map::new(); transactions];
        for (index, (address, account)) in self.recorded.pre_state.iter().enumerate() {
            let is_late = transactions > 1 && index % 2 == 1;
            if index % 5 == 4 {
                continue;
            }
            results[usize::from(is_late)].insert(address.clone(), account.clone());
            if transactions > 1 && !is_late {
                let slots =
                    account["storage"].as_object().expect("slots").keys().map(|slot| (slot.clone(), "0x1234".into()));
                let later = json!({ "balance": "0x1", "nonce": 99, "storage": slots.collect::<Map<_, _>>() });
                results[1].insert(address.clone(), later);
            }
        }
        if transactions > 1 {
            let made = json!({ "balance": "0x0", "nonce": 1, "code": "0x6001", "storage": { "0x0": "0x7" } });
            results[1].insert("0x00000000000000000000000000000000c0ffee00".to_owned(), made);
        }
        results.into_iter().map(|result| json!({ "txHash": "0x0", "result": result })).collect()
    }
}

/// The body of an HTTP request.
fn request(stream: &TcpStream) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// A quantity as 32 bytes.
fn padded(quantity: &str) -> String {
    format!("0x{:0>64}", quantity.trim_start_matches("0x"))
}
