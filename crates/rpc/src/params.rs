//! The arguments of a request, read one by one.
//!
//! Strict, with geth's texts: a missing argument, one that does not fit and one too many are three errors. `null` in
//! place of an optional argument is the same as nothing.

use primitives::{
    Address, B256, Bytes, U256,
    alloy_eips::{BlockId, BlockNumberOrTag, RpcBlockHash},
    alloy_primitives::hex,
};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use smallvec::SmallVec;

use crate::{RpcError, request::string};

/// The arguments that have not been read yet.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    values: SmallVec<[&'a RawValue; 4]>,
    next: usize,
}

/// Something that an argument can be read as. The error says why not, without the argument's position.
pub(crate) trait Argument: Sized {
    /// Reads an argument.
    fn read(value: &RawValue) -> Result<Self, String>;
}

/// An argument that is read as its type's own form says.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<'a> Params<'a> {
    /// Takes the arguments apart: an array, or nothing. Ethereum names no arguments, so an object is refused.
    pub(crate) fn new(params: Option<&'a RawValue>, arity: usize) -> Result<Self, RpcError> {
        let values: SmallVec<[&'a RawValue; 4]> = match params.map(RawValue::get) {
            None | Some("null") => SmallVec::new(),
            Some(text) if text.starts_with('[') => {
                serde_json::from_str(text).map_err(|error| RpcError::invalid_params(error.to_string()))?
            }
            Some(_) => return Err(RpcError::invalid_params("non-array args")),
        };
        if values.len() > arity {
            return Err(RpcError::invalid_params(format!("too many arguments, want at most {arity}")));
        }
        Ok(Self { values, next: 0 })
    }

    /// The next argument, which must be there.
    pub(crate) fn required<T: Argument>(&mut self) -> Result<T, RpcError> {
        let position = self.next;
        self.optional()?
            .ok_or_else(|| RpcError::invalid_params(format!("missing value for required argument {position}")))
    }

    /// The next argument, if it is there and not `null`.
    pub(crate) fn optional<T: Argument>(&mut self) -> Result<Option<T>, RpcError> {
        let position = self.next;
        self.next += 1;
        match self.values.get(position) {
            None => Ok(None),
            Some(value) if value.get() == "null" => Ok(None),
            Some(value) => T::read(value)
                .map(Some)
                .map_err(|error| RpcError::invalid_params(format!("invalid argument {position}: {error}"))),
        }
    }

    /// The next argument, which must be there, as its type's own form says.
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, RpcError> {
        self.required::<Json<T>>().map(|json| json.0)
    }

    /// The next argument, if it is there, as its type's own form says.
    pub(crate) fn optional_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RpcError> {
        Ok(self.optional::<Json<T>>()?.map(|json| json.0))
    }

    /// The next argument as a block, the latest if it is not there.
    pub(crate) fn block_or_latest(&mut self) -> Result<BlockId, RpcError> {
        Ok(self.optional()?.unwrap_or_else(BlockId::latest))
    }
}

impl<T: DeserializeOwned> Argument for Json<T> {
    fn read(value: &RawValue) -> Result<Self, String> {
        serde_json::from_str(value.get()).map(Json).map_err(|error| error.to_string())
    }
}

/// The digits of a hexadecimal text; `name` is what geth calls the type.
fn digits<'a>(text: &'a str, name: &str) -> Result<&'a str, String> {
    let wrong = |what: &str| format!("json: cannot unmarshal {what} into Go value of type {name}");
    if text.is_empty() {
        return Err(wrong("empty hex string"));
    }
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).ok_or_else(|| wrong("hex string without 0x prefix"))
}

fn text<'a>(value: &'a RawValue, name: &str) -> Result<std::borrow::Cow<'a, str>, String> {
    if !value.get().starts_with('"') {
        return Err(format!("json: cannot unmarshal non-string into Go value of type {name}"));
    }
    string(value).map_err(|error| error.to_string())
}

fn fixed<const N: usize>(value: &RawValue, name: &str) -> Result<[u8; N], String> {
    let text = text(value, name)?;
    let digits = digits(&text, name)?;
    if digits.len() != 2 * N {
        return Err(format!("hex string has length {}, want {} for {name}", digits.len(), 2 * N));
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes)
        .map_err(|_| format!("json: cannot unmarshal invalid hex string into Go value of type {name}"))?;
    Ok(bytes)
}

impl Argument for B256 {
    fn read(value: &RawValue) -> Result<Self, String> {
        fixed(value, "common.Hash").map(Self)
    }
}

impl Argument for Address {
    fn read(value: &RawValue) -> Result<Self, String> {
        fixed(value, "common.Address").map(Self::from)
    }
}

