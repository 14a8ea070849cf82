//! Contracts as their compiler knows them: a name, the layout of their storage, and the code that lies on the chain.
//!
//! solc, forge and Hardhat write this in several forms: a layout alone, an artefact, the output for many sources. What
//! comes with code belongs to every account that has this code, whatever its immutables are.

use crate::{LayoutError, StorageLayout};
use primitives::{Address, Bytes, alloy_primitives::hex};
use serde_json::Value;

/// One contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// Its name; empty if it is not told.
    pub name: String,
    /// Where its variables lie.
    pub layout: StorageLayout,
    /// What lies on the chain, immutables as zeros; empty if it is not told.
    pub code: Bytes,
    /// The account that it belongs to whatever the code there is, if somebody has said so.
    pub address: Option<Address>,
}

/// Why a contract cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {error}")]
pub struct CompiledError {
    name: String,
    error: LayoutError,
}

impl Compiled {
    /// Appends every contract that stands in a compiler's output; `name` is for those that do not tell their own. What
    /// has no layout is passed over.
    pub fn collect(json: &Value, name: &str, found: &mut Vec<Self>) -> Result<(), CompiledError> {
        let sources = json.pointer("/output/contracts").or_else(|| json.get("contracts"));
        if let Some(sources) = sources.and_then(Value::as_object) {
            for (name, contract) in sources.values().filter_map(Value::as_object).flatten() {
                Self::collect(contract, name, found)?;
            }
            return Ok(());
        }
        let layout = json.get("storageLayout").or_else(|| json.get("storage").map(|_| json));
        let layout = layout.or_else(|| json.as_array().map(|_| json)).filter(|layout| !layout.is_null());
        let Some(written) = layout else { return Ok(()) };
        let layout = StorageLayout::from_value(written);
        let layout = layout.map_err(|error| CompiledError { name: name.to_owned(), error })?;
        let code = json.pointer("/evm/deployedBytecode").or_else(|| json.get("deployedBytecode"));
        let code = code.and_then(|code| code.as_str().or_else(|| code.get("object")?.as_str())).unwrap_or_default();
        let code = hex::decode(code).unwrap_or_default().into();
        let own = json.get("contractName").or_else(|| json.get("name")).and_then(Value::as_str);
        let is_layout = std::ptr::eq(written, json);
        let name = if is_layout { String::new() } else { own.unwrap_or(name).to_owned() };
        found.push(Self { name, layout, code, address: None });
        Ok(())
    }

    /// Whether it is what lies at an account.
    pub fn is_at(&self, address: Address, code: &[u8]) -> bool {
        match self.address {
            Some(own) => own == address,
            None => !self.code.is_empty() && is_same_code(&self.code, code),
        }
    }
}

/// Whether deployed code is what the compiler made, where 32 pushed zeros stand for an immutable of any value.
fn is_same_code(compiled: &[u8], deployed: &[u8]) -> bool {
    const PUSH32: u8 = 0x7f;
    let mut at = 0;
    while let (Some(one), Some(other)) = (compiled.get(at), deployed.get(at)) {
        if one != other {
            return false;
        }
        let is_open =
            *one == PUSH32 && compiled.get(at + 1..at + 33).is_some_and(|word| word.iter().all(|byte| *byte == 0));
        at += if is_open { 33 } else { 1 };
    }
    compiled.len() == deployed.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preimages;
    use serde_json::json;

    #[test]
    fn immutables_may_have_any_value_and_nothing_else_may_differ() {
        let compiled = [&[0x60, 1, 0x7f][..], &[0; 32], &[0x55]].concat();
        let mut deployed = compiled.clone();
        deployed[3..35].fill(0xab);
        assert!(is_same_code(&compiled, &deployed));
        assert!(!is_same_code(&deployed, &compiled));
        deployed[35] = 0x54;
        assert!(!is_same_code(&compiled, &deployed));
        assert!(!is_same_code(&compiled, &compiled[..35]));
    }

    #[test]
    fn every_form_of_artefact_is_read() {
        let layout = json!([{ "label": "value", "slot": "0", "offset": 0, "type": "t_uint256" }]);
        let whole = json!({ "storage": layout, "types": {} });
        let solc = json!({ "storageLayout": whole, "evm": { "deployedBytecode": { "object": "6001" } } });
        let forms = [
            (layout.clone(), "", 0),
            (whole.clone(), "", 0),
            (json!({ "name": "Own", "storageLayout": layout, "deployedBytecode": "0x6001" }), "Own", 2),
            (json!({ "abi": [], "storageLayout": whole, "deployedBytecode": { "object": "0x6001" } }), "file", 2),
            (json!({ "contracts": { "a.sol": { "A": solc } } }), "A", 2),
            (json!({ "output": { "contracts": { "a.sol": { "A": solc } } } }), "A", 2),
        ];
        for (json, name, code) in forms {
            let mut found = Vec::new();
            Compiled::collect(&json, "file", &mut found).unwrap();
            let [contract] = found.as_slice() else { panic!("{json}") };
            assert_eq!((contract.name.as_str(), contract.code.len()), (name, code), "{json}");
            assert!(contract.layout.name(primitives::U256::ZERO, &Preimages::new()).is_some(), "{json}");
            let (here, there) = (Address::repeat_byte(1), Address::repeat_byte(2));
            assert_eq!(contract.is_at(here, &[0x60, 1]), code > 0, "by its code: {json}");
            assert!(!contract.is_at(here, &[]), "{json}");
            let said = Compiled { address: Some(here), ..contract.clone() };
            assert!(said.is_at(here, &[]) && !said.is_at(there, &[0x60, 1]), "by what is said: {json}");
        }
        let mut none = Vec::new();
        Compiled::collect(&json!({ "abi": [] }), "file", &mut none).unwrap();
        assert!(none.is_empty());
        assert!(Compiled::collect(&json!({ "storageLayout": 5 }), "file", &mut none).is_err());
    }
}
