//! JSON-RPC over one connection that stays open, with as little work as can be: what is measured is the other side.

use crate::exit::Failure;
use serde_json::{Value, json};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest answer that is read.
const ANSWER_MAX: usize = 64 << 20;

/// A connection.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    answer: Vec<u8>,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::with_capacity(1 << 16, stream), answer: Vec::new() })
    }

    /// Sends a request that was written beforehand, and gives the body of its answer.
    pub(super) fn send(&mut self, request: &[u8]) -> io::Result<&[u8]> {
        self.stream.get_mut().write_all(request)?;
        let (mut line, mut length, mut is_chunked) = (String::new(), 0, false);
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let header = line.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            is_chunked |= header.starts_with("transfer-encoding:") && header.contains("chunked");
        }
        self.answer.clear();
        if !is_chunked {
            self.read(length)?;
            return Ok(&self.answer);
        }
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            self.read(length)?;
            line.clear();
            self.stream.read_line(&mut line)?;
            if length == 0 {
                return Ok(&self.answer);
            }
        }
    }

    fn read(&mut self, length: usize) -> io::Result<()> {
        let start = self.answer.len();
        if start + length > ANSWER_MAX {
            return Err(io::Error::other("the answer is too long"));
        }
        self.answer.resize(start + length, 0);
        self.stream.read_exact(&mut self.answer[start..])
    }

    /// The result of a call; an error of the node is a failure.
    pub(super) fn ask(&mut self, method: &str, params: &Value) -> Result<Value, Failure> {
        let failed = |what: &dyn std::fmt::Display| Failure::Machine(format!("{method}: {what}"));
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let answer = self.send(&request(&body)).map_err(|error| failed(&error))?;
        let mut answer: Value = serde_json::from_slice(answer).map_err(|error| failed(&error))?;
        match answer.get("error") {
            Some(error) if !error.is_null() => Err(failed(error)),
            _ => Ok(answer["result"].take()),
        }
    }

    /// The same where the result is a quantity.
    pub(super) fn number(&mut self, method: &str, params: &Value) -> Result<u64, Failure> {
        let answer = self.ask(method, params)?;
        let digits = answer.as_str().and_then(|text| text.strip_prefix("0x"));
        let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        number.ok_or_else(|| Failure::Machine(format!("{method}: {answer} is no quantity")))
    }
}

/// A request as it is on the wire.
pub(super) fn request(body: &str) -> Vec<u8> {
    let length = body.len();
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}