impl Argument for Bytes {
    fn read(value: &RawValue) -> Result<Self, String> {
        let text = text(value, "hexutil.Bytes")?;
        let digits = digits(&text, "hexutil.Bytes")?;
        let wrong = |what: &str| format!("json: cannot unmarshal {what} into Go value of type hexutil.Bytes");
        if digits.len() % 2 != 0 {
            return Err(wrong("hex string of odd length"));
        }
        hex::decode(digits).map(Self::from).map_err(|_| wrong("invalid hex string"))
    }
}

impl Argument for bool {
    fn read(value: &RawValue) -> Result<Self, String> {
        match value.get() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("json: cannot unmarshal non-boolean into Go value of type bool".to_owned()),
        }
    }
}

impl Argument for String {
    fn read(value: &RawValue) -> Result<Self, String> {
        Ok(text(value, "string")?.into_owned())
    }
}

/// A quantity of at most 256 bits: hexadecimal without leading zeros.
fn quantity(text: &str) -> Result<U256, String> {
    if text.is_empty() {
        return Err("empty hex string".to_owned());
    }
    let digits = text.strip_prefix("0x").ok_or_else(|| "hex string without 0x prefix".to_owned())?;
    match digits.as_bytes() {
        [] => Err("hex string \"0x\"".to_owned()),
        [b'0', _, ..] => Err("hex number with leading zero digits".to_owned()),
        digits if !digits.iter().all(u8::is_ascii_hexdigit) => Err("invalid hex string".to_owned()),
        digits if digits.len() > 64 => Err("hex number > 256 bits".to_owned()),
        _ => U256::from_str_radix(digits, 16).map_err(|_| "invalid hex string".to_owned()),
    }
}

fn quantity_u64(text: &str) -> Result<u64, String> {
    u64::try_from(quantity(text)?).map_err(|_| "hex number > 64 bits".to_owned())
}

impl Argument for U256 {
    /// Development tools send plain numbers too; both forms have one meaning.
    fn read(value: &RawValue) -> Result<Self, String> {
        if value.get().starts_with('"') {
            return quantity(&text(value, "hexutil.Big")?);
        }
        number(value).map(Self::from)
    }
}

impl Argument for u64 {
    /// As for [`U256`].
    fn read(value: &RawValue) -> Result<Self, String> {
        if value.get().starts_with('"') {
            return quantity_u64(&text(value, "hexutil.Uint64")?);
        }
        number(value)
    }
}

/// A plain JSON number; `1.0` and `1e3`, which some tools write, are whole numbers too.
fn number(value: &RawValue) -> Result<u64, String> {
    let wrong = || "json: cannot unmarshal number into Go value of type hexutil.Uint64".to_owned();
    value.get().parse().map_err(|_| wrong())
}

impl Argument for BlockNumberOrTag {
    fn read(value: &RawValue) -> Result<Self, String> {
        if !value.get().starts_with('"') {
            return number(value).map(Self::Number);
        }
        let text = text(value, "rpc.BlockNumber")?;
        Ok(match &*text {
            "latest" => Self::Latest,
            "pending" => Self::Pending,
            "earliest" => Self::Earliest,
            "safe" => Self::Safe,
            "finalized" => Self::Finalized,
            text => Self::Number(quantity_u64(text)?),
        })
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BlockIdObject<'a> {
    #[serde(borrow)]
    block_hash: Option<&'a RawValue>,
    #[serde(borrow)]
    block_number: Option<&'a RawValue>,
    require_canonical: Option<bool>,
}

impl Argument for BlockId {
    /// A number, a tag, a hash, or the object of EIP-1898.
    fn read(value: &RawValue) -> Result<Self, String> {
        let raw = value.get();
        if raw.starts_with('{') {
            let object: BlockIdObject<'_> = serde_json::from_str(raw).map_err(|error| error.to_string())?;
            return match (object.block_hash, object.block_number) {
                (Some(_), Some(_)) => {
                    Err("cannot specify both BlockHash and BlockNumber, choose one or the other".to_owned())
                }
                (Some(hash), None) => {
                    Ok(Self::Hash(RpcBlockHash::from_hash(B256::read(hash)?, object.require_canonical)))
                }
                (None, Some(number)) => BlockNumberOrTag::read(number).map(Self::Number),
                (None, None) => Err("missing BlockHash or BlockNumber".to_owned()),
            };
        }
        if raw.len() == 2 + 66 && raw.starts_with("\"0x") {
            return B256::read(value).map(Self::from);
        }
        BlockNumberOrTag::read(value).map(Self::Number)
    }
}

/// Reads a slot as geth does. Its errors stand without the argument's position there.
pub(crate) fn parse_storage_key(text: &str) -> Result<U256, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    if digits.len() > 64 {
        return Err(format!("storage key too long (want at most 32 bytes): {text:?}"));
    }
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(format!("invalid hex in storage key: {text:?}"));
    }
    if digits.is_empty() {
        return Ok(U256::ZERO);
    }
    U256::from_str_radix(digits, 16).map_err(|_| format!("invalid hex in storage key: {text:?}"))
}
