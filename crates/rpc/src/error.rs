//! What a failed request is answered with.
//!
//! The codes are those of JSON-RPC 2.0 and of EIP-1474; the texts are geth's, word for word, because client libraries
//! match on them. The catalogue of newer codes below 1200 is not used on top: it may travel in `data`.

use std::borrow::Cow;

use primitives::{B256, Bytes};
use serde::Serialize;
use serde_json::value::RawValue;

/// The body is no JSON.
pub const PARSE_ERROR: i32 = -32700;
/// The JSON is no request.
pub const INVALID_REQUEST: i32 = -32600;
/// There is no such method, or not here.
pub const METHOD_NOT_FOUND: i32 = -32601;
/// The arguments do not fit the method.
pub const INVALID_PARAMS: i32 = -32602;
/// This node could not, and it is not the request's fault.
pub const INTERNAL_ERROR: i32 = -32603;
/// The request cannot be carried out as it stands.
pub const INVALID_INPUT: i32 = -32000;
/// What the request names does not exist.
pub const NOT_FOUND: i32 = -32001;
/// What the request needs is not to be had now.
pub const UNAVAILABLE: i32 = -32002;
/// The transaction was not taken.
pub const REJECTED: i32 = -32003;
/// Not supported by this node.
pub const NOT_SUPPORTED: i32 = -32004;
/// One of the bounds in [`crate::limits`].
pub const LIMIT_EXCEEDED: i32 = -32005;
/// The call was reverted by the contract.
pub const EXECUTION_REVERTED: i32 = 3;
/// The block was known and has been forgotten.
pub const PRUNED: i32 = 4444;

/// The error object of an answer.
#[derive(Clone, Debug, thiserror::Error, Serialize)]
#[error("{message} (code {code})")]
pub struct RpcError {
    /// Which kind of error it is.
    pub code: i32,
    /// One line for a person.
    pub message: Cow<'static, str>,
    /// More for a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
}

impl PartialEq for RpcError {
    fn eq(&self, other: &Self) -> bool {
        let data = |error: &Self| error.data.as_ref().map(|data| data.get().to_owned());
        self.code == other.code && self.message == other.message && data(self) == data(other)
    }
}

impl RpcError {
    /// An error without data.
    pub fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The same error with data. Data that cannot be written as JSON is left out.
    #[must_use]
    pub fn with_data(mut self, data: &impl Serialize) -> Self {
        self.data = serde_json::value::to_raw_value(data).ok();
        self
    }

    /// -32602.
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(INVALID_PARAMS, message)
    }

    /// -32000.
    pub fn invalid_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(INVALID_INPUT, message)
    }

    /// -32603. The message is seen by strangers: it must not name files or secrets.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(INTERNAL_ERROR, message)
    }

    /// -32005.
    pub fn limit(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(LIMIT_EXCEEDED, message)
    }

    /// -32002, for work that took longer than it may.
    pub fn timeout() -> Self {
        Self::new(UNAVAILABLE, "request timed out")
    }

    /// -32000, for a block that state is asked of.
    pub fn header_not_found() -> Self {
        Self::invalid_input("header not found")
    }

    /// -32000, for a block that is to be traced.
    pub fn block_not_found(hash: B256) -> Self {
        Self::invalid_input(format!("block {hash} not found"))
    }

    /// -32000, for a transaction that is to be traced.
    pub fn transaction_not_found() -> Self {
        Self::invalid_input("transaction not found")
    }

    /// -32601, with the text that client libraries look for.
    pub fn method_not_found(method: &str) -> Self {
        let name: String = method.chars().take(80).collect();
        Self::new(METHOD_NOT_FOUND, format!("the method {name} does not exist/is not available"))
    }

    /// 4444.
    pub fn pruned() -> Self {
        Self::new(PRUNED, "pruned history unavailable")
    }

    /// 3: the contract reverted. The reason is read out of the two forms that Solidity gives it.
    pub fn reverted(output: &Bytes) -> Self {
        let message: Cow<'static, str> = match revert_reason(output) {
            Some(reason) => format!("execution reverted: {reason}").into(),
            None => "execution reverted".into(),
        };
        Self::new(EXECUTION_REVERTED, message).with_data(output)
    }
}

/// Selector of `Error(string)`.
const ERROR_SELECTOR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// Selector of `Panic(uint256)`.
const PANIC_SELECTOR: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// The reason of a revert, if the output is `Error(string)` or `Panic(uint256)`.
pub fn revert_reason(output: &[u8]) -> Option<String> {
    let (selector, arguments) = output.split_first_chunk::<4>()?;
    match *selector {
        ERROR_SELECTOR => {
            let offset = word_as_usize(arguments, 0)?;
            let length = word_as_usize(arguments, offset)?;
            let start = offset.checked_add(32)?;
            let text = arguments.get(start..start.checked_add(length)?)?;
            String::from_utf8(text.to_vec()).ok()
        }
        PANIC_SELECTOR => Some(panic_reason(word_as_usize(arguments, 0)?)),
        _ => None,
    }
}

/// The 32 bytes at an offset as a number, if they are there and it is small.
fn word_as_usize(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..at.checked_add(32)?)?;
    let (high, low) = word.split_at(28);
    if high.iter().any(|&byte| byte != 0) {
        return None;
    }
    Some(u32::from_be_bytes(low.try_into().ok()?) as usize)
}

fn panic_reason(code: usize) -> String {
    let text = match code {
        0x00 => "generic panic",
        0x01 => "assert(false)",
        0x11 => "arithmetic underflow or overflow",
        0x12 => "division or modulo by zero",
        0x21 => "enum overflow",
        0x22 => "invalid encoded storage byte array accessed",
        0x31 => "out-of-bounds array access; popping on an empty array",
        0x32 => "out-of-bounds access of an array or bytesN",
        0x41 => "out of memory",
        0x51 => "uninitialized function",
        _ => return format!("unknown panic code: {code:#x}"),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, message: &str) {
        let output: Bytes = output.parse().unwrap();
        let error = RpcError::reverted(&output);
        assert_eq!((error.code, error.message.as_ref()), (EXECUTION_REVERTED, message));
        assert_eq!(error.data.unwrap().get(), format!("\"{output}\""));
    }

    #[test]
    fn reverts_are_told_as_geth_tells_them() {
        let word = |value: u8| format!("{value:064x}");
        check("0x", "execution reverted");
        check("0x77726f6e672d63616c6c6461746173697a65", "execution reverted");
        check(&format!("0x4e487b71{}", word(1)), "execution reverted: assert(false)");
        check(&format!("0x4e487b71{}", word(0x99)), "execution reverted: unknown panic code: 0x99");
        let text = format!("{:0<64}", "75736572206572726f72");
        check(&format!("0x08c379a0{}{}{text}", word(32), word(10)), "execution reverted: user error");
        check(&format!("0x08c379a0{}{}{text}", word(32), word(33)), "execution reverted");
        check(&format!("0x08c379a0{}", "f".repeat(64)), "execution reverted");
        check(&format!("0x4e487b71{}", "f".repeat(64)), "execution reverted");
    }
}
