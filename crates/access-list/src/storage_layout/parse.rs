//! Layouts as compilers and frameworks write them.

use super::{StorageLayout, Type, Variable};
use primitives::U256;
use serde::Deserialize;
use std::{borrow::Cow, collections::BTreeMap};

/// Why a text is no storage layout.
#[derive(Debug, thiserror::Error)]
#[error("not a storage layout: {0}")]
pub struct LayoutError(#[from] serde_json::Error);

/// solc's `storageLayout`, or its list of variables alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Whole {
        storage: Vec<WrittenVariable>,
        #[serde(default)]
        types: Option<BTreeMap<String, WrittenType>>,
    },
    Variables(Vec<WrittenVariable>),
}

#[derive(Deserialize)]
struct WrittenVariable {
    label: String,
    slot: U256,
    offset: u64,
    r#type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenType {
    encoding: String,
    number_of_bytes: U256,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    base: Option<String>,
    #[serde(default)]
    members: Option<Vec<WrittenVariable>>,
}

impl StorageLayout {
    /// Reads solc's `storageLayout`, or the list of its `storage` alone: then types follow from their names, and only
    /// structs stay closed.
    pub fn from_json(json: &str) -> Result<Self, LayoutError> {
        Ok(Self::written(serde_json::from_str(json)?))
    }

    /// The same of a value that has been read.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, LayoutError> {
        Ok(Self::written(Written::deserialize(value)?))
    }

    fn written(written: Written) -> Self {
        let (storage, types) = match written {
            Written::Whole { storage, types } => (storage, types.unwrap_or_default()),
            Written::Variables(storage) => (storage, BTreeMap::new()),
        };
        let types = types.into_iter().map(|(name, written)| {
            let kind = written.kind(&name);
            (name, kind)
        });
        Self { types: types.collect(), variables: storage.into_iter().map(WrittenVariable::variable).collect() }
    }

    /// The type of a name: as the layout says, else as the name says.
    pub(super) fn kind(&self, name: &str) -> Cow<'_, Type> {
        self.types.get(name).map_or_else(|| Cow::Owned(by_name(name)), Cow::Borrowed)
    }
}

impl WrittenVariable {
    fn variable(self) -> Variable {
        Variable { name: self.label, slot: self.slot, offset: self.offset, kind: self.r#type }
    }
}

impl WrittenType {
    fn kind(self, name: &str) -> Type {
        match (self.encoding.as_str(), self.key, self.value, self.base, self.members) {
            ("mapping", Some(key), Some(value), ..) => Type::Mapping { key, value },
            ("dynamic_array", _, _, Some(item), _) => Type::DynamicArray { item },
            ("bytes", ..) => Type::Bytes,
            (_, _, _, _, Some(members)) => Type::Struct {
                members: members.into_iter().map(WrittenVariable::variable).collect(),
                bytes: self.number_of_bytes,
            },
            (_, _, _, Some(item), _) => match by_name(name) {
                Type::Array { length, .. } => Type::Array { item, length },
                other => other,
            },
            _ => Type::Value { bytes: u64::try_from(self.number_of_bytes).unwrap_or(32).clamp(1, 32) },
        }
    }
}

/// What a type's name says: `t_mapping(t_address,t_uint256)`, `t_array(t_uint8)4_storage`, `t_uint112`.
fn by_name(name: &str) -> Type {
    if let Some((key, value)) = inside(name, "t_mapping(").and_then(|(inner, _)| split(inner)) {
        return Type::Mapping { key: key.to_owned(), value: value.to_owned() };
    }
    if let Some((item, rest)) = inside(name, "t_array(") {
        let length = rest.split('_').next().unwrap_or_default();
        let item = item.to_owned();
        return length.parse().map_or(Type::DynamicArray { item: item.clone() }, |length| Type::Array { item, length });
    }
    if name.starts_with("t_string") || name.starts_with("t_bytes_") {
        return Type::Bytes;
    }
    Type::Value { bytes: width(name) }
}

/// Bytes of a value type.
fn width(name: &str) -> u64 {
    let number = |prefix: &str| name.strip_prefix(prefix).and_then(|digits| digits.parse::<u64>().ok());
    let bits = number("t_uint").or_else(|| number("t_int"));
    let bytes = bits.map(|bits| bits / 8).or_else(|| number("t_bytes"));
    let bytes = bytes.unwrap_or_else(|| {
        if name.starts_with("t_address") || name.starts_with("t_contract(") {
            20
        } else if name == "t_bool" || name.starts_with("t_enum(") {
            1
        } else {
            32
        }
    });
    bytes.clamp(1, 32)
}

/// What stands between an opening and its closing bracket, and what follows.
fn inside<'n>(name: &'n str, opening: &str) -> Option<(&'n str, &'n str)> {
    let rest = name.strip_prefix(opening)?;
    let mut depth = 1_u32;
    for (at, sign) in rest.bytes().enumerate() {
        match sign {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((rest.get(..at)?, rest.get(at + 1..)?));
        }
    }
    None
}

/// The two sides of the first comma outside brackets.
fn split(inner: &str) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (at, sign) in inner.bytes().enumerate() {
        match sign {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return Some((inner.get(..at)?, inner.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}
