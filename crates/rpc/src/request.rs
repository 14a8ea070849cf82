//! From bytes to requests, by the letter of JSON-RPC 2.0.
//!
//! ```text
//! bytes ─ UTF-8? ─ nesting? ─ JSON? ──▶ one value or a batch ──▶ per value: a call, a notification or an error
//!         -32700    -32700    -32700            -32600 if empty, or per element
//! ```
//!
//! Nothing is copied: method, parameters and identifier are slices of the body, and the identifier is given back as it
//! came, a number of any size included. A key that appears twice makes a request invalid, for it has two meanings.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{RpcError, error::INVALID_REQUEST, error::PARSE_ERROR, limits};

/// A body, taken apart.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// One request.
    Single(Element<'a>),
    /// A batch, its elements not yet looked at.
    Batch(Vec<&'a RawValue>),
}

/// One request, or what is in its place.
#[derive(Debug)]
pub(crate) enum Element<'a> {
    /// Well formed.
    Request(Request<'a>),
    /// JSON, but no request. The identifier is given back where it could be read.
    Invalid(Option<&'a RawValue>, &'static str),
}

/// A well-formed request.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// Absent in a notification, which gets no answer.
    pub(crate) id: Option<&'a RawValue>,
    /// The name of the method.
    pub(crate) method: Cow<'a, str>,
    /// The arguments, not yet looked at.
    pub(crate) params: Option<&'a RawValue>,
}

/// Takes a body apart.
pub(crate) fn parse(bytes: &[u8]) -> Result<Body<'_>, RpcError> {
    let text = std::str::from_utf8(bytes).map_err(|_| RpcError::new(PARSE_ERROR, "invalid UTF-8"))?;
    if may_be_deep(bytes) && nesting(bytes) > limits::NESTING_MAX {
        return Err(RpcError::new(PARSE_ERROR, "parse error: nested too deep"));
    }
    match text.trim_ascii_start().as_bytes().first() {
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| parse_error(&error))?;
            match elements.len() {
                0 => Err(RpcError::new(INVALID_REQUEST, "empty batch")),
                length if length > limits::BATCH_LENGTH_MAX => Err(RpcError::limit("batch too large")),
                _ => Ok(Body::Batch(elements)),
            }
        }
        // Nearly every body is one sound request, for which this is all.
        Some(b'{') if let Ok(request) = serde_json::from_str(text) => Ok(Body::Single(request)),
        _ => {
            let value: &RawValue = serde_json::from_str(text).map_err(|error| parse_error(&error))?;
            Ok(Body::Single(element(value)))
        }
    }
}

/// Reads one value as a request.
pub(crate) fn element(value: &RawValue) -> Element<'_> {
    if !value.get().starts_with('{') {
        return Element::Invalid(None, "invalid request");
    }
    // The text is known to be JSON; what can still fail is a string with half a surrogate pair in it.
    serde_json::from_str(value.get()).unwrap_or(Element::Invalid(None, "invalid request"))
}

/// Whether there are brackets enough for a nesting that is too deep. Asked first, for it takes many bytes at once.
fn may_be_deep(bytes: &[u8]) -> bool {
    let opens = |byte: &&u8| matches!(**byte, b'[' | b'{');
    bytes.iter().filter(opens).count() > limits::NESTING_MAX
}

/// The deepest nesting of arrays and objects, without recursion, so that no body can exhaust the stack.
fn nesting(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for &byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn parse_error(error: &serde_json::Error) -> RpcError {
    RpcError::new(PARSE_ERROR, format!("parse error: {error}"))
}

impl<'de: 'a, 'a> Deserialize<'de> for Element<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ElementVisitor)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Field {
    Jsonrpc,
    Id,
    Method,
    Params,
    #[serde(other)]
    Other,
}

struct ElementVisitor;

impl<'de> Visitor<'de> for ElementVisitor {
    type Value = Element<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element<'de>, A::Error> {
        let [mut version, mut id, mut method, mut params] = [None; 4];
        let mut twice = false;
        while let Some(field) = map.next_key()? {
            let slot = match field {
                Field::Jsonrpc => &mut version,
                Field::Id => &mut id,
                Field::Method => &mut method,
                Field::Params => &mut params,
                Field::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            twice |= slot.replace(map.next_value::<&'de RawValue>()?).is_some();
        }
        if !id.is_none_or(is_id) {
            return Ok(Element::Invalid(None, "invalid request: id must be a string, a number or null"));
        }
        if twice {
            return Ok(Element::Invalid(id, "invalid request: duplicate key"));
        }
        if version.is_none_or(|version| version.get() != "\"2.0\"") {
            return Ok(Element::Invalid(id, "invalid request: jsonrpc must be \"2.0\""));
        }
        let Some(method) = method.filter(|method| method.get().starts_with('"')) else {
            return Ok(Element::Invalid(id, "invalid request: method must be a string"));
        };
        let method = string(method).map_err(de::Error::custom)?;
        Ok(Element::Request(Request { id, method, params }))
    }
}

fn is_id(id: &RawValue) -> bool {
    matches!(id.get().as_bytes().first(), Some(b'"' | b'-' | b'0'..=b'9' | b'n'))
}

/// A JSON string's content, borrowed where no escape is in it. The value must be a string.
pub(crate) fn string(value: &RawValue) -> Result<Cow<'_, str>, serde_json::Error> {
    let text = value.get();
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(content) if !content.contains('\\') => Ok(Cow::Borrowed(content)),
        _ => serde_json::from_str(text).map(Cow::Owned),
    }
}
