//! A running node asked over its socket file, by the owner of the machine.

use crate::exit::Failure;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
};

/// No answer that is asked for here is longer.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// JSON-RPC's code for arguments that cannot be used.
const INVALID_PARAMS: i64 = -32602;

/// Asks and waits for the result, however long the work takes.
pub(crate) fn ask(socket: &Path, method: &str, params: &Value) -> Result<Value, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Machine(format!("{}: {error}", socket.display()));
    let mut stream = UnixStream::connect(socket)
        .map_err(|error| Failure::Input(format!("no node answers at {}: {error}", socket.display())))?;
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    writeln!(stream, "{request}").map_err(|error| failed(&error))?;
    let mut line = String::new();
    BufReader::new(stream.take(ANSWER_BYTES_MAX)).read_line(&mut line).map_err(|error| failed(&error))?;
    let mut answer: Value = serde_json::from_str(&line).map_err(|_| failed(&"the node went before it had answered"))?;
    let error = &answer["error"];
    if !error.is_null() {
        let message = error["message"].as_str().unwrap_or("no reason was given");
        let is_ours = error["code"].as_i64() == Some(INVALID_PARAMS);
        return Err(if is_ours { Failure::Input(message.to_owned()) } else { Failure::Machine(message.to_owned()) });
    }
    Ok(answer["result"].take())
}
